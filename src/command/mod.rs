//! COMMAND: what the program is asked to do by its arguments, and what it does but serve.
//! This room must not know how pictures are made or sent.

mod access_log;
mod arguments;
mod replay;

pub use access_log::LoggedTargets;
pub use arguments::{Command, EXIT_USAGE, UsageError, help};
pub use replay::{Replay, ReplayError, Replayed};
