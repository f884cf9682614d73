//! How many pictures a sequence shows, and for how long (ISO/IEC 14496-12, sections 8.4.2, 8.4.3 and 8.6.1.2).

use super::Fault;
use super::boxes::{Bytes, FourCc};

/// The brand of sequences: without it, a movie in the file is not what is shown.
const SEQUENCE: &FourCc = b"avis";

/// `minf`, and `stbl` within.
const MOST_BOXES_WITHIN: u8 = 2;

/// What is known of the frames of a track.
#[derive(Default)]
struct Timing {
    handler: FourCc,
    /// Units of time in a second.
    scale: u64,
    frames: u64,
    units: u64,
}

/// The frames of the first track that is shown, and the milliseconds of all; `None` where the file is no sequence, or cannot be
/// read.
pub(super) fn of(original: &[u8]) -> Option<(u32, u64)> {
    let mut boxes = Bytes::new(original);
    let mut is_sequence = false;
    while let Ok(Some((kind, payload))) = boxes.next_box() {
        match &kind {
            b"ftyp" => is_sequence = payload.rest().as_chunks().0.contains(SEQUENCE),
            b"moov" if is_sequence => return of_movie(payload).ok().flatten(),
            _ => {}
        }
    }
    None
}

fn of_movie(mut boxes: Bytes<'_>) -> Result<Option<(u32, u64)>, Fault> {
    while let Some((kind, mut track)) = boxes.next_box()? {
        while &kind == b"trak"
            && let Some((kind, media)) = track.next_box()?
        {
            if &kind != b"mdia" {
                continue;
            }
            let mut timing = Timing::default();
            timing.read(media, MOST_BOXES_WITHIN)?;
            if [*b"pict", *b"vide"].contains(&timing.handler) {
                return Ok(timing.told());
            }
        }
    }
    Ok(None)
}

impl Timing {
    /// Of a box, and of those within that hold others, so many deep.
    fn read(&mut self, mut boxes: Bytes<'_>, depth: u8) -> Result<(), Fault> {
        while let Some((kind, mut payload)) = boxes.next_box()? {
            match &kind {
                b"minf" | b"stbl" if depth > 0 => self.read(payload, depth - 1)?,
                b"hdlr" => {
                    payload.take(8)?;
                    self.handler = payload.four_cc()?;
                }
                b"mdhd" => {
                    let (version, _) = payload.version_and_flags()?;
                    // When it was made and changed.
                    payload.take(if version == 0 { 8 } else { 16 })?;
                    self.scale = payload.u32()?.into();
                }
                b"stts" => {
                    payload.version_and_flags()?;
                    for _ in 0..payload.u32()? {
                        let (count, units) = (u64::from(payload.u32()?), u64::from(payload.u32()?));
                        self.frames = self.frames.saturating_add(count);
                        self.units = self.units.saturating_add(count.saturating_mul(units));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn told(&self) -> Option<(u32, u64)> {
        let milliseconds = self.units.saturating_mul(1000).checked_div(self.scale)?;
        Some((u32::try_from(self.frames).ok()?, milliseconds))
    }
}
