//! `Sources`: how URLs name originals, and which ones they may name.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::super::DialectError;
use super::super::escaping::base64;
use super::path::PLAIN;
use super::pattern::Pattern;
use super::words::{Invalid, invalid, invalid_source, invalid_url, unreachable};
use crate::request::{ImagePath, Reference, RemoteOrigins};

/// How URLs name originals, and which ones they may name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sources {
    /// What stands before all of them.
    pub(super) base: String,
    /// What takes the place of their beginnings, one after the other.
    pub(super) replacements: Vec<(Pattern, String)>,
    /// The last part of an encoded one is a name for people.
    pub(super) are_named: bool,
    /// How they may begin; `None` for anyhow.
    pub(super) allowed: Option<Vec<Pattern>>,
    /// The servers that they may be on.
    pub(super) origins: RemoteOrigins,
    /// The store that they may be in: how their URLs begin.
    pub(super) store: Option<String>,
}

/// An original as a URL names it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NamedOriginal<'a> {
    pub url: String,
    /// The format that is named behind it.
    pub extension: Option<Cow<'a, str>>,
}

/// Reads the name under which a picture is to be saved.
pub(super) fn filename(text: &str, is_encoded: bool) -> Result<String, Invalid> {
    let name = if is_encoded {
        base64(text.trim_end_matches('=')).and_then(|bytes| String::from_utf8(bytes).ok())
    } else {
        unescaped(text)
    };
    name.ok_or_else(|| invalid("a name"))
}

/// The servers that URLs with these beginnings can be on. What leaves the server open leads anywhere.
pub(super) fn origins_of(beginnings: &[&str]) -> RemoteOrigins {
    let of = |begin: &&str| {
        let (scheme, rest) = begin.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
        let listed = rest.split_once('/').and_then(|(host, _)| RemoteOrigins::parse(&format!("{scheme}://{host}")));
        Some(listed.filter(|listed| !listed.is_empty()).unwrap_or_else(|| RemoteOrigins::anywhere(scheme)))
    };
    beginnings.iter().filter_map(of).fold(RemoteOrigins::default(), RemoteOrigins::with)
}

/// Decodes what is escaped once; `None` where it is not escaped well.
fn unescaped(text: &str) -> Option<String> {
    let is_escaped =
        |rest: &str| matches!(rest.as_bytes(), [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    let is_well = text.split('%').skip(1).all(is_escaped);
    let decoded = is_well.then(|| percent_decode_str(text).decode_utf8().ok());
    decoded.flatten().map(Cow::into_owned)
}

impl Sources {
    /// Reads the end of a path.
    pub(super) fn decode<'a>(&self, text: &'a str) -> Result<NamedOriginal<'a>, DialectError> {
        let named = match text.strip_prefix(PLAIN).and_then(|rest| rest.strip_prefix('/')) {
            Some(plain) => split(plain.into(), '@').and_then(|(url, extension)| Some((unescaped(&url)?, extension))),
            None => self.encoded(text),
        };
        let (url, extension) = named.filter(|(url, _)| !url.is_empty()).ok_or_else(invalid_url)?;
        Ok(NamedOriginal { url: self.completed(url), extension })
    }

    /// One in Base64, with slashes anywhere.
    fn encoded<'a>(&self, text: &'a str) -> Option<(String, Option<Cow<'a, str>>)> {
        let text = match text.rsplit_once('/') {
            Some((text, _)) if self.are_named => text,
            _ => text,
        };
        let joined = if text.contains('/') { Cow::Owned(text.replace('/', "")) } else { Cow::Borrowed(text) };
        let (encoded, extension) = split(joined, '.')?;
        let url = String::from_utf8(base64(encoded.trim_end_matches('='))?).ok()?;
        Some((url, extension))
    }

    /// With what the operator puts in the place of something, and before all.
    pub(super) fn completed(&self, mut url: String) -> String {
        for (pattern, by) in &self.replacements {
            let Some((gaps, rest)) = pattern.matched(&url) else { continue };
            let filled =
                (1_usize..).zip(gaps).fold(by.clone(), |by, (number, gap)| by.replace(&format!("${{{number}}}"), gap));
            url = filled + rest;
        }
        if url.starts_with(&self.base) { url } else { [self.base.as_str(), &url].concat() }
    }

    /// Which original is meant.
    pub(super) fn original(&self, url: &str) -> Result<Reference, DialectError> {
        if self.allowed.as_ref().is_some_and(|allowed| !allowed.iter().any(|pattern| pattern.begins(url))) {
            return Err(invalid_source());
        }
        let (scheme, rest) = url.split_once("://").ok_or_else(unreachable)?;
        match scheme {
            "local" => {
                let path = rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default();
                let path = path.split(['?', '#']).next().unwrap_or_default();
                ImagePath::from_url_path(path).map(Reference::from).map_err(|_| unreachable())
            }
            "http" | "https" => self.origins.admit(url).map(Reference::from).map_err(|_| invalid_source()),
            "s3" | "gs" | "abs" => self.stored(url),
            _ => Err(unreachable()),
        }
    }

    /// One in the store.
    fn stored(&self, url: &str) -> Result<Reference, DialectError> {
        let key = self.store.as_deref().and_then(|store| url.strip_prefix(store)).ok_or_else(unreachable)?;
        // Other versions of it are not to be had.
        if key.contains('?') {
            return Err(unreachable());
        }
        ImagePath::from_url_path(key).map(Reference::from).map_err(|_| unreachable())
    }
}

