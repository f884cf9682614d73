//! The strips and tiles of a page, put together.

use std::io::Cursor;

use super::compression::{self, Family};
use super::page::{Kind, OLD_JPEG, Page, Photometric};
use super::pixels::{self, Painter};
use super::samples::{self, Bits, Depth, Plane};
use super::shape::Shape;
use super::{jpeg, malformed, unsupported};
use crate::Dimensions;
use crate::broken::missing_pixels;
use crate::directory::Place;
use crate::webp::{self, WebP};
use crate::{BrokenOriginals, Codec, CodecError, ColourRule, ColourSpace, Limits, PixelLayout};

/// What decompression gives for all planes of one chunk, in bytes at most.
pub fn chunk_bytes(page: &Page) -> u64 {
    let rows = u64::from(page.chunk.height);
    let plain: u64 = (0..page.planes()).map(|plane| page.row_bytes(plane) * rows).sum();
    // Units of several pixels are spread in a second step.
    let spread = if page.is_subsampled() { page.chunk.pixels() * 6 } else { 0 };
    plain + spread + plain / 8
}

pub struct Strips<'a> {
    page: &'a Page,
    original: &'a [u8],
    limits: &'a Limits,
    places: Vec<Place>,
    streams: Option<jpeg::Streams<'a>>,
    palette: Vec<[u16; 3]>,
    broken: BrokenOriginals,
}

impl<'a> Strips<'a> {
    /// Where `broken` says so, some strips and tiles may be broken, or have too few rows.
    pub fn new(
        page: &'a Page,
        original: &'a [u8],
        limits: &'a Limits,
        broken: BrokenOriginals,
    ) -> Result<Self, CodecError> {
        let mut header = Cursor::new(original);
        let places = page.places(&mut header)?;
        let is_jpeg = compression::family(page.compression) == Family::Jpeg;
        let streams = if is_jpeg { Some(jpeg::Streams::of(page, original, &mut header, limits)?) } else { None };
        let palette = if page.photometric == Photometric::Palette { page.palette(&mut header)? } else { Vec::new() };
        if page.is_subsampled() && !is_jpeg && page.bits.iter().any(|bits| *bits != 8) {
            return Err(unsupported("subsampled chroma of other than 8 bits"));
        }
        Ok(Self { page, original, limits, places, streams, palette, broken })
    }

    /// All pixels, `pixels::layout` of the page bytes each.
    pub fn levels(mut self, colours: &mut ColourSpace, rule: ColourRule) -> Result<Vec<u8>, CodecError> {
        let page = self.page;
        let is_rgb = compression::family(page.compression) != Family::Bytes && page.compression != OLD_JPEG;
        let photometric = match page.photometric {
            Photometric::YCbCr if is_rgb => Photometric::Rgb,
            other => other,
        };
        let mut painter = Painter::new(page, photometric, std::mem::take(&mut self.palette), colours, rule);
        let Dimensions { width, height } = page.dimensions;
        let (_, pixel_bytes) = pixels::layout(page);
        let mut levels = self.unpainted(pixel_bytes);
        let mut painted_rows = 0;
        let is_old_whole = page.compression == OLD_JPEG && !page.is_tiled;
        let chunk = if is_old_whole { page.dimensions } else { page.chunk };
        let (across, down) = (width.div_ceil(chunk.width), height.div_ceil(chunk.height));
        let (mut row, mut painted) = (Vec::new(), Vec::new());
        for (x, y) in (0..down).flat_map(|y| (0..across).map(move |x| (x, y))) {
            let (left, top) = (x * chunk.width, y * chunk.height);
            let rows = chunk.height.min(height - top);
            let columns = chunk.width.min(width - left);
            // The last strip ends with the picture, tiles do not.
            let stored = if page.is_tiled { chunk } else { Dimensions::new(chunk.width, rows) };
            let index = (y * across + x) as usize;
            let planes = match self.planes(index, (across * down) as usize, stored) {
                Err(CodecError::Malformed { .. }) if self.broken == BrokenOriginals::Show => continue,
                planes => planes?,
            };
            let there = planes.iter().map(|plane| plane.rows).min().unwrap_or(0).min(rows);
            if there < rows && self.broken == BrokenOriginals::Refuse {
                return Err(malformed("the data ends early"));
            }
            painted_rows += there;
            for line in 0..there {
                row.clear();
                read_row(&planes, line as usize, columns as usize, &mut row);
                painted.clear();
                painter.paint(&row, &mut painted);
                let start = ((top + line) as usize * width as usize + left as usize) * pixel_bytes;
                if let Some(place) = levels.get_mut(start..start + painted.len()) {
                    place.copy_from_slice(&painted);
                }
            }
        }
        if painted_rows == 0 { Err(malformed("no row is whole")) } else { Ok(levels) }
    }

    /// What the pixels are before they are painted, where they may stay so.
    fn unpainted(&self, pixel_bytes: usize) -> Vec<u8> {
        let bytes = self.page.dimensions.pixels() as usize * pixel_bytes;
        if self.broken == BrokenOriginals::Refuse {
            return vec![0; bytes];
        }
        let has_alpha = self.page.alpha.is_some().then_some(pixel_bytes);
        let mut pixels = missing_pixels(bytes, has_alpha);
        if self.page.photometric == Photometric::Inks {
            // Black ink alone makes gray.
            pixels.chunks_exact_mut(pixel_bytes).filter_map(|inks| inks.get_mut(..3)).for_each(|inks| inks.fill(0));
        }
        pixels
    }

