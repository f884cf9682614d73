//! `RemoteOrigins`: where URLs that requests name may lead.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::{RemoteError, RemoteUrl, has_credentials, is_of_http};

/// A list of origins, each with a scheme or for both, with a port or for that of the scheme, for a host or all below a domain,
/// and from a path on. An empty one admits nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteOrigins(Vec<RemoteOrigin>);

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RemoteOrigin {
    /// `None` for http and https.
    scheme: Option<String>,
    host: HostRule,
    /// `None` for that of the URL's scheme.
    port: Option<u16>,
    /// What the path begins with.
    path: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostRule {
    Exactly(Host),
    /// A domain and all below it.
    Within(String),
    Any,
}

impl RemoteOrigins {
    /// Reads a list such as `https://a.example/img/, *.example.org:8080`, with commas in between; an empty text is an empty
    /// list.
    ///
    /// Without a scheme both are meant. `*.` in front of a domain means it and all below it. A path means all below it, by
    /// whole components; with `*` at its end, all that begins as it does. Users, queries, fragments and other `*` are refused,
    /// with `None`.
    pub fn parse(list: &str) -> Option<Self> {
        if list.trim().is_empty() {
            return Some(Self::default());
        }
        list.split(',').map(|entry| RemoteOrigin::parse(entry.trim())).collect::<Option<_>>().map(Self)
    }

    /// All servers of a scheme, at any port.
    pub fn anywhere(scheme: &str) -> Self {
        let scheme = Some(scheme.to_ascii_lowercase());
        Self(vec![RemoteOrigin { scheme, host: HostRule::Any, port: None, path: "/".to_owned() }])
    }

    /// This list and another: what admits what either does.
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Tells whether nothing is admitted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the URL of an original.
    ///
    /// # Errors
    /// What is wrong with it, or that the list does not have it.
    pub fn admit(&self, text: &str) -> Result<RemoteUrl, RemoteError> {
        let remote = RemoteUrl::parse(text)?;
        let url = remote.url();
        if self.admits(url) {
            return Ok(remote);
        }
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let host = format!("{}{port}", url.host_str().unwrap_or_default());
        Err(RemoteError::NotAllowed { host, path: url.path().to_owned() })
    }

    /// Tells whether the list has a URL, which may be one that an answer leads to.
    pub fn admits(&self, url: &Url) -> bool {
        is_of_http(url)
            && !has_credentials(url)
            && !leads_up(url.path())
            && self.0.iter().any(|entry| entry.admits(url))
    }

    /// The hosts that are listed by their own names, or addresses.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.0.iter().filter_map(|entry| match &entry.host {
            HostRule::Exactly(host) => Some(host),
            HostRule::Within(_) | HostRule::Any => None,
        })
    }
}

impl RemoteOrigin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let (is_wide, rest) = rest.strip_prefix("*.").map_or((false, rest), |rest| (true, rest));
        let (is_open, rest) = match rest.strip_suffix('*') {
            Some(rest) if rest.contains('/') => (true, rest),
            _ => (false, rest),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.contains('@')
            || rest.contains(|letter: char| matches!(letter, '*' | '\\') || letter.is_ascii_control())
        {
            return None;
        }
        let [plain, secure] = ["http", "https"].map(|scheme| Url::parse(&format!("{scheme}://{rest}")).ok());
        let (plain, secure) = (plain?, secure?);
        // A URL does not tell the port that is its scheme's own.
        let (url, port) = match scheme.as_deref() {
            Some("http") => (&plain, plain.port()),
            Some("https") => (&secure, secure.port()),
            Some(_) => return None,
            None => (&plain, plain.port().or(secure.port())),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return None;
        }
        let host = match (url.host()?.to_owned(), is_wide) {
            (Host::Domain(domain), true) => HostRule::Within(domain),
            (_, true) => return None,
            (host, false) => HostRule::Exactly(host),
        };
        let slash = if is_open || url.path().ends_with('/') { "" } else { "/" };
        Some(Self { scheme, host, port, path: [url.path(), slash].concat() })
    }

    fn admits(&self, url: &Url) -> bool {
        let is_scheme = self.scheme.as_deref().is_none_or(|scheme| scheme == url.scheme());
        let is_port = match self.port {
            Some(port) => url.port_or_known_default() == Some(port),
            None => url.port().is_none() || self.host == HostRule::Any,
        };
        is_scheme && is_port && self.host.admits(url) && url.path().starts_with(&self.path)
    }
}

