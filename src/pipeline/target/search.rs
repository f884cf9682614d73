//! The search: from what a usual picture takes to what this one does, in few trials.

use super::curve::UsualScores;
use crate::request::{Quality, QualityFound};

/// How often one picture is encoded, at most.
pub(super) const MAX_TRIALS: usize = 3;
/// No search goes beyond these. Finer, bytes grow faster than what is seen; coarser, flat areas break into bands, which a
/// score hardly tells.
pub(super) const COARSEST: u8 = 10;
pub(super) const FINEST: u8 = 95;
/// So near, in points, a trial is close enough: what is left is a step or two along the curve.
const CLOSE: f64 = 1.0;
/// How many points the target may be missed by.
pub(super) const TOLERANCE: f64 = 2.0;
/// How much faster or slower than a usual one a picture may gain: what is beyond this is chance.
const SLOPES: (f64, f64) = (0.4, 3.0);

/// A look at one trial: its quality, the score of a usual picture at that, and its own.
#[derive(Debug, Clone, Copy)]
struct Look {
    quality: u8,
    usual: f64,
    score: f64,
}

/// Finds the quality at which a picture has a score. The last step is not tried. From the seam on more of the colours is kept,
/// so that trials on one side of it tell nothing of the other.
///
/// # Errors
/// Those of `score_at`.
pub(super) fn find<E>(
    target: f64,
    curve: UsualScores,
    seam: Option<u8>,
    mut score_at: impl FnMut(Quality) -> Result<f64, E>,
) -> Result<QualityFound, E> {
    let mut trials = Vec::<Look>::with_capacity(MAX_TRIALS);
    while trials.len() < MAX_TRIALS {
        let (quality, _) = guess(target, &trials, curve, seam);
        if trials.iter().any(|trial| trial.quality == quality) {
            break;
        }
        let score = score_at(Quality::new(quality))?;
        trials.push(Look { quality, usual: curve.score(quality.into()), score });
        if (score - target).abs() <= CLOSE {
            break;
        }
    }
    let (quality, score) = guess(target, &trials, curve, seam);
    Ok(QualityFound { quality: Quality::new(quality), is_missed: score < target - TOLERANCE })
}

/// The quality that is most likely to have the score, and the score that it is likely to have: below the seam where that will
/// do.
fn guess(target: f64, trials: &[Look], curve: UsualScores, seam: Option<u8>) -> (u8, f64) {
    let Some(seam) = seam else { return guess_within(target, trials, curve, (COARSEST, FINEST)) };
    let (below, above): (Vec<_>, Vec<_>) = trials.iter().partition(|trial| trial.quality < seam);
    let (quality, score) = guess_within(target, &below, curve, (COARSEST, seam - 1));
    let is_below = quality < seam - 1 || score >= target - CLOSE;
    if is_below { (quality, score) } else { guess_within(target, &above, curve, (seam, FINEST)) }
}

