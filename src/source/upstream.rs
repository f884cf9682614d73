//! The fallback: a server that is asked for what the folder does not have.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use std::{io, iter};

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use twox_hash::XxHash3_128;
use url::Url;

use super::{Content, Material, Original, Source, SourceError, Untouched, UpstreamError};
use crate::memo::Memo;
use crate::report::Origin;
use crate::request::{Format, ImagePath, Stamp};

/// Redirects followed for one original, all within the origin of the base.
const MAX_REDIRECTS: usize = 3;
/// Originals whose identity is remembered.
const REMEMBERED_ORIGINALS: usize = 10_000;
/// The longest time for which an upstream's own `max-age` is believed.
const MAX_TIME_TO_LIVE: Duration = Duration::from_secs(24 * 60 * 60);

/// How to ask the upstream.
#[derive(Debug, Clone)]
pub struct UpstreamSettings {
    /// The URL that paths are appended to.
    pub base: Url,
    /// The longest original in bytes.
    pub max_bytes: u64,
    /// How long an original without its own `max-age` is taken as unchanged.
    pub time_to_live: Duration,
    /// The longest time for one answer, from connecting to the last byte.
    pub timeout: Duration,
    pub user_agent: HeaderValue,
}

/// Originals at a base URL. Clones share what is known.
#[derive(Clone)]
pub struct Upstream {
    client: Client,
    settings: Arc<UpstreamSettings>,
    known: Arc<Memo<ImagePath, Known>>,
}

/// What was last heard of an original.
#[derive(Clone)]
struct Known {
    stamp: Stamp,
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
    fresh_until: Instant,
}

/// An answer whose body is not yet read.
struct Fetched {
    response: Response,
    /// The body so far, where the stamp had to be taken from it.
    whole: Option<Bytes>,
    max_bytes: u64,
}

/// An original whose identity is known, and which is fetched only if it is needed.
struct Deferred {
    upstream: Upstream,
    path: ImagePath,
    stamp: Stamp,
}

impl Upstream {
    /// # Errors
    /// The HTTP client cannot be set up, for want of trusted certificates for example.
    pub fn new(settings: UpstreamSettings) -> Result<Self, UpstreamError> {
        // Another part of the process may have installed it already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = settings.base.origin();
        let within_base = Policy::custom(move |attempt| {
            let is_allowed = attempt.url().origin() == base && attempt.previous().len() <= MAX_REDIRECTS;
            if is_allowed { attempt.follow() } else { attempt.stop() }
        });
        let client = Client::builder()
            .user_agent(settings.user_agent.clone())
            .redirect(within_base)
            .timeout(settings.timeout)
            .no_proxy()
            .referer(false)
            .build()
            .map_err(|error| UpstreamError::Unreachable { cause: chain(&error) })?;
        Ok(Self { client, settings: Arc::new(settings), known: Arc::new(Memo::new(REMEMBERED_ORIGINALS)) })
    }

