//! `Edit`: one round of work on a picture, as wished for and as decided.

use std::fmt;
use std::ops::ControlFlow;

use super::bounds::scaled;
use super::composition::Composed;
use super::step::{Backdrop, Describe as _, Overlay, Patch, Radius, Resize, Step, Text, Trim};
use super::{
    Bounds, Composition, Corners, Cutout, Dimensions, Effects, FreeEdges, Lie, MaskWish, OutputPolicy, OverlayWish,
    Padding, Paint, PartWish, RecipeError, Rect, Reference, Region, Shape, Size, TextWish, TrimWish, TurnWish,
};

/// One round. A field at its default was not asked for. The order of work is that of the fields.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// How the picture lies from here on.
    pub lie: Lie,
    /// The part that stays of the whole.
    pub rect: Option<Rect>,
    /// The same, where it is not in pixels alone; it counts in place of `rect`.
    pub portion: Option<PartWish>,
    /// A part of so many pixels.
    pub region: Option<Region>,
    /// A border that goes.
    pub trim: Option<TrimWish>,
    /// How it is turned and mirrored.
    pub turn: TurnWish,
    /// How it is cut, scaled and put on canvases in one arithmetic.
    pub composition: Option<Box<Composition>>,
    /// How large it is to be.
    pub bounds: Bounds,
    /// The part that stays of it then.
    pub cutout: Option<Cutout>,
    /// What is done to pixels.
    pub effects: Effects,
    /// Other pictures on top, the first one lowest.
    pub overlays: Vec<OverlayWish>,
    /// Words on top of them.
    pub text: Option<TextWish>,
    /// What is added around it.
    pub padding: Padding,
    /// How round its corners are.
    pub radius: Option<Corners>,
    /// What shows where it is transparent, and where something is added.
    pub background: Option<Paint>,
    /// What is on all that is added to it, and in round corners, where that is not the background.
    pub around: Option<Paint>,
    /// What it is seen through.
    pub mask: Option<MaskWish>,
    /// It is left out where it cannot be decided.
    pub is_optional: bool,
}

/// The text is in the keys of what is left open. What came after others had keys is in it only where it is asked for.
impl fmt::Debug for Edit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without `..`: a wish that is not in the text does not compile.
        let Self {
            lie,
            rect,
            portion,
            region,
            trim,
            turn,
            composition,
            bounds,
            cutout,
            effects,
            overlays,
            text,
            padding,
            radius,
            background,
            around,
            mask,
            is_optional,
        } = self;
        let mut edit = formatter.debug_struct("Edit");
        edit.field("rect", rect).field("region", region).field("trim", trim).field("turn", turn);
        edit.field("bounds", bounds).field("effects", effects).field("overlays", overlays).field("text", text);
        edit.field("padding", padding).field("radius", radius).field("background", background);
        if *lie != Lie::default() {
            edit.field("lie", lie);
        }
        if let Some(cutout) = cutout {
            edit.field("cutout", cutout);
        }
        if let Some(portion) = portion {
            edit.field("portion", portion);
        }
        if let Some(composition) = composition {
            edit.field("composition", composition);
        }
        if let Some(around) = around {
            edit.field("around", around);
        }
        if let Some(mask) = mask {
            edit.field("mask", mask);
        }
        if *is_optional {
            edit.field("is_optional", is_optional);
        }
        edit.finish()
    }
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
    /// How much smaller the steps make what is shown: its longest edge before, and after.
    reduction: (u32, u32),
}

/// What is left of a round once pixels are as they are to be.
struct Finish<'a> {
    composed: Option<(&'a Composition, Composed)>,
    overlays: &'a [OverlayWish],
    text: Option<&'a TextWish>,
    padding: Padding,
    radius: Option<Corners>,
    background: Option<Paint>,
    around: Option<Paint>,
}

/// Another original that is laid over the picture, and its dimensions as displayed.
pub type Other<'a> = (&'a Reference, Dimensions);

impl Edit {
    /// Tells whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether dimensions are asked for.
    pub fn is_sized(&self) -> bool {
        self.bounds.is_asked() || self.composition.as_ref().is_some_and(|composition| composition.is_asked())
    }

    /// The other originals that are laid over the picture.
    pub fn others(&self) -> impl Iterator<Item = &Reference> {
        let marks = self.composition.iter().flat_map(|composition| &composition.marks);
        self.overlays.iter().map(|overlay| &overlay.original).chain(marks.map(|mark| &mark.original))
    }

