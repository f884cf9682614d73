//! The quantiser levels of libaom for our qualities: a number means the same score, whatever the speed and the chroma.

use super::planes::Chroma;

/// From this quality on chroma is kept whole where nobody asks. Below, 4:4:4 costs 2 to 5 % more bytes at equal SSIMULACRA2;
/// above, 4:2:0 cannot reach what the number promises, however fine the quantiser.
pub const FULL_CHROMA_QUALITY: u8 = 90;

/// Numbers by quality, rising; between them they are interpolated.
type Curve = [(u8, u8)];

/// Qualities and the quantiser levels (0 to 63) that give the same SSIMULACRA2 as ravif 0.13 gives at speed 6, as the
/// mean of four photographs of 800 pixels; docs/formats.md has the curve.
const QUARTER_CHROMA: &Curve = &[
    (1, 63),
    (20, 46),
    (30, 41),
    (40, 37),
    (50, 33),
    (60, 28),
    (70, 23),
    (80, 16),
    (85, 9),
    (89, 5),
    (95, 2),
    (100, 1),
];
/// The same for whole chroma, which needs a coarser level for the same result.
const FULL_CHROMA: &Curve = &[
    (1, 63),
    (20, 47),
    (30, 42),
    (40, 38),
    (50, 35),
    (60, 31),
    (70, 27),
    (80, 19),
    (85, 11),
    (90, 6),
    (95, 2),
    (100, 1),
];

/// By the library's speed, how much coarser a level gives the score that the fastest gives, as the mean of eight pictures of
/// 600 pixels: a thorough search does not only save bytes, but also shows more.
const COARSER: [(i32, &Curve); 5] = [
    (4, &[(1, 0), (30, 6), (50, 4), (65, 6), (75, 9), (85, 7), (90, 0)]),
    (5, &[(1, 0), (30, 6), (50, 4), (65, 6), (75, 9), (85, 7), (90, 0)]),
    (6, &[(1, 0), (30, 5), (50, 4), (65, 6), (75, 9), (85, 7), (90, 0)]),
    (7, &[(1, 0), (30, 2), (50, 2), (65, 4), (75, 7), (85, 6), (90, 0)]),
    (8, &[(1, 0), (30, 0), (50, 1), (65, 3), (75, 6), (85, 5), (90, 0)]),
];

/// The level for a quality at one of the library's speeds.
pub fn level(quality: u8, chroma: Chroma, cpu_used: i32) -> i32 {
    let level = at(quality, if chroma == Chroma::Full { FULL_CHROMA } else { QUARTER_CHROMA });
    let curve = COARSER.into_iter().find_map(|(known, curve)| (known == cpu_used).then_some(curve));
    // To the nearest; of two, to the finer one.
    let level = level + curve.map_or(0.0, |curve| at(quality, curve)) - 0.5;
    // Within the range of the curves.
    level.ceil().clamp(0.0, 63.0) as i32
}

fn at(quality: u8, curve: &Curve) -> f64 {
    let after = curve.iter().copied().find(|(known, _)| *known >= quality);
    let before = curve.iter().copied().rfind(|(known, _)| *known <= quality);
    let (Some(from), Some(to)) = (before.or(after), after.or(before)) else { return 0.0 };
    let [(from, first), (to, last)] = [from, to].map(|(known, value)| (f64::from(known), f64::from(value)));
    first + (last - first) * (f64::from(quality) - from) / (to - from).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_better_quality_is_never_a_coarser_level() {
        for (chroma, cpu_used) in
            [Chroma::Quarter, Chroma::Full].into_iter().flat_map(|chroma| (4..=9).map(move |speed| (chroma, speed)))
        {
            let levels: Vec<_> = (1..=100).map(|quality| level(quality, chroma, cpu_used)).collect();
            assert!(levels.is_sorted_by(|before, after| before >= after), "{chroma:?} {cpu_used} {levels:?}");
        }
    }

    #[test]
    fn the_usual_levels_stay() {
        let usual = |quality, chroma| level(quality, chroma, 9);
        assert_eq!([1, 20, 55, 85, 89].map(|quality| usual(quality, Chroma::Quarter)), [63, 46, 30, 9, 5]);
        assert_eq!([90, 95, 100].map(|quality| usual(quality, Chroma::Full)), [6, 2, 1]);
    }
}
