//! `TurnWish`: a picture turned and mirrored, as a URL asks for it.

use super::step::{Reorient, Rotate};
use super::{Course, Orientation, OutputPolicy, Paint, RecipeError};

/// How a picture is turned, then mirrored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TurnWish {
    /// How far, clockwise.
    pub angle: Angle,
    /// Left and right change places.
    pub is_flopped: bool,
    /// Top and bottom change places.
    pub is_flipped: bool,
}

/// Thousandths of a degree, clockwise: less than a whole turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Angle(u32);

impl Angle {
    const WHOLE: u32 = 360_000;
    const RIGHT: u32 = 90_000;
    /// The largest number of degrees that is read, either way.
    pub const MAX_DEGREES: u32 = 3600;

    /// Parses a decimal number of degrees from minus to plus [`Angle::MAX_DEGREES`].
    pub fn parse(text: &str) -> Option<Self> {
        let degrees = text.trim().parse::<f64>().ok()?;
        let thousandths = (degrees * 1000.0).round();
        (degrees.abs() <= f64::from(Self::MAX_DEGREES))
            .then(|| Self((thousandths as i64).rem_euclid(Self::WHOLE.into()) as u32))
    }

    /// In degrees.
    pub fn degrees(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// In thousandths of a degree.
    pub fn thousandths(self) -> u32 {
        self.0
    }

    /// What it is where nothing has to be computed.
    pub fn right(self) -> Option<Orientation> {
        if !self.0.is_multiple_of(Self::RIGHT) {
            return None;
        }
        Some(match self.0 / Self::RIGHT {
            1 => Orientation::Rotated90,
            2 => Orientation::Rotated180,
            3 => Orientation::Rotated270,
            _ => Orientation::Upright,
        })
    }
}

impl TurnWish {
    /// Adds its steps.
    ///
    /// # Errors
    /// It would be too large.
    pub(super) fn decide(
        self,
        course: &mut Course,
        background: Option<Paint>,
        policy: &OutputPolicy,
    ) -> Result<(), RecipeError> {
        let Self { angle, is_flopped, is_flipped } = self;
        let mirrored = match (is_flopped, is_flipped) {
            (false, false) => Orientation::Upright,
            (true, false) => Orientation::MirroredHorizontally,
            (false, true) => Orientation::MirroredVertically,
            (true, true) => Orientation::Rotated180,
        };
        let turned = match angle.right() {
            Some(turned) => turned.then(mirrored),
            None => {
                let background = background.filter(|paint| paint.is_opaque());
                course.take(Rotate { angle, background, to: None }.into(), policy)?;
                mirrored
            }
        };
        if turned != Orientation::Upright {
            course.take(Reorient(turned).into(), policy)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_angle_is_less_than_a_whole_turn() {
        for (text, thousandths) in [
            ("0", 0),
            ("360", 0),
            ("-90", 270_000),
            ("450", 90_000),
            ("12.5", 12_500),
            ("-0.001", 359_999),
            ("1e2", 100_000),
        ] {
            assert_eq!(Angle::parse(text).map(Angle::thousandths), Some(thousandths), "{text}");
        }
        for text in ["", "x", "NaN", "inf", "3601", "90deg"] {
            assert_eq!(Angle::parse(text), None, "{text}");
        }
        assert_eq!(Angle::parse("12.5").map(Angle::degrees), Some(12.5));
    }
}
