//! Progressive scans: those that a small size needs are gathered, the others passed over (ITU-T T.81, annex G).

use super::Refusal;
use super::bits::Bits;
use super::frame::{Component, Frame, Scan};
use super::huffman::Table;
use super::inverse_dct::Block;
use super::markers::Quantization;
use super::planes::Plane;
use super::walk::Visitor;

/// How many coefficients are kept for four points in both directions.
const FOUR_POINTS: usize = 25;

/// Not yet sent.
const ABSENT: u8 = 255;

/// The largest mean of what may be missing of coefficients, in units of the inverse transform: to one and two points, and
/// to four. With less missing, refinements would take most of the time. Measured on 11 progressive files, 9 of
/// them re-encoded at quality 60 to 90, resized to 5/8 of the decoded size: SSIMULACRA2 is on average 0.6 below libjpeg's
/// at an eighth, and 1.6 and 1.2 above it at a quarter and half.
const TOLERANCES: (u64, u64) = (16, 8);

/// The coefficients of one component that its plane needs: 2 bytes for each of 1, 5 or 25 a block.
///
/// A refinement can only be read by someone who knows which coefficients are not zero, of those too that are not kept.
/// Where quantization is so fine that refinements do not count, we save that, and most of the time.
pub struct Coefficients {
    /// By block, and within a block in zigzag order.
    values: Vec<i16>,
    /// By block: a bit for each coefficient that is not zero. Empty where refinements do not count.
    histories: Vec<u64>,
    /// How many of each block.
    kept: usize,
    blocks_wide: u32,
    /// By index: the bits that are still left out.
    missing_bits: [u8; 64],
    pub quantization: Option<Quantization>,
}

/// What a scan is to a small size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    None,
    First,
    /// A first scan, of which must be known where it has coefficients.
    FirstWithHistory,
    Refinement,
}

impl Coefficients {
    pub fn new(frame: &Frame, component: &Component, plane: &Plane) -> Self {
        let (kept, mcus) = (plane.reduction.kept(), frame.mcus());
        let blocks_wide = mcus.0 * component.horizontal;
        let blocks = blocks_wide as usize * (mcus.1 * component.vertical) as usize;
        let values = vec![0; blocks * kept];
        Self { values, histories: Vec::new(), kept, blocks_wide, missing_bits: [ABSENT; 64], quantization: None }
    }

    /// Whether the first coefficient has come.
    pub fn has_dc(&self) -> bool {
        self.missing_bits[0] != ABSENT
    }

    /// Notes that `scan` comes, and tells whether it is needed.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for scans out of order (G.1.1.1.1).
    pub fn need(&mut self, scan: &Scan) -> Result<Need, Refusal> {
        let ((first, last), (before, after)) = (scan.band, scan.approximation);
        if first > 0 && self.kept == 1 {
            return Ok(Need::None);
        }
        if first > 0 && self.histories.is_empty() && !self.is_tolerable(after) {
            self.begin_history()?;
        }
        let has_history = !self.histories.is_empty();
        if before > 0 && first > 0 && (!has_history || self.is_tolerable(before)) {
            return Ok(Need::None);
        }
        let expected = if before == 0 { ABSENT } else { before };
        let bits = self.missing_bits.get_mut(first.into()..=last.into()).unwrap_or_default();
        if bits.iter().any(|bits| *bits != expected) {
            return Err(Refusal::Malformed("progressive scans out of order"));
        }
        bits.fill(after);
        Ok(match (first, before) {
            (0, 0) => Need::First,
            (_, 1..) => Need::Refinement,
            _ if has_history => Need::FirstWithHistory,
            _ if usize::from(first) < self.kept => Need::First,
            _ => Need::None,
        })
    }

    /// Begins to note which coefficients are not zero; those that have come must all be kept.
    fn begin_history(&mut self) -> Result<(), Refusal> {
        if self.missing_bits.iter().skip(self.kept).any(|bits| *bits != ABSENT) {
            return Err(Refusal::Unsupported("bits left out only after a first scan with all"));
        }
        let history = |block: &[i16]| block.iter().rev().fold(0, |bits, value| bits << 1 | u64::from(*value != 0));
        self.histories = self.values.chunks_exact(self.kept).map(history).collect();
        Ok(())
    }

    /// Whether so many bits of the AC coefficients may be missing.
    fn is_tolerable(&self, bits: u8) -> bool {
        let divisors = self.quantization.iter().flatten().take(self.kept).skip(1);
        let mean = divisors.map(|divisor| u64::from(*divisor)).sum::<u64>() * ((1 << bits) - 1) / self.kept as u64;
        mean <= if self.kept < FOUR_POINTS { TOLERANCES.0 } else { TOLERANCES.1 }
    }

