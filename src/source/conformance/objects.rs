//! An object store in a few lines, as far as reading goes: ranges, conditions and tags.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::stock::Stock;
use crate::bucket::{
    Bucket, BucketSettings, BucketUrl, CloudVariables, Observer, StoreName, StoreRequest, StoreTimeouts,
};
use crate::request::{Generation, ImagePath};
use crate::source::{BucketSource, BucketSourceSettings, Source};

pub(super) struct BucketStock {
    source: BucketSource,
    objects: Arc<Objects>,
}

/// Objects by name, each with a number that is its tag; and how often one was asked for as a whole.
#[derive(Default)]
struct Objects(Mutex<HashMap<String, Object>>, AtomicUsize);

#[derive(Clone, Default)]
struct Object {
    bytes: Vec<u8>,
    number: usize,
    is_cut: bool,
}

struct Unheard;

impl Observer for Unheard {
    fn observe(&self, _: &StoreRequest) {}
}

impl BucketStock {
    pub(super) async fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let objects = Arc::new(Objects::default());
        let served = Arc::clone(&objects);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let objects = Arc::clone(&served);
                tokio::spawn(async move { objects.answer(stream).await });
            }
        });
        let long = Duration::from_secs(60);
        let settings = BucketSettings {
            name: StoreName::Source,
            timeouts: StoreTimeouts { connect: long, read: long, total: long },
            user_agent: HeaderValue::from_static("test"),
            observer: Arc::new(Unheard),
        };
        let variables = [("AWS_ENDPOINT_URL", endpoint.as_str()), ("AWS_SKIP_SIGNATURE", "true")];
        let url = BucketUrl::parse("s3://bucket/base").unwrap();
        let bucket = Bucket::open(&url, &CloudVariables::among(variables), settings).unwrap();
        let source = BucketSource::new(
            bucket,
            BucketSourceSettings {
                // So that each look is a question, as each look at a file is.
                time_to_live: Duration::ZERO,
                missing_time_to_live: Duration::ZERO,
                missing_statuses: vec![StatusCode::NOT_FOUND],
                max_bytes: 10_000_000,
                max_held_bytes: 40_000_000,
            },
        );
        Self { source, objects }
    }
}

impl Stock for BucketStock {
    fn source(&self) -> &dyn Source {
        &self.source
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let mut objects = self.objects.0.lock().unwrap();
        let object = objects.entry(path.to_owned()).or_default();
        *object = Object { bytes: bytes.to_vec(), number: object.number + 1, is_cut: false };
    }

    fn remove(&self, path: &str) {
        self.objects.0.lock().unwrap().remove(path).unwrap();
    }

    fn cut(&self, path: &str) {
        self.objects.0.lock().unwrap().get_mut(path).unwrap().is_cut = true;
    }
}

impl Objects {
    /// Answers one request, and closes the connection.
    async fn answer(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        let (mut name, mut headers, mut line) = (String::new(), HashMap::new(), String::new());
        while stream.read_line(&mut line).await? > 2 {
            if let Some(rest) = line.strip_prefix("GET /bucket/base/") {
                let encoded = rest.split(' ').next().unwrap_or_default();
                name = percent_decode_str(encoded).decode_utf8().unwrap().into_owned();
            } else if let Some((name, value)) = line.trim().split_once(": ") {
                headers.insert(name.to_owned(), value.to_owned());
            }
            line.clear();
        }
        self.1.fetch_add(usize::from(!headers.contains_key("range")), Ordering::Relaxed);
        let object = self.0.lock().unwrap().get(&name).cloned();
        stream.write_all(&reply(object, &headers)).await
    }
}

fn reply(object: Option<Object>, headers: &HashMap<String, String>) -> Vec<u8> {
    let empty =
        |status: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes();
    let Some(Object { bytes, number, is_cut }) = object else { return empty("404 Not Found") };
    let tag = format!("\"{number}\"");
    if headers.get("if-none-match") == Some(&tag) {
        return format!("HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\nConnection: close\r\n\r\n").into_bytes();
    }
    if headers.get("if-match").is_some_and(|wanted| *wanted != tag) {
        return empty("412 Precondition Failed");
    }
    let length = bytes.len();
    let (status, line, range) = match headers.get("range").map(|range| part(range, length)) {
        Some(range) if range.is_empty() => return empty("416 Range Not Satisfiable"),
        Some(range) => {
            let line = format!("Content-Range: bytes {}-{}/{length}\r\n", range.start, range.end - 1);
            ("206 Partial Content", line, range)
        }
        None => ("200 OK", String::new(), 0..length),
    };
    let part = &bytes[range];
    let sent = if is_cut { part.len() / 2 } else { part.len() };
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: {tag}\r\n{line}Content-Length: {}\r\nConnection: close\r\n\r\n",
        part.len()
    );
    [head.as_bytes(), &part[..sent]].concat()
}

fn part(range: &str, length: usize) -> Range<usize> {
    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let last: usize = last.parse().unwrap();
    first.parse::<usize>().unwrap().min(length)..(last + 1).min(length)
}

#[tokio::test]
async fn what_somebody_works_on_is_not_fetched_again() {
    let stock = BucketStock::open().await;
    let picture: Vec<u8> = b"GIF89a".iter().copied().chain(vec![7; 300_000]).collect();
    stock.put("a.gif", &picture);
    let reference = ImagePath::from_decoded("a.gif").unwrap().into();
    let material = async || stock.source.find(&reference, Generation::NONE).await.unwrap().material().await.unwrap();
    let fetches = || stock.objects.1.load(Ordering::Relaxed);
    let (first, second) = (material().await, material().await);
    assert_eq!(fetches(), 1);
    drop(first);
    drop((second, material().await));
    assert_eq!(fetches(), 1);
    material().await;
    assert_eq!(fetches(), 2, "nobody had it any more");
}
