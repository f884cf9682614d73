//! Successful answers: whole, in parts, or spared.

use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION, RANGE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::failure::{NO_STORE, said};
use super::label::Label;
use super::precondition::Verdict;
use super::range::{self, Ranges};
use super::{ReplySettings, lifetime, precondition};
use crate::cache::Elsewhere;
use crate::dialect::{Hints, Worded};
use crate::request::{AnimationLimit, EntityTag, Medium, Reference, Saving};
use crate::service::{Answer, Validators};
use crate::source::{Chunks, Untouched};

/// What an SVG, or what nobody looked at, may do in a browser: show itself, and run or fetch nothing.
const STILL_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox");
/// What a page that shows one picture may do: show that, from wherever it is.
const PAGE_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; img-src * data:; style-src 'unsafe-inline'");
/// How long it is kept at most.
const PAGE_LIFE: Duration = Duration::from_secs(60);
/// Between the parts of a `multipart/byteranges`: text that no image holds by chance.
const BOUNDARY: &str = "image-proxy-part-7d41c6f0b2a94c5e";

/// Says of a rendition that its original moves and it does not, and why.
const ANIMATION: HeaderName = HeaderName::from_static("x-image-proxy-animation");
/// Says at which quality a rendition was written, where that was searched for.
const QUALITY: HeaderName = HeaderName::from_static("x-image-proxy-quality");
/// How long an answer is kept to a URL that says of which version it is: of this one, or of another.
static CLAIMED_RIGHTLY: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
static CLAIMED_WRONGLY: HeaderValue = HeaderValue::from_static("public, max-age=60");
const CLAIMED_WRONGLY_LIFE: Duration = Duration::from_secs(60);
/// Headers for which there is room from the start, so that the map need not grow while it is filled.
const USUAL_HEADERS: usize = 16;

/// What every successful answer to one request carries.
pub(super) struct Head<'a> {
    pub original: &'a Reference,
    /// What lies over it.
    pub others: &'a [Reference],
    pub method: &'a Method,
    pub request: &'a HeaderMap,
    pub validators: &'a Validators,
    pub varies_on: Hints,
    pub settings: &'a ReplySettings,
    /// How long it may be kept.
    pub cache_control: Option<&'a HeaderValue>,
    /// How it is to be saved.
    pub saving: &'a Saving,
    /// The answer stands for a URL, and may be kept; one to a body may not.
    pub has_versions: bool,
    pub stilled_by: Option<AnimationLimit>,
    /// The URL says of which version it is: of this one, or of another.
    pub is_claimed_rightly: Option<bool>,
}

