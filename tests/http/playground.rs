//! The playground, the listing that it shows, and the description of the interface.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::client::{Answer, Pending};
use crate::pictures::{RED, WHITE, jpeg, quarters};
use crate::server::{Place, Server};

const ON: (&str, &str) = ("IMAGE_PROXY_PLAYGROUND", "true");
const SIGNING: [(&str, &str); 2] = [("IMAGE_PROXY_SIGNING", "all"), ("IMAGE_PROXY_SIGNING_KEYS", "a:secret")];
const TOKEN: (&str, &str) = ("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!");
const SHOWN: (&str, &str) = ("authorization", "Bearer sixteen-letters!");

fn place() -> Place {
    let picture = jpeg(&quarters(40, 30, [RED, WHITE, RED, WHITE]));
    let place = Place::with(&[
        ("b.jpg", picture.clone()),
        ("a ü.jpg", picture.clone()),
        ("folder/c.jpg", picture.clone()),
        (".hidden/d.jpg", picture.clone()),
        (".hidden.jpg", picture.clone()),
        ("notes.txt", b"no picture".to_vec()),
        ("empty.jpg", Vec::new()),
    ]);
    std::fs::write(place.outside().join("secret.jpg"), &picture).unwrap();
    symlink(place.outside().join("secret.jpg"), place.root().join("leads-out.jpg")).unwrap();
    symlink(place.outside(), place.root().join("leads-out")).unwrap();
    place
}

fn listed(server: &Server, folder: &str) -> Value {
    let answer = server.get(&format!("/_/files?folder={folder}"));
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "application/json"), "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn post(server: &Server, body: &str, headers: &[(&str, &str)]) -> Answer {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "POST /_/sign HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n{lines}\r\n{body}",
        body.len()
    );
    Pending::send_bytes(server.address(), head.as_bytes(), true).answer()
}

#[test]
fn it_is_there_only_where_it_is_switched_on() {
    let off = place().serve(&[]);
    for path in ["/_/", "/_/openapi.json", "/_/files", "/"] {
        assert_eq!(off.get(path).status, 404, "{path}");
    }
    let on = place().serve(&[ON]);
    let page = on.get("/_/");
    assert_eq!((page.status, page.content_type().as_str()), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    for path in ["/", "/_"] {
        let led = on.get(path);
        assert_eq!((led.status, led.header("location").as_deref()), (307, Some("/_/")), "{path}");
    }
    assert_eq!(on.get("/b.jpg").status, 200);
    assert_eq!(on.get("/_/none").status, 404);
    assert_eq!(on.ask("POST", "/_/", &[]).status, 405);
    assert_eq!(on.ask("HEAD", "/_/", &[]).body, b"");
}

#[test]
fn what_may_be_served_is_listed_and_nothing_else() {
    let server = place().serve(&[ON]);
    let length = std::fs::metadata(place().root().join("b.jpg")).unwrap().len();
    let file = |name: &str, path: &str, url: &str| json!({ "name": name, "path": path, "url": url, "bytes": length, "format": "jpeg" });
    let root = listed(&server, "");
    assert_eq!(root["files"], json!([file("a ü.jpg", "a ü.jpg", "/a%20%C3%BC.jpg"), file("b.jpg", "b.jpg", "/b.jpg")]));
    assert_eq!(root["folders"], json!([{ "name": "folder", "path": "folder" }]));
    assert_eq!([&root["folder"], &root["has_more"]], [&json!(""), &json!(false)]);
    let folder = listed(&server, "folder/");
    assert_eq!(folder["files"], json!([file("c.jpg", "folder/c.jpg", "/folder/c.jpg")]));
    for file in root["files"].as_array().unwrap().iter().chain(folder["files"].as_array().unwrap()) {
        assert_eq!(server.get(file["url"].as_str().unwrap()).status, 200, "{file}");
    }
}

#[test]
fn nothing_outside_the_root_is_listed() {
    let server = place().serve(&[ON]);
    for folder in [
        "..",
        "../outside",
        "folder/../..",
        "/etc/..",
        "%2e%2e",
        "leads-out",
        "none",
        ".hidden",
        "b.jpg",
        "a%00b",
        "%5c..%5c",
    ] {
        let status = server.get(&format!("/_/files?folder={folder}")).status;
        assert!([400, 404].contains(&status), "{folder}: {status}");
    }
    assert_eq!(server.get("/_/files?folder=/etc").status, 404);
}

#[test]
fn where_urls_are_signed_the_operators_token_is_asked_for() {
    let locked = place().serve(&[&SIGNING[..], &[ON]].concat());
    for path in ["/_/", "/_/files", "/_/openapi.json", "/"] {
        assert_eq!(locked.get(path).status, 403, "{path}");
    }
    assert_eq!(post(&locked, r#"{"url":"/b.jpg?w=4"}"#, &[SHOWN]).status, 403);

    let server = place().serve(&[&SIGNING[..], &[ON, TOKEN]].concat());
    assert_eq!(server.get("/_/").status, 200);
    assert_eq!(server.get("/_/files").status, 403);
    assert_eq!(server.get_with("/_/files", &[("authorization", "Bearer sixteen-letters?")]).status, 403);
    let listing: Value = serde_json::from_slice(&server.get_with("/_/files", &[SHOWN]).body).unwrap();
    assert_eq!(listing["signs"], true);
    assert_eq!(post(&server, r#"{"url":"/b.jpg?w=4"}"#, &[]).status, 403);
    let one: Value = serde_json::from_slice(&post(&server, r#"{"url":"/b.jpg?w=4"}"#, &[SHOWN]).body).unwrap();
    let url = one["url"].as_str().unwrap();
    assert!(url.starts_with("/b.jpg?w=4&sig="), "{url}");
    assert_eq!([server.get(url).status, server.get("/b.jpg?w=4").status], [200, 403]);
    let two: Value =
        serde_json::from_slice(&post(&server, r#"{"urls":["/b.jpg","/b.jpg?w=8"]}"#, &[SHOWN]).body).unwrap();
    for url in two["urls"].as_array().unwrap() {
        assert_eq!(server.get(url.as_str().unwrap()).status, 200, "{url}");
    }
    for wrong in ["", "{}", "[]", r#"{"url":4}"#, r#"{"urls":[4]}"#] {
        assert_eq!(post(&server, wrong, &[SHOWN]).status, 400, "{wrong}");
    }
}

#[test]
fn nothing_is_signed_where_nothing_must_be() {
    let server = place().serve(&[ON, TOKEN, SIGNING[1]]);
    assert_eq!(post(&server, r#"{"url":"/b.jpg?w=4"}"#, &[SHOWN]).status, 404);
}

#[test]
fn pictures_are_asked_for_where_the_native_dialect_is() {
    let server = place().serve(&[ON, ("IMAGE_PROXY_DIALECTS", "imaginary=/,native=/raw")]);
    let url = listed(&server, "")["files"][1]["url"].as_str().unwrap().to_owned();
    assert_eq!((url.as_str(), server.get(&url).status), ("/raw/b.jpg", 200));
    assert_eq!(server.get("/").status, 200, "that is imaginary's own");
    assert_eq!(server.get("/_/").status, 200);
}

#[test]
fn the_description_is_what_the_program_prints() {
    let place = place();
    let printed = place.command(&[]).arg("openapi").output().unwrap();
    assert!(printed.status.success());
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed["openapi"], "3.1.0");
    let answer = place.serve(&[ON]).get("/_/openapi.json");
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "application/json"));
    assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), printed);
}
