//! Mixed traffic at saturation for a long time: every answer is right, and nothing grows. Run by `make soak`.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{array, env, fs, thread};

use image::{ImageFormat, Rgba, RgbaImage};

use crate::client::Pending;
use crate::pictures::{decoded, original, photo, written};
use crate::server::{Place, Server};

const CLIENTS: usize = 12;
const DISK_BYTES: u64 = 20_000_000;
/// How much of a resource may be there at the end above the first third of the run, in percent and besides.
const ALLOWED_GROWTH_PERCENT: f64 = 10.0;
const ALLOWED_GROWTH: Sample = Sample { memory: 20e6, descriptors: 20.0, threads: 2.0, disk: 1e6 };
/// Colours of the file that is replaced, one after the other.
const COLOURS: [[u8; 4]; 2] = [[200, 0, 0, 255], [0, 0, 200, 255]];
const BROKEN: usize = 8;

/// What the process holds.
#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    memory: f64,
    descriptors: f64,
    threads: f64,
    disk: f64,
}

impl Sample {
    fn take(server: &Server, cache: &Path) -> Self {
        let metric = |name: &str| server.metric(name, &[]);
        let blocks = fs::read_dir(cache).into_iter().flatten().flatten();
        Self {
            memory: metric("process_resident_memory_bytes"),
            descriptors: metric("process_open_fds"),
            threads: metric("process_threads"),
            disk: blocks.filter_map(|entry| Some(entry.metadata().ok()?.blocks() * 512)).sum::<u64>() as f64,
        }
    }

    fn each(self) -> [(&'static str, f64); 4] {
        [("memory", self.memory), ("descriptors", self.descriptors), ("threads", self.threads), ("disk", self.disk)]
    }

    /// The middle of several, each by itself.
    fn median(samples: &[Self]) -> Self {
        let middle = |figure: fn(&Self) -> f64| {
            let mut figures: Vec<_> = samples.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures[figures.len() / 2]
        };
        Self {
            memory: middle(|sample| sample.memory),
            descriptors: middle(|sample| sample.descriptors),
            threads: middle(|sample| sample.threads),
            disk: middle(|sample| sample.disk),
        }
    }
}

/// Numbers that look random, and are the same in every run (PCG's multiplier).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What all clients share.
struct Traffic<'a> {
    server: &'a Server,
    place: &'a Place,
    photo: Vec<u8>,
    is_over: AtomicBool,
    /// The first answer to each URL whose answer never changes.
    answers: Mutex<HashMap<String, Vec<u8>>>,
    counts: [AtomicU64; 7],
}

