//! What HTTP messages are made of, as settings: names and values of headers, statuses. It must not know which variables
//! there are.

use http::{HeaderName, HeaderValue, StatusCode};

use super::kind::Kind;

/// The value of an HTTP header (RFC 9110, section 5.5), in visible ASCII.
pub(super) struct FieldValue;

impl Kind for FieldValue {
    type Value = HeaderValue;

    fn expected(&self) -> String {
        "an HTTP header value in printable ASCII".to_owned()
    }

    fn parse(&self, text: &str) -> Option<HeaderValue> {
        HeaderValue::from_str(text).ok()
    }
}

/// The name of an HTTP header (RFC 9110, section 5.1).
pub(super) struct FieldName;

impl Kind for FieldName {
    type Value = HeaderName;

    fn expected(&self) -> String {
        "an HTTP header name".to_owned()
    }

    fn parse(&self, text: &str) -> Option<HeaderName> {
        text.parse().ok()
    }
}

/// Statuses of HTTP that put a failure down to the request (RFC 9110, section 15.5).
pub(super) struct Statuses;

impl Kind for Statuses {
    type Value = Vec<StatusCode>;

    fn expected(&self) -> String {
        "statuses from 400 to 499, separated by commas".to_owned()
    }

    fn parse(&self, text: &str) -> Option<Vec<StatusCode>> {
        let parse_one = |status: &str| StatusCode::from_bytes(status.as_bytes()).ok();
        let statuses = text.split(',').map(|status| parse_one(status.trim()).filter(StatusCode::is_client_error));
        statuses.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::kind::OrNone;

    #[test]
    fn statuses_are_those_of_client_errors() {
        assert_eq!(Statuses.parse("404, 403"), Some(vec![StatusCode::NOT_FOUND, StatusCode::FORBIDDEN]));
        for text in ["200", "302", "500", "404,,410", "404 410", "4o4", "0404", ""] {
            assert_eq!(Statuses.parse(text), None, "{text}");
        }
    }

    #[test]
    fn headers_can_be_switched_off() {
        assert_eq!(OrNone(FieldName).parse(""), Some(None));
        assert_eq!(OrNone(FieldName).parse("X-Cache"), Some(Some(HeaderName::from_static("x-cache"))));
        assert_eq!(OrNone(FieldName).parse("X Cache"), None);
        assert_eq!(OrNone(FieldValue).parse("no-store\r\nx: y"), None);
    }
}
