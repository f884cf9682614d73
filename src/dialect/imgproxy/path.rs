//! What a path of imgproxy is made of: a signature, options, and a source.

use std::borrow::Cow;

/// What stands before a source that is written out.
pub(super) const PLAIN: &str = "plain";
/// How a colon is written where somebody escapes it.
const ESCAPED_COLON: &str = "%3a";

/// A path, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathParts<'a> {
    /// As it came.
    pub signature: &'a str,
    /// What follows, without the slash before it, as it is signed: with colons that were escaped, and with slashes that
    /// somebody on the way took for too many.
    pub rest: Cow<'a, str>,
}

impl<'a> PathParts<'a> {
    /// Takes a path apart; `None` where one of its parts is missing.
    pub fn of(path: &'a str) -> Option<Self> {
        let (signature, rest) = path.strip_prefix('/').unwrap_or(path).split_once('/')?;
        let is_whole = !signature.is_empty() && !rest.is_empty();
        is_whole.then(|| Self { signature, rest: restored(rest) })
    }
}

/// The path as it was before a client or a proxy made it what they think is normal.
fn restored(rest: &str) -> Cow<'_, str> {
    let is_escaped =
        rest.as_bytes().windows(ESCAPED_COLON.len()).any(|part| part.eq_ignore_ascii_case(ESCAPED_COLON.as_bytes()));
    let with_colons = if is_escaped { with_colons(rest) } else { Cow::Borrowed(rest) };
    match with_slashes(&with_colons) {
        Some(restored) => Cow::Owned(restored),
        None => with_colons,
    }
}

/// With colons in the options: in all parts before the first that has none.
fn with_colons(rest: &str) -> Cow<'_, str> {
    let mut restored = String::with_capacity(rest.len());
    let mut parts = rest.split('/');
    for part in parts.by_ref() {
        if !restored.is_empty() {
            restored.push('/');
        }
        let part = part.replace("%3A", ":").replace(ESCAPED_COLON, ":");
        let is_option = part.contains(':');
        restored.push_str(&part);
        if !is_option {
            break;
        }
    }
    parts.for_each(|part| restored.extend(["/", part]));
    Cow::Owned(restored)
}

/// With two slashes behind the scheme of a source that is written out, and three where it is a file; `None` where they are
/// there.
fn with_slashes(rest: &str) -> Option<String> {
    let (before, source) = match rest.strip_prefix("plain/") {
        Some(source) => ("", source),
        None => rest.split_once("/plain/")?,
    };
    let (scheme, path) = source.split_once(":/")?;
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme || path.is_empty() || path.starts_with('/') {
        return None;
    }
    let slashes = if scheme == "local" { "/" } else { "" };
    let begin = if rest.starts_with("plain/") { "plain/" } else { "/plain/" };
    Some([before, begin, scheme, "://", slashes, path].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_signature_and_the_rest() {
        for (path, signature, rest) in [
            ("/_/w:7/plain/local:///a.png", "_", "w:7/plain/local:///a.png"),
            ("_/bG9j/YWw", "_", "bG9j/YWw"),
            ("/abc/plain/http://a.example/b", "abc", "plain/http://a.example/b"),
            ("/abc//b", "abc", "/b"),
        ] {
            assert_eq!(PathParts::of(path), Some(PathParts { signature, rest: rest.into() }), "{path}");
        }
        for path in ["", "/", "/a", "/a/", "//b"] {
            assert_eq!(PathParts::of(path), None, "{path}");
        }
    }

    #[test]
    fn what_was_made_normal_on_the_way_is_as_it_was() {
        for (path, expected) in [
            ("w%3A7/plain/https:/a.example/e.png", "w:7/plain/https://a.example/e.png"),
            ("w%3a7/h:%3A/plain/a%3Ab", "w:7/h::/plain/a%3Ab"),
            ("plain/local:/e.png", "plain/local:///e.png"),
            ("plain/local:///e.png", "plain/local:///e.png"),
            ("plain/http://a.example/b:/c", "plain/http://a.example/b:/c"),
            ("plain/a.example/b.png", "plain/a.example/b.png"),
            ("plain/http:", "plain/http:"),
            ("plain/http:/", "plain/http:/"),
            ("http:/a.example/b", "http:/a.example/b"),
            ("q:1/plain/s3:/b/c", "q:1/plain/s3://b/c"),
        ] {
            assert_eq!(restored(path), expected, "{path}");
        }
    }
}
