//! What others have written to the same end, where `make pages` has installed it: packages of npm, and Chromium.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs a module of JavaScript that may import the packages, with `input` on its standard input; `None` where these are not
/// installed.
pub fn javascript(code: &str, input: &[u8]) -> Option<String> {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"));
    let packages = target.join("pages");
    let mut command = Command::new("node");
    command.args(["--input-type=module", "--eval", code]).current_dir(&packages);
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let (Ok(mut process), true) = (started, packages.join("version").exists()) else {
        eprintln!("skipped: the packages of npm are not installed (make pages)");
        return None;
    };
    process.stdin.take().unwrap().write_all(input).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "node failed");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The page that Chromium makes of a file once it is loaded and its scripts are at rest, on a screen with so many pixels for each
/// of CSS; `None` where it is not installed.
pub fn chromium(page: &Path, pixel_ratio: u32) -> Option<String> {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new("chromium");
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--dump-dom",
    ]);
    command.args(["--window-size=1600,2000", "--virtual-time-budget=60000"]);
    command.arg(format!("--force-device-scale-factor={pixel_ratio}"));
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    let started = command.arg(page).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(process) = started else {
        eprintln!("skipped: chromium is not installed (make pages)");
        return None;
    };
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "chromium failed");
    Some(String::from_utf8(output.stdout).unwrap())
}
