//! `Generation`: which purge an original has seen last, as it stands in keys and tags.

use std::fmt;

use super::key::KeyText;

/// A number that only rises: what was learnt or made at a lower one counts no more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(u64);

impl Generation {
    /// That of what was never purged.
    pub const NONE: Self = Self(0);
    /// Room for the milliseconds of 285,000 years, and for one more purge after any that is read from elsewhere.
    const MAX: u64 = 1 << 53;

    /// `None` for a number that no clock has come to.
    pub fn new(number: u64) -> Option<Self> {
        (number <= Self::MAX).then_some(Self(number))
    }

    /// The one that a purge at this time gives where this is the highest so far.
    #[must_use]
    pub fn next(self, milliseconds_since_1970: u64) -> Self {
        Self(milliseconds_since_1970.min(Self::MAX).max(self.0 + 1))
    }

    /// Appends it to a key or a tag: nothing where nothing was purged, so that both are then what they are without it.
    pub(super) fn write_to(self, text: &mut KeyText) {
        if self != Self::NONE {
            text.push_str("+");
            text.push_hex(self.0, 1);
        }
    }

    /// As it was given.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = KeyText::default();
        self.write_to(&mut text);
        formatter.write_str(&text.into_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_with_the_clock_and_without_it() {
        let first = Generation::NONE.next(1000);
        assert_eq!(first.number(), 1000);
        assert_eq!(first.next(2000).number(), 2000);
        assert_eq!(first.next(1000).number(), 1001);
        assert_eq!(first.next(0).number(), 1001);
        let highest = Generation::new(Generation::MAX).unwrap();
        assert!(highest.next(u64::MAX) > highest && Generation::new(u64::MAX).is_none());
    }

    #[test]
    fn it_is_written_only_where_something_was_purged() {
        assert_eq!([Generation::NONE, Generation(255)].map(|generation| generation.to_string()), ["", "+ff"]);
    }
}
