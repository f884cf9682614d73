//! `Wish`: everything that one request asks for, and nothing that it does not.

use std::borrow::Cow;

use super::{CodingWish, Delivery, Edit, FormatWish, OutputPolicy, Reference};

/// What one request asks for: which image, and what is to be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRequest {
    /// The picture.
    pub original: Reference,
    /// What is to become of it.
    pub wish: Wish,
    /// What of it is wanted.
    pub delivery: Delivery,
}

impl ImageRequest {
    /// Asks for the bytes.
    pub fn new(original: impl Into<Reference>, wish: Wish) -> Self {
        Self { original: original.into(), wish, delivery: Delivery::Send }
    }

    /// Asks for what the header of the original says.
    pub fn told(original: impl Into<Reference>) -> Self {
        Self { delivery: Delivery::Tell, ..Self::new(original, Wish::default()) }
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

    /// With the watermark of the operator as a last round, where there is one and anything is asked. What goes out untouched
    /// has none.
    pub fn marked(&self, policy: &OutputPolicy) -> Cow<'_, Self> {
        match &policy.watermark {
            Some(watermark) if !self.is_empty() => {
                let overlays = vec![watermark.clone()];
                Cow::Owned(self.clone().then(Edit { overlays, ..Edit::default() }))
            }
            _ => Cow::Borrowed(self),
        }
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

    /// The other originals that are laid over the picture, each once, in the order in which they are first named.
    pub fn others(&self) -> Vec<&Reference> {
        let mut others = Vec::new();
        for overlay in self.edits.iter().flat_map(|edit| &edit.overlays) {
            if !others.contains(&&overlay.original) {
                others.push(&overlay.original);
            }
        }
        others
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{ImagePath, OverlayWish, Size};

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
}
