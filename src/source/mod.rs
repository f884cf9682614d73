//! SOURCES: where originals come from, each behind the trait `Source`.
//! This room must not know what will be done to an original, or how an answer is sent.

mod disk;
mod file;
mod untouched;
mod upstream;

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use rustix::io::Errno;

pub use disk::Disk;
pub use file::LocalFile;
pub use untouched::{Chunks, Untouched};
pub use upstream::{Timeouts, Upstream, UpstreamSettings};

use crate::report::Origin;
use crate::request::{ImagePath, Stamp};

/// Finds originals by their path.
pub trait Source: Send + Sync {
    /// Finds an original and its identity; reads as little of it as that takes.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] where there is no such original; others where it could not be found out.
    fn find<'a>(&'a self, path: &'a ImagePath) -> BoxFuture<'a, Result<Original, SourceError>>;

    /// Tells whether originals can be found at all. Costs at most one system call.
    fn is_ready(&self) -> bool {
        true
    }
}

/// An original that was found and is not yet read.
pub struct Original {
    /// Where it was found.
    pub origin: Origin,
    /// Which version it is.
    pub stamp: Stamp,
    /// When it was last changed, where the source knows.
    pub modified: Option<SystemTime>,
    content: Box<dyn Content>,
}

/// The bytes of an original, on demand.
trait Content: Send {
    fn stream(self: Box<Self>) -> BoxFuture<'static, Result<Untouched, SourceError>>;
    fn material(self: Box<Self>) -> BoxFuture<'static, Result<Material, SourceError>>;
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
    /// The original as a stream.
    ///
    /// # Errors
    /// [`SourceError::NotAnImage`] where the first bytes are no image that we know; others where it cannot be read.
    pub async fn stream(self) -> Result<Untouched, SourceError> {
        self.content.stream().await
    }

    /// The original as something that the pipeline can read. A file stays unread; anything else is fetched whole.
    ///
    /// # Errors
    /// As [`Original::stream`], but for the format, which is looked at later.
    pub async fn material(self) -> Result<Material, SourceError> {
        self.content.material().await
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
    ///
    /// # Errors
    /// As [`Original::stream`].
    pub async fn stream(self) -> Result<Untouched, SourceError> {
        match self {
            Self::File(file) => file.stream().await,
            Self::Memory(bytes) => Ok(Untouched::from_memory(bytes)?),
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
    /// The file is none that we know the bytes of.
    #[error("expected an image, got a file that is none by its bytes")]
    NotAnImage,
    /// The fallback gave none.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
}

/// Why the upstream gave no original. The texts name no address, for clients see them; the log shows the fields.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UpstreamError {
    /// One of the timeouts ran out.
    #[error("upstream did not answer in time")]
    Timeout {
        /// The variable that sets it.
        setting: &'static str,
    },
    /// There was no connection, or it broke.
    #[error("upstream could not be reached")]
    Unreachable {
        /// What the client says.
        cause: String,
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
    /// The bytes are compressed in another way than was asked for.
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

impl SourceError {
    pub(crate) fn io(path: impl ToString, cause: io::Error) -> Self {
        match Errno::from_io_error(&cause) {
            Some(Errno::MFILE | Errno::NFILE) => Self::OutOfDescriptors,
            _ => Self::Io { path: path.to_string(), cause: Arc::new(cause) },
        }
    }
}
