//! `Bounds`: how large a picture is to be, and what becomes of it where its shape is another one.

mod sides;
#[cfg(test)]
mod tests;

use std::fmt;

use super::step::{Crop, Pad, Resize};
use super::{
    AllowedSizes, Course, Dimensions, FreeEdges, Gravity, Length, OutputPolicy, Paint, RecipeError, ResizeAlgorithm,
    Rounding, Shape, Size, Surround,
};

/// How large the picture is to be. Lengths are in device pixels.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Of the box.
    pub width: Option<Length>,
    /// Of the box.
    pub height: Option<Length>,
    /// Its longest edge, where neither width nor height is given.
    pub size: Option<Size>,
    /// What becomes of a picture that has another shape than the box.
    pub fit: Fit,
    /// The shape of the box, where one edge of it or none is given.
    pub ratio: Option<Ratio>,
    /// What stays of a picture that is cut, and where a picture stands that is smaller than its canvas.
    pub gravity: Gravity,
    /// It may become larger than it is.
    pub may_enlarge: bool,
    /// A picture that is smaller than the box both ways stays as it is, without a canvas.
    pub keeps_smaller: bool,
    /// How pixels are weighed.
    pub algorithm: Option<ResizeAlgorithm>,
    /// What becomes much smaller is sharpened a little.
    pub sharpens_reduced: Option<bool>,
    /// What becomes of a fraction of a pixel in the edge that follows from the other.
    pub rounding: Rounding,
    /// What is around a picture that is smaller than its canvas; `None` is the background, or nothing.
    pub surround: Option<Surround>,
    /// Nothing is done where the picture is no larger than the box along any side.
    pub is_all_or_nothing: bool,
    /// The edges that allowed sizes do not hold for.
    pub free: FreeEdges,
    /// A digest of the sizes that are allowed, for the key of what is left open.
    pub held_to: Option<u64>,
    /// Width and height change places where the picture lies otherwise than the box: across, or upright.
    pub is_adaptive: bool,
    /// What becomes of the box before the picture is made to fit.
    pub box_rule: BoxRule,
    /// What stays in the middle of a picture that is cut, as far as its edges allow, in place of `gravity`: in pixels from the left
    /// and from the top, before it is scaled.
    pub focal: Option<(u32, u32)>,
}

/// The text is in the keys of what is left open. What came after others had keys is in it only where it is asked for.
impl fmt::Debug for Bounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without `..`: a bound that is not in the text does not compile.
        let Self {
            width,
            height,
            size,
            fit,
            ratio,
            gravity,
            may_enlarge,
            keeps_smaller,
            algorithm,
            sharpens_reduced,
            rounding,
            surround,
            is_all_or_nothing,
            free,
            held_to,
            is_adaptive,
            box_rule,
            focal,
        } = self;
        let mut text = formatter.debug_struct("Bounds");
        text.field("width", width).field("height", height).field("size", size).field("fit", fit).field("ratio", ratio);
        text.field("gravity", gravity).field("may_enlarge", may_enlarge).field("algorithm", algorithm);
        text.field("sharpens_reduced", sharpens_reduced);
        if *keeps_smaller {
            text.field("keeps_smaller", keeps_smaller);
        }
        if *rounding != Rounding::default() {
            text.field("rounding", rounding);
        }
        if let Some(surround) = surround {
            text.field("surround", surround);
        }
        if *is_all_or_nothing {
            text.field("is_all_or_nothing", is_all_or_nothing);
        }
        if let Some(digest) = held_to {
            text.field("held_to", digest).field("free", free);
        }
        if *is_adaptive {
            text.field("is_adaptive", is_adaptive);
        }
        if *box_rule != BoxRule::default() {
            text.field("box_rule", box_rule);
        }
        if let Some(focal) = focal {
            text.field("focal", focal);
        }
        text.finish()
    }
}

