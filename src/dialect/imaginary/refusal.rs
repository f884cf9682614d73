//! Errors in the words of imaginary: JSON with a message and the status.

use http::StatusCode;

use super::super::Worded;
use super::parsing;
use crate::request::{Denial, DenialKind, RemoteError};

/// The most that a message repeats, in characters.
const MAX_MESSAGE: usize = 400;

/// What is said of a picture that is too large.
pub(super) const TOO_MANY_PIXELS: &str = "Image resolution is too big";

/// What a request of imaginary's is about, where an error has to say it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Where the picture is fetched from; `None` for a file or a body.
    pub url: Option<&'a str>,
    /// The picture that is to lie over it, where there is one.
    pub overlay: Option<&'a str>,
}

/// An error with this message. A status that imaginary does not have becomes 503.
pub(super) fn refusal(status: StatusCode, message: &str) -> Worded {
    let is_known = (400..=511).contains(&status.as_u16());
    let status = if is_known { status } else { StatusCode::SERVICE_UNAVAILABLE };
    let message: String = message.chars().filter(|letter| *letter != '\n').take(MAX_MESSAGE).collect();
    Worded::json(status, &serde_json::json!({ "message": message, "status": status.as_u16() }))
}

/// An error of what is asked for.
pub(super) fn bad_request(message: &str) -> Worded {
    refusal(StatusCode::BAD_REQUEST, message)
}

/// An operation that cannot be done.
pub(super) fn not_processed(why: &str) -> Worded {
    bad_request(&format!("Error while processing the image: {why}"))
}

/// A URL that nothing is fetched from.
pub(super) fn not_fetched(error: &RemoteError, url: &str) -> Worded {
    let shown = parsing::shortened(url);
    bad_request(&match error {
        RemoteError::NotAllowed { host, path } => format!("not allowed remote URL origin: {host}{path}"),
        RemoteError::Scheme { scheme } => {
            format!("error fetching remote http image: Get \"{shown}\": unsupported protocol scheme \"{scheme:.16}\"")
        }
        RemoteError::NotAUrl if !url.contains(':') => {
            format!("error fetching remote http image: Get \"{shown}\": unsupported protocol scheme \"\"")
        }
        RemoteError::NotAUrl | RemoteError::Credentials | RemoteError::TooLong { .. } => "Invalid image URL".to_owned(),
    })
}

pub(super) fn wrong_method() -> Worded {
    let message = "HTTP method not allowed. Try with a POST or GET method (-enable-url-source flag must be defined)";
    refusal(StatusCode::METHOD_NOT_ALLOWED, message).with(http::header::ALLOW, "GET, POST")
}

pub(super) fn missing_file() -> Worded {
    bad_request("Invalid file path")
}

/// A denial of the house.
pub(super) fn worded(denial: &Denial, subject: Subject<'_>) -> Worded {
    let message = &denial.message;
    if denial.is_about_other {
        let overlay = parsing::shortened(subject.overlay.unwrap_or_default());
        return not_processed(format!("Unable to retrieve watermark image. {overlay}").trim_end());
    }
    match denial.kind {
        DenialKind::NotFound | DenialKind::Forbidden | DenialKind::Upstream => not_found(denial, subject),
        DenialKind::Malformed | DenialKind::Unprocessable => not_processed(message),
        DenialKind::MethodNotAllowed => wrong_method(),
        DenialKind::EmptyBody => bad_request("http: no such file"),
        DenialKind::BrokenBody => bad_request("Empty or unreadable image"),
        DenialKind::EmptyOriginal => bad_request("Empty or unreadable image"),
        DenialKind::NotAnImage | DenialKind::Unsupported => {
            refusal(StatusCode::NOT_ACCEPTABLE, "Unsupported media type")
        }
        DenialKind::TooManyPixels => refusal(StatusCode::UNPROCESSABLE_ENTITY, TOO_MANY_PIXELS),
        DenialKind::TooManyBytes => bad_request(message),
        DenialKind::BodyTooLarge => refusal(StatusCode::PAYLOAD_TOO_LARGE, "Entity is too large"),
        DenialKind::BodyLate => refusal(StatusCode::REQUEST_TIMEOUT, message),
        DenialKind::Unsigned | DenialKind::NotAllowed => refusal(StatusCode::FORBIDDEN, message),
        DenialKind::Unauthorised => refusal(StatusCode::UNAUTHORIZED, message),
        DenialKind::Exists => refusal(StatusCode::CONFLICT, message),
        DenialKind::PreconditionFailed => refusal(StatusCode::PRECONDITION_FAILED, message),
        DenialKind::TooMany => refusal(StatusCode::TOO_MANY_REQUESTS, message),
        DenialKind::Busy => refusal(StatusCode::SERVICE_UNAVAILABLE, message),
        DenialKind::Late => refusal(StatusCode::GATEWAY_TIMEOUT, message),
        DenialKind::Ours => refusal(StatusCode::INTERNAL_SERVER_ERROR, message),
    }
}

/// What there is not, or cannot be had: the status of the server that was asked is told.
fn not_found(denial: &Denial, subject: Subject<'_>) -> Worded {
    let upstream = denial.upstream_status.or((denial.kind == DenialKind::NotFound).then_some(404));
    match subject.url {
        None if denial.kind == DenialKind::Upstream => refusal(StatusCode::BAD_GATEWAY, &denial.message),
        None => missing_file(),
        Some(url) => {
            let url = parsing::shortened(url);
            let status = upstream.and_then(|status| StatusCode::from_u16(status).ok());
            match status {
                Some(status) => refusal(
                    status,
                    &format!("error fetching remote http image: (status={}) (url={url})", status.as_u16()),
                ),
                None => bad_request(&format!("error fetching remote http image: Get \"{url}\": {}", denial.message)),
            }
        }
    }
}
