//! Looking for changes where nobody tells of them: the whole folder, again and again, and what is another than before.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{Audience, Changes, FolderIdentity, is_hidden};

/// From the end of one look to the next.
const INTERVAL: Duration = Duration::from_secs(10);
/// A look that takes long is followed by so many times its length without one.
const REST: u32 = 10;

/// What tells versions of a file apart: size, inode, modification and change time.
type Print = (u64, u64, (i64, i64), (i64, i64));

/// Tells of changes until another folder is at the place of this one.
pub(super) async fn follow(root: &Path, place: FolderIdentity, audience: &mut Audience) {
    let started = Instant::now();
    let mut known = survey(root).unwrap_or_default();
    let mut took = started.elapsed();
    tracing::info!(files = known.len(), "looking through {}, each time for {took:?}", root.display());
    audience.begin();
    loop {
        sleep(INTERVAL.max(took * REST)).await;
        if FolderIdentity::of(root) != Some(place) {
            return;
        }
        let started = Instant::now();
        // A folder that cannot be read is not taken for one that is empty.
        if let Ok(found) = survey(root) {
            audience.hear(difference(&known, &found));
            known = found;
        }
        took = started.elapsed();
    }
}

fn survey(root: &Path) -> io::Result<BTreeMap<PathBuf, Print>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            // What goes while it is looked at is gone.
            let Ok(metadata) = entry.metadata() else { continue };
            if is_hidden(&name) {
                continue;
            }
            let path = folder.join(name);
            if metadata.is_dir() {
                waiting.push(path);
            } else {
                let modified = (metadata.mtime(), metadata.mtime_nsec());
                let changed = (metadata.ctime(), metadata.ctime_nsec());
                files.insert(path, (metadata.size(), metadata.ino(), modified, changed));
            }
        }
    }
    Ok(files)
}

fn difference(before: &BTreeMap<PathBuf, Print>, after: &BTreeMap<PathBuf, Print>) -> Changes {
    let mut changes = Changes::default();
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let others = after.iter().filter(|(path, print)| before.get(*path) != Some(print)).map(|(path, _)| path);
    gone.chain(others).for_each(|path| changes.add(path));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_changed_or_gone_is_found() {
        let place = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for name in ["same.jpg", "gone.jpg", "a/changed.jpg", "a/old.jpg", ".hidden.jpg", ".a/b.jpg"] {
            put(name, "one");
        }
        let before = survey(place.path()).unwrap();
        assert_eq!(difference(&before, &survey(place.path()).unwrap()), Changes::default());
        fs::remove_file(place.path().join("gone.jpg")).unwrap();
        fs::rename(place.path().join("a/old.jpg"), place.path().join("a/new.jpg")).unwrap();
        for name in ["a/changed.jpg", "b/c/fresh.jpg", ".hidden.jpg", ".a/b.jpg"] {
            put(name, "another");
        }
        let changes = difference(&before, &survey(place.path()).unwrap());
        assert_eq!(changes.texts(), ["/a/changed.jpg", "/a/new.jpg", "/a/old.jpg", "/b/c/fresh.jpg", "/gone.jpg"]);
        assert!(survey(&place.path().join("nowhere")).is_err());
    }
}
