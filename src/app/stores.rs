//! Opens the stores that the settings name, for serving and for trying them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::bucket::{Bucket, BucketSettings, BucketUrl, Observer, StoreName, StoreRequest, StoreTimeouts, StoreTrial};
use crate::cache::{PointSettings, Redirect, ResultCache, ResultsSettings};
use crate::config::Loaded;
use crate::deposit::Deposit;
use crate::request::ImagePath;
use crate::source::{BucketSource, BucketSourceSettings, Source};
use crate::telemetry::StoreCounts;

use super::{StartError, folder};

/// What of the memory budget may hold originals that were fetched, before and beside work on them.
const HELD_SHARE: u64 = 4;
/// How long one request of a trial may take: all of them together stay within half a minute.
const TRIAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The variable that names the bucket of originals.
const ROOT_URL: &str = "IMAGE_PROXY_ROOT_URL";
/// The variable that names the store of renditions.
const RESULTS_URL: &str = "IMAGE_PROXY_RESULTS_URL";
/// The variable that names where originals may be written.
const DEPOSIT_PATH: &str = "IMAGE_PROXY_DEPOSIT_PATH";
/// What of the memory budget may be on its way to the store of renditions, and as much again from there.
const SHARED_SHARE: u64 = 8;
/// How much longer a write may take than somebody would wait.
const WRITE_PATIENCE: u32 = 10;

/// The source that the root's URL names. A folder is one however it is written.
pub(super) fn source(loaded: &Loaded) -> Result<Option<Box<dyn Source>>, StartError> {
    let config = &loaded.config;
    let Some(url) = &config.root_url else { return Ok(None) };
    if let Some(root) = url.folder() {
        return Ok(Some(Box::new(folder(root, ROOT_URL))));
    }
    let bucket = open(loaded, (ROOT_URL, url), StoreName::Source, timeouts(loaded), Arc::new(StoreCounts::default()))?;
    let settings = BucketSourceSettings {
        time_to_live: config.bucket_ttl,
        missing_time_to_live: config.bucket_missing_ttl,
        missing_statuses: config.bucket_missing_statuses.clone(),
        max_bytes: config.max_source_size,
        max_held_bytes: config.memory_budget / HELD_SHARE,
    };
    Ok(Some(Box::new(BucketSource::new(bucket, settings))))
}

/// The store of renditions that all servers share, where there is one.
pub(super) fn results(loaded: &Loaded) -> Result<Option<ResultsSettings>, StartError> {
    let config = &loaded.config;
    let Some(url) = &config.results_url else { return Ok(None) };
    let counts: Arc<dyn Observer> = Arc::new(StoreCounts::default());
    let patience = config.results_timeout * WRITE_PATIENCE;
    let open_within = |url, limit| open_results(loaded, url, limit, Arc::clone(&counts));
    let patient = open_within(url, patience)?;
    let points = match &loaded.legacy.picfit.points {
        Some(points) => {
            PointSettings { bucket: open_within(&points.url, patience)?, public_url: points.public_url.clone() }
        }
        None => PointSettings { bucket: patient.clone(), public_url: config.results_public_url.clone() },
    };
    let redirect =
        Redirect { public_url: config.results_public_url.clone(), time_to_live: config.results_redirect_ttl };
    let cache_control = config.cache_control_header.as_ref().and_then(|value| value.to_str().ok());
    Ok(Some(ResultsSettings {
        bucket: open_within(url, config.results_timeout)?,
        patient,
        max_bytes: config.memory_budget / SHARED_SHARE,
        cache_control: cache_control.map(str::to_owned),
        redirect: config.results_redirect.then_some(redirect),
        points,
    }))
}

/// Where servers share who may upload: beside the renditions that they share, where they do.
pub(super) fn tokens(loaded: &Loaded) -> Result<Option<Bucket>, StartError> {
    let Some(url) = &loaded.config.results_url else { return Ok(None) };
    let limit = loaded.config.results_timeout * WRITE_PATIENCE;
    open_results(loaded, url, limit, Arc::new(StoreCounts::default())).map(Some)
}

