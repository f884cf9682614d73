//! BUCKET: objects in a store, by name: those of S3, Google Cloud Storage, Azure, or a folder.
//! This room must not know what the objects are, or what becomes of a failure.

mod body;
mod cloud;
mod error;
mod folder;
mod listing;
mod location;
mod object;
mod observer;
mod retry;
mod transport;
mod trial;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderValue, Method};
use object_store::list::PaginatedListStore;
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{ObjectStore, PutMode, PutOptions, PutPayload};
use url::Url;

pub use body::ObjectBody;
pub use cloud::{CloudVariables, OpenError};
pub use error::{BucketError, StoreStep};
pub use listing::ObjectFolder;
pub use location::BucketUrl;
pub use object::{GetQuery, ObjectFound, ObjectHead, ObjectKind};
pub use observer::{Observer, StoreName, StoreOperation, StoreOutcome, StoreRequest};
pub use trial::{StoreTrial, TrialOutcome};

use folder::Folder;
pub(crate) use folder::random_name;
use retry::Attempts;

/// How long a store may take, for each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreTimeouts {
    /// Looking up the name, connecting and agreeing on keys.
    pub connect: Duration,
    /// Saying nothing, from the request on.
    pub read: Duration,
    /// All of a request with its retries; of a body that is streamed, only until it begins.
    pub total: Duration,
}

/// How a store is asked.
#[derive(Clone)]
pub struct BucketSettings {
    /// What it is used for.
    pub name: StoreName,
    /// How long it may take.
    pub timeouts: StoreTimeouts,
    /// What we call ourselves.
    pub user_agent: HeaderValue,
    /// Who is told of each request.
    pub observer: Arc<dyn Observer>,
}

/// The objects below one prefix. Clones share connections.
#[derive(Clone)]
pub struct Bucket(Arc<Opened>);

struct Opened {
    holder: Holder,
    /// Before every name: empty, or ends in a slash.
    prefix: String,
    settings: BucketSettings,
}

/// What holds the objects.
enum Holder {
    Cloud(Cloud),
    Folder(Folder),
}

#[derive(Clone)]
struct Cloud {
    store: Arc<dyn ObjectStore>,
    signer: Option<Arc<dyn Signer>>,
    pages: Option<Arc<dyn PaginatedListStore>>,
}

impl Cloud {
    /// All that is asked of a store of the library.
    fn of<S: ObjectStore + Signer + PaginatedListStore>(store: S) -> Self {
        let store = Arc::new(store);
        Self { signer: Some(Arc::clone(&store) as _), pages: Some(Arc::clone(&store) as _), store }
    }
}

impl Bucket {
    /// Opens what `url` names. Nothing is asked of the store yet.
    ///
    /// # Errors
    /// The variables do not make credentials, or name an endpoint that is none.
    pub fn open(url: &BucketUrl, variables: &CloudVariables, settings: BucketSettings) -> Result<Self, OpenError> {
        let holder = match url.folder() {
            Some(folder) => Holder::Folder(Folder::new(folder)),
            None => Holder::Cloud(cloud::open(url, variables, &settings)?),
        };
        Ok(Self(Arc::new(Opened { holder, prefix: url.prefix(), settings })))
    }

    #[cfg(test)]
    pub(crate) fn over(store: Arc<dyn ObjectStore>, settings: BucketSettings) -> Self {
        let holder = Holder::Cloud(Cloud { store, signer: None, pages: None });
        Self(Arc::new(Opened { holder, prefix: String::new(), settings }))
    }

    /// What is said of an object, without its bytes.
    ///
    /// # Errors
    /// [`BucketError::Missing`] where there is none; others where it could not be found out.
    pub async fn head(&self, name: &str) -> Result<ObjectHead, BucketError> {
        let attempts = self.attempts(StoreOperation::Head);
        let asked = |_| async {
            match &self.0.holder {
                Holder::Cloud(cloud) => object::head(cloud.store.as_ref(), &self.path(name)?).await,
                Holder::Folder(folder) => folder.head(&self.key(name)).await,
            }
        };
        attempts.run(asked, |_| 0).await
    }

    /// An object, or a part of it, as a stream that has begun: its head has come, and nothing of it is read ahead.
    ///
    /// # Errors
    /// [`BucketError::Missing`] where there is none, [`BucketError::Precondition`] and [`BucketError::NotModified`] as the
    /// query says; others where it does not begin in time.
    pub async fn get(&self, name: &str, query: &GetQuery) -> Result<ObjectFound, BucketError> {
        let attempts = self.attempts(StoreOperation::Get);
        let (mut found, telling) = attempts.begin(|| self.fetch(name, query)).await?;
        found.body.tell(telling);
        Ok(found)
    }

