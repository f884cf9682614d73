//! `UsualScores`: the score of a usual picture at each quality.

use super::search::{COARSEST, FINEST, TOLERANCE};
use crate::request::{Format, OutputFormat, Quality, QualityFound, Target};

/// The score of a usual picture at each quality, by points between which it is straight.
#[derive(Debug, Clone, Copy)]
pub(super) struct UsualScores(&'static [(u8, f64)]);

/// Means over the copies of thirteen pictures: `benches/targets.py --curve`.
const JPEG: [(u8, f64); 15] = [
    (1, -5.6),
    (5, 11.5),
    (10, 28.9),
    (20, 43.6),
    (30, 53.6),
    (40, 60.0),
    (50, 64.3),
    (60, 68.4),
    (70, 72.3),
    (75, 75.4),
    (80, 78.2),
    (85, 80.9),
    (90, 84.6),
    (95, 89.3),
    (100, 92.4),
];
const WEBP: [(u8, f64); 15] = [
    (1, 7.8),
    (5, 23.5),
    (10, 32.8),
    (20, 44.5),
    (30, 52.6),
    (40, 58.6),
    (50, 63.3),
    (60, 66.8),
    (70, 70.3),
    (75, 72.4),
    (80, 76.8),
    (85, 81.0),
    (90, 84.9),
    (95, 88.4),
    (100, 90.1),
];
const AVIF: [(u8, f64); 15] = [
    (1, -52.0),
    (5, -27.9),
    (10, -10.8),
    (20, 21.9),
    (30, 37.0),
    (40, 48.2),
    (50, 55.7),
    (60, 63.0),
    (70, 69.6),
    (75, 71.6),
    (80, 74.2),
    (85, 80.0),
    (90, 85.1),
    (95, 90.3),
    (100, 91.6),
];

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
