//! `Operation`: one step from pixels to pixels. Decided elsewhere; what each is to do is in a file of its own.

mod aim;
mod backdrop;
mod blur;
mod channels;
mod colour;
mod crop;
mod flatten;
mod focus;
mod gray;
mod ground;
mod halves;
mod kernel;
mod mask;
mod opacity;
mod orient;
mod overlay;
mod pad;
mod patch;
mod pixelate;
mod radius;
mod reorient;
mod resize;
mod rotate;
mod sharpen;
mod text;
mod tone;
mod trim;
mod zoom;

use codec::{CodecError, Codecs, ColourRule, Notice, Picture};

pub use aim::Aim;
pub use colour::Colour;
pub use flatten::Flatten;
pub use orient::Orient;
pub use resize::resize;
pub use zoom::Zoom;

use super::RenderError;
use super::kitchen::{Ingredient, Kitchen};
use crate::report::Stage;
use crate::request::step::{Crop, Describe as _, Focus, Resize};
use crate::request::{Dimensions, Orientation, Shape, Step};

/// One step from pixels to pixels: one that was asked for, or one that is owed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operation {
    /// One that was asked for.
    Step(Step),
    /// A part of the picture at other dimensions: two that were asked for, done in one.
    Zoom(Zoom),
    /// The part of the picture with most to see at other dimensions: done in one, too.
    Aim(Aim),
    /// To the colours of renditions.
    Colour(Colour),
    /// Upright.
    Orient(Orient),
    /// Opaque, for a format that cannot be transparent.
    Flatten(Flatten),
}

/// The doing of an operation. What has a default here need not be said.
pub(super) trait Work {
    /// The stage that the operation's time counts towards.
    fn stage(&self) -> Stage;

    /// The most bytes that it holds at any time, those of the pictures before and after it among them; never less than
    /// in truth.
    ///
    /// # Errors
    /// Another original cannot be decoded.
    fn held(&self, before: Between, after: Between, larder: &Larder<'_>) -> Result<u64, CodecError>;

    /// The bytes of a pixel afterwards: of one that takes on colours or transparency, more.
    fn pixel_bytes_after(&self, before: u64) -> u64 {
        before
    }

    /// Tells whether it shows something else than before in a rendition that keeps format, dimensions and colours.
    fn changes(&self, _picture: &Picture) -> bool {
        true
    }

    /// Tells whether it gives the same whatever the rendition will be written as, and of whatever it is made besides.
    fn is_common(&self, _colour_rule: ColourRule) -> bool {
        true
    }

    /// What it comes to for this picture, and for all frames after it; `None` where that is itself.
    fn settled(&self, _picture: &Picture) -> Option<Operation> {
        None
    }

    /// Does it.
    ///
    /// # Errors
    /// A library fails, or another original cannot be read.
    fn done(&self, picture: Picture, kitchen: &Kitchen<'_>) -> Result<Picture, RenderError>;
}

/// A picture between two operations, as far as memory goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Between {
    pub dimensions: Dimensions,
    pub pixel_bytes: u64,
}

/// What is known of the other originals before there is work.
pub(super) struct Larder<'a> {
    pub others: &'a [Ingredient],
    pub codecs: &'a Codecs,
}

impl Between {
    pub fn bytes(self) -> u64 {
        self.dimensions.pixels() * self.pixel_bytes
    }
}

/// Does one step that needs no other original. Blocks: for measuring it apart from the rest.
///
/// # Errors
/// A library fails, or another original is needed.
pub fn apply(step: Step, picture: Picture, codecs: &Codecs) -> Result<Picture, RenderError> {
    let kitchen = Kitchen::new(codecs, Notice::default(), &[], &|| false);
    Operation::Step(step).work().done(picture, &kitchen)
}

impl Operation {
    /// The one place that leads from an operation to its doing.
    pub(super) fn work(&self) -> &dyn Work {
        match self {
            Self::Step(Step::Backdrop(backdrop)) => backdrop,
            Self::Step(Step::Blur(blur)) => blur,
            Self::Step(Step::Crop(crop)) => crop,
            Self::Step(Step::Focus(focus)) => focus,
            Self::Step(Step::Gray(gray)) => gray,
            Self::Step(Step::Mask(mask)) => mask,
            Self::Step(Step::Opacity(opacity)) => opacity,
            Self::Step(Step::Overlay(overlay)) => overlay,
            Self::Step(Step::Pad(pad)) => pad,
            Self::Step(Step::Patch(patch)) => patch,
            Self::Step(Step::Pixelate(pixelate)) => pixelate,
            Self::Step(Step::Radius(radius)) => radius,
            Self::Step(Step::Resize(resize)) => resize,
            Self::Step(Step::Rotate(rotate)) => rotate,
            Self::Step(Step::Sharpen(sharpen)) => sharpen,
            Self::Step(Step::Tone(tone)) => tone,
            Self::Step(Step::Text(text)) => text,
            Self::Step(Step::Trim(trim)) => trim,
            Self::Step(Step::Reorient(reorient)) => reorient,
            Self::Zoom(zoom) => zoom,
            Self::Aim(aim) => aim,
            Self::Colour(colour) => colour,
            Self::Orient(orient) => orient,
            Self::Flatten(flatten) => flatten,
        }
    }

    pub(super) fn as_crop(&self) -> Option<Crop> {
        if let Self::Step(Step::Crop(crop)) = self { Some(*crop) } else { None }
    }

    pub(super) fn as_resize(&self) -> Option<Resize> {
        if let Self::Step(Step::Resize(resize)) = self { Some(*resize) } else { None }
    }

    pub(super) fn as_focus(&self) -> Option<Focus> {
        if let Self::Step(Step::Focus(focus)) = self { Some(*focus) } else { None }
    }

    pub(super) fn as_orientation(&self) -> Option<Orientation> {
        if let Self::Orient(Orient(orientation)) = self { Some(*orientation) } else { None }
    }

    /// Tells whether it changes the dimensions of the picture by weighing pixels.
    pub(super) fn is_resize(&self) -> bool {
        matches!(self, Self::Step(Step::Resize(_)) | Self::Zoom(_))
    }

    /// The dimensions afterwards, of a trim the largest that they can be.
    pub(super) fn after(&self, dimensions: Dimensions) -> Dimensions {
        match self {
            Self::Step(step) => step.after(Shape::of_pixels(dimensions)).dimensions,
            Self::Zoom(zoom) => zoom.resize.dimensions,
            Self::Aim(aim) => aim.dimensions(),
            Self::Orient(Orient(orientation)) => orientation.applied_to(dimensions),
            Self::Colour(_) | Self::Flatten(_) => dimensions,
        }
    }
}
