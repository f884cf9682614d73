//! How long caches may keep an answer whose URL is good for so long only.

use std::time::{Duration, SystemTime};

use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue};

/// Makes an answer be kept for no longer than its URL is good.
pub(super) fn shorten_until(headers: &mut HeaderMap, good_until: SystemTime) {
    shorten(headers, good_until.duration_since(SystemTime::now()).unwrap_or_default());
}

/// Makes an answer be kept for at most so long, by everybody. Directives that would lengthen that go.
pub(super) fn shorten(headers: &mut HeaderMap, left: Duration) {
    let most = left.as_secs();
    let said = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut directives: Vec<String> = Vec::new();
    let mut has_lifetime = false;
    for directive in said.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            name @ ("max-age" | "s-maxage") => {
                let seconds = value.trim().trim_matches('"').parse().unwrap_or(u64::MAX);
                directives.push(format!("{name}={}", seconds.min(most)));
                has_lifetime |= name == "max-age";
            }
            "immutable" | "stale-while-revalidate" | "stale-if-error" => {}
            "no-store" | "no-cache" => {
                has_lifetime = true;
                directives.push(directive.to_owned());
            }
            _ => directives.push(directive.to_owned()),
        }
    }
    if !has_lifetime {
        directives.push(format!("max-age={most}"));
    }
    if let Ok(value) = HeaderValue::try_from(directives.join(", ")) {
        headers.insert(CACHE_CONTROL, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_outlives_its_url() {
        for (said, expected) in [
            ("public, max-age=31536000, no-transform", "public, max-age=60, no-transform"),
            ("public, max-age=30, immutable", "public, max-age=30"),
            ("max-age=3, s-maxage=900, stale-while-revalidate=9999", "max-age=3, s-maxage=60"),
            ("public", "public, max-age=60"),
            ("Max-Age=\"900\"", "max-age=60"),
            ("no-store", "no-store"),
            ("", "max-age=60"),
        ] {
            let mut headers = HeaderMap::new();
            if !said.is_empty() {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static(said));
            }
            shorten(&mut headers, Duration::from_secs(60));
            assert_eq!(headers[CACHE_CONTROL], expected, "{said}");
        }
    }
}
