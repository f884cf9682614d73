//! The fallback: a server that is asked for what the folder does not have.

use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use url::Url;

use super::fetch::{FetchSettings, Fetcher, NotPublic, Scope};
use super::{Original, Source, SourceError, UpstreamError};
use crate::request::{Generation, Reference};

/// How to ask the upstream.
#[derive(Debug, Clone)]
pub struct UpstreamSettings {
    /// The URL that paths are appended to. A private address in it is meant; `localhost` is too.
    pub base: Url,
    /// The statuses that say that an original is missing.
    pub missing_statuses: Vec<StatusCode>,
    /// What a fetch may cost.
    pub fetching: FetchSettings,
}

/// Originals at a base URL. Clones share what is known and what is under way.
#[derive(Clone)]
pub struct Upstream {
    fetcher: Fetcher,
    base: Url,
}

impl Upstream {
    /// # Errors
    /// The HTTP client cannot be set up, for want of trusted certificates for example.
    pub fn new(settings: UpstreamSettings) -> Result<Self, UpstreamError> {
        let UpstreamSettings { base, missing_statuses, fetching } = settings;
        let fetcher = Fetcher::new(Scope::base(base.clone()), fetching, missing_statuses, HeaderMap::new())?;
        Ok(Self { fetcher, base })
    }

    /// Tells of a base from which nothing will be fetched, as far as its name can be looked up now.
    ///
    /// # Errors
    /// The name leads to addresses that are not public, and that is not allowed.
    pub async fn check_base(&self) -> Result<(), NotPublic> {
        self.fetcher.check(self.base.host()).await
    }
}

impl Source for Upstream {
    fn find<'a>(
        &'a self,
        reference: &'a Reference,
        generation: Generation,
    ) -> BoxFuture<'a, Result<Original, SourceError>> {
        Box::pin(self.fetcher.find(reference, generation))
    }
}
