//! The playground: one page to try parameters on the pictures that there are, and what it asks for.

use std::error::Error;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::failure::{NO_STORE, said};
use super::openapi::openapi;
use super::{AdminToken, Door, Failure};
use crate::dialect::{SigningMode, UrlSigning, Worded, path_escaped, signed_url};
use crate::request::ImagePath;
use crate::source::{ListedPicture, Listing};

/// Where everything of it is.
const ROOT: &str = "/_/";
const PAGE: &str = include_str!("playground.html");

/// The longest list of URLs that is signed at once, in bytes.
const MAX_BODY_BYTES: usize = 1 << 20;

const GET: [Method; 2] = [Method::GET, Method::HEAD];
const POST: [Method; 1] = [Method::POST];

/// What the playground needs to know.
#[derive(Clone)]
pub struct Playground {
    /// What stands before the paths of pictures.
    prefix: String,
    /// How URLs are signed, where they must be.
    signing: Option<Arc<UrlSigning>>,
    /// The root of this address leads here.
    has_root: bool,
    policy: HeaderValue,
}

impl Playground {
    /// For pictures below a prefix; the root of the address leads here where nobody else has it.
    pub fn new(prefix: &str, has_root: bool, signing: Arc<UrlSigning>) -> Self {
        let signing = Some(signing).filter(|signing| signing.mode != SigningMode::Off);
        Self { prefix: prefix.trim_end_matches('/').to_owned(), signing, has_root, policy: policy() }
    }

    /// Tells whether a path is for us.
    pub(super) fn is_at(path: &str) -> bool {
        matches!(path, "/_" | ROOT | "/_/openapi.json" | "/_/files" | "/_/sign")
    }

    /// Tells whether somebody who asks for the root is led here.
    pub(super) fn leads_from(&self, path: &str) -> bool {
        self.has_root && path == "/"
    }

    /// Answers what is asked here.
    ///
    /// # Errors
    /// There is no such thing, or it is not for who asks.
    pub(super) async fn answer<B>(&self, door: &Door, head: &Parts, body: B) -> Result<Response, Failure>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
    {
        let path = head.uri.path();
        let methods: &'static [Method] = if path == "/_/sign" { &POST } else { &GET };
        if !methods.contains(&head.method) {
            return Err(Failure::MethodNotAllowed { methods });
        }
        let token = match &self.signing {
            // Whoever could have URLs signed without a token could have anything made.
            Some(_) => Some(door.settings.admin_token.as_ref().ok_or(Failure::PlaygroundLocked)?),
            None => None,
        };
        match path {
            ROOT => Ok(self.page()),
            "/_/openapi.json" => Ok(told(&openapi())),
            "/_/files" => {
                check(token, &head.headers)?;
                self.files(door, head.uri.query()).await
            }
            "/_/sign" => {
                check(token, &head.headers)?;
                let limit = door.settings.timeout;
                let reading = axum::body::to_bytes(Body::new(body), MAX_BODY_BYTES);
                let body = tokio::time::timeout(limit, reading).await.map_err(|_| Failure::Late)?;
                self.sign(&body.map_err(|_| Failure::NoUrls)?)
            }
            _ => Ok(led()),
        }
    }

