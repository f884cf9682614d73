//! Answers without a server: the same service and the same dialects, for who is at this machine. Nothing listens, nothing is
//! counted or watched, and nothing need be signed.

mod local;
mod warmer;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::response::Response;
use futures_util::TryStreamExt;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request};

pub use local::{LocalPicture, LocalPictures, LocalQuestion};
pub use warmer::CacheWarmer;

use super::reply_settings;
use crate::config::{Config, Loaded};
use crate::http::{Door, Mounts, ReplySettings, Routes, answer_within, varies_on};
use crate::report::{Outcome, Report};
use crate::request::Dimensions;
use crate::seats::Seats;
use crate::service::Service;
use crate::telemetry::Recording;
use crate::workers::WorkLimits;

/// Who is at the machine sees for themselves how long something takes, and can end it.
const PATIENCE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Originals that come with requests, at once.
const ENCLOSED: usize = 2;
/// Pieces of work that may wait; whoever asks has few under way.
const QUEUE_LENGTH: usize = 1_000_000;

/// What came of a question.
pub struct LocalAnswer {
    status: u16,
    report: Report,
    headers: HeaderMap,
    body: Body,
}

impl LocalAnswer {
    fn of(mut response: Response) -> Self {
        let report = response.extensions_mut().remove::<Report>().unwrap_or_default();
        let (head, body) = response.into_parts();
        Self { status: head.status.as_u16(), report, headers: head.headers, body }
    }

    /// A denial, where not even the question can be put.
    fn not_understood(text: String) -> Self {
        Self { status: 400, report: Report::default(), headers: HeaderMap::new(), body: Body::from(text) }
    }

    /// Tells whether it is what was asked for. Where not, the text says why.
    pub fn is_success(&self) -> bool {
        (200..400).contains(&self.status)
    }

    /// The status of HTTP that a client would have seen.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// How it was come by.
    pub fn outcome(&self) -> Outcome {
        self.report.outcome
    }

    /// The ending of names of files that hold it.
    pub fn extension(&self) -> &'static str {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        match (self.report.medium, kind.split(';').next()) {
            (_, Some("application/json")) => "json",
            (_, Some("text/html")) => "html",
            (Some(medium), _) => medium.extension(),
            (None, _) => "txt",
        }
    }

    /// What it is, where it is a picture or made of one.
    pub fn format(&self) -> Option<&'static str> {
        self.report.medium.map(|medium| medium.name())
    }

    /// Width and height, where they are known without the pixels.
    pub fn dimensions(&self) -> Option<Dimensions> {
        self.report.dimensions
    }

    /// Length in bytes, where it is known.
    pub fn length(&self) -> Option<u64> {
        self.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// Tells whether another client could have been sent something else, for what it takes.
    pub fn depends_on_accept(&self) -> bool {
        varies_on(&self.headers, &ACCEPT)
    }

    /// The bytes as they come.
    pub fn into_stream(self) -> BodyDataStream {
        self.body.into_data_stream()
    }

    /// The bytes as text, without white space at its ends.
    ///
    /// # Errors
    /// What it is made of cannot be read.
    pub async fn text(self) -> Result<String, axum::Error> {
        let gathered = self.into_stream().try_fold(Vec::new(), async |mut all, chunk: Bytes| {
            all.extend_from_slice(&chunk);
            Ok(all)
        });
        Ok(String::from_utf8_lossy(&gathered.await?).trim().to_owned())
    }
}

/// A door that nobody comes through but us.
fn inner_door(loaded: &Loaded, service: Arc<Service>, mounts: Arc<Mounts>) -> Door {
    let config = &loaded.config;
    Door {
        routes: Routes::All,
        service,
        mounts,
        seats: Seats::new(ENCLOSED, config.max_source_size),
        deposit: None,
        tolls: None,
        playground: None,
        telemetry: None,
        recording: Arc::new(Recording::new(false)),
        is_ending: Arc::new(AtomicBool::new(false)),
        settings: ReplySettings { timeout: PATIENCE, ..reply_settings(config) },
    }
}

/// As much at once as the server does, and no hurry.
fn unhurried(config: &Config) -> WorkLimits {
    WorkLimits { queue_length: QUEUE_LENGTH, queue_timeout: PATIENCE, ..config.work_limits() }
}

/// Asks as a client would that says no more of itself than what it takes.
async fn ask(door: &Door, method: Method, target: &str, accept: Option<&str>, body: Body) -> LocalAnswer {
    let mut request = match Request::builder().method(method).uri(target).body(body) {
        Ok(request) => request,
        Err(error) => return LocalAnswer::not_understood(format!("expected a path and a query: {error}")),
    };
    if let Some(accept) = accept {
        let Ok(accept) = HeaderValue::try_from(accept) else {
            return LocalAnswer::not_understood("expected a header Accept in visible letters".to_owned());
        };
        request.headers_mut().insert(ACCEPT, accept);
    }
    LocalAnswer::of(answer_within(door, request).await)
}
