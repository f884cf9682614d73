//! WebP to pixels: a still picture whole, an animation by its first frame.

use std::borrow::Cow;
use std::ffi::c_int;
use std::io::Cursor;
use std::ptr::{self, NonNull};

use libwebp_sys as ffi;

use super::container::{self, Container};
use super::{malformed, partial, riff};
use crate::colour::Channels;
use crate::{CodecError, ColourSpace, Frame, Frames, Limits, Picture, PixelLayout, Plays};
use crate::{Dimensions, Format};

pub(super) fn decode(original: &[u8], limits: &Limits) -> Result<Picture, CodecError> {
    let container = container::read(&mut Cursor::new(original), limits)?;
    let Container { canvas, is_animated, is_cut, .. } = container;
    limits.admit(Format::WebP, canvas)?;
    let repaired = riff::repaired(original);
    let picture = match (is_animated, is_cut) {
        (true, _) => decode_first_frame(&repaired, canvas),
        (false, false) => decode_still(&repaired, canvas),
        (false, true) => decode_cut(original, canvas),
    };
    Ok(coloured(picture?, &container, original))
}

/// As many rows of a still picture as there are.
pub(super) fn salvage(original: &[u8], limits: &Limits) -> Result<Picture, CodecError> {
    let container = container::read(&mut Cursor::new(original), limits)?;
    let canvas = limits.admit(Format::WebP, container.canvas)?;
    if container.is_animated {
        return Err(malformed("no frame is whole"));
    }
    let layout = layout(original, canvas)?;
    let (pixels, rows) = partial::decode(original, canvas, layout)?;
    let picture = Picture::new(canvas, layout, pixels).filter(|_| rows > 0);
    let picture = picture.ok_or_else(|| malformed("no row is whole"))?;
    Ok(coloured(picture, &container, original))
}

/// Says what the numbers mean.
fn coloured(picture: Picture, container: &Container, original: &[u8]) -> Picture {
    let colours = container.profile(original).and_then(|profile| ColourSpace::from_icc(profile, Channels::Rgb));
    picture.in_colours(colours.unwrap_or_default()).without_idle_alpha()
}

fn decode_still(original: &[u8], canvas: Dimensions) -> Result<Picture, CodecError> {
    let layout = layout(original, canvas)?;
    let stride = canvas.width as usize * layout.channels();
    let mut pixels = vec![0; stride * canvas.height as usize];
    let decode_into = if layout.has_alpha() { ffi::WebPDecodeRGBAInto } else { ffi::WebPDecodeRGBInto };
    // SAFETY: both pointers come with the length of the slice behind them; libwebp writes rows of `stride` bytes, and
    // refuses where they do not fit the length.
    let written =
        unsafe { decode_into(original.as_ptr(), original.len(), pixels.as_mut_ptr(), pixels.len(), stride as c_int) };
    if written.is_null() {
        return Err(malformed("the pixel data is broken or ends early"));
    }
    Picture::new(canvas, layout, pixels).ok_or_else(|| malformed("the pixels do not fill the picture"))
}

/// Decodes pixels whose end is missing: it may be no more than what fills up the last bytes.
fn decode_cut(original: &[u8], canvas: Dimensions) -> Result<Picture, CodecError> {
    let layout = layout(original, canvas)?;
    let (pixels, rows) = partial::decode(original, canvas, layout)?;
    let picture = Picture::new(canvas, layout, pixels).filter(|_| rows == canvas.height);
    picture.ok_or_else(|| malformed("the pixel data ends early"))
}

/// Asks libwebp for what it is going to decode, and whether we have understood the same.
fn layout(original: &[u8], canvas: Dimensions) -> Result<PixelLayout, CodecError> {
    let mut features =
        ffi::WebPBitstreamFeatures { width: 0, height: 0, has_alpha: 0, has_animation: 0, format: 0, pad: [0; 5] };
    // SAFETY: the pointer comes with the length of the slice behind it, and `features` is ours to be written.
    let status = unsafe { ffi::WebPGetFeatures(original.as_ptr(), original.len(), &mut features) };
    let is_same = [(features.width, canvas.width), (features.height, canvas.height)]
        .iter()
        .all(|(theirs, ours)| u32::try_from(*theirs) == Ok(*ours));
    if status != ffi::VP8StatusCode::VP8_STATUS_OK || !is_same {
        return Err(malformed(format!("the frame does not fit the {canvas} of its container")));
    }
    Ok(if features.has_alpha != 0 { PixelLayout::Rgba } else { PixelLayout::Rgb })
}

/// The frames of an animation, as libwebp composes them on a canvas that is transparent at first.
pub(super) struct WebPFrames<'a> {
    animation: Animation<'a>,
    canvas: Dimensions,
    colours: ColourSpace,
    plays: Plays,
    /// When the frames so far are over.
    milliseconds: u32,
    has_begun: bool,
    is_over: bool,
}

