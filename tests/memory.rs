//! The memory that a rendition is said to take, beside what it takes: for every shipped original and every output, in a
//! process of its own that reads its peak from the kernel.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]
#![expect(clippy::print_stdout, reason = "what a process measured goes to the test that began it, and on to who looks")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, thread};

use image::DynamicImage;
use image::imageops::FilterType;
use image_proxy::codec::{CodecSettings, Codecs};
use image_proxy::dialect::{Asked, Dialect, Native, Wording};
use image_proxy::pipeline::{Commons, Order, find_quality, footprint, footprint_of_search, make, probe};
use image_proxy::request::step::Describe as _;
use image_proxy::request::{
    Edit, Format, OutputFormat, OutputPolicy, OutputWish, Paint, Recipe, Shape, Slot, Stamp, Surround, Wish,
};
use image_proxy::source::Material;
use image_proxy::workers::{Footprint, Ticket, WorkLimits, Workers, keep_heap};

/// Tells a process that it is to make one rendition: a query, and an original, which is laid over itself where the query
/// asks for that.
const CASE: &str = "MEMORY_TEST_CASE";
/// Tells a process that it is to make the dearest renditions at once.
const CROWD: &str = "MEMORY_TEST_CROWD";
const CROWD_SIZE: usize = 64;
/// The least that may be set.
const BUDGET: u64 = 256_000_000;
/// What a crowd asks for: a photograph of 12 MP, one with the dearest decoder, and a drawing with transparency.
const CROWDED: [&str; 3] = ["nature/dandelion.jpg", "nature/dandelion-field.jxl", "icons/camera.png"];
const SIZES: [&str; 3] = ["size=100", "size=800", ""];
/// What else may be asked for, a step each: tried at the picture's own size, as PNG.
const STEPS: [&str; 31] = [
    "bw=1",
    "blur=3",
    "blur=40",
    "trim=20",
    "wm=x&wm_size=100",
    "wm=x&wm_size=100&wm_rotate=30",
    "wm=x&wm_size=7&wm_tile=1&wm_rotate=-5",
    "text=Some+words+that+are+set+in+lines+and+turned&text_size=30p&text_outline=black&text_bg=fff&text_rotate=20",
    "text=Some+words&text_size=12&text_tile=1&text_rotate=-20",
    "w=300&h=300&fit=cover",
    "w=300&h=300&fit=cover&gravity=smart",
    "crop=200,120&gravity=smart",
    "rect=10,10,200,150",
    "w=300&h=300&fit=pad",
    "w=1200&h=2000&fit=pad#edge",
    "w=1200&h=2000&fit=pad#mirror",
    "wm=x#slot",
    "rect=10,10,200,150&w=100&rotate=90",
    "rotate=30",
    "pad=50&bg=red",
    "blur=1000",
    "invert=1&gamma=2",
    "brightness=9&saturation=40&hue=60&gamma=2&contrast=9&sepia=50",
    "tint=fc0",
    "sharpen",
    "sharpen=2",
    "sharpen=12",
    "sharpen=60",
    "pixelate=9",
    "opacity=50",
    "radius=max",
];
/// How else it may be written: what takes the most of each format.
const CODINGS: [&str; 6] = [
    "size=800&format=webp&q=100&max_bytes=9M",
    "size=800&format=avif&lossless=1",
    "size=800&format=png8",
    "size=800&format=avif&q=100",
    "size=800&format=jpeg&q=100&chroma=444&progressive=1&effort=10",
    "size=400&format=webp&lossless=1&effort=10",
];
/// What is searched for before anything is made.
const SEARCHES: [&str; 3] = ["format=jpeg&q=auto&chroma=444", "format=webp&q=auto", "format=avif&q=high&chroma=444"];
/// Whole pictures above this many pixels are not made: AVIF takes too long where libaom is built for debugging.
const MAX_WHOLE_PIXELS: u64 = 2_500_000;

fn originals() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images")];
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/originals"));
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|extension| extension.to_str()) {
                None if path.is_dir() => folders.push(path),
                Some("md") | None => {}
                Some(_) => found.push(path),
            }
        }
    }
    found
}

