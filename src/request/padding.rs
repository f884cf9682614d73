//! `Padding`: what is added around a picture.

use super::step::Pad;
use super::{Course, Dimensions, OutputPolicy, Paint, RecipeError, Size, Surround};

/// Pixels that are added at each edge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Padding {
    /// Above.
    pub top: u32,
    /// At the right.
    pub right: u32,
    /// Below.
    pub bottom: u32,
    /// At the left.
    pub left: u32,
}

impl Padding {
    /// Parses one length for all edges, two (vertical, horizontal), or four from the top clockwise, as in CSS; each from 0
    /// to [`Size::MAX`], rounded.
    pub fn parse(text: &str) -> Option<Self> {
        let lengths = text.split(',').map(|length| {
            let pixels = length.trim().parse::<f64>().ok()?.round();
            (0.0..=f64::from(Size::MAX)).contains(&pixels).then_some(pixels as u32)
        });
        match lengths.collect::<Option<Vec<_>>>()?[..] {
            [all] => Some(Self { top: all, right: all, bottom: all, left: all }),
            [vertical, horizontal] => {
                Some(Self { top: vertical, right: horizontal, bottom: vertical, left: horizontal })
            }
            [top, right, bottom, left] => Some(Self { top, right, bottom, left }),
            _ => None,
        }
    }

    /// Adds its step, where anything is added.
    ///
    /// # Errors
    /// It would be too large.
    pub(super) fn decide(
        self,
        course: &mut Course,
        background: Option<Paint>,
        policy: &OutputPolicy,
    ) -> Result<(), RecipeError> {
        let Self { top, right, bottom, left } = self;
        if self == Self::default() {
            return Ok(());
        }
        let Dimensions { width, height } = course.shape.dimensions;
        let side = |parts: [u32; 3]| parts.into_iter().fold(0, u32::saturating_add);
        let dimensions = Dimensions::new(side([left, width, right]), side([top, height, bottom]));
        course.take(Pad { left, top, dimensions, surround: Surround::of(background) }.into(), policy)
    }

    /// The same with every length put through `change`.
    #[must_use]
    pub fn map(self, change: impl Fn(u32) -> u32) -> Self {
        let Self { top, right, bottom, left } = self;
        Self { top: change(top), right: change(right), bottom: change(bottom), left: change(left) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_given_as_in_style_sheets() {
        let padding = |top, right, bottom, left| Some(Padding { top, right, bottom, left });
        assert_eq!(Padding::parse("10"), padding(10, 10, 10, 10));
        assert_eq!(Padding::parse("10,20"), padding(10, 20, 10, 20));
        assert_eq!(Padding::parse("1, 2, 3, 4.4"), padding(1, 2, 3, 4));
        assert_eq!(Padding::parse("0"), Some(Padding::default()));
        for text in ["", "1,2,3", "1,2,3,4,5", "-1", "16385", "x", "NaN"] {
            assert_eq!(Padding::parse(text), None, "{text}");
        }
    }
}
