//! Decides the operations: a pure function from facts and recipe to what is done, in which order.

use std::collections::VecDeque;

use codec::Excerpt;

use super::operation::{Aim, Colour, Flatten, Operation, Orient, Zoom};
use crate::request::step::{Crop, Describe as _, Focus, Reorient};
use crate::request::{Dimensions, Edit, Facts, Orientation, Output, Recipe, Reuse, Shape, Step};

/// What is done to make a rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Bytes to bytes of the same format and pixels, without metadata.
    Strip,
    /// Decoding, operations and encoding.
    Paint {
        /// How pixels come out of the original.
        decode: Decode,
        /// What is done to them, in order.
        operations: Vec<Operation>,
        /// What cannot be planned yet.
        rest: Option<Rest>,
    },
}

/// Bytes to pixels, perhaps at a reduced size that is not below `target`; all of them, or those of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decode {
    /// What the header promises, as stored; of a drawing what is asked for.
    pub expected: Dimensions,
    pub target: Option<Dimensions>,
    /// As stored.
    pub excerpt: Option<Excerpt>,
}

/// What is left to plan once pixels have told what the last operation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    pub open: Vec<Edit>,
    pub owed: Owed,
}

/// What nobody asks for and every rendition gets. Each debt is paid right before the first step that needs it, else at the
/// end, when the picture is small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// How the picture is still to be turned.
    orientation: Orientation,
    has_colours: bool,
}

impl Plan {
    /// What makes `recipe` out of an original with these facts.
    pub fn new(facts: &Facts, recipe: &Recipe) -> Self {
        let Recipe { steps, open, output, reuse } = recipe;
        if *reuse == Reuse::CodedPixels {
            return Self::Strip;
        }
        let mut owed = Owed { orientation: facts.orientation, has_colours: true };
        let is_drawn = facts.format.is_vector();
        // A drawing is drawn at the dimensions that are wanted.
        if let (true, Some((Step::Resize(resize), steps))) = (is_drawn, steps.split_first()) {
            let drawn = facts.orientation.applied_to(resize.dimensions);
            let decode = Decode { expected: drawn, target: Some(drawn), excerpt: None };
            let (operations, rest) = owed.through(steps, open, output, drawn);
            return Self::Paint { decode, operations, rest };
        }
        let (operations, rest) = owed.through(steps, open, output, facts.stored);
        if is_drawn {
            let decode = Decode { expected: facts.stored, target: None, excerpt: None };
            return Self::Paint { decode, operations, rest };
        }
        let (decode, operations) = begun(facts.stored, operations, output.is_animated);
        Self::Paint { decode, operations, rest }
    }
}

/// How much of an original is decoded, and the operations on what comes of that. Only what is done first tells: that a part
/// is taken, how large it will be, and whether it is where most is to see. Of an animation all frames are whole.
fn begun(stored: Dimensions, operations: Vec<Operation>, is_animated: bool) -> (Decode, Vec<Operation>) {
    let mut operations = VecDeque::from(operations);
    let crop = if is_animated { None } else { taken(&mut operations, 0, Operation::as_crop) };
    let excerpt = crop.map(|Crop { left, top, dimensions }| Excerpt { left, top, dimensions });
    let part = excerpt.unwrap_or(Excerpt::whole(stored));
    let zoom = taken(&mut operations, 0, Operation::as_resize).map(|resize| Zoom { part, resize });
    // It is turned later all the same.
    let orientation = operations.front().and_then(Operation::as_orientation);
    let focus = taken(&mut operations, usize::from(orientation.is_some()), Operation::as_focus);
    let mut target = zoom.map(|zoom| zoom.resize.dimensions).filter(|_| !is_animated);
    let first = match (focus, zoom) {
        (Some(focus), zoom) => {
            target = target.map(|target| target.union(part.dimensions.fit_within(Focus::ENOUGH_PIXELS)));
            let (zoom, orientation) = (zoom.unwrap_or(Zoom::none(part)), orientation.unwrap_or_default());
            Some(Operation::Aim(Aim { zoom, focus, orientation, found: None }))
        }
        (None, Some(zoom)) if excerpt.is_some() => Some(Operation::Zoom(zoom)),
        (None, Some(Zoom { resize, .. })) => Some(Operation::Step(resize.into())),
        (None, None) => None,
    };
    first.into_iter().for_each(|first| operations.push_front(first));
    (Decode { expected: part.dimensions, target, excerpt }, operations.into())
}

/// Takes an operation out, if it is of a kind.
fn taken<T>(operations: &mut VecDeque<Operation>, index: usize, kind: impl Fn(&Operation) -> Option<T>) -> Option<T> {
    let found = operations.get(index).and_then(kind)?;
    operations.remove(index);
    Some(found)
}

