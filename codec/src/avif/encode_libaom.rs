//! The AV1 encoder libaom, for still pictures. All `unsafe` of encoding is here.

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;

use libaom_sys::*;

use super::levels::{self, FULL_CHROMA_QUALITY};
use super::planes::{Chroma, Planes};
use super::{Library, encode_error, obu, write};
use crate::{Choices, ChromaSampling, CodecError, Coding, Dimensions, Picture, PixelLayout};

/// The version is that of what is decided in this file.
pub(super) const LIBRARY: Library =
    Library { name: "libaom v3", choices: CHOICES, carries_profile, working_bytes, encode };

/// Speeds above 6 are the same as 6.
const CHOICES: Choices = Choices {
    can_lose: true,
    can_keep_all: true,
    quarters_chroma_below: Some(FULL_CHROMA_QUALITY),
    efforts: [6, 6, 6, 6, 6, 6, 6, 5, 4, 3, 2],
    ..Choices::NONE
};

/// Gray pictures become monochrome streams, with which readers expect no profile.
fn carries_profile(layout: PixelLayout) -> bool {
    layout != PixelLayout::Gray
}

/// What the library holds: the picture with wide borders, several times, and its notes on each block. Measured by
/// tests/memory.rs.
fn working_bytes(dimensions: Dimensions, layout: PixelLayout, coding: Coding) -> u64 {
    const LIBRARY_BYTES: u64 = 8 * 1024 * 1024;
    let planes = match chroma(coding) {
        _ if coding.is_lossless() => 52,
        Chroma::Full => 36,
        Chroma::Quarter | Chroma::None => 24,
    };
    let pixel_bytes = if layout.has_alpha() { planes + 8 } else { planes };
    dimensions.pixels() * pixel_bytes + LIBRARY_BYTES
}

/// What each of the library's speeds takes, in milliseconds per megapixel of a photograph, on a core of 2020.
const MILLISECONDS_PER_MEGAPIXEL: [(c_int, u64); 6] = [(4, 5500), (5, 2000), (6, 730), (7, 470), (8, 230), (9, 42)];
const FASTEST: c_int = 9;
/// How long the encoding of one picture may take.
const MAX_ENCODE_SECONDS: u64 = 10;

/// Pictures of this many pixels are written as two tiles beside each other, whatever the number of threads, so that two can
/// work on them: 0.1 % more bytes, and 0.54 of the time where a second core is idle. Threads for the rows of one tile (the
/// library's row-mt) change the bytes with their number.
const MIN_TILED_PIXELS: u64 = 1_000_000;
const MAX_THREADS: usize = 2;

/// Encodes a picture to a file, with an EXIF block, on one or two threads.
///
/// # Errors
/// [`CodecError::Encode`] where the library fails.
fn encode(picture: &Picture, coding: Coding, exif: Option<&[u8]>, threads: usize) -> Result<Vec<u8>, CodecError> {
    let (chroma, is_exact) = (chroma(coding), coding.is_lossless());
    let cpu_used = bounded(cpu_used(coding.effort), picture.dimensions());
    let is_tiled = picture.dimensions().pixels() >= MIN_TILED_PIXELS;
    let threads = if is_tiled { threads.clamp(1, MAX_THREADS) } else { 1 };
    let level = if is_exact { 0 } else { levels::level(coding.quality_number(), chroma, cpu_used) };
    let effort = Effort { cpu_used, level, is_exact, is_alpha: false, is_tiled, threads };
    let planes = if is_exact { Planes::of_exact_colours(picture) } else { Planes::of_colours(picture, chroma) };
    let colour = encode_planes(&planes, effort)?;
    let alpha = if is_translucent(picture) {
        // Half the level: the edges of alpha show more than those of colours, and cost little.
        let effort = Effort { level: effort.level / 2, is_alpha: true, ..effort };
        Some(encode_planes(&Planes::of_alpha(picture), effort)?)
    } else {
        None
    };
    let profile = picture.colours().icc(picture.layout()).filter(|_| carries_profile(picture.layout()));
    let matrix = if is_exact && planes.chroma != Chroma::None { write::IDENTITY } else { write::BT601 };
    let parts = write::Parts { colour: &colour, matrix, alpha: alpha.as_deref(), profile, exif };
    write::file(picture.dimensions(), &parts)
}

