//! PIPELINE: decides the steps of a rendition, then does them, on its own threads.
//! This room must not know caches, requests in flight or HTTP.

mod animation;
mod flight;
mod footprint;
mod heap;
mod operation;
mod orient;
mod pixels;
mod plan;
mod probe;
mod queue;
mod resize;
mod share;
mod workers;

use std::cell::Cell;
use std::time::Instant;

use bytes::Bytes;

pub use footprint::Footprint;
pub use heap::keep_heap;
pub use operation::Operation;
pub use plan::plan;
pub use probe::probe;
pub use resize::resize;
pub use share::Share;
pub use workers::{Load, Ticket, WorkError, WorkLimits, Workers};

use operation::State;

use crate::report::{Stage, StageTimes};
use crate::request::{Facts, Format, Recipe, Reuse};
use crate::source::{Material, SourceError};
use codec::{CodecError, Codecs, Notice, Picture};

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
    share: Option<&Share>,
) -> Result<(Rendition, StageTimes), RenderError> {
    make(material, facts, recipe, codecs, ticket, share).map(|made| (made.rendition, made.times))
}

/// Makes a rendition, and says how long each stage took. Blocks for as long as that takes: for the workers only.
///
/// With a `share`, pixels that other renditions of the same original have in common with this one are made once. The bytes
/// are the same with and without.
///
/// # Errors
/// The original cannot be read or decoded, the rendition cannot be encoded, or nobody waits for it any more.
pub fn make(
    material: Material,
    facts: &Facts,
    recipe: &Recipe,
    codecs: &Codecs,
    ticket: &Ticket,
    share: Option<&Share>,
) -> Result<Made, RenderError> {
    let mut times = StageTimes::default();
    let is_abandoned = || ticket.is_abandoned();
    let (operations, format) = (plan(facts, recipe), recipe.format.format());
    if recipe.is_animated {
        let original = read(material, &mut times)?;
        let notice = codecs.notice(facts.format, &original);
        let bytes = animation::render(&original, facts, &operations, codecs, &notice, ticket, &mut times)?;
        return Ok(Made { rendition: Rendition { format, bytes }, times, is_original: false });
    }
    let is_read_anyway = recipe.reuse != Reuse::Nothing || codecs.keeps_notices();
    let original = if is_read_anyway { Some(read(material.clone(), &mut times)?) } else { None };
    let notice = original.as_ref().map(|original| codecs.notice(facts.format, original)).unwrap_or_default();
    let making = Making { material: Cell::new(None), facts, codecs, notice, share };
    match original {
        Some(original) if recipe.reuse != Reuse::Nothing => {
            return making.unless_larger(original, recipe, &operations, &is_abandoned, times);
        }
        original => making.material.set(Some(original.map_or(material, Material::Memory))),
    }
    let is_common = |operation: &&Operation| operation.is_common(codecs.colour_rule());
    let (common, own) = operations.split_at(operations.iter().take_while(is_common).count());
    let picture = making.pixels(common, &is_abandoned, &mut times)?;
    drop(making.material.take());
    let state = making.apply(own, State::Picture(picture), &is_abandoned, &mut times)?;
    Ok(Made { rendition: Rendition { format, bytes: state.encoded()? }, times, is_original: false })
}

/// The original as a rendition of its own, where it is known that it is the better answer. Blocks as [`make`].
///
/// # Errors
/// The original cannot be read.
pub fn keep(material: Material, format: Format) -> Result<Made, RenderError> {
    let mut times = StageTimes::default();
    let bytes = read(material, &mut times)?;
    Ok(Made { rendition: Rendition { format, bytes }, times, is_original: true })
}

/// A rendition in the making.
struct Making<'a> {
    /// Until it is read, or no longer needed.
    material: Cell<Option<Material>>,
    facts: &'a Facts,
    codecs: &'a Codecs,
    notice: Notice,
    share: Option<&'a Share>,
}

