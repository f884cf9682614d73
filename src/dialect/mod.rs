//! DIALECTS: how a URL says what is wanted, one file per dialect.
//! This room must not know where originals come from or how renditions are made.

mod native;

use http::{HeaderMap, HeaderName};

pub use native::Native;

use crate::request::{ImageRequest, PathError};

/// The parts of an HTTP request that can say what is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    /// The path as sent, percent-encoded.
    pub path: &'a str,
    /// The query as sent, without the question mark.
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
}

/// Reads one way of asking for images.
pub trait Dialect: Send + Sync {
    /// Reads a request.
    ///
    /// # Errors
    /// Says what was expected and what came. A bad header is ignored, never an error.
    fn read(&self, wording: Wording<'_>) -> Result<ImageRequest, DialectError>;

    /// The request headers that can change the answer to this URL; they become `Vary` (RFC 9110, section 12.5.5).
    fn varies_on(&self, wording: Wording<'_>) -> &'static [HeaderName];
}

/// Why a URL cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    #[error(transparent)]
    Path(#[from] PathError),
    #[error("{parameter}: expected {expected}, got \"{got}\"")]
    Parameter { parameter: &'static str, expected: String, got: String },
}

impl DialectError {
    /// How much of a client's own text is repeated to it, in characters.
    const MAX_ECHO: usize = 64;

    pub(crate) fn parameter(parameter: &'static str, expected: impl ToString, got: &str) -> Self {
        let echo = got.chars().take(Self::MAX_ECHO).flat_map(char::escape_debug).collect();
        Self::Parameter { parameter, expected: expected.to_string(), got: echo }
    }
}
