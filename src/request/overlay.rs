//! `OverlayWish`: another picture laid over this one: how large, and where.

use std::fmt;

use super::bounds::scaled;
use super::step::{Describe as _, Rotate};
use super::{Along, Anchor, Angle, Bounds, Dimensions, Length, Margin, Position, Reference, Shape, Slot, Spread};

/// Another original that is to be laid over the picture.
#[derive(Clone, PartialEq, Eq)]
pub struct OverlayWish {
    /// Which original.
    pub original: Reference,
    /// Where it stands.
    pub position: Position,
    /// Its width once it is turned, in percent of the picture's, 1 to 100; 0 leaves it at its own size.
    pub size_percent: u8,
    /// How it is turned.
    pub angle: Angle,
    /// 0 to 100.
    pub opacity_percent: u8,
    /// What is left free between it and the edges, and its copies.
    pub margin: Margin,
    /// It is repeated over the whole picture.
    pub is_tiled: bool,
    /// It is put on pictures whose longest side is above this, in pixels.
    pub min_side: u32,
    /// The part of the picture that it stands in, and that it is made to fit into in place of `size_percent`.
    pub slot: Option<Slot>,
    /// Percent of the width and of the height of the picture that it is made to fit into, larger than it is as well, in place of
    /// `size_percent`; 0 leaves one of them open.
    pub within_percent: Option<[u16; 2]>,
    /// Where dimensions are asked for here, its own before it is turned, in place of all other rules; it is not cut, and gets
    /// no canvas. Shares are of its own sides.
    pub bounds: Bounds,
    /// The sides along which it is repeated with room between its copies, in place of `is_tiled`.
    pub spread: Spread,
}

/// The text is in the keys of what is left open. What came after others had keys is in it only where it is asked for.
impl fmt::Debug for OverlayWish {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without `..`: a wish that is not in the text does not compile.
        let Self {
            original,
            position,
            size_percent,
            angle,
            opacity_percent,
            margin,
            is_tiled,
            min_side,
            slot,
            within_percent,
            bounds,
            spread,
        } = self;
        let mut text = formatter.debug_struct("OverlayWish");
        text.field("original", original).field("position", position).field("size_percent", size_percent);
        text.field("angle", angle).field("opacity_percent", opacity_percent).field("margin", margin);
        text.field("is_tiled", is_tiled).field("min_side", min_side);
        if let Some(slot) = slot {
            text.field("slot", slot);
        }
        if let Some(percent) = within_percent {
            text.field("within_percent", percent);
        }
        if *bounds != Bounds::default() {
            text.field("bounds", bounds);
        }
        if *spread != Spread::default() {
            text.field("spread", spread);
        }
        text.finish()
    }
}

/// Where a picture stands on another one, and how large; it may reach beyond the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Area {
    /// Pixels from the left edge of the picture.
    pub left: i64,
    /// Pixels from its upper edge.
    pub top: i64,
    /// How large.
    pub dimensions: Dimensions,
}

impl OverlayWish {
    /// The usual: a quarter of the width, in the lower right corner.
    pub fn of(original: Reference) -> Self {
        let position = Position::Anchor(Anchor { horizontal: Along::End, vertical: Along::End });
        let (angle, margin) = (Angle::default(), Margin::Percent(2));
        Self {
            original,
            position,
            size_percent: 25,
            angle,
            opacity_percent: 100,
            margin,
            is_tiled: false,
            min_side: 0,
            slot: None,
            within_percent: None,
            bounds: Bounds::default(),
            spread: Spread::default(),
        }
    }

    /// Where it stands on a picture of these dimensions, where it has `own` ones itself, and how large it is before it is
    /// turned; `None` where its part of the picture has no pixels.
    pub(super) fn area(&self, picture: Dimensions, own: Dimensions) -> Option<(Area, Dimensions)> {
        let whole = Area { left: 0, top: 0, dimensions: picture };
        let ground = self.slot.map_or(Some(whole), |slot| slot.share(picture))?;
        let (dimensions, upright) = self.extent(ground.dimensions, own);
        let margin = self.margin.of(ground.dimensions);
        let (left, top) = match self.position {
            // Copies lie around the middle one as in sharp, which rounds there to the other side; and so do systems that have
            // slots.
            Position::Anchor(Anchor { horizontal, vertical }) if self.is_tiled || self.slot.is_some() => (
                horizontal.offset(ground.dimensions.width, dimensions.width, margin, 0),
                vertical.offset(ground.dimensions.height, dimensions.height, margin, 0),
            ),
            position => position.corner(ground.dimensions, dimensions, margin),
        };
        Some((Area { left: ground.left + left, top: ground.top + top, dimensions }, upright))
    }

    /// How large it is that is made to fit into parts of the picture.
    fn fitted(&self, turned: Dimensions, ground: Dimensions) -> Dimensions {
        let [width, height] = self.within_percent.unwrap_or_default().map(u32::from);
        let side = |side: u32, percent: u32| (percent > 0).then(|| Length::Pixels(scaled(side, percent, 100)));
        let (width, height) = (side(ground.width, width), side(ground.height, height));
        Bounds { width, height, may_enlarge: true, ..Bounds::default() }.of_whole(turned)
    }