impl Rest {
    /// Plans what was left open and has been decided by now.
    /// `stored` are the dimensions of the picture as it is.
    pub fn planned(
        mut self,
        steps: &[Step],
        open: &[Edit],
        output: &Output,
        stored: Dimensions,
    ) -> (Vec<Operation>, Option<Self>) {
        self.owed.through(steps, open, output, stored)
    }

    /// The dimensions as displayed, of a picture that has these as it is.
    pub fn shown(&self, stored: Dimensions) -> Dimensions {
        self.owed.orientation.applied_to(stored)
    }
}

impl Owed {
    /// The steps as operations, with what is owed put before the first that needs it, and behind the last.
    fn through(
        &mut self,
        steps: &[Step],
        open: &[Edit],
        output: &Output,
        mut stored: Dimensions,
    ) -> (Vec<Operation>, Option<Rest>) {
        let mut operations = Vec::with_capacity(steps.len() + 3);
        for step in steps {
            // One more turn is no more work than the one that is owed.
            if let Step::Reorient(Reorient(orientation)) = step {
                self.orientation = self.orientation.then(*orientation);
                continue;
            }
            if step.needs_colours() {
                operations.extend(self.colours(output));
            }
            let step = step.turned(self.orientation, stored).unwrap_or_else(|| {
                stored = self.orientation.applied_to(stored);
                operations.extend(self.turn());
                step.clone()
            });
            stored = step.after(Shape::of_pixels(stored)).dimensions;
            operations.push(Operation::Step(step));
        }
        if steps.last().is_some_and(Step::leaves_open) {
            return (operations, Some(Rest { open: open.to_vec(), owed: *self }));
        }
        operations.extend(self.colours(output));
        operations.extend(self.turn());
        let flattened = output.background.filter(|_| !output.format.medium().has_alpha());
        operations.extend(flattened.map(|background| Operation::Flatten(Flatten(background))));
        (operations, None)
    }

    fn colours(&mut self, output: &Output) -> Option<Operation> {
        let is_owed = std::mem::take(&mut self.has_colours);
        is_owed.then_some(Operation::Colour(Colour(output.format)))
    }

