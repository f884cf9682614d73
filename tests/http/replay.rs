//! Two servers are asked for what stands in a log, and told apart by what a client sees.

use std::fs;
use std::io::Write as _;
use std::process::{Output, Stdio};

use image::ImageFormat;

use crate::pictures::{quarters, written};
use crate::server::{Place, Server};

const LOG: &str = r#"
127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /same.png HTTP/1.1" 200 2326
127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /same.png?w=8 HTTP/1.1" 200 2326
{"request":{"method":"GET","uri":"/other.png?w=9"}}
https://pictures.example/missing.png
# what is asked for twice is asked for once
/same.png
nonsense and more of it
"#;

fn png(width: u32, height: u32) -> Vec<u8> {
    written(&quarters(width, height, [[9, 9, 9, 255]; 4]), ImageFormat::Png)
}

fn replay(place: &Place, from: &Server, to: &Server, more: &[&str], log: &str) -> Output {
    let [from, to] = [from, to].map(|server| format!("http://{}", server.address()));
    let mut command = place.command(&[]);
    command.args(["replay", "--from", &from, "--to", &to]).args(more).arg(log);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    process.stdin.take().unwrap().write_all(LOG.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

#[test]
fn differences_in_status_type_and_dimensions_are_told() {
    let old = Place::with(&[("same.png", png(16, 16)), ("other.png", png(16, 16)), ("missing.png", png(4, 4))]);
    let new = Place::with(&[("same.png", png(16, 16)), ("other.png", png(16, 32))]);
    let servers = [old.serve(&[]), new.serve(&[])];
    let log = old.work().join("access.log");
    fs::write(&log, LOG).unwrap();
    let output = replay(&old, &servers[0], &servers[1], &[], log.to_str().unwrap());
    let told = String::from_utf8(output.stdout).unwrap();
    let expected = "/other.png?w=9: 200 image/png 9x9 -> 200 image/png 9x18\n\
                    /missing.png: 200 image/png 4x4 -> 404 text/plain\n";
    assert_eq!((told.as_str(), output.status.code()), (expected, Some(1)));
    let summary = String::from_utf8(output.stderr).unwrap();
    assert_eq!(summary, "4 URLs asked for, 2 differ; 1 lines of the log say nothing of a request\n");
}

#[test]
fn what_is_alike_is_a_success_and_scripts_read_json() {
    let place = Place::with(&[("same.png", png(16, 16)), ("other.png", png(16, 16)), ("missing.png", png(4, 4))]);
    let servers = [place.serve(&[]), place.serve(&[])];
    let output = replay(&place, &servers[0], &servers[1], &["--json", "--at-once", "1"], "-");
    assert_eq!((output.stdout.as_slice(), output.status.code()), (&b""[..], Some(0)));
    let [first, second] = servers;
    second.stop();
    let gone = place.serve(&[]);
    let address = gone.address();
    gone.stop();
    let to = format!("http://{address}");
    let from = format!("http://{}", first.address());
    let log = place.work().join("access.log");
    fs::write(&log, "/same.png\n").unwrap();
    let output =
        place.command(&[]).args(["replay", "--json", "--from", &from, "--to", &to]).arg(&log).output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["from"], serde_json::json!({ "status": 200, "type": "image/png", "dimensions": [16, 16] }));
    assert!(told["to"]["error"].is_string(), "{told}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_log_that_is_not_there_is_told() {
    let place = Place::new();
    let output = place
        .command(&[])
        .args(["replay", "--from", "http://127.0.0.1:1", "--to", "http://127.0.0.1:1", "/nowhere.log"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("cannot read /nowhere.log: "), "{said}");
    assert_eq!(output.status.code(), Some(1));
}
