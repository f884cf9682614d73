//! Progressive scans of AC coefficients that are refined later, and their refinements (ITU-T T.81, G.1.2.2 and G.1.2.3).

use super::Refusal;
use super::bits::Bits;
use super::huffman::{Symbol, Table};
use super::progressive::Coefficients;
use super::walk::Visitor;

const OUT_OF_RANGE: Refusal = Refusal::Malformed("a coefficient out of range");

/// A scan of which must be known where it has coefficients.
pub struct HistoryScan<'a> {
    pub coefficients: &'a mut Coefficients,
    pub table: Table,
    pub band: Band,
    pub is_refinement: bool,
    /// Blocks from the next one on that have no new coefficient in this band.
    pub ended: u32,
}

#[derive(Debug, Clone, Copy)]
pub struct Band {
    /// The first coefficient, 1 to 63.
    pub first: u8,
    /// The last coefficient, up to 63.
    pub last: u8,
    /// What is left out of each, in bits.
    pub shift: u32,
}

impl Visitor for HistoryScan<'_> {
    fn mcu(&mut self, bits: &mut Bits, column: u32, row: u32) -> Result<(), Refusal> {
        let Some((values, history)) = self.coefficients.block_with_history(column, row) else {
            return Err(OUT_OF_RANGE);
        };
        let mut block = Block { values, history, shift: self.band.shift };
        let mut local = *bits;
        if self.is_refinement {
            self.ended = block.refine(&mut local, &self.table, self.band, self.ended)?;
        } else {
            self.ended = block.read(&mut local, &self.table, self.band)?;
        }
        *bits = local;
        Ok(())
    }

    fn restart(&mut self) {
        self.ended = 0;
    }

    fn idle(&self) -> u32 {
        if self.is_refinement { 0 } else { self.ended }
    }

    fn skip(&mut self, count: u32) {
        self.ended -= count;
    }
}

struct Block<'a> {
    /// Those that are kept.
    values: &'a mut [i16],
    /// Which of all are not zero.
    history: &'a mut u64,
    shift: u32,
}

impl Block<'_> {
    fn place(&mut self, index: u32, value: i32) {
        *self.history |= 1 << (index & 63);
        if let Some(place) = self.values.get_mut(index as usize) {
            *place = (value << self.shift) as i16;
        }
    }

    /// Reads a band for the first time. Returns how many further blocks end with the same code.
    fn read(&mut self, bits: &mut Bits, table: &Table, band: Band) -> Result<u32, Refusal> {
        let (mut index, end) = (u32::from(band.first), u32::from(band.last) + 1);
        while index < end {
            match table.next(bits)? {
                Symbol::Coefficient(advance, value) => {
                    index += advance;
                    if value != 0 && index <= end {
                        self.place(index - 1, value);
                    }
                }
                Symbol::Ends(blocks) => return Ok(blocks - 1),
            }
        }
        if index == end { Ok(0) } else { Err(OUT_OF_RANGE) }
    }

    /// Reads a band again, of which `ended` blocks from this one on have no new coefficient. Returns the same of the
    /// next block.
    fn refine(&mut self, bits: &mut Bits, table: &Table, band: Band, mut ended: u32) -> Result<u32, Refusal> {
        let mut left = u64::MAX >> ((63 - band.last) & 63) & u64::MAX << (band.first & 63);
        let old = *self.history;
        while ended == 0 && left != 0 {
            let (advance, value) = match table.next(bits)? {
                Symbol::Coefficient(advance, value) => (advance, value),
                Symbol::Ends(blocks) => {
                    ended = blocks;
                    break;
                }
            };
            // A run counts only coefficients that were zero; on the way, the others are corrected.
            let mut free = left & !old;
            for _ in 1..advance {
                free &= free.wrapping_sub(1);
            }
            let target = free & free.wrapping_neg();
            let passed = left & target.wrapping_sub(1);
            self.correct(bits, old & passed);
            left &= !(passed | target);
            match (value, target) {
                (0, _) => {}
                (-1..=1, 1..) => self.place(target.trailing_zeros(), value),
                _ => return Err(OUT_OF_RANGE),
            }
        }
        if ended > 0 {
            self.correct(bits, old & left);
            ended -= 1;
        }
        Ok(ended)
    }

    /// Reads one bit for each of the coefficients at `positions`, which are not zero.
    fn correct(&mut self, bits: &mut Bits, mut positions: u64) {
        // There are enough bits for all that are kept.
        bits.refill();
        while let Some(value) = self.values.get_mut(positions.trailing_zeros() as usize) {
            positions &= positions - 1;
            *value += (bits.take(1) << self.shift) as i16 * value.signum();
        }
        while positions != 0 {
            let count = positions.count_ones().min(32);
            bits.refill();
            bits.consume(count);
            (0..count).for_each(|_| positions &= positions.wrapping_sub(1));
        }
    }
}
