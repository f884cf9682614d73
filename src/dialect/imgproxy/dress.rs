//! The headers of answers, as clients of imgproxy look for them.

use std::time::SystemTime;

use http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, LAST_MODIFIED, LINK, SERVER, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::client;
use super::settings::ImgproxySettings;
use crate::report::Report;
use crate::request::{Reference, telling_date};

/// What clients may do with pictures elsewhere.
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, OPTIONS");
/// Scripts in drawings do nothing.
const NO_SCRIPTS: HeaderValue = HeaderValue::from_static("script-src 'none'");

/// How long the original is, in bytes.
const ORIGIN_LENGTH: HeaderName = HeaderName::from_static("x-origin-content-length");
/// How large it is, and how large the picture is that goes out.
const ORIGIN_SIDES: [HeaderName; 2] =
    [HeaderName::from_static("x-origin-width"), HeaderName::from_static("x-origin-height")];
const RESULT_SIDES: [HeaderName; 2] =
    [HeaderName::from_static("x-result-width"), HeaderName::from_static("x-result-height")];

impl ImgproxySettings {
    /// Changes the headers of an answer; the original is told of where it is known that there is one.
    pub(super) fn dress(
        &self,
        status: StatusCode,
        report: &Report,
        headers: &mut HeaderMap,
        named: impl FnOnce() -> Option<Reference>,
    ) {
        headers.insert(SERVER, self.server.clone());
        headers.extend(self.headers.iter().cloned());
        if let Some(origin) = &self.allow_origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
        }
        // Of a picture that stands in for an error, the status may be that of the error.
        let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        // What has a tag is an original, a picture or not, or made of one.
        let is_of_original = kind.is_some_and(|kind| kind.starts_with(b"image/")) || headers.contains_key(ETAG);
        if !is_of_original {
            if status.is_client_error() || status.is_server_error() {
                headers.remove(CACHE_CONTROL);
            }
            return;
        }
        if let Some(names) = headers.get(VARY).and_then(client::respelled) {
            headers.insert(VARY, names);
        }
        if !headers.contains_key(CONTENT_SECURITY_POLICY) {
            headers.insert(CONTENT_SECURITY_POLICY, NO_SCRIPTS);
        }
        self.validators(report, headers);
        if self.tells_canonical
            && let Some(Reference::Url(url)) = named()
            && let Ok(link) = HeaderValue::try_from(format!("<{}>; rel=\"canonical\"", url.url()))
        {
            headers.insert(LINK, link);
        }
        if self.tells_sizes && status != StatusCode::NOT_MODIFIED {
            tell_sizes(report, headers);
        }
    }

    fn validators(&self, report: &Report, headers: &mut HeaderMap) {
        // What has no tag is of no version that could be asked for again, as where a part of the picture is missing.
        let is_of_version = headers.contains_key(ETAG);
        if !self.tells_tags {
            headers.remove(ETAG);
        }
        if !self.tells_dates {
            headers.remove(LAST_MODIFIED);
        } else if is_of_version
            && !headers.contains_key(LAST_MODIFIED)
            && let Some(date) = report.modified.and_then(|modified| telling_date(modified, SystemTime::now()))
            && let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(date))
        {
            headers.insert(LAST_MODIFIED, date);
        }
    }
}

/// How large everything is, as far as that was looked at: what is cut to what pixels show has no size that is known before.
fn tell_sizes(report: &Report, headers: &mut HeaderMap) {
    let Some((bytes, original)) = report.original else { return };
    headers.insert(ORIGIN_LENGTH, HeaderValue::from(bytes));
    for (names, dimensions) in [(ORIGIN_SIDES, Some(original)), (RESULT_SIDES, report.dimensions)] {
        let sides = dimensions.map(|dimensions| [dimensions.width, dimensions.height]);
        headers.extend(names.into_iter().zip(sides.into_iter().flatten().map(HeaderValue::from)));
    }
}
