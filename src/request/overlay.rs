//! `OverlayWish`: another picture laid over this one: how large, and where.

use std::fmt;

use super::bounds::scaled;
use super::step::{Describe as _, Rotate};
use super::{Angle, Bounds, Dimensions, Dpr, Reference, Shape, Slot};

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
    /// Where dimensions are asked for here, its own before it is turned, in place of all other rules; it is not cut, and gets
    /// no canvas. Shares are of its own sides.
    pub bounds: Bounds,
}

/// The text is in the keys of what is left open. What came after others had keys is in it only where it is asked for.
impl fmt::Debug for OverlayWish {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without `..`: a wish that is not in the text does not compile.
        let Self { original, position, size_percent, angle, opacity_percent, margin, is_tiled, min_side, slot, bounds } =
            self;
        let mut text = formatter.debug_struct("OverlayWish");
        text.field("original", original).field("position", position).field("size_percent", size_percent);
        text.field("angle", angle).field("opacity_percent", opacity_percent).field("margin", margin);
        text.field("is_tiled", is_tiled).field("min_side", min_side);
        if let Some(slot) = slot {
            text.field("slot", slot);
        }
        if *bounds != Bounds::default() {
            text.field("bounds", bounds);
        }
        text.finish()
    }
}

/// Where something stands on a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Position {
    /// At an edge, a corner or in the middle.
    Anchor(Anchor),
    /// The upper left corner, in pixels from that of the picture.
    Point {
        /// From the left.
        left: u32,
        /// From the top.
        top: u32,
    },
}

/// An edge, a corner or the middle: along each axis the beginning, the middle or the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Anchor {
    /// From left to right.
    pub horizontal: Along,
    /// From top to bottom.
    pub vertical: Along,
}

/// A place along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Along {
    /// At the left, or the top.
    Begin,
    /// In the middle.
    Middle,
    /// At the right, or the bottom.
    End,
}

/// What is left free between something and the edges of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Margin {
    /// In pixels.
    Pixels(u32),
    /// Of the shorter edge of the picture.
    Percent(u32),
    /// Of its width, in thousandths of a percent.
    PercentOfWidth(u32),
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
            bounds: Bounds::default(),
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

    /// How large it is, once it is turned and before.
    fn extent(&self, ground: Dimensions, own: Dimensions) -> (Dimensions, Dimensions) {
        if self.bounds.is_asked() {
            let upright = self.bounds.of_whole(own);
            return (around(upright, self.angle), upright);
        }
        let turned = around(own, self.angle);
        let dimensions = match (self.slot, self.size_percent) {
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

impl Position {
    /// The upper left corner of what stands there on a picture.
    pub(crate) fn corner(self, picture: Dimensions, own: Dimensions, margin: u32) -> (i64, i64) {
        match self {
            Self::Point { left, top } => (i64::from(left), i64::from(top)),
            Self::Anchor(Anchor { horizontal, vertical }) => (
                horizontal.offset(picture.width, own.width, margin, 1),
                vertical.offset(picture.height, own.height, margin, 1),
            ),
        }
    }

    /// In device pixels.
    pub fn at(self, ratio: Dpr) -> Self {
        match self {
            Self::Point { left, top } => Self::Point { left: ratio.times(left), top: ratio.times(top) },
            anchor @ Self::Anchor(_) => anchor,
        }
    }
}

impl Along {
    /// Where there is no middle among whole pixels, `half` decides: 1 takes the later one, as sharp does in `composite`.
    fn offset(self, whole: u32, part: u32, margin: u32, half: i64) -> i64 {
        let rest = i64::from(whole) - i64::from(part);
        match self {
            Self::Begin => i64::from(margin),
            Self::Middle => (rest + half).div_euclid(2),
            Self::End => rest - i64::from(margin),
        }
    }
}

impl Anchor {
    /// Neither here nor there.
    pub const MIDDLE: Self = Self { horizontal: Along::Middle, vertical: Along::Middle };

    /// Parses one word or two (`north`, `southeast`, `top left`, `center`), joined by nothing, a space, `,`, `-` or `_`,
    /// in any letter case.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        if matches!(text.as_str(), "center" | "centre" | "middle") {
            return Some(Self::MIDDLE);
        }
        let mut rest = text.as_str();
        let (mut horizontal, mut vertical) = (None, None);
        while !rest.is_empty() {
            let word = WORDS.iter().find(|word| rest.starts_with(word.text))?;
            let place = if word.is_horizontal { &mut horizontal } else { &mut vertical };
            if place.replace(word.along).is_some() {
                return None;
            }
            rest = rest.get(word.text.len()..)?.trim_start_matches([' ', ',', '-', '_']);
        }
        (horizontal.is_some() || vertical.is_some()).then_some(Self {
            horizontal: horizontal.unwrap_or(Along::Middle),
            vertical: vertical.unwrap_or(Along::Middle),
        })
    }
}

