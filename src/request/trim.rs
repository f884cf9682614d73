//! `TrimWish`: a border that is to go, as a URL asks for it.

use std::fmt;

use super::Background;
use super::step::{Evenness, TrimRule};

/// A border that is to go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TrimWish {
    /// How far each channel may be from the colour of the border, 0 to 255.
    pub tolerance: u8,
    /// The colour of the border; `None` takes that of the upper left pixel.
    pub colour: Option<Background>,
    /// Where as much goes at both sides.
    pub evenness: Evenness,
    /// What is otherwise than usual.
    pub rule: TrimRule,
}

impl TrimWish {
    /// A border that is found as usual.
    pub fn of(tolerance: u8, colour: Option<Background>) -> Self {
        Self { tolerance, colour, evenness: Evenness::default(), rule: TrimRule::default() }
    }
}

/// The text is in the keys of what is left open. What came after others had keys is in it only where it is asked for.
impl fmt::Debug for TrimWish {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tolerance, colour, evenness, rule } = self;
        let mut wish = formatter.debug_struct("TrimWish");
        wish.field("tolerance", tolerance).field("colour", colour);
        if *evenness != Evenness::default() {
            wish.field("evenness", evenness);
        }
        if *rule != TrimRule::default() {
            wish.field("rule", rule);
        }
        wish.finish()
    }
}
