//! Encoding by libjpeg: the one owner of a compress object, and the bytes out of it.

use std::{mem, ptr};

use mozjpeg_sys as c;

use super::error::{self, ErrorManager};
use crate::{ChromaSampling, CodecError, Coding, Dimensions, Format, Picture, PixelLayout};

/// Rows handed over in one call: those of one row of 4:2:0 blocks.
const ROWS: usize = 16;

/// mozjpeg's default quantization tables (number 3, by N. Robidoux); number 0 is those of ITU-T T.81, annex K.
const PHOTO_TABLES: i32 = 3;
const STANDARD_TABLES: i32 = 0;

/// From this quality up the standard tables give the smaller files.
const MIN_STANDARD_QUALITY: u8 = 92;

/// Below this quality a number gives less with mozjpeg's tables than with libjpeg's.
const MIN_EQUAL_QUALITY: u8 = 75;

/// The tables, and their quality, that give the SSIMULACRA2 that libjpeg gives at `quality`.
///
/// For 5 photos at 400 and 800 pixels and qualities of 40 to 90: the same on average and at worst 3 points less; at
/// equal score 0 to 8 % fewer bytes, 5 % on average, in the same time (docs/formats.md has the figures).
fn tables(quality: u8) -> (i32, u8) {
    if quality >= MIN_STANDARD_QUALITY {
        return (STANDARD_TABLES, quality);
    }
    (PHOTO_TABLES, photo_tables_quality(quality))
}

/// The quality that mozjpeg's tables are scaled by for one of ours.
pub(super) fn photo_tables_quality(quality: u8) -> u8 {
    quality + MIN_EQUAL_QUALITY.saturating_sub(quality) / 8
}

/// What libjpeg holds: all coefficients, for it counts symbols before it writes them, some rows, and the bytes written
/// in a vector that grows by doubling.
pub(super) fn working_bytes(dimensions: Dimensions, layout: PixelLayout, coding: &Coding) -> u64 {
    const LIBRARY_BYTES: u64 = 1024 * 1024;
    let rows = u64::from(dimensions.width) * 128;
    let sample_bytes = if coding.chroma == Some(ChromaSampling::Whole) { 5 } else { 3 };
    // What a search starts from, and what it comes to.
    let sample_bytes = if coding.effort >= SEARCHING { sample_bytes + 3 } else { sample_bytes };
    dimensions.pixels() * layout.channels() as u64 * sample_bytes + rows + LIBRARY_BYTES
}

/// From this effort on, mozjpeg searches for the coefficients that cost the fewest bits for what they show: 6 to 10 % fewer
/// bytes for several times the CPU.
pub(super) const SEARCHING: u8 = 1;

/// Encodes a gray or RGB picture at a quality of libjpeg's.
pub(super) fn compress(picture: &Picture, coding: &Coding) -> Result<Vec<u8>, CodecError> {
    let space = match picture.layout() {
        PixelLayout::Gray => c::JCS_GRAYSCALE,
        PixelLayout::Rgb => c::JCS_RGB,
        PixelLayout::Rgba => {
            return Err(CodecError::encode(Format::Jpeg, "expected an opaque picture, got transparency"));
        }
    };
    let mut compressor = Compressor::new();
    error::catch(|| compressor.run(picture, space, coding)).map_err(error::Complaint::while_encoding)
}

/// A compress object and all that it points to, at fixed addresses, destroyed on every path.
struct Compressor {
    state: *mut State,
}

struct State {
    info: c::jpeg_compress_struct,
    errors: ErrorManager,
    destination: Destination,
}

#[repr(C)]
struct Destination {
    /// The first field, so that libjpeg's pointer to it is a pointer to the whole.
    base: c::jpeg_destination_mgr,
    bytes: Vec<u8>,
}

impl Compressor {
    fn new() -> Self {
        let base = c::jpeg_destination_mgr {
            next_output_byte: ptr::null_mut(),
            free_in_buffer: 0,
            init_destination: Some(start),
            empty_output_buffer: Some(grow),
            term_destination: Some(finish),
        };
        // SAFETY: the struct consists of integers, raw pointers and enums that have a variant of value zero.
        let info = unsafe { mem::zeroed() };
        let destination = Destination { base, bytes: Vec::new() };
        let state = Box::into_raw(Box::new(State { info, errors: ErrorManager::new(u32::MAX), destination }));
        // SAFETY: the pointer is fresh from the box; only a field is written.
        unsafe { (*state).info.common.err = (&raw mut (*state).errors).cast() };
        Self { state }
    }

