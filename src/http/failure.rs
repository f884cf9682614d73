//! `Failure`: the one place that knows the status for an error.

use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::reply::add_vary;
use crate::dialect::DialectError;
use crate::pipeline::{RenderError, WorkError};
use crate::report::Outcome;
use crate::request::{PathError, RecipeError};
use crate::service::ServiceError;
use crate::source::{SourceError, UpstreamError};
use codec::CodecError;

/// For what must not be kept, by nobody.
pub(super) static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// Seconds after which a refused client may try again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// Why a request is not answered with an image.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Dialect(#[from] DialectError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error("expected one Host header, got {hosts}")]
    Host { hosts: usize },
    #[error("expected a host in the Host header")]
    NoHost,
    #[error("expected the method GET or HEAD")]
    MethodNotAllowed,
    #[error("too many connections, try again")]
    Crowded,
    #[error("the image is not the version that was asked for")]
    PreconditionFailed,
    #[error("the image could not be made in time, try again later")]
    Late,
    #[error("a panic ended the request")]
    Panicked,
}

impl Failure {
    /// The status table.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Dialect(DialectError::Path(PathError::NotServed)) => StatusCode::NOT_FOUND,
            Self::Dialect(_) | Self::Host { .. } | Self::NoHost => StatusCode::BAD_REQUEST,
            Self::Service(ServiceError::Recipe(RecipeError::FormatNotAllowed { .. })) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::Service(ServiceError::Recipe(RecipeError::TooLarge { .. })) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Service(ServiceError::Render(error)) => render_status(error),
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Late => StatusCode::GATEWAY_TIMEOUT,
            Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Tells whether another version of the original could be answered with an image.
    pub(super) fn is_about_content(&self) -> bool {
        matches!(self.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// How the request ended, for the report.
    pub(super) fn outcome(&self) -> Outcome {
        match self.status() {
            StatusCode::NOT_FOUND => Outcome::NotFound,
            status if status.is_client_error() => Outcome::Rejected,
            _ => Outcome::Failed,
        }
    }

    /// Tells the operator what the client is not told.
    pub(super) fn log(&self, path: &str) {
        let status = self.status();
        // Where there is too much to do, a line for each refusal would be more of it.
        if status == StatusCode::SERVICE_UNAVAILABLE {
            tracing::debug!(path, "{self}");
        } else if status.is_server_error() || status == StatusCode::FORBIDDEN {
            tracing::warn!(path, error = ?self, "{self}");
        }
    }

    /// A short text, or JSON where the client asks for it. `cache_control` is for what is the client's fault.
    ///
    /// `Vary` is that of all answers to the same URL. The JSON is for one client alone and never kept, so that `Accept`
    /// need not be in the `Vary` of every image.
    pub(super) fn into_reply(
        self,
        request: &HeaderMap,
        varies_on: &[HeaderName],
        cache_control: Option<&HeaderValue>,
    ) -> Response {
        let status = self.status();
        let message = self.message();
        let is_json = wants_json(request);
        let (content_type, body) = if is_json {
            let body = serde_json::json!({ "status": status.as_u16(), "message": message });
            ("application/json", format!("{body}\n"))
        } else {
            ("text/plain; charset=utf-8", format!("{message}\n"))
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        let no_store = (is_json || status.is_server_error()).then_some(&NO_STORE);
        if let Some(cache_control) = no_store.or(cache_control) {
            headers.insert(CACHE_CONTROL, cache_control.clone());
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, ALLOWED_METHODS);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        add_vary(headers, varies_on);
        if is_json {
            add_vary(headers, &[ACCEPT]);
        }
        *response.body_mut() = Body::from(body);
        response
    }

    /// What the client is told: all about its own mistakes, and little about ours.
    fn message(&self) -> String {
        let is_ours = self.status() == StatusCode::INTERNAL_SERVER_ERROR;
        if is_ours { "internal error".to_owned() } else { self.to_string() }
    }
}

fn render_status(error: &RenderError) -> StatusCode {
    match error {
        RenderError::Source(error) => source_status(error),
        RenderError::Codec(CodecError::Unsupported { .. }) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RenderError::Codec(
            CodecError::Malformed { .. } | CodecError::TooLarge { .. } | CodecError::OverLimit { .. },
        ) => StatusCode::UNPROCESSABLE_ENTITY,
        RenderError::Work(WorkError::TooDear { .. }) => StatusCode::UNPROCESSABLE_ENTITY,
        RenderError::Work(WorkError::Busy | WorkError::Late) => StatusCode::SERVICE_UNAVAILABLE,
        RenderError::Work(WorkError::Abandoned | WorkError::Panicked)
        | RenderError::Codec(CodecError::Encode { .. } | CodecError::Abandoned)
        | RenderError::Operation { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn source_status(error: &SourceError) -> StatusCode {
    match error {
        SourceError::NotFound => StatusCode::NOT_FOUND,
        SourceError::NotAnImage => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        SourceError::Changed | SourceError::OutOfDescriptors => StatusCode::SERVICE_UNAVAILABLE,
        SourceError::Forbidden { .. } => StatusCode::FORBIDDEN,
        SourceError::Io { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        SourceError::Upstream(UpstreamError::Timeout { .. }) => StatusCode::GATEWAY_TIMEOUT,
        SourceError::Upstream(UpstreamError::Busy) => StatusCode::SERVICE_UNAVAILABLE,
        SourceError::Upstream(_) => StatusCode::BAD_GATEWAY,
    }
}

/// Tells whether `Accept` names JSON; the `*/*` of browsers and tools does not.
fn wants_json(request: &HeaderMap) -> bool {
    let accepted = request.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
        let is_refused = parts.any(|part| matches!(part.trim_end_matches(['0', '.']), "q=" | "Q="));
        is_json && !is_refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(value));
        wants_json(&headers)
    }

    #[test]
    fn json_is_sent_only_where_it_is_asked_for() {
        assert!(accepts("application/json"));
        assert!(accepts("text/html, Application/JSON;q=0.5"));
        assert!(!accepts("application/json;q=0, text/plain"));
        assert!(!accepts("application/json; q=0.0"));
        assert!(!accepts("*/*"));
        assert!(!wants_json(&HeaderMap::new()));
    }

    #[test]
    fn our_own_failures_tell_the_client_nothing() {
        let failure = Failure::from(ServiceError::from(SourceError::Io {
            path: "secret.jpg".into(),
            cause: std::sync::Arc::new(std::io::Error::other("disk on fire")),
        }));
        assert_eq!(failure.message(), "internal error");
        assert_eq!(failure.outcome(), Outcome::Failed);
    }
}
