//! `Failure`: the one place that knows the status for an error.

use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::PurgeError;
use super::body::BodyError;
use super::kinds::{body_kind, deposit_kind, limit_kind, point_kind, recipe_kind, render_kind, source_kind};
use super::reply::add_vary;
use crate::deposit::DepositError;
use crate::dialect::{CommandError, Dialect, DialectError, Hint, Hints, Worded, Wording};
use crate::generations::KeepError;
use crate::pipeline::RenderError;
use crate::rates::TooOften;
use crate::report::Outcome;
use crate::request::{Denial, DenialKind};
use crate::service::ServiceError;

/// For what must not be kept, by nobody.
pub(super) static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// Seconds after which a refused client may try again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// Why a request is not answered with an image.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The URL is not understood.
    #[error(transparent)]
    Dialect(#[from] DialectError),
    /// There is no such image, or it cannot be made.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The body brings no original.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// There is no host, or more than one.
    #[error("expected one Host header, got {hosts}")]
    Host {
        /// How many headers came.
        hosts: usize,
    },
    /// The host is none.
    #[error("expected a host in the Host header")]
    NoHost,
    /// The method is not answered there.
    #[error("expected the method {}", spelt(methods, " or "))]
    MethodNotAllowed {
        /// Those that are answered.
        methods: &'static [Method],
    },
    /// No dialect answers the path.
    #[error("no such image")]
    NotMounted,
    /// There are more connections than may be.
    #[error("too many connections, try again")]
    Crowded,
    /// It is not said what to purge.
    #[error(transparent)]
    Purge(#[from] PurgeError),
    /// What was purged is not written down, or not known to other servers.
    #[error(transparent)]
    NotKept(#[from] KeepError),
    /// A command could not be done.
    #[error("{}", .0.message)]
    Denied(Denial),
    /// An original is not written, or not deleted.
    #[error(transparent)]
    Deposit(#[from] DepositError),
    /// No original is ever written or deleted here.
    #[error("originals are neither written nor deleted here")]
    NoDeposit,
    /// Who asks for what only the operator may shows no token.
    #[error("expected a token, in the header Authorization: Bearer")]
    NoToken,
    /// The token is another one.
    #[error("the token is not the right one")]
    WrongToken,
    /// URLs are signed, and nobody could say who may have that done.
    #[error("the playground signs URLs for the operator alone, and no token of the operator is set")]
    PlaygroundLocked,
    /// It is not said which URLs are to be signed.
    #[error("expected JSON such as {{\"url\": \"/a.jpg?w=400\"}} or {{\"urls\": [..]}}")]
    NoUrls,
    /// A condition of the client is not met (RFC 9110, section 13).
    #[error("the image is not the version that was asked for")]
    PreconditionFailed,
    /// The time for an answer is over.
    #[error("the image could not be made in time, try again later")]
    Late,
    /// There is a fault in our code.
    #[error("a panic ended the request")]
    Panicked,
}

/// How an answer to a failed request is dressed.
#[derive(Clone, Copy, Default)]
pub(super) struct Manner<'a> {
    /// The dialect that the request was in, where it got that far, and the request.
    pub speaker: Option<(&'a dyn Dialect, Wording<'a>)>,
    pub varies_on: Hints,
    /// The `Cache-Control` of what is the client's fault.
    pub cache_control: Option<&'a HeaderValue>,
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Dialect(error) => error.into(),
            CommandError::Denied(denial) => Self::Denied(denial),
        }
    }
}

impl Failure {
    /// The table of kinds. A dialect may answer a kind in its own way, and sees no more of a failure than that.
    pub fn kind(&self) -> DenialKind {
        match self {
            Self::Dialect(error) => error.kind(),
            Self::Body(error) => body_kind(error),
            Self::Host { .. } | Self::NoHost => DenialKind::Malformed,
            Self::NotMounted => DenialKind::NotFound,
            Self::Purge(_) => DenialKind::Malformed,
            Self::Denied(denial) => denial.kind,
            Self::Deposit(error) => deposit_kind(error),
            Self::NoDeposit | Self::PlaygroundLocked => DenialKind::Forbidden,
            Self::NoUrls => DenialKind::Malformed,
            Self::NoToken => DenialKind::Unauthorised,
            Self::WrongToken => DenialKind::Forbidden,
            Self::Service(ServiceError::Recipe(error)) => recipe_kind(error),
            Self::Service(ServiceError::Render(error)) => render_kind(error),
            Self::Service(ServiceError::Other(error)) => source_kind(error),
            Self::Service(ServiceError::Limit(error)) => limit_kind(*error),
            Self::Service(ServiceError::Point(error)) => point_kind(error),
            Self::PreconditionFailed => DenialKind::PreconditionFailed,
            Self::MethodNotAllowed { .. } => DenialKind::MethodNotAllowed,
            Self::Late => DenialKind::Late,
            Self::Crowded => DenialKind::Busy,
            Self::NotKept(KeepError::Fleet(_)) => DenialKind::Upstream,
            Self::Panicked | Self::NotKept(KeepError::Record(_)) => DenialKind::Ours,
        }
    }

