//! `Tilt`: how something that lies on a picture is turned.

use super::Dimensions;

/// An angle, clockwise, in thousandths of a degree from 0 to 359.999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tilt(u32);

const WHOLE: i64 = 360_000;
const QUARTER: u32 = 90_000;

impl Tilt {
    /// Upright.
    pub const NONE: Self = Self(0);
    /// The largest angle that is read, in degrees to either side.
    pub const MAX: u32 = 36_000;

    /// Parses a decimal number of degrees; one below 0 turns to the other side.
    pub fn parse(text: &str) -> Option<Self> {
        let degrees = text.trim().parse::<f64>().ok().filter(|degrees| degrees.abs() <= f64::from(Self::MAX))?;
        Some(Self(((degrees * 1000.0).round() as i64).rem_euclid(WHOLE) as u32))
    }

    /// In thousandths of a degree.
    pub fn thousandths(self) -> u32 {
        self.0
    }

    /// How many right angles it is, where it is nothing else.
    pub fn quarters(self) -> Option<u32> {
        self.0.is_multiple_of(QUARTER).then_some(self.0 / QUARTER)
    }

    /// Sine and cosine.
    pub fn sin_cos(self) -> (f64, f64) {
        (f64::from(self.0) / 1000.0).to_radians().sin_cos()
    }

    /// The dimensions of the box around something that was turned.
    pub(super) fn around(self, dimensions: Dimensions) -> Dimensions {
        let Dimensions { width, height } = dimensions;
        match self.quarters() {
            Some(quarters) if quarters % 2 == 1 => Dimensions::new(height, width),
            Some(_) => dimensions,
            None => {
                let (sine, cosine) = self.sin_cos();
                let (sine, cosine, width, height) = (sine.abs(), cosine.abs(), f64::from(width), f64::from(height));
                // What floats add to a whole pixel is none.
                let side = |length: f64| (length - 1e-6).ceil().max(1.0) as u32;
                Dimensions::new(side(width * cosine + height * sine), side(width * sine + height * cosine))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_angle_is_said_in_degrees_to_either_side() {
        let thousandths = |text: &str| Tilt::parse(text).map(Tilt::thousandths);
        assert_eq!([thousandths("90"), thousandths("-90"), thousandths("360")], [Some(90_000), Some(270_000), Some(0)]);
        assert_eq!([thousandths("12.3456"), thousandths("-0.0001")], [Some(12_346), Some(0)]);
        for text in ["", "NaN", "inf", "36001", "north", "9 0"] {
            assert_eq!(Tilt::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_box_around_what_was_turned_is_exact_at_right_angles() {
        let around = |angle: &str| Tilt::parse(angle).unwrap().around(Dimensions::new(30, 20));
        assert_eq!(
            ["0", "90", "180", "270"].map(around),
            [(30, 20), (20, 30), (30, 20), (20, 30)].map(|(w, h)| Dimensions::new(w, h))
        );
        assert_eq!(around("30"), Dimensions::new(36, 33));
    }
}
