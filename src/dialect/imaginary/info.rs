//! What `info` tells of a picture.

use http::StatusCode;
use serde_json::json;

use super::super::Worded;
use crate::request::{Colours, Condition, Facts, Format, Orientation};

/// The picture as it is stored, in the words of imaginary.
pub(super) fn info(facts: &Facts) -> Worded {
    let Condition { colours, samples, .. } = facts.condition;
    let is_gray = samples.is_gray || matches!(facts.decoding.pixel_bytes, 1 | 2);
    let has_alpha = facts.may_be_transparent() && !samples.is_opaque;
    let has_inks = facts.format == Format::Jpeg && colours == Colours::Foreign && facts.decoding.pixel_bytes > 3;
    let (space, channels) = match (is_gray, samples.is_deep, has_inks) {
        (true, false, _) => ("b-w", 1),
        (true, true, _) => ("grey16", 1),
        (.., true) => ("cmyk", 4),
        (_, true, _) => ("rgb16", 3),
        _ => ("srgb", 3),
    };
    Worded::json(
        StatusCode::OK,
        &json!({
            "width": facts.stored.width,
            "height": facts.stored.height,
            "type": facts.format.name(),
            "space": space,
            "hasAlpha": has_alpha,
            "hasProfile": samples.has_profile || colours == Colours::Profiled,
            "channels": channels + i32::from(has_alpha),
            "orientation": orientation(facts),
        }),
    )
}

/// The value of the EXIF tag; 0 where there is none.
fn orientation(facts: &Facts) -> usize {
    let is_stated = facts.condition.states_orientation || facts.orientation != Orientation::Upright;
    if is_stated { facts.orientation.exif_value() } else { 0 }
}
