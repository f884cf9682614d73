//! `Header`: what the header of an original is read from.

use std::io::{Read, Seek};

/// What a header is read from: a file, or bytes in memory behind a cursor. Implementations read only what they need.
pub trait Header: Read + Seek {}

impl<T: Read + Seek> Header for T {}