    /// A round that only bounds the longest edge.
    pub fn within(size: Size) -> Self {
        Self { bounds: Bounds { size: Some(size), ..Bounds::default() }, ..Self::default() }
    }

    /// The same, where the operator chose the lengths of its edges.
    #[must_use]
    pub fn of_free_edges(self) -> Self {
        let bounds =
            Bounds { free: if self.bounds.is_asked() { FreeEdges::BOTH } else { FreeEdges::default() }, ..self.bounds };
        let free = |composition: Box<Composition>| Box::new(Composition { is_free: true, ..*composition });
        Self { bounds, composition: self.composition.map(free), ..self }
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
        let mut course = Course::begun(shape);
        for (index, edit) in edits.iter().enumerate() {
            let before = edit.is_optional.then(|| course.clone());
            let rest = edits.get(index + 1..).unwrap_or_default();
            match (edit.add(rest, &mut course, others, policy), before) {
                (Ok(ControlFlow::Continue(())), _) => {}
                (Ok(ControlFlow::Break(())), _) => return Ok(course),
                // What the operator refuses is not done without.
                (Err(error @ RecipeError::SizeNotAllowed { .. }), _) => return Err(error),
                (Err(_), Some(before)) => course = before,
                (Err(error), None) => return Err(error),
            }
        }
        Ok(course)
    }

