//! `Feed`: the bytes of an original as the library is to see them.

use std::cell::Cell;
use std::io::Read;

use crate::anymap::Anymap;
use crate::colour::{Calibration, calibrated_matrix};
use crate::{BrokenOriginals, Format, Header};

/// What a QOI ends with.
const QOI_END: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
const FARBFELD_HEADER_BYTES: usize = 16;
const RADIANCE: &[u8] = b"#?RADIANCE";
/// What Radiance's own programs begin with as well.
const RGBE: &[u8] = b"#?RGBE";

/// A header is no longer than that, in bytes: of Radiance, with all that was done to the picture.
const HDR_HEADER_BYTES: u64 = 64 << 10;
const TGA_HEADER_BYTES: usize = 18;

/// Reads as much of an original as its header can be.
pub fn header(format: Format, header: &mut dyn Header) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    let longest = match format {
        Format::Hdr => HDR_HEADER_BYTES,
        Format::Tga => TGA_HEADER_BYTES as u64,
        _ => Format::SNIFF_BYTES as u64,
    };
    (&mut *header).take(longest).read_to_end(&mut start)?;
    if let (Format::Tga, Some(fields)) = (format, start.first_chunk::<TGA_HEADER_BYTES>()) {
        // A text, and a palette.
        let [text, _, _, _, _, low, high, bits, ..] = *fields;
        let palette = u64::from(u16::from_le_bytes([low, high])) * u64::from(bits).div_ceil(8);
        (&mut *header).take(u64::from(text) + palette).read_to_end(&mut start)?;
    }
    Ok(start)
}

/// One piece after the other: a header of our own, the original, and what may be missing.
pub struct Feed<'a> {
    format: Format,
    header: Vec<u8>,
    original: &'a [u8],
    behind: &'static [u8],
    /// Repeated for ever: samples in place of missing ones.
    filler: &'static [u8],
    /// The rows that there are, where some are missing.
    rows: Option<u32>,
}

impl<'a> Feed<'a> {
    /// As much of an original as tells its header.
    pub fn of_header(format: Format, start: &'a [u8]) -> Result<Self, &'static str> {
        let mut feed = Self { format, header: Vec::new(), original: start, behind: &[], filler: &[], rows: None };
        if format == Format::Pnm {
            feed.replace_header(&Anymap::read(start).ok_or("its header is none of netpbm")?);
        } else if format == Format::Hdr && !has_end(start) {
            return Err("the header ends early, or is too long");
        } else if start.starts_with(RGBE) {
            feed.header = RADIANCE.to_vec();
            feed.original = start.get(RGBE.len()..).unwrap_or_default();
        }
        Ok(feed)
    }

    /// A whole original, or what there is of it.
    pub fn new(format: Format, original: &'a [u8], broken: BrokenOriginals) -> Result<Self, &'static str> {
        let mut feed = Self::of_header(format, original)?;
        let there = match format {
            Format::Pnm => Anymap::read(original).map(|map| {
                let filler: &[u8] = if map.is_text() { b" 0" } else { b"\0" };
                (map.rows_in(feed.original), map.height, filler)
            }),
            Format::Farbfeld => farbfeld_rows(original).map(|(rows, height)| (rows, height, b"\0".as_slice())),
            _ => None,
        };
        if let Some((rows, _, filler)) = there.filter(|(rows, height, _)| rows < height) {
            if broken == BrokenOriginals::Refuse || rows == 0 {
                return Err("the data ends early");
            }
            (feed.rows, feed.filler) = (Some(rows), filler);
        }
        if format == Format::Qoi && broken == BrokenOriginals::Refuse {
            feed.behind = &QOI_END;
        }
        Ok(feed)
    }

    fn replace_header(&mut self, map: &Anymap) {
        self.header = map.plain().into_bytes();
        self.original = self.original.get(map.start..).unwrap_or_default();
    }

    /// Counts what the reader has given away.
    pub fn served(&self) -> Cell<usize> {
        Cell::new(0)
    }

    pub fn reader<'b>(&'b self, served: &'b Cell<usize>) -> impl Read + 'b {
        let pieces = [self.header.as_slice(), self.original, self.behind];
        Pieces { pieces, filler: self.filler, served }
    }

    /// The rows that there are, where some are missing and were filled.
    pub fn rows(&self) -> Option<u32> {
        self.rows
    }

    /// Tells whether a decoder that ended with an error had come beyond the last pixel: what it missed is a mark, and of
    /// that which stands behind the original it has not taken anything for pixels.
    pub fn is_all_but_its_end(&self, served: &Cell<usize>) -> bool {
        let whole = self.header.len() + self.original.len() + self.behind.len();
        self.format == Format::Qoi && !self.behind.is_empty() && served.get() < whole
    }

    /// Tells whether what was decoded before an error is where it belongs.
    pub fn is_shown_in_part(&self) -> bool {
        matches!(self.format, Format::Qoi | Format::Hdr)
    }
}

/// Tells whether a header of Radiance ends where it should: with an empty line.
fn has_end(start: &[u8]) -> bool {
    let window = start.get(..HDR_HEADER_BYTES as usize).unwrap_or(start);
    window.windows(2).any(|pair| pair == b"\n\n")
}

/// The rows that are there, and how many there should be.
fn farbfeld_rows(original: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| original.get(at..)?.first_chunk().map(|side| u32::from_be_bytes(*side));
    let (width, height) = (side(8)?, side(12)?);
    let bytes = original.len().saturating_sub(FARBFELD_HEADER_BYTES) as u64;
    let rows = bytes.checked_div(u64::from(width) * 8).unwrap_or_default();
    Some((height.min(u32::try_from(rows).unwrap_or(u32::MAX)), height))
}

/// The way from the primaries that a Radiance picture names to those of sRGB; of one that names none, as if they were these.
pub fn hdr_matrix(original: &[u8]) -> Option<[[f32; 3]; 3]> {
    let window = original.get(..Format::SNIFF_BYTES).unwrap_or(original);
    let header = window.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let line = header.filter_map(|line| line.strip_prefix(b"PRIMARIES=")).last()?;
    let numbers = str::from_utf8(line).ok()?.split_whitespace().map(str::parse);
    let [red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y] =
        numbers.collect::<Result<Vec<f32>, _>>().ok()?.try_into().ok()?;
    calibrated_matrix(&Calibration {
        gamma: 1.0,
        white: (white_x, white_y),
        red: (red_x, red_y),
        green: (green_x, green_y),
        blue: (blue_x, blue_y),
    })
}

struct Pieces<'a> {
    pieces: [&'a [u8]; 3],
    filler: &'a [u8],
    served: &'a Cell<usize>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = match self.pieces.iter_mut().find(|piece| !piece.is_empty()) {
            Some(piece) => piece.read(buffer)?,
            None => buffer.iter_mut().zip(self.filler.iter().cycle()).map(|(to, from)| *to = *from).count(),
        };
        self.served.set(self.served.get() + count);
        Ok(count)
    }
}
