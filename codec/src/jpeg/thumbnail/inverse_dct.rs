//! The inverse DCT to fewer points than eight: of the low frequencies alone, so that those which the smaller size
//! cannot show do not alias (ITU-T T.81, A.3.3 has the transform of eight points).

use std::num::Wrapping;

use super::markers::Quantization;

/// Bits of the fractions of constants.
const FRACTION: u32 = 13;

/// `sqrt(2) * cos(pi / 8)` and `sqrt(2) * cos(3 * pi / 8)`, with [`FRACTION`] bits behind the point.
const COSINE_1: Number = Wrapping(10_703);
const COSINE_3: Number = Wrapping(4_433);

/// Bits that are kept between the two passes.
const SPARE: u32 = 2;

/// From the gain of the transform, 8 in both directions together (A.3.3).
const GAIN: u32 = 3;

/// The first coefficients of a block, in zigzag order: more than four points in both directions need.
pub type Block = [i16; 32];

/// Where a coefficient of row `v` and column `u` stands in zigzag order (ITU-T T.81, figure A.6).
const ZIGZAG: [[u8; 4]; 4] = [[0, 1, 5, 6], [2, 4, 7, 13], [3, 8, 12, 17], [9, 11, 18, 24]];

/// Whatever a broken file makes of it: sums wrap, and every result is clamped to a sample.
type Number = Wrapping<i32>;

/// To how many samples a block becomes, beside and below each other: 1, 2 or 4 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reduction {
    pub columns: u32,
    pub rows: u32,
}

impl Reduction {
    /// How many coefficients are needed, from the first, in zigzag order.
    pub fn kept(self) -> usize {
        let rows = ZIGZAG.iter().take(self.rows as usize);
        rows.flat_map(|row| row.iter().take(self.columns as usize)).max().map_or(1, |last| usize::from(*last) + 1)
    }

    /// Writes the samples of a block to `plane` at `offset`. `coefficients` are in zigzag order.
    #[inline]
    pub fn apply(
        self,
        coefficients: &Block,
        quantization: &Quantization,
        plane: &mut [u8],
        offset: usize,
        stride: usize,
    ) {
        let arguments = (coefficients, quantization);
        match (self.columns, self.rows) {
            (1, 1) => write(inverse::<1, 1>(arguments), plane, offset, stride),
            (2, 2) => write(inverse::<2, 2>(arguments), plane, offset, stride),
            (4, 4) => write(inverse::<4, 4>(arguments), plane, offset, stride),
            _ => self.apply_rare(arguments, plane, offset, stride),
        }
    }

    #[inline(never)]
    fn apply_rare(self, arguments: (&Block, &Quantization), plane: &mut [u8], offset: usize, stride: usize) {
        match (self.columns, self.rows) {
            (1, 2) => write(inverse::<1, 2>(arguments), plane, offset, stride),
            (1, _) => write(inverse::<1, 4>(arguments), plane, offset, stride),
            (2, 1) => write(inverse::<2, 1>(arguments), plane, offset, stride),
            (2, _) => write(inverse::<2, 4>(arguments), plane, offset, stride),
            (_, 1) => write(inverse::<4, 1>(arguments), plane, offset, stride),
            _ => write(inverse::<4, 2>(arguments), plane, offset, stride),
        }
    }
}

/// Writes one sample for the whole block, of which only the first coefficient is not zero.
#[inline]
pub fn apply_flat(
    reduction: Reduction,
    dc: i16,
    quantization: &Quantization,
    plane: &mut [u8],
    offset: usize,
    stride: usize,
) {
    let sample = sample(dequantized(dc, quantization[0]), GAIN);
    match (reduction.columns, reduction.rows) {
        (1, 1) => write([[sample]], plane, offset, stride),
        (2, 2) => write([[sample; 2]; 2], plane, offset, stride),
        (4, 4) => write([[sample; 4]; 4], plane, offset, stride),
        (columns, rows) => {
            for row in 0..rows as usize {
                let start = offset + row * stride;
                if let Some(place) = plane.get_mut(start..start + columns as usize) {
                    place.fill(sample);
                }
            }
        }
    }
}

