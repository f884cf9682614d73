//! `AllowedSizes`: the lengths that edges of renditions may have, where the operator lists them.

use std::fmt::Write as _;

use twox_hash::XxHash3_64;

use super::{Bounds, Dimensions, Length, RecipeError, Size};

/// Lengths in device pixels. They hold for every edge that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedSizes {
    /// In order, each once.
    sizes: Vec<u32>,
    unlisted: UnlistedSizes,
}

/// What becomes of an edge that has another length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnlistedSizes {
    /// It gets the next larger one; beyond the largest, the largest.
    #[default]
    Snap,
    /// The request is refused.
    Refuse,
}

/// Edges that the operator chose himself: they may have any length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FreeEdges {
    /// The width, or the longest edge.
    pub width: bool,
    /// The height.
    pub height: bool,
}

impl FreeEdges {
    /// Both.
    pub const BOTH: Self = Self { width: true, height: true };
}

impl UnlistedSizes {
    /// The names that settings know them by.
    pub const NAMES: [(&'static str, Self); 2] = [("snap", Self::Snap), ("refuse", Self::Refuse)];
}

impl AllowedSizes {
    /// `None` where there are no sizes.
    pub fn new(mut sizes: Vec<u32>, unlisted: UnlistedSizes) -> Option<Self> {
        sizes.sort_unstable();
        sizes.dedup();
        (!sizes.is_empty()).then_some(Self { sizes, unlisted })
    }

    /// In order, each once.
    pub fn sizes(&self) -> &[u32] {
        &self.sizes
    }

    /// What tells these from others, in keys of renditions of which not all is decided.
    pub(super) fn digest(&self) -> u64 {
        XxHash3_64::oneshot(format!("{self:?}").as_bytes())
    }

    /// Bounds with edges of allowed lengths alone. The `picture` is what they are of, and shares are of `whole`.
    ///
    /// # Errors
    /// One is not allowed, and is to be refused.
    pub(super) fn hold(&self, bounds: Bounds, picture: Dimensions, whole: Dimensions) -> Result<Bounds, RecipeError> {
        let bounds = bounds.in_pixels(picture, whole);
        let FreeEdges { width: is_width_free, height: is_height_free } = bounds.free;
        let edge = |name, length: Option<Length>, is_free: bool| match length {
            Some(Length::Pixels(pixels)) if !is_free => Ok(Some(Length::Pixels(self.length(name, pixels)?))),
            length => Ok(length),
        };
        let size = match bounds.size {
            Some(size) if !is_width_free => Size::new(self.length("size", size.pixels())?),
            size => size,
        };
        let (width, height) = (edge("w", bounds.width, is_width_free)?, edge("h", bounds.height, is_height_free)?);
        Ok(Bounds { width, height, size, ..bounds })
    }

    /// An edge of an allowed length.
    pub(super) fn length(&self, edge: &'static str, pixels: u32) -> Result<u32, RecipeError> {
        let next = self.sizes.iter().copied().find(|size| *size >= pixels);
        match self.unlisted {
            UnlistedSizes::Refuse if next != Some(pixels) => {
                Err(RecipeError::SizeNotAllowed { edge, pixels, allowed: self.sizes.clone() })
            }
            _ => Ok(next.or(self.sizes.last().copied()).unwrap_or(pixels)),
        }
    }
}

/// As many sizes as fit into an answer.
pub(super) fn listed(sizes: &[u32]) -> String {
    const MOST: usize = 20;
    let mut text = sizes.iter().take(MOST).map(u32::to_string).collect::<Vec<_>>().join(", ");
    let more = sizes.len().saturating_sub(MOST);
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::{PHOTO, policy, sized};
    use crate::request::{Edit, Fit, OutputPolicy, Ratio, Recipe, TrimWish, Wish};

    fn sizes(unlisted: UnlistedSizes) -> AllowedSizes {
        AllowedSizes::new(vec![400, 200, 800, 200], unlisted).unwrap()
    }

    fn pixels(pixels: u32) -> Option<Length> {
        Some(Length::Pixels(pixels))
    }

    fn held(bounds: Bounds) -> (Option<u32>, Option<u32>, Option<u32>) {
        let picture = Dimensions::new(4000, 3000);
        let held = sizes(UnlistedSizes::Snap).hold(bounds, picture, picture).unwrap();
        let of = |length: Option<Length>| length.map(|length| length.of(u32::MAX));
        (of(held.width), of(held.height), held.size.map(Size::pixels))
    }

    #[test]
    fn an_edge_gets_the_next_larger_size_and_at_most_the_largest() {
        for (asked, expected) in [(1, 200), (200, 200), (201, 400), (800, 800), (16_384, 800)] {
            assert_eq!(held(Bounds { width: pixels(asked), ..Bounds::default() }), (Some(expected), None, None));
            assert_eq!(held(Bounds { height: pixels(asked), ..Bounds::default() }), (None, Some(expected), None));
            assert_eq!(held(Bounds { size: Size::new(asked), ..Bounds::default() }), (None, None, Some(expected)));
        }
    }

    #[test]
    fn shares_and_shapes_become_pixels_first() {
        let share = Bounds { width: Some(Length::Share(80_000)), ..Bounds::default() };
        assert_eq!(held(share), (Some(400), None, None), "320 pixels");
        let ratio = Ratio::parse("2:1");
        let shaped = Bounds { width: pixels(150), ratio, ..Bounds::default() };
        assert_eq!(held(shaped), (Some(200), Some(200), None), "150 by 75");
        assert_eq!(held(Bounds { width: None, size: Size::new(700), ..shaped }), (Some(800), Some(400), None));
        assert_eq!(held(Bounds { width: None, ..shaped }), (Some(800), Some(800), None), "4000 by 2000");
    }

    #[test]
    fn what_is_not_listed_is_refused_where_that_is_set() {
        let picture = Dimensions::new(4000, 3000);
        let refused =
            |bounds| sizes(UnlistedSizes::Refuse).hold(bounds, picture, picture).err().map(|error| error.to_string());
        let box_of = |width, height| Bounds { width: pixels(width), height: pixels(height), ..Bounds::default() };
        assert_eq!(refused(box_of(400, 200)), None);
        let expected = "h: expected one of the sizes 200, 400, 800, got 300";
        assert_eq!(refused(box_of(400, 300)).as_deref(), Some(expected));
        let free = FreeEdges { width: false, height: true };
        assert_eq!(refused(Bounds { free, ..box_of(400, 300) }), None);
        let above = Bounds { size: Size::new(801), ..Bounds::default() };
        assert_eq!(refused(above).as_deref(), Some("size: expected one of the sizes 200, 400, 800, got 801"));
        assert_eq!(refused(Bounds { free: FreeEdges::BOTH, ..above }), None);
    }

    #[test]
    fn what_is_left_open_is_held_to_them_and_has_them_in_its_key() {
        let holding = |unlisted| OutputPolicy { sizes: Some(sizes(unlisted)), ..policy() };
        let bounds = Bounds { width: pixels(300), height: pixels(300), fit: Fit::Cover, ..Bounds::default() };
        let trim = Some(TrimWish::of(10, None));
        let wish = Wish::default().then(Edit { trim, bounds, ..Edit::default() });
        let recipe = |policy: &OutputPolicy| Recipe::new(&wish, &PHOTO, &[], policy);
        assert!(matches!(recipe(&holding(UnlistedSizes::Refuse)), Err(RecipeError::SizeNotAllowed { edge: "w", .. })));
        let (held, unheld) =
            (recipe(&holding(UnlistedSizes::Snap)).unwrap().unwrap(), recipe(&policy()).unwrap().unwrap());
        assert_ne!(format!("{:?}", held.open), format!("{:?}", unheld.open));
        let trimmed = Dimensions::new(1000, 900);
        let course = Recipe::go_on(&held.open, trimmed, &[], &holding(UnlistedSizes::Snap)).unwrap();
        assert_eq!(course.shape.dimensions, Dimensions::new(400, 400));
    }

    #[test]
    fn a_text_made_of_a_small_picture_is_not_concerned() {
        let policy = OutputPolicy { sizes: Some(sizes(UnlistedSizes::Refuse)), ..policy() };
        let mut wish = sized("400");
        wish.output.format = crate::request::OutputFormat::named("blurhash").map(Into::into);
        assert!(Recipe::new(&wish, &PHOTO, &[], &policy).is_ok());
    }
}
