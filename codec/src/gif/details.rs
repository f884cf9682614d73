//! What a GIF says of itself that nothing is decided by.

use std::io::Cursor;

use super::scan::{Block, Control, Reader};
use crate::{Details, Facts};

/// What shows through is seen in the first frame: what later ones leave out is there already.
pub(super) fn details(original: &[u8], facts: &Facts) -> Details {
    let mut header = Cursor::new(original);
    let Ok((mut reader, _)) = Reader::open(&mut header) else { return Details::of(facts) };
    let mut frames = std::iter::from_fn(|| {
        let mut control = Control::default();
        loop {
            match reader.block()? {
                Block::Extension(extension) => control = extension.control.unwrap_or(control),
                Block::Image { .. } => return Some(control),
            }
        }
    });
    let first = frames.next();
    let has_alpha = first.is_some_and(|control| control.is_transparent);
    let shown = first.into_iter().chain(frames).map(|control| u64::from(control.delay) * 10);
    Details { has_alpha, ..Details::of(facts) }.animated(shown)
}