impl Making<'_> {
    /// The rendition of an original of which something can be reused: all of it, where it shows what was asked for in no
    /// more bytes.
    fn unless_larger(
        &self,
        original: Bytes,
        recipe: &Recipe,
        operations: &[Operation],
        is_abandoned: &dyn Fn() -> bool,
        mut times: StageTimes,
    ) -> Result<Made, RenderError> {
        let mut alternative = (recipe.reuse == Reuse::Whole).then(|| original.clone());
        let mut state = State::Original(original);
        for operation in operations {
            alternative = alternative.filter(|_| !state.is_changed_by(*operation));
            state = self.apply(&[*operation], state, is_abandoned, &mut times)?;
        }
        let bytes = state.encoded()?;
        let alternative = alternative.filter(|original| original.len() <= bytes.len());
        let is_original = alternative.is_some();
        let rendition = Rendition { format: recipe.format.format(), bytes: alternative.unwrap_or(bytes) };
        Ok(Made { rendition, times, is_original })
    }

    /// The pixels that all renditions have in common whose plan begins like this: with decoding.
    fn pixels(
        &self,
        operations: &[Operation],
        is_abandoned: &dyn Fn() -> bool,
        times: &mut StageTimes,
    ) -> Result<Picture, RenderError> {
        let (decoding, rest) = operations.split_at(1.min(operations.len()));
        let decoded = |is_abandoned: &dyn Fn() -> bool, times: &mut StageTimes| {
            self.shared(operations, vec![], is_abandoned, times, |is_abandoned, times| {
                let original = self.material.take().map(|material| read(material, times));
                let original = original.transpose()?.unwrap_or_default();
                self.apply(decoding, State::Original(original), is_abandoned, times)?.picture()
            })
        };
        let finished = |is_abandoned: &dyn Fn() -> bool, times: &mut StageTimes| {
            let decoded = State::Picture(decoded(is_abandoned, times)?);
            self.apply(rest, decoded, is_abandoned, times)?.picture()
        };
        if !rest.iter().any(|operation| matches!(operation, Operation::Resize { .. })) {
            return finished(is_abandoned, times);
        }
        // Colours are converted for all formats alike, or not here.
        let done = rest.iter().copied().filter(|operation| !matches!(operation, Operation::Colour(_))).collect();
        self.shared(operations, done, is_abandoned, times, finished)
    }

    /// Makes the pixels to which so much is done, or gets them from others.
    fn shared(
        &self,
        operations: &[Operation],
        done: Vec<Operation>,
        is_abandoned: &dyn Fn() -> bool,
        times: &mut StageTimes,
        make: impl FnOnce(&dyn Fn() -> bool, &mut StageTimes) -> Result<Picture, RenderError>,
    ) -> Result<Picture, RenderError> {
        match (self.share, operations) {
            (Some(share), [Operation::Decode { format, target, .. }, ..]) => {
                let detail = self.codecs.decoder(*format)?.detail(self.facts.stored, *target);
                share.get_or_make((detail, done), is_abandoned, times, make)
            }
            _ => make(is_abandoned, times),
        }
    }

    fn apply(
        &self,
        operations: &[Operation],
        mut state: State,
        is_abandoned: &dyn Fn() -> bool,
        times: &mut StageTimes,
    ) -> Result<State, RenderError> {
        for operation in operations {
            if is_abandoned() {
                return Err(WorkError::Abandoned.into());
            }
            let started = Instant::now();
            let threads = || self.share.map_or(1, Share::idle_threads);
            state = operation.apply(state, self.codecs, &self.notice, is_abandoned, threads)?;
            times.add(operation.stage(), started.elapsed());
        }
        Ok(state)
    }
}

fn read(material: Material, times: &mut StageTimes) -> Result<Bytes, SourceError> {
    let started = Instant::now();
    let original = match material {
        Material::File(file) => Bytes::from(file.read()?),
        Material::Memory(bytes) => bytes,
    };
    times.add(Stage::Read, started.elapsed());
    Ok(original)
}