/// What no shipped original is: a photograph as TIFF of 8 and of 16 bits, as BMP and as icon, made here.
fn made(folder: &Path) -> Vec<PathBuf> {
    let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images/people/astronaut.jpg");
    let photo = image::load_from_memory(&made_png(&photo)).unwrap().to_rgba8();
    let large = DynamicImage::from(image::imageops::resize(&photo, 1600, 1200, FilterType::Nearest));
    let pictures = [
        ("deep.tiff", DynamicImage::from(large.to_rgba16())),
        ("gray.tiff", DynamicImage::from(large.to_luma8())),
        ("plain.bmp", DynamicImage::from(large.to_rgb8())),
        ("icon.ico", large.resize_exact(256, 256, FilterType::Nearest)),
    ];
    let paths = pictures.into_iter().map(|(name, picture)| saved(folder, name, &picture));
    let lines: String = (0..200).map(|n| format!("<text y='{}'>{}</text>", n * 4, "Words of it ".repeat(4))).collect();
    let text = folder.join("text.svg");
    fs::write(&text, format!("<svg xmlns='http://www.w3.org/2000/svg' width='800' height='800'>{lines}</svg>"))
        .unwrap();
    paths.chain([text]).collect()
}

/// The formats that are read alone, each with what decoding holds most: 16 bits a channel, light, a palette of runs.
fn read_alone(folder: &Path) -> Vec<PathBuf> {
    let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images/people/astronaut.jpg");
    let photo = image::load_from_memory(&made_png(&photo)).unwrap().to_rgb8();
    let large = DynamicImage::from(image::imageops::resize(&photo, 1600, 1200, FilterType::Nearest));
    let pictures = [
        ("a.qoi", DynamicImage::from(large.to_rgba8())),
        ("deep.ppm", DynamicImage::from(large.to_rgb16())),
        ("plain.ppm", large.clone()),
        ("a.ff", DynamicImage::from(large.to_rgba16())),
        ("a.hdr", DynamicImage::from(large.to_rgb32f())),
    ];
    let mut paths: Vec<_> = pictures.into_iter().map(|(name, picture)| saved(folder, name, &picture)).collect();
    paths.push(folder.join("palette.tga"));
    fs::write(folder.join("palette.tga"), palette_tga(1600, 1200)).unwrap();
    let large = large.to_rgb32f();
    let pixel = |x: usize, y: usize| <(f32, f32, f32)>::from(large.get_pixel(x as u32, y as u32).0);
    paths.push(folder.join("a.exr"));
    exr::prelude::write_rgb_file(folder.join("a.exr"), 1600, 1200, pixel).unwrap();
    paths
}

fn saved(folder: &Path, name: &str, picture: &DynamicImage) -> PathBuf {
    let path = folder.join(name);
    picture.save(&path).unwrap();
    path
}

/// Two colours in runs of a hundred pixels.
fn palette_tga(width: u16, height: u16) -> Vec<u8> {
    let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
    let start = [&[0, 1, 9, 0, 0, 2, 0, 24, 0, 0, 0, 0][..], &sides, &[8, 0, 9, 9, 9, 200, 100, 50]].concat();
    let runs = u32::from(width) * u32::from(height) / 100;
    let runs = (0..runs).flat_map(|run| [0xe3, (run % 2) as u8]);
    start.into_iter().chain(runs).chain(*b"\0\0\0\0\0\0\0\0TRUEVISION-XFILE.\0").collect()
}

/// The photograph as PNG, by our own decoder: the library here reads no JPEG.
fn made_png(path: &Path) -> Vec<u8> {
    let codecs = Codecs::new(&CodecSettings::default());
    let picture = codecs.decoder(Format::Jpeg).unwrap().decode(&fs::read(path).unwrap(), None).unwrap();
    codecs.encoder(OutputFormat::LOSSLESS).unwrap().encode(&picture).unwrap()
}

/// A line of `/proc/self/status`, in bytes.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

/// The same wish with what no query offers: a format, or a word for what is around a picture or below an overlay.
fn unoffered(wish: &Wish, more: &str) -> Wish {
    let format = OutputFormat::written_as(more).map(Into::into).or(wish.output.format);
    let changed = |mut edit: Edit| {
        let slot = Slot { left: 0, top: 0, right: 100, bottom: 90, index: 1, count: 2, paint: Some(Paint([9; 4])) };
        match more {
            "edge" => edit.bounds.surround = Some(Surround::Edge),
            "mirror" => edit.bounds.surround = Some(Surround::Mirror),
            "slot" => edit.overlays.iter_mut().for_each(|overlay| overlay.slot = Some(slot)),
            _ => {}
        }
        edit
    };
    let output = OutputWish { format, ..wish.output.clone() };
    wish.edits().iter().cloned().map(changed).fold(Wish::new(output), Wish::then)
}

