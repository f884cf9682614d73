//! TIFF (revision 6.0 with the supplements of Adobe, and BigTIFF), read and written by code of our own. Of several pages, the
//! first.

mod compression;
mod details;
mod encode;
mod fax;
mod jpeg;
mod light;
mod log;
mod page;
mod pixels;
mod runs;
mod samples;
mod shape;
mod strips;

use std::io::{BufReader, Cursor, SeekFrom};

use self::compression::Family;
use self::page::Page;
use self::strips::Strips;
use super::colour::{Channels, DEEP_WORKING_BYTES, MAX_PROFILE_BYTES, WORKING_BYTES_PER_PROFILE_BYTE, flatten_inks};
use super::notice::{Blocks, Notice};
use super::{
    Choices, Codec, CodecError, Coding, ColourRule, ColourSpace, DecodeOptions, Details, Encoder, Header, Limits,
    Picture, PixelLayout, exif,
};
use crate::{Colours, Condition, Decoding, Dimensions, Facts, Format};

const READ_BYTES: usize = 1024;
/// The tags that hold other metadata.
const XMP: u16 = 700;
const IPTC: u16 = 33_723;
/// Rows of samples, the list of strips, and what libraries hold.
const WORKING_BYTES: u64 = 1024 * 1024;

/// How well files are deflated: the level of zlib that is usual.
const USUAL_LEVEL: u8 = 6;

/// Reads the first page, and writes one of 8 bits a sample.
#[derive(Debug, Clone, Copy)]
pub struct Tiff {
    limits: Limits,
    colour_rule: ColourRule,
}

impl Tiff {
    /// A codec that reads originals within `limits`.
    pub fn new(limits: Limits) -> Self {
        Self { limits, colour_rule: ColourRule::Srgb }
    }

    /// The same codec with another rule for colours that are not sRGB.
    pub fn with_colour_rule(self, colour_rule: ColourRule) -> Self {
        Self { colour_rule, ..self }
    }

    /// The place of the profile, where it is not too long.
    fn profile_bytes(&self, page: &Page) -> u64 {
        let limit = self.limits.max_metadata_bytes.min(MAX_PROFILE_BYTES as u64);
        page.profile.map(|place| place.bytes).filter(|bytes| *bytes <= limit).unwrap_or_default()
    }
}

impl Codec for Tiff {
    fn format(&self) -> Format {
        Format::Tiff
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        let page = Page::read(&mut BufReader::with_capacity(READ_BYTES, &mut *header), &self.limits)?;
        let (_, pixel_bytes) = pixels::layout(&page);
        let row_samples = u64::from(page.chunk.width) * page.samples() as u64;
        let mut working_bytes = WORKING_BYTES + strips::chunk_bytes(&page) + row_samples * 8 + DEEP_WORKING_BYTES;
        working_bytes += page.across() * page.down() * page.planes() as u64 * 40;
        working_bytes += compression::working_bytes(page.compression);
        working_bytes += self.profile_bytes(&page) * WORKING_BYTES_PER_PROFILE_BYTE;
        // A stream is put together with its tables, and bits that are the wrong way round are turned in a copy: of as much
        // as the file at most.
        let file_bytes = header.seek(SeekFrom::End(0)).map_err(malformed)?;
        if compression::family(page.compression) != Family::Bytes {
            working_bytes += jpeg::working_bytes(&page) + file_bytes * 2;
        } else if page.is_bit_reversed {
            working_bytes += file_bytes;
        }
        let decoding = Decoding { pixel_bytes: pixel_bytes as u8, working_bytes, is_by_parts: false };
        let is_inks = page.photometric == page::Photometric::Inks;
        let colours = if is_inks { Colours::Foreign } else { Colours::default() };
        Ok(Facts {
            format: Format::Tiff,
            stored: page.dimensions,
            orientation: page.orientation,
            frames: 1,
            decoding,
            condition: Condition { colours, ..<_>::default() },
            drawing: None,
        })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let page = Page::read(&mut Cursor::new(original), &self.limits)?;
        let dimensions = self.limits.admit(Format::Tiff, page.dimensions)?;
        let (layout, pixel_bytes) = pixels::layout(&page);
        let profile = page.profile.filter(|_| self.profile_bytes(&page) > 0).and_then(|place| place.of(original));
        let channels = if layout == PixelLayout::Gray { Channels::Gray } else { Channels::Rgb };
        let mut colours = match page.photometric {
            page::Photometric::Rgb | page::Photometric::YCbCr | page::Photometric::Palette => profile,
            page::Photometric::BlackIsZero | page::Photometric::WhiteIsZero => profile,
            _ => None,
        }
        .and_then(|profile| gray_or_rgb(profile, channels))
        .unwrap_or_default();
        let mut levels =
            Strips::new(&page, original, &self.limits, options.broken)?.levels(&mut colours, self.colour_rule)?;
        if page.photometric == page::Photometric::Inks {
            levels = without_inks(levels, pixel_bytes, profile);
        }
        let picture = Picture::new(dimensions, layout, levels).map(Picture::without_idle_alpha);
        let picture = picture.map(|picture| picture.in_colours(colours));
        picture.ok_or_else(|| malformed("the pixels do not fill the picture"))
    }

