//! `Surround`: what is around a picture on a larger canvas.

use std::fmt::{self, Display};

use super::{Paint, Sigma};

/// What is around a picture on a larger canvas. The words are those of libvips, where an edge is `copy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Surround {
    /// A colour, or nothing.
    Paint(Paint),
    /// The nearest pixel of the picture.
    Edge,
    /// Zero in every channel: black, and nothing at all around a picture that has an alpha channel.
    Zero,
    /// The picture as in mirrors along its edges, and those in mirrors, as far as the canvas reaches.
    Mirror,
    /// The mean of the colours of the picture.
    Mean,
    /// A blurred copy of the picture, in the shape of the canvas.
    Blurred(Sigma),
}

impl Surround {
    /// What a canvas is filled with where this lies behind the picture. What is not opaque is put behind all of it in the
    /// end.
    pub(super) fn of(background: Option<Paint>) -> Self {
        Self::Paint(background.filter(|paint| paint.is_opaque()).unwrap_or(Paint::CLEAR))
    }

    /// Tells whether something may show through it where nothing shows through the picture.
    pub fn may_be_clear(self) -> bool {
        matches!(self, Self::Paint(paint) if !paint.is_opaque())
    }
}

impl Display for Surround {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paint(paint) => paint.fmt(formatter),
            Self::Edge => formatter.write_str("edge"),
            Self::Zero => formatter.write_str("zero"),
            Self::Mirror => formatter.write_str("mirror"),
            Self::Mean => formatter.write_str("mean"),
            Self::Blurred(sigma) => write!(formatter, "blurred {}", sigma.thousandths()),
        }
    }
}
