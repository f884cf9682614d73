//! `Identity`: one version of one original, as it stands in keys and tags.

use std::fmt::{self, Write as _};

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
        EntityTag::of(&format!("{}{}", self.stamp, self.generation))
    }

    /// Appends itself to a key: the text of a client comes last, behind a length, so that it cannot be taken for anything
    /// else.
    pub(super) fn write_to(&self, key: &mut String) {
        // Without `..`: a field that is not in the key does not compile.
        let Self { reference, stamp, generation } = self;
        // Writing to a String cannot fail.
        let _ = match reference {
            Reference::Path(path) => write!(key, " {stamp}{generation} {}/{path}", path.as_str().len()),
            Reference::Body => write!(key, " {stamp}{generation} body"),
        };
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{} {}", self.stamp, self.generation, self.reference)
    }
}
