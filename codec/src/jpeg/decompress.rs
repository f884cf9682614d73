//! Decoding by libjpeg: the one owner of a decompress object, and the pixels out of it.

use std::ffi::c_ulong;
use std::{mem, ptr};

use mozjpeg_sys as c;

use super::error::{self, ErrorManager};
use super::header::Preamble;
use super::part::{Meaning, Part};
use super::profile;
use super::scale::Scale;
use crate::colour::flatten_inks;
use crate::{CodecError, Picture, PixelLayout};
use crate::{Dimensions, Format};

/// libjpeg gives at most this many rows in one call (`rec_outbuf_height`).
const ROWS: usize = 4;

/// Decodes the whole original at `scale`. Asks `is_abandoned` once for every few rows.
pub(super) fn decompress(
    original: &[u8],
    preamble: &Preamble,
    scale: Scale,
    max_scans: u32,
    is_abandoned: &dyn Fn() -> bool,
) -> Result<Picture, CodecError> {
    let mut decompressor = Decompressor::new(max_scans);
    let decoded = error::catch(|| decompressor.run(original, preamble, scale, None, is_abandoned));
    let Decoded { dimensions, colour, mut pixels } = decoded.map_err(error::Complaint::while_decoding)??;
    if colour == Colour::Cmyk {
        // Adobe writes inks inverted: 255 is none. All browsers take the marker for granted, and so do writers.
        flatten_inks(&mut pixels, true, profile::read(original).as_deref());
    }
    let picture = Picture::new(dimensions, colour.layout(), pixels)
        .ok_or_else(|| CodecError::malformed(Format::Jpeg, "the pixels do not fill the picture"))?;
    Ok(picture.reduced_from(preamble.frame.dimensions, scale.denominator()))
}

/// Decodes a stream whose components have a meaning of their own, at its full size.
pub(super) fn decompress_part(
    stream: &[u8],
    preamble: &Preamble,
    meaning: Meaning,
    max_scans: u32,
) -> Result<Part, CodecError> {
    let mut decompressor = Decompressor::new(max_scans);
    let decoded = error::catch(|| decompressor.run(stream, preamble, Scale::Full, Some(meaning), &|| false));
    let Decoded { dimensions, colour, pixels } = decoded.map_err(error::Complaint::while_decoding)??;
    Ok(Part { dimensions, channels: colour.channels(), pixels })
}

struct Decoded {
    dimensions: Dimensions,
    colour: Colour,
    pixels: Vec<u8>,
}

/// What we ask libjpeg for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Colour {
    Gray,
    Rgb,
    Cmyk,
}

impl Colour {
    fn of(stored: c::J_COLOR_SPACE) -> Option<Self> {
        match stored {
            c::JCS_GRAYSCALE => Some(Self::Gray),
            c::JCS_YCbCr | c::JCS_RGB => Some(Self::Rgb),
            c::JCS_CMYK | c::JCS_YCCK => Some(Self::Cmyk),
            _ => None,
        }
    }

    fn space(self) -> c::J_COLOR_SPACE {
        match self {
            Self::Gray => c::JCS_GRAYSCALE,
            Self::Rgb => c::JCS_RGB,
            Self::Cmyk => c::JCS_CMYK,
        }
    }

    fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }

    fn layout(self) -> PixelLayout {
        match self {
            Self::Gray => PixelLayout::Gray,
            Self::Rgb | Self::Cmyk => PixelLayout::Rgb,
        }
    }
}

/// A decompress object and the error manager that it points to, at fixed addresses, destroyed on every path.
struct Decompressor {
    state: *mut State,
}

struct State {
    info: c::jpeg_decompress_struct,
    errors: ErrorManager,
}

impl Decompressor {
    fn new(max_scans: u32) -> Self {
        // SAFETY: the struct consists of integers, raw pointers and enums that have a variant of value zero.
        let info = unsafe { mem::zeroed() };
        let state = Box::into_raw(Box::new(State { info, errors: ErrorManager::new(max_scans) }));
        // SAFETY: the pointer is fresh from the box; only a field is written.
        unsafe { (*state).info.common.err = (&raw mut (*state).errors).cast() };
        Self { state }
    }

