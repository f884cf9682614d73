//! `Position`: where something stands on a picture, and what is left free around it.

use std::fmt::{self, Display};

use super::{Dimensions, Dpr};

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
    /// So far from a place along each axis.
    Inset {
        /// From left to right.
        across: Inset,
        /// From top to bottom.
        down: Inset,
    },
}

/// A distance from a place along an axis: from the beginning or the middle onwards, from the end backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Inset {
    /// Where it is counted from.
    pub along: Along,
    /// How far.
    pub shift: Shift,
}

/// How far something is shifted along a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shift {
    /// In pixels.
    Pixels(u32),
    /// Of the side.
    Percent(u16),
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

impl Position {
    /// The upper left corner of what stands there on a picture.
    pub(crate) fn corner(self, picture: Dimensions, own: Dimensions, margin: u32) -> (i64, i64) {
        match self {
            Self::Point { left, top } => (i64::from(left), i64::from(top)),
            Self::Anchor(Anchor { horizontal, vertical }) => (
                horizontal.offset(picture.width, own.width, margin, 1),
                vertical.offset(picture.height, own.height, margin, 1),
            ),
            Self::Inset { across, down } => {
                (across.begin(picture.width, own.width), down.begin(picture.height, own.height))
            }
        }
    }

    /// In device pixels.
    pub fn at(self, ratio: Dpr) -> Self {
        match self {
            Self::Point { left, top } => Self::Point { left: ratio.times(left), top: ratio.times(top) },
            anchor @ Self::Anchor(_) => anchor,
            Self::Inset { across, down } => Self::Inset { across: across.at(ratio), down: down.at(ratio) },
        }
    }
}

impl Display for Inset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let along = match self.along {
            Along::Begin => "begin",
            Along::Middle => "middle",
            Along::End => "end",
        };
        match self.shift {
            Shift::Pixels(pixels) => write!(formatter, "{along} {pixels}"),
            Shift::Percent(percent) => write!(formatter, "{along} {percent}p"),
        }
    }
}

impl Inset {
    /// Where a part of a side begins.
    fn begin(self, whole: u32, part: u32) -> i64 {
        let shift = match self.shift {
            Shift::Pixels(pixels) => pixels,
            Shift::Percent(percent) => share_of(whole, percent),
        };
        match self.along {
            Along::Middle => self.along.offset(whole, part, 0, 1) + i64::from(shift),
            along => along.offset(whole, part, shift, 1),
        }
    }

    fn at(self, ratio: Dpr) -> Self {
        match self.shift {
            Shift::Pixels(pixels) => Self { shift: Shift::Pixels(ratio.times(pixels)), ..self },
            Shift::Percent(_) => self,
        }
    }
}

/// Percent of a side, to the nearest pixel.
fn share_of(side: u32, percent: u16) -> u32 {
    u32::try_from((u64::from(side) * u64::from(percent) + 50) / 100).unwrap_or(u32::MAX)
}

impl Along {
    /// Where there is no middle among whole pixels, `half` decides: 1 takes the later one, as sharp does in `composite`.
    pub(super) fn offset(self, whole: u32, part: u32, margin: u32, half: i64) -> i64 {
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

    /// The words that stand alone, and those that are written as one.
    pub fn words() -> impl Iterator<Item = &'static str> {
        const CORNERS: [&str; 4] = ["northwest", "northeast", "southwest", "southeast"];
        WORDS.iter().map(|word| word.text).chain(MIDDLES).chain(CORNERS)
    }

    /// Parses one word or two (`north`, `southeast`, `top left`, `center`, `left center`), joined by nothing, a space, `,`, `-`
    /// or `_`, in any letter case.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let mut rest = text.as_str();
        let (mut horizontal, mut vertical, mut middles) = (None, None, 0);
        while !rest.is_empty() {
            if let Some(middle) = MIDDLES.iter().find(|middle| rest.starts_with(**middle)) {
                middles += 1;
                rest = rest.get(middle.len()..)?;
            } else {
                let word = WORDS.iter().find(|word| rest.starts_with(word.text))?;
                let place = if word.is_horizontal { &mut horizontal } else { &mut vertical };
                if place.replace(word.along).is_some() {
                    return None;
                }
                rest = rest.get(word.text.len()..)?;
            }
            rest = rest.trim_start_matches([' ', ',', '-', '_']);
        }
        // One word for each axis, whatever it is.
        let words = middles + usize::from(horizontal.is_some()) + usize::from(vertical.is_some());
        (1..=2).contains(&words).then_some(Self {
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

/// Words for what is neither here nor there.
const MIDDLES: [&str; 3] = ["center", "centre", "middle"];

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

    /// Parses a whole number of pixels, or a percentage as `2p` or `2%`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix(['p', 'P', '%']) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_said_in_words_or_numbers() {
        let anchor = |horizontal, vertical| Some(Position::Anchor(Anchor { horizontal, vertical }));
        for text in ["southeast", "bottom right", "right,bottom", "South-East", "right_bottom"] {
            assert_eq!(Position::parse(text), anchor(Along::End, Along::End), "{text}");
        }
        assert_eq!(Position::parse("top"), anchor(Along::Middle, Along::Begin));
        for text in ["center", "centre", "middle", "center center", "center,middle"] {
            assert_eq!(Position::parse(text), anchor(Along::Middle, Along::Middle), "{text}");
        }
        for text in ["left center", "center-left", "middle_west", "left"] {
            assert_eq!(Position::parse(text), anchor(Along::Begin, Along::Middle), "{text}");
        }
        for text in ["top,center", "Center Top", "north_middle"] {
            assert_eq!(Position::parse(text), anchor(Along::Middle, Along::Begin), "{text}");
        }
        assert_eq!(Position::parse("10,20"), Some(Position::Point { left: 10, top: 20 }));
        for text in
            ["", "here", "top bottom", "10", "-1,5", "10,20,30", "top top", "top left center", "center center center"]
        {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_margin_is_in_pixels_or_percent() {
        assert_eq!(Margin::parse("12"), Some(Margin::Pixels(12)));
        for text in ["2p", "2P", "2%"] {
            assert_eq!(Margin::parse(text), Some(Margin::Percent(2)), "{text}");
        }
        for text in ["", "p", "101p", "-1", "16385", "%"] {
            assert_eq!(Margin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_distance_is_from_the_beginning_or_from_the_end() {
        let place = |along, shift| {
            let inset = Inset { along, shift };
            Position::Inset { across: inset, down: inset }.corner(Dimensions::new(100, 50), Dimensions::new(20, 10), 7)
        };
        assert_eq!(place(Along::Begin, Shift::Pixels(5)), (5, 5));
        assert_eq!(place(Along::End, Shift::Pixels(5)), (75, 35));
        assert_eq!(place(Along::Begin, Shift::Percent(10)), (10, 5));
        assert_eq!(place(Along::End, Shift::Percent(10)), (70, 35));
        assert_eq!(place(Along::Middle, Shift::Pixels(0)), (40, 20));
    }
}