/// What becomes of a picture that has another shape than the box. The words are those of CSS (`object-fit`) and sharp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Fit {
    /// As large as the box allows, all of it.
    #[default]
    Contain,
    /// It fills the box, and what reaches beyond is cut off.
    Cover,
    /// As [`Fit::Contain`], on a canvas that has the box's dimensions.
    Pad,
    /// It takes the shape of the box.
    Stretch,
    /// As [`Fit::Cover`], and nothing is cut off.
    Outside,
}

/// What becomes of a box before a picture is made to fit it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum BoxRule {
    /// It is as it was asked for.
    #[default]
    AsAsked,
    /// It shrinks in its own shape until it is no larger than a picture that may not become larger, as in IPX.
    Shrunk,
    /// An edge that is missing follows from the other one in whole pixels, as in thumbor.
    Closed,
}

/// The shape of a box: width to height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// In any unit.
    pub width: u32,
    /// In the same one.
    pub height: u32,
}

/// What bounds come to: the picture is scaled, then cut or put on a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arrangement {
    scaled: Dimensions,
    window: Option<Dimensions>,
    canvas: Option<Dimensions>,
}

impl Bounds {
    /// Tells whether dimensions are asked for.
    pub fn is_asked(&self) -> bool {
        self.width.is_some() || self.height.is_some() || self.size.is_some() || self.ratio.is_some()
    }

    /// What they make of a picture that is neither cut nor put on a canvas.
    pub(super) fn of_whole(&self, own: Dimensions) -> Dimensions {
        self.layout(Shape::of_pixels(own), own).map_or(own, |arrangement| arrangement.scaled)
    }

    /// The same in pixels, for an original of these dimensions.
    pub(super) fn settled(self, whole: Dimensions) -> Self {
        let width = self.width.map(|width| Length::Pixels(width.rounded(whole.width, self.rounding)));
        let height = self.height.map(|height| Length::Pixels(height.rounded(whole.height, self.rounding)));
        Self { width, height, ..self }
    }

    /// The same with nothing left to the operator.
    pub(super) fn governed(self, policy: &OutputPolicy) -> Self {
        let algorithm = Some(self.algorithm.unwrap_or(policy.resize_algorithm));
        let sharpens_reduced = Some(self.sharpens_reduced.unwrap_or(policy.sharpens_reduced));
        let held_to = policy.sizes.as_ref().map(AllowedSizes::digest);
        Self { algorithm, sharpens_reduced, held_to, ..self }
    }

    /// The same in pixels alone: shares are of `whole`, and a shape is one of the `picture`, or follows from an edge.
    pub(super) fn in_pixels(self, picture: Dimensions, whole: Dimensions) -> Self {
        let Self { width, height, size, ratio, .. } = self.settled(whole);
        let of = |length: Option<Length>| length.map(|length| length.of(u32::MAX));
        let boxed = match (of(width), of(height), size, ratio) {
            (Some(width), None, _, Some(ratio)) => ratio.of_width(width),
            (None, Some(height), _, Some(ratio)) => ratio.of_height(height),
            (None, None, Some(size), Some(ratio)) => ratio.within(Dimensions::new(size.pixels(), size.pixels())),
            (None, None, None, Some(ratio)) => ratio.within(picture),
            _ => return Self { width, height, ..self },
        };
        let (width, height) = (Some(Length::Pixels(boxed.width)), Some(Length::Pixels(boxed.height)));
        Self { width, height, size: None, ratio: None, fit: Fit::Cover, ..self }
    }

