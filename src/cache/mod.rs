//! `ResultCache`: renditions in memory, on disk and in a store that servers share, and one render for a crowd that asks for
//! the same. foyer lives only in this room. It must not know how a rendition is made or sent. A cache that fails is a miss.

mod folder;
mod points;
mod pulse;
mod results;
mod store;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mixtrics::metrics::BoxedRegistry;

pub use points::{PointError, PointSettings, Points};
pub use results::{Elsewhere, Redirect, ResultName, ResultsSettings};
pub use store::{DiskUsage, Usage};

use self::results::{Results, Shelf};
use self::store::Store;
use crate::flights::Flights;
use crate::pipeline::{RenderError, Rendition};
use crate::report::{Stage, StageTimes};
use crate::request::CacheTag;

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
    /// What all servers share.
    results: Option<Results>,
    flights: Flights<String, Attempt>,
    is_disk_asked_for: bool,
}

/// Why the part on disk cannot be had.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{cause}")]
pub struct NoDisk {
    /// The folder.
    pub path: PathBuf,
    /// Another process has it.
    pub is_held: bool,
    /// What is wrong.
    pub cause: String,
}

type Attempt = Result<Kept, RenderError>;

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
        Self { store, results: None, flights: Flights::default(), is_disk_asked_for: settings.disk.is_some() }
    }

    /// Opens the part on disk alone, for what is to be kept and not to be sent.
    ///
    /// # Errors
    /// It cannot be had; another process may have it.
    pub async fn open_on_disk(disk: &DiskSettings, registry: BoxedRegistry) -> Result<Self, NoDisk> {
        let store = Some(Store::open_with_disk(None, disk, registry).await?);
        Ok(Self { store, results: None, flights: Flights::default(), is_disk_asked_for: true })
    }

    /// Waits until what was given to the disk is there: of more than is underway at once, some is left out.
    pub async fn settle(&self) {
        if let Some(store) = &self.store {
            store.settle().await;
        }
    }

    /// The same, with a store that servers share: looked at last, and filled behind the back of those who wait.
    #[must_use]
    pub fn sharing(self, settings: ResultsSettings) -> Self {
        Self { results: Some(Results::new(settings)), ..self }
    }

    /// Gives the rendition for `key`: from the cache, or by waiting for the request that is already having it made,
    /// or by `make`. `name` is where servers share it.
    ///
    /// Making goes on for as long as anybody waits for it, whoever asked first; when the last one leaves it is
    /// dropped. An error is given to all who wait, and not remembered; so is what is incomplete.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn get_or_make<M>(&self, key: String, name: ResultName, make: M) -> Result<Kept, RenderError>
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
        let (store, results) = (self.store.clone(), self.results.clone());
        let (flight, is_first) = self.flights.join(key, |key| found_or_made(store, results, key, name, make));
        let Kept { rendition, provenance, times: taken } = flight.await?;
        let provenance = match provenance {
            Provenance::Made if !is_first => Provenance::Shared,
            provenance => provenance,
        };
        if is_first {
            times.merge(&taken);
        }
        Ok(Kept { rendition, provenance, times })
    }

    /// Deletes, behind the back of whoever asked, what servers share of the originals of these tags, or all of it. Nobody
    /// would find it again: it is called as before the purge.
    pub fn forget(&self, tags: Vec<CacheTag>) {
        if let Some(results) = self.results.clone() {
            tokio::spawn(async move { results.delete(&tags).await });
        }
    }

    /// Tells whether clients are sent to the store for renditions that are there.
    pub fn redirects(&self) -> bool {
        self.results.as_ref().is_some_and(Results::redirects)
    }

    /// Where clients are to be sent for this rendition; `None` where they are not, or it is not there.
    pub async fn place(&self, name: &ResultName) -> Option<Elsewhere> {
        self.results.as_ref()?.place(name).await
    }

    /// The store that clients are led to that ask for that, where there is one.
    pub fn points(&self) -> Option<&Points> {
        self.results.as_ref().map(Results::points)
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

    /// Tells whether the rendition for `key`, or that which servers share under `name`, is there. Costs as much as getting it.
    pub async fn has(&self, key: &str, name: &ResultName) -> bool {
        if let Some(store) = &self.store
            && store.get(key).await.is_some()
        {
            return true;
        }
        match &self.results {
            Some(results) => matches!(results.get(name).await, Shelf::Found(_)),
            None => false,
        }
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

    /// Writes what is still on its way to the disk and to the shared store, each for at most `limit`.
    pub async fn close(&self, limit: Duration) {
        if let Some(results) = &self.results {
            results.close(limit).await;
        }
        if let Some(store) = &self.store {
            store.close(limit).await;
        }
    }
}

/// Looks where servers share renditions, or else makes one; either is kept.
async fn found_or_made(
    store: Option<Store>,
    results: Option<Results>,
    key: String,
    name: ResultName,
    make: impl Future<Output = Result<(Rendition, StageTimes), RenderError>>,
) -> Result<Kept, RenderError> {
    let mut times = StageTimes::default();
    // Another request may have finished the same rendition since we looked.
    if let Some(rendition) = store.as_ref().and_then(|store| store.get_from_memory(&key)) {
        return Ok(Kept { rendition, provenance: Provenance::Kept, times });
    }
    let shelf = match &results {
        Some(results) => {
            let started = Instant::now();
            let shelf = results.get(&name).await;
            times.add(Stage::CacheLookup, started.elapsed());
            shelf
        }
        None => Shelf::Empty,
    };
    let (rendition, provenance, replaces) = match shelf {
        Shelf::Found(rendition) => (rendition, Provenance::Kept, None),
        shelf => {
            let (rendition, made_in) = make.await?;
            times.merge(&made_in);
            (rendition, Provenance::Made, Some(matches!(shelf, Shelf::Spoilt)))
        }
    };
    if !rendition.is_incomplete {
        if let (Some(results), Some(replaces)) = (results, replaces) {
            results.put(name, &rendition, replaces);
        }
        if let Some(store) = store {
            store.insert(key, rendition.clone());
        }
    }
    Ok(Kept { rendition, provenance, times })
}

#[cfg(test)]
mod tests;
