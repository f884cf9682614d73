//! Pixels to TIFF: gray, RGB and RGBA of 8 bits in strips (TIFF 6.0, part 1), deflated behind horizontal differences (Adobe
//! Photoshop TIFF Technical Notes, 2002), with the colour profile and whose the picture is.

use std::borrow::Cow;
use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::page::tag;
use crate::colour::MAX_PROFILE_BYTES;
use crate::{CodecError, Dimensions, Format, Notice, Picture, PixelLayout, exif};

/// Little-endian, with room for the place of the directory.
const START: [u8; 8] = *b"II*\0\0\0\0\0";
/// The longest edge of a square of four bytes a pixel whose places surely have 32 bits.
const MAX_EDGE: u32 = 32_700;
/// What the deflater sees at once; a reader holds as much.
const STRIP_BYTES: usize = 256 * 1024;
/// One strip has two places and a length; a deflater is new for each.
const LIBRARY_BYTES: u64 = 1024 * 1024;

/// Kinds of values: their codes, and the bytes of each.
const TEXT: (u16, usize) = (2, 1);
const SHORT: (u16, usize) = (3, 2);
const LONG: (u16, usize) = (4, 4);
const RATIONAL: (u16, usize) = (5, 8);
const UNDEFINED: (u16, usize) = (7, 1);

const DEFLATED: u16 = 8;
const BLACK_IS_ZERO: u16 = 1;
const RGB: u16 = 2;
const INTERLEAVED: u16 = 1;
const INCHES: u16 = 2;
const DIFFERENCES: u16 = 2;
const UNASSOCIATED_ALPHA: u16 = 2;
const PIXELS_AN_INCH: u32 = 72;

/// A tag with its values.
struct Field<'a> {
    tag: u16,
    kind: (u16, usize),
    bytes: Cow<'a, [u8]>,
}

/// The file, at most a little longer than the pixels, in a vector that grows by doubling; and the profile.
pub(super) fn working_bytes(dimensions: Dimensions, layout: PixelLayout) -> u64 {
    most_bytes(dimensions, layout) * 3 + MAX_PROFILE_BYTES as u64 + LIBRARY_BYTES
}

pub(super) fn encode(picture: &Picture, level: u8, notice: &Notice) -> Result<Vec<u8>, CodecError> {
    let (dimensions, layout) = (picture.dimensions(), picture.layout());
    if most_bytes(dimensions, layout) + MAX_PROFILE_BYTES as u64 > u32::MAX.into() {
        return Err(CodecError::TooLarge { format: Format::Tiff, limit: MAX_EDGE, dimensions });
    }
    let rows_a_strip = (STRIP_BYTES / row_bytes(picture)).clamp(1, dimensions.height as usize);
    let strips = strips(picture, rows_a_strip, level);
    let (file, places) = strips.map_err(|error| CodecError::encode(Format::Tiff, error))?;
    let mut fields = fields(picture, rows_a_strip, &places);
    let texts = [(exif::ARTIST, notice.artist()), (exif::COPYRIGHT, notice.copyright())];
    fields.extend(texts.into_iter().filter_map(|(tag, text)| Some(Field::text(tag, text?))));
    fields.sort_by_key(|field| field.tag);
    Ok(with_directory(file, fields))
}

/// The beginning of a file with all strips, and where each is: its place and its length.
fn strips(picture: &Picture, rows_a_strip: usize, level: u8) -> io::Result<(Vec<u8>, Vec<[u32; 2]>)> {
    let (row_bytes, channels) = (row_bytes(picture), picture.layout().channels());
    let (mut file, mut places, mut differences) = (START.to_vec(), Vec::new(), Vec::with_capacity(row_bytes));
    for strip in picture.pixels().chunks(row_bytes * rows_a_strip) {
        let start = file.len();
        let mut deflater = ZlibEncoder::new(file, Compression::new(level.into()));
        for row in strip.chunks_exact(row_bytes) {
            let (first, rest) = row.split_at_checked(channels).unwrap_or_default();
            differences.clear();
            differences.extend_from_slice(first);
            differences.extend(rest.iter().zip(row).map(|(level, before)| level.wrapping_sub(*before)));
            deflater.write_all(&differences)?;
        }
        file = deflater.finish()?;
        // The whole file is shorter than 4 GiB.
        places.push([start, file.len() - start].map(|place| place as u32));
    }
    Ok((file, places))
}

fn fields<'a>(picture: &'a Picture, rows_a_strip: usize, places: &[[u32; 2]]) -> Vec<Field<'a>> {
    let (Dimensions { width, height }, layout) = (picture.dimensions(), picture.layout());
    let channels = layout.channels();
    let photometric = if layout == PixelLayout::Gray { BLACK_IS_ZERO } else { RGB };
    let (starts, lengths): (Vec<_>, Vec<_>) = places.iter().map(|[start, bytes]| (*start, *bytes)).unzip();
    let mut fields = vec![
        Field::longs(tag::WIDTH, &[width]),
        Field::longs(tag::HEIGHT, &[height]),
        Field::shorts(tag::BITS, &vec![8; channels]),
        Field::shorts(tag::COMPRESSION, &[DEFLATED]),
        Field::shorts(tag::PHOTOMETRIC, &[photometric]),
        Field::longs(tag::STRIP_OFFSETS, &starts),
        Field::shorts(tag::SAMPLES, &[channels as u16]),
        Field::longs(tag::ROWS_PER_STRIP, &[rows_a_strip as u32]),
        Field::longs(tag::STRIP_BYTES, &lengths),
        Field::resolution(tag::RESOLUTION_ACROSS),
        Field::resolution(tag::RESOLUTION_DOWN),
        Field::shorts(tag::PLANAR, &[INTERLEAVED]),
        Field::shorts(tag::RESOLUTION_UNIT, &[INCHES]),
        Field::shorts(tag::PREDICTOR, &[DIFFERENCES]),
    ];
    if layout.has_alpha() {
        fields.push(Field::shorts(tag::EXTRA, &[UNASSOCIATED_ALPHA]));
    }
    if let Some(profile) = picture.colours().icc(layout) {
        fields.push(Field { tag: tag::PROFILE, kind: UNDEFINED, bytes: profile.into() });
    }
    fields
}

