//! What can be wrong with the settings, in the operator's words. It must not know how it is printed.

use std::{fmt, io};

/// Why the server cannot start as it is set up.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("{name}: expected {expected}, got {got:?}")]
    Value { name: String, expected: String, got: String },
    #[error("{name}: expected UTF-8, got bytes that are not")]
    NotUnicode { name: String },
    #[error(".env: expected a line NAME=value, got {line:?}")]
    DotEnvLine { line: String },
    #[error(".env: cannot be read: {source}")]
    DotEnvUnreadable { source: io::Error },
    #[error("cannot read the environment: {source}")]
    Environment { source: envy::Error },
    #[error("expected {expected}, got {got:?}")]
    Argument { expected: String, got: String },
}

/// What the operator should know although the server can start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A name with our prefix that is no variable of ours.
    Unknown { name: String, nearest: Option<String> },
    /// A variable that does nothing as the others are.
    NoEffect { name: &'static str, because: String },
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
