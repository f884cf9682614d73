//! `Flights`: single flight. Those who ask for the same at the same time share one making, which lives as long as
//! anybody waits for it. It must not know what is made.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

/// A making that is under way. All clones get the same outcome; when the last one is dropped, so is the making.
pub type Flight<T> = Shared<BoxFuture<'static, T>>;

/// What is being made, by key. Clones share it.
pub struct Flights<K, T: Clone> {
    underway: Arc<Mutex<Underway<K, T>>>,
}

struct Underway<K, T: Clone> {
    by_key: HashMap<K, (u64, WeakShared<BoxFuture<'static, T>>)>,
    next_number: u64,
}

/// Takes a flight off the list when it lands or when the last passenger leaves.
struct Landing<K: Hash + Eq, T: Clone> {
    flights: Flights<K, T>,
    key: K,
    number: u64,
}

impl<K, T: Clone> Clone for Flights<K, T> {
    fn clone(&self) -> Self {
        Self { underway: Arc::clone(&self.underway) }
    }
}

impl<K, T: Clone> Default for Flights<K, T> {
    fn default() -> Self {
        Self { underway: Arc::new(Mutex::new(Underway { by_key: HashMap::new(), next_number: 0 })) }
    }
}

impl<K, T> Flights<K, T>
where
    K: Hash + Eq + Clone + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    /// Joins the flight for `key`, or starts it with `make`; also tells whether it was started here.
    pub fn join<F>(&self, key: K, make: impl FnOnce(K) -> F) -> (Flight<T>, bool)
    where
        F: Future<Output = T> + Send + 'static,
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
}

impl<K, T: Clone> Flights<K, T> {
    fn lock(&self) -> MutexGuard<'_, Underway<K, T>> {
        self.underway.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq, T: Clone> Drop for Landing<K, T> {
    fn drop(&mut self) {
        let mut underway = self.flights.lock();
        // A later flight may have taken the key since the last passenger of this one left.
        if underway.by_key.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            underway.by_key.remove(&self.key);
        }
    }
}
