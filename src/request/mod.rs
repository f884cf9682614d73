//! WORDS: what is asked for and what is known, each parsed once into a type that cannot be wrong.
//! This room must not know HTTP, files, pixels or settings: it is pure and does no I/O.

mod animation;
mod background;
mod coding;
mod date;
mod denial;
mod edit;
mod effects;
mod identity;
mod output;
mod overlay;
mod path;
mod policy;
mod recipe;
mod reference;
mod reuse;
mod size;
mod stamp;
pub mod step;
mod tag;
mod wish;

pub use animation::{AnimationLimit, AnimationPolicy};
pub use background::Background;
pub use codec::{
    ChromaSampling, Coding, Codings, Colours, Condition, Decoding, Dimensions, Facts, Format, Medium, Metadata,
    Orientation, OutputFormat, Quality,
};
pub use coding::{CodingWish, Effort};
pub use date::telling_date;
pub use denial::{Denial, DenialKind};
pub use edit::{Bounds, Course, Edit, Other, Shape, TrimWish};
pub use effects::{Effects, Sigma};
pub use identity::Identity;
pub use output::Output;
pub use overlay::{Along, Anchor, Area, Margin, OverlayWish, Position};
pub use path::{ImagePath, PathError};
pub use policy::OutputPolicy;
pub use recipe::{Recipe, RecipeError};
pub use reference::Reference;
pub use reuse::Reuse;
pub use size::{Dpr, Size, SizeError};
pub use stamp::Stamp;
pub use step::{ResizeAlgorithm, Step};
pub use tag::EntityTag;
pub use wish::{ImageRequest, OutputWish, Wish};
