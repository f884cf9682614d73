//! Objects as they are asked for, told of and described; and how the library is asked for them.

use std::ops::Range;
use std::time::SystemTime;

use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt as _,
};

use super::{BucketError, ObjectBody};

/// What of an object is wanted, and on which conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GetQuery {
    /// These bytes, as far as the object has them; all where there is none. An empty object has no range.
    pub range: Option<Range<u64>>,
    /// Only of the version with this tag.
    pub if_match: Option<String>,
    /// Only of another version than that with this tag.
    pub if_none_match: Option<String>,
}

/// What is said of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHead {
    /// Its entity tag, with its quotation marks: the name of this version.
    pub tag: String,
    /// Bytes of all of it.
    pub length: u64,
    /// When it was put there, where the store says.
    pub modified: Option<SystemTime>,
    /// What else was stored with it.
    pub kind: ObjectKind,
}

/// What is stored with an object besides its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectKind {
    /// The header `Content-Type` of whoever gets it from the store.
    pub content_type: Option<String>,
    /// The header `Cache-Control`, likewise.
    pub cache_control: Option<String>,
    /// Names, in small letters, digits and `-`, and values, in visible ASCII.
    pub metadata: Vec<(String, String)>,
}

/// An object whose head has come and whose body is still to be read.
pub struct ObjectFound {
    /// What is said of it.
    pub head: ObjectHead,
    /// Which of its bytes come.
    pub range: Range<u64>,
    /// Those bytes.
    pub body: ObjectBody,
}

impl ObjectKind {
    pub(super) fn attributes(&self) -> Attributes {
        let mut attributes = Attributes::new();
        if let Some(value) = &self.content_type {
            attributes.insert(Attribute::ContentType, value.clone().into());
        }
        if let Some(value) = &self.cache_control {
            attributes.insert(Attribute::CacheControl, value.clone().into());
        }
        for (name, value) in &self.metadata {
            attributes.insert(Attribute::Metadata(name.clone().into()), value.clone().into());
        }
        attributes
    }

    fn of(attributes: &Attributes) -> Self {
        let text = |attribute| attributes.get(&attribute).map(|value| value.to_string());
        let named = attributes.iter().filter_map(|(attribute, value)| match attribute {
            Attribute::Metadata(name) => Some((name.to_string(), value.to_string())),
            _ => None,
        });
        let mut metadata: Vec<_> = named.collect();
        metadata.sort();
        Self { content_type: text(Attribute::ContentType), cache_control: text(Attribute::CacheControl), metadata }
    }
}

impl ObjectHead {
    /// # Errors
    /// [`BucketError::NoTag`]: without one, no two reads can be known to be of the same version.
    fn of(meta: &ObjectMeta, attributes: &Attributes) -> Result<Self, BucketError> {
        let modified = SystemTime::from(meta.last_modified);
        Ok(Self {
            tag: meta.e_tag.clone().filter(|tag| !tag.is_empty()).ok_or(BucketError::NoTag)?,
            length: meta.size,
            // What the library says where the store says nothing.
            modified: Some(modified).filter(|modified| *modified != SystemTime::UNIX_EPOCH),
            kind: ObjectKind::of(attributes),
        })
    }
}

pub(super) async fn head(store: &dyn ObjectStore, path: &Path) -> Result<ObjectHead, BucketError> {
    let options = GetOptions { head: true, ..GetOptions::default() };
    let GetResult { meta, attributes, .. } =
        store.get_opts(path, options).await.map_err(|error| BucketError::of(&error))?;
    ObjectHead::of(&meta, &attributes)
}

pub(super) async fn get(store: &dyn ObjectStore, path: &Path, query: &GetQuery) -> Result<ObjectFound, BucketError> {
    let GetQuery { range, if_match, if_none_match } = query.clone();
    let options = GetOptions { range: range.map(GetRange::Bounded), if_match, if_none_match, ..GetOptions::default() };
    let result = store.get_opts(path, options).await.map_err(|error| BucketError::of(&error))?;
    let (head, range) = (ObjectHead::of(&result.meta, &result.attributes)?, result.range.clone());
    // Some stores know no conditions, and send what they have.
    if query.if_match.as_ref().is_some_and(|tag| *tag != head.tag) {
        return Err(BucketError::Precondition);
    }
    if query.if_none_match.as_ref() == Some(&head.tag) {
        return Err(BucketError::NotModified);
    }
    let stream = result.into_stream().map_err(|error| BucketError::of(&error)).boxed();
    Ok(ObjectFound { head, body: ObjectBody::new(stream, range.end - range.start), range })
}

pub(super) async fn delete(store: &dyn ObjectStore, path: Path) -> Result<(), BucketError> {
    store.delete(&path).await.map_err(|error| BucketError::of(&error))
}
