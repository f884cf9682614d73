//! `Coding`: how one rendition is written, as far as that can be wished.

use crate::{OutputFormat, Quality};

/// What decides how finely, and with how much work, a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Coding {
    /// How fine lossy pixels are; `None` where none are lost.
    pub quality: Option<Quality>,
    /// How much work goes into few bytes, in the format's own number: the speed of AVIF (10 is the fastest), the effort of
    /// WebP (6 is the smallest), the level of PNG (9 is the smallest); 0 where the format has no choice.
    pub effort: u8,
}

impl Coding {
    /// Every pixel is kept.
    pub fn is_lossless(self) -> bool {
        self.quality.is_none()
    }

    /// The same, no finer than `most` where it is lossy.
    pub fn capped(self, most: Option<Quality>) -> Self {
        let finest = |quality: Quality| most.map_or(quality, |most| quality.min(most));
        Self { quality: self.quality.map(finest), ..self }
    }

    /// The number of the quality; 100 where no pixel is lost.
    pub fn quality_number(self) -> u8 {
        self.quality.map_or(100, Quality::number)
    }
}

/// How each output is written where nothing else is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codings(pub(crate) Vec<(OutputFormat, Coding)>);

impl Codings {
    /// The coding of an output. Every output has one, which is tested; without, nothing is lost.
    pub fn of(&self, output: OutputFormat) -> Coding {
        let known = self.0.iter().find(|(known, _)| *known == output);
        known.map_or(Coding { quality: None, effort: 0 }, |(_, coding)| *coding)
    }
}
