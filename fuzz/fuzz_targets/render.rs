//! The whole way of a rendition, on any bytes and any wish: an error that blames the original, or a rendition that is what
//! was decided.
//!
//! The input is made of five bytes for the wish, then the original.

#![no_main]

use std::io::Cursor;
use std::sync::LazyLock;

use bytes::Bytes;
use image_proxy::codec::{CodecError, CodecSettings, Codecs};
use image_proxy::pipeline::{self, RenderError, Rendition, Ticket};
use image_proxy::request::{
    AnimationPolicy, Background, Facts, Format, Orientation, OutputFormat, OutputPolicy, Recipe, ResizeAlgorithm, Size,
    Transform,
};
use image_proxy::source::Material;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

/// Larger originals are not rendered here: they take long and teach nothing new.
const MAX_PIXELS: u64 = 300_000;

static CODECS: LazyLock<Codecs> = LazyLock::new(|| Codecs::new(&CodecSettings::default()));
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime without input and output"));

fuzz_target!(|input: &[u8]| {
    let Some((wish, original)) = input.split_first_chunk() else { return };
    let transform = read_transform(wish);
    let material = Material::Memory(Bytes::copy_from_slice(original));
    let facts = match RUNTIME.block_on(pipeline::probe(material.clone(), CODECS.clone())) {
        Ok(facts) if facts.stored.pixels() <= MAX_PIXELS && facts.animated_pixels() <= MAX_PIXELS * 4 => facts,
        Ok(_) => return,
        Err(error) => return assert_blames_the_original(&error),
    };
    let policy = OutputPolicy {
        allowed_formats: OutputFormat::all().collect(),
        resize_algorithm: ResizeAlgorithm::Lanczos3,
        max_side: u32::MAX,
        background: Background::WHITE,
        animation: AnimationPolicy::default(),
        keeps_profiles: false,
        keeps_notices: false,
    };
    let recipe = Recipe::new(&transform, &facts, &policy).expect("every format is allowed");
    let Some(recipe) = recipe else { return };
    match pipeline::render(material, &facts, &recipe, &CODECS, &Ticket::unconditional(), None) {
        Ok((rendition, _)) => assert_as_decided(&rendition, &facts, &recipe),
        Err(error) => assert_blames_the_original(&error),
    }
});

fn read_transform(wish: &[u8; 5]) -> Transform {
    let [size_low, size_high, format, algorithm, grayscale] = *wish;
    let names: Vec<_> = ResizeAlgorithm::names().collect();
    let formats: Vec<_> = OutputFormat::all().map(Some).chain([None]).collect();
    Transform {
        // Zero, and what is above the largest, is no size.
        size: Size::parse(&u16::from_le_bytes([size_low, size_high]).to_string()).ok(),
        format: formats[usize::from(format) % formats.len()],
        resize_algorithm: ResizeAlgorithm::named(names[usize::from(algorithm) % names.len()]),
        grayscale: grayscale % 2 == 1,
    }
}

fn assert_as_decided(rendition: &Rendition, facts: &Facts, recipe: &Recipe) {
    let format = recipe.format.format();
    assert_eq!(rendition.format, format);
    assert_eq!(Format::sniff(&rendition.bytes), Some(format));
    let codec = CODECS.decoder(format).expect("what is written is also read");
    let made = codec.probe(&mut Cursor::new(&rendition.bytes)).expect("a rendition has a header");
    let stored = recipe.resize.map_or(facts.displayed(), |resize| resize.dimensions);
    assert_eq!((made.format, made.stored, made.orientation), (format, stored, Orientation::Upright));
}

fn assert_blames_the_original(error: &RenderError) {
    let is_ours = matches!(
        error,
        RenderError::Work(_) | RenderError::Operation { .. } | RenderError::Codec(CodecError::Encode { .. })
    );
    assert!(!is_ours, "{error:?}");
}
