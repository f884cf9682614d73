//! What the chunks of a PNG say without its pixels: dimensions from the first, orientation from `eXIf`, wherever it is.

use std::io::{Read, SeekFrom};

use crate::codec::{CodecError, Header, exif};
use crate::request::{Dimensions, Facts, Format, Orientation};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// The signature, then the length, the type and the payload of the header chunk.
const START_BYTES: usize = 8 + 8 + 13;
const CHECKSUM_BYTES: i64 = 4;
/// How many chunks are walked in search of the orientation. Writers that split their data at 8 KiB, as libpng does,
/// stay below it up to 80 MB.
const MAX_CHUNKS: usize = 10_000;
/// How much of an EXIF block is read. The orientation stands in its first directory.
const MAX_EXIF_BYTES: u64 = 64 * 1024;

/// The largest length or edge that the format can tell (third edition, section 7.1).
pub(super) const MAX_EDGE: u32 = i32::MAX as u32;

pub(super) fn probe(header: &mut dyn Header) -> Result<Facts, CodecError> {
    let mut start = [0; START_BYTES];
    header.rewind().and_then(|()| header.read_exact(&mut start)).map_err(malformed)?;
    let stored = dimensions(&start).ok_or_else(|| malformed("no header chunk"))?;
    // Whatever stops the search leaves the picture upright: the pixels may still be whole.
    let found = header.seek(SeekFrom::Current(CHECKSUM_BYTES)).map(|_| orientation(header));
    let orientation = found.ok().flatten().unwrap_or_default();
    Ok(Facts { format: Format::Png, stored, orientation })
}

fn dimensions(start: &[u8; START_BYTES]) -> Option<Dimensions> {
    let chunk = start.strip_prefix(&SIGNATURE)?.strip_prefix(b"\0\0\0\x0dIHDR")?;
    let (width, rest) = chunk.split_first_chunk()?;
    let (height, _) = rest.split_first_chunk()?;
    let [width, height] = [width, height].map(|edge| u32::from_be_bytes(*edge));
    let is_possible = [width, height].iter().all(|edge| (1..=MAX_EDGE).contains(edge));
    is_possible.then_some(Dimensions::new(width, height))
}

/// Searches the chunks that follow the header chunk.
fn orientation(mut header: &mut dyn Header) -> Option<Orientation> {
    for _ in 0..MAX_CHUNKS {
        let mut head = [0; 8];
        header.read_exact(&mut head).ok()?;
        let [a, b, c, d, kind @ ..] = head;
        let length = u32::from_be_bytes([a, b, c, d]);
        match &kind {
            b"eXIf" => {
                let mut block = Vec::new();
                (&mut header).take(u64::from(length).min(MAX_EXIF_BYTES)).read_to_end(&mut block).ok()?;
                return Some(exif::orientation(&block));
            }
            b"IEND" => return None,
            _ => header.seek(SeekFrom::Current(i64::from(length) + CHECKSUM_BYTES)).ok()?,
        };
    }
    None
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Png, reason)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const ROTATED: &[u8] = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

    /// A file of 3x2 pixels whose chunks need no valid checksum: nobody reads their data here.
    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut file = SIGNATURE.to_vec();
        let header = (b"IHDR", &[0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0][..]);
        for (kind, payload) in [header].iter().chain(chunks) {
            file.extend((payload.len() as u32).to_be_bytes());
            file.extend(*kind);
            file.extend(*payload);
            file.extend([0; 4]);
        }
        file
    }

    fn facts(orientation: Orientation) -> Result<Facts, CodecError> {
        Ok(Facts { format: Format::Png, stored: Dimensions::new(3, 2), orientation })
    }

    #[test]
    fn the_orientation_is_found_before_and_after_the_pixels() {
        let before = file(&[(b"eXIf", ROTATED), (b"IDAT", &[0; 99]), (b"IEND", &[])]);
        let after = file(&[(b"IDAT", &[0; 99]), (b"IDAT", &[0; 7]), (b"eXIf", ROTATED), (b"IEND", &[])]);
        for file in [before, after] {
            assert_eq!(probe(&mut Cursor::new(file)), facts(Orientation::Rotated90));
        }
    }

    #[test]
    fn a_search_that_fails_means_upright() {
        let none = file(&[(b"IDAT", &[0; 99]), (b"IEND", &[])]);
        let behind_the_end = file(&[(b"IEND", &[]), (b"eXIf", ROTATED)]);
        let mut overlong = file(&[]);
        overlong.extend(b"\xff\xff\xff\xffeXIf");
        let mut endless = file(&[]);
        endless.extend([0; 12].repeat(MAX_CHUNKS + 1));
        for file in [none, behind_the_end, overlong, endless, file(&[(b"eXIf", b"MM")]), file(&[])] {
            assert_eq!(probe(&mut Cursor::new(file)), facts(Orientation::Upright));
        }
    }

    #[test]
    fn a_start_that_is_no_png_is_malformed() {
        let whole = file(&[]);
        let mut empty_picture = whole.clone();
        empty_picture[19] = 0;
        let mut wrong_chunk = whole.clone();
        wrong_chunk[12] = b'J';
        let mut enormous = whole.clone();
        enormous[16] = 0x80;
        for broken in [&whole[..START_BYTES - 1], b"", &empty_picture, &wrong_chunk, &enormous] {
            let result = probe(&mut Cursor::new(broken));
            assert!(matches!(result, Err(CodecError::Malformed { format: Format::Png, .. })), "{result:?}");
        }
    }
}
