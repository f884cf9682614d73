//! A server that says what a test tells it to say, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub target: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What goes out.
pub enum Reply {
    /// These bytes, head and all; then the connection is closed.
    Bytes(Vec<u8>),
    /// Nothing, for as long as the other side waits.
    Silence,
}

impl Reply {
    pub fn status(status: &str) -> Self {
        Self::with(status, &[], b"")
    }

    pub fn image(bytes: &[u8], headers: &[(&str, &str)]) -> Self {
        Self::with("200 OK", headers, bytes)
    }

    pub fn redirect(location: &str) -> Self {
        Self::with("302 Found", &[("Location", location)], b"")
    }

    pub fn with(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{lines}Content-Length: {length}\r\nConnection: close\r\n\r\n");
        Self::Bytes([head.as_bytes(), body].concat())
    }

    /// A body of unknown length that ends with the connection.
    pub fn unmeasured(body: &[u8]) -> Self {
        Self::Bytes([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", body].concat())
    }

    /// A body in chunks.
    pub fn chunked(body: &[u8]) -> Self {
        let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".to_vec();
        for chunk in body.chunks(1000) {
            bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
        Self::Bytes(bytes)
    }

    /// A head that promises more than comes.
    pub fn cut_short(body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len() + 1000);
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

/// A running server. Its thread ends with the test process.
pub struct Upstream {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Upstream {
    pub fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (remembered, reply) = (Arc::clone(&asked), Arc::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (remembered, reply) = (Arc::clone(&remembered), Arc::clone(&reply));
                thread::spawn(move || answer(stream, &remembered, reply.as_ref()));
            }
        });
        Self { address, asked }
    }

    /// Answers every request with the same picture.
    pub fn of(picture: Vec<u8>) -> Self {
        Self::start(move |_| Reply::image(&picture, &[]))
    }

    /// The URL of `path`, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn targets(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.target).collect()
    }
}

fn answer(stream: TcpStream, remembered: &Mutex<Vec<Asked>>, reply: &dyn Fn(&Asked) -> Reply) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let target = lines.first()?.split(' ').nth(1)?.to_owned();
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let asked = Asked { target, headers };
    remembered.lock().unwrap().push(asked.clone());
    let mut writer = stream;
    match reply(&asked) {
        Reply::Bytes(bytes) => writer.write_all(&bytes).ok(),
        // The other side gives up some day.
        Reply::Silence => reader.read(&mut [0]).ok().map(drop),
    }
}
