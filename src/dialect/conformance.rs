//! What every dialect promises, held against each of them.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;

use super::{
    Asked, Dialect, Enclosing, Heard, Hint, Hints, Iaas, IaasSettings, Imaginary, ImaginarySettings, Imgproxy,
    ImgproxyEnvironment, Native, Picfit, PicfitSettings, Places, SecretText, Thumbor, ThumborSettings, TokenBook,
    Upload, Vendor, VendorDialect, Wording,
};
use crate::request::{Denial, DenialKind, Reference};

fn dialects() -> Vec<Box<dyn Dialect>> {
    let all = Hint::SETTABLE.into_iter().map(|(_, hint)| hint).collect();
    let native = Native::default();
    let picfit = Picfit::new(PicfitSettings::default());
    let eager = native.clone().with_hints(all).preferring(true);
    let imaginary = Imaginary::new(ImaginarySettings::default(), 1 << 20);
    let freshness = Some(SecretText::new("2"));
    let settings = IaasSettings { switches_to_webp: true, freshness, ..IaasSettings::default() };
    let iaas = Iaas::new(settings, "").taking_uploads(TokenBook::in_memory(), 1 << 20);
    let imgproxy = [("IMGPROXY_ENABLE_CLIENT_HINTS", "true"), ("IMGPROXY_AUTO_WEBP", "true")];
    let imgproxy = imgproxy.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let imgproxy = ImgproxyEnvironment { variables: &imgproxy, read: |_, _| Ok(Vec::new()) };
    let imgproxy = Imgproxy::new(super::imgproxy_settings(imgproxy).unwrap().settings);
    let vendors = Vendor::names().filter_map(Vendor::named);
    let vendors = vendors
        .map(|vendor| -> Box<dyn Dialect> { Box::new(VendorDialect::new(vendor, "/x", Arc::new(Places::default()))) });
    let thumbor = Thumbor::new(&ThumborSettings::default(), Arc::new(Places::default()));
    let others: Vec<Box<dyn Dialect>> = vec![
        Box::new(thumbor),
        Box::new(native),
        Box::new(Enclosing::new(eager.clone(), 1 << 20)),
        Box::new(eager),
        Box::new(Upload::new(1 << 20)),
        Box::new(imaginary),
        Box::new(picfit),
        Box::new(iaas),
        Box::new(imgproxy),
    ];
    others.into_iter().chain(vendors).collect()
}

/// Requests that mean something in one dialect or another.
const URLS: [&str; 49] = [
    "/a_10_20.jpg",
    "/a_10_9999_2x.png?fit=crop&blur=true",
    "/a_b_c.webp?quality=40&proxy=true",
    "/_health",
    "/unsafe/20x30/smart/filters:format(webp):blur(2)/a.jpg",
    "/unsafe/meta/a.jpg",
    "/unsafe/fit-in/20x30/filters:fill(red)/b64:YS5qcGc",
    "/f/a.jpg/m/20x30",
    "/w_200,f_auto/a.png",
    "/w=200,format=auto/a.png",
    "/image/upload/f_auto,w_20/e_blur/a",
    "/a.png?tr=f-auto,w-20",
    "/tr:w-20:rt-90/a.png",
    "/a.png?imgeng=/w_20/f_png",
    "?url=/a.png&w=64&q=75",
    "?url=/a.png&w=64&q=75&fm=png",
    "?href=/a.png&w=64&f=auto",
    "/?url=/a.png&w=64&we&output=png",
    "?url=https://a.example/b.png&w=64&q=75",
    "/a.jpg",
    "/a.jpg?size=400",
    "/a.jpg?size=400&dpr=2",
    "/a.jpg?format=webp&bw=1",
    "/a/b%20c.png?trim&wm=logo.png&wm_pos=top",
    "/a.jpg?size=big",
    "/a.jpg?size=big&format=auto",
    "/a.jpg?auto=compress,format&size=400&dpr=3",
    "/a.jpg?auto=webp&fm=png",
    "/a.jpg?format=origin",
    "/a.jpg?info&w=40&format=auto",
    "/a.jpg?picture&lqip&w=40&dpr=2&format=auto",
    "/a.jpg?v=3",
    "/a.jpg?format=big&auto=format&size=100",
    "/.hidden?fm=auto",
    "/resize?width=40&type=auto&file=a.jpg",
    "/crop?type=auto&file=a.jpg",
    "/info?file=a.jpg",
    "/../a.jpg",
    "/.hidden",
    "/%zz",
    "/display?path=a.jpg&op=resize&w=10",
    "/display/thumbnail/10x10/a/b.png?op=op:flat+path:logo.png",
    "/redirect?path=../a.jpg&op=noop",
    "/get/noop/x/a.gif",
    "/_/rs:fill:40:30/g:soea/plain/local:///a.jpg",
    "/_/w:40/dpr:2/f:png/plain/local:///a.jpg@webp",
    "/_/bG9jYWw6Ly8vYS5qcGc.webp",
    "/_/pr:a/exp:1/plain/local:///../a.jpg",
    "",
];

