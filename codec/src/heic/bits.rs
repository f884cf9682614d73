//! The bits of a parameter set (ITU-T H.265, sections 7.2, 7.4.2 and 9.2).

use crate::heif::{Fault, malformed};

/// The bytes of a unit's header.
const HEADER_BYTES: usize = 2;
/// The longest prefix of a number, in bits.
const MAX_PREFIX: u32 = 31;

/// What is still to be read of a unit.
#[derive(Debug, Clone)]
pub struct Bits {
    bytes: Vec<u8>,
    position: usize,
}

impl Bits {
    /// The bits behind the header of a unit, without the bytes that keep start codes from it.
    pub fn of_unit(unit: &[u8]) -> Self {
        let (mut bytes, mut zeros) = (Vec::with_capacity(unit.len()), 0);
        for byte in unit.iter().skip(HEADER_BYTES) {
            if zeros >= 2 && *byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if *byte == 0 { zeros + 1 } else { 0 };
            bytes.push(*byte);
        }
        Self { bytes, position: 0 }
    }

    /// Reads a bit.
    ///
    /// # Errors
    /// As every method here: [`Fault::Malformed`] where the bits end before.
    pub fn flag(&mut self) -> Result<bool, Fault> {
        let byte = self.bytes.get(self.position / 8).ok_or_else(|| malformed("a parameter set ends early"))?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Ok(bit == 1)
    }

    /// Reads a number of `count` bits, at most 32.
    pub fn number(&mut self, count: u32) -> Result<u32, Fault> {
        let mut number = 0;
        for _ in 0..count {
            number = number << 1 | u32::from(self.flag()?);
        }
        Ok(number)
    }

    /// Leaves out `count` bits.
    pub fn skip(&mut self, count: usize) -> Result<(), Fault> {
        self.position = self.position.saturating_add(count);
        if self.position > self.bytes.len() * 8 { Err(malformed("a parameter set ends early")) } else { Ok(()) }
    }

    /// Reads a number that tells its own length (Exp-Golomb); one with a sign has as many bits.
    pub fn coded(&mut self) -> Result<u32, Fault> {
        let mut prefix = 0;
        while !self.flag()? {
            prefix += 1;
            if prefix > MAX_PREFIX {
                return Err(malformed("a number of too many bits"));
            }
        }
        Ok(((1 << prefix) - 1) + self.number(prefix)?)
    }

    /// Reads `count` numbers that tell their own lengths, and forgets them.
    pub fn skip_coded(&mut self, count: u32) -> Result<(), Fault> {
        (0..count).try_for_each(|_| self.coded().map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_tell_their_own_lengths() {
        // 0, 1, 2, 3, 6 and then a number of three bits.
        let mut bits = Bits::of_unit(&[0, 0, 0b1010_0110, 0b0100_0011, 0b1101_0000]);
        let numbers: Result<Vec<u32>, Fault> = (0..5).map(|_| bits.coded()).collect();
        assert_eq!((numbers, bits.number(3)), (Ok(vec![0, 1, 2, 3, 6]), Ok(0b101)));
        assert!(bits.skip(4).is_ok() && bits.flag().is_err() && bits.skip(1).is_err());
        assert!(Bits::of_unit(&[0; 12]).coded().is_err());
    }

    #[test]
    fn what_keeps_start_codes_away_is_left_out() {
        let mut bits = Bits::of_unit(&[0x42, 1, 0, 0, 3, 1, 0, 0, 3, 0]);
        assert_eq!((bits.number(24), bits.number(24)), (Ok(1), Ok(0)));
        assert!(bits.flag().is_err());
    }
}
