//! The directory of a TIFF (6.0 and BigTIFF, in either byte order), which EXIF blocks have as well: tags and their values.

use std::io::{Read, SeekFrom};

use crate::{CodecError, Format, Header};

/// More entries than any real page has.
const MAX_ENTRIES: u64 = 4096;

/// The order of bytes in numbers of more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub fn short(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub fn long(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    pub fn long8(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }
}

/// A part of the file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub start: u64,
    pub bytes: u64,
}

impl Place {
    /// What is there; `None` where the file is shorter.
    pub fn of(self, original: &[u8]) -> Option<&[u8]> {
        original.get(usize::try_from(self.start).ok()?..)?.get(..usize::try_from(self.bytes).ok()?)
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    kind: Kind,
    count: u64,
    place: Place,
}

/// The kinds of values that we read (TIFF 6.0, section 2; BigTIFF).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Byte,
    Bytes,
    SignedByte,
    Short,
    SignedShort,
    Long,
    SignedLong,
    Long8,
    Rational,
    SignedRational,
    Float,
    Double,
}

impl Kind {
    fn of(code: u16) -> Option<Self> {
        Some(match code {
            1 => Self::Byte,
            // Text, bytes of any meaning, and the UTF-8 of Exif 3.0.
            2 | 7 | 129 => Self::Bytes,
            3 => Self::Short,
            4 | 13 => Self::Long,
            5 => Self::Rational,
            6 => Self::SignedByte,
            8 => Self::SignedShort,
            9 => Self::SignedLong,
            10 => Self::SignedRational,
            11 => Self::Float,
            12 => Self::Double,
            16..=18 => Self::Long8,
            _ => return None,
        })
    }

    fn bytes(self) -> u64 {
        match self {
            Self::Byte | Self::Bytes | Self::SignedByte => 1,
            Self::Short | Self::SignedShort => 2,
            Self::Long | Self::SignedLong | Self::Float => 4,
            Self::Long8 | Self::Rational | Self::SignedRational | Self::Double => 8,
        }
    }
}

/// The entries of one directory. Values stay in the file until they are asked for.
#[derive(Debug, Clone)]
pub struct Directory {
    pub order: ByteOrder,
    entries: Vec<Entry>,
}

impl Directory {
    /// Reads the first directory of a file. Costs two small reads.
    pub fn read(header: &mut dyn Header) -> Result<Self, CodecError> {
        header.rewind().map_err(malformed)?;
        let start: [u8; 8] = array(header)?;
        let (order, is_big) = match start {
            [b'I', b'I', 42, 0, ..] => (ByteOrder::Little, false),
            [b'M', b'M', 0, 42, ..] => (ByteOrder::Big, false),
            [b'I', b'I', 43, 0, ..] => (ByteOrder::Little, true),
            [b'M', b'M', 0, 43, ..] => (ByteOrder::Big, true),
            _ => return Err(malformed("no header")),
        };
        let [.., a, b, c, d] = start;
        let first = if is_big { order.long8(array(header)?) } else { order.long([a, b, c, d]).into() };
        header.seek(SeekFrom::Start(first)).map_err(malformed)?;
        let count = if is_big { order.long8(array(header)?) } else { order.short(array(header)?).into() };
        if count > MAX_ENTRIES {
            return Err(malformed(format!("expected at most {MAX_ENTRIES} tags, got {count}")));
        }
        let (entry_bytes, head_bytes) = if is_big { (20, 8) } else { (12, 2) };
        let mut bytes = Vec::new();
        (&mut *header).take(count * entry_bytes).read_to_end(&mut bytes).map_err(malformed)?;
        let parse = |(index, bytes): (usize, &[u8])| {
            let place = first.checked_add(head_bytes)?.checked_add(index as u64 * entry_bytes)?;
            entry(bytes, place, order, is_big)
        };
        // Of a tag that is there twice the first counts, and of a list that ends early what is there.
        let entries = bytes.chunks_exact(entry_bytes as usize).enumerate().filter_map(parse).collect();
        Ok(Self { order, entries })
    }

    fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// Where the bytes of a value are.
    pub fn place(&self, tag: u16) -> Option<Place> {
        self.entry(tag).map(|entry| entry.place)
    }

    /// The number of values of a tag.
    pub fn count(&self, tag: u16) -> u64 {
        self.entry(tag).map_or(0, |entry| entry.count)
    }

