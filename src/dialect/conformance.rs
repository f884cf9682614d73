//! What every dialect promises, held against each of them.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;

use super::{Asked, Dialect, Native, Upload, Wording};
use crate::request::{Denial, DenialKind, Reference};

fn dialects() -> Vec<Box<dyn Dialect>> {
    vec![Box::<Native>::default(), Box::new(Upload)]
}

/// Requests that mean something in one dialect or another.
const URLS: [&str; 10] = [
    "/a.jpg",
    "/a.jpg?size=400",
    "/a.jpg?size=400&dpr=2",
    "/a.jpg?format=webp&bw=1",
    "/a/b%20c.png?trim&wm=logo.png&wm_pos=top",
    "/a.jpg?size=big",
    "/../a.jpg",
    "/.hidden",
    "/%zz",
    "",
];

/// Headers that any dialect might look at.
fn hints() -> Vec<(HeaderName, HeaderValue)> {
    ["sec-ch-dpr", "sec-ch-width", "save-data", "accept", "user-agent", "dpr", "width"]
        .map(|name| (HeaderName::from_static(name), HeaderValue::from_static("2")))
        .to_vec()
}

fn read(dialect: &dyn Dialect, url: &str, headers: &HeaderMap) -> (Option<Asked>, Vec<HeaderName>) {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let method = &dialect.methods()[0];
    let wording = Wording { method, path, query, headers };
    (dialect.read(wording).ok(), dialect.varies_on(wording).to_vec())
}

#[test]
fn a_header_that_changes_the_answer_is_declared() {
    for dialect in dialects() {
        for url in URLS {
            let (without, declared) = read(&*dialect, url, &HeaderMap::new());
            for (name, value) in hints() {
                let headers = HeaderMap::from_iter([(name.clone(), value)]);
                let (with, declared_with) = read(&*dialect, url, &headers);
                assert_eq!(declared, declared_with, "{} {url}: what is read follows from the URL", dialect.name());
                let is_read = with != without;
                assert!(!is_read || declared.contains(&name), "{} {url}: {name} is not declared", dialect.name());
            }
        }
    }
}

#[test]
fn every_dialect_answers_some_method_and_has_a_name_of_its_own() {
    let mut names: Vec<_> = dialects().iter().map(|dialect| dialect.name()).collect();
    assert!(dialects().iter().all(|dialect| !dialect.methods().is_empty()));
    assert!(names.iter().all(|name| super::DialectName::named(name).is_some()));
    assert_eq!(names.len(), super::DialectName::names().count());
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), dialects().len());
}

#[test]
fn a_denial_is_one_in_every_dialect() {
    for dialect in dialects() {
        for kind in DenialKind::ALL {
            let denial = Denial { kind, message: "why".to_owned() };
            let Some(worded) = dialect.word(&denial) else { continue };
            let status = worded.status;
            assert!(status.is_client_error() || status.is_server_error(), "{} {kind:?}: {status}", dialect.name());
            assert!(!worded.body.is_empty() && worded.body.len() < 1024, "{} {kind:?}", dialect.name());
            let is_ours = matches!(kind, DenialKind::Ours | DenialKind::Busy | DenialKind::Late | DenialKind::Upstream);
            assert!(!is_ours || status.is_server_error(), "{} {kind:?}: our fault is no client's", dialect.name());
        }
    }
}

#[test]
fn a_body_is_read_only_where_it_is_bounded() {
    for dialect in dialects() {
        for url in URLS {
            match read(&*dialect, url, &HeaderMap::new()).0 {
                Some(Asked::Enclosed { request, expected }) => {
                    assert_eq!(request.original, Reference::Body);
                    assert!((1..1 << 30).contains(&expected.max_bytes) && !expected.field.is_empty());
                    assert!(!dialect.methods().contains(&Method::GET), "{}: a GET has no body", dialect.name());
                }
                Some(Asked::Image(request)) => assert_ne!(request.original, Reference::Body),
                None => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn no_url_panics_and_an_error_is_short(url in "\\PC{0,120}", hint in "[ -~]{0,20}") {
        let headers = HeaderMap::from_iter([(HeaderName::from_static("sec-ch-dpr"), HeaderValue::from_str(&hint).unwrap())]);
        for dialect in dialects() {
            let (path, query) = url.split_once('?').map_or((&*url, None), |(path, query)| (path, Some(query)));
            let wording = Wording { method: &dialect.methods()[0], path, query, headers: &headers };
            if let Err(error) = dialect.read(wording) {
                prop_assert!(error.to_string().len() < 1024);
            }
        }
    }
}
