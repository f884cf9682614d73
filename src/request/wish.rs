//! `Wish`: everything that one request asks for, and nothing that it does not.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::{
    ClaimedVersion, CodingWish, Delivery, Edit, Facts, FormatWish, Keeping, Metadata, OriginalLimit, OutputFormat,
    OutputPolicy, Reference, Saving,
};

/// What one request asks for: which image, and what is to be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRequest {
    /// The picture.
    pub original: Reference,
    /// What else it may be called: the first that there is counts where there is no `original`.
    pub alternatives: Vec<Reference>,
    /// What is to become of it: the same for all who ask in the same words.
    pub wish: Arc<Wish>,
    /// What of it is wanted.
    pub delivery: Delivery,
    /// How large the picture may be.
    pub limit: OriginalLimit,
    /// How it is to be saved.
    pub saving: Saving,
    /// The version of the picture that the URL is of, where it says so: it changes how long the answer is kept, and nothing else.
    pub claimed: Option<ClaimedVersion>,
}

impl ImageRequest {
    /// Asks for the bytes.
    pub fn new(original: impl Into<Reference>, wish: impl Into<Arc<Wish>>) -> Self {
        Self {
            original: original.into(),
            alternatives: Vec::new(),
            wish: wish.into(),
            delivery: Delivery::Send,
            limit: OriginalLimit::default(),
            saving: Saving::default(),
            claimed: None,
        }
    }

    /// The same by a URL of this version.
    #[must_use]
    pub fn claiming(self, claimed: Option<ClaimedVersion>) -> Self {
        Self { claimed, ..self }
    }

    /// The same, where the picture may be called otherwise too.
    #[must_use]
    pub fn or(self, alternatives: Vec<Reference>) -> Self {
        Self { alternatives, ..self }
    }

    /// Asks for what the header of the original says.
    pub fn told(original: impl Into<Reference>) -> Self {
        Self { delivery: Delivery::Tell, ..Self::new(original, Wish::default()) }
    }

    /// All that the picture may be called, in order.
    pub fn names(&self) -> impl Iterator<Item = &Reference> {
        [&self.original].into_iter().chain(&self.alternatives)
    }

    /// Tells whether what could run is taken out of an original with these facts, where it goes out as it is.
    pub fn cleans(&self, facts: &Facts) -> bool {
        matches!(self.delivery, Delivery::AsStored { cleans: true, .. }) && facts.format.is_vector()
    }

    /// Tells whether an original with these facts goes out as it is, though something is asked.
    pub fn keeps(&self, facts: &Facts) -> bool {
        let named = self.wish.output.format.and_then(FormatWish::asked);
        match self.delivery {
            Delivery::Kept(format) => facts.format == format || Some(facts.format) == named,
            Delivery::AsStored { formats, .. } => {
                formats.has(facts.format) && named.is_none_or(|named| named == facts.format)
            }
            _ => false,
        }
    }
}

/// The wishes of one request: rounds of edits, one after the other, and what goes out in the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// None of them asks for nothing.
    edits: Vec<Edit>,
    /// What goes out.
    pub output: OutputWish,
}

/// What is asked of the answer, whatever the rounds were. A field at its default was not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputWish {
    /// The format, or another medium.
    pub format: Option<FormatWish>,
    /// How it is written.
    pub coding: CodingWish,
    /// The first frame alone, of what may be an animation.
    pub is_still: bool,
    /// No more frames than these, the first ones.
    pub max_frames: Option<NonZeroU32>,
    /// What is kept of the original's metadata; without, as the operator has it.
    pub keeping: Option<Keeping>,
}

impl OutputWish {
    /// What is kept of the metadata of an original with these facts: no more than is there.
    pub(super) fn keeping(&self, facts: &Facts, policy: &OutputPolicy) -> Keeping {
        let usual = if policy.keeps_notices { Keeping::Notice } else { Keeping::Nothing };
        let asked = self.keeping.unwrap_or(usual);
        // Others do not say what they have.
        let is_told = OutputFormat::same_as(facts.format).is_some();
        match facts.condition.metadata {
            Metadata::None if is_told => Keeping::Nothing,
            Metadata::Notice => asked.min(Keeping::Notice),
            Metadata::None | Metadata::Private => asked,
        }
    }

    /// How many frames are asked for of an original with these facts.
    pub(super) fn frames_of(&self, facts: &Facts) -> u32 {
        let most = self.max_frames.map_or(u32::MAX, NonZeroU32::get);
        if self.is_still { facts.frames.min(1) } else { facts.frames.min(most) }
    }
}

impl Wish {
    /// Asks for nothing but an output.
    pub fn new(output: OutputWish) -> Self {
        Self { edits: Vec::new(), output }
    }

    /// One more round, unless it asks for nothing.
    pub fn then(mut self, edit: Edit) -> Self {
        if !edit.is_empty() {
            // Most have one.
            self.edits.reserve_exact(1);
            self.edits.push(edit);
        }
        self
    }

    /// Tells whether what is known of the original is asked for, which no round changes.
    pub fn tells_original(&self) -> bool {
        self.output.format == Some(FormatWish::Named(OutputFormat::INFO))
    }

