//! What imgproxy says where it has no picture: a few words, and its own statuses.

use http::StatusCode;

use super::super::{DialectError, Worded};
use crate::request::{Denial, DenialKind};

/// An option, or an argument of one, that cannot be read. It is for those who write presets; clients are told less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Invalid {
    /// What was expected.
    Argument(&'static str),
    /// It is not known, or not allowed.
    Option,
    /// It lifts a limit of the operator's.
    Security,
    /// The URL is good no longer.
    Expired,
}

pub(super) fn invalid(expected: &'static str) -> Invalid {
    Invalid::Argument(expected)
}

impl From<Invalid> for DialectError {
    fn from(invalid: Invalid) -> Self {
        match invalid {
            Invalid::Security => refused(StatusCode::FORBIDDEN, INVALID_URL),
            Invalid::Argument(_) | Invalid::Option | Invalid::Expired => invalid_url(),
        }
    }
}

fn plain(status: StatusCode, body: &str) -> Worded {
    Worded { content_type: "text/plain", ..Worded::text(status, body) }
}

fn refused(status: StatusCode, body: &str) -> DialectError {
    plain(status, body).into()
}

/// The URL cannot be understood.
pub(super) fn invalid_url() -> DialectError {
    refused(StatusCode::NOT_FOUND, INVALID_URL)
}

/// The source is none that may be asked for.
pub(super) fn invalid_source() -> DialectError {
    refused(StatusCode::NOT_FOUND, "Invalid source URL")
}

/// The source is none that there could be.
pub(super) fn unreachable() -> DialectError {
    refused(StatusCode::NOT_FOUND, UNREACHABLE)
}

/// Who asks did not show that they may.
pub(super) fn forbidden() -> DialectError {
    refused(StatusCode::FORBIDDEN, "Forbidden")
}

/// There is nothing at this path.
pub(super) fn not_found() -> DialectError {
    refused(StatusCode::NOT_FOUND, "Not found")
}

const INVALID_URL: &str = "Invalid URL";
const UNREACHABLE: &str = "Source is unreachable";
const NO_SOURCE_IMAGE: &str = "Invalid source image";
const BROKEN: &str = "Broken or unsupported image";

/// Tells whether words are about an original that is not to be had, or that is no picture.
pub(super) fn is_of_original(words: &str) -> bool {
    matches!(words, UNREACHABLE | NO_SOURCE_IMAGE)
}

/// The format is one that is not written.
pub(super) fn not_written() -> Worded {
    plain(StatusCode::UNPROCESSABLE_ENTITY, INVALID_URL)
}

/// A denial of the house; `is_fetched` where a server is asked that the URL names.
pub(super) fn worded(denial: &Denial, is_fetched: impl FnOnce() -> bool) -> Worded {
    match denial.kind {
        DenialKind::NotFound => plain(StatusCode::NOT_FOUND, UNREACHABLE),
        DenialKind::Upstream => plain(upstream(denial.upstream_status, is_fetched), UNREACHABLE),
        DenialKind::Late => plain(StatusCode::GATEWAY_TIMEOUT, UNREACHABLE),
        DenialKind::Unsigned | DenialKind::Forbidden | DenialKind::NotAllowed | DenialKind::Unauthorised => {
            plain(StatusCode::FORBIDDEN, "Forbidden")
        }
        DenialKind::MethodNotAllowed => plain(StatusCode::NOT_FOUND, "Not found"),
        DenialKind::EmptyOriginal
        | DenialKind::NotAnImage
        | DenialKind::TooManyPixels
        | DenialKind::TooManyBytes
        | DenialKind::Unsupported => plain(StatusCode::UNPROCESSABLE_ENTITY, NO_SOURCE_IMAGE),
        DenialKind::Unprocessable | DenialKind::Malformed => plain(StatusCode::UNPROCESSABLE_ENTITY, BROKEN),
        DenialKind::EmptyBody | DenialKind::BrokenBody => plain(StatusCode::BAD_REQUEST, "Invalid request"),
        DenialKind::BodyTooLarge => plain(StatusCode::PAYLOAD_TOO_LARGE, "Invalid request"),
        DenialKind::BodyLate => plain(StatusCode::REQUEST_TIMEOUT, "Timeout"),
        DenialKind::Exists => plain(StatusCode::CONFLICT, "Conflict"),
        DenialKind::PreconditionFailed => plain(StatusCode::PRECONDITION_FAILED, "Precondition failed"),
        DenialKind::TooMany => plain(StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        DenialKind::Busy => plain(StatusCode::SERVICE_UNAVAILABLE, "Too many requests"),
        DenialKind::Ours => plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
    }
}

/// What a server that was asked says is at fault keeps its status.
fn upstream(status: Option<u16>, is_fetched: impl FnOnce() -> bool) -> StatusCode {
    match status.and_then(|status| StatusCode::from_u16(status).ok()) {
        Some(status) if status.is_client_error() => status,
        Some(status) if status.is_server_error() => StatusCode::BAD_GATEWAY,
        _ if is_fetched() => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_GATEWAY,
    }
}
