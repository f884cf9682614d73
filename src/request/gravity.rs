//! `Gravity`: which part of a picture stays where not all of it can.

use super::{Along, Anchor, Dimensions, Length, Rounding};

/// What coordinates of a point are counted in.
const WHOLE: u32 = 1_000_000;

/// Where a window lies on a picture, or a picture in its canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gravity {
    /// At an edge, at a corner or in the middle.
    Anchor(Anchor),
    /// Around a point, as far as the edges allow: in millionths of the width from the left, of the height from the top.
    Point {
        /// From the left.
        across: u32,
        /// From the top.
        down: u32,
    },
    /// Each edge for itself.
    Starts {
        /// From the left.
        left: WindowStart,
        /// From the top.
        top: WindowStart,
    },
    /// Where there is most to see.
    Smart,
    /// In the middle, where half of the one lies on half of the other, each in whole pixels, as ImageMagick has it
    /// (`GravityAdjustGeometry` in MagickCore/geometry.c).
    Halves,
}

/// Where a window begins along one side of a picture, as far as the other edge allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WindowStart {
    /// After so much of what is cut off, in millionths.
    Rest(u32),
    /// After so much of the side.
    Side(Length),
}

impl Default for Gravity {
    fn default() -> Self {
        Self::Anchor(Anchor::MIDDLE)
    }
}

impl Gravity {
    /// Words for what finds the subject of a picture by itself; all of them mean the same here.
    pub const SMART_WORDS: [&str; 7] = ["smart", "auto", "attention", "entropy", "faces", "face", "edges"];
    /// Words that leave the place to a point, which is given by itself.
    const POINT_WORDS: [&str; 2] = ["focalpoint", "focal"];

    /// A point, each coordinate from 0 to 1.
    pub fn point(across: f64, down: f64) -> Option<Self> {
        let millionths = |share: f64| (0.0..=1.0).contains(&share).then(|| (share * f64::from(WHOLE)).round() as u32);
        Some(Self::Point { across: millionths(across)?, down: millionths(down)? })
    }

    /// Where a window begins along each side; what is not said is the middle. Where words say the same, it is those.
    pub fn starting(left: Option<WindowStart>, top: Option<WindowStart>) -> Self {
        let middle = WindowStart::Rest(WHOLE / 2);
        let (left, top) = (left.unwrap_or(middle), top.unwrap_or(middle));
        match (left.along(), top.along()) {
            (Some(horizontal), Some(vertical)) => Self::Anchor(Anchor { horizontal, vertical }),
            _ => Self::Starts { left, top },
        }
    }

    /// The same on a picture that was scaled from one to the other: pixels are scaled as well.
    pub(super) fn scaled(self, from: Dimensions, to: Dimensions) -> Self {
        let scaled = |start: WindowStart, from: u32, to: u32| match start {
            WindowStart::Side(Length::Pixels(pixels)) if pixels > 0 => {
                WindowStart::Side(Length::Pixels(Rounding::Nearest.scaled(to, pixels, from)))
            }
            start => start,
        };
        match self {
            Self::Starts { left, top } => {
                Self::Starts { left: scaled(left, from.width, to.width), top: scaled(top, from.height, to.height) }
            }
            gravity => gravity,
        }
    }

    /// Where a point is, as shares of width and height; `None` where the gravity is none.
    pub(super) fn coordinates(self) -> Option<(f64, f64)> {
        let share = |millionths: u32| f64::from(millionths) / f64::from(WHOLE);
        match self {
            Self::Point { across, down } => Some((share(across), share(down))),
            Self::Anchor(_) | Self::Starts { .. } | Self::Smart | Self::Halves => None,
        }
    }

