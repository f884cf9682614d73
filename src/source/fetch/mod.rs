//! Originals at URLs, below a base or in a list. Those who want the same at the same time share one question and one
//! answer. It must not know what names the URLs.

mod address;
mod client;
mod fetched;
mod guard;
mod scope;
#[cfg(test)]
mod tests;
mod unpack;
mod version;

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use reqwest::Response;
use url::Host;

use self::client::FetchClient;
pub use self::client::Timeouts;
use self::fetched::Fetched;
use self::guard::Guard;
pub use self::guard::NotPublic;
pub(super) use self::scope::Scope;
use self::version::{FetchedVersion, time_to_live};
use super::ledger::{Entry, Known, Ledger};
use super::{Content, Material, Original, Portion, SourceError, Untouched, UpstreamError};
use crate::flights::{Flight, Flights};
use crate::request::{Format, Generation, Reference, Stamp};
use crate::seats::{Seat, Seats};

/// Originals whose version is remembered.
const REMEMBERED_ORIGINALS: usize = 10_000;

/// How to ask for originals elsewhere.
#[derive(Debug, Clone)]
pub struct FetchSettings {
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
    /// Whether names may lead to addresses that are not public.
    pub allow_private: bool,
    /// What we call ourselves.
    pub user_agent: HeaderValue,
}

/// What fetches originals. Clones share what is known and what is under way.
#[derive(Clone)]
pub(super) struct Fetcher(Arc<Fetching>);

struct Fetching {
    client: FetchClient,
    guard: Guard,
    scope: Scope,
    max_bytes: u64,
    seats: Seats,
    ledger: Ledger<Reference, FetchedVersion>,
    time_to_live: Duration,
    missing_time_to_live: Duration,
    /// Questions which version there is. What is asked after a purge does not share what was asked before it.
    questions: Flights<(Reference, Generation), Result<Told, SourceError>>,
    /// Fetches of versions of which all is known but their bytes.
    fetches: Flights<(Reference, Generation, Stamp), Result<Bytes, SourceError>>,
    missing_statuses: Vec<StatusCode>,
}

/// The bytes of a version whose answer has begun. Those that nobody waits for are not read.
type BodyFlight = Flight<Result<Bytes, SourceError>>;

/// What there is elsewhere, and its body if that is on its way already.
#[derive(Clone)]
struct Told {
    version: FetchedVersion,
    body: Option<BodyFlight>,
}

/// An original whose identity is known.
struct FetchedOriginal {
    fetcher: Fetcher,
    reference: Reference,
    generation: Generation,
    stamp: Stamp,
    /// What its server calls it, where that is no image.
    declared: Option<Box<str>>,
    /// `None` where it has to be fetched yet.
    body: Option<BodyFlight>,
}

impl Fetcher {
    /// With the statuses that say that an original is missing, and headers that are sent with every request.
    ///
    /// # Errors
    /// The HTTP client cannot be set up, for want of trusted certificates for example.
    pub(super) fn new(
        scope: Scope,
        settings: FetchSettings,
        missing_statuses: Vec<StatusCode>,
        headers: HeaderMap,
    ) -> Result<Self, UpstreamError> {
        let FetchSettings { max_bytes, max_fetches, timeouts, user_agent, allow_private, .. } = settings;
        let guard = match scope {
            Scope::Base(_) => Guard::of_base(allow_private),
            Scope::Listed(_) => Guard::of_list(allow_private),
        };
        Ok(Self(Arc::new(Fetching {
            client: FetchClient::new(scope.clone(), guard, timeouts, user_agent, headers)?,
            guard,
            scope,
            max_bytes,
            seats: Seats::new(max_fetches, max_bytes),
            ledger: Ledger::new(REMEMBERED_ORIGINALS),
            time_to_live: settings.time_to_live,
            missing_time_to_live: settings.missing_time_to_live,
            questions: Flights::default(),
            fetches: Flights::default(),
            missing_statuses,
        })))
    }

    /// Tells of a host from which nothing will be fetched, as far as its name can be looked up now.
    ///
    /// # Errors
    /// It leads to addresses that are not public, and that is not allowed.
    pub(super) async fn check(&self, host: Option<Host<&str>>) -> Result<(), NotPublic> {
        self.0.guard.check(host).await
    }

    /// As [`super::Source::find`].
    pub(super) async fn find(&self, reference: &Reference, generation: Generation) -> Result<Original, SourceError> {
        if !self.0.scope.has(reference) {
            return Err(SourceError::NotFound);
        }
        let known = match self.0.ledger.look_up(reference, generation) {
            Entry::Fresh(known) => {
                let body = known.version.body_at_hand();
                return Ok(self.original(reference, generation, &known.version, body));
            }
            Entry::Missing => return Err(SourceError::NotFound),
            Entry::Doubtful(known) => known,
        };
        let asking = |(reference, generation)| self.clone().ask(reference, generation, known);
        let (question, _) = self.0.questions.join((reference.clone(), generation), asking);
        let Told { version, body } = question.await?;
        Ok(self.original(reference, generation, &version, body))
    }

