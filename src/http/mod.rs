//! HTTP: the door. Routes and layers here, one handler for images, one file for answers, one for errors.
//! This room must not decide what an image becomes.

mod activity;
mod attended;
mod connection;
mod cors;
mod failure;
mod image;
mod precondition;
mod range;
mod reply;
mod serve;
mod socket;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::FutureExt;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};

pub use connection::ConnectionLimits;
pub use cors::CorsOrigins;
pub use failure::Failure;
pub use serve::{ServeSettings, serve};

use crate::dialect::Dialect;
use crate::service::Service;
use crate::telemetry::{self, Recording, Telemetry};

/// What the door knows.
pub struct Door {
    pub service: Service,
    pub dialect: Box<dyn Dialect>,
    pub telemetry: Arc<Telemetry>,
    pub recording: Arc<Recording>,
    /// Set when the end begins.
    pub is_ending: Arc<AtomicBool>,
    pub settings: ReplySettings,
}

/// What every successful answer carries.
#[derive(Debug, Clone)]
pub struct ReplySettings {
    /// The `Cache-Control` of images; `None` sends none.
    pub cache_control: Option<HeaderValue>,
    /// The `Cache-Control` of client errors; `None` sends none.
    pub error_cache_control: Option<HeaderValue>,
    /// How long an answer may take until its head.
    pub timeout: Duration,
    /// The origins whose pages may read answers; `None` leaves that to the browser's default.
    pub cors_origins: Option<CorsOrigins>,
    /// The header that says `HIT` or `MISS` on renditions; `None` sends none.
    pub cache_status: Option<HeaderName>,
}

/// All routes and layers. The first layer listed is the innermost.
pub fn router(door: Arc<Door>) -> Router {
    let recording = Arc::clone(&door.recording);
    let cors = tower::util::option_layer(door.settings.cors_origins.clone().map(cors::layer));
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(image::answer)
        .with_state(Arc::clone(&door))
        .layer(cors)
        .layer(middleware::from_fn_with_state(door, require_one_host))
        .layer(middleware::map_response(never_sniff))
        .layer(middleware::from_fn(survive_panics))
        .layer(middleware::from_fn_with_state(recording, telemetry::record))
}

/// Tells that the process serves. Never waits for renditions.
async fn health() -> &'static str {
    "ok\n"
}

/// Tells whether new requests should be sent here: not once the end has begun, nor while the root is missing.
async fn ready(State(door): State<Arc<Door>>) -> Response {
    let reason = if door.is_ending.load(Ordering::Relaxed) {
        "the server is ending"
    } else if !door.service.is_ready() {
        "the folder of originals is missing"
    } else {
        return "ready\n".into_response();
    };
    (StatusCode::SERVICE_UNAVAILABLE, [(CACHE_CONTROL, "no-store")], format!("{reason}\n")).into_response()
}

async fn metrics(State(door): State<Arc<Door>>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], door.telemetry.render()).into_response()
}

async fn method_not_allowed(State(door): State<Arc<Door>>, headers: HeaderMap) -> Response {
    Failure::MethodNotAllowed.into_reply(&headers, &[], door.settings.error_cache_control.as_ref())
}

/// Keeps browsers from guessing a type that we did not send.
async fn never_sniff(mut response: Response) -> Response {
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// An HTTP/1.1 request names its host exactly once (RFC 9112, section 3.2); two could mean one thing here and another to
/// the proxy in front.
async fn require_one_host(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let hosts = request.headers().get_all(HOST).iter().count();
    let expected = if request.version() == Version::HTTP_11 { 1..=1 } else { 0..=1 };
    let failure = if !request.headers().get_all(HOST).iter().all(is_host) {
        Failure::NoHost
    } else if expected.contains(&hosts) {
        return next.run(request).await;
    } else {
        Failure::Host { hosts }
    };
    failure.into_reply(request.headers(), &[], door.settings.error_cache_control.as_ref())
}

/// Tells whether a `Host` is made of what a host and a port may be made of (RFC 3986, section 3.2); empty is allowed.
fn is_host(value: &HeaderValue) -> bool {
    value.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(byte))
}

async fn survive_panics(request: Request, next: Next) -> Response {
    // All that an error reads of a request; the rest need not be copied for a panic that does not come.
    let accepted: Vec<_> = request.headers().get_all(ACCEPT).iter().cloned().collect();
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            let mut headers = HeaderMap::new();
            for value in accepted {
                headers.append(ACCEPT, value);
            }
            Failure::Panicked.into_reply(&headers, &[], None)
        }
    }
}
