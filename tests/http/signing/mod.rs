//! Signed URLs: what is signed is served, what is not is refused, and everybody signs alike.

// The example of docs/signing.md, as it stands there.
include!("example.rs");

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use serde_json::{Value, json};

use crate::client::Answer;
use crate::pictures::photo;
use crate::server::{Place, Server, shipped};

const SECRET: &str = "a secret of docs";
const KEYS: (&str, &str) = ("IMAGE_PROXY_SIGNING_KEYS", "docs:a secret of docs,old:another");
const PATH: &str = "/nature/dandelion.jpg";

fn serve(mode: &str, more: &[(&str, &str)]) -> Server {
    let root = shipped();
    let settings = [("IMAGE_PROXY_SIGNING", mode), KEYS, ("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap())];
    Place::new().serve(&[&settings[..], more].concat())
}

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/signing.md")).unwrap()
}

/// The block of code below a heading.
fn example(document: &str, heading: &str) -> String {
    let (_, after) = document.split_once(&format!("### {heading}\n")).unwrap();
    let (_, block) = after.split_once("```").unwrap();
    let (_, code) = block.split_once('\n').unwrap();
    code.split_once("```").unwrap().0.to_owned()
}

/// Path, parameters, text and signature of each vector in the document.
fn vectors(document: &str) -> Vec<[String; 4]> {
    let (_, table) = document.split_once("| --- | --- | --- | --- |\n").unwrap();
    let cells = |line: &str| {
        let cells: Vec<_> =
            line.trim_matches(['|', ' ']).split(" | ").map(|cell| cell.trim_matches(['`', ' ']).to_owned()).collect();
        cells.try_into().unwrap()
    };
    table.lines().filter(|line| line.starts_with('|')).map(cells).collect()
}

/// The address that a program prints for a vector; `None` where what it takes is not installed.
fn printed(runner: &[&str], ending: &str, code: &str, given: &Value) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join(format!("example.{ending}"));
    fs::write(&script, code).unwrap();
    let (program, arguments) = runner.split_first().unwrap();
    // The tests keep what they need of the environment; programs have their own.
    let output = Command::new(program).args(arguments).arg(&script).arg(given.to_string()).output().ok()?;
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
}

fn refused(answer: &Answer) {
    let expected = "expected a URL with a signature that is good and has not expired\n";
    assert_eq!((answer.status, answer.text().as_str()), (403, expected));
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
}

#[test]
fn every_example_of_the_documents_signs_what_the_server_serves() {
    let (document, server) = (document(), serve("all", &[]));
    let all = vectors(&document);
    assert_eq!(all.len(), 4);
    let runners: [(&str, &[&str], &str); 5] = [
        ("JavaScript", &["node"], "cjs"),
        ("Python", &["python3"], "py"),
        ("PHP", &["php"], "php"),
        ("Go", &["go", "run"], "go"),
        ("Ruby", &["ruby"], "rb"),
    ];
    let rust = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/signing/example.rs")).unwrap();
    assert_eq!(example(&document, "Rust"), rust, "docs/signing.md");
    for [path, parameters, text, signature] in &all {
        let pairs: Vec<(String, String)> = serde_json::from_str(parameters).unwrap();
        let given = json!({ "path": path, "parameters": pairs, "secret": SECRET });
        let expected = format!("{text}{}sig={signature}", if pairs.is_empty() { "?" } else { "&" });
        let borrowed: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(signed(path, &borrowed, SECRET), expected);
        for (heading, runner, ending) in runners {
            match printed(runner, ending, &example(&document, heading), &given) {
                Some(printed) => assert_eq!(printed, expected, "{heading}"),
                None => eprintln!("skipped: {heading}, for {} is not installed", runner[0]),
            }
        }
        assert_eq!(server.get(&expected).status, 200, "{expected}");
        refused(&server.get(&expected.replace("sig=", "sig=A")));
        refused(&server.get(text));
    }
}

#[test]
fn the_order_and_the_encoding_of_a_url_may_change_on_its_way() {
    let server = serve("renditions", &[]);
    let url = signed(PATH, &[("w", "40"), ("format", "png"), ("x", "a b")], SECRET);
    let (_, signature) = url.split_once("sig=").unwrap();
    for same in [
        format!("{PATH}?format=png&x=a+b&w=40&sig={signature}"),
        format!("/nature/%64andelion.jpg?sig={signature}&w=%34%30&&x=a%20b&format=png"),
        format!("//nature/./dandelion.jpg?x=a+b&sig={signature}&format=png&w=40"),
    ] {
        assert_eq!(server.get(&same).status, 200, "{same}");
    }
    for other in [
        format!("{PATH}?format=png&x=a+b&w=41&sig={signature}"),
        format!("{PATH}?format=png&x=a+b&w=40&w=40&sig={signature}"),
        format!("{PATH}?format=png&w=40&sig={signature}"),
        format!("/nature/grass.png?format=png&x=a+b&w=40&sig={signature}"),
    ] {
        refused(&server.get(&other));
    }
}

