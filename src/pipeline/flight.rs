//! `Joint`: pixels in the making on one thread, and those on other threads who wait for them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codec::{CodecError, Picture};

/// How often somebody who waits asks whether that is still of use.
const PATIENCE: Duration = Duration::from_millis(20);

/// A making that others may wait for.
#[derive(Default)]
pub(super) struct Joint {
    progress: Mutex<Progress>,
    has_landed: Condvar,
}

#[derive(Default)]
struct Progress {
    outcome: Option<Outcome>,
    waiting: usize,
}

/// What came of it for those who wait.
#[derive(Clone)]
pub(super) enum Outcome {
    /// The pixels, or what is wrong with the original.
    Made(Result<Picture, CodecError>),
    /// Nothing that would be the same for everybody.
    Lost,
}

impl Joint {
    /// Waits for the outcome; `None` where `is_abandoned` said so.
    pub(super) fn wait(&self, is_abandoned: &dyn Fn() -> bool) -> Option<Outcome> {
        let mut progress = self.lock();
        progress.waiting += 1;
        while progress.outcome.is_none() {
            if is_abandoned() {
                progress.waiting -= 1;
                return None;
            }
            let waited = self.has_landed.wait_timeout(progress, PATIENCE);
            (progress, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        progress.outcome.clone()
    }

    /// Tells whether anybody waits.
    pub(super) fn is_awaited(&self) -> bool {
        self.lock().waiting > 0
    }

    /// Hands the outcome to all who wait; only the first one counts.
    pub(super) fn land(&self, outcome: Outcome) {
        self.lock().outcome.get_or_insert(outcome);
        self.has_landed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
