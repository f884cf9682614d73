//! Proves that each rule can fail.

use super::*;

const MAP: &str = "pub mod request;\n\npub mod codec;\n\npub mod pipeline;\n\npub mod http;\n";

fn faults(check: fn(&House) -> Vec<String>, path: &str, text: &str) -> Vec<String> {
    check(&House::of([("src/lib.rs", MAP), (path, text)], ""))
}

#[track_caller]
fn assert_points_down(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(faults(paths_that_point_down, path, text), expected, "{text}");
}

#[track_caller]
fn assert_misplaced(path: &str, text: &str, secrets: &[&str]) {
    let found = faults(secrets_outside_their_home, path, text);
    let expected = secrets.iter().map(|secret| format!("{path}:1: {secret} alone"));
    assert_eq!(found, expected.collect::<Vec<_>>(), "{text}");
}

#[test]
fn a_path_that_points_down_is_found_however_it_is_written() {
    let http = ["src/codec/png.rs:1: `codec` uses `http`, a room further down"];
    for text in [
        "use crate::http;",
        "use crate::{request::Format, http::{Door, Failure}};",
        "pub(crate) use super::super::http as door;",
        "fn f(door: &crate::http::Door) {}",
        "mod tests { use super::super::super::http; }",
        "use crate :: /* over */ http::Door;",
    ] {
        assert_points_down("src/codec/png.rs", text, &http);
    }
    let second = "// crate::http\nuse crate::{\n    request,\n    pipeline::render,\n};";
    assert_points_down(
        "src/codec/mod.rs",
        second,
        &["src/codec/mod.rs:4: `codec` uses `pipeline`, a room further down"],
    );
    assert_points_down("src/codec/mod.rs", "use crate::*;", &["src/codec/mod.rs:1: `crate::*` names no room"]);
    assert_points_down("src/misc.rs", "", &["src/misc.rs:1: `misc` is no room of src/lib.rs"]);
}

#[test]
fn a_path_that_points_up_or_is_no_path_is_let_be() {
    for text in [
        "use crate::{request, codec}; use super::Codec; use super::super::request;",
        "pub(crate) fn f() { let http = \"crate::http\"; /* /* crate::http */ crate::http */ }",
        "use http::StatusCode; fn f<'a>(c: char) -> bool { c == '\"' || c == '\\'' || g(r#\"crate::http \"#) }",
        "mod tests { use super::super::*; use crate::codec::http; }",
    ] {
        assert_points_down("src/codec/png.rs", text, &[]);
    }
    assert_points_down("src/main.rs", "use crate::http;", &[]);
}

#[test]
fn every_secret_is_found_outside_its_home() {
    for rule in &RULES {
        for secret in rule.secrets {
            let text = match secret.strip_suffix("::") {
                Some(path) => format!("use {path};"),
                None if secret.starts_with('.') => format!("fn f() {{ x{secret}(\"\") }}"),
                None if secret.ends_with('!') => format!("fn f() {{ {secret}(\"\") }}"),
                None if secret.starts_with('#') => format!("{secret}(dead_code)] fn f() {{}}"),
                None => format!("use other::{secret};"),
            };
            assert_misplaced("src/request/size.rs", &text, &[&format!("`{secret}` belongs in {}", rule.home)]);
            let exceptions = rule.exceptions.iter().map(|(room, _)| *room);
            for room in exceptions.chain([rule.home]).filter(|room| ![TESTS, NOWHERE].contains(room)) {
                assert_misplaced(&format!("src/{room}.rs"), &text, &[]);
            }
        }
    }
}

#[test]
fn a_secret_is_found_under_another_name() {
    for (text, secret) in [
        ("use std::{io, thread}; fn f() { thread::spawn(g) }", "`std::thread::spawn::` belongs in pipeline"),
        ("use std::thread::*;", "`std::thread::Builder::` belongs in pipeline"),
        ("use std as s; fn f() { s::env::var(\"\") }", "`std::env::` belongs in config"),
        ("fn f() { ::png::Decoder::new() }", "`png::` belongs in codec"),
        ("fn f() { x.map(Option::unwrap) }", "`.unwrap` belongs in tests"),
        ("#![cfg_attr(unix, allow(unused))]", "`#[allow` belongs in no room"),
    ] {
        assert_misplaced("src/request/size.rs", text, &[secret]);
    }
    assert_misplaced(
        "src/http/mod.rs",
        "mod image; fn f() { image::answer(env!(\"A\"), x.unwrap_or(1), a != b) }",
        &[],
    );
}

