//! Pixels to WebP.

use std::borrow::Cow;
use std::ffi::c_int;

use libwebp_sys as ffi;

use super::{MAX_EDGE, Settings};
use crate::{CodecError, Picture, PixelLayout};
use crate::{Dimensions, Format};

/// The effort of libwebp's lossless presets (0 to 9) that each of our efforts asks for. Left out are those that cost
/// as much as a neighbour for no fewer bytes, and the last, which takes 35 times the CPU of effort 4 (docs/formats.md).
fn lossless_preset(effort: u8) -> c_int {
    match effort {
        0..=3 => c_int::from(effort),
        4 => 6,
        5 => 7,
        _ => 8,
    }
}

/// How much of the deblocking filter is left out at edges, of 7: docs/formats.md has what it is worth.
const FILTER_SHARPNESS: c_int = 3;

/// libwebp's method for a lossy picture. Above 4, one less for a picture with alpha: its alpha is kept exactly, and
/// method 6 would search it for seconds to save 2 %.
fn lossy_method(effort: u8, has_alpha: bool) -> c_int {
    c_int::from(if has_alpha && effort > 4 { effort - 1 } else { effort })
}

/// From this effort on, a lossless picture is searched thoroughly.
const SEARCHING: u8 = 3;

/// What libwebp holds: its own copy of the picture, its tables and tokens, and the bytes written. Measured by
/// tests/memory.rs.
pub(super) fn working_bytes(dimensions: Dimensions, layout: PixelLayout, settings: Settings) -> u64 {
    const LIBRARY_BYTES: u64 = 2 * 1024 * 1024;
    /// What the search for similar rows keeps of what it tried, whatever the size of the picture.
    const SEARCH_BYTES: u64 = 24 * 1024 * 1024;
    let search_bytes = if settings.lossless && settings.effort >= SEARCHING { SEARCH_BYTES } else { 0 };
    let pixel_bytes = match (settings.lossless, layout.has_alpha()) {
        (true, _) => 60,
        (false, true) => 20,
        (false, false) => 12,
    };
    dimensions.pixels() * pixel_bytes + search_bytes + LIBRARY_BYTES
}

/// From this many pixels on, libwebp may use a thread more: it then codes alpha beside the colours, in half the time of
/// both, and saves 3 to 8 % where there is none. The bytes are the same.
const MIN_THREADED_PIXELS: u64 = 250_000;

pub(super) fn encode(picture: &Picture, settings: Settings, threads: usize) -> Result<Vec<u8>, CodecError> {
    let dimensions = picture.dimensions();
    if dimensions.longest_edge() > MAX_EDGE {
        return Err(CodecError::TooLarge { format: Format::WebP, limit: MAX_EDGE, dimensions });
    }
    let mut config = config(settings, picture.layout().has_alpha())?;
    config.thread_level = c_int::from(threads > 1 && dimensions.pixels() >= MIN_THREADED_PIXELS);
    let mut canvas = Canvas::new(picture, settings.lossless)?;
    let mut written = Written::new();
    canvas.0.writer = Some(ffi::WebPMemoryWrite);
    canvas.0.custom_ptr = (&raw mut written.0).cast();
    // SAFETY: `config` and `canvas` are initialised; the writer gets `written`, which outlives the call and is not
    // moved during it.
    let is_encoded = unsafe { ffi::WebPEncode(&config, &mut canvas.0) } != 0;
    if is_encoded { Ok(written.to_vec()) } else { Err(failure(format!("{:?}", canvas.0.error_code))) }
}

fn config(settings: Settings, has_alpha: bool) -> Result<ffi::WebPConfig, CodecError> {
    let mut config = ffi::WebPConfig::new().map_err(|()| failure("libwebp does not know its own version"))?;
    if settings.lossless {
        // SAFETY: the config is initialised, and ours to be written.
        let is_set = unsafe { ffi::WebPConfigLosslessPreset(&mut config, lossless_preset(settings.effort)) } != 0;
        return if is_set { Ok(config) } else { Err(failure("libwebp does not know the preset")) };
    }
    config.quality = f32::from(settings.quality);
    config.method = lossy_method(settings.effort, has_alpha);
    config.filter_sharpness = FILTER_SHARPNESS;
    Ok(config)
}

/// The picture as libwebp holds it, freed on every path.
struct Canvas(ffi::WebPPicture);

impl Canvas {
    fn new(picture: &Picture, is_lossless: bool) -> Result<Self, CodecError> {
        let canvas = ffi::WebPPicture::new().map_err(|()| failure("libwebp does not know its own version"))?;
        let mut canvas = Self(canvas);
        // The dimensions are at most MAX_EDGE, so that neither they nor a stride of four bytes a pixel can overflow.
        canvas.0.width = picture.dimensions().width as c_int;
        canvas.0.height = picture.dimensions().height as c_int;
        canvas.0.use_argb = c_int::from(is_lossless);
        let (pixels, import): (Cow<[u8]>, _) = match picture.layout() {
            PixelLayout::Gray => {
                let pixels = picture.pixels().iter().flat_map(|gray| [*gray; 3]).collect::<Vec<_>>();
                (Cow::Owned(pixels), ffi::WebPPictureImportRGB as Import)
            }
            PixelLayout::Rgb => (Cow::Borrowed(picture.pixels()), ffi::WebPPictureImportRGB as Import),
            PixelLayout::Rgba => (Cow::Borrowed(picture.pixels()), ffi::WebPPictureImportRGBA as Import),
        };
        let channels = if picture.layout().has_alpha() { 4 } else { 3 };
        // SAFETY: `pixels` holds `height` rows of `width * channels` bytes, as `Picture` guarantees; libwebp copies
        // them into memory of its own.
        let is_imported = unsafe { import(&mut canvas.0, pixels.as_ptr(), canvas.0.width * channels) } != 0;
        if is_imported { Ok(canvas) } else { Err(failure("out of memory")) }
    }
}

type Import = unsafe extern "C" fn(*mut ffi::WebPPicture, *const u8, c_int) -> c_int;

impl Drop for Canvas {
    fn drop(&mut self) {
        // SAFETY: the picture was initialised by `WebPPicture::new`, and is freed only here.
        unsafe { ffi::WebPPictureFree(&mut self.0) }
    }
}

/// The bytes as libwebp writes them, freed on every path.
struct Written(ffi::WebPMemoryWriter);

impl Written {
    fn new() -> Self {
        Self(ffi::WebPMemoryWriter { mem: std::ptr::null_mut(), size: 0, max_size: 0, pad: [0] })
    }

    fn to_vec(&self) -> Vec<u8> {
        if self.0.mem.is_null() {
            return Vec::new();
        }
        // SAFETY: libwebp has written `size` bytes at `mem`, which live until `self` is dropped.
        unsafe { std::slice::from_raw_parts(self.0.mem, self.0.size) }.to_vec()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // SAFETY: the writer is initialised, and its memory is null or was allocated by libwebp.
        unsafe { ffi::WebPMemoryWriterClear(&mut self.0) }
    }
}

pub(super) fn failure(reason: impl ToString) -> CodecError {
    CodecError::encode(Format::WebP, reason)
}