    fn blocks<'a>(&self, original: &'a [u8]) -> Blocks<'a> {
        // The file is such a structure itself, with XMP and IPTC in tags (XMP specification, part 3; TIFF/EP).
        let tag = |tag| exif::value(original, tag).map(Into::into);
        Blocks { file: Some(original.into()), xmp: tag(XMP), iptc: tag(IPTC), exif: None }
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        details::details(original, facts, &self.limits).unwrap_or_else(|_| Details::of(facts))
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Encoder for Tiff {
    fn coding(&self) -> Coding {
        Coding::new(None, USUAL_LEVEL)
    }

    fn choices(&self) -> Choices {
        // As those of PNG.
        Choices { can_keep_all: true, efforts: [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9], ..Choices::NONE }
    }

    fn encode_as(
        &self,
        picture: &Picture,
        coding: &Coding,
        notice: &Notice,
        _threads: usize,
    ) -> Result<Vec<u8>, CodecError> {
        encode::encode(picture, coding.effort, notice)
    }

    /// A notice is written and read, but what else a file says is not known.
    fn carries_notice(&self) -> bool {
        false
    }

    /// No answer is a file whose pixels stay as they are coded: an original of this format becomes one of another, unless
    /// it goes out untouched.
    fn strip(&self, _original: &[u8], _notice: &Notice) -> Result<Vec<u8>, CodecError> {
        Err(unsupported("taking out metadata"))
    }

    fn carries_profile(&self, _layout: PixelLayout) -> bool {
        true
    }

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, _coding: &Coding) -> u64 {
        encode::working_bytes(dimensions, layout)
    }

    fn version(&self) -> String {
        "tiff v1;".to_owned()
    }
}

/// Gray with alpha is shown as three channels, and its profile may be one for gray.
fn gray_or_rgb(profile: &[u8], channels: Channels) -> Option<ColourSpace> {
    ColourSpace::from_icc(profile, channels).or_else(|| ColourSpace::from_icc(profile, Channels::Gray))
}

/// Inks become light; alpha, where it is, stays.
fn without_inks(mut levels: Vec<u8>, pixel_bytes: usize, profile: Option<&[u8]>) -> Vec<u8> {
    if pixel_bytes == 4 {
        flatten_inks(&mut levels, false, profile);
        return levels;
    }
    let (pixels, _) = levels.as_chunks::<5>();
    let alphas: Vec<u8> = pixels.iter().map(|[.., alpha]| *alpha).collect();
    let mut inks: Vec<u8> = pixels.iter().flat_map(|[c, m, y, k, _]| [*c, *m, *y, *k]).collect();
    flatten_inks(&mut inks, false, profile);
    let (colours, _) = inks.as_chunks::<3>();
    colours.iter().zip(alphas).flat_map(|([red, green, blue], alpha)| [*red, *green, *blue, alpha]).collect()
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Tiff, reason)
}

fn unsupported(feature: impl ToString) -> CodecError {
    CodecError::unsupported(Format::Tiff, feature)
}

#[cfg(test)]
mod tests;
