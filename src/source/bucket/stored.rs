//! One original in a bucket, of a version that is known.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};

use super::BucketSource;
use super::version::StoredVersion;
use crate::bucket::{GetQuery, ObjectBody};
use crate::request::{Format, ImagePath};
use crate::source::ledger::Known;
use crate::source::untouched::Distant;
use crate::source::{Beginning, Chunks, Content, Material, Portion, SourceError, Untouched};

pub(super) struct StoredOriginal {
    pub source: BucketSource,
    pub path: ImagePath,
    pub known: Known<StoredVersion>,
    /// The first bytes, where the bucket was asked for this request.
    pub beginning: Option<Bytes>,
}

impl StoredOriginal {
    fn format(&self) -> Result<Format, SourceError> {
        self.known.version.format.ok_or(SourceError::NotAnImage)
    }

    /// The first bytes, as far as they are there.
    fn first(&self) -> Bytes {
        self.beginning.clone().unwrap_or_default()
    }

    fn is_whole(&self, bytes: &Bytes) -> bool {
        bytes.len() as u64 == self.known.version.length
    }

    /// Bytes of this version, once they begin to come.
    async fn open(&self, range: Range<u64>) -> Result<ObjectBody, SourceError> {
        let (bucket, name) = (&self.source.0.bucket, self.path.as_str());
        let if_match = Some(self.known.version.tag.to_string());
        let part = (range != (0..self.known.version.length)).then_some(range);
        let query = GetQuery { range: part, if_match, if_none_match: None };
        let found = bucket
            .get(name, &query)
            .await
            .map_err(|error| self.source.failure(&self.path, self.known.generation, error))?;
        self.source.is_still(&self.path, &self.known.version, &found.head)?;
        Ok(found.body)
    }

    /// A range of this version: what is there of it, and then what comes.
    async fn begin(&self, range: Range<u64>) -> Result<Chunks, SourceError> {
        let first = self.first();
        let there = range.start.min(first.len() as u64)..range.end.min(first.len() as u64);
        let ready = super::super::untouched::slice(&first, there.clone());
        if ready.is_empty() {
            return Ok(Chunks::Coming(coming(self.open(range).await?)));
        }
        if there.end == range.end {
            return Ok(Chunks::Ready(ready));
        }
        let rest = coming(self.open(there.end..range.end).await?);
        Ok(Chunks::Coming(stream::once(async { Ok(ready) }).chain(rest).boxed()))
    }
}

fn coming(body: ObjectBody) -> BoxStream<'static, io::Result<Bytes>> {
    body.map_err(io::Error::other).boxed()
}

impl Content for StoredOriginal {
    fn length(&self) -> Option<u64> {
        Some(self.known.version.length)
    }

    fn beginning(&self) -> Option<Beginning> {
        let bytes = self.beginning.clone()?;
        Some(Beginning { bytes, length: self.known.version.length })
    }

    fn stream(self: Arc<Self>, portion: Portion) -> BoxFuture<'static, Result<Untouched, SourceError>> {
        Box::pin(async move {
            let (format, length) = (self.known.version.format, self.known.version.length);
            let range = match portion {
                Portion::Nothing => None,
                Portion::Whole => Some(0..length),
                Portion::Part(range) => Some(range),
            };
            let begun = match range {
                // What is empty is there.
                Some(range) if !range.is_empty() => Some((range.clone(), self.begin(range).await?)),
                _ => None,
            };
            Ok(Untouched::from_afar(format, length, self, begun))
        })
    }

    fn material(self: Arc<Self>) -> BoxFuture<'static, Result<Material, SourceError>> {
        Box::pin(async move {
            self.format()?;
            let first = self.first();
            let whole = if self.is_whole(&first) { first } else { self.source.whole(&self.path, &self.known).await? };
            Ok(Material::Memory(whole))
        })
    }
}

impl Distant for StoredOriginal {
    fn chunks(self: Arc<Self>, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let begun = async move { self.begin(range).await.map(Chunks::into_stream).map_err(io::Error::other) };
        begun.boxed().try_flatten_stream().boxed()
    }
}
