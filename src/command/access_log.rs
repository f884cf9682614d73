//! `LoggedTargets`: what was asked for, read from an access log or a list: each GET once, in the order in which it first came.

use std::collections::HashSet;
use std::io::{self, BufRead};

use serde_json::Value;

/// The longest line that is read, in bytes.
const MAX_LINE_BYTES: u64 = 64 * 1024;

/// Paths and queries that were asked for by GET, each once.
#[derive(Debug, Default)]
pub struct LoggedTargets {
    /// In the order in which they first came.
    pub all: Vec<String>,
    /// Those of them that were never answered well: with a status of 400 or more, wherever one is logged.
    pub refused: HashSet<String>,
    /// Lines that say nothing of a request, or are too long.
    pub unread: usize,
}

impl LoggedTargets {
    /// Reads a log whose lines may each have another form: common or combined
    /// (<https://httpd.apache.org/docs/current/logs.html#common>), JSON as nginx, Traefik and Caddy write it, or a URL or path
    /// alone. Hosts are passed over; `#` at the beginning of a line, or behind white space, begins a comment.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(mut log: impl BufRead) -> io::Result<Self> {
        let (mut targets, mut known) = (Self::default(), HashSet::new());
        let mut line = Vec::new();
        loop {
            line.clear();
            if io::Read::take(&mut log, MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
                return Ok(targets);
            }
            if line.len() as u64 == MAX_LINE_BYTES && !line.ends_with(b"\n") {
                log.skip_until(b'\n')?;
                targets.unread += 1;
                continue;
            }
            let text = String::from_utf8_lossy(&line);
            match LogLine::of(text.trim()) {
                LogLine::Get { target, status } => {
                    let is_refused = status.is_some_and(|status| status >= 400);
                    if known.insert(target.clone()) {
                        if is_refused {
                            targets.refused.insert(target.clone());
                        }
                        targets.all.push(target);
                    } else if !is_refused {
                        targets.refused.remove(&target);
                    }
                }
                LogLine::Other => {}
                LogLine::Unread => targets.unread += 1,
            }
        }
    }
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
enum LogLine {
    Get {
        target: String,
        /// What it was answered with, where that is logged.
        status: Option<u16>,
    },
    /// Another method, a comment or nothing.
    Other,
    Unread,
}

impl LogLine {
    fn of(line: &str) -> Self {
        if line.is_empty() || line.starts_with('#') {
            return Self::Other;
        }
        if line.starts_with('{') {
            return serde_json::from_str(line).ok().and_then(|line| Self::of_json(&line)).unwrap_or(Self::Unread);
        }
        // The request is the first thing in quotes.
        let mut quoted = line.split('"').skip(1);
        if let Some(request) = quoted.next() {
            let status = quoted.next().and_then(|rest| rest.split_whitespace().next()?.parse().ok());
            return Self::of_request(request, status).unwrap_or(Self::Unread);
        }
        let mut words = line.split_whitespace().take_while(|word| !word.starts_with('#'));
        match (words.next(), words.next()) {
            (Some(url), None) => target(url).map_or(Self::Unread, |target| Self::Get { target, status: None }),
            // The name of a picture may have spaces that nobody encoded.
            (Some(first), Some(_)) if target(first).is_some() => {
                let whole = target(line).map(|target| target.trim_end().to_owned());
                whole.map_or(Self::Unread, |target| Self::Get { target, status: None })
            }
            _ => Self::of_request(line, None).unwrap_or(Self::Unread),
        }
    }

    /// A request line: `GET /a.jpg HTTP/1.1`.
    fn of_request(line: &str, status: Option<u16>) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (method, url) = (words.next()?, words.next()?);
        let is_method = !method.is_empty() && method.bytes().all(|letter| letter.is_ascii_uppercase());
        is_method.then_some(())?;
        Some(if method == "GET" { Self::Get { target: target(url)?, status } } else { Self::Other })
    }

    fn of_json(line: &Value) -> Option<Self> {
        let text =
            |value: &Value, names: &[&str]| names.iter().find_map(|name| value.get(name)?.as_str()).map(str::to_owned);
        const METHODS: [&str; 5] = ["method", "request_method", "RequestMethod", "requestMethod", "verb"];
        // Those first that have the query wherever they are.
        const URLS: [&str; 8] =
            ["request_uri", "RequestPath", "requestUrl", "url", "uri", "target", "path", "requestPath"];
        const QUERIES: [&str; 4] = ["query", "query_string", "args", "uri_query"];
        const STATUSES: [&str; 5] = ["status", "DownstreamStatus", "status_code", "statusCode", "response_code"];
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        // Caddy has an object there, nginx the request line; Google Cloud has one by another name.
        let inner = ["request", "httpRequest"].into_iter().find_map(|name| line.get(name).filter(|it| it.is_object()));
        let inner = inner.unwrap_or(line);
        let status = |value: &Value| STATUSES.iter().find_map(|name| u16::try_from(number(value.get(name)?)?).ok());
        let status = status(line).or_else(|| status(inner));
        match text(inner, &URLS) {
            Some(url) if text(inner, &METHODS).is_none_or(|method| method == "GET") => {
                let query =
                    text(inner, &QUERIES).filter(|query| !matches!(query.as_str(), "" | "-") && !url.contains('?'));
                let query = query.map(|query| format!("?{}", query.trim_start_matches('?'))).unwrap_or_default();
                target(&format!("{url}{query}")).map(|target| Self::Get { target, status })
            }
            Some(_) => Some(Self::Other),
            None => Self::of_request(&text(line, &["request"])?, status),
        }
    }
}

