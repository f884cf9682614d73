//! `Rect`: a part of the upright original, as a URL asks for it.

use std::fmt::{self, Display};

use super::step::Crop;
use super::{Course, Dimensions, Gravity, Length, OutputPolicy, RecipeError};

/// An area in pixels of the upright original. It may reach beyond its edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// From the left edge.
    pub left: i64,
    /// From the upper edge.
    pub top: i64,
    /// At least one.
    pub width: u32,
    /// At least one.
    pub height: u32,
}

/// A part of this size, wherever the gravity puts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// What is wider than the picture is all of it.
    pub width: Length,
    /// What is higher than the picture is all of it.
    pub height: Length,
    /// Where it lies.
    pub gravity: Gravity,
}

/// A part of the whole, each edge of which is in pixels or a share of the same side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartWish {
    /// From the left; `None` is the edge itself.
    pub left: Option<Length>,
    /// From the top; `None` is the edge itself.
    pub top: Option<Length>,
    /// At least one pixel.
    pub width: Length,
    /// At least one pixel.
    pub height: Length,
}

impl PartWish {
    /// In pixels, on a picture of these dimensions.
    pub(super) fn on(self, picture: Dimensions) -> Rect {
        let Self { left, top, width, height } = self;
        let begin = |length: Option<Length>, side: u32| length.map_or(0, |length| i64::from(length.of(side)));
        Rect {
            left: begin(left, picture.width),
            top: begin(top, picture.height),
            width: width.of(picture.width),
            height: height.of(picture.height),
        }
    }
}

impl Rect {
    /// The furthest that an area may reach, in pixels.
    pub const MAX: u32 = 1_000_000;

    /// Parses `x,y,w,h`. Decimals are rounded.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let mut number = || {
            let number = parts.next()?.trim().parse::<f64>().ok()?.round();
            (number.abs() <= f64::from(Self::MAX)).then_some(number as i64)
        };
        let (left, top, width, height) = (number()?, number()?, number()?, number()?);
        let side = |side: i64| u32::try_from(side).ok().filter(|side| *side > 0);
        parts.next().is_none().then_some(())?;
        Some(Self { left, top, width: side(width)?, height: side(height)? })
    }

    /// What of it lies on a picture; `None` where that is all of the picture.
    ///
    /// # Errors
    /// [`RecipeError::Outside`] where it does not touch the picture.
    pub(super) fn on(self, picture: Dimensions) -> Result<Option<Crop>, RecipeError> {
        let clipped = |begin: i64, length: u32, whole: u32| {
            let end = (begin + i64::from(length)).min(whole.into());
            let begin = begin.max(0);
            let length = u32::try_from(end - begin).ok().filter(|length| *length > 0)?;
            Some((begin as u32, length))
        };
        let across = clipped(self.left, self.width, picture.width);
        let down = clipped(self.top, self.height, picture.height);
        let (Some((left, width)), Some((top, height))) = (across, down) else {
            return Err(RecipeError::Outside { rect: self, picture });
        };
        let dimensions = Dimensions::new(width, height);
        Ok((dimensions != picture).then_some(Crop { left, top, dimensions }))
    }
}

impl Display for Rect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { left, top, width, height } = self;
        write!(formatter, "{left},{top},{width},{height}")
    }
}

impl Region {
    /// Adds its step, where it is less than the picture.
    ///
    /// # Errors
    /// None: a part is no larger than the whole.
    pub(super) fn decide(self, course: &mut Course, policy: &OutputPolicy) -> Result<(), RecipeError> {
        let (picture, Self { width, height, gravity }) = (course.shape.dimensions, self);
        let part =
            Dimensions::new(width.of(picture.width).min(picture.width), height.of(picture.height).min(picture.height));
        if part != picture {
            course.take(Crop::placed(gravity, picture, part), policy)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: Dimensions = Dimensions::new(384, 512);

    fn on(text: &str) -> Result<Option<Crop>, RecipeError> {
        Rect::parse(text).unwrap().on(PICTURE)
    }

    #[test]
    fn a_rect_is_clipped_to_the_picture() {
        let crop = |left, top, width, height| Some(Crop { left, top, dimensions: Dimensions::new(width, height) });
        assert_eq!(on("0,0,384,192"), Ok(crop(0, 0, 384, 192)));
        assert_eq!(on("300,500,100,100"), Ok(crop(300, 500, 84, 12)));
        assert_eq!(on("-10,-10,20,20"), Ok(crop(0, 0, 10, 10)));
        assert_eq!(on("-10,-10,9999,9999"), Ok(None));
        assert_eq!(on("0.4, 1.6, 10, 10"), Ok(crop(0, 2, 10, 10)));
    }

    #[test]
    fn a_portion_is_in_pixels_or_in_shares_of_its_side() {
        let half = Length::parse("50p").unwrap();
        let mixed = PartWish { left: Some(half), top: None, width: Length::Pixels(100), height: half };
        assert_eq!(mixed.on(PICTURE), Rect { left: 192, top: 0, width: 100, height: 256 });
    }

    #[test]
    fn a_rect_that_does_not_touch_the_picture_is_an_error() {
        for text in ["384,0,10,10", "0,512,10,10", "-10,0,10,10", "900000,0,1,1"] {
            assert!(on(text).is_err(), "{text}");
        }
        for text in ["", "1,2,3", "1,2,0,4", "1,2,3,-4", "1,2,3,4,5", "a,b,c,d", "0,0,9e9,1"] {
            assert_eq!(Rect::parse(text), None, "{text}");
        }
    }
}