    /// Adds its steps. Shares are of `whole`.
    ///
    /// # Errors
    /// It would be too large.
    pub(super) fn decide(
        &self,
        course: &mut Course,
        whole: Dimensions,
        background: Option<Paint>,
        policy: &OutputPolicy,
    ) -> Result<(), RecipeError> {
        let picture = course.shape.dimensions;
        let held = policy.sizes.as_ref().map(|sizes| sizes.hold(*self, picture, whole)).transpose()?;
        let arrangement = held.as_ref().unwrap_or(self).layout(course.shape, whole);
        let gravity = self.aimed(picture);
        let Some(Arrangement { scaled, window, canvas }) = arrangement else { return Ok(()) };
        if scaled != course.shape.dimensions {
            let algorithm = self.algorithm.unwrap_or(policy.resize_algorithm);
            course.take(Resize { dimensions: scaled, algorithm }.into(), policy)?;
        }
        if let Some(dimensions) = window.filter(|window| *window != scaled) {
            course.take(Crop::placed(gravity.scaled(picture, scaled), scaled, dimensions), policy)?;
        }
        if let Some(dimensions) = canvas.filter(|canvas| *canvas != scaled) {
            let (left, top) = gravity.place(dimensions, scaled);
            let surround = self.surround.unwrap_or_else(|| Surround::of(background));
            course.take(Pad { left, top, dimensions, surround }.into(), policy)?;
        }
        Ok(())
    }

    fn layout(&self, shape: Shape, whole: Dimensions) -> Option<Arrangement> {
        // Without `..`: a bound that is not decided does not compile. The places are decided by the caller.
        let Self {
            width: _,
            height: _,
            size,
            fit,
            ratio,
            gravity: _,
            may_enlarge,
            keeps_smaller,
            algorithm: _,
            sharpens_reduced: _,
            rounding,
            surround: _,
            is_all_or_nothing,
            free: _,
            held_to: _,
            is_adaptive: _,
            box_rule: _,
            focal: _,
        } = *self;
        let picture = Sides { exact: shape.drawn.unwrap_or(shape.dimensions), own: shape.dimensions, rounding };
        // A drawing has no pixels that could be too few.
        let may_enlarge = may_enlarge || shape.drawn.is_some();
        let (width, height) = self.sides(picture.own, whole);
        let Dimensions { width: own_width, height: own_height } = picture.own;
        let reaches = |asked: Option<u32>, own| asked.is_some_and(|asked| asked >= own);
        if is_all_or_nothing && (reaches(width, own_width) || reaches(height, own_height)) {
            return None;
        }
        let own = shape.dimensions;
        let (dimensions, fit) = match (width, height, size, ratio) {
            (Some(width), Some(height), ..) if keeps_smaller && own.width < width && own.height < height => {
                return None;
            }
            (Some(width), Some(height), ..) => (Dimensions::new(width, height), fit),
            (Some(width), None, _, Some(ratio)) => (ratio.of_width(width), Fit::Cover),
            (None, Some(height), _, Some(ratio)) => (ratio.of_height(height), Fit::Cover),
            (None, None, Some(size), Some(ratio)) => {
                (ratio.within(Dimensions::new(size.pixels(), size.pixels())), Fit::Cover)
            }
            (None, None, None, Some(ratio)) => {
                let window = Some(ratio.within(picture.own));
                return Some(Arrangement { scaled: picture.own, window, canvas: None });
            }
            (Some(width), None, _, None) => return Some(Arrangement::scaled(picture.of_width(width, may_enlarge))),
            (None, Some(height), _, None) => return Some(Arrangement::scaled(picture.of_height(height, may_enlarge))),
            (None, None, Some(size), None) => {
                return Some(Arrangement::scaled(
                    picture.within(Dimensions::new(size.pixels(), size.pixels()), may_enlarge),
                ));
            }
            (None, None, None, None) => return None,
        };
        Some(picture.fitted(fit, dimensions, may_enlarge))
    }
}

impl Arrangement {
    fn scaled(scaled: Dimensions) -> Self {
        Self { scaled, window: None, canvas: None }
    }
}

/// The sides of a picture: in pixels, and exactly, in a unit of their own.
#[derive(Clone, Copy)]
struct Sides {
    exact: Dimensions,
    own: Dimensions,
    rounding: Rounding,
}

