//! The table of settings as people read it: the manual, README.md and .env.template. It must not know where it goes.

use std::fmt::Write as _;

use super::settings;
use super::table::Setting;

/// The name and version of the program.
pub fn version() -> &'static str {
    concat!("image-proxy ", env!("CARGO_PKG_VERSION"))
}

/// The variables of the environment, for the manual.
pub fn environment_manual() -> String {
    let mut text =
        String::from("Environment, also read from a file .env in the working directory, which never overrides it:\n");
    for (setting, heading) in with_headings(&settings()) {
        if let Some(heading) = heading {
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(text, "\n{heading}");
        }
        let _ = writeln!(
            text,
            "  {}={}\n      {} Expects {}.",
            setting.name, setting.default, setting.meaning, setting.expected
        );
    }
    text
}

/// A `.env` file with every variable commented out at its default.
pub fn env_template() -> String {
    let mut text = String::from(
        "# Settings of image-proxy. Copy to .env and uncomment what is to differ from the default shown.\n\
         # A variable of the real environment always wins. Check with: image-proxy --check-config\n\
         # Made by `make docs`: edit src/config/settings.rs instead.\n",
    );
    for (setting, heading) in with_headings(&settings()) {
        if let Some(heading) = heading {
            let _ = write!(text, "\n## {heading}\n");
        }
        let quote = if setting.default.contains(' ') { "\"" } else { "" };
        let (name, default) = (&setting.name, setting.default);
        let _ =
            write!(text, "\n# {} Expects {}.\n# {name}={quote}{default}{quote}\n", setting.meaning, setting.expected);
    }
    text
}

/// The variables as a table in Markdown.
pub fn markdown_table() -> String {
    let mut text = String::from("| Variable | Default | Meaning |\n| --- | --- | --- |\n");
    for setting in settings() {
        let default = if setting.default.is_empty() { String::new() } else { format!("`{}`", setting.default) };
        let cells = format!("`{}` | {default} | {} Expects {}.", setting.name, setting.meaning, setting.expected);
        let _ = writeln!(text, "| {cells} |");
    }
    text
}

/// Each setting, with the heading of its section where one begins.
fn with_headings(settings: &[Setting]) -> impl Iterator<Item = (&Setting, Option<&'static str>)> {
    let mut section = "";
    settings.iter().map(move |setting| {
        let begins = setting.section != section;
        section = setting.section;
        (setting, begins.then_some(section))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::environment::text_variables;

    #[test]
    fn every_document_tells_every_setting() {
        for setting in settings() {
            for document in [environment_manual(), env_template(), markdown_table()] {
                assert!(document.contains(&setting.name), "{}", setting.name);
                assert!(document.contains(&setting.expected), "{}", setting.name);
            }
        }
    }

    #[test]
    fn a_template_with_everything_uncommented_says_the_defaults() {
        let is_setting = |line: &&str| line.contains('=') && !line.contains(' ') || line.ends_with('"');
        let lines: Vec<_> = env_template()
            .lines()
            .filter_map(|line| line.strip_prefix("# ").filter(is_setting).map(str::to_owned))
            .collect();
        let (variables, problems) = text_variables(&lines.join("\n"));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(variables.len(), settings().len());
        let uncommented = Config::parse(variables).unwrap();
        let defaults = Config::parse([]).unwrap();
        assert_eq!(uncommented.config, defaults.config);
        assert_eq!(uncommented.effective, defaults.effective);
    }

    #[test]
    fn no_text_breaks_the_markdown_table() {
        for line in markdown_table().lines() {
            assert_eq!(line.matches('|').count(), 4, "{line}");
        }
    }
}
