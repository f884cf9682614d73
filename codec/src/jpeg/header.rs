//! The marker walk: what a JPEG says of itself before its first scan. Safe code, few and small reads, all bounded.

use std::io::{self, BufReader, Read, Seek};

use super::profile;
use super::quantisation::Table;
use crate::colour::WORKING_BYTES_PER_PROFILE_BYTE;
use crate::{ChromaSampling, CodecError, Header, Limits, exif};
use crate::{Decoding, Dimensions, Format, Metadata, Orientation};

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
/// Pictures behind the picture: previews, with metadata of their own (CIPA DC-007).
const MULTI_PICTURE_PREFIX: &[u8] = b"MPF\0";

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const COMMENT: u8 = 0xfe;
const SOS: u8 = 0xda;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP13: u8 = 0xed;
const DQT: u8 = 0xdb;

/// What stands before the first scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Preamble {
    pub frame: Frame,
    /// `None` where nothing is said of it.
    pub orientation: Option<Orientation>,
    /// All coefficients are held until the last scan: the first has not all components, or not all coefficients.
    is_multi_scan: bool,
    /// Bytes of the segments that may hold a colour profile.
    profile_bytes: u64,
    /// The first piece of a colour profile.
    pub profile: Option<ProfilePiece>,
    pub metadata: Metadata,
    /// What the first component was quantised by.
    pub quantisation: Option<Table>,
}

/// Where a colour profile begins in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProfilePiece {
    pub start: u64,
    pub bytes: u16,
    /// There are no others.
    pub is_whole: bool,
}

impl Preamble {
    /// What libjpeg holds: some rows, and where there are several scans, all coefficients of 16 bits.
    pub fn decoding(&self) -> Decoding {
        let Frame { dimensions, components, coefficients, .. } = self.frame;
        let rows = u64::from(dimensions.width) * LIBRARY_ROWS * u64::from(components);
        let coefficients = if self.is_multi_scan { coefficients * 2 } else { 0 };
        let profile = self.profile_bytes * WORKING_BYTES_PER_PROFILE_BYTE;
        // Four inks are decoded, and become three colours in place.
        Decoding {
            pixel_bytes: components,
            working_bytes: coefficients + rows + profile + LIBRARY_BYTES,
            is_by_parts: true,
        }
    }
}

/// The frame header, SOF (ITU-T T.81, B.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub dimensions: Dimensions,
    pub is_arithmetic: bool,
    pub is_progressive: bool,
    /// Where the samples are in one of the two customary proportions.
    pub chroma: Option<ChromaSampling>,
    pub components: u8,
    /// How many the components have, up to the edge of their last blocks.
    coefficients: u64,
}

