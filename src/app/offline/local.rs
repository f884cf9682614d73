//! `LocalPictures`: what becomes of files of this machine, as a server with the same settings would have it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf, absolute};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use http::{HeaderMap, Method};
use mixtrics::registry::noop::NoopMetricsRegistry;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::super::tools::Tools;
use super::super::{StartError, folder, mounts, sources};
use super::{LocalAnswer, ask, inner_door, unhurried};
use crate::cache::{CacheSettings, ResultCache};
use crate::config::Loaded;
use crate::dialect::{Dialect, Enclosing, Native, UrlRules, Wording, path_escaped, typed_escaped};
use crate::generations::Generations;
use crate::http::{Door, Mounts};
use crate::request::ImagePath;
use crate::source::{Source, SourceName};

/// Any picture, where a query is to be read and no picture matters.
const ANY_PATH: &str = "/image";

/// Folders whose pictures are at hand at once; those who name files in more have one set up again.
const MAX_DOORS: usize = 64;

/// A service for files wherever they are.
pub struct LocalPictures<'a> {
    loaded: &'a Loaded,
    tools: Tools,
    cache: Arc<ResultCache>,
    generations: Arc<Generations>,
    /// Reads what is to be rendered.
    native: Native,
    mounts: BTreeMap<LocalReader, Arc<Mounts>>,
    /// One for each folder that originals are in.
    doors: Mutex<BTreeMap<Option<PathBuf>, Door>>,
}

/// Who reads a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct LocalReader {
    /// It is for the operator's rules to say what may be asked.
    is_ruled: bool,
    /// The original comes with it.
    takes_original: bool,
}

/// What is to be known or made of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalQuestion<'a> {
    /// What this query makes of it.
    Render(&'a str),
    /// Why that would be so.
    Explain(&'a str),
    /// What is known of it.
    Info,
}

/// An original of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalPicture {
    /// A file that a server could have.
    File {
        /// The folder of originals.
        root: PathBuf,
        /// Below it.
        path: ImagePath,
    },
    /// Bytes without a name.
    Bytes(Bytes),
}

impl<'a> LocalPictures<'a> {
    /// Starts the threads; nothing is cached.
    ///
    /// # Errors
    /// Names the setting to change.
    pub async fn open(loaded: &'a Loaded) -> Result<Self, StartError> {
        let config = &loaded.config;
        let tools = Tools::start(config, unhurried(config))?;
        let cache = Arc::new(ResultCache::open(&CacheSettings::default(), || Box::new(NoopMetricsRegistry)).await);
        let generations = Generations::open(None, None).await;
        let native = mounts::unsigned_native(config);
        // Who asks of this machine what is known of a picture may know it.
        let rules = UrlRules { is_presets_only: false, allowed: None, ..config.url_rules() };
        let free = native.clone().ruled(Arc::new(rules)).explaining(true);
        let mut mounts = BTreeMap::new();
        for (is_ruled, native) in [(true, &native), (false, &free)] {
            let enclosing = Enclosing::new(native.clone(), config.max_source_size);
            let dialects: [(bool, Box<dyn Dialect>); 2] =
                [(false, Box::new(native.clone())), (true, Box::new(enclosing))];
            for (takes_original, dialect) in dialects {
                let reader = LocalReader { is_ruled, takes_original };
                mounts.insert(reader, Arc::new(Mounts::default().with("/", dialect)));
            }
        }
        Ok(Self { loaded, tools, cache, generations, native, mounts, doors: Mutex::default() })
    }

    /// How many pictures are worth having under way at once.
    pub fn threads(&self) -> usize {
        self.loaded.config.workers
    }

