//! `Throttle`: so many requests a second and no more, as imaginary counts them: the generic cell rate algorithm, for each
//! endpoint and method by itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// The longest time that is counted on: more is as good as never.
const MOST: Duration = Duration::from_secs(1 << 40);

/// What is counted by itself: an endpoint, of which there is a closed set, and whether the request is a POST.
type Counted = (&'static str, bool);

/// Counts requests. What it holds is bounded by the endpoints that there are.
#[derive(Debug)]
pub(super) struct Throttle {
    /// Between two requests, where they come evenly.
    interval: Duration,
    /// How many may come at once.
    limit: u32,
    /// The time by which all that came would have come evenly.
    arrivals: Mutex<HashMap<Counted, Duration>>,
}

/// What there is to say of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    limit: u32,
    remaining: u32,
    reset_after: Duration,
    /// It may come after this time, and not now.
    retry_after: Option<Duration>,
}

impl Throttle {
    /// Lets so many requests a second through, and so many more at once.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self { interval, limit: burst.saturating_add(1), arrivals: Mutex::default() }
    }

    /// Counts a request that comes at this time, since some beginning.
    pub fn count(&self, endpoint: &'static str, method: &Method, now: Duration) -> Count {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let arrival = arrivals.entry((endpoint, method == Method::POST)).or_insert(now);
        let (before, next) = (*arrival, (*arrival).max(now) + self.interval);
        match next.checked_sub(self.tolerance()).and_then(|allowed| allowed.checked_sub(now)) {
            Some(early) if !early.is_zero() => Count { retry_after: Some(early), ..self.told(before, now) },
            _ => {
                *arrival = next;
                self.told(next, now)
            }
        }
    }

    /// What there is to say without counting.
    pub fn look(&self, endpoint: &'static str, method: &Method, now: Duration) -> Count {
        let arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        self.told(arrivals.get(&(endpoint, method == Method::POST)).copied().unwrap_or(now), now)
    }

    fn told(&self, arrival: Duration, now: Duration) -> Count {
        let reset_after = arrival.saturating_sub(now);
        let rest = self.tolerance().saturating_sub(reset_after);
        let remaining = rest.as_nanos() / self.interval.as_nanos().max(1);
        let remaining = u32::try_from(remaining).unwrap_or(u32::MAX).min(self.limit);
        Count { limit: self.limit, remaining, reset_after, retry_after: None }
    }

    fn tolerance(&self) -> Duration {
        self.interval.checked_mul(self.limit).unwrap_or(MOST)
    }
}

impl Count {
    /// Tells whether it has to wait.
    pub fn is_over(self) -> bool {
        self.retry_after.is_some()
    }

    /// Says so in headers, times in whole seconds.
    pub fn put_into(self, headers: &mut HeaderMap) {
        let Self { limit, remaining, reset_after, retry_after } = self;
        let mut put = |name: &'static str, number: u64| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
        };
        put("x-ratelimit-limit", limit.into());
        put("x-ratelimit-remaining", remaining.into());
        put("x-ratelimit-reset", whole_seconds(reset_after));
        if let Some(time) = retry_after {
            put("retry-after", whole_seconds(time));
        }
    }
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_burst_and_one_more_come_at_once_and_then_as_many_as_the_rate_allows() {
        let throttle = Throttle::new(2, 2);
        let remaining = |count: Count| (!count.is_over()).then_some(count.remaining);
        let counted: Vec<_> = (0..4).map(|_| remaining(throttle.count("/crop", &Method::GET, at(1000)))).collect();
        assert_eq!(counted, [Some(2), Some(1), Some(0), None]);
        assert_eq!(remaining(throttle.count("/crop", &Method::GET, at(1499))), None);
        assert_eq!(remaining(throttle.count("/crop", &Method::GET, at(1500))), Some(0));
        assert_eq!(remaining(throttle.count("/crop", &Method::GET, at(60_000))), Some(2));
    }

    #[test]
    fn each_method_and_each_endpoint_is_counted_by_itself() {
        let throttle = Throttle::new(1, 0);
        for (endpoint, method) in [("/crop", Method::GET), ("/crop", Method::POST), ("/fit", Method::GET)] {
            assert!(!throttle.count(endpoint, &method, at(0)).is_over(), "{method} {endpoint}");
            assert!(throttle.count(endpoint, &method, at(0)).is_over(), "{method} {endpoint}");
        }
    }

    #[test]
    fn headers_tell_the_limit_what_is_left_of_it_and_when_to_come_again() {
        let throttle = Throttle::new(1, 1);
        let told = |count: Count| {
            let mut headers = HeaderMap::new();
            count.put_into(&mut headers);
            let text =
                |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
            ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"].map(text)
        };
        assert_eq!(told(throttle.look("/", &Method::GET, at(0))), ["2", "2", "0", ""]);
        assert_eq!(told(throttle.count("/", &Method::GET, at(0))), ["2", "1", "1", ""]);
        assert_eq!(told(throttle.count("/", &Method::GET, at(0))), ["2", "0", "2", ""]);
        assert_eq!(told(throttle.count("/", &Method::GET, at(300))), ["2", "0", "2", "1"]);
        assert_eq!(told(throttle.look("/", &Method::GET, at(300))), ["2", "0", "2", ""]);
    }

    #[test]
    fn no_rate_and_no_burst_is_too_large() {
        let throttle = Throttle::new(u32::MAX, u32::MAX);
        assert!(!throttle.count("/", &Method::GET, at(0)).is_over());
        assert!(!throttle.count("/", &Method::GET, MOST).is_over());
        let slow = Throttle::new(0, u32::MAX);
        assert!(!slow.count("/", &Method::GET, at(0)).is_over());
    }
}
