//! What `info` tells of a picture.

use http::StatusCode;
use serde_json::json;

use super::super::Worded;
use crate::request::{Colours, Facts, Format, Orientation};

/// The picture as it is stored, in the words of imaginary.
pub(super) fn info(facts: &Facts) -> Worded {
    let colours = facts.condition.colours;
    let is_gray = matches!(facts.decoding.pixel_bytes, 1 | 2);
    let has_alpha = facts.may_be_transparent();
    let has_inks = facts.format == Format::Jpeg && colours == Colours::Foreign && facts.decoding.pixel_bytes > 3;
    let (space, channels) = match (is_gray, has_inks) {
        (true, _) => ("b-w", 1),
        (_, true) => ("cmyk", 4),
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
            "hasProfile": colours == Colours::Profiled,
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
