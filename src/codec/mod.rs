//! CODECS: bytes to pixels and back, one file per format, each owning its settings.
//! This room must not know requests in flight, files, threads or HTTP.

mod animation;
pub mod avif;
pub mod bmp;
mod colour;
mod exif;
pub mod gif;
pub mod ico;
mod inputs;
pub mod jpeg;
mod jxl;
mod limits;
mod notice;
mod picture;
pub mod png;
pub mod svg;
pub mod tiff;
pub mod webp;

use std::io::{Read, Seek};
use std::sync::Arc;

pub use animation::{Animator, Frame, FrameWriter, Frames, Plays};
pub use colour::{ColourRule, ColourSpace};
pub use inputs::InputFormats;
pub use limits::Limits;
pub use notice::Notice;
pub use picture::{Picture, PixelLayout};
use twox_hash::XxHash3_64;

use crate::request::{Dimensions, Facts, Format, OutputFormat, Quality};

/// What a header is read from: a file, or bytes in memory behind a cursor. Implementations read only what they need.
pub trait Header: Read + Seek {}

impl<T: Read + Seek> Header for T {}

/// Reads one format, and writes it where [`Codec::encoder`] says so. Every implementation passes the suite in
/// `codec/conformance.rs`.
pub trait Codec: Send + Sync {
    /// The format that this codec reads.
    fn format(&self) -> Format;

    /// Reads format, dimensions, orientation and what decoding takes from the header, without allocating pixels. Costs
    /// a few small reads.
    ///
    /// # Errors
    /// [`CodecError::Malformed`] for a broken header, [`CodecError::Unsupported`] for a feature that we do not decode,
    /// [`CodecError::OverLimit`] for an original that asks for too much.
    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError>;

    /// Decodes a whole original to 8-bit pixels, as stored: the orientation is not applied, and what the numbers mean is
    /// told ([`Picture::colours`]), not changed.
    ///
    /// With `target`, the dimensions (as stored) that the picture will be resized to, a codec that decodes faster at a
    /// reduced size may return a smaller picture of the same aspect ratio, never below `target`. A drawing has no size
    /// of its own: it is drawn at exactly `target`.
    ///
    /// # Errors
    /// As [`Codec::probe`]; also for pixel data that is broken or ends early.
    fn decode(&self, original: &[u8], target: Option<Dimensions>) -> Result<Picture, CodecError>;

    /// As [`Codec::decode`], asking now and then whether the pixels are still wanted where that is cheap.
    ///
    /// # Errors
    /// As [`Codec::decode`]; [`CodecError::Abandoned`] soon after `is_abandoned` has said so.
    fn decode_unless(
        &self,
        original: &[u8],
        target: Option<Dimensions>,
        _is_abandoned: &dyn Fn() -> bool,
    ) -> Result<Picture, CodecError> {
        self.decode(original, target)
    }

    /// The dimensions, as stored, that [`Codec::decode`] gives for an original with these: smaller ones only where the
    /// codec decodes faster at a reduced size.
    fn decoded(&self, stored: Dimensions, _target: Option<Dimensions>) -> Dimensions {
        stored
    }

    /// What of `target` decides about the pixels: targets with the same detail lead [`Codec::decode`] to the same pixels,
    /// unless they are those of [a substitute](Picture::is_substitute).
    fn detail(&self, stored: Dimensions, target: Option<Dimensions>) -> Detail {
        match target {
            Some(target) if self.decoded(stored, Some(target)) != stored => Detail::Target(target),
            _ => Detail::Whole,
        }
    }

    /// Bytes that [`Codec::decode`] holds beside the original and the pixels that it gives, of these dimensions.
    fn working_bytes(&self, facts: &Facts, _decoded: Dimensions) -> u64 {
        facts.decoding.working_bytes
    }

    /// Reads all frames of an original that [`Codec::probe`] found to have several, as [`Codec::decode`] would.
    ///
    /// # Errors
    /// As [`Codec::decode`]; [`CodecError::Unsupported`] for formats that cannot animate ([`Format::can_animate`]).
    fn frames<'a>(&self, _original: &'a [u8]) -> Result<Box<dyn Frames + 'a>, CodecError> {
        Err(CodecError::unsupported(self.format(), "animation"))
    }

    /// Bytes that [`Codec::frames`] holds beside the original and one frame.
    fn animation_bytes(&self, facts: &Facts) -> u64 {
        facts.decoding.working_bytes
    }

    /// Whose the picture is, as the original's metadata says. Costs a walk along its parts, and the unpacking of texts.
    fn notice(&self, _original: &[u8]) -> Notice {
        Notice::default()
    }

    /// The encoder of the same format, where there is one.
    fn encoder(&self) -> Option<&dyn Encoder> {
        None
    }
}

