//! `Memo`: a map of bounded size that forgets what was not asked for lately. It must not know what it remembers.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;

/// Remembers at least the last `capacity` distinct keys that were put or got, and at most twice as many.
///
/// Two generations: when the young one is full it becomes the old one, and the old one is dropped; a hit in the old
/// generation moves the entry to the young one. Constant time, no list to keep in order. The hash is seeded
/// anew in each process; that of the standard library was 680 of the 960 instructions that a look took.
pub struct Memo<K, V> {
    capacity: usize,
    generations: Mutex<Ages<K, V>>,
}

struct Ages<K, V> {
    young: HashMap<K, V, RandomState>,
    old: HashMap<K, V, RandomState>,
}

impl<K, V> Default for Ages<K, V> {
    fn default() -> Self {
        Self { young: HashMap::default(), old: HashMap::default() }
    }
}

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
    /// Remembers at least the last `capacity` entries that were asked for, and at most twice as many.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, generations: Mutex::default() }
    }

    /// A copy of what is remembered for `key`.
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = generations.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = generations.old.remove_entry(key)?;
        generations.put(key, value.clone(), self.capacity);
        Some(value)
    }

    /// Begins a new generation before the young one is full: what is not asked for until the next call is forgotten.
    pub fn age(&self) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.old = mem::take(&mut generations.young);
    }

    /// Forgets what is remembered for `key`.
    pub fn remove(&self, key: &K) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.young.remove(key);
        generations.old.remove(key);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        *generations = Ages::default();
    }

    /// Remembers `value`, in place of an earlier one for the same key.
    pub fn put(&self, key: K, value: V) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.put(key, value, self.capacity);
    }
}

impl<K: Hash + Eq, V> Ages<K, V> {
    fn put(&mut self, key: K, value: V, capacity: usize) {
        if self.young.len() >= capacity && !self.young.contains_key(&key) {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_forgotten() {
        let memo = Memo::new(10);
        memo.put(0, "kept");
        for key in 1..1000 {
            memo.put(key, "passing");
            assert_eq!(memo.get(&0), Some("kept"));
        }
        assert_eq!(memo.get(&500), None);
        assert_eq!(memo.get(&999), Some("passing"));
        let generations = memo.generations.lock().unwrap();
        assert!(generations.young.len() + generations.old.len() <= 20);
    }

    #[test]
    fn what_is_not_asked_for_between_two_generations_is_forgotten() {
        let memo = Memo::new(10);
        memo.put("kept", 1);
        memo.put("passing", 1);
        memo.age();
        assert_eq!(memo.get(&"kept"), Some(1));
        memo.age();
        assert_eq!((memo.get(&"kept"), memo.get(&"passing")), (Some(1), None));
    }

    #[test]
    fn what_is_to_be_forgotten_is_forgotten_of_whatever_age() {
        let memo = Memo::new(10);
        memo.put("a", 1);
        memo.age();
        memo.put("b", 2);
        memo.put("c", 3);
        memo.remove(&"a");
        memo.remove(&"b");
        assert_eq!(["a", "b", "c"].map(|key| memo.get(&key)), [None, None, Some(3)]);
        memo.clear();
        assert_eq!(memo.get(&"c"), None);
    }

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let memo = Memo::new(2);
        memo.put("a", 1);
        memo.put("b", 1);
        memo.put("c", 1);
        memo.put("a", 2);
        assert_eq!(memo.get(&"a"), Some(2));
    }
}
