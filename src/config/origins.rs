//! The origins that cross-origin scripts may have, as a setting. It must not know what is allowed them.

use http::HeaderValue;
use url::Url;

use super::kind::Kind;
use crate::http::AllowedOrigins;

/// `*`, or a list of origins such as `https://www.example.com`.
pub(super) struct Origins;

impl Kind for Origins {
    type Value = AllowedOrigins;

    fn expected(&self) -> String {
        "* or a comma-separated list of origins such as https://www.example.com".to_owned()
    }

    fn parse(&self, text: &str) -> Option<AllowedOrigins> {
        if text == "*" {
            return Some(AllowedOrigins::Any);
        }
        let listed: Option<Vec<_>> = text.split(',').map(|origin| parse_origin(origin.trim())).collect();
        listed.map(AllowedOrigins::Listed)
    }
}

/// An origin exactly as browsers send it: scheme, host and a port that is not the scheme's own.
fn parse_origin(text: &str) -> Option<HeaderValue> {
    let origin = Url::parse(text).ok()?.origin().ascii_serialization();
    let is_exact = origin != "null" && text.trim_end_matches('/').eq_ignore_ascii_case(&origin);
    HeaderValue::try_from(origin).ok().filter(|_| is_exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_send_them() {
        let listed = |origins: &[&'static str]| {
            Some(AllowedOrigins::Listed(origins.iter().map(|origin| HeaderValue::from_static(origin)).collect()))
        };
        assert_eq!(Origins.parse("*"), Some(AllowedOrigins::Any));
        assert_eq!(Origins.parse("https://A.example/"), listed(&["https://a.example"]));
        assert_eq!(
            Origins.parse("https://a.example, http://b.example:81"),
            listed(&["https://a.example", "http://b.example:81"])
        );
        for text in ["a.example", "https://a.example/path", "https://a.example,", "null", "https://a.example:443"] {
            assert_eq!(Origins.parse(text), None, "{text}");
        }
    }
}
