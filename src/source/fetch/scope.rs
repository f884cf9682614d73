//! `Scope`: which originals are fetched, from which URLs, and where an answer may lead.

use std::sync::Arc;

use url::Url;

use crate::report::Origin;
use crate::request::{ImagePath, Reference, RemoteOrigins};
use crate::source::{SourceError, UpstreamError};

/// Where originals are fetched from.
#[derive(Debug, Clone)]
pub(in crate::source) enum Scope {
    /// Paths, appended to a base; no redirect leaves its origin.
    Base(Arc<Url>),
    /// URLs that a list has; no redirect leaves the list.
    Listed(Arc<RemoteOrigins>),
}

impl Scope {
    pub fn base(base: Url) -> Self {
        Self::Base(Arc::new(base))
    }

    pub fn listed(origins: RemoteOrigins) -> Self {
        Self::Listed(Arc::new(origins))
    }

    /// Where an original is; `None` where it is not of this kind, or not in the list.
    pub fn url(&self, reference: &Reference) -> Option<Url> {
        match (self, reference) {
            (Self::Base(base), Reference::Path(path)) => Some(appended(base, path)),
            (Self::Listed(_), Reference::Url(url)) => Some(url.url().clone()).filter(|_| self.has(reference)),
            (Self::Base(_) | Self::Listed(_), _) => None,
        }
    }

    /// Tells whether an original is looked for here.
    pub fn has(&self, reference: &Reference) -> bool {
        match (self, reference) {
            (Self::Base(_), Reference::Path(_)) => true,
            (Self::Listed(origins), Reference::Url(url)) => origins.admits(url.url()),
            (Self::Base(_) | Self::Listed(_), _) => false,
        }
    }

    /// Tells whether an answer may lead to a URL.
    pub fn leads_to(&self, url: &Url) -> bool {
        match self {
            Self::Base(base) => url.origin() == base.origin(),
            Self::Listed(origins) => origins.admits(url),
        }
    }

    pub fn origin(&self) -> Origin {
        match self {
            Self::Base(_) => Origin::Upstream,
            Self::Listed(_) => Origin::Remote,
        }
    }

    /// The same failure is about other settings.
    pub fn error(&self, error: UpstreamError) -> SourceError {
        match self {
            Self::Base(_) => SourceError::Upstream(error),
            Self::Listed(_) => SourceError::Remote(error),
        }
    }
}

/// The segments appended one by one, each encoded again, so that no path can change the host (`Url::join` would let
/// `//other.example/x` do so).
fn appended(base: &Url, path: &ImagePath) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.components());
    }
    // A URL may hold a plus as it is, but object stores read one as a space. That in the base is the operator's.
    if path.as_str().contains('+')
        && let Some((kept, appended)) = url.path().split_at_checked(base.path().len())
    {
        let encoded = format!("{kept}{}", appended.replace('+', "%2B"));
        url.set_path(&encoded);
    }
    url
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(base: &str, path: &str) -> String {
        let path = ImagePath::from_decoded(path).unwrap();
        Scope::base(base.parse().unwrap()).url(&path.into()).unwrap().to_string()
    }

    #[test]
    fn paths_are_joined_with_one_slash_and_encoded_again() {
        assert_eq!(url("http://a.example", "b.jpg"), "http://a.example/b.jpg");
        assert_eq!(url("http://a.example/x/", "b c/é%.jpg"), "http://a.example/x/b%20c/%C3%A9%25.jpg");
        assert_eq!(url("http://a.example/x", "?#.jpg"), "http://a.example/x/%3F%23.jpg");
        assert_eq!(url("http://a.example/x+y/", "a+b/%2B+.jpg"), "http://a.example/x+y/a%2Bb/%252B%2B.jpg");
    }

    #[test]
    fn each_kind_of_original_is_looked_for_in_its_own_place_alone() {
        let all = RemoteOrigins::parse("a.example,b.example").unwrap();
        let [first, second] =
            ["https://a.example/c.jpg", "https://b.example/c.jpg"].map(|text| all.admit(text).unwrap());
        let (base, listed) =
            (Scope::base("https://a.example".parse().unwrap()), RemoteOrigins::parse("a.example").unwrap());
        let listed = Scope::listed(listed);
        let path = ImagePath::from_decoded("c.jpg").unwrap();
        for (reference, in_base, in_list) in [
            (Reference::Path(path), true, false),
            (Reference::Url(first), false, true),
            (Reference::Url(second), false, false),
            (Reference::Body, false, false),
        ] {
            let found = [&base, &listed].map(|scope| (scope.has(&reference), scope.url(&reference).is_some()));
            assert_eq!(found, [(in_base, in_base), (in_list, in_list)], "{reference}");
        }
    }

    fn decoded(segment: &str) -> String {
        percent_encoding::percent_decode_str(segment).decode_utf8().unwrap().into_owned()
    }

    proptest! {
        #[test]
        fn no_path_leaves_the_base(path in "[a-z/:@?#%&;=. \\\\é+-]{1,30}") {
            if let Ok(path) = ImagePath::from_decoded(&path) {
                let url = appended(&"http://base.example:81/in/".parse().unwrap(), &path);
                prop_assert_eq!(url.origin().ascii_serialization(), "http://base.example:81");
                prop_assert!(url.path().starts_with("/in/"));
                prop_assert_eq!(url.query(), None);
                prop_assert!(!url.path().contains('+'));
                let asked: Vec<_> = url.path_segments().into_iter().flatten().skip(1).map(decoded).collect();
                prop_assert_eq!(asked.join("/"), path.as_str());
            }
        }
    }
}
