//! WORDS: what is asked for and what is known, each parsed once into a type that cannot be wrong.
//! This room must not know HTTP, files, pixels or settings: it is pure and does no I/O.

mod background;
mod path;
mod recipe;
mod reuse;
mod size;
mod stamp;
mod tag;

pub use background::Background;
pub use codec::{
    Colours, Condition, Decoding, Dimensions, Facts, Format, Metadata, Orientation, OutputFormat, Quality,
};
pub use path::{ImagePath, PathError};
pub use recipe::{AnimationPolicy, OutputPolicy, Recipe, RecipeError, Resize, ResizeAlgorithm};
pub use reuse::Reuse;
pub use size::{Dpr, Size, SizeError};
pub use stamp::Stamp;
pub use tag::EntityTag;

/// What one request asks for: which image, and what is to be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRequest {
    pub path: ImagePath,
    pub transform: Transform,
}

/// The wishes of one request. A field at its default was not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transform {
    /// Longest edge of the box, in device pixels: the asked size times the device pixel ratio.
    pub size: Option<Size>,
    pub format: Option<OutputFormat>,
    pub resize_algorithm: Option<ResizeAlgorithm>,
    pub grayscale: bool,
}

impl Transform {
    /// Tells whether nothing is asked, so that the original goes out untouched.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
