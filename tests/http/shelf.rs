//! An object store as far as reading goes, in the test's own hands: ranges, conditions and tags, and faults on demand.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use percent_encoding::percent_decode_str;

use crate::server::{Place, Server};
use crate::upstream::{Asked, Reply, Upstream};

pub const ACCESS_KEY: &str = "AKIAEXAMPLEKEY";
pub const SECRET_KEY: &str = "a-secret-that-nobody-sees";
pub const SESSION_TOKEN: &str = "a-session-that-nobody-sees";

/// Objects by name, each with a number that is its tag.
#[derive(Default)]
struct Objects(Mutex<HashMap<String, (Vec<u8>, usize)>>);

/// A store and what is in it.
pub struct Shelf {
    pub upstream: Upstream,
    objects: Arc<Objects>,
}

impl Shelf {
    pub fn with<B: AsRef<[u8]>>(objects: &[(&str, B)]) -> Self {
        let objects: Vec<_> = objects.iter().map(|(name, bytes)| (*name, bytes.as_ref().to_vec())).collect();
        Self::faulty(&objects, |_, reply| reply)
    }

    /// The same, where each reply goes through `fault` first.
    pub fn faulty<B: AsRef<[u8]>>(
        objects: &[(&str, B)],
        fault: impl Fn(&Asked, Reply) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let shelf = Arc::new(Objects::default());
        for (name, bytes) in objects {
            shelf.put(name, bytes.as_ref());
        }
        let served = Arc::clone(&shelf);
        let upstream = Upstream::start(move |asked| fault(asked, served.reply(asked)));
        Self { upstream, objects: shelf }
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        self.objects.put(name, bytes);
    }

    pub fn remove(&self, name: &str) {
        self.objects.0.lock().unwrap().remove(name).unwrap();
    }

    /// The program with this store in place of the folder.
    pub fn serve(&self, variables: &[(&str, &str)]) -> Server {
        Place::new().serve(&self.variables(variables))
    }

    /// What leads the program here, and `variables` after it.
    pub fn variables<'a>(&'a self, variables: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = [
            ("IMAGE_PROXY_ROOT_PATH", ""),
            ("IMAGE_PROXY_ROOT_URL", "s3://bucket/in here"),
            ("AWS_ENDPOINT_URL", self.upstream.base()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_SESSION_TOKEN", SESSION_TOKEN),
            ("AWS_REGION", "eu-central-1"),
        ];
        [&own, variables].concat()
    }

    /// What was asked for: the range, `whole`, and the condition before it.
    pub fn asked(&self) -> Vec<String> {
        let described = |asked: &Asked| {
            let condition = ["if-match", "if-none-match"].iter().find(|name| asked.header(name).is_some());
            let range = asked.header("range").map_or("whole", |range| range.trim_start_matches("bytes="));
            condition.map_or(range.to_owned(), |condition| format!("{condition} {range}"))
        };
        self.upstream.asked().iter().map(described).collect()
    }
}

impl Objects {
    fn put(&self, name: &str, bytes: &[u8]) {
        let mut objects = self.0.lock().unwrap();
        let number = objects.get(name).map_or(1, |(_, number)| number + 1);
        objects.insert(name.to_owned(), (bytes.to_vec(), number));
    }

    fn reply(&self, asked: &Asked) -> Reply {
        let encoded = asked.target.strip_prefix("/bucket/in%20here/").unwrap_or_default();
        let name = percent_decode_str(encoded).decode_utf8().unwrap().into_owned();
        let Some((bytes, number)) = self.0.lock().unwrap().get(&name).cloned() else {
            return Reply::with("404 Not Found", &[], b"<Error><Code>NoSuchKey</Code></Error>");
        };
        let tag = format!("\"{number}\"");
        if asked.header("if-none-match") == Some(&tag) {
            return Reply::Bytes(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec());
        }
        if asked.header("if-match").is_some_and(|wanted| wanted != tag) {
            return Reply::status("412 Precondition Failed");
        }
        let dated = [("ETag", tag.as_str()), ("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT")];
        let length = bytes.len();
        match asked.header("range").map(|range| part(range, length)) {
            None => Reply::image(&bytes, &dated),
            Some(range) if range.is_empty() => Reply::status("416 Range Not Satisfiable"),
            Some(range) => {
                let line = format!("bytes {}-{}/{length}", range.start, range.end - 1);
                Reply::with("206 Partial Content", &[&dated[..], &[("Content-Range", &line)]].concat(), &bytes[range])
            }
        }
    }
}

fn part(range: &str, length: usize) -> Range<usize> {
    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let last: usize = last.parse().unwrap();
    first.parse::<usize>().unwrap().min(length)..(last + 1).min(length)
}
