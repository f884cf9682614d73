//! The numbers of a row: from bytes as they were compressed to samples of 16 bits.

use super::page::{Kind, Page};
use super::shape::Shape;
use super::{malformed, unsupported};
use crate::CodecError;
use crate::directory::ByteOrder;

/// Rows of one plane of one chunk.
pub struct Plane {
    pub bytes: Vec<u8>,
    pub row_bytes: usize,
    /// Those that are whole.
    pub rows: u32,
    pub depths: Vec<Depth>,
}

impl Plane {
    /// The bytes of a row, as far as they are there.
    pub fn row(&self, line: usize) -> &[u8] {
        let start = line * self.row_bytes;
        self.bytes.get(start..(start + self.row_bytes).min(self.bytes.len())).unwrap_or_default()
    }
}

/// Adds up the differences that a predictor left in the rows of one plane.
pub fn undo_predictor(page: &Page, plane: usize, bytes: &mut [u8], shape: Shape) -> Result<(), CodecError> {
    let bits = page.bits.get(plane).copied().unwrap_or(8);
    let samples = if page.is_planar { 1 } else { page.samples() };
    let rows = bytes.chunks_exact_mut(shape.row_bytes.max(1));
    match page.predictor {
        1 => {}
        // A word of two bytes from which it is known, whether it is little.
        2 => match (bits, page.directory.order) {
            (8, _) => rows.for_each(|row| add_up_bytes(row, samples)),
            (16, order) => rows.for_each(|row| add_up::<2>(row, samples, order)),
            (32, order) => rows.for_each(|row| add_up::<4>(row, samples, order)),
            (64, order) => rows.for_each(|row| add_up::<8>(row, samples, order)),
            (bits, _) => return Err(unsupported(format!("differences of {bits} bits"))),
        },
        3 if page.kind == Kind::Float => {
            let order = page.directory.order;
            rows.for_each(|row| add_up_planes(row, samples, usize::from(bits / 8), order));
        }
        other => return Err(malformed(format!("predictor {other}"))),
    }
    Ok(())
}

fn add_up_bytes(row: &mut [u8], samples: usize) {
    for index in samples..row.len() {
        let before = row.get(index - samples).copied().unwrap_or_default();
        if let Some(byte) = row.get_mut(index) {
            *byte = byte.wrapping_add(before);
        }
    }
}

/// The same for numbers of several bytes.
fn add_up<const BYTES: usize>(row: &mut [u8], samples: usize, order: ByteOrder) {
    let (numbers, _) = row.as_chunks_mut::<BYTES>();
    for index in samples..numbers.len() {
        let before = numbers.get(index - samples).copied().unwrap_or([0; BYTES]);
        if let Some(number) = numbers.get_mut(index) {
            let mut carry = 0u16;
            for place in 0..BYTES {
                let place = if order == ByteOrder::Little { place } else { BYTES - 1 - place };
                if let (Some(byte), Some(before)) = (number.get_mut(place), before.get(place)) {
                    let sum = u16::from(*byte) + u16::from(*before) + carry;
                    (*byte, carry) = (sum as u8, sum >> 8);
                }
            }
        }
    }
}

/// Differences of floating-point numbers: the highest bytes of a row come first, then the next (Adobe, Technical Note 3).
fn add_up_planes(row: &mut [u8], samples: usize, number_bytes: usize, order: ByteOrder) {
    add_up_bytes(row, samples);
    let planes = row.to_vec();
    let numbers = row.len() / number_bytes.max(1);
    for (index, number) in row.chunks_exact_mut(number_bytes.max(1)).enumerate() {
        for (place, byte) in number.iter_mut().enumerate() {
            let plane = if order == ByteOrder::Little { number_bytes - 1 - place } else { place };
            *byte = planes.get(plane * numbers + index).copied().unwrap_or_default();
        }
    }
}

/// How samples of one depth are read.
#[derive(Debug, Clone, Copy)]
pub struct Depth {
    pub bits: u16,
    pub kind: Kind,
    pub order: ByteOrder,
    /// Numbers that mean a colour of a palette are not scaled.
    pub is_index: bool,
}

