//! `RemoteUrl`: an original that a request names by an absolute URL. There is none but those that a list of
//! [`RemoteOrigins`] admits.

mod origins;

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use url::{Position, Url};

pub use origins::RemoteOrigins;

/// The longest URL that is taken, in bytes, as it is written and as it is understood.
const MAX_BYTES: usize = 2048;

/// An absolute URL of http or https (RFC 3986, as the WHATWG's URL Standard reads it): with a host, without user, password and
/// fragment, of at most 2048 bytes, in its normal form. Two that are spelt alike in that form are one original.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemoteUrl(Url);

/// Why a text names no remote original. None of the texts repeats a query, which may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// It is none, or one that programs do not read alike.
    #[error("url: expected an absolute http or https URL, without backslashes and control characters")]
    NotAUrl,
    /// It is a URL of something else.
    #[error("url: expected http or https, got {scheme:.16}")]
    Scheme {
        /// In small letters.
        scheme: String,
    },
    /// There is a user or a password in it.
    #[error("url: expected no user and no password")]
    Credentials,
    /// It is longer than may be.
    #[error("url: expected at most {MAX_BYTES} bytes, got {bytes}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The list does not have it.
    #[error("url: expected one that the server may fetch from, got one at {host:.64}")]
    NotAllowed {
        /// Its host, and its port where that is not the scheme's own.
        host: String,
        /// Its path, encoded as it is understood.
        path: String,
    },
}

impl RemoteUrl {
    fn parse(text: &str) -> Result<Self, RemoteError> {
        if text.len() > MAX_BYTES {
            return Err(RemoteError::TooLong { bytes: text.len() });
        }
        // One program drops these and takes a backslash for a slash, another does not: they may not agree on the host.
        if text.contains(|letter: char| letter == '\\' || letter.is_ascii_control()) {
            return Err(RemoteError::NotAUrl);
        }
        let mut url = Url::parse(text).map_err(|_| RemoteError::NotAUrl)?;
        if !is_of_http(&url) {
            return Err(RemoteError::Scheme { scheme: url.scheme().to_owned() });
        }
        if has_credentials(&url) {
            return Err(RemoteError::Credentials);
        }
        url.set_fragment(None);
        match url.as_str().len() {
            bytes if bytes > MAX_BYTES => Err(RemoteError::TooLong { bytes }),
            _ => Ok(Self(url)),
        }
    }

    /// All of it, as it is asked for.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The same, taken apart.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The name of the file without its last ending, decoded; `image` where there is none.
    pub fn stem(&self) -> Cow<'_, str> {
        let name = self.name();
        match name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem) {
            "" => Cow::Borrowed("image"),
            stem => Cow::Owned(stem.to_owned()),
        }
    }

    /// What stands behind the last dot in the name of the file, decoded.
    pub fn ending(&self) -> Option<String> {
        self.name().rsplit_once('.').map(|(_, ending)| ending.to_owned())
    }

    /// The name of the file, decoded; nothing where there is none.
    fn name(&self) -> String {
        let last = self.0.path().rsplit('/').next().unwrap_or_default();
        let decoded = percent_decode_str(last).decode_utf8().unwrap_or(Cow::Borrowed(last));
        decoded.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
    }

    /// Its beginnings up to each slash of the path, from that behind the host on.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        let before_path = self.0[..Position::BeforePath].len();
        let slashes = self.0.path().match_indices('/');
        slashes.filter_map(move |(slash, _)| self.as_str().get(..=before_path + slash))
    }
}

impl fmt::Display for RemoteUrl {
    /// As it may be logged: a query may hold a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0[..Position::AfterPath])?;
        formatter.write_str(if self.0.query().is_some() { "?…" } else { "" })
    }
}

impl fmt::Debug for RemoteUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RemoteUrl({self})")
    }
}