    /// Must run inside of [`error::catch`], once.
    fn run(&mut self, picture: &Picture, space: c::J_COLOR_SPACE, coding: &Coding) -> Vec<u8> {
        // SAFETY: `state` is live until drop, and nothing else refers to it but libjpeg itself, through the pointers
        // set here. The object is used in the order that libjpeg.txt prescribes, and after an error only destroyed.
        unsafe {
            let info = &mut (*self.state).info;
            c::jpeg_create_compress(info);
            info.dest = (&raw mut (*self.state).destination).cast();
            info.image_width = picture.dimensions().width;
            info.image_height = picture.dimensions().height;
            info.input_components = picture.layout().channels() as i32;
            info.in_color_space = space;
            // Else mozjpeg writes progressive scans and searches its coefficients, for several times the CPU.
            c::jpeg_c_set_int_param(info, c::JINT_COMPRESS_PROFILE, c::JCP_FASTEST as i32);
            c::jpeg_set_defaults(info);
            info.optimize_coding = 1;
            if coding.effort >= SEARCHING {
                c::jpeg_c_set_bool_param(info, c::JBOOLEAN_TRELLIS_QUANT, 1);
                c::jpeg_c_set_bool_param(info, c::JBOOLEAN_TRELLIS_QUANT_DC, 1);
            }
            let (tables, quality) = tables(coding.quality_number());
            c::jpeg_c_set_int_param(info, c::JINT_BASE_QUANT_TBL_IDX, tables);
            c::jpeg_set_quality(info, quality.into(), 1);
            if coding.chroma == Some(ChromaSampling::Whole)
                && let Some(luma) = info.comp_info.as_mut()
            {
                // Against one sample of the others.
                (luma.h_samp_factor, luma.v_samp_factor) = (1, 1);
            }
            if coding.is_progressive {
                c::jpeg_simple_progression(info);
            }
            c::jpeg_start_compress(info, 1);
            write_rows(info, picture);
            c::jpeg_finish_compress(info);
            mem::take(&mut (*self.state).destination.bytes)
        }
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: `state` came from a box in `new` and is freed only here. Destroying is allowed in every state, for
        // an object that was never created (all zero) too, and calls no error handler.
        unsafe {
            c::jpeg_destroy_compress(&mut (*self.state).info);
            drop(Box::from_raw(self.state));
        }
    }
}

/// # Safety
/// `info` must be started for a picture of these dimensions and this layout, with no row written.
unsafe fn write_rows(info: &mut c::jpeg_compress_struct, picture: &Picture) {
    let row_bytes = picture.dimensions().width as usize * picture.layout().channels();
    for rows in picture.pixels().chunks(row_bytes * ROWS) {
        let mut pointers: [*const u8; ROWS] = [ptr::null(); ROWS];
        let mut count = 0;
        for (pointer, row) in pointers.iter_mut().zip(rows.chunks_exact(row_bytes)) {
            *pointer = row.as_ptr();
            count += 1;
        }
        // SAFETY: the first `count` pointers are of whole rows. Our destination never suspends, so all are taken.
        unsafe { c::jpeg_write_scanlines(info, pointers.as_ptr(), count) };
    }
}

/// First length of the output in bytes; it doubles when full.
const FIRST_BYTES: usize = 32 * 1024;

unsafe extern "C-unwind" fn start(info: &mut c::jpeg_compress_struct) {
    // SAFETY: `dest` is our live `Destination`, of which the struct that libjpeg knows is the first field.
    let destination = unsafe { &mut *info.dest.cast::<Destination>() };
    destination.bytes.clear();
    destination.extend(FIRST_BYTES);
}

/// Called when the buffer is full: `free_in_buffer` has no meaning then.
unsafe extern "C-unwind" fn grow(info: &mut c::jpeg_compress_struct) -> c::boolean {
    // SAFETY: as in `start`.
    let destination = unsafe { &mut *info.dest.cast::<Destination>() };
    destination.extend(destination.bytes.len());
    1
}

unsafe extern "C-unwind" fn finish(info: &mut c::jpeg_compress_struct) {
    // SAFETY: as in `start`.
    let destination = unsafe { &mut *info.dest.cast::<Destination>() };
    let written = destination.bytes.len().saturating_sub(destination.base.free_in_buffer);
    destination.bytes.truncate(written);
}

