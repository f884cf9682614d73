//! `Listing`: what there is in a folder of originals, as far as it may be served.

use std::fs::File;

use codec::Format;

use crate::request::ImagePath;

/// What there is in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Folders, in the order of their names.
    pub folders: Vec<ImagePath>,
    /// Pictures, in the order of their names.
    pub pictures: Vec<ListedPicture>,
    /// There is more than is listed.
    pub has_more: bool,
}

/// A picture in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPicture {
    /// Below the root.
    pub path: ImagePath,
    /// How long it is.
    pub bytes: u64,
    /// What its first bytes say.
    pub format: Format,
}

impl Listing {
    /// Names that are looked at in one folder; of more the rest is left out.
    pub(super) const MAX_NAMES: usize = 10_000;
    /// Pictures that are listed of one folder, and folders.
    pub(super) const MAX_LISTED: usize = 1000;
}

/// The format of a file by its first and last bytes, and its length; `None` where it is none that is served.
pub(super) fn format_of(file: &mut File) -> Option<(Format, u64)> {
    let status = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let format = Format::read(file).ok()??;
    Some((format, status.len()))
}
