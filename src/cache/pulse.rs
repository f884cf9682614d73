//! Whether the disk takes and gives renditions. foyer does not say so, and once a write has failed it may panic with
//! every one that follows: so the disk is looked at before it is given anything, and left alone once it fails.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a look at the disk is taken to hold.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How long nothing may be written although there was something to write.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// How long is silence after a failed read was told.
const SILENCE: Duration = Duration::from_secs(3600);

/// Looks after the part of the cache on disk, and tells once what goes wrong.
#[derive(Debug)]
pub(super) struct Pulse {
    path: PathBuf,
    /// Until a restart: nobody can tell in which state foyer is after a failure.
    is_up: AtomicBool,
    looked: Mutex<Option<Instant>>,
    followed: Mutex<Option<Sent>>,
    told_of_reading: Mutex<Option<Instant>>,
}

/// A rendition on its way to the disk.
#[derive(Debug)]
struct Sent {
    key: String,
    at: Instant,
    /// All that had been written by then.
    written_bytes: usize,
}

impl Pulse {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            is_up: AtomicBool::new(true),
            looked: Mutex::default(),
            followed: Mutex::default(),
            told_of_reading: Mutex::default(),
        }
    }

    /// Whether the disk takes renditions.
    pub(super) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Relaxed)
    }

    /// The same, after another look at the disk where the last one was too long ago.
    pub(super) fn is_up_after(&self, look: impl FnOnce() -> std::io::Result<()>) -> bool {
        let mut looked = lock(&self.looked);
        if self.is_up() && looked.is_none_or(|at| at.elapsed() > LOOK_INTERVAL) {
            *looked = Some(Instant::now());
            if let Err(error) = look() {
                self.give_up(&error);
            }
        }
        self.is_up()
    }

    /// Takes note of a rendition that was given to foyer, unless an earlier one is still on its way.
    ///
    /// `written_bytes` is all that foyer has written, and `is_kept` asks it for a key.
    pub(super) fn follow(&self, key: String, written_bytes: usize, is_kept: impl FnOnce(&str) -> bool) {
        let mut followed = lock(&self.followed);
        if let Some(sent) = followed.as_ref().filter(|sent| sent.written_bytes == written_bytes && !is_kept(&sent.key))
        {
            if sent.at.elapsed() > WRITE_PATIENCE {
                self.give_up(&"the cache library writes nothing");
            }
            return;
        }
        *followed = Some(Sent { key, at: Instant::now(), written_bytes });
    }

    fn give_up(&self, cause: &dyn Display) {
        if self.is_up.swap(false, Ordering::Relaxed) {
            tracing::error!(
                path = %self.path.display(),
                "the disk cache takes no more renditions, and serving goes on without it: {cause}; see that its file \
                 system has room for all of it and can be written, then restart",
            );
        }
    }

    /// Tells of a failed read, if none was told of lately.
    pub(super) fn failed_to_read(&self, error: &dyn Display) {
        let mut told = lock(&self.told_of_reading);
        if told.is_none_or(|at| at.elapsed() > SILENCE) {
            *told = Some(Instant::now());
            tracing::warn!(
                path = %self.path.display(),
                "the disk cache cannot be read everywhere, and what is missing is made again: {error}",
            );
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;

    #[test]
    fn one_look_holds_for_a_while_and_one_failure_for_good() {
        let (pulse, looks) = (Pulse::new(Path::new("cache")), Cell::new(0));
        let look = |outcome| {
            looks.set(looks.get() + 1);
            outcome
        };
        assert!(pulse.is_up_after(|| look(Ok(()))));
        assert!(pulse.is_up_after(|| look(Err(io::ErrorKind::StorageFull.into()))));
        assert_eq!(looks.get(), 1);
        *lock(&pulse.looked) = None;
        assert!(!pulse.is_up_after(|| look(Err(io::ErrorKind::StorageFull.into()))));
        *lock(&pulse.looked) = None;
        assert!(!pulse.is_up_after(|| look(Ok(()))));
        assert_eq!(looks.get(), 2);
    }

    #[test]
    fn a_library_that_writes_nothing_for_long_is_given_up() {
        let long_ago = Instant::now().checked_sub(WRITE_PATIENCE * 2).unwrap();
        for (written_bytes, is_kept, expected) in [(7, false, false), (8, false, true), (7, true, true)] {
            let pulse = Pulse::new(Path::new("cache"));
            pulse.follow("first".into(), 7, |_| false);
            pulse.follow("second".into(), 7, |_| false);
            assert!(pulse.is_up());
            lock(&pulse.followed).as_mut().unwrap().at = long_ago;
            pulse.follow("third".into(), written_bytes, |key| {
                assert_eq!(key, "first");
                is_kept
            });
            assert_eq!(pulse.is_up(), expected);
        }
    }
}
