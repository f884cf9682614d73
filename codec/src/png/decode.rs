//! PNG to pixels: every colour type, depth and interlacing, as 8 bits a channel.

use std::io::{BufRead, Cursor, ErrorKind, Seek};

use ::png::{BitDepth, ColorType, Decoder, DecodingError, Info, InterlaceInfo, Reader, Transformations};

use super::attended::{ABANDONED, Attended};
use super::{colour, header};
use crate::broken::missing_pixels;
use crate::colour::Narrowing;
use crate::{
    BrokenOriginals, CodecError, ColourRule, ColourSpace, DecodeOptions, Excerpt, Limits, Picture, PixelLayout,
};
use crate::{Dimensions, Format};

/// What the library may allocate beside the pixels: rows and ancillary chunks.
const MAX_SIDE_BYTES: usize = 64 * 1024 * 1024;

/// Samples that are narrowed in one go.
const PIECE_SAMPLES: usize = 12 * 1024;

/// Decodes the default image; of an animation, the one that a viewer without animation shows. Of an excerpt only its own rows
/// and columns, where they can be had without others. Where a broken original is to be shown, as many rows as there are.
pub(super) fn decode(
    original: &[u8],
    limits: &Limits,
    rule: ColourRule,
    options: &DecodeOptions<'_>,
) -> Result<Picture, CodecError> {
    let DecodeOptions { excerpt, broken, is_abandoned, .. } = *options;
    let chunks = header::walk(&mut Cursor::new(original), limits)?;
    let attended = Attended { original: Cursor::new(original), is_abandoned };
    decode_alone(attended, chunks.profile(original), limits, rule, (excerpt, broken), &mut None)
}

/// Decodes a file whose profile stands elsewhere. Its colours are told, or were by a file before.
pub(super) fn decode_alone(
    file: impl BufRead + Seek,
    profile: Option<&[u8]>,
    limits: &Limits,
    rule: ColourRule,
    (excerpt, broken): (Option<Excerpt>, BrokenOriginals),
    known: &mut Option<ColourSpace>,
) -> Result<Picture, CodecError> {
    let mut decoder = Decoder::new_with_limits(file, ::png::Limits { bytes: MAX_SIDE_BYTES });
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(failure)?;
    let dimensions = limits.admit(Format::Png, Dimensions::new(header.width, header.height))?;

    let mut reader = decoder.read_info().map_err(failure)?;
    let mut colours = known.get_or_insert_with(|| colour::of(reader.info(), profile)).clone();
    let (color_type, bit_depth) = reader.output_color_type();
    let excerpt = excerpt.map(|excerpt| excerpt.within(dimensions)).filter(|excerpt| excerpt.dimensions.pixels() > 0);
    let excerpt = excerpt.filter(|_| !reader.info().interlaced && broken == BrokenOriginals::Refuse);
    let dimensions = excerpt.map_or(dimensions, |excerpt| excerpt.dimensions);
    let mut rows = 0;
    let (mut samples, read) = match excerpt {
        Some(excerpt) => (part_of(&mut reader, excerpt).map_err(failure)?, Ok(())),
        None => {
            let bytes = reader.output_buffer_size().ok_or_else(|| failure(DecodingError::LimitsExceeded))?;
            let mut samples = unread(bytes, (color_type, bit_depth), broken);
            let read = read_rows(&mut reader, &mut samples, broken, &mut rows).and_then(|()| read_end(&mut reader));
            (samples, read)
        }
    };
    match read.map_err(failure) {
        Err(CodecError::Malformed { .. }) if broken == BrokenOriginals::Show && rows > 0 => {}
        read => read?,
    }
    if let Some(level) = transparent_level(reader.info()) {
        let (pixels, _) = samples.as_chunks_mut();
        pixels.iter_mut().for_each(|[gray, alpha]| *alpha = if *gray == level { 0 } else { u8::MAX });
    }
    if bit_depth == BitDepth::Sixteen {
        samples = narrowed(&samples, color_type.samples(), &mut colours, rule);
    }
    let picture = match color_type {
        ColorType::Grayscale => Picture::new(dimensions, PixelLayout::Gray, samples),
        ColorType::GrayscaleAlpha => without_gray_alpha(dimensions, &samples),
        ColorType::Rgb => Picture::new(dimensions, PixelLayout::Rgb, samples),
        ColorType::Rgba => Picture::new(dimensions, PixelLayout::Rgba, samples).map(Picture::without_idle_alpha),
        ColorType::Indexed => None,
    };
    let picture = picture.ok_or_else(|| CodecError::malformed(Format::Png, "the pixels do not fill the picture"))?;
    let picture = picture.in_colours(colours);
    Ok(match excerpt {
        Some(excerpt) => picture.placed_at(excerpt.left, excerpt.top),
        None => picture,
    })
}

/// Reads the rows down to the last one of an excerpt that lies on the picture, and keeps what is in it.
fn part_of(reader: &mut Reader<impl BufRead + Seek>, excerpt: Excerpt) -> Result<Vec<u8>, DecodingError> {
    let (color_type, bit_depth) = reader.output_color_type();
    let stride = reader.output_line_size(reader.info().width).ok_or(DecodingError::LimitsExceeded)?;
    let pixel_bytes = color_type.samples() * bit_depth as usize / 8;
    let columns = excerpt.left as usize * pixel_bytes..excerpt.right() as usize * pixel_bytes;
    let mut samples = Vec::with_capacity(excerpt.dimensions.height as usize * columns.len());
    let mut row = vec![0; stride];
    for y in 0..excerpt.bottom() {
        reader.read_row(&mut row)?;
        if y >= excerpt.top {
            samples.extend_from_slice(row.get(columns.clone()).unwrap_or_default());
        }
    }
    Ok(samples)
}

