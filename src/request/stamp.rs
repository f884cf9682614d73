//! `Stamp`: what tells one version of an original from another.

use std::fmt;

/// The identity of one version of an original: whatever changes when the original does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// The length in bytes, where it is part of the identity.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::File { size, .. } => Some(*size),
            Self::Response { .. } => None,
        }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { size, modified_nanoseconds, changed_nanoseconds, inode } => {
                write!(formatter, "{size:x}-")?;
                for time in [modified_nanoseconds, changed_nanoseconds] {
                    // Numbers of 128 bits are written digit by digit, and few times need them.
                    match u64::try_from(*time) {
                        Ok(time) => write!(formatter, "{time:x}-")?,
                        Err(_) => write!(formatter, "{time:x}-")?,
                    }
                }
                write!(formatter, "{inode:x}")
            }
            Self::Response { digest } => write!(formatter, "{digest:032x}"),
        }
    }
}
