//! Of a picture that libjpeg decodes, the rows and columns that are wanted, and no more than it needs for them.
//!
//! Colours are smoothed over the edges of blocks, so what lies beside a part is decoded too: its pixels are those that they
//! are in the whole picture.

use mozjpeg_sys as c;

use super::scale::Scale;
use crate::{CodecError, Dimensions, Excerpt, Format};

/// Narrower pictures are decoded in all their columns: libjpeg changes how it smooths colours where few are left.
const MIN_COLUMNS: u32 = 256;

/// Has libjpeg decode only the columns around a part, and tells which these are, with the rows of the part.
///
/// # Safety
/// `info` must be right behind `jpeg_start_decompress`. Must run inside of `error::catch`.
pub(super) unsafe fn columns_of(info: &mut c::jpeg_decompress_struct, part: Excerpt, scale: Scale) -> Excerpt {
    let whole = Dimensions::new(info.output_width, info.output_height);
    let (mcu, _) = mcu(info, scale);
    let part = part.within(whole);
    let wide = part.with_margin(mcu, 0, whole);
    // What libjpeg adds at the left of it does no harm.
    let (mut left, mut width) = (wide.left, wide.dimensions.width);
    let is_worth_it = width >= 2 * mcu && width < whole.width && whole.width >= MIN_COLUMNS;
    if !is_worth_it {
        return Excerpt { left: 0, dimensions: Dimensions::new(whole.width, part.dimensions.height), ..part };
    }
    // SAFETY: the caller's; offset and width lie within the picture.
    unsafe { c::jpeg_crop_scanline(info, &mut left, &mut width) };
    Excerpt { left, dimensions: Dimensions::new(width, part.dimensions.height), ..part }
}

/// Passes over the rows above a part.
///
/// # Safety
/// `info` must be at its first row, and give rows of so many bytes. Must run inside of `error::catch`.
pub(super) unsafe fn pass_rows(
    info: &mut c::jpeg_decompress_struct,
    (top, row_bytes): (u32, usize),
    scale: Scale,
    is_arithmetic: bool,
    is_abandoned: &dyn Fn() -> bool,
) -> Result<(), CodecError> {
    let (_, mcu) = mcu(info, scale);
    // Two rows of blocks above the part are decoded, for the colours. The decoder of arithmetic codes cannot pass over any.
    let skipped = if is_arithmetic { 0 } else { (top / mcu).saturating_sub(2) * mcu };
    let step = mcu * 8;
    while info.output_scanline < skipped {
        if is_abandoned() {
            return Err(CodecError::Abandoned);
        }
        let count = step.min(skipped - info.output_scanline);
        // SAFETY: the caller's; the source gives all bytes at once.
        if unsafe { c::jpeg_skip_scanlines(info, count) } == 0 {
            return Err(CodecError::malformed(Format::Jpeg, "data ends early"));
        }
    }
    let mut row = vec![0; row_bytes];
    while info.output_scanline < top {
        if is_abandoned() {
            return Err(CodecError::Abandoned);
        }
        let mut pointer = row.as_mut_ptr();
        // SAFETY: the caller's; the row has room for one.
        if unsafe { c::jpeg_read_scanlines(info, &raw mut pointer, 1) } == 0 {
            return Err(CodecError::malformed(Format::Jpeg, "data ends early"));
        }
    }
    Ok(())
}

/// How many pixels of the output a column and a row of MCUs show.
fn mcu(info: &c::jpeg_decompress_struct, scale: Scale) -> (u32, u32) {
    let side = |factor: i32| factor.max(1).unsigned_abs() * 8 / scale.denominator();
    (side(info.max_h_samp_factor), side(info.max_v_samp_factor))
}
