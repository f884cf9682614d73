//! The chunks of a WebP (RFC 9649, section 2): what is read without libwebp, and checked before libwebp reads it.

use std::io::{Read, SeekFrom};

use super::frame::{self, HEAD_BYTES, START_BYTES};
use super::{MAX_EDGE, malformed};
use crate::colour::{Channels, ColourSpace, MAX_PROFILE_BYTES, WORKING_BYTES_PER_PROFILE_BYTE};
use crate::{CodecError, Header, Limits, exif};
use crate::{Colours, Condition, Decoding, Dimensions, Metadata, Orientation, Quality, SampleFacts};

const CHUNK_HEAD_BYTES: u64 = 8;
/// How much of an EXIF block is read. The orientation stands in its first directory.
const MAX_EXIF_BYTES: u64 = 64 * 1024;
pub(super) const ANIMATION_FLAG: u8 = 0x02;
pub(super) const ALPHA_FLAG: u8 = 0x10;
pub(super) const PROFILE_FLAG: u8 = 0x20;
pub(super) const EXIF_FLAG: u8 = 0x08;
pub(super) const XMP_FLAG: u8 = 0x04;
/// What libwebp holds beside the pixels: its tables, and some rows.
const LIBRARY_BYTES: u64 = 1024 * 1024;
const LIBRARY_ROW_BYTES: u64 = 256;

/// What the chunks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Container {
    /// The dimensions of the picture, or of the canvas that an animation is shown on; at most [`MAX_EDGE`] a side.
    pub(super) canvas: Dimensions,
    pub(super) is_animated: bool,
    /// Frames of an animation, counted up to the limit and one more; at least 1.
    pub(super) frames: u32,
    pub(super) has_alpha: bool,
    /// Coded without loss, in the whole or in part.
    is_lossless: bool,
    pub(super) orientation: Orientation,
    /// The first `ICCP`.
    profile: Option<Place>,
    metadata: Metadata,
    /// Of a still picture that is coded with loss.
    quality: Option<Quality>,
    /// The pixels of a still picture are cut.
    pub(super) is_cut: bool,
    /// Where the file is shorter than its header says, what a repaired copy takes.
    copied_bytes: u64,
}

/// A part of the file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    start: u64,
    bytes: u64,
}

impl Container {
    /// The colour profile.
    pub(super) fn profile<'a>(&self, original: &'a [u8]) -> Option<&'a [u8]> {
        let Place { start, bytes } = self.profile?;
        original.get(usize::try_from(start).ok()?..)?.get(..usize::try_from(bytes).ok()?)
    }

    /// What stands between the original and a rendition.
    pub(super) fn condition(&self, header: &mut dyn Header) -> Condition {
        let colours = self
            .profile
            .map_or(Colours::Srgb, |Place { start, bytes }| ColourSpace::told_by(header, start, bytes, Channels::Rgb));
        let samples = SampleFacts { has_profile: self.profile.is_some(), ..SampleFacts::default() };
        Condition { colours, metadata: self.metadata, quality: self.quality, samples, ..Condition::default() }
    }

    /// What decoding takes. A lossless picture, and the alpha of a lossy one, is decoded whole before it becomes
    /// pixels; an animation has three canvases and a frame.
    pub(super) fn decoding(&self) -> Decoding {
        let planes_bytes = match self {
            Self { is_animated: true, .. } => 16,
            Self { is_lossless: true, .. } => 8,
            Self { has_alpha: true, .. } => 6,
            _ => 0,
        };
        let rows = u64::from(self.canvas.width) * LIBRARY_ROW_BYTES;
        let profile_bytes = self.profile.map_or(0, |profile| profile.bytes.min(MAX_PROFILE_BYTES as u64));
        let profile_bytes = profile_bytes * WORKING_BYTES_PER_PROFILE_BYTE;
        let library_bytes = LIBRARY_BYTES + self.copied_bytes;
        let working_bytes = self.canvas.pixels() * planes_bytes + rows + profile_bytes + library_bytes;
        Decoding {
            pixel_bytes: if self.has_alpha || self.is_animated { 4 } else { 3 },
            working_bytes,
            is_by_parts: false,
        }
    }
}