    /// Parses the words of an [`Anchor`], `0.2x0.8`, or one of [`Gravity::SMART_WORDS`], alone or in a list.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let coordinates = text.split_once('x').map(|(across, down)| (across.trim().parse(), down.trim().parse()));
        if let Some((Ok(across), Ok(down))) = coordinates {
            return Self::point(across, down);
        }
        let mut words = text.split([',', ' ']).filter(|word| !word.is_empty()).peekable();
        words.peek()?;
        let is_smart = |word: &str| Self::SMART_WORDS.contains(&word);
        if words.clone().any(is_smart) {
            return words.all(|word| is_smart(word) || Anchor::parse(word).is_some()).then_some(Self::Smart);
        }
        Anchor::parse(&text).map(Self::Anchor)
    }

    /// Tells whether the text leaves the place to a point that is given by itself.
    pub fn is_by_point(text: &str) -> bool {
        Self::POINT_WORDS.iter().any(|word| word.eq_ignore_ascii_case(text.trim()))
    }

    /// Where a window begins on a picture that is no smaller: pixels from the left and from the top. Whole numbers as
    /// sharp has them: in the middle, a pixel too many is cut off at the left and at the top.
    pub fn window(self, picture: Dimensions, window: Dimensions) -> (u32, u32) {
        let along = |place: Along, whole: u32, part: u32| {
            let rest = whole.saturating_sub(part);
            match place {
                Along::Begin => 0,
                Along::Middle => rest.div_ceil(2),
                Along::End => rest,
            }
        };
        match self {
            Self::Anchor(Anchor { horizontal, vertical }) => {
                (along(horizontal, picture.width, window.width), along(vertical, picture.height, window.height))
            }
            Self::Point { across, down } => {
                (around(across, picture.width, window.width), around(down, picture.height, window.height))
            }
            Self::Starts { left, top } => (left.on(picture.width, window.width), top.on(picture.height, window.height)),
            Self::Smart => Self::default().window(picture, window),
            Self::Halves => halves(picture, window),
        }
    }

    /// Where a picture begins in a canvas that is no smaller; in the middle, a pixel too many is added at the right and at
    /// the bottom.
    pub fn place(self, canvas: Dimensions, picture: Dimensions) -> (u32, u32) {
        let rest = (canvas.width.saturating_sub(picture.width), canvas.height.saturating_sub(picture.height));
        let along = |place: Along, rest: u32| match place {
            Along::Begin => 0,
            Along::Middle => rest / 2,
            Along::End => rest,
        };
        match self {
            Self::Anchor(Anchor { horizontal, vertical }) => (along(horizontal, rest.0), along(vertical, rest.1)),
            Self::Point { across, down } => (share(across, rest.0), share(down, rest.1)),
            Self::Starts { left, top } => (left.on(canvas.width, picture.width), top.on(canvas.height, picture.height)),
            Self::Smart => Self::default().place(canvas, picture),
            Self::Halves => halves(canvas, picture),
        }
    }
}

impl WindowStart {
    /// After so much of what is cut off, as a share from 0 to 1.
    pub fn of_rest(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then(|| Self::Rest((share * f64::from(WHOLE)).round() as u32))
    }

    /// The word for it, where there is one.
    fn along(self) -> Option<Along> {
        match self {
            Self::Rest(0) | Self::Side(Length::Pixels(0)) => Some(Along::Begin),
            Self::Rest(share) if share == WHOLE / 2 => Some(Along::Middle),
            Self::Rest(WHOLE) => Some(Along::End),
            Self::Rest(_) | Self::Side(_) => None,
        }
    }

    /// In pixels, for a window on a side.
    fn on(self, side: u32, window: u32) -> u32 {
        let rest = side.saturating_sub(window);
        match self {
            Self::Rest(millionths) => share(millionths, rest),
            Self::Side(length) => length.of(side).min(rest),
        }
    }
}

/// So many millionths, to the nearest.
fn share(millionths: u32, whole: u32) -> u32 {
    ((u64::from(whole) * u64::from(millionths) + u64::from(WHOLE) / 2) / u64::from(WHOLE)) as u32
}

/// Where what is smaller begins on what is not, half on half.
fn halves(whole: Dimensions, part: Dimensions) -> (u32, u32) {
    let along = |whole: u32, part: u32| (whole / 2).saturating_sub(part / 2);
    (along(whole.width, part.width), along(whole.height, part.height))
}

