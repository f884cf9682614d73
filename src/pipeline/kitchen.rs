//! `Kitchen`: what the operations of one rendition share.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use codec::{CodecError, Codecs, DecodeOptions, Notice, Picture};

use super::RenderError;
use super::plan::Decode;
use crate::report::{Stage, StageTimes};
use crate::request::step::{Describe as _, Overlay};
use crate::request::{
    Dimensions, Facts, Generation, Identity, Other, OutputPolicy, QualityFound, Recipe, Reference, Stamp, Step,
};
use crate::source::{Material, SourceError};
use crate::workers::WorkError;

/// One original that a rendition is made of.
#[derive(Debug, Clone)]
pub struct Ingredient {
    /// Which version of which original.
    pub identity: Identity,
    /// What its header says.
    pub facts: Facts,
    /// Its bytes.
    pub material: Material,
}

/// Everything that a rendition follows from.
#[derive(Debug, Clone)]
pub struct Order {
    /// The picture itself.
    pub picture: Ingredient,
    /// What is laid over it, in the order of the recipe's numbers.
    pub others: Vec<Ingredient>,
    /// What is to become of it.
    pub recipe: Recipe,
    /// For what the recipe leaves open.
    pub policy: Arc<OutputPolicy>,
    /// What a search for the recipe's target came to. Without one, the picture is taken for a usual one.
    pub found: Option<QualityFound>,
}

impl Order {
    /// A rendition of a picture that nobody asks for by name, with the same one in the place of every other.
    pub fn of(facts: Facts, material: Material, recipe: Recipe, policy: &OutputPolicy) -> Self {
        let (reference, stamp) = (Reference::Body, Stamp::Response { digest: 0 });
        let identity = Identity { reference, stamp, generation: Generation::NONE };
        let picture = Ingredient { identity, facts, material };
        let count = recipe.steps.iter().filter_map(Step::ingredient).max().unwrap_or_default();
        let others = vec![picture.clone(); count];
        Self { picture, others, recipe, policy: Arc::new(policy.clone()), found: None }
    }

    /// The other originals as decisions see them.
    pub(super) fn known_others(&self) -> Vec<Other<'_>> {
        others_of(&self.others)
    }
}

/// Originals as decisions see them.
pub(super) fn others_of(ingredients: &[Ingredient]) -> Vec<Other<'_>> {
    ingredients.iter().map(|other| (&other.identity.reference, other.facts.displayed())).collect()
}

/// What operations may use.
pub(super) struct Kitchen<'a> {
    pub codecs: &'a Codecs,
    pub notice: Notice,
    pub others: &'a [Ingredient],
    pub is_abandoned: &'a dyn Fn() -> bool,
    /// What steps lay over the picture: an animation needs it for every frame.
    prepared: RefCell<Vec<(Step, Option<Laid>)>>,
    /// The characters that no font has.
    missing: RefCell<Vec<char>>,
    is_incomplete: Cell<bool>,
}

/// What is laid over a picture, and where its upper left corner is.
#[derive(Clone)]
pub(super) struct Laid {
    pub picture: Picture,
    pub corner: (i64, i64),
    pub gaps: Gaps,
}

/// What is left free between copies of something, in pixels: from left to right, and from top to bottom; `None` where it is
/// not repeated.
pub(super) type Gaps = (Option<u32>, Option<u32>);

impl<'a> Kitchen<'a> {
    pub fn new(
        codecs: &'a Codecs,
        notice: Notice,
        others: &'a [Ingredient],
        is_abandoned: &'a dyn Fn() -> bool,
    ) -> Self {
        let (prepared, missing, is_incomplete) = (RefCell::default(), RefCell::default(), Cell::new(false));
        Self { codecs, notice, others, is_abandoned, prepared, missing, is_incomplete }
    }

    /// Notes whether an original was broken, of which this is what there is.
    pub fn note(&self, decoded: &Picture) {
        self.is_incomplete.set(self.is_incomplete.get() || decoded.is_incomplete());
    }

