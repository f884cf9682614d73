//! `Encoder`: what writes a format.

use crate::{Animator, Choices, CodecError, Coding, Dimensions, Notice, Picture, PixelLayout};

/// Writes one format.
pub trait Encoder: Send + Sync {
    /// How pictures are written where nothing else is asked for: the operator's settings.
    fn coding(&self) -> Coding;

    /// What of it a request can choose.
    fn choices(&self) -> Choices;

    /// As [`Encoder::encode_as`], with the operator's settings and no notice.
    ///
    /// # Errors
    /// As there.
    fn encode(&self, picture: &Picture) -> Result<Vec<u8>, CodecError> {
        self.encode_as(picture, &self.coding(), &Notice::default(), 1)
    }

    /// Encodes a picture of any layout that the format can carry. Carries no metadata over but the notice, and a colour
    /// profile, as [`Encoder::carries_profile`] says. Works on up to so many threads where that is worth it; the bytes are
    /// the same on any number.
    ///
    /// # Errors
    /// [`CodecError::TooLarge`] where the format cannot hold the dimensions, [`CodecError::Encode`] where the
    /// library fails.
    fn encode_as(
        &self,
        picture: &Picture,
        coding: &Coding,
        notice: &Notice,
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
    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, coding: &Coding) -> u64;

    /// The name of the scheme and its version, which is raised when the same coding begins to give other bytes.
    fn version(&self) -> String;
}