/// Scaling as sharp does it: the side that is bound is as asked, the other one is rounded: there to the nearest.
impl Sides {
    fn fitted(self, fit: Fit, asked: Dimensions, may_enlarge: bool) -> Arrangement {
        let Self { own, .. } = self;
        let no_larger = Dimensions::new(asked.width.min(own.width), asked.height.min(own.height));
        match fit {
            Fit::Contain => Arrangement::scaled(self.within(asked, may_enlarge)),
            Fit::Outside => Arrangement::scaled(self.around(asked, may_enlarge)),
            Fit::Stretch => Arrangement::scaled(if may_enlarge { asked } else { no_larger }),
            Fit::Pad => Arrangement { canvas: Some(asked), ..Arrangement::scaled(self.within(asked, may_enlarge)) },
            Fit::Cover => {
                let scaled = self.around(asked, may_enlarge);
                let is_too_small = !may_enlarge && asked.width > own.width && asked.height > own.height;
                let window = if is_too_small {
                    Ratio { width: asked.width, height: asked.height }.within(own)
                } else {
                    Dimensions::new(asked.width.min(scaled.width), asked.height.min(scaled.height))
                };
                Arrangement { window: Some(window), ..Arrangement::scaled(scaled) }
            }
        }
    }

    fn of_width(self, width: u32, may_enlarge: bool) -> Dimensions {
        if !may_enlarge && width >= self.own.width {
            return self.own;
        }
        Dimensions::new(width, self.rounding.scaled(self.exact.height, width, self.exact.width))
    }

    fn of_height(self, height: u32, may_enlarge: bool) -> Dimensions {
        if !may_enlarge && height >= self.own.height {
            return self.own;
        }
        Dimensions::new(self.rounding.scaled(self.exact.width, height, self.exact.height), height)
    }

    fn within(self, asked: Dimensions, may_enlarge: bool) -> Dimensions {
        if !may_enlarge && asked.width >= self.own.width && asked.height >= self.own.height {
            return self.own;
        }
        if self.is_wider_than(asked) { self.of_width(asked.width, true) } else { self.of_height(asked.height, true) }
    }

    fn around(self, asked: Dimensions, may_enlarge: bool) -> Dimensions {
        if !may_enlarge && (asked.width > self.own.width || asked.height > self.own.height) {
            return self.own;
        }
        if self.is_wider_than(asked) { self.of_height(asked.height, true) } else { self.of_width(asked.width, true) }
    }

    /// Tells whether it has the wider shape, or the same.
    fn is_wider_than(self, other: Dimensions) -> bool {
        u64::from(self.exact.width) * u64::from(other.height) >= u64::from(self.exact.height) * u64::from(other.width)
    }
}

impl Ratio {
    /// The largest term, in thousandths.
    const MAX: u32 = 100_000_000;

    /// Parses two positive decimal numbers with a colon between them.
    pub fn parse(text: &str) -> Option<Self> {
        let (width, height) = text.split_once(':')?;
        let thousandths = |text: &str| {
            let thousandths = (text.trim().parse::<f64>().ok()? * 1000.0).round();
            (1.0..=f64::from(Self::MAX)).contains(&thousandths).then_some(thousandths as u32)
        };
        Some(Self { width: thousandths(width)?, height: thousandths(height)? })
    }

    fn of_width(self, width: u32) -> Dimensions {
        Dimensions::new(width, scaled(self.height, width, self.width))
    }

    fn of_height(self, height: u32) -> Dimensions {
        Dimensions::new(scaled(self.width, height, self.height), height)
    }

    /// The largest dimensions of this shape within others.
    fn within(self, outer: Dimensions) -> Dimensions {
        let is_wider =
            u64::from(self.width) * u64::from(outer.height) >= u64::from(self.height) * u64::from(outer.width);
        let inner = if is_wider { self.of_width(outer.width) } else { self.of_height(outer.height) };
        Dimensions::new(inner.width.min(outer.width), inner.height.min(outer.height))
    }
}

/// How large a picture is that is made to fit into others, and never larger than it is.
pub(super) fn within(own: Dimensions, asked: Dimensions, rounding: Rounding) -> Dimensions {
    Sides { exact: own, own, rounding }.within(asked, false)
}

/// `side * numerator / denominator`, to the nearest and at least one.
pub(super) fn scaled(side: u32, numerator: u32, denominator: u32) -> u32 {
    Rounding::Nearest.scaled(side, numerator, denominator)
}
