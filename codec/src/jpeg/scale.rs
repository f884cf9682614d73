//! `Scale`: the size at which libjpeg decodes, where the picture will be made smaller anyway.

use crate::Dimensions;

/// A fraction of the stored size. libjpeg computes each by a shorter transform, which costs less the smaller it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scale {
    Eighth,
    Quarter,
    Half,
    Full,
}

/// How much larger than its target a picture is decoded at least, on both sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Excess {
    eighth: (u64, u64),
    quarter_and_half: (u64, u64),
}

impl Excess {
    /// For our own decoder, whose quarters and halves keep more of the original than libjpeg's: it transforms the low
    /// frequencies alone, where libjpeg takes the mean of pixels. Over 9 photographs every score is 90 or more.
    pub(super) const OWN: Self = Self { eighth: (7, 4), quarter_and_half: (7, 5) };
    /// For libjpeg: 8/5.
    pub(super) const LIBJPEG: Self = Self { eighth: MIN_EXCESS, quarter_and_half: MIN_EXCESS };

    fn at(self, scale: Scale) -> (u64, u64) {
        if scale == Scale::Eighth { self.eighth } else { self.quarter_and_half }
    }
}

/// Measured against a full decode, each followed by Lanczos3, for 5 photos of 2 to 24 megapixels and 10 targets of 100 to
/// 1600 pixels (docs/formats.md has the table): at 8/5 every score is 90 or more, what SSIMULACRA2 calls visually
/// lossless; at 3/2 the worst is 88 and at 5/4 it is 83.
const MIN_EXCESS: (u64, u64) = (8, 5);

impl Scale {
    const ALL: [Self; 4] = [Self::Eighth, Self::Quarter, Self::Half, Self::Full];

    /// The cheapest scale that is good enough for a picture that will be resized to `target`.
    pub(super) fn for_target(stored: Dimensions, target: Option<Dimensions>, excess: Excess) -> Self {
        let Some(target) = target else { return Self::Full };
        let suffices = |scale: &Self| {
            let is_enough = |stored, target| scale.is_enough(stored, target, excess.at(*scale));
            is_enough(stored.width, target.width) && is_enough(stored.height, target.height)
        };
        Self::ALL.into_iter().find(suffices).unwrap_or(Self::Full)
    }

    /// Compares in half pixels of the target, less one: its sides were rounded, and half a pixel decides nothing.
    fn is_enough(self, stored: u32, target: u32, (excess, per): (u64, u64)) -> bool {
        let half_pixels = (u64::from(target) * 2).saturating_sub(1) * u64::from(self.denominator());
        u64::from(stored) * 2 * per >= half_pixels * excess
    }

    /// By what both sides are divided.
    pub(super) fn denominator(self) -> u32 {
        match self {
            Self::Full => 1,
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }

    /// The dimensions that are decoded to: rounded up.
    pub(super) fn applied_to(self, stored: Dimensions) -> Dimensions {
        Dimensions::new(stored.width.div_ceil(self.denominator()), stored.height.div_ceil(self.denominator()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_scale_leaves_eight_fifths_of_the_target() {
        let scale = |width, height, size: u32| {
            let stored = Dimensions::new(width, height);
            Scale::for_target(stored, Some(stored.fit_within(size)), Excess::LIBJPEG)
        };
        assert_eq!(scale(4000, 3000, 312), Scale::Eighth);
        assert_eq!(scale(4000, 3000, 400), Scale::Quarter);
        assert_eq!(scale(4000, 3000, 625), Scale::Quarter);
        assert_eq!(scale(4000, 3000, 626), Scale::Half);
        assert_eq!(scale(4000, 3000, 800), Scale::Half);
        assert_eq!(scale(4000, 3000, 1600), Scale::Full);
        assert_eq!(scale(400, 300, 800), Scale::Full);
    }

    #[test]
    fn without_a_target_nothing_is_lost() {
        assert_eq!(Scale::for_target(Dimensions::new(4000, 3000), None, Excess::LIBJPEG), Scale::Full);
    }

    #[test]
    fn the_narrower_excess_decides() {
        let square = Some(Dimensions::new(400, 400));
        assert_eq!(Scale::for_target(Dimensions::new(8000, 1300), square, Excess::LIBJPEG), Scale::Half);
        assert_eq!(Scale::for_target(Dimensions::new(500, 8000), square, Excess::LIBJPEG), Scale::Full);
    }

    proptest! {
        #[test]
        fn a_picture_is_never_decoded_below_its_target(
            width in 1u32..65_500,
            height in 1u32..65_500,
            size in 1u32..16_384,
        ) {
            let stored = Dimensions::new(width, height);
            let target = stored.fit_within(size);
            let scaled = Scale::for_target(stored, Some(target), Excess::LIBJPEG).applied_to(stored);
            prop_assert!(scaled.width >= target.width && scaled.height >= target.height);
        }
    }
}
