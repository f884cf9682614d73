//! `Quality`: how finely lossy pixels are coded.

/// A number from 1, the coarsest, to 100 on libjpeg's scale. Those of WebP and AVIF give about the same SSIMULACRA2 for
/// the same number (docs/formats.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quality(u8);

/// Averaging more pixels than two along a side takes away the noise of coding.
const NOISY_REDUCTION: u64 = 2;

impl Quality {
    /// The quality of a number; one outside the range counts as the nearest within.
    pub fn new(number: u8) -> Self {
        Self(number.clamp(1, 100))
    }

    /// The number, 1 to 100.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The quality that is worth keeping where sides of `from` pixels are reduced to `to`: the same down to a half, and
    /// beyond that one whose quantisation is finer in proportion.
    pub fn after_reduction(self, from: u32, to: u32) -> Self {
        let (from, to) = (u64::from(from), u64::from(to));
        if from <= to * NOISY_REDUCTION {
            return self;
        }
        Self::of_scale((self.scale() * NOISY_REDUCTION * to + from / 2) / from)
    }

    /// The scale of libjpeg's quantisation tables, in percent.
    fn scale(self) -> u64 {
        let number = u64::from(self.0);
        if number < 50 { 5000 / number } else { 200 - 2 * number }
    }

    fn of_scale(scale: u64) -> Self {
        let number = if scale > 100 { 5000 / scale } else { 100 - scale.div_ceil(2) };
        // At most 100.
        Self::new(number as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_gives_back_its_quality() {
        for quality in (1..=100).map(Quality::new) {
            let back = Quality::of_scale(quality.scale());
            assert!(back >= quality && back.number() - quality.number() <= 1, "{quality:?} {back:?}");
        }
    }

    #[test]
    fn only_a_reduction_beyond_a_half_hides_noise() {
        let after = |from, to| Quality::new(60).after_reduction(from, to).number();
        assert_eq!([after(100, 100), after(100, 50), after(100, 49)], [60, 60, 61]);
        assert_eq!([after(4000, 1000), after(4000, 400), after(4000, 1)], [80, 92, 100]);
        assert_eq!(Quality::new(10).after_reduction(4000, 1000), Quality::new(20));
        assert_eq!(Quality::new(100).after_reduction(4000, 1), Quality::new(100));
    }
}