    /// Must run inside of [`error::catch`], once.
    fn run(
        &mut self,
        original: &[u8],
        preamble: &Preamble,
        scale: Scale,
        meaning: Option<Meaning>,
        is_abandoned: &dyn Fn() -> bool,
    ) -> Result<Decoded, CodecError> {
        // SAFETY: `state` is live until drop, and nothing else refers to it but libjpeg itself, through the pointers
        // set here. The object is used in the order that libjpeg.txt prescribes, and after an error only destroyed.
        // `original` outlives the call, and libjpeg reads no byte of it after.
        unsafe {
            let info = &mut (*self.state).info;
            c::jpeg_create_decompress(info);
            c::jpeg_mem_src(info, original.as_ptr(), original.len() as c_ulong);
            c::jpeg_read_header(info, 1);
            if Dimensions::new(info.image_width, info.image_height) != preamble.frame.dimensions {
                return Err(CodecError::malformed(Format::Jpeg, "two frame headers that disagree"));
            }
            match (meaning, info.num_components) {
                (Some(Meaning::YCbCr), 3) => info.jpeg_color_space = c::JCS_YCbCr,
                (Some(_), 1) => info.jpeg_color_space = c::JCS_GRAYSCALE,
                (Some(_), 3) => info.jpeg_color_space = c::JCS_RGB,
                (Some(_), 4) => info.jpeg_color_space = c::JCS_CMYK,
                _ => {}
            }
            let Some(colour) = Colour::of(info.jpeg_color_space) else {
                return Err(CodecError::unsupported(Format::Jpeg, "an unknown colour space"));
            };
            info.out_color_space = colour.space();
            info.scale_num = 1;
            info.scale_denom = scale.denominator();
            // In one scan of Huffman codes libjpeg notices each missing bit by itself.
            let is_exact = c::jpeg_has_multiple_scans(info) == 0 && !preamble.frame.is_arithmetic;
            (*self.state).errors.forgives_missing_end = is_exact;
            c::jpeg_start_decompress(info);
            let dimensions = Dimensions::new(info.output_width, info.output_height);
            let pixels = read_pixels(info, dimensions, colour, is_abandoned)?;
            // Not `jpeg_finish_decompress`: what follows the last pixel is nobody's business.
            Ok(Decoded { dimensions, colour, pixels })
        }
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: `state` came from a box in `new` and is freed only here. Destroying is allowed in every state, for
        // an object that was never created (all zero) too, and calls no error handler.
        unsafe {
            c::jpeg_destroy_decompress(&mut (*self.state).info);
            drop(Box::from_raw(self.state));
        }
    }
}