/// What a rendition has of its original beside the pixels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inheritance {
    /// The finest quality that the original is worth.
    pub max_quality: Option<Quality>,
    /// Whose the picture is, where that is to be kept.
    pub notice: Notice,
}

impl Inheritance {
    /// The quality of a lossy encoder, which is none finer than the original's.
    pub fn capped(&self, quality: u8) -> u8 {
        self.max_quality.map_or(quality, |most| quality.min(most.number()))
    }
}

/// Writes one format.
pub trait Encoder: Send + Sync {
    /// As [`Encoder::encode_inheriting`], of a picture that inherits nothing.
    ///
    /// # Errors
    /// As there.
    fn encode(&self, picture: &Picture) -> Result<Vec<u8>, CodecError> {
        self.encode_inheriting(picture, &Inheritance::default(), 1)
    }

    /// Encodes a picture of any layout that the format can carry. Carries no metadata over but what is inherited, and
    /// a colour profile, as [`Encoder::carries_profile`] says. Works on up to so many threads where that is worth it; the
    /// bytes are the same on any number.
    ///
    /// # Errors
    /// [`CodecError::TooLarge`] where the format cannot hold the dimensions, [`CodecError::Encode`] where the
    /// library fails.
    fn encode_inheriting(
        &self,
        picture: &Picture,
        inheritance: &Inheritance,
        threads: usize,
    ) -> Result<Vec<u8>, CodecError>;

    /// Tells whether a file of this format says whose the picture is, and what else it says is known.
    fn carries_notice(&self) -> bool {
        true
    }

    /// Takes the metadata out of a file of this format, and puts the notice in; the pixels stay as they are coded.
    ///
    /// # Errors
    /// [`CodecError::Malformed`] where the parts of the file are not in order.
    fn strip(&self, original: &[u8], notice: &Notice) -> Result<Vec<u8>, CodecError>;

    /// Tells whether the colour profile of pictures of this layout is written. Where it is not, they should come in sRGB.
    fn carries_profile(&self, _layout: PixelLayout) -> bool {
        false
    }

    /// What writes animations, where the format can hold them ([`Format::can_animate`]).
    fn animator(&self) -> Option<&dyn Animator> {
        None
    }

    /// Bytes that encoding holds beside the picture, those that it returns among them: never less than in truth.
    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout) -> u64;

    /// All settings that change the bytes written, and the version of the scheme, as stable text.
    fn settings(&self) -> String;
}

/// How much of an original is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detail {
    Whole,
    /// What suits these dimensions.
    Target(Dimensions),
    /// What is left when both sides are divided.
    Divided(u32),
}

/// Why a codec gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("broken {format}: {reason}")]
    Malformed { format: Format, reason: String },
    #[error("unsupported {format}: {feature}")]
    Unsupported { format: Format, feature: String },
    #[error("{format} holds at most {limit} pixels a side, got {dimensions}")]
    TooLarge { format: Format, limit: u32, dimensions: Dimensions },
    #[error("expected an original of at most {limit} {what}, got {got}")]
    OverLimit { what: &'static str, limit: u64, got: String },
    #[error("cannot write {format}: {reason}")]
    Encode { format: Format, reason: String },
    #[error("nobody waits for the picture any more")]
    Abandoned,
}

impl CodecError {
    pub(crate) fn malformed(format: Format, reason: impl ToString) -> Self {
        Self::Malformed { format, reason: reason.to_string() }
    }

    pub(crate) fn unsupported(format: Format, feature: impl ToString) -> Self {
        Self::Unsupported { format, feature: feature.to_string() }
    }

    pub(crate) fn encode(format: Format, reason: impl ToString) -> Self {
        Self::Encode { format, reason: reason.to_string() }
    }
}

/// The settings of every encoder, and the limits of every decoder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CodecSettings {
    pub inputs: InputFormats,
    pub limits: Limits,
    pub colour_rule: ColourRule,
    /// Renditions say whose the picture is, where the original does.
    pub keeps_notices: bool,
    pub avif: avif::Settings,
    pub jpeg: jpeg::Settings,
    pub png: png::Settings,
    pub svg: svg::Settings,
    pub webp: webp::Settings,
}

