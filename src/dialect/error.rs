//! `DialectError`: why a request cannot be understood.

use std::borrow::Cow;

use super::{SignatureFault, Worded};
use crate::request::{DenialKind, PathError, RemoteError};

/// Why a request cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    /// The path names no image.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The URL in it names no image that may be fetched.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A parameter has a value that it cannot have.
    #[error("{parameter}: expected {expected}, got \"{got}\"{}", asked(.meant.as_deref()))]
    Parameter {
        /// Its name.
        parameter: &'static str,
        /// What it can have, to follow the word "expected".
        expected: String,
        /// What came, in part and without control characters.
        got: String,
        /// What may have been meant.
        meant: Option<Cow<'static, str>>,
    },
    /// The operator does not let URLs ask for it.
    #[error("{parameter}: {expected}")]
    NotAllowed {
        /// Its usual name.
        parameter: &'static str,
        /// What holds for it.
        expected: String,
    },
    /// The URL is not signed as it must be.
    #[error(transparent)]
    Unsigned(#[from] SignatureFault),
    /// The dialect has nothing at this path.
    #[error("no such image")]
    NotServed,
    /// The dialect refuses in its own words.
    #[error("{}", .0.body)]
    Refused(Box<Worded>),
}

fn asked(meant: Option<&str>) -> String {
    meant.map(|word| format!("; did you mean {word}?")).unwrap_or_default()
}

impl DialectError {
    /// How much of a client's own text is repeated to it, in characters.
    const MAX_ECHO: usize = 64;

    pub(crate) fn parameter(parameter: &'static str, expected: impl ToString, got: &str) -> Self {
        let echo = got.chars().take(Self::MAX_ECHO).flat_map(char::escape_debug).collect();
        Self::Parameter { parameter, expected: expected.to_string(), got: echo, meant: None }
    }

    /// The same, with a guess at what was meant.
    #[must_use]
    pub(crate) fn meaning(self, guess: Option<Cow<'static, str>>) -> Self {
        match self {
            Self::Parameter { parameter, expected, got, .. } => {
                Self::Parameter { parameter, expected, got, meant: guess }
            }
            other => other,
        }
    }

    /// What kind of denial it comes to.
    pub fn kind(&self) -> DenialKind {
        match self {
            Self::NotServed | Self::Path(PathError::NotServed) => DenialKind::NotFound,
            Self::Path(_) | Self::Remote(_) | Self::Parameter { .. } => DenialKind::Malformed,
            Self::NotAllowed { .. } => DenialKind::NotAllowed,
            Self::Unsigned(_) => DenialKind::Unsigned,
            Self::Refused(worded) => worded.kind(),
        }
    }
}

impl From<Worded> for DialectError {
    fn from(worded: Worded) -> Self {
        Self::Refused(Box::new(worded))
    }
}
