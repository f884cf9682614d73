//! Which setting an operator may change to be rid of a failure: for the log, and known here because the rooms that fail
//! know no variables.

use crate::bucket::{BucketError, StoreStep};
use crate::http::Failure;
use crate::pipeline::RenderError;
use crate::service::ServiceError;
use crate::source::{SourceError, Step, UpstreamError};

/// The variables to look at; `None` where none would help.
pub(super) fn on(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Late => Some("IMAGE_PROXY_TIMEOUT"),
        Failure::Service(ServiceError::Render(RenderError::Source(error))) => on_source(error),
        Failure::Service(ServiceError::Other(error)) => on_source(error),
        _ => None,
    }
}

fn on_source(error: &SourceError) -> Option<&'static str> {
    match error {
        SourceError::Upstream(error) => on_upstream(error),
        SourceError::Remote(error) => on_remote(error),
        SourceError::Bucket(error) => on_bucket(error),
        SourceError::NoRoom(_) => Some("IMAGE_PROXY_MEMORY_BUDGET"),
        _ => None,
    }
}

fn on_bucket(error: &BucketError) -> Option<&'static str> {
    match error {
        BucketError::Timeout { step: StoreStep::Connection } => Some("IMAGE_PROXY_BUCKET_CONNECT_TIMEOUT"),
        BucketError::Timeout { .. } => Some("IMAGE_PROXY_BUCKET_READ_TIMEOUT or IMAGE_PROXY_BUCKET_TIMEOUT"),
        BucketError::TooLong { .. } => Some("IMAGE_PROXY_MAX_SOURCE_SIZE"),
        BucketError::Refused { status: 403, .. } => {
            Some("IMAGE_PROXY_BUCKET_MISSING_STATUSES, if that means that there is no such image")
        }
        _ => None,
    }
}

fn on_upstream(error: &UpstreamError) -> Option<&'static str> {
    match error {
        UpstreamError::Timeout { step: Step::Connecting } => Some("IMAGE_PROXY_FALLBACK_CONNECT_TIMEOUT"),
        UpstreamError::Timeout { step: Step::Answering } => {
            Some("IMAGE_PROXY_FALLBACK_READ_TIMEOUT or IMAGE_PROXY_FALLBACK_IMAGE_TIMEOUT")
        }
        UpstreamError::NotPublic { .. } => Some("IMAGE_PROXY_FALLBACK_ALLOW_PRIVATE=true, if that is meant"),
        UpstreamError::TooLarge { .. } => Some("IMAGE_PROXY_FALLBACK_IMAGE_MAX_SIZE"),
        UpstreamError::Status { status: 400..=499, .. } => {
            Some("IMAGE_PROXY_FALLBACK_MISSING_STATUSES, if that means that there is no such image")
        }
        UpstreamError::Busy => Some("IMAGE_PROXY_FALLBACK_MAX_FETCHES"),
        UpstreamError::Unreachable { .. }
        | UpstreamError::Status { .. }
        | UpstreamError::Encoded { .. }
        | UpstreamError::NotAnImage => None,
    }
}

fn on_remote(error: &UpstreamError) -> Option<&'static str> {
    match error {
        UpstreamError::Timeout { step: Step::Connecting } => Some("IMAGE_PROXY_REMOTE_CONNECT_TIMEOUT"),
        UpstreamError::Timeout { step: Step::Answering } => {
            Some("IMAGE_PROXY_REMOTE_READ_TIMEOUT or IMAGE_PROXY_REMOTE_TIMEOUT")
        }
        UpstreamError::NotPublic { .. } => Some("IMAGE_PROXY_REMOTE_ALLOW_PRIVATE=true, if that is meant"),
        UpstreamError::TooLarge { .. } => Some("IMAGE_PROXY_REMOTE_MAX_SIZE"),
        UpstreamError::Status { leads_to: Some(_), .. } => Some("IMAGE_PROXY_REMOTE_ORIGINS, if it may lead there"),
        UpstreamError::Busy => Some("IMAGE_PROXY_REMOTE_MAX_FETCHES"),
        UpstreamError::Unreachable { .. }
        | UpstreamError::Status { leads_to: None, .. }
        | UpstreamError::Encoded { .. }
        | UpstreamError::NotAnImage => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::seats::NoSeat;

    #[test]
    fn every_variable_that_is_named_is_one() {
        let known: Vec<_> = config::settings().into_iter().map(|setting| setting.name).collect();
        let status = |status| UpstreamError::Status { status, leads_to: None };
        let upstream = [
            UpstreamError::Timeout { step: Step::Connecting },
            UpstreamError::Timeout { step: Step::Answering },
            UpstreamError::TooLarge { limit: 1 },
            UpstreamError::Busy,
            status(403),
        ];
        let bucket = [
            BucketError::Timeout { step: StoreStep::Connection },
            BucketError::Timeout { step: StoreStep::Head },
            BucketError::TooLong { limit: 1 },
            BucketError::Refused { status: 403, code: None },
        ];
        let led = UpstreamError::Status { status: 302, leads_to: Some("https://a.example".to_owned()) };
        let [first, second, third, fourth, _] = upstream.clone();
        let remote = [first, second, third, fourth, led].map(SourceError::Remote);
        let others = bucket.map(SourceError::from).into_iter().chain([SourceError::NoRoom(NoSeat)]).chain(remote);
        let failures = upstream.map(SourceError::from).into_iter().chain(others);
        let failures = failures.map(|error| Failure::from(ServiceError::from(error)));
        for failure in failures.chain([Failure::Late]) {
            let advice = on(&failure).unwrap();
            let mut named = advice.split([' ', ',', '=']).filter(|word| word.starts_with("IMAGE_PROXY_")).peekable();
            assert!(named.peek().is_some(), "{advice}");
            assert!(named.all(|name| known.iter().any(|known| known == name)), "{advice}");
        }
        assert_eq!(on(&ServiceError::from(SourceError::from(status(500))).into()), None);
    }
}
