//! Sequential scans: from bits to samples, block by block (ITU-T T.81, annex F).

use super::Refusal;
use super::bits::Bits;
use super::huffman::Table;
use super::inverse_dct::{Block, apply_flat};
use super::markers::Quantization;
use super::output::Output;
use super::planes::Plane;
use super::walk::Visitor;

/// One sequential scan.
pub struct Sequential<'a> {
    pub parts: Vec<Part<'a>>,
    /// Where rows go as soon as they are decoded; without it, the planes take all of them.
    pub output: Option<&'a mut Output>,
}

/// A component in the scan.
pub struct Part<'a> {
    pub plane: &'a mut Plane,
    /// Blocks of an MCU beside and below each other.
    pub blocks: (u32, u32),
    pub dc: Table,
    pub ac: Table,
    pub quantization: Quantization,
    kept: usize,
    prediction: i32,
    /// In zigzag order; all zero between two blocks.
    coefficients: Block,
}

impl<'a> Part<'a> {
    pub fn new(plane: &'a mut Plane, blocks: (u32, u32), dc: Table, ac: Table, quantization: Quantization) -> Self {
        let kept = plane.reduction.kept();
        Self { plane, blocks, dc, ac, quantization, kept, prediction: 0, coefficients: [0; _] }
    }

    /// Decodes the block in this column and row of the plane.
    #[inline(always)]
    fn block(&mut self, bits: &mut Bits, column: u32, row: u32) -> Result<(), Refusal> {
        self.prediction += self.dc.difference(bits)?;
        let dc = i16::try_from(self.prediction).map_err(|_| Refusal::Malformed("a coefficient out of range"))?;
        let kept = self.coefficients.get_mut(..self.kept).unwrap_or_default();
        let (ended, is_written) = self.ac.coefficients(bits, (1, 64), 0, kept)?;
        if ended > 0 {
            return Err(Refusal::Malformed("a progressive code in a sequential scan"));
        }
        let offset = self.plane.offset(column, row);
        let (reduction, stride) = (self.plane.reduction, self.plane.stride);
        if is_written && self.kept > 1 {
            self.coefficients[0] = dc;
            reduction.apply(&self.coefficients, &self.quantization, &mut self.plane.samples, offset, stride);
            self.coefficients = [0; _];
        } else {
            apply_flat(reduction, dc, &self.quantization, &mut self.plane.samples, offset, stride);
        }
        Ok(())
    }
}

impl Visitor for Sequential<'_> {
    #[inline(always)]
    fn mcu(&mut self, bits: &mut Bits, column: u32, row: u32) -> Result<(), Refusal> {
        let mut local = *bits;
        // Rows that go out at once all use the same place.
        let row = if self.output.is_some() { 0 } else { row };
        for part in &mut self.parts {
            let (columns, rows) = part.blocks;
            for y in 0..rows {
                for x in 0..columns {
                    part.block(&mut local, column * columns + x, row * rows + y)?;
                }
            }
        }
        *bits = local;
        Ok(())
    }

    fn restart(&mut self) {
        self.parts.iter_mut().for_each(|part| part.prediction = 0);
    }

    fn end_row(&mut self, _row: u32) {
        if let Some(output) = &mut self.output {
            match &self.parts[..] {
                [first, second, third] => output.append([first.plane, second.plane, third.plane]),
                [only] => output.append([only.plane]),
                _ => {}
            }
        }
    }
}
