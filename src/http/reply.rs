//! Successful answers.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::ReplySettings;
use crate::request::Format;
use crate::service::Answer;

/// Turns an answer into a response with status 200.
pub(super) fn to_answer(answer: Answer, varies_on: &[HeaderName], settings: &ReplySettings) -> Response {
    let (format, length, body, is_hit) = match answer {
        Answer::Untouched(untouched) => (untouched.format, untouched.length, Body::from_stream(untouched.body), None),
        Answer::Rendition { rendition, is_hit } => {
            (rendition.format, rendition.bytes.len() as u64, Body::from(rendition.bytes), Some(is_hit))
        }
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type(format));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(cache_control) = &settings.cache_control {
        headers.insert(CACHE_CONTROL, cache_control.clone());
    }
    if let (Some(is_hit), Some(name)) = (is_hit, &settings.cache_status) {
        headers.insert(name, HeaderValue::from_static(if is_hit { "HIT" } else { "MISS" }));
    }
    add_vary(headers, varies_on);
    response
}

fn content_type(format: Format) -> HeaderValue {
    HeaderValue::from_static(format.mime())
}

/// Appends the names of request headers that could have changed the answer.
pub(super) fn add_vary(headers: &mut HeaderMap, names: &[HeaderName]) {
    for name in names {
        headers.append(VARY, HeaderValue::from(name.clone()));
    }
}
