//! `Composition`: a picture cut, scaled and put on canvases in one arithmetic, as imgproxy has it. Everything in it follows
//! from one scale: what cannot be reached without enlarging makes distances and margins smaller, too.

mod mark;
mod placement;
mod sizes;

use std::num::NonZeroU32;

pub use mark::{Mark, MarkSpot};
pub use placement::Placement;

use self::sizes::Proportions;
use super::step::{Crop, Pad, Resize};
use super::{
    AllowedSizes, Course, Dimensions, Exact, Gravity, Other, OutputPolicy, Padding, Paint, RecipeError,
    ResizeAlgorithm, Surround,
};

/// A picture cut, scaled and put on canvases. The order of work is that of the fields; lengths are pixels of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composition {
    /// How much is used of the picture along each side: pixels from 1 on, below that a share, 0 for all.
    pub part: (Exact, Exact),
    /// Where that lies; `None` is `placement`.
    pub part_placement: Option<Placement>,
    /// Of the box; 0 follows from the other, or is the picture's own.
    pub width: u32,
    /// The same.
    pub height: u32,
    /// What becomes of a picture that has another shape than the box.
    pub fitting: Fitting,
    /// The picture is no narrower once it is scaled; 0 for any.
    pub min_width: u32,
    /// And no lower.
    pub min_height: u32,
    /// What width and height are multiplied by, above zero.
    pub zoom: (Exact, Exact),
    /// How many pixels there are for one of a page, above zero.
    pub ratio: Exact,
    /// It may become larger than it is.
    pub may_enlarge: bool,
    /// What stays of it where it is larger than the box.
    pub placement: Placement,
    /// It is put on a canvas of the dimensions of the box, and where.
    pub extension: Option<Placement>,
    /// It is put on a canvas of the shape of the box, and where.
    pub ratio_extension: Option<Placement>,
    /// What is added around it.
    pub padding: Padding,
    /// No side of the whole is longer.
    pub max_side: Option<NonZeroU32>,
    /// What is laid over it in the end, the first one lowest.
    pub marks: Vec<Mark>,
    /// Its dimensions are the operator's own: they may have any length.
    pub is_free: bool,
}

/// What becomes of a picture that has another shape than the box. The words are those of imgproxy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Fitting {
    /// As large as the box allows, all of it.
    #[default]
    Fit,
    /// It fills the box, and what reaches beyond is cut off. Of one that is too small what there is of it stays.
    Fill,
    /// The same, but a box that is too large is made smaller in its shape.
    FillDown,
    /// It takes the shape of the box.
    Force,
    /// [`Fitting::Fill`] where picture and box are both high, or neither; else [`Fitting::Fit`].
    Auto,
}

/// A composition that has been begun.
pub(super) struct Composed(Proportions);

impl Default for Composition {
    /// Nothing is changed.
    fn default() -> Self {
        Self {
            part: (Exact::ZERO, Exact::ZERO),
            part_placement: None,
            width: 0,
            height: 0,
            fitting: Fitting::default(),
            min_width: 0,
            min_height: 0,
            zoom: (Exact::ONE, Exact::ONE),
            ratio: Exact::ONE,
            may_enlarge: false,
            placement: Placement::default(),
            extension: None,
            ratio_extension: None,
            padding: Padding::default(),
            max_side: None,
            marks: Vec::new(),
            is_free: false,
        }
    }
}

impl Composition {
    /// Tells whether dimensions are asked for.
    pub(super) fn is_asked(&self) -> bool {
        let usual = Self::default();
        let is_sized = (self.width, self.height, self.min_width, self.min_height) != (0, 0, 0, 0);
        is_sized || self.zoom != usual.zoom || self.ratio != usual.ratio
    }

