//! `ClientTolls`: who a request comes from, and what it has to pay for a rendition.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use crate::rates::{ClientRates, Rate, Toll};

/// A rate of renditions for each client.
#[derive(Clone)]
pub struct ClientTolls {
    rates: Arc<ClientRates>,
    /// Where a proxy says who the client is.
    trusted: Option<HeaderName>,
}

impl ClientTolls {
    /// Counts by the last address in the header, which is the one that the proxy itself saw; without it, by that of the
    /// connection.
    pub fn new(rate: Rate, trusted: Option<HeaderName>) -> Self {
        Self { rates: Arc::new(ClientRates::new(rate)), trusted }
    }

    /// What a request has to pay that came from this address.
    pub(super) fn toll(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> Toll {
        let told = self.trusted.as_ref().and_then(|name| last_address(headers, name));
        self.rates.toll(told.or(peer))
    }
}

/// The last address in a list, perhaps with a port.
fn last_address(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let last = headers.get_all(name).into_iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    let bare = last.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(last);
    bare.parse().ok().or_else(|| last.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn address(values: &[&'static str]) -> Option<String> {
        let name = HeaderName::from_static("x-forwarded-for");
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, HeaderValue::from_static(value));
        }
        last_address(&headers, &name).map(|address| address.to_string())
    }

    #[test]
    fn the_last_address_counts() {
        for (values, expected) in [
            (&["192.0.2.1"][..], Some("192.0.2.1")),
            (&["203.0.113.9, 192.0.2.1"], Some("192.0.2.1")),
            (&["203.0.113.9", "192.0.2.1"], Some("192.0.2.1")),
            (&["192.0.2.1:8080"], Some("192.0.2.1")),
            (&["2001:db8::1"], Some("2001:db8::1")),
            (&["[2001:db8::1]"], Some("2001:db8::1")),
            (&["[2001:db8::1]:80"], Some("2001:db8::1")),
            (&["192.0.2.1, unknown"], None),
            (&["192.0.2.1,"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(address(values).as_deref(), expected, "{values:?}");
        }
    }
}
