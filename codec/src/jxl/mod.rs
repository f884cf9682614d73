//! JPEG XL by jxl-oxide: read, and never written. The library turns the picture upright and converts its colours.

mod codestream;
mod details;

use std::io::Cursor;

use codestream::Codestream;
use jxl_bitstream::Bitstream;
use jxl_oxide::image::ImageHeader;
use jxl_oxide::{
    AllocTracker, EnumColourEncoding, ExtraChannelType, InitializeResult, JxlImage, Render, RenderingIntent,
    UninitializedJxlImage,
};
use jxl_oxide_common::Bundle;

use super::limits::over;
use super::{BrokenOriginals, Codec, CodecError, DecodeOptions, Details, Header, Limits, Picture, PixelLayout};
use crate::{Decoding, Dimensions, Facts, Format, Orientation};

/// How much of the codestream is read for its header at first, and at most.
const FIRST_HEADER_BYTES: u64 = 4096;
const MAX_HEADER_BYTES: u64 = 1 << 20;

/// How much of the codestream the library is given at once, beside a profile: it begins a profile anew with each piece.
const PIECE_BYTES: u64 = 1 << 16;

/// What decoding takes beside the pixels that it returns: per pixel and channel, per channel and per pixel; measured
/// (tests/memory.rs).
const WORKING_SAMPLE_BYTES: u64 = 14;
const WORKING_PIXEL_BYTES: u64 = 4;
const LIBRARY_BYTES: u64 = 8 << 20;

/// How much larger than the picture all that is drawn into it may be together: frames, and what patches copy of them.
const MAX_DRAWN: u64 = 4;
/// However small the picture, that much may be drawn.
const MIN_DRAWN_PIXELS: u64 = 4_000_000;

/// Reads JPEG XL; of an animation the first frame.
#[derive(Debug, Clone, Copy)]
pub struct Jxl {
    limits: Limits,
}

/// What the header says, as far as we look at it.
struct Head {
    /// Upright: the library applies the orientation.
    dimensions: Dimensions,
    layout: PixelLayout,
    channels: u64,
    is_premultiplied: bool,
    profile_bytes: u64,
    /// Of the codestream, in bytes.
    length: u64,
    told: details::Told,
}

impl Jxl {
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    fn head(&self, file: &mut dyn Header) -> Result<(Head, Codestream), CodecError> {
        let codestream = Codestream::find(file, &self.limits)?;
        let mut bytes = FIRST_HEADER_BYTES;
        loop {
            let start = codestream.start(file, bytes)?;
            match self.parse(&start, codestream.length()) {
                Err(error) if error.unexpected_eof() && bytes < MAX_HEADER_BYTES.min(codestream.length()) => bytes *= 4,
                Err(error) if error.unexpected_eof() => return Err(malformed("the file ends early")),
                Err(error) => return Err(malformed(error)),
                Ok(head) => return Ok((head?, codestream)),
            }
        }
    }

    /// The outer error is the library's.
    fn parse(&self, start: &[u8], length: u64) -> Result<Result<Head, CodecError>, jxl_bitstream::Error> {
        let mut bits = Bitstream::new(start);
        let header = ImageHeader::parse(&mut bits, ())?;
        let metadata = &header.metadata;
        // The profile is compressed, and a few bytes may become very many.
        let profile_bytes = if metadata.colour_encoding.want_icc() { bits.read_u64()? } else { 0 };
        let alpha = metadata.ec_info.iter().find(|channel| channel.is_alpha()).map(|channel| &channel.ty);
        let head = Head {
            dimensions: Dimensions::new(header.width_with_orientation(), header.height_with_orientation()),
            layout: match (alpha, metadata.grayscale()) {
                (Some(_), _) => PixelLayout::Rgba,
                (None, false) => PixelLayout::Rgb,
                (None, true) => PixelLayout::Gray,
            },
            channels: 3 + metadata.ec_info.len() as u64,
            is_premultiplied: matches!(alpha, Some(ExtraChannelType::Alpha { alpha_associated: true })),
            profile_bytes,
            length,
            told: details::Told::of(metadata),
        };
        Ok(self.limits.admit_metadata(profile_bytes).map(|()| head))
    }

