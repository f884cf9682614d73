//! HEIF: the container of MPEG for pictures, and what becomes of the coded pictures within: which is shown, of which tiles and
//! which alpha, in which colours. This room must not know what decodes them: formats bring their [`Coder`].

pub mod boxes;
mod colour;
pub mod decode;
pub mod details;
mod formula;
pub mod frame;
pub mod image;
pub mod meta;
pub mod metadata;
pub mod nclx;
pub mod property;
pub mod sequence;
mod timing;

use std::fmt::Display;

use boxes::FourCc;
use frame::{Coded, Frame};

use crate::{CodecError, Dimensions, Format};

/// The longest side of a picture in pixels: what AV1 can hold (AV1 specification, section 5.5.1), and HEVC by far does not.
pub const MAX_SIDE: u32 = 65_536;

/// What decodes the coded pictures of a format.
pub trait Coder {
    /// The format of the files.
    fn format(&self) -> Format;

    /// The kind of the items that are coded pictures.
    fn kind(&self) -> FourCc;

    /// Decodes one coded picture: the whole, or a tile.
    ///
    /// # Errors
    /// [`Fault::Malformed`] for a broken stream, and for one of other dimensions or more samples than the container says;
    /// [`Fault::Unsupported`] for what is not decoded.
    fn decode(&self, coded: &Coded<'_>) -> Result<Box<dyn Frame>, Fault>;
}

/// Why a file gave no result; of which format it is, whoever asked knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The file is not what the container allows.
    Malformed(String),
    /// The file is sound, and uses what we do not read.
    Unsupported(String),
    /// A picture that is larger than its format can hold.
    TooLarge(Dimensions),
    /// What is the same for all formats.
    Refused(CodecError),
}

impl Fault {
    /// As an error of this format.
    pub fn of(self, format: Format) -> CodecError {
        match self {
            Self::Malformed(reason) => CodecError::malformed(format, reason),
            Self::Unsupported(feature) => CodecError::unsupported(format, feature),
            Self::TooLarge(dimensions) => CodecError::TooLarge { format, limit: MAX_SIDE, dimensions },
            Self::Refused(error) => error,
        }
    }
}

impl From<CodecError> for Fault {
    fn from(error: CodecError) -> Self {
        Self::Refused(error)
    }
}

/// [`Fault::Malformed`] from whatever tells the reason.
pub fn malformed(reason: impl Display) -> Fault {
    Fault::Malformed(reason.to_string())
}

/// [`Fault::Unsupported`] from whatever names the feature.
pub fn unsupported(feature: impl Display) -> Fault {
    Fault::Unsupported(feature.to_string())
}
