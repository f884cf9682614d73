//! Textures of DirectDraw, read by code of our own, never written: the first picture at its full size, uncompressed or in
//! the blocks of S3TC (BC1 to BC3) and RGTC (BC4 and BC5). The library `image` reads BC1 to BC3 alone, with sides that are
//! multiples of four, and without the alpha of BC1.

mod blocks;
mod header;

use std::io::Cursor;

use self::header::{Kind, Texture};
use super::bmp::Fields;
use super::broken::missing_pixels;
use super::{BrokenOriginals, Codec, CodecError, DecodeOptions, Details, Header, Limits, Picture, PixelLayout};
use crate::{Decoding, Dimensions, Facts, Format, Orientation};

const WORKING_BYTES: u64 = 64 << 10;

/// Reads textures.
#[derive(Debug, Clone, Copy)]
pub struct Dds {
    limits: Limits,
}

impl Dds {
    /// A codec that reads originals within `limits`.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

impl Codec for Dds {
    fn format(&self) -> Format {
        Format::Dds
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        let texture = Texture::read(header)?;
        let decoding = Decoding {
            pixel_bytes: texture.layout().channels() as u8,
            working_bytes: WORKING_BYTES,
            ..Decoding::default()
        };
        Ok(Facts {
            format: Format::Dds,
            stored: texture.dimensions,
            orientation: Orientation::Upright,
            frames: 1,
            decoding,
            condition: <_>::default(),
            drawing: None,
        })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let texture = Texture::read(&mut Cursor::new(original))?;
        let dimensions = self.limits.admit(Format::Dds, texture.dimensions)?;
        let layout = texture.layout();
        let data = original.get(texture.start..).unwrap_or_default();
        let (rows, band_bytes) = texture.band();
        let bands = (data.len() / band_bytes).min((dimensions.height as usize).div_ceil(rows));
        let painted = (bands * rows).min(dimensions.height as usize);
        if painted == 0 || (painted < dimensions.height as usize && options.broken == BrokenOriginals::Refuse) {
            return Err(malformed("the data ends early"));
        }
        let row_bytes = dimensions.width as usize * layout.channels();
        let mut pixels = vec![0; row_bytes * dimensions.height as usize];
        let places = pixels.chunks_mut(row_bytes * rows);
        data.chunks_exact(band_bytes).zip(places).for_each(|(band, place)| texture.paint(band, place));
        if let Some(missing) = pixels.get_mut(painted * row_bytes..) {
            missing.copy_from_slice(&missing_pixels(missing.len(), layout.has_alpha().then_some(layout.channels())));
        }
        let picture = Picture::new(dimensions, layout, pixels).map(Picture::without_idle_alpha);
        picture.ok_or_else(|| malformed("the pixels do not fill the picture"))
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        let Ok(texture) = Texture::read(&mut Cursor::new(original)) else { return Details::of(facts) };
        Details { bits: texture.channel_bits(), ..Details::of(facts) }
    }
}

impl Texture {
    /// Of the colours of a block, those that they come out in.
    fn channel_bits(&self) -> u8 {
        // At most 32.
        match self.kind {
            Kind::Blocks(_) => 8,
            Kind::Colours { masks: [red, green, blue, _], .. } => {
                [red, green, blue].map(u32::count_ones).into_iter().max().unwrap_or(8) as u8
            }
            Kind::Gray { masks: [gray, _], .. } => gray.count_ones() as u8,
        }
    }

    fn layout(&self) -> PixelLayout {
        match self.kind {
            Kind::Blocks(kind) => kind.layout(),
            Kind::Colours { masks: [.., 0], .. } => PixelLayout::Rgb,
            Kind::Gray { masks: [_, 0], .. } => PixelLayout::Gray,
            Kind::Colours { .. } | Kind::Gray { .. } => PixelLayout::Rgba,
        }
    }

    /// Rows that are stored together, and how many bytes they have.
    fn band(&self) -> (usize, usize) {
        let width = self.dimensions.width as usize;
        match self.kind {
            Kind::Blocks(kind) => (4, width.div_ceil(4) * kind.block_bytes()),
            Kind::Colours { bits, .. } | Kind::Gray { bits, .. } => (1, (width * bits as usize).div_ceil(8)),
        }
    }

    /// Fills rows with the pixels of a band.
    fn paint(&self, band: &[u8], place: &mut [u8]) {
        let Dimensions { width, .. } = self.dimensions;
        let channels = self.layout().channels();
        match self.kind {
            Kind::Blocks(kind) => kind.paint(band, width as usize, place),
            Kind::Colours { bits, masks } => {
                let fields = Fields::of(masks);
                let pixels = band.chunks_exact(bits as usize / 8).zip(place.chunks_exact_mut(channels));
                pixels.for_each(|(stored, place)| fields.put(word(stored), place));
            }
            Kind::Gray { bits, masks: [gray, alpha] } => {
                let fields = Fields::of([gray, gray, gray, alpha]);
                let pixels = band.chunks_exact(bits as usize / 8).zip(place.chunks_exact_mut(channels));
                pixels.for_each(|(stored, place)| fields.put(word(stored), place));
            }
        }
    }
}

/// Up to four bytes, the least significant first.
fn word(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Dds, reason)
}

fn unsupported(feature: impl ToString) -> CodecError {
    CodecError::unsupported(Format::Dds, feature)
}

#[cfg(test)]
mod tests;