/// A cache with the store of renditions that servers share, and what they share purges by, where there is one.
///
/// # Errors
/// As [`results`].
pub(super) fn shared(
    loaded: &Loaded,
    cache: ResultCache,
) -> Result<(ResultCache, Option<(Bucket, Duration)>), StartError> {
    let Some(results) = results(loaded)? else { return Ok((cache, None)) };
    let shared = (results.patient.clone(), loaded.config.results_timeout);
    Ok((cache.sharing(results), Some(shared)))
}

/// The store of renditions, with as much time for each step.
fn open_results(
    loaded: &Loaded,
    url: &BucketUrl,
    limit: Duration,
    observer: Arc<dyn Observer>,
) -> Result<Bucket, StartError> {
    let timeouts = StoreTimeouts { connect: limit, read: limit, total: limit };
    open(loaded, (RESULTS_URL, url), StoreName::Results, timeouts, observer)
}

/// Where originals may be written, which must be where they are found.
pub(super) fn deposit(loaded: &Loaded) -> Result<Option<Deposit>, StartError> {
    let config = &loaded.config;
    let Some(url) = &config.deposit_path else { return Ok(None) };
    let outside = || StartError::Deposit { place: url.to_string() };
    let folder_of = |name: &str| match name {
        "" => Ok(None),
        name => ImagePath::from_decoded(name).map(Some).map_err(|_| outside()),
    };
    if let Some(folder) = url.folder() {
        let roots = [Some(config.root_path.clone()), config.root_url.as_ref().and_then(BucketUrl::folder)];
        let below = roots.iter().flatten().find_map(|root| folder.strip_prefix(root).ok()).ok_or_else(outside)?;
        let below = folder_of(&below.to_string_lossy())?;
        return Ok(Some(Deposit::in_folder(folder, below)));
    }
    let below = config.root_url.as_ref().and_then(|root| url.within(root)).ok_or_else(outside)?;
    let below = folder_of(below)?;
    let limit = config.bucket_timeout * WRITE_PATIENCE;
    let timeouts = StoreTimeouts { connect: config.bucket_connect_timeout, read: limit, total: limit };
    let counts = Arc::new(StoreCounts::default());
    Ok(Some(Deposit::in_bucket(open(loaded, (DEPOSIT_PATH, url), StoreName::Source, timeouts, counts)?, below)))
}

fn timeouts(loaded: &Loaded) -> StoreTimeouts {
    let config = &loaded.config;
    let (connect, read) = (config.bucket_connect_timeout, config.bucket_read_timeout);
    StoreTimeouts { connect, read, total: config.bucket_timeout }
}

fn open(
    loaded: &Loaded,
    (variable, url): (&'static str, &BucketUrl),
    name: StoreName,
    timeouts: StoreTimeouts,
    observer: Arc<dyn Observer>,
) -> Result<Bucket, StartError> {
    let settings = BucketSettings { name, timeouts, user_agent: loaded.config.user_agent.clone(), observer };
    Bucket::open(url, &loaded.cloud, settings).map_err(|cause| StartError::Store { variable, cause })
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
pub async fn try_stores(loaded: &Loaded) -> Result<Vec<(&'static str, StoreTrial)>, StartError> {
    let mut tried = Vec::new();
    let config = &loaded.config;
    let StoreTimeouts { connect, read, total } = timeouts(loaded);
    let timeouts = StoreTimeouts { connect, read, total: total.min(TRIAL_TIMEOUT) };
    let stores =
        [(ROOT_URL, &config.root_url, StoreName::Source), (RESULTS_URL, &config.results_url, StoreName::Results)];
    for (variable, url, name) in stores {
        if let Some(url) = url {
            let bucket = open(loaded, (variable, url), name, timeouts, Arc::new(Unheard))?;
            tried.push(async move { (variable, bucket.try_out().await) });
        }
    }
    // At once, so that it takes no longer than one.
    Ok(join_all(tried).await)
}
