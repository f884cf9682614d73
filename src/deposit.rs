//! DEPOSIT: the one room that writes originals, and only where the operator says that it may.
//! This room must not know who brings them, or what they are.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use rustix::fs::{RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::bucket::{Bucket, BucketError, ObjectKind, random_name};
use crate::request::ImagePath;

/// Where originals may be written.
#[derive(Clone)]
pub struct Deposit {
    holder: DepositHolder,
    /// The folder of the root that this is; `None` for all of it.
    below: Option<ImagePath>,
}

#[derive(Clone)]
enum DepositHolder {
    Folder(PathBuf),
    Bucket(Bucket),
}

/// Why an original was not written, or not deleted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DepositError {
    /// There is one of this name, and it was not to be replaced.
    #[error("there is an image of this name already")]
    Exists,
    /// There is none of this name.
    #[error("no such image")]
    Missing,
    /// The name lies elsewhere.
    #[error("nothing may be written there")]
    Outside,
    /// The file cannot be written.
    #[error("cannot write {path}: {cause}")]
    Io {
        /// Below the root.
        path: String,
        /// What the system says.
        cause: Arc<io::Error>,
    },
    /// The store does not take it.
    #[error(transparent)]
    Bucket(#[from] BucketError),
}

impl Deposit {
    /// A folder, which is all of the root, or this folder of it.
    pub fn in_folder(folder: PathBuf, below: Option<ImagePath>) -> Self {
        Self { holder: DepositHolder::Folder(folder), below }
    }

    /// The objects of a bucket, which are all of the root, or this folder of it.
    pub fn in_bucket(bucket: Bucket, below: Option<ImagePath>) -> Self {
        Self { holder: DepositHolder::Bucket(bucket), below }
    }

    /// Writes an original: under another name, whole and on the disk, before it has its own. One that is there is not
    /// touched unless it is to be replaced.
    ///
    /// # Errors
    /// [`DepositError::Exists`], [`DepositError::Outside`]; others where it cannot be written. Nothing is left of it then.
    pub async fn put(
        &self,
        path: &ImagePath,
        bytes: Bytes,
        kind: &'static str,
        replaces: bool,
    ) -> Result<(), DepositError> {
        let name = self.name(path)?;
        match &self.holder {
            DepositHolder::Folder(folder) => {
                let folder = folder.clone();
                on_disk(path, move || write(&folder, Path::new(&name), &bytes, replaces)).await
            }
            DepositHolder::Bucket(bucket) => {
                let kind = ObjectKind { content_type: Some(kind.to_owned()), ..ObjectKind::default() };
                bucket.put(&name, bytes, &kind, replaces).await.map_err(|error| match error {
                    BucketError::Exists => DepositError::Exists,
                    error => error.into(),
                })
            }
        }
    }

    /// Deletes an original.
    ///
    /// # Errors
    /// [`DepositError::Missing`], [`DepositError::Outside`]; others where it cannot be deleted.
    pub async fn delete(&self, path: &ImagePath) -> Result<(), DepositError> {
        let name = self.name(path)?;
        match &self.holder {
            DepositHolder::Folder(folder) => {
                let folder = folder.clone();
                on_disk(path, move || delete(&folder, Path::new(&name))).await
            }
            DepositHolder::Bucket(bucket) => {
                let missing = |error| match error {
                    BucketError::Missing => DepositError::Missing,
                    error => DepositError::Bucket(error),
                };
                bucket.head(&name).await.map_err(missing)?;
                bucket.delete(&name).await.map_err(missing)
            }
        }
    }

    /// The name of an original in the place that it may be written to.
    fn name(&self, path: &ImagePath) -> Result<String, DepositError> {
        let Some(below) = &self.below else { return Ok(path.as_str().to_owned()) };
        let rest = path.as_str().strip_prefix(below.as_str()).and_then(|rest| rest.strip_prefix('/'));
        rest.filter(|rest| !rest.is_empty()).map(str::to_owned).ok_or(DepositError::Outside)
    }
}

/// Does what waits for the disk where a wait does no harm.
async fn on_disk(
    path: &ImagePath,
    doing: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> Result<(), DepositError> {
    let done = tokio::task::spawn_blocking(doing).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::IsADirectory => DepositError::Exists,
        io::ErrorKind::NotFound => DepositError::Missing,
        _ => DepositError::Io { path: path.to_string(), cause: Arc::new(cause) },
    })
}

