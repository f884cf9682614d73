//! `InputFormats`: the formats that an operator lets us decode.

use crate::Format;

/// The formats that are decoded. Of others an original is served untouched, and no rendition is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum InputFormats {
    /// Every one that there is a decoder for.
    #[default]
    All,
    /// These alone.
    Only(Vec<Format>),
}

impl InputFormats {
    /// Tells whether originals of a format are decoded.
    pub fn contains(&self, format: Format) -> bool {
        match self {
            Self::All => true,
            Self::Only(formats) => formats.contains(&format),
        }
    }
}
