//! What a rendition takes, known before it is begun: a pure function from facts and recipe.

use super::Operation;
use super::plan::plan;
use crate::request::{Dimensions, Facts, Recipe, Reuse};
use codec::{CodecError, Codecs, PixelLayout};

/// What any work takes: a stack, and what the allocators of the libraries keep.
const BASE_BYTES: u64 = 2 * 1024 * 1024;
/// What converting colours takes beside the picture.
const COLOUR_BYTES: u64 = 2 * 1024 * 1024;
/// Work up to these sizes is light: some 10 ms.
const LIGHT_SOURCE_PIXELS: u64 = 2_500_000;
const LIGHT_RENDITION_PIXELS: u64 = 250_000;

/// What one piece of work takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// The most memory that it holds at any time, in bytes; never less than in truth (tests/memory.rs).
    pub peak_bytes: u64,
    /// Short work, which need not wait behind long work.
    pub is_light: bool,
}

/// The picture between two operations.
#[derive(Debug, Clone, Copy)]
struct Between {
    dimensions: Dimensions,
    pixel_bytes: u64,
}

impl Between {
    fn bytes(self) -> u64 {
        self.dimensions.pixels() * self.pixel_bytes
    }
}

impl Footprint {
    /// What reading an original takes that is to go out as it is.
    pub fn of_original(original_bytes: u64) -> Self {
        Self { peak_bytes: original_bytes + BASE_BYTES, is_light: true }
    }

    /// Predicts what making `recipe` out of an original of `original_bytes` takes.
    ///
    /// # Errors
    /// As [`Codecs::decoder`] and [`Codecs::encoder`].
    pub fn of(facts: &Facts, recipe: &Recipe, original_bytes: u64, codecs: &Codecs) -> Result<Self, CodecError> {
        let mut picture = Between { dimensions: facts.stored, pixel_bytes: facts.decoding.pixel_bytes.into() };
        let mut peak_bytes = 0;
        // What an animation holds from its first frame to its last.
        let (mut throughout, mut is_light) = (0, true);
        for operation in plan(facts, recipe) {
            let before = picture;
            let held = match operation {
                Operation::Decode { format, target, .. } => {
                    let codec = codecs.decoder(format)?;
                    picture.dimensions = codec.decoded(facts.stored, target);
                    original_bytes + codec.working_bytes(facts, picture.dimensions) + picture.bytes()
                }
                Operation::DecodeFrames { format, .. } => {
                    // Beside the original, the chunks of one frame.
                    throughout += original_bytes * 2 + codecs.decoder(format)?.animation_bytes(facts);
                    is_light = facts.animated_pixels() <= LIGHT_SOURCE_PIXELS;
                    picture.bytes()
                }
                Operation::Resize { dimensions, .. } => {
                    picture.dimensions = dimensions;
                    // The rows that are resized in one direction only, and with alpha a premultiplied copy.
                    let halfway = Dimensions::new(dimensions.width, before.dimensions.height);
                    let premultiplied = if picture.pixel_bytes == 4 { before.bytes() } else { 0 };
                    let halfway = Between { dimensions: halfway, ..picture };
                    before.bytes() + premultiplied + halfway.bytes() + picture.bytes()
                }
                // In place, but for the library's tables; a step that needs sRGB may convert first.
                Operation::Colour(_) => before.bytes() + COLOUR_BYTES,
                Operation::Grayscale | Operation::Flatten(_) => before.bytes() * 2,
                Operation::Orient(orientation) => {
                    picture.dimensions = orientation.applied_to(picture.dimensions);
                    before.bytes() * 2
                }
                Operation::Encode { output, .. } => {
                    let layout = layout_of(picture.pixel_bytes, output.format().has_alpha());
                    picture.bytes() + codecs.encoder(output)?.working_bytes(picture.dimensions, layout)
                }
                Operation::EncodeFrames { output, .. } => {
                    throughout += codecs.animator(output)?.working_bytes(picture.dimensions, facts.frames);
                    picture.bytes()
                }
                // A copy that grows where a notice is put in.
                Operation::Strip(_) => original_bytes * 4,
            };
            // The original is kept until it is known whether it is the better answer.
            let kept = if recipe.reuse == Reuse::Whole { original_bytes } else { 0 };
            peak_bytes = peak_bytes.max(held + kept);
        }
        let is_small = is_light
            && facts.stored.pixels() <= LIGHT_SOURCE_PIXELS
            && picture.dimensions.pixels() <= LIGHT_RENDITION_PIXELS;
        let is_light = is_small || recipe.reuse == Reuse::CodedPixels;
        Ok(Self { peak_bytes: peak_bytes + throughout + BASE_BYTES, is_light })
    }
}

