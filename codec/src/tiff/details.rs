//! What a TIFF says of itself that nothing is decided by.

use std::io::Cursor;

use super::page::{Page, Photometric};
use crate::colour::ColourSpace;
use crate::{CodecError, Details, Facts, Limits, NamedColours};

pub(super) fn details(original: &[u8], facts: &Facts, limits: &Limits) -> Result<Details, CodecError> {
    let page = Page::read(&mut Cursor::new(original), limits)?;
    let profile = page.profile.and_then(|place| place.of(original));
    let colours = match page.photometric {
        Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::LogL => NamedColours::Gray,
        Photometric::Inks => NamedColours::Cmyk,
        Photometric::Rgb | Photometric::YCbCr | Photometric::Palette => ColourSpace::named_by(profile),
        Photometric::Lab | Photometric::IccLab | Photometric::LogLuv => NamedColours::Other,
    };
    // A palette has 16 bits a channel, of which most writers use 8.
    let stored = page.bits.first().copied().filter(|_| page.photometric != Photometric::Palette);
    let bits = stored.and_then(|bits| u8::try_from(bits).ok()).unwrap_or(8);
    Ok(Details { bits, colours, has_alpha: page.alpha.is_some(), ..Details::of(facts) })
}
