//! `Stamp`: what tells one version of an original from another.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::key::KeyText;

/// The identity of one version of an original: whatever changes when the original does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// A file, by what one `fstat` tells. The change time is the one that no program can set: it tells of a file that
    /// was written in place and given its old modification time again.
    File {
        /// In bytes.
        size: u64,
        /// When its bytes were last changed, since 1970.
        modified_nanoseconds: i128,
        /// When anything about it was, since 1970.
        changed_nanoseconds: i128,
        /// Its number on its file system.
        inode: u64,
    },
    /// A response from upstream, by a digest of its validators, or of its bytes where it has none.
    Response {
        /// XXH3, 128 bits.
        digest: u128,
    },
}

impl Stamp {
    /// Room for most of those that are written.
    pub(super) const TEXT_BYTES: usize = 64;

    /// Appends it as text, other for every other one.
    pub(super) fn write_to(&self, text: &mut KeyText) {
        match self {
            Self::File { size, modified_nanoseconds, changed_nanoseconds, inode } => {
                text.push_hex(*size, 1);
                for time in [modified_nanoseconds, changed_nanoseconds] {
                    text.push_str("-");
                    match u64::try_from(*time) {
                        Ok(time) => text.push_hex(time, 1),
                        // Before 1970, or far beyond our days.
                        Err(_) => text.push_str(&format!("{time:x}")),
                    }
                }
                text.push_str("-");
                text.push_hex(*inode, 1);
            }
            Self::Response { digest } => {
                for half in [(digest >> 64) as u64, *digest as u64] {
                    text.push_hex(half, 16);
                }
            }
        }
    }

    /// The length in bytes, where it is part of the identity.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::File { size, .. } => Some(*size),
            Self::Response { .. } => None,
        }
    }
}

impl Hash for Stamp {
    /// Of a file by the time alone that no program can set: maps are asked for it in every request, and versions that
    /// have that in common are told apart by comparison.
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::File { changed_nanoseconds, .. } => state.write_u64(*changed_nanoseconds as u64),
            Self::Response { digest } => state.write_u64(*digest as u64),
        }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = KeyText::with_capacity(Self::TEXT_BYTES);
        self.write_to(&mut text);
        formatter.write_str(&text.into_string())
    }
}
