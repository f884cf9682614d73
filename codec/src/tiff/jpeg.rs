//! JPEG within TIFF: streams that share their tables (TIFF Technical Note 2), and the older kind, whose tables lie about
//! in the file (TIFF 6.0, section 22).

use super::page::{OLD_JPEG, Page, Photometric};
use super::{malformed, unsupported};
use crate::Dimensions;
use crate::directory::Place;
use crate::jpeg::part::{self, Meaning, Part};
use crate::{CodecError, Header, Limits};

const PROCESS: u16 = 512;
const STREAM: u16 = 513;
const STREAM_BYTES: u16 = 514;
const TABLES: [(u16, u8); 3] = [(519, 0), (520, 0x00), (521, 0x10)];
const LOSSLESS: u64 = 14;
/// More components than that no old file has.
const MAX_TABLES: u64 = 4;

const START: [u8; 2] = [0xff, 0xd8];
const END: [u8; 2] = [0xff, 0xd9];

/// What all chunks of a page share.
pub struct Streams<'a> {
    tables: &'a [u8],
    meaning: Meaning,
    /// Of an old file: all up to the frame header, and components with their tables.
    old: Option<Vec<u8>>,
    limits: Limits,
}

impl<'a> Streams<'a> {
    pub fn of(page: &Page, original: &'a [u8], header: &mut dyn Header, limits: &Limits) -> Result<Self, CodecError> {
        // Old files tell by tags how chroma becomes colours.
        let is_usual = page.photometric == Photometric::YCbCr && page.compression != OLD_JPEG;
        let meaning = if is_usual { Meaning::YCbCr } else { Meaning::AsStored };
        let tables = page.jpeg_tables(original).unwrap_or_default();
        let old = if page.compression == OLD_JPEG { Some(old_tables(page, original, header)?) } else { None };
        Ok(Self { tables, meaning, old, limits: *limits })
    }

    /// Decodes one chunk of these dimensions at most.
    pub fn decode(&self, page: &Page, data: &[u8], chunk: Dimensions) -> Result<Part, CodecError> {
        let stream = match &self.old {
            Some(tables) if !data.starts_with(&START) => old_stream(page, tables, data, chunk)?,
            _ => with_tables(self.tables, data),
        };
        part::decode(&stream, self.meaning, chunk, &self.limits).map_err(|error| match error {
            CodecError::Malformed { reason, .. } => malformed(reason),
            CodecError::Unsupported { feature, .. } => unsupported(format!("JPEG within: {feature}")),
            other => other,
        })
    }
}

/// A stream that has its tables itself.
fn with_tables(tables: &[u8], stream: &[u8]) -> Vec<u8> {
    let tables = tables.strip_prefix(&START).unwrap_or(tables);
    let tables = tables.strip_suffix(&END).unwrap_or(tables);
    let stream = stream.strip_prefix(&START).unwrap_or(stream);
    [&START, tables, stream].concat()
}

/// The whole stream of an old page in strips: what its tag refers to, or its strips one after the other.
pub fn old_whole(
    page: &Page,
    original: &[u8],
    places: &[Place],
    header: &mut dyn Header,
) -> Result<Vec<u8>, CodecError> {
    if let Some(stream) = interchange(page, original, header)? {
        let scan = stream.windows(2).position(|pair| pair == [0xff, 0xda]);
        if scan.is_some() {
            return Ok(stream.to_vec());
        }
    }
    let mut joined = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let rest = original.get(usize::try_from(place.start).unwrap_or(usize::MAX)..).unwrap_or_default();
        let strip = rest.get(..usize::try_from(place.bytes).unwrap_or(usize::MAX)).unwrap_or(rest);
        if index > 0 {
            // Strips begin anew, as after a restart marker.
            joined.extend([0xff, 0xd0 + (index as u8 - 1) % 8]);
        }
        let has_marker = matches!(strip, [.., 0xff, 0xd0..=0xd7]);
        joined.extend_from_slice(if has_marker { strip.get(..strip.len() - 2).unwrap_or_default() } else { strip });
    }
    Ok(joined)
}

fn interchange<'a>(page: &Page, original: &'a [u8], header: &mut dyn Header) -> Result<Option<&'a [u8]>, CodecError> {
    let Some(start) = page.directory.integer(header, STREAM)?.filter(|start| *start > 0) else { return Ok(None) };
    let rest = usize::try_from(start).ok().and_then(|start| original.get(start..)).unwrap_or_default();
    let bytes = page.directory.integer(header, STREAM_BYTES)?.and_then(|bytes| usize::try_from(bytes).ok());
    let stream = bytes.filter(|bytes| *bytes > 0).and_then(|bytes| rest.get(..bytes)).unwrap_or(rest);
    Ok(stream.starts_with(&START).then_some(stream))
}

