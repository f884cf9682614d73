//! `VersionName`: what tells one version of an original from another, for clients to put into URLs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Identity;

/// The version of an original: 22 letters, digits, `-` and `_`, which tell nobody what it follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionName(String);

/// A version as a client names it: the whole, or its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedVersion(Box<str>);

impl VersionName {
    /// That of an original: the digest that its entity tag is.
    pub fn of(identity: &Identity) -> Self {
        Self(URL_SAFE_NO_PAD.encode(identity.tag().bytes()))
    }

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ClaimedVersion {
    /// How much of a version tells it from every other one of the same original.
    const LEAST: usize = 8;

    /// Whatever a client says.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Tells whether it is the version of an original as it is now. What is too short to tell is not.
    pub fn is_of(&self, identity: &Identity) -> bool {
        self.0.len() >= Self::LEAST && VersionName::of(identity).as_str().starts_with(&*self.0)
    }
}

impl fmt::Display for VersionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Generation, ImagePath, Stamp};

    fn identity(digest: u128) -> Identity {
        let reference = ImagePath::from_decoded("a").unwrap().into();
        Identity { reference, stamp: Stamp::Response { digest }, generation: Generation::NONE }
    }

    #[test]
    fn versions_differ_from_their_first_letters_on() {
        let (one, other) = (VersionName::of(&identity(1)), VersionName::of(&identity(2)));
        assert_eq!(one.as_str().len(), 22);
        assert!(one.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{one}");
        assert_ne!(one.as_str().get(..8), other.as_str().get(..8));
        let purged = Identity { generation: Generation::NONE.next(1), ..identity(1) };
        assert_ne!(VersionName::of(&purged), one);
    }

    #[test]
    fn a_beginning_of_eight_letters_is_enough_and_anything_else_is_not() {
        let version = VersionName::of(&identity(1)).to_string();
        let is_of = |text: &str| ClaimedVersion::new(text).is_of(&identity(1));
        let part = |range: std::ops::Range<usize>| version.get(range).unwrap();
        assert!(is_of(&version) && is_of(part(0..8)) && is_of(part(0..21)));
        let longer = format!("{version}x");
        for wrong in ["", part(0..7), part(1..22), &longer, &version.to_ascii_uppercase(), "x"] {
            assert!(!is_of(wrong), "{wrong}");
        }
    }
}
