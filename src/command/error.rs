//! `ToolError`: why a command ends before its time.

use std::io;
use std::path::PathBuf;

use crate::app::StartError;

/// Why a command ends before its time.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// What it was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// It could not be done.
    #[error("{0}")]
    Failed(String),
    /// What is to be read cannot be.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// As it was given.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// What is to be written cannot be.
    #[error("cannot write {}: {cause}", path.display())]
    Unwritable {
        /// Where it was to go.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The settings are not such that it could be done.
    #[error(transparent)]
    Start(#[from] StartError),
}
