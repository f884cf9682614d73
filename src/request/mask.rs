//! `Silhouette`: a shape that a picture is seen through.

use std::f64::consts::{PI, TAU};

use super::step::{Crop, Mask};
use super::{Course, Dimensions, OutputPolicy, Paint, RecipeError};

/// What a picture is seen through, as large as it finds room in the middle. The shapes are those of weserv
/// (<https://images.weserv.nl/docs/mask.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Silhouette {
    /// As wide as the shorter side.
    Circle,
    /// It touches all four sides.
    Ellipse,
    /// On one side.
    Triangle,
    /// On one corner.
    FallenTriangle,
    /// On one side.
    Pentagon,
    /// On one corner.
    FallenPentagon,
    /// On one corner.
    Hexagon,
    /// On one corner.
    Square,
    /// With five points.
    Star,
    /// On its point.
    Heart,
}

/// A silhouette that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaskWish {
    /// The shape.
    pub silhouette: Silhouette,
    /// What is around it.
    pub surround: Paint,
    /// The picture becomes no larger than the shape.
    pub is_trimmed: bool,
}

/// Where a silhouette lies on a picture, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub enum Outline {
    /// An ellipse.
    Round {
        /// Its middle: from the left, and from the top.
        centre: (f64, f64),
        /// Half of its width, and half of its height.
        radii: (f64, f64),
    },
    /// The corners of a polygon, one after the other.
    Cornered(Vec<(f64, f64)>),
}

/// A row each: the usual word, and what it is.
const NAMES: [(&str, Silhouette); 10] = [
    ("circle", Silhouette::Circle),
    ("ellipse", Silhouette::Ellipse),
    ("triangle", Silhouette::Triangle),
    ("triangle-180", Silhouette::FallenTriangle),
    ("pentagon", Silhouette::Pentagon),
    ("pentagon-180", Silhouette::FallenPentagon),
    ("hexagon", Silhouette::Hexagon),
    ("square", Silhouette::Square),
    ("star", Silhouette::Star),
    ("heart", Silhouette::Heart),
];

/// How far the inner corners of a star are from its middle, of which the outer ones are 1 away.
const STAR_WAIST: f64 = 0.382;
/// The corners that a heart is drawn with.
const HEART_CORNERS: u32 = 256;

impl Silhouette {
    /// Parses a word.
    pub fn named(word: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == word).map(|(_, silhouette)| *silhouette)
    }

    /// The usual word.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, silhouette)| *silhouette == self).map_or("", |(word, _)| *word)
    }

    /// Corners around the middle, in any unit; `None` for what is round.
    fn corners(self) -> Option<Vec<(f64, f64)>> {
        let ring = |count: u32, begin: f64, radius: fn(u32) -> f64| {
            let corner = move |index: u32| {
                let (sine, cosine) = (begin + TAU * f64::from(index) / f64::from(count)).sin_cos();
                (radius(index) * sine, -radius(index) * cosine)
            };
            Some((0..count).map(corner).collect())
        };
        match self {
            Self::Circle | Self::Ellipse => None,
            Self::Triangle => ring(3, 0.0, |_| 1.0),
            Self::FallenTriangle => ring(3, PI, |_| 1.0),
            Self::Pentagon => ring(5, 0.0, |_| 1.0),
            Self::FallenPentagon => ring(5, PI, |_| 1.0),
            Self::Hexagon => ring(6, 0.0, |_| 1.0),
            Self::Square => ring(4, 0.0, |_| 1.0),
            Self::Star => ring(10, 0.0, |index| if index % 2 == 0 { 1.0 } else { STAR_WAIST }),
            // The heart curve (<https://mathworld.wolfram.com/HeartCurve.html>), the eighth of them there.
            Self::Heart => Some(
                (0..HEART_CORNERS)
                    .map(|index| TAU * f64::from(index) / f64::from(HEART_CORNERS))
                    .map(|at| {
                        let down = 13.0 * at.cos() - 5.0 * (2.0 * at).cos() - 2.0 * (3.0 * at).cos() - (4.0 * at).cos();
                        (16.0 * at.sin().powi(3), -down)
                    })
                    .collect(),
            ),
        }
    }

    /// Where it lies on a picture.
    pub fn on(self, picture: Dimensions) -> Outline {
        let [width, height] = [picture.width, picture.height].map(f64::from);
        let centre = (width / 2.0, height / 2.0);
        let Some(corners) = self.corners() else {
            let shorter = centre.0.min(centre.1);
            let radii = if self == Self::Ellipse { centre } else { (shorter, shorter) };
            return Outline::Round { centre, radii };
        };
        let (middle, _) = extent(&corners);
        let (scale, _) = scaled(&corners, picture);
        let placed = |(x, y): (f64, f64)| ((x - middle.0) * scale + centre.0, (y - middle.1) * scale + centre.1);
        Outline::Cornered(corners.into_iter().map(placed).collect())
    }

    /// How large it is on a picture.
    fn dimensions(self, picture: Dimensions) -> Dimensions {
        let (width, height) = match (self.corners(), self) {
            (Some(corners), _) => scaled(&corners, picture).1,
            (None, Self::Ellipse) => return picture,
            (None, _) => (f64::from(picture.width.min(picture.height)), f64::from(picture.width.min(picture.height))),
        };
        let side = |length: f64, whole: u32| (length.round() as u32).clamp(1, whole);
        Dimensions::new(side(width, picture.width), side(height, picture.height))
    }
}

