//! Holds the architecture: the order of the rooms, one home for each secret, the limits of files and functions.

#[path = "architecture/text.rs"]
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use text::File;

/// What is named in one place only.
struct Rule {
    /// A room, or [`TESTS`], or [`NOWHERE`].
    home: &'static str,
    /// As [`text::Sighting`] spells them. A path stands for all below it.
    secrets: &'static [&'static str],
    /// Other rooms that may name them, and why.
    exceptions: &'static [(&'static str, &'static str)],
}

/// Test code in any room.
const TESTS: &str = "tests";
const NOWHERE: &str = "no room";

#[rustfmt::skip]
const RULES: [Rule; 9] = [
    Rule { home: "telemetry", secrets: &["metrics::", "metrics_exporter_prometheus::", "metrics_process::", "counter!", "gauge!", "histogram!",
        "describe_counter!", "describe_gauge!", "describe_histogram!"], exceptions: &[] },
    Rule { home: "cache", secrets: &["foyer::"], exceptions: &[] },
    Rule { home: "config", secrets: &["std::env::", "envy::", "dotenvy::"], exceptions: &[] },
    Rule { home: "http", secrets: &["StatusCode"], exceptions: &[
        ("telemetry", "reads the status of an answer to label it, and never chooses one"),
        ("source", "reads the status that an upstream answers with, and never chooses one"),
        ("dialect", "has words of its own for denials, and those of other systems their own statuses"),
        ("config", "reads the statuses that an operator lists, and never chooses one"),
    ] },
    Rule { home: "pipeline", secrets: &["fast_image_resize::", "libblur::"], exceptions: &[] },
    Rule { home: "workers", secrets: &["spawn_blocking", "block_in_place", "std::thread::Builder::", "std::thread::scope::",
        "std::thread::spawn::"], exceptions: &[
        ("pipeline", "reads headers where a wait does not matter"),
        ("source", "reads what the page cache does not hold"),
        ("http", "keeps each connection on one thread"),
    ] },
    Rule { home: "codec", secrets: &["avif_parse::", "avif_serialize::", "image::", "libaom_sys::", "libwebp_sys::", "moxcms::",
        "mozjpeg_sys::", "fdeflate::", "png::", "rav1d::", "ravif::", "rgb::"], exceptions: &[] },
    Rule { home: TESTS, secrets: &[".unwrap", ".expect", "panic!", "todo!", "unimplemented!", "unreachable!"], exceptions: &[] },
    Rule { home: NOWHERE, secrets: &["#[allow"], exceptions: &[] },
];

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 60;
/// What is no room but may use all of them.
const ENTRANCES: [&str; 2] = ["lib", "main"];
/// The sources that have no rooms: the compiler keeps this crate from using any.
const CODEC: &str = "codec/src";

/// The text that the rules are about.
struct House {
    files: Vec<File>,
    /// `docs/ARCHITECTURE.md`; empty where it is missing.
    map: String,
}

impl House {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        let mut folders = vec![root.join("src"), root.join(CODEC)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                    files.push((name, fs::read_to_string(path).unwrap()));
                }
            }
        }
        files.sort();
        let map = fs::read_to_string(root.join("docs/ARCHITECTURE.md")).unwrap_or_default();
        Self::of(files.iter().map(|(path, text)| (path.as_str(), text.as_str())), &map)
    }

    fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, map: &str) -> Self {
        let mut files: Vec<_> = files.into_iter().map(|(path, text)| File::read(path, text)).collect();
        let declared = files.iter().flat_map(File::declared_modules).collect::<Vec<_>>();
        let tests: Vec<_> = declared.into_iter().filter(|(_, is_test)| *is_test).map(|(module, _)| module).collect();
        for file in &mut files {
            let is_test = tests.iter().any(|test| file.module.starts_with(test));
            file.tokens.iter_mut().for_each(|token| token.is_test |= is_test);
        }
        Self { files, map: map.to_owned() }
    }

    /// The rooms in the order of `lib.rs`: each may use those before it.
    fn rooms(&self) -> Vec<String> {
        let roots = self.files.iter().filter(|file| file.path == "src/lib.rs");
        roots.flat_map(File::declared_modules).flat_map(|(module, _)| module).collect()
    }
}

fn paths_that_point_down(house: &House) -> Vec<String> {
    let rooms = house.rooms();
    let place = |room: &str| rooms.iter().position(|known| known == room);
    let mut faults = BTreeMap::new();
    for file in house.files.iter().filter(|file| !ENTRANCES.contains(&file.room()) && !file.path.starts_with(CODEC)) {
        let Some(own) = place(file.room()) else {
            faults.insert((&file.path, format!("`{}` is no room of src/lib.rs", file.room())), 1);
            continue;
        };
        for sighting in file.sightings() {
            let Some(path) = sighting.text.strip_prefix("crate::") else { continue };
            let used = path.split("::").next().unwrap_or_default();
            let fault = match place(used) {
                Some(other) if other <= own => continue,
                Some(_) => format!("`{}` uses `{used}`, a room further down", file.room()),
                None => format!("`crate::{used}` names no room"),
            };
            let first = faults.entry((&file.path, fault)).or_insert(sighting.line);
            *first = sighting.line.min(*first);
        }
    }
    faults.into_iter().map(|((path, fault), line)| format!("{path}:{line}: {fault}")).collect()
}

