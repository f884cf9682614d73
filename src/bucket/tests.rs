use std::net::Ipv4Addr;
use std::sync::Mutex;

use object_store::memory::InMemory;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;

mod folders;

/// Remembers all that it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<StoreRequest>>);

impl Observer for Notes {
    fn observe(&self, request: &StoreRequest) {
        self.0.lock().unwrap().push(*request);
    }
}

impl Notes {
    /// Operation, outcome, bytes and retries of each request.
    fn told(&self) -> Vec<(StoreOperation, StoreOutcome, u64, u32)> {
        let requests = self.0.lock().unwrap();
        requests.iter().map(|told| (told.operation, told.outcome, told.bytes, told.retries)).collect()
    }
}

fn settings(timeout: Duration) -> (BucketSettings, Arc<Notes>) {
    let notes = Arc::new(Notes::default());
    let timeouts = StoreTimeouts { connect: timeout, read: timeout, total: timeout };
    let (name, user_agent) = (StoreName::Source, HeaderValue::from_static("test"));
    (BucketSettings { name, timeouts, user_agent, observer: Arc::clone(&notes) as _ }, notes)
}

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(200);

fn in_memory() -> Bucket {
    Bucket::over(Arc::new(InMemory::new()), settings(LONG).0)
}

fn in_folder() -> (Bucket, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = BucketUrl::parse(&format!("file://{}/objects", folder.path().display())).unwrap();
    (Bucket::open(&url, &CloudVariables::default(), settings(LONG).0).unwrap(), folder)
}

