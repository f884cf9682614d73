//! What was last heard of originals in a bucket: which version there is, or that there is none, and for how long that is
//! believed.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use twox_hash::XxHash3_128;

use crate::bucket::ObjectHead;
use crate::memo::Memo;
use crate::request::{Format, Generation, ImagePath, Stamp};
use crate::seats::BytesAtHand;

/// Originals whose version is remembered.
const REMEMBERED_ORIGINALS: usize = 20_000;
/// Originals that are remembered as missing. Apart from the others, so that whoever asks for what is not there makes
/// nothing else be forgotten.
const REMEMBERED_MISSING: usize = 4_000;
/// Whole originals that may be at hand.
const REMEMBERED_WHOLES: usize = 256;

/// What is remembered of all originals.
pub(super) struct ObjectLedger {
    known: Memo<ImagePath, KnownObject>,
    missing: Memo<ImagePath, MissingObject>,
    at_hand: Memo<VersionKey, BytesAtHand>,
    time_to_live: Duration,
    missing_time_to_live: Duration,
}

/// One version of an original.
#[derive(Clone)]
pub(super) struct KnownObject {
    pub stamp: Stamp,
    /// By which the bucket is asked for this version.
    pub tag: Arc<str>,
    /// In bytes.
    pub length: u64,
    /// When it was put there, where the store says so.
    pub modified: Option<SystemTime>,
    /// What its bytes say; `None` where they are no image.
    pub format: Option<Format>,
    fresh_until: Instant,
    /// Since which purge that is so.
    pub generation: Generation,
}

/// There is no such original.
#[derive(Clone, Copy)]
struct MissingObject {
    until: Instant,
    /// Since which purge that is so.
    generation: Generation,
}

/// One version of an original, as it was known since a purge.
pub(super) type VersionKey = (ImagePath, Generation, Stamp);

/// What the ledger says about an original.
pub(super) enum ObjectEntry {
    Fresh(KnownObject),
    Missing,
    /// To be asked for.
    Doubtful(Option<KnownObject>),
}

impl ObjectLedger {
    pub(super) fn new(time_to_live: Duration, missing_time_to_live: Duration) -> Self {
        Self {
            known: Memo::new(REMEMBERED_ORIGINALS),
            missing: Memo::new(REMEMBERED_MISSING),
            at_hand: Memo::new(REMEMBERED_WHOLES),
            time_to_live,
            missing_time_to_live,
        }
    }

    /// What was learnt before this generation is forgotten.
    pub(super) fn look_up(&self, path: &ImagePath, generation: Generation) -> ObjectEntry {
        let now = Instant::now();
        let is_missing = |missing: MissingObject| now < missing.until && missing.generation >= generation;
        match self.known.get(path).filter(|known| known.generation >= generation) {
            Some(known) if now < known.fresh_until => ObjectEntry::Fresh(known),
            _ if self.missing.get(path).is_some_and(is_missing) => ObjectEntry::Missing,
            known => ObjectEntry::Doubtful(known),
        }
    }

    /// Remembers a version that was seen. It was asked for at this generation.
    pub(super) fn learn(
        &self,
        path: &ImagePath,
        generation: Generation,
        head: &ObjectHead,
        format: Option<Format>,
    ) -> KnownObject {
        let digest = XxHash3_128::oneshot(format!("{}\n{}", head.tag, head.length).as_bytes());
        let known = KnownObject {
            stamp: Stamp::Response { digest },
            tag: head.tag.as_str().into(),
            length: head.length,
            modified: head.modified,
            format,
            fresh_until: Instant::now() + self.time_to_live,
            generation,
        };
        // An answer may come late, when others know better already.
        if self.known.get(path).is_none_or(|known| known.generation <= generation) {
            self.known.put(path.clone(), known.clone());
            self.missing.remove(path);
        }
        known
    }

    /// Remembers that the version is still the same.
    pub(super) fn renew(&self, path: &ImagePath, known: KnownObject) -> KnownObject {
        let known = KnownObject { fresh_until: Instant::now() + self.time_to_live, ..known };
        self.known.put(path.clone(), known.clone());
        known
    }

