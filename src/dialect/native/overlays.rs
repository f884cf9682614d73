//! What is laid over the picture.

use super::parameters::{Expected, Parameter};
use super::values::{a_percentage, percent, put};
use crate::request::{Dpr, ImagePath, Margin, OverlayWish, Position, Reference};

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct OverlayValues {
    watermark: Option<Reference>,
    watermark_position: Option<Position>,
    watermark_size: Option<u8>,
    watermark_opacity: Option<u8>,
    watermark_margin: Option<Margin>,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["wm"], expected: || Expected::Text("the path of an image".to_owned()),
        meaning: "Another image that is laid over the rendition, as a watermark",
        read: |reading, text| put(&mut reading.overlays.watermark, ImagePath::from_decoded(text).ok().map(Into::into)),
    },
    Parameter {
        names: &["wm_pos"], expected: || Expected::Text("words such as southeast, top left or center, or x,y in pixels".to_owned()),
        meaning: "Where the watermark stands (`southeast`)",
        read: |reading, text| put(&mut reading.overlays.watermark_position, Position::parse(text)),
    },
    Parameter {
        names: &["wm_size"], expected: a_percentage,
        meaning: "Its width in percent of the rendition's (25); `0` leaves it at its own size",
        read: |reading, text| put(&mut reading.overlays.watermark_size, percent(text)),
    },
    Parameter {
        names: &["wm_opacity"], expected: a_percentage,
        meaning: "How much it hides, in percent (100)",
        read: |reading, text| put(&mut reading.overlays.watermark_opacity, percent(text)),
    },
    Parameter {
        names: &["wm_margin"], expected: || Expected::Text(format!("a whole number of pixels up to {}, or percent such as 2p", Margin::MAX)),
        meaning: "What is left free between it and the edges, in pixels, or in percent of the shorter edge (`2p`)",
        read: |reading, text| put(&mut reading.overlays.watermark_margin, Margin::parse(text)),
    },
];

impl OverlayValues {
    /// All that is laid over the picture, the first one lowest.
    pub fn wishes(self, dpr: Option<Dpr>) -> Vec<OverlayWish> {
        let watermark = self.watermark.map(|original| {
            let usual = OverlayWish::of(original);
            let margin = self.watermark_margin.unwrap_or(usual.margin);
            OverlayWish {
                position: self.watermark_position.unwrap_or(usual.position),
                size_percent: self.watermark_size.unwrap_or(usual.size_percent),
                opacity_percent: self.watermark_opacity.unwrap_or(usual.opacity_percent),
                margin: dpr.map_or(margin, |ratio| margin.at(ratio)),
                original: usual.original,
            }
        });
        watermark.into_iter().filter(|overlay| overlay.opacity_percent > 0).collect()
    }
}