    /// Gives the library as much of the codestream as the first frame takes, and looks at each frame before any pixel
    /// is decoded.
    fn load(&self, head: &Head, codestream: &Codestream, original: &[u8]) -> Result<JxlImage, CodecError> {
        let mut loading = Loading::new(head);
        loading.run(self, head, codestream, original)?;
        let whole = loading.opened.filter(|image| image.num_loaded_keyframes() > 0);
        whole.ok_or_else(|| malformed("the file ends early"))
    }

    /// As [`Jxl::load`], as far as it goes.
    fn load_some(&self, head: &Head, codestream: &Codestream, original: &[u8]) -> Result<JxlImage, CodecError> {
        let mut loading = Loading::new(head);
        match loading.run(self, head, codestream, original) {
            Ok(()) | Err(CodecError::Malformed { .. }) => loading.opened.ok_or_else(|| malformed("no frame")),
            Err(error) => Err(error),
        }
    }

    /// Frames may be larger than the picture, and as many as one likes.
    fn admit_frames(&self, head: &Head, image: &JxlImage) -> Result<(), CodecError> {
        let limit = (head.dimensions.pixels() * MAX_DRAWN).max(MIN_DRAWN_PIXELS);
        let mut drawn: u64 = 0;
        for index in 0..=image.num_loaded_frames() {
            let Some(frame) = image.frame(index) else { continue };
            let header = frame.header();
            drawn = drawn.saturating_add(u64::from(header.width) * u64::from(header.height));
            if drawn <= limit && header.flags.patches() && frame.is_loading_done() {
                drawn = drawn.saturating_add(patched(frame)?);
            }
            if drawn > limit {
                return Err(over("pixels in all frames and patches", limit, drawn));
            }
        }
        Ok(())
    }
}

/// A picture on its way into the library.
struct Loading {
    fresh: Option<UninitializedJxlImage>,
    opened: Option<JxlImage>,
}

impl Loading {
    fn new(head: &Head) -> Self {
        let tracker = AllocTracker::with_limit(usize::try_from(head.working_bytes()).unwrap_or(usize::MAX));
        Self { fresh: Some(JxlImage::builder().alloc_tracker(tracker).build_uninit()), opened: None }
    }

