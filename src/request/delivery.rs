//! `Delivery`: what of a picture is wanted.

/// What of a picture, or of what is made of it, is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Its bytes.
    #[default]
    Send,
    /// What its header says of the original, in the words of the dialect that asks.
    Tell,
}
