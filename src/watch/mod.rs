//! WATCH: changes of the folder of originals are noticed, and told to who listens here and to a webhook.
//! This room must not know what is done about a change. Nothing depends on it for being right.

mod changes;
#[cfg(target_os = "linux")]
mod notices;
mod survey;
mod webhook;

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::sleep;

pub use changes::Changes;
pub use webhook::{Hook, HookUrl, WebhookError};

/// How often it is looked whether the folder is still the same: a deployment may put another in its place.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// Who is told of changes.
struct Audience {
    heard: Box<dyn FnMut(Changes) + Send>,
    /// Told once that from now on nothing is missed.
    begun: Option<oneshot::Sender<()>>,
}

/// Which folder it is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FolderIdentity {
    device: u64,
    inode: u64,
}

/// Tells `heard` of the changes below a folder, for as long as the program runs, on a thread of its own: walking through
/// folders takes long. What comes back is ready once changes are noticed.
///
/// # Errors
/// There can be no more threads or descriptors.
pub fn watch(root: PathBuf, heard: impl FnMut(Changes) + Send + 'static) -> io::Result<oneshot::Receiver<()>> {
    let (begun, has_begun) = oneshot::channel();
    let mut audience = Audience { heard: Box::new(heard), begun: Some(begun) };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("watch".to_owned()).spawn(move || {
        runtime.block_on(follow(&root, &mut audience));
    })?;
    Ok(has_begun)
}

async fn follow(root: &Path, audience: &mut Audience) {
    let mut last = FolderIdentity::of(root);
    loop {
        let place = FolderIdentity::of(root);
        if place != last {
            last = place;
            audience.hear(Changes::of_everything());
        }
        let Some(place) = place else {
            audience.begin();
            sleep(LOOK_INTERVAL).await;
            continue;
        };
        if let Err(error) = follow_notices(root, place, audience).await {
            tracing::warn!("the system does not tell of changes: {error}; looking for them again and again instead");
            if audience.begun.is_none() {
                // What was being told when it failed is lost.
                audience.hear(Changes::of_everything());
            }
            survey::follow(root, place, audience).await;
        }
    }
}

#[cfg(target_os = "linux")]
use notices::follow as follow_notices;

#[cfg(not(target_os = "linux"))]
async fn follow_notices(_: &Path, _: FolderIdentity, _: &mut Audience) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Audience {
    fn hear(&mut self, changes: Changes) {
        if !changes.is_empty() {
            (self.heard)(changes);
        }
    }

    fn begin(&mut self) {
        if let Some(begun) = self.begun.take() {
            // Nobody may wait any more.
            let _ = begun.send(());
        }
    }
}

impl FolderIdentity {
    fn of(folder: &Path) -> Option<Self> {
        let metadata = fs::metadata(folder).ok().filter(fs::Metadata::is_dir)?;
        Some(Self { device: metadata.dev(), inode: metadata.ino() })
    }
}

/// Names that are never served, and so never told.
fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}
