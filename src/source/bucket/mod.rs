//! Originals in a bucket. The first question brings version, length and beginning of an original in one answer; what is then
//! sent or worked on is asked for by that version. Those who want the same at the same time share one question and one
//! fetch.

mod stored;
mod version;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{self, BoxFuture};
use futures_util::{StreamExt, stream};
use http::StatusCode;

use self::stored::StoredOriginal;
use self::version::StoredVersion;
use super::ledger::{Entry, Known, Ledger};
use super::{ListedPicture, Listing, Original, Source, SourceError};
use crate::bucket::{Bucket, BucketError, GetQuery, ObjectFolder, ObjectHead};
use crate::flights::Flights;
use crate::memo::Memo;
use crate::report::Origin;
use crate::request::{Format, Generation, ImagePath, Reference, Stamp};
use crate::seats::{BytesAtHand, Seats};

/// What the first question asks for: more than most headers take, all of many originals, and little to have asked in vain.
const BEGINNING_BYTES: u64 = 64 * 1024;

/// Originals whose version is remembered.
const REMEMBERED_ORIGINALS: usize = 20_000;
/// Whole originals that may be at hand.
const REMEMBERED_WHOLES: usize = 256;

/// Objects of a folder that are looked at at the same time.
const LOOKS_AT_ONCE: usize = 16;

/// How a bucket is used for originals.
#[derive(Debug, Clone)]
pub struct BucketSourceSettings {
    /// How long an original is taken as unchanged.
    pub time_to_live: Duration,
    /// How long a missing original is taken as missing.
    pub missing_time_to_live: Duration,
    /// The statuses that say that an original is missing.
    pub missing_statuses: Vec<StatusCode>,
    /// The longest original that is worked on, in bytes.
    pub max_bytes: u64,
    /// Bytes that are held at most of what was fetched.
    pub max_held_bytes: u64,
}

/// Originals in a bucket. Clones share what is known and what is under way.
#[derive(Clone)]
pub struct BucketSource(Arc<BucketState>);

struct BucketState {
    bucket: Bucket,
    ledger: Ledger<ImagePath, StoredVersion>,
    time_to_live: Duration,
    missing_time_to_live: Duration,
    seats: Seats,
    /// Wholes of versions, while others work on them.
    at_hand: Memo<VersionKey, BytesAtHand>,
    /// Questions which version there is.
    questions: Flights<(ImagePath, Generation), Result<ToldOfObject, SourceError>>,
    /// Fetches of whole originals.
    fetches: Flights<VersionKey, Result<Bytes, SourceError>>,
    missing_statuses: Vec<StatusCode>,
    max_bytes: u64,
}

/// One version of an original, as it was known since a purge.
type VersionKey = (ImagePath, Generation, Stamp);

/// What the bucket has, and how it begins, if that came with it.
#[derive(Clone)]
struct ToldOfObject {
    known: Known<StoredVersion>,
    beginning: Option<Bytes>,
}

impl BucketSource {
    /// Serves what is in `bucket`.
    pub fn new(bucket: Bucket, settings: BucketSourceSettings) -> Self {
        let BucketSourceSettings { time_to_live, missing_time_to_live, missing_statuses, max_bytes, .. } = settings;
        Self(Arc::new(BucketState {
            bucket,
            ledger: Ledger::new(REMEMBERED_ORIGINALS),
            time_to_live,
            missing_time_to_live,
            at_hand: Memo::new(REMEMBERED_WHOLES),
            // At least one of the largest, and what comes before it.
            seats: Seats::new(1, settings.max_held_bytes.max(max_bytes + BEGINNING_BYTES)),
            questions: Flights::default(),
            fetches: Flights::default(),
            missing_statuses,
            max_bytes,
        }))
    }

    /// What is known of an original, or what the bucket tells of it.
    async fn look_up(&self, path: &ImagePath, generation: Generation) -> Result<ToldOfObject, SourceError> {
        let known = match self.0.ledger.look_up(path, generation) {
            Entry::Fresh(known) => return Ok(ToldOfObject { known, beginning: None }),
            Entry::Missing => return Err(SourceError::NotFound),
            Entry::Doubtful(known) => known,
        };
        let ask = |(path, _)| self.clone().ask(path, generation, known);
        self.0.questions.join((path.clone(), generation), ask).0.await
    }

    /// As much of what was found as may be served. What cannot be read is left out, as a file that cannot be opened is.
    async fn listing(&self, found: ObjectFolder) -> Listing {
        let paths = |mut names: Vec<String>| {
            names.sort_unstable();
            // What no URL can name is not served.
            names.into_iter().filter_map(|name| ImagePath::from_decoded(&name).ok()).take(Listing::MAX_LISTED)
        };
        let looks = paths(found.objects).map(async |path| {
            let StoredVersion { length, format, .. } =
                self.look_up(&path, Generation::default()).await.ok()?.known.version;
            Some(ListedPicture { path, bytes: length, format: format? })
        });
        let pictures = stream::iter(looks).buffered(LOOKS_AT_ONCE).filter_map(future::ready).collect().await;
        Listing { folders: paths(found.folders).collect(), pictures, has_more: found.has_more }
    }

    fn original(&self, path: &ImagePath, known: Known<StoredVersion>, beginning: Option<Bytes>) -> Original {
        let (stamp, modified) = (known.version.stamp, known.version.modified);
        let stored = StoredOriginal { source: self.clone(), path: path.clone(), known, beginning };
        Original::found(Origin::Bucket, stamp, modified, Arc::new(stored))
    }

