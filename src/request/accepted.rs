//! `Accepted`: what a client says that it shows, of the formats that not every client does.

use super::{Format, OutputFormat};

/// A set of formats. Those that every client shows (JPEG, PNG, GIF) are in none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Accepted(u8);

impl Accepted {
    /// The formats that a set can have, in the order in which an operator that says nothing prefers them.
    pub const NEGOTIABLE: [Format; 2] = [Format::Avif, Format::WebP];

    /// All that a set can have.
    pub fn all() -> Self {
        Self::NEGOTIABLE.into_iter().fold(Self::default(), Self::with)
    }

    /// The same set with one more, where it can have it.
    #[must_use]
    pub fn with(self, format: Format) -> Self {
        Self(self.0 | Self::bit(format))
    }

    /// What is in both.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Tells whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Tells whether a format is in it.
    pub fn has(self, output: OutputFormat) -> bool {
        output.format().is_some_and(|format| self.0 & Self::bit(format) != 0)
    }

    fn bit(format: Format) -> u8 {
        let place = Self::NEGOTIABLE.iter().position(|known| *known == format);
        place.map_or(0, |place| 1 << place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_that_every_client_shows() {
        let set = Accepted::default().with(Format::WebP).with(Format::WebP).with(Format::Png);
        let has = |name| set.has(OutputFormat::named(name).unwrap());
        assert_eq!(["avif", "webp", "png", "blurhash"].map(has), [false, true, false, false]);
        assert!(set.within(Accepted::default().with(Format::Avif)).is_empty());
        assert_eq!(set.within(Accepted::all()), set);
    }
}
