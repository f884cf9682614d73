//! Which pages of other origins may read our answers: the Fetch standard's CORS protocol.

use std::time::Duration;

use http::header::ORIGIN;
use http::{HeaderValue, Method};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

/// How long a browser may remember the answer to a preflight: what the longest-remembering one allows.
const PREFLIGHT_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The origins whose pages may read answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    Any,
    /// Never empty.
    Listed(Vec<HeaderValue>),
}

/// The layer that answers preflights and marks all answers.
pub(super) fn layer(origins: CorsOrigins) -> CorsLayer {
    let varies_on = match &origins {
        CorsOrigins::Listed(listed) if listed.len() > 1 => vec![ORIGIN],
        _ => vec![],
    };
    let allowed = match origins {
        CorsOrigins::Any => AllowOrigin::any(),
        CorsOrigins::Listed(mut listed) if listed.len() == 1 => AllowOrigin::exact(listed.remove(0)),
        CorsOrigins::Listed(listed) => AllowOrigin::list(listed),
    };
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(Any)
        .expose_headers(Any)
        .max_age(PREFLIGHT_LIFETIME)
        .vary(varies_on)
}
