//! The quality of a lossy WebP, by the quantisers that its frame header tells (RFC 6386, sections 9.2 to 9.6).

use crate::Quality;

/// The tag, the start code and the dimensions, which stand before what is coded.
pub(super) const HEAD_BYTES: usize = 10;
/// What is coded up to the quantisers has 200 bits at most.
pub(super) const START_BYTES: usize = HEAD_BYTES + 40;
const SEGMENTS: usize = 4;
const MAX_QUANTISER: u32 = 127;
const KEY_FRAME_BIT: u8 = 1;

/// The quality that libwebp gives these quantisers for; `start` is the start of a key frame.
pub(super) fn quality(start: &[u8]) -> Option<Quality> {
    let is_key_frame = start.first()? & KEY_FRAME_BIT == 0;
    let mut bits = Bits::new(start.get(HEAD_BYTES..).filter(|_| is_key_frame)?);
    // Colour space, and whether to clamp.
    bits.literal(2);
    let segments = bits.flag().then(|| Segments::read(&mut bits));
    // The simple or the other filter, its level and its sharpness.
    bits.literal(1 + 6 + 3);
    if bits.flag() && bits.flag() {
        for _ in 0..8 {
            bits.optional(6);
        }
    }
    // How many partitions there are.
    bits.literal(2);
    let base = bits.literal(7);
    let quantisers = segments.and_then(|segments| segments.quantisers(base));
    Some(of_quantisers(&quantisers.unwrap_or(vec![(base, 1.0)])))
}

/// libwebp gives each segment a power of what the quality stands for, higher where little is seen of it, and one on
/// average; so the mean of the logarithms, weighed by the share of each segment, gives the quality back.
fn of_quantisers(quantisers: &[(u32, f64)]) -> Quality {
    let shares: f64 = quantisers.iter().map(|(_, share)| share).sum();
    let logarithm = |quantiser: u32| {
        // Quantisers are rounded down.
        let fineness = 1.0 - (f64::from(quantiser.min(MAX_QUANTISER)) + 0.5) / f64::from(MAX_QUANTISER);
        fineness.max(0.001).ln()
    };
    let mean: f64 = quantisers.iter().map(|(quantiser, share)| logarithm(*quantiser) * share / shares).sum();
    let linear = mean.exp().powi(3);
    let compression = if linear < 0.5 { linear * 1.5 } else { linear.midpoint(1.0) };
    // From 0 to 100.
    Quality::new((compression * 100.0).round() as u8)
}

/// Parts of the picture with quantisers of their own.
#[derive(Default)]
struct Segments {
    /// The numbers stand for themselves, and not for differences.
    is_absolute: bool,
    numbers: Option<[i32; SEGMENTS]>,
    /// In 256ths: of the first two, of the first of them, and of the first of the others.
    probabilities: [u32; 3],
}

impl Segments {
    fn read(bits: &mut Bits<'_>) -> Self {
        let mut segments = Self { probabilities: [255; 3], ..Self::default() };
        let (has_map, has_data) = (bits.flag(), bits.flag());
        if has_data {
            segments.is_absolute = bits.flag();
            let mut numbers = [0; SEGMENTS];
            for number in &mut numbers {
                *number = bits.optional(7);
            }
            segments.numbers = Some(numbers);
            for _ in 0..SEGMENTS {
                bits.optional(6);
            }
        }
        if has_map {
            for probability in &mut segments.probabilities {
                *probability = if bits.flag() { bits.literal(8) } else { 255 };
            }
        }
        segments
    }

    /// The quantisers with their shares of the picture.
    fn quantisers(&self, base: u32) -> Option<Vec<(u32, f64)>> {
        let [pair, first, third] = self.probabilities.map(|probability| f64::from(probability) / 255.0);
        let shares = [pair * first, pair * (1.0 - first), (1.0 - pair) * third, (1.0 - pair) * (1.0 - third)];
        let quantiser = |number: i32| {
            let number = if self.is_absolute { number } else { base as i32 + number };
            number.clamp(0, MAX_QUANTISER as i32) as u32
        };
        Some(self.numbers?.map(quantiser).into_iter().zip(shares).collect())
    }
}

/// The decoder of bits with even chances (RFC 6386, section 7.3).
struct Bits<'a> {
    bytes: &'a [u8],
    value: u32,
    range: u32,
    /// How many bits of `value` are still to come before the next byte is due.
    left: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let (start, bytes) = bytes.split_at(bytes.len().min(2));
        let value = start.iter().fold(0, |value, byte| value << 8 | u32::from(*byte));
        Self { bytes, value, range: 255, left: 8 }
    }

    fn flag(&mut self) -> bool {
        let split = self.range.div_ceil(2);
        let is_set = self.value >= split << 8;
        if is_set {
            self.range -= split;
            self.value -= split << 8;
        } else {
            self.range = split;
        }
        while self.range < 128 {
            self.range <<= 1;
            self.value <<= 1;
            self.left -= 1;
            if self.left == 0 {
                // Behind the end there are zeros.
                let (next, rest) = self.bytes.split_first().unwrap_or((&0, &[]));
                self.value |= u32::from(*next);
                self.bytes = rest;
                self.left = 8;
            }
        }
        is_set
    }

    fn literal(&mut self, bits: u32) -> u32 {
        (0..bits).fold(0, |number, _| number << 1 | u32::from(self.flag()))
    }

    /// A number with a sign, or zero where none is there.
    fn optional(&mut self, bits: u32) -> i32 {
        if !self.flag() {
            return 0;
        }
        let number = self.literal(bits) as i32;
        if self.flag() { -number } else { number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finer_quantiser_is_a_better_quality() {
        let qualities: Vec<_> = (0..=127).map(|quantiser| of_quantisers(&[(quantiser, 1.0)]).number()).collect();
        assert!(qualities.is_sorted_by(|finer, coarser| finer >= coarser), "{qualities:?}");
        assert!(qualities[0] >= 98 && qualities[127] == 1, "{qualities:?}");
    }

    #[test]
    fn what_is_no_start_of_a_frame_has_no_quality() {
        for length in 0..START_BYTES {
            let _ = quality(&vec![0xa5; length]);
            let _ = quality(&vec![0; length]);
        }
        assert_eq!(quality(&[]), None);
        assert_eq!(quality(&[1; START_BYTES]), None);
    }
}
