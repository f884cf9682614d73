//! `Places`: where the picture is that a URL names within it: among our originals, or at a server that others may be fetched from.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;
use url::Url;

use super::DialectError;
use crate::request::{ImagePath, PathError, Reference, RemoteOrigins};

/// The hosts whose pictures are our originals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnHosts(Vec<OwnHost>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct OwnHost {
    /// In small letters.
    name: String,
    /// All below it as well.
    is_domain: bool,
    /// `None` for any.
    port: Option<u16>,
}

/// Where pictures are that URLs name.
#[derive(Debug, Clone, Default)]
pub struct Places {
    own_hosts: OwnHosts,
    origins: RemoteOrigins,
    /// Removed from the front of every path that has it.
    strip_prefix: Option<ImagePath>,
}

impl OwnHosts {
    /// Reads a list such as `example.com, *.example.org, localhost:3000`, with commas in between; an empty text is an empty list.
    /// `*.` in front means a domain and all below it; without a port any is meant.
    pub fn parse(list: &str) -> Option<Self> {
        if list.trim().is_empty() {
            return Some(Self::default());
        }
        list.split(',').map(|entry| OwnHost::parse(entry.trim())).collect::<Option<_>>().map(Self)
    }

    fn has(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        self.0.iter().any(|own| own.is(host) && own.port.is_none_or(|port| url.port_or_known_default() == Some(port)))
    }
}

impl OwnHost {
    fn parse(text: &str) -> Option<Self> {
        let (is_domain, text) = text.strip_prefix("*.").map_or((false, text), |rest| (true, rest));
        let url = Url::parse(&format!("http://{text}/")).ok()?;
        let is_plain = text.bytes().all(|letter| letter.is_ascii_alphanumeric() || b".-_:[]".contains(&letter));
        let has_port = text.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
        let name = url.host_str().filter(|_| is_plain)?.to_owned();
        Some(Self { name, is_domain, port: url.port_or_known_default().filter(|_| has_port) })
    }

    fn is(&self, host: &str) -> bool {
        let below = || host.strip_suffix(&self.name).is_some_and(|rest| rest.ends_with('.'));
        host == self.name || (self.is_domain && below())
    }
}

impl Places {
    /// These hosts are ours, others are where URLs may lead, and a prefix is taken off paths.
    pub fn new(own_hosts: OwnHosts, origins: RemoteOrigins, strip_prefix: Option<ImagePath>) -> Self {
        Self { own_hosts, origins, strip_prefix }
    }

    /// The original at a path of ours, or at a URL. A path may have a query, which does not count.
    ///
    /// # Errors
    /// What is wrong with it, or that it is at no host that pictures may come from.
    pub fn find(&self, text: &str) -> Result<Reference, DialectError> {
        let text = match text.strip_prefix("//") {
            Some(rest) => Cow::Owned(format!("https://{rest}")),
            None => Cow::Borrowed(text),
        };
        if !has_scheme(&text) {
            let path = text.split(['?', '#']).next().unwrap_or_default();
            return self.own(path);
        }
        match Url::parse(&text) {
            Ok(url) if self.own_hosts.has(&url) => self.own(url.path()),
            _ => Ok(self.origins.admit(&text)?.into()),
        }
    }

    /// The same, where a URL may lack its scheme: then its host is one that is known.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_host(&self, text: &str) -> Result<Reference, DialectError> {
        if text.starts_with('/') || has_scheme(text) {
            return self.find(text);
        }
        let [secure, plain] = ["https", "http"].map(|scheme| self.find(&format!("{scheme}://{text}")));
        match (secure, plain) {
            (Err(_), Ok(found)) => Ok(found),
            (secure, _) => secure,
        }
    }

    /// The original at the end of a path, as it was sent: a path of ours, or a URL with the query of the request. Slashes may have
    /// been lost on the way.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_in_path(&self, path: &str, query: Option<&str>) -> Result<Reference, DialectError> {
        let path = path.trim_start_matches('/');
        let decoded = percent_decode_str(path).decode_utf8().unwrap_or_default();
        let Some((scheme, rest)) = decoded.split_once(":/").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
        else {
            return self.own(path);
        };
        // Where the whole URL was encoded, its own query was as well.
        let rest = match path.split_once(":/") {
            Some((_, rest)) => rest,
            None => rest,
        };
        let query = query.filter(|_| path.contains(":/")).map(|query| format!("?{query}")).unwrap_or_default();
        self.find(&format!("{scheme}://{}{query}", rest.trim_start_matches('/')))
    }

    /// The original at the end of a path, as it was sent, and what else it may be: one of ours comes first, and where a URL lacks its
    /// scheme, the same at its host. Behind `b64:` the rest is Base64 for URLs.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn candidates(&self, path: &str, query: Option<&str>) -> Result<(Reference, Vec<Reference>), DialectError> {
        let path = path.trim_start_matches('/');
        if let Some(text) = path.strip_prefix("b64:").or_else(|| path.strip_prefix("b64%3A")) {
            let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
            let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(PathError::NotUtf8)?;
            return self.beside(self.find(&decoded)?, &decoded);
        }
        self.beside(self.find_in_path(path, query)?, path)
    }

    /// The same, for a text that is decoded already.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_decoded(&self, text: &str) -> Result<Reference, DialectError> {
        if text.starts_with("b64:") {
            return self.candidates(text, None).map(|(found, _)| found);
        }
        let is_host = text.split('/').next().is_some_and(|host| host.contains('.')) && text.contains('/');
        match self.find(text)? {
            Reference::Path(_) if is_host && !text.starts_with('/') => {
                let at_host = self.find_host(text);
                at_host.or_else(|_| self.find(text))
            }
            found => Ok(found),
        }
    }

    /// What is found, or at the host that its first component may be.
    fn beside(&self, found: Reference, text: &str) -> Result<(Reference, Vec<Reference>), DialectError> {
        let host = text.split('/').next().unwrap_or_default();
        let may_be_host = matches!(found, Reference::Path(_)) && host.contains('.') && text.contains('/');
        if !may_be_host {
            return Ok((found, Vec::new()));
        }
        let at_host: Vec<_> =
            ["https", "http"].iter().filter_map(|scheme| self.find(&format!("{scheme}://{text}")).ok()).collect();
        match &at_host[..] {
            [own @ Reference::Path(_), ..] => Ok((own.clone(), Vec::new())),
            _ => Ok((found, at_host)),
        }
    }

    /// An original of ours, by its path as it stands in URLs; one that is not encoded is taken as it is.
    fn own(&self, path: &str) -> Result<Reference, DialectError> {
        let path = match ImagePath::from_url_path(path) {
            Err(PathError::BadPercentEncoding) => ImagePath::from_decoded(path),
            path => path,
        }?;
        let path = match &self.strip_prefix {
            Some(prefix) => path.without_prefix(prefix),
            None => path,
        };
        Ok(path.into())
    }
}