#[test]
fn only_test_code_may_panic() {
    let own_module = "#[cfg(test)] mod tests { fn f(x: [u8; 2]) { x.unwrap() } } fn f() {}";
    assert_misplaced("src/codec/png.rs", own_module, &[]);
    assert_misplaced("src/codec/png.rs", "#![cfg(test)] fn f() { panic!() }", &[]);
    let after = "#[cfg(test)] use a::{b, c}; fn f() { panic!() }";
    assert_misplaced("src/codec/png.rs", after, &["`panic!` belongs in tests"]);
    let shipped = "#[cfg(not(test))] fn f() { panic!() }";
    assert_misplaced("src/codec/png.rs", shipped, &["`panic!` belongs in tests"]);
    let files = [("src/codec/mod.rs", "#[cfg(test)]\nmod suite;"), ("src/codec/suite.rs", "fn f() { panic!() }")];
    assert!(secrets_outside_their_home(&House::of(files, "")).is_empty());
}

#[test]
fn a_file_or_function_that_is_too_long_is_found() {
    let path = "src/codec/png.rs";
    let function = |lines: usize| format!("\nfn long(a: [u8; 2]) {{\n{}}}\n", "\n".repeat(lines - 2));
    assert_eq!(faults(what_is_too_long, path, &function(60)), [""; 0]);
    let found = ["src/codec/png.rs:2: `long` has 61 lines, a function has at most 60"];
    assert_eq!(faults(what_is_too_long, path, &function(61)), found);
    assert_eq!(faults(what_is_too_long, path, &format!("#[cfg(test)]{}", function(61))), [""; 0]);
    assert_eq!(faults(what_is_too_long, path, &"\n".repeat(400)), [""; 0]);
    let found = ["src/codec/png.rs:401: a file has at most 400 lines"];
    assert_eq!(faults(what_is_too_long, path, &"\n".repeat(401)), found);
}

#[test]
fn lines_of_code_are_counted_without_comments() {
    let text = "/// A word.\nfn f() {\n\n    g(); h(); // why\n}\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n";
    let test = File::read("tests/http/main.rs", "//! A word.\nmod client;\n\n#[cfg(unix)]\nfn f() {}\n");
    let house = House::of([("src/lib.rs", "mod codec;"), ("src/codec.rs", text)], "");
    assert_eq!(lines_of_code(&house, &[]), (1 + 3, 4));
    assert_eq!(lines_of_code(&house, &[test]), (1 + 3, 4 + 3));
}

#[test]
fn a_room_without_a_word_about_itself_is_found() {
    let files = [("src/lib.rs", "mod request; mod codec;"), ("src/request.rs", "//! WORDS"), ("src/codec/mod.rs", "")];
    let found = rooms_that_do_not_say_what_they_are_for(&House::of(files, ""));
    assert_eq!(found, ["src/codec: a room begins with `//!` and what it is for"]);
}

#[test]
fn a_map_in_another_order_is_found() {
    let faults = |map| rooms_that_the_map_puts_elsewhere(&House::of([("src/lib.rs", "mod request; mod codec;")], map));
    for map in [
        "codec and request\n    src/\n      request/  words\n      codec.rs  bytes",
        "| room | for |\n|---|---|\n| `request` | words |\n| `codec` | bytes |",
        "- **request/**: words\n- **codec/**: bytes\n- **request/**: again",
    ] {
        assert!(faults(map).is_empty(), "{map}");
    }
    for map in ["", "- `request`", "- `codec/`\n- `request/`"] {
        assert_eq!(faults(map).len(), 1, "{map}");
    }
}
