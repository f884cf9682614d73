//! `Folder`: objects as files, for those who have one server. What is stored with an object besides its bytes lies in a file
//! beside it; names that begin with a dot are never those of objects.

use std::io::{self, ErrorKind, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{BucketError, GetQuery, ObjectBody, ObjectFolder, ObjectFound, ObjectHead, ObjectKind};

/// Bytes of one read.
const CHUNK_BYTES: u64 = 128 * 1024;
/// The most that is read of what lies beside an object.
const MAX_BESIDE_BYTES: u64 = 64 * 1024;

/// Files below one folder, which need not be there yet.
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Where the object lies: below the root, for no part of a name leads up or to what is no object.
    fn file(&self, name: &str) -> Result<PathBuf, BucketError> {
        let is_sound = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\0');
        if name.split('/').all(is_sound) { Ok(self.root.join(name)) } else { Err(BucketError::Missing) }
    }

    pub(super) async fn head(&self, name: &str) -> Result<ObjectHead, BucketError> {
        let path = self.file(name)?;
        let file = File::open(&path).await.map_err(|error| failure(&error))?;
        head(&file, &path).await
    }

    pub(super) async fn get(&self, name: &str, query: &GetQuery) -> Result<ObjectFound, BucketError> {
        let path = self.file(name)?;
        let mut file = File::open(&path).await.map_err(|error| failure(&error))?;
        let head = head(&file, &path).await?;
        if query.if_match.as_ref().is_some_and(|tag| *tag != head.tag) {
            return Err(BucketError::Precondition);
        }
        if query.if_none_match.as_ref() == Some(&head.tag) {
            return Err(BucketError::NotModified);
        }
        let within = |range: Range<u64>| range.start.min(head.length)..range.end.min(head.length);
        let range = within(query.range.clone().unwrap_or(0..head.length));
        file.seek(SeekFrom::Start(range.start)).await.map_err(|error| failure(&error))?;
        let length = range.end.saturating_sub(range.start);
        let chunks = stream::try_unfold((file, length), |(mut file, left)| async move {
            let mut chunk = Vec::with_capacity(usize::try_from(left.min(CHUNK_BYTES)).unwrap_or_default());
            let mut part = (&mut file).take(left.min(CHUNK_BYTES));
            part.read_to_end(&mut chunk).await.map_err(|error| failure(&error))?;
            let left = left - chunk.len() as u64;
            Ok((!chunk.is_empty()).then(|| (Bytes::from(chunk), (file, left))))
        });
        Ok(ObjectFound { head, range, body: ObjectBody::new(chunks.boxed(), length) })
    }

    pub(super) async fn put(
        &self,
        name: &str,
        bytes: Bytes,
        kind: &ObjectKind,
        replace: bool,
    ) -> Result<(), BucketError> {
        let path = self.file(name)?;
        self.put_file(&path, &bytes, kind, replace).await.map_err(|error| failure(&error))
    }

    /// Under a temporary name first, so that nobody sees half of it.
    async fn put_file(&self, path: &Path, bytes: &[u8], kind: &ObjectKind, replace: bool) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).await?;
        if !replace && fs::try_exists(path).await? {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let temporary = folder.join(format!(".{}.new", random_name()?));
        let stored = async {
            if *kind != ObjectKind::default() {
                fs::write(&temporary, written(kind)).await?;
                fs::rename(&temporary, beside(path)).await?;
            }
            fs::write(&temporary, bytes).await?;
            // A link is refused where there is one already, and a rename is not.
            if replace { fs::rename(&temporary, path).await } else { fs::hard_link(&temporary, path).await }
        };
        let stored = stored.await;
        // After a rename there is nothing left to remove.
        let _ = fs::remove_file(&temporary).await;
        stored
    }

    pub(super) async fn delete(&self, name: &str) -> Result<(), BucketError> {
        let path = self.file(name)?;
        // It need not have anything beside it.
        let _ = fs::remove_file(beside(&path)).await;
        fs::remove_file(&path).await.map_err(|error| failure(&error))
    }

    pub(super) async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<String>, BucketError> {
        let mut names = Vec::new();
        let mut folders = vec![prefix.trim_end_matches('/').to_owned()];
        while let Some(folder) = folders.pop() {
            let path = if folder.is_empty() { self.root.clone() } else { self.file(&folder)? };
            let mut entries = match fs::read_dir(path).await {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries.map_err(|error| failure(&error))?,
            };
            while let Some(entry) = entries.next_entry().await.map_err(|error| failure(&error))? {
                let Ok(name) = entry.file_name().into_string() else { continue };
                if name.starts_with('.') {
                    continue;
                }
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                match entry.file_type().await {
                    Ok(kind) if kind.is_dir() => folders.push(name),
                    Ok(_) => names.push(name),
                    Err(_) => {}
                }
                if names.len() >= limit {
                    return Ok(names);
                }
            }
        }
        Ok(names)
    }

    pub(super) async fn list_folder(&self, prefix: &str, limit: usize) -> Result<ObjectFolder, BucketError> {
        let folder = prefix.trim_end_matches('/');
        let path = if folder.is_empty() { self.root.clone() } else { self.file(folder)? };
        let mut found = ObjectFolder::default();
        let mut entries = match fs::read_dir(path).await {
            // As in clouds, where what has no objects is no folder.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(found),
            entries => entries.map_err(|error| failure(&error))?,
        };
        while let Some(entry) = entries.next_entry().await.map_err(|error| failure(&error))? {
            let Some(name) = entry.file_name().into_string().ok().filter(|name| !name.starts_with('.')) else {
                continue;
            };
            if found.count() >= limit {
                found.has_more = true;
                break;
            }
            let is_folder = fs::metadata(entry.path()).await.is_ok_and(|status| status.is_dir());
            let names = if is_folder { &mut found.folders } else { &mut found.objects };
            names.push(format!("{prefix}{name}"));
        }
        Ok(found)
    }
}