/// Reads the header and walks the chunks. All chunks before the pixels lie within the file; the pixels may be cut, and what
/// follows them may be broken, as in every viewer, and is then not read.
pub(super) fn read(header: &mut dyn Header, limits: &Limits) -> Result<Container, CodecError> {
    let file_bytes = header.seek(SeekFrom::End(0)).map_err(malformed)?;
    header.rewind().map_err(malformed)?;
    let riff: [u8; 12] = read_array(header)?;
    let claimed_bytes = match &riff {
        [b'R', b'I', b'F', b'F', a, b, c, d, b'W', b'E', b'B', b'P'] => u32::from_le_bytes([*a, *b, *c, *d]),
        _ => return Err(malformed("no RIFF header")),
    };
    let claimed_bytes = u64::from(claimed_bytes) + CHUNK_HEAD_BYTES;
    let copied_bytes = if claimed_bytes > file_bytes { file_bytes } else { 0 };
    let mut chunks = Chunks { header, next: riff.len() as u64, end: claimed_bytes.min(file_bytes) };
    let Some(first) = chunks.next()? else { return Err(malformed("no chunk")) };
    let (canvas, flags) = match &first.name {
        b"VP8 " => (lossy_dimensions(read_array(chunks.header)?), 0),
        b"VP8L" => {
            let payload: [u8; 5] = read_array(chunks.header)?;
            (lossless_dimensions(payload), payload[4] & ALPHA_FLAG)
        }
        b"VP8X" => {
            let payload: [u8; 10] = read_array(chunks.header)?;
            (extended_dimensions(payload), payload[0])
        }
        name => return Err(malformed(format!("expected a VP8 chunk, got {}", name.escape_ascii()))),
    };
    let canvas = canvas.ok_or_else(|| malformed("no frame header"))?;
    if canvas.width == 0 || canvas.height == 0 || canvas.longest_edge() > MAX_EDGE {
        return Err(malformed(format!("expected from 1 to {MAX_EDGE} pixels a side, got {canvas}")));
    }
    // Only the extended format has metadata.
    let is_extended = &first.name == b"VP8X";
    let Found { orientation, profile, is_lossy, is_cut, frames, metadata, quality } = if is_extended {
        chunks.walk(limits)?
    } else {
        Found { is_cut: first.is_cut, quality: chunks.quality(&first), ..Found::default() }
    };
    let is_animated = is_extended && flags & ANIMATION_FLAG != 0;
    Ok(Container {
        canvas,
        is_animated,
        frames: if is_animated { frames.max(1) } else { 1 },
        has_alpha: flags & ALPHA_FLAG != 0,
        is_lossless: if is_extended { !is_lossy } else { &first.name == b"VP8L" },
        orientation,
        profile,
        metadata,
        quality,
        is_cut: is_cut && !is_animated,
        copied_bytes,
    })
}

/// What the chunks behind the first say.
#[derive(Default)]
struct Found {
    orientation: Orientation,
    profile: Option<Place>,
    /// The first pixels are coded with loss.
    is_lossy: bool,
    /// The first pixels are cut.
    is_cut: bool,
    frames: u32,
    metadata: Metadata,
    quality: Option<Quality>,
}

struct Chunks<'a> {
    header: &'a mut dyn Header,
    /// Where the next chunk begins.
    next: u64,
    /// Where the last chunk ends at the latest.
    end: u64,
}

struct Chunk {
    name: [u8; 4],
    start: u64,
    /// As far as they are there.
    bytes: u64,
    is_cut: bool,
}

impl Chunk {
    fn has_pixels(&self) -> bool {
        matches!(&self.name, b"VP8 " | b"VP8L" | b"ANMF")
    }
}

