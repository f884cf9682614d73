//! Where the codestream lies in a file: all of it, or the payload of boxes (ISO/IEC 18181-2, clause 4). We take it out
//! ourselves, for the library would also unpack compressed metadata of any length.

use std::io::{Read as _, SeekFrom};
use std::ops::Range;

use super::malformed;
use crate::{CodecError, Header, Limits};

const BARE: [u8; 2] = [0xff, 0x0a];
const CONTAINER_START: &[u8; 12] = b"\0\0\0\x0cJXL \r\n\x87\n";
const BOX_HEADER_BYTES: u64 = 8;
const LARGE_SIZE_BYTES: u64 = 8;
/// Before each part there is its number, the last one marked.
const PART_NUMBER_BYTES: u64 = 4;

/// The codestream of a file, in order.
pub(super) struct Codestream {
    parts: Vec<Range<u64>>,
}

impl Codestream {
    /// Reads the headers of the boxes, up to the end of the codestream.
    pub(super) fn find(file: &mut dyn Header, limits: &Limits) -> Result<Self, CodecError> {
        let length = file.seek(SeekFrom::End(0)).map_err(malformed)?;
        file.rewind().map_err(malformed)?;
        let mut start = Vec::new();
        (&mut *file).take(CONTAINER_START.len() as u64).read_to_end(&mut start).map_err(malformed)?;
        if start.starts_with(&BARE) {
            return Ok(Self { parts: std::iter::once(0..length).collect() });
        }
        if start != CONTAINER_START {
            return Err(malformed("no codestream and no container"));
        }
        let (mut parts, mut boxes, mut position) = (Vec::new(), 0, start.len() as u64);
        while position < length {
            boxes += 1;
            limits.admit_chunks(boxes)?;
            let (kind, payload) = read_box(file, position, length)?;
            position = payload.end;
            match &kind {
                b"jxlc" => {
                    parts.push(payload);
                    break;
                }
                b"jxlp" => {
                    file.seek(SeekFrom::Start(payload.start)).map_err(malformed)?;
                    let [first, ..] = read_array::<{ PART_NUMBER_BYTES as usize }>(file)?;
                    parts.push(payload.start + PART_NUMBER_BYTES..payload.end);
                    if first & 0x80 != 0 {
                        break;
                    }
                }
                _ => {}
            }
        }
        if parts.is_empty() { Err(malformed("no codestream in the container")) } else { Ok(Self { parts }) }
    }

    /// In bytes.
    pub(super) fn length(&self) -> u64 {
        self.parts.iter().map(|part| part.end.saturating_sub(part.start)).sum()
    }

    /// Reads the first bytes, at most `bytes`.
    pub(super) fn start(&self, file: &mut dyn Header, bytes: u64) -> Result<Vec<u8>, CodecError> {
        let mut start = Vec::new();
        for part in &self.parts {
            let wanted = (bytes - start.len() as u64).min(part.end.saturating_sub(part.start));
            file.seek(SeekFrom::Start(part.start)).map_err(malformed)?;
            (&mut *file).take(wanted).read_to_end(&mut start).map_err(malformed)?;
        }
        Ok(start)
    }

    /// The bytes of `original` in order, in pieces of at most `piece_bytes`.
    pub(super) fn pieces<'a>(&self, original: &'a [u8], piece_bytes: usize) -> impl Iterator<Item = &'a [u8]> {
        let part = |part: &Range<u64>| original.get(part.start as usize..part.end as usize).unwrap_or_default();
        self.parts.iter().map(part).flat_map(move |part| part.chunks(piece_bytes))
    }
}

/// The type of a box, and where its payload lies: to the end of the file where it says so or claims more.
fn read_box(file: &mut dyn Header, position: u64, length: u64) -> Result<([u8; 4], Range<u64>), CodecError> {
    file.seek(SeekFrom::Start(position)).map_err(malformed)?;
    let [a, b, c, d, kind @ ..] = read_array::<{ BOX_HEADER_BYTES as usize }>(file)?;
    let (size, start) = match u32::from_be_bytes([a, b, c, d]) {
        0 => (length - position, position + BOX_HEADER_BYTES),
        1 => (u64::from_be_bytes(read_array(file)?), position + BOX_HEADER_BYTES + LARGE_SIZE_BYTES),
        size => (size.into(), position + BOX_HEADER_BYTES),
    };
    let end = position.saturating_add(size).min(length);
    if end < start { Err(malformed("a box is smaller than its header")) } else { Ok((kind, start..end)) }
}

fn read_array<const BYTES: usize>(file: &mut dyn Header) -> Result<[u8; BYTES], CodecError> {
    let mut array = [0; BYTES];
    file.read_exact(&mut array).map_err(|_| malformed("the file ends early"))?;
    Ok(array)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn parts(file: &[u8]) -> Result<Vec<u8>, CodecError> {
        let codestream = Codestream::find(&mut Cursor::new(file), &Limits::default())?;
        let pieces: Vec<u8> = codestream.pieces(file, 2).flatten().copied().collect();
        assert_eq!(codestream.length(), pieces.len() as u64);
        assert_eq!(codestream.start(&mut Cursor::new(file), 3)?, pieces[..pieces.len().min(3)]);
        Ok(pieces)
    }

    fn boxed(boxes: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut file = CONTAINER_START.to_vec();
        for (kind, payload) in boxes {
            file.extend((payload.len() as u32 + 8).to_be_bytes());
            file.extend(*kind);
            file.extend(*payload);
        }
        file
    }

    #[test]
    fn the_codestream_is_taken_out_of_its_boxes() {
        assert_eq!(parts(b"\xff\x0aabc").unwrap(), b"\xff\x0aabc");
        let whole = boxed(&[(b"ftyp", b"jxl "), (b"brob", b"Exif...."), (b"jxlc", b"abcd"), (b"jxlc", b"never")]);
        assert_eq!(parts(&whole).unwrap(), b"abcd");
        let split =
            boxed(&[(b"jxlp", b"\0\0\0\0ab"), (b"Exif", b"x"), (b"jxlp", b"\x80\0\0\x01cd"), (b"jxlp", b"xxxxx")]);
        assert_eq!(parts(&split).unwrap(), b"abcd");
    }

    #[test]
    fn a_box_reaches_to_the_end_where_it_says_so() {
        let mut file = boxed(&[]);
        file.extend(b"\0\0\0\0jxlcabc");
        assert_eq!(parts(&file).unwrap(), b"abc");
        let mut large = boxed(&[]);
        large.extend(b"\0\0\0\x01jxlc\0\0\0\0\0\0\0\x12abc");
        assert_eq!(parts(&large).unwrap(), b"ab");
    }

    #[test]
    fn a_container_without_a_codestream_is_broken() {
        for file in [boxed(&[]), boxed(&[(b"ftyp", b"jxl ")]), b"\0\0\0\x0cJXL ".to_vec()] {
            assert!(matches!(parts(&file), Err(CodecError::Malformed { .. })));
        }
        let mut small = boxed(&[]);
        small.extend(b"\0\0\0\x04jxlc");
        assert!(parts(&small).is_err());
    }
}