fn is_of_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, RemoteError> {
        RemoteUrl::parse(text).map(|url| url.as_str().to_owned())
    }

    #[test]
    fn a_url_is_brought_into_its_normal_form() {
        for (text, normal) in [
            ("https://A.Example", "https://a.example/"),
            ("HTTPS://a.example:443/b/../c%20d.jpg#e", "https://a.example/c%20d.jpg"),
            ("http://a.example:80/%2e%2E/%2e/b c.jpg", "http://a.example/b%20c.jpg"),
            ("http://a.example:443/é?q=é#", "http://a.example:443/%C3%A9?q=%C3%A9"),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            ("http://a%2Eexample/", "http://a.example/"),
            ("http://2130706433/", "http://127.0.0.1/"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("http://0177.0.0.01./", "http://127.0.0.1/"),
            ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
            ("https:a.example/b", "https://a.example/b"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(normal), "{text}");
            assert_eq!(read(normal).as_deref(), Ok(normal), "{text}");
        }
    }

    #[test]
    fn what_is_no_url_of_http_is_told_apart() {
        let nothing = ["", "a.jpg", "/a.jpg", "//a.example/a.jpg", "a.example/a.jpg", "http://", "https:///"];
        let unclear =
            ["http:\\\\a.example\\b", "http://a.example\\@b.example/", "http://a.exa\tmple/", "http://a/\r\nb"];
        let no_hosts = ["http://a b/", "http://a:99999/", "http://[::1/", "http://1.2.3.4.5/", "http://a.example:x/"];
        for text in [&nothing[..], &unclear, &no_hosts].concat() {
            assert_eq!(read(text), Err(RemoteError::NotAUrl), "{text}");
        }
        for (text, scheme) in [
            ("file:///etc/passwd", "file"),
            ("FTP://a.example/", "ftp"),
            ("data:image/png;base64,", "data"),
            ("localhost:80/a.jpg", "localhost"),
        ] {
            assert_eq!(read(text), Err(RemoteError::Scheme { scheme: scheme.to_owned() }), "{text}");
        }
        for text in
            ["http://me@a.example/", "http://me:secret@a.example/", "http://:secret@a.example/", "http:me@a.example"]
        {
            assert_eq!(read(text), Err(RemoteError::Credentials), "{text}");
        }
    }

    #[test]
    fn a_url_has_at_most_2048_bytes_however_they_are_written() {
        let of = |count| format!("http://a.example/{}", "a".repeat(count));
        assert_eq!(read(&of(2031)).map(|url| url.len()), Ok(2048));
        assert_eq!(read(&of(2032)), Err(RemoteError::TooLong { bytes: 2049 }));
        let grown = format!("http://a.example/{}", "é".repeat(500));
        assert_eq!(read(&grown), Err(RemoteError::TooLong { bytes: 3017 }));
    }

    #[test]
    fn its_name_is_decoded_and_without_its_ending() {
        for (text, stem) in [
            ("http://a.example/b/c.d.jpg?e=/f.png", "c.d"),
            ("http://a.example/caf%C3%A9", "café"),
            ("http://a.example/b%2Fc%5Cd%22.jpg", "d\""),
            ("http://a.example/%ff.jpg", "%ff"),
            ("http://a.example/b/", "image"),
            ("http://a.example/.jpg", "image"),
        ] {
            assert_eq!(RemoteUrl::parse(text).unwrap().stem(), stem, "{text}");
        }
    }

    #[test]
    fn its_folders_begin_with_its_origin_and_end_before_the_query() {
        let url = RemoteUrl::parse("https://a.example:81/b/c/d.jpg?e=/f/").unwrap();
        let folders: Vec<_> = url.folders().collect();
        assert_eq!(folders, ["https://a.example:81/", "https://a.example:81/b/", "https://a.example:81/b/c/"]);
    }

    #[test]
    fn what_is_logged_of_it_has_no_query() {
        let url = RemoteUrl::parse("https://a.example/b.jpg?token=secret").unwrap();
        let shown = "https://a.example/b.jpg?…";
        assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), format!("RemoteUrl({shown})")));
    }
}
