//! Changes of the folder are noticed and told by a webhook; whether that works or not, answers are right.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::pictures::{original, plain};
use crate::server::{Place, Server};

const WATCH: (&str, &str) = ("IMAGE_PROXY_WATCH", "true");
/// Far above what the system takes to tell of a change.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came to the webhook.
#[derive(Debug, Clone)]
struct Told {
    head: String,
    body: String,
    at: Instant,
}

/// A webhook that answers with one status after another, and with the last one from then on.
struct Listener {
    address: SocketAddr,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Listener {
    /// An empty status closes the connection without an answer.
    fn start(statuses: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (mut reader, mut head, mut length) =
                    (BufReader::new(stream.try_clone().unwrap()), String::new(), 0);
                while reader.read_line(&mut head).unwrap() > 2 {
                    let line = head.lines().last().unwrap().to_ascii_lowercase();
                    length = line.strip_prefix("content-length: ").map_or(length, |length| length.parse().unwrap());
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let body = String::from_utf8(body).unwrap();
                let mut told = telling.lock().unwrap();
                told.push(Told { head, body, at: Instant::now() });
                let status = statuses[(told.len() - 1).min(statuses.len() - 1)];
                if !status.is_empty() {
                    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        Self { address, told }
    }

    fn url(&self, credentials: &str) -> String {
        format!("http://{credentials}{}/hook/secret?token=secret", self.address)
    }

    fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// All paths that were told since the last time that somebody asked.
    fn paths(&self) -> BTreeSet<String> {
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        told.iter().flat_map(|told| paths_in(&told.body)).collect()
    }

    /// Waits until exactly these have been told, in however many requests.
    fn await_paths(&self, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|path| (*path).to_owned()).collect();
        let (started, mut paths) = (Instant::now(), BTreeSet::new());
        while !paths.is_superset(&expected) {
            assert!(started.elapsed() < PATIENCE, "expected {expected:?}, got {paths:?}");
            paths.extend(self.paths());
            thread::yield_now();
        }
        assert_eq!(paths, expected);
    }

    fn serve(&self, place: &Place) -> Server {
        place.serve(&[WATCH, ("IMAGE_PROXY_CHANGE_WEBHOOK", &self.url(""))])
    }
}

fn paths_in(body: &str) -> Vec<String> {
    let mut document: serde_json::Value = serde_json::from_str(body).unwrap();
    let paths = document.as_object_mut().unwrap().remove("paths").unwrap();
    assert_eq!(document, serde_json::json!({}), "nothing else is told");
    serde_json::from_value(paths).unwrap()
}

#[test]
fn every_change_of_a_picture_is_told_by_its_path() {
    let place = Place::with(&[("old.png", plain([1; 3])), ("a/b.png", plain([1; 3]))]);
    let listener = Listener::start(&["204 No Content"]);
    let _server = listener.serve(&place);
    let root = place.root();
    place.put("a b+ü%.png", plain([2; 3]));
    listener.await_paths(&["/a b+ü%.png"]);
    place.put("old.png", plain([3; 3]));
    listener.await_paths(&["/old.png"]);
    fs::rename(root.join("old.png"), root.join("a/new.png")).unwrap();
    listener.await_paths(&["/old.png", "/a/new.png"]);
    fs::remove_file(root.join("a/new.png")).unwrap();
    listener.await_paths(&["/a/new.png"]);
    symlink("b.png", root.join("a/link.png")).unwrap();
    fs::hard_link(root.join("a/b.png"), root.join("a/second.png")).unwrap();
    listener.await_paths(&["/a/link.png", "/a/second.png"]);
    // As those write who never show half of a file.
    fs::write(root.join("a/.b.png.tmp"), plain([4; 3])).unwrap();
    fs::rename(root.join("a/.b.png.tmp"), root.join("a/b.png")).unwrap();
    listener.await_paths(&["/a/b.png"]);
}

#[test]
fn new_folders_are_watched_and_those_that_move_are_told_with_what_is_in_them() {
    let place = Place::with(&[("a/b/c.png", plain([1; 3])), ("a/d.png", plain([1; 3]))]);
    let listener = Listener::start(&["200 OK"]);
    let _server = listener.serve(&place);
    let root = place.root();
    // In one go, before anybody can watch them.
    place.put("x/y/z.png", plain([2; 3]));
    listener.await_paths(&["/x/y/z.png"]);
    place.put("x/y/later.png", plain([2; 3]));
    listener.await_paths(&["/x/y/later.png"]);
    fs::rename(root.join("a"), root.join("e")).unwrap();
    listener.await_paths(&["/a/b/c.png", "/a/d.png", "/e/b/c.png", "/e/d.png"]);
    place.put("e/b/f.png", plain([2; 3]));
    listener.await_paths(&["/e/b/f.png"]);
    // Out of the root nobody knows what was in it.
    fs::rename(root.join("e"), place.outside().join("e")).unwrap();
    listener.await_paths(&["/e/"]);
    fs::write(place.outside().join("e/d.png"), plain([3; 3])).unwrap();
    fs::rename(place.outside().join("e"), root.join("g")).unwrap();
    listener.await_paths(&["/g/b/c.png", "/g/b/f.png", "/g/d.png"]);
    fs::remove_dir_all(root.join("x")).unwrap();
    listener.await_paths(&["/x/y/later.png", "/x/y/z.png"]);
}

#[test]
fn many_changes_at_once_are_told_in_few_requests() {
    let place = Place::new();
    let listener = Listener::start(&["200 OK"]);
    let _server = listener.serve(&place);
    let names: Vec<_> = (0..60).map(|number| format!("a/{number}.png")).collect();
    names.iter().for_each(|name| drop(place.put(name, plain([1; 3]))));
    let (started, mut paths) = (Instant::now(), BTreeSet::new());
    while paths.len() < names.len() {
        assert!(started.elapsed() < PATIENCE, "{paths:?}");
        paths = listener.told().iter().flat_map(|told| paths_in(&told.body)).collect();
        thread::yield_now();
    }
    let told = listener.told();
    assert!(told.len() <= 12, "{} requests", told.len());
    for Told { head, .. } in told {
        assert!(head.starts_with("POST /hook/secret?token=secret HTTP/1.1\r\n"), "{head}");
        assert!(head.to_ascii_lowercase().contains("content-type: application/json\r\n"), "{head}");
    }
}

#[test]
fn who_does_not_hear_is_told_again_and_nothing_secret_is_said_of_it() {
    let place = Place::new();
    let listener = Listener::start(&["", "500 Internal Server Error", "302 Found", "200 OK"]);
    let url = listener.url("me:secret@");
    let settings = [WATCH, ("IMAGE_PROXY_CHANGE_WEBHOOK", &*url), ("RUST_LOG", "trace")];
    let check = place.command(&settings).arg("--check-config").output().unwrap();
    let server = place.serve(&settings);
    place.put("a.png", plain([1; 3]));
    let started = Instant::now();
    while listener.told().len() < 4 {
        assert!(started.elapsed() < PATIENCE);
        thread::yield_now();
    }
    let told = listener.told();
    assert!(told.iter().all(|told| told.body == r#"{"paths":["/a.png"]}"#), "{told:?}");
    assert!(told[2].at.duration_since(told[0].at) < Duration::from_secs(20));
    let basic = "authorization: basic bwu6c2vjcmv0\r\n";
    assert!(told.iter().all(|told| told.head.to_ascii_lowercase().contains(basic)), "{told:?}");
    server.log_line("it answered with status 500");
    let printed = [String::from_utf8(check.stdout).unwrap(), server.stop().join("\n")];
    let host = format!("http://{}/…", listener.address);
    for text in printed {
        assert!(!text.contains("secret") && !text.contains("me:") && text.contains(&host), "{text}");
    }
}

#[test]
fn a_folder_that_is_replaced_may_have_changed_in_everything() {
    let place = Place::new();
    let [first, second] = ["first", "second"].map(|name| place.outside().join(name));
    for (folder, colour) in [(&first, 1), (&second, 2)] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("a.png"), plain([colour; 3])).unwrap();
    }
    fs::remove_dir(place.root()).unwrap();
    symlink(&first, place.root()).unwrap();
    let listener = Listener::start(&["200 OK"]);
    let server = listener.serve(&place);
    symlink(&second, place.work().join("link")).unwrap();
    fs::rename(place.work().join("link"), place.root()).unwrap();
    assert_eq!(server.get("/a.png").body, plain([2; 3]), "nothing waits for a notice");
    listener.await_paths(&["/"]);
    fs::write(second.join("a.png"), plain([3; 3])).unwrap();
    listener.await_paths(&["/a.png"]);
}

#[test]
fn a_server_whose_folder_is_missing_or_whose_webhook_is_deaf_serves_all_the_same() {
    let place = Place::new();
    fs::remove_dir(place.root()).unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = place.serve(&[WATCH, ("IMAGE_PROXY_CHANGE_WEBHOOK", &format!("http://{gone}/"))]);
    assert_eq!(server.get("/a.png").status, 404);
    place.put("a.png", original("cat.png"));
    assert_eq!(server.get("/a.png").status, 200);
    server.log_line("does not take changes");
    place.put("a.png", plain([1; 3]));
    assert_eq!(server.get("/a.png").body, plain([1; 3]));
}
