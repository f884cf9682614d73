//! The finest quality of which a file is no longer than it may be: a search, for all formats.

use bytes::Bytes;

use super::RenderError;
use crate::request::{Coding, MaxBytes, Quality, QualityFound};

/// How often one picture is encoded, at most.
const MAX_TRIALS: usize = 5;

/// Bytes by quality, as the logarithm of bits a pixel of JPEG: the mean of thirteen pictures (docs/formats.md), and below 50
/// of five. A picture has its own, but on this scale it is nearly a line, in every format.
const USUAL: [(u8, f64); 14] = [
    (1, -2.20),
    (5, -1.80),
    (10, -1.43),
    (20, -1.03),
    (30, -0.80),
    (40, -0.64),
    (50, -0.49),
    (60, -0.36),
    (70, -0.20),
    (80, 0.09),
    (85, 0.26),
    (90, 0.50),
    (95, 0.87),
    (100, 1.60),
];
/// How much below the limit is aimed at while nothing fits, as a logarithm.
const MARGIN: f64 = 0.05;
/// How far down the scale a step goes, for every trial and one more, while nothing fits.
const MAX_STEP: f64 = 0.8;
/// How much of the rest of the scale the last step but one goes down while nothing fits.
const MIN_STEP: f64 = 0.2;
/// Bytes always get fewer on the way down.
const MIN_SLOPE: f64 = 0.05;

/// A trial: a quality, its place on the scale of [`USUAL`], and the logarithm of its bytes.
#[derive(Debug, Clone, Copy)]
struct Trial {
    quality: u8,
    place: f64,
    bytes: f64,
}

/// Writes the file at the finest quality, not above that of `coding`, at which it has no more bytes than `most`, as far as
/// that is found in five trials; where none fits, at the lowest. What loses no pixel is written as it is.
///
/// # Errors
/// Those of `encode`.
pub(super) fn finest_within(
    most: MaxBytes,
    coding: Coding,
    mut encode: impl FnMut(Coding) -> Result<Bytes, RenderError>,
) -> Result<(Bytes, QualityFound), RenderError> {
    let mut bytes = encode(coding)?;
    let quality = Quality::new(coding.quality_number());
    let mut found = QualityFound { quality, is_missed: most.is_below(bytes.len()) };
    if coding.is_lossless() {
        return Ok((bytes, found));
    }
    let limit = (most.bytes() as f64).ln();
    let mut trials = vec![Trial::of(quality, &bytes)];
    for number in 2..=MAX_TRIALS {
        let Some(quality) = next(&trials, limit, number == MAX_TRIALS) else { break };
        let quality = Quality::new(quality);
        let file = encode(Coding { quality: Some(quality), ..coding })?;
        trials.push(Trial::of(quality, &file));
        let is_missed = most.is_below(file.len());
        let is_better = match (found.is_missed, is_missed) {
            (true, true) => file.len() < bytes.len(),
            (true, false) => true,
            (false, true) => false,
            (false, false) => quality > found.quality,
        };
        if is_better {
            (bytes, found) = (file, QualityFound { quality, is_missed });
        }
    }
    Ok((bytes, found))
}

impl Trial {
    fn of(quality: Quality, file: &Bytes) -> Self {
        let quality = quality.number();
        Self { quality, place: place(quality), bytes: (file.len().max(1) as f64).ln() }
    }

    fn fits(&self, limit: f64) -> bool {
        self.bytes <= limit
    }
}

/// The quality to try next; `None` where there is none left that can be better.
fn next(trials: &[Trial], limit: f64, is_last: bool) -> Option<u8> {
    let fitting = trials.iter().filter(|trial| trial.fits(limit)).max_by_key(|trial| trial.quality);
    let failing = trials.iter().filter(|trial| !trial.fits(limit)).min_by_key(|trial| trial.quality)?;
    let lowest = fitting.map_or(1, |fitting| fitting.quality + 1);
    let highest = failing.quality.checked_sub(1).filter(|highest| *highest >= lowest)?;
    let wanted = match fitting {
        Some(fitting) => crossing(*fitting, *failing, limit),
        None if is_last => return Some(1),
        None => {
            let before = trials.iter().rev().find(|trial| trial.quality > failing.quality);
            // With one trial alone, the picture is taken for a usual one.
            let usual = Trial { quality: 0, place: failing.place + 1.0, bytes: failing.bytes + 1.0 };
            let tried = trials.len() as f64;
            let wanted = crossing(*failing, before.copied().unwrap_or(usual), limit - MARGIN * (tried - 1.0).max(1.0));
            let wanted = wanted.max(failing.place - MAX_STEP * (tried + 1.0));
            // The last but one has to fit, where anything does.
            let is_last_but_one = trials.len() + 2 == MAX_TRIALS;
            let most = if is_last_but_one { failing.place + (place(1) - failing.place) * MIN_STEP } else { f64::MAX };
            wanted.min(most)
        }
    };
    let below = (lowest..=highest).rev().find(|quality| place(*quality) <= wanted);
    Some(below.unwrap_or(lowest))
}

