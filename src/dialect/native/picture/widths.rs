//! How wide a picture is offered: what a page asks for, or a few widths that are worth being told apart.

use crate::request::Size;

/// From one width to the next below, in tenths: half of the pixels, and in every format at least a third fewer bytes
/// (docs/pages.md has what it comes to).
const STEP_TENTHS: u32 = 7;
/// Below that there is nothing to save.
const LEAST: u32 = 160;
/// No page shows more pixels side by side.
const MOST: u32 = 3840;
/// Widths that a page may ask for.
const MOST_ASKED: usize = 32;

/// Widths in pixels, each once, the smallest first. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dialect::native) struct Widths(Vec<u32>);

impl Widths {
    /// Reads a list such as `400,800`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut widths = text
            .split(',')
            .map(|width| Size::parse(width.trim()).ok().map(Size::pixels))
            .collect::<Option<Vec<_>>>()
            .filter(|widths| widths.len() <= MOST_ASKED)?;
        widths.sort_unstable();
        widths.dedup();
        Some(Self(widths))
    }

    /// What [`Widths::parse`] reads.
    pub fn expected() -> String {
        format!("up to {MOST_ASKED} whole numbers from 1 to {}, with commas between", Size::MAX)
    }

    /// Those of a picture that is so wide.
    pub fn usual(picture: u32) -> Self {
        let below = |width: &u32| Some(*width * STEP_TENTHS / 10).filter(|below| *below >= LEAST);
        let mut widths: Vec<u32> = std::iter::successors(Some(picture.clamp(1, MOST)), below).collect();
        widths.reverse();
        Self(widths)
    }

    /// Those of a list that a picture of this width has, or this width where all are larger.
    pub fn among(allowed: &[u32], most: u32) -> Self {
        let mut widths: Vec<u32> = allowed.iter().copied().filter(|width| *width <= most).collect();
        widths.sort_unstable();
        if widths.is_empty() { Self(vec![most]) } else { Self(widths) }
    }

    /// The same, none wider than that.
    pub fn within(self, most: u32) -> Self {
        let Self(mut widths) = self;
        widths.iter_mut().for_each(|width| *width = (*width).min(most.max(1)));
        widths.dedup();
        Self(widths)
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<u32>> {
        Widths::parse(text).map(|Widths(widths)| widths)
    }

    #[test]
    fn widths_are_sorted_and_there_once() {
        assert_eq!(read("800,400, 1200,400"), Some(vec![400, 800, 1200]));
        for wrong in ["", "400,", "0", "-1", "16385", "400;800", "big", &vec!["9"; MOST_ASKED + 1].join(",")] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let within = |most| Widths::parse("400,800,1200").unwrap().within(most).0;
        assert_eq!((within(900), within(10), within(2000)), (vec![400, 800, 900], vec![10], vec![400, 800, 1200]));
    }

    #[test]
    fn usual_widths_begin_with_that_of_the_picture_and_save_enough() {
        assert_eq!(Widths::usual(1000).0, [168, 240, 343, 490, 700, 1000]);
        assert_eq!(Widths::usual(9000).0.last(), Some(&MOST));
        assert_eq!((Widths::usual(100).0, Widths::usual(1).0), (vec![100], vec![1]));
    }
}