    /// Tells whether an original was broken, of those that were decoded so far.
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete.get()
    }

    /// What a step lays over the picture, prepared once.
    ///
    /// # Errors
    /// Those of `prepare`.
    pub fn prepared(
        &self,
        step: &Step,
        prepare: impl FnOnce() -> Result<Option<Laid>, RenderError>,
    ) -> Result<Option<Laid>, RenderError> {
        if let Some((_, laid)) = self.prepared.borrow().iter().find(|(known, _)| known == step) {
            return Ok(laid.clone());
        }
        let laid = prepare()?;
        self.prepared.borrow_mut().push((step.clone(), laid.clone()));
        Ok(laid)
    }

    /// The other original of an overlay.
    ///
    /// # Errors
    /// There is no such ingredient.
    pub fn other(&self, overlay: Overlay) -> Result<&Ingredient, RenderError> {
        let ingredient = overlay.ingredient.checked_sub(1).and_then(|index| self.others.get(index));
        ingredient.ok_or_else(|| RenderError::operation("overlay", "the plan names no original"))
    }

    /// Notes characters that no font has.
    pub fn miss(&self, characters: &[char]) {
        self.missing.borrow_mut().extend(characters);
    }

    /// Those that were noted so far.
    pub fn missing(&self) -> Vec<char> {
        self.missing.borrow().clone()
    }
}

impl Ingredient {
    /// The pixels as stored, at no less than `target`; a drawing at just that.
    ///
    /// # Errors
    /// It cannot be read or decoded, or nobody waits any more.
    pub(super) fn decoded(&self, target: Dimensions, kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let Facts { format, stored, .. } = self.facts;
        let original = read(self.material.clone(), &mut StageTimes::default())?;
        let expected = if format.is_vector() { target } else { stored };
        let wanted = Decode { expected, target: Some(target), excerpt: None };
        decode(&original, &self.facts, wanted, kitchen, kitchen.is_abandoned)
    }
}

/// Decodes an original at no less than `target`, and believes only what the header promised.
///
/// # Errors
/// As [`Codecs::decode`]; nobody waits any more.
pub(super) fn decode(
    original: &Bytes,
    facts: &Facts,
    Decode { expected, target, excerpt }: Decode,
    kitchen: &Kitchen<'_>,
    is_abandoned: &dyn Fn() -> bool,
) -> Result<Picture, RenderError> {
    let options = DecodeOptions { target, excerpt, is_abandoned, ..DecodeOptions::default() };
    let decoded = kitchen.codecs.decode(facts.format, original, &options);
    let picture = match decoded {
        Err(CodecError::Abandoned) => return Err(WorkError::Abandoned.into()),
        decoded => decoded?,
    };
    kitchen.note(&picture);
    Ok(checked(picture, facts, expected, target)?)
}

/// A decoder's picture must be what the header promised, or larger than the target where it was asked to scale. Where the
/// target is larger than the original, all of it is wanted.
fn checked(
    picture: Picture,
    facts: &Facts,
    expected: Dimensions,
    target: Option<Dimensions>,
) -> Result<Picture, CodecError> {
    let got = picture.dimensions();
    let lowest = target.unwrap_or(expected);
    let lowest = Dimensions::new(lowest.width.min(expected.width), lowest.height.min(expected.height));
    let is_between = |low: u32, value: u32, high: u32| low <= value && value <= high;
    let fits =
        is_between(lowest.width, got.width, expected.width) && is_between(lowest.height, got.height, expected.height);
    if fits {
        Ok(picture)
    } else {
        Err(CodecError::malformed(facts.format, format!("header says {expected}, data says {got}")))
    }
}

/// Reads all of an original.
///
/// # Errors
/// It cannot be read, or is not what it was.
pub(super) fn read(material: Material, times: &mut StageTimes) -> Result<Bytes, SourceError> {
    let started = Instant::now();
    let original = match material {
        Material::File(file) => Bytes::from(file.read()?),
        Material::Memory(bytes) => bytes,
    };
    times.add(Stage::Read, started.elapsed());
    Ok(original)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Condition, Decoding, Format, Orientation};
    use codec::PixelLayout;

    #[test]
    fn a_decoder_that_gives_less_than_the_target_is_not_believed() {
        let expected = Dimensions::new(8, 4);
        let facts = Facts {
            format: Format::Jpeg,
            stored: expected,
            orientation: Orientation::Upright,
            frames: 1,
            decoding: Decoding::default(),
            condition: Condition::default(),
            drawing: None,
        };
        let target = Some(Dimensions::new(4, 2));
        let decoded = |width, height| {
            let pixels = vec![0; (width * height) as usize];
            Picture::new(Dimensions::new(width, height), PixelLayout::Gray, pixels).unwrap()
        };
        assert!(checked(decoded(4, 2), &facts, expected, target).is_ok());
        assert!(checked(decoded(8, 4), &facts, expected, None).is_ok());
        assert!(checked(decoded(8, 4), &facts, expected, Some(Dimensions::new(90, 90))).is_ok());
        assert!(checked(decoded(2, 1), &facts, expected, target).is_err());
        assert!(checked(decoded(4, 2), &facts, expected, None).is_err());
        assert!(checked(decoded(9, 4), &facts, expected, target).is_err());
    }
}
