//! A server that says what a test tells it to say, and remembers what it was asked.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

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
    /// These bytes, and then nothing, for as long as the other side waits.
    Stalled(Vec<u8>),
    /// These bytes and then noughts, one by one, for as long as the other side waits.
    Dripping(Vec<u8>),
    /// The first bytes, and the others when the gate is open.
    Held(Vec<u8>, Arc<Gate>, Vec<u8>),
}

/// Holds replies back until a test opens it.
#[derive(Default)]
pub struct Gate {
    is_open: Mutex<bool>,
    has_opened: Condvar,
}

impl Gate {
    pub fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.has_opened.notify_all();
    }

    fn pass(&self) {
        drop(self.has_opened.wait_while(self.is_open.lock().unwrap(), |is_open| !*is_open).unwrap());
    }
}

impl Reply {
    /// This reply, but after so many bytes only when the gate is open.
    pub fn held_after(self, count: usize, gate: &Arc<Gate>) -> Self {
        let Self::Bytes(mut first) = self else { panic!("only bytes can be held") };
        let rest = first.split_off(count.min(first.len()));
        Self::Held(first, Arc::clone(gate), rest)
    }

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
    base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    left: Arc<Mutex<usize>>,
}

impl Upstream {
    pub fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").unwrap(), reply)
    }

    pub fn start_on(listener: TcpListener, reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let address = listener.local_addr().unwrap();
        let (asked, left) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let (remembered, counted, reply) = (Arc::clone(&asked), Arc::clone(&left), Arc::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (remembered, counted, reply) = (Arc::clone(&remembered), Arc::clone(&counted), Arc::clone(&reply));
                thread::spawn(move || answer(stream, &remembered, &counted, reply.as_ref()));
            }
        });
        Self { address, base: format!("http://{address}"), asked, left }
    }

    /// Answers every request with the same picture.
    pub fn of(picture: Vec<u8>) -> Self {
        Self::start(move |_| Reply::image(&picture, &[]))
    }

    /// The URL of `path`, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The URL without a path.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How many closed the connection while they waited for more.
    pub fn left(&self) -> usize {
        *self.left.lock().unwrap()
    }

    pub fn targets(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.target).collect()
    }
}

fn answer(
    stream: TcpStream,
    remembered: &Mutex<Vec<Asked>>,
    left: &Mutex<usize>,
    reply: &dyn Fn(&Asked) -> Reply,
) -> Option<()> {
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
    let rest = match reply(&asked) {
        Reply::Bytes(bytes) => return writer.write_all(&bytes).ok(),
        Reply::Held(first, gate, rest) => {
            writer.write_all(&first).ok()?;
            gate.pass();
            return writer.write_all(&rest).ok();
        }
        Reply::Silence => None,
        Reply::Stalled(first) => {
            writer.write_all(&first).ok()?;
            None
        }
        Reply::Dripping(first) => {
            writer.write_all(&first).ok()?;
            Some(*b"0")
        }
    };
    let pause = rest.map(|_| Duration::from_millis(10));
    writer.set_read_timeout(pause).ok()?;
    // The other side gives up some day: then there is an end, or an error that is no timeout.
    while let Err(error) = reader.read(&mut [0]).map(|count| assert_eq!(count, 0, "a request has no body")) {
        let is_pause = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        if !is_pause || rest.is_none_or(|byte| writer.write_all(&byte).is_err()) {
            break;
        }
    }
    *left.lock().unwrap() += 1;
    Some(())
}