/// Where a window begins that is centred on a point, as far as the edges allow.
fn around(millionths: u32, whole: u32, part: u32) -> u32 {
    let twice = 2 * u64::from(whole) * u64::from(millionths) / u64::from(WHOLE);
    let begin = (twice.saturating_sub(part.into())).div_ceil(2);
    u32::try_from(begin).unwrap_or(u32::MAX).min(whole.saturating_sub(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_gravity_is_said_in_words_a_point_or_as_smart() {
        let anchor = |text: &str| Some(Gravity::Anchor(Anchor::parse(text).unwrap()));
        for text in ["top left", "northwest", "left,top", "top_left", "Top-Left"] {
            assert_eq!(Gravity::parse(text), anchor("northwest"), "{text}");
        }
        assert_eq!(Gravity::parse("center"), Some(Gravity::default()));
        assert_eq!(Gravity::parse("0.2x0.8"), Some(Gravity::Point { across: 200_000, down: 800_000 }));
        for text in ["smart", "auto", "faces,edges", "entropy", "attention", "top,faces"] {
            assert_eq!(Gravity::parse(text), Some(Gravity::Smart), "{text}");
        }
        for text in ["", "here", "1.2x0.5", "x", "top,bottom", "smart,nonsense", "0.5"] {
            assert_eq!(Gravity::parse(text), None, "{text}");
        }
        assert!(Gravity::is_by_point("focalpoint") && !Gravity::is_by_point("edges"));
    }

    #[test]
    fn a_window_in_the_middle_begins_where_that_of_sharp_does() {
        let begin = |gravity: &str, picture: (u32, u32), window: (u32, u32)| {
            let dimensions = |(width, height)| Dimensions::new(width, height);
            Gravity::parse(gravity).unwrap().window(dimensions(picture), dimensions(window))
        };
        assert_eq!(begin("center", (451, 300), (300, 300)), (76, 0));
        assert_eq!(begin("north", (451, 301), (300, 300)), (76, 0));
        assert_eq!(begin("southeast", (451, 301), (300, 300)), (151, 1));
        assert_eq!(begin("0x0.5", (451, 300), (300, 300)), (0, 0));
        assert_eq!(begin("1x1", (451, 300), (300, 200)), (151, 100));
        assert_eq!(begin("0.25x0.5", (400, 300), (100, 300)), (50, 0));
    }

    #[test]
    fn each_edge_may_begin_somewhere_for_itself() {
        let begin = |left, top| {
            let gravity = Gravity::starting(left, top).scaled(Dimensions::new(4000, 1000), Dimensions::new(2000, 500));
            gravity.window(Dimensions::new(2000, 500), Dimensions::new(1000, 100))
        };
        let side = |text: &str| Some(WindowStart::Side(Length::parse(text).unwrap()));
        assert_eq!(begin(WindowStart::of_rest(0.1), None), (100, 200));
        assert_eq!(begin(side("300"), WindowStart::of_rest(1.0)), (150, 400));
        assert_eq!(begin(side("10p"), side("90p")), (200, 400));
        let corner = Gravity::starting(Some(WindowStart::Side(Length::Pixels(0))), WindowStart::of_rest(1.0));
        assert_eq!(corner, Gravity::parse("southwest").unwrap());
        assert_eq!(Gravity::starting(None, WindowStart::of_rest(0.5)), Gravity::default());
        assert_eq!(WindowStart::of_rest(1.1), None);
    }

    #[test]
    fn half_on_half_begins_where_that_of_imagemagick_does() {
        // By x = width / 2 - region / 2 in whole numbers, of the picture and of the canvas.
        for (whole, part, begin) in [(10, 7, 2), (11, 8, 1), (11, 7, 2), (10, 8, 1), (9, 9, 0)] {
            let [wide, narrow] = [whole, part].map(|edge| Dimensions::new(edge, edge));
            assert_eq!(Gravity::Halves.window(wide, narrow), (begin, begin), "{whole} {part}");
            assert_eq!(Gravity::Halves.place(wide, narrow), (begin, begin), "{whole} {part}");
        }
    }

    proptest! {
        #[test]
        fn windows_and_pictures_stay_inside(
            across in 0.0..=1.0f64, down in 0.0..=1.0f64,
            width in 1u32..9000, height in 1u32..9000, part_width in 1u32..9000, part_height in 1u32..9000,
        ) {
            let whole = Dimensions::new(width.max(part_width), height.max(part_height));
            let part = Dimensions::new(part_width, part_height);
            let start = WindowStart::Side(Length::Pixels(part_width));
            let starts = Gravity::starting(WindowStart::of_rest(across), Some(start));
            let point = Gravity::point(across, down).unwrap();
            for gravity in [point, starts, Gravity::default(), Gravity::Smart, Gravity::Halves] {
                for (left, top) in [gravity.window(whole, part), gravity.place(whole, part)] {
                    prop_assert!(left + part.width <= whole.width && top + part.height <= whole.height);
                }
            }
        }
    }
}