/// The tables of an old file as segments: those of its header stream, else those that tags refer to.
fn old_tables(page: &Page, original: &[u8], header: &mut dyn Header) -> Result<Vec<u8>, CodecError> {
    if page.directory.integer(header, PROCESS)? == Some(LOSSLESS) {
        return Err(unsupported("lossless JPEG"));
    }
    if let Some(stream) = interchange(page, original, header)? {
        let body = stream.strip_prefix(&START).unwrap_or(stream);
        return Ok(body.strip_suffix(&END).unwrap_or(body).to_vec());
    }
    let mut segments = Vec::new();
    for (tag, class) in TABLES {
        for (number, start) in page.directory.integers(header, tag, MAX_TABLES)?.into_iter().enumerate() {
            let rest = usize::try_from(start).ok().and_then(|start| original.get(start..)).unwrap_or_default();
            let is_quantisation = tag == 519;
            let counts = rest.get(..16).ok_or_else(|| malformed("a table is missing"))?;
            let codes: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let bytes = if is_quantisation { 64 } else { 16 + codes };
            let table = rest.get(..bytes).ok_or_else(|| malformed("a table ends early"))?;
            let length = u16::try_from(3 + bytes).map_err(malformed)?;
            segments.extend([0xff, if is_quantisation { 0xdb } else { 0xc4 }]);
            segments.extend(length.to_be_bytes());
            segments.push(class | number as u8);
            segments.extend_from_slice(table);
        }
    }
    Ok(segments)
}

/// A stream out of tables and entropy-coded data: with a frame header and that of a scan.
fn old_stream(page: &Page, tables: &[u8], data: &[u8], chunk: Dimensions) -> Result<Vec<u8>, CodecError> {
    let mut stream = [&START, tables].concat();
    let side = |pixels: u32| u16::try_from(pixels).map(u16::to_be_bytes).map_err(malformed);
    let components = u8::try_from(page.colours()).map_err(malformed)?;
    let (across, down) = if components == 3 { page.ycbcr.subsampling } else { (1, 1) };
    let has_frame = tables.windows(2).any(|pair| matches!(pair, [0xff, 0xc0..=0xc2]));
    if !has_frame {
        stream.extend([0xff, 0xc0]);
        stream.extend((8 + 3 * u16::from(components)).to_be_bytes());
        stream.push(8);
        stream.extend(side(chunk.height)?);
        stream.extend(side(chunk.width)?);
        stream.push(components);
        for component in 0..components {
            let sampling = if component == 0 { (across * 16 + down) as u8 } else { 0x11 };
            stream.extend([component + 1, sampling, component]);
        }
    }
    if !page.is_tiled && page.chunk.height < page.dimensions.height {
        let (width, rows) = (page.chunk.width.div_ceil(8 * across), page.chunk.height.div_ceil(8 * down));
        let interval = u16::try_from(width * rows).map_err(malformed)?;
        stream.extend([0xff, 0xdd, 0, 4]);
        stream.extend(interval.to_be_bytes());
    }
    stream.extend([0xff, 0xda]);
    stream.extend((6 + 2 * u16::from(components)).to_be_bytes());
    stream.push(components);
    // A component has tables of its own, or both of chroma share the second ones.
    let most = if tables.windows(2).any(|pair| pair == [0xff, 0xc4]) { highest_table(tables) } else { 2 };
    (0..components).for_each(|component| stream.extend([component + 1, component.min(most) * 0x11]));
    stream.extend([0, 63, 0]);
    stream.extend_from_slice(data);
    stream.extend(END);
    Ok(stream)
}

/// The highest number of a Huffman table for the first coefficients, among segments.
fn highest_table(segments: &[u8]) -> u8 {
    let (mut rest, mut highest) = (segments, 0);
    while let [0xff, code, high, low, body @ ..] = rest {
        let bytes = usize::from(u16::from_be_bytes([*high, *low])).saturating_sub(2);
        let mut tables = body.get(..bytes).unwrap_or_default();
        while let (0xc4, Some((class, counts))) = (*code, tables.split_first()) {
            highest = highest.max(if class >> 4 == 0 { class & 3 } else { 0 });
            let codes: usize = counts.iter().take(16).map(|count| usize::from(*count)).sum();
            tables = counts.get(16 + codes..).unwrap_or_default();
        }
        rest = body.get(bytes..).unwrap_or_default();
    }
    highest
}

/// Bytes that decoding one chunk holds beside its pixels.
pub fn working_bytes(page: &Page) -> u64 {
    part::working_bytes(page.chunk, page.samples() as u64)
}