    /// How large it is, once it is turned and before.
    fn extent(&self, ground: Dimensions, own: Dimensions) -> (Dimensions, Dimensions) {
        if self.bounds.is_asked() {
            let upright = self.bounds.of_whole(own);
            return (around(upright, self.angle), upright);
        }
        let turned = around(own, self.angle);
        let dimensions = match (self.slot, self.size_percent) {
            _ if self.within_percent.is_some() => self.fitted(turned, ground),
            (Some(_), _) => Slot::fitted(turned, ground),
            (None, 0) => return (turned, own),
            (None, percent) => {
                let width = scaled(ground.width, percent.into(), 100);
                // Never higher than the picture, however slim it is.
                let highest = scaled(turned.width, ground.height, turned.height);
                let width = width.min(highest);
                Dimensions::new(width, scaled(turned.height, width, turned.width).min(ground.height))
            }
        };
        let upright = match self.angle.right() {
            // Turned a second time, sides are what they were.
            Some(orientation) => orientation.applied_to(dimensions),
            None => {
                let at_width = |side: u32| scaled(side, dimensions.width, turned.width);
                Dimensions::new(at_width(own.width), at_width(own.height))
            }
        };
        (dimensions, upright)
    }
}

/// The box around something that was turned, as of a picture.
fn around(dimensions: Dimensions, angle: Angle) -> Dimensions {
    match angle.right() {
        Some(orientation) => orientation.applied_to(dimensions),
        None => Rotate { angle, background: None, to: None }.after(Shape::of_pixels(dimensions)).dimensions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::ImagePath;

    fn wish() -> OverlayWish {
        OverlayWish::of(ImagePath::from_decoded("logo.png").unwrap().into())
    }

    #[test]
    fn an_overlay_stands_in_the_lower_right_corner_at_a_quarter_of_the_width() {
        let area = wish().area(Dimensions::new(400, 300), Dimensions::new(50, 20)).unwrap().0;
        assert_eq!(area, Area { left: 294, top: 254, dimensions: Dimensions::new(100, 40) });
        let own = OverlayWish { size_percent: 0, ..wish() };
        let area = own.area(Dimensions::new(400, 300), Dimensions::new(50, 20)).unwrap().0;
        assert_eq!(area, Area { left: 344, top: 274, dimensions: Dimensions::new(50, 20) });
    }

    #[test]
    fn what_is_larger_than_the_picture_reaches_beyond_it() {
        let own = OverlayWish { size_percent: 0, position: Position::parse("center").unwrap(), ..wish() };
        let area = own.area(Dimensions::new(10, 10), Dimensions::new(31, 8)).unwrap().0;
        assert_eq!((area.left, area.top), (-10, 1));
    }

    /// Pairs of sides of picture and overlay, and where sharp 0.35.5 puts it with `composite` and `gravity: 'centre'`.
    #[test]
    fn the_middle_is_where_sharp_has_it() {
        for (whole, part, expected) in [(9, 3, 3), (9, 4, 3), (10, 3, 4), (10, 4, 3), (11, 6, 3), (12, 5, 4)] {
            let middle = OverlayWish { size_percent: 0, position: Position::parse("center").unwrap(), ..wish() };
            let at =
                |wish: OverlayWish| wish.area(Dimensions::new(whole, 20), Dimensions::new(part, 20)).unwrap().0.left;
            assert_eq!(at(middle.clone()), expected, "{part} on {whole}");
            // With `tile: true` it has one more of them on the left where there is no middle.
            assert_eq!(
                at(OverlayWish { is_tiled: true, ..middle }),
                i64::from((whole - part) / 2),
                "{part} on {whole}"
            );
        }
    }

    #[test]
    fn the_size_is_that_of_what_was_turned() {
        let turned = |angle: &str, size_percent| {
            let angle = Angle::parse(angle).unwrap();
            let (area, upright) = OverlayWish { angle, size_percent, ..wish() }
                .area(Dimensions::new(400, 300), Dimensions::new(50, 20))
                .unwrap();
            (area.dimensions, upright)
        };
        let (wide, high) = (Dimensions::new(100, 40), Dimensions::new(100, 250));
        assert_eq!(turned("180", 25), (wide, wide));
        assert_eq!(turned("-90", 25), (high, Dimensions::new(250, 100)));
        assert_eq!(turned("90", 0), (Dimensions::new(20, 50), Dimensions::new(50, 20)));
        // 70 / sqrt(2) is 49 before it is scaled.
        assert_eq!(turned("45", 25), (Dimensions::new(100, 100), Dimensions::new(102, 41)));
        assert_eq!(turned("45", 0), (Dimensions::new(49, 49), Dimensions::new(50, 20)));
    }

    #[test]
    fn it_is_made_to_fit_into_parts_of_the_picture() {
        let of = |percent| {
            let wish = OverlayWish { within_percent: Some(percent), ..wish() };
            wish.area(Dimensions::new(400, 300), Dimensions::new(50, 20)).unwrap().0.dimensions
        };
        assert_eq!(of([50, 50]), Dimensions::new(200, 80));
        assert_eq!(of([50, 10]), Dimensions::new(75, 30));
        assert_eq!(of([0, 10]), Dimensions::new(75, 30));
        assert_eq!(of([5, 0]), Dimensions::new(20, 8));
    }
}