impl Traffic<'_> {
    const KINDS: [&'static str; 7] = ["file", "hit", "miss", "error", "abort", "hostile", "replaced"];

    fn client(&self, seed: u64) {
        let mut dice = Dice(seed);
        while !self.is_over.load(Ordering::Relaxed) {
            let kind = [0, 0, 1, 1, 1, 1, 2, 3, 4, 5, 6][dice.roll(11) as usize];
            match kind {
                0 => assert!(self.server.get("/photo.jpg").body == self.photo),
                1 => self.repeat(&format!("/photo.jpg?size={}&format=webp", 50 + dice.roll(20))),
                2 => self.miss(&mut dice),
                3 => self.error(&mut dice),
                4 => drop(self.server.begin(&format!("/photo.jpg?size={}&format=avif", 300 + dice.roll(900)))),
                5 => self.hostile(&mut dice),
                _ => self.replaced(),
            }
            self.counts[kind].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Asks for what others ask for too: always the same bytes.
    fn repeat(&self, target: &str) {
        let answer = self.server.get(target);
        if answer.status == 503 {
            return;
        }
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let first = answers.entry(target.to_owned()).or_insert_with(|| answer.body.clone());
        assert!(*first == answer.body, "{target} has changed");
    }

    fn miss(&self, dice: &mut Dice) {
        let format = ["avif", "jpeg", "png", "webp"][dice.roll(4) as usize];
        let target = format!("/photo.jpg?size={}&format={format}", 100 + dice.roll(1500));
        let answer = self.server.get(&target);
        assert!(matches!(answer.status, 200 | 503), "{target}: {} {}", answer.status, answer.text());
    }

    fn error(&self, dice: &mut Dice) {
        let number = dice.roll(1 << 30);
        let cases = [
            (format!("/missing-{number}.jpg"), 404),
            (format!("/photo.jpg?size=x{number}"), 400),
            (format!("/%2e%2e/{number}"), 400),
            ("/text.jpg".into(), 415),
        ];
        let (target, status) = &cases[dice.roll(4) as usize];
        assert_eq!(self.server.get(target).status, *status, "{target}");
    }

    /// Asks for one of the broken files, which are broken anew all the time.
    fn hostile(&self, dice: &mut Dice) {
        let target = format!("/broken-{}?size={}&format=jpeg", dice.roll(BROKEN as u64), 10 + dice.roll(100));
        let answer = self.server.get(&target);
        assert!(matches!(answer.status, 200 | 415 | 422 | 503), "{target}: {} {}", answer.status, answer.text());
    }

    fn replaced(&self) {
        let answer = self.server.get("/flat.png?size=8");
        assert!(matches!(answer.status, 200 | 503), "{} {}", answer.status, answer.text());
        if answer.status == 200 {
            let shown = decoded(&answer.body);
            assert!(COLOURS.contains(&shown.get_pixel(3, 3).0), "{:?}", shown.get_pixel(3, 3));
        }
    }

    /// Replaces the flat file, and breaks the broken ones in another place.
    fn replace(&self) {
        let sources = [
            original("cat.png"),
            photo("people/astronaut.jpg"),
            photo("animals/cat.webp"),
            photo("animals/cat-zoom.gif"),
        ];
        let flat = COLOURS.map(|colour| written(&RgbaImage::from_pixel(64, 64, Rgba(colour)), ImageFormat::Png));
        let mut dice = Dice(7);
        let put = |name: &str, bytes: &[u8]| {
            let beside = self.place.put("beside", bytes);
            fs::rename(beside, self.place.root().join(name)).unwrap();
        };
        for turn in 0_usize.. {
            if self.is_over.load(Ordering::Relaxed) {
                break;
            }
            put("flat.png", &flat[turn % 2]);
            let mut broken = sources[turn % sources.len()].clone();
            for _ in 0..=dice.roll(20) {
                let place = dice.roll(broken.len() as u64) as usize;
                broken[place] = dice.roll(256) as u8;
            }
            put(&format!("broken-{}", turn % BROKEN), &broken);
            // A pace, not a wait for anything.
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn serve(place: &Place) -> Server {
    place.put("photo.jpg", photo("nature/dandelion.jpg"));
    place.put("text.jpg", "no picture");
    for number in 0..BROKEN {
        place.put(&format!("broken-{number}"), original("cat.png"));
    }
    place.put("flat.png", written(&RgbaImage::from_pixel(64, 64, Rgba(COLOURS[0])), ImageFormat::Png));
    place.serve(&[
        ("IMAGE_PROXY_ENABLE_CACHE", "true"),
        ("IMAGE_PROXY_CACHE_MEMORY_SIZE", "20000000"),
        ("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"),
        ("IMAGE_PROXY_CACHE_DISK_SIZE", &DISK_BYTES.to_string()),
        ("IMAGE_PROXY_MEMORY_BUDGET", "256MB"),
    ])
}

/// `SOAK_SECONDS` long, or a minute.
#[test]
#[ignore = "takes as long as it is told to: make soak"]
fn nothing_grows_under_mixed_traffic() {
    let length = env::var("SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(60);
    let (length, begun) = (Duration::from_secs(length), Instant::now());
    let place = Place::new();
    let server = serve(&place);
    let traffic = Traffic {
        server: &server,
        place: &place,
        photo: photo("nature/dandelion.jpg"),
        is_over: AtomicBool::new(false),
        answers: Mutex::default(),
        counts: array::from_fn(|_| AtomicU64::new(0)),
    };
    let mut samples = Vec::new();
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let traffic = &traffic;
            scope.spawn(move || traffic.client(number as u64));
        }
        scope.spawn(|| traffic.replace());
        while begun.elapsed() < length {
            thread::sleep(length / 60);
            let sample = Sample::take(&server, &place.cache());
            println!("{:4} s {sample:?}", begun.elapsed().as_secs());
            samples.push(sample);
        }
        traffic.is_over.store(true, Ordering::Relaxed);
    });
    for (kind, count) in Traffic::KINDS.iter().zip(&traffic.counts) {
        println!("{kind}: {}", count.load(Ordering::Relaxed));
    }
    println!(
        "CPU {} s, peak memory {} MB",
        server.metric("process_cpu_seconds_total", &[]),
        server.peak_memory() / 1_000_000
    );
    let third = samples.len() / 3;
    let (first, last) = (Sample::median(&samples[third / 2..third + third / 2]), Sample::median(&samples[2 * third..]));
    for (((name, before), (_, after)), (_, allowed)) in
        first.each().into_iter().zip(last.each()).zip(ALLOWED_GROWTH.each())
    {
        println!("{name}: {before} then {after}");
        assert!(after <= before * (1.0 + ALLOWED_GROWTH_PERCENT / 100.0) + allowed, "{name}: {before} then {after}");
    }
    assert!(last.disk <= DISK_BYTES as f64 * 1.1);
    // A last look: it still answers, and ends in order.
    assert_eq!(Pending::send(server.address(), "GET", "/health", &[]).answer().status, 200);
    server.stop();
}
