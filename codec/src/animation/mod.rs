//! Pictures that are shown one after another: what every format that can animate has in common.

mod area;
mod canvas;
mod change;

pub(super) use area::Area;
pub(super) use canvas::{Canvas, Disposal, is_opaque, opaque_picture};
pub(super) use change::{Change, visible_rgba};

use crate::{CodecError, Coding, Dimensions, Picture};

/// A whole canvas, and for how long it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Everything that is seen, not only what changed.
    pub picture: Picture,
    /// For how long it is shown.
    pub milliseconds: u32,
}

/// How often an animation is shown; 0 means for ever.
pub type Plays = u32;

/// Reads an animation, frame by frame: never more than a few canvases are in memory.
pub trait Frames {
    /// How often all frames are shown.
    fn plays(&self) -> Plays;

    /// The next frame, `None` after the last. A frame that is broken, or ends early, ends the animation before it, as in
    /// every viewer.
    ///
    /// # Errors
    /// Where not even the first frame is whole: as [`super::Codec::decode`].
    fn next(&mut self) -> Result<Option<Frame>, CodecError>;
}

/// Writes animations of one format.
pub trait Animator {
    /// Begins an animation of these dimensions.
    ///
    /// # Errors
    /// As [`super::Encoder::encode`].
    fn begin(&self, dimensions: Dimensions, plays: Plays, coding: &Coding) -> Result<Box<dyn FrameWriter>, CodecError>;

    /// Bytes that writing so many frames holds beside the one that is pushed, those that it returns among them: never less
    /// than in truth.
    fn working_bytes(&self, dimensions: Dimensions, frames: u32, coding: &Coding) -> u64;
}

/// Writes an animation, frame by frame.
pub trait FrameWriter {
    /// Adds a frame. All frames have the dimensions that were announced, and the colours of the first.
    ///
    /// # Errors
    /// As [`super::Encoder::encode`].
    fn push(&mut self, frame: Frame) -> Result<(), CodecError>;

    /// The whole file.
    ///
    /// # Errors
    /// As [`super::Encoder::encode`]; also where there was no frame.
    fn finish(self: Box<Self>) -> Result<Vec<u8>, CodecError>;
}
