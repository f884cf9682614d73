//! The whole way of a rendition, on any bytes and any wish: an error that blames the original, or a rendition that is what
//! was decided.
//!
//! The input is a query, a line break, and the original, which is laid over itself where the query asks for that.

#![no_main]

use std::io::Cursor;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, Method};
use image_proxy::codec::{CodecError, CodecSettings, Codecs};
use image_proxy::dialect::{Asked, Dialect, Native, Wording};
use image_proxy::pipeline::{self, Order, RenderError, Rendition};
use image_proxy::request::step::Describe as _;
use image_proxy::request::{Facts, Format, Keeping, Medium, Orientation, OutputPolicy, Recipe, Shape, Wish};
use image_proxy::source::Material;
use image_proxy::workers::Ticket;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

/// Larger originals are not rendered here: they take long and teach nothing new.
const MAX_PIXELS: u64 = 300_000;
/// Larger pictures on the way are not made for the same reason.
const MAX_SIDE: u32 = 2000;

static CODECS: LazyLock<Codecs> = LazyLock::new(|| Codecs::new(&CodecSettings::default()));
static POLICY: LazyLock<OutputPolicy> =
    LazyLock::new(|| OutputPolicy { max_side: MAX_SIDE, ..OutputPolicy::new(CODECS.codings()) });
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime without input and output"));

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (query, original) = (&input[..end], &input[end + 1..]);
    let Some(wish) = std::str::from_utf8(query).ok().and_then(read_wish) else { return };
    let material = Material::Memory(Bytes::copy_from_slice(original));
    let facts = match RUNTIME.block_on(pipeline::probe(material.clone(), CODECS.clone())) {
        Ok(facts) if facts.stored.pixels() <= MAX_PIXELS && facts.animated_pixels() <= MAX_PIXELS * 4 => facts,
        Ok(_) => return,
        Err(error) => return assert_blames_the_original(&error),
    };
    let others: Vec<_> = wish.others().into_iter().map(|other| (other, facts.displayed())).collect();
    let Ok(Some(recipe)) = Recipe::new(&wish, &facts, &others, &POLICY) else { return };
    let order = Order::of(facts, material, recipe.clone(), &POLICY);
    match pipeline::make(order, &CODECS, &Ticket::unconditional(), None) {
        Ok(made) => assert_as_decided(&made.rendition, &facts, &recipe),
        Err(error) => assert_blames_the_original(&error),
    }
});

fn read_wish(query: &str) -> Option<Wish> {
    let wording = Wording { method: &Method::GET, path: "/x", query: Some(query), headers: &HeaderMap::new() };
    match Native::default().read(wording).asked {
        Ok(Asked::Image(request)) => Some(keeping_all(Wish::clone(&request.wish))),
        _ => None,
    }
}

/// What is said beside the pixels is read, changed and written as well.
fn keeping_all(mut wish: Wish) -> Wish {
    wish.output.keeping = Some(Keeping::All);
    wish
}

fn assert_as_decided(rendition: &Rendition, facts: &Facts, recipe: &Recipe) {
    assert_eq!(rendition.medium, recipe.output.format.medium());
    let Medium::Image(format) = rendition.medium else { return };
    assert_eq!(Format::sniff(&rendition.bytes), Some(format));
    let codec = CODECS.decoder(format).expect("what is written is also read");
    let made = codec.probe(&mut Cursor::new(&rendition.bytes)).expect("a rendition has a header");
    let whole = Shape::of(facts);
    let shape = recipe.steps.iter().fold(whole, |shape, step| step.after(shape));
    assert_eq!((made.format, made.orientation), (format, Orientation::Upright));
    if recipe.steps.last().is_some_and(|step| step.leaves_open()) {
        assert!(made.stored.width <= shape.dimensions.width && made.stored.height <= shape.dimensions.height);
    } else {
        assert_eq!(made.stored, shape.dimensions);
    }
}

fn assert_blames_the_original(error: &RenderError) {
    let is_ours = matches!(
        error,
        RenderError::Work(_) | RenderError::Operation { .. } | RenderError::Codec(CodecError::Encode { .. })
    );
    assert!(!is_ours, "{error:?}");
}
