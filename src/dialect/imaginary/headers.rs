//! The headers of answers, as clients of imaginary look for them.

use std::time::{Duration, SystemTime};

use http::header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, EXPIRES, HeaderName, SERVER, VARY};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::call::{Call, Endpoint};
use super::pages;
use super::placeholder::ERROR;
use super::settings::ImaginarySettings;
use super::throttle::Count;
use crate::report::Report;

/// Where a client shows its key.
pub(super) const API_KEY: HeaderName = HeaderName::from_static("api-key");
const WIDTH: HeaderName = HeaderName::from_static("image-width");
const HEIGHT: HeaderName = HeaderName::from_static("image-height");

/// Puts them in.
pub(super) fn dress(
    settings: &ImaginarySettings,
    call: &Call<'_>,
    (status, report, count): (StatusCode, &Report, Option<Count>),
    headers: &mut HeaderMap,
) {
    if call.endpoint == Endpoint::Beside {
        return;
    }
    if let Ok(server) = HeaderValue::try_from(pages::server()) {
        headers.insert(SERVER, server);
    }
    say_how_long(settings, call, status, headers);
    // In the letters of Go: clients compare the whole value.
    if headers.get(VARY).is_some_and(|value| value == ACCEPT.as_str()) {
        headers.insert(VARY, HeaderValue::from_static("Accept"));
    }
    if settings.has_cors {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        if !headers.contains_key(VARY) {
            headers.insert(VARY, HeaderValue::from_static("Origin"));
        }
    }
    // Else a cache that is shared would give to all what one may see.
    if settings.key.is_some() && call.query.first("key").is_empty() {
        headers.append(VARY, HeaderValue::from_static("API-Key"));
    }
    if let Some(count) = count.filter(|_| status != StatusCode::TOO_MANY_REQUESTS) {
        count.put_into(headers);
    }
    if settings.returns_size
        && let Some(dimensions) = report.dimensions.filter(|_| report.medium.is_some() && !headers.contains_key(ERROR))
    {
        headers.insert(WIDTH, HeaderValue::from(dimensions.width));
        headers.insert(HEIGHT, HeaderValue::from(dimensions.height));
    }
}

/// How long an answer may be kept, as the operator says for this dialect alone: errors of the client as well.
fn say_how_long(settings: &ImaginarySettings, call: &Call<'_>, status: StatusCode, headers: &mut HeaderMap) {
    // A picture in place of an error may be kept as long as the error.
    let is_kept_back =
        headers.get(CACHE_CONTROL).is_some_and(|value| value == "no-store") && !headers.contains_key(ERROR);
    let is_get = call.wording.method == Method::GET;
    // What is our fault, or may be another picture at once, is kept by nobody.
    if status.is_server_error() || is_kept_back {
        return;
    }
    headers.remove(CACHE_CONTROL);
    let is_public = matches!(call.endpoint, Endpoint::Index | Endpoint::Form | Endpoint::Health);
    let is_before = matches!(status, StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED);
    let Some(seconds) = settings.cache_seconds.filter(|_| is_get && !is_public && !is_before) else { return };
    let words = match seconds {
        0 => "private, no-cache, no-store, must-revalidate".to_owned(),
        _ => format!("public, s-maxage={seconds}, max-age={seconds}, no-transform"),
    };
    let end = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds.into()));
    for (name, value) in [(CACHE_CONTROL, words), (EXPIRES, end)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}
