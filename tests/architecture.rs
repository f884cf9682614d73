//! Holds the architecture: the order of the rooms, no circles among the codecs' modules, one home for each secret, the
//! limits of files and functions.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by a panic, and so does one that reads sources wrong"
)]

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/proof.rs"]
mod proof;
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
const RULES: [Rule; 12] = [
    Rule { home: "telemetry", secrets: &["metrics::", "metrics_exporter_prometheus::", "metrics_process::", "counter!", "gauge!", "histogram!",
        "describe_counter!", "describe_gauge!", "describe_histogram!"], exceptions: &[] },
    Rule { home: "bucket", secrets: &["object_store::"], exceptions: &[] },
    Rule { home: "cache", secrets: &["foyer::"], exceptions: &[] },
    Rule { home: "rates", secrets: &["governor::"], exceptions: &[] },
    Rule { home: "watch", secrets: &["inotify::"], exceptions: &[] },
    Rule { home: "config", secrets: &["std::env::", "envy::", "dotenvy::"], exceptions: &[] },
    Rule { home: "http", secrets: &["StatusCode"], exceptions: &[
        ("telemetry", "reads the status of an answer to label it, and never chooses one"),
        ("source", "reads the status that an upstream answers with, and never chooses one"),
        ("watch", "reads the status that a webhook answers with, and never chooses one"),
        ("bucket", "reads the status that a store answers with, and never chooses one"),
        ("dialect", "has words of its own for denials, and those of other systems their own statuses"),
        ("config", "reads the statuses that an operator lists, and never chooses one"),
    ] },
    Rule { home: "pipeline", secrets: &["fast_image_resize::", "fast_ssim2::"], exceptions: &[] },
    Rule { home: "workers", secrets: &["spawn_blocking", "block_in_place", "std::thread::Builder::", "std::thread::scope::",
        "std::thread::spawn::"], exceptions: &[
        ("pipeline", "reads headers where a wait does not matter"),
        ("source", "reads what the page cache does not hold"),
        ("deposit", "waits until the disk has what is written"),
        ("http", "keeps each connection on one thread"),
        ("watch", "walks through folders, for as long as that takes"),
    ] },
    Rule { home: "codec", secrets: &["avif_parse::", "avif_serialize::", "image::", "libaom_sys::", "libwebp_sys::", "moxcms::",
        "mozjpeg_sys::", "fdeflate::", "heic_rs::", "png::", "rav1d::", "ravif::", "rgb::"], exceptions: &[] },
    Rule { home: TESTS, secrets: &[".unwrap", ".expect", "panic!", "todo!", "unimplemented!", "unreachable!"], exceptions: &[] },
    Rule { home: NOWHERE, secrets: &["#[allow"], exceptions: &[] },
];

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 60;
/// Lines of test code for each line of code.
const MIN_TEST_SHARE: f64 = 0.7;
/// What is no room but may use all of them.
const ENTRANCES: [&str; 2] = ["lib", "main"];
/// The sources that have no rooms: the compiler keeps this crate from using any.
const CODEC: &str = "codec/src";

/// Where all is test code.
const TEST_FOLDERS: [&str; 2] = ["tests", "codec/tests"];

/// The text that the rules are about.
struct House {
    files: Vec<File>,
    /// `docs/ARCHITECTURE.md`; empty where it is missing.
    map: String,
}

impl House {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = sources(&["src", CODEC]);
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

/// The Rust files below these folders, by their paths from the package's root.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
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
    files
}

/// Lines that have code, not only comments: of what is shipped, and of what tests it.
fn lines_of_code(house: &House, tests: &[File]) -> (usize, usize) {
    let lines = |file: &File, is_test: bool| {
        let tokens = file.tokens.iter().filter(|token| token.is_test == is_test);
        tokens.map(|token| token.line).collect::<BTreeSet<_>>().len()
    };
    let beside: usize = house.files.iter().map(|file| lines(file, true)).sum();
    let apart: usize = tests.iter().map(|file| lines(file, true) + lines(file, false)).sum();
    (house.files.iter().map(|file| lines(file, false)).sum(), beside + apart)
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

/// Types that share a name, outside of codecs, which are worlds of their own, and of tests. What a function or a macro
/// writes out is not looked at.
fn words_for_two_types(house: &House) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in house.files.iter().filter(|file| !file.path.starts_with(CODEC)) {
        let declares = |index: &usize| {
            let is_type = matches!(file.word(*index), "struct" | "enum" | "trait" | "type");
            let is_item = *index == 0 || matches!(file.word(index - 1), "pub" | ")" | ";" | "}" | "]");
            let name = file.word(index + 1);
            is_type && is_item && !file.tokens[*index].is_test && name.starts_with(char::is_uppercase)
        };
        for index in (0..file.tokens.len()).filter(declares).filter(|index| file.is_outermost(*index)) {
            let place = format!("{}:{}", file.path, file.tokens[index].line);
            places.entry(file.word(index + 1)).or_default().push(place);
        }
    }
    let doubled = places.into_iter().filter(|(_, places)| places.len() > 1);
    doubled.map(|(name, places)| format!("`{name}` names several types: {}", places.join(", "))).collect()
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
fn no_modules_of_the_codecs_use_each_other_in_a_circle() {
    assert_none(circles::circles(&House::read().files, CODEC));
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
fn there_is_enough_test_code() {
    let tests: Vec<_> = sources(&TEST_FOLDERS).iter().map(|(path, text)| File::read(path, text)).collect();
    let (code, test) = lines_of_code(&House::read(), &tests);
    let share = test as f64 / code as f64;
    assert!(share >= MIN_TEST_SHARE, "{test} lines of test code for {code} of code: {share:.3}");
    assert!(code > 10_000, "{code} lines of code");
}

#[test]
fn no_word_names_two_types() {
    assert_none(words_for_two_types(&House::read()));
}

#[test]
fn every_room_says_what_it_is_for() {
    assert_none(rooms_that_do_not_say_what_they_are_for(&House::read()));
}

#[test]
fn the_documents_show_the_rooms_in_their_order() {
    assert_none(rooms_that_the_map_puts_elsewhere(&House::read()));
}