    fn page(&self) -> Response {
        let mut response = Response::new(Body::from(PAGE));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(PAGE.len()));
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }

    async fn files(&self, door: &Door, query: Option<&str>) -> Result<Response, Failure> {
        let asked = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let folder = asked.filter(|(name, _)| name == "folder").last().map(|(_, folder)| folder).unwrap_or_default();
        let folder = match folder.trim_matches('/') {
            "" => None,
            _ => Some(ImagePath::from_decoded(&folder).map_err(crate::dialect::DialectError::from)?),
        };
        let listing = tokio::time::timeout(door.settings.timeout, door.service.list(folder.as_ref()));
        let Listing { folders, pictures, has_more } =
            listing.await.map_err(|_| Failure::Late)?.map_err(crate::service::ServiceError::from)?;
        let folders = folders.iter().map(|path| json!({ "name": name(path), "path": path.as_str() }));
        let files = pictures.iter().map(|ListedPicture { path, bytes, format }| {
            json!({
                "name": name(path), "path": path.as_str(), "bytes": bytes, "format": format.name(),
                "url": format!("{}{}", self.prefix, path_escaped(path)),
            })
        });
        Ok(told(&json!({
            "folder": folder.as_ref().map(ImagePath::as_str).unwrap_or_default(),
            "folders": folders.collect::<Vec<_>>(),
            "files": files.collect::<Vec<_>>(),
            "has_more": has_more,
            "signs": self.signing.is_some(),
        })))
    }

    /// Signs the URLs of `{"url": ".."}` or `{"urls": [..]}`, and answers in the same shape.
    fn sign(&self, body: &[u8]) -> Result<Response, Failure> {
        let signing = self.signing.as_ref().ok_or(Failure::NotMounted)?;
        let asked: Value = serde_json::from_slice(body).map_err(|_| Failure::NoUrls)?;
        let signed = |url: &Value| signed_url(url.as_str()?, signing).map(Value::from);
        let answer = match (asked.get("url"), asked.get("urls")) {
            (Some(url), None) => json!({ "url": signed(url).ok_or(Failure::NoUrls)? }),
            (None, Some(Value::Array(urls))) => {
                let urls = urls.iter().map(signed).collect::<Option<Vec<_>>>().ok_or(Failure::NoUrls)?;
                json!({ "urls": urls })
            }
            _ => return Err(Failure::NoUrls),
        };
        Ok(told(&answer))
    }
}

/// Whoever shows no token, or another one, is not let in.
fn check(token: Option<&AdminToken>, headers: &HeaderMap) -> Result<(), Failure> {
    token.map_or(Ok(()), |token| token.check(headers)).map_err(|_| Failure::WrongToken)
}

/// An answer that leads to the page.
fn led() -> Response {
    let mut response = said(Worded::redirect(StatusCode::TEMPORARY_REDIRECT, ROOT));
    response.headers_mut().remove(CONTENT_TYPE);
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(ROOT));
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE.clone());
    response
}

fn told(value: &Value) -> Response {
    let mut response = said(Worded::json(StatusCode::OK, value));
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE.clone());
    response
}

fn name(path: &ImagePath) -> &str {
    path.components().last().unwrap_or_default()
}

/// Nothing runs and nothing is fetched but what the page itself is made of, and pictures of ours.
fn policy() -> HeaderValue {
    let digest = |tag: &str| {
        let content = PAGE.split_once(&format!("<{tag}>")).and_then(|(_, rest)| rest.split_once(&format!("</{tag}>")));
        let content = content.map(|(content, _)| content).unwrap_or_default();
        STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, content.as_bytes()))
    };
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src 'self' blob: data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        digest("script"),
        digest("style")
    );
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_takes_nothing_from_elsewhere_and_may_run_itself() {
        assert_eq!(PAGE.matches("<script").count(), 1);
        assert_eq!(PAGE.matches("<style").count(), 1);
        for elsewhere in ["http://", "https://", " style=\"", " onclick=\"", "@import", "src=\"http"] {
            assert!(!PAGE.contains(elsewhere), "{elsewhere}");
        }
        let policy = policy();
        let text = policy.to_str().unwrap();
        assert!(text.starts_with("default-src 'none'; script-src 'sha256-") && !text.contains("unsafe"), "{text}");
    }

    #[test]
    fn only_our_own_paths_are_ours() {
        for path in ["/_/", "/_", "/_/files", "/_/openapi.json", "/_/sign"] {
            assert!(Playground::is_at(path), "{path}");
        }
        for path in ["/", "/_/cache", "/_/x", "/_/files/x", "/__"] {
            assert!(!Playground::is_at(path), "{path}");
        }
    }
}