    fn original(
        &self,
        reference: &Reference,
        generation: Generation,
        version: &FetchedVersion,
        body: Option<BodyFlight>,
    ) -> Original {
        let (stamp, modified, declared) = (version.stamp, version.modified, version.declared.clone());
        let (fetcher, reference) = (self.clone(), reference.clone());
        let content = Arc::new(FetchedOriginal { fetcher, reference, generation, stamp, declared, body });
        Original::found(self.0.scope.origin(), stamp, modified, content)
    }

    /// Asks which version there is, conditionally where one is known.
    async fn ask(
        self,
        reference: Reference,
        generation: Generation,
        known: Option<Known<FetchedVersion>>,
    ) -> Result<Told, SourceError> {
        let condition = known.as_ref().and_then(|known| known.version.condition());
        let (response, seat) = self.send(&reference, condition).await?;
        if let Some(known) = known.filter(|_| response.status() == StatusCode::NOT_MODIFIED) {
            let known = self.0.ledger.renew(&reference, known, self.fresh_for(response.headers()));
            return Ok(Told { version: known.version, body: None });
        }
        Ok(self.begin(&reference, generation, self.accept(&reference, generation, response, seat).await?))
    }

    /// Fetches a version of which all is known but its bytes. A body of another version is not thrown away: back ends
    /// that do not agree on validators would never give the right one.
    async fn fetch(self, reference: Reference, generation: Generation, stamp: Stamp) -> Result<Bytes, SourceError> {
        let (response, seat) = self.send(&reference, iter::empty()).await?;
        let fetched = self.accept(&reference, generation, response, seat).await?;
        let is_expected = fetched.stamp == stamp;
        let Told { version, body } = self.begin(&reference, generation, fetched);
        match body {
            Some(body) if is_expected => body.await,
            body => {
                let by = Box::new(self.original(&reference, generation, &version, body));
                Err(SourceError::Superseded { reference, generation, by })
            }
        }
    }

    /// The head of an answer, and room for what follows.
    async fn send(
        &self,
        reference: &Reference,
        conditions: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Result<(Response, Seat), SourceError> {
        let url = self.0.scope.url(reference).ok_or(SourceError::NotFound)?;
        let seat = self.0.seats.take().await.map_err(|_| self.error(UpstreamError::Busy))?;
        let response = self.0.client.send(url, conditions).await;
        Ok((response.map_err(|error| self.error(error))?, seat))
    }

    /// Remembers the version that has come, and where its body is to be had.
    fn begin(&self, reference: &Reference, generation: Generation, fetched: Fetched) -> Told {
        let (stamp, headers) = (fetched.stamp, fetched.headers.clone());
        let scope = self.0.scope.clone();
        let body = async move { fetched.read().await.map_err(|error| scope.error(error)) }.boxed().shared();
        let version = FetchedVersion::new(stamp, &headers, body.downgrade());
        let known = self.0.ledger.learn(reference, generation, version, self.fresh_for(&headers));
        Told { version: known.version, body: Some(body) }
    }

    async fn accept(
        &self,
        reference: &Reference,
        generation: Generation,
        response: Response,
        seat: Seat,
    ) -> Result<Fetched, SourceError> {
        if self.0.missing_statuses.contains(&response.status()) {
            let allowed = time_to_live(response.headers()).unwrap_or(Duration::MAX);
            self.0.ledger.miss(reference, generation, self.0.missing_time_to_live.min(allowed));
            return Err(SourceError::NotFound);
        }
        Fetched::new(response, seat, self.0.max_bytes).await.map_err(|error| self.error(error))
    }

    /// For how long an answer is believed.
    fn fresh_for(&self, headers: &HeaderMap) -> Duration {
        time_to_live(headers).unwrap_or(self.0.time_to_live)
    }

    fn error(&self, error: UpstreamError) -> SourceError {
        self.0.scope.error(error)
    }
}

impl FetchedOriginal {
    async fn read(&self) -> Result<Bytes, SourceError> {
        let fetch = |(reference, generation, stamp)| self.fetcher.clone().fetch(reference, generation, stamp);
        let body = match &self.body {
            Some(body) => body.clone(),
            None => self.fetcher.0.fetches.join((self.reference.clone(), self.generation, self.stamp), fetch).0,
        };
        body.await
    }
}

impl Content for FetchedOriginal {
    fn stream(self: Arc<Self>, _: Portion) -> BoxFuture<'static, Result<Untouched, SourceError>> {
        Box::pin(async move { Ok(Untouched::from_memory(self.read().await?).declared_as(self.declared.clone())) })
    }

    fn material(self: Arc<Self>) -> BoxFuture<'static, Result<Material, SourceError>> {
        Box::pin(async move {
            let whole = self.read().await?;
            Format::sniff(&whole).ok_or_else(|| self.fetcher.error(UpstreamError::NotAnImage))?;
            Ok(Material::Memory(whole))
        })
    }
}
