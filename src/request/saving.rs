//! `Saving`: how a client is to save a picture.

/// How a client is to save a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Saving {
    /// Under which name, without an ending; `None` for that of the original.
    pub stem: Option<Box<str>>,
    /// At once, and not show it.
    pub is_attachment: bool,
    /// The name stands in the header as it is, but for quotes, which are escaped as in URLs.
    pub is_literal: bool,
}
