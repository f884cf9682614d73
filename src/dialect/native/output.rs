//! What goes out: the format, and how finely it is written.

use super::parameters::{Expected, Parameter};
use super::values::{a_switch, put, switch};
use crate::request::{ChromaSampling, CodingWish, Effort, MaxBytes, OutputFormat, OutputWish, Quality};

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct OutputValues {
    format: Option<OutputFormat>,
    coding: CodingWish,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["format"], expected: || Expected::one_of(OutputFormat::names()),
        meaning: "Format of the rendition. Without it, the original's own format, or PNG where that cannot be written or is a still GIF. `blurhash` is a text: the BlurHash of the picture within 64 pixels, in four by three components",
        read: |reading, text| put(&mut reading.output.format, OutputFormat::named(text)),
    },
    Parameter {
        names: &["q", "quality", "qlt"], expected: || Expected::Text("a number from 0 to 100".to_owned()),
        meaning: "How finely JPEG, WebP and AVIF are written, in place of the operator's setting; 0 is taken for 1, and of `75,90` the first counts. Never finer than the original's own quality, and of no account for formats that lose nothing",
        read: |reading, text| put(&mut reading.output.coding.quality, quality(text)),
    },
    Parameter {
        names: &["max_bytes"], expected: || Expected::Text("a number of bytes such as 40000, 40k or 40KiB".to_owned()),
        meaning: "How long the file may be: JPEG, WebP and AVIF are written at the finest quality that fits, none finer than `q` or the setting; where none fits, at the lowest. `X-Image-Proxy-Quality` says what was taken, and whether it missed",
        read: |reading, text| put(&mut reading.output.coding.max_bytes, MaxBytes::parse(text)),
    },
    Parameter {
        names: &["lossless"], expected: a_switch,
        meaning: "`1` keeps every pixel: in PNG, WebP and AVIF",
        read: |reading, text| { reading.output.coding.is_lossless = switch(text)?; Some(()) },
    },
    Parameter {
        names: &["effort"], expected: || Expected::Text(format!("a whole number from 0 to {}", Effort::MAX)),
        meaning: "How much work goes into few bytes, from 0 (fast) to 10 (small), in place of the operator's setting; up to 6 it costs little",
        read: |reading, text| put(&mut reading.output.coding.effort, Effort::parse(text)),
    },
    Parameter {
        names: &["progressive"], expected: a_switch,
        meaning: "`1` makes a progressive JPEG: the whole picture comes first, coarsely. Of no account for other formats",
        read: |reading, text| { reading.output.coding.is_progressive = switch(text)?; Some(()) },
    },
    Parameter {
        names: &["chroma"], expected: || Expected::one_of(["420", "444"]),
        meaning: "How many samples of colour JPEG and AVIF keep: one for two by two pixels (`420`), or one for each (`444`). Of no account for other formats",
        read: |reading, text| put(&mut reading.output.coding.chroma, ChromaSampling::named(&text.replace(':', ""))),
    },
];

impl OutputValues {
    /// What is asked of the answer.
    pub fn wish(self) -> OutputWish {
        let Self { format, coding } = self;
        OutputWish { format, coding }
    }
}

/// The first of the numbers, as a whole one.
fn quality(text: &str) -> Option<Quality> {
    let first = text.split(',').next().unwrap_or_default().trim();
    let number = first.parse::<f64>().ok().filter(|number| (0.0..=100.0).contains(number))?;
    // At most 100.
    Some(Quality::new(number.round() as u8))
}
