//! Where a fetch may connect to. Names are looked up here, and what is checked is what is connected to: a name that
//! means another address a moment later gains nothing by it.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use url::{Host, Url};

use super::address::not_public;

/// Looks up names, and keeps to addresses that a fetch may have.
///
/// It never sees an address in place of a name. There is one at most, that in the base, which the operator wrote: a
/// redirect stays within the origin of the base.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    allow_private: bool,
}

/// A name that leads to addresses that are not public.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} leads to {address}, which is {what}")]
pub struct NotPublic {
    name: String,
    address: IpAddr,
    what: &'static str,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Guard {
    pub(super) fn new(allow_private: bool) -> Self {
        Self { allow_private }
    }

    /// Tells the operator of a base that will not be fetched from, as far as its name can be looked up now.
    pub(super) async fn check(self, base: &Url) -> Result<(), NotPublic> {
        let Some(Host::Domain(name)) = base.host() else { return Ok(()) };
        let Ok(found) = lookup_host((name, 0)).await else { return Ok(()) };
        self.admitted(name, found).map(drop)
    }

    /// The addresses among `found` that may be connected to.
    fn admitted(self, name: &str, found: impl IntoIterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
        let mut admitted = Vec::new();
        let mut refusal = None;
        for address in found {
            let ip = address.ip();
            match not_public(ip) {
                Some(what) if !(self.allow_private || is_localhost(name) && ip.is_loopback()) => {
                    refusal = Some(NotPublic { name: name.to_owned(), address: ip, what });
                }
                _ => admitted.push(address),
            }
        }
        match refusal {
            Some(refusal) if admitted.is_empty() => Err(refusal),
            _ => Ok(admitted),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?;
            let admitted = guard.admitted(name.as_str(), found).map_err(BoxError::from)?;
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

/// Names that mean this machine and nothing else (RFC 6761, section 6.3). A base with such a name says so itself.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(allow_private: bool, name: &str, addresses: &[&str]) -> Result<Vec<String>, String> {
        let found = addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0));
        match Guard::new(allow_private).admitted(name, found) {
            Ok(admitted) => Ok(admitted.iter().map(|address| address.ip().to_string()).collect()),
            Err(refusal) => Err(refusal.to_string()),
        }
    }

    #[test]
    fn only_public_addresses_of_a_name_are_connected_to() {
        let addresses = ["10.0.0.1", "1.1.1.1", "::1", "2606:4700::1111", "::ffff:1.1.1.1"];
        let public = ["1.1.1.1", "2606:4700::1111"];
        assert_eq!(admitted(false, "a.example", &addresses).unwrap(), public);
        assert_eq!(admitted(true, "a.example", &addresses).unwrap(), addresses);
    }

    #[test]
    fn a_refusal_says_what_was_found() {
        let expected = "origin leads to 10.0.1.5, which is private";
        assert_eq!(admitted(false, "origin", &["10.0.1.5"]).unwrap_err(), expected);
        assert_eq!(admitted(true, "origin", &["10.0.1.5"]).unwrap(), ["10.0.1.5"]);
    }

    #[test]
    fn a_name_of_this_machine_may_lead_to_it_and_nowhere_else() {
        for name in ["localhost", "LOCALHOST", "localhost.", "a.localhost"] {
            assert_eq!(admitted(false, name, &["127.0.0.1", "::1"]).unwrap(), ["127.0.0.1", "::1"], "{name}");
            assert!(admitted(false, name, &["10.0.0.1"]).is_err(), "{name}");
        }
        for name in ["localhost.example", "mylocalhost", "local"] {
            assert!(admitted(false, name, &["127.0.0.1", "::1"]).is_err(), "{name}");
        }
    }
}
