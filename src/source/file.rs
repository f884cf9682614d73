//! `LocalFile`: an open regular file, read without blocking the runtime where the page cache has it.
//!
//! One file may be read for many requests at a time, so all reads say where they begin.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, IoSliceMut, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use rustix::fs::{FileType, Stat};
use rustix::io::{Errno, ReadWriteFlags};

use super::{Content, Material, Portion, SourceError, Untouched};
use crate::request::{Format, ImagePath, Stamp};

/// Bytes per chunk of a streamed file: fits the second-level cache of common processors.
const CHUNK_BYTES: u64 = 128 * 1024;
const NANOSECONDS_PER_SECOND: i128 = 1_000_000_000;

/// An open regular file.
#[derive(Debug)]
pub struct LocalFile {
    file: Arc<File>,
    version: Version,
    /// Relative to the root, for messages.
    name: String,
    /// Where it was found, as the system wants it.
    location: CString,
    /// What the bytes say, once somebody has looked; nothing where they are no image.
    format: OnceLock<Option<Format>>,
}

/// What tells one version of a file from every other: the stamp, which tells versions of one path apart, and the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    device: u64,
    inode: u64,
    size: u64,
    modified_nanoseconds: i128,
    /// When content, name, owner or permissions last changed.
    changed_nanoseconds: i128,
}

impl Version {
    pub(super) fn of(status: &Stat) -> Self {
        let nanoseconds =
            |seconds: i64, fraction: u64| i128::from(seconds) * NANOSECONDS_PER_SECOND + i128::from(fraction);
        Self {
            device: status.st_dev,
            inode: status.st_ino,
            size: status.st_size.cast_unsigned(),
            modified_nanoseconds: nanoseconds(status.st_mtime, status.st_mtime_nsec),
            changed_nanoseconds: nanoseconds(status.st_ctime, status.st_ctime_nsec),
        }
    }

    /// What changes when the content does. The rest changes when it is given another name, or deleted, as well: a file
    /// that is being sent must not be cut off for that.
    fn content(&self) -> (u64, i128) {
        (self.size, self.modified_nanoseconds)
    }

    pub(super) fn stamp(&self) -> Stamp {
        let Self { size, modified_nanoseconds, changed_nanoseconds, inode, .. } = *self;
        Stamp::File { size, modified_nanoseconds, changed_nanoseconds, inode }
    }

    pub(super) fn modified(&self) -> Option<SystemTime> {
        time(self.modified_nanoseconds)
    }

    /// Tells whether something changed less than `age` ago.
    pub(super) fn is_younger_than(&self, age: Duration) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().cast_signed();
        let ages = [self.modified_nanoseconds, self.changed_nanoseconds].map(|time| now - time);
        // A time in the future says nothing.
        ages.into_iter().any(|since| (0..age.as_nanos().cast_signed()).contains(&since))
    }
}

fn time(nanoseconds: i128) -> Option<SystemTime> {
    let distance = Duration::from_nanos(u64::try_from(nanoseconds.unsigned_abs()).ok()?);
    if nanoseconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}

impl LocalFile {
    /// `None` where it is no regular file.
    pub(super) fn new(file: File, root: &Path, path: &ImagePath) -> Result<Option<Self>, SourceError> {
        let name = path.to_string();
        let location = root.join(path.as_str()).into_os_string().into_encoded_bytes();
        // A path has no NUL, and neither has one that a folder was opened by.
        let location = CString::new(location).map_err(|error| SourceError::io(&name, error.into()))?;
        let status = rustix::fs::fstat(&file).map_err(|errno| SourceError::io(&name, errno.into()))?;
        let is_file = FileType::from_raw_mode(status.st_mode) == FileType::RegularFile;
        let version = Version::of(&status);
        Ok(is_file.then(|| Self { file: Arc::new(file), version, name, location, format: OnceLock::new() }))
    }

