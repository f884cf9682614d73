//! `WarmServer`: a running server that is asked for pictures, politely: where it has no time, later.

use std::time::Duration;

use http::{HeaderName, header};
use reqwest::{Client, Response, Url};

use super::{Cost, WarmState};
use crate::command::ToolError;
use crate::command::client::{cause_of, client};
use crate::config::Config;
use crate::dialect::{SigningMode, UrlSigning, signed_url};
use crate::http::varies_on;

/// How often one picture is asked for where the server has no time for it.
const MAX_ATTEMPTS: usize = 5;
/// The longest that is waited in between, whatever the server asks for.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// How much of a refusal is shown.
const MAX_REASON: usize = 300;

/// A server, and how its answers are read.
pub(super) struct WarmServer {
    base: Url,
    client: Client,
    /// The header that says where a rendition was come by.
    cache_status: Option<HeaderName>,
    /// What it wants of URLs.
    signing: UrlSigning,
}

impl WarmServer {
    /// A server with these settings.
    ///
    /// # Errors
    /// The client cannot be set up.
    pub(super) fn new(base: Url, config: &Config) -> Result<Self, ToolError> {
        let cache_status = config.cache_status_header.clone();
        Ok(Self { base, client: client()?, cache_status, signing: config.url_signing() })
    }

    /// Asks for a path and a query, and reads all of the answer.
    pub(super) async fn ask(&self, target: &str, accept: &str) -> Cost {
        let url = format!("{}{}", self.base.as_str().trim_end_matches('/'), self.signed(target));
        let mut attempts = 1;
        loop {
            match self.client.get(&url).header(header::ACCEPT, accept).send().await {
                Ok(response) if is_busy(&response) && attempts < MAX_ATTEMPTS => {
                    tokio::time::sleep(wait_of(&response)).await;
                    attempts += 1;
                }
                Ok(response) => return self.cost(response).await,
                Err(error) => return unanswered(error),
            }
        }
    }

    /// The same, signed where these settings say that it must be and it is not.
    fn signed(&self, target: &str) -> String {
        let is_signed =
            target.split_once('?').is_some_and(|(_, query)| query.split('&').any(|part| part.starts_with("sig=")));
        let signed = (self.signing.mode != SigningMode::Off && !is_signed).then(|| signed_url(target, &self.signing));
        signed.flatten().unwrap_or_else(|| target.to_owned())
    }

    async fn cost(&self, mut response: Response) -> Cost {
        let status = response.status().as_u16();
        let text = |name: &HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
        let state = match self.cache_status.as_ref().and_then(text) {
            _ if status >= 400 => WarmState::Failed,
            Some(found) if found.eq_ignore_ascii_case("hit") => WarmState::Hit,
            Some(_) => WarmState::Made,
            // It is led to the store that has it.
            None if status >= 300 => WarmState::Hit,
            None => WarmState::Untouched,
        };
        let depends_on_accept = varies_on(response.headers(), &header::ACCEPT);
        let (mut bytes, mut beginning) = (0, Vec::new());
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    bytes += chunk.len() as u64;
                    if state == WarmState::Failed && beginning.len() < MAX_REASON {
                        beginning.extend_from_slice(&chunk);
                    }
                }
                Ok(None) => break,
                Err(error) => return unanswered(error),
            }
        }
        let said = String::from_utf8_lossy(&beginning);
        let reason = (state == WarmState::Failed)
            .then(|| format!("status {status}: {}", said.trim().chars().take(MAX_REASON).collect::<String>()));
        Cost { state, bytes, time: Duration::ZERO, depends_on_accept, reason, is_unreachable: false }
    }
}

/// Tells whether the server would do it at another time (RFC 9110, section 15.6.4; RFC 6585, section 4).
fn is_busy(response: &Response) -> bool {
    matches!(response.status().as_u16(), 429 | 503)
}

/// How long it asks us to wait, in whole seconds.
fn wait_of(response: &Response) -> Duration {
    let asked = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Duration::from_secs(asked.unwrap_or(1)).min(MAX_WAIT)
}