fn guess_within(target: f64, trials: &[Look], curve: UsualScores, (least, most): (u8, u8)) -> (u8, f64) {
    let mut nearest = trials.to_vec();
    nearest.sort_by(|one, other| (one.score - target).abs().total_cmp(&(other.score - target).abs()));
    let (at, slope) = match *nearest.as_slice() {
        [] => (Look { quality: 0, usual: target, score: target }, 1.0),
        [only] => (only, 1.0),
        [one, second, ..] => {
            // Two on one side, where quantisers have steps, may lie on one step.
            let beyond = nearest.iter().find(|look| (look.score < target) != (one.score < target));
            let other = beyond.copied().unwrap_or(second);
            let slope = (one.score - other.score) / (one.usual - other.usual);
            let slope = if slope.is_finite() { slope.clamp(SLOPES.0, SLOPES.1) } else { 1.0 };
            (one, slope)
        }
    };
    let usual = at.usual + (target - at.score) / slope;
    let quality = curve.quality(usual).round().clamp(least.into(), most.into());
    let score = at.score + (curve.score(quality) - at.usual) * slope;
    // Within the bounds.
    (quality as u8, trials.iter().find(|trial| f64::from(trial.quality) == quality).map_or(score, |trial| trial.score))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::OutputFormat;

    /// Searches on a curve of scores: what is taken, whether it missed, and how many were tried.
    fn search(target: f64, score: impl Fn(f64) -> f64) -> (u8, bool, usize) {
        search_with_seam(target, None, score)
    }

    fn search_with_seam(target: f64, seam: Option<u8>, score: impl Fn(f64) -> f64) -> (u8, bool, usize) {
        let mut trials = 0;
        let found = find(target, UsualScores::of(OutputFormat::JPEG), seam, |quality| {
            trials += 1;
            Ok::<_, ()>(score(quality.number().into()))
        });
        let QualityFound { quality, is_missed } = found.unwrap();
        assert!(trials <= MAX_TRIALS);
        (quality.number(), is_missed, trials)
    }

    #[test]
    fn a_usual_picture_takes_one_trial() {
        let curve = UsualScores::of(OutputFormat::JPEG);
        for target in [55.0, 63.0, 70.0, 75.0, 80.0] {
            let (quality, is_missed, trials) = search(target, |quality| curve.score(quality));
            assert!((curve.score(quality.into()) - target).abs() < 1.0, "{target}: {quality}");
            assert_eq!((is_missed, trials), (false, 1));
        }
    }

    #[test]
    fn a_picture_that_shows_more_or_less_than_usual_is_met_all_the_same() {
        let curve = UsualScores::of(OutputFormat::JPEG);
        for (shift, slope) in [(8.0, 1.0), (-8.0, 1.0), (4.0, 0.6), (-5.0, 1.5), (12.0, 0.8), (-3.0, 0.5)] {
            let score = |quality: f64| 70.0 + shift + (curve.score(quality) - 70.0) * slope;
            for target in [55.0, 63.0, 70.0, 75.0] {
                let (quality, is_missed, _) = search(target, score);
                let got = score(quality.into());
                let is_bound = [COARSEST, FINEST].contains(&quality);
                assert!((got - target).abs() < 1.5 || is_bound, "{shift} {slope} {target}: {quality} has {got}");
                assert_eq!(is_missed, got < target - TOLERANCE, "{shift} {slope} {target}");
            }
        }
    }

    #[test]
    fn what_cannot_be_met_is_as_fine_as_it_goes_and_said_to_miss() {
        assert_eq!(search(80.0, |quality| quality / 2.0), (FINEST, true, 2));
        assert_eq!(search(80.0, |_| 30.0), (FINEST, true, 2));
        assert_eq!(search(55.0, |_| 95.0), (COARSEST, false, 2));
    }

    #[test]
    fn what_is_not_met_below_the_seam_is_met_right_above_it() {
        let curve = UsualScores::of(OutputFormat::JPEG);
        // As AVIF of strong colours has it.
        let score = |quality: f64| curve.score(quality) - if quality < 90.0 { 12.0 } else { 0.0 };
        for target in [75.0, 80.0] {
            let (quality, is_missed, _) = search_with_seam(target, Some(90), score);
            assert_eq!((quality, is_missed), (90, false), "{target}");
        }
        let (quality, ..) = search_with_seam(63.0, Some(90), score);
        assert!(quality < 90 && (score(quality.into()) - 63.0).abs() < 1.5, "{quality}");
        assert_eq!(search_with_seam(80.0, Some(90), |quality| quality / 2.0).0, FINEST);
        // Quantisers with few levels give steps, between which a target may lie.
        let steps = |quality: f64| curve.score((quality / 8.0).floor() * 8.0) - 2.0;
        for target in [55.0, 63.0, 70.0] {
            let (quality, ..) = search_with_seam(target, Some(90), steps);
            assert!(quality < 90 && (steps(quality.into()) - target).abs() < 6.0, "{target}: {quality}");
        }
    }

    #[test]
    fn two_trials_on_one_step_do_not_hide_the_one_beyond() {
        let curve = UsualScores::of(OutputFormat::JPEG);
        let start = curve.quality(63.0).round();
        // As AVIF has it around 60.
        let score = |quality: f64| {
            if quality > start - 6.0 { 65.5 + (quality - start) * 0.02 } else { 64.0 + (quality - start + 6.0) * 1.2 }
        };
        let (quality, is_missed, _) = search(63.0, score);
        assert!(!is_missed && (score(quality.into()) - 63.0).abs() < 3.0, "{quality} has {}", score(quality.into()));
    }

    #[test]
    fn a_curve_that_falls_somewhere_ends_the_search_too() {
        for target in [55.0, 70.0, 80.0] {
            let (quality, ..) = search(target, |quality| 70.0 + (quality * 1.7).sin() * 20.0);
            assert!((COARSEST..=FINEST).contains(&quality));
        }
    }
}
