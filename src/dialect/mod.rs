//! DIALECTS: how a URL says what is wanted, one file per dialect.
//! This room must not know where originals come from or how renditions are made.

mod accept;
#[cfg(test)]
mod conformance;
mod hints;
mod native;
mod upload;

use http::{HeaderMap, Method, StatusCode};

pub use hints::{Hint, Hints};
pub use native::{Expected, Native, Parameter, SECTIONS, Section, parameter_table, parameters, watermark_of};
pub use upload::Upload;

use crate::request::{Denial, DenialKind, ImageRequest, PathError};

/// The parts of an HTTP request that can say what is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    /// That of the request.
    pub method: &'a Method,
    /// The path as sent, percent-encoded, without the prefix that the dialect is mounted under.
    pub path: &'a str,
    /// The query as sent, without the question mark.
    pub query: Option<&'a str>,
    /// Those of the request.
    pub headers: &'a HeaderMap,
}

/// What there is to a request in a dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What it asks for; or what was expected, and what came.
    pub asked: Result<Asked, DialectError>,
    /// The request headers that can change the answer. They follow from method and URL alone.
    pub varies_on: Hints,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// An image that we have, or that is made of one.
    Image(ImageRequest),
    /// One that is made of what came with the request.
    Enclosed {
        /// What is to become of it.
        request: ImageRequest,
        /// How it comes.
        expected: ExpectedBody,
    },
}

/// How an original comes with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedBody {
    /// The field of a form (RFC 7578) that holds it.
    pub field: &'static str,
    /// The longest body, all of its fields together.
    pub max_bytes: u64,
}

/// An answer in the words of a dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// That of the answer.
    pub status: StatusCode,
    /// The media type of the body.
    pub content_type: &'static str,
    /// All of it.
    pub body: String,
}

/// Reads one way of asking for images. Every implementation passes the suite in `dialect/conformance.rs`.
pub trait Dialect: Send + Sync {
    /// The name in settings and labels.
    fn name(&self) -> &'static str;

    /// The methods that it answers; whatever [`Dialect::read`] makes of a request by another one, it is denied.
    fn methods(&self) -> &'static [Method] {
        const METHODS: [Method; 2] = [Method::GET, Method::HEAD];
        &METHODS
    }

    /// Reads a request. A bad header is ignored, never an error.
    fn read(&self, wording: Wording<'_>) -> Heard;

    /// A denial in the dialect's own words; `None` takes those of the house.
    fn word(&self, _denial: &Denial) -> Option<Worded> {
        None
    }
}

/// Why a URL cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    /// The path names no image.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A parameter has a value that it cannot have.
    #[error("{parameter}: expected {expected}, got \"{got}\"{}", asked(*.meant))]
    Parameter {
        /// Its name.
        parameter: &'static str,
        /// What it can have, to follow the word "expected".
        expected: String,
        /// What came, in part and without control characters.
        got: String,
        /// What may have been meant.
        meant: Option<&'static str>,
    },
    /// The dialect has nothing at this path.
    #[error("no such image")]
    NotServed,
}

fn asked(meant: Option<&'static str>) -> String {
    meant.map(|word| format!("; did you mean {word}?")).unwrap_or_default()
}

impl Heard {
    /// What is asked by method and URL alone.
    pub fn by_url(asked: Result<Asked, DialectError>) -> Self {
        Self { asked, varies_on: Hints::default() }
    }
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
    pub(crate) fn meaning(self, guess: Option<&'static str>) -> Self {
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
            Self::Path(_) | Self::Parameter { .. } => DenialKind::Malformed,
        }
    }
}

/// The dialects that there are, by the names that settings know them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DialectName {
    /// That of this product.
    Native,
    /// Pictures that come in a form.
    Upload,
}

impl DialectName {
    const NAMES: [(&str, Self); 2] = [("native", Self::Native), ("upload", Self::Upload)];

    /// Parses a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, dialect)| *dialect)
    }

    /// All names that [`Self::named`] accepts.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }
}