/// # Safety
/// `info` must be between `jpeg_start_decompress` and the last row.
unsafe fn read_pixels(
    info: &mut c::jpeg_decompress_struct,
    dimensions: Dimensions,
    colour: Colour,
    is_abandoned: &dyn Fn() -> bool,
) -> Result<Vec<u8>, CodecError> {
    let bytes = dimensions.pixels().checked_mul(colour.channels() as u64);
    let Some(bytes) = bytes.and_then(|bytes| isize::try_from(bytes).ok()) else {
        return Err(CodecError::unsupported(Format::Jpeg, format!("{dimensions} pixels on this machine")));
    };
    // Fresh pages come zeroed from the system, so this does not write the memory twice.
    let mut pixels = vec![0; bytes.unsigned_abs()];
    let mut rows = pixels.chunks_exact_mut(dimensions.width as usize * colour.channels());
    let mut pending: [*mut u8; ROWS] = [ptr::null_mut(); ROWS];
    let mut count = 0;
    while info.output_scanline < info.output_height {
        if is_abandoned() {
            return Err(CodecError::Abandoned);
        }
        for (pointer, row) in pending.iter_mut().skip(count).zip(&mut rows) {
            *pointer = row.as_mut_ptr();
            count += 1;
        }
        // SAFETY: the first `count` pointers are of rows that are whole, distinct and not yet written.
        let read = unsafe { c::jpeg_read_scanlines(info, pending.as_mut_ptr(), count as u32) } as usize;
        if read == 0 || read > count {
            return Err(CodecError::malformed(Format::Jpeg, "data ends early"));
        }
        pending.rotate_left(read);
        count -= read;
    }
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::panic;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::super::header;
    use super::super::samples::Sample;
    use super::*;
    use crate::Limits;

    /// 16x8 pixels of `x * 12 + y * 4`, gray, made by `jpegtran -arithmetic`.
    const ARITHMETIC: &[u8] =
        b"\xff\xd8\xff\xdb\x00\x43\x00\x08\x06\x06\x07\x06\x05\x08\x07\x07\x07\x09\x09\x08\x0a\x0c\x14\x0d\
        \x0c\x0b\x0b\x0c\x19\x12\x13\x0f\x14\x1d\x1a\x1f\x1e\x1d\x1a\x1c\x1c\x20\x24\x2e\x27\x20\x22\x2c\
        \x23\x1c\x1c\x28\x37\x29\x2c\x30\x31\x34\x34\x34\x1f\x27\x39\x3d\x38\x32\x3c\x2e\x33\x34\x32\xff\
        \xc9\x00\x0b\x08\x00\x08\x00\x10\x01\x01\x11\x00\xff\xcc\x00\x06\x00\x10\x10\x05\xff\xda\x00\x08\
        \x01\x01\x00\x00\x3f\x00\xff\x00\xb2\xf1\x2f\xda\xb8\x27\x65\xe6\x50\xeb\x64\x48\xff\xd9";

    fn decode(bytes: &[u8], scale: Scale) -> Result<Picture, CodecError> {
        decompress(bytes, &header::read(&mut Cursor::new(bytes), &Limits::default())?, scale, 100, &|| false)
    }

    fn assert_all_near(picture: &Picture, expected: &[u8]) {
        for pixel in picture.pixels().chunks_exact(expected.len()) {
            let is_near = pixel.iter().zip(expected).all(|(got, wanted)| got.abs_diff(*wanted) <= 3);
            assert!(is_near, "expected about {expected:?}, got {pixel:?}");
        }
    }

    #[test]
    fn gray_stays_one_channel() {
        let picture = decode(&Sample::plain(c::JCS_GRAYSCALE, &[90]).encode(), Scale::Full).unwrap();
        assert_eq!((picture.layout(), picture.dimensions()), (PixelLayout::Gray, Dimensions::new(37, 21)));
        assert_all_near(&picture, &[90]);
    }

    #[test]
    fn the_stored_colour_space_does_not_matter() {
        for stored in [c::JCS_YCbCr, c::JCS_RGB] {
            let sample = Sample { stored, ..Sample::plain(c::JCS_RGB, &[200, 100, 50]) };
            assert_all_near(&decode(&sample.encode(), Scale::Full).unwrap(), &[200, 100, 50]);
        }
    }

    #[test]
    fn inks_become_light_as_adobe_writes_them_with_its_marker_and_without() {
        let adobe = Sample::plain(c::JCS_CMYK, &[200, 100, 51, 128]);
        let plain = Sample { has_adobe_marker: false, ..Sample::plain(c::JCS_CMYK, &[200, 100, 51, 128]) };
        let ycck = Sample { stored: c::JCS_YCCK, ..Sample::plain(c::JCS_CMYK, &[200, 100, 51, 128]) };
        for sample in [adobe, plain, ycck] {
            let picture = decode(&sample.encode(), Scale::Full).unwrap();
            assert_eq!((picture.layout(), picture.dimensions()), (PixelLayout::Rgb, Dimensions::new(37, 21)));
            assert_all_near(&picture, &[100, 50, 26]);
        }
    }

    #[test]
    fn a_progressive_file_is_the_same_picture() {
        let baseline = Sample::scene();
        let progressive = Sample { is_progressive: true, ..Sample::scene() };
        for scale in [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth] {
            let expected = decode(&baseline.encode(), scale).unwrap();
            assert_eq!(expected.dimensions(), scale.applied_to(Dimensions::new(37, 21)));
            assert_eq!(decode(&progressive.encode(), scale), Ok(expected));
        }
    }

    #[test]
    fn an_arithmetic_coded_file_is_read_whole_or_not_at_all() {
        let picture = decode(ARITHMETIC, Scale::Full).unwrap();
        for (index, pixel) in picture.pixels().iter().enumerate() {
            assert!(pixel.abs_diff((index % 16 * 12 + index / 16 * 4) as u8) <= 4, "{index}: {pixel}");
        }
        let early = CodecError::malformed(Format::Jpeg, "data ends early");
        for length in 0..ARITHMETIC.len() - 2 {
            assert_eq!(decode(&ARITHMETIC[..length], Scale::Full), Err(early.clone()), "{length}");
        }
    }

    #[test]
    fn a_scan_bomb_is_refused() {
        let bytes = Sample { is_progressive: true, ..Sample::scene() }.encode();
        let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
        let end = scan + 2 + bytes[scan + 2..].windows(2).position(|pair| pair[0] == 0xff && pair[1] > 0xbf).unwrap();
        let bomb = [&bytes[..scan], &bytes[scan..end].repeat(300), b"\xff\xd9"].concat();
        assert_eq!(
            decode(&bomb, Scale::Full),
            Err(CodecError::OverLimit { what: "scans", limit: 100, got: "more".into() })
        );
    }

    #[test]
    fn every_early_end_is_an_error() {
        for is_progressive in [false, true] {
            let bytes = Sample { is_progressive, ..Sample::scene() }.encode();
            for length in 0..bytes.len() - 2 {
                let expected = Err(CodecError::malformed(Format::Jpeg, "data ends early"));
                assert_eq!(decode(&bytes[..length], Scale::Full), expected, "{length} of {}", bytes.len());
            }
        }
    }

    #[test]
    fn an_early_end_is_noticed_with_restart_markers_too() {
        let bytes = Sample { restart_interval: 1, ..Sample::scene() }.encode();
        for length in 0..bytes.len() - 2 {
            assert!(decode(&bytes[..length], Scale::Full).is_err(), "{length} of {}", bytes.len());
        }
    }

    #[test]
    fn the_end_marker_alone_is_not_missed() {
        let bytes = Sample::scene().encode();
        assert_eq!(decode(&bytes[..bytes.len() - 2], Scale::Full), decode(&bytes, Scale::Full));
    }

    #[test]
    fn broken_data_is_told_in_the_words_of_the_library() {
        let bytes = Sample::scene().encode();
        let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
        // No Huffman code consists of ones only; in a scan, 0xff is written with a zero behind it.
        let scribbled = [&bytes[..scan + 14], &b"\xff\0".repeat(40), b"\xff\xd9"].concat();
        let told = |reason: &str| Err(CodecError::malformed(Format::Jpeg, reason));
        assert_eq!(decode(&scribbled, Scale::Full), told("corrupt JPEG data: bad Huffman code"));
        let mut tableless = bytes;
        let table = tableless.windows(2).position(|pair| pair == [0xff, 0xdb]).unwrap();
        tableless[table + 1] = 0xfe;
        assert_eq!(decode(&tableless, Scale::Full), told("quantization table 0x00 was not defined"));
    }

    #[test]
    fn an_error_runs_no_panic_hook() {
        let (calls, this) = (Arc::new(AtomicUsize::new(0)), thread::current().id());
        let (counter, previous) = (Arc::clone(&calls), Arc::new(panic::take_hook()));
        let others = Arc::clone(&previous);
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() == this {
                counter.fetch_add(1, Ordering::Relaxed);
            } else {
                others(info);
            }
        }));
        let result = decode(b"\xff\xd8\xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0\xff\xda\0\x03\x01", Scale::Full);
        panic::set_hook(Box::new(move |info| previous(info)));
        assert!(result.is_err());
        assert_eq!(calls.load(Ordering::Relaxed), 0);
    }
}
