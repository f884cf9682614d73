//! AVIF: AV1 pictures in the container of MPEG, which `heif` reads. Decodes them with rav1d; writes with libaom, or with
//! ravif in a build without C. This room must not know about other formats.

mod decoder;

#[cfg(feature = "libaom")]
mod encode_libaom;
#[cfg(feature = "ravif")]
mod encode_ravif;
#[cfg(feature = "libaom")]
mod levels;
#[cfg(feature = "libaom")]
mod obu;
#[cfg(feature = "libaom")]
mod planes;
#[cfg(feature = "libaom")]
mod write;

#[cfg(not(any(feature = "libaom", feature = "ravif")))]
compile_error!("no avif encoder: choose the feature `libaom` (needs cmake, nasm and perl) or `ravif` (Rust alone)");

#[cfg(test)]
mod tests;

use std::fmt::Display;

use super::heif::boxes::FourCc;
use super::heif::frame::{Coded, Frame};
use super::heif::image::{self, Image};
use super::heif::meta::Meta;
use super::heif::{Coder, Fault, MAX_SIDE, decode, details, metadata};
use super::notice::{Blocks, Notice};
use super::{
    Choices, Codec, CodecError, Coding, ColourRule, DecodeOptions, Details, Encoder, Header, Limits, Picture,
    PixelLayout,
};
use crate::{Dimensions, Facts, Format, Quality};

/// What decoding takes beside the planes of frames.
const LIBRARY_BYTES: u64 = 8 * 1024 * 1024;
/// The decoder's notes on each block, for two pixels.
const NOTES_PAIR_BYTES: u64 = 6;

/// The kind of items that are AV1 pictures.
const KIND: FourCc = *b"av01";

/// The encoders of this build: the first writes, all are tested.
const LIBRARIES: [Library; cfg!(feature = "libaom") as usize + cfg!(feature = "ravif") as usize] = [
    #[cfg(feature = "libaom")]
    encode_libaom::LIBRARY,
    #[cfg(feature = "ravif")]
    encode_ravif::LIBRARY,
];

/// An encoder of AV1 that makes whole files.
#[derive(Debug, Clone, Copy)]
struct Library {
    /// Its name, with a version that is raised when the same coding begins to give other bytes.
    name: &'static str,
    choices: Choices,
    carries_profile: fn(PixelLayout) -> bool,
    working_bytes: fn(Dimensions, PixelLayout, Coding) -> u64,
    /// Takes an EXIF block, and the number of threads.
    encode: Encode,
}

type Encode = fn(&Picture, Coding, Option<&[u8]>, usize) -> Result<Vec<u8>, CodecError>;

/// What decides how a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// 1 (smallest) to 100 (best): about the same SSIMULACRA2 for the same number, whichever encoder is built.
    pub quality: u8,
    /// 1 (smallest files) to 10 (fastest).
    pub speed: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self { quality: 85, speed: 6 }
    }
}

/// What decodes the pictures within.
struct Av1;

/// The codec of AVIF.
#[derive(Debug, Clone, Copy)]
pub struct Avif {
    settings: Settings,
    limits: Limits,
    colour_rule: ColourRule,
    library: Library,
}

impl Avif {
    /// A codec that writes with `settings` where nothing else is asked for.
    pub fn new(settings: Settings, limits: Limits) -> Self {
        Self { settings, limits, colour_rule: ColourRule::Srgb, library: LIBRARIES[0] }
    }

    /// The same codec with another rule for colours that are not sRGB.
    pub fn with_colour_rule(self, colour_rule: ColourRule) -> Self {
        Self { colour_rule, ..self }
    }
}

impl Codec for Avif {
    fn format(&self) -> Format {
        Format::Avif
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        facts(header).map_err(|fault| fault.of(Format::Avif))
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let decoded = decode::decode(&Av1, original, &self.limits, self.colour_rule, options);
        decoded.map_err(|fault| fault.of(Format::Avif))
    }

    fn blocks<'a>(&self, original: &'a [u8]) -> Blocks<'a> {
        metadata::blocks(original).unwrap_or_default()
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        details::details(original, facts, KIND).unwrap_or_else(|_| Details::of(facts))
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Coder for Av1 {
    fn format(&self) -> Format {
        Format::Avif
    }

    fn kind(&self) -> FourCc {
        KIND
    }

    fn decode(&self, coded: &Coded<'_>) -> Result<Box<dyn Frame>, Fault> {
        decoder::decode(coded)
    }
}

fn facts(header: &mut dyn Header) -> Result<Facts, Fault> {
    let payload = image::read_meta(header)?;
    let meta = Meta::parse(&payload)?;
    let image = Image::find(&meta, KIND)?;
    Ok(Facts {
        format: Format::Avif,
        stored: image.dimensions,
        orientation: image.orientation,
        frames: 1,
        decoding: image.decoding(decoder_bytes(&image)),
        condition: metadata::condition(&image, &meta),
        drawing: None,
    })
}

/// What decoding takes: three times the planes of a frame (the decoder works on two frames at once, and film grain
/// is added to a copy), and its notes on each block.
fn decoder_bytes(image: &Image) -> u64 {
    let coding = image.layers().map(|layer| layer.coding).max().unwrap_or(image.colour.coding);
    // One tile may be larger than the picture that is cut out of it.
    let coded_pixels = image.layers().map(|layer| layer.coded.pixels()).max().unwrap_or_default();
    let pairs = image.whole.pixels().max(image.alpha_pixels()).max(coded_pixels).div_ceil(2);
    pairs * (coding.pair_bytes * 3 + NOTES_PAIR_BYTES) + LIBRARY_BYTES
}

impl Encoder for Avif {
    fn coding(&self) -> Coding {
        let Settings { quality, speed } = self.settings;
        // Numbers outside their ranges count as the nearest within.
        Coding::new(Some(Quality::new(quality)), speed.clamp(1, 10))
    }

    fn choices(&self) -> Choices {
        self.library.choices
    }

    fn encode_as(
        &self,
        picture: &Picture,
        coding: &Coding,
        notice: &Notice,
        threads: usize,
    ) -> Result<Vec<u8>, CodecError> {
        let dimensions = picture.dimensions();
        if dimensions.longest_edge() > MAX_SIDE {
            return Err(CodecError::TooLarge { format: Format::Avif, limit: MAX_SIDE, dimensions });
        }
        (self.library.encode)(picture, *coding, notice.exif().as_deref(), threads)
    }

    fn strip(&self, original: &[u8], notice: &Notice) -> Result<Vec<u8>, CodecError> {
        metadata::stripped(original, notice).map_err(|fault| fault.of(Format::Avif))
    }

    fn carries_profile(&self, layout: PixelLayout) -> bool {
        (self.library.carries_profile)(layout)
    }

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, coding: &Coding) -> u64 {
        (self.library.working_bytes)(dimensions, layout, *coding)
    }

    fn version(&self) -> String {
        format!("avif {};", self.library.name)
    }
}

fn encode_error(reason: impl Display) -> CodecError {
    CodecError::encode(Format::Avif, reason)
}
