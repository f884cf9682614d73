//! Single flight: requests for the same key share one making, which lives as long as anybody waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::pipeline::{RenderError, Rendition};
use crate::report::StageTimes;

type Made = Result<(Rendition, StageTimes), RenderError>;
pub(super) type Flight = Shared<BoxFuture<'static, Made>>;

/// The renditions that are being made, by key.
#[derive(Clone, Default)]
pub(super) struct Flights {
    underway: Arc<Mutex<Underway>>,
}

#[derive(Default)]
struct Underway {
    by_key: HashMap<String, (u64, WeakShared<BoxFuture<'static, Made>>)>,
    next_number: u64,
}

/// Takes a flight off the list when it lands or when the last passenger leaves.
struct Landing {
    flights: Flights,
    key: String,
    number: u64,
}

impl Flights {
    /// Joins the flight for `key`, or starts it with `make`; also tells whether it was started here.
    pub(super) fn join<F>(&self, key: String, make: impl FnOnce(String) -> F) -> (Flight, bool)
    where
        F: Future<Output = Made> + Send + 'static,
    {
        let mut underway = self.lock();
        if let Some(flight) = underway.by_key.get(&key).and_then(|(_, flight)| flight.upgrade()) {
            return (flight, false);
        }
        let number = underway.next_number;
        underway.next_number += 1;
        let landing = Landing { flights: self.clone(), key: key.clone(), number };
        let making = make(key.clone());
        let flight = async move {
            let _landing = landing;
            making.await
        };
        let flight = flight.boxed().shared();
        if let Some(weak) = flight.downgrade() {
            underway.by_key.insert(key, (number, weak));
        }
        (flight, true)
    }

    fn lock(&self) -> MutexGuard<'_, Underway> {
        self.underway.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut underway = self.flights.lock();
        // A later flight may have taken the key since the last passenger of this one left.
        if underway.by_key.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            underway.by_key.remove(&self.key);
        }
    }
}
