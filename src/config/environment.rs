//! Where settings come from: real variables, and a `.env` file that never overrides them.
//! It must not know what the variables mean.

use std::ffi::OsString;
use std::path::Path;
use std::{env, fs, io};

use super::problem::{Problem, Warning};
use super::table::{PREFIX, Setting};

/// Names and values.
pub(super) type Variables = Vec<(String, String)>;

/// The arguments of the process, without the name of the program.
pub fn arguments() -> impl Iterator<Item = OsString> {
    env::args_os().skip(1)
}

/// The variables of the process. One that is not UTF-8 is a problem if it is ours, and nothing otherwise.
pub(super) fn process_variables() -> (Variables, Vec<Problem>) {
    let mut variables = Vec::new();
    let mut problems = Vec::new();
    for (name, value) in env::vars_os() {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => variables.push((name, value)),
            Err(_) if name.starts_with(PREFIX) || name == "RUST_LOG" => problems.push(Problem::NotUnicode { name }),
            Err(_) => {}
        }
    }
    (variables, problems)
}

/// The variables of a file in the format of `.env` files; a file that is not there has none.
pub(super) fn file_variables(path: &Path) -> (Variables, Vec<Problem>) {
    match fs::read_to_string(path) {
        Ok(text) => text_variables(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), Vec::new()),
        Err(source) => (Vec::new(), vec![Problem::DotEnvUnreadable { source }]),
    }
}

/// The variables in the text of a `.env` file.
pub(super) fn text_variables(text: &str) -> (Variables, Vec<Problem>) {
    let mut variables = Vec::new();
    let mut problems = Vec::new();
    // Some editors of other systems begin a text with a byte order mark.
    for line in dotenvy::from_read_iter(text.trim_start_matches('\u{feff}').as_bytes()) {
        match line {
            Ok(variable) => variables.push(variable),
            Err(dotenvy::Error::LineParse(line, _)) => {
                problems.push(Problem::DotEnvLine { line: without_value(&line) })
            }
            Err(error) => problems.push(Problem::DotEnvUnreadable { source: io::Error::other(error) }),
        }
    }
    (variables, problems)
}

/// A line as it may be printed: a value may be a secret.
fn without_value(line: &str) -> String {
    line.split_once('=').map_or_else(|| line.to_owned(), |(name, _)| format!("{name}=…"))
}

/// What to say about a variable that is none of ours: nothing where the name does not look like one.
pub(super) fn unknown_variable(name: &str, value: &str, settings: &[Setting]) -> Option<Warning> {
    let capitals = name.to_ascii_uppercase();
    let suffix = capitals.strip_prefix(PREFIX)?;
    if is_service_link(suffix, value) {
        return None;
    }
    let known = settings.iter().filter_map(|setting| setting.name.strip_prefix(PREFIX));
    let distances = known.map(|known| (strsim::damerau_levenshtein(suffix, known), known));
    // A quarter of the letters: a slip is named, another word (`JXL_QUALITY` for `JPEG_QUALITY`) is not.
    let nearest = distances.min().filter(|(distance, _)| *distance <= suffix.len() / 4);
    Some(Warning::Unknown { name: name.to_owned(), nearest: nearest.map(|(_, known)| format!("{PREFIX}{known}")) })
}

/// Kubernetes sets these for a service named `image-proxy`
/// (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>).
fn is_service_link(suffix: &str, value: &str) -> bool {
    let is_address = suffix == "PORT" && value.contains("://");
    is_address || suffix.starts_with("PORT_") || suffix.starts_with("SERVICE_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings;

    fn warning(name: &str, value: &str) -> Option<String> {
        unknown_variable(name, value, &settings()).map(|warning| warning.to_string())
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest_right_one() {
        let expected = "unknown variable IMAGE_PROXY_JPG_QUALITY, did you mean IMAGE_PROXY_JPEG_QUALITY?";
        assert_eq!(warning("IMAGE_PROXY_JPG_QUALITY", "75").as_deref(), Some(expected));
        let expected = "unknown variable image_proxy_workers, did you mean IMAGE_PROXY_WORKERS?";
        assert_eq!(warning("image_proxy_workers", "75").as_deref(), Some(expected));
        let expected = "unknown variable IMAGE_PROXY_JXL_QUALITY";
        assert_eq!(warning("IMAGE_PROXY_JXL_QUALITY", "75").as_deref(), Some(expected));
        assert_eq!(warning("PATH", "/bin"), None);
    }

    #[test]
    fn what_kubernetes_sets_for_a_service_is_no_slip() {
        assert_eq!(warning("IMAGE_PROXY_SERVICE_HOST", "10.0.0.1"), None);
        assert_eq!(warning("IMAGE_PROXY_PORT_8000_TCP_ADDR", "10.0.0.1"), None);
        assert_eq!(warning("IMAGE_PROXY_PORT", "tcp://10.0.0.1:8000"), None);
        assert_eq!(warning("IMAGE_PROXY_PORT", "8000").as_deref(), Some("unknown variable IMAGE_PROXY_PORT"));
    }

    #[test]
    fn a_file_is_read_to_its_end_past_lines_that_are_wrong() {
        let text = "\u{feff}# comment\nA=1\nB C=secret\nexport D=\"a b\" # comment\nnothing\n";
        let (variables, problems) = text_variables(text);
        assert_eq!(variables, [("A".to_owned(), "1".to_owned()), ("D".to_owned(), "a b".to_owned())]);
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let expected =
            [".env: expected a line NAME=value, got \"B C=…\"", ".env: expected a line NAME=value, got \"nothing\""];
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_file_that_is_not_there_says_nothing_and_a_folder_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let (variables, problems) = file_variables(&folder.path().join(".env"));
        assert!(variables.is_empty() && problems.is_empty());
        let (_, problems) = file_variables(folder.path());
        assert!(matches!(problems.as_slice(), [Problem::DotEnvUnreadable { .. }]), "{problems:?}");
    }
}