impl Head<'_> {
    /// The image, or the parts of it that were asked for.
    pub(super) fn reply(&self, answer: Answer) -> Response {
        let quality = answer.quality();
        let is_incomplete = matches!(&answer, Answer::Rendition { rendition, .. } if rendition.is_incomplete);
        let label = match &answer {
            Answer::Untouched(untouched) => Label::of_original(untouched, self.original),
            answer => answer.medium().map_or_else(|| Label::of(Medium::Info), Label::of),
        };
        let mut response = match answer {
            Answer::Untouched(untouched) => self.untouched(untouched, &label),
            Answer::Rendition { rendition, is_hit } => {
                let length = rendition.bytes.len() as u64;
                self.rendition(&label, Some(length), Body::from(rendition.bytes), is_hit)
            }
            Answer::Head { length, is_hit, .. } => self.rendition(&label, length, Body::empty(), is_hit),
            Answer::Elsewhere { place, .. } => return self.redirect(&place),
            // The dialect says it.
            Answer::Told(_) | Answer::Embedded(_) => Response::new(Body::empty()),
        };
        self.describe(response.headers_mut(), self.has_versions && !is_incomplete);
        // What is wrong with a request is never right for a year.
        if response.status().is_client_error() && self.is_claimed_rightly.is_some() {
            response.headers_mut().insert(CACHE_CONTROL, CLAIMED_WRONGLY.clone());
        }
        if let Some(quality) = quality
            && let Ok(value) = HeaderValue::try_from(quality.to_string())
        {
            response.headers_mut().insert(QUALITY, value);
        }
        if let Ok(value) = HeaderValue::try_from(disposition(self.original, &label, self.saving)) {
            response.headers_mut().insert(CONTENT_DISPOSITION, value);
        }
        response
    }

    fn rendition(&self, label: &Label<'_>, length: Option<u64>, body: Body, is_hit: bool) -> Response {
        let mut response = labelled(label, length, body);
        let headers = response.headers_mut();
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("none"));
        if let Some(name) = &self.settings.cache_status {
            headers.insert(name, HeaderValue::from_static(if is_hit { "HIT" } else { "MISS" }));
        }
        response
    }

    /// Status 307: the store has it. It stands for this version, so that it has no longer a life than the URL.
    fn redirect(&self, place: &Elsewhere) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
        let headers = response.headers_mut();
        add_vary(headers, self.varies_on);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
        let life = format!("max-age={}", place.max_age.as_secs());
        let url = place.url.as_ref().map(|url| (LOCATION, url.as_str()));
        for (name, value) in url.into_iter().chain([(CACHE_CONTROL, life.as_str())]) {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        if self.is_claimed_rightly == Some(false) {
            lifetime::shorten(headers, CLAIMED_WRONGLY_LIFE);
        }
        response
    }

    /// Status 304: the client has this version.
    pub(super) fn not_modified(&self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.describe(response.headers_mut(), self.has_versions);
        response
    }

    /// What has no versions may not be kept.
    fn describe(&self, headers: &mut HeaderMap, has_versions: bool) {
        if let Some(limit) = self.stilled_by
            && let Ok(value) = HeaderValue::try_from(format!("still; limit={}", limit.name()))
        {
            headers.insert(ANIMATION, value);
        }
        add_vary(headers, self.varies_on);
        if !has_versions {
            headers.insert(CACHE_CONTROL, NO_STORE.clone());
            return;
        }
        if let Ok(tag) = HeaderValue::try_from(self.validators.tag.quoted()) {
            headers.insert(ETAG, tag);
        }
        if let Some(date) = precondition::date(self.validators)
            && let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(date))
        {
            headers.insert(LAST_MODIFIED, date);
        }
        let cache_control = match self.is_claimed_rightly {
            Some(true) => Some(&CLAIMED_RIGHTLY),
            Some(false) => Some(&CLAIMED_WRONGLY),
            None => self.cache_control,
        };
        if let Some(cache_control) = cache_control {
            headers.insert(CACHE_CONTROL, cache_control.clone());
        }
        self.settings.tags.mark(headers, [self.original].into_iter().chain(self.others));
    }

    /// What a dialect says of a picture for pages, which is tagged by what it says; `None` where the client wants another
    /// version. It names the present version of the picture, and so is not to be kept for long.
    pub(super) fn page(&self, page: Worded) -> Option<Response> {
        let tag = EntityTag::of(&[page.content_type, "\n", &page.body].concat());
        let validators = Validators { tag, modified: None, original_modified: None };
        let head = Head { validators: &validators, ..*self };
        let mut response = match precondition::evaluate(self.request, &validators) {
            None => {
                let mut response = said(page);
                head.describe(response.headers_mut(), self.has_versions);
                response.headers_mut().insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
                response
            }
            Some(Verdict::NotModified) => head.not_modified(),
            Some(Verdict::Failed) => return None,
        };
        lifetime::shorten(response.headers_mut(), PAGE_LIFE);
        Some(response)
    }

    fn untouched(&self, untouched: Untouched, label: &Label<'_>) -> Response {
        let length = untouched.length;
        let mut response = match ranges(self.method, self.request, self.validators, length) {
            Ranges::Whole => labelled(label, Some(length), into_body(untouched.whole())),
            Ranges::Parts(parts) => match parts.as_slice() {
                [part] => one_part(&untouched, label, part.clone()),
                _ => many_parts(&untouched, label, &parts),
            },
            Ranges::Unsatisfiable => unsatisfiable(length),
        };
        response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        response
    }
}

/// What of an image is asked for. Ranges are defined for GET alone (RFC 9110, section 14.2).
pub(super) fn ranges(method: &Method, request: &HeaderMap, validators: &Validators, length: u64) -> Ranges {
    let header = request.get(RANGE).and_then(|value| value.to_str().ok());
    let is_allowed = method == Method::GET && precondition::allows_range(request, validators);
    header.filter(|_| is_allowed).map_or(Ranges::Whole, |header| range::parse(header, length))
}

