//! WORDS: what is asked for and what is known, each parsed once into a type that cannot be wrong.
//! This room must not know HTTP, files, pixels or settings: it is pure and does no I/O.

mod background;
mod facts;
mod format;
mod path;
mod quality;
mod recipe;
mod reuse;
mod size;
mod tag;

pub use background::Background;
pub use facts::{Colours, Condition, Decoding, Facts, Metadata, Orientation, Stamp};
pub use format::{Format, OutputFormat};
pub use path::{ImagePath, PathError};
pub use quality::Quality;
pub use recipe::{AnimationPolicy, OutputPolicy, Recipe, RecipeError, Resize, ResizeAlgorithm};
pub use reuse::Reuse;
pub use size::{Dimensions, Dpr, Size, SizeError};
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
