//! `KeyText`: the text of a key while it is written.
//!
//! A key is written for every request. The formatter takes several times as long for a number, so that what is in most keys
//! is written without it.

use std::fmt;

use super::Dimensions;

/// The digits of the largest number in decimal.
const MOST_DIGITS: usize = 20;

/// Text that grows. `write!` works on it, and never fails.
#[derive(Debug, Default)]
pub struct KeyText(Vec<u8>);

impl KeyText {
    /// With room for so many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Appends a text.
    pub(super) fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Appends a number in decimal digits.
    pub(super) fn push_decimal(&mut self, mut number: u64) {
        let mut digits = [b'0'; MOST_DIGITS];
        let mut first = MOST_DIGITS - 1;
        for (index, place) in digits.iter_mut().enumerate().rev() {
            // Less than ten.
            *place = b'0' + (number % 10) as u8;
            first = index;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.0.extend_from_slice(digits.get(first..).unwrap_or_default());
    }

    /// Appends a number in hexadecimal digits: lower case, with zeros in front of fewer than `least`, of at most 16.
    pub(super) fn push_hex(&mut self, number: u64, least: usize) {
        let needed = 16 - (number | 1).leading_zeros() as usize / 4;
        self.0.extend_from_slice(hex(number).get(16 - needed.max(least)..).unwrap_or_default());
    }

    /// Appends a width and a height.
    pub(super) fn push_dimensions(&mut self, Dimensions { width, height }: Dimensions) {
        self.push_decimal(u64::from(width));
        self.push_str("x");
        self.push_decimal(u64::from(height));
    }

    /// All of it.
    pub(super) fn into_string(self) -> String {
        // Only texts and digits were appended, so that nothing is ever replaced.
        String::from_utf8(self.0).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

impl fmt::Write for KeyText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

/// The 16 hexadecimal digits of a number, all of them at once: each half byte is moved into a byte of its own, and there
/// becomes a letter where it is more than 9.
pub fn hex(number: u64) -> [u8; 16] {
    const ONES: u128 = u128::MAX / 0xff;
    let mut spread = u128::from(number);
    spread = (spread | spread << 32) & (u128::MAX / 0x0001_0000_0001);
    spread = (spread | spread << 16) & (u128::MAX / 0x0001_0001);
    spread = (spread | spread << 8) & (u128::MAX / 0x0101);
    spread = (spread | spread << 4) & (ONES * 0x0f);
    let letters = (spread + ONES * 6) >> 4 & ONES;
    (spread + ONES * u128::from(b'0') + letters * u128::from(b'a' - b'9' - 1)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_written_as_the_formatter_does(number in any::<u64>(), shift in 0_u32..64) {
            let number = number >> shift;
            let mut text = KeyText::default();
            text.push_decimal(number);
            text.push_str(" ");
            text.push_hex(number, 1);
            text.push_str(" ");
            text.push_hex(number, 16);
            write!(text, " {number}").unwrap();
            prop_assert_eq!(text.into_string(), format!("{number} {number:x} {number:016x} {number}"));
        }
    }

    #[test]
    fn zero_and_the_largest_have_their_digits() {
        let mut text = KeyText::with_capacity(9);
        for number in [0, u64::MAX] {
            text.push_decimal(number);
            text.push_hex(number, 1);
            text.push_hex(number, 16);
        }
        assert_eq!(text.into_string(), "00000000000000000018446744073709551615ffffffffffffffffffffffffffffffff");
    }
}
