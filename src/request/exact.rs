//! `Exact`: a decimal number as a URL says it, for arithmetic that rounds in the end.

use std::hash::{Hash, Hasher};

/// A finite number. There is one zero, so that what is equal is alike.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exact(f64);

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self(0.0);
    /// One.
    pub const ONE: Self = Self(1.0);

    /// A number; `None` where it is not finite.
    pub fn new(number: f64) -> Option<Self> {
        // Adding zero to a negative one makes it the other.
        number.is_finite().then_some(Self(number + 0.0))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Exact {}

impl Hash for Exact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_zero_and_nothing_that_is_no_number() {
        assert_eq!(Exact::new(-0.0), Some(Exact::ZERO));
        assert_eq!(Exact::new(0.1).map(Exact::get), Some(0.1));
        assert_ne!(Exact::new(0.1), Exact::new(0.2));
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Exact::new(number), None);
        }
    }
}
