//! Huffman tables: one look-up gives a symbol with its value, or skips several symbols at once.

use std::array;

use super::Refusal;
use super::bits::Bits;

/// Width of the look-up for one code.
const CODE_BITS: u32 = 10;

/// Width of the look-up that skips as many symbols as it sees whole.
const SKIP_BITS: u32 = 12;

/// Larger values do not occur with 8-bit samples (ITU-T T.81, table F.2).
const MAX_AC_SIZE: u32 = 10;

/// Larger differences do not occur with 8-bit samples (ITU-T T.81, table F.1).
const MAX_DC_SIZE: u32 = 11;

/// In place of an advance: ends the block.
const END_OF_BLOCK: u32 = 128;

/// In place of an advance: the look-up is too narrow, or the symbol is a special one.
const ESCAPE: u32 = 255;

const BAD_CODE: Refusal = Refusal::Malformed("a bad Huffman code");
const BAD_VALUE: Refusal = Refusal::Malformed("a coefficient out of range");
const BAD_RUN: Refusal = Refusal::Malformed("a run past the end of a block");

/// Which meaning symbols have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// Sizes of differences (ITU-T T.81, F.1.2.1).
    Dc,
    /// Runs and sizes (F.1.2.2).
    SequentialAc,
    /// Runs and sizes, or the number of blocks that end (G.1.2.2).
    ProgressiveAc,
}

/// Codes as a file defines them (ITU-T T.81, B.2.4.2): how many of each length from 1 bit up, and their symbols.
#[derive(Debug, Clone)]
pub struct Codes {
    counts: [u8; 16],
    symbols: Vec<u8>,
}

impl Codes {
    /// Takes a definition, `None` where there are more codes than their lengths allow.
    pub fn new(counts: [u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut free = 1u32;
        for count in counts {
            // No code consists of ones only (C.2), so at least one stays free.
            free = (free * 2).checked_sub(count.into()).filter(|free| *free > 0)?;
        }
        let is_complete = symbols.len() == counts.iter().map(|count| usize::from(*count)).sum::<usize>();
        is_complete.then(|| Self { counts, symbols: symbols.to_vec() })
    }

    /// Calls `visit` with the code, its length and its symbol, in ascending order (C.2).
    fn for_each(&self, mut visit: impl FnMut(u32, u32, u8)) {
        let (mut code, mut symbols) = (0, self.symbols.iter());
        for (length, count) in (1..).zip(self.counts) {
            for symbol in symbols.by_ref().take(count.into()) {
                visit(code, length, *symbol);
                code += 1;
            }
            code <<= 1;
        }
    }
}

/// What a look-up found, in four bytes from the lowest: how many bits the code takes together with the value, and
/// without it; the size of the value; the advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry(u32);

impl Entry {
    const ESCAPE: Self = Self(ESCAPE << 24);

    fn new(code_length: u32, size: u32, advance: u32) -> Self {
        Self((code_length + size) | code_length << 8 | size << 16 | advance << 24)
    }

    #[inline(always)]
    fn length(self) -> u32 {
        self.0 & 0xff
    }

    #[inline(always)]
    fn code_length(self) -> u32 {
        self.0 >> 8 & 0xff
    }

    #[inline(always)]
    fn size(self) -> u32 {
        self.0 >> 16 & 0xff
    }

    #[inline(always)]
    fn advance(self) -> u32 {
        self.0 >> 24
    }

    /// Consumes the code and the value.
    #[inline(always)]
    fn consume(self, bits: &mut Bits) -> i32 {
        let value = bits.value_behind(self.code_length(), self.size());
        bits.consume(self.length());
        value
    }
}

/// A decoder of one set of codes.
pub struct Table {
    entries: Box<[Entry; 1 << CODE_BITS]>,
    skips: Box<[u16; 1 << SKIP_BITS]>,
    /// By length less one: the end of its codes, exclusive, aligned to 16 bits.
    limits: [u32; 16],
    /// By length less one: what to add to a code for the index of its symbol.
    offsets: [i32; 16],
    symbols: [u8; 256],
}

impl Table {
    /// # Errors
    /// [`Refusal::Malformed`] for symbols that the alphabet does not have, used or not.
    pub fn new(codes: &Codes, alphabet: Alphabet) -> Result<Self, Refusal> {
        if alphabet == Alphabet::Dc && codes.symbols.iter().any(|symbol| u32::from(*symbol) > MAX_DC_SIZE) {
            return Err(BAD_CODE);
        }
        let mut symbols = [0; 256];
        symbols.iter_mut().zip(&codes.symbols).for_each(|(place, symbol)| *place = *symbol);
        let (mut limits, mut offsets) = ([0; 16], [0; 16]);
        let (mut code, mut index) = (0, 0);
        let places = limits.iter_mut().zip(&mut offsets);
        for ((at, count), (limit, offset)) in codes.counts.into_iter().enumerate().zip(places) {
            *offset = index - code;
            code += i32::from(count);
            index += i32::from(count);
            *limit = (code as u32) << (15 - at);
            code <<= 1;
        }
        let entries = Box::new(entries(codes, alphabet));
        let skips = Box::new(if alphabet == Alphabet::Dc { [0; 1 << SKIP_BITS] } else { skips(codes, alphabet) });
        Ok(Self { entries, skips, limits, offsets, symbols })
    }

