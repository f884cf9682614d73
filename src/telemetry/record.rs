//! The middleware: turns the `Report` of an answer into counters, histograms and one log line.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use metrics::{counter, gauge, histogram};

use super::request_id::{RequestIds, X_REQUEST_ID};
use super::{CACHE_LOOKUPS, IN_FLIGHT, REQUEST_DURATION, REQUESTS, RESPONSE_BYTES, STAGE_DURATION};
use crate::report::{Outcome, Report, Stage};
use crate::request::Format;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// The label of what is absent.
const NONE: &str = "none";

/// Counts one request while it is being answered, however that ends.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        gauge!(IN_FLIGHT).increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}

/// What is told to clients about their own requests.
#[derive(Debug, Default)]
pub struct Recording {
    /// Whether renditions carry the time of each stage in `Server-Timing`.
    pub server_timing: bool,
    pub ids: RequestIds,
}

/// Wraps all routes. Takes the `Report` from the extensions of the answer, where the handler put it.
pub async fn record(State(recording): State<Arc<Recording>>, request: Request, next: Next) -> Response {
    let _in_flight = InFlight::begin();
    let started = Instant::now();
    let route = route(request.extensions().get());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let id = recording.ids.id_of(request.headers());
    let mut response = next.run(request).await;
    let took = started.elapsed();
    let bytes = body_bytes(&method, &response);
    let report = response.extensions_mut().remove::<Report>();
    count_request(route, report.as_ref(), response.status(), bytes, took);
    if let Some(report) = &report {
        count_stages(report);
        if recording.server_timing
            && let Some(timing) = server_timing(report)
        {
            response.headers_mut().insert(SERVER_TIMING, timing);
        }
    }
    log_request(&id, &method, &uri, response.status(), report.as_ref(), bytes, took);
    response.headers_mut().insert(X_REQUEST_ID, id);
    response
}

/// The stages and their milliseconds, as the developer tools of browsers show them (W3C Server Timing); `None` where
/// there was no stage.
fn server_timing(report: &Report) -> Option<HeaderValue> {
    let metric = |(stage, time): (Stage, Duration)| format!("{};dur={:.3}", stage.name(), time.as_secs_f64() * 1000.0);
    let metrics: Vec<_> = report.times.iter().map(metric).collect();
    HeaderValue::try_from(metrics.join(", ")).ok().filter(|timing| !timing.is_empty())
}

/// Our own routes have a fixed path; all images share one label.
fn route(matched: Option<&MatchedPath>) -> &'static str {
    match matched.map(MatchedPath::as_str) {
        Some("/health") => "health",
        Some("/ready") => "ready",
        Some("/metrics") => "metrics",
        _ => "image",
    }
}

fn body_bytes(method: &Method, response: &Response) -> u64 {
    let length = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if method == Method::HEAD { 0 } else { length.unwrap_or_default() }
}

fn status_class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

fn count_request(route: &'static str, report: Option<&Report>, status: StatusCode, bytes: u64, took: Duration) {
    let outcome = report.map_or(NONE, |report| report.outcome.name());
    let source = report.and_then(|report| report.origin).map_or(NONE, |origin| origin.name());
    let format = report.and_then(|report| report.format).map_or(NONE, Format::name);
    let status = status_class(status);
    counter!(REQUESTS, "route" => route, "outcome" => outcome, "source" => source, "format" => format, "status" => status)
        .increment(1);
    histogram!(REQUEST_DURATION, "route" => route, "outcome" => outcome).record(took);
    counter!(RESPONSE_BYTES, "format" => format).increment(bytes);
}

fn count_stages(report: &Report) {
    let format = report.format.map_or(NONE, Format::name);
    for (stage, time) in report.times.iter() {
        histogram!(STAGE_DURATION, "stage" => stage.name(), "format" => format).record(time);
    }
    let looked_up = report.times.iter().any(|(stage, _)| stage == Stage::CacheLookup);
    if looked_up {
        let result = if report.outcome == Outcome::Hit { "hit" } else { "miss" };
        counter!(CACHE_LOOKUPS, "result" => result).increment(1);
    }
}

fn log_request(
    id: &HeaderValue,
    method: &Method,
    uri: &Uri,
    status: StatusCode,
    report: Option<&Report>,
    bytes: u64,
    took: Duration,
) {
    tracing::debug!(
        id = id.to_str().unwrap_or_default(),
        %method,
        %uri,
        status = status.as_u16(),
        outcome = report.map_or(NONE, |report| report.outcome.name()),
        source = report.and_then(|report| report.origin).map(|origin| origin.name()),
        format = report.and_then(|report| report.format).map(Format::name),
        bytes,
        milliseconds = took.as_secs_f64() * 1000.0,
        "request"
    );
}