    /// The values of a tag where they are whole numbers; empty where there are none. Negative ones count as zero.
    ///
    /// # Errors
    /// [`CodecError`] for more than `most` values, and where the file ends before them.
    pub fn integers(&self, header: &mut dyn Header, tag: u16, most: u64) -> Result<Vec<u64>, CodecError> {
        Ok(self.reals(header, tag, most)?.into_iter().map(|number| number.max(0.0) as u64).collect())
    }

    /// The first value of a tag, where that is a whole number.
    pub fn integer(&self, header: &mut dyn Header, tag: u16) -> Result<Option<u64>, CodecError> {
        let Some(entry) = self.entry(tag).copied() else { return Ok(None) };
        let first = Entry { count: entry.count.min(1), ..entry };
        Ok(self.values(header, first)?.first().map(|number| number.max(0.0) as u64))
    }

    /// The values of a tag as they are. Whole numbers are exact up to 2^53.
    pub fn reals(&self, header: &mut dyn Header, tag: u16, most: u64) -> Result<Vec<f64>, CodecError> {
        let Some(entry) = self.entry(tag).copied() else { return Ok(Vec::new()) };
        if entry.count > most {
            return Err(unsupported(format!("{} values of tag {tag}", entry.count)));
        }
        self.values(header, entry)
    }

    fn values(&self, header: &mut dyn Header, entry: Entry) -> Result<Vec<f64>, CodecError> {
        let Entry { kind, count, place, .. } = entry;
        header.seek(SeekFrom::Start(place.start)).map_err(malformed)?;
        let bytes = count.checked_mul(kind.bytes()).ok_or_else(|| malformed("a tag is too long"))?;
        let mut values = Vec::new();
        (&mut *header).take(bytes).read_to_end(&mut values).map_err(malformed)?;
        if values.len() as u64 != bytes {
            return Err(malformed("a tag reaches past the end of the file"));
        }
        Ok(values.chunks_exact(kind.bytes() as usize).map(|value| self.value(kind, value)).collect())
    }

    fn value(&self, kind: Kind, bytes: &[u8]) -> f64 {
        let long = |from: usize| {
            let bytes = bytes.get(from..).and_then(|bytes| bytes.first_chunk().copied());
            self.order.long(bytes.unwrap_or_default())
        };
        let short = self.order.short(bytes.first_chunk().copied().unwrap_or_default());
        let long8 = self.order.long8(bytes.first_chunk().copied().unwrap_or_default());
        let byte = bytes.first().copied().unwrap_or_default();
        match kind {
            Kind::Byte | Kind::Bytes => byte.into(),
            Kind::SignedByte => byte.cast_signed().into(),
            Kind::Short => short.into(),
            Kind::SignedShort => short.cast_signed().into(),
            Kind::Long => long(0).into(),
            Kind::SignedLong => long(0).cast_signed().into(),
            Kind::Long8 => long8 as f64,
            Kind::Rational => f64::from(long(0)) / f64::from(long(4)),
            Kind::SignedRational => f64::from(long(0).cast_signed()) / f64::from(long(4).cast_signed()),
            Kind::Float => f32::from_bits(long(0)).into(),
            Kind::Double => f64::from_bits(long8),
        }
    }
}

/// One entry, whose own bytes are at `place` in the file. `None` for a kind that we do not know.
fn entry(bytes: &[u8], place: u64, order: ByteOrder, is_big: bool) -> Option<Entry> {
    let (tag, rest) = bytes.split_first_chunk()?;
    let (kind, rest) = rest.split_first_chunk()?;
    let kind = Kind::of(order.short(*kind))?;
    let (count, value, room) = if is_big {
        let (count, value) = rest.split_first_chunk()?;
        (order.long8(*count), order.long8(*value.first_chunk()?), 8)
    } else {
        let (count, value) = rest.split_first_chunk()?;
        (order.long(*count).into(), order.long(*value.first_chunk()?).into(), 4)
    };
    let bytes = count.checked_mul(kind.bytes())?;
    let start = if bytes <= room { place + if is_big { 12 } else { 8 } } else { value };
    Some(Entry { tag: order.short(*tag), kind, count, place: Place { start, bytes } })
}

fn array<const BYTES: usize>(header: &mut dyn Header) -> Result<[u8; BYTES], CodecError> {
    let mut array = [0; BYTES];
    header.read_exact(&mut array).map_err(|_| malformed("the file ends early"))?;
    Ok(array)
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Tiff, reason)
}

fn unsupported(feature: impl ToString) -> CodecError {
    CodecError::unsupported(Format::Tiff, feature)
}