fn has_scheme(text: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || b"+-.".contains(&letter);
    text.split_once("://").is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(is_letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        let own_hosts = OwnHosts::parse("example.com, *.example.org,localhost:3000").unwrap();
        let origins = RemoteOrigins::parse("https://b.example/in/,http://c.example").unwrap();
        Places::new(own_hosts, origins, Some(ImagePath::from_decoded("static").unwrap()))
    }

    fn shown(found: Result<Reference, DialectError>) -> Option<String> {
        found.ok().map(|found| found.to_string())
    }

    #[test]
    fn a_path_and_a_host_of_ours_are_originals() {
        for (text, found) in [
            ("/a/b.png?v=3", Some("/a/b.png")),
            ("a%20b.png#x", Some("/a b.png")),
            ("/100%.png", Some("/100%.png")),
            ("/static/a.png", Some("/a.png")),
            ("https://example.com/a%20b.png?v=3", Some("/a b.png")),
            ("//EXAMPLE.com/static/a.png", Some("/a.png")),
            ("http://cdn.example.org:81/a.png", Some("/a.png")),
            ("http://localhost:3000/a.png", Some("/a.png")),
            ("http://localhost/a.png", None),
            ("https://sub.example.com/a.png", None),
            ("https://b.example/in/a.png?v=3", Some("https://b.example/in/a.png?…")),
            ("https://b.example/out/a.png", None),
            ("ftp://example.com/a.png", Some("/a.png")),
            ("data:image/png;base64,AAAA", Some("/data:image/png;base64,AAAA")),
            ("/../a.png", None),
            ("/.env", None),
            ("", None),
        ] {
            assert_eq!(shown(places().find(text)).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn a_scheme_may_be_missing() {
        for (text, found) in [
            ("example.com/a.png", Some("/a.png")),
            ("b.example/in/a.png", Some("https://b.example/in/a.png")),
            ("c.example/a.png", Some("http://c.example/a.png")),
            ("d.example/a.png", None),
            ("/a.png", Some("/a.png")),
        ] {
            assert_eq!(shown(places().find_host(text)).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn a_url_at_the_end_of_a_path_keeps_its_query() {
        let query = Some("v=3");
        for (path, found) in [
            ("/a/b%20c.png", Some("/a/b c.png")),
            ("/https:/b.example/in/a.png", Some("https://b.example/in/a.png?…")),
            ("/https://b.example/in/a.png", Some("https://b.example/in/a.png?…")),
            ("/https%3A%2F%2Fb.example%2Fin%2Fa.png", Some("https://b.example/in/a.png")),
            ("/https://example.com/a.png", Some("/a.png")),
            ("/http:/d.example/a.png", None),
            ("/", None),
        ] {
            assert_eq!(shown(places().find_in_path(path, query)).as_deref(), found, "{path}");
        }
    }

    #[test]
    fn one_of_ours_comes_first_and_a_host_without_a_scheme_after_it() {
        let of = |path: &str| {
            let (found, others) = places().candidates(path, None).unwrap();
            [found].iter().chain(&others).map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(of("a/b.png"), ["/a/b.png"]);
        assert_eq!(of("example.com/a/b.png"), ["/a/b.png"]);
        assert_eq!(of("b.example/in/a.png"), ["/b.example/in/a.png", "https://b.example/in/a.png"]);
        assert_eq!(of("http://c.example/a.png"), ["http://c.example/a.png"]);
        assert_eq!(of("b64:YS9iLnBuZw"), ["/a/b.png"]);
        assert_eq!(of("b64:aHR0cDovL2MuZXhhbXBsZS9hLnBuZw=="), ["http://c.example/a.png"]);
        assert!(places().candidates("b64:!", None).is_err() && places().candidates("", None).is_err());
        assert_eq!(shown(places().find_decoded("example.com/a.png")), Some("/a.png".to_owned()));
        assert_eq!(shown(places().find_decoded("/logo.png")), Some("/logo.png".to_owned()));
    }

    #[test]
    fn a_list_of_hosts_is_names_and_ports() {
        assert_eq!(OwnHosts::parse(" "), Some(OwnHosts::default()));
        for list in ["example.com,", "https://example.com", "a.example/in", "*", "*.", "me@a.example", "a:99999"] {
            assert_eq!(OwnHosts::parse(list), None, "{list}");
        }
    }
}
