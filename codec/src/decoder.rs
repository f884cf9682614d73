//! `Codec`: what reads a format.

use crate::notice::Blocks;
use crate::{
    BrokenOriginals, CodecError, Details, Dimensions, Encoder, Excerpt, Facts, Format, Frames, Header, Notice, Picture,
};

/// How an original is decoded.
#[derive(Clone, Copy)]
pub struct DecodeOptions<'a> {
    /// The dimensions (as stored) that the picture will be resized to: a codec that decodes faster at a reduced size may
    /// give a smaller picture of the same aspect ratio, never below these. A drawing has no size of its own: it is drawn
    /// at exactly these.
    pub target: Option<Dimensions>,
    /// The part that is wanted, in stored pixels; then `target` is what that will be resized to. A codec that can decode a
    /// part for less gives it and perhaps more around it ([`Picture::place`] tells), with the same pixels as it has in the
    /// whole picture; but an alpha channel that says nothing there may be left out, and what is broken elsewhere not found.
    /// Of a drawing, nothing but all can be wanted.
    pub excerpt: Option<Excerpt>,
    /// What becomes of pixel data that is broken or ends early. Where it is shown, what is missing is gray, and opaque;
    /// what is damaged may be anything.
    pub broken: BrokenOriginals,
    /// Asked now and then, where that is cheap, whether nobody wants the pixels any more.
    pub is_abandoned: &'a dyn Fn() -> bool,
}

impl Default for DecodeOptions<'_> {
    /// The whole picture, in any case.
    fn default() -> Self {
        Self { target: None, excerpt: None, broken: BrokenOriginals::Refuse, is_abandoned: &|| false }
    }
}

impl DecodeOptions<'_> {
    /// The same for broken originals, and the rest as usual: for a picture of another format within.
    pub(crate) fn of_broken(broken: BrokenOriginals) -> Self {
        Self { broken, ..Self::default() }
    }
}

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

    /// Decodes an original to 8-bit pixels, as stored: the orientation is not applied, and what the numbers mean is told
    /// ([`Picture::colours`]), not changed.
    ///
    /// # Errors
    /// As [`Codec::probe`]; also for pixel data that is broken or ends early, where that is to be refused, and where not
    /// one row is there or the format cannot be decoded in part, where it is to be shown. [`CodecError::Abandoned`] soon
    /// after [`DecodeOptions::is_abandoned`] has said so, in codecs that ask.
    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError>;

    /// Decodes a whole original that is wanted in any case.
    ///
    /// # Errors
    /// As [`Codec::decode_as`].
    fn decode(&self, original: &[u8], target: Option<Dimensions>) -> Result<Picture, CodecError> {
        self.decode_as(original, &DecodeOptions { target, ..DecodeOptions::default() })
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

    /// The dimensions that [`Codecs::decode`](crate::Codecs::decode) gives for an excerpt, as [`Codec::decoded`] for the whole.
    fn decoded_excerpt(&self, excerpt: Excerpt, _target: Option<Dimensions>) -> Dimensions {
        excerpt.dimensions
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

    /// The blocks of metadata of an original. Costs a walk along its parts, and the unpacking of texts.
    fn blocks<'a>(&self, _original: &'a [u8]) -> Blocks<'a> {
        Blocks::default()
    }

    /// Whose the picture is, as the original's metadata says. Costs as much.
    fn notice(&self, original: &[u8]) -> Notice {
        Notice::read(&self.blocks(original))
    }

    /// What it says of itself that nothing is decided by. Costs a walk along its parts, and the reading of a profile. Where
    /// those are broken, what was found until there counts.
    fn details(&self, _original: &[u8], facts: &Facts) -> Details {
        Details::of(facts)
    }

    /// The encoder of the same format, where there is one.
    fn encoder(&self) -> Option<&dyn Encoder> {
        None
    }
}

/// How much of an original is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detail {
    /// All of it.
    Whole,
    /// What suits these dimensions.
    Target(Dimensions),
    /// What is left when both sides are divided.
    Divided(u32),
}
