//! `Page`: what the tags of the first page say of its pixels.

use super::{malformed, unsupported};
use crate::directory::{Directory, Place};
use crate::{CodecError, Header, Limits};
use crate::{Dimensions, Format, Orientation};

/// More samples a pixel than a printer has inks.
const MAX_SAMPLES: u64 = 64;
/// Colours of a palette of 16 bits.
const MAX_PALETTE: u64 = 3 << 16;

/// Compressions that do not only turn bytes into bytes.
pub const OLD_JPEG: u16 = 6;
pub const JPEG: u16 = 7;

/// The tags that are read, and those that are only written.
pub mod tag {
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const SAMPLES: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTES: u16 = 279;
    pub const RESOLUTION_ACROSS: u16 = 282;
    pub const RESOLUTION_DOWN: u16 = 283;
    pub const PLANAR: u16 = 284;
    pub const FAX_3_OPTIONS: u16 = 292;
    pub const RESOLUTION_UNIT: u16 = 296;
    pub const PREDICTOR: u16 = 317;
    pub const PALETTE: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_HEIGHT: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTES: u16 = 325;
    pub const INKS: u16 = 332;
    pub const EXTRA: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
    pub const COEFFICIENTS: u16 = 529;
    pub const SUBSAMPLING: u16 = 530;
    pub const REFERENCE: u16 = 532;
    pub const PROFILE: u16 = 34_675;
}

/// What the samples of a pixel stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Inks,
    YCbCr,
    /// CIE L*a*b*: a and b signed, or with an offset (ICC), or as ITU has it.
    Lab,
    IccLab,
    /// CIE Y or Y, u', v' on a logarithmic scale (SGI).
    LogL,
    LogLuv,
}

/// What one number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Unsigned,
    Signed,
    Float,
}

/// What the sample behind the colours of a pixel says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alpha {
    /// Colours are multiplied with it.
    Associated,
    Unassociated,
}

/// How the numbers of YCbCr become light (TIFF 6.0, section 21).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YCbCr {
    pub coefficients: [f64; 3],
    /// Black and white of luma, then of both chromas.
    pub reference: [f64; 6],
    /// Luma samples for one of chroma, across and down.
    pub subsampling: (u32, u32),
}

/// What the tags say. `bits` has a depth for each sample.
#[derive(Debug, Clone)]
pub struct Page {
    pub directory: Directory,
    pub dimensions: Dimensions,
    pub orientation: Orientation,
    pub bits: Vec<u16>,
    pub kind: Kind,
    pub photometric: Photometric,
    pub alpha: Option<Alpha>,
    pub compression: u16,
    pub predictor: u16,
    pub is_planar: bool,
    pub is_tiled: bool,
    /// Of a strip or a tile, as far as the picture is at all.
    pub chunk: Dimensions,
    /// The first pixel of a byte is in its lowest bit.
    pub is_bit_reversed: bool,
    pub fax_options: u64,
    pub ycbcr: YCbCr,
    pub profile: Option<Place>,
}

