//! `Trim`: a border of one colour goes. The only step that makes later dimensions unknown.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Background, KeyText};

/// Cuts off the rows and columns at the edges that are of one colour, or transparent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Trim {
    /// How far each channel may be from the colour of the border, 0 to 255.
    pub tolerance: u8,
    /// The colour of the border; `None` takes that of the upper left pixel.
    pub colour: Option<Background>,
    /// Where as much goes at both sides.
    pub evenness: Evenness,
    /// What is otherwise than usual.
    pub rule: TrimRule,
}

/// How a border is found, and what stays of the rest, where that is otherwise than usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TrimRule {
    /// How far colours are from each other is the root of the sum of squares, in place of each channel for itself.
    pub is_by_distance: bool,
    /// What counts where the picture lets it through; `None` takes all that is transparent for alike, and its alpha for a channel.
    pub behind: Option<Background>,
    /// The colour of the border is that of the lower right pixel.
    pub is_by_end: bool,
    /// What stays of the rest: left, top, right and bottom, in pixels of the picture with its border. It is passed over where it
    /// does not touch the rest.
    pub part: Option<[u32; 4]>,
}

/// Where as much goes at both sides of a border: the less of both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Evenness {
    /// At the left and at the right.
    pub across: bool,
    /// Above and below.
    pub down: bool,
}

impl Describe for Trim {
    fn leaves_open(&self) -> bool {
        true
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { tolerance, colour, evenness: Evenness { across, down }, rule } = self;
        let TrimRule { is_by_distance, behind, is_by_end, part } = rule;
        let _ = write!(key, " trim {tolerance}");
        if let Some(colour) = colour {
            let _ = write!(key, " {colour}");
        }
        if let Some(behind) = behind {
            let _ = write!(key, " behind {behind}");
        }
        if *across || *down {
            let _ = write!(key, " even {across} {down}");
        }
        if *is_by_distance || *is_by_end {
            let _ = write!(key, " by {is_by_distance} {is_by_end}");
        }
        if let Some([left, top, right, bottom]) = part {
            let _ = write!(key, " part {left} {top} {right} {bottom}");
        }
    }
}
