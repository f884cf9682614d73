//! The storages of a configuration of picfit: where originals are, where renditions go, and what opens either.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use url::Url;

use super::document::{Document, Row, ValueKind};
use super::settings::{PicfitPoints, PicfitSource};
use crate::bucket::BucketUrl;
use crate::dialect::{Fate, LegacyError};

/// What the storages come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Storages {
    /// The folder of originals.
    pub root: Option<PathBuf>,
    /// Our own variables, and those of clouds.
    pub claims: Vec<(&'static str, String)>,
    /// Where originals are, as it is written there.
    pub source: PicfitSource,
    /// Where clients are led, where that is apart from the store that servers share.
    pub points: Option<PicfitPoints>,
}

/// One storage.
struct Storage<'a> {
    document: &'a Document,
    section: &'static str,
    /// Originals come from its `base_url`.
    is_fetched: bool,
    kind: StorageKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StorageKind {
    Folder,
    S3,
    DigitalOcean,
    Google,
}

/// In a storage that holds originals, the folder of what servers share: a purge of everything deletes all that is there.
const SHARED_FOLDER: &str = "image-proxy-results";

const OPENS: Fate = Fate::Replaced { by: "the usual variables of the cloud, unless they are set" };
const ACCESS: Fate = Fate::NotApplying { because: "the bucket's own policy says who may read" };
const LIFETIME: Fate = Fate::NotApplying { because: "what is stored has IMAGE_PROXY_CACHE_CONTROL_HEADER" };
const ORIGINALS: Fate =
    Fate::Replaced { by: "IMAGE_PROXY_ROOT_PATH, IMAGE_PROXY_ROOT_URL or IMAGE_PROXY_FALLBACK_IMAGE_URL, unless set" };
const RENDITIONS: Fate =
    Fate::Replaced { by: "IMAGE_PROXY_RESULTS_URL and IMAGE_PROXY_RESULTS_PUBLIC_URL, unless set" };
const READ_ONLY: Fate = Fate::NotApplying { because: "renditions are read where they are written" };

/// What is known of storages.
pub(super) fn rows() -> impl Iterator<Item = Row> {
    let source = |name, fate| Row { name, kind: ValueKind::Text, fate };
    [
        source("storage.src.type", ORIGINALS),
        source("storage.src.location", ORIGINALS),
        source("storage.src.base_url", ORIGINALS),
        source("storage.src.bucket_name", ORIGINALS),
        source("storage.src.region", OPENS),
        source("storage.src.endpoint", OPENS),
        source("storage.src.access_key_id", OPENS),
        source("storage.src.secret_access_key", OPENS),
        source("storage.src.acl", ACCESS),
        source("storage.src.cache_control", LIFETIME),
        source("storage.dst.type", RENDITIONS),
        source("storage.dst.location", RENDITIONS),
        source("storage.dst.base_url", RENDITIONS),
        source("storage.dst.bucket_name", RENDITIONS),
        source("storage.dst.region", OPENS),
        source("storage.dst.endpoint", OPENS),
        source("storage.dst.access_key_id", OPENS),
        source("storage.dst.secret_access_key", OPENS),
        source("storage.dst.acl", ACCESS),
        source("storage.dst.cache_control", LIFETIME),
        Row { name: "storage.dst-ro", kind: ValueKind::Any, fate: READ_ONLY },
    ]
    .into_iter()
}