impl HostRule {
    fn admits(&self, url: &Url) -> bool {
        match (self, url.host()) {
            (Self::Exactly(own), Some(host)) => host == *own,
            (Self::Within(domain), Some(Host::Domain(name))) => {
                name.strip_suffix(domain.as_str()).is_some_and(|below| below.is_empty() || below.ends_with('.'))
            }
            (Self::Any, Some(_)) => true,
            (Self::Within(_), _) | (_, None) => false,
        }
    }
}

/// Tells whether a server that decodes the path once more, or drops what follows a semicolon, would go up. What is `..` by
/// the standard is gone from it already.
fn leads_up(path: &str) -> bool {
    let decoded = percent_decode_str(path).collect::<Vec<_>>();
    let mut components = decoded.split(|letter| matches!(letter, b'/' | b'\\'));
    components.any(|component| component.split(|letter| *letter == b';').next() == Some(b".."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(text: &str) -> RemoteOrigins {
        RemoteOrigins::parse(text).unwrap()
    }

    #[track_caller]
    fn assert_admits(origins: &str, admitted: &[&str], refused: &[&str]) {
        let origins = list(origins);
        for text in admitted {
            assert!(origins.admit(text).is_ok(), "{text}: {:?}", origins.admit(text));
        }
        for text in refused {
            assert!(
                matches!(origins.admit(text), Err(RemoteError::NotAllowed { .. })),
                "{text}: {:?}",
                origins.admit(text)
            );
        }
    }

    #[test]
    fn a_host_is_itself_and_no_other() {
        let beside =
            ["https://aa.example/", "https://a.example.evil.org/", "https://a.example./", "https://b.a.example/"];
        let others =
            ["https://a-example/", "https://axexample/", "https://[::1]/", "https://evil.org/?https://a.example/"];
        let at_others = ["https://evil.org#@a.example/", "https://evil.org/a.example", "https://evil.org?@a.example/"];
        assert_admits(
            "https://a.example",
            &[
                "https://a.example/b.jpg",
                "https://A.EXAMPLE",
                "HTTPS://a.example:443/?b",
                "https://a.example?@evil.org",
            ],
            &[&beside[..], &others, &at_others].concat(),
        );
        assert_eq!(list("https://a.example").admit("https://a.example@evil.org/"), Err(RemoteError::Credentials));
        assert_eq!(list("https://a.example").admit("https://evil.org\\@a.example/"), Err(RemoteError::NotAUrl));
    }

    #[test]
    fn a_domain_is_itself_and_all_below_it() {
        assert_admits(
            "https://*.example.org",
            &["https://example.org/", "https://a.example.org/", "https://a.b.EXAMPLE.org/c"],
            &[
                "https://badexample.org/",
                "https://example.org.evil/",
                "https://example.com/",
                "https://a.example.org./",
            ],
        );
    }

    #[test]
    fn a_scheme_and_a_port_are_those_of_the_list() {
        assert_admits(
            "https://a.example",
            &["https://a.example:443/"],
            &["http://a.example/", "https://a.example:444/"],
        );
        assert_admits(
            "a.example",
            &["https://a.example/", "http://a.example/"],
            &["http://a.example:443/", "https://a.example:80/", "http://a.example:8080/"],
        );
        assert_admits("a.example:80", &["http://a.example/", "https://a.example:80/"], &["https://a.example/"]);
        assert_admits("https://a.example:8443/b", &["https://a.example:8443/b/c"], &["https://a.example/b/c"]);
        assert_admits("HTTP://*.a.example:81", &["http://b.a.example:81/"], &["http://b.a.example/"]);
    }

    #[test]
    fn a_path_is_all_below_it_by_whole_components() {
        let climbing = [
            "https://a.example/img/../b",
            "https://a.example/img/%2e%2E/b",
            "https://a.example/img/.%2e/b",
            "https://a.example/img/..%2fb",
            "https://a.example/img/x%2F..%2f..%2fb",
            "https://a.example/img/%2e%2e%2fb",
            "https://a.example/img/..%5cb",
            "https://a.example/img/..;/b",
            "https://a.example/img/%2e%2e%3bx=y/b",
        ];
        let beside =
            ["https://a.example/img", "https://a.example/imgs/b", "https://a.example/IMG/b", "https://a.example/"];
        for origins in ["https://a.example/img", "https://a.example/img/", "https://a.example/x/../img"] {
            assert_admits(
                origins,
                &["https://a.example/img/", "https://a.example/img/b/c.jpg", "https://a.example/b/../img/..b/c..jpg"],
                &[&climbing[..], &beside].concat(),
            );
        }
        assert_admits("https://a.example/my img", &["https://a.example/my%20img/b"], &[]);
    }

    #[test]
    fn a_star_at_the_end_of_a_path_is_whatever_begins_as_it_does() {
        let admitted = ["https://a.example/img", "https://a.example/imgs/b", "https://a.example/img/b"];
        assert_admits("https://a.example/img*", &admitted, &["https://a.example/im", "https://a.example/img/../b"]);
        assert_admits("https://a.example/*", &["https://a.example/", "https://a.example/b"], &["https://b.example/"]);
    }

    #[test]
    fn an_address_is_itself_however_it_is_written() {
        let same =
            ["http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://127.0.0.1./"];
        let others =
            ["http://[::ffff:127.0.0.1]/", "http://127.0.0.2/", "http://localhost/", "http://127.0.0.1.example/"];
        assert_admits("http://127.0.0.1", &same, &others);
        assert_admits("http://[::1]:81", &["http://[0:0::1]:81/"], &["http://[::1]/", "http://[::2]:81/"]);
    }

    #[test]
    fn a_name_in_other_letters_is_that_in_ascii() {
        let both = ["https://bücher.example/", "https://xn--bcher-kva.example/", "https://BÜCHER.example/"];
        assert_admits("https://bücher.example", &both, &["https://bucher.example/"]);
        assert_admits("https://xn--bcher-kva.example", &both, &[]);
    }

    #[test]
    fn a_list_says_what_it_means_or_is_none() {
        assert!(list("").is_empty() && list(" ").is_empty() && !list("a.example").is_empty());
        assert!(list("").admit("https://a.example/").is_err());
        for text in [
            ",",
            "https://a.example,",
            "ftp://a.example",
            "https://",
            "*",
            "https://*",
            "*.",
            "a.*.example",
            "*a.example",
            "*.*.example",
            "*.127.0.0.1",
            "*.[::1]",
            "https://me@a.example",
            "https://@a.example",
            "https://a.example/?b",
            "https://a.example/#b",
            "https://a.example/*/b",
            "https://a.example\\b",
            "https://a.example:port",
            "https://a b.example",
        ] {
            assert_eq!(RemoteOrigins::parse(text), None, "{text}");
        }
        let both = list("https://a.example").with(list("https://b.example, https://*.c.example"));
        assert_eq!(both, list("https://a.example,https://b.example,https://*.c.example"));
        assert_eq!(both.hosts().map(Host::to_string).collect::<Vec<_>>(), ["a.example", "b.example"]);
    }

    #[test]
    fn what_is_refused_is_told_without_its_query() {
        let refused = list("a.example").admit("https://b.example:81/c/d.jpg?token=secret").unwrap_err();
        let expected = RemoteError::NotAllowed { host: "b.example:81".to_owned(), path: "/c/d.jpg".to_owned() };
        assert_eq!(refused, expected);
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }

    /// What a URL may be made of that somebody would write to get around the list.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "https:",
            "http:",
            "//",
            "/",
            "\\",
            "a.example",
            "evil.org",
            ".",
            "..",
            "@",
            ":",
            "443",
            "80",
            "#",
            "?",
            "%2e",
            "%2f",
            "%5c",
            "img",
            "%00",
            "\t",
            "[",
            "]",
            "::1",
            "127.1",
            ";",
            "%40",
            "*",
            "é",
            " ",
        ]);
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn whatever_is_admitted_is_below_what_is_listed(rest in pieces(), is_prefixed in any::<bool>()) {
            let text = if is_prefixed { format!("https://a.example/img/{rest}") } else { rest };
            if let Ok(remote) = list("https://a.example/img").admit(&text) {
                let url = Url::parse(remote.as_str()).unwrap();
                prop_assert_eq!(url.origin().ascii_serialization(), "https://a.example");
                prop_assert!(!has_credentials(&url) && url.fragment().is_none());
                let decoded = percent_decode_str(url.path()).decode_utf8_lossy().into_owned();
                let mut depth = 0_i32;
                for component in decoded.split(['/', '\\']).filter(|component| !matches!(*component, "" | ".")) {
                    depth += if component == ".." { -1 } else { 1 };
                    prop_assert!(depth > 0, "{text}");
                }
                prop_assert!(decoded.starts_with("/img/"));
            }
        }
    }
}