/// The path and the query of a URL, or of what is a path already.
pub(super) fn target(url: &str) -> Option<String> {
    // What is behind it is never sent.
    let url = url.split('#').next().unwrap_or_default();
    if url.starts_with('/') && !url.starts_with("//") {
        return Some(url.to_owned());
    }
    let after = url.split_once("://").map(|(_, rest)| rest).or(url.strip_prefix("//"))?;
    let path = after.find(['/', '?']).and_then(|begin| after.get(begin..)).unwrap_or("/");
    Some(if path.starts_with('?') { format!("/{path}") } else { path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(log: &str) -> (Vec<String>, usize) {
        let targets = LoggedTargets::read(log.as_bytes()).unwrap();
        (targets.all, targets.unread)
    }

    #[test]
    fn each_form_of_a_log_is_read() {
        let log = r#"
            # a comment
            127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a.jpg?size=4 HTTP/1.0" 200 2326
            ::1 - bob [10/Oct/2000:13:55:36 -0700] "GET /b%20c.jpg HTTP/1.1" 200 1 "http://page/" "agent GET /no"
            {"request":"GET /c.jpg HTTP/1.1","status":200}
            {"request":{"method":"GET","uri":"/d.jpg?w=1","host":"x"},"status":200}
            {"RequestMethod":"GET","RequestPath":"/e.jpg","DownstreamStatus":200}
            {"request_method":"GET","uri":"/f.jpg","request_uri":"/f.jpg?w=2"}
            {"httpRequest":{"requestMethod":"GET","requestUrl":"https://x/j.jpg?w=3","status":200}}
            {"method":"GET","path":"/k.jpg","query":"w=4"}
            {"method":"GET","uri":"/l.jpg","args":"-"}
            https://cdn.example/g.jpg?h=2
            https://cdn.example
            //cdn.example?x=1
            /h.jpg
            GET /i.jpg
        "#;
        let expected = [
            "/a.jpg?size=4",
            "/b%20c.jpg",
            "/c.jpg",
            "/d.jpg?w=1",
            "/e.jpg",
            "/f.jpg?w=2",
            "/j.jpg?w=3",
            "/k.jpg?w=4",
            "/l.jpg",
            "/g.jpg?h=2",
            "/",
            "/?x=1",
            "/h.jpg",
            "/i.jpg",
        ];
        assert_eq!(read(log), (expected.map(str::to_owned).to_vec(), 0));
    }

    #[test]
    fn comments_end_lines_and_fragments_urls() {
        let log = "/a.jpg?w=4 # the cover\n/b.jpg#top\n# /c.jpg\n/d.jpg\t#x y z\n/e f.jpg # g\nhttps://x/h i.jpg?w=5\n";
        let expected = ["/a.jpg?w=4", "/b.jpg", "/d.jpg", "/e f.jpg", "/h i.jpg?w=5"];
        assert_eq!(read(log), (expected.map(str::to_owned).to_vec(), 0));
    }

    #[test]
    fn what_was_never_answered_well_is_known() {
        let log = r#"
            1.2.3.4 - - [x] "GET /a.jpg HTTP/1.1" 404 12 "-" "agent"
            1.2.3.4 - - [x] "GET /b.jpg HTTP/1.1" 503 12
            1.2.3.4 - - [x] "GET /b.jpg HTTP/1.1" 200 12
            {"request":"GET /c.jpg HTTP/1.1","status":"403"}
            {"request":{"uri":"/d.jpg"},"status":500}
            {"request":{"uri":"/e.jpg"},"status":304}
            /f.jpg
        "#;
        let mut refused: Vec<_> = LoggedTargets::read(log.as_bytes()).unwrap().refused.into_iter().collect();
        refused.sort();
        assert_eq!(refused, ["/a.jpg", "/c.jpg", "/d.jpg"]);
    }

    #[test]
    fn only_what_is_read_by_get_counts_and_each_once() {
        let log = "\"POST /a HTTP/1.1\"\n\"GET /b HTTP/1.1\"\n/b\n{\"method\":\"HEAD\",\"uri\":\"/c\"}\n";
        assert_eq!(read(log), (vec!["/b".to_owned()], 0));
    }

    #[test]
    fn what_says_nothing_is_counted() {
        let long = "x".repeat(MAX_LINE_BYTES as usize + 10);
        assert_eq!(read(&format!("nonsense\n{{]\n\"-\" 408\n{long}\n/a\n")), (vec!["/a".to_owned()], 4));
    }
}
