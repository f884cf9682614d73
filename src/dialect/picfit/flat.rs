//! `flat`: other pictures are laid over the picture, side by side in a rectangle or at a corner.

use super::operations::{Options, bounds};
use crate::dialect::DialectError;
use crate::request::{Along, Anchor, Edit, Fit, ImagePath, Margin, OverlayWish, Paint, Position, Slot};

/// The most pictures that are laid over one at once.
const MAX_PICTURES: usize = 10;

const CORNERS: [(&str, Anchor); 4] = [
    ("top-left", Anchor { horizontal: Along::Begin, vertical: Along::Begin }),
    ("top-right", Anchor { horizontal: Along::End, vertical: Along::Begin }),
    ("bottom-left", Anchor { horizontal: Along::Begin, vertical: Along::End }),
    ("bottom-right", Anchor { horizontal: Along::End, vertical: Along::End }),
];

/// The corner that a word names; none where it is empty.
pub(super) fn corner(stick: &str) -> Result<Option<Anchor>, DialectError> {
    if stick.is_empty() {
        return Ok(None);
    }
    let named = CORNERS.iter().find(|(known, _)| *known == stick).map(|(_, corner)| *corner);
    named.map(Some).ok_or_else(|| {
        let names: Vec<_> = CORNERS.iter().map(|(name, _)| *name).collect();
        DialectError::parameter("stick", format!("one of {}", names.join(", ")), stick)
    })
}

/// The pictures at a corner, each in this size or its own; or side by side in a rectangle, each fitted into its part.
pub(super) fn edit(options: &Options<'_>, size: (u32, u32), corner: Option<Anchor>) -> Result<Edit, DialectError> {
    let count = options.paths.len();
    if !(1..=MAX_PICTURES).contains(&count) {
        let expected = format!("1 to {MAX_PICTURES} pictures, as op:flat path:a.png");
        return Err(DialectError::parameter("path", expected, &count.to_string()));
    }
    let slot = if corner.is_none() { slot(options)? } else { None };
    let mut overlays = Vec::with_capacity(count);
    for (path, index) in options.paths.iter().zip(0..) {
        let laid = OverlayWish {
            position: Position::Anchor(corner.unwrap_or(Anchor::MIDDLE)),
            size_percent: 0,
            margin: Margin::Pixels(0),
            ..OverlayWish::of(ImagePath::from_decoded(path)?.into())
        };
        overlays.push(match slot {
            // The rectangle is filled before the first picture is laid there.
            Some(slot) => {
                let paint = slot.paint.filter(|_| index == 0);
                OverlayWish { slot: Some(Slot { index, count: count as u16, paint, ..slot }), ..laid }
            }
            None if corner.is_some() => OverlayWish { bounds: bounds(size, Fit::Stretch), ..laid },
            None => OverlayWish { opacity_percent: 0, ..laid },
        });
    }
    Ok(Edit { overlays, ..Edit::default() })
}

/// The rectangle that a request names, in percent of the picture, and its colour; none where there is none.
fn slot(options: &Options<'_>) -> Result<Option<Slot>, DialectError> {
    let Some(text) = options.get("pos").filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = text.split('.').map(|edge| edge.parse::<u8>().ok()).collect::<Option<Vec<_>>>();
    let read =
        read.ok_or_else(|| DialectError::parameter("pos", "four whole numbers in percent, as 10.20.60.80", text))?;
    // An edge that is not given is the last one.
    let mut edges = read.into_iter().chain(std::iter::repeat(100));
    let [left, top, right, bottom] = std::array::from_fn(|_| edges.next().unwrap_or(100));
    let paint = match options.get("color").unwrap_or_default() {
        "" => None,
        colour => {
            let is_hex = matches!(colour.len(), 3 | 6) && colour.bytes().all(|digit| digit.is_ascii_hexdigit());
            let paint = Paint::parse(colour).filter(|_| is_hex);
            Some(paint.ok_or_else(|| DialectError::parameter("color", "six hexadecimal digits, as ff8800", colour))?)
        }
    };
    Ok(Some(Slot { left, top, right, bottom, index: 0, count: 1, paint }))
}
