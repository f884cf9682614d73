//! One version of an original elsewhere, as an answer tells of it, and for how long the answer is to be believed.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::{BoxFuture, WeakShared};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::BodyFlight;
use crate::request::{Stamp, telling_date};
use crate::source::SourceError;

/// The longest time for which an answer's own `max-age` is believed.
const MAX_TIME_TO_LIVE: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest media type that is remembered of what is no image, in bytes.
const MAX_MEDIA_TYPE_BYTES: usize = 100;

/// One version of an original.
#[derive(Clone)]
pub(super) struct FetchedVersion {
    pub stamp: Stamp,
    /// When the original was last changed, where the answer says so.
    pub modified: Option<SystemTime>,
    /// What the answer calls it, where that is no image: of an image its bytes tell.
    pub declared: Option<Box<str>>,
    /// What asks whether it is still the same.
    condition: Option<(HeaderName, HeaderValue)>,
    /// Its bytes, for as long as anybody holds them who has not read them yet.
    body: Option<WeakBody>,
}

/// Bytes that are there for as long as somebody else wants them.
pub(super) type WeakBody = WeakShared<BoxFuture<'static, Result<Bytes, SourceError>>>;

impl FetchedVersion {
    /// The one that an answer with these headers is of.
    pub(super) fn new(stamp: Stamp, headers: &HeaderMap, body: Option<WeakBody>) -> Self {
        Self { stamp, modified: modified(headers), declared: declared(headers), condition: condition(headers), body }
    }

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

fn declared(headers: &HeaderMap) -> Option<Box<str>> {
    let declared = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let is_kept = declared.len() <= MAX_MEDIA_TYPE_BYTES && !declared.starts_with("image/");
    is_kept.then(|| declared.into())
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

/// The answer's own `max-age` (RFC 9111, section 5.2.2), at most a day; zero where it forbids reuse without asking.
pub(super) fn time_to_live(headers: &HeaderMap) -> Option<Duration> {
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
        for (outcome, is_handed_on) in [(Ok(Bytes::from_static(b"GIF")), true), (Err(SourceError::NotAnImage), false)] {
            let body: BodyFlight = ready(outcome).boxed().shared();
            let version = FetchedVersion::new(Stamp::Response { digest: 1 }, &headers("public"), body.downgrade());
            assert!(version.body_at_hand().is_some(), "nobody knows yet what comes");
            let held = body.clone();
            let _ = body.await;
            assert_eq!(version.body_at_hand().is_some(), is_handed_on);
            drop(held);
            assert!(version.body_at_hand().is_none());
        }
    }
}
