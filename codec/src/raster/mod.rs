//! Formats that the library `image` reads, never written: QOI, the netpbm family, TGA, Radiance HDR and farbfeld. It reads
//! them whole, from the top; what it makes of files that are cut, or that lack nothing but their end, is for us to see.

mod details;
mod feed;
mod samples;

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::farbfeld::FarbfeldDecoder;
use image::codecs::hdr::HdrDecoder;
use image::codecs::pnm::PnmDecoder;
use image::codecs::qoi::QoiDecoder;
use image::codecs::tga::TgaDecoder;
use image::{ColorType, ImageDecoder, ImageError};

use self::feed::Feed;
use self::samples::Samples;
use super::broken::is_nothing;
use super::{BrokenOriginals, Codec, CodecError, DecodeOptions, Details, Header, Limits, Picture};
use crate::{Decoding, Dimensions, Facts, Format, Orientation};

/// A row, a palette, tables of light.
const WORKING_BYTES: u64 = 1 << 20;
/// A row of light, while it is read.
const WORKING_BYTES_PER_COLUMN: u64 = 8;

/// Reads one of these formats.
#[derive(Debug, Clone, Copy)]
pub struct Raster {
    format: Format,
    limits: Limits,
}

/// What a header says.
#[derive(Debug, Clone, Copy)]
struct Head {
    dimensions: Dimensions,
    samples: Samples,
}

impl Raster {
    /// The formats, in the order of their names.
    pub const FORMATS: [Format; 5] = [Format::Farbfeld, Format::Hdr, Format::Pnm, Format::Qoi, Format::Tga];

    /// A codec of one of [`Raster::FORMATS`] that reads originals within `limits`.
    pub fn new(format: Format, limits: Limits) -> Self {
        Self { format, limits }
    }

    fn open<'a>(&self, reader: impl Read + 'a) -> Result<Box<dyn ImageDecoder + 'a>, CodecError> {
        Ok(match self.format {
            Format::Farbfeld => Box::new(FarbfeldDecoder::new(reader).map_err(|error| self.failure(error))?),
            Format::Hdr => Box::new(HdrDecoder::new(reader).map_err(|error| self.failure(error))?),
            Format::Pnm => {
                let reader = std::io::BufReader::new(reader);
                Box::new(PnmDecoder::new(reader).map_err(|error| self.failure(error))?)
            }
            Format::Qoi => Box::new(QoiDecoder::new(reader).map_err(|error| self.failure(error))?),
            Format::Tga => Box::new(TgaDecoder::new(reader).map_err(|error| self.failure(error))?),
            _ => return Err(CodecError::unsupported(self.format, "this format is read elsewhere")),
        })
    }

    fn head(&self, decoder: &dyn ImageDecoder) -> Result<Head, CodecError> {
        let (width, height) = decoder.dimensions();
        let samples = match decoder.color_type() {
            ColorType::L8 => Samples::Bytes { channels: 1 },
            ColorType::La8 => Samples::Bytes { channels: 2 },
            ColorType::Rgb8 => Samples::Bytes { channels: 3 },
            ColorType::Rgba8 => Samples::Bytes { channels: 4 },
            ColorType::L16 => Samples::Words { channels: 1 },
            ColorType::La16 => Samples::Words { channels: 2 },
            ColorType::Rgb16 => Samples::Words { channels: 3 },
            ColorType::Rgba16 => Samples::Words { channels: 4 },
            ColorType::Rgb32F => Samples::Light,
            other => return Err(CodecError::unsupported(self.format, format!("samples of {other:?}"))),
        };
        Ok(Head { dimensions: Dimensions::new(width, height), samples })
    }

    fn facts(&self, head: Head) -> Facts {
        let Head { dimensions, samples } = head;
        let held = if samples.are_pixels() { 0 } else { samples.pixel_bytes() as u64 };
        // Where there is a palette, or 15 bits a pixel, what is stored is held beside the pixels.
        let stored = if self.format == Format::Tga { 2 } else { 0 };
        let row = u64::from(dimensions.width) * WORKING_BYTES_PER_COLUMN;
        let working_bytes = WORKING_BYTES + row + dimensions.pixels().saturating_mul(held + stored);
        Facts {
            format: self.format,
            stored: dimensions,
            orientation: Orientation::Upright,
            frames: 1,
            decoding: Decoding { pixel_bytes: samples.layout().channels() as u8, working_bytes, ..Decoding::default() },
            condition: <_>::default(),
            drawing: None,
        }
    }

    /// The samples of a whole file; those that there are, where broken ones are to be shown.
    fn samples(&self, original: &[u8], broken: BrokenOriginals) -> Result<(Head, Vec<u8>), CodecError> {
        let feed = Feed::new(self.format, original, broken).map_err(|reason| self.malformed(reason))?;
        let served = feed.served();
        let decoder = self.open(feed.reader(&served))?;
        let head = self.head(decoder.as_ref())?;
        let dimensions = self.limits.admit(self.format, head.dimensions)?;
        let mut samples = vec![0; dimensions.pixels() as usize * head.samples.pixel_bytes()];
        if broken == BrokenOriginals::Show {
            head.samples.blank(&mut samples);
        }
        match decoder.read_image_boxed(&mut samples) {
            Err(_) if feed.is_all_but_its_end(&served) => {}
            Err(_) if broken == BrokenOriginals::Show && feed.is_shown_in_part() => {}
            read => read.map_err(|error| self.failure(error))?,
        }
        if let Some(rows) = feed.rows() {
            let row_bytes = dimensions.width as usize * head.samples.pixel_bytes();
            head.samples.blank(samples.get_mut(rows as usize * row_bytes..).unwrap_or_default());
        }
        Ok((head, samples))
    }

    /// Runs the library. What it trips over is broken: strangers wrote it.
    fn guarded<T>(&self, run: impl FnOnce() -> Result<T, CodecError>) -> Result<T, CodecError> {
        let tripped = || Err(self.malformed("the decoder tripped over it"));
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| tripped())
    }

    fn failure(&self, error: ImageError) -> CodecError {
        match error {
            ImageError::Unsupported(error) => CodecError::unsupported(self.format, error),
            other => self.malformed(other),
        }
    }

    fn malformed(&self, reason: impl ToString) -> CodecError {
        CodecError::malformed(self.format, reason)
    }
}

impl Codec for Raster {
    fn format(&self) -> Format {
        self.format
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        header.rewind().map_err(|error| self.malformed(error))?;
        let start = feed::header(self.format, header).map_err(|error| self.malformed(error))?;
        let feed = Feed::of_header(self.format, &start).map_err(|reason| self.malformed(reason))?;
        let served = feed.served();
        let head = self.guarded(|| self.head(self.open(feed.reader(&served))?.as_ref()))?;
        Ok(self.facts(head))
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let (head, samples) = self.guarded(|| self.samples(original, options.broken))?;
        let matrix = if self.format == Format::Hdr { feed::hdr_matrix(original) } else { None };
        let (layout, pixels) = head.samples.into_pixels(samples, matrix);
        let picture = Picture::new(head.dimensions, layout, pixels).map(Picture::without_idle_alpha);
        let picture = picture.ok_or_else(|| self.malformed("the pixels do not fill the picture"))?;
        let is_nothing = options.broken == BrokenOriginals::Show && is_nothing(&picture);
        if is_nothing { Err(self.malformed("no row is whole")) } else { Ok(picture) }
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        details::details(self.format, original, facts)
    }
}

#[cfg(test)]
mod tests;