    /// Looks at a query before there is a picture for it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, query: &str) -> Result<(), String> {
        let (query, headers) = (typed_escaped(query), HeaderMap::new());
        let wording = Wording { method: &Method::GET, path: ANY_PATH, query: Some(&query), headers: &headers };
        self.native.read(wording).asked.map(drop).map_err(|error| error.to_string())
    }

    /// Tells whether a query says itself what is to be written.
    pub fn names_format(&self, query: &str) -> bool {
        self.native.names_format(&typed_escaped(query))
    }

    /// The picture in a file. Its place is below the operator's root where it is there, as a server would have it; else below
    /// `base` where it is given and the file is there; else in its own folder. What is no plain file, a pipe for example, is read now.
    ///
    /// # Errors
    /// The file cannot be found, or must be read now and cannot.
    pub async fn find(&self, file: &Path, base: Option<&Path>) -> io::Result<LocalPicture> {
        let status = fs::metadata(file)?;
        if status.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !status.is_file() {
            return self.read(File::open(file).await?).await;
        }
        let canonical = fs::canonicalize(file)?;
        let below = |root: &Path, file: &Path| {
            let path = ImagePath::from_decoded(file.strip_prefix(root).ok()?.to_str()?).ok()?;
            Some(LocalPicture::File { root: root.to_owned(), path })
        };
        let root = &self.loaded.config.root_path;
        let canonical_root = fs::canonicalize(root).ok().filter(|root| canonical.starts_with(root));
        if let Some(canonical_root) = canonical_root {
            let as_given = below(&absolute(root)?, &absolute(file)?);
            if let Some(picture) = as_given.or_else(|| below(&canonical_root, &canonical)) {
                return Ok(picture);
            }
        }
        let base = base.and_then(|base| fs::canonicalize(base).ok());
        let below_base = base.and_then(|base| below(&base, &canonical));
        match below_base.or_else(|| below(canonical.parent()?, &canonical)) {
            Some(picture) => Ok(picture),
            // What no URL can name is brought along.
            None => self.read(File::open(canonical).await?).await,
        }
    }

    /// The picture on the standard input. It is read aside, so that who waits for it can be interrupted.
    ///
    /// # Errors
    /// It cannot be read, or is larger than an original may be.
    pub async fn standard_input(&self) -> io::Result<LocalPicture> {
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        self.read(File::from_std(input.into())).await
    }

    async fn read(&self, stream: impl AsyncRead + Unpin) -> io::Result<LocalPicture> {
        let limit = self.loaded.config.max_source_size;
        let mut bytes = Vec::new();
        stream.take(limit.saturating_add(1)).read_to_end(&mut bytes).await?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::other(format!("it has more than the {limit} bytes of IMAGE_PROXY_MAX_SOURCE_SIZE")));
        }
        Ok(LocalPicture::Bytes(bytes.into()))
    }

    /// Answers as a server would that serves the picture.
    ///
    /// # Errors
    /// Names the setting to change.
    pub async fn ask(
        &self,
        picture: &LocalPicture,
        question: LocalQuestion<'_>,
        accept: Option<&str>,
    ) -> Result<LocalAnswer, StartError> {
        let query = match question {
            LocalQuestion::Render(query) => typed_escaped(query),
            LocalQuestion::Explain(query) => [&typed_escaped(query), "explain"].join("&"),
            LocalQuestion::Info => "info".to_owned(),
        };
        let is_ruled = matches!(question, LocalQuestion::Render(_));
        Ok(match picture {
            LocalPicture::File { root, path } => {
                let door = self.door(Some(root), LocalReader { is_ruled, takes_original: false })?;
                let target = format!("{}?{query}", path_escaped(path));
                ask(&door, Method::GET, &target, accept, Body::empty()).await
            }
            LocalPicture::Bytes(bytes) => {
                let door = self.door(None, LocalReader { is_ruled, takes_original: true })?;
                ask(&door, Method::POST, &format!("{ANY_PATH}?{query}"), accept, Body::from(bytes.clone())).await
            }
        })
    }

    /// The door to the originals of a folder, and beside them to all that a server would find.
    fn door(&self, root: Option<&Path>, reader: LocalReader) -> Result<Door, StartError> {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        let mounts = self.mounts.get(&reader).cloned().unwrap_or_default();
        if let Some(door) = doors.get(&root.map(Path::to_owned)) {
            return Ok(Door { mounts, ..door.clone() });
        }
        let own = root.map(|root| -> Box<dyn Source> { Box::new(folder(root.to_owned(), "INPUT")) });
        // Of a machine that serves nothing it is no news that the folder for that is missing.
        let config = &self.loaded.config;
        let is_there = |name: &&SourceName| **name != SourceName::Folder || config.root_path.is_dir();
        let others = sources(self.loaded, config.sources.iter().filter(is_there))?;
        let sources = own.into_iter().chain(others).collect();
        let service = self.tools.service(sources, Arc::clone(&self.cache), Arc::clone(&self.generations));
        let door = inner_door(self.loaded, Arc::new(service), mounts);
        if doors.len() >= MAX_DOORS {
            doors.clear();
        }
        doors.insert(root.map(Path::to_owned), door.clone());
        Ok(door)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::config::Config;

    fn settings(root: &Path, more: &[(&str, &str)]) -> Loaded {
        let own = [("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap()), ("IMAGE_PROXY_WORKERS", "1")];
        let all = own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::parse(all).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    fn file(root: &Path, path: &str) -> LocalPicture {
        let root = fs::canonicalize(root).unwrap();
        LocalPicture::File { root, path: ImagePath::from_decoded(path).unwrap() }
    }

    #[tokio::test]
    async fn a_file_is_below_the_root_or_the_folder_that_was_named_or_in_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        for name in ["root/a/b.png", "other/c/d.png", "other/.hidden.png"] {
            fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
            fs::write(folder.join(name), name).unwrap();
        }
        let loaded = settings(&folder.join("root"), &[]);
        let pictures = LocalPictures::open(&loaded).await.unwrap();
        let (pictures, place) = (&pictures, &folder);
        let found = async |name: &str, base: Option<&str>| {
            let base = base.map(|base| place.join(base));
            pictures.find(&place.join(name), base.as_deref()).await.unwrap()
        };
        assert_eq!(found("root/a/b.png", Some("root/a")).await, file(&folder.join("root"), "a/b.png"));
        assert_eq!(found("root/../other/c/d.png", None).await, file(&folder.join("other/c"), "d.png"));
        assert_eq!(found("other/c/d.png", Some("other")).await, file(&folder.join("other"), "c/d.png"));
        // What no URL can name is brought along.
        assert_eq!(found("other/.hidden.png", None).await, LocalPicture::Bytes("other/.hidden.png".into()));
        let strange = folder.join(std::ffi::OsStr::from_bytes(b"\xff.png"));
        fs::write(&strange, "strange").unwrap();
        assert_eq!(pictures.find(&strange, None).await.unwrap(), LocalPicture::Bytes("strange".into()));
        // A link is what it leads to, but for one within the root, which a server follows as well.
        symlink(folder.join("other/c/d.png"), folder.join("root/out.png")).unwrap();
        symlink(folder.join("root/a/b.png"), folder.join("root/in.png")).unwrap();
        assert_eq!(found("root/out.png", None).await, file(&folder.join("other/c"), "d.png"));
        assert_eq!(found("root/in.png", None).await, file(&folder.join("root"), "in.png"));
        assert!(pictures.find(&folder.join("none.png"), None).await.is_err());
    }

    #[tokio::test]
    async fn queries_are_looked_at_before_there_is_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let rules = [("IMAGE_PROXY_PRESETS", "thumb=w=40&format=webp"), ("IMAGE_PROXY_PRESETS_ONLY", "true")];
        let loaded = settings(folder.path(), &rules);
        let pictures = LocalPictures::open(&loaded).await.unwrap();
        assert_eq!(pictures.check("preset=thumb"), Ok(()));
        assert!(pictures.check("preset=thumbs").unwrap_err().contains("did you mean thumb"));
        assert!(pictures.check("w=40").is_err());
        assert!(pictures.names_format("preset=thumb") && !pictures.names_format(""));
        let free = settings(folder.path(), &[]);
        let pictures = LocalPictures::open(&free).await.unwrap();
        assert!(pictures.names_format("fm=webp") && pictures.names_format("info") && !pictures.names_format("w=4"));
    }

    #[tokio::test]
    async fn a_stream_is_no_longer_than_an_original_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let loaded = settings(folder.path(), &[("IMAGE_PROXY_MAX_SOURCE_SIZE", "4")]);
        let pictures = LocalPictures::open(&loaded).await.unwrap();
        assert_eq!(pictures.read(&b"four"[..]).await.unwrap(), LocalPicture::Bytes("four".into()));
        let error = pictures.read(&b"five!"[..]).await.unwrap_err().to_string();
        assert_eq!(error, "it has more than the 4 bytes of IMAGE_PROXY_MAX_SOURCE_SIZE");
    }
}