    /// With the watermark of the operator as a last round, where there is one and anything is asked. What goes out untouched
    /// has none, and what is told of an original is told without.
    pub fn marked(&self, policy: &OutputPolicy) -> Cow<'_, Self> {
        match &policy.watermark {
            Some(watermark) if !self.is_empty() && !self.tells_original() => {
                let overlays = vec![watermark.clone()];
                Cow::Owned(self.clone().then(Edit { overlays, ..Edit::default() }))
            }
            _ => Cow::Borrowed(self),
        }
    }

    /// The same, where the sizes that are allowed do not hold.
    #[must_use]
    pub fn of_free_edges(self) -> Self {
        Self { edits: self.edits.into_iter().map(Edit::of_free_edges).collect(), ..self }
    }

    /// The same rounds as a text that stands in for the picture until it has come.
    pub fn placeholder(&self) -> Self {
        let output = OutputWish { format: Some(OutputFormat::LQIP.into()), ..OutputWish::default() };
        Self { edits: self.edits.clone(), output }
    }

    /// The same without what lies over the picture: as large as with it.
    pub fn bare(self) -> Self {
        let edits = self.edits.into_iter().map(|edit| Edit { overlays: Vec::new(), text: None, ..edit });
        edits.fold(Self::new(self.output), Self::then)
    }

    /// The rounds, in order.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Tells whether nothing is asked, so that the original goes out untouched.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether the client asks for nothing, and the operator for a format alone.
    pub fn is_preference(&self) -> bool {
        let mut rest = self.clone();
        matches!(rest.output.format.take(), Some(FormatWish::Preferred(_))) && rest.is_empty()
    }

    /// The same without the rounds that lay an original over the picture; `None` where one of them has to be done.
    pub fn without(&self, other: &Reference) -> Option<Self> {
        let names = |edit: &&Edit| edit.others().any(|named| named == other);
        let is_spared = self.edits.iter().filter(names).all(|edit| edit.is_optional);
        let rest = self.edits.iter().filter(|edit| !names(edit)).cloned();
        is_spared.then(|| Self { edits: rest.collect(), output: self.output.clone() })
    }

    /// The other originals that are laid over the picture, each once, in the order in which they are first named.
    pub fn others(&self) -> Vec<&Reference> {
        let mut others = Vec::new();
        for other in self.edits.iter().flat_map(Edit::others) {
            if !others.contains(&other) {
                others.push(other);
            }
        }
        others
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::PHOTO;
    use crate::request::{Format, ImagePath, OutputFormat, OverlayWish, Size};

    #[test]
    fn an_original_is_kept_in_the_format_that_was_asked_for_or_that_is_named_beside_it() {
        let reference = Reference::from(ImagePath::from_decoded("a").unwrap());
        let output = OutputWish { format: Some(OutputFormat::JPEG.into()), ..OutputWish::default() };
        let request =
            |delivery| ImageRequest { delivery, ..ImageRequest::new(reference.clone(), Wish::new(output.clone())) };
        let keeps = |delivery, format| request(delivery).keeps(&Facts { format, ..PHOTO });
        let kept = Delivery::Kept(Format::Gif);
        let formats = [Format::Gif, Format::Jpeg, Format::Png];
        assert_eq!(formats.map(|format| keeps(kept.clone(), format)), [true, true, false]);
        assert!(!keeps(Delivery::Send, Format::Jpeg) && !keeps(Delivery::Here, Format::Jpeg));
    }

    #[test]
    fn the_watermark_of_the_operator_is_the_last_thing_that_is_done_where_anything_is_asked() {
        let reference = |path| Reference::from(ImagePath::from_decoded(path).unwrap());
        let watermark = Some(OverlayWish { min_side: 100, ..OverlayWish::of(reference("house.png")) });
        let policy = OutputPolicy { watermark, ..OutputPolicy::new(codec::Codings::default()) };
        assert!(Wish::default().marked(&policy).is_empty());
        let own = OverlayWish::of(reference("own.png"));
        let asked = Wish::default().then(Edit { overlays: vec![own], ..Edit::within(Size::new(9).unwrap()) });
        assert_eq!(asked.marked(&policy).others(), [&reference("own.png"), &reference("house.png")]);
        assert_eq!(asked.marked(&policy).edits().len(), 2);
        assert_eq!(*asked.marked(&OutputPolicy { watermark: None, ..policy }), asked);
    }

    #[test]
    fn an_original_that_may_be_missing_is_left_out_with_its_round() {
        let reference = |path| Reference::from(ImagePath::from_decoded(path).unwrap());
        let laid = |path, is_optional| Edit {
            overlays: vec![OverlayWish::of(reference(path))],
            is_optional,
            ..Edit::default()
        };
        let size = Edit::within(Size::new(9).unwrap());
        let wish = Wish::default().then(laid("a.png", true)).then(size.clone()).then(laid("b.png", false));
        let rest = Wish::default().then(size).then(laid("b.png", false));
        assert_eq!(wish.without(&reference("a.png")), Some(rest));
        assert_eq!(wish.without(&reference("b.png")), None);
        assert_eq!(wish.clone().then(laid("a.png", false)).without(&reference("a.png")), None);
    }
}
