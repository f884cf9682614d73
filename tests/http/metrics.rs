//! What `/metrics` counts, how it is named, and that nobody can make it grow.

use std::collections::{BTreeMap, BTreeSet};

use crate::pictures::original;
use crate::server::{Place, Server};

fn serve(variables: &[(&str, &str)]) -> Server {
    Place::with(&[("a.png", original("cat.png")), ("a.jp2", b"\0\0\0\x0cjP  \r\n\x87\n".to_vec())]).serve(variables)
}

/// All samples of one name: labels and value.
fn counted(server: &Server, name: &str) -> BTreeMap<String, f64> {
    let samples = server.samples().into_iter();
    samples.filter_map(|(sample, value)| Some((sample.strip_prefix(name)?.to_owned(), value))).collect()
}

#[test]
fn requests_are_counted_by_outcome_source_format_and_status_class() {
    let server = serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    for target in [
        "/a.png",
        "/a.png?v=1",
        "/a.png?size=50",
        "/a.png?size=50",
        "/a.png?size=50",
        "/a.png?size=50&format=webp",
        "/a.jp2?size=10",
        "/missing.png",
        "/a.png?size=0",
        "/health",
    ] {
        server.get(target);
    }
    server.ask("HEAD", "/a.png", &[]);
    let labels = |route, outcome, source, format, status| {
        format!(
            "{{route=\"{route}\",outcome=\"{outcome}\",source=\"{source}\",format=\"{format}\",status=\"{status}\"}}"
        )
    };
    let expected = BTreeMap::from([
        (labels("image", "untouched", "disk", "png", "2xx"), 3.0),
        (labels("image", "rendered", "disk", "png", "2xx"), 1.0),
        (labels("image", "hit", "disk", "png", "2xx"), 2.0),
        (labels("image", "rendered", "disk", "webp", "2xx"), 1.0),
        (labels("image", "rejected", "disk", "none", "4xx"), 1.0),
        (labels("image", "not_found", "none", "none", "4xx"), 1.0),
        (labels("image", "rejected", "none", "none", "4xx"), 1.0),
        (labels("health", "none", "none", "none", "2xx"), 1.0),
    ]);
    assert_eq!(counted(&server, "image_proxy_http_requests_total"), expected);
    let looked_up = BTreeMap::from([("{result=\"hit\"}".to_owned(), 2.0), ("{result=\"miss\"}".to_owned(), 2.0)]);
    assert_eq!(counted(&server, "image_proxy_cache_lookups_total"), looked_up);
}

#[test]
fn every_stage_of_a_rendition_is_timed() {
    let server = serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    server.get("/a.png?size=50&format=jpeg&bw=1");
    for stage in ["cache_lookup", "queue_wait", "read", "decode", "resize", "grayscale", "encode"] {
        let count = |part| {
            server.metric(&format!("image_proxy_stage_duration_seconds_{part}"), &[&format!("stage=\"{stage}\"")])
        };
        assert_eq!(count("count"), 1.0, "{stage}");
        assert!(count("sum") > 0.0, "{stage}");
        assert!(count("bucket") >= 1.0, "{stage}");
    }
    let requests =
        server.metric("image_proxy_http_request_duration_seconds_count", &["route=\"image\"", "outcome=\"rendered\""]);
    assert_eq!(requests, 1.0);
}

#[test]
fn bytes_sent_are_counted_by_format() {
    let server = serve(&[]);
    let length = server.get("/a.png").body.len() + server.get("/a.png?size=50").body.len();
    server.ask("HEAD", "/a.png", &[]);
    assert_eq!(server.metric("image_proxy_response_bytes_total", &["format=\"png\""]), length as f64);
}

