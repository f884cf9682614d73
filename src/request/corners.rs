//! `Corners`: how round the corners of a picture are to be.

use super::Dpr;

/// How round the corners of a picture are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corners {
    /// As round as can be: a circle, or a pill.
    Roundest,
    /// The radius of each in pixels, from the upper left clockwise; not all are zero.
    Each([u32; 4]),
}

impl Corners {
    /// The largest radius before the device pixel ratio, in pixels.
    pub const MAX: u32 = 16_384;

    /// Parses one whole number of pixels for all, four of them from the upper left clockwise, or `max`; where none is
    /// round, none are asked for.
    pub fn parse(text: &str) -> Option<Option<Self>> {
        if text.eq_ignore_ascii_case("max") {
            return Some(Some(Self::Roundest));
        }
        let radius = |text: &str| text.trim().parse().ok().filter(|pixels| *pixels <= Self::MAX);
        let radii: Option<Vec<u32>> = text.split(',').map(radius).collect();
        let radii = match radii?[..] {
            [all] => [all; 4],
            [upper_left, upper_right, lower_right, lower_left] => [upper_left, upper_right, lower_right, lower_left],
            _ => return None,
        };
        Some((radii != [0; 4]).then_some(Self::Each(radii)))
    }

    /// In device pixels.
    pub fn at(self, ratio: Dpr) -> Self {
        match self {
            Self::Roundest => self,
            Self::Each(radii) => Self::Each(radii.map(|pixels| ratio.times(pixels))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_one_number_or_four_or_as_round_as_can_be() {
        let each = |radii| Some(Some(Corners::Each(radii)));
        assert_eq!(Corners::parse("20"), each([20; 4]));
        assert_eq!(Corners::parse("0, 1,2,3"), each([0, 1, 2, 3]));
        assert_eq!(["max", "MAX"].map(Corners::parse), [Some(Some(Corners::Roundest)); 2]);
        assert_eq!(["0", "0,0,0,0"].map(Corners::parse), [Some(None); 2]);
        for text in ["", "1,2", "1,2,3", "1,2,3,4,5", "-1", "1.5", "16385", "round", "max,0,0,0"] {
            assert_eq!(Corners::parse(text), None, "{text}");
        }
    }

    #[test]
    fn radii_are_lengths_that_the_ratio_multiplies() {
        let ratio = Dpr::parse("1.5").unwrap();
        assert_eq!(Corners::Each([1, 2, 3, 0]).at(ratio), Corners::Each([2, 3, 5, 0]));
        assert_eq!(Corners::Roundest.at(ratio), Corners::Roundest);
    }
}