    #[inline(always)]
    fn entry(&self, bits: &Bits) -> Entry {
        self.entries.get(bits.peek::<CODE_BITS>()).copied().unwrap_or(Entry::ESCAPE)
    }

    /// Consumes a code of any length.
    #[inline(never)]
    fn symbol(&self, bits: &mut Bits) -> Result<u8, Refusal> {
        let window = bits.peek::<16>() as u32;
        for (length, (limit, offset)) in (1..).zip(self.limits.iter().zip(&self.offsets)) {
            if window < *limit {
                bits.consume(length);
                let index = (window >> (16 - length)) as i32 + offset;
                return self.symbols.get(index as usize).copied().ok_or(BAD_CODE);
            }
        }
        Err(BAD_CODE)
    }

    /// Reads the difference of a DC coefficient to its prediction, within +-2047 (ITU-T T.81, F.2.2.1).
    #[inline(always)]
    pub fn difference(&self, bits: &mut Bits) -> Result<i32, Refusal> {
        bits.refill();
        let entry = self.entry(bits);
        if entry.advance() != ESCAPE {
            return Ok(entry.consume(bits));
        }
        // A copy, so that the reader itself can stay in registers.
        let mut copy = *bits;
        let difference = self.long_difference(&mut copy)?;
        *bits = copy;
        Ok(difference)
    }

    #[cold]
    fn long_difference(&self, bits: &mut Bits) -> Result<i32, Refusal> {
        match self.symbol(bits)?.into() {
            0 => Ok(0),
            size @ 1..=MAX_DC_SIZE => Ok(bits.take_value(size)),
            _ => Err(BAD_VALUE),
        }
    }

    /// Reads the AC coefficients of one block from index `start` to `end`, exclusive, into as many of `kept` as there
    /// are, by their index in zigzag order; the others cost less. Returns the number of further blocks that are ended
    /// by the same code, which only [`Alphabet::ProgressiveAc`] knows, and whether anything was written.
    #[inline(always)]
    pub fn coefficients(
        &self,
        bits: &mut Bits,
        (start, end): (u32, u32),
        shift: u32,
        kept: &mut [i16],
    ) -> Result<(u32, bool), Refusal> {
        let mut index = start;
        let kept_end = end.min(kept.len() as u32);
        while index < kept_end {
            bits.refill();
            let entry = self.entry(bits);
            let (advance, value) = if entry.advance() < END_OF_BLOCK {
                (entry.advance(), entry.consume(bits))
            } else if entry.advance() == END_OF_BLOCK {
                bits.consume(entry.length());
                return Ok((0, index > start));
            } else {
                match self.escaped(bits)? {
                    Symbol::Coefficient(advance, value) => (advance, value),
                    Symbol::Ends(blocks) => return Ok((blocks - 1, index > start)),
                }
            };
            index += advance;
            if let Some(place) = kept.get_mut(index as usize - 1) {
                *place = (value << shift) as i16;
            }
        }
        let ended = self.skip(bits, index, end)?;
        Ok((ended, index > start))
    }

    /// Passes over the symbols of a block from `index` to `end`, exclusive.
    #[inline(always)]
    fn skip(&self, bits: &mut Bits, mut index: u32, end: u32) -> Result<u32, Refusal> {
        loop {
            let entry = 'several: loop {
                bits.refill();
                // A look-up takes up to 12 bits of codes and 10 of a value; there are 56.
                for _ in 0..2 {
                    let entry = u32::from(self.skips.get(bits.peek::<SKIP_BITS>()).copied().unwrap_or(u16::MAX));
                    if index + (entry >> 6) >= end {
                        break 'several entry;
                    }
                    index += entry >> 6;
                    bits.consume(entry & 63);
                }
            };
            let advance = entry >> 6;
            if (END_OF_BLOCK..ESCAPE).contains(&advance) && index + advance - END_OF_BLOCK < end {
                bits.consume(entry & 63);
                return Ok(0);
            }
            if index >= end {
                return if index == end { Ok(0) } else { Err(BAD_RUN) };
            }
            // Several symbols would reach past the end of the block: one by one.
            match self.next(bits)? {
                Symbol::Coefficient(advance, _) => index += advance,
                Symbol::Ends(blocks) => return Ok(blocks - 1),
            }
        }
    }