/// Reads the markers from the start of the file up to the first scan.
pub(super) fn read(header: &mut dyn Header, limits: &Limits) -> Result<Preamble, CodecError> {
    let found = Found::default();
    let mut walk = Walk { input: BufReader::with_capacity(READ_BYTES, header), metadata_bytes: 0, limits, found };
    walk.input.rewind().map_err(unreadable)?;
    if [walk.byte()?, walk.byte()?] != [0xff, SOI] {
        return Err(malformed("expected a start of image marker in the first two bytes"));
    }
    let mut frame = None;
    for _ in 0..MAX_MARKERS {
        match walk.marker()? {
            0x01 | 0xd0..=0xd7 => {}
            SOI => return Err(malformed("a second start of image marker")),
            EOI => return Err(malformed("the image ends before its first scan")),
            SOS => {
                let frame: Frame = frame.ok_or_else(|| malformed("a scan before the frame header"))?;
                let is_multi_scan = frame.is_progressive || walk.scan_components()? < frame.components;
                return Ok(walk.found.preamble(frame, is_multi_scan));
            }
            code @ (0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) => {
                if frame.replace(walk.frame(code)?).is_some() {
                    return Err(malformed("a second frame header"));
                }
            }
            APP1 => walk.application_data()?,
            APP2 => walk.profile()?,
            DQT => walk.quantisation()?,
            code @ (0xe0..=0xef | COMMENT) => {
                let bytes = walk.metadata_bytes()?;
                if code == APP13 && bytes > 0 {
                    walk.found.metadata = Metadata::Private;
                }
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
    found: Found,
}

/// What the segments said that were walked past.
#[derive(Default)]
struct Found {
    /// Of the first block of EXIF.
    orientation: Option<Option<Orientation>>,
    profile_bytes: u64,
    profile: Option<ProfilePiece>,
    metadata: Metadata,
    /// By their numbers.
    tables: [Option<Table>; 4],
    /// The number of the table of the first component.
    table: u8,
}

impl Found {
    fn preamble(self, frame: Frame, is_multi_scan: bool) -> Preamble {
        let Self { orientation, profile_bytes, profile, metadata, tables, table } = self;
        let orientation = orientation.flatten();
        let quantisation = tables.get(usize::from(table)).copied().flatten();
        Preamble { frame, orientation, is_multi_scan, profile_bytes, profile, metadata, quantisation }
    }
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
        self.found.table = specifications.get(2).copied().unwrap_or_default();
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
            chroma: chroma(&specifications),
            components,
            coefficients: coefficients(dimensions, &specifications),
        })
    }

    /// EXIF, or XMP: of the first the orientation is read, and what else there is.
    fn application_data(&mut self) -> Result<(), CodecError> {
        let bytes = self.metadata_bytes()?;
        let mut segment = Vec::new();
        // What is there is known already, and nothing is left to be learnt.
        if self.found.orientation.is_some() && self.found.metadata == Metadata::Private {
            return self.skip(bytes);
        }
        self.input.by_ref().take(bytes.into()).read_to_end(&mut segment).map_err(unreadable)?;
        let is_exif = segment.starts_with(exif::PREFIX);
        if is_exif && self.found.orientation.is_none() {
            self.found.orientation = Some(exif::stated_orientation(&segment));
        }
        let metadata = if is_exif { exif::metadata(&segment) } else { Metadata::Private };
        self.found.metadata = self.found.metadata.max(metadata);
        Ok(())
    }

    /// A piece of a colour profile, or the table of other pictures in the file.
    fn profile(&mut self) -> Result<(), CodecError> {
        const NUMBER_AND_COUNT: usize = 2;
        let bytes = self.metadata_bytes()?;
        self.found.profile_bytes += u64::from(bytes);
        let first = usize::from(bytes).min(profile::PREFIX.len() + NUMBER_AND_COUNT);
        let mut start = vec![0; first];
        self.input.read_exact(&mut start).map_err(unreadable)?;
        // Shorter than 65536, as the whole.
        let rest = bytes - first as u16;
        if start.starts_with(MULTI_PICTURE_PREFIX) {
            self.found.metadata = Metadata::Private;
        }
        if let Some([number, count]) = start.strip_prefix(profile::PREFIX)
            && self.found.profile.is_none()
        {
            let start = self.input.stream_position().map_err(unreadable)?;
            let is_whole = (*number, *count) == (1, 1);
            self.found.profile = Some(ProfilePiece { start, bytes: rest, is_whole });
        }
        self.skip(rest)
    }

    /// Quantisation tables of 8 or 16 bits (ITU-T T.81, B.2.4.1).
    fn quantisation(&mut self) -> Result<(), CodecError> {
        let mut rest = self.segment_bytes()?;
        while rest > 0 {
            let selector = self.byte()?;
            rest -= 1;
            let value_bytes = if selector >> 4 == 0 { 1 } else { 2 };
            let Some(after) = rest.checked_sub(64 * value_bytes) else { break };
            let mut table: Table = [1; 64];
            for value in &mut table {
                *value = if value_bytes == 1 { self.byte()?.into() } else { u16::from_be_bytes(self.bytes()?) };
            }
            if let Some(place) = self.found.tables.get_mut(usize::from(selector & 15)) {
                *place = Some(table);
            }
            rest = after;
        }
        self.skip(rest)
    }
}

/// How many samples of colour there are, where it is one for each pixel or for each two by two.
fn chroma(specifications: &[u8]) -> Option<ChromaSampling> {
    let [[_, luma, _], [_, blueness, _], [_, redness, _]] = specifications.as_chunks().0 else { return None };
    match [luma, blueness, redness] {
        [0x22, 0x11, 0x11] => Some(ChromaSampling::Quarter),
        [luma, blueness, redness] if luma == blueness && luma == redness => Some(ChromaSampling::Whole),
        _ => None,
    }
}

/// The coefficients of all components (identifier, sampling factors and table of each): blocks of 64, filled up to whole
/// units of the component with the most (ITU-T T.81, A.2.4).
fn coefficients(dimensions: Dimensions, specifications: &[u8]) -> u64 {
    let factors = || specifications.as_chunks().0.iter().map(|[_, both, _]| (both >> 4, both & 15));
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
mod tests;