    fn run(&mut self, codec: &Jxl, head: &Head, codestream: &Codestream, original: &[u8]) -> Result<(), CodecError> {
        let piece_bytes = PIECE_BYTES + head.profile_bytes * 2;
        for piece in codestream.pieces(original, piece_bytes as usize) {
            self.feed(piece)?;
            if let Some(image) = &self.opened {
                codec.admit_frames(head, image)?;
                if image.num_loaded_keyframes() > 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    fn feed(&mut self, piece: &[u8]) -> Result<(), CodecError> {
        if let Some(image) = &mut self.opened {
            image.feed_bytes(piece).map_err(failure)?;
        } else if let Some(mut unopened) = self.fresh.take() {
            unopened.feed_bytes(piece).map_err(failure)?;
            match unopened.try_init().map_err(failure)? {
                InitializeResult::NeedMoreData(unopened) => self.fresh = Some(unopened),
                InitializeResult::Initialized(image) => self.opened = Some(image),
            }
        }
        Ok(())
    }
}

/// The pixels that the patches of a frame cover, one by one.
fn patched(frame: &jxl_oxide::Frame) -> Result<u64, CodecError> {
    let Some(globals) = frame.try_parse_lf_global::<i32>() else { return Ok(0) };
    let patches = globals.map_err(|error| failure(error.into()))?.patches;
    let area = |patch: &jxl_frame::data::PatchRef| {
        u64::from(patch.width) * u64::from(patch.height) * patch.patch_targets.len() as u64
    };
    Ok(patches.iter().flat_map(|patches| &patches.patches).map(area).fold(0, u64::saturating_add))
}

impl Head {
    fn working_bytes(&self) -> u64 {
        let pixel_bytes = self.channels * WORKING_SAMPLE_BYTES + WORKING_PIXEL_BYTES;
        LIBRARY_BYTES + self.dimensions.pixels().saturating_mul(pixel_bytes).saturating_add(self.length)
    }

    /// The 8-bit pixels of a rendered frame, upright.
    fn picture(&self, render: &Render) -> Result<Picture, CodecError> {
        let mut stream = render.stream();
        let dimensions = Dimensions::new(stream.width(), stream.height());
        if dimensions != self.dimensions {
            return Err(malformed(format!("header says {}, the frame says {dimensions}", self.dimensions)));
        }
        let channels = stream.channels() as usize;
        let row_samples = dimensions.width as usize * channels;
        let bytes = dimensions.pixels() as usize * self.layout.channels();
        let mut pixels = Vec::with_capacity(bytes);
        let mut row = vec![0; row_samples];
        for _ in 0..dimensions.height {
            if stream.write_to_buffer(&mut row) != row_samples {
                return Err(malformed("the frame ends early"));
            }
            match (channels, self.layout) {
                (2, PixelLayout::Rgba) => {
                    let (samples, _) = row.as_chunks();
                    pixels.extend(samples.iter().flat_map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]));
                }
                (1, PixelLayout::Gray) | (3, PixelLayout::Rgb) | (4, PixelLayout::Rgba) => pixels.extend(&row),
                _ => return Err(CodecError::unsupported(Format::Jxl, format!("{channels} channels"))),
            }
        }
        if self.is_premultiplied {
            unpremultiply(&mut pixels);
        }
        let picture = Picture::new(dimensions, self.layout, pixels).map(Picture::without_idle_alpha);
        picture.ok_or_else(|| malformed("the pixels do not fill the picture"))
    }
}

impl Codec for Jxl {
    fn format(&self) -> Format {
        Format::Jxl
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        let (head, _) = self.head(header)?;
        if head.dimensions.pixels() == 0 {
            return Err(malformed("expected at least one pixel"));
        }
        let decoding = Decoding {
            pixel_bytes: head.layout.channels() as u8,
            working_bytes: head.working_bytes(),
            is_by_parts: false,
        };
        Ok(Facts {
            format: Format::Jxl,
            stored: head.dimensions,
            orientation: Orientation::Upright,
            frames: 1,
            decoding,
            condition: <_>::default(),
            drawing: None,
        })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let (head, codestream) = self.head(&mut Cursor::new(original))?;
        self.limits.admit(Format::Jxl, head.dimensions)?;
        let mut image = match options.broken {
            BrokenOriginals::Refuse => self.load(&head, &codestream, original)?,
            BrokenOriginals::Show => self.load_some(&head, &codestream, original)?,
        };
        request_srgb(&mut image);
        let render = match options.broken {
            BrokenOriginals::Refuse => image.render_frame(0),
            // Where details are missing, the library has what an eighth of the picture tells.
            BrokenOriginals::Show => image.render_loading_frame(),
        };
        head.picture(&render.map_err(failure)?)
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        details::details(self, original, facts).unwrap_or_else(|_| Details::of(facts))
    }
}

fn request_srgb(image: &mut JxlImage) {
    let intent = RenderingIntent::Relative;
    let is_gray = image.image_header().metadata.grayscale();
    image.request_color_encoding(if is_gray {
        EnumColourEncoding::gray_srgb(intent)
    } else {
        EnumColourEncoding::srgb(intent)
    });
}

fn unpremultiply(pixels: &mut [u8]) {
    let (pixels, _) = pixels.as_chunks_mut();
    for [red, green, blue, alpha] in pixels {
        let alpha = u32::from(*alpha);
        for channel in [red, green, blue] {
            let whole = (u32::from(*channel) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
            *channel = whole.min(255) as u8;
        }
    }
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Jxl, reason)
}

fn failure(error: Box<dyn std::error::Error + Send + Sync>) -> CodecError {
    malformed(error)
}

#[cfg(test)]
mod tests;