/// Where a line through two trials has so many bytes.
fn crossing(one: Trial, other: Trial, bytes: f64) -> f64 {
    let slope = (other.bytes - one.bytes) / (other.place - one.place);
    one.place + (bytes - one.bytes) / slope.max(MIN_SLOPE)
}

/// Where a quality stands on the scale.
fn place(quality: u8) -> f64 {
    let after = USUAL.iter().find(|(known, _)| *known >= quality);
    let before = USUAL.iter().rfind(|(known, _)| *known <= quality);
    let (Some((from, first)), Some((to, last))) = (before.or(after), after.or(before)) else { return 0.0 };
    let span = f64::from(*to) - f64::from(*from);
    first + (last - first) * (f64::from(quality) - f64::from(*from)) / span.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches among files of these lengths by quality: what is taken, whether it missed, and how many were tried.
    fn search(most: u64, ceiling: u8, length: impl Fn(u8) -> f64) -> (u8, bool, usize) {
        let mut trials = 0;
        let coding = Coding::new(Some(Quality::new(ceiling)), 0);
        let most = MaxBytes::parse(&most.to_string()).unwrap();
        let found = finest_within(most, coding, |coding| {
            trials += 1;
            Ok(vec![0; length(coding.quality_number()) as usize].into())
        });
        let (bytes, found) = found.unwrap();
        assert_eq!(bytes.len(), length(found.quality.number()) as usize);
        assert_eq!(found.is_missed, bytes.len() as u64 > most.bytes());
        (found.quality.number(), found.is_missed, trials)
    }

    #[test]
    fn what_fits_at_once_is_not_searched_for() {
        assert_eq!(search(5000, 75, |_| 5000.0), (75, false, 1));
    }

    #[test]
    fn where_nothing_fits_the_lowest_is_taken_and_said_to_miss() {
        let (quality, is_missed, trials) = search(10, 75, |quality| 1000.0 + f64::from(quality) * 50.0);
        assert!(is_missed && quality == 1 && trials <= MAX_TRIALS, "{quality} {trials}");
        assert_eq!(search(10, 1, |_| 11.0), (1, true, 1));
    }

    #[test]
    fn the_finest_that_fits_is_found_on_curves_of_all_kinds() {
        let usual = |quality: u8| (place(quality) + 9.0).exp();
        let steep = |quality: u8| (place(quality) * 1.5 + 9.0).exp() + 600.0;
        let flat = |quality: u8| (place(quality) * 0.6 + 9.0).exp();
        // As quantisers with few levels give it.
        let stairs = |quality: u8| (place(quality / 3 * 3 + 1) * 1.1 + 9.0).exp();
        let curves: [(&str, &dyn Fn(u8) -> f64); 4] =
            [("usual", &usual), ("steep", &steep), ("flat", &flat), ("stairs", &stairs)];
        for (name, length) in curves {
            for (ceiling, wanted) in
                [60, 75, 90, 100].into_iter().flat_map(|ceiling| (1..ceiling).map(move |q| (ceiling, q)))
            {
                let most = length(wanted) as u64 + 1;
                let best = (1..=ceiling).rev().find(|quality| length(*quality) as u64 <= most).unwrap();
                let (quality, is_missed, trials) = search(most, ceiling, length);
                assert!(!is_missed && trials <= MAX_TRIALS, "{name} {ceiling} {wanted}: {quality}");
                let lost = 1.0 - length(quality) / length(best);
                // Five trials do not always reach the very last number.
                assert!(
                    lost <= 0.03 || quality + 1 >= best,
                    "{name} {ceiling} {wanted}: {quality} for {best}, {trials} trials"
                );
            }
        }
    }

    #[test]
    fn what_loses_nothing_is_written_once() {
        let mut trials = 0;
        let most = MaxBytes::parse("10").unwrap();
        let (bytes, found) = finest_within(most, Coding::new(None, 6), |_| {
            trials += 1;
            Ok(vec![0; 11].into())
        })
        .unwrap();
        assert_eq!((trials, bytes.len(), found.to_string()), (1, 11, "100; missed".to_owned()));
    }
}
