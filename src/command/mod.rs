//! COMMAND: what the program is asked to do by its arguments, and what it does but serve.
//! This room must not know how pictures are made or sent.

mod access_log;
mod arguments;
mod client;
mod endings;
mod error;
mod manual_page;
mod outlet;
mod question;
mod render;
mod replay;
mod warm;

pub use arguments::{Command, EXIT_USAGE, UsageError, help};
pub use error::ToolError;
pub use manual_page::{completions, manual_page};
pub use outlet::Outlet;
pub use question::PictureQuestion;
pub use render::{Render, RenderedFiles};
pub use replay::{Replay, Replayed};
pub use warm::{Warm, WarmList, Warmed};