/// All codecs of this build.
#[derive(Clone)]
pub struct Codecs {
    all: Arc<[Box<dyn Codec>]>,
    inputs: InputFormats,
    limits: Limits,
    colour_rule: ColourRule,
    keeps_notices: bool,
    settings_digest: u64,
}

impl Codecs {
    pub fn new(settings: &CodecSettings) -> Self {
        let CodecSettings { limits, colour_rule, keeps_notices, .. } = *settings;
        let all: Vec<Box<dyn Codec>> = vec![
            Box::new(avif::Avif::new(settings.avif, limits).with_colour_rule(colour_rule)),
            Box::new(bmp::Bmp::new(limits)),
            Box::new(gif::Gif::new(limits)),
            Box::new(ico::Ico::new(limits)),
            Box::new(jpeg::Jpeg::new(settings.jpeg, limits)),
            Box::new(jxl::Jxl::new(limits)),
            Box::new(png::Png::new(settings.png, limits).with_colour_rule(colour_rule)),
            Box::new(svg::Svg::new(&settings.svg, limits)),
            Box::new(tiff::Tiff::new(limits).with_colour_rule(colour_rule)),
            Box::new(webp::WebP::new(settings.webp, limits)),
        ];
        let encoders: String = all.iter().filter_map(|codec| Some(codec.encoder()?.settings())).collect();
        let (inputs, fonts) = (settings.inputs.clone(), settings.svg.fonts.digest());
        let settings = format!("colours={colour_rule:?} v1;notices={keeps_notices} v1;{encoders}fonts {fonts:x}");
        let settings_digest = XxHash3_64::oneshot(settings.as_bytes());
        Self { all: all.into(), inputs, limits, colour_rule, keeps_notices, settings_digest }
    }

    /// What an original may ask for.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What becomes of colours that are not sRGB.
    pub fn colour_rule(&self) -> ColourRule {
        self.colour_rule
    }

    /// Tells whether it is kept whose a picture is.
    pub fn keeps_notices(&self) -> bool {
        self.keeps_notices
    }

    /// What is kept of whose a picture is.
    pub fn notice(&self, format: Format, original: &[u8]) -> Notice {
        let codec = self.codec(format).ok().filter(|_| self.keeps_notices);
        codec.map(|codec| codec.notice(original)).unwrap_or_default()
    }

    /// The codec that reads `format`.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`] for a format that we recognise but do not decode, or are told not to.
    pub fn decoder(&self, format: Format) -> Result<&dyn Codec, CodecError> {
        let codec = self.codec(format)?;
        let reason = "decoding this format is switched off here; it is only served untouched";
        if self.inputs.contains(format) { Ok(codec) } else { Err(CodecError::unsupported(format, reason)) }
    }

    fn codec(&self, format: Format) -> Result<&dyn Codec, CodecError> {
        let codec = self.all.iter().find(|codec| codec.format() == format);
        codec.map(Box::as_ref).ok_or_else(|| CodecError::unsupported(format, "this format is only served untouched"))
    }

    /// All formats that there is a decoder for, in the order of their names.
    pub fn inputs() -> impl Iterator<Item = Format> {
        let all = Self::new(&CodecSettings::default());
        Format::all().filter(move |format| all.codec(*format).is_ok())
    }

    /// The encoder that writes `output`.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`]; never for the formats of [`OutputFormat::all`], which is tested.
    pub fn encoder(&self, output: OutputFormat) -> Result<&dyn Encoder, CodecError> {
        let encoder = self.codec(output.format())?.encoder();
        encoder.ok_or_else(|| CodecError::unsupported(output.format(), "no encoder"))
    }

    /// What writes animations in `output`.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`] where the format cannot animate.
    pub fn animator(&self, output: OutputFormat) -> Result<&dyn Animator, CodecError> {
        let animator = self.encoder(output)?.animator();
        animator.ok_or_else(|| CodecError::unsupported(output.format(), "animation"))
    }

    /// A digest (XXH3, 64 bits) of all encoder settings and the rules for colours and notices: part of every key, so that a changed setting is a new entry.
    pub fn settings_digest(&self) -> u64 {
        self.settings_digest
    }
}

#[cfg(test)]
mod conformance;
