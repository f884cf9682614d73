//! `Mounts`: which dialect answers which path.

use crate::dialect::{Dialect, path_prefix};

/// A dialect, and the prefix of the paths that it answers.
struct Mount {
    /// Begins with a slash and does not end with one; empty for all paths.
    prefix: String,
    dialect: Box<dyn Dialect>,
}

/// Dialects side by side, each under a prefix of its own.
#[derive(Default)]
pub struct Mounts {
    /// The longest prefix first.
    all: Vec<Mount>,
}

impl Mounts {
    /// Puts a dialect under a prefix, of which slashes at the ends say nothing.
    pub fn with(mut self, prefix: &str, dialect: Box<dyn Dialect>) -> Self {
        self.all.push(Mount { prefix: path_prefix(prefix), dialect });
        self.all.sort_by_key(|mount| std::cmp::Reverse(mount.prefix.len()));
        self
    }

    /// The dialect for a path and a query, and the path as it sees it; `None` where nothing is mounted. Of several under one prefix
    /// it is the first that takes it.
    pub(super) fn find<'a>(&self, path: &'a str, query: Option<&str>) -> Option<(&dyn Dialect, &'a str)> {
        self.all.iter().find_map(|mount| {
            let rest = path.strip_prefix(&mount.prefix)?;
            let is_below = mount.prefix.is_empty() || rest.is_empty() || rest.starts_with('/');
            (is_below && mount.dialect.takes(rest, query)).then_some((&*mount.dialect, rest))
        })
    }

    /// Tells whether a path of the house is a dialect's own.
    pub(super) fn claim(&self, path: &str) -> bool {
        self.find(path, None).is_some_and(|(dialect, path)| dialect.claims(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Native, Upload};

    fn found(mounts: &Mounts, path: &'static str) -> Option<(&'static str, &'static str)> {
        mounts.find(path, None).map(|(dialect, rest)| (dialect.name(), rest))
    }

    #[test]
    fn the_longest_prefix_of_whole_components_wins() {
        let native = || Box::<Native>::default();
        let mounts = Mounts::default()
            .with("/", native())
            .with("/img/upload/", Box::new(Upload::new(1 << 20)))
            .with("img", native());
        assert_eq!(found(&mounts, "/img/upload"), Some(("upload", "")));
        assert_eq!(found(&mounts, "/img/upload/x"), Some(("upload", "/x")));
        assert_eq!(found(&mounts, "/img/uploads"), Some(("native", "/uploads")));
        assert_eq!(found(&mounts, "/img"), Some(("native", "")));
        assert_eq!(found(&mounts, "/image/a.jpg"), Some(("native", "/image/a.jpg")));
    }

    #[test]
    fn where_nothing_is_mounted_nothing_answers() {
        assert_eq!(found(&Mounts::default().with("/raw", Box::<Native>::default()), "/a.jpg"), None);
    }
}
