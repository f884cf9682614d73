//! The store itself: foyer's hybrid of memory and disk.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foyer::{
    BlockEngineConfig, Code, Device, DeviceBuilder, Error, ErrorKind, FsDeviceBuilder, HybridCache, HybridCacheBuilder,
    HybridCachePolicy, PsyncIoEngineConfig, RecoverMode, S3FifoConfig,
};
use mixtrics::metrics::BoxedRegistry;

use super::{CacheSettings, DiskSettings, MemorySettings};
use crate::pipeline::Rendition;
use crate::request::Format;

const MIB: usize = 1024 * 1024;
/// foyer keeps one file open per block, and needs at least four blocks.
const BLOCK_BYTES: (usize, usize) = (16 * MIB, 256 * MIB);
const FEWEST_BLOCKS: usize = 4;
const MOST_BLOCKS: usize = 64;
/// Blocks are aligned to pages.
const PAGE_BYTES: usize = 4096;
/// Bytes of one entry besides its key and rendition, roughly: nodes, counters and pointers.
const ENTRY_OVERHEAD_BYTES: usize = 256;
/// Locks that the part in memory is spread over.
const MEMORY_SHARDS: usize = 8;
const LOCK_FILE: &str = "image-proxy.lock";

#[derive(Clone)]
pub(super) struct Store {
    cache: HybridCache<String, Entry>,
    /// Held for as long as the folder is ours.
    _lock: Option<Arc<File>>,
}

/// What the cache holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub memory_bytes: usize,
    pub memory_entries: usize,
    pub disk_written_bytes: usize,
    pub disk_read_bytes: usize,
}

#[derive(Debug, Clone)]
struct Entry(Rendition);

impl Store {
    pub(super) async fn open(settings: &CacheSettings, metrics: BoxedRegistry) -> Option<Self> {
        let lock = settings.disk.as_ref().and_then(|disk| match claim(&disk.path) {
            Ok(lock) => Some((disk, lock)),
            Err(error) => {
                tracing::error!(path = %disk.path.display(), "no disk cache, memory alone: {error}");
                None
            }
        });
        if settings.memory.is_none() && lock.is_none() {
            return None;
        }
        let disk = lock.as_ref().map(|(disk, _)| *disk);
        match open(settings.memory.as_ref(), disk, metrics).await {
            Ok(cache) => Some(Self { cache, _lock: lock.map(|(_, lock)| Arc::new(lock)) }),
            Err(error) => {
                tracing::error!("no cache: {error}");
                None
            }
        }
    }

    pub(super) async fn get(&self, key: &str) -> Option<Rendition> {
        if let Some(rendition) = self.get_from_memory(key) {
            return Some(rendition);
        }
        if !self.cache.is_hybrid() {
            return None;
        }
        match self.cache.get(key).await {
            Ok(entry) => entry.map(|entry| entry.value().0.clone()),
            Err(error) => {
                tracing::warn!("the disk cache cannot be read: {error}");
                None
            }
        }
    }

    pub(super) fn get_from_memory(&self, key: &str) -> Option<Rendition> {
        self.cache.memory().get(key).map(|entry| entry.value().0.clone())
    }

    pub(super) fn insert(&self, key: String, rendition: Rendition) {
        self.cache.insert(key, Entry(rendition));
    }

    pub(super) fn usage(&self) -> Usage {
        let statistics = self.cache.statistics();
        Usage {
            memory_bytes: self.cache.memory().usage(),
            memory_entries: self.cache.memory().entries(),
            disk_written_bytes: statistics.disk_write_bytes(),
            disk_read_bytes: statistics.disk_read_bytes(),
        }
    }

    pub(super) async fn close(&self, limit: Duration) {
        match tokio::time::timeout(limit, self.cache.close()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!("the cache did not close cleanly: {error}"),
            Err(_) => tracing::warn!("the cache did not close within {limit:?}"),
        }
    }
}

/// Makes the folder and takes its lock, so that no two processes write over each other's blocks.
fn claim(path: &Path) -> io::Result<File> {
    fs::create_dir_all(path)?;
    let lock = File::create(path.join(LOCK_FILE))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another process holds this folder")),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

async fn open(
    memory: Option<&MemorySettings>,
    disk: Option<&DiskSettings>,
    metrics: BoxedRegistry,
) -> Result<HybridCache<String, Entry>, Error> {
    let (max_bytes, max_item_bytes) = memory.map_or((0, 0), |memory| (memory.max_bytes, memory.max_item_bytes));
    let storage = HybridCacheBuilder::new()
        .with_name("renditions")
        // On eviction, nothing would survive a kill.
        .with_policy(HybridCachePolicy::WriteOnInsertion)
        .with_metrics_registry(metrics)
        .memory(max_bytes.max(1))
        .with_shards(if max_bytes == 0 { 1 } else { MEMORY_SHARDS })
        .with_eviction_config(S3FifoConfig::default())
        .with_weighter(|key: &String, entry: &Entry| weight(key, entry))
        .with_filter(move |_, entry: &Entry| entry.0.bytes.len() <= max_item_bytes)
        .storage();
    let Some(disk) = disk else {
        return storage.build().await;
    };
    let device = FsDeviceBuilder::new(&disk.path).with_capacity(disk.max_bytes).build()?;
    storage
        .with_engine_config(engine(device, disk.max_bytes))
        .with_io_engine_config(PsyncIoEngineConfig::new())
        .with_recover_mode(RecoverMode::Quiet)
        .build()
        .await
}

fn weight(key: &str, entry: &Entry) -> usize {
    key.len() + entry.0.bytes.len() + ENTRY_OVERHEAD_BYTES
}

fn engine(device: Arc<dyn Device>, max_bytes: usize) -> BlockEngineConfig<String, Entry, foyer::HybridCacheProperties> {
    let (least, most) = BLOCK_BYTES;
    let block_bytes = (max_bytes / MOST_BLOCKS).clamp(least, most).min(max_bytes / FEWEST_BLOCKS);
    BlockEngineConfig::new(device).with_block_size(block_bytes / PAGE_BYTES * PAGE_BYTES)
}

/// On disk: one byte for the version of this layout, one for the format's place in [`Format::all`], then the bytes.
impl Code for Entry {
    fn encode(&self, writer: &mut impl Write) -> foyer::Result<()> {
        let format = Format::all().position(|format| format == self.0.format).unwrap_or(usize::MAX);
        let head = [LAYOUT_VERSION, u8::try_from(format).unwrap_or(u8::MAX)];
        writer.write_all(&head).and_then(|()| writer.write_all(&self.0.bytes)).map_err(Error::io_error)
    }

    fn decode(reader: &mut impl Read) -> foyer::Result<Self> {
        let mut head = [0; 2];
        reader.read_exact(&mut head).map_err(Error::io_error)?;
        let [version, format] = head;
        // This kind of error is a miss; others would surface as errors.
        let unknown = || Error::new(ErrorKind::OutOfRange, "an entry of another version");
        let format =
            Format::all().nth(usize::from(format)).filter(|_| version == LAYOUT_VERSION).ok_or_else(unknown)?;
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(Error::io_error)?;
        Ok(Self(Rendition { format, bytes: Bytes::from(bytes) }))
    }

    fn estimated_size(&self) -> usize {
        2 + self.0.bytes.len()
    }
}

/// Raised when the layout above, or the order of formats, changes.
const LAYOUT_VERSION: u8 = 1;
