//! The folder of originals. Nothing outside it is ever opened: every lookup goes through `openat2` with
//! `RESOLVE_BENEATH` (cap-std; it walks the path component by component where the kernel is older than 5.6).

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use futures_util::future::BoxFuture;
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{LocalFile, Original, Source, SourceError};
use crate::report::Origin;
use crate::request::{ImagePath, Stamp};

const NANOSECONDS_PER_SECOND: i128 = 1_000_000_000;

/// The coarsest step of the clock that the kernel stamps files by (CONFIG_HZ=100; finer since Linux 6.13), twice. Two
/// changes within one step may leave the same stamp, and then an answer made between them would be taken for both.
const CLOCK_TICK: Duration = Duration::from_millis(20);
/// How often a file that is being written is looked at before it is given up for this request.
const SETTLING_ATTEMPTS: usize = 5;

/// Originals below one folder.
#[derive(Debug, Clone)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Opens a file without waiting for a FIFO's writer, following links that stay below the root.
    ///
    /// The root is opened anew each time, so that a root swapped by a deployment is seen at once.
    fn open(&self, path: &ImagePath) -> io::Result<File> {
        let root = Dir::open_ambient_dir(&self.root, ambient_authority())?;
        let mut options = OpenOptions::new();
        options.read(true).custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
        match root.open_with(path.as_str(), &options) {
            // A link with an absolute target leads out, even where the target lies below the root.
            Err(error) if leads_out(&error) => {
                let canonical_root = fs::canonicalize(&self.root)?;
                let target = fs::canonicalize(canonical_root.join(path.as_str()))?;
                let below = target.strip_prefix(&canonical_root).map_err(|_| error)?;
                root.open_with(below, &options)
            }
            opened => opened,
        }
        .map(cap_std::fs::File::into_std)
    }

    fn find_file(&self, path: &ImagePath) -> Result<Original, SourceError> {
        let file = self.open(path).map_err(|cause| missing_or_broken(path, cause))?;
        let metadata = file.metadata().map_err(|cause| SourceError::io(path, cause))?;
        if !metadata.is_file() {
            return Err(SourceError::NotFound);
        }
        let seconds = i128::from(metadata.mtime());
        let stamp = Stamp::File {
            size: metadata.len(),
            modified_nanoseconds: seconds * NANOSECONDS_PER_SECOND + i128::from(metadata.mtime_nsec()),
            inode: metadata.ino(),
        };
        let content = Box::new(LocalFile::new(file, &metadata, path.to_string()));
        Ok(Original { origin: Origin::Disk, stamp, modified: metadata.modified().ok(), content })
    }
}

impl Source for Disk {
    fn find<'a>(&'a self, path: &'a ImagePath) -> BoxFuture<'a, Result<Original, SourceError>> {
        Box::pin(async move {
            for _ in 0..SETTLING_ATTEMPTS {
                // System calls that find their answer in the kernel's directory cache: cheaper than a change of thread.
                let original = self.find_file(path)?;
                if is_settled(&original) {
                    return Ok(original);
                }
                tokio::time::sleep(CLOCK_TICK).await;
            }
            Err(SourceError::Changed)
        })
    }

    fn is_ready(&self) -> bool {
        self.root.is_dir()
    }
}

/// Tells whether another change would give another stamp: not within one tick of the clock that files are stamped by.
fn is_settled(original: &Original) -> bool {
    let age = original.modified.and_then(|modified| modified.elapsed().ok());
    age.is_none_or(|age| age >= CLOCK_TICK)
}

/// Tells what only means "no such image" from what an operator must know of.
fn missing_or_broken(path: &ImagePath, cause: io::Error) -> SourceError {
    const MEANS_MISSING: [Errno; 6] =
        [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::NAMETOOLONG, Errno::NXIO, Errno::NODEV];
    let is_missing = Errno::from_io_error(&cause).is_some_and(|errno| MEANS_MISSING.contains(&errno));
    if is_missing || leads_out(&cause) {
        SourceError::NotFound
    } else if cause.kind() == io::ErrorKind::PermissionDenied {
        SourceError::Forbidden { path: path.to_string() }
    } else {
        SourceError::io(path, cause)
    }
}

/// cap-std reports an attempt to leave the root as a refusal without an errno.
fn leads_out(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none()
}
