//! `Kernel`: a convolution with a Gaussian in whole numbers, first of columns, then of rows.
//!
//! Between the two a sample has fractions of a level, so that nothing is rounded but the result: it is the nearest one but where
//! the exact value is within a few hundredths of the middle between two.

use crate::request::Dimensions;

/// How far a kernel reaches, in sigmas: what lies beyond is less than a level of 8 bits.
const REACH: f64 = 3.0;
/// The pairs of neighbours that are always weighed, together with the middle.
const FIRST_PAIRS: usize = 2;
/// A fraction so fine that white takes half of 16 bits, and a sum of two fits.
const FRACTION_BITS: u32 = 7;

/// What can be convolved: as 16 bits, of which seven are a fraction of a level.
pub(super) trait Convolved: Copy + Default {
    /// As 16 bits.
    fn read(self) -> u16;
    /// From 16 bits, of which eight are a fraction.
    fn rounded(sum: u16) -> Self;
}

impl Convolved for u8 {
    fn read(self) -> u16 {
        u16::from(self) << FRACTION_BITS
    }

    fn rounded(sum: u16) -> Self {
        ((sum + 128) >> 8) as u8
    }
}

/// Those of a plane are from 0 to 255 times 128 already.
impl Convolved for u16 {
    fn read(self) -> u16 {
        self
    }

    fn rounded(sum: u16) -> Self {
        (sum + 1) >> 1
    }
}

/// The weights of the middle, and of each pair of neighbours at the same distance, the nearest first.
struct Taps {
    middle: u16,
    pairs: Vec<u16>,
}

/// A Gaussian.
pub(super) struct Kernel {
    /// In 1/65536: of samples with seven bits of fraction they make such with seven.
    down: Taps,
    /// Twice that: they make samples with eight bits of fraction.
    across: Taps,
}

impl Kernel {
    pub fn of(sigma: f64) -> Self {
        let weight = |distance: usize| (-((distance * distance) as f64) / (2.0 * sigma * sigma)).exp();
        let side: Vec<f64> = (1..=reach(sigma)).map(weight).collect();
        let sum = 1.0 + 2.0 * side.iter().sum::<f64>();
        let twice: Vec<u16> = side.iter().map(|weight| (weight / sum * 131_072.0).round() as u16).collect();
        // What the pairs leave of one; the middle is added to itself, as one neighbour to the other.
        let middle = 65_536 - twice.iter().copied().map(u32::from).sum::<u32>();
        let middle = u16::try_from(middle).unwrap_or(u16::MAX);
        let once = Taps { middle: middle / 2, pairs: twice.iter().map(|weight| weight / 2).collect() };
        Self { down: once, across: Taps { middle, pairs: twice } }
    }

    /// Convolves rows of pixels of so many channels; outermost pixels go on.
    pub fn convolve<S: Convolved>(&self, source: &[S], sink: &mut [S], sides: Dimensions, channels: usize) {
        let Some(length) = Some(sides.width as usize * channels).filter(|length| *length > 0) else { return };
        let (reach, last) = (self.across.pairs.len(), sides.height.saturating_sub(1) as usize);
        let framed = reach * channels;
        // The rows around one, each at its number modulo theirs.
        let held = 2 * reach + 1;
        let mut around = vec![0_u16; held * length];
        let mut row = vec![0_u16; length + 2 * framed];
        let mut sums = vec![0_u16; length];
        let mut rows = source.chunks_exact(length).enumerate();
        for (y, sink) in sink.chunks_exact_mut(length).enumerate() {
            let missing = if y == 0 { reach + 1 } else { 1 };
            for (y, source) in rows.by_ref().take(missing) {
                read(around.get_mut(y % held * length..).unwrap_or_default(), source);
            }
            let middle = row.get_mut(framed..framed + length).unwrap_or_default();
            self.down.weigh(middle, |offset| {
                let y = y.saturating_add_signed(offset).min(last);
                around.get(y % held * length..).unwrap_or_default()
            });
            go_on(&mut row, framed, channels);
            self.across.weigh(&mut sums, |offset| {
                row.get(framed.saturating_add_signed(offset * channels as isize)..).unwrap_or_default()
            });
            round(sink, &sums);
        }
    }
}

/// How many neighbours on a side count.
fn reach(sigma: f64) -> usize {
    ((sigma * REACH).ceil() as usize).max(FIRST_PAIRS)
}

/// The most bytes that a convolution holds beside its source and its sink.
pub(super) fn held_beside(width: u32, channels: u64, sigma: f64) -> u64 {
    let (reach, width) = (reach(sigma) as u64, u64::from(width));
    // The rows around one, the row with its frame, the sums.
    2 * channels * ((2 * reach + 1) * width + (width + 2 * reach) + width)
}

/// Puts pixels like the outermost ones around a row.
fn go_on(row: &mut [u16], framed: usize, channels: usize) {
    let end = row.len() - framed;
    for at in (0..framed).step_by(channels) {
        row.copy_within(framed..framed + channels, at);
        row.copy_within(end - channels..end, end + at);
    }
}

impl Taps {
    /// The sums of what is at distances, in samples of one direction.
    fn weigh<'a>(&self, sums: &mut [u16], at: impl Fn(isize) -> &'a [u16]) {
        let pair = |distance: usize| [at(-(distance as isize)), at(distance as isize)];
        let (first, rest) = self.pairs.split_first_chunk::<FIRST_PAIRS>().unwrap_or((&[0; FIRST_PAIRS], &[]));
        // Each product is cut off; so much is what that loses on the whole.
        let lost = (self.pairs.len() as u16).div_ceil(2);
        begin(sums, at(0), [pair(1), pair(2)], (self.middle, *first), lost);
        let (twos, one) = rest.as_chunks::<2>();
        let mut distance = FIRST_PAIRS;
        for weights in twos {
            add_two(sums, [pair(distance + 1), pair(distance + 2)], *weights);
            distance += 2;
        }
        if let [weight] = one {
            add(sums, pair(distance + 1), *weight);
        }
    }
}