struct Word {
    text: &'static str,
    is_horizontal: bool,
    along: Along,
}

const WORDS: [Word; 8] = [
    Word { text: "north", is_horizontal: false, along: Along::Begin },
    Word { text: "south", is_horizontal: false, along: Along::End },
    Word { text: "east", is_horizontal: true, along: Along::End },
    Word { text: "west", is_horizontal: true, along: Along::Begin },
    Word { text: "top", is_horizontal: false, along: Along::Begin },
    Word { text: "bottom", is_horizontal: false, along: Along::End },
    Word { text: "left", is_horizontal: true, along: Along::Begin },
    Word { text: "right", is_horizontal: true, along: Along::End },
];

impl Margin {
    /// The largest margin, in pixels.
    pub const MAX: u32 = 16_384;

    /// In pixels, on a picture of these dimensions.
    pub(super) fn of(self, picture: Dimensions) -> u32 {
        match self {
            Self::Pixels(pixels) => pixels,
            Self::Percent(percent) => {
                let shorter = picture.width.min(picture.height);
                ((u64::from(shorter) * u64::from(percent) + 50) / 100) as u32
            }
            Self::PercentOfWidth(thousandths) => {
                let exact = u64::from(picture.width) * u64::from(thousandths);
                u32::try_from((exact + 50_000) / 100_000).unwrap_or(u32::MAX)
            }
        }
    }

    /// In device pixels.
    pub fn at(self, ratio: Dpr) -> Self {
        match self {
            Self::Pixels(pixels) => Self::Pixels(ratio.times(pixels)),
            percent @ (Self::Percent(_) | Self::PercentOfWidth(_)) => percent,
        }
    }

    /// Parses a whole number of pixels, or a percentage as `2p`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('p') {
            Some(percent) => percent.parse().ok().filter(|percent| *percent <= 100).map(Self::Percent),
            None => text.parse().ok().filter(|pixels| *pixels <= Self::MAX).map(Self::Pixels),
        }
    }
}

impl Position {
    /// Parses the words of an [`Anchor`], or `x,y` in pixels.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.trim().parse().ok().filter(|pixels| *pixels <= Margin::MAX);
        match text.split_once(',').map(|(left, top)| (number(left), number(top))) {
            Some((Some(left), Some(top))) => Some(Self::Point { left, top }),
            _ => Anchor::parse(text).map(Self::Anchor),
        }
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
    fn a_position_is_said_in_words_or_numbers() {
        let anchor = |horizontal, vertical| Some(Position::Anchor(Anchor { horizontal, vertical }));
        for text in ["southeast", "bottom right", "right,bottom", "South-East", "right_bottom"] {
            assert_eq!(Position::parse(text), anchor(Along::End, Along::End), "{text}");
        }
        assert_eq!(Position::parse("top"), anchor(Along::Middle, Along::Begin));
        assert_eq!(Position::parse("center"), anchor(Along::Middle, Along::Middle));
        assert_eq!(Position::parse("10,20"), Some(Position::Point { left: 10, top: 20 }));
        for text in ["", "here", "top bottom", "10", "-1,5", "10,20,30", "top top"] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_margin_is_in_pixels_or_percent() {
        assert_eq!(Margin::parse("12"), Some(Margin::Pixels(12)));
        assert_eq!(Margin::parse("2p"), Some(Margin::Percent(2)));
        for text in ["", "p", "101p", "-1", "16385", "2%"] {
            assert_eq!(Margin::parse(text), None, "{text}");
        }
    }
}
