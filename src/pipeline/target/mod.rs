//! The quality at which a picture is seen to be as good as asked, found on a small copy of the original. The copy follows
//! from the original alone, so that what is found holds for all its renditions, on every server.

mod curve;
mod score;
mod search;

use codec::{Codecs, Coding, Notice, Picture, PixelLayout};

use self::curve::UsualScores;
use self::score::Comparison;
use super::kitchen::{Ingredient, Kitchen, decode, read};
use super::make::timed;
use super::operation::{Between, Larder, Operation};
use super::plan::Decode;
use super::share::Share;
use super::{BASE_BYTES, RenderError};
use crate::report::{Stage, StageTimes};
use crate::request::step::Resize;
use crate::request::{Dimensions, Facts, Quality, QualityFound, ResizeAlgorithm, Search, Step};
use crate::workers::{Footprint, Ticket, WorkError};

/// Pixels of the copy, at most.
const COPY_PIXELS: u64 = 250_000;
/// The longest side of the copy of a drawing, which has no size of its own.
const DRAWN_SIDE: u32 = 500;
/// Below this side, in pixels, there are fewer than five scales to score, and the same number then stands for a far better
/// picture (docs/formats.md): such a picture is taken for a usual one.
const MIN_SIDE: u32 = 113;
/// The effort of the trials, on the scale of all formats: what is found is to be as dear for every operator.
const EFFORT: u8 = 6;

/// What a search came to.
#[derive(Debug, Clone, Copy)]
pub struct Searched {
    /// The quality that it takes, and whether that is enough.
    pub quality: QualityFound,
    /// How long it took.
    pub times: StageTimes,
    /// The original is broken. Nobody is to keep this: it may be whole soon.
    pub is_incomplete: bool,
}

/// Searches for the quality of an original: in at most three encodes of its copy, each decoded again and scored. Blocks for
/// as long as that takes: for the workers only.
///
/// # Errors
/// The original cannot be read or decoded, its copy cannot be encoded, or nobody waits for it any more.
pub fn find_quality(
    picture: Ingredient,
    search: Search,
    codecs: &Codecs,
    ticket: &Ticket,
    share: Option<&Share>,
) -> Result<Searched, RenderError> {
    let mut times = StageTimes::default();
    let is_abandoned = || ticket.is_abandoned();
    let kitchen = Kitchen::new(codecs, Notice::default(), &[], &is_abandoned);
    let curve = UsualScores::of(search.format);
    let copy = copy(picture, &kitchen, share, &mut times)?;
    let is_incomplete = kitchen.is_incomplete();
    let Dimensions { width, height } = copy.dimensions();
    if width.min(height) < MIN_SIDE {
        return Ok(Searched { quality: curve.usual(search.target), times, is_incomplete });
    }
    let reference = timed(&mut times, Stage::Score, || Comparison::new(&copy))?;
    let encoder = codecs.encoder(search.format)?;
    let choices = encoder.choices();
    let effort = choices.own_effort(EFFORT);
    // Beyond the finest there is nothing to begin anew.
    let seam = choices.quarters_chroma_below.filter(|seam| *seam <= search::FINEST && search.chroma.is_none());
    let quality = search::find(search.target.score(), curve, seam, |quality| {
        if is_abandoned() {
            return Err(WorkError::Abandoned.into());
        }
        times.note_trial();
        let coding = Coding { chroma: search.chroma, ..Coding::new(Some(quality), effort) };
        let encode = || encoder.encode_as(&copy, &coding, &Notice::default(), 1);
        let file = timed(&mut times, Stage::Encode, encode)?;
        let shown = timed(&mut times, Stage::Decode, || codecs.shown(search.format, &file))?;
        timed(&mut times, Stage::Score, || reference.score(shown))
    })?;
    Ok(Searched { quality, times, is_incomplete })
}

/// What a picture takes that nothing is known of.
pub fn usual_quality(search: Search) -> QualityFound {
    UsualScores::of(search.format).usual(search.target)
}