    fn turn(&mut self) -> Option<Operation> {
        let orientation = std::mem::take(&mut self.orientation);
        (orientation != Orientation::Upright).then_some(Operation::Orient(Orient(orientation)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::step::{Gray, Resize, Trim};
    use crate::request::{
        Background, Bounds, Coding, Condition, Decoding, Format, Keeping, OutputFormat, Quality, ResizeAlgorithm, Size,
    };

    fn facts(format: Format, stored: Dimensions, orientation: Orientation) -> Facts {
        let (decoding, condition) = (Decoding::default(), Condition::default());
        Facts { format, stored, orientation, frames: 1, decoding, condition, drawing: None }
    }

    fn recipe(format: &str, steps: Vec<Step>) -> Recipe {
        let format = OutputFormat::named(format).unwrap();
        let coding = Coding::new(Some(Quality::new(60)), 0);
        let background = (!format.medium().has_alpha()).then_some(Background::WHITE);
        let (target, max_bytes, max_frames, keeping) = (None, None, None, Keeping::Nothing);
        let output = Output { format, coding, target, max_bytes, background, is_animated: false, max_frames, keeping };
        Recipe { steps, open: vec![], output, reuse: Reuse::Nothing }
    }

    fn resize(width: u32, height: u32) -> Resize {
        Resize { dimensions: Dimensions::new(width, height), algorithm: ResizeAlgorithm::Lanczos3 }
    }

    #[test]
    fn a_rotated_photo_is_resized_as_stored_and_turned_last() {
        let stored = Dimensions::new(4000, 3000);
        let facts = facts(Format::Jpeg, stored, Orientation::Rotated90);
        let recipe = recipe("jpeg", vec![resize(300, 400).into(), Gray.into()]);
        let operations = vec![
            Operation::Step(resize(400, 300).into()),
            Operation::Colour(Colour(recipe.output.format)),
            Operation::Step(Gray.into()),
            Operation::Orient(Orient(Orientation::Rotated90)),
            Operation::Flatten(Flatten(Background::WHITE)),
        ];
        let decode = Decode { expected: stored, target: Some(Dimensions::new(400, 300)), excerpt: None };
        assert_eq!(Plan::new(&facts, &recipe), Plan::Paint { decode, operations, rest: None });
    }

    #[test]
    fn a_conversion_is_decoded_and_encoded_and_nothing_else() {
        let stored = Dimensions::new(10, 10);
        let facts = facts(Format::Png, stored, Orientation::Upright);
        let recipe = recipe("webp", vec![]);
        let operations = vec![Operation::Colour(Colour(recipe.output.format))];
        let decode = Decode { expected: stored, target: None, excerpt: None };
        assert_eq!(Plan::new(&facts, &recipe), Plan::Paint { decode, operations, rest: None });
        assert_eq!(Plan::new(&facts, &Recipe { reuse: Reuse::CodedPixels, ..recipe }), Plan::Strip);
    }

    #[test]
    fn a_drawing_is_drawn_at_the_dimensions_that_are_wanted() {
        let facts = facts(Format::Svg, Dimensions::new(10, 10), Orientation::Upright);
        let recipe = recipe("png", vec![resize(600, 600).into()]);
        let drawn = Dimensions::new(600, 600);
        let operations = vec![Operation::Colour(Colour(recipe.output.format))];
        let decode = Decode { expected: drawn, target: Some(drawn), excerpt: None };
        assert_eq!(Plan::new(&facts, &recipe), Plan::Paint { decode, operations, rest: None });
    }

    #[test]
    fn what_only_pixels_tell_is_planned_when_they_have_told() {
        let facts = facts(Format::Jpeg, Dimensions::new(40, 30), Orientation::Rotated90);
        let trim = Trim { tolerance: 10, colour: None, evenness: Default::default(), rule: Default::default() };
        let bounds = Bounds { size: Size::parse("20").ok(), ..Bounds::default() };
        let open = vec![Edit { bounds, ..Edit::default() }];
        let recipe = Recipe { open: open.clone(), ..recipe("jpeg", vec![trim.into()]) };
        let Plan::Paint { decode, operations, rest } = Plan::new(&facts, &recipe) else { panic!("a strip") };
        assert_eq!(decode, Decode { expected: Dimensions::new(40, 30), target: None, excerpt: None });
        let colour = Operation::Colour(Colour(recipe.output.format));
        let upright = Operation::Orient(Orient(Orientation::Rotated90));
        assert_eq!(operations, [colour, upright, Operation::Step(trim.into())]);
        let rest = rest.unwrap();
        assert_eq!(rest.open, open);
        let (operations, rest) = rest.planned(&[resize(10, 20).into()], &[], &recipe.output, Dimensions::new(30, 40));
        let flatten = Operation::Flatten(Flatten(Background::WHITE));
        assert_eq!((operations, rest), (vec![Operation::Step(resize(10, 20).into()), flatten], None));
    }

    #[test]
    fn of_a_part_only_its_pixels_are_decoded_at_the_size_that_it_will_have() {
        let stored = Dimensions::new(4000, 3000);
        let facts = facts(Format::Jpeg, stored, Orientation::Rotated90);
        // Of the upright picture, 3000x4000.
        let crop = Crop { left: 0, top: 3200, dimensions: Dimensions::new(600, 800) };
        let excerpt = Excerpt { left: 3200, top: 2400, dimensions: Dimensions::new(800, 600) };
        let planned = |steps| match Plan::new(&facts, &recipe("jpeg", steps)) {
            Plan::Paint { decode, operations, .. } => (decode, operations[0].clone()),
            Plan::Strip => panic!("a strip"),
        };
        let (decode, first) = planned(vec![crop.into()]);
        let expected = excerpt.dimensions;
        assert_eq!(decode, Decode { expected, target: None, excerpt: Some(excerpt) });
        assert!(matches!(first, Operation::Colour(_)), "{first:?}");
        let (decode, first) = planned(vec![crop.into(), resize(150, 200).into()]);
        assert_eq!(decode, Decode { expected, target: Some(Dimensions::new(200, 150)), excerpt: Some(excerpt) });
        assert_eq!(first, Operation::Zoom(Zoom { part: excerpt, resize: resize(200, 150) }));
    }

    #[test]
    fn a_focus_is_sought_before_the_picture_is_small_and_turned() {
        let stored = Dimensions::new(4000, 3000);
        let facts = facts(Format::Jpeg, stored, Orientation::Rotated90);
        let focus = Focus { dimensions: Dimensions::new(90, 90) };
        let recipe = recipe("jpeg", vec![resize(90, 120).into(), focus.into()]);
        let Plan::Paint { decode, operations, .. } = Plan::new(&facts, &recipe) else { panic!("a strip") };
        // A thumbnail of 120 pixels would show too little.
        assert_eq!(decode, Decode { expected: stored, target: Some(Dimensions::new(384, 288)), excerpt: None });
        let zoom = Zoom { part: Excerpt::whole(stored), resize: resize(120, 90) };
        let orientation = Orientation::Rotated90;
        let aim = Aim { zoom, focus, orientation, found: None };
        assert_eq!(operations[..2], [Operation::Aim(aim), Operation::Orient(Orient(orientation))]);
    }
}