impl Field<'_> {
    fn shorts(tag: u16, values: &[u16]) -> Self {
        Self { tag, kind: SHORT, bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>().into() }
    }

    fn longs(tag: u16, values: &[u32]) -> Self {
        Self { tag, kind: LONG, bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>().into() }
    }

    fn resolution(tag: u16) -> Self {
        Self { kind: RATIONAL, ..Self::longs(tag, &[PIXELS_AN_INCH, 1]) }
    }

    fn text(tag: u16, text: &str) -> Self {
        Self { tag, kind: TEXT, bytes: [text.as_bytes(), &[0]].concat().into() }
    }
}

/// Behind the strips come the values that do not fit into the directory, each on an even place, and the directory.
fn with_directory(mut file: Vec<u8>, fields: Vec<Field<'_>>) -> Vec<u8> {
    let mut entries = (fields.len() as u16).to_le_bytes().to_vec();
    for Field { tag, kind: (code, value_bytes), bytes } in fields {
        entries.extend([tag, code].map(u16::to_le_bytes).as_flattened());
        entries.extend(((bytes.len() / value_bytes) as u32).to_le_bytes());
        if bytes.len() <= 4 {
            entries.extend(bytes.iter().copied().chain([0; 4]).take(4));
        } else {
            file.resize(file.len().next_multiple_of(2), 0);
            entries.extend((file.len() as u32).to_le_bytes());
            file.extend_from_slice(&bytes);
        }
    }
    file.resize(file.len().next_multiple_of(2), 0);
    let place = (file.len() as u32).to_le_bytes();
    file.extend(entries);
    // No other directory follows.
    file.extend([0; 4]);
    if let Some(first) = file.get_mut(4..8) {
        first.copy_from_slice(&place);
    }
    file
}

fn row_bytes(picture: &Picture) -> usize {
    picture.dimensions().width as usize * picture.layout().channels()
}

/// Pixels that cannot be deflated grow by some bytes a strip, and a row may be a strip of its own.
fn most_bytes(dimensions: Dimensions, layout: PixelLayout) -> u64 {
    let pixels = dimensions.pixels() * layout.channels() as u64;
    pixels + pixels / 256 + u64::from(dimensions.height) * 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::{Channels, ColourSpace};
    use crate::notice::Blocks;
    use crate::tiff::Tiff;
    use crate::{Codec as _, Encoder as _, Limits};

    /// Levels in no order, more than one strip of them.
    fn noise(layout: PixelLayout) -> Picture {
        let dimensions = Dimensions::new(701, 503);
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let bytes = dimensions.pixels() as usize * layout.channels();
        Picture::new(dimensions, layout, (0..bytes).map(|_| next()).collect()).unwrap()
    }

    #[test]
    fn what_another_library_reads_is_what_was_written() {
        for layout in [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba] {
            let picture = noise(layout);
            let file = encode(&picture, 6, &Notice::default()).unwrap();
            let read = image::load_from_memory_with_format(&file, image::ImageFormat::Tiff).unwrap();
            let read = match layout {
                PixelLayout::Gray => read.as_luma8().unwrap().as_raw().as_slice(),
                PixelLayout::Rgb => read.as_rgb8().unwrap().as_raw(),
                PixelLayout::Rgba => read.as_rgba8().unwrap().as_raw(),
            };
            assert!(read == picture.pixels(), "{layout:?}");
            assert_eq!(Tiff::new(Limits::default()).decode(&file, None), Ok(picture));
        }
    }

    #[test]
    fn what_cannot_be_deflated_grows_no_more_than_is_said() {
        for layout in [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba] {
            for level in 0..=9 {
                let picture = noise(layout);
                let file = encode(&picture, level, &Notice::default()).unwrap();
                let (most, said) =
                    (most_bytes(picture.dimensions(), layout), working_bytes(picture.dimensions(), layout));
                assert!(file.len() as u64 <= most && file.capacity() as u64 * 3 / 2 <= said, "{layout:?} {level}");
            }
        }
    }

    #[test]
    fn a_file_says_whose_it_is_and_what_its_colours_are() {
        let block = exif::block(Some("Zoë"), Some("© 2024 Zoë"));
        let notice = Notice::read(&Blocks { exif: Some(block.into()), ..Blocks::default() });
        let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
        let colours = ColourSpace::from_icc(&profile, Channels::Rgb).unwrap();
        let tiff = Tiff::new(Limits::default());
        assert!(tiff.carries_profile(PixelLayout::Rgb));
        for (layout, is_kept) in [(PixelLayout::Gray, false), (PixelLayout::Rgb, true), (PixelLayout::Rgba, true)] {
            let file = encode(&noise(layout).in_colours(colours.clone()), 1, &notice).unwrap();
            assert_eq!(tiff.notice(&file), notice);
            let kept = if is_kept { colours.clone() } else { ColourSpace::default() };
            assert_eq!(tiff.decode(&file, None).unwrap().colours(), &kept, "{layout:?}");
        }
    }
}