fn unanswered(error: reqwest::Error) -> Cost {
    let is_unreachable = error.is_connect();
    Cost { is_unreachable, ..Cost::failed(cause_of(&error)) }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::dialect::SigningKeys;

    /// Gives these answers, one a connection, and then the first lines of all that was asked for.
    async fn serving(answers: Vec<&'static str>) -> (Url, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/base/", listener.local_addr().unwrap())).unwrap();
        let serving = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    stream.read_line(&mut head).await.unwrap();
                }
                asked.push(head.lines().next().unwrap().to_owned());
                stream.write_all(answer.replace('\n', "\r\n").as_bytes()).await.unwrap();
            }
            asked
        });
        (url, serving)
    }

    fn server(base: Url) -> WarmServer {
        let cache_status = Some(HeaderName::from_static("x-image-proxy-cache"));
        WarmServer { base, client: client().unwrap(), cache_status, signing: UrlSigning::default() }
    }

    #[tokio::test]
    async fn answers_are_read_for_what_they_cost() {
        let (url, serving) = serving(vec![
            "HTTP/1.1 200 OK\nX-Image-Proxy-Cache: MISS\nVary: Sec-CH-DPR, accept\nConnection: close\nContent-Length: 3\n\nabc",
            "HTTP/1.1 200 OK\nX-Image-Proxy-Cache: HIT\nConnection: close\nContent-Length: 2\n\nab",
            "HTTP/1.1 200 OK\nConnection: close\nContent-Length: 1\n\na",
            "HTTP/1.1 307 Temporary Redirect\nLocation: https://store.example/a\nConnection: close\nContent-Length: 0\n\n",
            "HTTP/1.1 404 Not Found\nConnection: close\nContent-Length: 4\n\ngone",
        ])
        .await;
        let server = server(url);
        let mut costs = Vec::new();
        for target in ["/a?b=c", "/b", "/c", "/d", "/e"] {
            let Cost { state, bytes, depends_on_accept, reason, .. } = server.ask(target, "*/*").await;
            costs.push((state, bytes, depends_on_accept, reason));
        }
        let expected = [
            (WarmState::Made, 3, true, None),
            (WarmState::Hit, 2, false, None),
            (WarmState::Untouched, 1, false, None),
            (WarmState::Hit, 0, false, None),
            (WarmState::Failed, 4, false, Some("status 404: gone".to_owned())),
        ];
        assert_eq!(costs, expected);
        let asked = serving.await.unwrap();
        assert_eq!(asked.first().unwrap(), "GET /base/a?b=c HTTP/1.1");
    }

    #[tokio::test]
    async fn a_server_without_time_is_asked_again_when_it_says() {
        let busy = "HTTP/1.1 503 Service Unavailable\nRetry-After: 0\nConnection: close\nContent-Length: 0\n\n";
        let made = "HTTP/1.1 200 OK\nX-Image-Proxy-Cache: MISS\nConnection: close\nContent-Length: 1\n\na";
        let (url, serving) = serving(vec![busy, busy, made]).await;
        assert_eq!(server(url).ask("/a", "*/*").await.state, WarmState::Made);
        assert_eq!(serving.await.unwrap(), ["GET /base/a HTTP/1.1"; 3]);
        let (url, serving) = self::serving(vec![busy; MAX_ATTEMPTS]).await;
        let Cost { state, reason, .. } = server(url.clone()).ask("/a", "*/*").await;
        assert_eq!((state, reason.as_deref()), (WarmState::Failed, Some("status 503: ")));
        serving.await.unwrap();
        let cost = server(url).ask("/a", "*/*").await;
        assert_eq!((cost.state, cost.is_unreachable), (WarmState::Failed, true));
    }

    #[test]
    fn only_what_is_not_signed_is_signed_and_only_where_it_must_be() {
        let mut server = server(Url::parse("http://localhost").unwrap());
        server.signing.keys = SigningKeys::parse("a:0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(server.signed("/a.jpg?w=4"), "/a.jpg?w=4");
        server.signing.mode = SigningMode::Renditions;
        assert!(server.signed("/a.jpg?w=4").starts_with("/a.jpg?w=4&sig="));
        assert_eq!(server.signed("/a.jpg?w=4&sig=x"), "/a.jpg?w=4&sig=x");
    }
}
