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

    /// What the same folder has in a source that is asked later: of two pictures of one name, the first is served.
    #[must_use]
    pub fn with(mut self, later: Self) -> Self {
        self.folders.extend(later.folders);
        self.folders.sort_unstable();
        self.folders.dedup();
        self.pictures.extend(later.pictures);
        // Does not change the order of equals.
        self.pictures.sort_by(|one, other| one.path.cmp(&other.path));
        self.pictures.dedup_by(|later, first| later.path == first.path);
        self.has_more |= later.has_more;
        self
    }
}

/// The format of a file by its first and last bytes, and its length; `None` where it is none that is served.
pub(super) fn format_of(file: &mut File) -> Option<(Format, u64)> {
    let status = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let format = Format::read(file).ok()??;
    Some((format, status.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_source_has_the_picture_that_is_served() {
        let path = |text: &str| ImagePath::from_decoded(text).unwrap();
        let listing = |folders: &[&str], pictures: &[(&str, u64)]| Listing {
            folders: folders.iter().map(|name| path(name)).collect(),
            pictures: pictures
                .iter()
                .map(|(name, bytes)| ListedPicture { path: path(name), bytes: *bytes, format: Format::Png })
                .collect(),
            has_more: false,
        };
        let both =
            listing(&["b"], &[("a.png", 1), ("c.png", 2)]).with(listing(&["a", "b"], &[("b.png", 3), ("c.png", 4)]));
        assert_eq!(both, listing(&["a", "b"], &[("a.png", 1), ("b.png", 3), ("c.png", 2)]));
    }
}
