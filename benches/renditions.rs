//! The cost of each stage and of the whole rendition, for the shipped images.
//!
//! `cargo bench --bench renditions -- encode` runs one group; `dandelion.jpg` in its place one image, `avif` one format.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a bench that cannot measure stops")]

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bytes::Bytes;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use http::{HeaderMap, Method};
use image_proxy::codec::{CodecSettings, Codecs, Picture, PixelLayout};
use image_proxy::dialect::{Asked, Dialect as _, Native, Wording};
use image_proxy::pipeline::{self, Order};
use image_proxy::request::{
    Dimensions, Edit, Facts, Format, OutputFormat, OutputPolicy, OutputWish, Recipe, ResizeAlgorithm, Size, Step, Wish,
};
use image_proxy::source::Material;
use image_proxy::workers::Ticket;

/// The longest edges that renditions are made at, in pixels: a thumbnail and a page's width on a telephone.
const SIZES: [&str; 2] = ["400", "800"];

/// What effects are measured on, and its longest edges there: 0.48 and 2 megapixels.
const EFFECTS_ON: &str = "nature/dandelion.jpg";
const EFFECT_SIZES: [&str; 2] = ["800", "1632"];
const EFFECTS: [&str; 20] = [
    "bw=1",
    "blur=1",
    "blur=3",
    "blur=10",
    "blur=30",
    "brightness=20",
    "saturation=30",
    "hue=40",
    "gamma=1.4",
    "contrast=20",
    "sepia=60",
    "tint=fc0",
    "invert=1",
    "brightness=20&saturation=30&hue=40&gamma=1.4&contrast=20&sepia=60&tint=fc0&invert=1",
    "sharpen",
    "sharpen=1",
    "sharpen=5",
    "pixelate=16",
    "opacity=50",
    "radius=40",
];

static CODECS: LazyLock<Codecs> = LazyLock::new(|| Codecs::new(&CodecSettings::default()));
static POLICY: LazyLock<OutputPolicy> = LazyLock::new(|| OutputPolicy::new(CODECS.codings()));
static ORIGINALS: LazyLock<Vec<Original>> = LazyLock::new(originals);

/// A shipped image that can be decoded.
struct Original {
    name: String,
    bytes: Bytes,
    facts: Facts,
}

/// One benchmark of one image.
#[derive(Clone, Copy)]
struct Case {
    original: &'static Original,
    /// `None` for the whole picture.
    size: Option<&'static str>,
    /// `None` where nothing is encoded.
    output: Option<OutputFormat>,
}

/// Effects at one size.
#[derive(Clone, Copy)]
struct Effect {
    query: &'static str,
    size: &'static str,
}

fn main() {
    divan::main();
}

fn originals() -> Vec<Original> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images");
    let mut paths = files_below(&root);
    paths.sort();
    let originals: Vec<_> = paths.iter().filter_map(|path| Original::read(&root, path)).collect();
    assert!(!originals.is_empty(), "no image that can be decoded below {}", root.display());
    originals
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

impl Original {
    /// `None` for what is no image, or of a format that is only served untouched.
    fn read(root: &Path, path: &Path) -> Option<Self> {
        let bytes = Bytes::from(fs::read(path).unwrap());
        let codec = CODECS.decoder(Format::sniff(&bytes)?).ok()?;
        let facts = codec.probe(&mut Cursor::new(&bytes)).unwrap();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        Some(Self { name, bytes, facts })
    }
}

impl std::fmt::Display for Effect {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.query, self.size)
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.original.name)?;
        if let Some(size) = self.size {
            write!(formatter, " {size}")?;
        }
        if let Some(output) = self.output {
            write!(formatter, " {output}")?;
        }
        Ok(())
    }
}

impl Case {
    /// The dimensions as stored, after resizing.
    fn target(self) -> Dimensions {
        let size = self.size.and_then(|size| Size::parse(size).ok());
        let stored = self.original.facts.stored;
        size.map_or(stored, |size| stored.fit_within(size.pixels()))
    }

    fn decoded(self) -> Picture {
        let target = self.size.map(|_| self.target());
        let codec = CODECS.decoder(self.original.facts.format).unwrap();
        codec.decode(&self.original.bytes, target).unwrap()
    }

    fn resized(self) -> Picture {
        pipeline::resize(self.decoded(), self.target(), ResizeAlgorithm::Lanczos3).unwrap()
    }

    /// `None` where nothing is to be done.
    fn recipe(self) -> Option<Recipe> {
        let edit = self.size.and_then(|size| Size::parse(size).ok()).map(Edit::within).unwrap_or_default();
        let wish = Wish::new(OutputWish { format: self.output.map(Into::into), ..OutputWish::default() }).then(edit);
        Recipe::new(&wish, &self.original.facts, &[], &POLICY).unwrap()
    }
}

impl Effect {
    /// The picture of the bench at this size, and what is asked of it besides.
    fn prepared(self) -> (Picture, Vec<Step>) {
        let original = ORIGINALS.iter().find(|original| original.name == EFFECTS_ON).unwrap();
        let case = Case { original, size: Some(self.size), output: None };
        let query = format!("size={}&{}", self.size, self.query);
        let wording = Wording { method: &Method::GET, path: "/x", query: Some(&query), headers: &HeaderMap::new() };
        let Ok(Asked::Image(request)) = Native::default().read(wording).asked else {
            panic!("{query} is not understood")
        };
        let recipe = Recipe::new(&request.wish, &original.facts, &[], &POLICY).unwrap().unwrap();
        (case.resized(), recipe.steps.get(1..).unwrap().to_vec())
    }

