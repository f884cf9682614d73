//! What the dialect says by itself: redirects, headers, and what is asked of the server rather than of a picture.

use std::time::{Duration, SystemTime};

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL,
    EXPIRES, HeaderName, HeaderValue,
};
use http::{Method, StatusCode};

use super::IaasSettings;
use super::name::PictureName;
use super::query::IaasQuery;
use crate::dialect::{Asked, DialectError, StoredResult, Worded, Wording};
use crate::request::{Denial, DenialKind, OutputFormat};

/// Ten years of 365.25 days.
const LIFETIME: Duration = Duration::from_secs(315_576_000);

const REDIRECT_INFO: HeaderName = HeaderName::from_static("x-redirect-info");
const OUT_OF_BOUNDS: &str = "The requested image size falls outside of the allowed boundaries of this service. \
                             We are directing you to the closest available match.";

/// Pages of all origins may read answers. The name without its last letter is what iaas sends.
pub(super) const ORIGINS: [(HeaderName, HeaderValue); 4] = [
    (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("accept, content-type")),
    (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET")),
    (HeaderName::from_static("access-control-allow-method"), HeaderValue::from_static("GET")),
];

/// What is asked of the server, and answered here; `None` for a picture.
pub(super) fn said(settings: &IaasSettings, wording: Wording<'_>) -> Option<Result<Asked, DialectError>> {
    let text = |body: &str| Some(Ok(Asked::Said(Box::new(Worded::text(StatusCode::OK, body)))));
    match wording.path.trim_end_matches('/') {
        _ if wording.method == Method::OPTIONS => {
            let allowed = Worded::text(StatusCode::OK, "GET,HEAD").with(ALLOW, "GET,HEAD");
            Some(Ok(Asked::Said(Box::new(allowed))))
        }
        "/_health" => text("OK"),
        "/robots.txt" if settings.allows_indexing => text("User-Agent: *\nAllow: /\n"),
        "/robots.txt" => text("User-agent: *\nDisallow: /\n"),
        "/favicon.ico" => Some(Err(DialectError::NotServed)),
        _ => None,
    }
}

/// Leads to the nearest size that may be asked for.
pub(super) fn out_of_bounds(
    prefix: &str,
    name: &PictureName<'_>,
    query: &IaasQuery,
    output: OutputFormat,
    (width, height): (f64, f64),
) -> Worded {
    let ending = if output == name.output() { name.own_ending() } else { output.medium().extension() };
    let (fit, blurs, proxy) = (query.fit.0, query.blurs, if query.proxies { "&proxy=true" } else { "" });
    let quality = query.quality_for(output).map_or(-1, i16::from);
    let id = name.id;
    let location = format!("{prefix}/{id}_{width}_{height}.{ending}?fit={fit}&blur={blurs}&quality={quality}{proxy}");
    Worded::redirect(StatusCode::SEE_OTHER, &location).with(REDIRECT_INFO, OUT_OF_BOUNDS)
}

/// Leads to where a rendition is stored. A signed URL is good for a while, and the redirect to it no longer.
pub(super) fn stored(stored: &StoredResult<'_>, lifetime: Option<Duration>) -> Option<Worded> {
    let url = stored.url?;
    let is_signed = url.query().is_some();
    let lifetime = lifetime.map(|lifetime| if is_signed { lifetime.min(stored.max_age) } else { lifetime });
    let worded = Worded::redirect(StatusCode::SEE_OTHER, url.as_str());
    Some(match lifetime {
        Some(lifetime) => worded.with(CACHE_CONTROL, &format!("max-age={}", lifetime.as_secs())),
        None => worded,
    })
}

/// What cannot be made is the server's fault here.
pub(super) fn denied(denial: &Denial) -> Option<Worded> {
    match denial.kind {
        DenialKind::EmptyOriginal | DenialKind::NotAnImage | DenialKind::Unsupported | DenialKind::Unprocessable => {
            Some(Worded::text(StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", denial.message)))
        }
        _ => None,
    }
}

/// How long a picture may be kept. The date is one of HTTP (RFC 9110, section 5.6.7), which that of iaas is not.
pub(super) fn lifetime() -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let expires = httpdate::fmt_http_date(SystemTime::now() + LIFETIME);
    let expires = HeaderValue::try_from(expires).ok().map(|expires| (EXPIRES, expires));
    [(CACHE_CONTROL, HeaderValue::from_static("public"))].into_iter().chain(expires)
}
