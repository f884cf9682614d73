//! How large the picture is to be, and what part of it.

use super::parameters::{Expected, Parameter};
use super::values::{a_colour, put};
use crate::request::{Background, Bounds, Dpr, ResizeAlgorithm, Size, SizeError, TrimWish};

/// How far each channel of a border may be from its colour, where a query does not say.
const USUAL_TOLERANCE: u8 = 10;

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct GeometryValues {
    size: Option<Size>,
    pub dpr: Option<Dpr>,
    resize_algorithm: Option<ResizeAlgorithm>,
    /// The tolerance.
    trim: Option<u8>,
    trim_colour: Option<Background>,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["size"], expected: || unprefixed(&SizeError::Size),
        meaning: "Longest edge of the rendition in pixels. The aspect ratio is kept and nothing is enlarged, but for drawings",
        read: |reading, text| put(&mut reading.geometry.size, Size::parse(text).ok()),
    },
    Parameter {
        names: &["dpr"], expected: || unprefixed(&SizeError::Dpr),
        meaning: "Device pixel ratio: multiplies `size` and margins, rounded to the nearest pixel. Where the query has none, the request header `Sec-CH-DPR` counts for `size`",
        read: |reading, text| put(&mut reading.geometry.dpr, Dpr::parse(text).ok()),
    },
    Parameter {
        names: &["resize_algorithm"], expected: || Expected::one_of(ResizeAlgorithm::names()),
        meaning: "How pixels are weighed when the picture gets smaller; `auto` is `lanczos3`. Without `size` it does nothing",
        read: |reading, text| put(&mut reading.geometry.resize_algorithm, ResizeAlgorithm::named(text)),
    },
    Parameter {
        names: &["trim"], expected: || Expected::Text("a whole number from 0 to 255, or nothing".to_owned()),
        meaning: "Cuts off a border of one colour, or a transparent one, before all else; the number is how far each channel may be from it (10)",
        read: |reading, text| put(&mut reading.geometry.trim, if text.is_empty() { Some(USUAL_TOLERANCE) } else { text.parse().ok() }),
    },
    Parameter {
        names: &["trim_color"], expected: a_colour,
        meaning: "The colour of the border, where it is not that of the upper left pixel",
        read: |reading, text| put(&mut reading.geometry.trim_colour, Background::parse(text)),
    },
];

impl GeometryValues {
    /// The border that goes.
    pub fn trim(&self) -> Option<TrimWish> {
        self.trim.map(|tolerance| TrimWish { tolerance, colour: self.trim_colour })
    }

    /// How large it may be. The hint stands in for a ratio that was not given.
    pub fn bounds(&self, hinted_ratio: impl FnOnce() -> Option<Dpr>) -> Bounds {
        let ratio = self.dpr.or_else(hinted_ratio);
        let size = self.size.map(|size| ratio.map_or(size, |ratio| size.at(ratio)));
        // Without a size there is nothing to weigh, so the algorithm alone asks for nothing.
        Bounds { size, algorithm: self.resize_algorithm.filter(|_| size.is_some()) }
    }
}

/// Errors about numbers already say `expected …`; that of the parameter says the word itself.
fn unprefixed(error: &SizeError) -> Expected {
    let text = error.to_string();
    Expected::Text(text.strip_prefix("expected ").map(str::to_owned).unwrap_or(text))
}
