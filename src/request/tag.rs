//! `EntityTag`: the identity of one answer, as HTTP clients and caches keep it.

use std::fmt;

use twox_hash::XxHash3_128;

use super::key::KeyText;

/// A strong entity tag (RFC 9110, section 8.8.3): equal for equal bytes, new whenever anything they follow from is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntityTag(u128);

impl EntityTag {
    /// The tag of whatever is identified by `identity`: a digest (XXH3, 128 bits), so that it tells nobody the inode
    /// or the settings.
    pub fn of(identity: &str) -> Self {
        Self(XxHash3_128::oneshot(identity.as_bytes()))
    }

    /// The digest itself.
    pub fn bytes(&self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// With the quotation marks, as it stands in a header.
    pub fn quoted(&self) -> String {
        let mut text = KeyText::with_capacity(34);
        text.push_str("\"");
        for half in [(self.0 >> 64) as u64, self.0 as u64] {
            text.push_hex(half, 16);
        }
        text.push_str("\"");
        text.into_string()
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.quoted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_quoted_and_follows_from_the_identity() {
        let tag = EntityTag::of("a").to_string();
        assert_eq!(tag.len(), 34);
        assert!(tag.starts_with('"') && tag.ends_with('"'));
        assert_eq!(tag, EntityTag::of("a").to_string());
        assert_ne!(tag, EntityTag::of("b").to_string());
    }
}
