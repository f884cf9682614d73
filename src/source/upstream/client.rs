//! The HTTP client: what the upstream is asked, and what became of the asking.

use std::error::Error;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

use super::guard::{Guard, NotPublic};
use crate::request::ImagePath;
use crate::source::{Step, UpstreamError};

/// Redirects followed for one original, all within the origin of the base.
const MAX_REDIRECTS: usize = 3;

/// How long the upstream may take, for each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Looking up the name, connecting and agreeing on keys.
    pub connect: Duration,
    /// Saying nothing, from the request on.
    pub read: Duration,
    /// All of it, from connecting to the last byte.
    pub total: Duration,
}

/// A client for one base URL.
pub(super) struct UpstreamClient {
    client: Client,
    base: Url,
}

impl UpstreamClient {
    /// # Errors
    /// It cannot be set up, for want of trusted certificates for example.
    pub(super) fn new(
        base: Url,
        guard: Guard,
        timeouts: Timeouts,
        user_agent: HeaderValue,
    ) -> Result<Self, UpstreamError> {
        // Another part of the process may have installed it already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let origin = base.origin();
        let within_base = Policy::custom(move |attempt| {
            let is_allowed = attempt.url().origin() == origin && attempt.previous().len() <= MAX_REDIRECTS;
            if is_allowed { attempt.follow() } else { attempt.stop() }
        });
        // Without this line the client would ask for what it can unpack.
        let as_stored = (header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let client = Client::builder()
            .user_agent(user_agent)
            .default_headers(HeaderMap::from_iter([as_stored]))
            .dns_resolver(Arc::new(guard))
            .redirect(within_base)
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .timeout(timeouts.total)
            // Another library brings the means for more, which no fallback needs.
            .http1_only()
            .no_proxy()
            .referer(false)
            .build()
            .map_err(|error| UpstreamError::Unreachable { cause: chain(&error) })?;
        Ok(Self { client, base })
    }

    /// Asks for an original and waits for the head of the answer.
    ///
    /// # Errors
    /// [`UpstreamError::Timeout`] and [`UpstreamError::Unreachable`].
    pub(super) async fn send(
        &self,
        path: &ImagePath,
        conditions: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Result<Response, UpstreamError> {
        let mut request = self.client.get(self.url(path));
        for (name, validator) in conditions {
            request = request.header(name, validator);
        }
        request.send().await.map_err(|error| transport_error(&error))
    }

    /// The URL of an original: the segments appended one by one, each encoded again, so that no path can change the
    /// host (`Url::join` would let `//other.example/x` do so).
    fn url(&self, path: &ImagePath) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.components());
        }
        // A URL may hold a plus as it is, but object stores read one as a space. That in the base is the operator's.
        if path.as_str().contains('+')
            && let Some((base, appended)) = url.path().split_at_checked(self.base.path().len())
        {
            let encoded = format!("{base}{}", appended.replace('+', "%2B"));
            url.set_path(&encoded);
        }
        url
    }
}

pub(super) fn transport_error(error: &reqwest::Error) -> UpstreamError {
    match (error.is_timeout(), error.is_connect()) {
        (true, true) => UpstreamError::Timeout { step: Step::Connecting },
        (true, false) => UpstreamError::Timeout { step: Step::Answering },
        _ => match causes(error).find_map(|cause| cause.downcast_ref::<NotPublic>()) {
            Some(refusal) => UpstreamError::NotPublic { refusal: refusal.clone() },
            None => UpstreamError::Unreachable { cause: chain(error) },
        },
    }
}

/// An error with all its causes, for the log.
fn chain(error: &reqwest::Error) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// An error, what caused it, what caused that, and so on.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMEOUTS: Timeouts =
        Timeouts { connect: Duration::from_secs(60), read: Duration::from_secs(60), total: Duration::from_secs(60) };

    fn client(base: &str) -> UpstreamClient {
        let base = base.parse().unwrap();
        UpstreamClient::new(base, Guard::new(false), TIMEOUTS, HeaderValue::from_static("test")).unwrap()
    }

    fn url(base: &str, path: &str) -> String {
        client(base).url(&ImagePath::from_decoded(path).unwrap()).to_string()
    }

    #[test]
    fn paths_are_joined_with_one_slash_and_encoded_again() {
        assert_eq!(url("http://a.example", "b.jpg"), "http://a.example/b.jpg");
        assert_eq!(url("http://a.example/x/", "b c/é%.jpg"), "http://a.example/x/b%20c/%C3%A9%25.jpg");
        assert_eq!(url("http://a.example/x", "?#.jpg"), "http://a.example/x/%3F%23.jpg");
        assert_eq!(url("http://a.example/x+y/", "a+b/%2B+.jpg"), "http://a.example/x+y/a%2Bb/%252B%2B.jpg");
    }

    fn decoded(segment: &str) -> String {
        percent_encoding::percent_decode_str(segment).decode_utf8().unwrap().into_owned()
    }

    proptest! {
        #[test]
        fn no_path_leaves_the_base(path in "[a-z/:@?#%&;=. \\\\é+-]{1,30}") {
            if let Ok(path) = ImagePath::from_decoded(&path) {
                let url = client("http://base.example:81/in/").url(&path);
                prop_assert_eq!(url.origin().ascii_serialization(), "http://base.example:81");
                prop_assert!(url.path().starts_with("/in/"));
                prop_assert_eq!(url.query(), None);
                prop_assert!(!url.path().contains('+'));
                let asked: Vec<_> = url.path_segments().into_iter().flatten().skip(1).map(decoded).collect();
                prop_assert_eq!(asked.join("/"), path.as_str());
            }
        }
    }
}
