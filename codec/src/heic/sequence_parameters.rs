//! The sequence parameter set (ITU-T H.265, sections 7.3.2.2 and E.2.1), as far as it decides how much is decoded, and what
//! the numbers mean. The library reads it again; but it is asked only after the limits were.

use super::bits::Bits;
use crate::Dimensions;
use crate::heif::frame::Sampling;
use crate::heif::nclx::Nclx;
use crate::heif::{Fault, malformed, unsupported};

/// More sets of reference pictures than the standard allows are in no file.
const MAX_REFERENCE_SETS: u32 = 64;
/// Of pictures in a set.
const MAX_REFERENCES: u32 = 16;
/// An aspect ratio in two numbers.
const EXPLICIT_RATIO: u32 = 255;

/// What a sequence parameter set says of the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceParameters {
    /// What is decoded.
    pub coded: Dimensions,
    /// What is left of it in the window that is shown.
    pub shown: Dimensions,
    pub sampling: Sampling,
    /// Bits of a sample.
    pub depth: u32,
    /// A side of the blocks that a picture is coded in, in pixels.
    pub block_side: u32,
    pub nclx: Nclx,
}

impl SequenceParameters {
    /// Parses a unit.
    ///
    /// # Errors
    /// [`Fault::Malformed`] for a broken one, [`Fault::Unsupported`] for samples that are not decoded.
    pub fn parse(unit: &[u8]) -> Result<Self, Fault> {
        let bits = &mut Bits::of_unit(unit);
        bits.skip(4)?;
        let layers = bits.number(3)?;
        bits.skip(1)?;
        skip_profile(bits, layers)?;
        bits.coded()?;
        let sampling = match bits.coded()? {
            0 => Sampling::Monochrome,
            1 => Sampling::Yuv420,
            2 => Sampling::Yuv422,
            3 if bits.flag()? => return Err(unsupported("planes that are coded apart")),
            3 => Sampling::Yuv444,
            _ => return Err(malformed("an unknown sampling of chroma")),
        };
        let coded = Dimensions::new(bits.coded()?, bits.coded()?);
        let shown = if bits.flag()? { window(bits, coded, sampling)? } else { coded };
        let [depth, chroma_depth] = [bits.coded()?, bits.coded()?].map(|more| more.saturating_add(8));
        if sampling != Sampling::Monochrome && chroma_depth != depth {
            return Err(unsupported("chroma of other bits than luma"));
        }
        let order_bits = bits.coded()?.saturating_add(4);
        if order_bits > 16 {
            return Err(malformed("a picture number of too many bits"));
        }
        let told = if bits.flag()? { layers + 1 } else { 1 };
        bits.skip_coded(told * 3)?;
        let block_bits = bits.coded()?.saturating_add(3).saturating_add(bits.coded()?);
        if !(4..=6).contains(&block_bits) {
            return Err(malformed("blocks of an unknown size"));
        }
        skip_tools(bits)?;
        skip_references(bits, order_bits)?;
        let nclx = if bits.flag()? { usability(bits)? } else { Nclx::NOTHING };
        Ok(Self { coded, shown, sampling, depth, block_side: 1 << block_bits, nclx })
    }
}

/// `profile_tier_level`
fn skip_profile(bits: &mut Bits, layers: u32) -> Result<(), Fault> {
    const PROFILE_BITS: usize = 88;
    const LEVEL_BITS: usize = 8;
    bits.skip(PROFILE_BITS + LEVEL_BITS)?;
    let mut told = 0;
    for _ in 0..layers {
        told += if bits.flag()? { PROFILE_BITS } else { 0 };
        told += if bits.flag()? { LEVEL_BITS } else { 0 };
    }
    // Pairs of bits fill it up to eight layers.
    bits.skip(if layers > 0 { 2 * (8 - layers as usize) } else { 0 } + told)
}

/// What is left of the picture, in pixels.
fn window(bits: &mut Bits, coded: Dimensions, sampling: Sampling) -> Result<Dimensions, Fault> {
    let across = if matches!(sampling, Sampling::Yuv420 | Sampling::Yuv422) { 2 } else { 1 };
    let down = if sampling == Sampling::Yuv420 { 2 } else { 1 };
    let mut side = |whole: u32, unit: u32| {
        let cut = u64::from(bits.coded()?) + u64::from(bits.coded()?);
        let left = u64::from(whole).checked_sub(cut * u64::from(unit)).filter(|left| *left > 0);
        // Less than before: always fits.
        left.map(|left| left as u32).ok_or_else(|| malformed("a window without pixels"))
    };
    Ok(Dimensions::new(side(coded.width, across)?, side(coded.height, down)?))
}

