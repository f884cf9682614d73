//! The marker walk: what a JPEG says of itself before its first scan. Safe code, few and small reads, all bounded.

use std::io::{self, BufReader, Read, Seek};

use crate::codec::colour::WORKING_BYTES_PER_PROFILE_BYTE;
use crate::codec::{CodecError, Header, Limits, exif};
use crate::request::{Decoding, Dimensions, Format, Orientation};

/// Longest side that libjpeg reads and writes, in pixels (`JPEG_MAX_DIMENSION`).
pub(super) const MAX_SIDE: u32 = 65_500;

/// A file with extended XMP or a large colour profile has some hundred segments of at most 64 KiB each.
const MAX_MARKERS: usize = 4096;

/// Fill bytes are legal before any marker; other bytes are not, but decoders skip them, so we do.
const MAX_STRAY_BYTES: usize = 1024;

const READ_BYTES: usize = 512;
/// What libjpeg holds beside pixels and coefficients: its tables, and some rows.
const LIBRARY_BYTES: u64 = 1024 * 1024;
const LIBRARY_ROWS: u64 = 64;
const EXIF_PREFIX: &[u8] = b"Exif\0\0";

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const COMMENT: u8 = 0xfe;
const SOS: u8 = 0xda;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;

/// What stands before the first scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Preamble {
    pub frame: Frame,
    pub orientation: Orientation,
    /// All coefficients are held until the last scan: the first has not all components, or not all coefficients.
    is_multi_scan: bool,
    /// Bytes of the segments that may hold a colour profile.
    profile_bytes: u64,
}

impl Preamble {
    /// What libjpeg holds: some rows, and where there are several scans, all coefficients of 16 bits.
    pub fn decoding(&self) -> Decoding {
        let Frame { dimensions, components, coefficients, .. } = self.frame;
        let rows = u64::from(dimensions.width) * LIBRARY_ROWS * u64::from(components);
        let coefficients = if self.is_multi_scan { coefficients * 2 } else { 0 };
        let profile = self.profile_bytes * WORKING_BYTES_PER_PROFILE_BYTE;
        // Four inks are decoded, and become three colours in place.
        Decoding { pixel_bytes: components, working_bytes: coefficients + rows + profile + LIBRARY_BYTES }
    }
}

/// The frame header, SOF (ITU-T T.81, B.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub dimensions: Dimensions,
    pub is_arithmetic: bool,
    is_progressive: bool,
    components: u8,
    /// How many the components have, up to the edge of their last blocks.
    coefficients: u64,
}

/// Reads the markers from the start of the file up to the first scan.
pub(super) fn read(header: &mut dyn Header, limits: &Limits) -> Result<Preamble, CodecError> {
    let mut walk = Walk { input: BufReader::with_capacity(READ_BYTES, header), metadata_bytes: 0, limits };
    walk.input.rewind().map_err(unreadable)?;
    if [walk.byte()?, walk.byte()?] != [0xff, SOI] {
        return Err(malformed("expected a start of image marker in the first two bytes"));
    }
    let (mut frame, mut orientation, mut profile_bytes) = (None, None, 0);
    for _ in 0..MAX_MARKERS {
        match walk.marker()? {
            0x01 | 0xd0..=0xd7 => {}
            SOI => return Err(malformed("a second start of image marker")),
            EOI => return Err(malformed("the image ends before its first scan")),
            SOS => {
                let frame: Frame = frame.ok_or_else(|| malformed("a scan before the frame header"))?;
                let is_multi_scan = frame.is_progressive || walk.scan_components()? < frame.components;
                let orientation = orientation.unwrap_or_default();
                return Ok(Preamble { frame, orientation, is_multi_scan, profile_bytes });
            }
            code @ (0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) => {
                if frame.replace(walk.frame(code)?).is_some() {
                    return Err(malformed("a second frame header"));
                }
            }
            APP1 if orientation.is_none() => orientation = walk.orientation()?,
            code @ (0xe0..=0xef | COMMENT) => {
                let bytes = walk.metadata_bytes()?;
                profile_bytes += if code == APP2 { u64::from(bytes) } else { 0 };
                walk.skip(bytes)?;
            }
            _ => {
                let bytes = walk.segment_bytes()?;
                walk.skip(bytes)?;
            }
        }
    }
    Err(malformed(format!("no scan after {MAX_MARKERS} markers")))
}

struct Walk<'a> {
    input: BufReader<&'a mut dyn Header>,
    metadata_bytes: u64,
    limits: &'a Limits,
}

