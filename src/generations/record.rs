//! The file that purges are written down in: always a whole one, whenever the machine may stop.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

use super::Purges;

const FILE: &str = "image-proxy.generations";
/// Far above what the most purges take.
const MAX_BYTES: u64 = 16 << 20;

pub(super) struct Record {
    path: PathBuf,
    /// The number of changes that the file has. Whoever holds it writes.
    written: Mutex<u64>,
}

/// Purges cannot be written down, or read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot keep what was purged in {}: {cause}", path.display())]
pub struct RecordError {
    path: PathBuf,
    cause: Arc<io::Error>,
}

impl From<super::DocumentError> for io::Error {
    fn from(error: super::DocumentError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

impl Record {
    /// That of a folder.
    pub(super) fn within(folder: &Path) -> Self {
        Self { path: folder.join(FILE), written: Mutex::new(0) }
    }

    pub(super) fn error(&self, cause: io::Error) -> RecordError {
        RecordError { path: self.path.clone(), cause: Arc::new(cause) }
    }

    /// What it says; `None` where nothing was ever written down. Blocks: for the start.
    pub(super) fn read(&self) -> Result<Option<String>, RecordError> {
        let mut text = String::new();
        let read = std::fs::File::open(&self.path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
        match read {
            Ok(_) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    /// Writes what there is once it is its turn, unless the file has this number of changes by then.
    pub(super) async fn write(&self, wanted: u64, purges: impl Fn() -> Purges) -> Result<(), RecordError> {
        let mut written = self.written.lock().await;
        if *written < wanted {
            let purges = purges();
            replace(&self.path, purges.document().as_bytes()).await.map_err(|error| self.error(error))?;
            *written = purges.changes;
        }
        Ok(())
    }
}

/// Puts a new file in the place of another, so that there is always one or the other.
async fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("generations.new");
    let mut file = File::create(&beside).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    drop(file);
    fs::rename(&beside, path).await?;
    // The name is in the folder, which has to be on the disk as well.
    match path.parent() {
        Some(folder) => File::open(folder).await?.sync_all().await,
        None => Ok(()),
    }
}
