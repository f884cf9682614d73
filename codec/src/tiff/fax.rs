//! The compressions of fax machines (ITU-T T.4 and T.6): rows of black and white as lengths of runs, and as differences
//! from the row above.

use std::convert::Infallible;
use std::iter;

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, ByteReader};

use super::malformed;
use super::page::Page;
use super::shape::Shape;
use crate::CodecError;

const RUNS: u16 = 2;
const GROUP_3: u16 = 3;
const GROUP_4: u16 = 4;
const RUNS_OF_WORDS: u16 = 32_771;
/// Of the options of group 3: rows may be told as differences.
const TWO_DIMENSIONS: u64 = 1;
/// The bits of an end of line: eleven zeros or more, and a one.
const END_OF_LINE: u8 = 12;

/// Decompresses rows of one bit a pixel, in which black is 1. Where the data ends early or is broken, what is left of
/// the picture is white, as fax machines and other readers have it, but some of it must be there.
pub fn unpacked(page: &Page, data: &[u8], shape: Shape) -> Result<Vec<u8>, CodecError> {
    let width = u16::try_from(shape.width).map_err(|_| malformed("expected rows of at most 65535 pixels"))?;
    // Behind the last code there may be less than what is looked at for one.
    let padded = data.iter().copied().chain([0; 4]).map(Ok::<u8, Infallible>);
    let reader = ByteReader::new(padded).map_err(malformed)?;
    let mut rows = Rows { reader, above: Vec::new(), current: Vec::new(), width };
    let mut bytes = vec![0; shape.bytes];
    let mut decoded = 0;
    for row in bytes.chunks_exact_mut(shape.row_bytes.max(1)) {
        let is_read = match page.compression {
            RUNS | RUNS_OF_WORDS => rows.padded_runs(),
            GROUP_3 => rows.group_3(page.fax_options & TWO_DIMENSIONS != 0),
            GROUP_4 => rows.differences(),
            _ => None,
        };
        if is_read.is_none() && rows.current.is_empty() {
            break;
        }
        rows.paint(row);
        decoded += 1;
        rows.above = std::mem::take(&mut rows.current);
        if is_read.is_none() && page.compression != GROUP_3 {
            break;
        }
    }
    if decoded == 0 { Err(malformed("no row of the fax can be read")) } else { Ok(bytes) }
}

struct Rows<R> {
    reader: R,
    /// Where colours change in the row above, and in this one, from white to black first.
    above: Vec<u16>,
    current: Vec<u16>,
    width: u16,
}

impl<R: BitReader> Rows<R> {
    fn run(&mut self, is_black: bool) -> Option<u16> {
        let mut sum = 0u16;
        loop {
            let part = if is_black { black::decode(&mut self.reader) } else { white::decode(&mut self.reader) }?;
            sum = sum.saturating_add(part);
            if part < 64 {
                return Some(sum);
            }
        }
    }

    /// A row as lengths of runs, white first.
    fn runs(&mut self) -> Option<()> {
        let (mut at, mut is_black) = (0u16, false);
        while at < self.width {
            at = at.saturating_add(self.run(is_black)?).min(self.width);
            self.current.push(at);
            is_black = !is_black;
        }
        Some(())
    }

    /// The same, of rows that end at whole bytes.
    fn padded_runs(&mut self) -> Option<()> {
        self.runs()?;
        let bits = self.reader.bits_to_byte_boundary();
        self.reader.consume(bits).ok()
    }

    fn group_3(&mut self, has_differences: bool) -> Option<()> {
        let mut ends = 0;
        while self.skip_end_of_line() {
            ends += 1;
            if has_differences && ends > 1 && self.reader.peek(END_OF_LINE + 1).is_none() {
                return None;
            }
            if has_differences {
                // The bit behind an end of line tells how the row is told.
                let is_plain = self.reader.peek(1)? == 1;
                self.reader.consume(1).ok()?;
                if self.is_end_of_line() {
                    continue;
                }
                let is_read = if is_plain { self.runs() } else { self.differences() };
                return is_read.or_else(|| self.recovered());
            }
        }
        // Six ends of line are the end of the page.
        if ends >= 6 {
            return None;
        }
        self.runs().or_else(|| self.recovered())
    }

    /// After a row that is broken, the next one begins behind the next end of line.
    fn recovered(&mut self) -> Option<()> {
        while !self.is_end_of_line() {
            self.reader.peek(1)?;
            self.reader.consume(1).ok()?;
        }
        Some(())
    }

    fn is_end_of_line(&self) -> bool {
        // No code begins with so many zeros.
        self.reader.peek(END_OF_LINE - 1) == Some(0)
    }

    fn skip_end_of_line(&mut self) -> bool {
        if !self.is_end_of_line() {
            return false;
        }
        while self.reader.peek(1) == Some(0) {
            if self.reader.consume(1).is_err() {
                return false;
            }
        }
        self.reader.consume(1).is_ok()
    }

    /// A row as differences from the one above (T.6, section 2.2).
    fn differences(&mut self) -> Option<()> {
        let (mut at, mut is_black, mut is_start) = (0u16, false, true);
        while at < self.width {
            let (first, second) = self.changes_above(at, is_start, is_black);
            match mode::decode(&mut self.reader)? {
                Mode::Pass => at = second,
                Mode::Vertical(by) => {
                    at = first.saturating_add_signed(by.into()).clamp(at, self.width);
                    self.current.push(at);
                    is_black = !is_black;
                }
                Mode::Horizontal => {
                    for is_black in [is_black, !is_black] {
                        at = at.saturating_add(self.run(is_black)?).min(self.width);
                        self.current.push(at);
                    }
                }
                Mode::Extension | Mode::EOF => return None,
            }
            is_start = false;
        }
        Some(())
    }

    /// Where the row above changes to the other colour right of `at`, and where it changes next.
    fn changes_above(&self, at: u16, is_start: bool, is_black: bool) -> (u16, u16) {
        let changes = self.above.iter().copied().enumerate();
        // Even ones are changes to black.
        let fits = |(index, change): &(usize, u16)| (index % 2 == 1) == is_black && (*change > at || is_start);
        let found = changes.clone().skip(self.first_above(at)).find(fits);
        let Some((index, first)) = found else { return (self.width, self.width) };
        (first, self.above.get(index + 1).copied().unwrap_or(self.width))
    }

    /// From where on changes may be right of `at`.
    fn first_above(&self, at: u16) -> usize {
        self.above.partition_point(|change| *change < at)
    }

    fn paint(&self, row: &mut [u8]) {
        let changes = self.current.iter().copied().chain(iter::once(self.width));
        let (mut from, mut is_black) = (0, false);
        for to in changes {
            if is_black {
                (from..to).for_each(|pixel| {
                    if let Some(byte) = row.get_mut(usize::from(pixel / 8)) {
                        *byte |= 0x80 >> (pixel % 8);
                    }
                });
            }
            (from, is_black) = (to, !is_black);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_in_the_row_above_are_found() {
        let rows = Rows { reader: fax::slice_reader(&[]), above: vec![0, 3, 5, 9], current: vec![], width: 12 };
        assert_eq!(rows.changes_above(0, true, false), (0, 3));
        assert_eq!(rows.changes_above(0, false, false), (5, 9));
        assert_eq!(rows.changes_above(3, false, true), (9, 12));
        assert_eq!(rows.changes_above(9, false, false), (12, 12));
    }
}
