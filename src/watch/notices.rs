//! The notices of Linux (inotify(7)): one watch for each folder, set before it is read, so that nothing is missed.
//!
//! Only what changes a folder or ends a change of a file is asked for. A file that is opened to be read, as each request
//! that misses does, wakes nobody.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use inotify::{EventMask, EventOwned, Inotify, WatchDescriptor, WatchMask};
use rustix::fs::statfs;
use rustix::io::Errno;
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;

use super::{Audience, Changes, FolderIdentity, LOOK_INTERVAL, is_hidden};

/// Room for some hundreds of notices.
const BUFFER_BYTES: usize = 64 * 1024;
/// File systems that others change without notice here, by the numbers in statfs(2): NFS, SMB 1 to 3, FUSE, 9P, Ceph,
/// AFS, Lustre.
const SHARED: [u32; 9] =
    [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x6573_5546, 0x0102_1997, 0x00c3_6400, 0x5346_414f, 0x0bd0_0bd0];

/// What is watched.
struct Notices {
    root: PathBuf,
    inotify: AsyncFd<Inotify>,
    /// The path of each folder below the root.
    folders: HashMap<WatchDescriptor, PathBuf>,
    buffer: Vec<u8>,
}

/// Tells of changes until another folder is at the place of this one.
///
/// # Errors
/// The system does not tell of them, or not of all.
pub(super) async fn follow(root: &Path, place: FolderIdentity, audience: &mut Audience) -> io::Result<()> {
    let kind = statfs(root)?.f_type;
    if SHARED.iter().any(|shared| i64::from(*shared) == kind & i64::from(u32::MAX)) {
        return Err(io::Error::other("it is a file system that others may change elsewhere"));
    }
    let mut notices = Notices::begin(root)?;
    tracing::info!(folders = notices.folders.len(), "watching {}", root.display());
    audience.begin();
    while FolderIdentity::of(root) == Some(place) {
        // Without a notice it is time to look at the root.
        if let Ok(changes) = timeout(LOOK_INTERVAL, notices.next()).await {
            audience.hear(changes?);
        }
    }
    Ok(())
}

impl Notices {
    fn begin(root: &Path) -> io::Result<Self> {
        // SAFETY: the descriptor is that of `Inotify`, which is moved in here, and closes it when it is dropped and not before.
        let inotify = unsafe { AsyncFd::register(Inotify::init()?) }?;
        let (root, folders) = (root.to_owned(), HashMap::new());
        let mut notices = Self { root, inotify, folders, buffer: vec![0; BUFFER_BYTES] };
        notices.enter(PathBuf::new(), |_| {})?;
        Ok(notices)
    }

    /// What has changed since it was last asked.
    async fn next(&mut self) -> io::Result<Changes> {
        let events: Vec<EventOwned> = loop {
            let mut ready = self.inotify.readable_mut().await?;
            let buffer = &mut self.buffer;
            let read = ready.try_io(|inotify| {
                let events = inotify.get_mut().read_events(buffer)?;
                Ok(events.map(|event| event.to_owned()).collect())
            });
            if let Ok(events) = read {
                break events?;
            }
        };
        self.changes(events)
    }

    fn changes(&mut self, events: Vec<EventOwned>) -> io::Result<Changes> {
        let mut changes = Changes::default();
        // Folders that went, and did not come yet, by the number that both notices have.
        let mut moving = HashMap::new();
        for EventOwned { wd, mask, cookie, name } in events {
            if mask.contains(EventMask::Q_OVERFLOW) {
                tracing::warn!("more was changed at once than the system could tell: everything may be another");
                changes = Changes::of_everything();
                self.enter(PathBuf::new(), |_| {})?;
            } else if mask.contains(EventMask::IGNORED) {
                self.folders.remove(&wd);
            }
            let name = name.filter(|name| !is_hidden(name));
            let (Some(folder), Some(name)) = (self.folders.get(&wd), name) else { continue };
            let path = folder.join(name);
            if !mask.contains(EventMask::ISDIR) {
                if !mask.contains(EventMask::CREATE) || self.is_complete(&path) {
                    changes.add(&path);
                }
            } else if mask.contains(EventMask::MOVED_FROM) {
                moving.insert(cookie, path);
            } else if mask.intersects(EventMask::CREATE | EventMask::MOVED_TO) {
                let before = moving.remove(&cookie).filter(|_| mask.contains(EventMask::MOVED_TO));
                self.enter(path.clone(), |file| {
                    changes.add(file);
                    if let (Some(before), Ok(below)) = (&before, file.strip_prefix(&path)) {
                        changes.add(&before.join(below));
                    }
                })?;
            }
        }
        moving.into_values().for_each(|folder| {
            self.leave(&folder);
            changes.add_folder(&folder);
        });
        Ok(changes)
    }

    /// Tells whether nobody will say of a new name that its file is written: it is another name of one that is, or a link.
    fn is_complete(&self, path: &Path) -> bool {
        let metadata = fs::symlink_metadata(self.root.join(path));
        metadata.is_ok_and(|metadata| !metadata.is_file() || metadata.nlink() > 1 || metadata.len() > 0)
    }

    /// Watches a folder and all below it, and tells of the files that are there already. Links to folders are not
    /// followed: what changes behind them does so under its own name.
    fn enter(&mut self, folder: PathBuf, mut found: impl FnMut(&Path)) -> io::Result<()> {
        let asked = WatchMask::CREATE
            | WatchMask::DELETE
            | WatchMask::CLOSE_WRITE
            | WatchMask::MOVED_FROM
            | WatchMask::MOVED_TO
            | WatchMask::ATTRIB
            | WatchMask::ONLYDIR;
        let mut waiting = vec![folder];
        while let Some(folder) = waiting.pop() {
            let place = self.root.join(&folder);
            match self.inotify.get_ref().watches().add(&place, asked) {
                Ok(descriptor) => drop(self.folders.insert(descriptor, folder.clone())),
                Err(error) if is_exhausted(&error) => {
                    let watched = self.folders.len();
                    return Err(io::Error::other(format!(
                        "no more than {watched} folders can be watched: raise fs.inotify.max_user_watches"
                    )));
                }
                // It is gone again, or not ours to read.
                Err(_) => continue,
            }
            for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
                let name = entry.file_name();
                match entry.file_type() {
                    _ if is_hidden(&name) => {}
                    Ok(kind) if kind.is_dir() => waiting.push(folder.join(name)),
                    Ok(_) => found(&folder.join(name)),
                    Err(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Watches nothing any more that was in a folder when it went elsewhere.
    fn leave(&mut self, gone: &Path) {
        let mut watches = self.inotify.get_ref().watches();
        self.folders.retain(|descriptor, folder| {
            let stays = !folder.starts_with(gone);
            if !stays {
                // It may have ended by itself.
                let _ = watches.remove(descriptor.clone());
            }
            stays
        });
    }
}

fn is_exhausted(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOSPC | Errno::NOMEM))
}
