//! The formats that are read, and never written, by the crate `image`: BMP, GIF, ICO and TIFF.

mod ico;

use std::io::{self, BufRead, BufReader, Cursor, Seek};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};

use super::{Codec, CodecError, Header, Limits, Picture, PixelLayout};
use crate::request::{Decoding, Dimensions, Facts, Format, Orientation};

/// What the decoded picture, in its own depth, may take in memory, and likewise what the decoder may take beside it.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

const LIBRARY_BYTES: u64 = 1024 * 1024;

const FORMATS: [(Format, ImageFormat); 4] = [
    (Format::Bmp, ImageFormat::Bmp),
    (Format::Gif, ImageFormat::Gif),
    (Format::Ico, ImageFormat::Ico),
    (Format::Tiff, ImageFormat::Tiff),
];

/// Reads one of these formats: of a GIF the first frame on its canvas, of an ICO the largest picture, of a TIFF the
/// first page.
#[derive(Debug, Clone, Copy)]
pub struct Raster {
    format: Format,
    image_format: ImageFormat,
    limits: Limits,
}

impl Raster {
    /// A codec for each of the formats.
    pub fn all(limits: Limits) -> impl Iterator<Item = Self> {
        FORMATS.into_iter().map(move |(format, image_format)| Self { format, image_format, limits })
    }

    fn open<'a>(&self, reader: impl BufRead + Seek + 'a) -> Result<impl ImageDecoder + 'a, CodecError> {
        let mut limits = image::Limits::no_limits();
        limits.max_alloc = Some(MAX_BYTES);
        let mut reader = ImageReader::with_format(reader, self.image_format);
        reader.limits(limits);
        reader.into_decoder().map_err(|error| self.failure(error))
    }

    fn picture(&self, decoder: impl ImageDecoder) -> Result<Picture, CodecError> {
        let (width, height) = decoder.dimensions();
        let dimensions = self.limits.admit(self.format, Dimensions::new(width, height))?;
        if decoder.total_bytes() > MAX_BYTES {
            let feature = format!("{dimensions} pixels of {:?} take more than {MAX_BYTES} bytes", decoder.color_type());
            return Err(CodecError::unsupported(self.format, feature));
        }
        let image = DynamicImage::from_decoder(decoder).map_err(|error| self.failure(error))?;
        let color = image.color();
        let (layout, pixels) = if color.has_alpha() {
            (PixelLayout::Rgba, image.into_rgba8().into_raw())
        } else if color.has_color() {
            (PixelLayout::Rgb, image.into_rgb8().into_raw())
        } else {
            (PixelLayout::Gray, image.into_luma8().into_raw())
        };
        let picture = Picture::new(dimensions, layout, pixels).map(Picture::without_idle_alpha);
        picture.ok_or_else(|| CodecError::malformed(self.format, "the pixels do not fill the picture"))
    }

    /// What decoding takes: `image` decodes to samples of its own kind, with as much beside them at most (the strips of
    /// a TIFF, the canvas of a GIF), and what is not yet 8 bits a channel becomes pixels in a second step.
    fn decoding(&self, decoder: &impl ImageDecoder) -> Decoding {
        let color = decoder.color_type();
        let pixel_bytes = match (color.has_alpha(), color.has_color()) {
            (true, _) => 4,
            (false, true) => 3,
            (false, false) => 1,
        };
        let is_second_step = color.bytes_per_pixel() != pixel_bytes;
        let samples = decoder.total_bytes();
        let working_bytes = LIBRARY_BYTES + samples + if is_second_step { samples } else { 0 };
        Decoding { pixel_bytes, working_bytes }
    }

    fn failure(&self, error: ImageError) -> CodecError {
        match error {
            ImageError::Unsupported(error) => CodecError::unsupported(self.format, error),
            ImageError::Limits(error) => CodecError::unsupported(self.format, error),
            ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                CodecError::malformed(self.format, "the file ends early")
            }
            other => CodecError::malformed(self.format, other),
        }
    }
}

impl Codec for Raster {
    fn format(&self) -> Format {
        self.format
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        header.rewind().map_err(|error| CodecError::malformed(self.format, error))?;
        if self.format == Format::Ico {
            let stored = ico::Largest::find(header)?.dimensions;
            let decoding = Decoding { pixel_bytes: 4, working_bytes: stored.pixels() * ico::WORKING_PIXEL_BYTES };
            return Ok(Facts { format: self.format, stored, orientation: Orientation::Upright, decoding });
        }
        let mut decoder = self.open(BufReader::new(header))?;
        let (width, height) = decoder.dimensions();
        let stored = Dimensions::new(width, height);
        if stored.pixels() == 0 {
            return Err(CodecError::malformed(self.format, format!("expected at least one pixel, got {stored}")));
        }
        // Of these formats TIFF alone tells one; a tag that cannot be read means upright, as in EXIF.
        let orientation = decoder.orientation();
        let orientation = orientation.map(|orientation| Orientation::from_exif(orientation.to_exif().into()));
        let decoding = self.decoding(&decoder);
        Ok(Facts { format: self.format, stored, orientation: orientation.unwrap_or_default(), decoding })
    }

    fn decode(&self, original: &[u8], _target: Option<Dimensions>) -> Result<Picture, CodecError> {
        if self.format == Format::Ico {
            return ico::decode(original, self);
        }
        self.picture(self.open(Cursor::new(original))?)
    }
}

#[cfg(test)]
mod tests;
