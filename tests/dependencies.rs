//! Holds the dependencies to deny.toml as `cargo deny check licenses bans` does, wherever tests run; and to the
//! advisories that are known of them.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use semver::{Version, VersionReq};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// deny.toml. A rule that is not checked here is an unknown field or variant, and so fails.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    graph: Graph,
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Graph {
    targets: Vec<String>,
    all_features: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Licences {
    allow: Vec<String>,
    #[serde(rename = "unused-allowed-license")]
    _unused: Denied,
    private: Private,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Private {
    ignore: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Bans {
    #[serde(rename = "multiple-versions")]
    _multiple_versions: Allowed,
    #[serde(rename = "wildcards")]
    _wildcards: Denied,
    allow_wildcard_paths: bool,
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Denied {
    Deny,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Allowed {
    Allow,
}

/// What `cargo metadata` tells.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize, Clone)]
struct Package {
    id: String,
    name: String,
    version: Version,
    license: Option<String>,
    /// `None` for those of the workspace.
    source: Option<String>,
    /// The registries that it may be published in; `None` means any, none that it is private.
    publish: Option<Vec<String>>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize, Clone)]
struct Dependency {
    name: String,
    req: String,
    path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Resolve {
    root: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

impl Package {
    fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: Version,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advisories {
    as_of: String,
    advisory: Vec<Advisory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advisory {
    id: String,
    #[serde(rename = "crate")]
    name: String,
    /// Versions that are not affected.
    mended: Vec<VersionReq>,
    /// Why a version that is affected may be used.
    accepted: Option<String>,
}

fn read<T: DeserializeOwned>(path: &str) -> T {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    basic_toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All that image-proxy is built and tested with on any of the targets, itself included. Cargo fetches the manifests that
/// other targets need and this machine has not.
fn packages(graph: &Graph) -> Vec<Package> {
    let mut found = BTreeMap::new();
    for target in &graph.targets {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["metadata", "--format-version", "1", "--locked"]);
        cargo.args(["--filter-platform", target]).args(graph.all_features.then_some("--all-features"));
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{cargo:?}: {}", String::from_utf8_lossy(&output.stderr));
        let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
        found.extend(reached(metadata).into_iter().map(|package| (package.id.clone(), package)));
    }
    found.into_values().collect()
}

fn reached(Metadata { packages, resolve }: Metadata) -> Vec<Package> {
    let nodes: BTreeMap<_, _> = resolve.nodes.into_iter().map(|node| (node.id, node.dependencies)).collect();
    let (mut reached, mut waiting) = (BTreeSet::new(), vec![resolve.root]);
    while let Some(id) = waiting.pop() {
        if reached.insert(id.clone()) {
            waiting.extend(nodes.get(&id).into_iter().flatten().cloned());
        }
    }
    packages.into_iter().filter(|package| reached.contains(&package.id)).collect()
}

fn licences_that_are_not_allowed(rules: &Rules, packages: &[Package]) -> Vec<String> {
    let is_allowed = |name: &str| rules.licenses.allow.iter().any(|allowed| allowed == name);
    let mut named = BTreeSet::new();
    let mut faults = Vec::new();
    for package in packages {
        let is_private = package.publish.as_ref().is_some_and(Vec::is_empty);
        if is_private && rules.licenses.private.ignore {
            continue;
        }
        let Some(text) = &package.license else {
            faults.push(format!("{}: names no licence", package.label()));
            continue;
        };
        match spdx::Expression::parse_mode(text, spdx::ParseMode::LAX) {
            Ok(expression) => {
                named.extend(expression.requirements().map(|part| part.req.to_string()));
                if !expression.evaluate(|requirement| is_allowed(&requirement.to_string())) {
                    faults.push(format!("{}: licence {text}", package.label()));
                }
            }
            Err(error) => faults.push(format!("{}: {error}", package.label())),
        }
    }
    let unused = rules.licenses.allow.iter().filter(|allowed| !named.contains(*allowed));
    faults.extend(unused.map(|allowed| format!("deny.toml: no dependency has the licence {allowed}")));
    faults
}

fn what_is_banned(rules: &Rules, packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let bans = rules.bans.deny.iter().filter(|ban| ban.name == package.name);
        faults.extend(bans.map(|ban| format!("{}: {}", package.label(), ban.reason)));
        let is_ours = package.source.is_none();
        let may_be_any = |path: &Option<PathBuf>| rules.bans.allow_wildcard_paths && path.is_some();
        let any = package.dependencies.iter().filter(|wanted| wanted.req == "*" && !may_be_any(&wanted.path));
        faults.extend(
            any.filter(|_| is_ours).map(|wanted| format!("{}: any version of {}", package.label(), wanted.name)),
        );
    }
    faults
}

fn what_advisories_say(advisories: &[Advisory], locked: &[Locked]) -> Vec<String> {
    let mut faults = Vec::new();
    for advisory in advisories {
        let versions = locked.iter().filter(|locked| locked.name == advisory.name).map(|locked| &locked.version);
        let is_affected = |version: &&Version| !advisory.mended.iter().any(|mended| mended.matches(version));
        let affected: Vec<_> = versions.clone().filter(is_affected).collect();
        match (&advisory.accepted, affected.first()) {
            (None, Some(version)) => faults.push(format!("{} {version}: {}", advisory.name, advisory.id)),
            (Some(_), None) => faults.push(format!("{}: nothing to accept any more", advisory.id)),
            _ if versions.count() == 0 => faults.push(format!("{}: {} is no dependency", advisory.id, advisory.name)),
            _ => {}
        }
    }
    faults
}

#[track_caller]
fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let rules: Rules = read("deny.toml");
    assert_none(licences_that_are_not_allowed(&rules, &packages(&rules.graph)));
}

#[test]
fn no_dependency_is_banned() {
    let rules: Rules = read("deny.toml");
    assert_none(what_is_banned(&rules, &packages(&rules.graph)));
}

#[test]
fn no_dependency_has_a_fault_that_is_known_here() {
    let Advisories { as_of, advisory } = read("tests/dependencies/advisories.toml");
    let year: u32 = as_of.split('-').next().unwrap().parse().unwrap();
    let years = advisory.iter().map(|advisory| advisory.id.split('-').nth(1).unwrap().parse::<u32>().unwrap());
    assert!(years.max() <= Some(year), "as_of is older than the advisories");
    assert_none(what_advisories_say(&advisory, &read::<Lock>("Cargo.lock").package));
}

/// The features of each package that some arguments of cargo give it, in as many ways as it is compiled.
fn features(arguments: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["tree", "--locked", "--prefix", "none", "--format", "{p}|{f}"]);
    let output = cargo.args(arguments).output().unwrap();
    assert!(output.status.success(), "{cargo:?}: {}", String::from_utf8_lossy(&output.stderr));
    let mut found = BTreeMap::<_, BTreeSet<_>>::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        // Our own crates name their folder, and what was listed before ends in (*).
        if let Some((package, features)) = line.trim_end_matches(" (*)").split_once('|').filter(|_| !line.contains('/'))
        {
            found.entry(package.to_owned()).or_default().insert(features.to_owned());
        }
    }
    found
}

/// Where another choice gives a dependency another feature, it and all that depends on it are compiled once more.
#[test]
fn all_choices_of_encoders_share_their_dependencies() {
    let both = features(&["--workspace", "--features", "ravif,heic"]);
    assert!(both.len() > 200, "{} dependencies", both.len());
    let alone = ["--package", "image-proxy", "--package", "image-proxy-codec", "--no-default-features"];
    for choice in [&[][..], &["--workspace"], &[&alone[..], &["--features", "ravif"]].concat()] {
        let other = features(choice).into_iter().filter(|(package, features)| both.get(package) != Some(features));
        assert_none(other.map(|(package, features)| format!("{choice:?}: {package} with {features:?}")).collect());
    }
}

/// HEVC is patented: nobody gets its decoder who did not ask for it, the container image least of all.
#[test]
fn heic_is_only_where_it_was_asked_for() {
    let decoder = |choice: &[&str]| features(choice).into_keys().find(|package| package.starts_with("heic-rs "));
    let alone = ["--package", "image-proxy", "--no-default-features", "--features"];
    for choice in [&[][..], &[&alone[..], &["ravif"]].concat()] {
        assert_eq!(decoder(choice), None, "{choice:?}");
    }
    assert!(decoder(&["--features", "heic"]).is_some());
    assert!(!std::fs::read_to_string("Dockerfile").unwrap().contains("heic"));
}

/// Proves that each rule can fail.
mod proof {
    use super::*;

    fn rules(licences: &[&str]) -> Rules {
        let mut rules: Rules = read("deny.toml");
        rules.licenses.allow = licences.iter().map(|name| (*name).to_owned()).collect();
        rules
    }

    fn package(name: &str, license: Option<&str>) -> Package {
        Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: Version::new(1, 2, 3),
            license: license.map(str::to_owned),
            source: Some("registry".to_owned()),
            publish: None,
            dependencies: Vec::new(),
        }
    }

    #[test]
    fn a_licence_counts_as_its_expression_says() {
        let faults = |licence| licences_that_are_not_allowed(&rules(&["MIT"]), &[package("a", licence)]);
        for sound in ["MIT", "MIT OR GPL-3.0-only", "GPL-3.0-only/MIT", "(GPL-2.0-only OR MIT) AND MIT"] {
            assert!(faults(Some(sound)).is_empty(), "{sound}");
        }
        for broken in ["MIT AND GPL-3.0-only", "GPL-3.0-only AND (MIT OR Zlib)", "MIT WITH LLVM-exception AND MIT"] {
            assert_eq!(faults(Some(broken)), [format!("a 1.2.3: licence {broken}")]);
        }
        let unused = "deny.toml: no dependency has the licence MIT".to_owned();
        assert_eq!(faults(Some("Zlib")), ["a 1.2.3: licence Zlib".to_owned(), unused.clone()]);
        assert_eq!(faults(None), ["a 1.2.3: names no licence".to_owned(), unused]);
    }

    #[test]
    fn only_what_is_private_needs_no_licence() {
        let private = Package { publish: Some(Vec::new()), ..package("a", None) };
        assert!(licences_that_are_not_allowed(&rules(&[]), &[private]).is_empty());
    }

    #[test]
    fn what_is_banned_is_found() {
        let found = what_is_banned(&rules(&[]), &[package("openssl-sys", Some("MIT")), package("ring", None)]);
        assert_eq!(found, ["openssl-sys 1.2.3: rustls with ring does TLS: no system library"]);
    }

    #[test]
    fn any_version_is_accepted_of_our_own_crates_alone() {
        let wanting = |source: Option<&str>, path: Option<&str>| {
            let dependency = Dependency { name: "b".into(), req: "*".into(), path: path.map(PathBuf::from) };
            let dependencies = vec![dependency];
            let package = Package { source: source.map(str::to_owned), dependencies, ..package("a", Some("MIT")) };
            what_is_banned(&rules(&[]), &[package])
        };
        assert_eq!(wanting(None, None), ["a 1.2.3: any version of b"]);
        assert!(wanting(None, Some("b")).is_empty() && wanting(Some("registry"), None).is_empty());
    }

    #[test]
    fn a_rule_that_is_not_checked_is_an_error() {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml")).unwrap();
        assert!(basic_toml::from_str::<Rules>(&text).is_ok());
        for rule in ["\n[advisories]\n", "\n[sources]\nunknown-registry = \"deny\"\n"] {
            assert!(basic_toml::from_str::<Rules>(&(text.clone() + rule)).is_err(), "{rule}");
        }
        let stricter = text.replace("multiple-versions = \"allow\"", "multiple-versions = \"deny\"");
        assert!(stricter != text && basic_toml::from_str::<Rules>(&stricter).is_err());
    }

    #[test]
    fn only_what_is_reached_from_the_program_counts() {
        let node = |id: &str, to: &str| Node { id: id.into(), dependencies: vec![to.to_owned()] };
        let resolve = Resolve { root: "a".into(), nodes: vec![node("a", "b"), node("b", "a"), node("fuzz", "c")] };
        let packages = ["a", "b", "c", "fuzz"].map(|name| package(name, None)).to_vec();
        let names = reached(Metadata { packages, resolve }).into_iter().map(|package| package.name);
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn an_advisory_is_about_the_versions_that_it_names() {
        let found = |version: &str, accepted: Option<&str>| {
            let mended = [">=0.10.1", ">=0.9.3, <0.10.0"].map(|range| range.parse().unwrap()).to_vec();
            let advisory =
                Advisory { id: "X-1".into(), name: "rand".into(), mended, accepted: accepted.map(str::to_owned) };
            what_advisories_say(&[advisory], &[Locked { name: "rand".into(), version: version.parse().unwrap() }])
        };
        for sound in ["0.9.3", "0.10.1", "1.0.0"] {
            assert!(found(sound, None).is_empty(), "{sound}");
        }
        assert_eq!(found("0.9.2", None), ["rand 0.9.2: X-1"]);
        assert_eq!(found("0.10.0", None), ["rand 0.10.0: X-1"]);
        assert!(found("0.10.0", Some("harmless here")).is_empty());
        assert_eq!(found("0.10.1", Some("harmless here")), ["X-1: nothing to accept any more"]);
        let advisory = Advisory { id: "X-2".into(), name: "gone".into(), mended: vec![], accepted: None };
        assert_eq!(what_advisories_say(&[advisory], &[]), ["X-2: gone is no dependency"]);
    }
}