    #[inline(always)]
    fn block_index(&self, column: u32, row: u32) -> usize {
        row as usize * self.blocks_wide as usize + column as usize
    }

    #[inline(always)]
    fn block(&mut self, column: u32, row: u32) -> &mut [i16] {
        let start = self.block_index(column, row) * self.kept;
        self.values.get_mut(start..start + self.kept).unwrap_or_default()
    }

    /// The kept coefficients of a block, and which of all are not zero.
    #[inline(always)]
    pub fn block_with_history(&mut self, column: u32, row: u32) -> Option<(&mut [i16], &mut u64)> {
        let index = self.block_index(column, row);
        let values = self.values.get_mut(index * self.kept..(index + 1) * self.kept)?;
        Some((values, self.histories.get_mut(index)?))
    }

    /// Writes a row of blocks to the row `target` of blocks of the plane.
    pub fn reconstruct(&self, row: u32, plane: &mut Plane, target: u32) {
        let Some(quantization) = &self.quantization else { return };
        let start = row as usize * self.blocks_wide as usize * self.kept;
        let blocks = self.values.get(start..).unwrap_or_default().chunks_exact(self.kept);
        let biases = self.biases(quantization);
        let mut block: Block = [0; _];
        for (column, values) in (0..self.blocks_wide).zip(blocks) {
            for (((place, value), divisor), bias) in block.iter_mut().zip(values).zip(quantization).zip(&biases) {
                let least = i32::from(*value) * i32::from(*divisor);
                let whole = least.saturating_add(i32::from(value.signum()) * bias);
                *place = whole.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
            }
            let offset = plane.offset(column, target);
            plane.reduction.apply(&block, &[1; 64], &mut plane.samples, offset, plane.stride);
        }
    }

    /// Where bits are missing, a coefficient lies between what came of it and the next larger value, on average a
    /// little below the middle: what to add to its magnitude.
    fn biases(&self, quantization: &Quantization) -> [i32; 64] {
        let mut biases = [0; 64];
        for ((place, divisor), bits) in biases.iter_mut().zip(quantization).zip(self.missing_bits).skip(1) {
            let steps = if bits == ABSENT { 0 } else { (1 << bits) - 1 };
            *place = i32::from(*divisor) * steps * 2 / 5;
        }
        biases
    }
}

/// A first or later scan of DC coefficients (G.1.2.1).
pub struct DcScan<'a> {
    pub parts: Vec<DcPart<'a>>,
    /// What is left out of each coefficient, in bits.
    pub shift: u32,
}

/// A component in the scan.
pub struct DcPart<'a> {
    pub coefficients: &'a mut Coefficients,
    /// Blocks of an MCU beside and below each other.
    pub blocks: (u32, u32),
    /// In a first scan.
    pub table: Option<Table>,
    pub prediction: i32,
}

impl Visitor for DcScan<'_> {
    #[inline(always)]
    fn mcu(&mut self, bits: &mut Bits, column: u32, row: u32) -> Result<(), Refusal> {
        let shift = self.shift;
        for part in &mut self.parts {
            let (columns, rows) = part.blocks;
            for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))) {
                let value = match &part.table {
                    Some(table) => {
                        part.prediction += table.difference(bits)?;
                        i32::from(i16::try_from(part.prediction).map_err(|_| OUT_OF_RANGE)?) << shift
                    }
                    None => {
                        bits.refill();
                        (bits.take(1) as i32) << shift
                    }
                };
                if let Some(place) = part.coefficients.block(column * columns + x, row * rows + y).first_mut() {
                    *place |= value as i16;
                }
            }
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.parts.iter_mut().for_each(|part| part.prediction = 0);
    }
}

const OUT_OF_RANGE: Refusal = Refusal::Malformed("a coefficient out of range");

/// A first scan of AC coefficients (G.1.2.2).
pub struct AcScan<'a> {
    pub coefficients: &'a mut Coefficients,
    pub table: Table,
    /// The first coefficient, and the one behind the last.
    pub band: (u32, u32),
    pub shift: u32,
    /// Blocks from the next one on that have no coefficient in this band.
    pub ended: u32,
}

impl Visitor for AcScan<'_> {
    #[inline(always)]
    fn mcu(&mut self, bits: &mut Bits, column: u32, row: u32) -> Result<(), Refusal> {
        let block = self.coefficients.block(column, row);
        (self.ended, _) = self.table.coefficients(bits, self.band, self.shift, block)?;
        Ok(())
    }

    fn restart(&mut self) {
        self.ended = 0;
    }

    fn idle(&self) -> u32 {
        self.ended
    }

    fn skip(&mut self, count: u32) {
        self.ended -= count;
    }
}
