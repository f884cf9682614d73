//! What was last heard of originals elsewhere: which version there is and for how long that is believed, or that there is none.

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures_util::future::{BoxFuture, WeakShared};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::BodyFlight;
use crate::memo::Memo;
use crate::request::{Generation, Reference, Stamp, telling_date};
use crate::source::SourceError;

/// Originals whose identity is remembered.
const REMEMBERED_ORIGINALS: usize = 10_000;
/// Originals that are remembered as missing. Apart from the others, so that whoever asks for what is not there makes
/// nothing else be forgotten.
const REMEMBERED_MISSING: usize = 4_000;
/// The longest time for which an upstream's own `max-age` is believed.
const MAX_TIME_TO_LIVE: Duration = Duration::from_secs(24 * 60 * 60);

/// What is remembered of all originals, and for how long where the upstream does not say.
pub(super) struct Ledger {
    known: Memo<Reference, Known>,
    missing: Memo<Reference, Missing>,
    time_to_live: Duration,
    missing_time_to_live: Duration,
}

/// One version of an original.
#[derive(Clone)]
pub(super) struct Known {
    pub stamp: Stamp,
    /// When the original was last changed, where the upstream says so.
    pub modified: Option<SystemTime>,
    /// What asks whether it is still the same.
    condition: Option<(HeaderName, HeaderValue)>,
    fresh_until: Instant,
    /// Since which purge that is so.
    generation: Generation,
    /// Its bytes, for as long as anybody holds them who has not read them yet.
    body: Option<WeakBody>,
}

/// There is no such original.
#[derive(Clone, Copy)]
struct Missing {
    until: Instant,
    /// Since which purge that is so.
    generation: Generation,
}

/// Bytes that are there for as long as somebody else wants them.
pub(super) type WeakBody = WeakShared<BoxFuture<'static, Result<Bytes, SourceError>>>;

/// What the ledger says about an original.
pub(super) enum Entry {
    Fresh(Known),
    Missing,
    /// To be asked for; conditionally, where a version is known.
    Doubtful(Option<Known>),
}

impl Ledger {
    pub(super) fn new(time_to_live: Duration, missing_time_to_live: Duration) -> Self {
        let (known, missing) = (Memo::new(REMEMBERED_ORIGINALS), Memo::new(REMEMBERED_MISSING));
        Self { known, missing, time_to_live, missing_time_to_live }
    }

    /// What was learnt before this generation is forgotten.
    pub(super) fn look_up(&self, reference: &Reference, generation: Generation) -> Entry {
        let now = Instant::now();
        let is_missing = |missing: Missing| now < missing.until && missing.generation >= generation;
        match self.known.get(reference).filter(|known| known.generation >= generation) {
            Some(known) if now < known.fresh_until => Entry::Fresh(known),
            _ if self.missing.get(reference).is_some_and(is_missing) => Entry::Missing,
            known => Entry::Doubtful(known),
        }
    }

    /// Remembers the version that an answer with these headers is of. It was asked for at this generation.
    pub(super) fn learn(
        &self,
        reference: &Reference,
        generation: Generation,
        stamp: Stamp,
        headers: &HeaderMap,
        body: Option<WeakBody>,
    ) -> Known {
        let (modified, condition, fresh_until) = (modified(headers), condition(headers), self.fresh_until(headers));
        let known = Known { stamp, modified, condition, fresh_until, generation, body };
        // An answer may come late, when others know better already.
        if self.known.get(reference).is_none_or(|known| known.generation <= generation) {
            self.known.put(reference.clone(), known.clone());
            if self.missing.get(reference).is_some() {
                self.missing.put(reference.clone(), Missing { until: Instant::now(), generation });
            }
        }
        known
    }

    /// Remembers that the version is still the same.
    pub(super) fn renew(&self, reference: &Reference, known: Known, headers: &HeaderMap) -> Known {
        let known = Known { fresh_until: self.fresh_until(headers), ..known };
        self.known.put(reference.clone(), known.clone());
        known
    }

    /// Remembers that there is no such original, for a time that the answer may shorten. It was asked for at this generation.
    pub(super) fn miss(&self, reference: &Reference, generation: Generation, headers: &HeaderMap) {
        let now = Instant::now();
        let known = self.known.get(reference);
        if known.as_ref().is_some_and(|known| known.generation > generation) {
            return;
        }
        let allowed = time_to_live(headers).unwrap_or(Duration::MAX);
        let until = now + self.missing_time_to_live.min(allowed);
        self.missing.put(reference.clone(), Missing { until, generation });
        if let Some(known) = known {
            self.known.put(reference.clone(), Known { fresh_until: now, ..known });
        }
    }

    fn fresh_until(&self, headers: &HeaderMap) -> Instant {
        Instant::now() + time_to_live(headers).unwrap_or(self.time_to_live)
    }
}

impl Known {
    /// The conditional header that asks whether the original is still the same (RFC 9110, section 13.1).
    pub(super) fn condition(&self) -> Option<(HeaderName, HeaderValue)> {
        self.condition.clone()
    }

    /// The bytes that somebody else has fetched or is fetching. What has failed is not handed on: each who took it over
    /// would keep it for the next.
    pub(super) fn body_at_hand(&self) -> Option<BodyFlight> {
        self.body.as_ref()?.upgrade().filter(|body| !matches!(body.peek(), Some(Err(_))))
    }
}

