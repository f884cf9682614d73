//! `Changes`: what has changed below a folder, each once, and never more than can be told.

use std::collections::BTreeSet;
use std::path::Path;

use crate::request::ImagePath;

/// Where there are more, everything may have changed.
const MAX_CHANGES: usize = 10_000;

/// Pictures, and folders that went with all that was in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    pictures: BTreeSet<ImagePath>,
    folders: BTreeSet<ImagePath>,
    is_everything: bool,
}

impl Changes {
    /// Anything may be another, or gone.
    pub fn of_everything() -> Self {
        Self { is_everything: true, ..Self::default() }
    }

    /// Adds a picture, by its path below the root. What could not be asked for is left out.
    pub(super) fn add(&mut self, path: &Path) {
        self.pictures.extend(named(path));
        self.bound();
    }

    /// Adds a folder that is gone, of which nobody knows what was in it.
    pub(super) fn add_folder(&mut self, path: &Path) {
        self.folders.extend(named(path));
        self.bound();
    }

    /// Adds all of `other`.
    pub(super) fn merge(&mut self, other: Self) {
        self.is_everything |= other.is_everything;
        self.pictures.extend(other.pictures);
        self.folders.extend(other.folders);
        self.bound();
    }

    /// Tells whether nothing changed.
    pub fn is_empty(&self) -> bool {
        !self.is_everything && self.pictures.is_empty() && self.folders.is_empty()
    }

    /// The pictures that changed, where these are known one by one.
    pub fn pictures(&self) -> Option<impl Iterator<Item = &ImagePath>> {
        (!self.is_everything && self.folders.is_empty()).then(|| self.pictures.iter())
    }

    /// As they are told: decoded paths with a slash before them, folders with one behind as well, everything as a slash
    /// alone.
    pub(super) fn texts(&self) -> Vec<String> {
        if self.is_everything {
            return vec!["/".to_owned()];
        }
        let folders = self.folders.iter().map(|path| format!("/{path}/"));
        folders.chain(self.pictures.iter().map(|path| format!("/{path}"))).collect()
    }

    fn bound(&mut self) {
        if self.is_everything || self.pictures.len() + self.folders.len() > MAX_CHANGES {
            *self = Self::of_everything();
        }
    }
}

fn named(path: &Path) -> Option<ImagePath> {
    ImagePath::from_decoded(path.to_str()?).ok()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn changes(pictures: &[&str], folders: &[&str]) -> Changes {
        let mut changes = Changes::default();
        pictures.iter().for_each(|path| changes.add(Path::new(path)));
        folders.iter().for_each(|path| changes.add_folder(Path::new(path)));
        changes
    }

    #[test]
    fn paths_are_told_decoded_each_once_and_without_hidden_names() {
        let told = changes(&["b/ü %.jpg", "a b.jpg", "a b.jpg", ".hidden", "c/.d/e.jpg", ""], &["c/d"]);
        assert_eq!(told.texts(), ["/c/d/", "/a b.jpg", "/b/ü %.jpg"]);
        assert_eq!(told.pictures().map(Iterator::count), None);
        let mut named = Changes::default();
        named.add(Path::new(OsStr::from_bytes(b"a\xff.jpg")));
        assert!(named.is_empty(), "no URL asks for it");
    }

    #[test]
    fn what_is_too_much_is_everything() {
        let mut many = Changes::default();
        for number in 0..=MAX_CHANGES {
            assert!(many.pictures().is_some());
            many.add(Path::new(&number.to_string()));
        }
        assert_eq!((many.texts(), many.pictures().map(Iterator::count)), (vec!["/".to_owned()], None));
        let mut few = changes(&["a.jpg"], &[]);
        few.merge(changes(&["b.jpg"], &[]));
        assert_eq!(few.texts(), ["/a.jpg", "/b.jpg"]);
        few.merge(many);
        assert_eq!(few, Changes::of_everything());
    }
}