    /// Adds its steps, up to the first thing that only pixels tell: then what is left of it and the rounds that follow are
    /// open.
    fn add(
        &self,
        following: &[Self],
        course: &mut Course,
        others: &[Other<'_>],
        policy: &OutputPolicy,
    ) -> Result<ControlFlow<()>, RecipeError> {
        // Without `..`: a wish that is not decided does not compile.
        let Self {
            lie,
            rect,
            portion,
            region,
            trim,
            turn,
            composition,
            bounds,
            cutout,
            effects,
            overlays,
            text,
            padding,
            radius,
            background,
            around,
            mask,
            is_optional: _,
        } = self;
        lie.decide(course, policy)?;
        let whole = course.shape.dimensions;
        course.cut(portion.map(|portion| portion.on(whole)).or(*rect), *region, policy)?;
        if let Some(TrimWish { tolerance, colour, evenness, rule }) = *trim {
            course.take(Trim { tolerance, colour, evenness, rule }.into(), policy)?;
            course.open = self.left_open(whole, following, policy)?;
            return Ok(ControlFlow::Break(()));
        }
        let (unturned, before) = (course.shape, course.reduction);
        turn.decide(course, around.or(*background), policy)?;
        let algorithm = bounds.algorithm.unwrap_or(policy.resize_algorithm);
        let composed = composition.as_ref().map(|asked| asked.cut(course, algorithm, policy)).transpose()?;
        bounds.decide(course, whole, *background, policy)?;
        let is_much_smaller = unturned.drawn.is_none() && course.is_much_smaller_than(before);
        course.resize_before_turning(unturned.dimensions);
        if let Some(cutout) = *cutout {
            cutout.decide(course, whole, policy)?;
        }
        let sharpens = is_much_smaller && bounds.governed(policy).sharpens_reduced == Some(true);
        effects.decide(course, sharpens, policy)?;
        let (composed, text) = (composition.as_deref().zip(composed), text.as_ref());
        let (padding, radius, background, around) = (*padding, *radius, *background, *around);
        let end = Finish { composed, overlays, text, padding, radius, background, around };
        end.decide(course, others, policy)?;
        mask.map_or(Ok(()), |mask| mask.decide(course, policy))?;
        Ok(ControlFlow::Continue(()))
    }

    /// What is left behind a trim of a picture that was `whole`.
    fn left_open(
        &self,
        whole: Dimensions,
        following: &[Self],
        policy: &OutputPolicy,
    ) -> Result<Vec<Self>, RecipeError> {
        if let Some(sizes) = &policy.sizes {
            // What is asked for in pixels is known by now, and refused before anything is read.
            sizes.hold(self.bounds, whole, whole)?;
        }
        let bounds = self.bounds.settled(whole);
        let rest =
            Self { lie: Lie::Unchanged, rect: None, portion: None, region: None, trim: None, bounds, ..self.clone() };
        let mut open: Vec<_> = [rest].into_iter().chain(following.iter().cloned()).collect();
        open.retain(|edit| !edit.is_empty());
        // What is left open is in the key, and the operator's policy is not.
        open.iter_mut().for_each(|edit| edit.bounds = edit.bounds.governed(policy));
        Ok(open)
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

impl Finish<'_> {
    fn decide(self, course: &mut Course, others: &[Other<'_>], policy: &OutputPolicy) -> Result<(), RecipeError> {
        let Self { composed, overlays, text, padding, radius, background, around } = self;
        if let Some((composition, composed)) = &composed {
            composition.extend(composed, course, background, policy)?;
        }
        for overlay in overlays {
            course.lay(overlay, others, policy)?;
        }
        if let Some(text) = text
            && let Some(step) = Text::decide(text, course.shape.dimensions, policy)?
        {
            course.take(step.into(), policy)?;
        }
        padding.decide(course, around.or(background), policy)?;
        if let Some(corners) = radius {
            let surround = around.unwrap_or(Paint::CLEAR);
            course.take(Radius::decide(corners, course.shape.dimensions, surround).into(), policy)?;
        }
        if let Some(paint) = background.filter(|_| course.shape.may_be_clear) {
            course.take(Backdrop(paint).into(), policy)?;
        }
        match &composed {
            Some((composition, composed)) => composition.mark(composed, course, others, policy),
            None => Ok(()),
        }
    }
}

impl Course {
    /// Nothing is decided.
    fn begun(shape: Shape) -> Self {
        Self { steps: Vec::new(), open: Vec::new(), shape, reduction: (1, 1) }
    }

    /// Nothing is decided, and this is to be.
    pub fn to_decide(open: Vec<Edit>, shape: Shape) -> Self {
        Self { open, ..Self::begun(shape) }
    }

    /// How much smaller the steps make what is shown: its longest edge before, and after.
    pub(super) fn reduction(&self) -> (u32, u32) {
        self.reduction
    }

    /// Tells whether more than three of four pixels went since it was reduced by so much.
    fn is_much_smaller_than(&self, (from, to): (u32, u32)) -> bool {
        let (whole, now) = self.reduction;
        let [whole, now, from, to] = [whole, now, from, to].map(u128::from);
        whole * to > 2 * now * from
    }

    /// Where a picture of these dimensions was turned by some angle and then made smaller, it is made smaller first.
    fn resize_before_turning(&mut self, unturned: Dimensions) {
        let place = self.steps.windows(2).rposition(|steps| match steps {
            [Step::Rotate(rotate), Step::Resize(resize)] => {
                let (width, height) = rotate.around(unturned);
                f64::from(resize.dimensions.width) < width && f64::from(resize.dimensions.height) < height
            }
            _ => false,
        });
        let Some(pair) = place.and_then(|place| self.steps.get_mut(place..place + 2)) else { return };
        if let [first @ Step::Rotate(_), second] = pair
            && let (Step::Rotate(rotate), Step::Resize(resize)) = (&*first, &*second)
        {
            let (resize, rotate) = rotate.behind(*resize, unturned);
            (*first, *second) = (resize.into(), rotate.into());
        }
    }

    /// What stays of the whole.
    fn cut(&mut self, rect: Option<Rect>, region: Option<Region>, policy: &OutputPolicy) -> Result<(), RecipeError> {
        let whole = self.shape.dimensions;
        if let Some(crop) = rect.map(|rect| rect.on(whole)).transpose()?.flatten() {
            self.take(crop.into(), policy)?;
        }
        region.map_or(Ok(()), |region| region.decide(self, policy))
    }

    /// One more picture on top.
    fn lay(&mut self, overlay: &OverlayWish, others: &[Other<'_>], policy: &OutputPolicy) -> Result<(), RecipeError> {
        if let Some(patch) = Patch::decide(overlay, self.shape.dimensions) {
            self.take(patch.into(), policy)?;
        }
        match Overlay::decide(overlay, self.shape.dimensions, others, policy)? {
            Some(step) => self.take(step.into(), policy),
            None => Ok(()),
        }
    }

    /// One more step.
    pub(super) fn take(&mut self, step: Step, policy: &OutputPolicy) -> Result<(), RecipeError> {
        let before = self.shape;
        self.shape = step.after(before);
        if let Step::Resize(Resize { dimensions, .. }) = step {
            let (from, to) = self.reduction;
            let (more, less) = (before.dimensions.longest_edge(), dimensions.longest_edge());
            self.reduction = if from == to { (more, less) } else { (from, scaled(to, less, more)) };
        }
        self.steps.push(step);
        let (limit, dimensions) = (policy.max_side, self.shape.dimensions);
        let has_grown = dimensions.longest_edge() > before.dimensions.longest_edge();
        if has_grown && dimensions.longest_edge() > limit {
            return Err(RecipeError::TooLarge { limit, dimensions });
        }
        Ok(())
    }
}