#[test]
fn what_goes_on_now_and_the_process_are_shown() {
    let server = serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true"), ("IMAGE_PROXY_WORKERS", "3")]);
    assert_eq!(server.metric("image_proxy_http_requests_in_flight", &[]), 1.0);
    for (name, expected) in [("running", 0.0), ("queued", 0.0), ("threads", 3.0)] {
        assert_eq!(server.metric(&format!("image_proxy_work_{name}"), &[]), expected, "{name}");
    }
    let length = server.get("/a.png?size=50").body.len() as f64;
    assert_eq!(server.metric("image_proxy_cache_memory_entries", &[]), 1.0);
    assert!(server.metric("image_proxy_cache_memory_bytes", &[]) >= length);
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    assert_eq!(server.metric("image_proxy_build_info", &[&version]), 1.0);
    // A process that just began may have used less time than can be told.
    assert!(server.samples().iter().any(|(name, _)| name == "process_cpu_seconds_total"));
    for name in ["resident_memory_bytes", "open_fds", "max_fds", "start_time_seconds", "threads"] {
        assert!(server.metric(&format!("process_{name}"), &[]) > 0.0, "{name}");
    }
}

#[test]
fn seconds_of_processor_time_have_fractions() {
    let server = serve(&[]);
    server.wait_until("part of a second", |server| {
        server.get("/a.png?size=50&format=avif");
        server.metric("process_cpu_seconds_total", &[]).fract() > 0.0
    });
}

#[test]
fn the_text_is_what_a_scraper_expects() {
    let server = serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    server.get("/a.png?size=50");
    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.content_type(), "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text();
    let mut helped = Vec::new();
    let mut kinds = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            assert!(!help.is_empty() && !helped.contains(&name), "{line}");
            helped.push(name);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(kinds.insert(name, kind).is_none(), "{line}");
        } else {
            let name = line.split(['{', ' ']).next().unwrap();
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| {
                name.strip_suffix(suffix).filter(|family| matches!(kinds.get(family), Some(&"histogram" | &"summary")))
            });
            let family = family.unwrap_or(name);
            assert!(kinds.contains_key(family), "no type: {line}");
            assert!(helped.contains(&family), "no help: {line}");
        }
    }
    // The rules of `promtool check metrics`, in short.
    for (name, kind) in kinds {
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        assert!(
            !name.contains("__")
                && name.chars().all(|letter| letter.is_ascii_lowercase() || "_0123456789".contains(letter)),
            "{name}"
        );
        let units =
            ["_milliseconds", "_microseconds", "_nanoseconds", "_ms", "_kilobytes", "_megabytes", "_minutes", "_hours"];
        assert!(!units.iter().any(|unit| name.ends_with(unit)), "{name} is not in a base unit");
        if kind == "histogram" {
            assert!(name.ends_with("_seconds") || name.ends_with("_bytes"), "{name} has no unit");
        }
    }
}

#[test]
fn junk_adds_no_series() {
    let server = serve(&[]);
    let junk = |number: usize| {
        for target in [
            format!("/missing-{number}.png"),
            format!("/folder-{number}/x?size={number}&format=webp"),
            format!("/a.png?size={number}x"),
            format!("/%2e%2e/{number}"),
            format!("/wp-login-{number}.php?user={number}"),
        ] {
            server.get(&target);
        }
        server.ask(&format!("METHOD{number}"), "/a.png", &[]);
        let (agent, number) = (format!("agent-{number}"), number.to_string());
        server.get_with("/a.png", &[("User-Agent", &agent), ("Host", &agent), ("X-Forwarded-For", &number)]);
    };
    let names = || server.samples().into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>();
    junk(0);
    names();
    let before = names();
    for number in 1..=60 {
        junk(number);
    }
    assert_eq!(names(), before);
    assert!(!before.iter().any(|name| name.contains("missing") || name.contains("agent")));
}

#[test]
fn health_is_plain_and_never_kept() {
    let answer = serve(&[]).get("/health");
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok\n"));
    assert_eq!(answer.content_type(), "text/plain; charset=utf-8");
}