/// From the sizes of transforms to those of blocks that are not coded.
fn skip_tools(bits: &mut Bits) -> Result<(), Fault> {
    bits.skip_coded(4)?;
    if bits.flag()? && bits.flag()? {
        skip_scaling_lists(bits)?;
    }
    bits.skip(2)?;
    if bits.flag()? {
        bits.skip(8)?;
        bits.skip_coded(2)?;
        bits.skip(1)?;
    }
    Ok(())
}

/// `scaling_list_data`
fn skip_scaling_lists(bits: &mut Bits) -> Result<(), Fault> {
    for (count, lists, has_mean) in [(16, 6, false), (64, 6, false), (64, 6, true), (64, 2, true)] {
        for _ in 0..lists {
            let told = if bits.flag()? { count + u32::from(has_mean) } else { 1 };
            bits.skip_coded(told)?;
        }
    }
    Ok(())
}

/// Which pictures refer to which: of stills it is nothing, but it may be told. Ends before `vui_parameters_present_flag`.
fn skip_references(bits: &mut Bits, order_bits: u32) -> Result<(), Fault> {
    let sets = bits.coded()?;
    if sets > MAX_REFERENCE_SETS {
        return Err(malformed("too many sets of reference pictures"));
    }
    let mut before = 0;
    for index in 0..sets {
        let mut count = 0;
        if index > 0 && bits.flag()? {
            bits.skip(1)?;
            bits.coded()?;
            for _ in 0..=before {
                let is_used = bits.flag()? || bits.flag()?;
                count += u32::from(is_used);
            }
        } else {
            for pictures in [bits.coded()?, bits.coded()?] {
                count = pictures.saturating_add(count);
            }
            if count > MAX_REFERENCES {
                return Err(malformed("too many reference pictures"));
            }
            for _ in 0..count {
                bits.coded()?;
                bits.skip(1)?;
            }
        }
        before = count;
    }
    if bits.flag()? {
        let count = bits.coded()? as usize;
        bits.skip(count.saturating_mul(order_bits as usize + 1))?;
    }
    bits.skip(2)
}

