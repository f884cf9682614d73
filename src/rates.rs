//! RATES: how many renditions each client may have made in a time. governor lives only in this room.
//! It must not know what a rendition is, nor how a client is known.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::memo::Memo;

/// Clients that are counted, at least; twice as many at most. Whoever is forgotten begins anew, so that it takes as many
/// addresses as this to have more than one's share.
const COUNTED_CLIENTS: usize = 50_000;

/// So many in a time, and as many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    period: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Second,
    Minute,
    Hour,
}

/// Counts what clients have made. What it holds is bounded.
pub struct ClientRates {
    quota: Quota,
    clock: DefaultClock,
    clients: Mutex<Memo<CountedClient, Arc<DefaultDirectRateLimiter>>>,
}

/// Who is counted as one: an address of version 4, or the 64 bits of one of version 6 that are a network of its owner's
/// (RFC 6177, section 2). All whose address is not known are one.
type CountedClient = Option<IpAddr>;

/// What one request has to pay before anything is made for it. Clones are of the same request.
#[derive(Clone)]
pub struct Toll {
    rates: Arc<ClientRates>,
    client: CountedClient,
    was_asked: Arc<AtomicBool>,
}

/// A client had as many made as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many renditions were made for this client, try again in {} s", .after.as_secs_f64().ceil())]
pub struct TooOften {
    /// When the next may be made.
    pub after: Duration,
}

impl Rate {
    /// The largest number.
    pub const MAX: u32 = 1_000_000;

    /// Parses a whole number from 1 to [`Rate::MAX`] for each second, minute or hour: `10/s`, `100/m`, `1000/h`.
    pub fn parse(text: &str) -> Option<Self> {
        let (count, period) = text.split_once('/')?;
        let period = match period.trim() {
            "s" => Period::Second,
            "m" => Period::Minute,
            "h" => Period::Hour,
            _ => return None,
        };
        let count = count.trim().parse().ok().filter(|count| *count <= Self::MAX)?;
        Some(Self { count: NonZeroU32::new(count)?, period })
    }

    fn quota(self) -> Quota {
        match self.period {
            Period::Second => Quota::per_second(self.count),
            Period::Minute => Quota::per_minute(self.count),
            Period::Hour => Quota::per_hour(self.count),
        }
    }
}

impl ClientRates {
    /// Lets each client have so many made.
    pub fn new(rate: Rate) -> Self {
        Self { quota: rate.quota(), clock: DefaultClock::default(), clients: Mutex::new(Memo::new(COUNTED_CLIENTS)) }
    }

    /// What a request from this address has to pay.
    pub fn toll(self: &Arc<Self>, client: Option<IpAddr>) -> Toll {
        Toll { rates: Arc::clone(self), client: client.map(counted), was_asked: Arc::default() }
    }

    fn pay(&self, client: CountedClient) -> Result<(), TooOften> {
        let limiter = {
            let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            clients.get(&client).unwrap_or_else(|| {
                let limiter = Arc::new(RateLimiter::direct(self.quota));
                clients.put(client, Arc::clone(&limiter));
                limiter
            })
        };
        limiter.check().map_err(|until| TooOften { after: until.wait_time_from(self.clock.now()) })
    }
}

impl Toll {
    /// Counts a rendition.
    ///
    /// # Errors
    /// The client had too many made.
    pub fn pay(&self) -> Result<(), TooOften> {
        self.was_asked.store(true, Ordering::Relaxed);
        self.rates.pay(self.client)
    }

    /// Tells whether it was asked for. Where it was not, another request was refused that the same is made for.
    pub fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }
}

fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [first, second, third, fourth, ..] = address.segments();
            Ipv6Addr::new(first, second, third, fourth, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(text: &str) -> Arc<ClientRates> {
        Arc::new(ClientRates::new(Rate::parse(text).unwrap()))
    }

    fn pay(rates: &Arc<ClientRates>, address: &str) -> Option<Duration> {
        rates.toll(address.parse().ok()).pay().err().map(|error| error.after)
    }

    #[test]
    fn a_rate_is_a_number_for_each_second_minute_or_hour() {
        for text in ["1/s", "100/m", " 1000000 / h "] {
            assert!(Rate::parse(text).is_some(), "{text}");
        }
        for text in ["", "10", "0/s", "-1/s", "1.5/s", "1000001/h", "10/d", "10/", "/s", "10/sec"] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn as_many_are_made_at_once_as_the_rate_says_and_then_one_after_the_other() {
        let rates = rates("3/h");
        assert_eq!([(); 3].map(|()| pay(&rates, "192.0.2.1")), [None; 3]);
        let after = pay(&rates, "192.0.2.1").unwrap();
        assert!(after > Duration::from_secs(1190) && after <= Duration::from_secs(1200), "{after:?}");
    }

    #[test]
    fn clients_are_counted_by_address_or_by_network() {
        let rates = rates("1/h");
        let is_refused = |address: &str| pay(&rates, address).is_some();
        let asked = [
            "192.0.2.1",
            "192.0.2.2",
            "::ffff:192.0.2.1",
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8:0:1::1",
            "none",
            "no",
        ];
        assert_eq!(asked.map(is_refused), [false, false, true, false, true, false, false, true]);
    }

    #[test]
    fn what_is_held_of_clients_is_bounded_and_whoever_stays_is_remembered() {
        let rates = rates("1/h");
        let address = |number: u32| IpAddr::from(number.to_be_bytes());
        assert!(rates.toll(Some(address(0))).pay().is_ok());
        for number in 1..COUNTED_CLIENTS as u32 {
            assert!(rates.toll(Some(address(number))).pay().is_ok());
        }
        assert!(rates.toll(Some(address(0))).pay().is_err());
        for number in 0..COUNTED_CLIENTS as u32 {
            let _ = rates.toll(Some(address(number + 1_000_000))).pay();
        }
        assert!(rates.toll(Some(address(0))).pay().is_err());
        assert!(rates.toll(Some(address(1))).pay().is_ok(), "it was forgotten");
    }

    #[test]
    fn it_is_known_whether_a_toll_was_asked_for() {
        let toll = rates("1/s").toll(None);
        let other = toll.clone();
        assert!(!toll.was_asked());
        assert!(other.pay().is_ok() && toll.was_asked());
    }
}