/// Predicts what a search takes.
///
/// # Errors
/// As [`Codecs::decoder`] and [`Codecs::encoder`].
pub fn footprint_of_search(picture: &Ingredient, search: Search, codecs: &Codecs) -> Result<Footprint, RenderError> {
    let Ingredient { facts, material, .. } = picture;
    let (codec, encoder) = (codecs.decoder(facts.format)?, codecs.encoder(search.format)?);
    let wanted = wanted(facts);
    let pixel_bytes = u64::from(facts.decoding.pixel_bytes);
    let stored = if facts.format.is_vector() { wanted } else { facts.stored };
    let decoded = Between { dimensions: codec.decoded(stored, Some(wanted)), pixel_bytes };
    let copy = Between { dimensions: wanted, pixel_bytes };
    let decoding = material.length() + codec.working_bytes(facts, decoded.dimensions) + decoded.bytes();
    let resizing = resize_to(wanted).work().held(decoded, copy, &Larder { others: &[], codecs })?;
    let coding = Coding { chroma: search.chroma, ..Coding::new(Some(Quality::new(search::FINEST)), 0) };
    let coding = Coding { effort: encoder.choices().own_effort(EFFORT), ..coding };
    let encoding = encoder.working_bytes(wanted, PixelLayout::Rgb, &coding);
    let scoring = wanted.pixels() * score::BYTES_A_PIXEL + copy.bytes() + encoding;
    Ok(Footprint { peak_bytes: decoding.max(resizing).max(scoring) + BASE_BYTES, is_light: false })
}

/// The original at the size at which it is looked at: opaque, in sRGB. It may lie on its side.
fn copy(
    picture: Ingredient,
    kitchen: &Kitchen<'_>,
    share: Option<&Share>,
    times: &mut StageTimes,
) -> Result<Picture, RenderError> {
    let Ingredient { facts, material, .. } = picture;
    let wanted = wanted(&facts);
    let expected = if facts.format.is_vector() { wanted } else { facts.stored };
    let decode = |is_abandoned: &dyn Fn() -> bool, times: &mut StageTimes| {
        let original = read(material, times)?;
        let decode_as = Decode { expected, target: Some(wanted), excerpt: None };
        timed(times, Stage::Decode, || decode(&original, &facts, decode_as, kitchen, is_abandoned))
    };
    let decoded = match share {
        None => decode(kitchen.is_abandoned, times)?,
        Some(share) => {
            let detail = kitchen.codecs.decoder(facts.format)?.detail(facts.stored, Some(wanted));
            share.get_or_make((detail, None, vec![]), kitchen.is_abandoned, times, decode)?
        }
    };
    let resized = timed(times, Stage::Resize, || resize_to(wanted).work().done(decoded, kitchen))?;
    Ok(timed(times, Stage::Colour, || score::on_ground(resized.into_srgb().without_idle_alpha())))
}

/// The dimensions of the copy, as stored.
fn wanted(facts: &Facts) -> Dimensions {
    if facts.format.is_vector() {
        return facts.orientation.applied_to(facts.fitted(DRAWN_SIDE));
    }
    let pixels = facts.stored.pixels();
    if pixels <= COPY_PIXELS {
        return facts.stored;
    }
    let scale = (COPY_PIXELS as f64 / pixels as f64).sqrt();
    let side = |side: u32| ((f64::from(side) * scale) as u32).max(1);
    Dimensions::new(side(facts.stored.width), side(facts.stored.height))
}