/// What is to be made, and what it is said to take; `None` where that is the original itself. Behind a `#` a query may have
/// what [`unoffered`] knows.
fn prepared(case: &str) -> Option<(Order, Codecs, Footprint, u64)> {
    let (query, path) = case.split_once(' ').unwrap();
    let (query, more) = query.split_once('#').unwrap_or((query, ""));
    let material = Material::Memory(fs::read(path).unwrap().into());
    let codecs = Codecs::new(&CodecSettings::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let facts = runtime.block_on(probe(material.clone(), codecs.clone())).ok()?;
    let policy = OutputPolicy::new(codecs.codings());
    let wording =
        Wording { method: &http::Method::GET, path: "/x", query: Some(query), headers: &http::HeaderMap::new() };
    let Ok(Asked::Image(request)) = Native::default().read(wording).asked else { panic!("{query} is not understood") };
    let wish = unoffered(&request.wish, more);
    let others: Vec<_> = wish.others().into_iter().map(|other| (other, facts.displayed())).collect();
    let recipe = Recipe::new(&wish, &facts, &others, &policy).unwrap()?;
    let whole = Shape::of(&facts);
    let pixels = recipe.steps.iter().fold(whole, |shape, step| step.after(shape)).dimensions.pixels();
    let order = Order::of(facts, material, recipe, &policy);
    let footprint = match order.recipe.output.search() {
        Some(search) => footprint_of_search(&order.picture, search, &codecs),
        None => footprint(&order, &codecs),
    };
    let footprint = footprint.unwrap();
    Some((order, codecs, footprint, pixels))
}

/// Makes a rendition, or searches for its quality alone; the bytes of the one, or the number of the other.
fn bytes_made(order: Order, codecs: &Codecs) -> usize {
    if let Some(search) = order.recipe.output.search() {
        let found = find_quality(order.picture, search, codecs, &Ticket::unconditional(), None);
        return found.map_or(0, |found| found.quality.quality.number().into());
    }
    make(order, codecs, &Ticket::unconditional(), None).map_or(0, |made| made.rendition.bytes.len())
}

/// In a process of its own: prints what was predicted and what it took.
#[test]
fn one_case() {
    let Ok(case) = env::var(CASE) else { return };
    let Some((order, codecs, footprint, pixels)) = prepared(&case) else { return };
    if pixels > MAX_WHOLE_PIXELS && order.recipe.output.search().is_none() {
        return;
    }
    // So that pages of code, read on first use, do not count.
    let (_, path) = case.split_once(' ').unwrap();
    if let Some((order, codecs, ..)) = prepared(&format!("size=8 {path}")) {
        bytes_made(order, &codecs);
    }
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS");
    let bytes = bytes_made(order, &codecs);
    let peak = memory("VmHWM").saturating_sub(before);
    println!("predicted {} actual {peak} bytes {bytes}", footprint.peak_bytes);
}

/// All that may be asked of some originals, the dearest first, up to a crowd; each with the path of its original.
fn dearest() -> Vec<(String, Order, Codecs, Footprint)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images");
    let sized = |step: &str| !step.split('&').any(|part| part.starts_with("w="));
    let wishes = STEPS.map(|step| format!("format=png&{}{step}", if sized(step) { "size=1200&" } else { "" }));
    let wishes: Vec<_> = wishes.into_iter().chain(CODINGS.map(str::to_owned)).collect();
    let cases = CROWDED.into_iter().zip(1..).flat_map(|(name, number)| {
        let path = root.join(name).display().to_string();
        wishes.iter().map(move |wish| (wish, path.clone(), number))
    });
    let prepared = cases.filter_map(|(wish, path, digest)| {
        let (mut order, codecs, footprint, _) = prepared(&format!("{wish} {path}"))?;
        order.picture.identity.stamp = Stamp::Response { digest };
        Some((path, unread(order, &[]), codecs, footprint))
    });
    let mut all: Vec<_> = prepared.filter(|(.., footprint)| footprint.peak_bytes <= BUDGET).collect();
    all.sort_by_key(|(.., footprint)| std::cmp::Reverse(footprint.peak_bytes));
    all.truncate(CROWD_SIZE);
    all
}

/// The same order with these bytes for all its originals.
fn unread(mut order: Order, bytes: &[u8]) -> Order {
    let material = Material::Memory(bytes.to_vec().into());
    for ingredient in [&mut order.picture].into_iter().chain(&mut order.others) {
        ingredient.material = material.clone();
    }
    order
}

