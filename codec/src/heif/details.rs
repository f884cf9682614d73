//! What a file says of itself that nothing is decided by.

use std::io::Cursor;

use super::boxes::FourCc;
use super::image::{self, Image};
use super::meta::Meta;
use super::{Fault, metadata, timing};
use crate::{Details, Facts, NamedColours};

/// Of pictures that are coded items of this kind.
///
/// # Errors
/// As [`Image::find`].
pub fn details(original: &[u8], facts: &Facts, kind: FourCc) -> Result<Details, Fault> {
    let payload = image::read_meta(&mut Cursor::new(original))?;
    let meta = Meta::parse(&payload)?;
    let image = Image::find(&meta, kind)?;
    let coding = image.colour.coding;
    let colours = match coding.is_monochrome() {
        true => NamedColours::Gray,
        false => metadata::colours(&image).unwrap_or_default().named(),
    };
    let details = Details { bits: coding.bits(), colours, ..Details::of(facts) };
    Ok(match timing::of(original) {
        Some((frames @ 2.., milliseconds)) => Details { frames, milliseconds, ..details },
        _ => details,
    })
}
