//! The picture that stands in for an error.

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};

use super::super::{StandIn, Worded};
use super::parsing;
use super::query::GoQuery;
use super::rounds::OutputKind;
use super::settings::ImaginarySettings;
use crate::request::{Bounds, Edit, Fit, FormatWish, Length, OutputFormat, OutputWish, Wish};

/// Hills and a sun in a frame, 400 by 400 pixels, drawn for this by a few lines of arithmetic.
const OWN: &[u8] = include_bytes!("placeholder.png");

/// Says what the error was.
pub(super) const ERROR: HeaderName = HeaderName::from_static("error");

/// The one that is taken where the operator has none.
pub(super) fn own() -> Bytes {
    Bytes::from_static(OWN)
}

/// The picture, where there is one: as wide and high as was asked for, whatever its shape.
pub(super) fn stand_in(settings: &ImaginarySettings, worded: &Worded, query: &GoQuery) -> Option<StandIn> {
    let original = settings.placeholder.clone()?;
    let side = |name: &str| {
        let pixels = u32::try_from(parsing::integer(&query.first(name)).ok()?).ok()?;
        Some(if pixels > 0 { Length::Pixels(pixels) } else { Length::WHOLE })
    };
    let (width, height) = (Some(side("width")?), Some(side("height")?));
    let bounds = Bounds { width, height, fit: Fit::Stretch, may_enlarge: true, ..Bounds::default() };
    let format = match OutputKind::named(&query.first("type")) {
        OutputKind::Named(format) => format,
        // That of imaginary is one.
        _ if original == OWN => OutputFormat::JPEG,
        _ => OutputFormat::same_as(crate::request::Format::sniff(&original)?).unwrap_or(OutputFormat::PNG),
    };
    let output = OutputWish { format: Some(FormatWish::Named(format)), ..OutputWish::default() };
    let wish = Wish::new(output).then(Edit { bounds, ..Edit::default() });
    let mut headers = HeaderMap::new();
    if let Ok(error) = HeaderValue::from_str(&worded.body) {
        headers.insert(ERROR, error);
    }
    Some(StandIn { original, wish, status: settings.placeholder_status.unwrap_or(worded.status), headers })
}
