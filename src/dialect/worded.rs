//! `Worded`: an answer in the words of a dialect; and `StandIn`: a picture in place of an error.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};

use crate::request::{DenialKind, Wish};

/// An answer in the words of a dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// That of the answer.
    pub status: StatusCode,
    /// The media type of the body.
    pub content_type: &'static str,
    /// All of it.
    pub body: String,
    /// What else it says.
    pub headers: Box<HeaderMap>,
}

/// A picture that goes out in place of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// The bytes of the original.
    pub original: Bytes,
    /// What is to become of it.
    pub wish: Wish,
    /// That of the answer.
    pub status: StatusCode,
    /// What else it says.
    pub headers: HeaderMap,
}

impl Worded {
    /// Text.
    pub fn text(status: StatusCode, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: body.into(), headers: Box::default() }
    }

    /// JSON.
    pub fn json(status: StatusCode, body: &serde_json::Value) -> Self {
        Self { content_type: "application/json", ..Self::text(status, body.to_string()) }
    }

    /// A redirect without a body.
    pub fn redirect(status: StatusCode, location: &str) -> Self {
        Self::text(status, "").with(http::header::LOCATION, location)
    }

    /// The same with one header more; a value that is none is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::try_from(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// What kind of denial it is.
    pub(super) fn kind(&self) -> DenialKind {
        match self.status {
            StatusCode::UNAUTHORIZED => DenialKind::Unauthorised,
            StatusCode::FORBIDDEN => DenialKind::Forbidden,
            StatusCode::NOT_FOUND => DenialKind::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => DenialKind::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => DenialKind::BodyTooLarge,
            StatusCode::TOO_MANY_REQUESTS => DenialKind::TooMany,
            status if status.is_server_error() => DenialKind::Ours,
            _ => DenialKind::Malformed,
        }
    }
}