/// What stands before and behind a separator that is there at most once; behind it, nothing is none.
fn split(text: Cow<'_, str>, separator: char) -> Option<(String, Option<Cow<'_, str>>)> {
    let Some((before, behind)) = text.split_once(separator) else { return Some((text.into_owned(), None)) };
    if behind.contains(separator) {
        return None;
    }
    let extension = (!behind.is_empty()).then(|| Cow::Owned(behind.to_owned()));
    Some((before.to_owned(), extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(sources: &Sources, text: &str) -> Option<(String, Option<String>)> {
        let named = sources.decode(text).ok()?;
        Some((named.url, named.extension.map(Cow::into_owned)))
    }

    #[test]
    fn an_original_is_written_out_or_encoded() {
        let sources = Sources::default();
        for (text, url, extension) in [
            ("plain/https://a.example/b.png@webp", "https://a.example/b.png", Some("webp")),
            ("plain/https%3A%2F%2Fa.example%2Fc%20d.png%3Fx%3D1@png", "https://a.example/c d.png?x=1", Some("png")),
            ("plain/local:///e.png@", "local:///e.png", None),
            ("plain/local:///e%40.png", "local:///e@.png", None),
            ("aHR0cHM6Ly9leGFtcGxlLmNvbS9iLnBuZz92PTM.jpg", "https://example.com/b.png?v=3", Some("jpg")),
            ("czM6Ly/9idWNrZXQva2V5", "s3://bucket/key", None),
            ("/bG9jYWw6Ly8vY2l0eS5qcGc==", "local:///city.jpg", None),
        ] {
            assert_eq!(decoded(&sources, text), Some((url.to_owned(), extension.map(str::to_owned))), "{text}");
        }
        for text in ["", "plain/", "plain", "plain/a@b@c", "plain/%zz", "plain/%ff", "a.b.c", "!", "/", ".png", "_w"] {
            assert_eq!(decoded(&sources, text), None, "{text}");
        }
        let named = Sources { are_named: true, ..sources };
        let expected = Some(("local:///city.jpg".to_owned(), None));
        assert_eq!(decoded(&named, "bG9jYWw6Ly8vY2l0eS5qcGc/the-city.png"), expected);
    }

    #[test]
    fn the_beginning_is_replaced_and_put_before() {
        let replacements = vec![(Pattern::parse("mine://*/"), "s3://b-${1}/in/".to_owned())];
        let sources = Sources { replacements, base: "s3://".to_owned(), ..Sources::default() };
        for (text, url) in [
            ("plain/mine:%2F%2Fa/c.png", "s3://b-a/in/c.png"),
            ("plain/d.png", "s3://d.png"),
            ("plain/s3:%2F%2Fe/f.png", "s3://e/f.png"),
        ] {
            assert_eq!(decoded(&sources, text), Some((url.to_owned(), None)), "{text}");
        }
    }

    #[test]
    fn what_is_not_allowed_or_not_there_is_refused_in_different_words() {
        let allowed = ["local:///a/", "https://*.a.example/", "s3://"].map(Pattern::parse).to_vec();
        let sources = Sources {
            allowed: Some(allowed),
            origins: RemoteOrigins::parse("*.a.example").unwrap(),
            store: Some("s3://bucket/in/".to_owned()),
            ..Sources::default()
        };
        let path = |path: &str| Ok(ImagePath::from_decoded(path).unwrap().into());
        assert_eq!(sources.original("local:///a/b%20c.png?d=e"), path("a/b c.png"));
        assert_eq!(sources.original("s3://bucket/in/a.png"), path("a.png"));
        assert!(matches!(sources.original("https://img.a.example/b.png"), Ok(Reference::Url(_))));
        for (url, expected) in [
            ("local:///b/a.png", invalid_source()),
            ("https://a.example/b.png", invalid_source()),
            ("local:///a/../../b.png", unreachable()),
            ("s3://other/in/a.png", unreachable()),
            ("s3://bucket/in/a.png?versionId=1", unreachable()),
        ] {
            assert_eq!(sources.original(url), Err(expected), "{url}");
        }
        let open = Sources::default();
        for (url, expected) in [
            ("local://", unreachable()),
            ("local:///", unreachable()),
            ("a.png", unreachable()),
            ("ftp://a.example/b", unreachable()),
            ("http://a.example/b", invalid_source()),
        ] {
            assert_eq!(open.original(url), Err(expected), "{url}");
        }
    }

    #[test]
    fn names_may_be_escaped_or_encoded() {
        assert_eq!(filename("my%20file", false).as_deref(), Ok("my file"));
        assert_eq!(filename("bXkgZmlsZQ==", true).as_deref(), Ok("my file"));
        assert!(filename("%", false).is_err() && filename("!", true).is_err());
    }
}
