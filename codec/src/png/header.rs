//! What the chunks of a PNG say without its pixels: dimensions from the first, orientation from `eXIf`, wherever it is.

use std::io::{Read, SeekFrom};

use super::SIGNATURE;
use super::colour::{self, Marks, max_unpacked};
use super::metadata::{self, MAX_KEYWORD_BYTES};
use crate::colour::{DEEP_WORKING_BYTES, WORKING_BYTES_PER_PROFILE_BYTE};
use crate::{CodecError, Header, Limits, exif};
use crate::{Colours, Condition, Decoding, Dimensions, Facts, Format, Metadata, Orientation, SampleFacts};

/// The signature, then the length, the type and the payload of the header chunk.
const START_BYTES: usize = 8 + 8 + 13;
const CHECKSUM_BYTES: i64 = 4;
/// How much of an EXIF block is read. The orientation stands in its first directory.
const MAX_EXIF_BYTES: u64 = 64 * 1024;
/// The longest chunk of those that say something of the colours in a few numbers.
const MAX_MARK_BYTES: u64 = 32;
/// A packed profile that is longer is not that of sRGB.
const MAX_TOLD_BYTES: u64 = 64 * 1024;
/// What the library holds beside the samples: its windows, and some rows.
const LIBRARY_BYTES: u64 = 512 * 1024;
const LIBRARY_ROWS: u64 = 4;

/// The largest length or edge that the format can tell (third edition, section 7.1).
pub(super) const MAX_EDGE: u32 = i32::MAX as u32;

/// What the chunks say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Chunks {
    orientation: Orientation,
    /// A palette or a colour is transparent: `tRNS`.
    has_transparency: bool,
    /// Frames of an animation, counted up to the limit and one more; 0 where it is none.
    frames: u32,
    /// Where the content of `iCCP` is.
    profile: Option<Place>,
    metadata: Metadata,
    pub(super) marks: Marks,
}

/// A part of the file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    start: u64,
    bytes: u64,
}

impl Chunks {
    /// The content of `iCCP`, where it is there and whole.
    pub(super) fn profile<'a>(&self, original: &'a [u8]) -> Option<&'a [u8]> {
        let Place { start, bytes } = self.profile?;
        original.get(usize::try_from(start).ok()?..)?.get(..usize::try_from(bytes).ok()?)
    }
}

pub(super) fn probe(header: &mut dyn Header, limits: &Limits) -> Result<Facts, CodecError> {
    let mut start = [0; START_BYTES];
    header.rewind().and_then(|()| header.read_exact(&mut start)).map_err(malformed)?;
    let stored = dimensions(&start).ok_or_else(|| malformed("no header chunk"))?;
    let Chunks { orientation, has_transparency, frames, profile, metadata, marks } = walk(header, limits)?;
    let [.., depth, color, _, _, interlacing] = start;
    let colours = colours(header, color, profile, &marks);
    let mut decoding = decoding(stored, depth, color, has_transparency);
    decoding.is_by_parts = interlacing == 0;
    let profile_bytes = profile.map_or(0, |profile| max_unpacked(profile.bytes));
    decoding.working_bytes += profile_bytes * WORKING_BYTES_PER_PROFILE_BYTE;
    let frames = frames.max(1);
    let (is_gray, is_deep) = (matches!(color, 0 | 4), depth > 8);
    let samples = SampleFacts { has_profile: profile.is_some(), is_gray, is_deep, ..SampleFacts::default() };
    let condition = Condition { colours, metadata, samples, ..Condition::default() };
    Ok(Facts { format: Format::Png, stored, orientation, frames, decoding, condition, drawing: None })
}

fn colours(header: &mut dyn Header, color: u8, profile: Option<Place>, marks: &Marks) -> Colours {
    if *marks == Marks::default() && profile.is_none() {
        return Colours::Srgb;
    }
    if profile.is_some_and(|profile| profile.bytes > MAX_TOLD_BYTES) {
        return Colours::Profiled;
    }
    let profile = profile.and_then(|Place { start, bytes }| {
        header.seek(SeekFrom::Start(start)).ok()?;
        Some(start_of_chunk(header, bytes))
    });
    colour::told(marks, profile.as_deref(), matches!(color, 0 | 4))
}

/// What decoding takes: samples of 16 bits, and gray with alpha, become pixels in a second step.
fn decoding(stored: Dimensions, depth: u8, color: u8, has_transparency: bool) -> Decoding {
    let (channels, pixel_bytes) = match (color, has_transparency) {
        (0, false) => (1, 1),
        (0, true) | (4, _) => (2, 4),
        (2 | 3, false) => (3, 3),
        _ => (4, 4),
    };
    let sample_bytes = if depth > 8 { 2 } else { 1 };
    let is_second_step = sample_bytes == 2 || channels != u64::from(pixel_bytes);
    let samples = if is_second_step { stored.pixels() * channels * sample_bytes } else { 0 };
    let rows = u64::from(stored.width) * LIBRARY_ROWS * channels * sample_bytes;
    let conversion = if sample_bytes == 2 { DEEP_WORKING_BYTES } else { 0 };
    Decoding { pixel_bytes, working_bytes: samples + rows + conversion + LIBRARY_BYTES, is_by_parts: false }
}

fn dimensions(start: &[u8; START_BYTES]) -> Option<Dimensions> {
    let chunk = start.strip_prefix(&SIGNATURE)?.strip_prefix(b"\0\0\0\x0dIHDR")?;
    let (width, rest) = chunk.split_first_chunk()?;
    let (height, _) = rest.split_first_chunk()?;
    let [width, height] = [width, height].map(|edge| u32::from_be_bytes(*edge));
    let is_possible = [width, height].iter().all(|edge| (1..=MAX_EDGE).contains(edge));
    is_possible.then_some(Dimensions::new(width, height))
}