/// Reads them. Without a destination renditions go where originals are, as in picfit.
pub(super) fn read(document: &Document) -> Result<Storages, LegacyError> {
    let source = Storage::read(document, "storage.src")?;
    let destination = Storage::read(document, "storage.dst")?;
    let mut storages = Storages::default();
    if let Some(source) = &source {
        let text = |name| source.text(name).unwrap_or_default().trim_end_matches('/').to_owned();
        storages.source = PicfitSource { location: text("location"), base_url: text("base_url") };
        if source.is_fetched {
            storages.claims.push(("IMAGE_PROXY_FALLBACK_IMAGE_URL", source.needed("base_url")?.to_owned()));
        } else if source.kind == StorageKind::Folder {
            storages.root = Some(source.folder()?);
        } else {
            storages.claims.push(("IMAGE_PROXY_ROOT_URL", source.url("")?));
        }
    }
    // What is fetched by HTTP alone has nowhere to put them.
    let own = source.as_ref().filter(|source| !source.is_fetched || source.text("location").is_some());
    if let Some(destination) = destination.as_ref().or(own) {
        let is_shared = match (&source, destination.section) {
            (Some(source), "storage.dst") => source.is_within(destination)?,
            (_, section) => section == "storage.src",
        };
        storages.put(destination, is_shared)?;
    }
    let mut opening: Vec<(&'static str, String)> = Vec::new();
    for (variable, value) in source.iter().chain(&destination).flat_map(Storage::opening) {
        match opening.iter().find(|(known, _)| *known == variable) {
            Some((_, other)) if *other != value => {
                let what = format!("storage.dst: expected what opens storage.src too, for {variable} is for both");
                return Err(LegacyError(what));
            }
            Some(_) => {}
            None => opening.push((variable, value)),
        }
    }
    storages.claims.extend(opening);
    Ok(storages)
}

impl Storages {
    /// Puts renditions there; beside originals apart from them, but for what clients are led to.
    fn put(&mut self, destination: &Storage<'_>, is_shared: bool) -> Result<(), LegacyError> {
        let public_url = destination.text("base_url").map(|base| base.trim_end_matches('/').to_owned());
        let below = if is_shared { SHARED_FOLDER } else { "" };
        self.claims.push(("IMAGE_PROXY_RESULTS_URL", destination.url(below)?));
        if let Some(base) = &public_url {
            let base = if is_shared { format!("{base}/{below}") } else { base.clone() };
            self.claims.push(("IMAGE_PROXY_RESULTS_PUBLIC_URL", base));
        }
        if is_shared {
            let url = destination.url("")?;
            let wrong =
                |name| LegacyError(format!("{}.{name}: expected what can be a part of a URL", destination.section));
            let url = BucketUrl::parse(&url).ok_or_else(|| wrong("location"))?;
            let public_url = public_url.map(|base| Url::parse(&base).map_err(|_| wrong("base_url"))).transpose()?;
            self.points = Some(PicfitPoints { url, public_url });
        }
        Ok(())
    }
}

impl<'a> Storage<'a> {
    const KINDS: [(&'static str, StorageKind); 4] = [
        ("fs", StorageKind::Folder),
        ("s3", StorageKind::S3),
        ("dos3", StorageKind::DigitalOcean),
        ("gcs", StorageKind::Google),
    ];

    fn read(document: &'a Document, section: &'static str) -> Result<Option<Self>, LegacyError> {
        if !document.has(section) {
            return Ok(None);
        }
        let text = document.text(&format!("{section}.type")).unwrap_or_default();
        let (is_fetched, bare) = text.strip_prefix("http+").map_or((false, text), |bare| (true, bare));
        let Some((_, kind)) = Self::KINDS.iter().find(|(name, _)| *name == bare) else {
            let expected = "fs, s3, dos3 or gcs, or http+ and one of these";
            return Err(LegacyError(format!("{section}.type: expected {expected}, got {text:?}")));
        };
        Ok(Some(Self { document, section, is_fetched, kind: *kind }))
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.document.text(&format!("{}.{name}", self.section))
    }

    fn needed(&self, name: &str) -> Result<&'a str, LegacyError> {
        self.text(name).ok_or_else(|| LegacyError(format!("{}.{name}: expected a text, got none", self.section)))
    }

    fn folder(&self) -> Result<PathBuf, LegacyError> {
        let location = self.needed("location")?;
        let absolute = std::path::absolute(location);
        absolute.map_err(|cause| LegacyError(format!("{}.location: expected a folder: {cause}", self.section)))
    }

    /// The URL of the store, or of a folder below it.
    fn url(&self, below: &str) -> Result<String, LegacyError> {
        let (scheme, path) = match self.kind {
            StorageKind::Folder => ("file://".to_owned(), self.folder()?),
            StorageKind::S3 | StorageKind::DigitalOcean => {
                (format!("s3://{}/", self.needed("bucket_name")?), self.prefix())
            }
            StorageKind::Google => (format!("gs://{}/", self.needed("bucket_name")?), self.prefix()),
        };
        let path = path.join(below);
        let path = path.to_str().unwrap_or_default().trim_end_matches('/');
        let mut url = if path.is_empty() { scheme.trim_end_matches('/').to_owned() } else { scheme };
        for byte in path.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
                url.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(url, "%{byte:02X}");
            }
        }
        Ok(url)
    }

    /// The beginning of all names in a bucket.
    fn prefix(&self) -> PathBuf {
        PathBuf::from(self.text("location").unwrap_or_default().trim_matches('/'))
    }

    /// Tells whether all of it lies in another one.
    fn is_within(&self, other: &Self) -> Result<bool, LegacyError> {
        if self.kind == StorageKind::Folder && other.kind == StorageKind::Folder && !self.is_fetched {
            return Ok(self.folder()?.starts_with(other.folder()?));
        }
        let is_same_bucket = self.kind == other.kind && self.text("bucket_name") == other.text("bucket_name");
        let is_below = || Path::new(&self.prefix()).starts_with(other.prefix());
        Ok(self.kind != StorageKind::Folder && is_same_bucket && is_below())
    }

    /// The variables of clouds that open it.
    fn opening(&self) -> Vec<(&'static str, String)> {
        let named: &[(&str, &str)] = match self.kind {
            StorageKind::Folder => &[],
            StorageKind::Google => &[("GOOGLE_APPLICATION_CREDENTIALS", "secret_access_key")],
            StorageKind::S3 | StorageKind::DigitalOcean => &[
                ("AWS_ACCESS_KEY_ID", "access_key_id"),
                ("AWS_SECRET_ACCESS_KEY", "secret_access_key"),
                ("AWS_REGION", "region"),
                ("AWS_ENDPOINT_URL", "endpoint"),
            ],
        };
        let named = named.iter().filter_map(|(variable, name)| Some((*variable, self.text(name)?.to_owned())));
        let mut opening: Vec<_> = named.collect();
        if let (StorageKind::DigitalOcean, None, Some(region)) = (self.kind, self.text("endpoint"), self.text("region"))
        {
            opening.push(("AWS_ENDPOINT_URL", format!("https://{region}.digitaloceanspaces.com")));
        }
        opening
    }
}
