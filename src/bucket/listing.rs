//! `ObjectFolder`: what lies in one folder of a bucket, as far as names with slashes make folders.

use std::borrow::Cow;

use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;

use super::{Bucket, BucketError, Holder, StoreOperation};

/// What lies in a folder, by whole names below the bucket's prefix. In no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectFolder {
    /// The folders, without a slash at their ends.
    pub folders: Vec<String>,
    /// The objects.
    pub objects: Vec<String>,
    /// There is more than is listed.
    pub has_more: bool,
}

impl ObjectFolder {
    /// Tells whether nothing lies in it, which is to say that there is no such folder.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many names there are.
    pub(super) fn count(&self) -> usize {
        self.folders.len() + self.objects.len()
    }
}

impl Bucket {
    /// What lies in the folder that `prefix` leads to, which ends in a slash, or is empty for the outermost: a little more than
    /// `limit` names at most. Costs a request for each thousand of them.
    ///
    /// # Errors
    /// The store cannot be asked, or does not allow it.
    pub async fn list_folder(&self, prefix: &str, limit: usize) -> Result<ObjectFolder, BucketError> {
        let attempts = self.attempts(StoreOperation::List);
        let asked = |_| async {
            match &self.0.holder {
                Holder::Cloud(cloud) => match &cloud.pages {
                    Some(pages) => self.list_pages(pages.as_ref(), prefix, limit).await,
                    None => Err(BucketError::Unsupported { what: "folders" }),
                },
                Holder::Folder(folder) => folder.list_folder(prefix, limit).await,
            }
        };
        attempts.run(asked, |_| 0).await
    }

    async fn list_pages(
        &self,
        pages: &dyn PaginatedListStore,
        prefix: &str,
        limit: usize,
    ) -> Result<ObjectFolder, BucketError> {
        let key = self.key(prefix);
        // A folder may be an object as well, whose name is no name in it.
        let below = |path: &Path| {
            let name = path.as_ref().strip_prefix(&key).filter(|name| !name.is_empty())?;
            Some(format!("{prefix}{name}"))
        };
        let mut found = ObjectFolder::default();
        let mut page_token = None;
        loop {
            let options = PaginatedListOptions {
                delimiter: Some(Cow::Borrowed("/")),
                page_token,
                ..PaginatedListOptions::default()
            };
            let asked = pages.list_paginated(Some(&key).filter(|key| !key.is_empty()).map(String::as_str), options);
            let page = asked.await.map_err(|error| BucketError::of(&error))?;
            found.folders.extend(page.result.common_prefixes.iter().filter_map(below));
            found.objects.extend(page.result.objects.iter().filter_map(|object| below(&object.location)));
            page_token = page.page_token;
            if page_token.is_none() || found.count() > limit {
                found.has_more = page_token.is_some();
                return Ok(found);
            }
        }
    }
}