fn write(folder: &Path, name: &Path, bytes: &[u8], replaces: bool) -> io::Result<()> {
    let Some(own_name) = name.file_name() else { return Err(Errno::INVAL.into()) };
    let root = Dir::open_ambient_dir(folder, ambient_authority())?;
    let parent = match name.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => {
            root.create_dir_all(parent)?;
            root.open_dir(parent)?
        }
        None => root,
    };
    // No URL has a component that begins with a dot.
    let draft = format!(".{}.part", random_name()?);
    let mut file = parent.open_with(&draft, OpenOptions::new().write(true).create_new(true))?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| put_in_place(&parent, Path::new(&draft), Path::new(own_name), replaces));
    if written.is_err() {
        let _ = parent.remove_file(&draft);
    }
    written?;
    // The name too is to outlast a power cut.
    parent.open(".")?.sync_all()
}

fn put_in_place(folder: &Dir, draft: &Path, name: &Path, replaces: bool) -> io::Result<()> {
    if replaces {
        return folder.rename(draft, folder, name);
    }
    match renameat_with(folder, draft, folder, name, RenameFlags::NOREPLACE) {
        // Not every file system can.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            folder.hard_link(draft, folder, name)?;
            folder.remove_file(draft)
        }
        renamed => Ok(renamed?),
    }
}

fn delete(folder: &Path, name: &Path) -> io::Result<()> {
    let root = Dir::open_ambient_dir(folder, ambient_authority())?;
    if !root.symlink_metadata(name)?.is_file() {
        return Err(Errno::NOENT.into());
    }
    root.remove_file(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn path(text: &str) -> ImagePath {
        ImagePath::from_decoded(text).unwrap()
    }

    async fn put(deposit: &Deposit, name: &str, bytes: &'static [u8], replaces: bool) -> Result<(), DepositError> {
        deposit.put(&path(name), Bytes::from_static(bytes), "image/png", replaces).await
    }

    fn files(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn an_original_is_written_whole_and_never_over_another_unless_asked() {
        let folder = tempfile::tempdir().unwrap();
        let deposit = Deposit::in_folder(folder.path().to_owned(), None);
        put(&deposit, "a.png", b"first", false).await.unwrap();
        assert!(matches!(put(&deposit, "a.png", b"second", false).await, Err(DepositError::Exists)));
        assert_eq!(fs::read(folder.path().join("a.png")).unwrap(), b"first");
        put(&deposit, "a.png", b"third", true).await.unwrap();
        put(&deposit, "deep/er/b.png", b"other", false).await.unwrap();
        assert!(matches!(put(&deposit, "deep", b"x", true).await, Err(DepositError::Exists)));
        assert_eq!(fs::read(folder.path().join("a.png")).unwrap(), b"third");
        assert_eq!(
            (files(folder.path()), files(&folder.path().join("deep/er"))),
            (vec!["a.png".into(), "deep".into()], vec!["b.png".into()])
        );
    }

    #[tokio::test]
    async fn what_is_deleted_is_gone_and_a_folder_is_no_original() {
        let folder = tempfile::tempdir().unwrap();
        let deposit = Deposit::in_folder(folder.path().to_owned(), None);
        put(&deposit, "deep/a.png", b"bytes", false).await.unwrap();
        assert!(matches!(deposit.delete(&path("deep")).await, Err(DepositError::Missing)));
        deposit.delete(&path("deep/a.png")).await.unwrap();
        assert!(matches!(deposit.delete(&path("deep/a.png")).await, Err(DepositError::Missing)));
    }

    #[tokio::test]
    async fn nothing_is_written_or_deleted_outside() {
        let place = tempfile::tempdir().unwrap();
        let (folder, outside) = (place.path().join("in"), place.path().join("out"));
        fs::create_dir(&folder).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("a.png"), b"theirs").unwrap();
        std::os::unix::fs::symlink(&outside, folder.join("link")).unwrap();
        std::os::unix::fs::symlink(outside.join("a.png"), folder.join("a.png")).unwrap();
        let deposit = Deposit::in_folder(folder, None);
        for name in ["link/a.png", "link/b.png", "link/deep/b.png"] {
            assert!(put(&deposit, name, b"ours", true).await.is_err(), "{name}");
            assert!(deposit.delete(&path(name)).await.is_err(), "{name}");
        }
        assert!(deposit.delete(&path("a.png")).await.is_err());
        put(&deposit, "a.png", b"ours", true).await.unwrap();
        assert_eq!(
            (files(&outside), fs::read(outside.join("a.png")).unwrap()),
            (vec!["a.png".into()], b"theirs".to_vec())
        );
    }

    #[tokio::test]
    async fn a_folder_of_the_root_takes_what_is_below_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let deposit = Deposit::in_folder(folder.path().to_owned(), Some(path("uploads")));
        put(&deposit, "uploads/a.png", b"bytes", false).await.unwrap();
        for name in ["a.png", "uploads", "uploadsx/a.png", "other/uploads/a.png"] {
            assert!(matches!(put(&deposit, name, b"bytes", false).await, Err(DepositError::Outside)), "{name}");
        }
        assert_eq!(files(folder.path()), ["a.png"]);
    }
}
