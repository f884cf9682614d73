//! `Outlet`: where a command says something: data for whoever reads it, and notes for who waits.

use indicatif::{ProgressBar, ProgressStyle};

/// Data on one side, notes and failures on the other; each a line, without its end.
pub struct Outlet<'a> {
    /// Takes data.
    pub tell: &'a mut dyn FnMut(&str),
    /// Takes notes and failures.
    pub note: &'a mut dyn FnMut(&str),
}

/// How far a command is. Drawn on the standard error, and only where that is a terminal.
pub(super) struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// Of so many things nothing is done.
    pub(super) fn of(length: usize) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len}, {eta} left");
        let bar = ProgressBar::new(length as u64);
        Self(if let Ok(style) = style { bar.with_style(style) } else { bar })
    }

    /// One more is done.
    pub(super) fn advance(&self) {
        self.0.inc(1);
    }

    /// Says something in between.
    pub(super) fn aside(&self, say: impl FnOnce()) {
        self.0.suspend(say);
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