/// Reads all pixels, and nothing of what follows them. Counts rows until an error.
fn read_rows(
    reader: &mut Reader<impl BufRead + Seek>,
    samples: &mut [u8],
    broken: BrokenOriginals,
    rows: &mut u32,
) -> Result<(), DecodingError> {
    let (color_type, bit_depth) = reader.output_color_type();
    let stride = reader.output_line_size(reader.info().width).ok_or(DecodingError::LimitsExceeded)?;
    if !reader.info().interlaced {
        for row in samples.chunks_exact_mut(stride) {
            reader.read_row(row)?;
            *rows += 1;
        }
        return Ok(());
    }
    // Two bytes a sample, and four samples a pixel: always fits.
    let bits_per_pixel = (color_type.samples() * bit_depth as usize) as u8;
    // Where later passes may be missing, a pixel stands for those that it is the first of.
    let put = match broken {
        BrokenOriginals::Refuse => ::png::expand_interlaced_row,
        BrokenOriginals::Show => ::png::splat_interlaced_row,
    };
    for _ in 0..interlaced_rows(reader.info()) {
        let Some(row) = reader.next_interlaced_row()? else { break };
        if let InterlaceInfo::Adam7(place) = row.interlace() {
            put(samples, stride, row.data(), place, bits_per_pixel);
        }
        *rows += 1;
    }
    Ok(())
}

/// What samples are before they are read, where they may stay so.
fn unread(bytes: usize, (color_type, bit_depth): (ColorType, BitDepth), broken: BrokenOriginals) -> Vec<u8> {
    let has_alpha = matches!(color_type, ColorType::GrayscaleAlpha | ColorType::Rgba);
    match (broken, bit_depth) {
        // Fresh pages come zeroed from the system, so this does not write the memory twice.
        (BrokenOriginals::Refuse, _) => vec![0; bytes],
        (BrokenOriginals::Show, BitDepth::Sixteen) => {
            let levels = missing_pixels(bytes / 2, has_alpha.then(|| color_type.samples()));
            levels.into_iter().flat_map(|level| [level; 2]).collect()
        }
        (BrokenOriginals::Show, _) => missing_pixels(bytes, has_alpha.then(|| color_type.samples())),
    }
}

/// The rows of all seven passes (third edition, section 8.1).
fn interlaced_rows(info: &Info<'_>) -> u32 {
    const PASSES: [[u32; 3]; 7] = [[0, 0, 8], [4, 0, 8], [0, 4, 8], [2, 0, 4], [0, 2, 4], [1, 0, 2], [0, 1, 2]];
    let rows = |[left, top, down]: [u32; 3]| {
        if info.width > left { info.height.saturating_sub(top).div_ceil(down) } else { 0 }
    };
    PASSES.into_iter().map(rows).sum()
}

/// Reads the end of the pixel data, which may be missing, but not wrong.
fn read_end(reader: &mut Reader<impl BufRead + Seek>) -> Result<(), DecodingError> {
    match reader.next_row() {
        Err(DecodingError::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
        other => other.map(|_| ()),
    }
}

/// The level that is transparent, of gray of less than 8 bits: `tRNS` has 16 of which only so many low ones count as the
/// samples have (third edition, section 11.3.1.1), and the library compares eight.
fn transparent_level(info: &Info<'_>) -> Option<u8> {
    let highest = match info.bit_depth {
        BitDepth::One => 1,
        BitDepth::Two => 3,
        BitDepth::Four => 15,
        BitDepth::Eight | BitDepth::Sixteen => return None,
    };
    let sample = *info.trns.as_ref().filter(|_| info.color_type == ColorType::Grayscale)?.first()?;
    Some((sample & highest) * (u8::MAX / highest))
}

/// Rounds big-endian 16-bit samples to 8 bits, and converts them to sRGB before that, where the rule is so. Dropping the
/// lower byte, as the library would, darkens by half a level.
fn narrowed(samples: &[u8], channels: usize, colours: &mut ColourSpace, rule: ColourRule) -> Vec<u8> {
    let mut narrowing = Narrowing::new(colours, rule, channels);
    let mut levels = Vec::with_capacity(samples.len() / 2);
    let (samples, _) = samples.as_chunks();
    let mut words = Vec::with_capacity(PIECE_SAMPLES);
    for piece in samples.chunks(PIECE_SAMPLES) {
        words.clear();
        words.extend(piece.iter().map(|sample| u16::from_be_bytes(*sample)));
        narrowing.narrow(&words, &mut levels);
    }
    levels
}

/// There is no gray layout with alpha: alpha that says nothing is dropped, else the gray becomes three channels.
fn without_gray_alpha(dimensions: Dimensions, samples: &[u8]) -> Option<Picture> {
    let (pixels, _) = samples.as_chunks();
    if pixels.iter().all(|[_, alpha]| *alpha == u8::MAX) {
        return Picture::new(dimensions, PixelLayout::Gray, pixels.iter().map(|[gray, _]| *gray).collect());
    }
    let pixels = pixels.iter().map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]);
    Picture::new(dimensions, PixelLayout::Rgba, pixels.collect::<Vec<_>>().into_flattened())
}

fn failure(error: DecodingError) -> CodecError {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            CodecError::malformed(Format::Png, "the file ends early")
        }
        DecodingError::IoError(error) if error.kind() == ABANDONED => CodecError::Abandoned,
        DecodingError::LimitsExceeded => {
            CodecError::unsupported(Format::Png, format!("rows or chunks of more than {MAX_SIDE_BYTES} bytes"))
        }
        other => CodecError::malformed(Format::Png, other),
    }
}
