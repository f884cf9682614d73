//! How rows are tested: URLs, and what says the same natively.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue, Method};

use super::*;
use crate::dialect::places::OwnHosts;
use crate::request::RemoteOrigins;

fn heard(dialect: &dyn Dialect, url: &str) -> Heard {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("image/avif,image/webp,*/*"))]);
    dialect.read(Wording { method: &Method::GET, path, query, headers: &headers })
}

/// What is asked for by a URL.
pub(super) fn request(dialect: &dyn Dialect, url: &str) -> Result<ImageRequest, String> {
    match heard(dialect, url).asked {
        Ok(Asked::Image(request)) => Ok(request),
        Ok(asked) => Err(format!("{asked:?}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Why a URL is refused.
pub(super) fn refusal(dialect: &VendorDialect, url: &str) -> Option<String> {
    request(dialect, url).err()
}

/// A vendor's dialect for pictures of `example.com`, and of `b.example` too.
pub(super) fn dialect(name: &str) -> VendorDialect {
    dialect_with(name, EndpointRules::default())
}

/// The same, under rules.
pub(super) fn dialect_with(name: &str, rules: EndpointRules) -> VendorDialect {
    let own_hosts = OwnHosts::parse("example.com").unwrap();
    let origins = RemoteOrigins::parse("https://b.example").unwrap();
    let places = Arc::new(Places::new(own_hosts, origins, None));
    VendorDialect::new(Vendor::named(name).unwrap(), "/x", places).ruled(rules)
}

/// Holds a dialect to URLs that say the same natively, and to others that it refuses.
pub(super) fn check(name: &str, alike: &[(&str, &str)], refused: &[&str]) {
    let (dialect, native) = (dialect(name), Native::default().with_hints(Hints::default()));
    for (url, same) in alike {
        let (request, same) = (request(&dialect, url), request(&native, same));
        let said = |request: Result<ImageRequest, String>| request.map(|request| (request.original, request.wish));
        assert_eq!(said(request), said(same), "{name} {url}");
    }
    for url in refused {
        assert!(request(&dialect, url).is_err(), "{name} {url}");
    }
}

#[test]
fn at_the_root_each_takes_what_is_in_its_words_and_leaves_the_rest() {
    for vendor in VENDORS {
        let places = Arc::new(Places::default());
        let at_root = VendorDialect::new(vendor, "/", Arc::clone(&places));
        assert!(!at_root.takes("/a/b.png", None) && !at_root.takes("/a/b.png", Some("w=3")), "{vendor:?}");
        assert!(VendorDialect::new(vendor, "/x", places).takes("/a/b.png", None), "{vendor:?}");
        let path = format!("{}/x", vendor.usual_prefix);
        assert!(vendor.usual_prefix == "/" || at_root.takes(&path, None), "{vendor:?}");
    }
}
