//! `Shape`: what decisions are made about.

use super::{Dimensions, Facts, Orientation};

/// All that is known of a picture without its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// As displayed.
    pub dimensions: Dimensions,
    /// It has no pixels yet: it can be drawn at any size, in exactly this shape.
    pub drawn: Option<Dimensions>,
    /// Something may show through it.
    pub may_be_clear: bool,
    /// How the original was turned to be displayed; upright where that is of no matter any more.
    pub orientation: Orientation,
}

impl Shape {
    /// That of an original.
    pub fn of(facts: &Facts) -> Self {
        let drawn = facts.drawn();
        let may_be_clear = drawn.is_some() || facts.may_be_transparent();
        Self { dimensions: facts.displayed(), drawn, may_be_clear, orientation: facts.orientation }
    }

    /// That of pixels of which no more is known.
    pub fn of_pixels(dimensions: Dimensions) -> Self {
        Self { dimensions, drawn: None, may_be_clear: true, orientation: Orientation::Upright }
    }

    /// The same at other dimensions, with pixels.
    #[must_use]
    pub fn at(self, dimensions: Dimensions) -> Self {
        Self { dimensions, drawn: None, ..self }
    }
}