    /// Where it was found.
    pub(super) fn location(&self) -> &CStr {
        &self.location
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// The length in bytes when it was opened.
    pub fn length(&self) -> u64 {
        self.version.size
    }

    /// Reads the whole file. Blocks: for the workers only.
    ///
    /// # Errors
    /// The file cannot be read, or is not what it was when it was opened.
    pub fn read(&self) -> Result<Vec<u8>, SourceError> {
        let length = self.length();
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
        match self.header().take(length + 1).read_to_end(&mut bytes) {
            Ok(count) if count as u64 == length => self.verify().map(|()| bytes),
            Ok(_) => Err(SourceError::Changed),
            Err(cause) => Err(SourceError::io(&self.name, cause)),
        }
    }

    /// The file from its start, to read headers from. Blocks when read: for the workers only.
    pub fn header(&self) -> impl Read + Seek {
        Reader { file: self, position: 0 }
    }

    /// Makes sure that what was read until now is of the version that was opened: a write changes the time first and the
    /// bytes afterwards.
    ///
    /// # Errors
    /// [`SourceError::Changed`] where it may be of another.
    pub fn verify(&self) -> Result<(), SourceError> {
        let status = rustix::fs::fstat(&self.file).map_err(|errno| SourceError::io(&self.name, errno.into()))?;
        if Version::of(&status).content() == self.version.content() { Ok(()) } else { Err(SourceError::Changed) }
    }

    /// Reads up to one chunk from the start of `range`; an empty chunk means the end of the file.
    async fn chunk(&self, range: Range<u64>) -> Result<Bytes, SourceError> {
        let broken = |cause| SourceError::io(&self.name, cause);
        let offset = range.start;
        let wanted = usize::try_from(range.end.saturating_sub(offset).min(CHUNK_BYTES)).unwrap_or_default();
        let mut buffer = vec![0; wanted];
        let cached =
            rustix::io::preadv2(&self.file, &mut [IoSliceMut::new(&mut buffer)], offset, ReadWriteFlags::NOWAIT);
        let count = match cached {
            Ok(count) => count,
            // Not in the page cache, or a file system that cannot tell: read on tokio's blocking threads.
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS) => {
                let file = Arc::clone(&self.file);
                let reading = tokio::task::spawn_blocking(move || Ok((file.read_at(&mut buffer, offset)?, buffer)));
                let read: io::Result<(usize, Vec<u8>)> = reading.await.unwrap_or_else(|error| Err(error.into()));
                let count;
                (count, buffer) = read.map_err(broken)?;
                count
            }
            Err(errno) => return Err(broken(errno.into())),
        };
        buffer.truncate(count);
        self.verify()?;
        Ok(buffer.into())
    }

    pub(super) async fn stream(self: Arc<Self>) -> Result<Untouched, SourceError> {
        let length = self.length();
        let first = self.chunk(0..length).await?;
        let format = match self.format.get() {
            Some(format) => *format,
            None => {
                let format = match Format::sniff(&first) {
                    None => Format::sniff_ends(&first, &self.last_bytes(length).await?),
                    told => told,
                };
                *self.format.get_or_init(|| format)
            }
        };
        Ok(Untouched::from_file(format, length, self, first))
    }

    /// What tells a format that does not begin with a mark.
    async fn last_bytes(&self, length: u64) -> Result<Bytes, SourceError> {
        self.chunk(length.saturating_sub(Format::END_BYTES as u64)..length).await
    }

    /// The bytes of a range within the length, one chunk after the other.
    pub(super) fn chunks(self: Arc<Self>, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let next = |(file, range): (Arc<Self>, Range<u64>)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let chunk = file.chunk(range.clone()).await.map_err(io::Error::other)?;
            if chunk.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was sent"));
            }
            let after = range.start + chunk.len() as u64;
            Ok(Some((chunk, (file, after..range.end))))
        };
        stream::try_unfold((self, range), next).boxed()
    }
}

impl Content for LocalFile {
    fn stream(self: Arc<Self>, _: Portion) -> BoxFuture<'static, Result<Untouched, SourceError>> {
        Box::pin(LocalFile::stream(self))
    }

    fn material(self: Arc<Self>) -> BoxFuture<'static, Result<Material, SourceError>> {
        Box::pin(async move { Ok(Material::File(self)) })
    }
}

/// A place in a file, which others may read at the same time.
struct Reader<'a> {
    file: &'a LocalFile,
    position: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.file.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.file.length().checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
