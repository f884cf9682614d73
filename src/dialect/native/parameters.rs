//! The table of parameters: names, what is expected, what it means, and how it is read, a row each. The README's table and
//! the errors come from it.

use std::fmt::Write as _;

use super::reading::Reading;
use crate::request::{
    Background, Dpr, ImagePath, Margin, OutputFormat, Position, ResizeAlgorithm, Sigma, Size, SizeError,
};

/// One parameter of the query.
pub struct Parameter {
    /// The names that it has, in any letter case; the first is the usual one.
    pub names: &'static [&'static str],
    /// What a client may write, to follow the word "expected".
    pub expected: fn() -> String,
    /// What it does, for the README.
    pub meaning: &'static str,
    /// Puts the value in; `None` where it is not as expected.
    pub read: fn(&mut Reading, &str) -> Option<()>,
}

impl Parameter {
    /// The usual name.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

/// The colours and tolerances of borders that go where nothing else is said.
const USUAL_TOLERANCE: u8 = 10;

/// All parameters, in the order in which they are documented and read.
#[rustfmt::skip]
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["size"], expected: || unprefixed(&SizeError::Size),
        meaning: "Longest edge of the rendition in pixels. The aspect ratio is kept and nothing is enlarged, but for drawings",
        read: |reading, text| put(&mut reading.size, Size::parse(text).ok()),
    },
    Parameter {
        names: &["dpr"], expected: || unprefixed(&SizeError::Dpr),
        meaning: "Device pixel ratio: multiplies `size` and margins, rounded to the nearest pixel. Where the query has none, the request header `Sec-CH-DPR` counts for `size`",
        read: |reading, text| put(&mut reading.dpr, Dpr::parse(text).ok()),
    },
    Parameter {
        names: &["format"], expected: || one_of(OutputFormat::names()),
        meaning: "Format of the rendition. Without it, the original's own format, or PNG where that cannot be written or is a still GIF. `blurhash` is a text: the BlurHash of the picture within 64 pixels, in four by three components",
        read: |reading, text| put(&mut reading.format, OutputFormat::named(text)),
    },
    Parameter {
        names: &["resize_algorithm"], expected: || one_of(ResizeAlgorithm::names()),
        meaning: "How pixels are weighed when the picture gets smaller; `auto` is `lanczos3`. Without `size` it does nothing",
        read: |reading, text| put(&mut reading.resize_algorithm, ResizeAlgorithm::named(text)),
    },
    Parameter {
        names: &["bw"], expected: || "0 or 1".to_owned(),
        meaning: "`1` is grayscale",
        read: |reading, text| { reading.grayscale = switch(text)?; Some(()) },
    },
    Parameter {
        names: &["blur"], expected: || format!("a number from 0.3 to {}, or 0", Sigma::MAX),
        meaning: "Gaussian blur; the standard deviation in pixels of the rendition",
        read: |reading, text| match text.trim().parse() {
            Ok(0.0) => { reading.blur = None; Some(()) }
            _ => put(&mut reading.blur, Sigma::parse(text)),
        },
    },
    Parameter {
        names: &["trim"], expected: || "a whole number from 0 to 255, or nothing".to_owned(),
        meaning: "Cuts off a border of one colour, or a transparent one, before all else; the number is how far each channel may be from it (10)",
        read: |reading, text| put(&mut reading.trim, if text.is_empty() { Some(USUAL_TOLERANCE) } else { text.parse().ok() }),
    },
    Parameter {
        names: &["trim_color"], expected: || "a colour such as ffcc00, fc0 or white".to_owned(),
        meaning: "The colour of the border, where it is not that of the upper left pixel",
        read: |reading, text| put(&mut reading.trim_colour, Background::parse(text)),
    },
    Parameter {
        names: &["wm"], expected: || "the path of an image".to_owned(),
        meaning: "Another image that is laid over the rendition, as a watermark",
        read: |reading, text| put(&mut reading.watermark, ImagePath::from_decoded(text).ok().map(Into::into)),
    },
    Parameter {
        names: &["wm_pos"], expected: || "words such as southeast, top left or center, or x,y in pixels".to_owned(),
        meaning: "Where the watermark stands (`southeast`)",
        read: |reading, text| put(&mut reading.watermark_position, Position::parse(text)),
    },
    Parameter {
        names: &["wm_size"], expected: || "a whole number from 0 to 100".to_owned(),
        meaning: "Its width in percent of the rendition's (25); `0` leaves it at its own size",
        read: |reading, text| put(&mut reading.watermark_size, percent(text)),
    },
    Parameter {
        names: &["wm_opacity"], expected: || "a whole number from 0 to 100".to_owned(),
        meaning: "How much it hides, in percent (100)",
        read: |reading, text| put(&mut reading.watermark_opacity, percent(text)),
    },
    Parameter {
        names: &["wm_margin"], expected: || format!("a whole number of pixels up to {}, or percent such as 2p", Margin::MAX),
        meaning: "What is left free between it and the edges, in pixels, or in percent of the shorter edge (`2p`)",
        read: |reading, text| put(&mut reading.watermark_margin, Margin::parse(text)),
    },
];

/// The parameters as a table in Markdown.
pub fn parameter_table() -> String {
    let mut text = String::from("| Parameter | Values | What it does |\n| --- | --- | --- |\n");
    for parameter in PARAMETERS {
        let names: Vec<_> = parameter.names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "| {} | {} | {}. |", names.join(", "), (parameter.expected)(), parameter.meaning);
    }
    text
}

fn put<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    *place = Some(value?);
    Some(())
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

fn percent(text: &str) -> Option<u8> {
    text.parse().ok().filter(|percent| *percent <= 100)
}

/// Errors about numbers already say `expected …`; that of the parameter says the word itself.
fn unprefixed(error: &SizeError) -> String {
    let text = error.to_string();
    text.strip_prefix("expected ").map(str::to_owned).unwrap_or(text)
}

fn one_of(names: impl Iterator<Item = &'static str>) -> String {
    format!("one of {}", names.collect::<Vec<_>>().join(", "))
}
