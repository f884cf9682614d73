//! Decoding by libjpeg: the one owner of a decompress object, and the pixels out of it.

use std::ffi::{c_int, c_ulong};
use std::{mem, ptr};

use mozjpeg_sys as c;

use super::error::{self, ErrorManager};
use super::header::Preamble;
use super::profile;
use super::scale::Scale;
use super::window;
use crate::broken::{is_nothing, missing_pixels};
use crate::colour::flatten_inks;
use crate::{BrokenOriginals, CodecError, Excerpt, Picture, PixelLayout};
use crate::{Dimensions, Format};

/// libjpeg gives at most this many rows in one call (`rec_outbuf_height`).
const ROWS: usize = 4;

/// What the components are, whatever the stream says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// They become RGB.
    YCbCr,
    /// They stay what they are.
    AsStored,
}

/// Pixels of 8 bits a component, 1, 3 or 4 of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub dimensions: Dimensions,
    pub channels: usize,
    pub pixels: Vec<u8>,
}

/// What is to be decoded, and how.
pub(super) struct Order<'a> {
    pub original: &'a [u8],
    pub preamble: &'a Preamble,
    pub scale: Scale,
    /// The part of the picture that is wanted, in stored pixels within it; all of it where there is none.
    pub excerpt: Option<Excerpt>,
    pub max_scans: u32,
    /// Whether there may be made-up pixels where the data is broken, and gray where it ends.
    pub broken: BrokenOriginals,
    /// Asked once for every few rows.
    pub is_abandoned: &'a dyn Fn() -> bool,
}

/// Decodes the whole original, or what shows its excerpt: that, and a few columns more.
pub(super) fn decompress(order: &Order<'_>) -> Result<Picture, CodecError> {
    let Decoded { place, colour, mut pixels } = Decompressor::new(order.max_scans).decode(order, None)?;
    if colour == Colour::Cmyk {
        // Adobe writes inks inverted: 255 is none. All browsers take the marker for granted, and so do writers.
        flatten_inks(&mut pixels, true, profile::read(order.original).as_deref());
    }
    let picture = Picture::new(place.dimensions, colour.layout(), pixels)
        .ok_or_else(|| CodecError::malformed(Format::Jpeg, "the pixels do not fill the picture"))?;
    if order.broken == BrokenOriginals::Show && is_nothing(&picture) {
        return Err(CodecError::malformed(Format::Jpeg, "no pixel is there"));
    }
    let picture = picture.reduced_from(order.preamble.frame.dimensions, order.scale.denominator());
    Ok(match order.excerpt {
        Some(excerpt) => picture.placed_at(place.left, place.top).showing(excerpt),
        None => picture,
    })
}

/// Decodes a stream whose components have a meaning of their own, at its full size.
pub(super) fn decompress_part(
    stream: &[u8],
    preamble: &Preamble,
    meaning: Meaning,
    max_scans: u32,
) -> Result<Part, CodecError> {
    let (scale, broken) = (Scale::Full, BrokenOriginals::Refuse);
    let order = Order { original: stream, preamble, scale, excerpt: None, max_scans, broken, is_abandoned: &|| false };
    let Decoded { place, colour, pixels } = Decompressor::new(max_scans).decode(&order, Some(meaning))?;
    Ok(Part { dimensions: place.dimensions, channels: colour.channels(), pixels })
}