async fn head(file: &File, path: &Path) -> Result<ObjectHead, BucketError> {
    let status = file.metadata().await.map_err(|error| failure(&error))?;
    if !status.is_file() {
        return Err(BucketError::Missing);
    }
    let tag = format!("\"{:x}-{:x}-{:x}-{:x}\"", status.len(), status.mtime(), status.mtime_nsec(), status.ino());
    let mut text = String::new();
    if let Ok(beside) = File::open(beside(path)).await {
        // What cannot be read is not there: it only describes.
        let _ = beside.take(MAX_BESIDE_BYTES).read_to_string(&mut text).await;
    }
    Ok(ObjectHead { tag, length: status.len(), modified: status.modified().ok(), kind: read(&text) })
}

/// 16 hexadecimal digits, for what has no name yet: whoever else writes there, on this machine or another, has others.
pub(crate) fn random_name() -> io::Result<String> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(format!("{:016x}", u64::from_le_bytes(bytes)))
}

/// The file beside an object.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.kind"))
}

/// A line for each thing that is known.
fn written(kind: &ObjectKind) -> String {
    let ObjectKind { content_type, cache_control, metadata } = kind;
    let headers = [("content-type", content_type), ("cache-control", cache_control)];
    let headers = headers.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}\n", value.as_ref()?)));
    headers.chain(metadata.iter().map(|(name, value)| format!("meta-{name}: {value}\n"))).collect()
}

fn read(text: &str) -> ObjectKind {
    let mut kind = ObjectKind::default();
    for (name, value) in text.lines().filter_map(|line| line.split_once(": ")) {
        match name {
            "content-type" => kind.content_type = Some(value.to_owned()),
            "cache-control" => kind.cache_control = Some(value.to_owned()),
            name => kind.metadata.extend(name.strip_prefix("meta-").map(|name| (name.to_owned(), value.to_owned()))),
        }
    }
    kind
}

fn failure(error: &io::Error) -> BucketError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => BucketError::Missing,
        ErrorKind::AlreadyExists => BucketError::Exists,
        ErrorKind::PermissionDenied => BucketError::Refused { status: 403, code: None },
        _ => BucketError::Broken { cause: error.to_string() },
    }
}