fn resize_to(dimensions: Dimensions) -> Operation {
    Operation::Step(Step::from(Resize { dimensions, algorithm: ResizeAlgorithm::Lanczos3 }))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use codec::{CodecSettings, InputFormats};

    use super::*;
    use crate::pipeline::probe;
    use crate::request::{ChromaSampling, Format, Generation, Identity, OutputFormat, Reference, Stamp, Target};
    use crate::source::Material;

    fn ingredient(path: &str, codecs: &Codecs) -> Ingredient {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images").join(path);
        let material = Material::Memory(fs::read(path).unwrap().into());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let facts = runtime.block_on(probe(material.clone(), codecs.clone())).unwrap();
        let stamp = Stamp::Response { digest: 1 };
        let identity = Identity { reference: Reference::Body, stamp, generation: Generation::NONE };
        Ingredient { identity, facts, material }
    }

    fn search(format: OutputFormat, target: Target) -> Search {
        Search { format, target, chroma: None }
    }

    #[test]
    fn a_copy_has_the_shape_of_its_original_and_a_quarter_of_a_megapixel() {
        let codecs = Codecs::new(&CodecSettings::default());
        let photo = ingredient("people/astronaut.jpg", &codecs).facts;
        let of = |width, height| wanted(&Facts { stored: Dimensions::new(width, height), ..photo });
        assert_eq!(of(4000, 3000), Dimensions::new(577, 433));
        assert_eq!(of(400, 300), Dimensions::new(400, 300));
        assert_eq!(of(1_000_000, 1), Dimensions::new(500_000, 1));
        let drawing = wanted(&ingredient("icons/monkey.svg", &codecs).facts);
        assert_eq!(drawing.longest_edge(), DRAWN_SIDE);
    }

    #[test]
    fn a_search_is_the_same_with_every_setting_of_the_operator() {
        let mut settings = CodecSettings::default();
        let usual = Codecs::new(&settings);
        (settings.webp.effort, settings.webp.quality, settings.jpeg.quality) = (0, 20, 90);
        settings.inputs = InputFormats::Only(vec![Format::Jpeg]);
        let other = Codecs::new(&settings);
        for format in [OutputFormat::WEBP, OutputFormat::JPEG] {
            let [one, two] = [&usual, &other].map(|codecs| {
                let picture = ingredient("people/astronaut.jpg", codecs);
                find_quality(picture, search(format, Target::Medium), codecs, &Ticket::unconditional(), None)
            });
            assert_eq!(one.unwrap().quality, two.unwrap().quality, "{format}");
        }
    }

    #[test]
    fn a_picture_too_small_for_a_score_is_taken_for_a_usual_one() {
        let codecs = Codecs::new(&CodecSettings::default());
        let dimensions = Dimensions::new(400, MIN_SIDE - 1);
        let pixels = (0..dimensions.pixels() * 3).map(|index| (index * index / 7) as u8).collect();
        let noise = Picture::new(dimensions, PixelLayout::Rgb, pixels).unwrap();
        let file = codecs.encoder(OutputFormat::LOSSLESS).unwrap().encode(&noise).unwrap();
        let material = Material::Memory(file.into());
        let photo = ingredient("people/astronaut.jpg", &codecs);
        let facts = Facts { format: Format::Png, stored: dimensions, ..photo.facts };
        let picture = Ingredient { facts, material, ..photo };
        let search = search(OutputFormat::WEBP, Target::Medium);
        let found = find_quality(picture, search, &codecs, &Ticket::unconditional(), None).unwrap();
        assert_eq!((found.quality, found.times.trials()), (usual_quality(search), 0));
    }

    #[test]
    fn a_search_is_heavy_work_of_at_most_three_trials() {
        let codecs = Codecs::new(&CodecSettings::default());
        let picture = ingredient("people/astronaut.jpg", &codecs);
        let footprint = footprint_of_search(&picture, search(OutputFormat::WEBP, Target::Low), &codecs).unwrap();
        assert!(!footprint.is_light && (10 << 20..120 << 20).contains(&footprint.peak_bytes), "{footprint:?}");
        let whole = Search { chroma: Some(ChromaSampling::Whole), ..search(OutputFormat::JPEG, Target::High) };
        let found = find_quality(picture, whole, &codecs, &Ticket::unconditional(), None).unwrap();
        assert!(found.times.trials() <= 3 && !found.is_incomplete && !found.quality.is_missed);
    }
}
