//! The colour profile of a TIFF (tag 34675 of the first page). Read by us: the library would turn each byte into a value
//! of 32.

use std::io::{Read, SeekFrom};

use crate::codec::Header;

const PROFILE_TAG: u16 = 34_675;
/// Types of one byte a value: `BYTE` and `UNDEFINED`.
const BYTE_TYPES: [u16; 2] = [1, 7];
/// More entries than any real page has.
const MAX_ENTRIES: u16 = 1024;

/// A part of the file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    start: u64,
    pub bytes: u64,
}

impl Place {
    /// Finds the profile of a TIFF in the usual format, of either byte order. `None` where there is none, or the file is
    /// another.
    pub(super) fn find(header: &mut dyn Header) -> Option<Self> {
        header.rewind().ok()?;
        let start: [u8; 8] = read(header)?;
        let is_little = match start {
            [b'I', b'I', 42, 0, ..] => true,
            [b'M', b'M', 0, 42, ..] => false,
            _ => return None,
        };
        let short = |bytes: [u8; 2]| if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
        let long = |bytes: [u8; 4]| if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
        let [.., a, b, c, d] = start;
        header.seek(SeekFrom::Start(long([a, b, c, d]).into())).ok()?;
        let entries = short(read(header)?).min(MAX_ENTRIES);
        let mut directory = Vec::new();
        Read::take(&mut *header, u64::from(entries) * 12).read_to_end(&mut directory).ok()?;
        directory.as_chunks::<12>().0.iter().find_map(|[a, b, c, d, e, f, g, h, i, j, k, l]| {
            let is_profile = short([*a, *b]) == PROFILE_TAG && BYTE_TYPES.contains(&short([*c, *d]));
            let place = Self { start: long([*i, *j, *k, *l]).into(), bytes: long([*e, *f, *g, *h]).into() };
            is_profile.then_some(place)
        })
    }

    /// The bytes there, where the file has them.
    pub(super) fn of(self, original: &[u8]) -> Option<&[u8]> {
        original.get(usize::try_from(self.start).ok()?..)?.get(..usize::try_from(self.bytes).ok()?)
    }
}

fn read<const BYTES: usize>(header: &mut dyn Header) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    header.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn profile(file: &[u8]) -> Option<Vec<u8>> {
        let place = Place::find(&mut Cursor::new(file))?;
        place.of(file).map(<[u8]>::to_vec)
    }

    #[test]
    fn the_profile_is_found_in_both_byte_orders() {
        let little = b"II*\0\x08\0\0\0\x02\0\x00\x01\x03\0\x01\0\0\0\x09\0\0\0\x73\x87\x07\0\x05\0\0\0\x22\0\0\0hello";
        let big = b"MM\0*\0\0\0\x08\0\x01\x87\x73\0\x07\0\0\0\x05\0\0\0\x16hello";
        assert_eq!(profile(little), Some(b"hello".to_vec()));
        assert_eq!(profile(big), Some(b"hello".to_vec()));
        for length in 0..little.len() {
            assert_eq!(profile(&little[..length]), None, "{length}");
        }
    }
}
