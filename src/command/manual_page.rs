//! The manual page and the completions of shells, both made of the one definition of all arguments.

use std::io;

use clap::{Arg, ArgMatches, value_parser};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::arguments::{program, text_of};
use crate::config::environment_manual;

/// What the program is called.
const NAME: &str = env!("CARGO_PKG_NAME");

/// What ends the program, and with which status.
const STATUSES: [(&str, &str); 5] = [
    ("0", "All is done."),
    ("1", "Something failed, or an answer differs; the standard error says what."),
    ("64", "The arguments, or a query, are wrong."),
    ("78", "The settings are wrong, or do not allow what is asked for."),
    ("130", "It was interrupted, by SIGINT or SIGTERM."),
];

pub(super) fn completions_arguments(name: &'static str) -> clap::Command {
    let shell = Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell));
    clap::Command::new(name).about("Prints the completions of a shell").arg(shell.help("The shell"))
}

pub(super) fn man_arguments(name: &'static str) -> clap::Command {
    let command = Arg::new("command").value_name("COMMAND").help("That of a command, in place of that of the program");
    clap::Command::new(name).about("Prints the manual page, for man(1)").arg(command)
}

pub(super) fn shell_of(matches: &ArgMatches) -> Shell {
    matches.get_one::<Shell>("shell").copied().unwrap_or(Shell::Bash)
}

pub(super) fn page_of(matches: &ArgMatches) -> Option<String> {
    text_of(matches, "command")
}

/// The completions of a shell, to be put where it looks for them.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    generate(shell, &mut program(), NAME, &mut script);
    script
}

/// The manual page of the program, or of one of its commands, in roff; `None` where there is no such command.
pub fn manual_page(command: Option<&str>) -> Option<Vec<u8>> {
    let mut program = program().after_help("");
    program.build();
    let page = match command {
        None => whole_page(program),
        Some(name) => {
            let command = program.find_subcommand(name)?.clone();
            let title = format!("{NAME}-{name}");
            let mut page = Vec::new();
            Man::new(command).title(title).render(&mut page).map(|()| page)
        }
    };
    // Nothing fails that is written to memory.
    page.ok()
}

fn whole_page(program: clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let man = Man::new(program);
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    let mut rest = Roff::new();
    rest.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in STATUSES {
        rest.control("TP", []).text([roman(status)]).text([roman(meaning)]);
    }
    rest.control("SH", ["ENVIRONMENT"]);
    for line in environment_manual().lines().filter(|line| !line.is_empty()) {
        match (line.strip_prefix("      "), line.strip_prefix("  ")) {
            (Some(meaning), _) => rest.text([roman(meaning)]),
            (None, Some(variable)) => rest.control("TP", []).text([bold(variable)]),
            (None, None) if line.ends_with(':') => rest.text([roman(line)]),
            (None, None) => rest.control("SS", [line]),
        };
    }
    rest.to_writer(&mut page)?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings;

    #[test]
    fn every_shell_and_every_page_knows_the_commands() {
        for shell in [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
            let script = String::from_utf8(completions(shell)).unwrap();
            assert!(script.contains("render") && script.contains("check-config"), "{shell}");
        }
        let page = String::from_utf8(manual_page(None).unwrap()).unwrap();
        for part in [".SH SYNOPSIS", "image\\-proxy\\-render", ".SH ENVIRONMENT", ".SH \"EXIT STATUS\""] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(settings().iter().all(|setting| page.contains(&setting.name)));
        for command in program().get_subcommands() {
            let page = String::from_utf8(manual_page(Some(command.get_name())).unwrap()).unwrap();
            assert!(page.contains(".SH DESCRIPTION"), "{page}");
        }
        assert_eq!(manual_page(Some("nonsense")), None);
    }
}
