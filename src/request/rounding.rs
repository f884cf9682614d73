//! `Rounding`: what becomes of a fraction of a pixel.

/// How a side becomes whole pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearest, as sharp and libvips do; a half becomes a whole.
    #[default]
    Nearest,
    /// Fractions are cut off.
    Down,
    /// To the nearest; a half goes to the even number, as in Python.
    HalfToEven,
}

impl Rounding {
    /// `side * numerator / denominator`, and at least one.
    pub fn scaled(self, side: u32, numerator: u32, denominator: u32) -> u32 {
        let exact = u64::from(side) * u64::from(numerator);
        let denominator = u64::from(denominator.max(1));
        let (whole, rest) = (exact / denominator, exact % denominator);
        let is_more = match self {
            Self::Nearest => rest >= denominator - rest,
            Self::Down => false,
            Self::HalfToEven if rest == denominator - rest => whole % 2 == 1,
            Self::HalfToEven => rest > denominator - rest,
        };
        u32::try_from(whole + u64::from(is_more)).unwrap_or(u32::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_rounded_or_cut_off_and_a_pixel_always_stays() {
        for (numerator, nearest, down) in [(100, 67, 66), (3, 2, 2), (1, 1, 1), (600, 400, 400)] {
            let got = [Rounding::Nearest, Rounding::Down].map(|rounding| rounding.scaled(400, numerator, 600));
            assert_eq!(got, [nearest, down], "{numerator}");
        }
        let even = [50, 70, 90, 110, 91].map(|width| Rounding::HalfToEven.scaled(300, width, 400));
        assert_eq!(even, [38, 52, 68, 82, 68]);
        assert_eq!([70, 90].map(|width| Rounding::Nearest.scaled(300, width, 400)), [53, 68]);
        assert_eq!(Rounding::Down.scaled(u32::MAX, u32::MAX, 0), u32::MAX);
    }
}