/// Reads samples that are all of one common depth, many at a time. Reads none and says `false` for others.
pub fn read_alike(bytes: &[u8], depths: &[Depth], count: usize, row: &mut Vec<u16>) -> bool {
    let Some(Depth { bits, kind: Kind::Unsigned, order, is_index: false }) = depths.first().copied() else {
        return false;
    };
    if depths.iter().any(|depth| (depth.bits, depth.kind, depth.is_index) != (bits, Kind::Unsigned, false)) {
        return false;
    }
    match bits {
        1 => {
            let spread = |byte: &u8| {
                (0..8).map({
                    let byte = *byte;
                    move |bit| if byte >> (7 - bit) & 1 == 1 { u16::MAX } else { 0 }
                })
            };
            row.extend(bytes.iter().flat_map(spread).take(count));
        }
        8 => row.extend(bytes.iter().take(count).map(|byte| u16::from(*byte) * 257)),
        16 => row.extend(bytes.as_chunks().0.iter().take(count).map(|bytes| order.short(*bytes))),
        _ => return false,
    }
    row.resize(count, 0);
    true
}

/// Reads bits from the highest of each byte.
pub struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A sample of 16 bits: white and full are 65535 whatever the depth. Past the end, zero.
    pub fn sample(&mut self, depth: Depth) -> u16 {
        let raw = if depth.bits.is_multiple_of(8) && self.at.is_multiple_of(8) {
            self.whole_bytes(depth)
        } else {
            self.some_bits(depth.bits)
        };
        let bits = depth.bits;
        match depth.kind {
            Kind::Float => level_of(float(raw, bits)),
            _ if depth.is_index => raw as u16,
            Kind::Signed => {
                let signed = (raw << (64 - bits)).cast_signed() >> (64 - bits);
                scaled(signed.max(0).unsigned_abs(), bits - 1)
            }
            Kind::Unsigned => scaled(raw, bits),
        }
    }

    fn whole_bytes(&mut self, depth: Depth) -> u64 {
        let (from, count) = (self.at / 8, usize::from(depth.bits / 8));
        self.at += usize::from(depth.bits);
        let bytes = self.bytes.get(from..from + count).unwrap_or_default();
        let join = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        match depth.order {
            ByteOrder::Big => bytes.iter().fold(0, join),
            ByteOrder::Little => bytes.iter().rev().fold(0, join),
        }
    }

    fn some_bits(&mut self, bits: u16) -> u64 {
        let mut sum = 0;
        for _ in 0..bits {
            let byte = self.bytes.get(self.at / 8).copied().unwrap_or_default();
            sum = sum << 1 | u64::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        sum
    }
}

fn scaled(raw: u64, bits: u16) -> u16 {
    match bits {
        0 => 0,
        8 => raw as u16 * 257,
        16 => raw as u16,
        17.. => (raw >> (bits - 16)).min(u16::MAX.into()) as u16,
        bits => {
            let most = (1u64 << bits) - 1;
            ((raw * 65_535 + most / 2) / most) as u16
        }
    }
}

fn float(raw: u64, bits: u16) -> f64 {
    match bits {
        16 => small_float(raw, 5, 10),
        24 => small_float(raw, 7, 16),
        32 => f32::from_bits(raw as u32).into(),
        _ => f64::from_bits(raw),
    }
}

/// A float of another width than 32 and 64 bits, built as those are (Adobe, Technical Note 3).
fn small_float(raw: u64, exponent_bits: u32, fraction_bits: u32) -> f64 {
    let fraction = (raw & ((1 << fraction_bits) - 1)) as f64 / f64::from(1u32 << fraction_bits);
    let exponent = raw >> fraction_bits & ((1 << exponent_bits) - 1);
    let bias = (1 << (exponent_bits - 1)) - 1;
    let magnitude = match exponent {
        0 => fraction * f64::powi(2.0, 1 - bias),
        most if most == (1 << exponent_bits) - 1 => f64::INFINITY,
        exponent => (1.0 + fraction) * f64::powi(2.0, exponent as i32 - bias),
    };
    let is_negative = raw >> (fraction_bits + exponent_bits) & 1 == 1;
    if is_negative { -magnitude } else { magnitude }
}