/// Walks the chunks that follow the header chunk. Where they end early or are broken, what was found until there counts:
/// the pixels may still be whole.
///
/// # Errors
/// [`CodecError::OverLimit`] for too many chunks, or too long ones.
pub(super) fn walk(header: &mut dyn Header, limits: &Limits) -> Result<Chunks, CodecError> {
    let mut found = Chunks::default();
    let mut metadata_bytes = 0;
    let (mut is_animated, mut has_pixels) = (false, false);
    let first = (START_BYTES as u64).saturating_add_signed(CHECKSUM_BYTES);
    if header.seek(SeekFrom::Start(first)).is_err() {
        return Ok(found);
    }
    for count in 1.. {
        let mut head = [0; 8];
        if header.read_exact(&mut head).is_err() {
            break;
        }
        limits.admit_chunks(count)?;
        let [a, b, c, d, kind @ ..] = head;
        let mut rest = i64::from(u32::from_be_bytes([a, b, c, d]));
        match &kind {
            b"IEND" => break,
            b"acTL" => is_animated |= !has_pixels,
            b"IDAT" => has_pixels = true,
            b"fcTL" if found.frames <= limits.max_frames => found.frames += 1,
            b"tRNS" => found.has_transparency = true,
            b"iCCP" if found.profile.is_none() => {
                let start = header.stream_position();
                found.profile = start.ok().map(|start| Place { start, bytes: rest.unsigned_abs() });
            }
            b"eXIf" => {
                let block = start_of_chunk(header, rest.unsigned_abs().min(MAX_EXIF_BYTES));
                found.orientation = exif::orientation(&block);
                found.metadata = found.metadata.max(exif::metadata(&block));
                rest -= block.len() as i64;
                metadata_bytes += block.len() as u64;
            }
            b"tEXt" | b"zTXt" | b"iTXt" if found.metadata != Metadata::Private => {
                let start = start_of_chunk(header, rest.unsigned_abs().min(MAX_KEYWORD_BYTES as u64));
                found.metadata = found.metadata.max(metadata::of_text(&start));
                rest -= start.len() as i64;
                metadata_bytes += start.len() as u64;
            }
            kind @ (b"sRGB" | b"cICP" | b"gAMA" | b"cHRM") => {
                let start = start_of_chunk(header, rest.unsigned_abs().min(MAX_MARK_BYTES));
                found.marks.add(kind, &start);
                rest -= start.len() as i64;
                metadata_bytes += start.len() as u64;
            }
            _ => {}
        }
        if !matches!(&kind, b"IDAT" | b"fdAT") {
            metadata_bytes += rest.unsigned_abs();
            limits.admit_metadata(metadata_bytes)?;
        }
        if header.seek(SeekFrom::Current(rest + CHECKSUM_BYTES)).is_err() {
            break;
        }
    }
    if !is_animated {
        found.frames = 0;
    }
    Ok(found)
}

/// The start of a chunk, as far as it can be read.
fn start_of_chunk(mut header: &mut dyn Header, bytes: u64) -> Vec<u8> {
    let mut start = Vec::new();
    // What was read before an error counts.
    let _ = (&mut header).take(bytes).read_to_end(&mut start);
    start
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

    fn probe(file: impl AsRef<[u8]>) -> Result<Facts, CodecError> {
        super::probe(&mut Cursor::new(file), &Limits::default())
    }

    fn orientation(file: impl AsRef<[u8]>) -> Result<Orientation, CodecError> {
        probe(file).map(|facts| facts.orientation)
    }

    #[test]
    fn the_orientation_is_found_before_and_after_the_pixels() {
        let before = file(&[(b"eXIf", ROTATED), (b"IDAT", &[0; 99]), (b"IEND", &[])]);
        let after = file(&[(b"IDAT", &[0; 99]), (b"IDAT", &[0; 7]), (b"eXIf", ROTATED), (b"IEND", &[])]);
        for file in [before, after] {
            assert_eq!(orientation(file), Ok(Orientation::Rotated90));
        }
    }

    #[test]
    fn a_search_that_fails_means_upright() {
        let none = file(&[(b"IDAT", &[0; 99]), (b"IEND", &[])]);
        let behind_the_end = file(&[(b"IEND", &[]), (b"eXIf", ROTATED)]);
        let mut overlong = file(&[]);
        overlong.extend(b"\x00\x00\xff\xffeXIf");
        for file in [none, behind_the_end, overlong, file(&[(b"eXIf", b"MM")]), file(&[])] {
            assert_eq!(orientation(file), Ok(Orientation::Upright));
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
            let result = probe(broken);
            assert!(matches!(result, Err(CodecError::Malformed { format: Format::Png, .. })), "{result:?}");
        }
    }

    #[test]
    fn too_many_chunks_and_too_much_metadata_are_refused() {
        let limits = Limits { max_chunks: 9, max_metadata_bytes: 100, ..Limits::default() };
        let probe = |file: Vec<u8>| super::probe(&mut Cursor::new(file), &limits).map(|facts| facts.stored);
        let pieces = |count| file(&vec![(b"IDAT", &[0; 50][..]); count]);
        assert_eq!(probe(pieces(9)), Ok(Dimensions::new(3, 2)));
        assert_eq!(probe(pieces(10)).unwrap_err().to_string(), "expected an original of at most 9 chunks, got 10");
        assert!(probe(file(&[(b"iCCP", &[0; 50]), (b"zTXt", &[0; 50])])).is_ok());
        let refused = probe(file(&[(b"iCCP", &[0; 50]), (b"zTXt", &[0; 51])])).unwrap_err();
        assert_eq!(refused.to_string(), "expected an original of at most 100 bytes of metadata, got 101");
    }
}