    /// With pixels that nobody else has.
    fn copy_of(self, picture: &Picture) -> Picture {
        Picture::new(picture.dimensions(), picture.layout(), picture.pixels().to_vec()).unwrap()
    }
}

fn effects() -> impl Iterator<Item = Effect> {
    EFFECT_SIZES.into_iter().flat_map(|size| EFFECTS.into_iter().map(move |query| Effect { query, size }))
}

fn whole_pictures() -> Vec<Case> {
    ORIGINALS.iter().map(|original| Case { original, size: None, output: None }).collect()
}

fn smaller_pictures() -> Vec<Case> {
    let sizes = |case: Case| SIZES.map(|size| Case { size: Some(size), ..case });
    let cases = whole_pictures().into_iter().flat_map(sizes);
    cases.filter(|case| case.target() != case.original.facts.stored).collect()
}

fn renditions() -> Vec<Case> {
    let outputs = |case| {
        OutputFormat::images()
            .filter(|output| output.is_offered())
            .map(move |output| Case { output: Some(output), ..case })
    };
    smaller_pictures().into_iter().flat_map(outputs).collect()
}

/// Those of animations, with all frames.
fn animations() -> Vec<Case> {
    let animated = whole_pictures().into_iter().filter(|case| case.original.facts.frames > 1);
    let outputs = |case| {
        OutputFormat::images().filter(|output| output.is_offered()).map(move |output| Case {
            size: Some("120"),
            output: Some(output),
            ..case
        })
    };
    animated.flat_map(outputs).filter(|case| case.recipe().is_some_and(|recipe| recipe.output.is_animated)).collect()
}

/// Bytes to all pixels of the original.
#[divan::bench(args = whole_pictures(), max_time = 1)]
fn decode(bencher: Bencher, case: Case) {
    let pixels = case.original.facts.stored.pixels();
    bencher.counter(ItemsCount::new(pixels)).bench(|| black_box(case).decoded());
}

/// Bytes to pixels, where the picture is going to be smaller.
#[divan::bench(args = smaller_pictures(), max_time = 1)]
fn decode_for_size(bencher: Bencher, case: Case) {
    let pixels = case.original.facts.stored.pixels();
    bencher.counter(ItemsCount::new(pixels)).bench(|| black_box(case).decoded());
}

/// Decoded pixels to the pixels of the rendition.
#[divan::bench(args = smaller_pictures(), max_time = 1)]
fn resize(bencher: Bencher, case: Case) {
    let decoded = case.decoded();
    let pixels = decoded.dimensions().pixels();
    bencher
        .counter(ItemsCount::new(pixels))
        .with_inputs(|| decoded.clone())
        .bench_values(|picture| pipeline::resize(picture, case.target(), ResizeAlgorithm::Lanczos3).unwrap());
}

/// Pixels of the rendition to other pixels of it: each effect for itself, and all tones together.
#[divan::bench(args = effects(), max_time = 1)]
fn effect(bencher: Bencher, effect: Effect) {
    let (picture, steps) = effect.prepared();
    let pixels = picture.dimensions().pixels();
    bencher.counter(ItemsCount::new(pixels)).with_inputs(|| effect.copy_of(&picture)).bench_values(|picture| {
        steps.iter().fold(picture, |picture, step| pipeline::apply(step.clone(), picture, &CODECS).unwrap())
    });
}

/// Pixels of the rendition to bytes. Where the format carries no alpha, the colours alone.
#[divan::bench(args = renditions(), max_time = 1, sample_count = 20)]
fn encode(bencher: Bencher, case: Case) {
    let mut picture = case.resized().without_idle_alpha();
    let output = case.output.unwrap();
    if picture.layout().has_alpha() && !output.medium().has_alpha() {
        picture = picture.map_layout(PixelLayout::Rgb, |[red, green, blue, _]: [u8; 4]| [red, green, blue]);
    }
    let encoder = CODECS.encoder(output).unwrap();
    let pixels = picture.dimensions().pixels();
    bencher.counter(ItemsCount::new(pixels)).bench(|| encoder.encode(black_box(&picture)).unwrap());
}

/// From the bytes of the original to the bytes of the rendition.
#[divan::bench(args = renditions(), max_time = 1, sample_count = 20)]
fn rendition(bencher: Bencher, case: Case) {
    let (material, facts) = (Material::Memory(case.original.bytes.clone()), &case.original.facts);
    let order = Order::of(*facts, material, case.recipe().unwrap(), &POLICY);
    bencher.bench(|| pipeline::make(black_box(order.clone()), &CODECS, &Ticket::unconditional(), None).unwrap());
}

/// The same for every frame of an animation.
#[divan::bench(args = animations(), max_time = 1, sample_count = 20)]
fn animation(bencher: Bencher, case: Case) {
    rendition(bencher, case);
}
