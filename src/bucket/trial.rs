//! `StoreTrial`: what may be done with a store, found out by doing it.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use super::{Bucket, BucketError, GetQuery, ObjectKind};

/// What came of trying a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreTrial {
    /// Getting an object, or finding that there is none.
    pub read: TrialOutcome,
    /// Listing names.
    pub list: TrialOutcome,
    /// Storing an object, and deleting it again.
    pub write: TrialOutcome,
}

/// What came of trying one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialOutcome {
    /// It may be done.
    Allowed,
    /// It did not work.
    Failed(BucketError),
}

impl StoreTrial {
    /// Tells whether originals can be got from there.
    pub fn may_read(&self) -> bool {
        self.read == TrialOutcome::Allowed
    }
}

impl From<Result<(), BucketError>> for TrialOutcome {
    fn from(tried: Result<(), BucketError>) -> Self {
        tried.map_or_else(Self::Failed, |()| Self::Allowed)
    }
}

impl fmt::Display for TrialOutcome {
    /// One line, in the store's own word where it has one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed => formatter.write_str("ok"),
            Self::Failed(error) => {
                write!(formatter, "failed: {error}")?;
                match error {
                    BucketError::Refused { status, code } => write_answer(formatter, *status, code.as_deref()),
                    BucketError::Status { code: Some(code), .. } => write!(formatter, " ({code})"),
                    BucketError::Unreachable { cause } | BucketError::Broken { cause } => {
                        write!(formatter, " ({cause})")
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}

fn write_answer(formatter: &mut fmt::Formatter<'_>, status: u16, code: Option<&str>) -> fmt::Result {
    match code {
        Some(code) => write!(formatter, " ({status} {code})"),
        None => write!(formatter, " ({status})"),
    }
}

impl Bucket {
    /// Tries what may be done: lists, stores an object under a name of its own, gets it, and deletes it again.
    pub async fn try_out(&self) -> StoreTrial {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let name = format!("image-proxy-trial-{since}-{:x}", RandomState::new().hash_one(since));
        let listed = self.list("", 1).await;
        let bytes = Bytes::from_static(b"may be deleted");
        let written = self.put(&name, bytes, &ObjectKind::default(), true).await;
        let seen = listed.as_ref().ok().and_then(|names| names.first());
        let readable = if written.is_ok() { Some(&name) } else { seen };
        let beginning = GetQuery { range: Some(0..1), ..GetQuery::default() };
        let read = match readable {
            Some(readable) => self.read(readable, &beginning, u64::MAX).await.map(drop),
            None => match self.get(&name, &GetQuery::default()).await {
                // So much may be read that it can be said.
                Err(BucketError::Missing) => Ok(()),
                got => got.map(drop),
            },
        };
        let deleted = if written.is_ok() { self.delete(&name).await } else { Ok(()) };
        StoreTrial { read: read.into(), list: listed.map(drop).into(), write: written.and(deleted).into() }
    }
}
