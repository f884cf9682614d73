//! Makes renditions: decodes, does what was planned, encodes.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use codec::{Codecs, Picture};

use super::cleaning::cleaned;
use super::kitchen::{Kitchen, Order, decode, others_of, read};
use super::operation::Operation;
use super::plan::{Decode, Plan, Rest};
use super::share::Share;
use super::{RenderError, Rendition, animation, info, search, target};
use crate::report::{Stage, StageTimes};
use crate::request::{
    Coding, Dimensions, Facts, Format, Keeping, Medium, Output, OutputFormat, OutputPolicy, Quality, QualityFound,
    Recipe, Reuse,
};
use crate::source::Material;
use crate::workers::{Ticket, WorkError};

/// A rendition that was made.
#[derive(Debug)]
pub struct Made {
    /// What was made.
    pub rendition: Rendition,
    /// How long it took.
    pub times: StageTimes,
    /// The bytes are the original's: encoded anew they would be no fewer.
    pub is_original: bool,
    /// Characters that no font has; boxes stand in for them.
    pub missing: Vec<char>,
}

/// Makes a rendition, and says how long each stage took. Blocks for as long as that takes: for the workers only.
///
/// With a `share`, pixels that other renditions of the same original have in common with this one are made once. The bytes
/// are the same with and without.
///
/// # Errors
/// An original cannot be read or decoded, the rendition cannot be encoded, or nobody waits for it any more.
pub fn make(order: Order, codecs: &Codecs, ticket: &Ticket, share: Option<&Share>) -> Result<Made, RenderError> {
    let Order { picture, others, recipe, policy, found } = order;
    let (facts, mut times) = (picture.facts, StageTimes::default());
    let is_abandoned = || ticket.is_abandoned();
    let tells_original = recipe.output.format == OutputFormat::INFO;
    let keeping = recipe.output.keeping;
    let original = if needs_all(&recipe) { Some(read(picture.material.clone(), &mut times)?) } else { None };
    let notice = original.as_ref().map(|original| codecs.notice(facts.format, original, keeping)).unwrap_or_default();
    let kitchen = Kitchen::new(codecs, notice, &others, &is_abandoned);
    let making = Making {
        material: Cell::new(None),
        facts: &facts,
        recipe: &recipe,
        policy: &policy,
        found: found.or_else(|| recipe.output.search().map(target::usual_quality)),
        kitchen: &kitchen,
        share,
    };
    let medium = recipe.output.format.medium();
    let (decode, operations, rest) = match (Plan::new(&facts, &recipe), &original) {
        (Plan::Paint { decode, operations, rest }, _) => (decode, operations, rest),
        (Plan::Strip, original) => {
            let original = original.clone().map_or_else(|| read(picture.material, &mut times), Ok)?;
            let encoder = codecs.encoder(recipe.output.format)?;
            let stripped = timed(&mut times, Stage::Strip, || encoder.strip(&original, &kitchen.notice))?;
            return Ok(Made::new(medium, stripped.into(), times));
        }
    };
    match original {
        Some(original) if recipe.output.is_animated => {
            let course = Agenda { pending: operations.into(), rest };
            let encode = |coding, times: &mut StageTimes| {
                animation::render(&making, &original, (decode.expected, course.clone()), coding, times)
            };
            let written = making.written(encode, &mut times)?;
            let alternative = making.alternative(&original, &mut times)?;
            // What steps change is not looked at frame by frame.
            let alternative = alternative.filter(|_| recipe.steps.is_empty() && recipe.open.is_empty());
            Ok(making.fewest(alternative, written, times))
        }
        Some(original) if recipe.reuse != Reuse::Nothing => making.unless_larger(original, decode, &operations, times),
        original => {
            let told = original.clone().filter(|_| tells_original);
            making.material.set(Some(original.map_or(picture.material, Material::Memory)));
            let is_common = |operation: &&Operation| operation.work().is_common(codecs.colour_rule());
            let count = operations.iter().take_while(is_common).count();
            let (common, own) = operations.split_at(count);
            let painted = making.pixels(decode, common, &is_abandoned, &mut times)?;
            drop(making.material.take());
            let course = Agenda { pending: own.to_vec().into(), rest };
            let (painted, _) = making.through(course, painted, &mut times)?;
            let (bytes, quality) = match told {
                Some(original) => (info::told(&making, &picture.identity, &original, painted, &mut times)?, None),
                None => making.encoded(painted, &mut times)?,
            };
            Ok(Made::new(medium, bytes, times).at(quality).of(&kitchen))
        }
    }
}