    fn planes(&self, index: usize, chunks: usize, stored: Dimensions) -> Result<Vec<Plane>, CodecError> {
        (0..self.page.planes()).map(|plane| self.plane(plane, index + plane * chunks, stored)).collect()
    }

    fn plane(&self, plane: usize, index: usize, stored: Dimensions) -> Result<Plane, CodecError> {
        let page = self.page;
        if page.compression == OLD_JPEG && !page.is_tiled {
            let stream = jpeg::old_whole(page, self.original, &self.places, &mut Cursor::new(self.original))?;
            return self.jpeg(&stream, stored, plane);
        }
        let place = self.places.get(index).ok_or_else(|| malformed("a strip or a tile is missing"))?;
        let start = usize::try_from(place.start).unwrap_or(usize::MAX);
        let rest = self.original.get(start..).ok_or_else(|| malformed("the data ends early"))?;
        let data = rest.get(..usize::try_from(place.bytes).unwrap_or(usize::MAX)).unwrap_or(rest);
        match compression::family(page.compression) {
            Family::Jpeg => return self.jpeg(data, stored, plane),
            Family::WebP => return self.webp(data, stored),
            Family::Bytes => {}
        }
        if matches!(page.photometric, Photometric::LogL | Photometric::LogLuv) {
            return super::log::plane(page, data, stored);
        }
        let row_bytes = usize::try_from(page.row_bytes(plane)).map_err(malformed)?;
        let rows = stored.height;
        if page.is_subsampled() {
            let bytes = samples::units_bytes(page, stored.width, rows) as usize;
            let shape = Shape { width: stored.width, rows, row_bytes, bytes };
            let units = compression::unpacked(page, data, shape)?;
            if units.len() < bytes {
                return Err(malformed("the data ends early"));
            }
            let row_bytes = stored.width as usize * 3;
            return Ok(Plane { bytes: samples::spread(page, &units, shape), row_bytes, rows, depths: eight_bits(3) });
        }
        let shape = Shape { width: stored.width, rows, row_bytes, bytes: row_bytes * rows as usize };
        let mut bytes = compression::unpacked(page, data, shape)?;
        let whole_rows = bytes.len().checked_div(row_bytes).and_then(|rows| u32::try_from(rows).ok());
        samples::undo_predictor(page, plane, &mut bytes, shape)?;
        let bits = page.bits.iter().skip(if page.is_planar { plane } else { 0 });
        let is_palette = page.photometric == Photometric::Palette;
        let depth = |(index, bits): (usize, &u16)| {
            let is_index = is_palette && index == 0 && plane == 0;
            let is_lab = matches!(page.photometric, Photometric::Lab | Photometric::IccLab);
            // Signed by what they mean, which is known where they are used.
            let kind = if is_lab && page.kind == Kind::Signed { Kind::Unsigned } else { page.kind };
            Depth { bits: *bits, kind, order: page.directory.order, is_index }
        };
        let count = if page.is_planar { 1 } else { page.samples() };
        let rows = whole_rows.unwrap_or(rows);
        Ok(Plane { bytes, row_bytes, rows, depths: bits.take(count).enumerate().map(depth).collect() })
    }

    fn jpeg(&self, data: &[u8], stored: Dimensions, plane: usize) -> Result<Plane, CodecError> {
        let streams = self.streams.as_ref().ok_or_else(|| malformed("no tables"))?;
        let part = streams.decode(self.page, data, stored)?;
        let expected = if self.page.is_planar { 1 } else { self.page.samples() };
        if part.channels != expected {
            let reason = format!("expected {expected} components in plane {plane}, got {}", part.channels);
            return Err(malformed(reason));
        }
        let row_bytes = part.dimensions.width as usize * part.channels;
        Ok(Plane { bytes: part.pixels, row_bytes, rows: stored.height, depths: eight_bits(expected) })
    }

    fn webp(&self, data: &[u8], stored: Dimensions) -> Result<Plane, CodecError> {
        let picture = WebP::new(webp::Settings::default(), *self.limits).decode(data, None)?;
        let samples = self.page.samples();
        if picture.dimensions() != stored || !(3..=4).contains(&samples) || self.page.is_planar {
            return Err(malformed("the WebP within is another picture"));
        }
        let bytes = match (picture.layout(), samples) {
            (PixelLayout::Rgb, 3) | (PixelLayout::Rgba, 4) => picture.into_pixels(),
            (PixelLayout::Rgb, _) => {
                let (pixels, _) = picture.pixels().as_chunks();
                pixels.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, u8::MAX]).collect()
            }
            _ => return Err(malformed("the WebP within has other channels")),
        };
        let row_bytes = stored.width as usize * samples;
        Ok(Plane { bytes, row_bytes, rows: stored.height, depths: eight_bits(samples) })
    }
}

fn eight_bits(samples: usize) -> Vec<Depth> {
    let order = crate::directory::ByteOrder::Big;
    vec![Depth { bits: 8, kind: Kind::Unsigned, order, is_index: false }; samples]
}

/// The samples of a row, those of a pixel side by side.
fn read_row(planes: &[Plane], line: usize, columns: usize, row: &mut Vec<u16>) {
    if let [plane] = planes {
        let count = columns * plane.depths.len();
        if samples::read_alike(plane.row(line), &plane.depths, count, row) {
            return;
        }
    }
    let mut readers: Vec<_> = planes.iter().map(|plane| (Bits::new(plane.row(line)), &plane.depths)).collect();
    for _ in 0..columns {
        for (reader, depths) in &mut readers {
            row.extend(depths.iter().map(|depth| reader.sample(*depth)));
        }
    }
}