    /// Asks which version there is, on condition that it is another than the one that is known.
    async fn ask(
        self,
        path: ImagePath,
        generation: Generation,
        known: Option<Known<StoredVersion>>,
    ) -> Result<ToldOfObject, SourceError> {
        let seat = self.0.seats.take_for(BEGINNING_BYTES).await?;
        let if_none_match = known.as_ref().map(|known| known.version.tag.to_string());
        let query = GetQuery { range: Some(0..BEGINNING_BYTES), if_match: None, if_none_match };
        let (head, bytes) = match (self.0.bucket.read(path.as_str(), &query, BEGINNING_BYTES).await, known) {
            (Err(BucketError::NotModified), Some(known)) => {
                return Ok(ToldOfObject {
                    known: self.0.ledger.renew(&path, known, self.0.time_to_live),
                    beginning: None,
                });
            }
            // What is empty has no range (RFC 9110, section 14.1.1).
            (Err(error), _) if error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE.as_u16()) => {
                let asked = self.0.bucket.read(path.as_str(), &GetQuery::default(), BEGINNING_BYTES).await;
                asked.map_err(|error| self.failure(&path, generation, error))?
            }
            (asked, _) => asked.map_err(|error| self.failure(&path, generation, error))?,
        };
        let format = self.format(&path, generation, &head, &bytes).await?;
        let version = StoredVersion::new(&head, format);
        let known = self.0.ledger.learn(&path, generation, version, self.0.time_to_live);
        let (beginning, at_hand) = seat.hold_at_hand(bytes);
        if beginning.len() as u64 == known.version.length {
            self.0.at_hand.put((path, generation, known.version.stamp), at_hand);
        }
        Ok(ToldOfObject { known, beginning: Some(beginning) })
    }

    /// What the first bytes say, or the last of what does not begin with a mark.
    async fn format(
        &self,
        path: &ImagePath,
        generation: Generation,
        head: &ObjectHead,
        beginning: &[u8],
    ) -> Result<Option<Format>, SourceError> {
        let known = Format::sniff(beginning);
        if known.is_some() || head.length <= beginning.len() as u64 {
            return Ok(known);
        }
        let range = head.length - Format::END_BYTES as u64..head.length;
        let query = GetQuery { range: Some(range), if_match: Some(head.tag.clone()), if_none_match: None };
        let asked = self.0.bucket.read(path.as_str(), &query, Format::END_BYTES as u64).await;
        let (_, end) = asked.map_err(|error| self.failure(path, generation, error))?;
        Ok(Format::sniff_ends(beginning, &end))
    }

    /// A version whole: of those who work on it, of a fetch that is under way, or of one of its own.
    async fn whole(&self, path: &ImagePath, known: &Known<StoredVersion>) -> Result<Bytes, SourceError> {
        let version = (path.clone(), known.generation, known.version.stamp);
        if let Some(at_hand) = self.0.at_hand.get(&version).and_then(|whole| whole.get()) {
            return Ok(at_hand);
        }
        let fetch = |(path, _, _)| self.clone().fetch(path, known.clone());
        self.0.fetches.join(version, fetch).0.await
    }

    async fn fetch(self, path: ImagePath, known: Known<StoredVersion>) -> Result<Bytes, SourceError> {
        let Known { version, generation, .. } = known;
        if version.length > self.0.max_bytes {
            return Err(BucketError::TooLong { limit: self.0.max_bytes }.into());
        }
        let seat = self.0.seats.take_for(version.length).await?;
        let query = GetQuery { if_match: Some(version.tag.to_string()), ..GetQuery::default() };
        let asked = self.0.bucket.read(path.as_str(), &query, self.0.max_bytes).await;
        let (head, bytes) = asked.map_err(|error| self.failure(&path, generation, error))?;
        self.is_still(&path, &version, &head)?;
        let (whole, at_hand) = seat.hold_at_hand(bytes);
        self.0.at_hand.put((path, generation, version.stamp), at_hand);
        Ok(whole)
    }

    /// Makes sure that what came is as long as was said of this very version.
    fn is_still(&self, path: &ImagePath, version: &StoredVersion, head: &ObjectHead) -> Result<(), SourceError> {
        if version.length == head.length {
            return Ok(());
        }
        self.0.ledger.doubt(path);
        Err(BucketError::Broken { cause: "one version has two lengths".to_owned() }.into())
    }

    /// What a failure means for an original, and for what is remembered of it.
    fn failure(&self, path: &ImagePath, generation: Generation, error: BucketError) -> SourceError {
        if error.status().is_some_and(|status| self.0.missing_statuses.iter().any(|missing| *missing == status)) {
            self.0.ledger.miss(path, generation, self.0.missing_time_to_live);
            return SourceError::NotFound;
        }
        match error {
            BucketError::Precondition => {
                self.0.ledger.doubt(path);
                SourceError::Changed
            }
            error => error.into(),
        }
    }
}

impl Source for BucketSource {
    fn find<'a>(
        &'a self,
        reference: &'a Reference,
        generation: Generation,
    ) -> BoxFuture<'a, Result<Original, SourceError>> {
        Box::pin(async move {
            match reference {
                Reference::Path(path) => {
                    let ToldOfObject { known, beginning } = self.look_up(path, generation).await?;
                    Ok(self.original(path, known, beginning))
                }
                Reference::Url(_) | Reference::Body | Reference::Given(_) => Err(SourceError::NotFound),
            }
        })
    }

    fn list<'a>(&'a self, folder: Option<&'a ImagePath>) -> Option<BoxFuture<'a, Result<Listing, SourceError>>> {
        Some(Box::pin(async move {
            let prefix = folder.map(|path| format!("{path}/")).unwrap_or_default();
            let found = self.0.bucket.list_folder(&prefix, Listing::MAX_LISTED).await?;
            if folder.is_some() && found.is_empty() {
                return Err(SourceError::NotFound);
            }
            Ok(self.listing(found).await)
        }))
    }
}
