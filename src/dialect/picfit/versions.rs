//! Which version of a rendition went out under a key of picfit, whose keys do not tell versions apart.

use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue};

use crate::memo::Memo;

/// Keys of which it is remembered what went out.
const REMEMBERED: usize = 20_000;

/// What went out under keys.
pub(super) struct Versions(Memo<String, SentVersion>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct SentVersion {
    /// Our own tag, in quotation marks.
    tag: HeaderValue,
    /// The date that went with it.
    modified: Option<HeaderValue>,
    /// No other went out under this key.
    is_only: bool,
}

impl Versions {
    pub(super) fn new() -> Self {
        Self(Memo::new(REMEMBERED))
    }

    /// Remembers what goes out.
    pub(super) fn sent(&self, key: String, tag: HeaderValue, modified: Option<HeaderValue>) {
        let known = self.0.get(&key);
        if known.as_ref().is_none_or(|known| known.tag != tag) {
            self.0.put(key, SentVersion { tag, modified, is_only: known.is_none() });
        }
    }

    /// Tells whether a client that shows a date has what has this tag. Picfit believes any date; here nothing else may have
    /// gone out under the key, and where the client shows the key too, as those do that keep what they got, the date has to
    /// be the one that went with it.
    pub(super) fn knows(&self, key: &str, tag: &str, headers: &HeaderMap) -> bool {
        let Some(date) = headers.get(IF_MODIFIED_SINCE) else { return false };
        let Some(version) = self.0.get(&key.to_owned()) else { return false };
        let is_current = version.is_only && version.tag == tag;
        is_current
            && match headers.get(IF_NONE_MATCH) {
                None => true,
                Some(shown) => is_key(shown, key) && version.modified.as_ref() == Some(date),
            }
    }

    /// Tells whether a client that shows a date has what has this tag, as HTTP has it: the date went with it, and the key if it
    /// is shown as well.
    pub(super) fn revalidates(&self, key: &str, tag: &str, headers: &HeaderMap) -> bool {
        let Some(date) = headers.get(IF_MODIFIED_SINCE) else { return false };
        let is_current = |version: SentVersion| version.tag == tag && version.modified.as_ref() == Some(date);
        self.0.get(&key.to_owned()).is_some_and(is_current)
            && headers.get(IF_NONE_MATCH).is_none_or(|shown| is_key(shown, key))
    }
}

/// Tells whether a tag is the key, in quotation marks or not.
fn is_key(shown: &HeaderValue, key: &str) -> bool {
    shown.to_str().is_ok_and(|shown| shown.trim().trim_start_matches("W/").trim_matches('"') == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "f16eb1f27519b81085a138e6051e83d9";

    fn sent(versions: &Versions, tag: &'static str, modified: &'static str) {
        versions.sent(KEY.to_owned(), HeaderValue::from_static(tag), Some(HeaderValue::from_static(modified)));
    }

    fn knows(versions: &Versions, tag: &str, lines: &[(http::HeaderName, &'static str)]) -> bool {
        let lines = lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        versions.knows(KEY, tag, &lines.collect())
    }

    #[test]
    fn any_date_is_enough_while_there_was_one_version() {
        let versions = Versions::new();
        let old = [(IF_MODIFIED_SINCE, "Wed, 21 Oct 2015 07:28:00 GMT")];
        assert!(!knows(&versions, "\"a\"", &old), "nothing went out");
        sent(&versions, "\"a\"", "now");
        sent(&versions, "\"a\"", "now");
        assert!(knows(&versions, "\"a\"", &old) && knows(&versions, "\"a\"", &[(IF_MODIFIED_SINCE, "x")]));
        assert!(!knows(&versions, "\"a\"", &[]) && !knows(&versions, "\"b\"", &old));
        sent(&versions, "\"b\"", "then");
        assert!(
            !knows(&versions, "\"b\"", &old) && !knows(&versions, "\"a\"", &old),
            "who asks may have the other one"
        );
    }

    #[test]
    fn the_date_that_went_with_a_version_shows_that_a_client_has_it() {
        let versions = Versions::new();
        let revalidates = |tag: &str, lines: &[(http::HeaderName, &'static str)]| {
            let lines = lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            versions.revalidates(KEY, tag, &lines.collect())
        };
        sent(&versions, "\"a\"", "then");
        sent(&versions, "\"b\"", "now");
        assert!(revalidates("\"b\"", &[(IF_MODIFIED_SINCE, "now")]));
        assert!(revalidates("\"b\"", &[(IF_MODIFIED_SINCE, "now"), (IF_NONE_MATCH, KEY)]));
        assert!(!revalidates("\"a\"", &[(IF_MODIFIED_SINCE, "then")]), "another version went out since");
        assert!(!revalidates("\"b\"", &[(IF_MODIFIED_SINCE, "then")]) && !revalidates("\"b\"", &[]));
        assert!(!revalidates("\"b\"", &[(IF_MODIFIED_SINCE, "now"), (IF_NONE_MATCH, "\"x\"")]));
    }

    #[test]
    fn who_shows_the_key_shows_the_date_that_went_with_it() {
        let versions = Versions::new();
        sent(&versions, "\"a\"", "now");
        for shown in [KEY, "\"f16eb1f27519b81085a138e6051e83d9\"", "W/\"f16eb1f27519b81085a138e6051e83d9\""] {
            assert!(knows(&versions, "\"a\"", &[(IF_NONE_MATCH, shown), (IF_MODIFIED_SINCE, "now")]));
            assert!(!knows(&versions, "\"a\"", &[(IF_NONE_MATCH, shown), (IF_MODIFIED_SINCE, "before")]));
            assert!(!knows(&versions, "\"a\"", &[(IF_NONE_MATCH, shown)]));
        }
        assert!(!knows(&versions, "\"a\"", &[(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, "now")]));
    }
}
