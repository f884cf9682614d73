//! HTTP: the door. Routes here, one handler for images, one file for answers, one for errors.
//! This room must not decide what an image becomes.

mod activity;
mod attended;
mod body;
mod connection;
mod cors;
mod desk;
mod embedding;
mod explain;
mod failure;
mod image;
mod kinds;
mod label;
mod lanes;
mod lifetime;
mod mounts;
mod openapi;
mod playground;
mod precondition;
mod purge;
mod range;
mod reply;
mod routes;
mod serve;
mod socket;
mod tags;
mod token;
mod tolls;

use std::error::Error;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Version};

pub use body::BodyError;
pub use connection::ConnectionLimits;
pub use cors::{AllowedOrigins, Cors};
pub use embedding::{Embedding, ResourcePolicy};
pub use failure::Failure;
use failure::{Manner, NO_STORE};
pub use lanes::Lanes;
pub use mounts::Mounts;
pub use openapi::openapi;
pub use playground::Playground;
pub use purge::PurgeError;
pub use reply::varies_on;
pub use routes::{Routes, is_of_house};
pub use serve::{ServeSettings, serve};
pub use tags::TagHeaders;
pub use token::AdminToken;
pub use tolls::ClientTolls;

use crate::deposit::Deposit;
use crate::seats::Seats;
use crate::service::Service;
use crate::telemetry::{Recording, Route, Telemetry};

/// The methods of what is no image.
const METHODS: [Method; 2] = [Method::GET, Method::HEAD];

/// What the door knows. Clones share all that is behind it.
#[derive(Clone)]
pub struct Door {
    /// What is answered at this address.
    pub routes: Routes,
    /// Answers requests for images.
    pub service: Arc<Service>,
    /// Which dialect answers which path.
    pub mounts: Arc<Mounts>,
    /// Room for the originals that come with requests.
    pub seats: Seats,
    /// Where originals may be written; `None` for nowhere.
    pub deposit: Option<Deposit>,
    /// What clients have to pay for renditions; `None` for nothing.
    pub tolls: Option<ClientTolls>,
    /// The page to try parameters; `None` where there is none.
    pub playground: Option<Playground>,
    /// Renders the metrics; `None` where nothing is counted.
    pub telemetry: Option<Arc<Telemetry>>,
    /// Records each request.
    pub recording: Arc<Recording>,
    /// Set when the end begins.
    pub is_ending: Arc<AtomicBool>,
    /// What answers carry.
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
    pub cors: Option<Cors>,
    /// What such pages may do with answers that they cannot read.
    pub embedding: Embedding,
    /// The header that says `HIT` or `MISS` on renditions; `None` sends none.
    pub cache_status: Option<HeaderName>,
    /// The headers that name what answers were made of.
    pub tags: TagHeaders,
    /// What lets a client purge; `None` lets nobody.
    pub admin_token: Option<AdminToken>,
    /// Which setting the log names beside a failure.
    pub advice: fn(&Failure) -> Option<&'static str>,
}

impl Door {
    /// What a path is for. A dialect that is mounted may have one of the house's for its own, but for the operator's.
    fn route(&self, path: &str) -> Route {
        match self.routes.find(path) {
            Route::Health | Route::Ready if self.routes != Routes::Admin && self.mounts.claim(path) => Route::Image,
            Route::Playground if self.playground.is_none() => Route::Image,
            Route::Image if self.playground.as_ref().is_some_and(|playground| playground.leads_from(path)) => {
                Route::Playground
            }
            route => route,
        }
    }
}

/// Answers one request, whatever it is. Its body is read where the dialect asks for one. `client` is the address at the
/// other end of the connection.
///
/// Plain calls, not the layers of a framework: those box a future each, which cost a cache hit a tenth of all its work
/// (docs/performance.md).
pub async fn answer<B>(door: Arc<Door>, request: Request<B>, client: Option<IpAddr>) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let (head, body) = request.into_parts();
    let route = door.route(head.uri.path());
    let begun = door.recording.begin(route, &head);
    let answering = AssertUnwindSafe(admit(&door, route, &head, client, body)).catch_unwind();
    let mut response =
        answering.await.unwrap_or_else(|_| Failure::Panicked.into_reply(&head.headers, Manner::default()));
    if route == Route::Image {
        door.settings.embedding.mark(response.headers_mut());
    }
    // Keeps browsers from guessing a type that we did not send.
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    begun.end(&mut response);
    response
}

