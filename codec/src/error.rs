//! `CodecError`: why a codec gave no result.

use crate::{Dimensions, Format, Medium};

/// Why a codec gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("broken {format}: {reason}")]
    Malformed { format: Format, reason: String },
    #[error("unsupported {format}: {feature}")]
    Unsupported { format: Format, feature: String },
    #[error("{format} holds at most {limit} pixels a side, got {dimensions}")]
    TooLarge { format: Format, limit: u32, dimensions: Dimensions },
    #[error("expected an original of at most {limit} {what}, got {got}")]
    OverLimit { what: &'static str, limit: u64, got: String },
    #[error("cannot write {format}: {reason}")]
    Encode { format: Medium, reason: String },
    #[error("nobody waits for the picture any more")]
    Abandoned,
}

impl CodecError {
    pub fn malformed(format: Format, reason: impl ToString) -> Self {
        Self::Malformed { format, reason: reason.to_string() }
    }

    pub fn unsupported(format: Format, feature: impl ToString) -> Self {
        Self::Unsupported { format, feature: feature.to_string() }
    }

    pub fn encode(format: impl Into<Medium>, reason: impl ToString) -> Self {
        Self::Encode { format: format.into(), reason: reason.to_string() }
    }
}
