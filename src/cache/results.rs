//! `Results`: renditions in a store that all servers share. Whatever goes wrong with it is a miss.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use twox_hash::XxHash3_128;
use url::Url;

use super::points::{PointSettings, Points};
use crate::bucket::{Bucket, BucketError, GetQuery, ObjectHead, ObjectKind};
use crate::memo::Memo;
use crate::pipeline::Rendition;
use crate::request::{CacheTag, EntityTag, Medium, QualityFound};
use crate::seats::Seats;

/// Renditions that are written at once.
const MAX_WRITES: usize = 32;
/// Renditions that are read at once.
const MAX_READS: usize = 16;
/// How long what was seen in the store is taken to be there.
const BELIEVED: Duration = Duration::from_secs(60);
/// The most that one purge deletes of what is stored.
const MAX_LISTED: usize = 1_000_000;
/// What room is counted in.
const UNIT_BYTES: u64 = 1024;
/// Names that are remembered as those of what is there.
const REMEMBERED: usize = 20_000;

/// What is stored with a rendition: what it is, a digest of its bytes (XXH3, 128 bits), and the quality that was searched
/// for, where there was a search.
const MEDIUM: &str = "medium";
const CHECKSUM: &str = "checksum";
const QUALITY: &str = "quality";

/// How the shared store is used.
#[derive(Clone)]
pub struct ResultsSettings {
    /// Where renditions are looked for, while somebody waits.
    pub bucket: Bucket,
    /// The same with more patience, for what nobody waits for.
    pub patient: Bucket,
    /// All that may be on its way to the store, in bytes; and as much again on its way from there.
    pub max_bytes: u64,
    /// The `Cache-Control` of whoever gets a rendition from the store.
    pub cache_control: Option<String>,
    /// How clients are sent to the store; `None` sends them what they asked for.
    pub redirect: Option<Redirect>,
    /// Where clients are led that ask for that.
    pub points: PointSettings,
}

/// Where clients are sent for renditions that are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// What names are appended to; `None` signs the store's own URL for each.
    pub public_url: Option<Url>,
    /// How long a signed URL is good for.
    pub time_to_live: Duration,
}

/// Where a rendition is that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its name in the store.
    pub name: String,
    /// Its URL; `None` where no client gets at the store.
    pub url: Option<Url>,
    /// How long the redirect to it may be kept.
    pub max_age: Duration,
}

/// The name of a rendition in the store: the tag of its picture, so that those of one picture can be listed, a slash, a
/// digest of its key, and the customary ending. Nothing of a path is in clear.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResultName(String);

/// A store of renditions.
#[derive(Clone)]
pub(super) struct Results(Arc<ResultsState>);

struct ResultsState {
    settings: ResultsSettings,
    /// For bytes that are on their way there.
    room: Arc<Semaphore>,
    writes: Semaphore,
    /// For those that are on their way from there.
    seats: Seats,
    max_object_bytes: u64,
    /// What was there when it was last looked for.
    stored: Memo<ResultName, Instant>,
    points: Points,
}

/// What the store has of a name.
pub(super) enum Shelf {
    /// This.
    Found(Rendition),
    /// Nothing, or nothing that could be had.
    Empty,
    /// Something that is not what was stored, and is to be replaced.
    Spoilt,
}

impl ResultName {
    /// The name of what has this tag, made of this picture. Found again by whoever decides the same.
    pub fn new(picture: CacheTag, tag: &EntityTag, medium: Medium) -> Self {
        let digest = tag.quoted();
        Self(format!("{picture}/{}.{}", digest.trim_matches('"'), medium.extension()))
    }
}