fn modified(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(header::LAST_MODIFIED)?.to_str().ok()?).ok()
}

/// The date of an answer, where it tells this version from every other.
pub(super) fn telling_last_modified(headers: &HeaderMap) -> Option<&HeaderValue> {
    telling_date(modified(headers)?, SystemTime::now())?;
    headers.get(header::LAST_MODIFIED)
}

fn condition(headers: &HeaderMap) -> Option<(HeaderName, HeaderValue)> {
    let by_tag = headers.get(header::ETAG).map(|tag| (header::IF_NONE_MATCH, tag.clone()));
    by_tag.or_else(|| Some((header::IF_MODIFIED_SINCE, telling_last_modified(headers)?.clone())))
}

/// The upstream's own `max-age` (RFC 9111, section 5.2.2); zero where it forbids reuse without asking.
fn time_to_live(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get(header::CACHE_CONTROL)?.to_str().ok()?.to_ascii_lowercase();
    let mut directives = directives.split(',').map(str::trim);
    if directives.clone().any(|directive| matches!(directive, "no-store" | "no-cache")) {
        return Some(Duration::ZERO);
    }
    let seconds = directives.find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok());
    seconds.map(|seconds| Duration::from_secs(seconds).min(MAX_TIME_TO_LIVE))
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use futures_util::FutureExt;

    use super::*;
    use crate::request::ImagePath;

    fn headers(cache_control: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static(cache_control))])
    }

    #[test]
    fn the_upstream_decides_how_long_it_is_believed() {
        let lifetime = |value| time_to_live(&headers(value));
        assert_eq!(lifetime("public, max-age=60"), Some(Duration::from_secs(60)));
        assert_eq!(lifetime("max-age=60, No-Cache"), Some(Duration::ZERO));
        assert_eq!(lifetime("max-age=99999999999"), Some(MAX_TIME_TO_LIVE));
        assert_eq!(lifetime("public"), None);
    }

    #[tokio::test]
    async fn bytes_are_at_hand_while_somebody_holds_them_and_never_a_failure() {
        let ledger = Ledger::new(Duration::ZERO, Duration::ZERO);
        let reference = Reference::from(ImagePath::from_decoded("a.png").unwrap());
        for (outcome, is_handed_on) in [(Ok(Bytes::from_static(b"GIF")), true), (Err(SourceError::NotAnImage), false)] {
            let body: BodyFlight = ready(outcome).boxed().shared();
            let known = ledger.learn(
                &reference,
                Generation::NONE,
                Stamp::Response { digest: 1 },
                &headers("public"),
                body.downgrade(),
            );
            assert!(known.body_at_hand().is_some(), "nobody knows yet what comes");
            let held = body.clone();
            let _ = body.await;
            assert_eq!(known.body_at_hand().is_some(), is_handed_on);
            drop(held);
            assert!(known.body_at_hand().is_none());
        }
    }

    #[test]
    fn a_missing_original_is_missing_until_it_is_found_again() {
        let ledger = Ledger::new(Duration::ZERO, Duration::from_secs(3600));
        let reference = Reference::from(ImagePath::from_decoded("a.png").unwrap());
        let is_missing = || matches!(ledger.look_up(&reference, Generation::NONE), Entry::Missing);
        assert!(!is_missing());
        ledger.miss(&reference, Generation::NONE, &headers("public"));
        assert!(is_missing());
        // As where it was being fetched when it was missed.
        ledger.learn(&reference, Generation::NONE, Stamp::Response { digest: 1 }, &headers("public"), None);
        assert!(!is_missing());
        ledger.miss(&reference, Generation::NONE, &headers("max-age=0"));
        assert!(!is_missing());
        ledger.learn(&reference, Generation::NONE, Stamp::Response { digest: 1 }, &headers("max-age=60"), None);
        ledger.miss(&reference, Generation::NONE, &headers("public"));
        assert!(is_missing());
    }

    #[test]
    fn what_was_learnt_before_a_purge_is_forgotten_and_does_not_come_back() {
        let ledger = Ledger::new(Duration::from_secs(3600), Duration::from_secs(3600));
        let reference = Reference::from(ImagePath::from_decoded("a.png").unwrap());
        let [old, new] = [1, 2].map(|number| Generation::new(number).unwrap());
        let [first, second] = [1, 2].map(|digest| Stamp::Response { digest });
        let learn = |generation, stamp| ledger.learn(&reference, generation, stamp, &headers("max-age=60"), None);
        let stamp_at = |generation| match ledger.look_up(&reference, generation) {
            Entry::Fresh(known) => Some(known.stamp),
            Entry::Missing => panic!("it is there"),
            // Nothing that was known: the question is not a conditional one.
            Entry::Doubtful(known) => known.map(|_| panic!("it is forgotten")),
        };
        learn(old, first);
        assert_eq!([stamp_at(Generation::NONE), stamp_at(old), stamp_at(new)], [Some(first), Some(first), None]);
        learn(new, second);
        // What was asked for before the purge, and comes after it.
        learn(old, first);
        ledger.miss(&reference, old, &headers("public"));
        assert_eq!([stamp_at(old), stamp_at(new)], [Some(second); 2]);
        let newest = Generation::new(3).unwrap();
        ledger.miss(&reference, new, &headers("public"));
        assert!(matches!(ledger.look_up(&reference, new), Entry::Missing));
        assert!(matches!(ledger.look_up(&reference, newest), Entry::Doubtful(None)));
    }
}
