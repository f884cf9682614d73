//! `Slot`: a part of a picture that another one is to fit into.

use super::{Area, Dimensions, Paint, Rounding};

/// A rectangle, or one of the equal parts that it is divided into, along its longer side: from left to right where it is
/// wider than high, else from top to bottom. As in the dialects that have them, fractions of pixels are cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Edges of the rectangle, in percent of the picture; it may reach beyond that.
    pub left: u8,
    /// From the top.
    pub top: u8,
    /// From the left; there is no rectangle unless it is more than `left`.
    pub right: u8,
    /// From the top.
    pub bottom: u8,
    /// The number of the part, from 0.
    pub index: u16,
    /// How many parts there are; 0 is taken for 1.
    pub count: u16,
    /// What the whole rectangle is filled with before.
    pub paint: Option<Paint>,
}

impl Slot {
    /// The whole rectangle on a picture; `None` where it has no pixels.
    pub(super) fn rectangle(self, picture: Dimensions) -> Option<Area> {
        let Self { left, top, right, bottom, index: _, count: _, paint: _ } = self;
        let at = |side: u32, percent: u8| i64::from(side) * i64::from(percent) / 100;
        let [left, right] = [left, right].map(|percent| at(picture.width, percent));
        let [top, bottom] = [top, bottom].map(|percent| at(picture.height, percent));
        let side = |length: i64| u32::try_from(length).ok().filter(|length| *length > 0);
        Some(Area { left, top, dimensions: Dimensions::new(side(right - left)?, side(bottom - top)?) })
    }

    /// Its part of the rectangle; `None` where it has no pixels.
    pub(super) fn share(self, picture: Dimensions) -> Option<Area> {
        let Area { left, top, dimensions: Dimensions { width, height } } = self.rectangle(picture)?;
        let count = u32::from(self.count.max(1));
        let begin = |part: u32| i64::from(part) * i64::from(self.index);
        let area = if width > height {
            Area { left: left + begin(width / count), top, dimensions: Dimensions::new(width / count, height) }
        } else {
            Area { left, top: top + begin(height / count), dimensions: Dimensions::new(width, height / count) }
        };
        Some(area).filter(|area| area.dimensions.pixels() > 0)
    }

    /// How large a picture is that is made no larger than `ground`, and never larger than it is.
    pub(super) fn fitted(own: Dimensions, ground: Dimensions) -> Dimensions {
        super::bounds::within(own, ground, Rounding::Down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Angle, Bounds, Fit, ImagePath, Length, Margin, OverlayWish, Position};

    const PICTURE: Dimensions = Dimensions::new(405, 303);

    fn slot(index: u16, count: u16) -> Slot {
        Slot { left: 10, top: 50, right: 95, bottom: 100, index, count, paint: None }
    }

    fn wish(position: &str, slot: Option<Slot>) -> OverlayWish {
        let (original, position) =
            (ImagePath::from_decoded("a.png").unwrap().into(), Position::parse(position).unwrap());
        OverlayWish { position, margin: Margin::Pixels(0), slot, ..OverlayWish::of(original) }
    }

    fn area(left: i64, top: i64, width: u32, height: u32) -> Option<Area> {
        Some(Area { left, top, dimensions: Dimensions::new(width, height) })
    }

    #[test]
    fn a_rectangle_is_divided_along_its_longer_side() {
        assert_eq!(slot(0, 0).rectangle(PICTURE), area(40, 151, 344, 152));
        assert_eq!(
            [0, 2].map(|index| slot(index, 3).share(PICTURE)),
            [area(40, 151, 114, 152), area(268, 151, 114, 152)]
        );
        let high = Slot { right: 20, ..slot(1, 2) };
        assert_eq!(high.share(PICTURE), area(40, 227, 41, 76));
    }

    #[test]
    fn a_rectangle_without_pixels_has_nothing_in_it() {
        for none in [Slot { right: 10, ..slot(0, 1) }, Slot { top: 101, ..slot(0, 1) }, slot(0, 500)] {
            assert_eq!(wish("center", Some(none)).area(PICTURE, Dimensions::new(50, 20)), None, "{none:?}");
        }
        let far =
            wish("center", Some(slot(u16::MAX, 1))).area(Dimensions::new(u32::MAX, u32::MAX), Dimensions::new(1, 1));
        assert!(far.is_some_and(|(area, _)| area.left > i64::from(u32::MAX)));
    }

    #[test]
    fn a_picture_fits_into_its_cell_and_stands_at_a_corner_or_in_the_middle() {
        let placed = |position: &str, own: (u32, u32)| {
            let area = wish(position, Some(slot(2, 3))).area(PICTURE, Dimensions::new(own.0, own.1));
            area.map(|(area, _)| area)
        };
        assert_eq!(placed("center", (300, 200)), area(268, 189, 114, 76));
        assert_eq!(placed("center", (200, 300)), area(274, 151, 101, 152));
        assert_eq!(placed("center", (51, 21)), area(299, 216, 51, 21), "it is not enlarged");
        assert_eq!(placed("northwest", (51, 21)), area(268, 151, 51, 21));
        assert_eq!(placed("southeast", (51, 21)), area(331, 282, 51, 21));
        assert_eq!(placed("3,4", (51, 21)), area(271, 155, 51, 21));
    }

    #[test]
    fn what_is_turned_fits_as_it_is_then() {
        let turned = OverlayWish { angle: Angle::parse("90").unwrap(), ..wish("center", Some(slot(0, 3))) };
        let (placed, upright) = turned.area(PICTURE, Dimensions::new(300, 200)).unwrap();
        assert_eq!((Some(placed), upright), (area(46, 151, 101, 152), Dimensions::new(152, 101)));
    }

    #[test]
    fn an_overlay_has_the_dimensions_that_are_asked_for_it_and_stands_where_it_is_asked_to() {
        let [width, height] = [60, 90].map(|pixels| Some(Length::Pixels(pixels)));
        let bounds = Bounds { width, height, fit: Fit::Stretch, may_enlarge: true, ..Bounds::default() };
        let sized = |bounds: Bounds, position: &str| {
            let wish = OverlayWish { bounds, ..wish(position, None) };
            wish.area(PICTURE, Dimensions::new(50, 20)).map(|(area, _)| area)
        };
        assert_eq!(sized(bounds, "southeast"), area(345, 213, 60, 90));
        assert_eq!(sized(Bounds { height: None, ..bounds }, "0,0"), area(0, 0, 60, 24));
        // In its own size at a place in pixels.
        let own = OverlayWish { size_percent: 0, opacity_percent: 40, ..wish("17,401", None) };
        assert_eq!(own.area(PICTURE, Dimensions::new(50, 20)).map(|(area, _)| area), area(17, 401, 50, 20));
    }

    #[test]
    fn what_is_not_asked_for_is_not_in_the_text_of_what_is_left_open() {
        let text = format!("{:?}", wish("0,0", None));
        assert!(
            text.starts_with("OverlayWish { original: ") && text.ends_with(", is_tiled: false, min_side: 0 }"),
            "{text}"
        );
        let later = format!("{:?}", wish("0,0", Some(slot(1, 2))));
        assert!(later.contains("min_side: 0, slot: Slot { left: 10,"), "{later}");
    }
}
