//! What a rendition takes, known before it is begun: a pure function from facts and recipe.

use codec::{Codec, Codecs, PixelLayout};

use super::kitchen::Order;
use super::operation::{Between, Larder, Operation};
use super::plan::{Decode, Plan, Rest};
use super::{BASE_BYTES, RenderError};
use crate::request::{Course, Dimensions, Edit, Facts, Keeping, OutputFormat, Reuse, Shape};
use crate::workers::Footprint;

/// Work up to these sizes is light: some 10 ms.
const LIGHT_SOURCE_PIXELS: u64 = 2_500_000;
const LIGHT_RENDITION_PIXELS: u64 = 250_000;

/// What the metadata of an original takes that is kept whole.
const CARRIED_BYTES: u64 = 1024 * 1024;

/// What reading an original takes that is to go out as it is.
pub fn footprint_of_original(original_bytes: u64) -> Footprint {
    Footprint { peak_bytes: original_bytes + BASE_BYTES, is_light: true }
}

/// Predicts what making an order takes.
///
/// # Errors
/// As [`Codecs::decoder`] and [`Codecs::encoder`].
pub fn footprint(order: &Order, codecs: &Codecs) -> Result<Footprint, RenderError> {
    let Order { picture, others, recipe, policy, .. } = order;
    let (facts, original_bytes) = (&picture.facts, picture.material.length());
    let Plan::Paint { decode, operations, rest } = Plan::new(facts, recipe) else {
        // A copy that grows where a notice is put in.
        return Ok(Footprint { peak_bytes: original_bytes * 4 + BASE_BYTES, is_light: true });
    };
    let operations = with_rest(operations, rest, order)?;
    let output = &recipe.output;
    let codec = codecs.decoder(facts.format)?;
    let mut between = Between { dimensions: facts.stored, pixel_bytes: facts.decoding.pixel_bytes.into() };
    // What an animation holds from its first frame to its last.
    let (mut throughout, mut peak_bytes) = (0, 0);
    if output.is_animated {
        // Beside the original, the chunks of one frame.
        throughout += original_bytes * 2 + codec.animation_bytes(facts);
    } else {
        let (dimensions, beside) = decoded(codec, facts, &decode, codecs.shows_broken());
        between.dimensions = dimensions;
        peak_bytes = original_bytes + codec.working_bytes(facts, dimensions) + between.bytes() + beside;
    }
    // The original is kept until it is known whether it is the better answer, or a copy without metadata is.
    let kept = match recipe.reuse {
        // Read once more for what it says of itself; of some formats in a copy.
        _ if output.format == OutputFormat::INFO => original_bytes * 2,
        Reuse::Nothing | Reuse::CodedPixels => 0,
        Reuse::Whole => original_bytes,
        Reuse::Stripped => original_bytes * 2,
    };
    peak_bytes = peak_bytes.max(kept * 2);
    let larder = Larder { others, codecs };
    for operation in &operations {
        let before = between;
        let work = operation.work();
        between.dimensions = operation.after(before.dimensions);
        between.pixel_bytes = work.pixel_bytes_after(before.pixel_bytes);
        peak_bytes = peak_bytes.max(work.held(before, between, &larder)? + kept);
    }
    let encoding = if output.is_animated {
        throughout += codecs.animator(output.format)?.working_bytes(between.dimensions, facts.frames, &output.coding);
        0
    } else {
        let layout = layout_of(between.pixel_bytes, output.format.medium().has_alpha());
        codecs.encoder(output.format)?.working_bytes(between.dimensions, layout, &output.coding)
    };
    // Blocks of metadata are bounded; each is held alone, and in copies of what it is put into.
    throughout += if output.keeping == Keeping::All { CARRIED_BYTES } else { 0 };
    // Of a search, the best file so far.
    let best = output.max_bytes.map_or(0, |most| most.bytes().min(between.bytes()));
    peak_bytes = peak_bytes.max(between.bytes() + encoding + kept + best);
    let is_light = (!output.is_animated || facts.animated_pixels() <= LIGHT_SOURCE_PIXELS)
        && others.iter().map(|other| &other.facts).chain([facts]).all(is_small)
        && between.dimensions.pixels() <= LIGHT_RENDITION_PIXELS
        && (output.max_bytes.is_none() || output.coding.is_lossless())
        && !policy.codings.choices(output.format).is_dear(output.coding.effort);
    Ok(Footprint { peak_bytes: peak_bytes + throughout + BASE_BYTES, is_light })
}

/// The dimensions of what is decoded, and the bytes of pixels that are decoded beside it.
fn decoded(codec: &dyn Codec, facts: &Facts, decode: &Decode, shows_broken: bool) -> (Dimensions, u64) {
    let Decode { target, excerpt, .. } = *decode;
    let Some(excerpt) = excerpt else { return (codec.decoded(facts.stored, target), 0) };
    let is_alone = facts.decoding.is_by_parts && !shows_broken;
    let whole = if is_alone { 0 } else { facts.stored.pixels() * u64::from(facts.decoding.pixel_bytes) };
    (codec.decoded_excerpt(excerpt, target), whole)
}

fn is_small(facts: &Facts) -> bool {
    facts.stored.pixels() <= LIGHT_SOURCE_PIXELS
}