/// Tells whether more of an original is needed than its pixels.
fn needs_all(recipe: &Recipe) -> bool {
    let Output { format, is_animated, keeping, .. } = recipe.output;
    recipe.reuse != Reuse::Nothing || is_animated || keeping != Keeping::Nothing || format == OutputFormat::INFO
}

/// The original as a rendition of its own, where it is known that it is the better answer, and what is said of its quality.
/// Blocks as [`make`].
///
/// # Errors
/// The original cannot be read.
pub fn keep(material: Material, format: Format, quality: Option<QualityFound>) -> Result<Made, RenderError> {
    let mut times = StageTimes::default();
    let bytes = read(material, &mut times)?;
    Ok(Made::original(format, bytes, times).at(quality))
}

/// Takes out of a drawing what could run where it is opened by itself.
///
/// Blocks as [`make`].
///
/// # Errors
/// The original cannot be read.
pub fn clean(material: Material) -> Result<Rendition, RenderError> {
    let bytes = read(material, &mut StageTimes::default())?;
    let bytes = match cleaned(&bytes) {
        Cow::Borrowed(_) => bytes,
        Cow::Owned(cleaned) => cleaned.into(),
    };
    Ok(Made::new(Format::Svg.into(), bytes, StageTimes::default()).rendition)
}

impl Made {
    fn new(medium: Medium, bytes: Bytes, times: StageTimes) -> Self {
        let rendition = Rendition { medium, bytes, quality: None, is_incomplete: false };
        Self { rendition, times, is_original: false, missing: Vec::new() }
    }

    /// Says what was found of the quality.
    fn at(mut self, quality: Option<QualityFound>) -> Self {
        self.rendition.quality = quality;
        self
    }

    fn original(format: Format, bytes: Bytes, times: StageTimes) -> Self {
        Self { is_original: true, ..Self::new(format.into(), bytes, times) }
    }

    /// Says what there is to say of the originals.
    fn of(mut self, kitchen: &Kitchen<'_>) -> Self {
        self.rendition.is_incomplete = kitchen.is_incomplete();
        self.missing = kitchen.missing();
        self
    }
}

/// A rendition in the making.
pub(super) struct Making<'a> {
    /// Until it is read, or no longer needed.
    material: Cell<Option<Material>>,
    pub facts: &'a Facts,
    pub recipe: &'a Recipe,
    pub policy: &'a OutputPolicy,
    /// The quality that the target takes.
    found: Option<QualityFound>,
    pub kitchen: &'a Kitchen<'a>,
    share: Option<&'a Share>,
}

/// A file, and what a search for its quality came to.
type Written = (Bytes, Option<QualityFound>);

/// What is still to be done to a picture.
#[derive(Clone)]
pub(super) struct Agenda {
    pub pending: VecDeque<Operation>,
    /// What is planned when the last of them is done.
    pub rest: Option<Rest>,
}