/// Headers that any dialect might look at.
fn hints() -> Vec<(HeaderName, HeaderValue)> {
    let names = ["sec-ch-dpr", "sec-ch-width", "save-data", "accept", "user-agent", "dpr", "width", "freshness-token"];
    let values = ["2", "on", "image/webp, image/avif"];
    let pair = |name| values.map(|value| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    names.into_iter().flat_map(pair).collect()
}

fn read(dialect: &dyn Dialect, url: &str, headers: &HeaderMap) -> (Option<Asked>, Hints) {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let method = &dialect.methods()[0];
    let Heard { asked, varies_on, .. } = dialect.read(Wording { method, path, query, headers });
    (asked.ok(), varies_on)
}

#[test]
fn a_header_that_changes_the_answer_is_declared() {
    let hints = hints();
    let pairs = || hints.iter().flat_map(|first| hints.iter().map(move |second| [first.clone(), second.clone()]));
    for dialect in dialects() {
        for url in URLS {
            let (_, declared) = read(&*dialect, url, &HeaderMap::new());
            for [(name, value), other] in pairs() {
                let others = HeaderMap::from_iter([other]);
                let mut all = others.clone();
                all.insert(name.clone(), value);
                let (with, declared_with) = read(&*dialect, url, &all);
                assert_eq!(declared, declared_with, "{} {url}: what is read follows from the URL", dialect.name());
                let mut without = all.clone();
                without.remove(&name);
                let is_read = with != read(&*dialect, url, &without).0;
                let is_declared = declared.iter().any(|hint| hint.header() == name);
                assert!(!is_read || is_declared, "{} {url}: {name} is not declared", dialect.name());
            }
        }
    }
}

#[test]
fn every_dialect_answers_some_method_and_has_a_name_of_its_own() {
    let mut names: Vec<_> = dialects().iter().map(|dialect| dialect.name()).collect();
    assert!(dialects().iter().all(|dialect| !dialect.methods().is_empty()));
    assert!(names.iter().all(|name| super::DialectName::named(name).is_some()));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), super::DialectName::names().count());
}

#[test]
fn a_denial_is_one_in_every_dialect() {
    for dialect in dialects() {
        for kind in DenialKind::ALL {
            let denial = Denial { kind, message: "why".to_owned(), upstream_status: None, is_about_other: false };
            let headers = HeaderMap::new();
            let wording = Wording { method: &Method::GET, path: "/a.jpg", query: None, headers: &headers };
            let Some(worded) = dialect.word(&denial, wording) else { continue };
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
                Some(Asked::Command | Asked::Said(_)) | None => {}
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
            if let Err(error) = dialect.read(wording).asked {
                prop_assert!(error.to_string().len() < 1024);
            }
        }
    }
}
