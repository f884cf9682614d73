//! PIPELINE: decides the steps of a rendition, then does them, on its own threads.
//! This room must not know caches, requests in flight or HTTP.

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
use crate::request::{Facts, Format, Recipe, Reuse};
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

/// A rendition that was made.
#[derive(Debug)]
pub struct Made {
    pub rendition: Rendition,
    pub times: StageTimes,
    /// The bytes are the original's: encoded anew they would be no fewer.
    pub is_original: bool,
}

/// As [`make`], without the verdict on the original.
///
/// # Errors
/// As there.
pub fn render(
    material: Material,
    facts: &Facts,
    recipe: &Recipe,
    codecs: &Codecs,
    ticket: &Ticket,
) -> Result<(Rendition, StageTimes), RenderError> {
    make(material, facts, recipe, codecs, ticket).map(|made| (made.rendition, made.times))
}

/// Makes a rendition, and says how long each stage took. Blocks for as long as that takes: for the workers only.
///
/// # Errors
/// The original cannot be read or decoded, the rendition cannot be encoded, or nobody waits for it any more.
pub fn make(
    material: Material,
    facts: &Facts,
    recipe: &Recipe,
    codecs: &Codecs,
    ticket: &Ticket,
) -> Result<Made, RenderError> {
    let (original, mut times) = read(material)?;
    let notice = codecs.notice(facts.format, &original);
    let mut alternative = (recipe.reuse == Reuse::Whole).then(|| original.clone());
    let mut state = operation::State::Original(original);
    for operation in plan(facts, recipe) {
        if ticket.is_abandoned() {
            return Err(WorkError::Abandoned.into());
        }
        let started = Instant::now();
        alternative = alternative.filter(|_| !state.is_changed_by(operation));
        state = operation.apply(state, codecs, &notice)?;
        times.add(operation.stage(), started.elapsed());
    }
    let bytes = state.encoded()?;
    let alternative = alternative.filter(|original| original.len() <= bytes.len());
    let is_original = alternative.is_some();
    let rendition = Rendition { format: recipe.format.format(), bytes: alternative.unwrap_or(bytes) };
    Ok(Made { rendition, times, is_original })
}

/// The original as a rendition of its own, where it is known that it is the better answer. Blocks as [`make`].
///
/// # Errors
/// The original cannot be read.
pub fn keep(material: Material, format: Format) -> Result<Made, RenderError> {
    let (bytes, times) = read(material)?;
    Ok(Made { rendition: Rendition { format, bytes }, times, is_original: true })
}

fn read(material: Material) -> Result<(Bytes, StageTimes), RenderError> {
    let mut times = StageTimes::default();
    let started = Instant::now();
    let original = match material {
        Material::File(file) => Bytes::from(file.read()?),
        Material::Memory(bytes) => bytes,
    };
    times.add(Stage::Read, started.elapsed());
    Ok((original, times))
}
