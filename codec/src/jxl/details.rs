//! What a JPEG XL says of itself that nothing is decided by.

use std::io::Cursor;

use jxl_oxide::EnumColourEncoding;
use jxl_oxide::color::{ColourEncoding, ColourSpace as Kind, Primaries, TransferFunction, WhitePoint};
use jxl_oxide::image::ImageMetadata;

use super::{Codestream, Head, Jxl, Loading, PIECE_BYTES, failure};
use crate::colour::ColourSpace;
use crate::{CodecError, Details, Facts, NamedColours, Orientation};

/// What the header says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    bits: u8,
    orientation: Orientation,
    /// `None` where a profile tells.
    colours: Option<NamedColours>,
    /// How many of the units that frames are shown for are a second, as a fraction.
    units: Option<(u32, u32)>,
}

impl Told {
    pub(super) fn of(metadata: &ImageMetadata) -> Self {
        let animation = metadata.animation.as_ref();
        Self {
            bits: u8::try_from(metadata.bit_depth.bits_per_sample()).unwrap_or(u8::MAX),
            orientation: Orientation::from_exif(metadata.orientation),
            colours: match &metadata.colour_encoding {
                _ if metadata.grayscale() => Some(NamedColours::Gray),
                ColourEncoding::Enum(told) => Some(named(told)),
                ColourEncoding::IccProfile(_) => None,
            },
            units: animation.map(|animation| (animation.tps_numerator, animation.tps_denominator)),
        }
    }
}

fn named(told: &EnumColourEncoding) -> NamedColours {
    match told {
        EnumColourEncoding {
            colour_space: Kind::Rgb,
            white_point: WhitePoint::D65,
            primaries,
            tf: TransferFunction::Srgb,
            ..
        } => match primaries {
            Primaries::Srgb => NamedColours::Srgb,
            Primaries::P3 => NamedColours::DisplayP3,
            _ => NamedColours::Other,
        },
        _ => NamedColours::Other,
    }
}

pub(super) fn details(codec: &Jxl, original: &[u8], facts: &Facts) -> Result<Details, CodecError> {
    let (head, codestream) = codec.head(&mut Cursor::new(original))?;
    let Told { bits, orientation, colours, units } = head.told;
    let colours = match colours {
        Some(colours) => colours,
        None => ColourSpace::named_by(codec.load(&head, &codestream, original)?.original_icc()),
    };
    let details = Details { bits, orientation, colours, ..Details::of(facts) };
    match units {
        Some((units, seconds)) => {
            let frames = frames(&head, &codestream, original)?;
            let shown = frames.fold((0_u32, 0_u64), |(count, sum), units| (count + 1, sum.saturating_add(units)));
            let milliseconds = u128::from(shown.1) * 1000 * u128::from(seconds) / u128::from(units.max(1));
            let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX);
            Ok(if shown.0 > 1 { Details { frames: shown.0, milliseconds, ..details } } else { details })
        }
        None => Ok(details),
    }
}

/// For how long each frame is shown, in the file's own unit. Costs a copy of the codestream, and no pixels.
fn frames(
    head: &Head,
    codestream: &Codestream,
    original: &[u8],
) -> Result<impl Iterator<Item = u64> + use<>, CodecError> {
    let mut loading = Loading::new(head);
    let piece_bytes = PIECE_BYTES + head.profile_bytes * 2;
    for piece in codestream.pieces(original, piece_bytes as usize) {
        // What is broken ends the animation before it.
        if loading.feed(piece).is_err() {
            break;
        }
    }
    let image = loading.opened.ok_or_else(|| failure("the file ends early".into()))?;
    let count = image.num_loaded_keyframes();
    Ok((0..count).filter_map(move |index| image.frame_header(index).map(|header| header.duration.into())))
}
