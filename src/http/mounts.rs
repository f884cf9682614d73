//! `Mounts`: which dialect answers which path.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use http::Method;

use crate::dialect::{Asked, Dialect, Heard, Readings, Wording, path_prefix};
use crate::request::ImageRequest;

/// A dialect, and the prefix of the paths that it answers.
pub(super) struct Mount {
    /// Begins with a slash and does not end with one; empty for all paths.
    prefix: String,
    pub dialect: Box<dyn Dialect>,
    /// What it has read, where it is to be remembered.
    readings: Option<Readings<Arc<ReadUrl>>>,
}

/// What a URL asks for, and until when it is good.
struct ReadUrl {
    request: ImageRequest,
    good_until: Option<SystemTime>,
}

impl Mount {
    /// Reads a request, or remembers what it came to.
    pub(super) fn read(&self, wording: Wording<'_>) -> Heard {
        let Some(readings) = self.readings.as_ref().filter(|_| *wording.method == Method::GET) else {
            return self.dialect.read(wording);
        };
        let url = match wording.query {
            Some(query) => Cow::Owned([wording.path, "?", query].concat()),
            None => Cow::Borrowed(wording.path),
        };
        if let Some((read, varies_on)) = readings.get(&url, wording.headers)
            && read.good_until.is_none_or(|good_until| good_until > SystemTime::now())
        {
            return Heard { asked: Ok(Asked::Image(read.request.clone())), varies_on, permit: Ok(read.good_until) };
        }
        let heard = self.dialect.read(wording);
        if let (Ok(Asked::Image(request)), Ok(good_until)) = (&heard.asked, heard.permit) {
            let read = Arc::new(ReadUrl { request: request.clone(), good_until });
            readings.put(&url, wording.headers, heard.varies_on, read);
        }
        heard
    }
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
        let readings = dialect.is_repeatable().then(Readings::default);
        self.all.push(Mount { prefix: path_prefix(prefix), dialect, readings });
        self.all.sort_by_key(|mount| std::cmp::Reverse(mount.prefix.len()));
        self
    }

    /// The mount for a path and a query, and the path as it sees it; `None` where nothing is mounted. Of several under one prefix
    /// it is the first that takes it.
    pub(super) fn find<'a>(&self, path: &'a str, query: Option<&str>) -> Option<(&Mount, &'a str)> {
        self.all.iter().find_map(|mount| {
            let rest = path.strip_prefix(&mount.prefix)?;
            let is_below = mount.prefix.is_empty() || rest.is_empty() || rest.starts_with('/');
            (is_below && mount.dialect.takes(rest, query)).then_some((mount, rest))
        })
    }

    /// Tells whether a path of the house is a dialect's own.
    pub(super) fn claim(&self, path: &str) -> bool {
        self.find(path, None).is_some_and(|(mount, path)| mount.dialect.claims(path))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use http::header::ACCEPT;
    use http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::dialect::{Hint, Hints, Native, Upload};
    use crate::request::{ImagePath, OutputWish, Wish};

    fn found(mounts: &Mounts, path: &'static str) -> Option<(&'static str, &'static str)> {
        mounts.find(path, None).map(|(mount, rest)| (mount.dialect.name(), rest))
    }

    /// Counts how often it reads, and asks for a still of what accepts anything.
    struct Counting {
        reads: Arc<AtomicUsize>,
        is_repeatable: bool,
        good_until: Option<SystemTime>,
    }

    impl Dialect for Counting {
        fn name(&self) -> &'static str {
            "counting"
        }

        fn is_repeatable(&self) -> bool {
            self.is_repeatable
        }

        fn read(&self, wording: Wording<'_>) -> Heard {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let is_still = wording.headers.contains_key(ACCEPT);
            let wish = Wish::new(OutputWish { is_still, ..OutputWish::default() });
            let path = ImagePath::from_url_path(wording.path);
            let asked = path.map(|path| Asked::Image(ImageRequest::new(path, wish))).map_err(Into::into);
            let varies_on = Hints::default().with(Hint::Accept);
            Heard { asked, varies_on, permit: Ok(self.good_until) }
        }
    }

    /// How often a dialect reads where the same few requests come three times.
    fn reads(is_repeatable: bool, good_until: Option<SystemTime>) -> usize {
        let reads = Arc::new(AtomicUsize::new(0));
        let dialect = Counting { reads: Arc::clone(&reads), is_repeatable, good_until };
        let mounts = Mounts::default().with("/", Box::new(dialect));
        let (bare, mut accepting) = (HeaderMap::new(), HeaderMap::new());
        accepting.insert(ACCEPT, HeaderValue::from_static("*/*"));
        for _ in 0..3 {
            for path in ["/a.jpg", "/b.jpg", "/%zz"] {
                for (query, headers) in [(None, &bare), (Some(""), &bare), (Some(""), &accepting)] {
                    let (mount, path) = mounts.find(path, query).unwrap();
                    let heard = mount.read(Wording { method: &Method::GET, path, query, headers });
                    assert_eq!((heard.permit, heard.varies_on.has(Hint::Accept)), (Ok(good_until), true));
                    match heard.asked {
                        Ok(Asked::Image(request)) => {
                            assert_eq!(request.original, ImagePath::from_url_path(path).unwrap().into());
                            assert_eq!(request.wish.output.is_still, headers.contains_key(ACCEPT));
                        }
                        asked => assert!(path == "/%zz" && asked.is_err(), "{path}"),
                    }
                }
            }
        }
        reads.load(Ordering::Relaxed)
    }

    #[test]
    fn what_comes_again_is_not_read_again_while_its_url_is_good() {
        let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
        // What is wrong is read again.
        let wrong = 3 * 3;
        assert_eq!(reads(true, None), 2 * 3 + wrong);
        assert_eq!(reads(true, Some(now + hour)), 2 * 3 + wrong);
        assert_eq!(reads(true, Some(now - hour)), 3 * 2 * 3 + wrong);
        assert_eq!(reads(false, None), 3 * 2 * 3 + wrong);
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
