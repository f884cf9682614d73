//! An animation: every frame goes the way of a still picture, one at a time.

use std::time::Instant;

use bytes::Bytes;

use super::operation::{State, out_of_order};
use super::{Operation, RenderError, Ticket, WorkError};
use crate::report::{Stage, StageTimes};
use crate::request::{Facts, Format};
use codec::{CodecError, Codecs, Frame, FrameWriter, Notice};

/// Browsers show a frame of a GIF that claims to take no longer than this, in milliseconds, for [`PLAYED_INSTEAD`].
const TOO_SHORT: u32 = 10;
const PLAYED_INSTEAD: u32 = 100;

/// Does the steps between the first and the last for every frame, and puts all of them together.
///
/// # Errors
/// As [`super::render`].
pub(super) fn render(
    original: &Bytes,
    facts: &Facts,
    operations: &[Operation],
    codecs: &Codecs,
    notice: &Notice,
    ticket: &Ticket,
    times: &mut StageTimes,
) -> Result<Bytes, RenderError> {
    let [Operation::DecodeFrames { format, expected }, between @ .., Operation::EncodeFrames { output, max_quality }] =
        operations
    else {
        return Err(operations.first().map_or_else(nothing_to_do, |first| out_of_order(*first)));
    };
    let mut frames = timed(times, Stage::Decode, || codecs.decoder(*format)?.frames(original))?;
    let mut writer: Option<Box<dyn FrameWriter>> = None;
    // More than were counted were not reckoned with.
    for _ in 0..facts.frames {
        if ticket.is_abandoned() {
            return Err(WorkError::Abandoned.into());
        }
        let Some(Frame { picture, milliseconds }) = timed(times, Stage::Decode, || frames.next())? else { break };
        if picture.dimensions() != *expected {
            let reason = format!("header says {expected}, data says {}", picture.dimensions());
            return Err(CodecError::malformed(*format, reason).into());
        }
        let mut state = State::Picture(picture);
        for operation in between {
            state = timed(times, operation.stage(), || {
                operation.apply(state, codecs, notice, &|| ticket.is_abandoned(), || 1)
            })?;
        }
        let picture = state.picture()?;
        let milliseconds = played(milliseconds, *format, output.format());
        timed(times, Stage::Encode, || {
            let writer = match &mut writer {
                Some(writer) => writer,
                None => writer.insert(codecs.animator(*output)?.begin(
                    picture.dimensions(),
                    frames.plays(),
                    *max_quality,
                )?),
            };
            writer.push(Frame { picture, milliseconds })
        })?;
    }
    let writer = writer.ok_or_else(|| CodecError::malformed(*format, "no picture"))?;
    let file = timed(times, Stage::Encode, || writer.finish())?;
    let file = if notice.is_empty() { file } else { codecs.encoder(*output)?.strip(&file, notice)? };
    Ok(file.into())
}

/// The time that a frame is written with: that of a GIF stays in a GIF, and means elsewhere what browsers make of it.
fn played(milliseconds: u32, original: Format, output: Format) -> u32 {
    let is_foreign = original == Format::Gif && output != Format::Gif;
    if is_foreign && milliseconds <= TOO_SHORT { PLAYED_INSTEAD } else { milliseconds }
}

fn timed<T>(times: &mut StageTimes, stage: Stage, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    times.add(stage, started.elapsed());
    result
}

fn nothing_to_do() -> RenderError {
    RenderError::Operation { operation: "begin", reason: "the plan is empty".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_too_short_is_shown_as_long_as_in_browsers() {
        let times = |original, output| [0, 10, 20, 100].map(|time| played(time, original, output));
        assert_eq!(times(Format::Gif, Format::WebP), [100, 100, 20, 100]);
        assert_eq!(times(Format::Gif, Format::Gif), [0, 10, 20, 100]);
        assert_eq!(times(Format::WebP, Format::Png), [0, 10, 20, 100]);
    }
}