impl Results {
    pub(super) fn new(settings: ResultsSettings) -> Self {
        let units = usize::try_from(settings.max_bytes / UNIT_BYTES).unwrap_or(usize::MAX);
        let max_object_bytes = settings.max_bytes / MAX_READS as u64;
        let (led, pointers) = (settings.points.clone(), settings.patient.clone());
        let points = Points::new(led, pointers, settings.cache_control.clone(), max_object_bytes);
        Self(Arc::new(ResultsState {
            points,
            settings,
            room: Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))),
            writes: Semaphore::new(MAX_WRITES),
            seats: Seats::new(MAX_READS, max_object_bytes),
            max_object_bytes,
            stored: Memo::new(REMEMBERED),
        }))
    }

    /// What the store has.
    pub(super) async fn get(&self, name: &ResultName) -> Shelf {
        let Ok(_seat) = self.0.seats.take().await else { return Shelf::Empty };
        let (bucket, limit) = (&self.0.settings.bucket, self.0.max_object_bytes);
        match bucket.read(&name.0, &GetQuery::default(), limit).await {
            Ok((head, bytes)) => match rendition(&head, bytes) {
                Some(rendition) => {
                    self.is_stored(name);
                    Shelf::Found(rendition)
                }
                None => self.spoilt(name),
            },
            Err(BucketError::Missing) => Shelf::Empty,
            // Shorter than it says.
            Err(BucketError::Broken { .. }) => self.spoilt(name),
            // It is counted, and told often enough where it is set up wrong.
            Err(error) => {
                tracing::debug!("no stored rendition: {error}");
                Shelf::Empty
            }
        }
    }

    fn spoilt(&self, name: &ResultName) -> Shelf {
        tracing::warn!(name = name.0, "a stored rendition is spoilt, and is made anew");
        Shelf::Spoilt
    }

    fn is_stored(&self, name: &ResultName) {
        self.0.stored.put(name.clone(), Instant::now());
    }

    /// Stores a rendition behind the back of those who wait for it. Where too much is on its way, or it is too long, it is
    /// not stored: whoever makes it again will.
    pub(super) fn put(&self, name: ResultName, rendition: &Rendition, replaces: bool) {
        let bytes = rendition.bytes.len() as u64;
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).ok().filter(|_| bytes <= self.0.max_object_bytes);
        let room = units.and_then(|units| Arc::clone(&self.0.room).try_acquire_many_owned(units).ok());
        let Some(room) = room else {
            tracing::debug!(name = name.0, bytes, "not stored: too long, or too much is on its way to the store");
            return;
        };
        let (results, rendition) = (self.clone(), rendition.clone());
        tokio::spawn(async move {
            let _writing = (room, results.0.writes.acquire().await);
            let kind = kind(&rendition, results.0.settings.cache_control.clone());
            match results.0.settings.patient.put(&name.0, rendition.bytes, &kind, replaces).await {
                // Another server was faster.
                Ok(()) | Err(BucketError::Exists) => results.is_stored(&name),
                Err(error) => tracing::debug!("not stored: {error}"),
            }
        });
    }

    /// Where clients are led.
    pub(super) fn points(&self) -> &Points {
        &self.0.points
    }

    /// Tells whether clients are sent to the store at all.
    pub(super) fn redirects(&self) -> bool {
        self.0.settings.redirect.is_some()
    }

    /// Where the rendition is for clients to get, if they are sent to the store and it is there.
    pub(super) async fn place(&self, name: &ResultName) -> Option<Elsewhere> {
        let Redirect { public_url, time_to_live } = self.0.settings.redirect.as_ref()?;
        if self.0.stored.get(name).is_none_or(|since| since.elapsed() > BELIEVED) {
            self.0.settings.bucket.head(&name.0).await.ok()?;
            self.is_stored(name);
        }
        let url = match public_url {
            Some(base) => {
                let mut url = base.clone();
                url.path_segments_mut().ok()?.pop_if_empty().extend(name.0.split('/'));
                url
            }
            None => self.0.settings.bucket.signed_url(&name.0, *time_to_live).await.ok()?,
        };
        Some(Elsewhere { name: name.0.clone(), url: Some(url), max_age: *time_to_live / 2 })
    }

    /// Deletes what is stored of the pictures of these tags, or of all. A folder's pictures are not known here: theirs are
    /// never asked for again, and go when the store lets them go.
    pub(super) async fn delete(&self, tags: &[CacheTag]) {
        for tag in tags {
            let prefix = if *tag == CacheTag::of_everything() { String::new() } else { format!("{tag}/") };
            if let Err(error) = self.delete_below(&prefix).await {
                tracing::warn!("purged renditions stay in the store: {error}");
            }
        }
    }

    async fn delete_below(&self, prefix: &str) -> Result<(), BucketError> {
        let bucket = &self.0.settings.patient;
        let names = bucket.list(prefix, MAX_LISTED).await?;
        let mut deleting = stream::iter(names.into_iter().filter(|name| is_ours(name)))
            .map(|name| async move {
                self.0.points.delete_by(&name).await?;
                bucket.delete(&name).await
            })
            .buffer_unordered(MAX_WRITES);
        while let Some(deleted) = deleting.next().await {
            deleted?;
        }
        Ok(())
    }

    /// Waits until everything that is on its way is stored, but no longer than this.
    pub(super) async fn close(&self, limit: Duration) {
        let all = u32::try_from(self.0.settings.max_bytes / UNIT_BYTES).unwrap_or(u32::MAX);
        if timeout(limit, self.0.room.acquire_many(all)).await.is_err() {
            tracing::warn!("not all renditions were stored within {limit:?}");
        }
    }
}

/// Tells whether it is one of those that lie below the tag of their picture: in a store there may be others.
fn is_ours(name: &str) -> bool {
    name.split_once('/').is_some_and(|(picture, _)| CacheTag::parse(picture).is_some())
}

/// What is stored with a rendition.
pub(super) fn kind(rendition: &Rendition, cache_control: Option<String>) -> ObjectKind {
    let Rendition { medium, bytes, quality, .. } = rendition;
    let mut metadata = vec![(MEDIUM.to_owned(), medium.name().to_owned()), (CHECKSUM.to_owned(), checksum(bytes))];
    metadata.extend(quality.map(|found| (QUALITY.to_owned(), found.to_string())));
    ObjectKind { content_type: Some(medium.mime().to_owned()), cache_control, metadata }
}

/// What was stored, if it still is what it was.
fn rendition(head: &ObjectHead, bytes: Vec<u8>) -> Option<Rendition> {
    let told = |name: &str| head.kind.metadata.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let medium = Medium::all().find(|medium| Some(medium.name()) == told(MEDIUM))?;
    let quality = match told(QUALITY) {
        None => None,
        Some(text) => Some(QualityFound::parse(text)?),
    };
    let is_whole = bytes.len() as u64 == head.length && told(CHECKSUM) == Some(checksum(&bytes).as_str());
    is_whole.then(|| Rendition { medium, bytes: Bytes::from(bytes), quality, is_incomplete: false })
}

fn checksum(bytes: &[u8]) -> String {
    format!("{:032x}", XxHash3_128::oneshot(bytes))
}