/// The layout of most bytes that a picture may have here.
fn layout_of(pixel_bytes: u64, has_alpha: bool) -> PixelLayout {
    match pixel_bytes {
        0 | 1 => PixelLayout::Gray,
        4 if has_alpha => PixelLayout::Rgba,
        _ => PixelLayout::Rgb,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Background, Decoding, Format, Orientation, OutputFormat, Resize, ResizeAlgorithm};
    use codec::CodecSettings;

    fn footprint(stored: Dimensions, target: Option<Dimensions>) -> Footprint {
        let decoding = Decoding { pixel_bytes: 3, working_bytes: 7 };
        let facts = Facts {
            format: Format::Jpeg,
            stored,
            orientation: Orientation::Upright,
            frames: 1,
            decoding,
            condition: <_>::default(),
        };
        let format = OutputFormat::named("jpeg").unwrap();
        let resize = target.map(|dimensions| Resize { dimensions, algorithm: ResizeAlgorithm::Lanczos3 });
        let (background, max_quality, reuse) = (Some(Background::WHITE), None, Reuse::Nothing);
        let recipe = Recipe { format, resize, grayscale: false, background, is_animated: false, max_quality, reuse };
        Footprint::of(&facts, &recipe, 1000, &Codecs::new(&CodecSettings::default())).unwrap()
    }

    #[test]
    fn a_reduced_decode_takes_less_than_a_whole_one() {
        let stored = Dimensions::new(4000, 3000);
        let whole = footprint(stored, None).peak_bytes;
        let reduced = footprint(stored, Some(Dimensions::new(400, 300))).peak_bytes;
        assert!(whole > 36_000_000 * 2, "{whole}");
        // A quarter of both sides is decoded.
        let decoded = 1000 * 750 * 3;
        assert!((decoded..decoded * 4).contains(&(reduced - BASE_BYTES)), "{reduced}");
    }

    #[test]
    fn an_animation_takes_what_is_written_and_a_few_canvases() {
        let stored = Dimensions::new(400, 300);
        let taken = |frames| {
            let decoding = Decoding { pixel_bytes: 4, working_bytes: 0 };
            let (format, orientation, condition) = (Format::Gif, Orientation::Upright, <_>::default());
            let facts = Facts { format, stored, orientation, frames, decoding, condition };
            let format = OutputFormat::named("webp").unwrap();
            let (max_quality, reuse) = (None, Reuse::Nothing);
            let recipe = Recipe {
                format,
                resize: None,
                grayscale: false,
                background: None,
                is_animated: true,
                max_quality,
                reuse,
            };
            Footprint::of(&facts, &recipe, 1000, &Codecs::new(&CodecSettings::default())).unwrap()
        };
        let canvas = stored.pixels() * 4;
        let (few, many) = (taken(2), taken(202));
        assert!(few.is_light && !many.is_light);
        assert!((canvas * 5..canvas * 25 + 6_000_000).contains(&few.peak_bytes), "{}", few.peak_bytes);
        assert!(many.peak_bytes - few.peak_bytes < canvas * 200, "frames are not held as pixels");
    }

    #[test]
    fn thumbnails_of_small_pictures_are_light() {
        let small = Dimensions::new(1600, 1200);
        assert!(footprint(small, Some(Dimensions::new(400, 300))).is_light);
        assert!(!footprint(small, Some(Dimensions::new(800, 600))).is_light);
        assert!(!footprint(Dimensions::new(4000, 3000), Some(Dimensions::new(400, 300))).is_light);
    }
}
