//! Opens the stores that the settings name, for serving and for trying them.

use std::sync::Arc;
use std::time::Duration;

use crate::bucket::{
    Bucket, BucketSettings, BucketUrl, Observer, OpenError, StoreName, StoreRequest, StoreTimeouts, StoreTrial,
};
use crate::config::Loaded;
use crate::source::{BucketSource, BucketSourceSettings, Source};
use crate::telemetry::StoreCounts;

use super::folder;

/// What of the memory budget may hold originals that were fetched, before and beside work on them.
const HELD_SHARE: u64 = 4;
/// How long one request of a trial may take: all of them together stay within half a minute.
const TRIAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The source that the root's URL names. A folder is one however it is written.
pub(super) fn source(loaded: &Loaded) -> Result<Option<Box<dyn Source>>, OpenError> {
    let config = &loaded.config;
    let Some(url) = &config.root_url else { return Ok(None) };
    if let Some(root) = url.folder() {
        return Ok(Some(Box::new(folder(root, "IMAGE_PROXY_ROOT_URL"))));
    }
    let bucket = open(loaded, url, StoreName::Source, timeouts(loaded), Arc::new(StoreCounts::default()))?;
    let settings = BucketSourceSettings {
        time_to_live: config.bucket_ttl,
        missing_time_to_live: config.bucket_missing_ttl,
        missing_statuses: config.bucket_missing_statuses.clone(),
        max_bytes: config.max_source_size,
        max_held_bytes: config.memory_budget / HELD_SHARE,
    };
    Ok(Some(Box::new(BucketSource::new(bucket, settings))))
}

fn timeouts(loaded: &Loaded) -> StoreTimeouts {
    let config = &loaded.config;
    let (connect, read) = (config.bucket_connect_timeout, config.bucket_read_timeout);
    StoreTimeouts { connect, read, total: config.bucket_timeout }
}

fn open(
    loaded: &Loaded,
    url: &BucketUrl,
    name: StoreName,
    timeouts: StoreTimeouts,
    observer: Arc<dyn Observer>,
) -> Result<Bucket, OpenError> {
    let settings = BucketSettings { name, timeouts, user_agent: loaded.config.user_agent.clone(), observer };
    Bucket::open(url, &loaded.cloud, settings)
}

/// Hears of a trial, which nobody counts.
struct Unheard;

impl Observer for Unheard {
    fn observe(&self, _: &StoreRequest) {}
}

/// Tries the stores that the settings name: each variable, and what came of it.
///
/// # Errors
/// A store cannot be opened with these variables.
pub async fn try_stores(loaded: &Loaded) -> Result<Vec<(&'static str, StoreTrial)>, super::StartError> {
    let mut tried = Vec::new();
    if let Some(url) = &loaded.config.root_url {
        let StoreTimeouts { connect, read, total } = timeouts(loaded);
        let timeouts = StoreTimeouts { connect, read, total: total.min(TRIAL_TIMEOUT) };
        let bucket = open(loaded, url, StoreName::Source, timeouts, Arc::new(Unheard))?;
        tried.push(("IMAGE_PROXY_ROOT_URL", bucket.try_out().await));
    }
    Ok(tried)
}