/// Runs each promise over memory and over a folder.
macro_rules! promises {
    ($($promise:ident,)+) => {
        mod over_memory { $( #[tokio::test] async fn $promise() { super::$promise(super::in_memory()).await } )+ }
        mod over_folder { $( #[tokio::test] async fn $promise() {
            let (bucket, _folder) = super::in_folder();
            super::$promise(bucket).await
        } )+ }
    };
}

promises! {
    what_was_put_is_got_with_what_was_said_of_it,
    a_part_is_got,
    conditions_are_about_versions,
    what_is_there_is_replaced_only_where_that_is_meant,
    what_is_not_there_is_missing,
    names_are_listed_below_a_prefix,
    a_trial_leaves_nothing_behind,
}

fn kind() -> ObjectKind {
    ObjectKind {
        content_type: Some("image/webp".to_owned()),
        cache_control: Some("max-age=5".to_owned()),
        metadata: vec![("checksum".to_owned(), "a1".to_owned()), ("version".to_owned(), "2".to_owned())],
    }
}

async fn put(bucket: &Bucket, name: &str, text: &'static str) {
    bucket.put(name, Bytes::from_static(text.as_bytes()), &kind(), true).await.unwrap();
}

async fn read(bucket: &Bucket, name: &str, query: GetQuery) -> Result<String, BucketError> {
    let (_, bytes) = bucket.read(name, &query, 1000).await?;
    Ok(String::from_utf8(bytes).unwrap())
}

async fn what_was_put_is_got_with_what_was_said_of_it(bucket: Bucket) {
    for name in ["a.webp", "a b/ü 100%.webp", "a#b?c+d&e.webp"] {
        put(&bucket, name, "text").await;
        let ObjectFound { head, range, body } = bucket.get(name, &GetQuery::default()).await.unwrap();
        assert_eq!((head.length, range, body.read().await.unwrap()), (4, 0..4, b"text".to_vec()), "{name}");
        assert_eq!((&head.kind, head.modified.is_some()), (&kind(), true), "{name}");
        assert_eq!(bucket.head(name).await.unwrap(), head, "{name}");
    }
}

async fn a_part_is_got(bucket: Bucket) {
    put(&bucket, "a", "0123456789").await;
    let part = |range| GetQuery { range: Some(range), ..GetQuery::default() };
    assert_eq!(read(&bucket, "a", part(2..5)).await.unwrap(), "234");
    assert_eq!(read(&bucket, "a", part(0..100)).await.unwrap(), "0123456789");
    let too_long = bucket.read("a", &GetQuery::default(), 9).await;
    assert_eq!(too_long, Err(BucketError::TooLong { limit: 9 }));
}

async fn conditions_are_about_versions(bucket: Bucket) {
    put(&bucket, "a", "one").await;
    let tag = bucket.head("a").await.unwrap().tag;
    let only = |tag: &str| GetQuery { if_match: Some(tag.to_owned()), ..GetQuery::default() };
    let unless = |tag: &str| GetQuery { if_none_match: Some(tag.to_owned()), ..GetQuery::default() };
    assert_eq!(read(&bucket, "a", only(&tag)).await.unwrap(), "one");
    assert_eq!(read(&bucket, "a", unless(&tag)).await, Err(BucketError::NotModified));
    put(&bucket, "a", "other").await;
    assert_eq!(read(&bucket, "a", only(&tag)).await, Err(BucketError::Precondition));
    assert_eq!(read(&bucket, "a", unless(&tag)).await.unwrap(), "other");
}

async fn what_is_there_is_replaced_only_where_that_is_meant(bucket: Bucket) {
    for (text, expected) in [("first", Ok(())), ("second", Err(BucketError::Exists))] {
        assert_eq!(bucket.put("a", Bytes::from_static(text.as_bytes()), &kind(), false).await, expected);
    }
    assert_eq!(read(&bucket, "a", GetQuery::default()).await.unwrap(), "first");
    put(&bucket, "a", "third").await;
    assert_eq!(read(&bucket, "a", GetQuery::default()).await.unwrap(), "third");
}

async fn what_is_not_there_is_missing(bucket: Bucket) {
    assert_eq!(bucket.head("a").await, Err(BucketError::Missing));
    assert_eq!(read(&bucket, "a", GetQuery::default()).await, Err(BucketError::Missing));
    assert_eq!(bucket.delete("a").await, Ok(()));
    put(&bucket, "a/b", "text").await;
    for name in ["a", "a/b/c", "../a/b", "a/../a/b"] {
        assert_eq!(bucket.head(name).await, Err(BucketError::Missing), "{name}");
    }
    bucket.delete("a/b").await.unwrap();
    assert_eq!(bucket.head("a/b").await, Err(BucketError::Missing));
}

async fn names_are_listed_below_a_prefix(bucket: Bucket) {
    assert_eq!(bucket.list("", 10).await, Ok(vec![]));
    for name in ["a/1", "a/2", "ab/3", "c"] {
        put(&bucket, name, "text").await;
    }
    let listed = async |prefix| {
        let mut names = bucket.list(prefix, 10).await.unwrap();
        names.sort();
        names
    };
    assert_eq!(listed("").await, ["a/1", "a/2", "ab/3", "c"]);
    assert_eq!(listed("a/").await, ["a/1", "a/2"]);
    assert_eq!(listed("b/").await, [""; 0]);
    assert_eq!(bucket.list("", 3).await.unwrap().len(), 3);
}

async fn a_trial_leaves_nothing_behind(bucket: Bucket) {
    let allowed = TrialOutcome::Allowed;
    assert_eq!(bucket.try_out().await, StoreTrial { read: allowed.clone(), list: allowed.clone(), write: allowed });
    assert_eq!(bucket.list("", 10).await, Ok(vec![]));
}

/// What a store answers; `None` is silence.
type Script = fn(usize, &str) -> Option<String>;

/// A store that answers as it is told, and the heads of what it was asked.
struct Scripted {
    bucket: Bucket,
    notes: Arc<Notes>,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn scripted(timeout: Duration, script: Script) -> Scripted {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&noted), script));
        }
    });
    let (settings, notes) = settings(timeout);
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "me"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "session"),
    ];
    let url = BucketUrl::parse("s3://bucket/in here").unwrap();
    let bucket = Bucket::open(&url, &CloudVariables::among(variables), settings).unwrap();
    Scripted { bucket, notes, asked }
}

async fn answer(stream: TcpStream, noted: Arc<Mutex<Vec<String>>>, script: Script) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.unwrap_or_default() == 0 {
            return;
        }
    }
    let number = {
        let mut noted = noted.lock().unwrap();
        noted.push(head.clone());
        noted.len() - 1
    };
    match script(number, &head) {
        Some(reply) => drop(stream.write_all(reply.as_bytes()).await),
        // Until the other side gives up.
        None => drop(stream.read_to_end(&mut Vec::new()).await),
    }
}

