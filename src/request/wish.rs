//! `Wish`: everything that one request asks for, and nothing that it does not.

use super::{CodingWish, Edit, FormatWish, Reference};

/// What one request asks for: which image, and what is to be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRequest {
    /// The picture.
    pub original: Reference,
    /// What is to become of it.
    pub wish: Wish,
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
            self.edits.push(edit);
        }
        self
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
