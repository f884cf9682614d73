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
fn a_circle_is_found_however_it_goes() {
    let lib = ("codec/src/lib.rs", "mod a; mod b; mod c; pub use a::A; pub use b::{B, inner::I};");
    let circles =
        |files: &[(&str, &str)]| circles::circles(&House::of(files.iter().copied().chain([lib]), "").files, CODEC);
    let (a, b, inner) = ("codec/src/a.rs", "codec/src/b/mod.rs", "codec/src/b/inner.rs");
    let both = ["codec/src: `a` uses `b` (codec/src/a.rs:1), `b` uses `a` (codec/src/b/mod.rs:1)"];
    for text in ["use crate::B;", "use super::b;", "use crate::{b::B as C};", "fn f() { crate::I::new() }"] {
        assert_eq!(circles(&[(a, text), (b, "mod inner; use crate::A;"), (inner, "")]), both, "{text}");
    }
    let files = [
        (a, "use crate::b::inner;"),
        (b, "mod inner;"),
        (inner, "use crate::c;"),
        ("codec/src/c.rs", "\nfn f(a: crate::A) {}"),
    ];
    let three = "codec/src: `a` uses `b` (codec/src/a.rs:1), `b` uses `c` (codec/src/b/inner.rs:1), `c` uses `a` \
                 (codec/src/c.rs:2)";
    assert_eq!(circles(&files), [three]);
    let within =
        [(b, "mod inner; mod other;"), (inner, "use super::other;"), ("codec/src/b/other.rs", "use super::inner::I;")];
    let found = "codec/src/b: `inner` uses `other` (codec/src/b/inner.rs:1), `other` uses `inner` \
                 (codec/src/b/other.rs:1)";
    assert_eq!(circles(&within), [found]);
}

#[test]
fn what_is_no_circle_is_let_be() {
    let lib = ("codec/src/lib.rs", "mod a; mod b; pub use a::A; pub use b::B; pub fn f() {}");
    for files in [
        [("codec/src/a.rs", "use crate::B;"), ("codec/src/b.rs", "use crate::f;")],
        [("codec/src/a.rs", "use crate::B;"), ("codec/src/b.rs", "#[cfg(test)] mod tests { use crate::A; }")],
        [("codec/src/b/mod.rs", "mod inner; use inner::I; pub fn g() {}"), ("codec/src/b/inner.rs", "use super::g;")],
        [("src/a.rs", "use crate::b;"), ("src/b.rs", "use crate::a;")],
    ] {
        let house = House::of([files.as_slice(), &[lib]].concat(), "");
        assert_eq!(circles::circles(&house.files, CODEC), [""; 0], "{files:?}");
    }
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
        ("use std::{io, thread}; fn f() { thread::spawn(g) }", "`std::thread::spawn::` belongs in workers"),
        ("use std::thread::*;", "`std::thread::Builder::` belongs in workers"),
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
fn a_word_for_two_types_is_found() {
    let twice = |text: &'static str| {
        let files = [("src/lib.rs", "mod a; mod b;"), ("src/a.rs", "pub struct Name;"), ("src/b.rs", text)];
        words_for_two_types(&House::of(files, "")).len()
    };
    for text in
        ["enum Name { A }", "pub(crate) trait Name {}", "#[derive(Debug)] struct Name;", "use a::b; type Name = u8;"]
    {
        assert_eq!(twice(text), 1, "{text}");
    }
    for text in
        ["struct Other;", "#[cfg(test)] mod tests { struct Name; }", "trait T { type Name; }", "// struct Name;"]
    {
        assert_eq!(twice(text), 0, "{text}");
    }
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