impl Destination {
    /// Gives libjpeg `more` bytes behind those that are full.
    fn extend(&mut self, more: usize) {
        let full = self.bytes.len();
        self.bytes.resize(full + more, 0);
        let free = self.bytes.get_mut(full..).unwrap_or_default();
        self.base.next_output_byte = free.as_mut_ptr();
        self.base.free_in_buffer = free.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dimensions;

    fn at(quality: u8) -> Coding {
        Coding::new(Some(crate::Quality::new(quality)), 0)
    }

    fn picture(width: u32, height: u32, layout: PixelLayout) -> Picture {
        let bytes = width as usize * height as usize * layout.channels();
        let pixels = (0..bytes).map(|index| (index * index / 7 % 251) as u8).collect();
        Picture::new(Dimensions::new(width, height), layout, pixels).unwrap()
    }

    #[test]
    fn the_output_is_one_baseline_scan_behind_a_jfif_header() {
        for (layout, components) in [(PixelLayout::Gray, 1), (PixelLayout::Rgb, 3)] {
            let bytes = compress(&picture(33, 17, layout), &at(75)).unwrap();
            assert!(bytes.starts_with(b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"));
            assert!(bytes.ends_with(b"\xff\xd9"));
            let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
            assert_eq!(bytes[frame + 4..frame + 10], [8, 0, 17, 0, 33, components]);
            // 4:2:0: two by two samples of the first component to one of the others.
            assert_eq!(bytes[frame + 11], if components == 3 { 0x22 } else { 0x11 });
            assert_eq!(bytes.windows(2).filter(|pair| *pair == [0xff, 0xda]).count(), 1);
        }
    }

    #[test]
    fn an_output_longer_than_the_first_buffer_is_whole() {
        let bytes = compress(&picture(640, 480, PixelLayout::Rgb), &at(100)).unwrap();
        assert!(bytes.len() > 4 * FIRST_BYTES, "{}", bytes.len());
        assert!(bytes.ends_with(b"\xff\xd9"));
    }

    #[test]
    fn a_progressive_file_has_several_scans_and_the_same_coefficients() {
        let picture = picture(64, 48, PixelLayout::Rgb);
        let [plain, progressive] =
            [false, true].map(|is_progressive| compress(&picture, &Coding { is_progressive, ..at(75) }).unwrap());
        let scans = |bytes: &[u8]| bytes.windows(2).filter(|pair| *pair == [0xff, 0xda]).count();
        assert!(progressive.windows(2).any(|pair| pair == [0xff, 0xc2]) && scans(&progressive) > 3);
        let pixels = |file: &[u8]| {
            crate::Codecs::new(&crate::CodecSettings::default())
                .decode(Format::Jpeg, file, &crate::DecodeOptions::default())
                .unwrap()
        };
        assert_eq!((scans(&plain), pixels(&progressive)), (1, pixels(&plain)));
    }

    #[test]
    fn whole_chroma_has_as_many_samples_as_pixels() {
        let whole = Coding { chroma: Some(ChromaSampling::Whole), ..at(75) };
        let [rgb, gray] = [PixelLayout::Rgb, PixelLayout::Gray].map(|layout| picture(33, 17, layout));
        let bytes = compress(&rgb, &whole).unwrap();
        let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        assert_eq!([11, 14, 17].map(|at| bytes[frame + at]), [0x11; 3]);
        assert_eq!(compress(&gray, &whole), compress(&gray, &at(75)));
        let quarter = Coding { chroma: Some(ChromaSampling::Quarter), ..at(75) };
        assert_eq!(compress(&rgb, &quarter), compress(&rgb, &at(75)));
    }

    #[test]
    fn a_search_saves_bytes() {
        let picture = picture(200, 160, PixelLayout::Rgb);
        let bytes = |effort| compress(&picture, &Coding { effort, ..at(75) }).unwrap().len();
        assert!(bytes(SEARCHING) < bytes(0), "{} {}", bytes(SEARCHING), bytes(0));
    }

    #[test]
    fn transparency_is_an_error() {
        let expected = CodecError::encode(Format::Jpeg, "expected an opaque picture, got transparency");
        assert_eq!(compress(&picture(2, 2, PixelLayout::Rgba), &at(75)), Err(expected));
    }

    #[test]
    fn each_quality_gives_at_least_the_bytes_of_the_one_below() {
        let picture = picture(64, 48, PixelLayout::Rgb);
        let lengths: Vec<_> = (1..=100).map(|quality| compress(&picture, &at(quality)).unwrap().len()).collect();
        assert!(lengths.windows(10).all(|ten| ten.first() < ten.last()), "{lengths:?}");
        assert_eq!([1, 75, 91, 92, 100].map(tables), [(3, 10), (3, 75), (3, 91), (0, 92), (0, 100)]);
    }
}
