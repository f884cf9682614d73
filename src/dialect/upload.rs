//! The dialect of uploads: a picture comes in a form, and goes back as an upright JPEG. Nothing is stored.

use http::{Method, StatusCode};

use super::{Asked, Dialect, DialectError, ExpectedBody, Heard, Worded, Wording};
use crate::request::{Denial, DenialKind, ImageRequest, OutputFormat, OutputWish, Reference, Wish};

const METHODS: [Method; 1] = [Method::POST];

/// `POST` of a form with a picture, at the prefix itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Upload;

impl Upload {
    /// The field of the form, and the longest body.
    pub const EXPECTED: ExpectedBody = ExpectedBody { field: "photo", max_bytes: 10 * 1024 * 1024 };
}

impl Dialect for Upload {
    fn name(&self) -> &'static str {
        "upload"
    }

    fn methods(&self) -> &'static [Method] {
        &METHODS
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        if !wording.path.trim_matches('/').is_empty() {
            return Heard::by_url(Err(DialectError::NotServed));
        }
        let wish = Wish::new(OutputWish { format: Some(OutputFormat::JPEG.into()), ..OutputWish::default() });
        let request = ImageRequest { original: Reference::Body, wish };
        Heard::by_url(Ok(Asked::Enclosed { request, expected: Self::EXPECTED }))
    }

    fn word(&self, denial: &Denial) -> Option<Worded> {
        let (status, text) = match denial.kind {
            DenialKind::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "POST required"),
            DenialKind::EmptyBody => (StatusCode::BAD_REQUEST, "upload failed"),
            DenialKind::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "file too large"),
            DenialKind::NotAnImage | DenialKind::Unsupported | DenialKind::Unprocessable => {
                (StatusCode::BAD_REQUEST, "decode failed")
            }
            _ => return None,
        };
        Some(Worded {
            status,
            content_type: "text/plain; charset=utf-8",
            body: format!("{text}: {}\n", denial.message),
        })
    }
}
