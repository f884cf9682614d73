//! `Overlay`: another picture laid over this one.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Angle, Area, Dimensions, KeyText, Other, OutputPolicy, OverlayWish, RecipeError};

/// Blends another original over the picture, as in Porter and Duff's "over".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Overlay {
    /// The number of the other original, from 1.
    pub ingredient: usize,
    /// How large it is before it is turned, as displayed.
    pub upright: Dimensions,
    /// How it is turned.
    pub angle: Angle,
    /// Where it stands, and how large it is then.
    pub area: Area,
    /// Where it is repeated over the whole picture, along its width and along its height: the pixels that are left free
    /// between its copies.
    pub gaps: (Option<u32>, Option<u32>),
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
        let is_seen = wish.opacity_percent > 0 && picture.longest_edge() > wish.min_side;
        let Some(((_, own), ingredient)) = found.filter(|_| is_seen) else { return Ok(None) };
        let Some((area, upright)) = wish.area(picture, *own) else { return Ok(None) };
        let limit = policy.max_side;
        if let Some(dimensions) = [area.dimensions, upright].into_iter().find(|side| side.longest_edge() > limit) {
            return Err(RecipeError::TooLarge { limit, dimensions });
        }
        let gap = Some(wish.margin.of(picture));
        let gaps = if wish.is_tiled { (gap, gap) } else { wish.spread.gaps(picture, area.dimensions) };
        let (angle, opacity_percent) = (wish.angle, wish.opacity_percent);
        Ok(Some(Self { ingredient, upright, angle, area, gaps, opacity_percent }))
    }
}

impl Describe for Overlay {
    fn ingredient(&self) -> Option<usize> {
        Some(self.ingredient)
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { ingredient, upright, angle, area, gaps, opacity_percent } = self;
        let Area { left, top, dimensions } = area;
        let _ = write!(key, " overlay {ingredient} {left} {top} {dimensions} {opacity_percent}");
        if *angle != Angle::default() {
            let _ = write!(key, " turned {} {upright}", angle.thousandths());
        }
        let _ = match gaps {
            (None, None) => Ok(()),
            (Some(across), Some(down)) if across == down => write!(key, " tiled {across}"),
            (Some(across), Some(down)) => write!(key, " tiled {across} {down}"),
            (Some(across), None) => write!(key, " tiled {across} across"),
            (None, Some(down)) => write!(key, " tiled {down} down"),
        };
    }
}