impl Page {
    /// Reads all tags but those with the places of strips and tiles, and the palette.
    pub fn read(header: &mut dyn Header, limits: &Limits) -> Result<Self, CodecError> {
        let directory = Directory::read(header)?;
        let mut tags = Tags { directory: &directory, header };
        let side = |number: Option<u64>| number.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        let (width, height) = (side(tags.one(tag::WIDTH)?), side(tags.one(tag::HEIGHT)?));
        let dimensions = match (width, height) {
            (Some(width), Some(height)) if width > 0 && height > 0 => Dimensions::new(width, height),
            _ => return Err(malformed("expected at least one pixel")),
        };
        let compression = tags.one(tag::COMPRESSION)?.unwrap_or(1) as u16;
        let photometric_code = tags.one(tag::PHOTOMETRIC)?;
        let (bits, kind) = tags.samples(photometric_code, compression)?;
        let photometric = photometric(photometric_code, bits.len(), compression)?;
        let is_tiled = directory.count(tag::TILE_OFFSETS) > 0 || directory.count(tag::TILE_WIDTH) > 0;
        let chunk = tags.chunk(dimensions, is_tiled)?;
        let (alpha, is_planar) = (tags.alpha(photometric, bits.len())?, tags.one(tag::PLANAR)? == Some(2));
        let page = Self {
            dimensions,
            orientation: tags.orientation()?,
            alpha,
            is_planar: is_planar && bits.len() > 1,
            bits,
            kind,
            photometric,
            compression,
            predictor: tags.one(tag::PREDICTOR)?.unwrap_or(1) as u16,
            is_tiled,
            chunk,
            is_bit_reversed: tags.one(tag::FILL_ORDER)? == Some(2),
            fax_options: tags.one(tag::FAX_3_OPTIONS)?.unwrap_or_default(),
            ycbcr: tags.ycbcr()?,
            profile: directory.place(tag::PROFILE),
            directory,
        };
        page.admit(limits).map(|()| page)
    }

    fn admit(&self, limits: &Limits) -> Result<(), CodecError> {
        // A tile may be larger than the picture that it holds.
        limits.admit(Format::Tiff, self.chunk)?;
        let chunks = self.across().saturating_mul(self.down()).saturating_mul(self.planes() as u64);
        limits.admit_chunks(u32::try_from(chunks).unwrap_or(u32::MAX))
    }

    pub fn samples(&self) -> usize {
        self.bits.len()
    }

    /// The samples that are colours.
    pub fn colours(&self) -> usize {
        match self.photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::Palette | Photometric::LogL => 1,
            Photometric::Inks => 4,
            _ => 3,
        }
    }

    pub fn planes(&self) -> usize {
        if self.is_planar { self.samples() } else { 1 }
    }

    /// Chunks in a row of them.
    pub fn across(&self) -> u64 {
        self.dimensions.width.div_ceil(self.chunk.width).into()
    }

    pub fn down(&self) -> u64 {
        self.dimensions.height.div_ceil(self.chunk.height).into()
    }

    /// Bits of a pixel in one plane.
    pub fn pixel_bits(&self, plane: usize) -> u64 {
        let bits = self.bits.iter().map(|bits| u64::from(*bits));
        if self.is_planar { bits.skip(plane).take(1).sum() } else { bits.sum() }
    }

    /// Bytes of a row of a chunk in one plane, as it is after decompression.
    pub fn row_bytes(&self, plane: usize) -> u64 {
        (u64::from(self.chunk.width) * self.pixel_bits(plane)).div_ceil(8)
    }

    /// Whether luma has more samples than chroma, in units of several pixels.
    pub fn is_subsampled(&self) -> bool {
        self.photometric == Photometric::YCbCr && !self.is_planar && self.ycbcr.subsampling != (1, 1)
    }

    /// Where strips or tiles are: a row of planes after the other. Where lengths are missing, a chunk may reach to the
    /// end of the file.
    pub fn places(&self, header: &mut dyn Header) -> Result<Vec<Place>, CodecError> {
        let (offsets, lengths) = if self.directory.count(tag::TILE_OFFSETS) > 0 {
            (tag::TILE_OFFSETS, tag::TILE_BYTES)
        } else {
            (tag::STRIP_OFFSETS, tag::STRIP_BYTES)
        };
        let count = self.across() * self.down() * self.planes() as u64;
        let mut tags = Tags { directory: &self.directory, header };
        let (starts, lengths) = (tags.all(offsets)?, tags.all(lengths)?);
        if (starts.len() as u64) < count {
            return Err(malformed(format!("expected {count} strips or tiles, got {}", starts.len())));
        }
        let length = |index: usize| lengths.get(index).copied().filter(|bytes| *bytes > 0);
        let place = |(index, start): (usize, &u64)| Place { start: *start, bytes: length(index).unwrap_or(u64::MAX) };
        Ok(starts.iter().take(count as usize).enumerate().map(place).collect())
    }

    /// The colours of a palette, 16 bits a channel.
    pub fn palette(&self, header: &mut dyn Header) -> Result<Vec<[u16; 3]>, CodecError> {
        let levels = self.directory.integers(header, tag::PALETTE, MAX_PALETTE)?;
        // Some writers have levels of 8 bits, in spite of the standard.
        let is_narrow = levels.iter().all(|level| *level < 256);
        let level = |level: &u64| (*level as u16).saturating_mul(if is_narrow { 257 } else { 1 });
        let (reds, rest) = levels.split_at(levels.len() / 3);
        let (greens, blues) = rest.split_at(rest.len() / 2);
        let colours = reds.iter().zip(greens).zip(blues);
        Ok(colours.map(|((red, green), blue)| [level(red), level(green), level(blue)]).collect())
    }

    /// Tables that all JPEG streams of this page share.
    pub fn jpeg_tables<'a>(&self, original: &'a [u8]) -> Option<&'a [u8]> {
        self.directory.place(tag::JPEG_TABLES)?.of(original)
    }
}

