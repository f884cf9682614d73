//! `CacheWarmer`: fills the cache on disk while no server has it.

use std::sync::Arc;

use axum::body::Body;
use http::{Method, Uri};
use mixtrics::registry::noop::NoopMetricsRegistry;

use super::super::tools::Tools;
use super::super::{CACHE_CLOSE_TIMEOUT, StartError, cache_settings, mounts, sources, stores};
use super::{LocalAnswer, ask, inner_door, unhurried};
use crate::cache::ResultCache;
use crate::config::Loaded;
use crate::dialect::typed_escaped;
use crate::generations::Generations;
use crate::http::Door;

/// All that a server does for a URL, with its cache on disk and without a server.
pub struct CacheWarmer {
    door: Door,
    cache: Arc<ResultCache>,
    threads: usize,
}

impl CacheWarmer {
    /// Tells whether there is a cache to fill, before anything is done for it.
    ///
    /// # Errors
    /// [`StartError::NoDiskCache`].
    pub fn check(loaded: &Loaded) -> Result<(), StartError> {
        if loaded.config.enable_disk_cache { Ok(()) } else { Err(StartError::NoDiskCache) }
    }

    /// Takes the folder of the cache, and starts the threads.
    ///
    /// # Errors
    /// There is no cache on disk, or another process has it; others name the setting to change.
    pub async fn open(loaded: &Loaded) -> Result<Self, StartError> {
        let config = &loaded.config;
        let disk = cache_settings(config).disk.ok_or(StartError::NoDiskCache)?;
        let opened = ResultCache::open_on_disk(&disk, Box::new(NoopMetricsRegistry)).await;
        let cache = opened.map_err(|cause| StartError::DiskCache { cause })?;
        let (cache, shared) = stores::shared(loaded, cache)?;
        let cache = Arc::new(cache);
        let tools = Tools::start(config, unhurried(config))?;
        let generations = Generations::open(cache.folder(), shared).await;
        let service = tools.service(sources(loaded, &config.sources)?, Arc::clone(&cache), generations);
        let door = inner_door(loaded, Arc::new(service), Arc::new(mounts::unsigned_mounts(loaded)?));
        Ok(Self { door, cache, threads: config.workers })
    }

    /// How many pictures are worth having under way at once.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Has the picture made that a path and a query ask for, unless it is there.
    pub async fn ask(&self, target: &str, accept: Option<&str>) -> LocalAnswer {
        let escaped = target.parse::<Uri>().is_err().then(|| typed_escaped(target));
        ask(&self.door, Method::GET, escaped.as_deref().unwrap_or(target), accept, Body::empty()).await
    }

    /// Waits until what was made is on the disk. To be called before more is made than is good to hold in memory.
    pub async fn settle(&self) {
        self.cache.settle().await;
    }

    /// Writes what is still on its way; tells whether the disk took everything until now.
    pub async fn close(&self) -> bool {
        self.cache.settle().await;
        self.cache.close(CACHE_CLOSE_TIMEOUT).await;
        self.cache.usage().disk.is_some_and(|disk| disk.is_up)
    }
}
