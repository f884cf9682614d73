//! PIPELINE: decides the steps of a rendition, then does them, on its own threads.
//! This room must not know caches, requests in flight or HTTP.

mod animation;
mod footprint;
mod operation;
mod orient;
mod plan;
mod probe;
mod queue;
mod resize;
mod workers;

use std::time::Instant;

use bytes::Bytes;

pub use footprint::Footprint;
pub use operation::Operation;
pub use plan::plan;
pub use probe::probe;
pub use resize::resize;
pub use workers::{Load, Ticket, WorkError, WorkLimits, Workers};

use crate::codec::{CodecError, Codecs};
use crate::report::{Stage, StageTimes};
use crate::request::{Facts, Format, Recipe};
use crate::source::{Material, SourceError};

/// An encoded picture, ready to be sent. Cheap to clone: the bytes are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    pub format: Format,
    pub bytes: Bytes,
}

/// Why there is no rendition. Cheap to clone, for all who wait for the same one.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RenderError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A library failed on input that should have suited it.
    #[error("cannot {operation}: {reason}")]
    Operation { operation: &'static str, reason: String },
}

/// Makes a rendition, and says how long each stage took. Blocks for as long as that takes: for the workers only.
///
/// # Errors
/// The original cannot be read or decoded, the rendition cannot be encoded, or nobody waits for it any more.
pub fn render(
    material: Material,
    facts: &Facts,
    recipe: &Recipe,
    codecs: &Codecs,
    ticket: &Ticket,
) -> Result<(Rendition, StageTimes), RenderError> {
    let mut times = StageTimes::default();
    let started = Instant::now();
    let original = match material {
        Material::File(file) => Bytes::from(file.read()?),
        Material::Memory(bytes) => bytes,
    };
    times.add(Stage::Read, started.elapsed());
    let operations = plan(facts, recipe);
    if recipe.is_animated {
        let bytes = animation::render(&original, facts, &operations, codecs, ticket, &mut times)?;
        return Ok((Rendition { format: recipe.format.format(), bytes }, times));
    }
    let mut state = operation::State::Original(original);
    for operation in operations {
        if ticket.is_abandoned() {
            return Err(WorkError::Abandoned.into());
        }
        let started = Instant::now();
        state = operation.apply(state, codecs)?;
        times.add(operation.stage(), started.elapsed());
    }
    let bytes = state.encoded()?;
    Ok((Rendition { format: recipe.format.format(), bytes }, times))
}
