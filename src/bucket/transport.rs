//! The HTTP client of stores. The library keeps to itself why a request failed, so that it is noted here, where answers come
//! in: the status, and the store's own word for it.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use http::{HeaderValue, Method, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use object_store::{ClientConfigKey, ClientOptions};
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::runtime::{self, Handle};

use super::StoreTimeouts;

/// As much of the body of a failure as is read.
const MAX_FAILURE_BYTES: usize = 16 * 1024;
const MAX_CODE_LETTERS: usize = 64;

/// A store answered with a status that is no success. Bodies of failures are not kept: some name access keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("status {status}")]
pub(super) struct Answered {
    pub status: StatusCode,
    pub code: Option<String>,
    /// Whether it is the store that answered, and not whoever has credentials: from those a 404 says nothing of an object.
    pub is_of_store: bool,
}

/// Makes the clients that the library asks for: one for the store, and before it those that credentials are fetched with.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    timeouts: StoreTimeouts,
    user_agent: HeaderValue,
    newest: Arc<Mutex<Arc<AtomicBool>>>,
}

#[derive(Debug)]
struct Transport {
    settings: ClientSettings,
    /// A connection is driven by the thread that it was made on, and each thread that serves clients has a runtime of its own
    /// (http/lanes.rs). With a client for each of them no thread has to wake another to hand on what came.
    clients: Mutex<Vec<(runtime::Id, Client)>>,
    is_of_store: Arc<AtomicBool>,
}

/// What clients are made with.
#[derive(Debug)]
struct ClientSettings {
    timeouts: StoreTimeouts,
    user_agent: HeaderValue,
    allows_http: bool,
}

impl Connector {
    pub(super) fn new(timeouts: StoreTimeouts, user_agent: HeaderValue) -> Self {
        // Another part of the process may have installed it already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { timeouts, user_agent, newest: Arc::default() }
    }

    /// To be called once the library has all its clients: it asks for that of the store last.
    pub(super) fn the_last_is_of_the_store(&self) {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).store(true, Ordering::Relaxed);
    }
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let allows_http = options.get_config_value(&ClientConfigKey::AllowHttp).is_some_and(|value| value == "true");
        let settings = ClientSettings { timeouts: self.timeouts, user_agent: self.user_agent.clone(), allows_http };
        // That there can be one is found out at the start, and whoever starts asks first.
        let first = settings.client();
        let first =
            first.map_err(|error| object_store::Error::Generic { store: "HTTP client", source: Box::new(error) })?;
        let clients = Handle::try_current().map(|here| (here.id(), first)).into_iter().collect();
        let is_of_store = Arc::new(AtomicBool::new(false));
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&is_of_store);
        Ok(HttpClient::new(Transport { settings, clients: Mutex::new(clients), is_of_store }))
    }
}

impl ClientSettings {
    fn client(&self) -> reqwest::Result<Client> {
        Client::builder()
            .user_agent(self.user_agent.clone())
            .https_only(!self.allows_http)
            // What is signed is signed for one address.
            .redirect(Policy::none())
            .connect_timeout(self.timeouts.connect)
            .read_timeout(self.timeouts.read)
            .http1_only()
            .no_proxy()
            .referer(false)
            .build()
    }
}

impl Transport {
    /// The client of the runtime that asks.
    fn client(&self) -> Result<Client, HttpError> {
        let here = Handle::current().id();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(runtime, _)| *runtime == here) {
            return Ok(client.clone());
        }
        let client = self.settings.client().map_err(|error| HttpError::new(HttpErrorKind::Connect, error))?;
        clients.push((here, client.clone()));
        Ok(client)
    }
}

impl HttpService for Transport {
    fn call<'a, 'b>(&'a self, request: HttpRequest) -> BoxFuture<'b, Result<HttpResponse, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let range = first_bytes(&request);
            let response = self.client()?.call(request).await?;
            let status = response.status();
            if status.is_success() {
                return Ok(match range {
                    Some(length) if status == StatusCode::OK => as_part(response, length),
                    _ => response,
                });
            }
            let (code, is_of_store) = (code(response.into_body()).await, self.is_of_store.load(Ordering::Relaxed));
            Err(HttpError::new(HttpErrorKind::Unknown, Answered { status, code, is_of_store }))
        })
    }
}

/// How many bytes from the start are asked for, where they are.
fn first_bytes(request: &HttpRequest) -> Option<u64> {
    let range = request.headers().get(RANGE).filter(|_| request.method() == Method::GET)?;
    let last: u64 = range.to_str().ok()?.strip_prefix("bytes=0-")?.parse().ok()?;
    last.checked_add(1)
}

/// A server may send the whole where a part is asked for (RFC 9110, section 14.2), and some do. The first bytes of it are
/// the part.
fn as_part(response: HttpResponse, length: u64) -> HttpResponse {
    let declared = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let Some(whole) = declared.filter(|whole| *whole > 0) else { return response };
    let left = length.min(whole);
    let Ok(range) = HeaderValue::try_from(format!("bytes 0-{}/{whole}", left - 1)) else { return response };
    let (mut head, body) = response.into_parts();
    head.status = StatusCode::PARTIAL_CONTENT;
    head.headers.insert(CONTENT_RANGE, range);
    HttpResponse::from_parts(head, HttpResponseBody::new(FirstBytes { body, left }))
}

/// The first bytes of a body.
struct FirstBytes {
    body: HttpResponseBody,
    left: u64,
}

impl Body for FirstBytes {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(context).map_ok(|frame| {
            frame.map_data(|mut bytes| {
                bytes.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= bytes.len() as u64;
                bytes
            })
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// The store's own word for a failure: the element `Code` of its XML, or what is at its place in JSON.
async fn code(body: HttpResponseBody) -> Option<String> {
    let mut text = Vec::new();
    let mut stream = body.bytes_stream();
    while let Some(Ok(chunk)) = stream.next().await {
        text.extend_from_slice(&chunk);
        if text.len() > MAX_FAILURE_BYTES {
            break;
        }
    }
    named_code(&String::from_utf8_lossy(&text))
}

fn named_code(text: &str) -> Option<String> {
    let (_, after) = text.split_once("<Code>")?;
    let (code, _) = after.split_once("</Code>")?;
    let is_word = code.len() <= MAX_CODE_LETTERS && code.bytes().all(|letter| letter.is_ascii_alphanumeric());
    (is_word && !code.is_empty()).then(|| code.to_owned())
}

impl fmt::Debug for FirstBytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FirstBytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_failure_is_a_word() {
        let s3 = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><AWSAccessKeyId>AKIA</AWSAccessKeyId></Error>";
        assert_eq!(named_code(s3), Some("AccessDenied".to_owned()));
        for text in ["", "<Code>", "<Code></Code>", "<Code>two words</Code>", "{\"error\":{}}"] {
            assert_eq!(named_code(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn of_a_whole_that_came_for_its_first_bytes_those_are_taken() {
        for (length, whole, range) in [(4u64, "abcdefgh", "bytes 0-3/8"), (100, "abc", "bytes 0-2/3")] {
            let mut response = HttpResponse::new(HttpResponseBody::from(whole.to_owned()));
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
            let part = as_part(response, length);
            assert_eq!(
                (part.status(), part.headers()[CONTENT_RANGE].to_str().unwrap()),
                (StatusCode::PARTIAL_CONTENT, range)
            );
            let expected = &whole.as_bytes()[..whole.len().min(length as usize)];
            assert_eq!(part.into_body().bytes().await.unwrap(), expected);
        }
    }
}
