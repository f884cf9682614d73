//! The webhook: somebody else is told of changes, many at a time, and again where they do not hear.

use std::error::Error;
use std::fmt;
use std::iter;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::sync::Notify;
use tokio::time::sleep;
use url::Url;

use super::Changes;

/// What changes within this time after another change is told together with it.
const QUIET: Duration = Duration::from_millis(300);
/// But no change waits longer for others.
const MAX_DELAY: Duration = Duration::from_secs(2);
/// How long one try may take, and the pauses before the next: three tries within 20 seconds where nobody answers.
const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// Paths that are told at once; more are told in several requests.
const MAX_PATHS: usize = 1000;

/// Where to tell of changes. All of it but the host may be a secret, and is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct HookUrl(Url);

/// Who is told of changes by POST.
pub struct Hook {
    client: Client,
    url: HookUrl,
    pending: Mutex<Changes>,
    has_more: Notify,
}

/// Why nobody was told.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There was no connection, no answer in time, or no client to begin with.
    #[error("{cause}")]
    Unreachable {
        /// What the client says, without the URL.
        cause: String,
    },
    /// It was not accepted.
    #[error("it answered with status {status}")]
    Refused {
        /// Anything but 2xx.
        status: StatusCode,
    },
}

impl HookUrl {
    /// `None` where it is no URL of HTTP.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
        Some(Self(url))
    }
}

impl fmt::Display for HookUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/…", self.0.origin().ascii_serialization())
    }
}

impl fmt::Debug for HookUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HookUrl({self})")
    }
}

impl Hook {
    /// The operator names the host, so that it may be a private one.
    ///
    /// # Errors
    /// The client cannot be set up, for want of trusted certificates for example.
    pub fn new(url: HookUrl, user_agent: HeaderValue) -> Result<Self, WebhookError> {
        // Another part of the process may have installed it already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(user_agent)
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .no_proxy()
            .referer(false)
            .build()
            .map_err(unreachable)?;
        Ok(Self { client, url, pending: Mutex::default(), has_more: Notify::new() })
    }

    /// Has these told soon, with others. Does not wait.
    pub fn tell(&self, changes: Changes) {
        self.put(changes);
        self.has_more.notify_one();
    }

    /// Tells what there is to tell, for as long as the program runs. What nobody heard is told again with the next change.
    pub async fn run(self: Arc<Self>) {
        loop {
            self.has_more.notified().await;
            self.gather().await;
            let changes = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
            let texts = changes.texts();
            for paths in texts.chunks(MAX_PATHS) {
                if let Err(error) = self.insist(paths).await {
                    tracing::error!("{} did not hear of {} changes: {error}", self.url, texts.len());
                    self.put(changes);
                    break;
                }
            }
        }
    }

    fn put(&self, changes: Changes) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).merge(changes);
    }

    /// Waits for a moment in which nothing changes.
    async fn gather(&self) {
        let since = Instant::now();
        while since.elapsed() < MAX_DELAY && tokio::time::timeout(QUIET, self.has_more.notified()).await.is_ok() {}
    }

    async fn insist(&self, paths: &[String]) -> Result<(), WebhookError> {
        let body = serde_json::json!({ "paths": paths }).to_string();
        for pause in PAUSES {
            match self.post(&body).await {
                Ok(()) => return Ok(()),
                Err(error) => tracing::warn!("{} does not take changes: {error}; trying again in {pause:?}", self.url),
            }
            sleep(pause).await;
        }
        self.post(&body).await
    }

    async fn post(&self, body: &str) -> Result<(), WebhookError> {
        let request = self.client.post(self.url.0.clone()).header(CONTENT_TYPE, "application/json");
        let response = request.body(body.to_owned()).send().await.map_err(unreachable)?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(WebhookError::Refused { status }) }
    }
}

fn unreachable(error: reqwest::Error) -> WebhookError {
    let error = error.without_url();
    let causes = iter::successors(Some(&error as &(dyn Error + 'static)), |error| (*error).source());
    WebhookError::Unreachable { cause: causes.map(ToString::to_string).collect::<Vec<_>>().join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_host_of_a_url_is_printed() {
        let url = HookUrl::parse("https://me:secret@hooks.example:8443/secret/path?token=secret#secret").unwrap();
        assert_eq!(url.to_string(), "https://hooks.example:8443/…");
        assert_eq!(format!("{url:?}"), "HookUrl(https://hooks.example:8443/…)");
        for text in ["", "hooks.example", "ftp://hooks.example/", "http://", "/hook"] {
            assert_eq!(HookUrl::parse(text), None, "{text}");
        }
    }
}
