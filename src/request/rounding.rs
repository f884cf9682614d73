//! `Rounding`: what becomes of a fraction of a pixel.

/// How a side becomes whole pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearest, as sharp and libvips do; a half becomes a whole.
    #[default]
    Nearest,
    /// Fractions are cut off.
    Down,
}

impl Rounding {
    /// `side * numerator / denominator`, and at least one.
    pub(super) fn scaled(self, side: u32, numerator: u32, denominator: u32) -> u32 {
        let exact = u64::from(side) * u64::from(numerator);
        let denominator = u64::from(denominator.max(1));
        let half = match self {
            Self::Nearest => denominator / 2,
            Self::Down => 0,
        };
        u32::try_from((exact + half) / denominator).unwrap_or(u32::MAX).max(1)
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
        assert_eq!(Rounding::Down.scaled(u32::MAX, u32::MAX, 0), u32::MAX);
    }
}
