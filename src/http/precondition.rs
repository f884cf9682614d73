//! Conditional requests: RFC 9110, section 13.

use std::cell::LazyCell;
use std::time::SystemTime;

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName};

use crate::request::telling_date;
use crate::service::Validators;

/// What conditional headers say against sending an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The client has this version already.
    NotModified,
    /// The client wants another version than there is.
    Failed,
}

/// Evaluates all conditions in the order of RFC 9110, section 13.2.2; `None` means that the image is to be sent.
pub(super) fn evaluate(request: &HeaderMap, validators: &Validators) -> Option<Verdict> {
    let tag = LazyCell::new(|| validators.tag.quoted());
    let date = LazyCell::new(|| date(validators));
    if request.contains_key(IF_MATCH) {
        if !tags(request, IF_MATCH).any(|listed| listed == "*" || listed == *tag) {
            return Some(Verdict::Failed);
        }
    } else if asked_date(request, IF_UNMODIFIED_SINCE).is_some_and(|asked| date.is_some_and(|date| date > asked)) {
        return Some(Verdict::Failed);
    }
    let is_known = if request.contains_key(IF_NONE_MATCH) {
        tags(request, IF_NONE_MATCH).any(|listed| listed == "*" || listed.trim_start_matches("W/") == *tag)
    } else {
        // Only the very date that was sent: an original that was put back to an older one is another version, too.
        asked_date(request, IF_MODIFIED_SINCE).is_some_and(|asked| *date == Some(asked))
    };
    is_known.then_some(Verdict::NotModified)
}

/// Tells whether a range may be sent: there is no `If-Range`, or it names exactly this version
/// (RFC 9110, section 13.1.5).
pub(super) fn allows_range(request: &HeaderMap, validators: &Validators) -> bool {
    let Some(value) = request.get(IF_RANGE) else { return true };
    let is_tag = value.to_str().is_ok_and(|text| text.trim() == validators.tag.quoted());
    is_tag || asked_date(request, IF_RANGE).is_some_and(|asked| date(validators) == Some(asked))
}

/// When the image was last changed, where that tells versions apart.
pub(super) fn date(validators: &Validators) -> Option<SystemTime> {
    telling_date(validators.modified?, SystemTime::now())
}

/// The members of a list of entity tags, over all lines of the header: `*`, or tags with their quotation marks.
fn tags(request: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = request.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| {
        let mut rest = line;
        std::iter::from_fn(move || {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            let opaque = rest.strip_prefix("W/").unwrap_or(rest);
            let prefix = rest.len() - opaque.len();
            let length = match opaque.strip_prefix('"').and_then(|text| text.find('"')) {
                Some(end) => prefix + end + 2,
                None => rest.find(',').unwrap_or(rest.len()),
            };
            let (tag, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(tag.trim_end()).filter(|tag| !tag.is_empty())
        })
    })
}

fn asked_date(request: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(request.get(name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::request::EntityTag;

    fn validators(modified: Option<Duration>) -> Validators {
        let modified = modified.map(|since| UNIX_EPOCH + since);
        Validators { tag: EntityTag::of("this"), modified, original_modified: modified }
    }

    fn headers(headers: &[(&str, &str)]) -> HeaderMap {
        let mut request = HeaderMap::new();
        for (name, value) in headers {
            request.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        request
    }

    fn verdict(lines: &[(&str, &str)]) -> Option<Verdict> {
        evaluate(&headers(lines), &validators(Some(Duration::from_millis(1_000_000_500))))
    }

    fn at(seconds: u64) -> String {
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn a_listed_tag_spares_the_body() {
        let tag = EntityTag::of("this").to_string();
        for list in [tag.clone(), "*".into(), format!("W/{tag}"), format!("\"a,b\", W/\"c\" ,{tag}")] {
            assert_eq!(verdict(&[("if-none-match", &list)]), Some(Verdict::NotModified), "{list}");
        }
        assert_eq!(verdict(&[("if-none-match", "\"x\""), ("if-none-match", &tag)]), Some(Verdict::NotModified));
        for list in ["", "\"x\"", "x", "\"unclosed", ",,,"] {
            assert_eq!(verdict(&[("if-none-match", list)]), None, "{list}");
        }
    }

    #[test]
    fn dates_count_where_there_is_no_tag() {
        assert_eq!(verdict(&[("if-modified-since", &at(1_000_000))]), Some(Verdict::NotModified));
        assert_eq!(verdict(&[("if-modified-since", &at(999_999))]), None);
        // The original was put back to an older one.
        assert_eq!(verdict(&[("if-modified-since", &at(1_000_001))]), None);
        assert_eq!(verdict(&[("if-modified-since", "yesterday")]), None);
        assert_eq!(verdict(&[("if-none-match", "\"x\""), ("if-modified-since", &at(1_000_000))]), None);
    }

    #[test]
    fn a_date_that_says_nothing_answers_nothing() {
        for modified in [None, Some(Duration::ZERO), Some(Duration::from_secs(1))] {
            let date = at(modified.unwrap_or_default().as_secs());
            for (name, value) in [("if-modified-since", &date), ("if-unmodified-since", &date)] {
                assert_eq!(evaluate(&headers(&[(name, value)]), &validators(modified)), None, "{name} {modified:?}");
            }
            assert!(!allows_range(&headers(&[("if-range", &date)]), &validators(modified)), "{modified:?}");
        }
        let modified = Some(Duration::from_secs(1_000_000));
        assert!(allows_range(&headers(&[("if-range", &at(1_000_000))]), &validators(modified)));
    }

    #[test]
    fn another_version_than_asked_for_is_not_sent() {
        let tag = EntityTag::of("this").to_string();
        assert_eq!(verdict(&[("if-match", "\"x\"")]), Some(Verdict::Failed));
        assert_eq!(verdict(&[("if-match", &format!("W/{tag}"))]), Some(Verdict::Failed));
        assert_eq!(verdict(&[("if-match", &tag)]), None);
        assert_eq!(verdict(&[("if-match", "*")]), None);
        assert_eq!(verdict(&[("if-unmodified-since", &at(999_999))]), Some(Verdict::Failed));
        assert_eq!(verdict(&[("if-unmodified-since", &at(1_000_000))]), None);
        assert_eq!(verdict(&[("if-match", &tag), ("if-unmodified-since", &at(1))]), None);
    }
}