    /// Cuts and scales the picture.
    ///
    /// # Errors
    /// It would be too large.
    pub(super) fn cut(
        &self,
        course: &mut Course,
        algorithm: ResizeAlgorithm,
        policy: &OutputPolicy,
    ) -> Result<Composed, RecipeError> {
        let (picture, is_drawn) = (course.shape.dimensions, course.shape.drawn.is_some());
        let sizes = match policy.sizes.as_ref().filter(|_| !self.is_free) {
            Some(allowed) => Proportions::of(&self.held(allowed, picture, is_drawn)?, picture, is_drawn),
            None => Proportions::of(self, picture, is_drawn),
        };
        let Proportions { part, scaled, window, ratio, .. } = sizes;
        let placement = self.part_placement.unwrap_or(self.placement);
        // What is cut before it is scaled has nothing to do with pages.
        cut_out(course, placement, part, 1.0, policy)?;
        if scaled != part {
            course.take(Resize { dimensions: scaled, algorithm }.into(), policy)?;
        }
        let side = |asked: u32, own: u32| if asked == 0 { own } else { asked.min(own) };
        let window = Dimensions::new(side(window.0, scaled.width), side(window.1, scaled.height));
        cut_out(course, self.placement, window, ratio, policy)?;
        Ok(Composed(sizes))
    }

    /// The same with a box of allowed lengths alone.
    fn held(&self, allowed: &AllowedSizes, picture: Dimensions, is_drawn: bool) -> Result<Self, RecipeError> {
        let Proportions { part, scaled, canvas, .. } = Proportions::of(self, picture, is_drawn);
        let edge = |name, asked: u32| if asked == 0 { Ok(0) } else { allowed.length(name, asked) };
        let (width, height) = match canvas {
            (0, 0) if scaled != part => (allowed.length("w", scaled.width)?, 0),
            (width, height) => (edge("w", width)?, edge("h", height)?),
        };
        let one = (Exact::ONE, Exact::ONE);
        Ok(Self { width, height, min_width: 0, min_height: 0, zoom: one, ratio: Exact::ONE, ..self.clone() })
    }

    /// Puts the picture on its canvases.
    ///
    /// # Errors
    /// It would be too large.
    pub(super) fn extend(
        &self,
        Composed(sizes): &Composed,
        course: &mut Course,
        background: Option<Paint>,
        policy: &OutputPolicy,
    ) -> Result<(), RecipeError> {
        let extensions = [(self.extension, sizes.canvas), (self.ratio_extension, sizes.shaped)];
        for (placement, (width, height)) in extensions {
            let Some(placement) = placement else { continue };
            let own = course.shape.dimensions;
            let dimensions = Dimensions::new(width.max(own.width), height.max(own.height));
            if dimensions != own {
                let (left, top) = placement.within(dimensions, own, sizes.ratio);
                let surround = Surround::of(background);
                course.take(Pad { left, top, dimensions, surround }.into(), policy)?;
            }
        }
        sizes.padding(self.padding).decide(course, background, policy)
    }

    /// Lays what is to lie over the picture there.
    ///
    /// # Errors
    /// It would be too large.
    pub(super) fn mark(
        &self,
        Composed(sizes): &Composed,
        course: &mut Course,
        others: &[Other<'_>],
        policy: &OutputPolicy,
    ) -> Result<(), RecipeError> {
        for mark in &self.marks {
            if let Some(overlay) = mark.decide(course.shape.dimensions, sizes.ratio, others, policy)? {
                course.take(overlay.into(), policy)?;
            }
        }
        Ok(())
    }
}

/// Cuts a part out of the picture, where it is less.
fn cut_out(
    course: &mut Course,
    placement: Placement,
    part: Dimensions,
    ratio: f64,
    policy: &OutputPolicy,
) -> Result<(), RecipeError> {
    let picture = course.shape.dimensions;
    if part == picture {
        return Ok(());
    }
    let (left, top) = placement.within(picture, part, ratio);
    let step = match placement.gravity {
        gravity @ Gravity::Smart => Crop::placed(gravity, picture, part),
        _ => Crop { left, top, dimensions: part }.into(),
    };
    course.take(step, policy)
}

#[cfg(test)]
mod tests;
