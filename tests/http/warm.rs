//! What was warmed is there when it is asked for.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{ImageFormat, RgbaImage};
use serde_json::Value;

use crate::pictures::{jpeg, quarters, written};
use crate::server::Place;

const DISK: [(&str, &str); 2] = [("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"), ("IMAGE_PROXY_CACHE_DISK_SIZE", "8MiB")];

fn png() -> Vec<u8> {
    written(&quarters(40, 30, [[9, 9, 200, 255], [200, 9, 9, 255], [9, 9, 9, 255], [9, 200, 9, 255]]), ImageFormat::Png)
}

/// What cannot be packed.
fn noise(side: u32) -> RgbaImage {
    let mut state = 1_u32;
    RgbaImage::from_fn(side, side, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [red, green, blue, _] = state.to_le_bytes();
        image::Rgba([red, green, blue, 255])
    })
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
    assert!(said.starts_with("https://x/maps/gone.xml: gone.xml: No such file or directory"), "{said}");
    put("list.gz", "/b.png?w=6\n/b.png?w=5\n", true);
    let mut command = place.command(&DISK);
    let list = fs::File::open(place.work().join("list.gz")).unwrap();
    let output = command.args(["warm", "-", "--json"]).stdin(list).output().unwrap();
    let expected = [("hit", "/b.png?w=6"), ("made", "/b.png?w=5")];
    assert_eq!((told(&output), output.status.code()), (pairs(expected), Some(0)));
}

#[test]
fn a_sitemap_may_be_at_a_url_and_so_what_it_names() {
    let place = place();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let named = |url: &str| format!("<sitemap><loc>{url}</loc></sitemap>");
    let index =
        [named(&format!("{base}/a/1.xml")), named("http://127.0.0.2/2.xml"), named(&format!("{base}/gone.xml"))];
    let index = format!("<sitemapindex>{}</sitemapindex>", index.concat());
    let sitemap = "<urlset><url><loc>https://x/b.png?w=6</loc></url></urlset>";
    let answers = [
        ("/sitemap.xml", "200 OK", index),
        ("/a/1.xml", "200 OK", sitemap.to_owned()),
        ("/gone.xml", "404 Not Found", String::new()),
    ];
    let serving = thread::spawn(move || {
        for (path, status, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            assert_eq!(lines.next().unwrap(), format!("GET {path} HTTP/1.1"));
            assert!(lines.any(|line| line.is_empty()));
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all([head, body].concat().as_bytes()).unwrap();
        }
    });
    let output = place.command(&DISK).args(["warm", &format!("{base}/sitemap.xml"), "--json"]).output().unwrap();
    assert_eq!((told(&output), output.status.code()), (pairs([("made", "/b.png?w=6")]), Some(1)));
    let said = text(&output.stderr);
    assert!(said.starts_with("http://127.0.0.2/2.xml: expected a sitemap on the server of its index\n"), "{said}");
    assert!(said.contains("/gone.xml: ") && said.contains("404"), "{said}");
    serving.join().unwrap();
}

#[test]
fn more_than_is_on_its_way_to_the_disk_at_once_is_there_in_the_end() {
    // Where metadata alone is taken away, a rendition costs next to nothing, and the disk is what takes time: 24 of some
    // 3 MB each are more than the queue before it takes.
    let plain = jpeg(&noise(1600));
    let note = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x0e\0\x02\0\0\0\x04abc\0\0\0\0\0";
    let length = u16::try_from(note.len() + 2).unwrap().to_be_bytes();
    let noted = [&plain[..2], b"\xff\xe1", &length, note, &plain[2..]].concat();
    let place = Place::new();
    (0..24).for_each(|number| drop(place.put(&format!("{number}.jpg"), &noted)));
    let settings = [DISK[0], ("IMAGE_PROXY_CACHE_DISK_SIZE", "256MiB")];
    let list: String = (0..24).map(|number| format!("/{number}.jpg?format=jpeg\n")).collect();
    for state in ["made", "hit"] {
        let output = warm(&place, &settings, &list, &["--json", "--at-once", "4"]);
        let states: Vec<_> = told(&output).into_iter().map(|(state, _)| state).collect();
        assert_eq!((states, output.status.code()), (vec![state.to_owned(); 24], Some(0)));
    }
}

#[test]
fn who_interrupts_it_keeps_what_was_made() {
    let place = Place::with(&[("noise.png", written(&noise(400), ImageFormat::Png))]);
    let list: String = (1..=400).rev().map(|width| format!("/noise.png?w={width}&format=webp\n")).collect();
    fs::write(place.work().join("list"), list).unwrap();
    let mut command = place.command(&DISK);
    command.args(["warm", "list", "--at-once", "1"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut first = String::new();
    BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(Command::new("kill").args(["-s", "INT", &process.id().to_string()]).status().unwrap().success());
    let output = process.wait_with_output().unwrap();
    assert_eq!((text(&output.stderr), output.status.code()), ("interrupted\n", Some(130)));
    let server = place.serve(&DISK);
    let made = first.split_whitespace().last().unwrap();
    assert_eq!((made, server.get(made).cache_status().as_deref()), ("/noise.png?w=400&format=webp", Some("HIT")));
}

#[test]
fn who_waits_for_the_standard_input_can_be_interrupted() {
    let place = place();
    for arguments in [&["render", "-", "w=4"][..], &["info", "-"]] {
        let mut command = place.command(&[]);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let id = process.id().to_string();
        // The handler is there once the process catches the signal (proc(5)).
        let catches = || {
            let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim().to_owned();
            u64::from_str_radix(&caught, 16).unwrap() & 0b10 != 0
        };
        while !catches() {
            thread::yield_now();
        }
        let input = process.stdin.take();
        assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
        let output = process.wait_with_output().unwrap();
        assert_eq!((text(&output.stderr), output.status.code()), ("interrupted\n", Some(130)), "{arguments:?}");
        drop(input);
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
