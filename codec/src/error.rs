//! `CodecError`: why a codec gave no result.

use crate::{Dimensions, Format, Medium};

/// Why a codec gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The original is not what its format allows.
    #[error("broken {format}: {reason}")]
    Malformed {
        /// What it was taken for.
        format: Format,
        /// What was expected, and what came.
        reason: String,
    },
    /// The original is sound, and uses what we do not read; or the format is not written.
    #[error("unsupported {format}: {feature}")]
    Unsupported {
        /// What it is.
        format: Format,
        /// What is not read or written of the format.
        feature: String,
    },
    /// The picture is larger than the format that it was to be written in can hold.
    #[error("{format} holds at most {limit} pixels a side, got {dimensions}")]
    TooLarge {
        /// What it was to be written in.
        format: Format,
        /// The longest side that the format can hold, in pixels.
        limit: u32,
        /// Those of the picture.
        dimensions: Dimensions,
    },
    /// The original asks for more than an operator allows.
    #[error("expected an original of at most {limit} {what}, got {got}")]
    OverLimit {
        /// What is limited, with its unit.
        what: &'static str,
        /// How much of it there may be.
        limit: u64,
        /// How much there is.
        got: String,
    },
    /// The picture could not be written.
    #[error("cannot write {format}: {reason}")]
    Encode {
        /// What it was to be written in.
        format: Medium,
        /// What the library says.
        reason: String,
    },
    /// The work was stopped, for nobody waits for it.
    #[error("nobody waits for the picture any more")]
    Abandoned,
}

impl CodecError {
    /// [`CodecError::Malformed`] from whatever tells the reason.
    pub fn malformed(format: Format, reason: impl ToString) -> Self {
        Self::Malformed { format, reason: reason.to_string() }
    }

    /// [`CodecError::Unsupported`] from whatever names the feature.
    pub fn unsupported(format: Format, feature: impl ToString) -> Self {
        Self::Unsupported { format, feature: feature.to_string() }
    }

    /// [`CodecError::Encode`] from whatever tells the reason.
    pub fn encode(format: impl Into<Medium>, reason: impl ToString) -> Self {
        Self::Encode { format: format.into(), reason: reason.to_string() }
    }
}
