//! Originals at URLs that requests name, as far as a list admits them.

use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use url::Host;

use super::fetch::{FetchSettings, Fetcher, NotPublic, Scope};
use super::{Original, Source, SourceError, UpstreamError};
use crate::request::{Generation, Reference, RemoteOrigins};

/// The statuses that say that an original is missing (RFC 9110, sections 15.5.5 and 15.5.11).
const MISSING_STATUSES: [StatusCode; 2] = [StatusCode::NOT_FOUND, StatusCode::GONE];

/// How to ask for originals at URLs. It has no `Debug`, for headers may be secrets.
#[derive(Clone)]
pub struct RemoteSettings {
    /// What is fetched, and where redirects may lead: all that any dialect admits.
    pub origins: RemoteOrigins,
    /// Headers that are sent with every request, and to nobody who is not in the list. Credentials do not follow a redirect to
    /// another origin.
    pub headers: HeaderMap,
    /// What a fetch may cost.
    pub fetching: FetchSettings,
}

/// Originals at URLs. Clones share what is known and what is under way.
#[derive(Clone)]
pub struct RemoteSource {
    fetcher: Fetcher,
    hosts: Vec<Host>,
}

impl RemoteSource {
    /// # Errors
    /// The HTTP client cannot be set up, for want of trusted certificates for example.
    pub fn new(settings: RemoteSettings) -> Result<Self, UpstreamError> {
        let RemoteSettings { origins, headers, fetching } = settings;
        let hosts = origins.hosts().cloned().collect();
        let fetcher = Fetcher::new(Scope::listed(origins), fetching, MISSING_STATUSES.to_vec(), headers)?;
        Ok(Self { fetcher, hosts })
    }

    /// Tells of listed hosts from which nothing will be fetched, as far as their names can be looked up now: they lead to
    /// addresses that are not public, and that is not allowed.
    pub async fn check_hosts(&self) -> Vec<NotPublic> {
        let mut refusals = Vec::new();
        for host in &self.hosts {
            let host = match host {
                Host::Domain(name) => Host::Domain(name.as_str()),
                Host::Ipv4(address) => Host::Ipv4(*address),
                Host::Ipv6(address) => Host::Ipv6(*address),
            };
            refusals.extend(self.fetcher.check(Some(host)).await.err());
        }
        refusals
    }
}

impl Source for RemoteSource {
    fn find<'a>(
        &'a self,
        reference: &'a Reference,
        generation: Generation,
    ) -> BoxFuture<'a, Result<Original, SourceError>> {
        Box::pin(self.fetcher.find(reference, generation))
    }
}
