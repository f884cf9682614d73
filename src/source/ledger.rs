//! `Ledger`: what was last heard of originals elsewhere: which version there is, or that there is none; for how long that is
//! believed, and since which purge. It must not know who is asked, or what tells one version from another.

use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::memo::Memo;
use crate::request::Generation;

/// Originals that are remembered as missing. Apart from the others, so that whoever asks for what is not there makes
/// nothing else be forgotten.
const REMEMBERED_MISSING: usize = 4_000;

/// What is remembered of all originals, by what they are called.
pub(super) struct Ledger<K, V> {
    known: Memo<K, Known<V>>,
    missing: Memo<K, Missing>,
}

/// One version of an original.
#[derive(Clone)]
pub(super) struct Known<V> {
    pub version: V,
    fresh_until: Instant,
    /// Since which purge that is so.
    pub generation: Generation,
}

/// There is no such original.
#[derive(Clone, Copy)]
struct Missing {
    until: Instant,
    /// Since which purge that is so.
    generation: Generation,
}

/// What the ledger says about an original.
pub(super) enum Entry<V> {
    Fresh(Known<V>),
    Missing,
    /// To be asked for; on condition, where a version is known.
    Doubtful(Option<Known<V>>),
}

impl<K: Hash + Eq + Clone, V: Clone> Ledger<K, V> {
    /// Remembers at least so many originals, and 4000 that are missing.
    pub(super) fn new(remembered: usize) -> Self {
        Self { known: Memo::new(remembered), missing: Memo::new(REMEMBERED_MISSING) }
    }

    /// What was learnt before this generation is forgotten.
    pub(super) fn look_up(&self, key: &K, generation: Generation) -> Entry<V> {
        let now = Instant::now();
        let is_missing = |missing: Missing| now < missing.until && missing.generation >= generation;
        match self.known.get(key).filter(|known| known.generation >= generation) {
            Some(known) if now < known.fresh_until => Entry::Fresh(known),
            _ if self.missing.get(key).is_some_and(is_missing) => Entry::Missing,
            known => Entry::Doubtful(known),
        }
    }

    /// Remembers a version, and believes it for a time. It was asked for at this generation.
    pub(super) fn learn(&self, key: &K, generation: Generation, version: V, fresh_for: Duration) -> Known<V> {
        let known = Known { version, fresh_until: Instant::now() + fresh_for, generation };
        self.remember(key, &known);
        known
    }

    /// Believes for a time that the version is still the same.
    pub(super) fn renew(&self, key: &K, known: Known<V>, fresh_for: Duration) -> Known<V> {
        let known = Known { fresh_until: Instant::now() + fresh_for, ..known };
        self.remember(key, &known);
        known
    }

    fn remember(&self, key: &K, known: &Known<V>) {
        // An answer may come late, when others know better already.
        if self.known.get(key).is_none_or(|newest| newest.generation <= known.generation) {
            self.known.put(key.clone(), known.clone());
            self.missing.remove(key);
        }
    }

    /// Believes for a time that there is no such original. It was asked for at this generation.
    pub(super) fn miss(&self, key: &K, generation: Generation, missing_for: Duration) {
        if self.known.get(key).is_some_and(|known| known.generation > generation) {
            return;
        }
        self.doubt(key);
        self.missing.put(key.clone(), Missing { until: Instant::now() + missing_for, generation });
    }

    /// Has the next who wants it ask, and no longer by the version that is known.
    pub(super) fn doubt(&self, key: &K) {
        if let Some(known) = self.known.get(key) {
            self.known.put(key.clone(), Known { fresh_until: Instant::now(), ..known });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// The version that is believed, or what there is in its place.
    fn told(ledger: &Ledger<&str, u8>, generation: Generation) -> Result<u8, &'static str> {
        match ledger.look_up(&"a.png", generation) {
            Entry::Fresh(known) => Ok(known.version),
            Entry::Missing => Err("missing"),
            Entry::Doubtful(Some(_)) => Err("doubtful"),
            Entry::Doubtful(None) => Err("unknown"),
        }
    }

    #[test]
    fn a_missing_original_is_missing_until_it_is_found_again() {
        let ledger = Ledger::new(10);
        let told = || told(&ledger, Generation::NONE);
        assert_eq!(told(), Err("unknown"));
        ledger.miss(&"a.png", Generation::NONE, HOUR);
        assert_eq!(told(), Err("missing"));
        // As where it was being fetched when it was missed.
        ledger.learn(&"a.png", Generation::NONE, 1, Duration::ZERO);
        assert_eq!(told(), Err("doubtful"));
        ledger.miss(&"a.png", Generation::NONE, Duration::ZERO);
        assert_eq!(told(), Err("doubtful"));
        ledger.learn(&"a.png", Generation::NONE, 1, HOUR);
        ledger.miss(&"a.png", Generation::NONE, HOUR);
        assert_eq!(told(), Err("missing"));
    }

    #[test]
    fn what_is_known_is_believed_for_a_while_and_what_is_missing_until_it_is_seen() {
        let ledger = Ledger::new(10);
        let told = || told(&ledger, Generation::NONE);
        let known = ledger.learn(&"a.png", Generation::NONE, 1, HOUR);
        assert_eq!(told(), Ok(1));
        ledger.miss(&"a.png", Generation::NONE, HOUR);
        assert_eq!(told(), Err("missing"));
        ledger.learn(&"a.png", Generation::NONE, 2, HOUR);
        assert_eq!(told(), Ok(2));
        ledger.doubt(&"a.png");
        assert_eq!(told(), Err("doubtful"));
        ledger.renew(&"a.png", known, HOUR);
        assert_eq!(told(), Ok(1));
        ledger.doubt(&"b.png");
        assert!(matches!(ledger.look_up(&"b.png", Generation::NONE), Entry::Doubtful(None)));
    }

    #[test]
    fn what_was_learnt_before_a_purge_is_forgotten_and_does_not_come_back() {
        let ledger = Ledger::new(10);
        let [old, new, newest] = [1, 2, 3].map(|number| Generation::new(number).unwrap());
        let first = ledger.learn(&"a.png", old, 1, HOUR);
        let at = |generation| told(&ledger, generation);
        // Nothing that was known: the question is not a conditional one.
        assert_eq!([Generation::NONE, old, new].map(at), [Ok(1), Ok(1), Err("unknown")]);
        ledger.learn(&"a.png", new, 2, HOUR);
        // What was asked for before the purge, and comes after it.
        assert_eq!(ledger.learn(&"a.png", old, 1, HOUR).version, 1);
        assert_eq!(ledger.renew(&"a.png", first, HOUR).version, 1);
        ledger.miss(&"a.png", old, HOUR);
        assert_eq!([old, new].map(at), [Ok(2), Ok(2)]);
        ledger.miss(&"a.png", new, HOUR);
        assert_eq!([new, newest].map(at), [Err("missing"), Err("unknown")]);
    }
}
