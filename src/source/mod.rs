//! SOURCES: where originals come from, each behind the trait `Source`.
//! This room must not know what will be done to an original, or how an answer is sent.

mod bucket;
#[cfg(test)]
mod conformance;
mod disk;
mod fetch;
mod file;
mod ledger;
mod listing;
mod remote;
mod untouched;
mod upstream;

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use rustix::io::Errno;
use twox_hash::XxHash3_128;

pub use bucket::{BucketSource, BucketSourceSettings};
pub use disk::Disk;
pub use fetch::{FetchSettings, NotPublic, Timeouts};
pub use file::LocalFile;
pub use listing::{ListedPicture, Listing};
pub use remote::{RemoteSettings, RemoteSource};
pub use untouched::{Chunks, Untouched};
pub use upstream::{Upstream, UpstreamSettings};

use crate::bucket::BucketError;
use crate::report::Origin;
use crate::request::{Format, Generation, ImagePath, Reference, Stamp};
use crate::seats::NoSeat;

/// Finds originals.
pub trait Source: Send + Sync {
    /// Finds an original and its identity; reads as little of it as that takes. What was remembered of it before this
    /// generation counts no more, and nothing is asked that depends on it: what it was purged for may be that it is wrong.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] where there is no such original, or it is not of this source's kind; others where it could
    /// not be found out.
    fn find<'a>(
        &'a self,
        reference: &'a Reference,
        generation: Generation,
    ) -> BoxFuture<'a, Result<Original, SourceError>>;

    /// Lists what it has in a folder, the root where none is named; `None` where it lists nothing. Costs a look into every file
    /// there.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] where there is no such folder.
    fn list<'a>(&'a self, _folder: Option<&'a ImagePath>) -> Option<BoxFuture<'a, Result<Listing, SourceError>>> {
        None
    }

    /// Forgets what it remembers of an original that was changed, or of all: it would find out by itself, and merely later.
    fn forget(&self, _path: Option<&ImagePath>) {}

    /// Tells whether originals can be found at all. Costs at most one system call.
    fn is_ready(&self) -> bool {
        true
    }
}

/// The sources that there may be, as operators call them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceName {
    /// A folder.
    Folder,
    /// A bucket in an object store.
    Bucket,
    /// Another server.
    Fallback,
}

impl SourceName {
    /// All of them, in the order in which they are asked where nothing else is said.
    pub const ALL: [Self; 3] = [Self::Folder, Self::Bucket, Self::Fallback];

    /// How it is called in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Bucket => "bucket",
            Self::Fallback => "fallback",
        }
    }
}

/// An original that was found.
#[derive(Clone)]
pub struct Original {
    /// Where it was found.
    pub origin: Origin,
    /// Which version it is.
    pub stamp: Stamp,
    /// When it was last changed, where the source knows.
    pub modified: Option<SystemTime>,
    held: Held,
}

/// The bytes of an original, as far as they were looked at.
#[derive(Clone)]
enum Held {
    Unread(Arc<dyn Content>),
    Open(Material),
}

/// The bytes of an original, on demand.
trait Content: Send + Sync {
    /// In bytes, where each of them is dear enough to say beforehand which are wanted.
    fn length(&self) -> Option<u64> {
        None
    }

    fn beginning(&self) -> Option<Beginning> {
        None
    }

    fn stream(self: Arc<Self>, portion: Portion) -> BoxFuture<'static, Result<Untouched, SourceError>>;
    fn material(self: Arc<Self>) -> BoxFuture<'static, Result<Material, SourceError>>;
}

/// What of an original will be read of a stream. More may be, at the price of asking again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Portion {
    /// No byte.
    Nothing,
    /// All.
    Whole,
    /// A range within the length.
    Part(Range<u64>),
}

/// The first bytes of an original.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// Those that are there; they may be all.
    pub bytes: Bytes,
    /// Length of the whole, in bytes.
    pub length: u64,
}

/// An original to work on.
#[derive(Debug, Clone)]
pub enum Material {
    /// A file, to be read on the thread that works on it.
    File(Arc<LocalFile>),
    /// Bytes that were fetched.
    Memory(Bytes),
}

impl Original {
    fn found(origin: Origin, stamp: Stamp, modified: Option<SystemTime>, content: Arc<dyn Content>) -> Self {
        Self { origin, stamp, modified, held: Held::Unread(content) }
    }

    /// One that came with the request.
    pub fn given(bytes: Bytes) -> Self {
        let stamp = Stamp::Response { digest: XxHash3_128::oneshot(&bytes) };
        Self { origin: Origin::Body, stamp, modified: None, held: Held::Open(Material::Memory(bytes)) }
    }

    /// Length in bytes, where a stream must be told which of them are wanted.
    pub fn length(&self) -> Option<u64> {
        match &self.held {
            Held::Unread(content) => content.length(),
            Held::Open(_) => None,
        }
    }

    /// The first bytes, where they are there and the whole is not.
    pub fn beginning(&self) -> Option<Beginning> {
        match &self.held {
            Held::Unread(content) => content.beginning(),
            Held::Open(_) => None,
        }
    }

    /// The original as a stream, of which this is wanted.
    ///
    /// # Errors
    /// [`SourceError::NotAnImage`] where the first bytes are no image that we know; others where it cannot be read.
    pub async fn stream(self, portion: Portion) -> Result<(Format, Untouched), SourceError> {
        let origin = self.origin;
        let untouched = self.stream_of_anything(portion).await?;
        match untouched.format {
            Some(format) => Ok((format, untouched)),
            None => Err(SourceError::no_image(origin)),
        }
    }

