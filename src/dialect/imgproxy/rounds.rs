//! `OptionRounds`: options of one round after the other, each on what the one before made.

use std::time::{Duration, SystemTime};

use super::options::ProcessingOptions;
use super::paid::Extras;
use super::words::{Invalid, invalid};
use crate::request::Composition;

/// ProcessingOptions of one round after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OptionRounds {
    /// Those that are done first.
    pub earlier: Vec<ProcessingOptions>,
    /// What is said here of the file holds for all.
    pub last: ProcessingOptions,
}

impl OptionRounds {
    /// The most rounds of a URL.
    const MOST: usize = 16;

    /// One that begins with these options.
    pub(super) fn beginning(options: &ProcessingOptions) -> Self {
        Self { earlier: Vec::new(), last: options.clone() }
    }

    /// Begins another round.
    pub(super) fn begin_another(&mut self) -> Result<(), Invalid> {
        if self.earlier.len() + 1 >= Self::MOST {
            return Err(invalid("at most 16 rounds"));
        }
        let next = self.last.next_round();
        self.earlier.push(std::mem::replace(&mut self.last, next));
        Ok(())
    }

    /// All of them.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut ProcessingOptions> {
        self.earlier.iter_mut().chain([&mut self.last])
    }

    /// Until when the URL is good, where it says so.
    pub(super) fn good_until(&self) -> Option<SystemTime> {
        let seconds = u64::try_from(self.last.expires).ok().filter(|seconds| *seconds > 0)?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }
}

impl ProcessingOptions {
    /// What the options of another round begin with: what concerns the file holds for all of them.
    pub(super) fn next_round(&self) -> Self {
        let composition = Composition { max_side: self.composition.max_side, ..Composition::default() };
        let extras = Extras { target: self.extras.target, ..Extras::default() };
        let Self { quality, format_quality, max_bytes, format, skipped, is_raw, expires, .. } = *self;
        let Self { is_attachment, max_pixels, max_original_bytes, max_frames, is_best, .. } = *self;
        let filename = self.filename.clone();
        Self {
            quality,
            format_quality,
            max_bytes,
            format,
            skipped,
            is_raw,
            expires,
            filename,
            is_attachment,
            max_pixels,
            max_original_bytes,
            max_frames,
            is_best,
            composition,
            extras,
            ..Self::default()
        }
    }
}