    /// The URL of an original: the segments appended one by one, each encoded again, so that no path can change the
    /// host (`Url::join` would let `//other.example/x` do so).
    fn url(&self, path: &ImagePath) -> Url {
        let mut url = self.settings.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.components());
        }
        url
    }

    async fn ask(&self, path: &ImagePath) -> Result<Original, SourceError> {
        let known = self.known.get(path);
        if let Some(known) = known.as_ref().filter(|known| Instant::now() < known.fresh_until) {
            return Ok(self.deferred(path, known));
        }
        let conditions = known.iter().flat_map(Known::conditions);
        let response = self.send(path, conditions).await?;
        if let Some(known) = known.filter(|_| response.status() == StatusCode::NOT_MODIFIED) {
            let fresh_until = self.fresh_until(response.headers());
            self.known.put(path.clone(), Known { fresh_until, ..known.clone() });
            return Ok(self.deferred(path, &known));
        }
        let (fetched, stamp) = self.accept(path, response).await?;
        let modified = fetched.response.headers().get(header::LAST_MODIFIED).and_then(parse_date);
        Ok(Original { origin: Origin::Upstream, stamp, modified, content: Box::new(fetched) })
    }

    async fn send(
        &self,
        path: &ImagePath,
        conditions: impl Iterator<Item = (header::HeaderName, HeaderValue)>,
    ) -> Result<Response, SourceError> {
        let mut request = self.client.get(self.url(path));
        for (name, validator) in conditions {
            request = request.header(name, validator);
        }
        request.send().await.map_err(transport_error)
    }

    /// Takes a whole answer and remembers its identity.
    async fn accept(&self, path: &ImagePath, response: Response) -> Result<(Fetched, Stamp), SourceError> {
        let fresh_until = self.fresh_until(response.headers());
        let mut fetched = Fetched::checked(response, self.settings.max_bytes)?;
        let stamp = fetched.stamp().await?;
        let headers = fetched.response.headers();
        let [etag, last_modified] = [header::ETAG, header::LAST_MODIFIED].map(|name| headers.get(name).cloned());
        self.known.put(path.clone(), Known { stamp, etag, last_modified, fresh_until });
        Ok((fetched, stamp))
    }

    fn fresh_until(&self, headers: &HeaderMap) -> Instant {
        Instant::now() + time_to_live(headers).unwrap_or(self.settings.time_to_live)
    }

    fn deferred(&self, path: &ImagePath, known: &Known) -> Original {
        let stamp = known.stamp;
        let modified = known.last_modified.as_ref().and_then(parse_date);
        let content = Box::new(Deferred { upstream: self.clone(), path: path.clone(), stamp });
        Original { origin: Origin::Upstream, stamp, modified, content }
    }
}

impl Source for Upstream {
    fn find<'a>(&'a self, path: &'a ImagePath) -> BoxFuture<'a, Result<Original, SourceError>> {
        Box::pin(self.ask(path))
    }
}

impl Known {
    /// The conditional headers that ask whether the original is still the same (RFC 9110, section 13.1).
    fn conditions(&self) -> impl Iterator<Item = (header::HeaderName, HeaderValue)> {
        let by_tag = self.etag.clone().map(|etag| (header::IF_NONE_MATCH, etag));
        let by_date = self.last_modified.clone().map(|date| (header::IF_MODIFIED_SINCE, date));
        by_tag.or(by_date).into_iter()
    }
}

impl Fetched {
    /// Takes an answer with status 200 and a length within bounds.
    fn checked(response: Response, max_bytes: u64) -> Result<Self, SourceError> {
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(SourceError::NotFound),
            status => return Err(UpstreamError::Status { status: status.as_u16() }.into()),
        }
        if response.content_length().is_some_and(|length| length > max_bytes) {
            return Err(UpstreamError::TooLarge { limit: max_bytes }.into());
        }
        Ok(Self { response, whole: None, max_bytes })
    }

    /// The identity by validators, or by the bytes where the answer has none.
    async fn stamp(&mut self) -> Result<Stamp, SourceError> {
        let validators = [header::ETAG, header::LAST_MODIFIED, header::CONTENT_LENGTH];
        let values = validators.map(|name| self.response.headers().get(name));
        let has_validator = values[..2].iter().any(Option::is_some);
        let digest = if has_validator {
            let text: Vec<u8> =
                values.iter().flat_map(|value| [value.map_or(&b""[..], |v| v.as_bytes()), b"\n"].concat()).collect();
            XxHash3_128::oneshot(&text)
        } else {
            XxHash3_128::oneshot(&self.read_whole().await?)
        };
        Ok(Stamp::Response { digest })
    }

    /// Reads the body to its end, and no further than the limit.
    async fn read_whole(&mut self) -> Result<Bytes, SourceError> {
        if let Some(whole) = &self.whole {
            return Ok(whole.clone());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = self.response.chunk().await.map_err(transport_error)? {
            if (body.len() + chunk.len()) as u64 > self.max_bytes {
                return Err(UpstreamError::TooLarge { limit: self.max_bytes }.into());
            }
            body.extend_from_slice(&chunk);
        }
        let whole = body.freeze();
        self.whole = Some(whole.clone());
        Ok(whole)
    }

    /// Reads until the format can be told.
    async fn read_first(&mut self) -> Result<Bytes, SourceError> {
        let mut first = BytesMut::new();
        while first.len() < Format::SNIFF_BYTES {
            match self.response.chunk().await.map_err(transport_error)? {
                Some(chunk) => first.extend_from_slice(&chunk),
                None => break,
            }
        }
        Ok(first.freeze())
    }

    async fn into_untouched(mut self) -> Result<Untouched, SourceError> {
        // Without a declared length only the whole body tells whether it is too long, and then a status still can.
        let declared_length = self.response.content_length().filter(|_| self.whole.is_none());
        let Some(length) = declared_length else {
            return Ok(Untouched::from_memory(self.read_whole().await?)?);
        };
        let first = self.read_first().await?;
        let format = Format::sniff(&first).ok_or(UpstreamError::NotAnImage)?;
        let rest = self.response.bytes_stream().map_err(io::Error::other);
        Ok(Untouched::from_stream(format, length, stream::once(async { Ok(first) }).chain(rest).boxed()))
    }
}

