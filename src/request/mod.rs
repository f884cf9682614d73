//! WORDS: what is asked for and what is known, each parsed once into a type that cannot be wrong.
//! This room must not know HTTP, files, pixels or settings: it is pure and does no I/O.

mod accepted;
mod animation;
mod background;
mod bounds;
mod coding;
mod corners;
mod date;
mod denial;
mod edit;
mod effects;
mod flatness;
mod gravity;
mod identity;
mod length;
mod measure;
mod negotiation;
mod output;
mod overlay;
mod padding;
mod paint;
mod path;
mod policy;
mod recipe;
mod rect;
mod reference;
mod reuse;
mod shape;
mod sigma;
mod size;
mod stamp;
pub mod step;
mod tag;
mod text;
mod tones;
mod turn;
mod wish;

pub use accepted::Accepted;
pub use animation::{AnimationLimit, AnimationPolicy};
pub use background::Background;
pub use bounds::{Bounds, Fit, Ratio};
pub use codec::{
    ChromaSampling, Coding, Codings, Colours, Condition, Decoding, Dimensions, Facts, Format, Medium, Metadata,
    Orientation, OutputFormat, Quality,
};
pub use coding::{CodingWish, Effort, MaxBytes, QualityFound};
pub use corners::Corners;
pub use date::telling_date;
pub use denial::{Denial, DenialKind};
pub use edit::{Course, Edit, Other, TrimWish};
pub use effects::Effects;
pub use gravity::Gravity;
pub use identity::Identity;
pub use length::Length;
pub use measure::Measure;
pub use negotiation::{FormatWish, Otherwise};
pub use output::Output;
pub use overlay::{Along, Anchor, Area, Margin, OverlayWish, Position};
pub use padding::Padding;
pub use paint::Paint;
pub use path::{ImagePath, PathError};
pub use policy::OutputPolicy;
pub use recipe::{Recipe, RecipeError};
pub use rect::{Rect, Region};
pub use reference::Reference;
pub use reuse::Reuse;
pub use shape::Shape;
pub use sigma::{Sharpness, Sigma};
pub use size::{Dpr, Size, SizeError};
pub use stamp::Stamp;
pub use step::{ResizeAlgorithm, Step};
pub use tag::EntityTag;
pub use text::{OutlineWish, TextWish, Words};
pub use tones::{Alteration, Gamma, Hue, Tones};
pub use turn::{Angle, TurnWish};
pub use wish::{ImageRequest, OutputWish, Wish};
