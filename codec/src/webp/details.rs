//! What a WebP says of itself that nothing is decided by.

use std::io::Cursor;

use super::container;
use super::riff::chunks;
use crate::colour::ColourSpace;
use crate::{Details, Facts, Limits};

pub(super) fn details(original: &[u8], facts: &Facts, limits: &Limits) -> Details {
    let Ok(container) = container::read(&mut Cursor::new(original), limits) else { return Details::of(facts) };
    let colours = ColourSpace::named_by(container.profile(original));
    let details = Details { colours, has_alpha: container.has_alpha, ..Details::of(facts) };
    if !container.is_animated {
        return details;
    }
    let frames = chunks(original).filter(|chunk| chunk.name == b"ANMF");
    details.animated(frames.filter_map(|frame| match frame.payload {
        // Its place and dimensions stand before (RFC 9649, section 2.7.1.1).
        [_, _, _, _, _, _, _, _, _, _, _, _, a, b, c, ..] => Some(u32::from_le_bytes([*a, *b, *c, 0]).into()),
        _ => None,
    }))
}
