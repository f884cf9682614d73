//! `Step`: one thing that is done to an upright picture, with every number decided. One file a step.
//!
//! What a step says here needs no pixels. Its doing is in the file of the same name in `pipeline/operation/`.

mod backdrop;
mod blur;
mod crop;
mod focus;
mod gray;
mod mask;
mod opacity;
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

pub use backdrop::Backdrop;
pub use blur::Blur;
pub use crop::Crop;
pub use focus::Focus;
pub use gray::Gray;
pub use mask::Mask;
pub use opacity::Opacity;
pub use overlay::Overlay;
pub use pad::Pad;
pub use patch::Patch;
pub use pixelate::Pixelate;
pub use radius::Radius;
pub use reorient::Reorient;
pub use resize::{Resize, ResizeAlgorithm};
pub use rotate::Rotate;
pub use sharpen::Sharpen;
pub use text::Text;
pub use tone::Tone;
pub use trim::{Evenness, Trim, TrimRule};

use super::{Dimensions, KeyText, Orientation, Shape};

/// What a step says of itself without pixels.
pub trait Describe {
    /// The shape of the picture afterwards; of a trim the largest that it can be.
    fn after(&self, before: Shape) -> Shape {
        Shape { drawn: None, ..before }
    }

    /// The same step on the picture as it is `stored`, to be turned upright by `orientation` later; `None` where it can
    /// only be done on an upright one.
    fn turned(&self, _orientation: Orientation, _stored: Dimensions) -> Option<Step> {
        None
    }

    /// Tells whether it computes with colours, and so wants those of sRGB.
    fn needs_colours(&self) -> bool {
        true
    }

    /// Tells whether only pixels can tell what it comes to, so that all behind it is left open.
    fn leaves_open(&self) -> bool {
        false
    }

    /// Tells whether it may leave a picture as it was, so that the original may be the better answer.
    fn may_change_nothing(&self) -> bool {
        false
    }

    /// The number of the other original that it uses, from 1.
    fn ingredient(&self) -> Option<usize> {
        None
    }

    /// Appends a word and all its numbers to a key. Takes itself apart without `..`.
    fn write_to(&self, key: &mut KeyText);
}

/// One list of all steps.
macro_rules! steps {
    ($($Name:ident),+) => {
        /// One thing that is done to a picture.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum Step {
            $(#[doc = concat!("See [`", stringify!($Name), "`].")] $Name($Name)),+
        }

        impl Step {
            /// What it is called.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$Name(_) => stringify!($Name)),+
                }
            }

            fn description(&self) -> &dyn Describe {
                match self {
                    $(Self::$Name(step) => step),+
                }
            }
        }

        $(impl From<$Name> for Step {
            fn from(step: $Name) -> Self {
                Self::$Name(step)
            }
        })+
    };
}

steps!(
    Backdrop, Blur, Crop, Focus, Gray, Mask, Opacity, Overlay, Pad, Patch, Pixelate, Radius, Reorient, Resize, Rotate,
    Sharpen, Text, Tone, Trim
);

impl Describe for Step {
    fn after(&self, before: Shape) -> Shape {
        self.description().after(before)
    }

    fn turned(&self, orientation: Orientation, stored: Dimensions) -> Option<Step> {
        if orientation == Orientation::Upright {
            Some(self.clone())
        } else {
            self.description().turned(orientation, stored)
        }
    }

    fn needs_colours(&self) -> bool {
        self.description().needs_colours()
    }

    fn leaves_open(&self) -> bool {
        self.description().leaves_open()
    }

    fn may_change_nothing(&self) -> bool {
        self.description().may_change_nothing()
    }

    fn ingredient(&self) -> Option<usize> {
        self.description().ingredient()
    }

    fn write_to(&self, key: &mut KeyText) {
        self.description().write_to(key);
    }
}
