//! An original that is read for somebody: when nobody waits any more, reading fails.

use std::io::{self, BufRead, Cursor, ErrorKind, Read, Seek, SeekFrom};

/// How much is decoded between two questions, in bytes of the file.
const PIECE_BYTES: usize = 32 * 1024;
/// The kind of the error with which reading ends; a cursor has none of that kind.
pub(super) const ABANDONED: ErrorKind = ErrorKind::ConnectionAborted;

pub(super) struct Attended<'a> {
    pub original: Cursor<&'a [u8]>,
    pub is_abandoned: &'a dyn Fn() -> bool,
}

impl BufRead for Attended<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if (self.is_abandoned)() {
            return Err(ABANDONED.into());
        }
        let rest = self.original.fill_buf()?;
        Ok(rest.get(..PIECE_BYTES).unwrap_or(rest))
    }

    fn consume(&mut self, count: usize) {
        self.original.consume(count);
    }
}

impl Read for Attended<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.original.read(buffer)
    }
}

impl Seek for Attended<'_> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.original.seek(position)
    }
}
