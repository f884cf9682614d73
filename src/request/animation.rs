//! `AnimationPolicy`: which animations stay animated, and what makes stills of the others.

use super::Facts;

/// Which animations stay animated; of all others the first frame is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnimationPolicy {
    /// Whether any does.
    pub is_kept: bool,
    /// The most frames of an original.
    pub max_frames: u32,
    /// The number of frames times the pixels of the original.
    pub max_pixels: u64,
}

impl Default for AnimationPolicy {
    fn default() -> Self {
        Self { is_kept: true, max_frames: 2000, max_pixels: 750_000_000 }
    }
}

impl AnimationPolicy {
    /// No animation stays animated.
    pub const STILL: Self = Self { is_kept: false, max_frames: 0, max_pixels: 0 };

    pub(super) fn keeps(self, facts: &Facts) -> bool {
        facts.frames > 1 && facts.format.can_animate() && self.is_kept && self.limit(facts).is_none()
    }

    /// The limit that an original is beyond.
    pub(super) fn limit(self, facts: &Facts) -> Option<AnimationLimit> {
        if facts.frames > self.max_frames {
            Some(AnimationLimit::Frames)
        } else if facts.animated_pixels() > self.max_pixels {
            Some(AnimationLimit::Pixels)
        } else {
            None
        }
    }
}

/// Why an animation is shown as a still where its rendition could have moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnimationLimit {
    /// It has more frames than [`AnimationPolicy::max_frames`].
    Frames,
    /// It has more pixels than [`AnimationPolicy::max_pixels`].
    Pixels,
    /// Making it would take more memory than all work may.
    Memory,
}

impl AnimationLimit {
    /// The word in headers and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Pixels => "pixels",
            Self::Memory => "memory",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::{PHOTO, formatted, policy, sized};
    use crate::request::{Dimensions, Format, OutputPolicy, Recipe, Reuse};

    #[test]
    fn a_still_that_is_asked_for_is_made_though_nothing_else_changes() {
        let film = Facts { format: Format::Gif, frames: 5, stored: Dimensions::new(400, 400), ..PHOTO };
        let made = |is_still, facts: &Facts| {
            let mut wish = formatted("gif", sized("400"));
            wish.output.is_still = is_still;
            let recipe = Recipe::new(&wish, facts, &[], &policy()).unwrap();
            recipe.map(|recipe| (recipe.output.is_animated, recipe.reuse))
        };
        assert_eq!(made(false, &film), None);
        assert_eq!(made(true, &film), Some((false, Reuse::Nothing)));
        assert_eq!(made(true, &Facts { frames: 1, ..film }), None);
    }

    #[test]
    fn a_still_says_which_limit_made_it_one() {
        let film = |frames, edge| Facts { format: Format::Gif, frames, stored: Dimensions::new(edge, edge), ..PHOTO };
        let limit = |facts: &Facts, format: Option<&str>, policy: &OutputPolicy| {
            let wish = format.map_or_else(|| sized("400"), |format| formatted(format, sized("400")));
            Recipe::new(&wish, facts, &[], policy).unwrap().unwrap().stilled_by(facts, policy)
        };
        let policy = policy();
        for format in [None, Some("gif"), Some("webp"), Some("png")] {
            assert_eq!(limit(&film(11, 1000), format, &policy), Some(AnimationLimit::Frames), "{format:?}");
            assert_eq!(limit(&film(10, 4000), format, &policy), Some(AnimationLimit::Pixels), "{format:?}");
            assert_eq!(limit(&film(10, 1000), format, &policy), None, "it moves: {format:?}");
            assert_eq!(limit(&film(1, 40_000), format, &policy), None, "it never did: {format:?}");
        }
        assert_eq!(limit(&film(11, 1000), Some("jpeg"), &policy), None, "JPEG never moves");
        let off = OutputPolicy { animation: AnimationPolicy::STILL, ..policy };
        assert_eq!(limit(&film(11, 1000), None, &off), None, "that is what was meant");
    }
}