impl Walk<'_> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, CodecError> {
        self.bytes().map(|[byte]| byte)
    }

    fn marker(&mut self) -> Result<u8, CodecError> {
        let mut is_after_prefix = false;
        for _ in 0..MAX_STRAY_BYTES {
            match self.byte()? {
                0xff => is_after_prefix = true,
                code if is_after_prefix && code != 0 => return Ok(code),
                _ => is_after_prefix = false,
            }
        }
        Err(malformed(format!("no marker in {MAX_STRAY_BYTES} bytes")))
    }

    /// The bytes that follow the length of a segment.
    fn segment_bytes(&mut self) -> Result<u16, CodecError> {
        let length = u16::from_be_bytes(self.bytes()?);
        length.checked_sub(2).ok_or_else(|| malformed(format!("expected a segment of 2 bytes or more, got {length}")))
    }

    /// As [`Walk::segment_bytes`], for a segment that counts as metadata.
    fn metadata_bytes(&mut self) -> Result<u16, CodecError> {
        let bytes = self.segment_bytes()?;
        self.metadata_bytes += u64::from(bytes);
        self.limits.admit_metadata(self.metadata_bytes)?;
        Ok(bytes)
    }

    /// The number of components in a scan (ITU-T T.81, B.2.3).
    fn scan_components(&mut self) -> Result<u8, CodecError> {
        self.segment_bytes()?;
        self.byte()
    }

    fn skip(&mut self, bytes: u16) -> Result<(), CodecError> {
        self.input.seek_relative(bytes.into()).map_err(unreadable)
    }

    fn frame(&mut self, code: u8) -> Result<Frame, CodecError> {
        let bytes = self.segment_bytes()?;
        let Some(rest) = bytes.checked_sub(6) else {
            return Err(malformed(format!("expected a frame header of 6 bytes or more, got {bytes}")));
        };
        let [precision, height_high, height_low, width_high, width_low, components] = self.bytes()?;
        let mut specifications = vec![0; rest.into()];
        self.input.read_exact(&mut specifications).map_err(unreadable)?;
        let width = u16::from_be_bytes([width_high, width_low]).into();
        let height = u16::from_be_bytes([height_high, height_low]).into();
        let dimensions = Dimensions::new(width, height);
        if let Some(feature) = missing_feature(code, precision, components, dimensions) {
            return Err(CodecError::unsupported(Format::Jpeg, feature));
        }
        if width == 0 {
            return Err(malformed("expected a width of 1 pixel or more, got 0"));
        }
        Ok(Frame {
            dimensions,
            is_arithmetic: code >= 0xc9,
            is_progressive: matches!(code, 0xc2 | 0xca),
            components,
            coefficients: coefficients(dimensions, &specifications),
        })
    }

    fn orientation(&mut self) -> Result<Option<Orientation>, CodecError> {
        let bytes = self.metadata_bytes()?;
        let mut segment = Vec::with_capacity(bytes.into());
        self.input.by_ref().take(bytes.into()).read_to_end(&mut segment).map_err(unreadable)?;
        Ok(segment.starts_with(EXIF_PREFIX).then(|| exif::orientation(&segment)))
    }
}

/// The coefficients of all components (identifier, sampling factors and table of each): blocks of 64, filled up to whole
/// units of the component with the most (ITU-T T.81, A.2.4).
fn coefficients(dimensions: Dimensions, specifications: &[u8]) -> u64 {
    let factors = || specifications.chunks_exact(3).map(|component| (component[1] >> 4, component[1] & 15));
    let widest = factors().map(|(horizontal, _)| horizontal).max().unwrap_or(1).max(1);
    let highest = factors().map(|(_, vertical)| vertical).max().unwrap_or(1).max(1);
    let units = u64::from(dimensions.width.div_ceil(8 * u32::from(widest)))
        * u64::from(dimensions.height.div_ceil(8 * u32::from(highest)));
    let blocks = factors().map(|(horizontal, vertical)| u64::from(horizontal) * u64::from(vertical)).sum::<u64>();
    units * blocks * 64
}

/// What we do not decode, in words; `code` is the marker of the frame (ITU-T T.81, table B.1).
fn missing_feature(code: u8, precision: u8, components: u8, dimensions: Dimensions) -> Option<String> {
    match code {
        0xc3 | 0xcb => return Some("lossless coding".into()),
        0xc5..=0xc7 | 0xcd..=0xcf => return Some("hierarchical coding".into()),
        _ => {}
    }
    if precision != 8 {
        return Some(format!("{precision} bits a sample"));
    }
    if !matches!(components, 1 | 3 | 4) {
        return Some(format!("{components} colour components"));
    }
    if dimensions.height == 0 {
        return Some("a height that follows the pixels (marker DNL)".into());
    }
    (dimensions.longest_edge() > MAX_SIDE).then(|| format!("a side of more than {MAX_SIDE} pixels"))
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Jpeg, reason)
}