impl Chunks<'_> {
    /// Goes to the payload of the next chunk, which lies within the file unless it has pixels; `None` where there is no
    /// other.
    fn next(&mut self) -> Result<Option<Chunk>, CodecError> {
        if self.next + CHUNK_HEAD_BYTES > self.end {
            return Ok(None);
        }
        self.header.seek(SeekFrom::Start(self.next)).map_err(malformed)?;
        let [name @ .., a, b, c, d] = read_array::<8>(self.header)?;
        let bytes = u64::from(u32::from_le_bytes([a, b, c, d]));
        let start = self.next + CHUNK_HEAD_BYTES;
        let payload_end = start + bytes;
        let chunk = Chunk { name, start, bytes: bytes.min(self.end - start), is_cut: payload_end > self.end };
        if chunk.is_cut && !chunk.has_pixels() {
            return Err(malformed(format!("a chunk of {bytes} bytes leaves the file")));
        }
        self.next = payload_end + bytes % 2;
        Ok(Some(chunk))
    }

    /// Walks the remaining chunks.
    fn walk(&mut self, limits: &Limits) -> Result<Found, CodecError> {
        let (mut orientation, mut profile, mut is_lossy, mut is_cut, mut has_pixels) =
            (None, None, false, false, false);
        let (mut metadata_bytes, mut frames) = (0, 0);
        let (mut metadata, mut quality) = (Metadata::None, None);
        for count in 1.. {
            let chunk = match self.next() {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(_) if has_pixels => break,
                Err(error) => return Err(error),
            };
            limits.admit_chunks(count)?;
            if chunk.has_pixels() {
                if !has_pixels {
                    is_cut = chunk.is_cut;
                    is_lossy = &chunk.name == b"VP8 ";
                    quality = self.quality(&chunk);
                }
                has_pixels = true;
                let is_frame = &chunk.name == b"ANMF" && !chunk.is_cut;
                frames += u32::from(is_frame && frames <= limits.max_frames);
            } else if &chunk.name != b"ALPH" {
                metadata_bytes += chunk.bytes;
                limits.admit_metadata(metadata_bytes)?;
            }
            if &chunk.name == b"ICCP" && profile.is_none() {
                profile = Some(Place { start: chunk.start, bytes: chunk.bytes });
            }
            if &chunk.name == b"XMP " {
                metadata = Metadata::Private;
            }
            if &chunk.name == b"EXIF" {
                let mut block = Vec::new();
                let payload = (&mut self.header).take(chunk.bytes.min(MAX_EXIF_BYTES)).read_to_end(&mut block);
                orientation = orientation.or(Some(payload.map(|_| exif::orientation(&block)).unwrap_or_default()));
                metadata = metadata.max(exif::metadata(&block));
            }
        }
        let orientation = orientation.unwrap_or_default();
        Ok(Found { orientation, profile, is_lossy, is_cut, frames, metadata, quality })
    }

    /// The quality of a frame, where it is coded with loss.
    fn quality(&mut self, chunk: &Chunk) -> Option<Quality> {
        let start = &mut [0; START_BYTES];
        let length = usize::try_from(chunk.bytes).unwrap_or(usize::MAX).min(START_BYTES);
        let start = start.get_mut(..length).filter(|start| &chunk.name == b"VP8 " && start.len() > HEAD_BYTES)?;
        self.header.seek(SeekFrom::Start(chunk.start)).and_then(|_| self.header.read_exact(start)).ok()?;
        frame::quality(start)
    }
}

/// Dimensions of a VP8 key frame (RFC 6386, section 9.1).
fn lossy_dimensions(frame: [u8; 10]) -> Option<Dimensions> {
    let [tag, _, _, 0x9d, 0x01, 0x2a, a, b, c, d] = frame else { return None };
    let is_key_frame = tag & 1 == 0;
    // The upper two bits ask the viewer to scale, which none does.
    let edge = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    is_key_frame.then(|| Dimensions::new(edge(a, b), edge(c, d)))
}

/// Dimensions of a VP8L frame (RFC 9649, section 3.4): 14 bits each, less one, then the alpha bit and the version.
fn lossless_dimensions(frame: [u8; 5]) -> Option<Dimensions> {
    let [0x2f, a, b, c, d] = frame else { return None };
    let bits = u32::from_le_bytes([a, b, c, d]);
    let is_version_known = bits >> 29 == 0;
    is_version_known.then(|| Dimensions::new((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
}

/// Dimensions of the canvas (RFC 9649, section 2.7.1.1): 24 bits each, less one.
fn extended_dimensions(payload: [u8; 10]) -> Option<Dimensions> {
    let [_, _, _, _, a, b, c, d, e, f] = payload;
    Some(Dimensions::new(u32::from_le_bytes([a, b, c, 0]) + 1, u32::from_le_bytes([d, e, f, 0]) + 1))
}

fn read_array<const BYTES: usize>(header: &mut dyn Header) -> Result<[u8; BYTES], CodecError> {
    let mut array = [0; BYTES];
    header.read_exact(&mut array).map_err(|_| malformed("the file ends early"))?;
    Ok(array)
}
