//! The grammar of ISO base media files (ISO/IEC 14496-12, section 4): big-endian numbers, and boxes within boxes.
//! Nothing here trusts a length: every read is bounded by the bytes that there are.

use super::{Fault, malformed};

/// The type of a box, an item or a property: four characters.
pub type FourCc = [u8; 4];

/// The bytes of a box that are still to be read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads `count` bytes.
    ///
    /// # Errors
    /// As every method here: [`Fault::Malformed`] where the bytes end before.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| malformed("a box ends early"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub fn u8(&mut self) -> Result<u8, Fault> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn four_cc(&mut self) -> Result<FourCc, Fault> {
        self.array()
    }

    /// Reads a number of `width` bytes, 0 to 8; no bytes mean zero.
    pub fn number(&mut self, width: usize) -> Result<u64, Fault> {
        Ok(self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Reads an item's id, which is longer in newer versions of a box.
    pub fn item_id(&mut self, is_long: bool) -> Result<u32, Fault> {
        if is_long { self.u32() } else { self.u16().map(u32::from) }
    }

    /// Reads the version and the flags of a full box.
    pub fn version_and_flags(&mut self) -> Result<(u8, u32), Fault> {
        let word = self.u32()?;
        Ok(((word >> 24) as u8, word & 0xff_ffff))
    }

    /// Reads the next box within this one: its type and its payload. `None` at the end.
    pub fn next_box(&mut self) -> Result<Option<(FourCc, Bytes<'a>)>, Fault> {
        if self.is_empty() {
            return Ok(None);
        }
        let header = BoxHeader::read(self)?;
        let payload = match header.payload {
            Some(length) => usize::try_from(length).map_err(|_| malformed("a box is longer than memory"))?,
            None => self.rest.len(),
        };
        Ok(Some((header.kind, Bytes::new(self.take(payload)?))))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| malformed("a box ends early"))?;
        self.rest = rest;
        Ok(*taken)
    }
}

/// The first bytes of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxHeader {
    pub kind: FourCc,
    /// The length of the header itself in bytes.
    pub length: u64,
    /// The length of what follows in bytes; `None` where the box goes on to the end of the file.
    pub payload: Option<u64>,
}

impl BoxHeader {
    /// The longest header in bytes.
    pub const MAX_BYTES: usize = 16;

    /// Reads a header.
    ///
    /// # Errors
    /// [`Fault::Malformed`] where the bytes end before, or the box claims to be shorter than its header.
    pub fn read(bytes: &mut Bytes<'_>) -> Result<Self, Fault> {
        let short = bytes.u32()?;
        let kind = bytes.four_cc()?;
        let (length, total) = match short {
            0 => (8, None),
            1 => (16, Some(bytes.number(8)?)),
            _ => (8, Some(u64::from(short))),
        };
        let payload = match total {
            Some(total) => {
                Some(total.checked_sub(length).ok_or_else(|| malformed("a box is shorter than its header"))?)
            }
            None => None,
        };
        Ok(Self { kind, length, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_bounded_by_the_box_around_it() {
        let mut bytes = Bytes::new(b"\0\0\0\x0aabcd\x01\x02\0\0\0\x09efgh\x03");
        let (kind, mut payload) = bytes.next_box().unwrap().unwrap();
        assert_eq!((&kind, payload.u16().unwrap()), (b"abcd", 0x0102));
        let (kind, mut payload) = bytes.next_box().unwrap().unwrap();
        assert_eq!((&kind, payload.u8().unwrap()), (b"efgh", 3));
        assert!(payload.u8().is_err());
        assert!(bytes.next_box().unwrap().is_none());
    }

    #[test]
    fn a_length_can_be_long_or_open_but_never_too_short() {
        let (_, long) = Bytes::new(b"\0\0\0\x01abcd\0\0\0\0\0\0\0\x11\x07").next_box().unwrap().unwrap();
        assert_eq!(long.rest(), [7]);
        let (_, open) = Bytes::new(b"\0\0\0\0abcd\x07\x08").next_box().unwrap().unwrap();
        assert_eq!(open.rest(), [7, 8]);
        for broken in [&b"\0\0\0\x07abcd"[..], b"\0\0\0\x09abcd", b"\0\0\0\x01abcd\xff\xff\xff\xff\xff\xff\xff\xff\0"] {
            assert!(Bytes::new(broken).next_box().is_err(), "{broken:?}");
        }
    }
}