/// `vui_parameters`, up to what tells of colours.
fn usability(bits: &mut Bits) -> Result<Nclx, Fault> {
    if bits.flag()? && bits.number(8)? == EXPLICIT_RATIO {
        bits.skip(32)?;
    }
    if bits.flag()? {
        bits.skip(1)?;
    }
    if !bits.flag()? {
        return Ok(Nclx::NOTHING);
    }
    bits.skip(3)?;
    let is_full_range = bits.flag()?;
    if !bits.flag()? {
        return Ok(Nclx { is_full_range, ..Nclx::NOTHING });
    }
    // Eight bits: always fit.
    let [primaries, transfer, matrix] = [bits.number(8)?, bits.number(8)?, bits.number(8)?].map(|point| point as u16);
    Ok(Nclx { primaries, transfer, matrix, is_full_range })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits, the first at the top; whatever is said of lengths and signs is up to the caller.
    #[derive(Default)]
    struct Writer {
        bits: Vec<bool>,
    }

    impl Writer {
        fn number(&mut self, number: u32, count: u32) {
            self.bits.extend((0..count).rev().map(|bit| number >> bit & 1 == 1));
        }

        fn coded(&mut self, numbers: &[u32]) {
            for number in numbers {
                let length = (number + 1).ilog2();
                self.number(0, length);
                self.number(number + 1, length + 1);
            }
        }

        fn unit(&self) -> Vec<u8> {
            let byte = |bits: &[bool]| bits.iter().enumerate().map(|(at, bit)| u8::from(*bit) << (7 - at)).sum::<u8>();
            // Start codes are kept away from numbers of many zeros.
            let mut unit = vec![0x42, 1];
            for byte in self.bits.chunks(8).map(byte) {
                if unit.ends_with(&[0, 0]) && byte < 4 {
                    unit.push(3);
                }
                unit.push(byte);
            }
            unit
        }
    }

    /// Parameters up to the depths, of two layers of which the second tells its profile and its level.
    fn start(sampling: u32, sides: [u32; 2], window: &[u32]) -> Writer {
        let mut writer = Writer::default();
        writer.number(0, 4);
        writer.number(1, 3);
        writer.number(1, 1);
        (0..12).for_each(|_| writer.number(0, 8));
        writer.number(0b11, 2);
        (0..7).for_each(|_| writer.number(0, 2));
        (0..12).for_each(|_| writer.number(0xff, 8));
        writer.coded(&[0, sampling]);
        writer.coded(&sides);
        writer.number(u32::from(!window.is_empty()), 1);
        writer.coded(window);
        writer
    }

    /// Everything that may be told, on the way to code points.
    fn finish(writer: &mut Writer, depths: [u32; 2]) {
        writer.coded(&depths);
        writer.coded(&[4]);
        writer.number(1, 1);
        writer.coded(&[1, 2, 3, 1, 2, 3]);
        // Blocks of 64, lists of scales: all by another but one of each size.
        writer.coded(&[0, 3, 0, 3, 1, 1]);
        writer.number(0b11, 2);
        for (count, lists, has_mean) in [(16, 6, 0), (64, 6, 0), (64, 6, 1), (64, 2, 1)] {
            writer.number(1, 1);
            writer.coded(&vec![5; count + has_mean]);
            for _ in 1..lists {
                writer.number(0, 1);
                writer.coded(&[1]);
            }
        }
        writer.number(0b111, 3);
        writer.number(0x77, 8);
        writer.coded(&[0, 1]);
        writer.number(0, 1);
        // Three sets of references: of two pictures, by the one before, of none.
        writer.coded(&[3, 1, 1, 0]);
        writer.number(1, 1);
        writer.coded(&[0]);
        writer.number(1, 1);
        writer.number(0b11, 2);
        writer.coded(&[0]);
        writer.number(0b1_0100, 5);
        writer.number(0, 1);
        writer.coded(&[0, 0]);
        writer.number(1, 1);
        writer.coded(&[2]);
        writer.number(0, 18);
        writer.number(0b11, 2);
        writer.number(1, 1);
        // An aspect ratio in numbers, no overscan to speak of, and colours.
        writer.number(0b1_1111_1111, 9);
        writer.number(0x0001_0001, 32);
        writer.number(0b11, 2);
        writer.number(0b11_0111, 6);
        writer.number(0x10_0d09, 24);
    }

    fn parsed(sampling: u32, sides: [u32; 2], window: &[u32], depths: [u32; 2]) -> Result<SequenceParameters, Fault> {
        let mut writer = start(sampling, sides, window);
        finish(&mut writer, depths);
        writer.number(1, 1);
        SequenceParameters::parse(&writer.unit())
    }

    #[test]
    fn everything_that_may_be_told_is_read_or_left_out() {
        let nclx = Nclx { primaries: 16, transfer: 13, matrix: 9, is_full_range: true };
        let expected = SequenceParameters {
            coded: Dimensions::new(4096, 64),
            shown: Dimensions::new(4090, 62),
            sampling: Sampling::Yuv420,
            depth: 10,
            block_side: 64,
            nclx,
        };
        // Eight bits of picture numbers, and one more: what is left out of two is eighteen.
        assert_eq!(parsed(1, [4096, 64], &[1, 2, 0, 1], [2, 2]), Ok(expected));
        let whole = SequenceParameters { shown: expected.coded, ..expected };
        assert_eq!(parsed(1, [4096, 64], &[], [2, 2]), Ok(whole));
        let low = SequenceParameters { shown: Dimensions::new(4090, 63), sampling: Sampling::Yuv422, ..expected };
        assert_eq!(parsed(2, [4096, 64], &[1, 2, 0, 1], [2, 2]), Ok(low));
    }

    #[test]
    fn what_ends_early_or_cannot_be_is_broken() {
        let mut writer = start(1, [64, 64], &[]);
        finish(&mut writer, [0, 0]);
        let unit = writer.unit();
        for length in 0..unit.len() {
            assert!(matches!(SequenceParameters::parse(&unit[..length]), Err(Fault::Malformed(_))), "{length}");
        }
        assert_eq!(parsed(1, [64, 64], &[16, 16, 0, 0], [0, 0]), Err(malformed("a window without pixels")));
        assert_eq!(parsed(4, [64, 64], &[], [0, 0]), Err(malformed("an unknown sampling of chroma")));
        assert_eq!(parsed(1, [64, 64], &[], [0, 2]), Err(unsupported("chroma of other bits than luma")));
        assert_eq!(parsed(0, [64, 64], &[], [0, 2]).map(|parsed| parsed.depth), Ok(8));
    }
}