    /// Remembers that there is no such original, for a time. It was asked for at this generation.
    pub(super) fn miss(&self, path: &ImagePath, generation: Generation) {
        if self.known.get(path).is_some_and(|known| known.generation > generation) {
            return;
        }
        self.doubt(path);
        let until = Instant::now() + self.missing_time_to_live;
        self.missing.put(path.clone(), MissingObject { until, generation });
    }

    /// Has the next who wants it ask, and no longer by the version that is known.
    pub(super) fn doubt(&self, path: &ImagePath) {
        if let Some(known) = self.known.get(path) {
            self.known.put(path.clone(), KnownObject { fresh_until: Instant::now(), ..known });
        }
    }

    /// The whole of a version, while others work on it.
    pub(super) fn whole_at_hand(&self, version: &VersionKey) -> Option<Bytes> {
        self.at_hand.get(version)?.get()
    }

    pub(super) fn has_at_hand(&self, version: VersionKey, whole: BytesAtHand) {
        self.at_hand.put(version, whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::ObjectKind;

    fn head(tag: &str, length: u64) -> ObjectHead {
        ObjectHead { tag: tag.to_owned(), length, modified: None, kind: ObjectKind::default() }
    }

    #[test]
    fn a_version_is_a_tag_and_a_length() {
        let ledger = ObjectLedger::new(Duration::ZERO, Duration::ZERO);
        let path = ImagePath::from_decoded("a.png").unwrap();
        let stamp = |tag, length| ledger.learn(&path, Generation::NONE, &head(tag, length), None).stamp;
        assert_eq!(stamp("\"1\"", 5), stamp("\"1\"", 5));
        assert_ne!(stamp("\"1\"", 5), stamp("\"1\"", 6));
        assert_ne!(stamp("\"1\"", 5), stamp("\"2\"", 5));
    }

    #[test]
    fn what_is_known_is_believed_for_a_while_and_what_is_missing_until_it_is_seen() {
        let hour = Duration::from_secs(3600);
        let ledger = ObjectLedger::new(hour, hour);
        let path = ImagePath::from_decoded("a.png").unwrap();
        assert!(matches!(ledger.look_up(&path, Generation::NONE), ObjectEntry::Doubtful(None)));
        ledger.learn(&path, Generation::NONE, &head("\"1\"", 5), None);
        assert!(matches!(ledger.look_up(&path, Generation::NONE), ObjectEntry::Fresh(_)));
        ledger.miss(&path, Generation::NONE);
        assert!(matches!(ledger.look_up(&path, Generation::NONE), ObjectEntry::Missing));
        ledger.learn(&path, Generation::NONE, &head("\"1\"", 5), None);
        assert!(matches!(ledger.look_up(&path, Generation::NONE), ObjectEntry::Fresh(_)));
        ledger.doubt(&path);
        assert!(matches!(ledger.look_up(&path, Generation::NONE), ObjectEntry::Doubtful(Some(_))));
    }

    #[test]
    fn what_was_learnt_before_a_purge_is_forgotten_and_does_not_come_back() {
        let hour = Duration::from_secs(3600);
        let ledger = ObjectLedger::new(hour, hour);
        let path = ImagePath::from_decoded("a.png").unwrap();
        let purged = Generation::NONE.next(7);
        ledger.learn(&path, Generation::NONE, &head("\"1\"", 5), None);
        assert!(matches!(ledger.look_up(&path, purged), ObjectEntry::Doubtful(None)));
        ledger.learn(&path, purged, &head("\"2\"", 5), None);
        ledger.learn(&path, Generation::NONE, &head("\"1\"", 5), None);
        ledger.miss(&path, Generation::NONE);
        let tag = match ledger.look_up(&path, purged) {
            ObjectEntry::Fresh(known) => Some(known.tag),
            _ => None,
        };
        assert_eq!(tag.as_deref(), Some("\"2\""));
        ledger.miss(&path, purged);
        assert!(matches!(ledger.look_up(&path, purged), ObjectEntry::Missing));
        assert!(matches!(ledger.look_up(&path, purged.next(8)), ObjectEntry::Doubtful(None)));
    }
}
