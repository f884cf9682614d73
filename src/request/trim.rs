//! `TrimWish`: a border that is to go, as a URL asks for it.

use std::fmt;

use super::Background;
use super::step::Evenness;

/// A border that is to go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TrimWish {
    /// How far each channel may be from the colour of the border, 0 to 255.
    pub tolerance: u8,
    /// The colour of the border; `None` takes that of the upper left pixel.
    pub colour: Option<Background>,
    /// What counts where the picture lets it through; `None` takes all that is transparent for alike.
    pub behind: Option<Background>,
    /// Where as much goes at both sides.
    pub evenness: Evenness,
}

/// The text is in the keys of what is left open. What came after others had keys is in it only where it is asked for.
impl fmt::Debug for TrimWish {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tolerance, colour, behind, evenness } = self;
        let mut wish = formatter.debug_struct("TrimWish");
        wish.field("tolerance", tolerance).field("colour", colour);
        if behind.is_some() {
            wish.field("behind", behind);
        }
        if *evenness != Evenness::default() {
            wish.field("evenness", evenness);
        }
        wish.finish()
    }
}
