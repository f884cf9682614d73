//! `BrokenOriginals`: what becomes of originals that are truncated or damaged.

use crate::Picture;

/// What a pixel is that is not there, in each channel of colour; it is opaque.
pub(crate) const MISSING: u8 = 128;

/// What becomes of an original that is truncated or damaged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BrokenOriginals {
    /// An error: what is wrong in one place is not known to be right in others.
    #[default]
    Refuse,
    /// What can be decoded is shown, and what is missing is gray.
    Show,
}

impl BrokenOriginals {
    /// Both by their names.
    pub const NAMES: [(&'static str, Self); 2] = [("refuse", Self::Refuse), ("show", Self::Show)];
}

/// Samples of nothing, so many bytes: gray, and opaque where the last of so many channels is alpha.
pub(crate) fn missing_pixels(bytes: usize, channels_with_alpha: Option<usize>) -> Vec<u8> {
    let mut pixels = vec![MISSING; bytes];
    if let Some(channels) = channels_with_alpha {
        pixels.chunks_exact_mut(channels).filter_map(<[u8]>::last_mut).for_each(|alpha| *alpha = u8::MAX);
    }
    pixels
}

/// Tells whether pixels are those of nothing, all of them.
pub(crate) fn is_nothing(picture: &Picture) -> bool {
    let channels = picture.layout().channels();
    let colours = if picture.layout().has_alpha() { channels - 1 } else { channels };
    let is_missing = |pixel: &[u8]| pixel.iter().take(colours).all(|level| *level == MISSING);
    picture.pixels().chunks_exact(channels).all(is_missing)
}
