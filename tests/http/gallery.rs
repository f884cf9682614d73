//! Renditions that take much room, what is right for each, and what a folder holds.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use image::{ImageFormat, Rgba, RgbaImage};

use crate::pictures::written;
use crate::server::{Place, Server};

pub const MIB: u64 = 1 << 20;
const BLOCK: &str = "foyer-storage-direct-fs-";

/// Renditions as they must be, by what asks for them: about 15 to 75 KB each, 2 MB together.
type Truth = Vec<(String, Vec<u8>)>;

/// A place with a picture of noise, and all its renditions as they must be.
pub struct Gallery {
    pub place: Place,
    truth: &'static Truth,
}

impl Gallery {
    pub fn new() -> Self {
        let mut state = 1_u32;
        let noise = RgbaImage::from_fn(160, 160, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [red, green, blue, _] = state.to_be_bytes();
            Rgba([red, green, blue, 255])
        });
        let place = Place::with(&[("noise.png", written(&noise, ImageFormat::Png))]);
        static TRUTH: OnceLock<Truth> = OnceLock::new();
        let truth = TRUTH.get_or_init(|| {
            // A server that keeps nothing makes each anew.
            let server = place.serve(&[]);
            let targets = (70..160).step_by(2).map(|size| format!("/noise.png?size={size}"));
            targets.map(|target| (target.clone(), server.get(&target).body)).collect()
        });
        Self { place, truth }
    }

    /// A server with a disk cache of a size, and a memory so small that the disk is asked for everything.
    pub fn serve(&self, size: &str, others: &[(&str, &str)]) -> Server {
        let settings = [
            ("IMAGE_PROXY_ENABLE_CACHE", "true"),
            ("IMAGE_PROXY_CACHE_MAX_ITEM_SIZE", "1"),
            ("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"),
            ("IMAGE_PROXY_CACHE_DISK_SIZE", size),
        ];
        self.place.serve(&[&settings, others].concat())
    }

    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.truth.iter().map(|(target, _)| target.as_str())
    }

    /// Asks for everything, asserts that it is right, and tells how much came from the cache.
    pub fn hits(&self, server: &Server) -> usize {
        let is_hit = |(target, expected): &&(String, Vec<u8>)| {
            let answer = server.get(target);
            assert_eq!(answer.status, 200, "{target}");
            assert!(answer.body == *expected, "{target} is not what it was, {:?}", answer.cache_status());
            answer.cache_status().as_deref() == Some("HIT")
        };
        self.truth.iter().filter(is_hit).count()
    }

    pub fn len(&self) -> usize {
        self.truth.len()
    }
}

/// Asserts that a file system gave a folder no more than a size and a tenth, whatever the lengths of its files are.
pub fn assert_held(folder: &Path, size: u64) {
    let entries = fs::read_dir(folder).unwrap();
    let files = entries.filter_map(|entry| fs::symlink_metadata(entry.ok()?.path()).ok());
    let held: u64 = files.map(|file| file.blocks() * 512).sum();
    assert!(held <= size + size / 10, "{held} of {size}");
}

/// The files that the cache keeps its blocks in.
pub fn blocks(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(BLOCK)).collect()
}

/// The path of one of these files.
pub fn block(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{BLOCK}{number:08}"))
}

/// Asserts that the log warns as often as is said, and that no library speaks in it.
pub fn assert_told(log: &[String], times: usize) {
    let told = log.iter().filter(|line| line.contains(" WARN ") || line.contains("ERROR ")).count();
    assert_eq!(told, times, "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("foyer_") || line.contains("panicked")), "{log:#?}");
}