/// How much is kept of colours that lose some.
fn chroma(coding: Coding) -> Chroma {
    match coding.chroma {
        Some(ChromaSampling::Whole) => Chroma::Full,
        Some(ChromaSampling::Quarter) => Chroma::Quarter,
        None if coding.quality_number() >= FULL_CHROMA_QUALITY => Chroma::Full,
        None => Chroma::Quarter,
    }
}

/// How a plane or three are encoded.
#[derive(Debug, Clone, Copy)]
struct Effort {
    cpu_used: c_int,
    level: c_int,
    /// Nothing is lost.
    is_exact: bool,
    is_alpha: bool,
    is_tiled: bool,
    threads: usize,
}

fn is_translucent(picture: &Picture) -> bool {
    picture.layout() == PixelLayout::Rgba
        && picture.pixels().chunks_exact(4).any(|pixel| pixel.last() != Some(&u8::MAX))
}

/// The library's speed for ours. It has nothing faster than 9 for still pictures.
fn cpu_used(speed: u8) -> c_int {
    match speed {
        0 | 1 => 4,
        2 => 5,
        3 => 6,
        4 => 7,
        5 => 8,
        _ => FASTEST,
    }
}

/// The library's speed, or a faster one where the picture would take more than [`MAX_ENCODE_SECONDS`]: it cannot be
/// stopped once it has begun.
fn bounded(cpu_used: c_int, dimensions: Dimensions) -> c_int {
    let most = MAX_ENCODE_SECONDS * 1_000_000_000;
    let mut speeds = MILLISECONDS_PER_MEGAPIXEL.iter().filter(|(speed, _)| *speed >= cpu_used);
    let fitting = speeds.find(|(_, milliseconds)| dimensions.pixels().saturating_mul(*milliseconds) <= most);
    fitting.map_or(FASTEST, |(speed, _)| *speed)
}

fn encode_planes(planes: &Planes, effort: Effort) -> Result<Vec<u8>, CodecError> {
    let mut encoder = Encoder::open(planes, effort)?;
    let image = Image::borrow(planes)?;
    let mut stream = Vec::new();
    encoder.send(Some(&image), &mut stream)?;
    // Asks for what the encoder holds back, until nothing comes.
    encoder.send(None, &mut stream)?;
    obu::without_delimiters(&stream)
}

/// An open encoder.
struct Encoder(aom_codec_ctx_t);

impl Encoder {
    fn open(planes: &Planes, effort: Effort) -> Result<Self, CodecError> {
        // SAFETY: the call has no preconditions; the interface that it returns is static.
        let interface = unsafe { aom_codec_av1_cx() };
        let mut configuration = MaybeUninit::<aom_codec_enc_cfg_t>::zeroed();
        // SAFETY: the pointer is valid for writes, and the call fills the structure in where it succeeds; numbers and
        // null pointers are its only fields, so that zeros are valid where it does not.
        let (result, mut configuration) = unsafe {
            let result = aom_codec_enc_config_default(interface, configuration.as_mut_ptr(), AOM_USAGE_ALL_INTRA);
            (result, configuration.assume_init())
        };
        if result != AOM_CODEC_OK {
            return Err(encode_error(format_args!("libaom has no defaults for still pictures: {}", name_of(result))));
        }
        configure(&mut configuration, planes, effort.threads);
        let mut context = MaybeUninit::<aom_codec_ctx_t>::zeroed();
        // SAFETY: the context is valid for writes, the configuration for reads. The context keeps a pointer to the
        // configuration only within this call: the library copies it.
        let (result, context) = unsafe {
            let version = AOM_ENCODER_ABI_VERSION as c_int;
            let result = aom_codec_enc_init_ver(context.as_mut_ptr(), interface, &configuration, 0, version);
            (result, context.assume_init())
        };
        if result != AOM_CODEC_OK {
            return Err(encode_error(format_args!("libaom does not open: {}", name_of(result))));
        }
        let mut encoder = Self(context);
        for (control, value) in controls(planes, effort) {
            // SAFETY: the context is open; every control of the list takes one int.
            let result = unsafe { aom_codec_control(&mut encoder.0, control as c_int, value) };
            encoder.check(result, "a setting")?;
        }
        Ok(encoder)
    }

