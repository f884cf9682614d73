//! What is fetched by URL, besides what every source promises.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, header};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{FetchSettings, Timeouts};
use crate::request::{Generation, Reference, RemoteOrigins};
use crate::source::{Material, Original, RemoteSettings, RemoteSource, Source, SourceError, Step, UpstreamError};

const GIF: &[u8] = b"GIF89a\x01\0\x01\0";
const HOUR: Duration = Duration::from_secs(3600);

/// A server that answers a target as it is told to, and remembers the heads of requests.
struct Server {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(reply: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (address, heads) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let (heard, reply) = (Arc::clone(&heads), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (heard, reply) = (Arc::clone(&heard), Arc::clone(&reply));
                tokio::spawn(async move { answer(stream, &heard, reply.as_ref()).await });
            }
        });
        Self { address, heads }
    }

    /// One with the same picture under every target.
    async fn of(headers: &'static str) -> Self {
        Self::start(move |_| found(headers)).await
    }

    fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    fn targets(&self) -> Vec<String> {
        self.heads().iter().map(|head| head.split(' ').nth(1).unwrap().to_owned()).collect()
    }
}

/// Answers one request, and closes the connection; where there is no answer, it stays open for as long as the other waits.
async fn answer(stream: TcpStream, heads: &Mutex<Vec<String>>, reply: &(dyn Fn(&str) -> Vec<u8> + Sync)) {
    let mut stream = BufReader::new(stream);
    let (mut head, mut line) = (String::new(), String::new());
    while stream.read_line(&mut line).await.is_ok_and(|count| count > 2) {
        head.push_str(&line);
        line.clear();
    }
    let Some(target) = head.split(' ').nth(1).map(str::to_owned) else { return };
    heads.lock().unwrap().push(head);
    let bytes = reply(&target);
    if bytes.is_empty() {
        let _ = stream.read_line(&mut line).await;
    }
    let _ = stream.write_all(&bytes).await;
}

