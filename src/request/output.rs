//! `Output`: what goes out in the end, with everything about it decided.

use std::fmt::Write as _;
use std::num::NonZeroU32;

use codec::Coding;

use super::key::KeyText;
use super::negotiation::{ChosenFormat, Circumstances};
use super::{
    Background, Course, Facts, Keeping, MaxBytes, OutputFormat, OutputPolicy, OutputWish, RecipeError, Search, Target,
};

/// What a rendition is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// What it is written in.
    pub format: OutputFormat,
    /// How finely, and with how much work; with a target or a limit on bytes, at most how finely.
    pub coding: Coding,
    /// How much of the picture is to be seen: it is written at the quality that this takes.
    pub target: Option<Target>,
    /// How long the file may be.
    pub max_bytes: Option<MaxBytes>,
    /// What transparency is blended with; `None` where the format keeps it, and says nothing of it without.
    pub background: Option<Background>,
    /// All frames of the original, rather than the first.
    pub is_animated: bool,
    /// No more of them than these, where it has more.
    pub max_frames: Option<NonZeroU32>,
    /// What is kept of the original's metadata.
    pub keeping: Keeping,
}

impl OutputWish {
    /// The format of what a course comes to: the one asked for, or the original's own, or what stands in for it.
    ///
    /// # Errors
    /// The operator does not allow it.
    pub(super) fn format(
        &self,
        facts: &Facts,
        course: &Course,
        policy: &OutputPolicy,
    ) -> Result<ChosenFormat, RecipeError> {
        // Without `..`: a wish that is not decided does not compile.
        let Self { format, coding, is_still: _, max_frames: _, keeping: _ } = *self;
        let circumstances = Circumstances { facts, course, policy, is_lossless: coding.is_lossless };
        format.map_or_else(|| Ok(ChosenFormat::unasked(facts, policy)), |wish| wish.choose(&circumstances))
    }
}

impl Output {
    /// An output of the format, no finer than an original with these facts whose longest edge is reduced `from` a number
    /// `to` another.
    pub(super) fn decide(
        (format, coding): (OutputFormat, Coding),
        (target, max_bytes): (Option<Target>, Option<MaxBytes>),
        facts: &Facts,
        (from, to): (u32, u32),
        policy: &OutputPolicy,
    ) -> Self {
        let medium = format.medium();
        let own = facts.condition.quality;
        let worth = own.map(|quality| quality.after_reduction(from, to));
        Self {
            format,
            coding: coding.capped(worth),
            target,
            max_bytes,
            background: medium.needs_background().then_some(policy.background),
            is_animated: policy.animation.keeps(facts) && medium.can_animate(),
            max_frames: None,
            keeping: Keeping::Nothing,
        }
    }

    /// What is to be searched for before it is written.
    pub fn search(&self) -> Option<Search> {
        let Self { format, target, coding, .. } = *self;
        target.map(|target| Search { format, target, chroma: coding.chroma })
    }

    /// The format alone, where pixels stay as they are coded.
    pub(super) fn untouched(format: OutputFormat, policy: &OutputPolicy) -> Self {
        let (coding, keeping) = (policy.codings.of(format), Keeping::Nothing);
        let (target, max_bytes, background, max_frames) = (None, None, None, None);
        Self { format, coding, target, max_bytes, background, is_animated: false, max_frames, keeping }
    }

    pub(super) fn write_to(&self, key: &mut KeyText) {
        // Without `..`: a field that is not in the key does not compile.
        let Self { format, coding, target, max_bytes, background, is_animated, max_frames, keeping } = self;
        let Coding { quality, effort, is_progressive, chroma, palette } = coding;
        key.push_str(" ");
        key.push_str(format.medium().name());
        key.push_str(" e");
        key.push_decimal(u64::from(*effort));
        if let Some(quality) = quality {
            key.push_str(" q");
            key.push_decimal(u64::from(quality.number()));
        }
        if *is_progressive {
            key.push_str(" progressive");
        }
        if let Some(chroma) = chroma {
            let _ = write!(key, " chroma {}", chroma.name());
        }
        if let Some(most) = palette {
            let _ = write!(key, " colours {}", most.colours());
        }
        if let Some(target) = target {
            let _ = write!(key, " seen {}", target.name());
        }
        if let Some(most) = max_bytes {
            let _ = write!(key, " within {}", most.bytes());
        }
        if let Some(Background(channels)) = background {
            key.push_str(" on ");
            for channel in channels {
                key.push_hex(u64::from(*channel), 2);
            }
        }
        if *is_animated {
            key.push_str(" animated");
        }
        if let Some(most) = max_frames {
            let _ = write!(key, " frames {most}");
        }
        key.push_str(match keeping {
            Keeping::Nothing => "",
            Keeping::Notice => " with its notice",
            Keeping::All => " with its metadata",
        });
    }
}