    /// Encodes an image, or with `None` what was held back; appends to `stream`.
    fn send(&mut self, image: Option<&Image<'_>>, stream: &mut Vec<u8>) -> Result<(), CodecError> {
        let image = image.map_or(ptr::null(), |image| ptr::from_ref(&image.image));
        // SAFETY: the context is open; the image is null, or borrows planes of the dimensions that it states.
        let result = unsafe { aom_codec_encode(&mut self.0, image, 0, 1, 0) };
        self.check(result, "the picture")?;
        let mut iterator = ptr::null();
        loop {
            // SAFETY: the context is open; the iterator is this loop's own. The packet is valid until the next call,
            // and of the variant that its kind tells.
            let packet = unsafe { aom_codec_get_cx_data(&mut self.0, &mut iterator).as_ref() };
            let Some(packet) = packet else { return Ok(()) };
            if packet.kind == AOM_CODEC_CX_FRAME_PKT {
                // SAFETY: see above; the buffer holds as many bytes.
                let bytes = unsafe {
                    let frame = packet.data.frame;
                    std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz)
                };
                stream.extend_from_slice(bytes);
            }
        }
    }

    fn check(&self, result: aom_codec_err_t, what: &str) -> Result<(), CodecError> {
        if result == AOM_CODEC_OK {
            return Ok(());
        }
        // SAFETY: the context is open.
        let detail = text_of(unsafe { aom_codec_error_detail(&self.0) });
        Err(encode_error(format_args!("libaom refuses {what}: {}, {detail}", name_of(result))))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the context is open, and not used after this. A failure would leave nothing to be done.
        unsafe { aom_codec_destroy(&mut self.0) };
    }
}

fn configure(configuration: &mut aom_codec_enc_cfg_t, planes: &Planes, threads: usize) {
    configuration.g_w = planes.dimensions.width;
    configuration.g_h = planes.dimensions.height;
    configuration.g_threads = threads as c_uint;
    // One frame: the stream then has the reduced header of a still picture.
    configuration.g_limit = 1;
    configuration.g_lag_in_frames = 0;
    configuration.g_profile = if planes.chroma == Chroma::Full { 1 } else { 0 };
    configuration.g_bit_depth = AOM_BITS_8;
    configuration.g_input_bit_depth = 8;
    configuration.monochrome = c_uint::from(planes.chroma == Chroma::None);
    configuration.rc_end_usage = AOM_Q;
    configuration.rc_min_quantizer = 0;
    configuration.rc_max_quantizer = 63;
}

/// Settings that have no place in the configuration. Colours are tuned for SSIM, with quantisation matrices of levels
/// 2 to 10: at equal SSIMULACRA2 a fifth fewer bytes at middling qualities than the defaults of the same speed, and
/// still a twentieth fewer at 85, at no cost. Neither is meant for alpha.
fn controls(planes: &Planes, effort: Effort) -> Vec<(c_uint, c_int)> {
    let mut controls = vec![
        (AOME_SET_CPUUSED, effort.cpu_used),
        (AOME_SET_CQ_LEVEL, effort.level),
        (AV1E_SET_COLOR_RANGE, AOM_CR_FULL_RANGE as c_int),
        // On by itself.
        (AV1E_SET_ROW_MT, 0),
    ];
    if effort.is_tiled {
        // The logarithm of their number.
        controls.push((AV1E_SET_TILE_COLUMNS, 1));
    }
    if effort.is_exact {
        controls.push((AV1E_SET_LOSSLESS, 1));
    } else if !effort.is_alpha {
        controls.extend([
            (AOME_SET_TUNING, AOM_TUNE_SSIM as c_int),
            (AV1E_SET_ENABLE_QM, 1),
            (AV1E_SET_QM_MIN, 2),
            (AV1E_SET_QM_MAX, 10),
        ]);
    }
    if !effort.is_alpha {
        controls.extend([
            (AV1E_SET_COLOR_PRIMARIES, AOM_CICP_CP_BT_709 as c_int),
            (AV1E_SET_TRANSFER_CHARACTERISTICS, AOM_CICP_TC_SRGB as c_int),
        ]);
    }
    if planes.chroma != Chroma::None {
        let matrix = if effort.is_exact { AOM_CICP_MC_IDENTITY } else { AOM_CICP_MC_BT_601 };
        controls.push((AV1E_SET_MATRIX_COEFFICIENTS, matrix as c_int));
    }
    controls
}

