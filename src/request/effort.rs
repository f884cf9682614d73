//! `Effort`: how much work goes into few bytes, of all formats or of some.

use super::{Format, OutputFormat};

/// How much work goes into few bytes, on one scale for all formats: 0 is the fastest, 10 the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Effort(u8);

/// How much work is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffortWish {
    /// As much in every format.
    Number(Effort),
    /// What is said of each, where anything is; the others stay as the operator has them.
    Each {
        /// Of AVIF.
        avif: Option<Effort>,
        /// Of PNG.
        png: Option<Effort>,
    },
}

impl Effort {
    /// Parses a whole number from 0 to [`Effort::MAX`].
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|effort| *effort <= Self::MAX).map(Self)
    }

    /// The effort that gives the fewest bytes.
    pub const MAX: u8 = codec::Choices::MAX_EFFORT;

    /// So much; a greater number is the greatest.
    pub fn of(number: u8) -> Self {
        Self(number.min(Self::MAX))
    }

    /// From 0 to [`Effort::MAX`].
    pub fn number(self) -> u8 {
        self.0
    }
}

impl EffortWish {
    /// What is asked for in a format.
    pub(super) fn of(self, output: OutputFormat) -> Option<Effort> {
        match (self, output.format()) {
            (Self::Number(effort), _) => Some(effort),
            (Self::Each { avif, .. }, Some(Format::Avif)) => avif,
            (Self::Each { png, .. }, Some(Format::Png)) => png,
            (Self::Each { .. }, _) => None,
        }
    }
}
