//! The fallback: a server that is asked for what the folder does not have. Those who want the same at the same time
//! share one question and one answer.

mod address;
mod client;
mod fetched;
mod guard;
mod known;
mod seats;

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, StatusCode};
use reqwest::Response;
use url::Url;

pub use self::client::Timeouts;
use self::client::UpstreamClient;
use self::fetched::Fetched;
use self::guard::Guard;
use self::known::{Entry, Known, Ledger};
use self::seats::{Seat, Seats};
use super::{Content, Material, Original, Source, SourceError, Untouched, UpstreamError};
use crate::flights::{Flight, Flights};
use crate::report::Origin;
use crate::request::{Format, ImagePath, Stamp};

/// How to ask the upstream.
#[derive(Debug, Clone)]
pub struct UpstreamSettings {
    /// The URL that paths are appended to.
    pub base: Url,
    /// The longest original in bytes.
    pub max_bytes: u64,
    /// Originals that are fetched at once. Times `max_bytes`, this bounds the memory for what was fetched.
    pub max_fetches: usize,
    /// How long it may take.
    pub timeouts: Timeouts,
    /// How long an original without its own `max-age` is taken as unchanged.
    pub time_to_live: Duration,
    /// How long a missing original is taken as missing.
    pub missing_time_to_live: Duration,
    /// Whether the name in the base may lead to addresses that are not public.
    pub allow_private: bool,
    /// What we call ourselves.
    pub user_agent: HeaderValue,
}

/// Originals at a base URL. Clones share what is known and what is under way.
#[derive(Clone)]
pub struct Upstream(Arc<Shared>);

struct Shared {
    client: UpstreamClient,
    guard: Guard,
    base: Url,
    max_bytes: u64,
    seats: Seats,
    ledger: Ledger,
    /// Questions which version there is.
    questions: Flights<ImagePath, Result<Answer, SourceError>>,
    /// Bodies of versions that are known.
    bodies: Flights<(ImagePath, Stamp), Result<Bytes, SourceError>>,
}

type Body = Flight<Result<Bytes, SourceError>>;

/// What the upstream has, and its body if that is on its way already. A body that nobody waits for is not read.
#[derive(Clone)]
struct Answer {
    known: Known,
    body: Option<Body>,
}

/// An original whose identity is known.
struct Remote {
    upstream: Upstream,
    path: ImagePath,
    stamp: Stamp,
    /// `None` where it has to be fetched yet.
    body: Option<Body>,
}

impl Upstream {
    /// # Errors
    /// The HTTP client cannot be set up, for want of trusted certificates for example.
    pub fn new(settings: UpstreamSettings) -> Result<Self, UpstreamError> {
        let UpstreamSettings { base, max_bytes, max_fetches, timeouts, user_agent, .. } = settings;
        let guard = Guard::new(settings.allow_private);
        Ok(Self(Arc::new(Shared {
            client: UpstreamClient::new(base.clone(), guard, timeouts, user_agent)?,
            guard,
            base,
            max_bytes,
            seats: Seats::new(max_fetches, max_bytes),
            ledger: Ledger::new(settings.time_to_live, settings.missing_time_to_live),
            questions: Flights::default(),
            bodies: Flights::default(),
        })))
    }

    /// Warns of a base from which nothing will be fetched, because its name leads to addresses that are not public.
    pub async fn warn_of_private_base(self) {
        if let Err(refusal) = self.0.guard.check(&self.0.base).await {
            tracing::warn!("IMAGE_PROXY_FALLBACK_IMAGE_URL: {refusal}");
        }
    }

    async fn find_remote(&self, path: &ImagePath) -> Result<Original, SourceError> {
        let known = match self.0.ledger.look_up(path) {
            Entry::Fresh(known) => return Ok(self.original(path, &known, None)),
            Entry::Missing => return Err(SourceError::NotFound),
            Entry::Doubtful(known) => known,
        };
        let (question, _) = self.0.questions.join(path.clone(), |path| self.clone().ask(path, known));
        let Answer { known, body } = question.await?;
        Ok(self.original(path, &known, body))
    }

    fn original(&self, path: &ImagePath, known: &Known, body: Option<Body>) -> Original {
        let (stamp, modified) = (known.stamp, known.modified());
        let content = Box::new(Remote { upstream: self.clone(), path: path.clone(), stamp, body });
        Original { origin: Origin::Upstream, stamp, modified, content }
    }

    /// Asks which version there is, conditionally where one is known.
    async fn ask(self, path: ImagePath, known: Option<Known>) -> Result<Answer, SourceError> {
        let seat = self.0.seats.take().await?;
        let response = self.0.client.send(&path, known.iter().flat_map(Known::conditions)).await?;
        if let Some(known) = known.filter(|_| response.status() == StatusCode::NOT_MODIFIED) {
            return Ok(Answer { known: self.0.ledger.renew(&path, known, response.headers()), body: None });
        }
        let fetched = self.accept(&path, response, seat).await?;
        let (stamp, headers) = (fetched.stamp, fetched.headers.clone());
        // Before the ledger has it: whoever finds it there finds the body under way.
        let body = async move { Ok(fetched.read().await?) };
        let (body, _) = self.0.bodies.join((path.clone(), stamp), |_| body);
        Ok(Answer { known: self.0.ledger.learn(&path, stamp, &headers), body: Some(body) })
    }

    /// Fetches a version of which all is known but its bytes.
    async fn fetch(self, path: ImagePath, stamp: Stamp) -> Result<Bytes, SourceError> {
        let seat = self.0.seats.take().await?;
        let response = self.0.client.send(&path, iter::empty()).await?;
        let fetched = self.accept(&path, response, seat).await?;
        self.0.ledger.learn(&path, fetched.stamp, &fetched.headers);
        if fetched.stamp == stamp { Ok(fetched.read().await?) } else { Err(SourceError::Changed) }
    }

    async fn accept(&self, path: &ImagePath, response: Response, seat: Seat) -> Result<Fetched, SourceError> {
        if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::GONE) {
            self.0.ledger.miss(path, response.headers());
            return Err(SourceError::NotFound);
        }
        Ok(Fetched::new(response, seat, self.0.max_bytes).await?)
    }
}

impl Source for Upstream {
    fn find<'a>(&'a self, path: &'a ImagePath) -> BoxFuture<'a, Result<Original, SourceError>> {
        Box::pin(self.find_remote(path))
    }
}

impl Remote {
    async fn read(self: Box<Self>) -> Result<Bytes, SourceError> {
        let Self { upstream, path, stamp, body } = *self;
        let body = body.unwrap_or_else(|| {
            let fetch = upstream.clone();
            upstream.0.bodies.join((path, stamp), |(path, stamp)| fetch.fetch(path, stamp)).0
        });
        body.await
    }
}

impl Content for Remote {
    fn stream(self: Box<Self>) -> BoxFuture<'static, Result<Untouched, SourceError>> {
        Box::pin(async move { Ok(Untouched::from_memory(self.read().await?)?) })
    }

    fn material(self: Box<Self>) -> BoxFuture<'static, Result<Material, SourceError>> {
        Box::pin(async move {
            let whole = self.read().await?;
            Format::sniff(&whole).ok_or(UpstreamError::NotAnImage)?;
            Ok(Material::Memory(whole))
        })
    }
}
