//! Names the native tool that is missing and the command that installs it.
//!
//! The libraries that need the tools check late or not at all: mozjpeg 2.2.3 builds without its assembly code after a
//! mere warning, and none names the command that helps. A package's build script waits for those of the libraries that
//! it links, so this check stands in a package of its own, which waits for nothing.

use std::env;
use std::process::exit;

/// The command to look for, and the Debian package that has it. A test holds this against the Makefile.
const TOOLS: [(&str, &str); 5] =
    [("cc", "build-essential"), ("c++", "build-essential"), ("nasm", "nasm"), ("cmake", "cmake"), ("perl", "perl")];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let missing: Vec<_> = TOOLS.into_iter().filter(|(tool, _)| is_needed(tool) && !is_installed(tool)).collect();
    if missing.is_empty() {
        return;
    }
    let tools: Vec<_> = missing.iter().map(|(tool, _)| *tool).collect();
    let mut packages: Vec<_> = missing.iter().map(|(_, package)| *package).collect();
    packages.dedup();
    let (tools, packages) = (tools.join(", "), packages.join(" "));
    println!("cargo::error=missing native tools: {tools}");
    println!(
        "cargo::error=on Debian or Ubuntu: sudo apt-get install -y {packages} (elsewhere, the packages with these tools)"
    );
    if tools.contains("nasm") {
        println!("cargo::error=afterwards: cargo clean -p mozjpeg-sys, or JPEG stays without its assembly code");
    }
    exit(1);
}

fn is_needed(tool: &str) -> bool {
    let is_set = |name: &str| env::var_os(name).is_some();
    match tool {
        "nasm" => env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture.starts_with("x86")),
        "cmake" => is_set("CARGO_FEATURE_LIBAOM") && !is_set("CMAKE"),
        "perl" => is_set("CARGO_FEATURE_LIBAOM"),
        // Whoever names another compiler has one.
        "cc" => !is_set("CC"),
        "c++" => !is_set("CXX"),
        _ => true,
    }
}

fn is_installed(tool: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    let file = format!("{tool}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&folders).any(|folder| folder.join(&file).is_file())
}
