//! `LocalFile`: an open regular file, read without blocking the runtime where the page cache has it.

use std::fs::{File, Metadata};
use std::io::{self, IoSliceMut, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use rustix::io::{Errno, ReadWriteFlags};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{Content, Material, SourceError, Untouched};
use crate::request::Format;

/// Bytes per chunk of a streamed file: fits the second-level cache of common processors.
const CHUNK_BYTES: u64 = 128 * 1024;

/// An open regular file and its length when it was opened.
#[derive(Debug)]
pub struct LocalFile {
    file: File,
    length: u64,
    modified: (i64, i64),
    /// Relative to the root, for messages.
    name: String,
}

impl LocalFile {
    /// Takes an open file, what `fstat` says of it, and its name.
    pub(super) fn new(file: File, metadata: &Metadata, name: String) -> Self {
        Self { file, length: metadata.len(), modified: modified(metadata), name }
    }

    /// Length in bytes, when it was opened.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Reads the whole file from its start. Blocks: for the workers only.
    ///
    /// # Errors
    /// The file cannot be read, or is shorter or longer than when it was opened.
    pub fn read(&self) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.length).unwrap_or_default() + 1);
        let mut reader = &self.file;
        let read = reader.seek(SeekFrom::Start(0)).and_then(|_| reader.take(self.length + 1).read_to_end(&mut bytes));
        match read {
            Ok(count) if count as u64 == self.length && self.is_unchanged() => Ok(bytes),
            Ok(_) => Err(SourceError::Changed),
            Err(cause) => Err(SourceError::io(&self.name, cause)),
        }
    }

    /// The open file, to read headers from. Blocks when read: for the workers only.
    pub fn header(&self) -> &File {
        &self.file
    }

    /// Makes sure that what was read until now is of the version that was opened.
    ///
    /// # Errors
    /// [`SourceError::Changed`] where it may be of another.
    pub fn verify(&self) -> Result<(), SourceError> {
        if self.is_unchanged() { Ok(()) } else { Err(SourceError::Changed) }
    }

    /// Tells whether what was read until now is of the version that was opened: a write changes the time first and the
    /// bytes afterwards.
    fn is_unchanged(&self) -> bool {
        let metadata = self.file.metadata();
        metadata.is_ok_and(|metadata| metadata.len() == self.length && modified(&metadata) == self.modified)
    }

    /// Reads up to one chunk from the start of `range`, of the version that was opened; an empty chunk means that there
    /// is no more of it.
    async fn chunk(&self, range: Range<u64>) -> io::Result<Bytes> {
        let offset = range.start;
        let wanted = usize::try_from(range.end.saturating_sub(offset).min(CHUNK_BYTES)).unwrap_or_default();
        let mut buffer = vec![0; wanted];
        let cached =
            rustix::io::preadv2(&self.file, &mut [IoSliceMut::new(&mut buffer)], offset, ReadWriteFlags::NOWAIT);
        let count = match cached {
            Ok(count) => count,
            // Not in the page cache, or a file system that cannot tell: read on tokio's blocking threads.
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS) => self.blocking_read(offset, &mut buffer).await?,
            Err(errno) => return Err(errno.into()),
        };
        buffer.truncate(if self.is_unchanged() { count } else { 0 });
        Ok(buffer.into())
    }

    async fn blocking_read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = tokio::fs::File::from_std(self.file.try_clone()?);
        file.set_max_buf_size(buffer.len());
        file.seek(SeekFrom::Start(offset)).await?;
        file.read(buffer).await
    }

    pub(super) async fn stream(self: Arc<Self>) -> Result<Untouched, SourceError> {
        let first = self.chunk(0..self.length).await.map_err(|cause| SourceError::io(&self.name, cause))?;
        if first.is_empty() && self.length > 0 {
            return Err(SourceError::Changed);
        }
        let format = Format::sniff(&first).ok_or(SourceError::NotAnImage)?;
        Ok(Untouched::from_file(format, self.length, self, first))
    }

    /// The bytes of a range within the length, one chunk after the other.
    pub(super) fn chunks(self: Arc<Self>, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let next = |(file, range): (Arc<Self>, Range<u64>)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let chunk = file.chunk(range.clone()).await?;
            if chunk.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file changed while it was sent"));
            }
            let after = range.start + chunk.len() as u64;
            Ok(Some((chunk, (file, after..range.end))))
        };
        stream::try_unfold((self, range), next).boxed()
    }
}

/// Seconds and nanoseconds.
fn modified(metadata: &Metadata) -> (i64, i64) {
    (metadata.mtime(), metadata.mtime_nsec())
}

impl Content for LocalFile {
    fn stream(self: Box<Self>) -> BoxFuture<'static, Result<Untouched, SourceError>> {
        let file: Arc<Self> = Arc::from(self);
        Box::pin(file.stream())
    }

    fn material(self: Box<Self>) -> BoxFuture<'static, Result<Material, SourceError>> {
        Box::pin(async move { Ok(Material::File(Arc::from(self))) })
    }
}
