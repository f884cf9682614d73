//! Pixels of a file whose end is missing, as far as libwebp's incremental decoder finds them.

use std::ffi::c_int;
use std::ptr::{self, NonNull};

use libwebp_sys as ffi;

use super::malformed;
use crate::broken::missing_pixels;
use crate::{CodecError, Dimensions, PixelLayout};

/// All rows, those that are missing in gray, and how many are there. `layout` and `canvas` are those of the file.
pub(super) fn decode(original: &[u8], canvas: Dimensions, layout: PixelLayout) -> Result<(Vec<u8>, u32), CodecError> {
    let stride = canvas.width as usize * layout.channels();
    let mut pixels = missing_pixels(stride * canvas.height as usize, layout.has_alpha().then(|| layout.channels()));
    let rows = Decoder::new(&mut pixels, stride, layout)?.run(original);
    Ok((pixels, rows.min(canvas.height)))
}

/// A decoder that borrows the place for its pixels, and is deleted on every path.
struct Decoder<'a> {
    decoder: NonNull<ffi::WebPIDecoder>,
    _pixels: &'a mut [u8],
}

impl<'a> Decoder<'a> {
    fn new(pixels: &'a mut [u8], stride: usize, layout: PixelLayout) -> Result<Self, CodecError> {
        let mode = if layout.has_alpha() { ffi::WEBP_CSP_MODE::MODE_RGBA } else { ffi::WEBP_CSP_MODE::MODE_RGB };
        let stride = c_int::try_from(stride).map_err(malformed)?;
        // SAFETY: the pointer comes with the length of the slice behind it, which outlives the decoder by the lifetime
        // 'a; libwebp refuses later where the picture does not fit it.
        let decoder = unsafe { ffi::WebPINewRGB(mode, pixels.as_mut_ptr(), pixels.len(), stride) };
        let decoder = NonNull::new(decoder).ok_or_else(|| malformed("no memory for a decoder"))?;
        Ok(Self { decoder, _pixels: pixels })
    }

    /// Decodes what is there, and tells how many rows that is.
    fn run(self, original: &[u8]) -> u32 {
        let mut rows = 0;
        // SAFETY: the decoder lives as long as `self`, and reads the slice during the first call alone, for nothing is
        // decoded after it. The second call only tells; it accepts null for what we do not ask.
        unsafe {
            // How it ended does not matter: rows that are told of are whole.
            let _ = ffi::WebPIUpdate(self.decoder.as_ptr(), original.as_ptr(), original.len());
            let none = ptr::null_mut();
            ffi::WebPIDecGetRGB(self.decoder.as_ptr(), &mut rows, none, none, none);
        }
        u32::try_from(rows).unwrap_or(0)
    }
}

impl Drop for Decoder<'_> {
    fn drop(&mut self) {
        // SAFETY: the decoder was made by `WebPINewRGB`, and is deleted only here.
        unsafe { ffi::WebPIDelete(self.decoder.as_ptr()) }
    }
}