fn unreadable(error: io::Error) -> CodecError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => malformed("data ends early"),
        _ => malformed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const FRAME: &[u8] = b"\xff\xc0\0\x11\x08\0\x30\0\x40\x03\x01\x22\0\x02\x11\0\x03\x11\0";
    const SCAN: &[u8] = b"\xff\xda\0\x0c\x03";
    const ROTATED: &[u8] = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

    fn segment(code: u8, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u16 + 2).to_be_bytes();
        [&[0xff, code], &length[..], payload].concat()
    }

    fn file(segments: &[&[u8]]) -> Vec<u8> {
        [b"\xff\xd8", segments.concat().as_slice(), SCAN].concat()
    }

    fn read_bytes(bytes: &[u8]) -> Result<Preamble, CodecError> {
        read(&mut Cursor::new(bytes), &Limits::default())
    }

    #[test]
    fn the_frame_gives_the_dimensions() {
        let dimensions = Dimensions::new(64, 48);
        let coefficients = 64 * 48 * 3 / 2;
        let frame = Frame { dimensions, is_arithmetic: false, is_progressive: false, components: 3, coefficients };
        let (orientation, is_multi_scan, profile_bytes) = (Orientation::Upright, false, 0);
        let expected = Preamble { frame, orientation, is_multi_scan, profile_bytes };
        assert_eq!(read_bytes(&file(&[FRAME])), Ok(expected));
    }

    #[test]
    fn the_orientation_is_found_behind_large_segments_and_after_the_frame() {
        let large = segment(0xe2, &[0xff; 65_533]);
        let xmp = segment(APP1, b"http://ns.adobe.com/xap/1.0/\0<x/>");
        let exif = segment(APP1, ROTATED);
        let second = segment(APP1, b"Exif\0\0broken");
        for segments in [&[&large, &xmp, &exif, &second, FRAME], &[FRAME, &large, &large, &xmp, exif.as_slice()]] {
            assert_eq!(read_bytes(&file(segments)).map(|found| found.orientation), Ok(Orientation::Rotated90));
        }
    }

    #[test]
    fn large_segments_are_skipped_without_being_read() {
        struct Counted(Cursor<Vec<u8>>, usize);
        impl Read for Counted {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let read = self.0.read(buffer)?;
                self.1 += read;
                Ok(read)
            }
        }
        impl Seek for Counted {
            fn seek(&mut self, position: io::SeekFrom) -> io::Result<u64> {
                self.0.seek(position)
            }
        }
        let large = segment(0xe2, &[0; 65_533]);
        let mut counted = Counted(Cursor::new(file(&[&large, &large, &large, FRAME])), 0);
        assert!(read(&mut counted, &Limits::default()).is_ok());
        assert!(counted.1 <= 4 * READ_BYTES, "{} bytes", counted.1);
    }

    #[test]
    fn fill_bytes_and_stray_bytes_before_a_marker_are_skipped() {
        let comment = segment(0xfe, b"a comment");
        assert!(read_bytes(&file(&[b"\xff\xff\xff", &comment, b"stray\xff\0", FRAME])).is_ok());
        let endless = vec![0xff; 100_000];
        assert!(read_bytes(&file(&[&endless, FRAME])).is_err());
    }

    #[test]
    fn every_cut_before_the_scan_is_data_that_ends_early() {
        let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\x02");
        let whole = file(&[&segment(APP1, ROTATED), &adobe, &segment(0xe2, &[7; 600]), FRAME]);
        assert!(read_bytes(&whole).is_ok());
        for length in 0..whole.len() {
            assert_eq!(read_bytes(&whole[..length]), Err(malformed("data ends early")), "{length}");
        }
    }

    #[test]
    fn what_we_do_not_decode_is_named() {
        let cases: [(&[u8], &str); 8] = [
            (b"\x08\0\x30\0\x40\x02", "2 colour components"),
            (b"\x08\0\x30\0\x40\x05", "5 colour components"),
            (b"\x0c\0\x30\0\x40\x03", "12 bits a sample"),
            (b"\x08\0\0\0\x40\x03", "a height that follows the pixels (marker DNL)"),
            (b"\x08\xff\xff\0\x40\x03", "a side of more than 65500 pixels"),
            (b"\x08\0\x30\xff\xdd\x03", "a side of more than 65500 pixels"),
            (b"\x08\0\0\0\0\x00", "0 colour components"),
            (b"\x10\0\x30\0\x40\x03", "16 bits a sample"),
        ];
        for (payload, feature) in cases {
            let expected = CodecError::unsupported(Format::Jpeg, feature);
            assert_eq!(read_bytes(&file(&[&segment(0xc0, payload)])), Err(expected));
        }
        for (code, feature) in [(0xc3, "lossless coding"), (0xcb, "lossless coding"), (0xc5, "hierarchical coding")] {
            let expected = CodecError::unsupported(Format::Jpeg, feature);
            assert_eq!(read_bytes(&file(&[&segment(code, b"\x08\0\x30\0\x40\x03")])), Err(expected));
        }
    }

    #[test]
    fn a_broken_order_of_markers_is_malformed() {
        let broken: [(Vec<u8>, &str); 6] = [
            (b"GIF89a".to_vec(), "expected a start of image marker in the first two bytes"),
            (file(&[b"\xff\xd8", FRAME]), "a second start of image marker"),
            (file(&[b"\xff\xd9", FRAME]), "the image ends before its first scan"),
            (file(&[]), "a scan before the frame header"),
            (file(&[FRAME, FRAME]), "a second frame header"),
            (file(&[b"\xff\xe0\0\x01", FRAME]), "expected a segment of 2 bytes or more, got 1"),
        ];
        for (bytes, reason) in broken {
            assert_eq!(read_bytes(&bytes), Err(malformed(reason)));
        }
    }
}
