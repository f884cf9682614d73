//! What each setting of each encoder costs and gives: CPU time, bytes and SSIMULACRA2, over the shipped pictures.
//!
//! `cargo bench --bench encoders` prints a table for each format and draws its curves to `docs/img/`; `-- webp` does one
//! format. CPU time is that of the thread, the least of three runs.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a bench that cannot measure stops")]
#![expect(clippy::print_stdout, reason = "prints its tables")]

mod chart;
mod score;

use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use image_proxy::codec::{CodecSettings, Codecs, Picture};
use image_proxy::pipeline::resize;
use image_proxy::request::{Format, OutputFormat, ResizeAlgorithm};
use rustix::time::{ClockId, clock_gettime};

use self::chart::Curve;
use self::score::{on_white, score};

/// What the pictures stand for; those that are larger are measured at 800 pixels.
const PICTURES: [(&str, &str); 13] = [
    ("people/astronaut.jpg", "skin"),
    ("people/photographer.jpg", "gray, flat sky"),
    ("nature/dandelion.jpg", "foliage, sky"),
    ("nature/dandelion-close-up.avif", "soft background"),
    ("nature/grass.png", "grain"),
    ("animals/cat.webp", "fur"),
    ("summer trip/café.jpg", "still life"),
    ("space/hubble-deep-field.jpg", "night"),
    ("space/rocket.png", "dusk sky"),
    ("science/retina.tiff", "medical"),
    ("science/handwriting.png", "text"),
    ("icons/camera.png", "interface with alpha"),
    ("icons/monkey.svg", "line art"),
];
const LONGEST_SIDE: u32 = 800;
const RUNS: usize = 3;

/// One value of an encoder's setting for speed, and the qualities that it is measured at.
struct Setting {
    name: String,
    settings: Vec<CodecSettings>,
}

/// What one picture came to with one setting.
#[derive(Clone, Copy)]
struct Point {
    bytes: f64,
    score: f64,
    milliseconds: f64,
}

fn main() {
    let wanted: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let pictures: Vec<Picture> = PICTURES.iter().map(|(path, _)| picture(path)).collect();
    let experiments = [
        ("jpeg", "quality", 75, jpeg()),
        ("webp", "effort", 4, webp()),
        ("avif", "speed", 6, avif()),
        ("png", "level", 6, png()),
    ];
    for (format, knob, standard, settings) in experiments {
        if wanted.is_empty() || wanted.iter().any(|name| name == format) {
            measure(OutputFormat::named(format).unwrap(), knob, &standard.to_string(), &settings, &pictures);
        }
    }
}

fn jpeg() -> Vec<Setting> {
    let qualities = [40, 50, 60, 70, 75, 80, 85, 90, 95];
    let with = |quality| {
        let mut settings = CodecSettings::default();
        settings.jpeg.quality = quality;
        settings
    };
    vec![Setting { name: "75".into(), settings: qualities.map(with).into() }]
}

fn webp() -> Vec<Setting> {
    let with = |effort, quality| {
        let mut settings = CodecSettings::default();
        (settings.webp.effort, settings.webp.quality) = (effort, quality);
        settings
    };
    let qualities = [60, 70, 80, 90];
    let setting =
        |effort: u8| Setting { name: effort.to_string(), settings: qualities.map(|q| with(effort, q)).into() };
    (0..=6).map(setting).collect()
}

fn avif() -> Vec<Setting> {
    let with = |speed, quality| {
        let mut settings = CodecSettings::default();
        (settings.avif.speed, settings.avif.quality) = (speed, quality);
        settings
    };
    let qualities = [55, 70, 85, 92];
    let setting = |speed: u8| Setting { name: speed.to_string(), settings: qualities.map(|q| with(speed, q)).into() };
    (2..=6).map(setting).collect()
}

fn png() -> Vec<Setting> {
    let with = |level| {
        let mut settings = CodecSettings::default();
        settings.png.compression_level = level;
        settings
    };
    (1..=9).map(|level| Setting { name: level.to_string(), settings: vec![with(level)] }).collect()
}

