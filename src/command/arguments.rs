//! The arguments of the program, as a parser of the field has them. Exits and printing are for `main`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{NonEmptyStringValueParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use clap_complete::Shell;
use url::Url;

use super::manual_page::{completions_arguments, man_arguments, page_of, shell_of};
use super::{PictureQuestion, Render, Replay, Warm};
use crate::config::{environment_manual, version};

/// Exit status for wrong arguments (`EX_USAGE` of sysexits.h).
pub const EXIT_USAGE: u8 = 64;

/// The standard input, or output.
pub(super) const STANDARD: &str = "-";
/// What a browser of today takes.
pub(super) const BROWSER: &str = "image/avif,image/webp,image/*,*/*;q=0.8";

/// What the program does.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Prints the description of the interface.
    OpenApi,
    /// Prints a URL with a signature.
    Sign {
        /// The URL, or a path and a query.
        url: String,
    },
    /// Asks two servers for what is in a log, and compares.
    Replay(Box<Replay>),
    /// Makes renditions of files.
    Render(Box<Render>),
    /// Has renditions made before anybody asks for them.
    Warm(Box<Warm>),
    /// Tells what is known of a picture, or what would become of it.
    Tell(Box<PictureQuestion>),
    /// Prints the completions of a shell.
    Completions(Shell),
    /// Prints the manual page.
    Man {
        /// The command that it is of; `None` for the program.
        command: Option<String>,
    },
}

/// Why arguments are not understood, or help that was asked for.
#[derive(Debug)]
pub struct UsageError(clap::Error);

/// Each flag that stands alone: its names, what it does, and what is said of it.
const FLAGS: [(&str, Option<char>, Command, &str); 7] = [
    ("help", Some('h'), Command::Help, "Prints this text"),
    ("version", Some('V'), Command::Version, "Prints the version"),
    (
        "check-config",
        None,
        Command::CheckConfig,
        "Prints the settings in effect, or all that is wrong with them and exits with status 78",
    ),
    ("env-template", None, Command::EnvTemplate, "Prints a .env file to start from"),
    ("markdown-table", None, Command::MarkdownTable, "Prints the settings as a table for documents"),
    ("parameter-table", None, Command::ParameterTable, "Prints the parameters of URLs as a table for documents"),
    (
        "health",
        None,
        Command::Health,
        "Asks the server running with these settings, and exits with status 0 if it is well",
    ),
];

const RENDER: &str = "render";
const WARM: &str = "warm";
const SIGN: &str = "sign";
const EXPLAIN: &str = "explain";
const INFO: &str = "info";
const REPLAY: &str = "replay";
const OPENAPI: &str = "openapi";
const COMPLETIONS: &str = "completions";
const MAN: &str = "man";

impl Command {
    /// Reads arguments, without the program's name.
    ///
    /// # Errors
    /// [`UsageError`]; exit with its status.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, UsageError> {
        let name = OsString::from(env!("CARGO_PKG_NAME"));
        let matches = program().try_get_matches_from([name].into_iter().chain(arguments)).map_err(UsageError)?;
        match matches.subcommand() {
            Some((RENDER, matches)) => return Ok(Self::Render(Box::new(Render::of(matches)))),
            Some((WARM, matches)) => return Ok(Self::Warm(Box::new(Warm::of(matches)))),
            Some((EXPLAIN | INFO, matches)) => return Ok(Self::Tell(Box::new(PictureQuestion::of(matches)))),
            Some((REPLAY, matches)) => return Ok(Self::Replay(Box::new(replay(matches)?))),
            Some((OPENAPI, _)) => return Ok(Self::OpenApi),
            Some((COMPLETIONS, matches)) => return Ok(Self::Completions(shell_of(matches))),
            Some((MAN, matches)) => return Ok(Self::Man { command: page_of(matches) }),
            Some((SIGN, matches)) => return Ok(Self::Sign { url: text_of(matches, "url").unwrap_or_default() }),
            _ => {}
        }
        let flag = FLAGS.into_iter().find(|(name, ..)| matches.get_flag(name));
        Ok(flag.map_or(Self::Serve, |(_, _, command, _)| command))
    }
}

impl UsageError {
    /// What is to be said, in full.
    pub fn text(&self) -> String {
        self.0.render().to_string()
    }

    /// Tells whether that is help, and nothing is wrong.
    pub fn is_help(&self) -> bool {
        !self.0.use_stderr()
    }
}

/// The whole manual: arguments and variables.
pub fn help() -> String {
    program().render_help().to_string()
}

