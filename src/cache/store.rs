//! The store itself: foyer's hybrid of memory and disk. Whatever goes wrong on the disk, or in foyer, is a miss.

use std::io::{self, Read, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foyer::{
    BlockEngineConfig, Code, DeviceBuilder, Error, ErrorKind, FsDeviceBuilder, HybridCache, HybridCacheBuilder,
    HybridCachePolicy, PsyncIoEngineConfig, RecoverMode, S3FifoConfig,
};
use futures_util::FutureExt;
use mixtrics::metrics::BoxedRegistry;
use tokio::time::timeout;

use super::folder::CacheFolder;
use super::pulse::Pulse;
use super::{CacheSettings, DiskSettings, MemorySettings, NoDisk};
use crate::pipeline::Rendition;
use crate::request::{Medium, Quality, QualityFound};

/// Bytes of one entry besides its key and rendition, roughly: nodes, counters and pointers.
const ENTRY_OVERHEAD_BYTES: usize = 256;
/// Locks that the part in memory is spread over.
const MEMORY_SHARDS: usize = 8;
/// How long a request waits for the disk: making the rendition again takes less than most disks that answer later.
const DISK_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(super) struct Store {
    cache: HybridCache<String, Stored>,
    disk: Option<Arc<DiskPart>>,
}

/// What belongs to the part on disk.
struct DiskPart {
    folder: CacheFolder,
    pulse: Pulse,
}

/// What the cache holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of all keys and renditions in memory.
    pub memory_bytes: usize,
    /// Renditions in memory.
    pub memory_entries: usize,
    /// The part on disk, where it was asked for.
    pub disk: Option<DiskUsage>,
}

/// What the part of the cache on disk holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiskUsage {
    /// The room it has taken; zero where it could not be opened.
    pub bytes: u64,
    /// Whether renditions arrive there.
    pub is_up: bool,
}

#[derive(Debug, Clone)]
struct Stored(Rendition);

impl Store {
    /// Opens what can be opened; says in the log what cannot, and does without.
    pub(super) async fn open(settings: &CacheSettings, registry: impl Fn() -> BoxedRegistry) -> Option<Self> {
        let memory = settings.memory.as_ref();
        if let Some(disk) = &settings.disk {
            match Self::open_with_disk(memory, disk, registry()).await {
                Ok(store) => return Some(store),
                Err(error) => {
                    let rest = if memory.is_some() { "memory alone" } else { "so nothing is cached" };
                    tracing::error!(path = %disk.path.display(), "no disk cache, {rest}: {error}");
                }
            }
        }
        match guarded(open(Some(memory?), None, registry())).await {
            Ok(cache) => Some(Self { cache, disk: None }),
            Err(error) => {
                tracing::error!("no cache: {error}");
                None
            }
        }
    }

    pub(super) async fn open_with_disk(
        memory: Option<&MemorySettings>,
        disk: &DiskSettings,
        registry: BoxedRegistry,
    ) -> Result<Self, NoDisk> {
        let failed = |is_held, cause| NoDisk { path: disk.path.clone(), is_held, cause };
        let folder = CacheFolder::claim(disk);
        let is_held = |error: &io::Error| error.kind() == io::ErrorKind::ResourceBusy;
        let folder = folder.map_err(|error| failed(is_held(&error), error.to_string()))?;
        let cache = guarded(open(memory, Some(&folder), registry)).await.map_err(|cause| failed(false, cause))?;
        let pulse = Pulse::new(folder.path());
        Ok(Self { cache, disk: Some(Arc::new(DiskPart { folder, pulse })) })
    }

    pub(super) async fn get(&self, key: &str) -> Option<Rendition> {
        if let Some(rendition) = self.get_from_memory(key) {
            return Some(rendition);
        }
        let pulse = &self.disk.as_ref()?.pulse;
        match timeout(DISK_PATIENCE, guarded(self.cache.get(key))).await {
            Ok(Ok(entry)) => entry.map(|entry| entry.value().0.clone()),
            Ok(Err(error)) => {
                pulse.failed_to_read(&error);
                None
            }
            Err(_) => {
                pulse.failed_to_read(&format_args!("no answer within {DISK_PATIENCE:?}"));
                None
            }
        }
    }

    pub(super) fn get_from_memory(&self, key: &str) -> Option<Rendition> {
        self.cache.memory().get(key).map(|entry| entry.value().0.clone())
    }

    pub(super) fn insert(&self, key: String, rendition: Rendition) {
        let entry = Stored(rendition);
        let disk = self.disk.as_ref().filter(|disk| disk.pulse.is_up_after(|| disk.folder.check()));
        // A panic here would take with it all who wait for this rendition.
        let inserting = AssertUnwindSafe(|| match disk {
            None => drop(self.cache.memory().insert(key, entry)),
            Some(disk) => {
                let written_bytes = self.cache.statistics().disk_write_bytes();
                disk.pulse.follow(key.clone(), written_bytes, |key| self.cache.storage().may_contains(key));
                self.cache.insert(key, entry);
            }
        });
        // The log has it, and what is not kept is made again.
        let _ = panic::catch_unwind(inserting);
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.disk.as_ref().map(|disk| disk.folder.path())
    }

    pub(super) fn usage(&self) -> Usage {
        let disk = self.disk.as_ref();
        Usage {
            memory_bytes: self.cache.memory().usage(),
            memory_entries: self.cache.memory().entries(),
            disk: disk.map(|disk| DiskUsage { bytes: disk.folder.bytes(), is_up: disk.pulse.is_up() }),
        }
    }

