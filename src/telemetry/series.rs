//! The series of requests, found by their labels as values.
//!
//! The recorder finds a series by hashing the text of all its labels, and allocates to ask: 5 % of a cache hit
//! (docs/performance.md). Each series is asked for once and kept here.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

use foldhash::fast::FixedState;
use http::StatusCode;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::{CACHE_LOOKUPS, IN_FLIGHT, REQUEST_DURATION, REQUESTS, RESPONSE_BYTES, Route, STAGE_DURATION};
use crate::report::{Origin, Outcome, Report, Stage};
use crate::request::Medium;

/// The label of what is absent.
pub(super) const NONE: &str = "none";

/// What a request is counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Labels {
    route: Route,
    outcome: Option<Outcome>,
    origin: Option<Origin>,
    format: Option<Medium>,
    /// The first digit of the status.
    class: u16,
}

/// The handles for one set of labels. Series with fewer labels stand in several of these.
#[derive(Clone)]
pub(super) struct RequestSeries {
    pub requests: Counter,
    pub duration: Histogram,
    pub response_bytes: Counter,
}

/// All series of requests.
pub(super) struct Series {
    pub in_flight: Gauge,
    requests: Handles<Labels, RequestSeries>,
    stages: Handles<(Stage, Option<Medium>), Histogram>,
    lookups: Handles<bool, Counter>,
}

/// Handles that were asked for once. As many as there are labels, and those are from closed sets, so that the hash needs no
/// secret.
pub(super) struct Handles<K, V>(RwLock<HashMap<K, V, FixedState>>);

impl Labels {
    pub(super) fn new(route: Route, report: Option<&Report>, status: StatusCode) -> Self {
        Self {
            route,
            outcome: report.map(|report| report.outcome),
            origin: report.and_then(|report| report.origin),
            format: report.and_then(|report| report.medium),
            class: status.as_u16() / 100,
        }
    }
}

impl Series {
    pub(super) fn new() -> Self {
        Self { in_flight: gauge!(IN_FLIGHT), requests: Handles::new(), stages: Handles::new(), lookups: Handles::new() }
    }

    pub(super) fn request(&self, labels: Labels) -> RequestSeries {
        self.requests.get(labels, || {
            let Labels { route, outcome, origin, format, class } = labels;
            let (route, outcome) = (route.name(), outcome.map_or(NONE, Outcome::name));
            let (source, format) = (origin.map_or(NONE, Origin::name), format.map_or(NONE, Medium::name));
            RequestSeries {
                requests: counter!(REQUESTS, "route" => route, "outcome" => outcome, "source" => source,
                    "format" => format, "status" => class_name(class)),
                duration: histogram!(REQUEST_DURATION, "route" => route, "outcome" => outcome),
                response_bytes: counter!(RESPONSE_BYTES, "format" => format),
            }
        })
    }

    pub(super) fn stage(&self, stage: Stage, format: Option<Medium>) -> Histogram {
        self.stages.get(
            (stage, format),
            || histogram!(STAGE_DURATION, "stage" => stage.name(), "format" => format.map_or(NONE, Medium::name)),
        )
    }

    pub(super) fn cache_lookups(&self, is_hit: bool) -> Counter {
        self.lookups.get(is_hit, || counter!(CACHE_LOOKUPS, "result" => if is_hit { "hit" } else { "miss" }))
    }
}

impl<K: Copy + Eq + Hash, V: Clone> Handles<K, V> {
    pub(super) fn new() -> Self {
        Self(RwLock::new(HashMap::default()))
    }

    pub(super) fn get(&self, labels: K, register: impl FnOnce() -> V) -> V {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&labels).cloned();
        known.unwrap_or_else(|| {
            let mut handles = self.0.write().unwrap_or_else(PoisonError::into_inner);
            handles.entry(labels).or_insert_with(register).clone()
        })
    }
}

fn class_name(class: u16) -> &'static str {
    match class {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
