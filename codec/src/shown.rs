//! `ShownFrames`: what is shown of originals that are truncated or damaged.

use crate::{BrokenOriginals, Codec, CodecError, DecodeOptions, Frame, Frames, Picture, Plays};

/// What is shown of an original that was called broken; that error where nothing is.
pub(crate) fn shown(broken: CodecError, salvaged: Result<Picture, CodecError>) -> Result<Picture, CodecError> {
    match salvaged {
        Ok(picture) => Ok(picture.as_incomplete()),
        Err(CodecError::Abandoned) => Err(CodecError::Abandoned),
        Err(_) => Err(broken),
    }
}

/// The frames of an animation; where not even the first is whole, what there is of the still picture.
pub(crate) struct ShownFrames<'a> {
    codec: &'a dyn Codec,
    original: &'a [u8],
    frames: Box<dyn Frames + 'a>,
    has_begun: bool,
    is_over: bool,
}

impl<'a> ShownFrames<'a> {
    pub(crate) fn new(codec: &'a dyn Codec, original: &'a [u8], frames: Box<dyn Frames + 'a>) -> Self {
        Self { codec, original, frames, has_begun: false, is_over: false }
    }
}

impl Frames for ShownFrames<'_> {
    fn plays(&self) -> Plays {
        self.frames.plays()
    }

    fn next(&mut self) -> Result<Option<Frame>, CodecError> {
        if self.is_over {
            return Ok(None);
        }
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        match self.frames.next() {
            Err(broken @ CodecError::Malformed { .. }) if is_first => {
                self.is_over = true;
                let options = DecodeOptions::of_broken(BrokenOriginals::Show);
                let picture = shown(broken, self.codec.decode_as(self.original, &options))?;
                Ok(Some(Frame { picture, milliseconds: 0 }))
            }
            other => other,
        }
    }
}
