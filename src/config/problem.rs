//! What can be wrong with the settings, in the operator's words. It must not know how it is printed.

use std::path::PathBuf;
use std::{fmt, io};

/// Why the server cannot start as it is set up.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A variable has a value that it cannot have.
    #[error("{name}: expected {expected}, got {got:?}")]
    Value {
        /// The variable.
        name: String,
        /// What it may be, in words.
        expected: String,
        /// As it is set.
        got: String,
    },
    /// A source is to be asked that is nowhere.
    #[error("{name}: {source_name} is not set up: set {needs}")]
    NotSetUp {
        /// The variable that names it.
        name: &'static str,
        /// How it is called there.
        source_name: &'static str,
        /// The variable that would set it up.
        needs: &'static str,
    },
    /// URLs must be signed, and nobody could.
    #[error("IMAGE_PROXY_SIGNING: URLs that must be signed need a key: set IMAGE_PROXY_SIGNING_KEYS=name:secret")]
    NoSigningKey,
    /// URLs may ask for presets alone, and there is none.
    #[error("IMAGE_PROXY_PRESETS_ONLY: presets alone need a preset: set IMAGE_PROXY_PRESETS=name=query")]
    NoPreset,
    /// An old configuration cannot be read.
    #[error("{variable}: {what}")]
    Legacy {
        /// The variable that brings it.
        variable: &'static str,
        /// What is wrong, and what was expected.
        what: String,
    },
    /// An old configuration names another folder of originals.
    #[error("{variable}: it names the folder {}, and {} is set: they must agree", root.display(), other.display())]
    OtherRoot {
        /// The variable that brings it.
        variable: &'static str,
        /// The folder that it names.
        root: PathBuf,
        /// The other one.
        other: PathBuf,
    },
    /// A variable is not text.
    #[error("{name}: expected UTF-8, got bytes that are not")]
    NotUnicode {
        /// The variable.
        name: String,
    },
    /// A line of `.env` sets nothing.
    #[error(".env: expected a line NAME=value, got {line:?}")]
    DotEnvLine {
        /// As it stands there.
        line: String,
    },
    /// `.env` is there and cannot be read.
    #[error(".env: cannot be read: {source}")]
    DotEnvUnreadable {
        /// What the system says.
        source: io::Error,
    },
    /// The variables cannot be read as settings.
    #[error("cannot read the environment: {source}")]
    Environment {
        /// What the library says.
        source: envy::Error,
    },
}

/// What the operator should know although the server can start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A name with our prefix that is no variable of ours.
    Unknown {
        /// As it is set.
        name: String,
        /// The variable that it may stand for.
        nearest: Option<String>,
    },
    /// A variable that does nothing as the others are.
    NoEffect {
        /// The variable.
        name: &'static str,
        /// The other setting, in words.
        because: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, nearest: Some(nearest) } => {
                write!(formatter, "unknown variable {name}, did you mean {nearest}?")
            }
            Self::Unknown { name, nearest: None } => write!(formatter, "unknown variable {name}"),
            Self::NoEffect { name, because } => write!(formatter, "{name} has no effect: {because}"),
        }
    }
}

/// All reasons against starting, and what else should be known.
#[derive(Debug)]
pub struct Refusal {
    /// Never empty.
    pub problems: Vec<Problem>,
    /// What would not have kept the server from starting.
    pub warnings: Vec<Warning>,
}

impl fmt::Display for Refusal {
    /// One line each, problems first.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = self.problems.iter().map(ToString::to_string);
        let warnings = self.warnings.iter().map(|warning| format!("warning: {warning}"));
        formatter.write_str(&problems.chain(warnings).collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for Refusal {}