pub(super) fn program() -> clap::Command {
    let flags = FLAGS.map(|(name, short, _, meaning)| {
        let flag = Arg::new(name).long(name).help(meaning).action(ArgAction::SetTrue).exclusive(true);
        if let Some(short) = short { flag.short(short) } else { flag }
    });
    clap::Command::new(env!("CARGO_PKG_NAME"))
        .about(concat!(env!("CARGO_PKG_DESCRIPTION"), ".\nWithout arguments it serves, with the settings below."))
        .before_help(version())
        .disable_help_flag(true)
        .args(flags)
        .args_conflicts_with_subcommands(true)
        .subcommand(Render::arguments(RENDER))
        .subcommand(Warm::arguments(WARM))
        .subcommand(sign_arguments())
        .subcommand(PictureQuestion::explain_arguments(EXPLAIN))
        .subcommand(PictureQuestion::info_arguments(INFO))
        .subcommand(replay_arguments())
        .subcommand(clap::Command::new(OPENAPI).about("Prints the description of the interface, in OpenAPI 3.1"))
        .subcommand(completions_arguments(COMPLETIONS))
        .subcommand(man_arguments(MAN))
        // The flag of the program is its own, and commands have none by that.
        .mut_subcommands(|command| {
            command.arg(Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Prints this text"))
        })
        .after_help(environment_manual())
}

fn replay_arguments() -> clap::Command {
    let url = |name: &'static str, meaning: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("URL")
            .required(true)
            .help(meaning)
            .value_parser(ValueParser::new(base_url))
    };
    clap::Command::new(REPLAY)
        .about("Asks two servers for the GETs of an access log, and tells where status, type or dimensions differ")
        .arg(url("from", "The server that is known to be right"))
        .arg(url("to", "The server that is compared with it"))
        .arg(
            Arg::new("log").value_name("LOG").required(true).value_parser(value_parser!(PathBuf)).help(
                "An access log in common, combined or JSON form, or a URL or path a line; - for the standard input",
            ),
        )
        .arg(at_once_argument("How many URLs are asked for at once").default_value("4"))
        .arg(
            Arg::new("accept")
                .long("accept")
                .value_name("TEXT")
                .default_value(BROWSER)
                .help("The header Accept of all requests"),
        )
        .arg(json_argument("Prints a line of JSON for each difference"))
}

/// How many things are done at once.
pub(super) fn at_once_argument(meaning: &'static str) -> Arg {
    let number = value_parser!(u16).range(1..=256);
    Arg::new("at-once").long("at-once").value_name("NUMBER").value_parser(number).help(meaning)
}

/// That number, where it is given.
pub(super) fn at_once_of(matches: &ArgMatches) -> Option<usize> {
    matches.get_one::<u16>("at-once").map(|number| usize::from(*number))
}

/// Tells whether a path stands for the standard input, or output.
pub(super) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == STANDARD
}

/// That a script reads what is printed.
pub(super) fn json_argument(meaning: &'static str) -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help(meaning)
}

/// What the client would take, that is no client.
pub(super) fn accept_argument() -> Arg {
    let meaning = "The header Accept of a client, which format=auto goes by; without it there is none";
    Arg::new("accept").long("accept").value_name("TEXT").help(meaning)
}

/// The text of an argument, where it is given.
pub(super) fn text_of(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.try_get_one::<String>(name).ok().flatten().cloned()
}

fn sign_arguments() -> clap::Command {
    let url = Arg::new("url").value_name("URL").required(true).help("A URL, or a path and a query");
    let url = url.value_parser(NonEmptyStringValueParser::new());
    clap::Command::new(SIGN).about("Prints a URL with a signature by the first of the keys in the settings").arg(url)
}

fn replay(matches: &ArgMatches) -> Result<Replay, UsageError> {
    let missing =
        || UsageError(program().error(clap::error::ErrorKind::MissingRequiredArgument, "--from, --to and a log"));
    let url = |name| matches.get_one::<Url>(name).cloned().ok_or_else(missing);
    Ok(Replay {
        from: url("from")?,
        to: url("to")?,
        log: matches.get_one::<PathBuf>("log").cloned().ok_or_else(missing)?,
        at_once: at_once_of(matches).unwrap_or(1),
        accept: matches.get_one::<String>("accept").cloned().unwrap_or_default(),
        is_json: matches.get_flag("json"),
    })
}

