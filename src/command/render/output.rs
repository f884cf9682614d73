//! Files that are whole or not there: written aside, and put in place at the end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use axum::body::BodyDataStream;
use futures_util::StreamExt;

use crate::bucket::random_name;

/// A file that is being written beside its place. Gone with this, unless it is put in place.
struct Aside {
    file: File,
    path: PathBuf,
}

impl Aside {
    fn beside(place: &Path) -> io::Result<Self> {
        let path = place.with_file_name(format!(".{}.part", random_name()?));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { file, path })
    }

    fn put(self, place: &Path) -> io::Result<()> {
        // Who may read it stays who may.
        if let Ok(status) = fs::metadata(place) {
            self.file.set_permissions(status.permissions())?;
        }
        fs::rename(&self.path, place)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Where it was put in place, it is not here any more.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes a file, over what is there by its name. Folders that are missing are made. What is no plain file, a device for
/// example, is written to as it is. Gives its length in bytes.
///
/// # Errors
/// It cannot be written, or what is to be written does not come; a file is then as it was.
pub(super) async fn write_file(place: &Path, chunks: BodyDataStream) -> io::Result<u64> {
    if let Some(folder) = place.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    match fs::metadata(place) {
        Ok(status) if status.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(status) if !status.is_file() => write_all(&mut OpenOptions::new().write(true).open(place)?, chunks).await,
        found => {
            // A link stays one: what it leads to is written.
            let place = if found.is_ok() { fs::canonicalize(place)? } else { place.to_owned() };
            let mut aside = Aside::beside(&place)?;
            let written = write_all(&mut aside.file, chunks).await?;
            aside.put(&place)?;
            Ok(written)
        }
    }
}

/// Writes all chunks; gives their length in bytes.
///
/// # Errors
/// As [`write_file`].
pub(super) async fn write_all(to: &mut impl Write, mut chunks: BodyDataStream) -> io::Result<u64> {
    let mut written = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(io::Error::other)?;
        to.write_all(&chunk)?;
        written += chunk.len() as u64;
    }
    to.flush()?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use axum::body::Body;
    use bytes::Bytes;
    use futures_util::stream;

    use super::*;

    fn chunks(all: Vec<io::Result<&'static [u8]>>) -> BodyDataStream {
        let all = all.into_iter().map(|chunk| chunk.map(Bytes::from_static));
        Body::from_stream(stream::iter(all)).into_data_stream()
    }

    #[tokio::test]
    async fn a_file_is_whole_or_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a/b.png");
        let whole = write_file(&place, chunks(vec![Ok(b"one"), Ok(b"two")])).await;
        assert_eq!((whole.unwrap(), fs::read(&place).unwrap()), (6, b"onetwo".to_vec()));
        let cut = write_file(&place, chunks(vec![Ok(b"x"), Err(io::Error::other("gone"))])).await;
        assert_eq!((cut.is_err(), fs::read(&place).unwrap()), (true, b"onetwo".to_vec()));
        let names = fs::read_dir(place.parent().unwrap()).unwrap().count();
        assert_eq!(names, 1, "nothing is left aside");
    }

    #[tokio::test]
    async fn links_and_devices_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        write_file(&link, chunks(vec![Ok(b"new")])).await.unwrap();
        assert_eq!((fs::read(&file).unwrap(), link.is_symlink()), (b"new".to_vec(), true));
        assert_eq!(write_file(Path::new("/dev/null"), chunks(vec![Ok(b"new")])).await.unwrap(), 3);
        assert!(!Path::new("/dev/null").is_file());
    }
}
