//! The quality of a JPEG, by the quantisation table of its first component.

use super::compress;
use crate::Quality;

/// A table in the order that files have it in: by rising frequency.
pub(super) type Table = [u16; 64];

/// Where the frequencies of a table in zigzag order stand, row by row (ITU-T T.81, figure 5).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// The luminance table of ITU-T T.81, annex K, which libjpeg scales.
#[rustfmt::skip]
const STANDARD: Table = [
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
];

/// mozjpeg's own (by N. Robidoux), which we scale.
#[rustfmt::skip]
const PHOTO: Table = [
    16, 16, 16, 18, 25, 37, 56, 85,
    16, 17, 20, 27, 34, 40, 53, 75,
    16, 20, 24, 31, 43, 62, 91, 135,
    18, 27, 31, 40, 53, 74, 106, 156,
    25, 34, 43, 53, 69, 94, 131, 189,
    37, 40, 62, 74, 94, 124, 169, 238,
    56, 53, 91, 106, 131, 169, 226, 311,
    85, 75, 135, 156, 189, 238, 311, 418,
];

/// The quality whose table is nearest to this one: of libjpeg's, or of ours, for which the number means the same.
/// Differences count by their share of the table, so that no frequency outweighs the others.
pub(super) fn quality(table: &Table) -> Quality {
    let ours = |number: u8| compress::photo_tables_quality(number);
    let candidates = (1..=100).flat_map(|number| [(number, &STANDARD, number), (number, &PHOTO, ours(number))]);
    let nearest = candidates.min_by_key(|(number, base, scaled)| {
        let difference = difference(table, base, *scaled);
        (difference, u8::MAX - number)
    });
    Quality::new(nearest.map_or(100, |(number, ..)| number))
}

/// The sum of all differences, in thousandths of the table that is scaled.
fn difference(table: &Table, base: &Table, quality: u8) -> u32 {
    let quality = u32::from(quality);
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let differences = table.iter().zip(ZIGZAG).map(|(value, place)| {
        let base = base.get(usize::from(place)).copied().map_or(1, u32::from);
        let scaled = ((base * scale + 50) / 100).clamp(1, 255);
        scaled.abs_diff((*value).into()) * 1000 / scaled
    });
    differences.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(base: &Table, scale: u64) -> Table {
        std::array::from_fn(|at| ((u64::from(base[usize::from(ZIGZAG[at])]) * scale + 50) / 100).clamp(1, 255) as u16)
    }

    #[test]
    fn the_tables_of_libjpeg_give_their_number() {
        for number in 10..=100u8 {
            let scale = if number < 50 { 5000 / u64::from(number) } else { 200 - 2 * u64::from(number) };
            let got = quality(&scaled(&STANDARD, scale)).number();
            assert!(got >= number && got - number <= 1, "{number}: {got}");
        }
    }

    #[test]
    fn a_table_of_another_kind_is_placed_between_those_that_are_finer_and_coarser() {
        let flat = |value| quality(&[value; 64]).number();
        assert_eq!(flat(1), 100);
        let qualities = [2, 4, 8, 16, 32, 64, 255].map(flat);
        assert!(qualities.is_sorted_by(|finer, coarser| finer >= coarser), "{qualities:?}");
        assert!(flat(4) > 90 && flat(64) < 50, "{qualities:?}");
        assert!(quality(&[0; 64]).number() > 0 && quality(&[u16::MAX; 64]).number() > 0);
    }
}
