//! What clients of other systems may send, and what their operators may have written: any URL, header and configuration is
//! read or refused without a panic, every refusal is short and is one, and no path leaves the root.
//!
//! The input is text: a URL, a line for `Accept`, and a configuration.

#![no_main]

use std::path::{Component, Path};
use std::sync::{Arc, LazyLock};

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};
use image_proxy::codec::{CodecSettings, Codecs};
use image_proxy::dialect::{
    Accent, Asked, Dialect, Iaas, IaasSettings, Imaginary, ImaginaryEnvironment, ImaginarySettings, Imgproxy,
    ImgproxyEnvironment, ImgproxySettings, Native, OwnHosts, Picfit, PicfitSettings, Places, SigningKeys, SigningMode,
    Thumbor, ThumborSettings, TokenBook, Upload, UrlSigning, Vendor, VendorDialect, Wording, imaginary_settings,
    imgproxy_settings,
};
use image_proxy::request::{
    Condition, Decoding, Denial, DenialKind, Dimensions, Facts, Format, ImageRequest, Orientation, OutputPolicy,
    Recipe, Reference, RemoteOrigins,
};
use libfuzzer_sys::fuzz_target;

/// Longest text that goes to a client in answer to an error, in bytes.
const MAX_ERROR_BYTES: usize = 4096;

static POLICY: LazyLock<OutputPolicy> =
    LazyLock::new(|| OutputPolicy::new(Codecs::new(&CodecSettings::default()).codings()));

static DIALECTS: LazyLock<Vec<Box<dyn Dialect>>> = LazyLock::new(|| {
    let origins = || RemoteOrigins::parse("https://a.example/in/,*.b.example").expect("a list");
    let picfit = PicfitSettings { enable_upload: true, enable_delete: true, ..PicfitSettings::default() };
    let vendors = Vendor::names().filter_map(Vendor::named).map(|vendor| -> Box<dyn Dialect> {
        let places = Places::new(OwnHosts::parse("a.example").expect("a list"), origins(), None);
        Box::new(VendorDialect::new(vendor, "/", Arc::new(places)))
    });
    let accents = Accent::names().filter_map(Accent::named);
    let accents = accents.map(|accent| -> Box<dyn Dialect> { Box::new(Native::default().speaking(accent)) });
    let places = Arc::new(Places::new(OwnHosts::default(), origins(), None));
    let thumbor = Thumbor::new(&ThumborSettings::default(), places);
    let others: Vec<Box<dyn Dialect>> = vec![
        Box::new(thumbor),
        Box::new(Native::default()),
        Box::new(Upload::new(1000)),
        Box::new(Imaginary::new(ImaginarySettings::fetching(origins()), 1000)),
        Box::new(Picfit::new(picfit).fetching_from(origins())),
        Box::new(Iaas::new(IaasSettings::default(), "/iaas").taking_uploads(TokenBook::in_memory(), 1000)),
        Box::new(Imgproxy::new(ImgproxySettings::default()).fetching_from(&origins())),
    ];
    others.into_iter().chain(vendors).chain(accents).collect()
});

/// A photo that lies on its side.
const FACTS: Facts = Facts {
    format: Format::Jpeg,
    orientation: Orientation::Rotated90,
    stored: Dimensions::new(640, 427),
    frames: 1,
    decoding: Decoding { pixel_bytes: 3, working_bytes: 0, is_by_parts: false },
    condition: Condition::CLEAN,
    drawing: None,
};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut parts = text.splitn(3, '\n');
    let mut next = || parts.next().unwrap_or_default();
    let (url, accept, configuration) = (next(), next(), next());
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let headers: HeaderMap = HeaderValue::from_str(accept).ok().map(|value| (ACCEPT, value)).into_iter().collect();
    for dialect in DIALECTS.iter() {
        for method in dialect.methods() {
            let wording = Wording { method, path, query, headers: &headers };
            match dialect.read(wording).asked {
                Ok(Asked::Image(request) | Asked::Enclosed { request, .. }) => decide(&request),
                Ok(Asked::Said(worded)) => assert!(!worded.status.is_server_error(), "{worded:?}"),
                Ok(Asked::Command) => {}
                Err(error) => assert!(error.to_string().len() <= MAX_ERROR_BYTES, "{error}"),
            }
            for kind in DenialKind::ALL {
                let denial =
                    Denial { kind, message: "why".to_owned(), upstream_status: Some(404), is_about_other: false };
                let Some(worded) = dialect.word(&denial, wording) else { continue };
                assert!(worded.status.as_u16() >= 400 && worded.body.len() <= MAX_ERROR_BYTES, "{worded:?}");
            }
            let _ = dialect.tell(&FACTS, wording);
        }
    }
    read_configurations(configuration);
    check_signing(path, query);
});

fn decide(request: &ImageRequest) {
    for reference in [&request.original].into_iter().chain(request.wish.others()) {
        let Reference::Path(path) = reference else { continue };
        let joined = Path::new("/root").join(path.as_str());
        let below: Vec<_> = joined.strip_prefix("/root").expect("below the root").components().collect();
        assert!(!below.is_empty() && below.iter().all(|part| matches!(part, Component::Normal(_))), "{path:?}");
    }
    let others: Vec<_> = request.wish.others().into_iter().map(|other| (other, FACTS.displayed())).collect();
    if let Ok(Some(recipe)) = Recipe::new(&request.wish, &FACTS, &others, &POLICY) {
        let sides = recipe.dimensions(&FACTS);
        assert!(sides.is_none_or(|sides| (1..=POLICY.max_side).contains(&sides.longest_edge())), "{recipe:?}");
    }
}

fn read_configurations(text: &str) {
    let environment = ImaginaryEnvironment {
        port: Some("80"),
        signature_key: None,
        origins: RemoteOrigins::default(),
        has_files: false,
        read: |_, _| Ok(Vec::new()),
    };
    let _ = imaginary_settings(text, &environment);
    let _ = PicfitSettings::parse(text, &[("PICFIT_OPTIONS_ALLOWED_SIZES", text)]);
    let _ = IaasSettings::read(text);
    let _ = SigningKeys::parse(text);
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let variables: Vec<_> = pairs.map(|(name, value)| (format!("IMGPROXY_{name}"), value.to_owned())).collect();
    let _ = imgproxy_settings(ImgproxyEnvironment { variables: &variables, read: |_, _| Ok(Vec::new()) });
}

/// What is signed is good, however it is written.
fn check_signing(path: &str, query: Option<&str>) {
    let keys = SigningKeys::parse("one:key").expect("a key");
    let signing = UrlSigning { mode: SigningMode::All, keys, strip_prefix: None };
    let signed = signing.signed(path, query).expect("a key");
    let is_plain = query.is_none_or(|query| !query.to_ascii_lowercase().contains("exp") && !query.contains('%'));
    if is_plain {
        let checked = signing.check(path, Some(&signed), |_| true, std::time::SystemTime::UNIX_EPOCH);
        assert_eq!(checked, Ok(None), "{path}?{signed}");
    }
}
