//! `Overlay`: another picture laid over this one.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Area, Dimensions, Other, OutputPolicy, OverlayWish, RecipeError};

/// Blends another original over the picture, as in Porter and Duff's "over".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Overlay {
    /// The number of the other original, from 1.
    pub ingredient: usize,
    /// Where it stands, and how large it is.
    pub area: Area,
    /// 0 to 100.
    pub opacity_percent: u8,
}

impl Overlay {
    /// Where the other original stands, and how large it is; `None` where it would not be seen.
    ///
    /// # Errors
    /// It would be too large.
    pub(in crate::request) fn decide(
        wish: &OverlayWish,
        picture: Dimensions,
        others: &[Other<'_>],
        policy: &OutputPolicy,
    ) -> Result<Option<Self>, RecipeError> {
        let mut numbered = others.iter().zip(1..);
        let found = numbered.find(|((reference, _), _)| **reference == wish.original);
        let Some(((_, own), ingredient)) = found.filter(|_| wish.opacity_percent > 0) else { return Ok(None) };
        let (area, limit) = (wish.area(picture, *own), policy.max_side);
        if area.dimensions.longest_edge() > limit {
            return Err(RecipeError::TooLarge { limit, dimensions: area.dimensions });
        }
        Ok(Some(Self { ingredient, area, opacity_percent: wish.opacity_percent }))
    }
}

impl Describe for Overlay {
    fn ingredient(&self) -> Option<usize> {
        Some(self.ingredient)
    }

    fn write_to(&self, key: &mut String) {
        let Self { ingredient, area, opacity_percent } = self;
        let Area { left, top, dimensions } = area;
        let _ = write!(key, " overlay {ingredient} {left} {top} {dimensions} {opacity_percent}");
    }
}
