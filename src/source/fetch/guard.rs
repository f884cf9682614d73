//! Where a fetch may connect to. Names are looked up here, and what is checked is what is connected to: a name that
//! means another address a moment later gains nothing by it.

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use url::{Host, Url};

use super::address::not_public;

/// Looks up names, and keeps to addresses that a fetch may have.
///
/// As what looks up names it never sees an address in place of one: those are checked apart, before each request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    allow_private: bool,
    /// An address, or a name of this machine, is meant as it stands there.
    takes_at_word: bool,
}

/// What leads to addresses that are not public.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} leads to {address}, which is {what}")]
pub struct NotPublic {
    name: String,
    address: IpAddr,
    what: &'static str,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Guard {
    /// For a base that the operator wrote, and that nothing leads out of: an address in it says itself what it is.
    pub(super) fn of_base(allow_private: bool) -> Self {
        Self { allow_private, takes_at_word: true }
    }

    /// For URLs that clients write.
    pub(super) fn of_list(allow_private: bool) -> Self {
        Self { allow_private, takes_at_word: false }
    }

    /// Tells the operator of a host that will not be fetched from, as far as its name can be looked up now.
    pub(super) async fn check(self, host: Option<Host<&str>>) -> Result<(), NotPublic> {
        let Some(Host::Domain(name)) = host else { return self.check_host(host) };
        let Ok(found) = lookup_host((name, 0)).await else { return Ok(()) };
        self.admitted(name, found).map(drop)
    }

    /// Whether a URL may be asked for that has an address in place of a name. A name is looked up later.
    pub(super) fn check_address(self, url: &Url) -> Result<(), NotPublic> {
        self.check_host(url.host())
    }

    fn check_host(self, host: Option<Host<&str>>) -> Result<(), NotPublic> {
        let address = match host {
            Some(Host::Ipv4(address)) => IpAddr::from(address),
            Some(Host::Ipv6(address)) => IpAddr::from(address),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        match not_public(address) {
            Some(what) if !self.allow_private && !self.takes_at_word => {
                Err(NotPublic { name: "the URL".to_owned(), address, what })
            }
            _ => Ok(()),
        }
    }

    /// The addresses among `found` that may be connected to.
    fn admitted(self, name: &str, found: impl IntoIterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
        let is_meant = self.takes_at_word && is_localhost(name);
        let mut admitted = Vec::new();
        let mut refusal = None;
        for address in found {
            let ip = address.ip();
            match not_public(ip) {
                Some(what) if !(self.allow_private || is_meant && ip.is_loopback()) => {
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
        match Guard::of_base(allow_private).admitted(name, found) {
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

    #[test]
    fn what_clients_write_is_never_meant_as_it_stands_there() {
        let loopback = [SocketAddr::new(IpAddr::from([127, 0, 0, 1]), 0)];
        for (guard, is_admitted) in
            [(Guard::of_base(false), true), (Guard::of_list(false), false), (Guard::of_list(true), true)]
        {
            assert_eq!(guard.admitted("localhost", loopback).is_ok(), is_admitted, "{guard:?}");
            for url in
                ["http://127.0.0.1/", "http://2130706433/", "http://[::1]/", "http://[::ffff:1.1.1.1]/", "http://0/"]
            {
                assert_eq!(guard.check_address(&url.parse().unwrap()).is_ok(), is_admitted, "{guard:?} {url}");
            }
            for url in ["http://1.1.1.1/", "http://[2606:4700::1111]/", "http://localhost/"] {
                assert_eq!(guard.check_address(&url.parse().unwrap()), Ok(()), "{guard:?} {url}");
            }
        }
        let refusal = Guard::of_list(false).check_address(&"http://10.0.1.5/".parse().unwrap()).unwrap_err();
        assert_eq!(refusal.to_string(), "the URL leads to 10.0.1.5, which is private");
    }
}