#[inline(always)]
fn write<const COLUMNS: usize, const ROWS: usize>(
    samples: [[u8; COLUMNS]; ROWS],
    plane: &mut [u8],
    offset: usize,
    stride: usize,
) {
    for (row, samples) in samples.iter().enumerate() {
        let start = offset + row * stride;
        if let Some(place) = plane.get_mut(start..start + COLUMNS) {
            place.copy_from_slice(samples);
        }
    }
}

#[inline(always)]
fn dequantized(coefficient: i16, divisor: u16) -> Number {
    Wrapping(i32::from(coefficient)) * Wrapping(i32::from(divisor))
}

/// Rounds `value`, which has `fraction` bits behind the point, and shifts it to the middle of the range (A.3.1).
#[inline(always)]
fn sample(value: Number, fraction: u32) -> u8 {
    let shifted = value + Wrapping((128 << fraction) + (1 << (fraction - 1)));
    (shifted.0 >> fraction).clamp(0, 255) as u8
}

#[expect(clippy::indexing_slicing, reason = "`at` is one of the 32 places of a block, and `u` one of the columns")]
#[inline(always)]
fn inverse<const COLUMNS: usize, const ROWS: usize>(
    (coefficients, quantization): (&Block, &Quantization),
) -> [[u8; COLUMNS]; ROWS] {
    let mut columns = [[Wrapping(0); COLUMNS]; ROWS];
    for u in 0..COLUMNS {
        let mut frequencies = [Wrapping(0); ROWS];
        for (v, place) in frequencies.iter_mut().enumerate() {
            let at = usize::from(ZIGZAG[v & 3][u & 3] & 31);
            *place = dequantized(coefficients[at], quantization[at]);
        }
        for (row, value) in columns.iter_mut().zip(points::<ROWS>(frequencies)) {
            let half = Wrapping(1 << (FRACTION - SPARE - 1));
            row[u] = if ROWS > 2 { (value + half) >> (FRACTION - SPARE) as usize } else { value };
        }
    }
    let fraction = GAIN + if ROWS > 2 { SPARE } else { 0 } + if COLUMNS > 2 { FRACTION } else { 0 };
    let values = columns.map(points::<COLUMNS>);
    // Apart from the transform, so that the compiler makes vectors of it.
    let mut samples = [[0; COLUMNS]; ROWS];
    for (places, row) in samples.iter_mut().zip(values) {
        for (place, value) in places.iter_mut().zip(row) {
            *place = sample(value, fraction);
        }
    }
    samples
}

/// The transform of `COUNT` points, 1, 2 or 4: `f0 + sqrt(2) * sum of fu * cos((2x + 1) * u * pi / (2 * COUNT))`. Of
/// four points, the result has [`FRACTION`] bits behind the point.
#[inline(always)]
fn points<const COUNT: usize>(frequencies: [Number; COUNT]) -> [Number; COUNT] {
    let f = |u: usize| frequencies.get(u).copied().unwrap_or_default();
    let values = match COUNT {
        1 => [f(0); 4],
        2 => [f(0) + f(1), f(0) - f(1), f(0), f(0)],
        _ => four_points([f(0), f(1), f(2), f(3)]),
    };
    let mut points = [Wrapping(0); COUNT];
    points.iter_mut().zip(values).for_each(|(place, value)| *place = value);
    points
}

#[inline(always)]
fn four_points([f0, f1, f2, f3]: [Number; 4]) -> [Number; 4] {
    let (sum, difference) = ((f0 + f2) << FRACTION as usize, (f0 - f2) << FRACTION as usize);
    let (outer, inner) = (f1 * COSINE_1 + f3 * COSINE_3, f1 * COSINE_3 - f3 * COSINE_1);
    [sum + outer, difference + inner, difference - inner, sum - outer]
}
