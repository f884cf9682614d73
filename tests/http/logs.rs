//! The log: one line a request where that is asked for, for people or for machines.

use std::process::Command;
use std::{env, thread};

use image_proxy::telemetry::{LogFormat, start_log};
use serde_json::Value;
use tracing_subscriber::EnvFilter;

use crate::pictures::original;
use crate::server::Place;

fn place() -> Place {
    Place::with(&[("a.png", original("cat.png"))])
}

#[test]
fn a_request_is_one_debug_line() {
    let server = place().serve(&[("RUST_LOG", "image_proxy=debug,info")]);
    server.get("/a.png?size=10");
    server.get("/missing.png");
    let log = server.stop();
    let lines: Vec<_> = log.iter().filter(|line| line.contains("/a.png?size=10")).collect();
    assert_eq!(lines.len(), 1, "{log:#?}");
    for expected in ["DEBUG", "GET", "200", "rendered", "png"] {
        assert!(lines[0].contains(expected), "{expected} in {}", lines[0]);
    }
    assert_eq!(log.iter().filter(|line| line.contains("/missing.png")).count(), 1, "{log:#?}");
}

#[test]
fn at_the_default_level_requests_are_not_logged() {
    let server = place().serve(&[]);
    server.get("/a.png?size=10");
    server.get("/missing.png");
    let log = server.stop();
    assert!(!log.iter().any(|line| line.contains(".png")), "{log:#?}");
}

/// A JPEG XL in which a number of its first frame is wrong; its library calls that an error, aloud.
fn broken_jxl() -> Vec<u8> {
    let mut file = original("cat.jxl");
    file[14] ^= 0x10;
    file
}

#[test]
fn a_broken_original_is_no_error_of_ours() {
    let drawing = br##"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="a" height="2" fill="url(#no)"/></svg>"##;
    let place = Place::with(&[("broken.jxl", broken_jxl()), ("odd.svg", drawing.to_vec())]);
    let server = place.serve(&[("RUST_LOG", "debug")]);
    assert_eq!(server.get("/broken.jxl?size=10").status, 422);
    server.get("/odd.svg?size=10");
    let log = server.stop();
    let is_loud = |line: &&String| line.contains("ERROR") || line.contains("WARN");
    assert!(!log.iter().any(|line| is_loud(&line)), "{log:#?}");
    // What the library says is there, or nothing would be shown to be quiet.
    for said in ["distribution cluster has a hole", "Failed to parse width"] {
        let line =
            log.iter().find(|line| line.to_lowercase().contains(&said.to_lowercase()) && line.contains("library="));
        assert!(line.is_some_and(|line| line.contains("DEBUG")), "{said}: {log:#?}");
    }
}

#[test]
fn a_log_that_is_no_terminal_has_no_colours() {
    let server = place().serve(&[("RUST_LOG", "debug")]);
    server.get("/a.png");
    let log = server.stop();
    assert!(!log.iter().any(|line| line.contains('\x1b')), "{log:#?}");
}

#[test]
fn every_line_for_machines_is_json() {
    let server =
        place().serve(&[("RUST_LOG", "debug"), ("IMAGE_PROXY_LOG_FORMAT", "json"), ("IMAGE_PROXY_JPG_QUALITY", "1")]);
    server.get("/a.png?size=10&x=%22%0a'~");
    let log = server.stop();
    let lines: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        for name in ["timestamp", "level", "message"] {
            assert!(line[name].is_string(), "{name} in {line}");
        }
    }
    let request = lines.iter().find(|line| line["message"] == "request").unwrap();
    assert_eq!(request["level"], "DEBUG");
    assert_eq!(
        (&request["status"], &request["outcome"], &request["method"]),
        (&200.into(), &"rendered".into(), &"GET".into())
    );
    assert!(
        lines.iter().any(
            |line| line["level"] == "WARN" && line["message"].as_str().unwrap().contains("IMAGE_PROXY_JPG_QUALITY")
        )
    );
}

#[test]
fn what_a_client_sends_cannot_forge_a_line() {
    let server = place().serve(&[("RUST_LOG", "debug")]);
    server.get("/a.png%0aERROR%20forged?x=%0aERROR");
    server.get_with("/a.png?y", &[("User-Agent", "a\tERROR forged")]);
    let log = server.stop();
    assert!(!log.iter().any(|line| line.trim_start().starts_with("ERROR")), "{log:#?}");
}

/// Set in the process that panics.
const PANICS: &str = "IMAGE_PROXY_TEST_PANICS";

#[test]
fn a_panic_is_one_line_for_machines() {
    if env::var_os(PANICS).is_some() {
        start_log(LogFormat::Json, EnvFilter::new("info"));
        assert!(thread::spawn(|| panic!("two\nlines")).join().is_err());
        return;
    }
    // The hook is one for all of a process, so it gets one of its own.
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", "logs::a_panic_is_one_line_for_machines", "--nocapture"]);
    let output = again.env(PANICS, "1").env_remove("RUST_BACKTRACE").output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<Value> = errors.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{errors}");
    assert_eq!((&lines[0]["level"], &lines[0]["message"]), (&"ERROR".into(), &"panicked: two\nlines".into()));
    assert!(lines[0]["place"].as_str().unwrap().contains("logs.rs:"), "{errors}");
}
