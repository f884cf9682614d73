//! `ResultCache`: renditions in memory and on disk, and one render for a crowd that asks for the same.
//! foyer lives only in this room. It must not know how a rendition is made or sent. A cache that fails is a miss.

mod folder;
mod pulse;
mod store;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mixtrics::metrics::BoxedRegistry;

pub use store::{DiskUsage, Usage};

use self::store::Store;
use crate::flights::Flights;
use crate::pipeline::{RenderError, Rendition};
use crate::report::{Stage, StageTimes};

/// What the cache may use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CacheSettings {
    /// The part in memory; without it nothing is kept there.
    pub memory: Option<MemorySettings>,
    /// The part on disk; without it nothing is kept there.
    pub disk: Option<DiskSettings>,
}

/// The part of the cache in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemorySettings {
    /// Total size of all keys and renditions, in bytes.
    pub max_bytes: usize,
    /// A rendition above this size, in bytes, is not kept in memory, but may be kept on disk.
    pub max_item_bytes: usize,
}

/// The part of the cache on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskSettings {
    /// A folder of the cache's own; made where it is missing.
    pub path: PathBuf,
    /// All of it is taken from the file system at once.
    pub max_bytes: usize,
}

/// Renditions by key, and those that are being made.
pub struct ResultCache {
    store: Option<Store>,
    flights: Flights<String, Attempt>,
    is_disk_asked_for: bool,
}

type Attempt = Result<(Rendition, StageTimes), RenderError>;

/// A rendition and how it was come by.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What was asked for.
    pub rendition: Rendition,
    /// Where it came from.
    pub provenance: Provenance,
    /// The stages that this request itself caused; those of a shared rendition count where it was first asked for.
    pub times: StageTimes,
}

/// How a rendition was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// It was in the cache.
    Kept,
    /// It was made for this request.
    Made,
    /// Another request was already having it made.
    Shared,
}

impl ResultCache {
    /// Opens the cache. What cannot be opened is logged and done without: first the disk, then all of it. `registry` is
    /// asked for each attempt.
    pub async fn open(settings: &CacheSettings, registry: impl Fn() -> BoxedRegistry) -> Self {
        let store = Store::open(settings, registry).await;
        Self { store, flights: Flights::default(), is_disk_asked_for: settings.disk.is_some() }
    }

    /// Gives the rendition for `key`: from the cache, or by waiting for the request that is already having it made,
    /// or by `make`.
    ///
    /// Making goes on for as long as anybody waits for it, whoever asked first; when the last one leaves it is
    /// dropped. An error is given to all who wait, and not remembered; so is what is incomplete.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn get_or_make<M>(&self, key: String, make: M) -> Result<Kept, RenderError>
    where
        M: Future<Output = Result<(Rendition, StageTimes), RenderError>> + Send + 'static,
    {
        let mut times = StageTimes::default();
        if let Some(store) = &self.store {
            let started = Instant::now();
            let kept = store.get(&key).await;
            times.add(Stage::CacheLookup, started.elapsed());
            if let Some(rendition) = kept {
                return Ok(Kept { rendition, provenance: Provenance::Kept, times });
            }
        }
        let store = self.store.clone();
        let make_and_keep = |key: String| async move {
            // Another request may have finished the same rendition since we looked.
            if let Some(rendition) = store.as_ref().and_then(|store| store.get_from_memory(&key)) {
                return Ok((rendition, StageTimes::default()));
            }
            let (rendition, times) = make.await?;
            if let Some(store) = store.filter(|_| !rendition.is_incomplete) {
                store.insert(key, rendition.clone());
            }
            Ok((rendition, times))
        };
        let (flight, is_first) = self.flights.join(key, make_and_keep);
        let (rendition, made_in) = flight.await?;
        let provenance = if is_first { Provenance::Made } else { Provenance::Shared };
        if is_first {
            times.merge(&made_in);
        }
        Ok(Kept { rendition, provenance, times })
    }

    /// As [`ResultCache::get_or_make`], where it is in memory. Needs no future, which for a making is a large one.
    pub fn kept_in_memory(&self, key: &str) -> Option<Kept> {
        let started = Instant::now();
        let rendition = self.get_from_memory(key)?;
        let mut times = StageTimes::default();
        times.add(Stage::CacheLookup, started.elapsed());
        Some(Kept { rendition, provenance: Provenance::Kept, times })
    }

    /// The rendition for `key` where it is in memory. Costs no reading.
    pub fn get_from_memory(&self, key: &str) -> Option<Rendition> {
        self.store.as_ref()?.get_from_memory(key)
    }

    /// What the cache holds now; all zero where it is off.
    pub fn usage(&self) -> Usage {
        let usage = self.store.as_ref().map(Store::usage).unwrap_or_default();
        Usage { disk: usage.disk.or(self.is_disk_asked_for.then(DiskUsage::default)), ..usage }
    }

    /// The folder of the part on disk, where that is open: it is ours alone, and lasts as long as what is kept there.
    pub fn folder(&self) -> Option<&Path> {
        self.store.as_ref()?.folder()
    }

    /// Writes what is still on its way to the disk, for at most `limit`.
    pub async fn close(&self, limit: Duration) {
        if let Some(store) = &self.store {
            store.close(limit).await;
        }
    }
}

#[cfg(test)]
mod tests;
