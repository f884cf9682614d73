//! `Reference`: the name of an original, wherever it comes from.

use std::fmt;

use super::ImagePath;

/// Which original is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// One below the root, or below the base of the fallback.
    Path(ImagePath),
    /// The one that came with the request.
    Body,
}

impl Reference {
    /// The name under which a client saves it, without an ending.
    pub fn stem(&self) -> &str {
        match self {
            Self::Path(path) => path.stem(),
            Self::Body => "image",
        }
    }
}

impl From<ImagePath> for Reference {
    fn from(path: ImagePath) -> Self {
        Self::Path(path)
    }
}

impl fmt::Display for Reference {
    /// Text that differs for different originals: a path begins with a slash, and nothing else does.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(formatter, "/{path}"),
            Self::Body => formatter.write_str("body"),
        }
    }
}