impl Content for Fetched {
    fn stream(self: Box<Self>) -> BoxFuture<'static, Result<Untouched, SourceError>> {
        Box::pin(self.into_untouched())
    }

    fn material(mut self: Box<Self>) -> BoxFuture<'static, Result<Material, SourceError>> {
        Box::pin(async move {
            let whole = self.read_whole().await?;
            Format::sniff(&whole).ok_or(UpstreamError::NotAnImage)?;
            Ok(Material::Memory(whole))
        })
    }
}

impl Deferred {
    async fn fetch(self: Box<Self>) -> Result<Box<Fetched>, SourceError> {
        let response = self.upstream.send(&self.path, iter::empty()).await?;
        let (fetched, stamp) = self.upstream.accept(&self.path, response).await?;
        if stamp == self.stamp { Ok(Box::new(fetched)) } else { Err(SourceError::Changed) }
    }
}

impl Content for Deferred {
    fn stream(self: Box<Self>) -> BoxFuture<'static, Result<Untouched, SourceError>> {
        Box::pin(async move { self.fetch().await?.stream().await })
    }

    fn material(self: Box<Self>) -> BoxFuture<'static, Result<Material, SourceError>> {
        Box::pin(async move { self.fetch().await?.material().await })
    }
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

fn parse_date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

fn transport_error(error: reqwest::Error) -> SourceError {
    if error.is_timeout() {
        return UpstreamError::Timeout.into();
    }
    UpstreamError::Unreachable { cause: chain(&error) }.into()
}

/// An error with all its causes, for the log.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn upstream(base: &str) -> Upstream {
        Upstream::new(UpstreamSettings {
            base: base.parse().unwrap(),
            max_bytes: 1000,
            time_to_live: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            user_agent: HeaderValue::from_static("test"),
        })
        .unwrap()
    }

    fn url(base: &str, path: &str) -> String {
        upstream(base).url(&ImagePath::from_decoded(path).unwrap()).to_string()
    }

    #[test]
    fn paths_are_joined_with_one_slash_and_encoded_again() {
        assert_eq!(url("http://a.example", "b.jpg"), "http://a.example/b.jpg");
        assert_eq!(url("http://a.example/x/", "b c/é%.jpg"), "http://a.example/x/b%20c/%C3%A9%25.jpg");
        assert_eq!(url("http://a.example/x", "?#.jpg"), "http://a.example/x/%3F%23.jpg");
    }

    #[test]
    fn the_upstream_decides_how_long_it_is_believed() {
        let lifetime = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
            time_to_live(&headers)
        };
        assert_eq!(lifetime("public, max-age=60"), Some(Duration::from_secs(60)));
        assert_eq!(lifetime("max-age=60, No-Cache"), Some(Duration::ZERO));
        assert_eq!(lifetime("max-age=99999999999"), Some(MAX_TIME_TO_LIVE));
        assert_eq!(lifetime("public"), None);
    }

    proptest! {
        #[test]
        fn no_path_leaves_the_base(path in "[a-z/:@?#%&;=. \\\\é-]{1,30}") {
            if let Ok(path) = ImagePath::from_decoded(&path) {
                let url = upstream("http://base.example:81/in/").url(&path);
                prop_assert_eq!(url.origin().ascii_serialization(), "http://base.example:81");
                prop_assert!(url.path().starts_with("/in/"));
                prop_assert_eq!(url.query(), None);
            }
        }
    }
}
