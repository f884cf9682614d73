//! `Encoder`: what writes a format.

use crate::{Animator, CodecError, Dimensions, Notice, Picture, PixelLayout, Quality};

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

    /// What writes animations, where the format can hold them ([`can_animate`](crate::Format::can_animate)).
    fn animator(&self) -> Option<&dyn Animator> {
        None
    }

    /// Bytes that encoding holds beside the picture, those that it returns among them: never less than in truth.
    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout) -> u64;

    /// All settings that change the bytes written, and the version of the scheme, as stable text.
    fn settings(&self) -> String;
}