/// How much larger corners become to find just room on a picture, and the sides of the box around them then. As in weserv, the box
/// is counted in whole pixels before it grows.
fn scaled(corners: &[(f64, f64)], picture: Dimensions) -> (f64, (f64, f64)) {
    let [width, height] = [picture.width, picture.height].map(f64::from);
    let radius = width.min(height) / 2.0;
    let (_, size) = extent(corners);
    let [across, down] = [size.0, size.1].map(|side| (side * radius).round().max(1.0));
    let growth = (width / across).min(height / down);
    (growth * radius, (across * growth, down * growth))
}

/// The middle of a box around corners, and its sides.
fn extent(corners: &[(f64, f64)]) -> ((f64, f64), (f64, f64)) {
    let range = |along: fn(&(f64, f64)) -> f64| {
        let all = || corners.iter().map(along);
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
    };
    let (left, right) = range(|corner| corner.0);
    let (top, bottom) = range(|corner| corner.1);
    (((left + right) / 2.0, (top + bottom) / 2.0), (right - left, bottom - top))
}

impl MaskWish {
    /// Adds its steps.
    ///
    /// # Errors
    /// None: a part is no larger than the whole.
    pub(super) fn decide(self, course: &mut Course, policy: &OutputPolicy) -> Result<(), RecipeError> {
        let Self { silhouette, surround, is_trimmed } = self;
        let picture = course.shape.dimensions;
        course.take(Mask { silhouette, surround }.into(), policy)?;
        let dimensions = silhouette.dimensions(picture);
        if !is_trimmed || dimensions == picture {
            return Ok(());
        }
        let begin = |whole: u32, part: u32| (whole - part).div_ceil(2);
        let (left, top) = (begin(picture.width, dimensions.width), begin(picture.height, dimensions.height));
        course.take(Crop { left, top, dimensions }.into(), policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_word() {
        for (word, silhouette) in NAMES {
            assert_eq!((Silhouette::named(word), silhouette.name()), (Some(silhouette), word));
        }
        assert_eq!(Silhouette::named("blob"), None);
    }

    #[test]
    fn each_is_as_large_as_it_finds_room() {
        let dimensions = |word: &str, width, height| {
            let Dimensions { width, height } =
                Silhouette::named(word).unwrap().dimensions(Dimensions::new(width, height));
            (width, height)
        };
        for (word, wide, high) in [
            ("circle", (200, 200), (100, 100)),
            ("ellipse", (300, 200), (100, 300)),
            ("square", (200, 200), (100, 100)),
            ("hexagon", (173, 200), (100, 115)),
            ("triangle", (231, 200), (100, 86)),
            ("triangle-180", (231, 200), (100, 86)),
            ("pentagon", (210, 200), (100, 95)),
            ("star", (210, 200), (100, 95)),
            ("heart", (221, 200), (100, 90)),
        ] {
            assert_eq!((dimensions(word, 300, 200), dimensions(word, 100, 300)), (wide, high), "{word}");
        }
        for (word, _) in NAMES {
            assert_eq!(dimensions(word, 1, 1), (1, 1), "{word}");
        }
    }

    #[test]
    fn one_that_is_upside_down_has_its_point_below() {
        let lowest = |word: &str| match Silhouette::named(word).unwrap().on(Dimensions::new(100, 100)) {
            Outline::Cornered(corners) => corners.iter().filter(|corner| corner.1 > 93.0).count(),
            Outline::Round { .. } => 0,
        };
        assert_eq!(["triangle", "pentagon"].map(lowest), [2, 2]);
        assert_eq!(["triangle-180", "pentagon-180", "hexagon", "square"].map(lowest), [1, 1, 1, 1]);
    }
}
