//! A client for HTTP/1.1 that sends what it is given, byte for byte: no path is tidied on the way.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Far above what any answer takes, so that a hang fails a test and does not stop all of them.
const PATIENCE: Duration = Duration::from_secs(300);

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, several joined as RFC 9110, section 5.3 has it.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> =
            self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub fn content_type(&self) -> String {
        self.header("content-type").unwrap_or_default()
    }

    /// What the header that tells of the cache says.
    pub fn cache_status(&self) -> Option<String> {
        self.header("x-image-proxy-cache")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A request whose answer is still to be read.
pub struct Pending {
    stream: BufReader<TcpStream>,
    has_body: bool,
}

impl Pending {
    /// Sends a request on a connection of its own.
    pub fn send(address: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)]) -> Self {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{lines}\r\n");
        Self::send_bytes(address, head.as_bytes(), method != "HEAD")
    }

    /// Sends bytes that need not be a request at all.
    pub fn send_bytes(address: SocketAddr, request: &[u8], has_body: bool) -> Self {
        let mut pending = Self::connect(address);
        pending.say(request).unwrap();
        Self { has_body, ..pending }
    }

    /// Connects, and says nothing yet.
    pub fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).unwrap()
    }

    /// The same, where nobody may listen any more.
    pub fn try_connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), has_body: true })
    }

    /// Sends more on the same connection.
    pub fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// All that comes until the connection is closed, whether in order or not.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A connection that is reset has ended too.
        let _ = self.stream.read_to_end(&mut bytes);
        bytes
    }

    /// Exactly as many bytes.
    pub fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub fn local_port(&self) -> u16 {
        self.stream.get_ref().local_addr().unwrap().port()
    }

    pub fn answer(mut self) -> Answer {
        self.read().unwrap()
    }

    /// The answer, where the connection may break before it is complete.
    pub fn read(&mut self) -> io::Result<Answer> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status in {status_line:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        if self.has_body {
            answer.body = self.body(&answer)?;
        } else {
            // Whatever comes after the head would be a body that must not be there.
            self.stream.read_to_end(&mut answer.body)?;
        }
        Ok(answer)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn body(&mut self, answer: &Answer) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if answer.header("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            loop {
                let length = usize::from_str_radix(&self.line()?, 16).map_err(io::Error::other)?;
                let start = body.len();
                body.resize(start + length, 0);
                self.stream.read_exact(&mut body[start..])?;
                self.line()?;
                if length == 0 {
                    return Ok(body);
                }
            }
        }
        match answer.header("content-length") {
            Some(length) => {
                body.resize(length.parse().map_err(io::Error::other)?, 0);
                self.stream.read_exact(&mut body)?;
            }
            None => {
                self.stream.read_to_end(&mut body)?;
            }
        }
        Ok(body)
    }
}