    pub(super) async fn settle(&self) {
        let waiting = AssertUnwindSafe(self.cache.storage().wait()).catch_unwind();
        // What went wrong there is seen by the pulse.
        let _ = waiting.await;
    }

    pub(super) async fn close(&self, limit: Duration) {
        match timeout(limit, guarded(self.cache.close())).await {
            Ok(Ok(())) => {}
            // Of a disk that was given up the log has told already.
            Ok(Err(_)) if self.disk.as_ref().is_some_and(|disk| !disk.pulse.is_up()) => {}
            Ok(Err(error)) => tracing::warn!("the cache did not close cleanly: {error}"),
            Err(_) => tracing::warn!("the cache did not close within {limit:?}"),
        }
    }
}

/// Waits for foyer; its panics become errors.
async fn guarded<T>(work: impl Future<Output = foyer::Result<T>>) -> Result<T, String> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("the cache library panicked".to_owned()),
    }
}

async fn open(
    memory: Option<&MemorySettings>,
    folder: Option<&CacheFolder>,
    registry: BoxedRegistry,
) -> Result<HybridCache<String, Stored>, Error> {
    let (max_bytes, max_item_bytes) = memory.map_or((0, 0), |memory| (memory.max_bytes, memory.max_item_bytes));
    let storage = HybridCacheBuilder::new()
        .with_name("renditions")
        // On eviction, nothing would survive a kill.
        .with_policy(HybridCachePolicy::WriteOnInsertion)
        .with_metrics_registry(registry)
        .memory(max_bytes.max(1))
        .with_shards(if max_bytes == 0 { 1 } else { MEMORY_SHARDS })
        .with_eviction_config(S3FifoConfig::default())
        .with_weighter(|key: &String, entry: &Stored| weight(key, entry))
        .with_filter(move |_, entry: &Stored| entry.0.bytes.len() <= max_item_bytes)
        .storage();
    let Some(folder) = folder else {
        return storage.build().await;
    };
    let in_memory = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let device = FsDeviceBuilder::new(folder.path()).with_capacity(in_memory(folder.bytes())).build()?;
    storage
        .with_engine_config(BlockEngineConfig::new(device).with_block_size(in_memory(folder.block_bytes())))
        .with_io_engine_config(PsyncIoEngineConfig::new())
        .with_recover_mode(RecoverMode::Quiet)
        .build()
        .await
}

fn weight(key: &str, entry: &Stored) -> usize {
    key.len() + entry.0.bytes.len() + ENTRY_OVERHEAD_BYTES
}

/// On disk: one byte for the version of this layout, one for the quality that was searched for, one for the length of the
/// medium's name, the name, then the bytes.
impl Code for Stored {
    fn encode(&self, writer: &mut impl Write) -> foyer::Result<()> {
        let name = self.0.medium.name().as_bytes();
        // Names are short, and none that is not is ever found again.
        let quality =
            self.0.quality.map_or(0, |found| found.quality.number() | if found.is_missed { MISSED } else { 0 });
        let head = [LAYOUT_VERSION, quality, u8::try_from(name.len()).unwrap_or_default()];
        [&head, name, &self.0.bytes].iter().try_for_each(|part| writer.write_all(part)).map_err(Error::io_error)
    }

    fn decode(reader: &mut impl Read) -> foyer::Result<Self> {
        // This kind of error is a miss, and the entry is forgotten; others would surface as errors.
        let unknown = || Error::new(ErrorKind::OutOfRange, "an entry of another version");
        let mut head = [0; 3];
        reader.read_exact(&mut head).map_err(|_| unknown())?;
        let [version, quality, length] = head;
        let is_missed = quality & MISSED != 0;
        let number = quality & !MISSED;
        let quality = (number > 0).then(|| QualityFound { quality: Quality::new(number), is_missed });
        let mut name = vec![0; usize::from(length)];
        reader.read_exact(&mut name).map_err(|_| unknown())?;
        let medium = Medium::all().find(|medium| medium.name().as_bytes() == name);
        let medium = medium.filter(|_| version == LAYOUT_VERSION).ok_or_else(unknown)?;
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(Error::io_error)?;
        Ok(Self(Rendition { medium, bytes: Bytes::from(bytes), quality, is_incomplete: false }))
    }

    fn estimated_size(&self) -> usize {
        3 + self.0.medium.name().len() + self.0.bytes.len()
    }
}

/// Raised when the layout above changes.
const LAYOUT_VERSION: u8 = 3;
/// Marks a quality that is not what was asked for; others are at most 100, and 0 stands for none.
const MISSED: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Format;

    #[test]
    fn an_entry_of_another_layout_is_out_of_range_and_so_a_miss() {
        let bytes = Bytes::from_static(b"rendition");
        let quality = Some(QualityFound { quality: Quality::new(63), is_missed: true });
        let entry = Stored(Rendition { medium: Format::WebP.into(), bytes, quality, is_incomplete: false });
        let mut written = Vec::new();
        entry.encode(&mut written).unwrap();
        assert_eq!(written.len(), entry.estimated_size());
        assert_eq!(Stored::decode(&mut written.as_slice()).unwrap().0, entry.0);
        let other_version = [&[LAYOUT_VERSION + 1], &written[1..]].concat();
        let other_format = [&written[..3], &b"wexp"[..], &written[7..]].concat();
        for bytes in [&other_version, &other_format, &written[..1], &[]] {
            assert_eq!(Stored::decode(&mut &*bytes).unwrap_err().kind(), ErrorKind::OutOfRange, "{bytes:?}");
        }
    }
}
