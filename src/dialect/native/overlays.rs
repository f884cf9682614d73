//! What is laid over the picture.

use url::form_urlencoded;

use super::parameters::{Expected, Parameter};
use super::reading::Reading;
use super::values::{a_margin, a_percentage, a_position, a_switch, an_angle, percent, put, set, switch};
use crate::request::{Angle, Dpr, ImagePath, Margin, OverlayWish, Position, Reference};

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct OverlayValues {
    watermark: Option<Reference>,
    watermark_position: Option<Position>,
    watermark_size: Option<u8>,
    watermark_opacity: Option<u8>,
    watermark_margin: Option<Margin>,
    watermark_angle: Option<Angle>,
    is_watermark_tiled: bool,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["wm"], expected: || Expected::Text("the path of an image".to_owned()),
        meaning: "Another image that is laid over the rendition, as a watermark",
        read: |reading, text| put(&mut reading.overlays.watermark, ImagePath::from_decoded(text).ok().map(Into::into)),
    },
    Parameter {
        names: &["wm_pos"], expected: a_position,
        meaning: "Where the watermark stands (`southeast`); pixels are multiplied by `dpr`",
        read: |reading, text| put(&mut reading.overlays.watermark_position, Position::parse(text)),
    },
    Parameter {
        names: &["wm_size"], expected: a_percentage,
        meaning: "Its width once it is turned, in percent of the rendition's (25); `0` leaves it at its own size",
        read: |reading, text| put(&mut reading.overlays.watermark_size, percent(text)),
    },
    Parameter {
        names: &["wm_opacity"], expected: a_percentage,
        meaning: "How much it hides, in percent (100)",
        read: |reading, text| put(&mut reading.overlays.watermark_opacity, percent(text)),
    },
    Parameter {
        names: &["wm_margin"], expected: a_margin,
        meaning: "What is left free between it and the edges, or its copies, in pixels, or in percent of the shorter edge (`2p`)",
        read: |reading, text| put(&mut reading.overlays.watermark_margin, Margin::parse(text)),
    },
    Parameter {
        names: &["wm_tile"], expected: a_switch,
        meaning: "`1` repeats it over the whole rendition, from where it stands, with the margin as the gap",
        read: |reading, text| set(&mut reading.overlays.is_watermark_tiled, switch(text)),
    },
    Parameter {
        names: &["wm_rotate"], expected: an_angle,
        meaning: "Turns it clockwise, in degrees",
        read: |reading, text| put(&mut reading.overlays.watermark_angle, Angle::parse(text)),
    },
];

impl OverlayValues {
    /// All that is laid over the picture, the first one lowest.
    pub fn wishes(self, dpr: Option<Dpr>) -> Vec<OverlayWish> {
        let watermark = self.watermark.map(|original| {
            let usual = OverlayWish::of(original);
            let margin = self.watermark_margin.unwrap_or(usual.margin);
            let position = self.watermark_position.unwrap_or(usual.position);
            OverlayWish {
                position: dpr.map_or(position, |ratio| position.at(ratio)),
                angle: self.watermark_angle.unwrap_or(usual.angle),
                is_tiled: self.is_watermark_tiled,
                size_percent: self.watermark_size.unwrap_or(usual.size_percent),
                opacity_percent: self.watermark_opacity.unwrap_or(usual.opacity_percent),
                margin: dpr.map_or(margin, |ratio| margin.at(ratio)),
                ..usual
            }
        });
        watermark.into_iter().filter(|overlay| overlay.opacity_percent > 0).collect()
    }
}

/// The watermark that a query describes which says nothing else.
///
/// # Errors
/// What is wrong with it.
pub fn watermark_of(query: &str) -> Result<OverlayWish, String> {
    let mut reading = Reading::default();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let known = PARAMETERS.iter().filter(|parameter| parameter.name().starts_with("wm"));
        let names: Vec<_> = known.clone().map(Parameter::name).collect();
        let parameter = known.into_iter().find(|parameter| parameter.name().eq_ignore_ascii_case(&name));
        let parameter = parameter.ok_or_else(|| format!("names out of {} (not \"{name}\")", names.join(", ")))?;
        let read = (parameter.read)(&mut reading, &text);
        read.ok_or_else(|| format!("{} to be {} (not \"{text}\")", parameter.name(), (parameter.expected)()))?;
    }
    let watermark = reading.overlays.wishes(None).pop();
    watermark.ok_or_else(|| "wm to name an image, and wm_opacity to be above 0".to_owned())
}
