//! Our own decoder of JPEG at reduced sizes, beside libjpeg, which also writes the files.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

mod differential;
mod excerpts;
mod hostile;
mod reference;
