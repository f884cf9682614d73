//! `Reference`: the name of an original, wherever it comes from.

use std::borrow::Cow;
use std::fmt;

use super::{GivenPicture, ImagePath, RemoteUrl};

/// Which original is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reference {
    /// One below the root, or below the base of the fallback.
    Path(ImagePath),
    /// One at a URL that the request names.
    Url(RemoteUrl),
    /// The one that came with the request.
    Body,
    /// One that is at hand from the start.
    Given(GivenPicture),
}

impl Reference {
    /// The name under which a client saves it, without an ending.
    pub fn stem(&self) -> Cow<'_, str> {
        match self {
            Self::Path(path) => path.stem().into(),
            Self::Url(url) => url.stem(),
            Self::Body | Self::Given(_) => "image".into(),
        }
    }

    /// The ending of the name of its file, without the dot: of one to ten letters and digits, where it has one.
    pub fn ending(&self) -> Option<Cow<'_, str>> {
        let ending = match self {
            Self::Path(path) => path.ending().map(Cow::Borrowed),
            Self::Url(url) => url.ending().map(Cow::Owned),
            Self::Body | Self::Given(_) => None,
        };
        let is_plain = |ending: &str| {
            (1..=10).contains(&ending.len()) && ending.chars().all(|letter| letter.is_ascii_alphanumeric())
        };
        ending.filter(|ending| is_plain(ending))
    }
}

impl From<ImagePath> for Reference {
    fn from(path: ImagePath) -> Self {
        Self::Path(path)
    }
}

impl From<RemoteUrl> for Reference {
    fn from(url: RemoteUrl) -> Self {
        Self::Url(url)
    }
}

impl fmt::Display for Reference {
    /// As it may be logged: a path begins with a slash, and nothing else does; a URL is without its query.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(formatter, "/{path}"),
            Self::Url(url) => url.fmt(formatter),
            Self::Body => formatter.write_str("body"),
            Self::Given(_) => formatter.write_str("given"),
        }
    }
}
