//! What a PNG says of itself that nothing is decided by.

use std::io::Cursor;

use super::{SIGNATURE, colour, frames, header};
use crate::{Details, Facts, Limits, NamedColours};

pub(super) fn details(original: &[u8], facts: &Facts, limits: &Limits) -> Details {
    let start = original.get(SIGNATURE.len() + 8..).and_then(<[u8]>::first_chunk);
    let Some([_, _, _, _, _, _, _, _, depth, kind]) = start else { return Details::of(facts) };
    let is_gray = matches!(kind, 0 | 4);
    let chunks = header::walk(&mut Cursor::new(original), limits).unwrap_or_default();
    let colours = match is_gray {
        true => NamedColours::Gray,
        false => colour::named(&chunks.marks, chunks.profile(original)),
    };
    let has_palette = *kind == 3;
    let details = Details { bits: if has_palette { 8 } else { *depth }, colours, ..Details::of(facts) };
    if facts.frames > 1 { details.animated(frames::shown(original)) } else { details }
}
