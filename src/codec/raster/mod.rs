//! The formats that are read, and never written, by the crate `image`: BMP, ICO and TIFF.

mod ico;
mod profile;

use std::io::{self, BufRead, BufReader, Cursor, Seek};

use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbImage, RgbaImage};

use self::profile::Place;
use super::colour::{Channels, DEEP_WORKING_BYTES, MAX_PROFILE_BYTES, Narrowing, WORKING_BYTES_PER_PROFILE_BYTE};
use super::notice::{Blocks, Notice};
use super::{Codec, CodecError, ColourRule, ColourSpace, Header, Limits, Picture, PixelLayout, exif};
use crate::request::{Decoding, Dimensions, Facts, Format, Orientation};

/// What the decoded picture, in its own depth, may take in memory, and likewise what the decoder may take beside it.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

const LIBRARY_BYTES: u64 = 1024 * 1024;
/// Samples of 16 bits that are narrowed in one go.
const PIECE_SAMPLES: usize = 12 * 1024;

const FORMATS: [(Format, ImageFormat); 3] =
    [(Format::Bmp, ImageFormat::Bmp), (Format::Ico, ImageFormat::Ico), (Format::Tiff, ImageFormat::Tiff)];

/// Reads one of these formats: of an ICO the largest picture, of a TIFF the
/// first page.
#[derive(Debug, Clone, Copy)]
pub struct Raster {
    format: Format,
    image_format: ImageFormat,
    limits: Limits,
    colour_rule: ColourRule,
}

impl Raster {
    /// A codec for each of the formats.
    pub fn all(limits: Limits) -> impl Iterator<Item = Self> {
        let colour_rule = ColourRule::Srgb;
        FORMATS.into_iter().map(move |(format, image_format)| Self { format, image_format, limits, colour_rule })
    }

    /// The same codec with another rule for colours that are not sRGB.
    pub fn with_colour_rule(self, colour_rule: ColourRule) -> Self {
        Self { colour_rule, ..self }
    }