    /// The status, where no dialect has another one.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Dialect(DialectError::Refused(worded)) => worded.status,
            _ => usual_status(self.kind()),
        }
    }

    /// Tells whether another version of the original could be answered with an image.
    pub(super) fn is_about_content(&self) -> bool {
        matches!(self.kind(), DenialKind::NotAnImage | DenialKind::Unsupported | DenialKind::Unprocessable)
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
    pub(super) fn log(&self, path: &str, setting: Option<&str>) {
        let status = self.status();
        // Where there is too much to do, a line for each refusal would be more of it.
        if status == StatusCode::SERVICE_UNAVAILABLE {
            tracing::debug!(path, setting, "{self}");
        } else if status.is_server_error() || status == StatusCode::FORBIDDEN {
            tracing::warn!(path, error = ?self, setting, "{self}");
        }
    }

    /// The words of the dialect, or else a short text, or JSON where the client asks for it; and whether it is that JSON.
    pub(super) fn worded(&self, request: &HeaderMap, manner: &Manner<'_>) -> (Worded, bool) {
        if let Self::Dialect(DialectError::Refused(worded)) = self {
            return (Worded::clone(worded), false);
        }
        let denial = self.denial();
        let own = manner.speaker.and_then(|(dialect, wording)| dialect.word(&denial, wording));
        let is_json = own.is_none() && wants_json(request);
        (own.unwrap_or_else(|| usual_words(&denial, is_json)), is_json)
    }

    /// What a client may know of it.
    pub(super) fn denial(&self) -> Denial {
        match self {
            Self::Denied(denial) => denial.clone(),
            _ => Denial {
                kind: self.kind(),
                message: self.message(),
                upstream_status: self.upstream_status(),
                is_about_other: matches!(self, Self::Service(ServiceError::Other(_))),
            },
        }
    }

    /// The answer in those words.
    ///
    /// `Vary` is that of all answers to the same URL. The JSON is for one client alone and never kept, so that `Accept`
    /// need not be in the `Vary` of every image.
    pub(super) fn into_reply(self, request: &HeaderMap, manner: Manner<'_>) -> Response {
        let (worded, is_json) = self.worded(request, &manner);
        let mut response = said(worded);
        let status = response.status();
        let headers = response.headers_mut();
        let retry_after = self.retry_after();
        let is_fleeting =
            is_json || status.is_server_error() || self.kind() == DenialKind::Unsigned || retry_after.is_some();
        let no_store = is_fleeting.then_some(&NO_STORE);
        if let Some(cache_control) = no_store.or(manner.cache_control) {
            headers.insert(CACHE_CONTROL, cache_control.clone());
        }
        if let Self::MethodNotAllowed { methods } = self
            && let Ok(allowed) = HeaderValue::try_from(spelt(methods, ", "))
        {
            headers.insert(ALLOW, allowed);
        }
        if matches!(self, Self::NoToken) {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        } else if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        add_vary(headers, if is_json { manner.varies_on.with(Hint::Accept) } else { manner.varies_on });
        response
    }

    /// The status with which the server answered that the original should come from, where that is what failed.
    fn upstream_status(&self) -> Option<u16> {
        match self {
            Self::Service(ServiceError::Render(RenderError::Source(error))) => error.status(),
            Self::Service(ServiceError::Other(error)) => error.status(),
            _ => None,
        }
    }

    /// When a client that asked too often may do so again, in seconds.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Service(ServiceError::Render(RenderError::TooOften(TooOften { after }))) => {
                Some(after.as_secs() + u64::from(after.subsec_nanos() > 0))
            }
            Self::Denied(Denial { kind: DenialKind::TooMany, .. }) => Some(1),
            _ => None,
        }
    }

    /// What the client is told: all about its own mistakes, and little about ours.
    fn message(&self) -> String {
        if self.kind() == DenialKind::Ours { "internal error".to_owned() } else { self.to_string() }
    }
}

fn spelt(methods: &[Method], between: &str) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(between)
}

/// An answer in these words.
pub(super) fn said(worded: Worded) -> Response {
    let Worded { status, content_type, body, headers } = worded;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    *response.headers_mut() = *headers;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
    response
}

/// The words of the house.
fn usual_words(denial: &Denial, is_json: bool) -> Worded {
    let (status, message) = (usual_status(denial.kind), &denial.message);
    if is_json {
        let body = serde_json::json!({ "status": status.as_u16(), "message": message });
        Worded { body: format!("{body}\n"), ..Worded::json(status, &body) }
    } else {
        Worded::text(status, format!("{message}\n"))
    }
}

/// The status table.
pub(super) fn usual_status(kind: DenialKind) -> StatusCode {
    match kind {
        DenialKind::Malformed | DenialKind::EmptyBody | DenialKind::BrokenBody => StatusCode::BAD_REQUEST,
        DenialKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        DenialKind::NotFound => StatusCode::NOT_FOUND,
        DenialKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        DenialKind::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        DenialKind::BodyLate => StatusCode::REQUEST_TIMEOUT,
        DenialKind::EmptyOriginal | DenialKind::NotAnImage | DenialKind::Unsupported => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        DenialKind::Unprocessable | DenialKind::TooManyPixels | DenialKind::TooManyBytes => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        DenialKind::Unauthorised => StatusCode::UNAUTHORIZED,
        DenialKind::Unsigned | DenialKind::Forbidden | DenialKind::NotAllowed => StatusCode::FORBIDDEN,
        DenialKind::Exists => StatusCode::CONFLICT,
        DenialKind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        DenialKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        DenialKind::Upstream => StatusCode::BAD_GATEWAY,
        DenialKind::Late => StatusCode::GATEWAY_TIMEOUT,
        DenialKind::Ours => StatusCode::INTERNAL_SERVER_ERROR,
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
    use crate::source::SourceError;

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
