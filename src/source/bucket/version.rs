//! One version of an original in a bucket, as the store tells of it.

use std::sync::Arc;
use std::time::SystemTime;

use twox_hash::XxHash3_128;

use crate::bucket::ObjectHead;
use crate::request::{Format, Stamp};

/// One version of an original.
#[derive(Clone)]
pub(super) struct StoredVersion {
    pub stamp: Stamp,
    /// By which the bucket is asked for this version.
    pub tag: Arc<str>,
    /// In bytes.
    pub length: u64,
    /// When it was put there, where the store says so.
    pub modified: Option<SystemTime>,
    /// What its bytes say; `None` where they are no image.
    pub format: Option<Format>,
}

impl StoredVersion {
    pub(super) fn new(head: &ObjectHead, format: Option<Format>) -> Self {
        let digest = XxHash3_128::oneshot(format!("{}\n{}", head.tag, head.length).as_bytes());
        Self {
            stamp: Stamp::Response { digest },
            tag: head.tag.as_str().into(),
            length: head.length,
            modified: head.modified,
            format,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::ObjectKind;

    #[test]
    fn a_version_is_a_tag_and_a_length() {
        let stamp = |tag: &str, length| {
            let head = ObjectHead { tag: tag.to_owned(), length, modified: None, kind: ObjectKind::default() };
            StoredVersion::new(&head, None).stamp
        };
        assert_eq!(stamp("\"1\"", 5), stamp("\"1\"", 5));
        assert_ne!(stamp("\"1\"", 5), stamp("\"1\"", 6));
        assert_ne!(stamp("\"1\"", 5), stamp("\"2\"", 5));
    }
}
