//! What was warmed is there when it is asked for.

use std::fs;
use std::io::Write as _;
use std::process::Output;

use flate2::Compression;
use flate2::write::GzEncoder;
use image::ImageFormat;
use serde_json::Value;

use crate::pictures::{quarters, written};
use crate::server::Place;

const DISK: [(&str, &str); 2] = [("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"), ("IMAGE_PROXY_CACHE_DISK_SIZE", "8MiB")];

fn png() -> Vec<u8> {
    written(&quarters(40, 30, [[9, 9, 200, 255], [200, 9, 9, 255], [9, 9, 9, 255], [9, 200, 9, 255]]), ImageFormat::Png)
}

fn place() -> Place {
    Place::with(&[("a b.png", png()), ("b.png", png())])
}

fn warm(place: &Place, settings: &[(&str, &str)], list: &str, more: &[&str]) -> Output {
    let file = place.work().join("list");
    fs::write(&file, list).unwrap();
    place.command(settings).arg("warm").arg(file).args(more).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// What each line tells, without what it took.
fn told(output: &Output) -> Vec<(String, String)> {
    let lines = text(&output.stdout).lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    lines
        .map(|line| {
            assert!(line["milliseconds"].is_number() && line["bytes"].is_number(), "{line}");
            (text(&line, "status"), text(&line, "url"))
        })
        .collect()
}

fn pairs<const N: usize>(all: [(&str, &str); N]) -> Vec<(String, String)> {
    all.map(|(state, url)| (state.to_owned(), url.to_owned())).to_vec()
}

#[test]
fn a_server_finds_what_was_put_into_its_cache_before() {
    let place = place();
    let list = "# the cover\n/a%20b.png?w=20&format=webp\nhttps://cdn.example/b.png?w=8 # small\n/b.png\n/b.png?format=auto&w=9\n";
    let output = warm(&place, &DISK, list, &["--json"]);
    let made = [
        ("made", "/a%20b.png?w=20&format=webp"),
        ("made", "/b.png?w=8"),
        ("untouched", "/b.png"),
        ("made", "/b.png?format=auto&w=9"),
    ];
    assert_eq!((told(&output), output.status.code()), (pairs(made), Some(0)));
    let said = text(&output.stderr);
    assert!(said.starts_with("3 made (") && said.contains(" bytes), 0 hits, 1 untouched, 0 failed, "), "{said}");
    // What is there is not made again.
    let output = warm(&place, &DISK, list, &[]);
    let states: Vec<_> = text(&output.stdout).lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(states, ["hit", "hit", "untouched", "hit"]);
    let server = place.serve(&DISK);
    let accept = [("Accept", "image/avif,image/webp,*/*")];
    for target in ["/a%20b.png?w=20&format=webp", "/b.png?w=8", "/b.png?format=auto&w=9"] {
        assert_eq!(server.get_with(target, &accept).cache_status().as_deref(), Some("HIT"), "{target}");
    }
    assert_eq!(server.get("/b.png?w=7").cache_status().as_deref(), Some("MISS"));
}

#[test]
fn what_depends_on_the_client_is_made_for_each_that_is_named() {
    let place = place();
    let more = ["--accept", "image/webp", "--accept", "*/*", "--json"];
    let output = warm(&place, &DISK, "/b.png?format=auto&w=9\n/b.png?w=9\n", &more);
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let accepts: Vec<_> = lines.iter().map(|line| line["accept"].as_str()).collect();
    assert_eq!(accepts, [Some("image/webp"), Some("*/*"), None]);
    let server = place.serve(&DISK);
    for accept in ["image/webp", "*/*"] {
        let answer = server.get_with("/b.png?format=auto&w=9", &[("Accept", accept)]);
        assert_eq!(answer.cache_status().as_deref(), Some("HIT"), "{accept}");
    }
}

#[test]
fn a_running_server_is_warmed() {
    let place = place();
    let settings = [
        ("IMAGE_PROXY_ENABLE_CACHE", "true"),
        ("IMAGE_PROXY_SIGNING", "renditions"),
        ("IMAGE_PROXY_SIGNING_KEYS", "a:0123456789abcdef0123456789abcdef"),
    ];
    let server = place.serve(&settings);
    let log = r#"
        1.2.3.4 - - [x] "GET /b.png?w=8 HTTP/1.1" 200 12
        1.2.3.4 - - [x] "GET /gone.png?w=8 HTTP/1.1" 404 12
        1.2.3.4 - - [x] "GET /health HTTP/1.1" 200 3
        {"request":{"method":"GET","uri":"/b.png"},"status":200}
        /missing.png?w=8
    "#;
    let url = format!("http://{}/", server.address());
    let output = warm(&place, &settings, log, &["--server", &url, "--json"]);
    let expected = [("made", "/b.png?w=8"), ("untouched", "/b.png"), ("failed", "/missing.png?w=8")];
    assert_eq!((told(&output), output.status.code()), (pairs(expected), Some(1)));
    let said = text(&output.stderr);
    assert!(said.starts_with("/missing.png?w=8: status 404: no such image\n1 made ("), "{said}");
    assert!(said.ends_with("; 2 passed over that are no pictures or were refused before\n"), "{said}");
    let output = warm(&place, &settings, "/b.png?w=8\n", &["--server", &url, "--json"]);
    assert_eq!((told(&output), output.status.code()), (pairs([("hit", "/b.png?w=8")]), Some(0)));
    server.stop();
    let output = warm(&place, &settings, "/b.png?w=8\n", &["--server", &url]);
    assert!(text(&output.stderr).starts_with("the server cannot be reached: "), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn nothing_need_be_signed_that_is_put_into_the_cache() {
    let place = place();
    let keys = ("IMAGE_PROXY_SIGNING_KEYS", "a:0123456789abcdef0123456789abcdef");
    let settings = [DISK[0], DISK[1], ("IMAGE_PROXY_SIGNING", "all"), keys];
    let output = warm(&place, &settings, "/b.png?w=8\n", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let signed = place.command(&settings).args(["sign", "/b.png?w=8"]).output().unwrap();
    let server = place.serve(&settings);
    let answer = server.get(text(&signed.stdout).trim());
    assert_eq!((answer.status, answer.cache_status().as_deref()), (200, Some("HIT")));
}

#[test]
fn a_sitemap_is_read_and_bad_lines_are_told() {
    let place = place();
    let sitemap = r#"<?xml version="1.0"?>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
        <url><loc>https://x/page</loc><image:image><image:loc>https://cdn/b.png?w=8&amp;h=9</image:loc></image:image></url>
        </urlset>"#;
    let output = warm(&place, &DISK, sitemap, &["--json"]);
    assert_eq!((told(&output), output.status.code()), (pairs([("made", "/b.png?w=8&h=9")]), Some(0)));
    let output = warm(&place, &DISK, "/b.png?w=8&h=9\nthis is no URL\n", &["--json"]);
    assert_eq!((told(&output), output.status.code()), (pairs([("hit", "/b.png?w=8&h=9")]), Some(1)));
    assert!(text(&output.stderr).ends_with("; 1 lines say nothing of a picture\n"), "{}", text(&output.stderr));
    let output = warm(&place, &DISK, "<urlset><url>", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("expected a sitemap, at byte "), "{}", text(&output.stderr));
}

#[test]
fn an_index_names_sitemaps_beside_it_and_a_list_may_be_packed() {
    let place = place();
    let put = |name: &str, text: &str, is_packed: bool| {
        let mut bytes = text.as_bytes().to_vec();
        if is_packed {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(&bytes).unwrap();
            bytes = packed.finish().unwrap();
        }
        fs::write(place.work().join(name), bytes).unwrap();
    };
    let named = |name: &str| format!("<sitemap><loc>https://x/maps/{name}</loc></sitemap>");
    put("index.xml", &format!("<sitemapindex>{}{}</sitemapindex>", named("1.xml.gz"), named("gone.xml")), false);
    put("1.xml.gz", "<urlset><url><loc>https://x/b.png?w=6</loc></url></urlset>", true);
    let output = place.command(&DISK).args(["warm", "index.xml", "--json"]).output().unwrap();
    assert_eq!((told(&output), output.status.code()), (pairs([("made", "/b.png?w=6")]), Some(1)));
    let said = text(&output.stderr);
    assert!(said.starts_with("https://x/maps/gone.xml: looked for as a file beside the index: cannot read "), "{said}");
    put("list.gz", "/b.png?w=6\n/b.png?w=5\n", true);
    let mut command = place.command(&DISK);
    let list = fs::File::open(place.work().join("list.gz")).unwrap();
    let output = command.args(["warm", "-", "--json"]).stdin(list).output().unwrap();
    let expected = [("hit", "/b.png?w=6"), ("made", "/b.png?w=5")];
    assert_eq!((told(&output), output.status.code()), (pairs(expected), Some(0)));
}

#[test]
fn more_than_is_on_its_way_to_the_disk_at_once_is_there_in_the_end() {
    // What cannot be packed: some 1 MB each, of which there are more than the queue before the disk takes.
    let mut state = 1_u32;
    let noise = image::RgbaImage::from_fn(600, 600, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [red, green, blue, _] = state.to_le_bytes();
        image::Rgba([red, green, blue, 255])
    });
    let noise = written(&noise, ImageFormat::Png);
    let place = Place::with(&[("noise.png", noise)]);
    let settings = [DISK[0], ("IMAGE_PROXY_CACHE_DISK_SIZE", "256MiB"), ("IMAGE_PROXY_PNG_COMPRESSION_LEVEL", "0")];
    let list: String = (560..600).map(|width| format!("/noise.png?w={width}&format=png\n")).collect();
    for state in ["made", "hit"] {
        let output = warm(&place, &settings, &list, &["--json", "--at-once", "4"]);
        let states: Vec<_> = told(&output).into_iter().map(|(state, _)| state).collect();
        assert_eq!((states, output.status.code()), (vec![state.to_owned(); 40], Some(0)));
    }
}

#[test]
fn the_folder_of_a_running_server_is_left_alone() {
    let place = place();
    let _server = place.serve(&DISK);
    let output = warm(&place, &DISK, "/b.png?w=8\n", &[]);
    let said = text(&output.stderr);
    assert!(
        said.starts_with("IMAGE_PROXY_CACHE_DISK_PATH: cannot use ")
            && said.contains("another process holds this folder"),
        "{said}"
    );
    assert!(said.ends_with("; if that is a server, warm it by --server URL\n"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}