#[test]
fn renditions_alone_are_signed_where_that_is_set() {
    let server = serve("renditions", &[]);
    for free in [PATH, "/nature/dandelion.jpg?utm_source=x&sig=nonsense", "/health"] {
        assert_eq!(server.get(free).status, 200, "{free}");
    }
    // Also what changes nothing, is badly worded or not there: nobody is told.
    for closed in ["?w=400", "?Width=400", "?size=big", "?fit=contain", "?format=origin"] {
        refused(&server.get(&format!("{PATH}{closed}")));
    }
    refused(&server.get("/missing.jpg?w=4"));
    assert_eq!(server.get("/missing.jpg").status, 404);
    let badly = server.get(&signed(PATH, &[("size", "big")], SECRET));
    assert_eq!(badly.status, 400, "{}", badly.text());
    let by_old = signed(PATH, &[("w", "30")], "another");
    assert_eq!(server.get(&by_old).status, 200);
    assert!(server.log_line("Unsigned(Missing)").contains("WARN"), "the log tells which");
}

#[test]
fn a_url_that_ends_is_kept_no_longer() {
    let server = serve("all", &[]);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let signed_until =
        |path: &str, time: Duration| signed(path, &[("exp", &time.as_secs().to_string()), ("w", "20")], SECRET);
    let until = |time: Duration| signed_until(PATH, time);
    let answer = server.get(&until(now + Duration::from_secs(3600)));
    assert_eq!(answer.status, 200);
    let life = answer.header("cache-control").unwrap();
    let seconds: u64 = life.split("max-age=").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    assert!((3000..=3600).contains(&seconds), "{life}");
    // What is not there is not said for longer either.
    let missing = server.get(&signed_until("/missing.jpg", now + Duration::from_secs(20)));
    let life = missing.header("cache-control").unwrap();
    let seconds: u64 = life.strip_prefix("max-age=").unwrap().parse().unwrap();
    assert!(missing.status == 404 && seconds <= 20, "{life}");
    refused(&server.get(&until(now - Duration::from_secs(1))));
    assert!(server.log_line("Unsigned(Expired)").contains("WARN"), "the log tells which");
}

#[test]
fn the_program_signs_and_says_what_it_lacks() {
    let place = Place::new();
    let sign = |variables: &[(&str, &str)]| {
        place.command(variables).args(["sign", "https://x.example/a.jpg?w=4&sig=old"]).output().unwrap()
    };
    let output = sign(&[KEYS]);
    let expected = format!("https://x.example{}\n", signed("/a.jpg", &[("w", "4")], SECRET));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    let output = sign(&[]);
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8(output.stderr).unwrap().contains("IMAGE_PROXY_SIGNING_KEYS"));
    for wrong in [
        [("IMAGE_PROXY_SIGNING", "all"), ("IMAGE_PROXY_SIGNING_KEYS", "")],
        [("IMAGE_PROXY_SIGNING", "some"), KEYS],
        [("IMAGE_PROXY_SIGNING", "all"), ("IMAGE_PROXY_SIGNING_KEYS", "secret")],
        [("IMAGE_PROXY_SIGNING", "all"), ("IMAGE_PROXY_SIGNING_KEYS", "a:b,a:c")],
    ] {
        let output = place.command(&wrong).arg("--check-config").output().unwrap();
        assert_eq!(output.status.code(), Some(78), "{wrong:?}");
    }
}

#[test]
fn no_dialect_is_a_way_around_signatures() {
    let place = Place::new();
    let mounted = ("IMAGE_PROXY_DIALECTS", "upload=/upload");
    for argument in [None, Some("--check-config")] {
        let output = place.command(&[("IMAGE_PROXY_SIGNING", "all"), KEYS, mounted]).args(argument).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains("IMAGE_PROXY_SIGNING=all") && said.contains("upload"), "{said}");
    }
    let server = serve("renditions", &[mounted]);
    let body = photo("people/astronaut.jpg");
    let post = |target: &str| {
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: multipart/form-data; boundary=b\r\n\r\n",
            body.len() + 83
        );
        let form = b"--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\n".to_vec();
        let bytes = [head.into_bytes(), form, body.clone(), b"\r\n--b--\r\n".to_vec()].concat();
        crate::client::Pending::send_bytes(server.address(), &bytes, true).answer()
    };
    refused(&post("/upload"));
    assert_ne!(post(&signed("/upload", &[], SECRET)).status, 403);
}

#[test]
fn purges_need_a_token_and_no_signature() {
    let token = ("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!");
    let server = serve("all", &[token]);
    let shown = [("authorization", "Bearer sixteen-letters!")];
    assert_eq!(server.ask("DELETE", "/_/cache/nature/dandelion.jpg?w=4", &shown).status, 204);
}
