//! The folder of originals. Nothing outside it is ever opened: every lookup goes through `openat2` with
//! `RESOLVE_BENEATH` (cap-std; it walks the path component by component where the kernel is older than 5.6).

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use futures_util::future::BoxFuture;
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::file::Version;
use super::listing::format_of;
use super::{ListedPicture, Listing, LocalFile, Original, Source, SourceError};
use crate::memo::Memo;
use crate::report::Origin;
use crate::request::{Generation, ImagePath, Reference};

/// Files that are kept open, at least; at most it is twice as many. A crowd asks for few at a time.
const OPEN_FILES: usize = 32;
/// A file that is not asked for is closed after one to two of these.
const GENERATION: Duration = Duration::from_secs(1);

/// The coarsest step of the clock that the kernel stamps files by (CONFIG_HZ=100; finer since Linux 6.13), twice. Two
/// changes within one step may leave the same stamp, and then an answer made between them would be taken for both.
const CLOCK_TICK: Duration = Duration::from_millis(20);
/// How often a file that is being written is looked at before it is given up for this request.
const SETTLING_ATTEMPTS: usize = 5;

/// Originals below one folder.
pub struct Disk {
    root: PathBuf,
    /// Each with the generation of its original when it was opened.
    open_files: Arc<Memo<ImagePath, (Generation, Arc<LocalFile>)>>,
}

impl Disk {
    /// Serves what is below `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root, open_files: Arc::new(Memo::new(OPEN_FILES)) }
    }

    /// Closes files that nobody asked for lately, for as long as this folder is in use.
    pub fn keep_up(&self) -> impl Future<Output = ()> + Send + 'static {
        let open_files = Arc::downgrade(&self.open_files);
        async move {
            while let Some(open_files) = open_files.upgrade() {
                open_files.age();
                drop(open_files);
                tokio::time::sleep(GENERATION).await;
            }
        }
    }

    /// The file that was opened for this path a moment ago, if the path still leads to that very version of it.
    ///
    /// This look is a plain `stat`, and may follow a link out of the root. It only ever says that nothing has changed
    /// since the file was opened below the root, so nothing else can be read through it.
    fn still_open(&self, path: &ImagePath, generation: Generation) -> Option<Arc<LocalFile>> {
        let (_, file) = self.open_files.get(path).filter(|(opened, _)| *opened >= generation)?;
        let status = rustix::fs::stat(file.location()).ok()?;
        (Version::of(&status) == file.version()).then_some(file)
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

    /// The names in a folder, and what the files are that may be served. Blocks.
    fn listed(root: PathBuf, folder: Option<&ImagePath>) -> Result<Listing, SourceError> {
        let disk = Self::new(root);
        let broken = |cause: io::Error| folder.map_or(SourceError::NotFound, |path| missing_or_broken(path, cause));
        let root = Dir::open_ambient_dir(&disk.root, ambient_authority()).map_err(|_| SourceError::NotFound)?;
        let (opened, prefix) = match folder {
            Some(path) => (root.open_dir(path.as_str()).map_err(broken)?, format!("{path}/")),
            None => (root, String::new()),
        };
        let entries = opened.entries().map_err(broken)?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.take(Listing::MAX_NAMES + 1).collect();
        let mut listing = Listing { has_more: names.len() > Listing::MAX_NAMES, ..Listing::default() };
        names.sort_unstable();
        for name in names {
            // What no URL can name is not served.
            let Ok(path) = ImagePath::from_decoded(&format!("{prefix}{name}")) else { continue };
            if opened.metadata(&name).is_ok_and(|status| status.is_dir()) {
                if listing.folders.len() < Listing::MAX_LISTED {
                    listing.folders.push(path)
                } else {
                    listing.has_more = true
                }
            } else if listing.pictures.len() == Listing::MAX_LISTED {
                listing.has_more = true;
            } else if let Ok(mut file) = disk.open(&path)
                && let Some((format, bytes)) = format_of(&mut file)
            {
                listing.pictures.push(ListedPicture { path, bytes, format });
            }
        }
        Ok(listing)
    }

    fn find_file(&self, path: &ImagePath, generation: Generation) -> Result<Arc<LocalFile>, SourceError> {
        if let Some(file) = self.still_open(path, generation) {
            return Ok(file);
        }
        let file = self.open(path).map_err(|cause| missing_or_broken(path, cause))?;
        let file = LocalFile::new(file, &self.root, path)?.ok_or(SourceError::NotFound)?;
        let file = Arc::new(file);
        self.open_files.put(path.clone(), (generation, Arc::clone(&file)));
        Ok(file)
    }
}

impl Source for Disk {
    fn find<'a>(
        &'a self,
        reference: &'a Reference,
        generation: Generation,
    ) -> BoxFuture<'a, Result<Original, SourceError>> {
        Box::pin(async move {
            let Reference::Path(path) = reference else { return Err(SourceError::NotFound) };
            for _ in 0..SETTLING_ATTEMPTS {
                // One system call, or five, that find their answer in the kernel's directory cache: cheaper than a
                // change of thread.
                let file = self.find_file(path, generation)?;
                let version = file.version();
                // Within one tick of the clock that files are stamped by, another change would give the same stamp.
                if !version.is_younger_than(CLOCK_TICK) {
                    let (stamp, modified) = (version.stamp(), version.modified());
                    return Ok(Original::found(Origin::Disk, stamp, modified, file));
                }
                tokio::time::sleep(CLOCK_TICK).await;
            }
            Err(SourceError::Changed)
        })
    }

    fn list<'a>(&'a self, folder: Option<&'a ImagePath>) -> Option<BoxFuture<'a, Result<Listing, SourceError>>> {
        Some(Box::pin(async move {
            let (root, folder) = (self.root.clone(), folder.cloned());
            let listing = tokio::task::spawn_blocking(move || Self::listed(root, folder.as_ref())).await;
            listing.unwrap_or_else(|error| Err(SourceError::io("the folder", error.into())))
        }))
    }

    fn forget(&self, path: Option<&ImagePath>) {
        match path {
            Some(path) => self.open_files.remove(path),
            None => self.open_files.clear(),
        }
    }

    fn is_ready(&self) -> bool {
        self.root.is_dir()
    }
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
