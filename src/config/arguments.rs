//! What the program is asked to do by its arguments. It must not know how: printing and exiting is for `main`.

use std::env;
use std::ffi::OsString;

use super::problem::Problem;

/// Exit status for a wrong argument (`EX_USAGE` of sysexits.h).
pub const EXIT_USAGE: u8 = 64;

/// Exit status for wrong settings (`EX_CONFIG` of sysexits.h).
pub const EXIT_CONFIG: u8 = 78;

/// What the program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Serves images, until told to stop.
    Serve,
    /// Prints how the program is used, with all settings.
    Help,
    /// Prints the version.
    Version,
    /// Reads the settings, says what is wrong with them, and ends.
    CheckConfig,
    /// Prints `.env.template`.
    EnvTemplate,
    /// Prints the table of settings for the README.
    MarkdownTable,
    /// Prints the parameters of URLs.
    ParameterTable,
    /// Asks the server that runs with the same settings.
    Health,
}

pub(super) struct Argument {
    pub names: &'static [&'static str],
    pub command: Command,
    pub meaning: &'static str,
}

pub(super) const ARGUMENTS: [Argument; 7] = [
    Argument { names: &["--help", "-h"], command: Command::Help, meaning: "prints this text" },
    Argument { names: &["--version", "-V"], command: Command::Version, meaning: "prints the version" },
    Argument {
        names: &["--check-config"],
        command: Command::CheckConfig,
        meaning: "prints the settings in effect, or all that is wrong with them and exits with status 78",
    },
    Argument { names: &["--env-template"], command: Command::EnvTemplate, meaning: "prints a .env file to start from" },
    Argument {
        names: &["--markdown-table"],
        command: Command::MarkdownTable,
        meaning: "prints the settings as a table for documents",
    },
    Argument {
        names: &["--parameter-table"],
        command: Command::ParameterTable,
        meaning: "prints the parameters of URLs as a table for documents",
    },
    Argument {
        names: &["--health"],
        command: Command::Health,
        meaning: "asks the server running with these settings, and exits with status 0 if it is well",
    },
];

impl Command {
    /// Reads the arguments of the process.
    ///
    /// # Errors
    /// As [`Command::parse`].
    pub fn from_process() -> Result<Self, Problem> {
        Self::parse(env::args_os().skip(1))
    }

    /// Reads arguments, without the program's name: at most one.
    ///
    /// # Errors
    /// [`Problem::Argument`] for one that is unknown or too many; exit with [`EXIT_USAGE`].
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Problem> {
        let mut arguments = arguments.into_iter();
        let Some(first) = arguments.next() else { return Ok(Self::Serve) };
        let known = ARGUMENTS.iter().find(|argument| argument.names.iter().any(|name| first == *name));
        match (known, arguments.next()) {
            (Some(argument), None) => Ok(argument.command),
            (Some(_), Some(second)) => Err(unexpected("one argument alone", &second)),
            (None, _) => {
                let names: Vec<_> = ARGUMENTS.iter().filter_map(|argument| argument.names.first().copied()).collect();
                Err(unexpected(&format!("no argument or one of {}", names.join(", ")), &first))
            }
        }
    }
}

fn unexpected(expected: &str, got: &OsString) -> Problem {
    Problem::Argument { expected: expected.to_owned(), got: got.to_string_lossy().into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        Command::parse(arguments.iter().map(OsString::from)).map_err(|problem| problem.to_string())
    }

    #[test]
    fn no_argument_means_serve() {
        assert_eq!(parsed(&[]), Ok(Command::Serve));
    }

    #[test]
    fn every_argument_is_known_by_all_its_names() {
        for argument in &ARGUMENTS {
            for name in argument.names {
                assert_eq!(parsed(&[name]), Ok(argument.command));
            }
        }
    }

    #[test]
    fn anything_else_is_told_what_was_expected() {
        let expected = "expected no argument or one of --help, --version, --check-config, --env-template, \
                        --markdown-table, --parameter-table, --health, got \"--helth\"";
        assert_eq!(parsed(&["--helth"]), Err(expected.to_owned()));
        assert_eq!(parsed(&["--help", "me"]), Err("expected one argument alone, got \"me\"".to_owned()));
    }
}
