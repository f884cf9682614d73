//! `Untouched`: an original on its way to a client, byte for byte, whole or in parts.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};

use super::LocalFile;
use crate::request::Format;

/// Bytes that are there already, or that come one chunk after the other.
pub enum Chunks {
    /// All of them.
    Ready(Bytes),
    /// One chunk after the other, or why there are no more.
    Coming(BoxStream<'static, io::Result<Bytes>>),
}

/// An original whose bytes were looked at and are not yet sent.
pub struct Untouched {
    /// What the bytes say, whatever the name says; `None` where they are no image that we know.
    pub format: Option<Format>,
    /// Length in bytes.
    pub length: u64,
    /// What a server elsewhere calls it, as a media type; `None` where none said anything, or of an image something right.
    declared: Option<Box<str>>,
    content: Holding,
}

enum Holding {
    /// An open file, and what has been read of its start.
    File {
        file: Arc<LocalFile>,
        first: Bytes,
    },
    Memory(Bytes),
    /// Bytes that are elsewhere, and a range of them that has begun to come.
    Afar {
        distant: Arc<dyn Distant>,
        begun: Mutex<Option<OpenRange>>,
    },
}

/// A range whose first bytes have come.
pub(super) type OpenRange = (Range<u64>, Chunks);

/// Bytes that are asked for part by part.
pub(super) trait Distant: Send + Sync {
    /// The bytes of a range within the length. They are asked for when the first of them is wanted.
    fn chunks(self: Arc<Self>, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>>;
}

impl Untouched {
    pub(super) fn from_file(format: Option<Format>, length: u64, file: Arc<LocalFile>, first: Bytes) -> Self {
        Self { format, length, declared: None, content: Holding::File { file, first } }
    }

    /// What was fetched whole.
    pub(super) fn from_memory(bytes: Bytes) -> Self {
        let (format, length) = (Format::sniff(&bytes), bytes.len() as u64);
        Self { format, length, declared: None, content: Holding::Memory(bytes) }
    }

    /// What is elsewhere; the range that has begun is not asked for again.
    pub(super) fn from_afar(
        format: Option<Format>,
        length: u64,
        distant: Arc<dyn Distant>,
        begun: Option<OpenRange>,
    ) -> Self {
        Self { format, length, declared: None, content: Holding::Afar { distant, begun: Mutex::new(begun) } }
    }

    /// The same, with what a server elsewhere calls it.
    pub(super) fn declared_as(self, declared: Option<Box<str>>) -> Self {
        Self { declared, ..self }
    }

    /// What a server elsewhere calls it, as a media type: of what is no image by its bytes alone.
    pub fn declared(&self) -> Option<&str> {
        self.declared.as_deref()
    }

    /// The first bytes, as far as they are at hand.
    pub fn beginning(&self) -> &[u8] {
        match &self.content {
            Holding::File { first, .. } | Holding::Memory(first) => first,
            Holding::Afar { .. } => &[],
        }
    }

    /// All bytes.
    pub fn whole(self) -> Chunks {
        match self.content {
            Holding::File { first, .. } if first.len() as u64 == self.length => Chunks::Ready(first),
            Holding::File { file, first } => {
                let rest = file.chunks(first.len() as u64..self.length);
                Chunks::Coming(stream::once(async { Ok(first) }).chain(rest).boxed())
            }
            Holding::Memory(bytes) => Chunks::Ready(bytes),
            Holding::Afar { distant, begun } => begun_or_asked(&begun, distant, 0..self.length),
        }
    }

    /// The bytes of a range within the length.
    pub fn part(&self, range: Range<u64>) -> Chunks {
        match &self.content {
            Holding::File { first, .. } if range.end <= first.len() as u64 => Chunks::Ready(slice(first, range)),
            Holding::File { file, .. } => Chunks::Coming(Arc::clone(file).chunks(range)),
            Holding::Memory(bytes) => Chunks::Ready(slice(bytes, range)),
            Holding::Afar { distant, begun } => begun_or_asked(begun, Arc::clone(distant), range),
        }
    }
}

impl Chunks {
    /// The same as a stream.
    pub fn into_stream(self) -> BoxStream<'static, io::Result<Bytes>> {
        match self {
            Self::Ready(bytes) => stream::once(async { Ok(bytes) }).boxed(),
            Self::Coming(stream) => stream,
        }
    }
}

/// The range that has begun, or else one that has yet to be asked for.
fn begun_or_asked(begun: &Mutex<Option<OpenRange>>, distant: Arc<dyn Distant>, range: Range<u64>) -> Chunks {
    let mut begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
    match begun.take_if(|(begun, _)| *begun == range) {
        Some((_, chunks)) => chunks,
        None => Chunks::Coming(distant.chunks(range)),
    }
}

/// The part of `bytes` in `range`, cut to what there is.
pub(super) fn slice(bytes: &Bytes, range: Range<u64>) -> Bytes {
    let within = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
    let (start, end) = (within(range.start), within(range.end));
    bytes.slice(start..end.max(start))
}