/// Under which name a browser saves the image: the file's own, with the ending of what is sent (RFC 6266, and RFC 8187
/// for what is not ASCII).
fn disposition(original: &Reference, label: &Label<'_>, saving: &Saving) -> String {
    let (own, ending) = (original.stem(), label.ending.as_ref());
    let dot = if ending.is_empty() { "" } else { "." };
    let stem = saving.stem.as_deref().unwrap_or(&own);
    let kind = if saving.is_attachment { "attachment" } else { "inline" };
    if saving.is_literal {
        let stem = stem.replace(char::is_control, " ").replace('"', "%22");
        return [kind, "; filename=\"", stem.as_str(), dot, ending, "\""].concat();
    }
    let is_safe = |symbol: char| symbol.is_ascii_alphanumeric() || matches!(symbol, ' ' | '-' | '_' | '.' | '(' | ')');
    if stem.chars().all(is_safe) {
        return [kind, "; filename=\"", stem, dot, ending, "\""].concat();
    }
    let plain: String = stem.chars().map(|symbol| if is_safe(symbol) { symbol } else { '_' }).collect();
    let exact = utf8_percent_encode(stem, NON_ALPHANUMERIC);
    format!("{kind}; filename=\"{plain}{dot}{ending}\"; filename*=UTF-8''{exact}{dot}{ending}")
}

fn labelled(label: &Label<'_>, length: Option<u64>, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.reserve(USUAL_HEADERS);
    headers.insert(CONTENT_TYPE, label.mime.clone());
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if label.may_run {
        headers.insert(CONTENT_SECURITY_POLICY, STILL_POLICY);
    }
    response
}

fn one_part(untouched: &Untouched, label: &Label<'_>, part: Range<u64>) -> Response {
    let content_range = content_range(&part, untouched.length);
    let length = part.end - part.start;
    let mut response = labelled(label, Some(length), into_body(untouched.part(part)));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    if let Ok(value) = HeaderValue::try_from(content_range) {
        response.headers_mut().insert(CONTENT_RANGE, value);
    }
    response
}

/// A `multipart/byteranges` (RFC 9110, section 14.6).
fn many_parts(untouched: &Untouched, label: &Label<'_>, parts: &[Range<u64>]) -> Response {
    let mime = label.mime.to_str().unwrap_or_default();
    let heads = parts.iter().map(|part| {
        let content_range = content_range(part, untouched.length);
        Bytes::from(format!("\r\n--{BOUNDARY}\r\nContent-Type: {mime}\r\nContent-Range: {content_range}\r\n\r\n"))
    });
    let end = Bytes::from(format!("\r\n--{BOUNDARY}--\r\n"));
    let mut length = end.len() as u64;
    let mut pieces = Vec::new();
    for (head, part) in heads.zip(parts) {
        length += head.len() as u64 + part.end - part.start;
        pieces.extend([Chunks::Ready(head).into_stream(), untouched.part(part.clone()).into_stream()]);
    }
    pieces.push(Chunks::Ready(end).into_stream());
    let mut response = labelled(label, Some(length), Body::from_stream(stream::iter(pieces).flatten()));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    if let Ok(value) = HeaderValue::try_from(format!("multipart/byteranges; boundary={BOUNDARY}")) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}

fn unsatisfiable(length: u64) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{length}")) {
        headers.insert(CONTENT_RANGE, value);
    }
    response
}

fn content_range(part: &Range<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", part.start, part.end - 1)
}

fn into_body(chunks: Chunks) -> Body {
    match chunks {
        Chunks::Ready(bytes) => Body::from(bytes),
        Chunks::Coming(stream) => Body::from_stream(stream),
    }
}

/// Tells whether another value of a request header could have changed an answer (RFC 9110, section 12.5.5).
pub fn varies_on(answer: &HeaderMap, name: &HeaderName) -> bool {
    let lines = answer.get_all(VARY).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|named| named.trim().eq_ignore_ascii_case(name.as_str()))
}

/// Appends the names of request headers that could have changed the answer.
pub(super) fn add_vary(headers: &mut HeaderMap, hints: Hints) {
    if let Some(names) = hints.vary() {
        headers.append(VARY, names);
    }
}
