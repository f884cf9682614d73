//! The HTTP client: what is asked for at a URL, and what became of the asking.

use std::error::Error;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

use super::guard::{Guard, NotPublic};
use super::scope::Scope;
use crate::source::{Step, UpstreamError};

/// Redirects followed for one original.
const MAX_REDIRECTS: usize = 3;

/// How long a fetch may take, for each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Looking up the name, connecting and agreeing on keys.
    pub connect: Duration,
    /// Saying nothing, from the request on.
    pub read: Duration,
    /// All of it, from connecting to the last byte.
    pub total: Duration,
}

/// A client that stays within its scope, also where it is led elsewhere.
pub(super) struct FetchClient {
    client: Client,
    guard: Guard,
}

impl FetchClient {
    /// With headers that are sent with every request, and stand in no log.
    ///
    /// # Errors
    /// It cannot be set up, for want of trusted certificates for example.
    pub(super) fn new(
        scope: Scope,
        guard: Guard,
        timeouts: Timeouts,
        user_agent: HeaderValue,
        mut headers: HeaderMap,
    ) -> Result<Self, UpstreamError> {
        // Another part of the process may have installed it already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let within_scope =
            Policy::custom(move |attempt| match follows(&scope, guard, attempt.url(), attempt.previous().len()) {
                Ok(true) => attempt.follow(),
                Ok(false) => attempt.stop(),
                Err(refusal) => attempt.error(refusal),
            });
        headers.values_mut().for_each(|value| value.set_sensitive(true));
        // Without this line the client would ask for what it can unpack.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let client = Client::builder()
            .user_agent(user_agent)
            .default_headers(headers)
            .dns_resolver(Arc::new(guard))
            .redirect(within_scope)
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .timeout(timeouts.total)
            // Another library brings the means for more, which no fetch needs.
            .http1_only()
            .no_proxy()
            .referer(false)
            .build()
            .map_err(transport_error)?;
        Ok(Self { client, guard })
    }

    /// Asks for an original and waits for the head of the answer.
    ///
    /// # Errors
    /// [`UpstreamError::Timeout`], [`UpstreamError::Unreachable`] and [`UpstreamError::NotPublic`].
    pub(super) async fn send(
        &self,
        url: Url,
        conditions: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Result<Response, UpstreamError> {
        self.guard.check_address(&url).map_err(|refusal| UpstreamError::NotPublic { refusal })?;
        let mut request = self.client.get(url);
        for (name, validator) in conditions {
            request = request.header(name, validator);
        }
        request.send().await.map_err(transport_error)
    }
}

/// Whether an answer is followed to a URL, the so many-th that is led to.
fn follows(scope: &Scope, guard: Guard, url: &Url, number: usize) -> Result<bool, NotPublic> {
    if number > MAX_REDIRECTS || !scope.leads_to(url) {
        return Ok(false);
    }
    guard.check_address(url).map(|()| true)
}

pub(super) fn transport_error(mut error: reqwest::Error) -> UpstreamError {
    let refusal = causes(&error).find_map(|cause| cause.downcast_ref::<NotPublic>()).cloned();
    match (error.is_timeout(), refusal) {
        (true, _) if error.is_connect() => UpstreamError::Timeout { step: Step::Connecting },
        (true, _) => UpstreamError::Timeout { step: Step::Answering },
        (false, Some(refusal)) => UpstreamError::NotPublic { refusal },
        (false, None) => {
            // The text goes to the log, and a query may hold a secret.
            if let Some(url) = error.url_mut() {
                url.set_query(None);
            }
            UpstreamError::Unreachable { cause: chain(&error) }
        }
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
    use super::*;
    use crate::request::RemoteOrigins;

    #[test]
    fn an_answer_is_followed_within_its_scope_three_times_and_to_no_private_address() {
        let base = Scope::base("http://127.0.0.1:81/in/".parse().unwrap());
        let listed =
            Scope::listed(RemoteOrigins::parse("a.example/in,http://10.0.0.1,http://[::1],localhost").unwrap());
        let follows = |scope: &Scope, url: &str, number| {
            let guard = if matches!(scope, Scope::Base(_)) { Guard::of_base(false) } else { Guard::of_list(false) };
            follows(scope, guard, &url.parse().unwrap(), number).map_err(|refusal| refusal.to_string())
        };
        for (scope, url) in [(&base, "http://127.0.0.1:81/out"), (&listed, "https://a.example/in/b.jpg?signed=1")] {
            assert_eq!(
                [1, 2, 3, 4].map(|number| follows(scope, url, number)),
                [true, true, true, false].map(Ok),
                "{url}"
            );
        }
        for url in ["http://127.0.0.1/", "https://127.0.0.1:81/", "http://localhost:81/", "https://a.example/in/"] {
            assert_eq!(follows(&base, url, 1), Ok(false), "{url}");
        }
        let within = [
            "https://a.example/",
            "https://a.example/in/../b",
            "https://a.example:444/in/",
            "https://me@a.example/in/",
        ];
        for url in [&within[..], &["https://b.example/in/", "http://127.0.0.1/", "file:///in/"]].concat() {
            assert_eq!(follows(&listed, url, 1), Ok(false), "{url}");
        }
        for (url, what) in
            [("http://10.0.0.1/", "private"), ("http://167772161/", "private"), ("http://[::1]/", "loopback")]
        {
            let refusal = follows(&listed, url, 1).unwrap_err();
            assert!(refusal.ends_with(what), "{url}: {refusal}");
        }
        // A name is looked up when it is connected to.
        assert_eq!(follows(&listed, "http://localhost/", 1), Ok(true));
    }
}
