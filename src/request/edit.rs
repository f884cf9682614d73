//! `Edit`: one round of work on a picture, as wished for and as decided.

use super::step::{Describe as _, Overlay, Radius, Resize, Step, Trim};
use super::{
    Background, Corners, Dimensions, Effects, OutputPolicy, OverlayWish, RecipeError, Reference, ResizeAlgorithm, Size,
};

/// One round. A field at its default was not asked for. The order of work is that of the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// A border that goes.
    pub trim: Option<TrimWish>,
    /// How large it may be.
    pub bounds: Bounds,
    /// What is done to pixels.
    pub effects: Effects,
    /// Other pictures on top, the first one lowest.
    pub overlays: Vec<OverlayWish>,
    /// How round its corners are.
    pub radius: Option<Corners>,
}

/// How large the picture may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The longest edge, in device pixels: the asked size times the device pixel ratio.
    pub size: Option<Size>,
    /// How pixels are weighed.
    pub algorithm: Option<ResizeAlgorithm>,
}

/// A border that is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrimWish {
    /// How far each channel may be from the colour of the border, 0 to 255.
    pub tolerance: u8,
    /// The colour of the border; `None` takes that of the upper left pixel.
    pub colour: Option<Background>,
}

/// What decisions are made about: all that is known of a picture without its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// As displayed.
    pub dimensions: Dimensions,
    /// It has no pixels yet: it can be drawn at any size, in exactly this shape.
    pub drawn: Option<Dimensions>,
}

/// What rounds come to: steps, and what can only be decided when pixels have told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What is left to do behind the last step, which is one that only pixels tell the outcome of.
    pub open: Vec<Edit>,
    /// The shape after the last step; where there is something open, the largest that it can be.
    pub shape: Shape,
}

/// Another original that is laid over the picture, and its dimensions as displayed.
pub type Other<'a> = (&'a Reference, Dimensions);

impl Edit {
    /// Tells whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// A round that only bounds the longest edge.
    pub fn within(size: Size) -> Self {
        Self { bounds: Bounds { size: Some(size), algorithm: None }, ..Self::default() }
    }

    /// Decides round after round, up to the first thing that only pixels tell.
    ///
    /// # Errors
    /// A picture on the way would be too large.
    pub fn decide(
        edits: &[Self],
        shape: Shape,
        others: &[Other<'_>],
        policy: &OutputPolicy,
    ) -> Result<Course, RecipeError> {
        let mut course = Course { steps: Vec::new(), open: Vec::new(), shape };
        for (index, edit) in edits.iter().enumerate() {
            // Without `..`: a wish that is not decided does not compile.
            let Self { trim, bounds, effects, overlays, radius } = edit;
            if let Some(TrimWish { tolerance, colour }) = *trim {
                course.take(Trim { tolerance, colour }.into(), policy)?;
                let rest = Self { trim: None, ..edit.clone() };
                course.open = [rest].into_iter().chain(edits.iter().skip(index + 1).cloned()).collect();
                course.open.retain(|edit| !edit.is_empty());
                return Ok(course);
            }
            if let Some(resize) = bounds.decide(course.shape, policy) {
                course.take(resize.into(), policy)?;
            }
            effects.decide(&mut course, policy)?;
            for overlay in overlays {
                if let Some(step) = Overlay::decide(overlay, course.shape.dimensions, others, policy)? {
                    course.take(step.into(), policy)?;
                }
            }
            if let Some(corners) = *radius {
                course.take(Radius::decide(corners, course.shape.dimensions).into(), policy)?;
            }
        }
        Ok(course)
    }

    /// The largest shape that rounds can come to: what is open is decided as if nothing were cut off.
    ///
    /// # Errors
    /// As [`Edit::decide`].
    pub fn upper_bound(
        mut course: Course,
        others: &[Other<'_>],
        policy: &OutputPolicy,
    ) -> Result<Vec<Step>, RecipeError> {
        let mut steps = std::mem::take(&mut course.steps);
        while !course.open.is_empty() {
            course = Self::decide(&course.open, course.shape, others, policy)?;
            steps.append(&mut course.steps);
        }
        Ok(steps)
    }
}

impl Course {
    /// One more step.
    pub(super) fn take(&mut self, step: Step, policy: &OutputPolicy) -> Result<(), RecipeError> {
        let before = self.shape;
        self.shape = step.after(before);
        self.steps.push(step);
        let (limit, dimensions) = (policy.max_side, self.shape.dimensions);
        let has_grown = dimensions.longest_edge() > before.dimensions.longest_edge();
        if has_grown && dimensions.longest_edge() > limit {
            return Err(RecipeError::TooLarge { limit, dimensions });
        }
        Ok(())
    }
}

impl Bounds {
    /// Tells whether dimensions are asked for.
    pub fn is_asked(self) -> bool {
        self.size.is_some()
    }

    fn decide(self, shape: Shape, policy: &OutputPolicy) -> Option<Resize> {
        let Self { size, algorithm } = self;
        let edge = size?.pixels();
        let dimensions =
            shape.drawn.map_or_else(|| shape.dimensions.fit_within(edge), |exactly| exactly.scaled_to(edge));
        let algorithm = algorithm.unwrap_or(policy.resize_algorithm);
        (dimensions != shape.dimensions).then_some(Resize { dimensions, algorithm })
    }
}
