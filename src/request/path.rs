//! `ImagePath`: a path below the root that cannot leave it, by construction.

use std::fmt;

use percent_encoding::percent_decode_str;

/// Longest accepted path in bytes after decoding: Linux's `PATH_MAX` less the closing NUL.
const MAX_BYTES: usize = 4095;

/// A relative path of plain components: no `..`, no empty or hidden component, no backslash, no NUL.
///
/// Whether it exists, and whether a symbolic link on the way leaves the root, is for the source to find out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImagePath(String);

/// Why a URL path names no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The bytes are no text.
    #[error("path: expected percent-encoded UTF-8, got bytes that are not")]
    NotUtf8,
    /// A `%` stands for nothing.
    #[error("path: expected two hexadecimal digits after every %")]
    BadPercentEncoding,
    /// It could lead out of the root, or into confusion.
    #[error("path: expected no {what}")]
    Forbidden {
        /// What is not allowed.
        what: &'static str,
    },
    /// It is longer than any file system takes.
    #[error("path: expected at most {MAX_BYTES} bytes, got {bytes}")]
    TooLong {
        /// Its length after decoding.
        bytes: usize,
    },
    /// The path is empty or has a hidden component, which is never served.
    #[error("no such image")]
    NotServed,
}

impl ImagePath {
    /// Parses the path of a URL (RFC 3986, section 3.3): percent-decodes it once, then checks each component.
    /// Repeated slashes and `.` components are dropped, as file systems do.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_url_path(encoded: &str) -> Result<Self, PathError> {
        if !is_percent_encoding_valid(encoded) {
            return Err(PathError::BadPercentEncoding);
        }
        let decoded = percent_decode_str(encoded).decode_utf8().map_err(|_| PathError::NotUtf8)?;
        Self::from_decoded(&decoded)
    }

    /// Parses a path that is already decoded. The errors are those of [`Self::from_url_path`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_decoded(decoded: &str) -> Result<Self, PathError> {
        if decoded.len() > MAX_BYTES {
            return Err(PathError::TooLong { bytes: decoded.len() });
        }
        if decoded.contains('\0') {
            return Err(PathError::Forbidden { what: "NUL" });
        }
        if decoded.contains('\\') {
            return Err(PathError::Forbidden { what: "backslash" });
        }
        let mut kept = String::with_capacity(decoded.len());
        for component in decoded.split('/').filter(|component| !matches!(*component, "" | ".")) {
            if component == ".." {
                return Err(PathError::Forbidden { what: "'..' component" });
            }
            if component.starts_with('.') {
                return Err(PathError::NotServed);
            }
            if !kept.is_empty() {
                kept.push('/');
            }
            kept.push_str(component);
        }
        if kept.is_empty() { Err(PathError::NotServed) } else { Ok(Self(kept)) }
    }

    /// Removes `prefix` where the path starts with all of its components; otherwise, or where nothing would be
    /// left, the path stays as it is.
    pub fn without_prefix(self, prefix: &ImagePath) -> Self {
        match self.0.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('/')) {
            // A component of the prefix cannot be hidden, but the new first one was checked as any other.
            Some(rest) if !rest.is_empty() => Self(rest.to_owned()),
            _ => self,
        }
    }

    /// The path relative to the root, components joined by single slashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the file without its last ending.
    pub fn stem(&self) -> &str {
        let name = self.name();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// What stands behind the last dot in the name of the file.
    pub fn ending(&self) -> Option<&str> {
        self.name().rsplit_once('.').map(|(_, ending)| ending)
    }

    /// The name of the file.
    fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The components from the root down; there is at least one.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl fmt::Display for ImagePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_percent_encoding_valid(encoded: &str) -> bool {
    encoded.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        let mut is_hex = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        is_hex() && is_hex()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(encoded: &str) -> Result<String, PathError> {
        ImagePath::from_url_path(encoded).map(|path| path.0)
    }

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(parsed("/a%20b/%C3%A9.jpg"), Ok("a b/é.jpg".into()));
        assert_eq!(parsed("/a%2520b.jpg"), Ok("a%20b.jpg".into()));
    }

    #[test]
    fn slashes_and_dots_that_mean_nothing_are_dropped() {
        assert_eq!(parsed("//etc///./passwd"), Ok("etc/passwd".into()));
        assert_eq!(parsed("/a%2Fb.jpg"), Ok("a/b.jpg".into()));
    }

    #[test]
    fn a_path_that_tries_to_leave_is_refused() {
        for encoded in ["/../x", "/a/../../x", "/%2e%2e/x", "/%2e%2e%2fx", "/a/..", "/..%2fx"] {
            assert_eq!(parsed(encoded), Err(PathError::Forbidden { what: "'..' component" }), "{encoded}");
        }
        assert_eq!(parsed("/a%5C..%5Cx"), Err(PathError::Forbidden { what: "backslash" }));
        assert_eq!(parsed("/a%00.jpg"), Err(PathError::Forbidden { what: "NUL" }));
    }

    #[test]
    fn a_hidden_component_is_never_served() {
        for encoded in ["/.env", "/a/.git/config", "/", "", "/%2eenv", "/..."] {
            assert_eq!(parsed(encoded), Err(PathError::NotServed), "{encoded}");
        }
    }

    #[test]
    fn broken_encodings_are_told_apart() {
        assert_eq!(parsed("/%zz"), Err(PathError::BadPercentEncoding));
        assert_eq!(parsed("/100%"), Err(PathError::BadPercentEncoding));
        assert_eq!(parsed("/%ff.jpg"), Err(PathError::NotUtf8));
    }

    #[test]
    fn a_prefix_is_removed_by_whole_components() {
        let prefix = ImagePath::from_decoded("static/image/").unwrap();
        let strip = |path| ImagePath::from_url_path(path).unwrap().without_prefix(&prefix).0;
        assert_eq!(strip("/static/image/a/b.jpg"), "a/b.jpg");
        assert_eq!(strip("/static/imagery/b.jpg"), "static/imagery/b.jpg");
        assert_eq!(strip("/b.jpg"), "b.jpg");
        assert_eq!(strip("/static/image"), "static/image");
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_stays_below_the_root(encoded in "[/%.a-zA-Z0-9\\\\ é]{0,40}") {
            if let Ok(path) = ImagePath::from_url_path(&encoded) {
                prop_assert!(!path.as_str().starts_with('/'));
                for component in path.components() {
                    prop_assert!(!component.is_empty() && !component.starts_with('.') && !component.contains('\0'));
                }
            }
        }
    }
}
