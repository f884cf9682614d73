//! What goes out: the format, and how finely it is written.

use super::parameters::{Expected, Parameter};
use super::values::put;
use crate::request::{OutputFormat, OutputWish};

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct OutputValues {
    format: Option<OutputFormat>,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["format"], expected: || Expected::one_of(OutputFormat::names()),
        meaning: "Format of the rendition. Without it, the original's own format, or PNG where that cannot be written or is a still GIF. `blurhash` is a text: the BlurHash of the picture within 64 pixels, in four by three components",
        read: |reading, text| put(&mut reading.output.format, OutputFormat::named(text)),
    },
];

impl OutputValues {
    /// What is asked of the answer.
    pub fn wish(self) -> OutputWish {
        let Self { format } = self;
        OutputWish { format }
    }
}