fn status(status: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()))
}

fn object(status: &str, headers: &str, length: usize, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"))
}

#[tokio::test]
async fn a_request_is_signed_and_names_what_is_meant() {
    let store = scripted(LONG, |_, _| object("200 OK", "ETag: \"1\"\r\n", 2, "ok")).await;
    assert_eq!(read(&store.bucket, "ü +#%.jpg", GetQuery::default()).await.unwrap(), "ok");
    let asked = store.asked.lock().unwrap()[0].clone();
    assert!(asked.starts_with("GET /bucket/in%20here/%C3%BC%20%2B%23%25.jpg HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("x-amz-security-token: session\r\n"), "{asked}");
    assert!(asked.contains("user-agent: test\r\n"), "{asked}");
    assert_eq!(store.notes.told(), [(StoreOperation::Get, StoreOutcome::Ok, 2, 0)]);
}

#[tokio::test]
async fn what_may_pass_is_asked_for_again_twice() {
    let store = scripted(LONG, |number, _| match number {
        0 => status("500 Internal Server Error", ""),
        1 => status("503 Slow Down", "<Error><Code>SlowDown</Code></Error>"),
        _ => object("200 OK", "ETag: \"1\"\r\n", 2, "ok"),
    })
    .await;
    assert_eq!(read(&store.bucket, "a", GetQuery::default()).await.unwrap(), "ok");
    assert_eq!(store.notes.told(), [(StoreOperation::Get, StoreOutcome::Ok, 2, 2)]);
    let store = scripted(LONG, |_, _| status("503 Slow Down", "<Error><Code>SlowDown</Code></Error>")).await;
    let expected = BucketError::Status { status: 503, code: Some("SlowDown".to_owned()) };
    assert_eq!(store.bucket.head("a").await, Err(BucketError::Status { status: 503, code: None }));
    assert_eq!(store.bucket.get("a", &GetQuery::default()).await.err(), Some(expected));
    let told = |operation| (operation, StoreOutcome::Status, 0, 2);
    assert_eq!(store.notes.told(), [told(StoreOperation::Head), told(StoreOperation::Get)]);
}

#[tokio::test]
async fn what_is_final_is_asked_once() {
    let denied = "<Error><Code>AccessDenied</Code><AWSAccessKeyId>me</AWSAccessKeyId></Error>";
    let refused = BucketError::Refused { status: 403, code: Some("AccessDenied".to_owned()) };
    let store = scripted(LONG, |number, _| {
        let denied = "<Error><Code>AccessDenied</Code><AWSAccessKeyId>me</AWSAccessKeyId></Error>";
        match number {
            0 => status("403 Forbidden", denied),
            1 => status("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>"),
            2 => status("412 Precondition Failed", ""),
            3 => Some("HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned()),
            4 => status("400 Bad Request", "<Error><Code>InvalidArgument</Code></Error>"),
            _ => Some(
                "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
                    .to_owned(),
            ),
        }
    })
    .await;
    assert!(!format!("{refused:?}").contains(denied));
    let bad = BucketError::Status { status: 400, code: Some("InvalidArgument".to_owned()) };
    let elsewhere = BucketError::Status { status: 307, code: None };
    for expected in [refused, BucketError::Missing, BucketError::Precondition, BucketError::NotModified, bad, elsewhere]
    {
        assert_eq!(store.bucket.get("a", &GetQuery::default()).await.err(), Some(expected));
    }
    assert_eq!(store.asked.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn silence_is_a_timeout_and_a_dead_store_is_none() {
    let store = scripted(SHORT, |_, _| None).await;
    let late = BucketError::Timeout { step: StoreStep::Head };
    assert_eq!(store.bucket.get("a", &GetQuery::default()).await.err(), Some(late));
    let dead = CloudVariables::among([
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", "me"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ]);
    let (settings, notes) = settings(LONG);
    let bucket = Bucket::open(&BucketUrl::parse("s3://bucket").unwrap(), &dead, settings).unwrap();
    assert!(matches!(bucket.head("a").await, Err(BucketError::Unreachable { .. })));
    assert_eq!(notes.told(), [(StoreOperation::Head, StoreOutcome::Unreachable, 0, 2)]);
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_told_as_such() {
    let is_broken = |error: &BucketError| matches!(error, BucketError::Broken { .. });
    let stalled = scripted(SHORT, |_, _| object("200 OK", "ETag: \"1\"\r\n", 10, "half")).await;
    let got = stalled.bucket.get("a", &GetQuery::default()).await.unwrap();
    assert!(is_broken(&got.body.read().await.unwrap_err()));
    let cut = scripted(LONG, |_, _| object("200 OK", "ETag: \"1\"\r\n", 10, "half")).await;
    assert!(is_broken(&read(&cut.bucket, "a", GetQuery::default()).await.unwrap_err()));
    assert_eq!(cut.notes.told(), [(StoreOperation::Get, StoreOutcome::Broken, 0, 2)]);
    let unmeasured =
        scripted(LONG, |_, _| Some("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nConnection: close\r\n\r\nok".to_owned())).await;
    assert!(is_broken(&read(&unmeasured.bucket, "a", GetQuery::default()).await.unwrap_err()));
    let untagged = scripted(LONG, |_, _| object("200 OK", "", 2, "ok")).await;
    assert_eq!(read(&untagged.bucket, "a", GetQuery::default()).await, Err(BucketError::NoTag));
    let part = GetQuery { range: Some(0..4), ..GetQuery::default() };
    let wrong =
        scripted(LONG, |_, _| object("206 Partial Content", "ETag: \"1\"\r\nContent-Range: bytes 0-3/9\r\n", 2, "ok"))
            .await;
    assert!(is_broken(&read(&wrong.bucket, "a", part).await.unwrap_err()));
}

#[tokio::test]
async fn a_store_without_ranges_or_conditions_is_understood() {
    let store = scripted(LONG, |_, _| object("200 OK", "ETag: \"1\"\r\n", 10, "0123456789")).await;
    let part = GetQuery { range: Some(0..4), ..GetQuery::default() };
    let ObjectFound { head, range, body } = store.bucket.get("a", &part).await.unwrap();
    assert_eq!((head.length, range, body.read().await.unwrap()), (10, 0..4, b"0123".to_vec()));
    let only = GetQuery { if_match: Some("\"2\"".to_owned()), ..GetQuery::default() };
    assert_eq!(store.bucket.get("a", &only).await.err(), Some(BucketError::Precondition));
    let unless = GetQuery { if_none_match: Some("\"1\"".to_owned()), ..GetQuery::default() };
    assert_eq!(store.bucket.get("a", &unless).await.err(), Some(BucketError::NotModified));
}

#[tokio::test]
async fn a_url_is_signed_for_a_while() {
    let store = scripted(LONG, |_, _| None).await;
    let url = store.bucket.signed_url("a b.jpg", Duration::from_secs(60)).await.unwrap();
    assert_eq!(url.path(), "/bucket/in%20here/a%20b.jpg");
    assert!(url.query_pairs().any(|(name, value)| name == "X-Amz-Expires" && value == "60"), "{url}");
    assert!(!url.as_str().contains("secret"));
}

#[tokio::test]
async fn two_who_write_to_one_folder_at_once_do_not_get_at_each_others_bytes() {
    let (first, folder) = in_folder();
    let url = BucketUrl::parse(&format!("file://{}/objects", folder.path().display())).unwrap();
    let second = Bucket::open(&url, &CloudVariables::default(), settings(LONG).0).unwrap();
    let kind = ObjectKind::default();
    let puts = (0..50).flat_map(|number| [(&first, "first", number), (&second, "second", number)]);
    let puts = puts.map(|(bucket, text, number)| {
        let kind = &kind;
        async move { bucket.put(&format!("{text}-{number}"), Bytes::from(text), kind, false).await }
    });
    futures_util::future::join_all(puts).await.into_iter().for_each(Result::unwrap);
    for number in 0..50 {
        for text in ["first", "second"] {
            assert_eq!(read(&second, &format!("{text}-{number}"), GetQuery::default()).await.unwrap(), text);
        }
    }
}