fn with(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn found(headers: &str) -> Vec<u8> {
    with("200 OK", headers, GIF)
}

fn led_to(location: &str) -> Vec<u8> {
    with("302 Found", &format!("Location: {location}\r\n"), b"")
}

/// A source for a list, and the list.
struct Remote {
    source: RemoteSource,
    origins: RemoteOrigins,
}

fn settings(origins: &str) -> RemoteSettings {
    let long = Duration::from_secs(60);
    RemoteSettings {
        origins: RemoteOrigins::parse(origins).unwrap(),
        headers: HeaderMap::new(),
        fetching: FetchSettings {
            max_bytes: 1000,
            max_fetches: 4,
            timeouts: Timeouts { connect: long, read: long, total: long },
            time_to_live: HOUR,
            missing_time_to_live: HOUR,
            allow_private: true,
            user_agent: HeaderValue::from_static("test"),
        },
    }
}

impl Remote {
    fn new(settings: RemoteSettings) -> Self {
        let origins = settings.origins.clone();
        Self { source: RemoteSource::new(settings).unwrap(), origins }
    }

    /// For all of one server.
    fn of(server: &Server) -> Self {
        Self::new(settings(&server.url("")))
    }

    async fn find_since(&self, url: &str, generation: Generation) -> Result<Original, SourceError> {
        let reference = Reference::Url(self.origins.admit(url).unwrap());
        self.source.find(&reference, generation).await
    }

    async fn find(&self, url: &str) -> Result<Original, SourceError> {
        self.find_since(url, Generation::NONE).await
    }

    async fn read(&self, url: &str) -> Result<Vec<u8>, SourceError> {
        match self.find(url).await?.material().await? {
            Material::Memory(bytes) => Ok(bytes.into()),
            Material::File(file) => panic!("{file:?}"),
        }
    }

    async fn failure(&self, url: &str) -> UpstreamError {
        match self.read(url).await {
            Err(SourceError::Remote(error)) => error,
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn redirects_are_followed_within_the_list_and_three_at_most() {
    let other = Server::of("").await;
    let (listed, beside) = (other.url("/img/a?signed=1"), other.url("/out/a"));
    let server = Server::start(move |target| match target {
        "/in/4" => led_to("/in/3"),
        "/in/3" => led_to("2?b=c"),
        "/in/2?b=c" => led_to("/in/1"),
        "/in/1" => led_to(&listed),
        "/in/beside" => led_to(&beside),
        "/in/up" => led_to("/in/%2e%2e/"),
        _ => found(""),
    })
    .await;
    let remote = Remote::new(settings(&[server.url("/in"), other.url("/img")].join(",")));
    assert_eq!(remote.read(&server.url("/in/3")).await.unwrap(), GIF);
    assert_eq!(server.targets(), ["/in/3", "/in/2?b=c", "/in/1"]);
    assert_eq!(other.targets(), ["/img/a?signed=1"]);
    for target in ["/in/4", "/in/beside", "/in/up"] {
        let error = remote.failure(&server.url(target)).await;
        assert!(matches!(error, UpstreamError::Status { status: 302, .. }), "{target}: {error:?}");
    }
    assert_eq!(other.targets(), ["/img/a?signed=1"]);
    assert!(!server.targets().contains(&"/".to_owned()));
}

#[tokio::test]
async fn what_is_not_public_is_not_asked_unless_that_is_allowed() {
    let server = Server::of("").await;
    let port = server.address.port();
    let urls = ["127.0.0.1", "2130706433", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0"]
        .map(|host| format!("http://{host}:{port}/a.gif"));
    let list = format!("127.0.0.1:{port},localhost:{port},[::1]:{port},[::ffff:7f00:1]:{port},0.0.0.0:{port}");
    let strict = settings(&list);
    let fetching = FetchSettings { allow_private: false, ..strict.fetching.clone() };
    let remote = Remote::new(RemoteSettings { fetching, ..strict });
    for url in &urls {
        let error = remote.failure(url).await;
        assert!(matches!(error, UpstreamError::NotPublic { .. }), "{url}: {error:?}");
    }
    assert_eq!(server.targets(), [""; 0]);
    assert_eq!(remote.source.check_hosts().await.len(), 5);
    let allowed = Remote::new(settings(&list));
    assert_eq!(allowed.read(&urls[1]).await.unwrap(), GIF);
    assert_eq!(allowed.source.check_hosts().await, []);
}

#[tokio::test]
async fn headers_of_the_operator_go_to_the_list_and_credentials_to_no_other_origin() {
    let other = Server::of("").await;
    let elsewhere = other.url("/b");
    let server = Server::start(move |target| if target == "/led" { led_to(&elsewhere) } else { found("") }).await;
    let mut settings = settings(&[server.url(""), other.url("")].join(","));
    settings.headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer secret"));
    settings.headers.insert("x-of-operator", HeaderValue::from_static("kept"));
    let remote = Remote::new(settings);
    remote.read(&server.url("/a")).await.unwrap();
    remote.read(&server.url("/led")).await.unwrap();
    for head in server.heads() {
        assert!(
            head.contains("authorization: Bearer secret\r\n") && head.contains("x-of-operator: kept\r\n"),
            "{head}"
        );
        assert!(head.contains("accept-encoding: identity\r\n") && head.contains("user-agent: test\r\n"), "{head}");
    }
    let [head] = &other.heads()[..] else { panic!("{:?}", other.heads()) };
    assert!(!head.contains("secret") && head.contains("x-of-operator: kept\r\n"), "{head}");
}

#[tokio::test]
async fn what_is_missing_is_told_from_what_is_refused_and_is_asked_for_once() {
    let server = Server::start(|target| with(target.trim_start_matches('/'), "", b"")).await;
    let remote = Remote::of(&server);
    for status in ["404", "410", "403", "500"] {
        for _ in 0..2 {
            let error = remote.find(&server.url(&format!("/{status}"))).await.unwrap_err();
            match status {
                "404" | "410" => {
                    assert!(matches!(error, SourceError::NotFound) && error.status().is_none(), "{error:?}")
                }
                status => assert_eq!(error.status().map(|status| status.to_string()).as_deref(), Some(status)),
            }
        }
    }
    assert_eq!(server.targets(), ["/404", "/410", "/403", "/403", "/500", "/500"]);
}

#[tokio::test]
async fn a_version_is_believed_for_its_time_and_asked_for_anew_after_a_purge() {
    let server = Server::of("ETag: \"1\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n").await;
    let remote = Remote::of(&server);
    let url = server.url("/a.gif?size=1");
    let [first, second] = [remote.find(&url).await.unwrap(), remote.find(&url).await.unwrap()];
    assert!(first.stamp == second.stamp && first.modified.is_some());
    assert_eq!(server.targets().len(), 1);
    remote.find_since(&url, Generation::new(1).unwrap()).await.unwrap();
    assert_eq!(server.targets(), ["/a.gif?size=1"; 2]);
    assert!(!server.heads()[1].contains("if-none-match"), "{}", server.heads()[1]);
    // The query is part of what is meant.
    remote.find(&server.url("/a.gif?size=2")).await.unwrap();
    assert_eq!(server.targets().len(), 3);
}

#[tokio::test]
async fn what_is_known_is_asked_for_on_condition() {
    let server = Server::of("ETag: \"1\"\r\nCache-Control: max-age=0\r\n").await;
    let remote = Remote::of(&server);
    for _ in 0..2 {
        assert_eq!(remote.read(&server.url("/a.gif")).await.unwrap(), GIF);
    }
    let heads = server.heads();
    assert!(heads.len() == 2 && heads[1].contains("if-none-match: \"1\"\r\n"), "{heads:?}");
}

#[tokio::test]
async fn a_crowd_shares_one_fetch() {
    let server = Server::of("ETag: \"1\"\r\n").await;
    let remote = Remote::of(&server);
    let url = server.url("/a.gif");
    let crowd = join_all((0..20).map(|_| remote.read(&url))).await;
    assert!(crowd.into_iter().all(|read| read.unwrap() == GIF));
    assert_eq!(server.targets(), ["/a.gif"]);
}

#[tokio::test]
async fn what_is_too_large_too_late_or_out_of_reach_is_told() {
    let server = Server::start(|target| match target {
        "/declared" => with("200 OK", "", &[0; 1001]),
        "/undeclared" => [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", &[0; 1001][..]].concat(),
        _ => Vec::new(),
    })
    .await;
    let unheard = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let closed = unheard.local_addr().unwrap();
    drop(unheard);
    let list = format!("{},http://{closed}", server.url(""));
    let remote = Remote::new(settings(&list));
    for target in ["/declared", "/undeclared"] {
        let error = remote.failure(&server.url(target)).await;
        assert!(matches!(error, UpstreamError::TooLarge { limit: 1000 }), "{target}: {error:?}");
    }
    let mut hasty = settings(&list);
    hasty.fetching.timeouts.read = Duration::from_millis(10);
    let error = Remote::new(hasty).failure(&server.url("/silent")).await;
    assert!(matches!(error, UpstreamError::Timeout { step: Step::Answering }), "{error:?}");
    let error = remote.failure(&format!("http://{closed}/a.gif?token=secret")).await;
    assert!(matches!(error, UpstreamError::Unreachable { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
}
