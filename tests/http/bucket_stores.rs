//! Originals in the stores of others, where `make stores` has installed them: moto's S3 and Azurite's blobs.

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use image_proxy::bucket::{
    Bucket, BucketSettings, BucketUrl, CloudVariables, ObjectKind, Observer, StoreName, StoreRequest, StoreTimeouts,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::client::Pending;
use crate::foreign::Foreign;
use crate::picfit_changes;
use crate::pictures::{photo, plain};
use crate::server::{Place, Server};

/// Far above what starting takes, even on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);
/// The account that every Azurite has, and its key, which its documentation tells.
const AZURITE_ACCOUNT: &str = "devstoreaccount1";
const AZURITE_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Makes a container in Azurite, which takes a signature to do.
const MAKE_CONTAINER: &str = r#"
const [port, account, key, container] = process.argv.slice(1);
const version = "2021-08-06", date = new Date().toUTCString();
const resource = `/${account}/${account}/${container}\nrestype:container`;
const text = `PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:${date}\nx-ms-version:${version}\n${resource}`;
const signature = require("crypto").createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
const headers = { "x-ms-date": date, "x-ms-version": version, "content-length": 0,
    authorization: `SharedKey ${account}:${signature}` };
const path = `/${account}/${container}?restype=container`;
require("http").request({ host: "127.0.0.1", port, method: "PUT", path, headers }, (answer) => {
    answer.resume();
    process.exitCode = answer.statusCode === 201 ? 0 : 1;
}).end();
"#;

/// Starts a store; `None` where `make stores` has not installed it.
fn installed(path: &str, arguments: impl Fn(SocketAddr) -> Vec<String>) -> Option<Foreign> {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"));
    Foreign::start(&format!("{path} (make stores)"), "KILL", |address| {
        let mut command = Command::new(target.join("stores").join(path));
        command.args(arguments(address)).stderr(Stdio::null());
        command
    })
}

struct Unheard;

impl Observer for Unheard {
    fn observe(&self, _: &StoreRequest) {}
}

/// A bucket in a store of others, and the variables that lead the program there.
struct Pictures {
    bucket: Bucket,
    runtime: Runtime,
    variables: Vec<(&'static str, String)>,
    _store: Foreign,
}

impl Pictures {
    fn open(store: Foreign, url: &'static str, variables: Vec<(&'static str, String)>) -> Self {
        let timeouts = StoreTimeouts { connect: PATIENCE, read: PATIENCE, total: PATIENCE };
        let (name, user_agent) = (StoreName::Source, HeaderValue::from_static("test"));
        let settings = BucketSettings { name, timeouts, user_agent, observer: Arc::new(Unheard) };
        let cloud = CloudVariables::among(variables.iter().map(|(name, value)| (*name, value.as_str())));
        let bucket = Bucket::open(&BucketUrl::parse(url).unwrap(), &cloud, settings).unwrap();
        let own = [("IMAGE_PROXY_ROOT_URL", url.to_owned()), ("IMAGE_PROXY_ROOT_PATH", String::new())];
        let variables = own.into_iter().chain(variables).collect();
        Self { bucket, runtime: Runtime::new().unwrap(), variables, _store: store }
    }

    fn in_moto() -> Option<Self> {
        let arguments = |address: SocketAddr| ["-H", "127.0.0.1", "-p", &address.port().to_string()].map(str::to_owned);
        let store = installed("moto/bin/moto_server", |address| arguments(address).to_vec())?;
        let made = Pending::send(store.address, "PUT", "/pictures", &[("Content-Length", "0")]).answer();
        assert_eq!(made.status, 200, "{}", made.text());
        let variables = vec![
            ("AWS_ENDPOINT_URL", format!("http://{}", store.address)),
            ("AWS_ACCESS_KEY_ID", "testing".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "testing".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ];
        Some(Self::open(store, "s3://pictures/in here", variables))
    }

    fn in_azurite() -> Option<Self> {
        let store = installed("azurite/node_modules/.bin/azurite-blob", |address| {
            let port = address.port().to_string();
            let arguments = ["--inMemoryPersistence", "--disableTelemetry", "--silent", "--blobHost", "127.0.0.1"];
            [&arguments[..], &["--blobPort", &port]].concat().iter().map(|argument| (*argument).to_owned()).collect()
        })?;
        let port = store.address.port().to_string();
        let mut node = Command::new("node");
        node.args(["-e", MAKE_CONTAINER, "--", &port, AZURITE_ACCOUNT, AZURITE_KEY, "pictures"]);
        assert!(node.status().unwrap().success());
        let variables = vec![
            ("AZURE_STORAGE_ACCOUNT_NAME", AZURITE_ACCOUNT.to_owned()),
            ("AZURE_STORAGE_ACCOUNT_KEY", AZURITE_KEY.to_owned()),
            ("AZURE_STORAGE_ENDPOINT", format!("http://{}/{AZURITE_ACCOUNT}", store.address)),
        ];
        Some(Self::open(store, "az://pictures/in here", variables))
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let kind = ObjectKind::default();
        self.runtime.block_on(self.bucket.put(name, Bytes::copy_from_slice(bytes), &kind, true)).unwrap();
    }

    fn variables(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn serve(&self, variables: &[(&str, &str)]) -> Server {
        Place::new().serve(&[&self.variables()[..], variables].concat())
    }
}

/// Runs each promise in each store.
macro_rules! promises {
    ($($promise:ident,)+) => {
        mod moto { $( #[test] fn $promise() { super::Pictures::in_moto().iter().for_each(super::$promise) } )+ }
        mod azurite { $( #[test] fn $promise() { super::Pictures::in_azurite().iter().for_each(super::$promise) } )+ }
    };
}

promises! {
    an_original_is_served_untouched_and_changed,
    names_of_any_kind_are_found_as_they_are,
    what_changes_is_seen,
    a_folder_is_listed_with_what_may_be_served,
    a_trial_tells_what_may_be_done,
    a_bucket_that_is_not_there_is_a_bad_gateway,
    uploads_are_kept_once_and_deleted,
}

fn an_original_is_served_untouched_and_changed(pictures: &Pictures) {
    let whole = photo("nature/dandelion.jpg");
    pictures.put("a.jpg", &whole);
    let server = pictures.serve(&[]);
    let answer = server.get("/a.jpg");
    assert_eq!((answer.status, answer.body == whole), (200, true));
    let tag = answer.header("etag").unwrap();
    assert_eq!(server.get_with("/a.jpg", &[("If-None-Match", &tag)]).status, 304);
    for range in [0..10, 100_000..100_010, whole.len() - 3..whole.len()] {
        let part = server.get_with("/a.jpg", &[("Range", &format!("bytes={}-{}", range.start, range.end - 1))]);
        assert_eq!((part.status, &part.body[..]), (206, &whole[range]));
    }
    let head = server.ask("HEAD", "/a.jpg", &[]);
    assert_eq!((head.status, head.header("content-length")), (200, Some(whole.len().to_string())));
    let filed = Place::with(&[("a.jpg", &whole)]).serve(&[]).get("/a.jpg?size=100&format=webp");
    assert!(server.get("/a.jpg?size=100&format=webp").body == filed.body);
    assert_eq!(server.get("/missing.jpg").status, 404);
}

fn names_of_any_kind_are_found_as_they_are(pictures: &Pictures) {
    let names =
        ["a b.png", "100%.png", "ü/é.png", "a#b.png", "a+b.png", "a%20b.png", "a&b=c?.png", "日本.png", "~x.png"];
    for (number, name) in (0..).zip(names) {
        pictures.put(name, &plain([number, 2, 3]));
    }
    let server = pictures.serve(&[]);
    for (number, name) in (0..).zip(names) {
        let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC).to_string().replace("%2F", "/");
        let answer = server.get(&format!("/{encoded}"));
        assert_eq!((answer.status, answer.body == plain([number, 2, 3])), (200, true), "{name}");
    }
}

fn what_changes_is_seen(pictures: &Pictures) {
    pictures.put("a.png", &plain([1, 2, 3]));
    let server = pictures.serve(&[("IMAGE_PROXY_BUCKET_TTL", "0s"), ("IMAGE_PROXY_BUCKET_MISSING_TTL", "0s")]);
    let first = server.get("/a.png?size=10");
    assert_eq!(server.get("/a.png?size=10").header("etag"), first.header("etag"));
    let renewed = server.metric("image_proxy_store_requests_total", &["outcome=\"not_modified\""]);
    assert_eq!(renewed, 1.0);
    pictures.put("a.png", &plain([200, 2, 3]));
    assert_ne!(server.get("/a.png?size=10").header("etag"), first.header("etag"));
    pictures.runtime.block_on(pictures.bucket.delete("a.png")).unwrap();
    assert_eq!(server.get("/a.png").status, 404);
    pictures.runtime.block_on(pictures.bucket.delete("a.png")).unwrap();
}

fn a_folder_is_listed_with_what_may_be_served(pictures: &Pictures) {
    for name in ["b ü.png", "a.png", "sub/c.png", "sub/deep/d.png", "other/e.png", ".hidden.png"] {
        pictures.put(name, &plain([1, 2, 3]));
    }
    pictures.put("text.txt", b"no picture");
    let server = pictures.serve(&[("IMAGE_PROXY_PLAYGROUND", "true")]);
    let listed = |folder: &str| {
        let answer = server.get(&format!("/_/files?folder={folder}"));
        let listing: Value = serde_json::from_slice(&answer.body).unwrap();
        let paths = |kind: &str| {
            let entries = listing[kind].as_array().unwrap();
            entries.iter().map(|entry| entry["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        (paths("folders"), paths("files"))
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(listed(""), (names(&["other", "sub"]), names(&["a.png", "b ü.png"])));
    assert_eq!(listed("sub"), (names(&["sub/deep"]), names(&["sub/c.png"])));
    assert_eq!(server.get("/_/files?folder=missing").status, 404);
}

fn a_trial_tells_what_may_be_done(pictures: &Pictures) {
    pictures.put("a.png", &plain([1, 2, 3]));
    let output = Place::new().command(&pictures.variables()).arg("--check-config").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in ["read ok", "list ok", "write ok"] {
        assert!(text.lines().any(|said| said == format!("IMAGE_PROXY_ROOT_URL: {line}")), "{text}");
    }
    assert_eq!(output.status.code(), Some(0));
    assert!(!text.contains(AZURITE_KEY), "{text}");
    assert_eq!(pictures.runtime.block_on(pictures.bucket.list("", 10)).unwrap(), ["a.png"]);
}

fn a_bucket_that_is_not_there_is_a_bad_gateway(pictures: &Pictures) {
    let elsewhere: Vec<_> = pictures
        .variables()
        .into_iter()
        .map(|(name, value)| (name, value.replace("//pictures", "//nowhere")))
        .collect();
    let elsewhere: Vec<_> = elsewhere.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = Place::new().serve(&elsewhere);
    assert_eq!(server.get("/a.png").status, 502);
    let output = Place::new().command(&elsewhere).arg("--check-config").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

/// As picfit has them, in a store that its own configuration does not name.
fn uploads_are_kept_once_and_deleted(pictures: &Pictures) {
    let place = Place::new();
    let options = r#"{"options": {"enable_upload": true, "enable_delete": true, "enable_cascade_delete": true}}"#;
    std::fs::write(place.work().join("config.json"), options).unwrap();
    let url = pictures.variables().iter().find(|(name, _)| *name == "IMAGE_PROXY_ROOT_URL").unwrap().1;
    let own = [
        ("IMAGE_PROXY_DIALECTS", "picfit=/img"),
        ("IMAGE_PROXY_PICFIT_CONFIG", "config.json"),
        ("IMAGE_PROXY_DEPOSIT_PATH", url),
        ("IMAGE_PROXY_BUCKET_TTL", "0s"),
        ("IMAGE_PROXY_BUCKET_MISSING_TTL", "0s"),
    ];
    let server = place.serve(&[&pictures.variables()[..], &own].concat());
    let shown = "/img/display/resize/10x10/deep/a.png";
    assert_eq!(server.get(shown).status, 404);
    let upload = |target: &str, colour: [u8; 3]| {
        picfit_changes::upload(&server, target, "data", "deep/a.png", &plain(colour)).status
    };
    assert_eq!(upload("/img/upload", [1, 2, 3]), 200);
    assert!(server.get("/deep/a.png").body == plain([1, 2, 3]));
    assert_eq!(server.get(shown).status, 200);
    assert_eq!(upload("/img/upload", [4, 5, 6]), 409, "never over another");
    assert!(server.get("/deep/a.png").body == plain([1, 2, 3]));
    assert_eq!(upload("/img/upload?force=1", [4, 5, 6]), 200);
    assert!(server.get("/deep/a.png").body == plain([4, 5, 6]));
    assert_eq!(server.ask("DELETE", "/img/deep/a.png", &[]).status, 200);
    assert_eq!([server.get("/deep/a.png").status, server.get(shown).status], [404; 2]);
    assert_eq!(server.ask("DELETE", "/img/deep/a.png", &[]).status, 404);
}

/// The configuration of picfit alone says where originals are, and where renditions go.
fn picfit_serves_and_stores_in_the_buckets_of_its_configuration(pictures: &Pictures, endpoint: &str) {
    let section = |location: &str| {
        serde_json::json!({
            "type": "s3", "bucket_name": "pictures", "location": location, "region": "us-east-1", "endpoint": endpoint,
            "access_key_id": "testing", "secret_access_key": "testing", "base_url": format!("{endpoint}/pictures/{location}"),
        })
    };
    let config = serde_json::json!({ "storage": { "src": section("in here"), "dst": section("made") } });
    let place = Place::new();
    std::fs::write(place.work().join("config.json"), config.to_string()).unwrap();
    pictures.put("a.png", &plain([1, 2, 3]));
    let mut command =
        place.command(&[("IMAGE_PROXY_DIALECTS", "picfit=/img"), ("IMAGE_PROXY_PICFIT_CONFIG", "config.json")]);
    command.env_remove("IMAGE_PROXY_ROOT_PATH");
    let server = place.serve_command(command);
    let shown = server.get("/img/display/resize/10x10/a.png");
    assert_eq!(shown.status, 200, "{}", shown.text());
    let led = server.get("/img/redirect/resize/10x10/a.png");
    let location = led.header("location").unwrap_or_default();
    assert_eq!(led.status, 301, "{}", led.text());
    let told: Value = serde_json::from_slice(&server.get("/img/get/resize/10x10/a.png").body).unwrap();
    let filename = told["filename"].as_str().unwrap();
    assert_eq!(told["url"], format!("{endpoint}/pictures/made/{filename}"));
    assert_eq!(
        (location, &told["path"]),
        (told["url"].as_str().unwrap().to_owned(), &format!("made/{filename}").into())
    );
    assert_eq!(server.get("/img/get/resize/10x10/missing.png").status, 404);
    let stored = pictures.serve(&[("IMAGE_PROXY_ROOT_URL", "s3://pictures/made")]).get(&format!("/{filename}"));
    assert_eq!((stored.status, stored.body == shown.body), (200, true));
}

#[test]
fn picfit_needs_no_more_than_its_own_configuration_of_s3() {
    if let Some(pictures) = Pictures::in_moto() {
        let endpoint = pictures.variables().iter().find(|(name, _)| *name == "AWS_ENDPOINT_URL").unwrap().1.to_owned();
        picfit_serves_and_stores_in_the_buckets_of_its_configuration(&pictures, &endpoint);
    }
}