/// In a process of its own: a thread for each of a crowd, so that the budget alone bounds them.
#[test]
fn one_crowd() {
    if env::var_os(CROWD).is_none() {
        return;
    }
    keep_heap();
    let orders = dearest();
    assert_eq!(orders.len(), CROWD_SIZE);
    let predicted: u64 = orders.iter().map(|(.., footprint)| footprint.peak_bytes).sum();
    let (threads, queue_timeout) = (CROWD_SIZE, Duration::from_secs(3600));
    let limits = WorkLimits { threads, memory_budget: BUDGET, queue_length: CROWD_SIZE, queue_timeout };
    let commons = Commons::new(BUDGET);
    let workers = Workers::start(limits, Arc::new(commons.clone())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS");
    let tasks = orders.into_iter().map(|(path, order, codecs, footprint)| {
        let share = commons.share(workers.floor(), order.picture.identity.clone());
        let job = move |ticket: &Ticket| {
            let order = unread(order, &fs::read(path).unwrap());
            make(order, &codecs, ticket, Some(&share)).map_or(0, |made| made.rendition.bytes.len())
        };
        let workers = workers.clone();
        async move { workers.run(footprint, job).await.unwrap().0 }
    });
    let lengths = runtime.block_on(async {
        let tasks: Vec<_> = tasks.map(tokio::spawn).collect();
        let mut lengths = Vec::new();
        for task in tasks {
            lengths.push(task.await.unwrap());
        }
        lengths
    });
    assert!(lengths.iter().all(|length| *length > 0), "{lengths:?}");
    let peak = memory("VmHWM").saturating_sub(before);
    println!("predicted {predicted} actual {peak} bytes {}", lengths.iter().sum::<usize>());
}

/// What a process of its own measured; `None` where there was nothing to measure.
fn figures(test: &str, variable: &str, case: &str) -> Option<Vec<u64>> {
    let this = env::current_exe().unwrap();
    let run = Command::new(this).args(["--exact", test, "--nocapture"]).env(variable, case).output().unwrap();
    let Output { status, stdout, stderr } = run;
    assert!(status.success(), "{case}: {}", String::from_utf8_lossy(&stderr));
    let text = String::from_utf8_lossy(&stdout).into_owned();
    let (_, figures) = text.lines().find_map(|line| line.split_once("predicted "))?;
    Some(figures.split(' ').filter_map(|word| word.parse().ok()).collect())
}

#[test]
fn the_dearest_renditions_at_once_stay_within_the_budget() {
    let figures = figures("one_crowd", CROWD, "1").unwrap();
    let [predicted, actual, _] = figures[..] else { panic!("{figures:?}") };
    println!("{CROWD_SIZE} at once: {actual} of {BUDGET}; predicted one by one {predicted}");
    assert!(predicted > 4 * BUDGET, "{predicted}: they would all fit at once");
    assert!(actual <= BUDGET, "{actual} of {BUDGET}");
}

/// What is tried on the original of this number: all formats, and every third step, coding and search, so that each of them meets
/// originals of several formats.
fn queries(number: usize) -> Vec<String> {
    // Texts are as long at every size.
    let is_tried = |output: &OutputFormat, size: &str| output.format().is_some() || size.is_empty();
    let outputs = |size: &'static str| {
        let tried = OutputFormat::all().filter(move |output| is_tried(output, size));
        tried.map(move |output| format!("{size}#{output}"))
    };
    let steps = STEPS.into_iter().map(|step| format!("format=png&{step}")).skip(number % 3).step_by(3);
    let codings = CODINGS.into_iter().chain(SEARCHES).map(str::to_owned).skip(number % 3).step_by(3);
    SIZES.into_iter().flat_map(outputs).chain(steps).chain(codings).collect()
}

/// All cases, one after another: queries with originals.
fn cases(folder: &Path) -> impl Iterator<Item = String> {
    let every = originals().into_iter().chain(made(folder)).enumerate();
    let all = every.map(|(number, original)| (original, queries(number)));
    let few = || ["size=100&format=png", "format=jpeg"].map(str::to_owned).into();
    let alone = read_alone(folder).into_iter().map(move |original| (original, few()));
    all.chain(alone)
        .flat_map(|(original, queries)| queries.into_iter().map(move |query| format!("{query} {}", original.display())))
}

#[test]
fn no_rendition_takes_more_than_is_predicted() {
    let folder = tempfile::tempdir().unwrap();
    let all = Mutex::new(cases(folder.path()));
    let next = || all.lock().unwrap().next();
    // Each process measures itself alone, so that others beside it do no harm.
    let measured = || {
        let one = |case: String| figures("one_case", CASE, &case).map(|figures| (case, figures));
        std::iter::from_fn(next).filter_map(one).collect::<Vec<_>>()
    };
    let measured: Vec<_> = thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(measured));
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut failures = Vec::new();
    for (case, figures) in &measured {
        let [predicted, actual, _] = figures[..] else { panic!("{case}: {figures:?}") };
        println!("{:.2} of {predicted} {case}", actual as f64 / predicted as f64);
        if actual > predicted {
            failures.push(format!("{case}: predicted {predicted}, took {actual}"));
        }
    }
    assert!(measured.len() > 100, "{}", measured.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