    /// Reads one AC symbol.
    #[inline(always)]
    pub fn next(&self, bits: &mut Bits) -> Result<Symbol, Refusal> {
        bits.refill();
        let entry = self.entry(bits);
        match entry.advance() {
            END_OF_BLOCK => {
                bits.consume(entry.length());
                Ok(Symbol::Ends(1))
            }
            ESCAPE => self.escaped(bits),
            advance => Ok(Symbol::Coefficient(advance, entry.consume(bits))),
        }
    }

    /// Reads an AC symbol for which the look-up is too narrow.
    #[inline(always)]
    fn escaped(&self, bits: &mut Bits) -> Result<Symbol, Refusal> {
        // A copy, so that the reader itself can stay in registers.
        let mut copy = *bits;
        let symbol = self.long_symbol(&mut copy)?;
        *bits = copy;
        Ok(symbol)
    }

    #[cold]
    fn long_symbol(&self, bits: &mut Bits) -> Result<Symbol, Refusal> {
        let symbol = u32::from(self.symbol(bits)?);
        match (symbol >> 4, symbol & 15) {
            (15, 0) => Ok(Symbol::Coefficient(16, 0)),
            // What is more than one comes from progressive files: in others, every such symbol is in the look-up or 0.
            (run, 0) => Ok(Symbol::Ends((1 << run) + bits.take(run))),
            (run, size @ 1..=MAX_AC_SIZE) => Ok(Symbol::Coefficient(run + 1, bits.take_value(size))),
            _ => Err(BAD_VALUE),
        }
    }
}

/// An AC symbol.
pub enum Symbol {
    /// How far it advances, and the value of the coefficient there.
    Coefficient(u32, i32),
    /// The number of blocks that end, this one included.
    Ends(u32),
}

/// The entries of all codes of at most `1 << WINDOWS.ilog2()` bits, by the bits that they start.
fn entries<const WINDOWS: usize>(codes: &Codes, alphabet: Alphabet) -> [Entry; WINDOWS] {
    let mut entries = [Entry::ESCAPE; WINDOWS];
    codes.for_each(|code, length, symbol| {
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        let (advance, size, max_size) = match (alphabet, run, size) {
            (Alphabet::Dc, ..) => (0, u32::from(symbol), MAX_DC_SIZE),
            (_, 15, 0) => (16, 0, 0),
            (Alphabet::SequentialAc, _, 0) | (_, 0, 0) => (END_OF_BLOCK, 0, 0),
            (Alphabet::ProgressiveAc, _, 0) => return,
            _ => (run + 1, size, MAX_AC_SIZE),
        };
        let Some(spare) = WINDOWS.ilog2().checked_sub(length).filter(|_| size <= max_size) else { return };
        let first = (code << spare) as usize;
        if let Some(places) = entries.get_mut(first..first + (1 << spare)) {
            places.fill(Entry::new(length, size, advance));
        }
    });
    entries
}

/// For every window, how far the symbols advance whose codes it holds whole, and how many bits they take with their
/// values, which may reach past it: advance << 6 | bits.
fn skips(codes: &Codes, alphabet: Alphabet) -> [u16; 1 << SKIP_BITS] {
    let entries: [Entry; 1 << SKIP_BITS] = entries(codes, alphabet);
    array::from_fn(|window| {
        let (mut advance, mut used) = (0, 0);
        while advance < 64 && used < SKIP_BITS {
            let rest = window << used & ((1 << SKIP_BITS) - 1);
            let entry = entries.get(rest).copied().unwrap_or(Entry::ESCAPE);
            if entry == Entry::ESCAPE || used + entry.code_length() > SKIP_BITS {
                break;
            }
            used += entry.length();
            advance += entry.advance();
        }
        // Entries of nothing at all must not be taken for progress.
        (if used == 0 { ESCAPE << 6 } else { advance << 6 | used }) as u16
    })
}

#[cfg(test)]
mod tests;
