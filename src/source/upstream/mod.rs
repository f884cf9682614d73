//! The fallback: a server that is asked for what the folder does not have. Those who want the same at the same time
//! share one question and one answer.

mod address;
mod client;
mod fetched;
mod guard;
mod known;
mod unpack;

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderValue, StatusCode};
use reqwest::Response;
use url::Url;

pub use self::client::Timeouts;
use self::client::UpstreamClient;
use self::fetched::Fetched;
use self::guard::Guard;
pub use self::guard::NotPublic;
use self::known::{Entry, Known, Ledger};
use super::{Content, Material, Original, Portion, Source, SourceError, Untouched, UpstreamError};
use crate::flights::{Flight, Flights};
use crate::report::Origin;
use crate::request::{Format, Generation, ImagePath, Reference, Stamp};
use crate::seats::{Seat, Seats};

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
    /// The statuses that say that an original is missing.
    pub missing_statuses: Vec<StatusCode>,
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
    /// Questions which version there is. What is asked after a purge does not share what was asked before it.
    questions: Flights<(ImagePath, Generation), Result<Told, SourceError>>,
    /// Fetches of versions of which all is known but their bytes.
    fetches: Flights<(ImagePath, Generation, Stamp), Result<Bytes, SourceError>>,
    missing_statuses: Vec<StatusCode>,
}

/// The bytes of a version whose answer has begun. Those that nobody waits for are not read.
type BodyFlight = Flight<Result<Bytes, SourceError>>;

/// What the upstream has, and its body if that is on its way already.
#[derive(Clone)]
struct Told {
    known: Known,
    body: Option<BodyFlight>,
}

/// An original whose identity is known.
struct Remote {
    upstream: Upstream,
    path: ImagePath,
    generation: Generation,
    stamp: Stamp,
    /// `None` where it has to be fetched yet.
    body: Option<BodyFlight>,
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
            fetches: Flights::default(),
            missing_statuses: settings.missing_statuses,
        })))
    }

    /// Tells of a base from which nothing will be fetched, as far as its name can be looked up now.
    ///
    /// # Errors
    /// The name leads to addresses that are not public, and that is not allowed.
    pub async fn check_base(&self) -> Result<(), NotPublic> {
        self.0.guard.check(&self.0.base).await
    }

    async fn find_remote(&self, path: &ImagePath, generation: Generation) -> Result<Original, SourceError> {
        let known = match self.0.ledger.look_up(path, generation) {
            Entry::Fresh(known) => {
                let body = known.body_at_hand();
                return Ok(self.original(path, generation, &known, body));
            }
            Entry::Missing => return Err(SourceError::NotFound),
            Entry::Doubtful(known) => known,
        };
        let asking = |(path, generation)| self.clone().ask(path, generation, known);
        let (question, _) = self.0.questions.join((path.clone(), generation), asking);
        let Told { known, body } = question.await?;
        Ok(self.original(path, generation, &known, body))
    }

    fn original(&self, path: &ImagePath, generation: Generation, known: &Known, body: Option<BodyFlight>) -> Original {
        let (stamp, modified) = (known.stamp, known.modified);
        let content = Arc::new(Remote { upstream: self.clone(), path: path.clone(), generation, stamp, body });
        Original::found(Origin::Upstream, stamp, modified, content)
    }

    /// Asks which version there is, conditionally where one is known.
    async fn ask(self, path: ImagePath, generation: Generation, known: Option<Known>) -> Result<Told, SourceError> {
        let seat = self.0.seats.take().await.map_err(|_| UpstreamError::Busy)?;
        let response = self.0.client.send(&path, known.as_ref().and_then(Known::condition)).await?;
        if let Some(known) = known.filter(|_| response.status() == StatusCode::NOT_MODIFIED) {
            return Ok(Told { known: self.0.ledger.renew(&path, known, response.headers()), body: None });
        }
        Ok(self.begin(&path, generation, self.accept(&path, generation, response, seat).await?))
    }

    /// Fetches a version of which all is known but its bytes. A body of another version is not thrown away: back ends
    /// that do not agree on validators would never give the right one.
    async fn fetch(self, path: ImagePath, generation: Generation, stamp: Stamp) -> Result<Bytes, SourceError> {
        let seat = self.0.seats.take().await.map_err(|_| UpstreamError::Busy)?;
        let response = self.0.client.send(&path, iter::empty()).await?;
        let fetched = self.accept(&path, generation, response, seat).await?;
        let is_expected = fetched.stamp == stamp;
        let Told { known, body } = self.begin(&path, generation, fetched);
        match body {
            Some(body) if is_expected => body.await,
            body => {
                let by = Box::new(self.original(&path, generation, &known, body));
                Err(SourceError::Superseded { path, generation, by })
            }
        }
    }

    /// Remembers the version that has come, and where its body is to be had.
    fn begin(&self, path: &ImagePath, generation: Generation, fetched: Fetched) -> Told {
        let (stamp, headers) = (fetched.stamp, fetched.headers.clone());
        let body = async move { Ok(fetched.read().await?) }.boxed().shared();
        let known = self.0.ledger.learn(path, generation, stamp, &headers, body.downgrade());
        Told { known, body: Some(body) }
    }

    async fn accept(
        &self,
        path: &ImagePath,
        generation: Generation,
        response: Response,
        seat: Seat,
    ) -> Result<Fetched, SourceError> {
        if self.0.missing_statuses.contains(&response.status()) {
            self.0.ledger.miss(path, generation, response.headers());
            return Err(SourceError::NotFound);
        }
        Ok(Fetched::new(response, seat, self.0.max_bytes).await?)
    }
}

impl Source for Upstream {
    fn find<'a>(
        &'a self,
        reference: &'a Reference,
        generation: Generation,
    ) -> BoxFuture<'a, Result<Original, SourceError>> {
        Box::pin(async move {
            match reference {
                Reference::Path(path) => self.find_remote(path, generation).await,
                Reference::Body => Err(SourceError::NotFound),
            }
        })
    }
}

impl Remote {
    async fn read(&self) -> Result<Bytes, SourceError> {
        let fetch = |(path, generation, stamp)| self.upstream.clone().fetch(path, generation, stamp);
        let body = match &self.body {
            Some(body) => body.clone(),
            None => self.upstream.0.fetches.join((self.path.clone(), self.generation, self.stamp), fetch).0,
        };
        body.await
    }
}

impl Content for Remote {
    fn stream(self: Arc<Self>, _: Portion) -> BoxFuture<'static, Result<Untouched, SourceError>> {
        Box::pin(async move { Ok(Untouched::from_memory(self.read().await?)?) })
    }

    fn material(self: Arc<Self>) -> BoxFuture<'static, Result<Material, SourceError>> {
        Box::pin(async move {
            let whole = self.read().await?;
            Format::sniff(&whole).ok_or(UpstreamError::NotAnImage)?;
            Ok(Material::Memory(whole))
        })
    }
}
