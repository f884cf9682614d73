//! The log: where it goes and what it looks like.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};

use super::foreign::Lowering;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for log collectors.
    Json,
}

/// Starts logging to standard error, panics too; what libraries say of originals, at `debug`. A later call changes nothing.
pub fn start_log(format: LogFormat, filter: EnvFilter) {
    let is_terminal = io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(is_terminal);
    // Only a second start fails, and then the log runs already.
    let _ = match format {
        LogFormat::Text => Lowering(builder.finish()).try_init(),
        LogFormat::Json => Lowering(builder.json().flatten_event(true).with_current_span(true).finish()).try_init(),
    };
    panic::set_hook(Box::new(log_panic));
}

/// The same for a program that serves nobody: what an operator must know, and no more.
pub fn start_quiet_log() {
    start_log(LogFormat::Text, EnvFilter::new("warn,foyer_storage=off"));
}

/// One line for a panic, so that a log for machines stays one. What the cache library panics with is its own affair
/// until somebody asks for it: once its disk fails, it does so with every rendition.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let text = panic.payload_as_str().unwrap_or("no text");
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| tracing::field::display(backtrace));
    if place.contains("/foyer-") {
        tracing::error!(target: "foyer_storage", place, backtrace, "panicked: {text}");
    } else {
        tracing::error!(place, backtrace, "panicked: {text}");
    }
}
