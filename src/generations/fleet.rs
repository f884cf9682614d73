//! What servers that share a store tell each other of purges: one object, which each of them reads and adds to.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{DocumentError, Generations};
use crate::bucket::{Bucket, BucketError, GetQuery, ObjectKind, StoreStep};

/// Its name. Those of renditions have a slash.
const OBJECT: &str = "generations";
/// Far above what the most purges take.
const MAX_BYTES: u64 = 16 << 20;
/// How often it is looked at: a purge is known to all within two of these, whatever goes wrong once.
pub(super) const INTERVAL: Duration = Duration::from_secs(4);

pub(super) struct Fleet {
    bucket: Bucket,
    /// How long one exchange may take.
    patience: Duration,
    /// What the object held when it was last read or written. Whoever holds it asks the store.
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The version that was read; that of one that was written is not known.
    tag: Option<String>,
    document: String,
    /// Our own number of changes when that was all we knew.
    changes: u64,
}

/// What was purged could not be shared with other servers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FleetError {
    /// The store does not take or give it.
    #[error("what was purged could not be shared: {0}")]
    Store(#[from] BucketError),
    /// The store's object is none of ours.
    #[error("what was purged could not be shared: {0}")]
    Document(#[from] DocumentError),
}

impl Fleet {
    pub(super) fn new(bucket: Bucket, patience: Duration) -> Self {
        Self { bucket, patience, seen: Mutex::default() }
    }

    /// Takes over what others have purged, and tells them what they do not know. Of two that write at once the last one
    /// stands, and the other sees that the next time.
    pub(super) async fn exchange(&self, generations: &Generations) -> Result<(), FleetError> {
        let late = BucketError::Timeout { step: StoreStep::Head };
        timeout(self.patience, self.try_exchange(generations)).await.unwrap_or_else(|_| Err(late.into()))
    }

    async fn try_exchange(&self, generations: &Generations) -> Result<(), FleetError> {
        let mut seen = self.seen.lock().await;
        let query = GetQuery { if_none_match: seen.tag.clone(), ..GetQuery::default() };
        match self.bucket.read(OBJECT, &query, MAX_BYTES).await {
            Ok((head, bytes)) => {
                let document = String::from_utf8_lossy(&bytes).into_owned();
                generations.merge(&document)?;
                *seen = Seen { tag: Some(head.tag), document, changes: 0 };
            }
            Err(BucketError::NotModified) if seen.changes == generations.changes() => return Ok(()),
            Err(BucketError::NotModified) => {}
            Err(BucketError::Missing) => *seen = Seen::default(),
            Err(error) => return Err(error.into()),
        }
        let (changes, document) = (generations.changes(), generations.document());
        let is_news = seen.document != document && !(seen.document.is_empty() && generations.is_empty());
        if is_news {
            let kind = ObjectKind { content_type: Some("text/plain".to_owned()), ..ObjectKind::default() };
            self.bucket.put(OBJECT, Bytes::from(document.clone()), &kind, true).await?;
            *seen = Seen { tag: None, document, changes };
        }
        seen.changes = changes;
        Ok(())
    }
}
