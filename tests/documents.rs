//! What documents and deployment files say is what the program and the tree are.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use image_proxy::config;
use image_proxy::dialect::parameter_table;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder, relative to the root; none where it does not exist.
fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    files
}

/// The documents that people read: those at the top, and those in docs.
fn documents() -> Vec<PathBuf> {
    let top = fs::read_dir(root()).unwrap().map(|entry| PathBuf::from(entry.unwrap().file_name()));
    top.chain(files_below("docs")).filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[test]
fn the_template_for_dotenv_is_what_the_program_prints() {
    assert!(text(".env.template") == config::env_template(), ".env.template is out of date: make docs");
}

#[test]
fn the_table_in_the_readme_is_what_the_program_prints() {
    let readme = text("README.md");
    let (_, after) = readme.split_once("<!-- settings:begin -->\n").expect("a line <!-- settings:begin -->");
    let (table, _) = after.split_once("<!-- settings:end -->").expect("a line <!-- settings:end -->");
    assert!(table == config::markdown_table(), "the table in README.md is out of date: make docs");
}

#[test]
fn the_table_of_parameters_in_the_readme_is_what_the_program_prints() {
    let readme = text("README.md");
    let (_, after) = readme.split_once("<!-- parameters:begin -->\n").expect("a line <!-- parameters:begin -->");
    let (table, _) = after.split_once("<!-- parameters:end -->").expect("a line <!-- parameters:end -->");
    assert!(table == parameter_table(), "the table of parameters in README.md is out of date: make docs");
}

/// The names that begin with our prefix; the prefix alone, as in `IMAGE_PROXY_*`, is none.
fn variables(text: &str) -> BTreeSet<&str> {
    let is_part = |symbol: char| symbol.is_ascii_uppercase() || symbol.is_ascii_digit() || symbol == '_';
    let words = text.split(|symbol| !is_part(symbol));
    words.filter(|word| word.strip_prefix("IMAGE_PROXY_").is_some_and(|rest| !rest.is_empty())).collect()
}

#[test]
fn every_variable_that_is_named_exists() {
    let settings = config::settings();
    let known: BTreeSet<_> = settings.iter().map(|setting| setting.name.as_str()).collect();
    let files = ["Dockerfile", "docker-compose.yml", "Makefile", "README.md"].map(PathBuf::from);
    let wiring = ["src/app.rs", "src/main.rs"].map(PathBuf::from).into_iter().chain(files_below("src/app"));
    for file in files.into_iter().chain(files_below("docs")).chain(wiring) {
        // A picture has no names to check.
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        let unknown: Vec<_> = variables(&text).difference(&known).copied().collect();
        assert!(unknown.is_empty(), "{} names {unknown:?}", file.display());
    }
}

/// Those that know how settings are called; the others fail, and these say what to change. What reads an old configuration
/// tells which settings of ours take the place of those.
fn may_name(file: &Path) -> bool {
    let homes = ["src/config", "src/app", "src/app.rs", "src/main.rs"];
    let picfit = ["src/dialect/picfit/settings.rs", "src/dialect/picfit/settings", "src/dialect/picfit/storage.rs"];
    let imgproxy = ["src/dialect/imgproxy/variables.rs", "src/dialect/imgproxy/environment"];
    homes.iter().chain(&picfit).chain(&imgproxy).any(|home| file.starts_with(home))
}

#[test]
fn rooms_that_work_name_no_variable() {
    let sources = files_below("src").into_iter().chain(files_below("codec/src"));
    let is_code = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "rs");
    let others: Vec<_> = sources.filter(|file| is_code(file) && !may_name(file)).collect();
    assert!(others.len() > 50, "{others:?}");
    for file in others {
        let text = text(&file);
        let named = variables(&text);
        assert!(named.is_empty(), "{} names {named:?}, which config and app alone do", file.display());
    }
}

/// The words of the first line that begins with `start`, without it.
fn words_after<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(start));
    line.unwrap_or_else(|| panic!("no line begins with {start}"))
        .split_whitespace()
        .filter(|word| *word != "\\")
        .collect()
}

/// The pairs in the table `TOOLS` of the build's own check.
fn tools(check: &str) -> Vec<(&str, &str)> {
    let table = check.split_once("TOOLS").and_then(|(_, after)| after.split_once("];")).map_or("", |(table, _)| table);
    let pairs = table.split("(\"").skip(1).filter_map(|pair| pair.split_once("\")")).map(|(pair, _)| pair);
    pairs.filter_map(|pair| pair.split_once("\", \"")).collect()
}

#[test]
fn native_packages_are_the_same_wherever_they_are_named() {
    let makefile = text("Makefile");
    let packages = words_after(&makefile, "NATIVE_PACKAGES :=");
    let commands = words_after(&makefile, "NATIVE_COMMANDS :=");
    let dockerfile = text("Dockerfile");
    assert_eq!(words_after(&dockerfile, "&& apt-get install -y --no-install-recommends"), packages, "Dockerfile");
    let check = text("native-tools/build.rs");
    let tools = tools(&check);
    assert!(!tools.is_empty(), "native-tools/build.rs has no table TOOLS");
    for (tool, package) in tools {
        assert!(commands.contains(tool) && packages.contains(package), "native-tools/build.rs: {tool}, {package}");
    }
}

/// The lines of a document outside its fenced blocks of code.
fn prose(document: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    document.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// What the links of a document point to.
fn links(document: &str) -> Vec<&str> {
    let after_brackets = prose(document).flat_map(|line| line.split("](").skip(1));
    after_brackets.filter_map(|rest| rest.split([')', ' ']).next()).collect()
}

/// The anchors that GitHub gives to the headings of a document; equal headings are not told apart.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings = prose(document).filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading
            .to_lowercase()
            .chars()
            .filter(|symbol| symbol.is_alphanumeric() || " -_".contains(*symbol))
            .collect::<String>();
        kept.replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn links_in_documents_lead_somewhere() {
    for document in documents() {
        let own_text = text(&document);
        for link in links(&own_text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { document.clone() } else { document.with_file_name(path) };
            assert!(root().join(&target).exists(), "{}: {link}: no such file", document.display());
            let is_heading = anchor.is_empty() || anchors(&text(&target)).contains(anchor);
            assert!(is_heading, "{}: {link}: no such heading", document.display());
        }
    }
}

#[test]
fn links_and_anchors_are_found() {
    let document = "# The `one` thing: a-b\n[a](b.md#c) ![d](e.png \"title\")\n```\n[no](link)\n# no heading\n```\n";
    assert_eq!(links(document), ["b.md#c", "e.png"]);
    assert_eq!(anchors(document), BTreeSet::from(["the-one-thing-a-b".to_owned()]));
}