/// Answers a request of this process itself for a picture. Nothing is counted, and the answer keeps its `Report`.
pub async fn answer_within(door: &Door, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let answering = AssertUnwindSafe(image::answer(door, &head, None, body)).catch_unwind();
    answering.await.unwrap_or_else(|_| Failure::Panicked.into_reply(&head.headers, Manner::default()))
}

/// An HTTP/1.1 request names its host exactly once (RFC 9112, section 3.2); two could mean one thing here and another to
/// the proxy in front.
async fn admit<B>(door: &Door, route: Route, head: &Parts, client: Option<IpAddr>, body: B) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let hosts = head.headers.get_all(HOST).iter().count();
    let expected = if head.version == Version::HTTP_11 { 1..=1 } else { 0..=1 };
    if !head.headers.get_all(HOST).iter().all(is_host) {
        return Failure::NoHost.into_reply(&head.headers, usual(door));
    }
    if !expected.contains(&hosts) {
        return Failure::Host { hosts }.into_reply(&head.headers, usual(door));
    }
    match &door.settings.cors {
        Some(cors) => cors.around(head, body, |body| find_answer(door, route, head, client, body)).await,
        None => find_answer(door, route, head, client, body).await,
    }
}

async fn find_answer<B>(door: &Door, route: Route, head: &Parts, client: Option<IpAddr>, body: B) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    match (route, &head.method) {
        (Route::Image, _) => image::answer(door, head, client, body).await,
        (Route::Purge, _) => forget(door, head).await,
        // Boxed, for pictures to carry no room for it.
        (Route::Playground, _) => Box::pin(play(door, head, body)).await,
        (Route::Health, &Method::GET | &Method::HEAD) => health(),
        (Route::Ready, &Method::GET | &Method::HEAD) => ready(door),
        (Route::Metrics, &Method::GET | &Method::HEAD) => metrics(door, head),
        (Route::Elsewhere, _) => Failure::NotMounted.into_reply(&head.headers, usual(door)),
        _ => Failure::MethodNotAllowed { methods: &METHODS }.into_reply(&head.headers, usual(door)),
    }
}

/// How errors are dressed that no dialect words.
fn usual(door: &Door) -> Manner<'_> {
    Manner { cache_control: door.settings.error_cache_control.as_ref(), ..Manner::default() }
}

/// Tells that the process serves. Never waits for renditions.
fn health() -> Response {
    "ok\n".into_response()
}

/// Tells whether new requests should be sent here: not once the end has begun, nor while the root is missing.
fn ready(door: &Door) -> Response {
    let reason = if door.is_ending.load(Ordering::Relaxed) {
        "the server is ending"
    } else if !door.service.is_ready() {
        "the folder of originals is missing"
    } else {
        return "ready\n".into_response();
    };
    (StatusCode::SERVICE_UNAVAILABLE, [(CACHE_CONTROL, "no-store")], format!("{reason}\n")).into_response()
}

/// Whatever is answered, it is true now.
async fn forget(door: &Door, head: &Parts) -> Response {
    purge::answer(door, head).await.unwrap_or_else(|failure| {
        failure.log(head.uri.path(), (door.settings.advice)(&failure));
        failure.into_reply(&head.headers, Manner { cache_control: Some(&NO_STORE), ..Manner::default() })
    })
}

/// Whatever is wrong here may be right at once.
async fn play<B>(door: &Door, head: &Parts, body: B) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let answered = match &door.playground {
        Some(playground) => playground.answer(door, head, body).await,
        None => Err(Failure::NotMounted),
    };
    let mut response = answered.unwrap_or_else(|failure| {
        failure.log(head.uri.path(), (door.settings.advice)(&failure));
        failure.into_reply(&head.headers, Manner { cache_control: Some(&NO_STORE), ..Manner::default() })
    });
    if head.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

fn metrics(door: &Door, head: &Parts) -> Response {
    match &door.telemetry {
        Some(telemetry) => {
            ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry.render()).into_response()
        }
        None => Failure::NotMounted.into_reply(&head.headers, usual(door)),
    }
}

/// Tells whether a `Host` is made of what a host and a port may be made of (RFC 3986, section 3.2); empty is allowed.
fn is_host(value: &HeaderValue) -> bool {
    value.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(byte))
}