/// From 0 to 1 there are levels; what is no number is black.
fn level_of(number: f64) -> u16 {
    (number * 65_535.0 + 0.5).clamp(0.0, 65_535.0) as u16
}

/// Spreads units of several pixels, each with one pair of chroma samples, to three samples a pixel. Of 8 bits alone.
pub fn spread(page: &Page, bytes: &[u8], shape: Shape) -> Vec<u8> {
    let (across, down) = page.ycbcr.subsampling;
    let (across, down) = (across as usize, down as usize);
    let (width, rows) = (shape.width as usize, shape.rows as usize);
    let mut pixels = vec![0; width * rows * 3];
    let unit_bytes = across * down + 2;
    for (index, unit) in bytes.chunks_exact(unit_bytes).enumerate() {
        let units_across = width.div_ceil(across);
        let (left, top) = (index % units_across * across, index / units_across * down);
        let [luma @ .., blue, red] = unit else { continue };
        for (index, luma) in luma.iter().enumerate() {
            let (x, y) = (left + index % across, top + index / across);
            let place = if x < width { pixels.get_mut((y * width + x) * 3..) } else { None };
            if let Some(pixel) = place.and_then(<[u8]>::first_chunk_mut) {
                *pixel = [*luma, *blue, *red];
            }
        }
    }
    pixels
}

/// Bytes of a chunk in units of several pixels.
pub fn units_bytes(page: &Page, width: u32, rows: u32) -> u64 {
    let (across, down) = page.ycbcr.subsampling;
    let units = u64::from(width.div_ceil(across)) * u64::from(rows.div_ceil(down));
    units * (u64::from(across) * u64::from(down) + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(bytes: &[u8], bits: u16, kind: Kind, order: ByteOrder, count: usize) -> Vec<u16> {
        let depth = Depth { bits, kind, order, is_index: false };
        let mut reader = Bits::new(bytes);
        (0..count).map(|_| reader.sample(depth)).collect()
    }

    #[test]
    fn every_depth_has_the_same_black_and_white() {
        for bits in (1..=16).chain([24, 32, 64]) {
            assert_eq!(samples(&[0xff; 8], bits, Kind::Unsigned, ByteOrder::Little, 1), [65_535], "{bits}");
            assert_eq!(samples(&[0; 8], bits, Kind::Unsigned, ByteOrder::Big, 1), [0], "{bits}");
        }
        assert_eq!(samples(&[0xab, 0xcd, 0xef], 12, Kind::Unsigned, ByteOrder::Little, 2), [0xabca, 0xdefd]);
        assert_eq!(samples(&[1, 2, 3, 4], 16, Kind::Unsigned, ByteOrder::Big, 2), [0x102, 0x304]);
        assert_eq!(samples(&[1, 2, 3, 4], 32, Kind::Unsigned, ByteOrder::Little, 1), [0x403]);
    }

    #[test]
    fn floats_and_signed_numbers_begin_at_black() {
        let float = |bytes: &[u8], bits| samples(bytes, bits, Kind::Float, ByteOrder::Big, 1)[0];
        assert_eq!([float(&[0x3c, 0], 16), float(&[0x38, 0], 16), float(&[0xbc, 0], 16)], [65_535, 32_768, 0]);
        assert_eq!([float(&0.5f32.to_be_bytes(), 32), float(&f64::NAN.to_be_bytes(), 64)], [32_768, 0]);
        assert_eq!(float(&[0x3e, 0, 0], 24), 32_768);
        assert_eq!(samples(&[0x7f, 0x80, 0x40], 8, Kind::Signed, ByteOrder::Big, 3), [65_535, 0, 33_026]);
    }

    #[test]
    fn sums_carry_from_byte_to_byte() {
        let mut little = [0xff, 0x00, 0x01, 0x00];
        add_up::<2>(&mut little, 1, ByteOrder::Little);
        assert_eq!(little, [0xff, 0x00, 0x00, 0x01]);
        let mut big = [0x00, 0xff, 0x00, 0x01];
        add_up::<2>(&mut big, 1, ByteOrder::Big);
        assert_eq!(big, [0x00, 0xff, 0x01, 0x00]);
    }
}
