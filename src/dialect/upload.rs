//! The dialect of uploads: a picture comes in a form, and goes back as an upright JPEG. Nothing is stored.

use http::{Method, StatusCode};

use super::{Asked, Dialect, DialectError, ExpectedBody, Heard, Worded, Wording};
use crate::request::{Denial, DenialKind, ImageRequest, OutputFormat, OutputWish, Reference, Wish};

const METHODS: [Method; 1] = [Method::POST];

/// The longest body, whatever the operator allows.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// `POST` of a form with a picture, at the prefix itself.
#[derive(Debug, Clone, Copy)]
pub struct Upload {
    max_bytes: u64,
}

impl Upload {
    /// A dialect that takes bodies of at most so many bytes, and never more than 10 MiB.
    pub fn new(max_bytes: u64) -> Self {
        Self { max_bytes: max_bytes.min(MAX_BYTES) }
    }
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
        let request = ImageRequest::new(Reference::Body, wish);
        let expected = ExpectedBody { field: "photo", takes_raw: false, max_bytes: self.max_bytes };
        Heard::by_url(Ok(Asked::Enclosed { request, expected }))
    }

    fn word(&self, denial: &Denial, _wording: Wording<'_>) -> Option<Worded> {
        let (status, text) = match denial.kind {
            DenialKind::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "POST required"),
            DenialKind::EmptyBody | DenialKind::BrokenBody => (StatusCode::BAD_REQUEST, "upload failed"),
            DenialKind::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "file too large"),
            DenialKind::EmptyOriginal
            | DenialKind::NotAnImage
            | DenialKind::Unsupported
            | DenialKind::Unprocessable => (StatusCode::BAD_REQUEST, "decode failed"),
            _ => return None,
        };
        Some(Worded::text(status, format!("{text}: {}\n", denial.message)))
    }
}