/// Measures all settings picture by picture, so that noise of the machine falls on all of them alike.
fn measure(output: OutputFormat, knob: &str, standard: &str, settings: &[Setting], pictures: &[Picture]) {
    let points: Vec<Vec<Vec<Point>>> =
        pictures.iter().map(|picture| measure_picture(output, settings, picture)).collect();
    let of_setting = |index: usize| points.iter().map(|picture| picture[index].clone()).collect::<Vec<_>>();
    let at = settings.iter().position(|setting| setting.name == standard).unwrap();
    let reference = of_setting(at);
    println!("\n{output}, {} pictures; bytes and time are means of ratios to {knob} {standard}", pictures.len());
    println!("| {knob} | Score at the same number | Bytes at the same number | Bytes at the same score | CPU time |");
    println!("| --- | --- | --- | --- | --- |");
    let mut curves = Vec::new();
    for (index, setting) in settings.iter().enumerate() {
        let curve = of_setting(index);
        let row = Row::of(&curve, &reference);
        println!("| {} | {} |", setting.name, row.cells());
        curves.push(Curve { name: format!("{knob} {}", setting.name), points: mean_curve(&curve, pictures), row });
    }
    if settings.len() == 1 {
        print_qualities(&settings[0], &curves[0]);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/img/{output}.svg"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, chart::draw(output.medium().name(), &curves)).unwrap();
}

fn measure_picture(output: OutputFormat, settings: &[Setting], picture: &Picture) -> Vec<Vec<Point>> {
    let codecs: Vec<Vec<Codecs>> =
        settings.iter().map(|setting| setting.settings.iter().map(Codecs::new).collect()).collect();
    let is_flat = !output.medium().has_alpha();
    let source = if is_flat { on_white(picture.clone()) } else { picture.clone() };
    codecs.iter().map(|codecs| codecs.iter().map(|codecs| point(output, codecs, &source)).collect()).collect()
}

fn point(output: OutputFormat, codecs: &Codecs, picture: &Picture) -> Point {
    let encoder = codecs.encoder(output).unwrap();
    let mut bytes = Vec::new();
    let runs = (0..RUNS).map(|_| {
        let started = cpu_time();
        bytes = encoder.encode(picture).unwrap();
        cpu_time() - started
    });
    let least = runs.min().unwrap_or_default();
    let decoded = codecs.decoder(output.format().unwrap()).unwrap().decode(&bytes, None).unwrap();
    Point { bytes: bytes.len() as f64, score: score(picture, &decoded), milliseconds: least.as_secs_f64() * 1e3 }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// A line of the table: a setting beside the standard one, over all pictures.
pub struct Row {
    score: f64,
    bytes: f64,
    /// `None` for a format without loss.
    bytes_at_equal_score: Option<f64>,
    milliseconds: f64,
}

impl Row {
    fn of(curve: &[Vec<Point>], reference: &[Vec<Point>]) -> Self {
        let pairs = || curve.iter().zip(reference).flat_map(|(one, other)| one.iter().zip(other));
        let count = pairs().count() as f64;
        let mean_ratio = |value: fn(&Point) -> f64| {
            (pairs().map(|(one, other)| (value(one) / value(other)).ln()).sum::<f64>() / count).exp()
        };
        let score = pairs().map(|(one, other)| one.score - other.score).sum::<f64>() / count;
        let equal: Vec<f64> = curve
            .iter()
            .zip(reference)
            .flat_map(|(one, other)| {
                other.iter().filter_map(|point| Some((bytes_at(one, point.score)? / point.bytes).ln()))
            })
            .collect();
        let bytes_at_equal_score = (!equal.is_empty()).then(|| (equal.iter().sum::<f64>() / equal.len() as f64).exp());
        Self {
            score,
            bytes: mean_ratio(|point| point.bytes),
            bytes_at_equal_score,
            milliseconds: mean_ratio(|point| point.milliseconds),
        }
    }

    fn cells(&self) -> String {
        let equal = self.bytes_at_equal_score.map_or("-".into(), |bytes| format!("{bytes:.3}"));
        format!("{:+.1} | {:.3} | {equal} | {:.2}", self.score, self.bytes, self.milliseconds)
    }
}

/// The bytes that a curve has at a score, between two of its points (linear in score and the logarithm of bytes).
fn bytes_at(curve: &[Point], score: f64) -> Option<f64> {
    let pair = curve.windows(2).find(|pair| pair[0].score <= score && score <= pair[1].score)?;
    let share = (score - pair[0].score) / (pair[1].score - pair[0].score).max(1e-9);
    Some((pair[0].bytes.ln() * (1.0 - share) + pair[1].bytes.ln() * share).exp())
}

/// For each quality: bits a pixel (geometric mean), score and milliseconds a megapixel (means) over all pictures.
fn mean_curve(curve: &[Vec<Point>], pictures: &[Picture]) -> Vec<[f64; 3]> {
    let count = curve.len() as f64;
    let qualities = curve.first().map_or(0, Vec::len);
    let of_quality = |index: usize| {
        let mut sums = [0.0; 3];
        for (points, picture) in curve.iter().zip(pictures) {
            let pixels = picture.dimensions().pixels() as f64;
            let Point { bytes, score, milliseconds } = points[index];
            let values = [(bytes * 8.0 / pixels).ln(), score, milliseconds / pixels * 1e6];
            sums = std::array::from_fn(|at| sums[at] + values[at] / count);
        }
        [sums[0].exp(), sums[1], sums[2]]
    };
    (0..qualities).map(of_quality).collect()
}

fn print_qualities(setting: &Setting, curve: &Curve) {
    println!("| Quality | Bits a pixel | Score | ms a megapixel |\n| --- | --- | --- | --- |");
    for (settings, [bits, score, milliseconds]) in setting.settings.iter().zip(&curve.points) {
        println!("| {} | {bits:.2} | {score:.1} | {milliseconds:.1} |", settings.jpeg.quality);
    }
}

fn picture(path: &str) -> Picture {
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/images").join(path)).unwrap();
    let codecs = Codecs::new(&CodecSettings::default());
    let codec = codecs.decoder(Format::sniff(&bytes).unwrap()).unwrap();
    let facts = codec.probe(&mut std::io::Cursor::new(&bytes)).unwrap();
    let is_drawn = facts.format.is_vector();
    let dimensions = facts.fitted(LONGEST_SIDE);
    let picture = codec.decode(&bytes, is_drawn.then_some(dimensions)).unwrap();
    let picture = if picture.dimensions() == dimensions {
        picture
    } else {
        resize(picture, dimensions, ResizeAlgorithm::Lanczos3).unwrap()
    };
    picture.into_srgb().without_idle_alpha()
}
