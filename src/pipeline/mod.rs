//! PIPELINE: decides the steps of a rendition, then does them.
//! This room must not know caches, threads, requests in flight or HTTP.

mod animation;
mod cleaning;
mod flight;
mod footprint;
mod info;
mod kitchen;
mod make;
mod operation;
mod pixels;
mod plan;
mod probe;
mod search;
mod share;
mod target;

use bytes::Bytes;
use codec::CodecError;

pub use footprint::{footprint, footprint_of_original};
pub use kitchen::{Ingredient, Order};
pub use make::{Made, clean, keep, make};
pub use operation::{Operation, apply, resize};
pub use plan::Plan;
pub use probe::{probe, probe_beginning};
pub use share::{Commons, Share};
pub use target::{Searched, find_quality, footprint_of_search, usual_quality};

use crate::rates::TooOften;
use crate::request::{Medium, QualityFound, RecipeError};
use crate::source::SourceError;
use crate::workers::WorkError;

/// What any work takes: a stack, and what the allocators of the libraries keep.
const BASE_BYTES: u64 = 2 * 1024 * 1024;

/// An encoded picture, or a text made of one, ready to be sent. Cheap to clone: the bytes are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// What it is.
    pub medium: Medium,
    /// The whole file, or text.
    pub bytes: Bytes,
    /// What a search for its quality came to, where there was one.
    pub quality: Option<QualityFound>,
    /// It shows what there is of a broken original. Nobody is to keep it: the original may be whole soon.
    pub is_incomplete: bool,
}

/// Why there is no rendition. Cheap to clone, for all who wait for the same one.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RenderError {
    /// An original cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// An original cannot be decoded, or the rendition not encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The work was refused, or given up.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Whoever asks had too many made.
    #[error(transparent)]
    TooOften(#[from] TooOften),
    /// What was left open turned out to be impossible.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A library failed on input that should have suited it.
    #[error("cannot {operation}: {reason}")]
    Operation {
        /// What could not be done.
        operation: &'static str,
        /// What the library says.
        reason: String,
    },
}

impl RenderError {
    fn operation(operation: &'static str, reason: impl ToString) -> Self {
        Self::Operation { operation, reason: reason.to_string() }
    }
}