    /// The same, whether it is an image or not.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn stream_of_anything(self, portion: Portion) -> Result<Untouched, SourceError> {
        match self.held {
            Held::Unread(content) => content.stream(portion).await,
            Held::Open(material) => material.stream().await,
        }
    }

    /// The original as something that the pipeline can read. A file stays unread; anything else is fetched whole.
    ///
    /// # Errors
    /// As [`Original::stream`], but for the format, which is looked at later.
    pub async fn material(self) -> Result<Material, SourceError> {
        match self.held {
            Held::Unread(content) => content.material().await,
            Held::Open(material) => Ok(material),
        }
    }

    /// The same, opened once: what is asked for again then costs nothing.
    ///
    /// # Errors
    /// As [`Original::material`].
    pub async fn opened(self) -> Result<(Self, Material), SourceError> {
        let Self { origin, stamp, modified, held } = self;
        let material = match held {
            Held::Unread(content) => content.material().await?,
            Held::Open(material) => material,
        };
        Ok((Self { origin, stamp, modified, held: Held::Open(material.clone()) }, material))
    }
}

impl fmt::Debug for Original {
    /// Which one it is; its bytes need not be there yet.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Original").field(&self.stamp).finish()
    }
}

impl Material {
    /// Length in bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::File(file) => file.length(),
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// The material as a stream, where it turned out that nothing is to be done to it.
    async fn stream(self) -> Result<Untouched, SourceError> {
        match self {
            Self::File(file) => file.stream().await,
            Self::Memory(bytes) => Ok(Untouched::from_memory(bytes)),
        }
    }
}

/// Why there is no original.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SourceError {
    /// There is none of this name.
    #[error("no such image")]
    NotFound,
    /// The file is there, and the system does not let us read it.
    #[error("the server may not read {path}")]
    Forbidden {
        /// Below the root.
        path: String,
    },
    /// The file is there, and reading it failed.
    #[error("cannot read {path}: {cause}")]
    Io {
        /// Below the root.
        path: String,
        /// What the system says.
        cause: Arc<io::Error>,
    },
    /// As many files are open as the process may have.
    #[error("the server has too many files open, try again")]
    OutOfDescriptors,
    /// Asked for again, it has another identity.
    #[error("the image changed while it was read, try again")]
    Changed,
    /// The same, where the version that came is at hand: nothing need be asked for again.
    #[error("the image changed while it was read, try again")]
    Superseded {
        /// Which original.
        reference: Reference,
        /// Since which purge it was asked for.
        generation: Generation,
        /// The version that came.
        by: Box<Original>,
    },
    /// The file is none that we know the bytes of.
    #[error("expected an image, got a file that is none by its bytes")]
    NotAnImage,
    /// The fallback gave none.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The server at a URL that the request names gave none.
    #[error(transparent)]
    Remote(UpstreamError),
    /// The bucket gave none.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// What was fetched takes up all room that there is for it.
    #[error(transparent)]
    NoRoom(#[from] NoSeat),
}

/// Why a server elsewhere gave no original: the fallback, or that of a URL. The texts name no address, for clients see them;
/// the log shows the fields.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UpstreamError {
    /// One of the timeouts ran out.
    #[error("upstream did not answer in time")]
    Timeout {
        /// What there was too little time for.
        step: Step,
    },
    /// There was no connection, or it broke.
    #[error("upstream could not be reached")]
    Unreachable {
        /// What the client says.
        cause: String,
    },
    /// Its name, or its address, is none of the public internet, and that is not allowed.
    #[error("upstream could not be reached")]
    NotPublic {
        /// Which addresses.
        refusal: NotPublic,
    },
    /// For a redirect that is not followed, with the origin that it leads to.
    #[error("upstream answered with status {status}")]
    Status {
        /// The status of HTTP.
        status: u16,
        /// The origin of the redirect.
        leads_to: Option<String>,
    },
    /// The original is larger than one may be.
    #[error("upstream sent more than {limit} bytes")]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// Neither the bytes nor what a listed gzip unpacks to are an image.
    #[error("upstream sent the image in an encoding that was not asked for")]
    Encoded {
        /// The header `Content-Encoding`.
        encoding: String,
    },
    /// What came is none that we know the bytes of.
    #[error("upstream sent something that is no image by its bytes")]
    NotAnImage,
    /// As many fetches are under way as there may be.
    #[error("too many images are being fetched, try again later")]
    Busy,
}

/// What an upstream was given too little time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The connection.
    Connecting,
    /// The answer.
    Answering,
}

impl SourceError {
    /// The status of HTTP with which a server elsewhere refused the original, where that is why there is none.
    /// [`SourceError::NotFound`] has none: it was 404 or 410, or nobody was asked.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Upstream(UpstreamError::Status { status, .. })
            | Self::Remote(UpstreamError::Status { status, .. }) => Some(*status),
            _ => None,
        }
    }

    /// What came from there is none.
    fn no_image(origin: Origin) -> Self {
        match origin {
            Origin::Disk | Origin::Bucket | Origin::Body => Self::NotAnImage,
            Origin::Upstream => Self::Upstream(UpstreamError::NotAnImage),
            Origin::Remote => Self::Remote(UpstreamError::NotAnImage),
        }
    }

    pub(crate) fn io(path: impl ToString, cause: io::Error) -> Self {
        match Errno::from_io_error(&cause) {
            Some(Errno::MFILE | Errno::NFILE) => Self::OutOfDescriptors,
            _ => Self::Io { path: path.to_string(), cause: Arc::new(cause) },
        }
    }
}
