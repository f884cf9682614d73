//! `Mark`: another original that is laid over a composed picture.

use super::placement::{Placement, distance};
use crate::request::step::Overlay;
use crate::request::{Angle, Area, Bounds, Dimensions, Exact, Length, Other, OutputPolicy, RecipeError, Reference};

/// Another original that is laid over a composed picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which original.
    pub original: Reference,
    /// 0 to 100.
    pub opacity_percent: u8,
    /// Where it lies.
    pub spot: MarkSpot,
    /// It is made to fit into this share of the picture along each side; 0 leaves that to `size`.
    pub scale: Exact,
    /// It is made to fit into so many pixels; a side of 0 follows from the other, or is its own.
    pub size: (u32, u32),
}

/// Where a mark lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkSpot {
    /// Once. It may reach beyond the edges.
    At(Placement),
    /// All over the picture, around its middle, with these distances in between.
    All {
        /// Along the width.
        across: Exact,
        /// Along the height.
        down: Exact,
    },
}

impl Mark {
    /// Where it lies on a picture, and how large it is; `None` where it is not seen.
    ///
    /// # Errors
    /// It would be too large.
    pub(super) fn decide(
        &self,
        picture: Dimensions,
        ratio: f64,
        others: &[Other<'_>],
        policy: &OutputPolicy,
    ) -> Result<Option<Overlay>, RecipeError> {
        let mut numbered = others.iter().zip(1..);
        let found = numbered.find(|((reference, _), _)| **reference == self.original);
        let Some(((_, own), ingredient)) = found.filter(|_| self.opacity_percent > 0) else { return Ok(None) };
        let dimensions = self.dimensions(picture, *own);
        let limit = policy.max_side;
        if dimensions.longest_edge() > limit {
            return Err(RecipeError::TooLarge { limit, dimensions });
        }
        let (left, top, gaps) = match self.spot {
            MarkSpot::At(placement) => {
                let (left, top) = placement.corner(picture, dimensions, ratio);
                (left, top, (None, None))
            }
            MarkSpot::All { across, down } => {
                let gap = |gap: Exact, whole: u32| distance(gap, whole, ratio).clamp(0, i64::from(policy.max_side));
                // An odd pixel goes to the right and below.
                let begin =
                    |whole: u32, own: u32, gap: i64| gap / 2 - (i64::from(own) + gap - i64::from(whole)).div_euclid(2);
                let gaps = (gap(across, picture.width), gap(down, picture.height));
                let left = begin(picture.width, dimensions.width, gaps.0);
                let top = begin(picture.height, dimensions.height, gaps.1);
                // At most the limit on sides.
                (left, top, (Some(gaps.0 as u32), Some(gaps.1 as u32)))
            }
        };
        let area = Area { left, top, dimensions };
        let (angle, opacity_percent) = (Angle::default(), self.opacity_percent);
        Ok(Some(Overlay { ingredient, upright: dimensions, angle, area, gaps, opacity_percent }))
    }

    fn dimensions(&self, picture: Dimensions, own: Dimensions) -> Dimensions {
        let scale = self.scale.get();
        let share = |whole: u32| ((f64::from(whole) * scale).round_ties_even() as u32).max(1);
        let (width, height) = if scale > 0.0 { (share(picture.width), share(picture.height)) } else { self.size };
        let side = |side: u32| (side > 0).then_some(Length::Pixels(side));
        Bounds { width: side(width), height: side(height), may_enlarge: true, ..Bounds::default() }.of_whole(own)
    }
}