fn secrets_outside_their_home(house: &House) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for file in &house.files {
        for sighting in file.sightings() {
            for rule in &RULES {
                let may_name = rule.home == file.room() || rule.exceptions.iter().any(|(room, _)| *room == file.room());
                let is_home = may_name || (rule.home == TESTS && sighting.is_test);
                let secret = rule.secrets.iter().find(|secret| is_named(secret, &sighting.text));
                if let (false, Some(secret)) = (is_home, secret) {
                    faults.insert((&file.path, sighting.line, secret, rule.home));
                }
            }
        }
    }
    let text = |(path, line, secret, home)| format!("{path}:{line}: `{secret}` belongs in {home} alone");
    faults.into_iter().map(text).collect()
}

fn is_named(secret: &str, sighting: &str) -> bool {
    let everything_in = sighting.strip_suffix("*::").filter(|path| !path.is_empty());
    let is_below = secret.ends_with("::") && sighting.starts_with(secret);
    sighting == secret || is_below || everything_in.is_some_and(|path| secret.starts_with(path))
}

fn what_is_too_long(house: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for file in &house.files {
        let lines = file.text.lines().count();
        if lines > MAX_FILE_LINES {
            faults.push(format!("{}:{lines}: a file has at most {MAX_FILE_LINES} lines", file.path));
        }
        for (index, token) in file.tokens.iter().enumerate().filter(|(_, token)| token.text == "fn" && !token.is_test) {
            let Some(body) = body_of_function(file, index) else { continue };
            let lines = file.tokens[file.closing(body)].line - token.line + 1;
            if lines > MAX_FUNCTION_LINES {
                let name = file.word(index + 1);
                let fault = format!("`{name}` has {lines} lines, a function has at most {MAX_FUNCTION_LINES}");
                faults.push(format!("{}:{}: {fault}", file.path, token.line));
            }
        }
    }
    faults
}

/// The brace that opens the body of the function whose `fn` is at `index`; `None` for a type, or a mere declaration.
fn body_of_function(file: &File, index: usize) -> Option<usize> {
    let mut at = index + 1;
    while at < file.tokens.len() && (at > index + 1 || file.word(at) != "(") {
        match file.word(at) {
            "(" | "[" => at = file.closing(at),
            "{" => return Some(at),
            ";" => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

fn rooms_that_do_not_say_what_they_are_for(house: &House) -> Vec<String> {
    let says = |room: &String| {
        let names = [format!("src/{room}.rs"), format!("src/{room}/mod.rs")];
        house.files.iter().any(|file| names.contains(&file.path) && file.text.starts_with("//!"))
    };
    let silent = house.rooms().into_iter().filter(|room| !says(room));
    silent.map(|room| format!("src/{room}: a room begins with `//!` and what it is for")).collect()
}

/// The map lists each room on a line of its own, as `- room/`, `| room.rs |` or indented in a drawing of the tree.
fn rooms_that_the_map_puts_elsewhere(house: &House) -> Vec<String> {
    let rooms = house.rooms();
    let mut drawn: Vec<&str> = Vec::new();
    for line in house.map.lines() {
        let start = line.trim_start_matches(|character: char| !character.is_alphanumeric());
        let entry = start.split_whitespace().next().unwrap_or_default().trim_end_matches(['`', '*', '|', ':', ',']);
        let entry = entry.strip_prefix("src/").unwrap_or(entry);
        let name = entry.strip_suffix("/mod.rs").or(entry.strip_suffix('/')).or(entry.strip_suffix(".rs"));
        // In a table or a list a room may go without its slash; in running text it may not.
        let is_listed = name.is_some() || line.trim_start().starts_with(['|', '-', '*', '`']);
        let name = name.unwrap_or(entry);
        if is_listed && rooms.iter().any(|room| room == name) && !drawn.contains(&name) {
            drawn.push(name);
        }
    }
    let fault = || format!("docs/ARCHITECTURE.md: expected the rooms in the order {rooms:?}, got {drawn:?}");
    if drawn == rooms { Vec::new() } else { vec![fault()] }
}

#[track_caller]
fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_room_uses_only_rooms_above_it() {
    assert_none(paths_that_point_down(&House::read()));
}

#[test]
fn every_secret_has_one_home() {
    assert_none(secrets_outside_their_home(&House::read()));
}

#[test]
fn files_and_functions_are_short() {
    assert_none(what_is_too_long(&House::read()));
}

#[test]
fn every_room_says_what_it_is_for() {
    assert_none(rooms_that_do_not_say_what_they_are_for(&House::read()));
}

#[test]
fn the_documents_show_the_rooms_in_their_order() {
    assert_none(rooms_that_the_map_puts_elsewhere(&House::read()));
}

/// Proves that each rule can fail.
mod proof {
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
    fn a_room_without_a_word_about_itself_is_found() {
        let files =
            [("src/lib.rs", "mod request; mod codec;"), ("src/request.rs", "//! WORDS"), ("src/codec/mod.rs", "")];
        let found = rooms_that_do_not_say_what_they_are_for(&House::of(files, ""));
        assert_eq!(found, ["src/codec: a room begins with `//!` and what it is for"]);
    }

    #[test]
    fn a_map_in_another_order_is_found() {
        let faults =
            |map| rooms_that_the_map_puts_elsewhere(&House::of([("src/lib.rs", "mod request; mod codec;")], map));
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
}
