//! Originals that clients of picfit store and delete, where that is switched on and a place is named.

use std::fs;

use image::ImageFormat;
use serde_json::{Value, json};

use crate::client::{Answer, Pending};
use crate::pictures::{RED, quarters, written};
use crate::server::{Place, Server};

const BOUNDARY: &str = "a-boundary";

fn serve(place: &Place, options: &Value, more: &[(&str, &str)]) -> Server {
    let root = place.root();
    let config = json!({
        "storage": { "src": {
            "type": "fs", "location": root.to_str().unwrap(), "base_url": "https://img.example.com/o/"
        } },
        "options": options,
    });
    let path = place.work().join("config.json");
    fs::write(&path, config.to_string()).unwrap();
    let own = [
        ("IMAGE_PROXY_DIALECTS", "picfit=/img"),
        ("IMAGE_PROXY_PICFIT_CONFIG", path.to_str().unwrap()),
        ("IMAGE_PROXY_ENABLE_CACHE", "true"),
    ];
    place.serve(&[&own[..], more].concat())
}

/// Asks for a picture to be stored, as a form does.
pub fn upload(server: &Server, target: &str, field: &str, name: &str, bytes: &[u8]) -> Answer {
    let form = [
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n")
            .as_bytes(),
        bytes,
        format!("\r\n--{BOUNDARY}--\r\n").as_bytes(),
    ]
    .concat();
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n",
        form.len()
    );
    Pending::send_bytes(server.address(), &[head.as_bytes(), &form].concat(), true).answer()
}

fn png(width: u32) -> Vec<u8> {
    written(&quarters(width, 20, [RED; 4]), ImageFormat::Png)
}

fn all() -> Value {
    json!({ "enable_upload": true, "enable_delete": true, "enable_cascade_delete": true })
}

#[test]
fn a_picture_is_stored_served_and_deleted() {
    let place = Place::new();
    let root = place.root();
    let server = serve(&place, &all(), &[("IMAGE_PROXY_DEPOSIT_PATH", root.to_str().unwrap())]);
    let missing = server.get("/img/display/resize/10x10/deep/a.png");
    assert_eq!(missing.status, 404);
    let answer = upload(&server, "/img/upload", "data", "deep/a.png", &png(40));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    let path = root.join("deep/a.png");
    assert_eq!(
        told,
        json!({ "filename": "a.png", "path": path.to_str().unwrap(), "url": "https://img.example.com/o/deep/a.png" })
    );
    assert_eq!(fs::read(root.join("deep/a.png")).unwrap(), png(40));
    assert_eq!(server.get("/img/display/resize/10x10/deep/a.png").status, 200);
    let again = upload(&server, "/img/upload", "data", "deep/a.png", &png(60));
    assert_eq!((again.status, fs::read(root.join("deep/a.png")).unwrap()), (409, png(40)));
    assert_eq!(upload(&server, "/img/upload?force=1", "data", "deep/a.png", &png(60)).status, 200);
    assert_eq!(fs::read(root.join("deep/a.png")).unwrap(), png(60));
    let tag = |server: &Server| server.get("/deep/a.png?w=5").header("etag");
    let before = tag(&server);
    assert_eq!(server.ask("DELETE", "/img/display/resize/10x10/deep/a.png", &[]).status, 200);
    assert_ne!(tag(&server), before, "what was made is forgotten");
    let deleted = server.ask("DELETE", "/img/deep/a.png", &[]);
    assert_eq!((deleted.status, deleted.text().as_str()), (200, "Ok"));
    assert!(!root.join("deep/a.png").exists());
    for url in ["/img/display/resize/10x10/deep/a.png", "/deep/a.png", "/deep/a.png?w=5"] {
        assert_eq!(server.get(url).status, 404, "{url}");
    }
    assert_eq!(server.ask("DELETE", "/img/deep/a.png", &[]).status, 404);
}

#[test]
fn what_is_no_picture_or_leaves_the_folder_is_not_stored() {
    let place = Place::new();
    let root = place.root();
    let server = serve(&place, &all(), &[("IMAGE_PROXY_DEPOSIT_PATH", root.to_str().unwrap())]);
    for (field, name, bytes, status) in [
        ("data", "a.png", b"not a picture".to_vec(), 400),
        ("data", "a.png", Vec::new(), 400),
        ("data", "../a.png", png(9), 400),
        ("data", ".hidden.png", png(9), 404),
        ("data", "", png(9), 404),
        ("file", "a.png", png(9), 400),
    ] {
        let answer = upload(&server, "/img/upload", field, name, &bytes);
        assert_eq!(answer.status, status, "{field} {name}: {}", answer.text());
    }
    assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
    assert_eq!(fs::read_dir(root.parent().unwrap().join("outside")).unwrap().count(), 0);
}

#[test]
fn nothing_is_written_unless_it_is_switched_on_and_a_place_is_named() {
    let place = Place::with(&[("a.png", png(30))]);
    let root = place.root();
    let named = ("IMAGE_PROXY_DEPOSIT_PATH", root.to_str().unwrap());
    for (options, more, status) in [
        (json!({}), vec![named], 405),
        (all(), vec![], 403),
        (
            json!({ "enable_upload": true, "enable_delete": true, "allowed_ip_addresses": ["192.0.2.1"] }),
            vec![named],
            401,
        ),
    ] {
        let server = serve(&place, &options, &more);
        assert_eq!(upload(&server, "/img/upload", "data", "b.png", &png(9)).status, status, "{options}");
        assert_eq!(server.ask("DELETE", "/img/a.png", &[]).status, status, "{options}");
    }
    let local = json!({ "enable_delete": true, "allowed_ip_addresses": ["127.0.0.1"] });
    let server = serve(&place, &local, &[named]);
    assert_eq!(upload(&server, "/img/upload", "data", "b.png", &png(9)).status, 405);
    assert_eq!(server.ask("DELETE", "/img/a.png", &[]).status, 200);
    // Where a configuration names no other place, renditions are stored beside the originals.
    let left: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["image-proxy-results"]);
}
