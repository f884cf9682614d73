//! Which pages of other origins may read our answers: the Fetch standard's CORS protocol.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::Response;
use futures_util::FutureExt;
use http::header::ORIGIN;
use http::request::Parts;
use http::{HeaderValue, Method, Request};
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

/// How long a browser may remember the answer to a preflight: what the longest-remembering one allows.
const PREFLIGHT_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The origins whose pages may read answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// Those of all origins.
    Any,
    /// Never empty.
    Listed(Vec<HeaderValue>),
}

/// Answers preflights and marks all answers.
#[derive(Debug, Clone)]
pub struct Cors(CorsLayer);

impl Cors {
    /// Answers for pages of these origins.
    pub fn new(origins: AllowedOrigins) -> Self {
        let varies_on = match &origins {
            AllowedOrigins::Listed(listed) if listed.len() > 1 => vec![ORIGIN],
            _ => vec![],
        };
        let allowed = match origins {
            AllowedOrigins::Any => AllowOrigin::any(),
            AllowedOrigins::Listed(mut listed) if listed.len() == 1 => AllowOrigin::exact(listed.remove(0)),
            AllowedOrigins::Listed(listed) => AllowOrigin::list(listed),
        };
        let layer = CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::HEAD])
            .allow_headers(Any)
            .expose_headers(Any)
            .max_age(PREFLIGHT_LIFETIME)
            .vary(varies_on);
        Self(layer)
    }

    /// What `answer` says, unless the request is a preflight.
    pub(super) async fn around<B, F>(&self, head: &Parts, body: B, answer: impl Fn(B) -> F) -> Response
    where
        F: Future<Output = Response>,
    {
        let answering = tower::service_fn(|request: Request<B>| answer(request.into_body()).map(Ok::<_, Infallible>));
        let Ok(response) = self.0.layer(answering).oneshot(Request::from_parts(head.clone(), body)).await;
        response
    }
}