struct Decoded {
    /// Which part of the picture, at its scale.
    place: Excerpt,
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
    /// What there is of the pixels.
    decoded: Option<Decoded>,
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
        Self { state, decoded: None }
    }

    /// Decodes what is ordered, once.
    fn decode(mut self, order: &Order<'_>, meaning: Option<Meaning>) -> Result<Decoded, CodecError> {
        let early = || CodecError::malformed(Format::Jpeg, "data ends early");
        match error::catch(|| self.run(order, meaning)) {
            Ok(ended) => ended.and_then(|()| self.decoded.take().ok_or_else(early)),
            // libjpeg gave up, but not at once.
            Err(complaint) => {
                let rest = self.decoded.take().filter(|_| order.broken == BrokenOriginals::Show);
                rest.ok_or_else(|| complaint.while_decoding())
            }
        }
    }

    /// Must run inside of [`error::catch`], once.
    fn run(&mut self, order: &Order<'_>, meaning: Option<Meaning>) -> Result<(), CodecError> {
        let Order { original, preamble, scale, broken, is_abandoned, .. } = *order;
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
            // Of Huffman codes libjpeg notices each missing bit by itself; whether scans are missing, we look at.
            (*self.state).errors.forgives_missing_end = !preamble.frame.is_arithmetic;
            (*self.state).errors.forgives_all = broken == BrokenOriginals::Show;
            let has_several_scans = c::jpeg_has_multiple_scans(info) != 0;
            c::jpeg_start_decompress(info);
            let has_no_end = (*self.state).errors.has_forgiven && broken == BrokenOriginals::Refuse;
            if has_several_scans && has_no_end && !is_complete(info, (*self.state).errors.scanned_components) {
                return Err(CodecError::malformed(Format::Jpeg, "data ends early"));
            }
            let whole = Excerpt::whole(Dimensions::new(info.output_width, info.output_height));
            let place = match order.excerpt {
                Some(excerpt) => window::columns_of(info, excerpt.divided(scale.denominator()), scale),
                None => whole,
            };
            let decoded = self.decoded.insert(Decoded::new(place, colour, broken)?);
            if place.top > 0 {
                let row_bytes = place.dimensions.width as usize * colour.channels();
                window::pass_rows(info, (place.top, row_bytes), scale, preamble.frame.is_arithmetic, is_abandoned)?;
            }
            // Not `jpeg_finish_decompress` after it: what follows the last pixel is nobody's business.
            decoded.read(info, is_abandoned)
        }
    }
}

/// Tells whether the scans that were read give every coefficient in all its bits.
///
/// # Safety
/// `info` must be behind `jpeg_start_decompress`, which has read all scans of a file with several.
unsafe fn is_complete(info: &c::jpeg_decompress_struct, scanned_components: u32) -> bool {
    let Ok(components) = usize::try_from(info.num_components) else { return false };
    let missing_bits = info.coef_bits.cast::<[c_int; 64]>();
    if missing_bits.is_null() {
        // A sequential file has each component once.
        return scanned_components as usize >= components;
    }
    // SAFETY: libjpeg keeps an array of 64 numbers for each component while the object lives: how many low bits of a
    // coefficient are missing, and -1 where all are.
    let missing_bits = unsafe { std::slice::from_raw_parts(missing_bits, components) };
    missing_bits.as_flattened().iter().all(|bits| *bits == 0)
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

impl Decoded {
    fn new(place: Excerpt, colour: Colour, broken: BrokenOriginals) -> Result<Self, CodecError> {
        let dimensions = place.dimensions;
        let bytes = dimensions.pixels().checked_mul(colour.channels() as u64);
        let Some(bytes) = bytes.and_then(|bytes| isize::try_from(bytes).ok()) else {
            return Err(CodecError::unsupported(Format::Jpeg, format!("{dimensions} pixels on this machine")));
        };
        let pixels = match broken {
            // Fresh pages come zeroed from the system, so this does not write the memory twice.
            BrokenOriginals::Refuse => vec![0; bytes.unsigned_abs()],
            BrokenOriginals::Show => missing_pixels(bytes.unsigned_abs(), None),
        };
        Ok(Self { place, colour, pixels })
    }

    /// # Safety
    /// `info` must be behind `jpeg_start_decompress`, at the first row of the place, and give rows of this width and colours.
    unsafe fn read(
        &mut self,
        info: &mut c::jpeg_decompress_struct,
        is_abandoned: &dyn Fn() -> bool,
    ) -> Result<(), CodecError> {
        let mut rows = self.pixels.chunks_exact_mut(self.place.dimensions.width as usize * self.colour.channels());
        let mut pending: [*mut u8; ROWS] = [ptr::null_mut(); ROWS];
        let mut count = 0;
        while info.output_scanline < self.place.bottom() {
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
        Ok(())
    }
}

#[cfg(test)]
mod tests;
