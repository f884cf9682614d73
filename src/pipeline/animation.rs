//! An animation: every frame goes the way of a still picture, one at a time.

use bytes::Bytes;
use codec::{CodecError, Frame, FrameWriter};

use super::RenderError;
use super::make::{Agenda, Making, timed};
use super::operation::Operation;
use crate::report::{Stage, StageTimes};
use crate::request::{Coding, Dimensions, Format};
use crate::workers::WorkError;

/// Browsers show a frame of a GIF that claims to take no longer than this, in milliseconds, for [`PLAYED_INSTEAD`].
const TOO_SHORT: u32 = 10;
const PLAYED_INSTEAD: u32 = 100;

/// Does what was planned for every frame, and puts all of them together. What only pixels tell, the first frame tells for
/// all.
///
/// # Errors
/// As [`super::make`].
pub(super) fn render(
    making: &Making<'_>,
    original: &Bytes,
    (expected, course): (Dimensions, Agenda),
    coding: Coding,
    times: &mut StageTimes,
) -> Result<Bytes, RenderError> {
    let (codecs, facts, output) = (making.kitchen.codecs, making.facts, &making.recipe.output);
    let mut frames = timed(times, Stage::Decode, || codecs.frames(facts.format, original))?;
    let mut writer: Option<Box<dyn FrameWriter>> = None;
    let (mut first, mut settled) = (Some(course), Vec::<Operation>::new());
    // More than were counted were not reckoned with.
    for _ in 0..output.max_frames.map_or(facts.frames, |most| facts.frames.min(most.get())) {
        if (making.kitchen.is_abandoned)() {
            return Err(WorkError::Abandoned.into());
        }
        let Some(Frame { picture, milliseconds }) = timed(times, Stage::Decode, || frames.next())? else { break };
        if picture.dimensions() != expected {
            let reason = format!("header says {expected}, data says {}", picture.dimensions());
            return Err(CodecError::malformed(facts.format, reason).into());
        }
        making.kitchen.note(&picture);
        let again = || Agenda { pending: settled.clone().into(), rest: None };
        let (picture, done) = making.through(first.take().unwrap_or_else(again), picture, times)?;
        settled = done;
        let milliseconds = played(milliseconds, facts.format, output.format.format());
        timed(times, Stage::Encode, || {
            let writer = match &mut writer {
                Some(writer) => writer,
                None => {
                    let animator = codecs.animator(output.format)?;
                    writer.insert(animator.begin(picture.dimensions(), frames.plays(), &coding)?)
                }
            };
            writer.push(Frame { picture, milliseconds })
        })?;
    }
    let writer = writer.ok_or_else(|| CodecError::malformed(facts.format, "no picture"))?;
    let file = timed(times, Stage::Encode, || writer.finish())?;
    let notice = &making.kitchen.notice;
    let file = if notice.is_empty() { file } else { codecs.encoder(output.format)?.strip(&file, notice)? };
    Ok(file.into())
}

/// The time that a frame is written with: that of a GIF stays in a GIF, and means elsewhere what browsers make of it.
fn played(milliseconds: u32, original: Format, output: Option<Format>) -> u32 {
    let is_foreign = original == Format::Gif && output != Some(Format::Gif);
    if is_foreign && milliseconds <= TOO_SHORT { PLAYED_INSTEAD } else { milliseconds }
}

#[cfg(test)]
mod tests {
    use codec::{CodecSettings, Codecs, Picture, PixelLayout};

    use super::*;
    use crate::pipeline::{Order, make};
    use crate::request::{
        Bounds, Edit, Fit, FormatWish, Length, OutputFormat, OutputPolicy, OutputWish, Recipe, Surround, Wish,
    };
    use crate::source::Material;
    use crate::workers::Ticket;

    #[test]
    fn every_frame_has_its_own_edges_and_mirrors_around_it() {
        let codecs = Codecs::new(&CodecSettings::default());
        let policy = OutputPolicy::new(codecs.codings());
        let (red, green, blue, white) = ([255, 0, 0], [0, 255, 0], [0, 0, 255], [255; 3]);
        let film = written(&codecs, &[[red, green], [blue, white]]);
        let facts = codecs.decoder(Format::Gif).unwrap().probe(&mut std::io::Cursor::new(&film)).unwrap();
        for (surround, expected) in [
            (Surround::Edge, [[red, red, red, green, green, green], [blue, blue, blue, white, white, white]]),
            (Surround::Mirror, [[green, red, red, green, green, red], [white, blue, blue, white, white, blue]]),
        ] {
            let [width, height] = [6, 1].map(|pixels| Some(Length::Pixels(pixels)));
            let bounds = Bounds { width, height, fit: Fit::Pad, surround: Some(surround), ..Bounds::default() };
            let format = Some(FormatWish::Named(OutputFormat::GIF));
            let wish = Wish::new(OutputWish { format, ..OutputWish::default() });
            let wish = wish.then(Edit { bounds, ..Edit::default() });
            let recipe = Recipe::new(&wish, &facts, &[], &policy).unwrap().unwrap();
            let order = Order::of(facts, Material::Memory(film.clone().into()), recipe, &policy);
            let made = make(order, &codecs, &Ticket::unconditional(), None).unwrap().rendition.bytes;
            let mut frames = codecs.frames(Format::Gif, &made).unwrap();
            for colours in expected {
                let picture = frames.next().unwrap().unwrap().picture;
                let pixels = picture.pixels().chunks_exact(picture.layout().channels());
                assert!(pixels.map(|pixel| &pixel[..3]).eq(colours.iter()), "{surround:?}");
            }
            assert!(frames.next().unwrap().is_none());
        }
    }

    /// A GIF of frames of two pixels.
    fn written(codecs: &Codecs, frames: &[[[u8; 3]; 2]]) -> Vec<u8> {
        let (dimensions, coding) = (Dimensions::new(2, 1), codecs.codings().of(OutputFormat::GIF));
        let mut writer = codecs.animator(OutputFormat::GIF).unwrap().begin(dimensions, 0, &coding).unwrap();
        for frame in frames {
            let picture = Picture::new(dimensions, PixelLayout::Rgb, frame.as_flattened().to_vec()).unwrap();
            writer.push(Frame { picture, milliseconds: 100 }).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn a_frame_that_is_too_short_is_shown_as_long_as_in_browsers() {
        let times = |original, output| [0, 10, 20, 100].map(|time| played(time, original, Some(output)));
        assert_eq!(times(Format::Gif, Format::WebP), [100, 100, 20, 100]);
        assert_eq!(times(Format::Gif, Format::Gif), [0, 10, 20, 100]);
        assert_eq!(times(Format::WebP, Format::Png), [0, 10, 20, 100]);
    }
}