pub(super) fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| "expected an http or https URL".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        Command::parse(arguments.iter().map(OsString::from)).map_err(|usage| usage.text())
    }

    #[test]
    fn no_argument_means_serve() {
        assert_eq!(parsed(&[]), Ok(Command::Serve));
    }

    #[test]
    fn every_flag_is_known_by_all_its_names_and_stands_alone() {
        for (name, short, command, _) in FLAGS {
            let names = [Some(format!("--{name}")), short.map(|letter| format!("-{letter}"))];
            for name in names.into_iter().flatten() {
                assert_eq!(parsed(&[&name]), Ok(command.clone()));
                assert!(parsed(&[&name, "replay"]).is_err(), "{name}");
            }
        }
        assert!(parsed(&["--help", "--version"]).is_err());
    }

    #[test]
    fn anything_else_is_told_what_was_meant() {
        let said = parsed(&["--helth"]).unwrap_err();
        assert!(said.contains("--helth") && said.contains("--health"), "{said}");
        assert!(parsed(&["serve"]).is_err());
    }

    #[test]
    fn two_servers_and_a_log_are_replayed() {
        let Ok(Command::Replay(replay)) = parsed(&["replay", "--from", "http://a", "--to", "https://b/x", "log"])
        else {
            panic!("a replay")
        };
        assert_eq!((replay.from.as_str(), replay.to.as_str()), ("http://a/", "https://b/x"));
        assert_eq!((replay.log.as_os_str(), replay.at_once, replay.is_json), ("log".as_ref(), 4, false));
        for wrong in [
            &["replay", "--from", "http://a", "log"][..],
            &["replay", "--from", "http://a", "--to", "b", "log"],
            &["replay", "--from", "http://a", "--to", "file:///b", "log"],
            &["replay", "--from", "http://a", "--to", "http://b"],
            &["replay", "--from", "http://a", "--to", "http://b", "--at-once", "0", "log"],
        ] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn one_url_is_signed() {
        assert_eq!(parsed(&["sign", "/a?w=4"]), Ok(Command::Sign { url: "/a?w=4".to_owned() }));
        assert!(parsed(&["sign", ""]).is_err());
        assert!(parsed(&["sign"]).is_err() && parsed(&["sign", "/a", "/b"]).is_err());
    }

    #[test]
    fn the_description_is_asked_for() {
        assert_eq!(parsed(&["openapi"]), Ok(Command::OpenApi));
        assert!(parsed(&["openapi", "more"]).is_err());
    }

    #[test]
    fn the_definition_of_all_arguments_is_sound() {
        program().debug_assert();
    }

    #[test]
    fn every_command_tells_how_it_is_used() {
        for command in program().get_subcommands() {
            for flag in ["--help", "-h"] {
                let arguments = [command.get_name(), flag].map(OsString::from);
                let usage = Command::parse(arguments).unwrap_err();
                assert!(usage.is_help() && usage.text().contains("Usage: image-proxy "), "{}", usage.text());
            }
        }
    }

    #[test]
    fn several_pictures_and_one_query_are_rendered() {
        let Ok(Command::Render(render)) = parsed(&["render", "a.jpg", "-", "w=4", "-o", "out", "--at-once", "3"])
        else {
            panic!("a rendering")
        };
        assert_eq!((render.inputs, render.query.as_str()), (vec!["a.jpg".into(), "-".into()], "w=4"));
        assert_eq!((render.out, render.at_once, render.accept), (Some("out".into()), Some(3), None));
        for wrong in [&["render"][..], &["render", "a.jpg"], &["render", "a.jpg", "w=4", "--out"]] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_list_is_warmed_as_by_a_browser() {
        let Ok(Command::Warm(warm)) = parsed(&["warm", "list"]) else { panic!("a warming") };
        assert_eq!((warm.accepts.len(), warm.server, warm.at_once), (1, None, None));
        let Ok(Command::Warm(warm)) = parsed(&["warm", "-", "--accept", "a/b", "--accept", "c/d"]) else {
            panic!("a warming")
        };
        assert_eq!(warm.accepts, ["a/b", "c/d"]);
        let Ok(Command::Warm(warm)) = parsed(&["warm", "a", "b"]) else { panic!("a warming") };
        assert_eq!(warm.lists, ["a", "b"].map(PathBuf::from));
        assert!(parsed(&["warm", "list", "--server", "nowhere"]).is_err() && parsed(&["warm"]).is_err());
    }

    #[test]
    fn questions_pages_and_completions_are_asked_for() {
        let Ok(Command::Tell(telling)) = parsed(&["explain", "a.jpg", "w=4"]) else { panic!("a question") };
        assert_eq!(telling.query.as_deref(), Some("w=4"));
        let Ok(Command::Tell(telling)) = parsed(&["info", "a.jpg", "--json"]) else { panic!("a question") };
        assert_eq!((telling.query, telling.is_json), (None, true));
        assert_eq!(parsed(&["completions", "zsh"]), Ok(Command::Completions(Shell::Zsh)));
        assert_eq!(parsed(&["man"]), Ok(Command::Man { command: None }));
        assert!(parsed(&["explain", "a.jpg"]).is_err() && parsed(&["completions", "cmd"]).is_err());
    }

    #[test]
    fn the_manual_has_arguments_and_variables() {
        for expected in ["--check-config", "replay", "RUST_LOG"] {
            assert!(help().contains(expected), "{expected}");
        }
    }
}
