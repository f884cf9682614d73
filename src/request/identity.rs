//! `Identity`: one version of one original, as it stands in keys and tags.

use std::fmt;

use super::key::KeyText;
use super::{EntityTag, Generation, Reference, Stamp};

/// One version of one original.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Which original.
    pub reference: Reference,
    /// Which version of it.
    pub stamp: Stamp,
    /// What is known and made of it since which purge.
    pub generation: Generation,
}

impl Identity {
    /// The tag of the original itself, sent untouched.
    pub fn tag(&self) -> EntityTag {
        let mut text = KeyText::with_capacity(Stamp::TEXT_BYTES);
        self.stamp.write_to(&mut text);
        self.generation.write_to(&mut text);
        EntityTag::of(&text.into_string())
    }

    /// Appends itself to a key: the text of a client comes last, behind a length, so that it cannot be taken for anything
    /// else.
    pub(super) fn write_to(&self, key: &mut KeyText) {
        // Without `..`: a field that is not in the key does not compile.
        let Self { reference, stamp, generation } = self;
        key.push_str(" ");
        stamp.write_to(key);
        generation.write_to(key);
        key.push_str(" ");
        match reference {
            Reference::Path(path) => {
                key.push_decimal(path.as_str().len() as u64);
                key.push_str("/");
                key.push_str(path.as_str());
            }
            Reference::Url(url) => {
                key.push_decimal(url.as_str().len() as u64);
                key.push_str(":");
                key.push_str(url.as_str());
            }
            Reference::Body => key.push_str("body"),
            // Which one is in its stamp.
            Reference::Given(_) => key.push_str("given"),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{} {}", self.stamp, self.generation, self.reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{ImagePath, RemoteOrigins};

    #[test]
    fn no_two_originals_are_written_alike() {
        let path = |text: &str| Reference::Path(ImagePath::from_decoded(text).unwrap());
        let origins = RemoteOrigins::parse("a.example").unwrap();
        let url = |text: &str| Reference::Url(origins.admit(text).unwrap());
        let written = |reference| {
            let identity = Identity { reference, stamp: Stamp::Response { digest: 0 }, generation: Generation::NONE };
            let mut key = KeyText::default();
            identity.write_to(&mut key);
            key.into_string().split_whitespace().last().map(str::to_owned).unwrap()
        };
        assert_eq!(written(path("b.jpg")), "5/b.jpg");
        assert_eq!(written(url("http://A.example/b.jpg?c#d")), "24:http://a.example/b.jpg?c");
        assert_eq!(written(Reference::Body), "body");
        assert_ne!(written(path("body")), written(Reference::Body));
        assert_ne!(written(path("http://a.example/b.jpg")), written(url("http://a.example/b.jpg")));
    }
}