/// A directory and the file that it is in.
struct Tags<'a> {
    directory: &'a Directory,
    header: &'a mut dyn Header,
}

impl Tags<'_> {
    fn one(&mut self, tag: u16) -> Result<Option<u64>, CodecError> {
        self.directory.integer(self.header, tag)
    }

    fn all(&mut self, tag: u16) -> Result<Vec<u64>, CodecError> {
        self.directory.integers(self.header, tag, u32::MAX.into())
    }

    /// A tag that says nothing known means upright.
    fn orientation(&mut self) -> Result<Orientation, CodecError> {
        let value = self.one(tag::ORIENTATION)?.and_then(|value| u32::try_from(value).ok());
        Ok(value.map(Orientation::from_exif).unwrap_or_default())
    }

    fn samples(&mut self, photometric: Option<u64>, compression: u16) -> Result<(Vec<u16>, Kind), CodecError> {
        let depths = self.directory.integers(self.header, tag::BITS, MAX_SAMPLES)?;
        let colours = if matches!(photometric, Some(2 | 6 | 8 | 9)) { 3 } else { 1 };
        let told = self.one(tag::SAMPLES)?;
        // Old JPEG files leave out what their streams say.
        let told = if compression == OLD_JPEG { told.map(|told| told.max(colours)) } else { told };
        let count = told.unwrap_or(colours.max(depths.len() as u64)).clamp(1, MAX_SAMPLES);
        let last = depths.last().copied().unwrap_or(if compression == OLD_JPEG { 8 } else { 1 });
        let depths = depths.iter().copied().chain(std::iter::repeat(last)).take(count as usize);
        let bits: Vec<u16> = depths.map(|depth| u16::try_from(depth).unwrap_or(u16::MAX)).collect();
        let formats = self.directory.integers(self.header, tag::SAMPLE_FORMAT, MAX_SAMPLES)?;
        let kind = match formats.first() {
            // Of 8 bits they are taken for unsigned ones by everybody.
            Some(2) if bits.iter().any(|bits| *bits != 8) => Kind::Signed,
            Some(3) => Kind::Float,
            Some(5 | 6) => return Err(unsupported("complex numbers")),
            _ => Kind::Unsigned,
        };
        let is_known = |bits: &u16| match kind {
            Kind::Float => matches!(bits, 16 | 24 | 32 | 64),
            _ => matches!(bits, 1..=16 | 24 | 32 | 64),
        };
        match bits.iter().find(|bits| !is_known(bits)) {
            Some(bits) => Err(unsupported(format!("samples of {bits} bits"))),
            None => Ok((bits, kind)),
        }
    }

    fn chunk(&mut self, page: Dimensions, is_tiled: bool) -> Result<Dimensions, CodecError> {
        let side = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        if is_tiled {
            let (width, height) = (self.one(tag::TILE_WIDTH)?, self.one(tag::TILE_HEIGHT)?);
            let tile = Dimensions::new(side(width.unwrap_or(0)), side(height.unwrap_or(0)));
            return if tile.pixels() > 0 { Ok(tile) } else { Err(malformed("expected tiles of at least one pixel")) };
        }
        let rows = self.one(tag::ROWS_PER_STRIP)?.map(side).filter(|rows| *rows > 0);
        Ok(Dimensions::new(page.width, rows.unwrap_or(page.height).min(page.height)))
    }

    fn alpha(&mut self, photometric: Photometric, samples: usize) -> Result<Option<Alpha>, CodecError> {
        let colours = match photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::Palette | Photometric::LogL => 1,
            Photometric::Inks if matches!(self.one(tag::INKS)?, Some(2)) || samples < 4 => {
                return Err(unsupported("inks other than cyan, magenta, yellow and black"));
            }
            Photometric::Inks => 4,
            _ => 3,
        };
        if samples < colours {
            return Err(malformed(format!("expected at least {colours} samples a pixel, got {samples}")));
        }
        let kinds = self.directory.integers(self.header, tag::EXTRA, MAX_SAMPLES)?;
        Ok(match kinds.first() {
            _ if samples == colours => None,
            Some(1) => Some(Alpha::Associated),
            Some(0) => None,
            // Many writers do not say what the sample behind the colours is.
            None if samples > colours + 1 || photometric == Photometric::Inks => None,
            _ => Some(Alpha::Unassociated),
        })
    }

    fn ycbcr(&mut self) -> Result<YCbCr, CodecError> {
        let coefficients = self.directory.reals(self.header, tag::COEFFICIENTS, MAX_SAMPLES)?;
        let is_sound = |numbers: &[f64; 3]| numbers.iter().all(|number| *number > 0.0 && number.is_finite());
        let coefficients = coefficients.first_chunk().copied().filter(is_sound);
        let reference = self.directory.reals(self.header, tag::REFERENCE, MAX_SAMPLES)?;
        let is_range = |range: &[f64]| matches!(range, [black, white] if (white - black).abs() >= 1.0);
        let is_sound = |numbers: &[f64; 6]| numbers.chunks(2).all(is_range);
        let reference = reference.first_chunk().copied().filter(is_sound);
        let subsampling = self.directory.integers(self.header, tag::SUBSAMPLING, MAX_SAMPLES)?;
        let subsampling = match subsampling[..] {
            [across @ (1 | 2 | 4), down @ (1 | 2 | 4)] => (across as u32, down as u32),
            _ => (2, 2),
        };
        Ok(YCbCr {
            coefficients: coefficients.unwrap_or([0.299, 0.587, 0.114]),
            reference: reference.unwrap_or([0.0, 255.0, 128.0, 255.0, 128.0, 255.0]),
            subsampling,
        })
    }
}

fn photometric(code: Option<u64>, samples: usize, compression: u16) -> Result<Photometric, CodecError> {
    Ok(match code {
        Some(0) => Photometric::WhiteIsZero,
        Some(1 | 4) => Photometric::BlackIsZero,
        Some(2) => Photometric::Rgb,
        Some(3) => Photometric::Palette,
        Some(5) => Photometric::Inks,
        Some(6) => Photometric::YCbCr,
        Some(8) => Photometric::Lab,
        Some(9) => Photometric::IccLab,
        Some(32_844) => Photometric::LogL,
        Some(32_845) => Photometric::LogLuv,
        Some(10) => return Err(unsupported("colours of ITU L*a*b*")),
        Some(32_803 | 34_892) => return Err(unsupported("raw data of a camera's sensor")),
        Some(other) => return Err(unsupported(format!("photometric interpretation {other}"))),
        // Left out against the standard.
        None if samples >= 3 => Photometric::Rgb,
        None if (2..=4).contains(&compression) => Photometric::WhiteIsZero,
        None => Photometric::BlackIsZero,
    })
}
