//! `Target`: how much of a picture is to be seen, whatever that takes in a format; `QualityWish`, which may
//! be one; and `Search`, for what it takes.

use codec::{ChromaSampling, Format, OutputFormat, Quality};

/// How good a picture is to look beside its original: a score of SSIMULACRA2, the same in every format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// Losses are seen, for the fewest bytes.
    Low,
    /// Between low and medium.
    MediumLow,
    /// Good: losses are seen by those who look for them.
    Medium,
    /// Between medium and high.
    MediumHigh,
    /// Losses are hardly seen.
    High,
}

/// How finely lossy pixels are to be coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualityWish {
    /// So finely.
    Number(Quality),
    /// As finely as it takes.
    Target(Target),
    /// As finely as the original is coded, where it tells that.
    Own,
    /// So finely in each format.
    Each(Qualities),
}

/// How finely each format is coded that loses pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Qualities {
    /// JPEG.
    pub jpeg: Quality,
    /// WebP.
    pub webp: Quality,
    /// AVIF.
    pub avif: Quality,
}

/// What is searched for of an original: the same for all its renditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Search {
    /// What it is written in.
    pub format: OutputFormat,
    /// How much is to be seen.
    pub target: Target,
    /// How much of the colours is kept, where that was asked for.
    pub chroma: Option<ChromaSampling>,
}

impl Target {
    /// The words that are read, with what they mean; `auto` leaves the choice to us.
    pub const WORDS: [(&str, Self); 6] = [
        ("auto", Self::Medium),
        ("low", Self::Low),
        ("medium-low", Self::MediumLow),
        ("medium", Self::Medium),
        ("medium-high", Self::MediumHigh),
        ("high", Self::High),
    ];

    /// The target that a word means, in any letter case.
    pub fn named(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, target)| target)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().rfind(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }

    /// The score of SSIMULACRA2 that is aimed at: 100 for the same pixels, 90 for no visible difference.
    pub fn score(self) -> f64 {
        match self {
            Self::Low => 55.0,
            Self::MediumLow => 63.0,
            Self::Medium => 70.0,
            Self::MediumHigh => 75.0,
            Self::High => 80.0,
        }
    }
}

impl Qualities {
    /// That of a format; one that loses nothing has the finest.
    fn of(self, format: OutputFormat) -> Quality {
        match format {
            OutputFormat::JPEG => self.jpeg,
            OutputFormat::WEBP => self.webp,
            _ if format.format() == Some(Format::Avif) => self.avif,
            _ => Quality::new(100),
        }
    }
}

impl QualityWish {
    /// The finest that it may come to in a format.
    pub(super) fn finest(self, format: OutputFormat) -> Quality {
        match self {
            Self::Number(quality) => quality,
            Self::Each(qualities) => qualities.of(format),
            Self::Target(_) | Self::Own => Quality::new(100),
        }
    }

    /// What is to be seen, where that was asked for.
    pub(super) fn target(self) -> Option<Target> {
        match self {
            Self::Number(_) | Self::Own | Self::Each(_) => None,
            Self::Target(target) => Some(target),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_a_target_of_its_own_but_auto() {
        for (word, target) in Target::WORDS {
            assert_eq!(Target::named(&word.to_uppercase()), Some(target));
            assert_eq!(target.name(), if word == "auto" { "medium" } else { word });
        }
        assert_eq!(Target::named("best"), None);
        let scores: Vec<_> = Target::WORDS.iter().skip(1).map(|(_, target)| target.score()).collect();
        assert!(scores.is_sorted_by(|one, next| one < next), "{scores:?}");
    }
}