impl Making<'_> {
    /// The rendition of an original of which something can be reused: all of it, where it shows what was asked for in no
    /// more bytes.
    fn unless_larger(
        &self,
        original: Bytes,
        decode: Decode,
        operations: &[Operation],
        mut times: StageTimes,
    ) -> Result<Made, RenderError> {
        let mut alternative = self.alternative(&original, &mut times)?;
        let mut picture = self.decoded(&original, decode, self.kitchen.is_abandoned, &mut times)?;
        drop(original);
        for operation in operations {
            let is_step = matches!(operation, Operation::Step(_));
            alternative = alternative.filter(|_| !is_step || !operation.work().changes(&picture));
            picture = self.done(operation, picture, self.kitchen.is_abandoned, &mut times)?;
        }
        let written = self.encoded(picture, &mut times)?;
        Ok(self.fewest(alternative, written, times))
    }

    /// The rendition, or what stands in for it where it has no more bytes.
    fn fewest(&self, alternative: Option<Bytes>, (bytes, quality): Written, times: StageTimes) -> Made {
        // What is broken is no answer.
        let is_whole = !self.kitchen.is_incomplete();
        let alternative = alternative.filter(|alternative| is_whole && alternative.len() <= bytes.len());
        let max_bytes = self.recipe.output.max_bytes;
        // Its pixels are as fine as they are.
        let own = alternative.as_ref().map(|original| QualityFound {
            quality: self.facts.condition.quality.unwrap_or(Quality::new(100)),
            is_missed: max_bytes.is_some_and(|most| most.is_below(original.len())),
        });
        let quality = quality.map(|quality| own.unwrap_or(quality));
        let made = match alternative {
            Some(original) if self.recipe.reuse == Reuse::Whole => Made::original(self.facts.format, original, times),
            Some(stripped) => Made::new(self.facts.format.into(), stripped, times),
            None => Made::new(self.recipe.output.format.medium(), bytes, times).of(self.kitchen),
        };
        made.at(quality)
    }

    /// What stands in for the rendition where it has no more bytes.
    fn alternative(&self, original: &Bytes, times: &mut StageTimes) -> Result<Option<Bytes>, RenderError> {
        match (self.recipe.reuse, OutputFormat::same_as(self.facts.format)) {
            (Reuse::Whole, _) => Ok(Some(original.clone())),
            (Reuse::Stripped, Some(own)) => {
                let encoder = self.kitchen.codecs.encoder(own)?;
                let stripped = timed(times, Stage::Strip, || encoder.strip(original, &self.kitchen.notice))?;
                Ok(Some(stripped.into()))
            }
            _ => Ok(None),
        }
    }

    /// The pixels that all renditions have in common whose plan begins like this: with decoding.
    fn pixels(
        &self,
        decode: Decode,
        operations: &[Operation],
        is_abandoned: &dyn Fn() -> bool,
        times: &mut StageTimes,
    ) -> Result<Picture, RenderError> {
        let decoded = |is_abandoned: &dyn Fn() -> bool, times: &mut StageTimes| {
            self.shared(decode, vec![], is_abandoned, times, |is_abandoned, times| {
                let original = self.material.take().map(|material| read(material, times));
                self.decoded(&original.transpose()?.unwrap_or_default(), decode, is_abandoned, times)
            })
        };
        let finished = |is_abandoned: &dyn Fn() -> bool, times: &mut StageTimes| {
            let mut picture = decoded(is_abandoned, times)?;
            for operation in operations {
                picture = self.done(operation, picture, is_abandoned, times)?;
            }
            Ok(picture)
        };
        if !operations.iter().any(Operation::is_resize) {
            return finished(is_abandoned, times);
        }
        // Colours are converted for all formats alike, or not here.
        let is_done = |operation: &&Operation| !matches!(operation, Operation::Colour(_));
        let done = operations.iter().filter(is_done).cloned().collect();
        self.shared(decode, done, is_abandoned, times, finished)
    }

    /// Makes the pixels to which so much is done, or gets them from others.
    fn shared(
        &self,
        decode: Decode,
        done: Vec<Operation>,
        is_abandoned: &dyn Fn() -> bool,
        times: &mut StageTimes,
        make: impl FnOnce(&dyn Fn() -> bool, &mut StageTimes) -> Result<Picture, RenderError>,
    ) -> Result<Picture, RenderError> {
        let Some(share) = self.share else { return make(is_abandoned, times) };
        let codec = self.kitchen.codecs.decoder(self.facts.format)?;
        // Of a drawing, what is expected is what is wanted; only its own dimensions tell whether that is all of it.
        let stored = if decode.excerpt.is_some() { decode.expected } else { self.facts.stored };
        let detail = codec.detail(stored, decode.target);
        share.get_or_make((detail, decode.excerpt, done), is_abandoned, times, make)
    }

    fn decoded(
        &self,
        original: &Bytes,
        wanted: Decode,
        is_abandoned: &dyn Fn() -> bool,
        times: &mut StageTimes,
    ) -> Result<Picture, RenderError> {
        timed(times, Stage::Decode, || decode(original, self.facts, wanted, self.kitchen, is_abandoned))
    }

    /// Does all that is pending, and what is decided on the way; also tells what was done, for other frames of the same
    /// animation.
    pub(super) fn through(
        &self,
        mut course: Agenda,
        mut picture: Picture,
        times: &mut StageTimes,
    ) -> Result<(Picture, Vec<Operation>), RenderError> {
        let mut settled = Vec::new();
        loop {
            if let Some(operation) = course.pending.pop_front() {
                let work = operation.work();
                let settled_to = timed(times, work.stage(), || work.settled(&picture));
                let operation = settled_to.unwrap_or(operation);
                picture = self.done(&operation, picture, self.kitchen.is_abandoned, times)?;
                settled.push(operation);
            } else if let Some(rest) = course.rest.take() {
                course = self.decided(rest, picture.dimensions())?;
            } else {
                return Ok((picture, settled));
            }
        }
    }

    /// What was left open, decided for a picture of these dimensions.
    fn decided(&self, rest: Rest, dimensions: Dimensions) -> Result<Agenda, RenderError> {
        let others = others_of(self.kitchen.others);
        let decided = Recipe::go_on(&rest.open, rest.shown(dimensions), &others, self.policy)?;
        let (operations, rest) = rest.planned(&decided.steps, &decided.open, &self.recipe.output, dimensions);
        Ok(Agenda { pending: operations.into(), rest })
    }

    pub(super) fn done(
        &self,
        operation: &Operation,
        picture: Picture,
        is_abandoned: &dyn Fn() -> bool,
        times: &mut StageTimes,
    ) -> Result<Picture, RenderError> {
        if is_abandoned() {
            return Err(WorkError::Abandoned.into());
        }
        let work = operation.work();
        let done = timed(times, work.stage(), || work.done(picture, self.kitchen))?;
        // Else others would take it for what they want.
        Ok(if self.kitchen.is_incomplete() { done.as_incomplete() } else { done })
    }

    fn encoded(&self, picture: Picture, times: &mut StageTimes) -> Result<Written, RenderError> {
        let encoder = self.kitchen.codecs.encoder(self.recipe.output.format)?;
        let threads = self.share.map_or(1, Share::idle_threads);
        let picture = timed(times, Stage::Encode, || picture.without_idle_alpha().without_hidden_colours());
        let encode = |coding: Coding, times: &mut StageTimes| {
            if (self.kitchen.is_abandoned)() {
                return Err(WorkError::Abandoned.into());
            }
            let encode = || encoder.encode_as(&picture, &coding, &self.kitchen.notice, threads);
            Ok(timed(times, Stage::Encode, encode)?.into())
        };
        self.written(encode, times)
    }

    /// The file, at the quality that was decided or found, or at the finest below that has no more bytes than it may.
    fn written(
        &self,
        encode: impl Fn(Coding, &mut StageTimes) -> Result<Bytes, RenderError>,
        times: &mut StageTimes,
    ) -> Result<Written, RenderError> {
        let Output { coding, max_bytes, .. } = self.recipe.output;
        let aimed = self.found.map(|found| found.within(coding));
        let coding = coding.capped(aimed.map(|aimed| aimed.quality));
        let Some(most) = max_bytes else { return Ok((encode(coding, times)?, aimed)) };
        let (bytes, mut found) = search::finest_within(most, coding, |coding| {
            times.note_trial();
            encode(coding, times)
        })?;
        // Fewer bytes were asked for, a coarser picture was not.
        found.is_missed |= aimed.is_some_and(|aimed| aimed.is_missed && aimed.quality == found.quality);
        Ok((bytes, Some(found)))
    }
}

/// Does work, and adds the time that it takes to a stage.
pub(super) fn timed<T>(times: &mut StageTimes, stage: Stage, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    times.add(stage, started.elapsed());
    result
}