/// Of both together, the part that the weight is of 65536.
fn weighed(one: u16, other: u16, weight: u16) -> u16 {
    ((u32::from(one + other) * u32::from(weight)) >> 16) as u16
}

// Functions of their own, each a loop over slices that are known not to overlap: so they are done to several samples at a
// time. Inlined, at a fifth of the speed, they are not.

#[inline(never)]
fn begin(sums: &mut [u16], here: &[u16], pairs: [[&[u16]; 2]; 2], (middle, weights): (u16, [u16; 2]), lost: u16) {
    let ([[first, second], [third, fourth]], [nearer, farther]) = (pairs, weights);
    let pairs = first.iter().zip(second).zip(third.iter().zip(fourth));
    for ((sum, here), ((first, second), (third, fourth))) in sums.iter_mut().zip(here).zip(pairs) {
        let middle = weighed(*here, *here, middle) + lost;
        *sum = middle + weighed(*first, *second, nearer) + weighed(*third, *fourth, farther);
    }
}

#[inline(never)]
fn add_two(sums: &mut [u16], [[first, second], [third, fourth]]: [[&[u16]; 2]; 2], [nearer, farther]: [u16; 2]) {
    let pairs = first.iter().zip(second).zip(third.iter().zip(fourth));
    for (sum, ((first, second), (third, fourth))) in sums.iter_mut().zip(pairs) {
        *sum += weighed(*first, *second, nearer) + weighed(*third, *fourth, farther);
    }
}

#[inline(never)]
fn add(sums: &mut [u16], [first, second]: [&[u16]; 2], weight: u16) {
    for (sum, (first, second)) in sums.iter_mut().zip(first.iter().zip(second)) {
        *sum += weighed(*first, *second, weight);
    }
}

#[inline(never)]
fn read<S: Convolved>(row: &mut [u16], source: &[S]) {
    row.iter_mut().zip(source).for_each(|(sample, source)| *sample = source.read());
}

#[inline(never)]
fn round<S: Convolved>(sink: &mut [S], sums: &[u16]) {
    sink.iter_mut().zip(sums).for_each(|(sample, sum)| *sample = S::rounded(*sum));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same kernel in double precision.
    fn reference(rows: &[Vec<f64>], sigma: f64) -> Vec<Vec<f64>> {
        let reach = reach(sigma) as i64;
        let weight = |distance: i64| (-(distance * distance) as f64 / (2.0 * sigma * sigma)).exp();
        let sum: f64 = (-reach..=reach).map(weight).sum();
        let within = |at: i64, length: usize| at.clamp(0, length as i64 - 1) as usize;
        let along = |length: usize, at: usize, value: &dyn Fn(usize) -> f64| {
            (-reach..=reach).map(|d| weight(d) * value(within(at as i64 + d, length))).sum::<f64>() / sum
        };
        let (height, width) = (rows.len(), rows[0].len());
        let down: Vec<Vec<f64>> =
            (0..height).map(|y| (0..width).map(|x| along(height, y, &|y| rows[y][x])).collect()).collect();
        down.iter().map(|row| (0..width).map(|x| along(width, x, &|x| row[x])).collect()).collect()
    }

    #[test]
    fn nothing_is_rounded_but_the_result() {
        let (width, height) = (61_u32, 37_u32);
        let pixels: Vec<u8> = (0..u64::from(width * height)).map(|at| (at * at * 7919 % 65_521 % 256) as u8).collect();
        let rows: Vec<Vec<f64>> =
            pixels.chunks(width as usize).map(|row| row.iter().map(|value| f64::from(*value)).collect()).collect();
        for sigma in [0.3, 0.5, 1.0, 1.7, 2.49, 4.0, 7.9] {
            let expected = reference(&rows, sigma).concat();
            let kernel = Kernel::of(sigma);
            let mut blurred = vec![0_u8; pixels.len()];
            kernel.convolve(&pixels, &mut blurred, Dimensions::new(width, height), 1);
            let worst = blurred.iter().zip(&expected).map(|(got, expected)| (f64::from(*got) - expected).abs());
            let worst = worst.fold(0.0, f64::max);
            assert!(worst < 0.55, "sigma {sigma}: {worst}");
            let plane: Vec<u16> = pixels.iter().map(|value| value.read()).collect();
            let mut blurred = vec![0_u16; pixels.len()];
            kernel.convolve(&plane, &mut blurred, Dimensions::new(width, height), 1);
            let worst = blurred.iter().zip(&expected).map(|(got, expected)| (f64::from(*got) / 128.0 - expected).abs());
            let worst = worst.fold(0.0, f64::max);
            assert!(worst < 0.06, "sigma {sigma}, with fractions: {worst}");
        }
    }

    #[test]
    fn the_weights_are_one_together() {
        for sigma in [0.000_1, 0.3, 0.5, 0.7, 1.0, 2.3, 8.0] {
            let Kernel { down, across } = Kernel::of(sigma);
            let sum =
                |weights: &Taps| weights.pairs.iter().copied().map(u32::from).sum::<u32>() + u32::from(weights.middle);
            assert!((65_535..=65_536).contains(&sum(&across)), "{sigma}");
            assert!((32_768 - across.pairs.len() as u32..=32_768).contains(&sum(&down)), "{sigma}");
        }
    }
}