/// The library's view of planes.
struct Image<'a> {
    image: aom_image_t,
    /// Chroma that the library reads of a monochrome picture as well.
    _neutral: Vec<u8>,
    _planes: PhantomData<&'a Planes>,
}

impl<'a> Image<'a> {
    fn borrow(planes: &'a Planes) -> Result<Self, CodecError> {
        let format = if planes.chroma == Chroma::Full { AOM_IMG_FMT_I444 } else { AOM_IMG_FMT_I420 };
        let (width, height) = (planes.dimensions.width, planes.dimensions.height);
        let mut image = MaybeUninit::<aom_image_t>::zeroed();
        // SAFETY: the pointer is valid for writes; the library does not write to the planes of an image that it wraps
        // or encodes. It fills the structure in where it succeeds, and zeros are valid where it does not.
        let (wrapped, mut image) = unsafe {
            let start = planes.luma.as_ptr().cast_mut();
            (aom_img_wrap(image.as_mut_ptr(), format, width, height, 1, start), image.assume_init())
        };
        if wrapped.is_null() {
            return Err(encode_error("libaom refuses the dimensions"));
        }
        let neutral = match planes.chroma {
            Chroma::None => vec![128; width.div_ceil(2) as usize * height.div_ceil(2) as usize],
            Chroma::Quarter | Chroma::Full => Vec::new(),
        };
        let [blueness, redness] = match planes.chroma {
            Chroma::None => [&neutral, &neutral],
            Chroma::Quarter | Chroma::Full => planes.differences.each_ref(),
        };
        // The planes have no padding and each its own allocation.
        image.planes = [&planes.luma, blueness, redness].map(|plane| plane.as_ptr().cast_mut());
        let chroma_width = if planes.chroma == Chroma::None { width.div_ceil(2) } else { planes.chroma_width() };
        // At most 65536 pixels a side: always fits.
        image.stride = [width, chroma_width, chroma_width].map(|stride| stride as c_int);
        image.range = AOM_CR_FULL_RANGE;
        image.monochrome = c_int::from(planes.chroma == Chroma::None);
        Ok(Self { image, _neutral: neutral, _planes: PhantomData })
    }
}

fn name_of(result: aom_codec_err_t) -> String {
    // SAFETY: the call has no preconditions, and returns static text.
    text_of(unsafe { aom_codec_err_to_string(result) })
}

fn text_of(text: *const c_char) -> String {
    if text.is_null() {
        return "no detail".to_owned();
    }
    // SAFETY: the library's texts end with a zero, and live until the next call on the same context.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CodecSettings, Codecs, Format, Quality};

    #[test]
    fn the_bytes_do_not_depend_on_the_number_of_threads() {
        // Of a drawing, the library's other kind of threads would give the same bytes as well.
        let photo = include_bytes!("../../../data/images/nature/dandelion.jpg");
        let codecs = Codecs::new(&CodecSettings::default());
        let decoded = codecs.decoder(Format::Jpeg).unwrap().decode(photo, Some(Dimensions::new(1200, 900)));
        let (picture, coding) = (decoded.unwrap(), Coding::new(Some(Quality::new(85)), 5));
        assert!(picture.dimensions().pixels() >= MIN_TILED_PIXELS);
        let on = |threads| encode(&picture, coding, None, threads).unwrap();
        let one = on(1);
        assert!(on(2) == one);
    }

    #[test]
    fn a_greater_speed_is_never_slower() {
        let speeds: Vec<c_int> = (1..=10).map(cpu_used).collect();
        assert!(speeds.is_sorted());
        assert_eq!((cpu_used(1), cpu_used(6)), (4, 9));
    }
}