/// What is left open is done as if nothing were cut off: an upper bound.
fn with_rest(mut operations: Vec<Operation>, rest: Option<Rest>, order: &Order) -> Result<Vec<Operation>, RenderError> {
    if let Some(rest) = rest {
        let shape = Shape::of_pixels(order.picture.facts.displayed());
        let course = Course::to_decide(rest.open.clone(), shape);
        let steps = Edit::upper_bound(course, &order.known_others(), &order.policy)?;
        let (more, _) = rest.planned(&steps, &[], &order.recipe.output, shape.dimensions);
        operations.extend(more);
    }
    Ok(operations)
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
    use std::sync::Arc;

    use bytes::Bytes;
    use codec::CodecSettings;

    use super::*;
    use crate::pipeline::Ingredient;
    use crate::request::step::{Overlay, Resize};
    use crate::request::{
        Angle, Area, Background, Condition, Decoding, Dimensions, Format, Generation, Identity, ImagePath, Orientation,
        Output, OutputPolicy, Recipe, ResizeAlgorithm, Stamp, Step,
    };
    use crate::source::Material;

    fn ingredient(format: Format, stored: Dimensions, frames: u32, pixel_bytes: u8) -> Ingredient {
        let decoding = Decoding { pixel_bytes, working_bytes: 7, is_by_parts: format == Format::Jpeg };
        let (orientation, condition) = (Orientation::Upright, Condition::default());
        let facts = Facts { format, stored, orientation, frames, decoding, condition, drawing: None };
        let reference = ImagePath::from_decoded("a").unwrap().into();
        let identity = Identity { reference, stamp: Stamp::Response { digest: 1 }, generation: Generation::NONE };
        Ingredient { identity, facts, material: Material::Memory(Bytes::from_static(&[0; 1000])) }
    }

    fn predicted(picture: Ingredient, others: Vec<Ingredient>, format: &str, steps: Vec<Step>) -> Footprint {
        let codecs = Codecs::new(&CodecSettings::default());
        let format = OutputFormat::named(format).unwrap();
        let background = (!format.medium().has_alpha()).then_some(Background::WHITE);
        let (coding, is_animated) = (codecs.codings().of(format), picture.facts.frames > 1);
        let (target, max_bytes, max_frames, keeping) = (None, None, None, Keeping::Nothing);
        let output = Output { format, coding, target, max_bytes, background, is_animated, max_frames, keeping };
        let recipe = Recipe { steps, open: vec![], output, reuse: Reuse::Nothing };
        let policy = Arc::new(OutputPolicy::new(codecs.codings()));
        footprint(&Order { picture, others, recipe, policy, found: None }, &codecs).unwrap()
    }

    fn of_photo(stored: Dimensions, target: Option<Dimensions>) -> Footprint {
        let resize = target.map(|dimensions| Resize { dimensions, algorithm: ResizeAlgorithm::Lanczos3 }.into());
        predicted(ingredient(Format::Jpeg, stored, 1, 3), vec![], "jpeg", resize.into_iter().collect())
    }

    #[test]
    fn a_reduced_decode_takes_less_than_a_whole_one() {
        let stored = Dimensions::new(4000, 3000);
        let whole = of_photo(stored, None).peak_bytes;
        let reduced = of_photo(stored, Some(Dimensions::new(400, 300))).peak_bytes;
        assert!(whole > 36_000_000 * 2, "{whole}");
        // A quarter of both sides is decoded.
        let decoded = 1000 * 750 * 3;
        assert!((decoded..decoded * 4).contains(&(reduced - BASE_BYTES)), "{reduced}");
    }

    #[test]
    fn an_animation_takes_what_is_written_and_a_few_canvases() {
        let stored = Dimensions::new(400, 300);
        let taken = |frames| predicted(ingredient(Format::Gif, stored, frames, 4), vec![], "webp", vec![]);
        let canvas = stored.pixels() * 4;
        let (few, many) = (taken(2), taken(202));
        assert!(few.is_light && !many.is_light);
        assert!((canvas * 5..canvas * 25 + 6_000_000).contains(&few.peak_bytes), "{}", few.peak_bytes);
        assert!(many.peak_bytes - few.peak_bytes < canvas * 200, "frames are not held as pixels");
    }

    #[test]
    fn thumbnails_of_small_pictures_are_light() {
        let small = Dimensions::new(1600, 1200);
        assert!(of_photo(small, Some(Dimensions::new(400, 300))).is_light);
        assert!(!of_photo(small, Some(Dimensions::new(800, 600))).is_light);
        assert!(!of_photo(Dimensions::new(4000, 3000), Some(Dimensions::new(400, 300))).is_light);
    }

    #[test]
    fn what_is_laid_over_counts_too() {
        let photo = || ingredient(Format::Jpeg, Dimensions::new(400, 300), 1, 3);
        let area = Area { left: 0, top: 0, dimensions: Dimensions::new(100, 100) };
        let (upright, angle) = (area.dimensions, Angle::default());
        let overlay = Overlay { ingredient: 1, upright, angle, area, gaps: (None, None), opacity_percent: 100 };
        let plain = predicted(photo(), vec![], "jpeg", vec![]);
        let large = ingredient(Format::Png, Dimensions::new(3000, 3000), 1, 4);
        let marked = predicted(photo(), vec![large], "jpeg", vec![overlay.into()]);
        assert!(marked.peak_bytes > plain.peak_bytes + 36_000_000, "{} {}", marked.peak_bytes, plain.peak_bytes);
        assert!(plain.is_light && !marked.is_light);
    }
}
