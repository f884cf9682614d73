//! The little of an AV1 stream that the container repeats: units, and the first fields of the sequence header
//! (AV1 bitstream specification, sections 5.3 and 5.5).

use super::encode_error;
use crate::CodecError;

const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;

/// What the container repeats of the sequence header of a still picture of 8 bits per sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceHeader {
    profile: u8,
    level: u8,
    pub is_monochrome: bool,
}

impl SequenceHeader {
    /// Finds the header in a stream of units; `None` where there is none of a still picture in the reduced form, in
    /// which our encoders write it.
    pub fn find(stream: &[u8]) -> Option<Self> {
        let payload = units(stream).find(|unit| unit.kind == SEQUENCE_HEADER)?.payload;
        let first = *payload.first()?;
        let is_reduced = first & 0x08 != 0;
        if !is_reduced {
            return None;
        }
        let mut bits = Bits { bytes: payload, position: 5 };
        let profile = first >> 5;
        let level = bits.read(5)? as u8;
        let (width_bits, height_bits) = (bits.read(4)? + 1, bits.read(4)? + 1);
        bits.read(width_bits)?;
        bits.read(height_bits)?;
        // Superblocks, two intra tools, superresolution, two filters: a bit each.
        bits.read(6)?;
        let _is_deep = bits.read(1)?;
        let is_monochrome = profile != 1 && bits.read(1)? != 0;
        Some(Self { profile, level, is_monochrome })
    }

    /// The content of `av1C` (AV1-ISOBMFF, section 2.3): 8 bits per sample; 4:4:4 in profile 1, 4:2:0 otherwise.
    pub fn configuration(self) -> [u8; 4] {
        let sampling = if self.profile == 1 { 0 } else { 0x0c };
        [0x81, self.profile << 5 | self.level, u8::from(self.is_monochrome) << 4 | sampling, 0]
    }
}

/// Removes the units that a stream has but an item must not have: the delimiters between frames (AVIF, section 2.1).
///
/// # Errors
/// [`CodecError::Encode`] where the units do not make up the stream.
pub fn without_delimiters(stream: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(stream.len());
    let mut length = 0;
    for unit in units(stream) {
        length += unit.whole.len();
        if unit.kind != TEMPORAL_DELIMITER {
            bytes.extend_from_slice(unit.whole);
        }
    }
    if length == stream.len() { Ok(bytes) } else { Err(encode_error("the encoder wrote a broken stream")) }
}

struct Unit<'a> {
    kind: u8,
    payload: &'a [u8],
    whole: &'a [u8],
}

/// The units of a stream in which each states its length, up to the first that is broken.
fn units(mut stream: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    std::iter::from_fn(move || {
        let first = *stream.first()?;
        let header_bytes = if first & 0x04 != 0 { 2 } else { 1 };
        if first & 0x02 == 0 {
            return None;
        }
        let (length, length_bytes) = leb128(stream.get(header_bytes..)?)?;
        let start = header_bytes + length_bytes;
        let end = start.checked_add(length)?;
        let unit = Unit { kind: first >> 3 & 15, payload: stream.get(start..end)?, whole: stream.get(..end)? };
        stream = stream.get(end..)?;
        Some(unit)
    })
}

/// Reads a number in groups of seven bits: the number, and how many bytes it took.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate().take(4) {
        number |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, index + 1));
        }
    }
    None
}

struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn read(&mut self, count: u32) -> Option<u32> {
        let mut number = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.position / 8)?;
            number = number << 1 | u32::from(byte >> (7 - self.position % 8) & 1);
            self.position += 1;
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_removed_and_the_rest_kept() {
        let stream = [0x12, 0x00, 0x0a, 0x02, 0x18, 0x00, 0x32, 0x01, 0xff];
        assert_eq!(without_delimiters(&stream), Ok(stream[2..].to_vec()));
        assert!(without_delimiters(&stream[..8]).is_err());
    }

    #[test]
    fn the_header_of_a_still_picture_is_read() {
        // Profile 0, level 4, 8 x 8 pixels, monochrome.
        let stream = [0x0a, 0x06, 0b0001_1001, 0b0000_1000, 0b1011_1111, 0b0000_0001, 0b1000_0000, 0];
        let header = SequenceHeader { profile: 0, level: 4, is_monochrome: true };
        assert_eq!(SequenceHeader::find(&stream), Some(header));
        assert_eq!(header.configuration(), [0x81, 0x04, 0x1c, 0]);
        assert_eq!(SequenceHeader::find(&stream[..5]), None);
    }
}
