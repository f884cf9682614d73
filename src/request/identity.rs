//! `Identity`: one version of one original, as it stands in keys and tags.

use std::fmt::{self, Write as _};

use super::{EntityTag, Reference, Stamp};

/// One version of one original.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Which original.
    pub reference: Reference,
    /// Which version of it.
    pub stamp: Stamp,
}

impl Identity {
    /// The tag of the original itself, sent untouched.
    pub fn tag(&self) -> EntityTag {
        EntityTag::of(&self.stamp.to_string())
    }

    /// Appends itself to a key: the text of a client comes last, behind a length, so that it cannot be taken for anything
    /// else.
    pub(super) fn write_to(&self, key: &mut String) {
        // Without `..`: a field that is not in the key does not compile.
        let Self { reference, stamp } = self;
        // Writing to a String cannot fail.
        let _ = match reference {
            Reference::Path(path) => write!(key, " {stamp} {}/{path}", path.as_str().len()),
            Reference::Body => write!(key, " {stamp} body"),
        };
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.stamp, self.reference)
    }
}