    /// An object, or a part of it, read to its end. Other than [`Bucket::get`], it is asked for again where it breaks off.
    ///
    /// # Errors
    /// As [`Bucket::get`], and [`BucketError::TooLong`] for more than `max_bytes`.
    pub async fn read(
        &self,
        name: &str,
        query: &GetQuery,
        max_bytes: u64,
    ) -> Result<(ObjectHead, Vec<u8>), BucketError> {
        let attempts = self.attempts(StoreOperation::Get);
        let asked = |_| async {
            let ObjectFound { head, range, body } = self.fetch(name, query).await?;
            if range.end - range.start > max_bytes {
                return Err(BucketError::TooLong { limit: max_bytes });
            }
            Ok((head, body.read().await?))
        };
        attempts.run(asked, |(_, bytes): &(ObjectHead, Vec<u8>)| bytes.len() as u64).await
    }

    /// Puts an object there as a whole.
    ///
    /// # Errors
    /// [`BucketError::Exists`] where one is there that may not be replaced; others where it could not be stored.
    pub async fn put(&self, name: &str, bytes: Bytes, kind: &ObjectKind, replace: bool) -> Result<(), BucketError> {
        let attempts = self.attempts(StoreOperation::Put);
        let length = bytes.len() as u64;
        let asked = |_| async {
            let bytes = bytes.clone();
            match &self.0.holder {
                Holder::Cloud(cloud) => {
                    let mode = if replace { PutMode::Overwrite } else { PutMode::Create };
                    let options = PutOptions { mode, attributes: kind.attributes(), ..PutOptions::default() };
                    let path = self.path(name)?;
                    let put = cloud.store.put_opts(&path, PutPayload::from(bytes), options);
                    put.await.map(drop).map_err(|error| BucketError::of_put(&error))
                }
                Holder::Folder(folder) => folder.put(&self.key(name), bytes, kind, replace).await,
            }
        };
        attempts.run(asked, move |()| length).await
    }

    /// The names that begin with `prefix`, which ends in a slash or is empty: no more than `limit`.
    ///
    /// # Errors
    /// The store cannot be asked.
    pub async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<String>, BucketError> {
        let attempts = self.attempts(StoreOperation::List);
        let asked = |_| async {
            match &self.0.holder {
                Holder::Cloud(cloud) => self.list_cloud(cloud, prefix, limit).await,
                Holder::Folder(folder) => folder.list(prefix, limit).await,
            }
        };
        attempts.run(asked, |_| 0).await
    }

    /// Deletes an object. That there is none is no error.
    ///
    /// # Errors
    /// The store cannot be asked, or does not allow it.
    pub async fn delete(&self, name: &str) -> Result<(), BucketError> {
        let attempts = self.attempts(StoreOperation::Delete);
        let asked = |_| async {
            let deleted = match &self.0.holder {
                Holder::Cloud(cloud) => object::delete(cloud.store.as_ref(), self.path(name)?).await,
                Holder::Folder(folder) => folder.delete(&self.key(name)).await,
            };
            match deleted {
                Err(BucketError::Missing) => Ok(()),
                deleted => deleted,
            }
        };
        attempts.run(asked, |()| 0).await
    }

    /// A URL by which whoever has it may get the object, for as long as `lifetime`.
    ///
    /// # Errors
    /// [`BucketError::Unsupported`] for folders; others where there are no credentials to sign with.
    pub async fn signed_url(&self, name: &str, lifetime: Duration) -> Result<Url, BucketError> {
        let Holder::Cloud(Cloud { signer: Some(signer), .. }) = &self.0.holder else {
            return Err(BucketError::Unsupported { what: "signed URLs" });
        };
        let path = self.path(name)?;
        let signed = signer.signed_url(Method::GET, &path, lifetime);
        signed.await.map_err(|error| BucketError::of(&error))
    }

    /// The whole name, with the prefix.
    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.0.prefix)
    }

    /// Names are taken as they are: `Path::from` would encode them, and not find what others have stored.
    fn path(&self, name: &str) -> Result<Path, BucketError> {
        Path::parse(self.key(name)).map_err(|_| BucketError::Missing)
    }

    async fn fetch(&self, name: &str, query: &GetQuery) -> Result<ObjectFound, BucketError> {
        match &self.0.holder {
            Holder::Cloud(cloud) => object::get(cloud.store.as_ref(), &self.path(name)?, query).await,
            Holder::Folder(folder) => folder.get(&self.key(name), query).await,
        }
    }

    async fn list_cloud(&self, cloud: &Cloud, prefix: &str, limit: usize) -> Result<Vec<String>, BucketError> {
        let key = self.key(prefix);
        let path = Path::parse(&key).map_err(|_| BucketError::Missing)?;
        let mut listed = cloud.store.list(Some(&path).filter(|path| !path.as_ref().is_empty()));
        let mut names = Vec::new();
        while let Some(object) = listed.next().await {
            let object = object.map_err(|error| BucketError::of(&error))?;
            names.extend(object.location.as_ref().strip_prefix(&self.0.prefix).map(str::to_owned));
            if names.len() >= limit {
                break;
            }
        }
        Ok(names)
    }

    fn attempts(&self, operation: StoreOperation) -> Attempts<'_> {
        Attempts { operation, settings: &self.0.settings, started: Instant::now() }
    }
}

#[cfg(test)]
mod tests;
