//! What these files say of themselves that nothing is decided by.

use crate::anymap::Anymap;
use crate::{Details, Facts, Format, NamedColours};

pub(super) fn details(format: Format, original: &[u8], facts: &Facts) -> Details {
    let details = Details::of(facts);
    match format {
        Format::Farbfeld => Details { bits: 16, ..details },
        // Mantissas of 8 bits with an exponent in common: light as it is, without a curve.
        Format::Hdr => Details { colours: NamedColours::Other, ..details },
        Format::Pnm => {
            let most = Anymap::read(original).map_or(u32::from(u8::MAX), |anymap| anymap.most);
            // At most 16.
            Details { bits: (u32::BITS - most.leading_zeros()) as u8, ..details }
        }
        Format::Tga => Details { bits: if is_short(original) { 5 } else { 8 }, ..details },
        _ => details,
    }
}

/// Tells whether colours have 15 or 16 bits: those of the palette, where there is one.
fn is_short(tga: &[u8]) -> bool {
    let (has_palette, palette_bits, kind, bits) = (tga.get(1), tga.get(7), tga.get(2), tga.get(16));
    let bits = if has_palette == Some(&1) { palette_bits } else { bits };
    !matches!(kind, Some(3 | 11)) && matches!(bits, Some(15 | 16))
}