impl<'a> WebPFrames<'a> {
    pub(super) fn new(original: &'a [u8], limits: &Limits) -> Result<Self, CodecError> {
        let container = container::read(&mut Cursor::new(original), limits)?;
        let canvas = limits.admit(Format::WebP, container.canvas)?;
        if !container.is_animated {
            return Err(malformed("no animation"));
        }
        let animation = Animation::of(riff::repaired(original), canvas)?;
        let colours = container.profile(original).and_then(|profile| ColourSpace::from_icc(profile, Channels::Rgb));
        let (colours, plays) = (colours.unwrap_or_default(), animation.plays());
        Ok(Self { animation, canvas, colours, plays, milliseconds: 0, has_begun: false, is_over: false })
    }
}

impl Frames for WebPFrames<'_> {
    fn plays(&self) -> Plays {
        self.plays
    }

    fn next(&mut self) -> Result<Option<Frame>, CodecError> {
        if self.is_over {
            return Ok(None);
        }
        let Some((pixels, end)) = self.animation.next_frame(self.canvas) else {
            self.is_over = true;
            let broken = || malformed("the first frame is broken or ends early");
            return if self.has_begun { Ok(None) } else { Err(broken()) };
        };
        self.has_begun = true;
        let picture = Picture::new(self.canvas, PixelLayout::Rgba, pixels);
        let picture = picture.ok_or_else(|| malformed("the frame does not fill the canvas"))?;
        let milliseconds = end.saturating_sub(self.milliseconds);
        self.milliseconds = end;
        let picture = picture.in_colours(self.colours.clone()).without_idle_alpha();
        Ok(Some(Frame { picture, milliseconds }))
    }
}

/// Draws the first frame on the canvas, which is transparent where the frame does not reach.
fn decode_first_frame(original: &[u8], canvas: Dimensions) -> Result<Picture, CodecError> {
    let first = Animation::of(original.into(), canvas)?.next_frame(canvas);
    let (pixels, _) = first.ok_or_else(|| malformed("the first frame is broken or ends early"))?;
    Picture::new(canvas, PixelLayout::Rgba, pixels).ok_or_else(|| malformed("the frame does not fill the canvas"))
}

/// A decoder that borrows the file, and is deleted on every path.
struct Animation<'a> {
    decoder: NonNull<ffi::WebPAnimDecoder>,
    _original: Cow<'a, [u8]>,
}

impl<'a> Animation<'a> {
    fn new(original: Cow<'a, [u8]>) -> Result<Self, CodecError> {
        let data = ffi::WebPData { bytes: original.as_ptr(), size: original.len() };
        let options =
            ffi::WebPAnimDecoderOptions { color_mode: ffi::WEBP_CSP_MODE::MODE_RGBA, use_threads: 0, padding: [0; 7] };
        // SAFETY: the data is the slice, which outlives the decoder: by the lifetime 'a, or owned beside it and never
        // changed. `data` and `options` are only read during the call.
        let decoder = unsafe { ffi::WebPAnimDecoderNew(&data, &options) };
        let decoder = NonNull::new(decoder).ok_or_else(|| malformed("the animation is broken or ends early"))?;
        Ok(Self { decoder, _original: original })
    }

    /// A decoder whose canvas is as expected.
    fn of(original: Cow<'a, [u8]>, canvas: Dimensions) -> Result<Self, CodecError> {
        let animation = Self::new(original)?;
        let found = animation.info().map(|info| Dimensions::new(info.canvas_width, info.canvas_height));
        if found != Some(canvas) {
            return Err(malformed(format!("the animation does not fit the {canvas} of its container")));
        }
        Ok(animation)
    }

    fn info(&self) -> Option<ffi::WebPAnimInfo> {
        let mut info = ffi::WebPAnimInfo::default();
        // SAFETY: the decoder lives as long as `self`, and `info` is ours to be written.
        let is_known = unsafe { ffi::WebPAnimDecoderGetInfo(self.decoder.as_ptr(), &mut info) } != 0;
        is_known.then_some(info)
    }

    fn plays(&self) -> Plays {
        self.info().map_or(0, |info| info.loop_count)
    }

    /// The canvas after the next frame, as RGBA, and when that frame is over, in milliseconds from the start. `canvas` must
    /// be that of the decoder.
    fn next_frame(&mut self, canvas: Dimensions) -> Option<(Vec<u8>, u32)> {
        let bytes = usize::try_from(canvas.pixels()).ok()?.checked_mul(PixelLayout::Rgba.channels())?;
        let (mut pixels, mut milliseconds) = (ptr::null_mut(), 0);
        // SAFETY: the decoder lives as long as `self`, and both places are ours to be written.
        let is_decoded =
            unsafe { ffi::WebPAnimDecoderGetNext(self.decoder.as_ptr(), &mut pixels, &mut milliseconds) } != 0;
        if !is_decoded || pixels.is_null() {
            return None;
        }
        // SAFETY: after a success, `pixels` is the decoder's own canvas of width * height * 4 bytes, valid until the
        // next call on the decoder; it is copied before that.
        let pixels = unsafe { std::slice::from_raw_parts(pixels, bytes) }.to_vec();
        Some((pixels, u32::try_from(milliseconds).unwrap_or(0)))
    }
}

impl Drop for Animation<'_> {
    fn drop(&mut self) {
        // SAFETY: the decoder was made by `WebPAnimDecoderNew`, and is deleted only here.
        unsafe { ffi::WebPAnimDecoderDelete(self.decoder.as_ptr()) }
    }
}
