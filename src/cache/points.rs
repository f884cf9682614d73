//! `Points`: renditions under names that dialects give them, in a store that clients are led to. Unlike the cache, a store
//! that fails here is an error: it is what was asked for.

use std::time::{Duration, Instant};

use url::Url;

use super::results::{Elsewhere, kind};
use crate::bucket::{Bucket, BucketError, ObjectKind};
use crate::memo::Memo;
use crate::pipeline::Rendition;
use crate::request::{CacheTag, EntityTag, Medium, StoredName};

/// How long what was seen in the store is taken to be there.
const BELIEVED: Duration = Duration::from_secs(60);
/// Names that are remembered as those of what is there.
const REMEMBERED: usize = 20_000;
/// What is stored with a rendition: which version of it it is.
const VERSION: &str = "version";
/// What the name of an object begins with that says where a rendition is, beside those that servers share.
const POINTER: &str = "at.";

/// Where clients are led.
#[derive(Clone)]
pub struct PointSettings {
    /// The store.
    pub bucket: Bucket,
    /// What names are appended to; `None` where no client gets at the store.
    pub public_url: Option<Url>,
}

/// Why a rendition is not where clients are led.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PointError {
    /// There is no store.
    #[error("renditions are not stored")]
    Nowhere,
    /// It is longer than is stored.
    #[error("the image is too long to be stored: expected at most {limit} bytes")]
    TooLong {
        /// In bytes.
        limit: u64,
    },
    /// Its original is damaged, and may be whole when it is asked for again.
    #[error("the image is damaged")]
    Incomplete,
    /// The store does not take it.
    #[error(transparent)]
    Store(#[from] BucketError),
}

/// A store of renditions that clients are led to. A name stands for one rendition of one original, whatever version that has:
/// the version is stored beside it, and another replaces it.
pub struct Points {
    settings: PointSettings,
    /// Where servers share renditions, those of one picture together: what a purge goes through.
    pointers: Bucket,
    cache_control: Option<String>,
    max_bytes: u64,
    known: Memo<String, (EntityTag, Instant)>,
}

impl Points {
    pub(super) fn new(
        settings: PointSettings,
        pointers: Bucket,
        cache_control: Option<String>,
        max_bytes: u64,
    ) -> Self {
        Self { settings, pointers, cache_control, max_bytes, known: Memo::new(REMEMBERED) }
    }

    /// Where this version of a rendition is, if it is there.
    pub async fn find(&self, name: &StoredName, medium: Medium, tag: &EntityTag) -> Option<Elsewhere> {
        let object = name.of(medium);
        let known = self.known.get(&object).filter(|(_, since)| since.elapsed() < BELIEVED);
        let is_there = match known {
            Some((known, _)) => known == *tag,
            None => {
                let head = self.settings.bucket.head(&object).await.ok()?;
                head.kind.metadata.contains(&version(tag))
            }
        };
        is_there.then(|| self.led(object, *tag))
    }

    /// Stores a rendition, and waits until it is there.
    ///
    /// # Errors
    /// It is too long or damaged, or the store does not take it.
    pub async fn keep(
        &self,
        name: &StoredName,
        medium: Medium,
        tag: &EntityTag,
        picture: CacheTag,
        rendition: Rendition,
    ) -> Result<Elsewhere, PointError> {
        if rendition.is_incomplete {
            return Err(PointError::Incomplete);
        }
        if rendition.bytes.len() as u64 > self.max_bytes {
            return Err(PointError::TooLong { limit: self.max_bytes });
        }
        let object = name.of(medium);
        let ObjectKind { content_type, cache_control, mut metadata } = kind(&rendition, self.cache_control.clone());
        metadata.push(version(tag));
        // First of all: what is stored must be found by a purge.
        let pointer = pointer(picture, &object);
        self.pointers.put(&pointer, bytes::Bytes::new(), &ObjectKind::default(), true).await?;
        let kind = ObjectKind { content_type, cache_control, metadata };
        self.settings.bucket.put(&object, rendition.bytes, &kind, true).await?;
        Ok(self.led(object, *tag))
    }

    /// Deletes what an object among those that servers share says the place of.
    pub(super) async fn delete_by(&self, pointer: &str) -> Result<(), BucketError> {
        let Some(object) = pointed_to(pointer) else { return Ok(()) };
        self.known.remove(&object);
        match self.settings.bucket.delete(&object).await {
            Err(BucketError::Missing) => Ok(()),
            deleted => deleted,
        }
    }

    fn led(&self, object: String, tag: EntityTag) -> Elsewhere {
        let url = self.settings.public_url.as_ref().and_then(|base| {
            let mut url = base.clone();
            url.path_segments_mut().ok()?.pop_if_empty().extend(object.split('/'));
            Some(url)
        });
        self.known.put(object.clone(), (tag, Instant::now()));
        Elsewhere { name: object, url, max_age: BELIEVED }
    }
}

fn version(tag: &EntityTag) -> (String, String) {
    (VERSION.to_owned(), tag.quoted().trim_matches('"').to_owned())
}

/// The name of what says where an object is, beside the renditions of its picture.
fn pointer(picture: CacheTag, object: &str) -> String {
    format!("{picture}/{POINTER}{}", object.replace('/', "."))
}

/// The other way round: names have no dot but that before their ending.
fn pointed_to(pointer: &str) -> Option<String> {
    let (_, file) = pointer.rsplit_once('/')?;
    let (name, ending) = file.strip_prefix(POINTER)?.rsplit_once('.')?;
    Some(format!("{}.{ending}", name.replace('.', "/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Format;

    #[test]
    fn a_purge_finds_what_is_stored_of_a_picture() {
        let picture = CacheTag::of_everything();
        for (name, file) in [("f16e", "at.f16e.jpg"), ("f/1/6e", "at.f.1.6e.jpg")] {
            let object = StoredName::new(name).of(Format::Jpeg.into());
            assert_eq!(pointer(picture, &object), format!("{picture}/{file}"));
            assert_eq!(pointed_to(&pointer(picture, &object)), Some(object));
        }
        for other in ["tag/0123.jpg", "generations", "tag/at.", "at.a.jpg"] {
            assert_eq!(pointed_to(other), None, "{other}");
        }
    }
}