    fn open<'a>(&self, reader: impl BufRead + Seek + 'a) -> Result<impl ImageDecoder + 'a, CodecError> {
        let mut limits = image::Limits::no_limits();
        limits.max_alloc = Some(MAX_BYTES);
        let mut reader = ImageReader::with_format(reader, self.image_format);
        reader.limits(limits);
        reader.into_decoder().map_err(|error| self.failure(error))
    }

    fn picture(&self, decoder: impl ImageDecoder, profile: Option<&[u8]>) -> Result<Picture, CodecError> {
        let (width, height) = decoder.dimensions();
        let dimensions = self.limits.admit(self.format, Dimensions::new(width, height))?;
        if decoder.total_bytes() > MAX_BYTES {
            let feature = format!("{dimensions} pixels of {:?} take more than {MAX_BYTES} bytes", decoder.color_type());
            return Err(CodecError::unsupported(self.format, feature));
        }
        let image = DynamicImage::from_decoder(decoder).map_err(|error| self.failure(error))?;
        let color = image.color();
        let channels = if color.has_color() { Channels::Rgb } else { Channels::Gray };
        let colours = profile.and_then(|profile| ColourSpace::from_icc(profile, channels));
        let (image, colours) = self.narrowed(image, colours.unwrap_or_default());
        let (layout, pixels) = if color.has_alpha() {
            (PixelLayout::Rgba, image.into_rgba8().into_raw())
        } else if color.has_color() {
            (PixelLayout::Rgb, image.into_rgb8().into_raw())
        } else {
            (PixelLayout::Gray, image.into_luma8().into_raw())
        };
        let picture = Picture::new(dimensions, layout, pixels).map(Picture::without_idle_alpha);
        let picture = picture.map(|picture| picture.in_colours(colours));
        picture.ok_or_else(|| CodecError::malformed(self.format, "the pixels do not fill the picture"))
    }

    /// Of these formats TIFF alone has one that we read.
    fn profile(&self, header: &mut dyn Header) -> Option<Place> {
        let limit = self.limits.max_metadata_bytes.min(MAX_PROFILE_BYTES as u64);
        let place = if self.format == Format::Tiff { Place::find(header) } else { None };
        place.filter(|place| place.bytes <= limit)
    }

    /// Colours of 16 bits become sRGB, where they are to, before they become 8 bits.
    fn narrowed(&self, image: DynamicImage, mut colours: ColourSpace) -> (DynamicImage, ColourSpace) {
        if colours.is_srgb() {
            return (image, colours);
        }
        let (width, height) = (image.width(), image.height());
        let mut levels = Vec::new();
        let mut narrow = |samples: &[u16], channels: usize| {
            levels.reserve_exact(samples.len());
            let mut narrowing = Narrowing::new(&mut colours, self.colour_rule, channels);
            samples.chunks(PIECE_SAMPLES).for_each(|piece| narrowing.narrow(piece, &mut levels));
        };
        let narrowed = match &image {
            DynamicImage::ImageLuma16(samples) => {
                narrow(samples, 1);
                GrayImage::from_raw(width, height, levels).map(DynamicImage::ImageLuma8)
            }
            DynamicImage::ImageRgb16(samples) => {
                narrow(samples, 3);
                RgbImage::from_raw(width, height, levels).map(DynamicImage::ImageRgb8)
            }
            DynamicImage::ImageRgba16(samples) => {
                narrow(samples, 4);
                RgbaImage::from_raw(width, height, levels).map(DynamicImage::ImageRgba8)
            }
            _ => None,
        };
        (narrowed.unwrap_or(image), colours)
    }

    /// What decoding takes: `image` decodes to samples of its own kind, with as much beside them at most (the strips of
    /// a TIFF), and what is not yet 8 bits a channel becomes pixels in a second step.
    fn decoding(&self, decoder: &impl ImageDecoder) -> Decoding {
        let color = decoder.color_type();
        let pixel_bytes = match (color.has_alpha(), color.has_color()) {
            (true, _) => 4,
            (false, true) => 3,
            (false, false) => 1,
        };
        let is_second_step = color.bytes_per_pixel() != pixel_bytes;
        let samples = decoder.total_bytes();
        let conversion = if is_second_step { samples + DEEP_WORKING_BYTES } else { 0 };
        let working_bytes = LIBRARY_BYTES + samples + conversion;
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
            return Ok(Facts {
                format: self.format,
                stored,
                orientation: Orientation::Upright,
                frames: 1,
                decoding,
                condition: <_>::default(),
            });
        }
        let profile = self.profile(header).map_or(0, |profile| profile.bytes);
        header.rewind().map_err(|error| CodecError::malformed(self.format, error))?;
        let mut decoder = self.open(BufReader::new(header))?;
        let (width, height) = decoder.dimensions();
        let stored = Dimensions::new(width, height);
        if stored.pixels() == 0 {
            return Err(CodecError::malformed(self.format, format!("expected at least one pixel, got {stored}")));
        }
        // Of these formats TIFF alone tells one; a tag that cannot be read means upright, as in EXIF.
        let orientation = decoder.orientation();
        let orientation = orientation.map(|orientation| Orientation::from_exif(orientation.to_exif().into()));
        let mut decoding = self.decoding(&decoder);
        decoding.working_bytes += profile * WORKING_BYTES_PER_PROFILE_BYTE;
        Ok(Facts {
            format: self.format,
            stored,
            orientation: orientation.unwrap_or_default(),
            frames: 1,
            decoding,
            condition: <_>::default(),
        })
    }

    fn decode(&self, original: &[u8], _target: Option<Dimensions>) -> Result<Picture, CodecError> {
        if self.format == Format::Ico {
            return ico::decode(original, self);
        }
        let profile = self.profile(&mut Cursor::new(original)).and_then(|profile| profile.of(original));
        self.picture(self.open(Cursor::new(original))?, profile)
    }

    fn notice(&self, original: &[u8]) -> Notice {
        // A TIFF is such a structure itself, with XMP and IPTC in tags (XMP specification, part 3; TIFF/EP).
        let tag = |tag| exif::value(original, tag).map(Into::into);
        match self.format {
            Format::Tiff => Notice::read(&Blocks { exif: Some(original.into()), xmp: tag(700), iptc: tag(33_723) }),
            _ => Notice::default(),
        }
    }
}

#[cfg(test)]
mod tests;
