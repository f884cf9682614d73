//! Turns the `Report` of an answer into counters, histograms and one log line.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, Uri};
use metrics::Gauge;

use super::request_id::{RequestIds, X_REQUEST_ID};
use super::series::{Labels, NONE, Series};
use crate::report::{Outcome, Report, Stage};
use crate::request::Medium;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What a request is for: our own routes, or an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// `/health`.
    Health,
    /// `/ready`.
    Ready,
    /// `/metrics`.
    Metrics,
    /// `/_/cache`.
    Purge,
    /// The page to try parameters, and what belongs to it.
    Playground,
    /// What is answered at another address.
    Elsewhere,
    /// Everything else.
    Image,
}

impl Route {
    /// The label in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Ready => "ready",
            Self::Metrics => "metrics",
            Self::Purge => "purge",
            Self::Playground => "playground",
            Self::Elsewhere => "elsewhere",
            Self::Image => "image",
        }
    }

    /// What the log has of a request for it. Where a token is asked for, it may have come in the query by mistake.
    fn shown(self, uri: &Uri) -> String {
        if matches!(self, Self::Purge | Self::Elsewhere) { uri.path().to_owned() } else { uri.to_string() }
    }
}

/// Counts and logs requests, and tells clients about their own.
pub struct Recording {
    /// Whether renditions carry the time of each stage in `Server-Timing`.
    server_timing: bool,
    ids: RequestIds,
    series: Series,
}

/// A request that is being answered: counted as such, however that ends.
pub struct Begun<'a> {
    recording: &'a Recording,
    route: Route,
    request: &'a Parts,
    started: Instant,
    _in_flight: InFlight<'a>,
}

struct InFlight<'a>(&'a Gauge);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl Recording {
    /// Records to the recorder that is installed by now.
    pub fn new(server_timing: bool) -> Self {
        Self { server_timing, ids: RequestIds::default(), series: Series::new() }
    }

    /// To be called before anything is done for a request.
    pub fn begin<'a>(&'a self, route: Route, request: &'a Parts) -> Begun<'a> {
        self.series.in_flight.increment(1.0);
        let _in_flight = InFlight(&self.series.in_flight);
        Begun { recording: self, route, request, started: Instant::now(), _in_flight }
    }

    fn count_stages(&self, report: &Report) {
        for (stage, time) in report.times.iter() {
            self.series.stage(stage, report.medium).record(time);
            if stage == Stage::CacheLookup {
                self.series.cache_lookups(report.outcome == Outcome::Hit).increment(1);
            }
        }
    }
}

impl Begun<'_> {
    /// Takes the `Report` from the extensions of the answer, where the handler put it.
    pub fn end<B>(self, response: &mut Response<B>) {
        let took = self.started.elapsed();
        let bytes = body_bytes(&self.request.method, response);
        let report = response.extensions_mut().remove::<Report>();
        let series = self.recording.series.request(Labels::new(self.route, report.as_ref(), response.status()));
        series.requests.increment(1);
        series.duration.record(took);
        series.response_bytes.increment(bytes);
        if let Some(report) = &report {
            self.recording.count_stages(report);
            if self.recording.server_timing
                && let Some(timing) = server_timing(report)
            {
                response.headers_mut().insert(SERVER_TIMING, timing);
            }
        }
        if let Some(Report { outcome: Outcome::Rendered, stilled_by: Some(limit), .. }) = &report {
            let uri = &self.request.uri;
            tracing::info!(%uri, limit = limit.name(), "an animation is shown as a still");
        }
        let id = self.recording.ids.id_of(&self.request.headers);
        log_request(&id, self.route, self.request, response.status(), report.as_ref(), bytes, took);
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
}

/// The stages and their milliseconds, as the developer tools of browsers show them (W3C Server Timing); `None` where
/// there was no stage.
fn server_timing(report: &Report) -> Option<HeaderValue> {
    let mut text = String::with_capacity(64);
    for (stage, time) in report.times.iter() {
        let separator = if text.is_empty() { "" } else { ", " };
        let microseconds = time.as_micros();
        // Writing to a String cannot fail. Whole numbers are written faster than fractions.
        let (whole, rest) = (microseconds / 1000, microseconds % 1000);
        let _ = write!(text, "{separator}{};dur={whole}.{rest:03}", stage.name());
        let trials = report.times.trials();
        if stage == Stage::Encode && trials > 0 {
            let _ = write!(text, ";desc=\"{trials} in search of the quality\"");
        }
    }
    HeaderValue::try_from(text).ok().filter(|timing| !timing.is_empty())
}

fn body_bytes<B>(method: &Method, response: &Response<B>) -> u64 {
    let length = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if method == Method::HEAD { 0 } else { length.unwrap_or_default() }
}

fn log_request(
    id: &HeaderValue,
    route: Route,
    request: &Parts,
    status: StatusCode,
    report: Option<&Report>,
    bytes: u64,
    took: Duration,
) {
    tracing::debug!(
        id = id.to_str().unwrap_or_default(),
        method = %request.method,
        uri = route.shown(&request.uri),
        status = status.as_u16(),
        outcome = report.map_or(NONE, |report| report.outcome.name()),
        source = report.and_then(|report| report.origin).map(|origin| origin.name()),
        format = report.and_then(|report| report.medium).map(Medium::name),
        bytes,
        milliseconds = took.as_secs_f64() * 1000.0,
        "request"
    );
}
