//! `CacheTag`: what an original, or a folder of originals, is called where caches are told to forget it.

use std::fmt;

use twox_hash::XxHash3_128;

use super::{ImagePath, Reference, RemoteUrl};

/// The digits of one, as text.
const DIGITS: usize = 32;

/// The name of an original or a folder in caches: a digest (XXH3, 128 bits) of its decoded path or its URL, so that it is short,
/// is text that every header may hold, and tells nobody the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheTag(u128);

impl CacheTag {
    /// That of an original.
    pub fn of(path: &ImagePath) -> Self {
        Self::of_text(path.as_str())
    }

    /// That of the folder that all originals are in.
    pub fn of_everything() -> Self {
        Self::of_text("")
    }

    /// Those of the folders that an original is in, from the outermost, which is that of everything.
    pub fn folders(path: &ImagePath) -> impl Iterator<Item = Self> {
        let path = path.as_str();
        // With its closing slash no folder is called as an original is.
        let folders = path.match_indices('/').filter_map(|(slash, _)| path.get(..=slash));
        [""].into_iter().chain(folders).map(Self::of_text)
    }

    /// That of an original, and then those of the folders that it is in, from the outermost, which is that of everything: of a
    /// URL that of its origin, and of each beginning of its path. What came with a request has none, and neither has what is at hand from the start.
    pub fn all_of(reference: &Reference) -> impl Iterator<Item = Self> {
        let (path, url) = match reference {
            Reference::Path(path) => (Some(path), None),
            Reference::Url(url) => (None, Some(url)),
            Reference::Body | Reference::Given(_) => (None, None),
        };
        let of_path = path.into_iter().flat_map(|path| [Self::of(path)].into_iter().chain(Self::folders(path)));
        of_path.chain(url.into_iter().flat_map(Self::all_of_url))
    }

    /// No path is called as a URL is, which has two slashes side by side, and no URL as a folder of URLs, which ends as a
    /// fragment does.
    fn all_of_url(url: &RemoteUrl) -> impl Iterator<Item = Self> {
        let folders = url.folders().map(|folder| Self::of_text(&[folder, "#"].concat()));
        [Self::of_text(url.as_str()), Self::of_everything()].into_iter().chain(folders)
    }

    /// Reads one as it is written.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() == DIGITS && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        u128::from_str_radix(text, 16).ok().filter(|_| is_plain).map(Self)
    }

    fn of_text(text: &str) -> Self {
        Self(XxHash3_128::oneshot(text.as_bytes()))
    }
}

impl fmt::Display for CacheTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::RemoteOrigins;

    fn path(text: &str) -> ImagePath {
        ImagePath::from_decoded(text).unwrap()
    }

    #[test]
    fn an_original_has_one_tag_and_one_for_each_folder() {
        let of = |text: &str| CacheTag::all_of(&path(text).into()).collect::<Vec<_>>();
        let (deep, beside) = (of("a/b/c.jpg"), of("a/d.jpg"));
        assert_eq!((deep.len(), beside.len(), of("c.jpg").len()), (4, 3, 2));
        assert_eq!(deep[0], CacheTag::of(&path("a/b/c.jpg")));
        assert_eq!(deep[1], CacheTag::of_everything());
        assert_eq!(deep[1..3], beside[1..3]);
        assert_eq!(CacheTag::all_of(&Reference::Body).count(), 0);
    }

    #[test]
    fn a_folder_is_not_called_as_an_original_is() {
        let folder = CacheTag::folders(&path("a/b.jpg")).last().unwrap();
        assert!(folder != CacheTag::of(&path("a")) && folder != CacheTag::of_everything());
    }

    #[test]
    fn an_original_at_a_url_has_one_tag_and_one_for_each_folder() {
        let origins = RemoteOrigins::parse("https://a.example").unwrap();
        let of = |text: &str| CacheTag::all_of(&origins.admit(text).unwrap().into()).collect::<Vec<_>>();
        let (deep, beside) = (of("https://a.example/b/c.jpg?d=/e"), of("https://a.example/b/c.jpg"));
        assert_eq!((deep.len(), beside.len(), of("https://a.example").len()), (4, 4, 3));
        assert_eq!(deep[1], CacheTag::of_everything());
        assert_eq!(deep[1..], beside[1..]);
        assert_ne!(deep[0], beside[0]);
        assert_ne!(of("https://a.example/b/")[0], deep[3]);
    }

    #[test]
    fn it_is_read_as_it_is_written_and_in_no_other_way() {
        let tag = CacheTag::of(&path("a.jpg"));
        let text = tag.to_string();
        assert_eq!((text.len(), CacheTag::parse(&text)), (DIGITS, Some(tag)));
        let (_, short) = text.split_at(1);
        for wrong in ["", "a.jpg", short, &format!("{text}0"), &format!("+{short}")] {
            assert_eq!(CacheTag::parse(wrong), None, "{wrong}");
        }
    }
}
