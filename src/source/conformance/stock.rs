//! What the suite needs of the place that a source looks at: a folder, and a server that behaves like an object store,
//! below a base and by URL.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::request::{ImagePath, Reference, RemoteOrigins};
use crate::source::fetch::Scope;
use crate::source::{Disk, FetchSettings, RemoteSettings, RemoteSource, Source, Timeouts, Upstream, UpstreamSettings};

/// A place with originals, and the source that finds them there.
pub(super) trait Stock {
    fn source(&self) -> &dyn Source;
    /// How the source is asked for an original.
    fn reference(&self, path: &ImagePath) -> Reference {
        path.clone().into()
    }
    /// Puts an original there as a whole, in place of one that may be there.
    fn put(&self, path: &str, bytes: &[u8]);
    fn remove(&self, path: &str);
    /// Makes an original end early for those who know of it already.
    fn cut(&self, path: &str);
}

pub(super) struct FolderStock {
    folder: TempDir,
    disk: Disk,
}

pub(super) struct StoreStock {
    upstream: Upstream,
    shelf: Arc<Shelf>,
}

/// The same server, asked for URLs.
pub(super) struct RemoteStock {
    source: RemoteSource,
    base: Scope,
    origins: RemoteOrigins,
    shelf: Arc<Shelf>,
}

/// Originals by path, each with a number that is its tag.
#[derive(Default)]
struct Shelf(Mutex<HashMap<String, Item>>);

#[derive(Clone, Default)]
struct Item {
    bytes: Vec<u8>,
    number: usize,
    is_cut: bool,
}

impl FolderStock {
    pub(super) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        let disk = Disk::new(folder.path().join("root"));
        Self { folder, disk }
    }
}

impl Stock for FolderStock {
    fn source(&self) -> &dyn Source {
        &self.disk
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let (beside, path) = (self.folder.path().join("beside"), self.folder.path().join("root").join(path));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&beside, bytes).unwrap();
        fs::rename(beside, path).unwrap();
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.folder.path().join("root").join(path)).unwrap();
    }

    fn cut(&self, path: &str) {
        let file = File::options().write(true).open(self.folder.path().join("root").join(path)).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    }
}

impl StoreStock {
    pub(super) async fn open() -> Self {
        let (shelf, base) = Shelf::open().await;
        let (base, fetching) = (base.parse().unwrap(), fetching(false));
        let upstream =
            Upstream::new(UpstreamSettings { base, missing_statuses: vec![StatusCode::NOT_FOUND], fetching });
        Self { upstream: upstream.unwrap(), shelf }
    }
}

impl Stock for StoreStock {
    fn source(&self) -> &dyn Source {
        &self.upstream
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        self.shelf.put(path, bytes);
    }

    fn remove(&self, path: &str) {
        self.shelf.remove(path);
    }

    fn cut(&self, path: &str) {
        self.shelf.cut(path);
    }
}

impl RemoteStock {
    pub(super) async fn open() -> Self {
        let (shelf, base) = Shelf::open().await;
        let origins = RemoteOrigins::parse(&base).unwrap();
        let settings = RemoteSettings { origins: origins.clone(), headers: HeaderMap::new(), fetching: fetching(true) };
        let base = Scope::base(base.parse().unwrap());
        Self { source: RemoteSource::new(settings).unwrap(), base, origins, shelf }
    }
}

impl Stock for RemoteStock {
    fn source(&self) -> &dyn Source {
        &self.source
    }

    fn reference(&self, path: &ImagePath) -> Reference {
        let url = self.base.url(&path.clone().into()).unwrap();
        self.origins.admit(url.as_str()).unwrap().into()
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        self.shelf.put(path, bytes);
    }

    fn remove(&self, path: &str) {
        self.shelf.remove(path);
    }

    fn cut(&self, path: &str) {
        self.shelf.cut(path);
    }
}

fn fetching(allow_private: bool) -> FetchSettings {
    let long = Duration::from_secs(60);
    FetchSettings {
        max_bytes: 10_000_000,
        max_fetches: 4,
        timeouts: Timeouts { connect: long, read: long, total: long },
        // So that each look is a question, as each look at a file is.
        time_to_live: Duration::ZERO,
        missing_time_to_live: Duration::ZERO,
        allow_private,
        user_agent: HeaderValue::from_static("test"),
    }
}

impl Shelf {
    /// An empty one that is served, and below which URL.
    async fn open() -> (Arc<Self>, String) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let base = format!("http://{}/base/", listener.local_addr().unwrap());
        let shelf = Arc::new(Self::default());
        let served = Arc::clone(&shelf);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shelf = Arc::clone(&served);
                tokio::spawn(async move { shelf.answer(stream).await });
            }
        });
        (shelf, base)
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let mut items = self.0.lock().unwrap();
        let item = items.entry(path.to_owned()).or_default();
        *item = Item { bytes: bytes.to_vec(), number: item.number + 1, is_cut: false };
    }

    fn remove(&self, path: &str) {
        self.0.lock().unwrap().remove(path).unwrap();
    }

    fn cut(&self, path: &str) {
        self.0.lock().unwrap().get_mut(path).unwrap().is_cut = true;
    }

    /// Answers one request, and closes the connection.
    async fn answer(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        let (mut target, mut known, mut line) = (String::new(), String::new(), String::new());
        while stream.read_line(&mut line).await? > 2 {
            if let Some(rest) = line.strip_prefix("GET /base/") {
                // A plus is a space to object stores.
                let encoded = rest.split(' ').next().unwrap_or_default().replace('+', " ");
                target = percent_decode_str(&encoded).decode_utf8().unwrap().into_owned();
            } else if let Some((_, tag)) = line.trim().split_once(": ").filter(|(name, _)| *name == "if-none-match") {
                tag.clone_into(&mut known);
            }
            line.clear();
        }
        let item = self.0.lock().unwrap().get(&target).cloned();
        stream.write_all(&reply(item, &known)).await
    }
}

fn reply(item: Option<Item>, known: &str) -> Vec<u8> {
    let Some(Item { bytes, number, is_cut }) = item else {
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
    };
    let (tag, length) = (format!("\"{number}\""), bytes.len());
    if tag == known {
        return format!("HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\nConnection: close\r\n\r\n").into_bytes();
    }
    let sent = if is_cut { length / 2 } else { length };
    let head = format!("HTTP/1.1 200 OK\r\nETag: {tag}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), &bytes[..sent]].concat()
}
