//! `UsualScores`: the score of a usual picture at each quality.

use super::search::{COARSEST, FINEST, TOLERANCE};
use crate::request::{Format, OutputFormat, Quality, QualityFound, Target};

/// The score of a usual picture at each quality, by points between which it is straight.
#[derive(Debug, Clone, Copy)]
pub(super) struct UsualScores(&'static [(u8, f64)]);

/// The mean of thirteen pictures as JPEG, from 50 up; below, an estimate (docs/formats.md).
const JPEG: [(u8, f64); 12] = [
    (1, -50.0),
    (10, 10.0),
    (20, 36.0),
    (30, 49.0),
    (40, 57.0),
    (50, 63.0),
    (60, 67.0),
    (70, 71.5),
    (80, 77.5),
    (90, 84.5),
    (95, 89.0),
    (100, 93.0),
];
/// A number means about the same in every format.
const WEBP: [(u8, f64); 12] = JPEG;
const AVIF: [(u8, f64); 12] = JPEG;

impl UsualScores {
    /// That of a format.
    pub fn of(output: OutputFormat) -> Self {
        Self(match output.format() {
            Some(Format::WebP) => &WEBP,
            Some(Format::Avif) => &AVIF,
            // Those that lose nothing are not searched for.
            _ => &JPEG,
        })
    }

    /// The score at a quality.
    pub fn score(self, quality: f64) -> f64 {
        self.between(quality, |(quality, score)| (f64::from(quality), score))
    }

    /// The quality of a score, which may be a fraction.
    pub fn quality(self, score: f64) -> f64 {
        self.between(score, |(quality, score)| (score, f64::from(quality)))
    }

    /// The quality that a usual picture takes.
    pub fn usual(self, target: Target) -> QualityFound {
        let quality = self.quality(target.score()).round().clamp(COARSEST.into(), FINEST.into());
        let is_missed = self.score(quality) < target.score() - TOLERANCE;
        // Within the bounds.
        QualityFound { quality: Quality::new(quality as u8), is_missed }
    }

    /// Where a line through the points around it has a place; at the ends, that of the end.
    fn between(self, at: f64, of: impl Fn((u8, f64)) -> (f64, f64)) -> f64 {
        let points = || self.0.iter().map(|point| of(*point));
        let before = points().rfind(|(place, _)| *place <= at);
        let after = points().find(|(place, _)| *place >= at);
        let (Some((from, first)), Some((to, last))) = (before.or(after), after.or(before)) else { return 0.0 };
        first + (last - first) * (at - from) / (to - from).max(f64::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finer_quality_has_a_higher_score_and_the_score_gives_the_quality_back() {
        for output in [OutputFormat::JPEG, OutputFormat::WEBP, OutputFormat::named("avif").unwrap()] {
            let curve = UsualScores::of(output);
            let scores: Vec<_> = (1..=100u8).map(|quality| curve.score(quality.into())).collect();
            assert!(scores.is_sorted_by(|one, next| one < next), "{output}");
            for (quality, score) in (1..).zip(scores) {
                assert!((curve.quality(score) - f64::from(quality)).abs() < 1e-6, "{output} {quality}");
            }
            assert!((curve.quality(-1e9) - 1.0).abs() < 1e-6 && (curve.quality(1e9) - 100.0).abs() < 1e-6);
        }
    }

    #[test]
    fn every_target_can_be_met_by_a_usual_picture() {
        for output in [OutputFormat::JPEG, OutputFormat::WEBP, OutputFormat::named("avif").unwrap()] {
            for (word, target) in Target::WORDS {
                let usual = UsualScores::of(output).usual(target);
                assert!(!usual.is_missed && (COARSEST..FINEST).contains(&usual.quality.number()), "{output} {word}");
            }
        }
    }
}
