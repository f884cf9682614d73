//! The variables of imgproxy.

use super::served;
use crate::picfit::{coded, gallery, size};
use crate::pictures::{BLUE, decoded};
use image_proxy::request::OutputFormat;

/// The signature of `/w:90/plain/local:///tower.jpg`, made by a client library.
const SIGNED: &str = "/swYbrbFC30h_unkGPTrXm6hxC4ALZRxpUili6oqF5TU/w:90/plain/local:///tower.jpg";
const KEYS: [(&str, &str); 2] = [
    ("IMGPROXY_KEY", "943b421c9eb07c830af81030552c86009268de4e532ba2ee2eab8247c6da0881"),
    ("IMGPROXY_SALT", "520f986b998545b4785e0defbc4f3c1203f22de2374a3d53cb7a7fe9fea309c5"),
];

#[test]
fn urls_are_signed_where_there_are_keys() {
    let server = served(&gallery(), &[KEYS.as_slice(), &[("IMGPROXY_TRUSTED_SIGNATURES", "us,them")]].concat());
    assert_eq!(size(&server.get(SIGNED)), (90, 135));
    assert_eq!(size(&server.get(&format!("{SIGNED}?utm=1"))), (90, 135), "a query is not signed");
    assert_eq!(server.get("/them/w:91/plain/local:///tower.jpg").status, 200);
    for target in [SIGNED.replace("w:90", "w:91"), SIGNED.replace("/sw", "/sW"), "/_/w:1/plain/local:///a".to_owned()] {
        let answer = server.get(&target);
        assert_eq!((answer.status, answer.text().as_str()), (403, "Forbidden"), "{target}");
    }
    assert_eq!(server.get("/health").status, 200);
}

#[test]
fn a_secret_is_shown_with_each_request() {
    let server = served(&gallery(), &[("IMGPROXY_SECRET", "s3cret")]);
    let target = "/_/w:9/plain/local:///city.jpg";
    assert_eq!(server.get_with(target, &[("authorization", "Bearer s3cret")]).status, 200);
    for value in ["Bearer s3cre", "s3cret", "Basic s3cret"] {
        assert_eq!(server.get_with(target, &[("authorization", value)]).status, 403, "{value}");
    }
    assert_eq!((server.get(target).status, server.get("/health").status), (403, 200));
}

#[test]
fn formats_follow_from_what_is_accepted_and_preferred() {
    let place = gallery();
    let kind = |variables: &[(&str, &str)], target: &str, accept: &str| {
        let answer = served(&place, variables).get_with(target, &[("accept", accept)]);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        (answer.content_type(), answer.header("vary").as_deref() == Some("Accept"))
    };
    let (plain, named) = ("/_/w:9/plain/local:///city.jpg", "/_/w:9/plain/local:///city.jpg@png");
    let (webp, all) = ("IMGPROXY_AUTO_WEBP", "image/avif,image/webp;q=0");
    let of = |kind: &str, varies| (format!("image/{kind}"), varies);
    assert_eq!(kind(&[], plain, all), of("jpeg", false));
    assert_eq!(kind(&[(webp, "true")], plain, all), of("webp", true));
    assert_eq!(kind(&[(webp, "true")], plain, "*/*"), of("jpeg", true));
    assert_eq!(kind(&[(webp, "true")], named, all), of("png", true));
    assert_eq!(kind(&[("IMGPROXY_ENFORCE_WEBP", "true")], named, all), of("webp", true));
    let preferred = [("IMGPROXY_PREFERRED_FORMATS", "webp,png")];
    assert_eq!(kind(&preferred, plain, all), of("webp", false));
}

#[test]
fn a_picture_stands_in_for_one_that_is_not_to_be_had() {
    let place = gallery();
    let picture = coded(&image::RgbaImage::from_pixel(30, 30, image::Rgba(BLUE)), OutputFormat::PNG);
    std::fs::write(place.work().join("fallback.png"), picture).unwrap();
    let server =
        served(&place, &[("IMGPROXY_FALLBACK_IMAGE_PATH", "fallback.png"), ("IMGPROXY_FALLBACK_IMAGE_TTL", "7")]);
    let answer = server.get("/_/w:20/plain/local:///missing.png");
    assert_eq!((answer.status, size(&answer)), (200, (20, 20)));
    assert_eq!(decoded(&answer.body).get_pixel(3, 3).0, BLUE);
    assert_eq!(answer.header("cache-control").as_deref(), Some("max-age=7, public"));
    assert_eq!(size(&server.get("/_/w:10/plain/local:///text.jpg")), (10, 10));
    assert_eq!(server.get("/_/w:x/plain/local:///missing.png").status, 404);
    let variables = [("IMGPROXY_FALLBACK_IMAGE_PATH", "fallback.png"), ("IMGPROXY_FALLBACK_IMAGE_HTTP_CODE", "0")];
    let as_ever = served(&place, &variables).get("/_/w:20/plain/local:///missing.png");
    assert_eq!((as_ever.status, size(&as_ever)), (404, (20, 20)), "with the status of what it stands in for");
    assert_eq!(as_ever.header("cache-control").as_deref(), Some("max-age=31536000, public"));
    assert_eq!(as_ever.header("content-security-policy").as_deref(), Some("script-src 'none'"));
}

#[test]
fn prefixes_and_names_are_the_operators() {
    let place = gallery();
    let server = served(
        &place,
        &[
            ("IMGPROXY_PATH_PREFIX", "/pictures"),
            ("IMGPROXY_HEALTH_CHECK_PATH", "/fine"),
            ("IMGPROXY_SERVER_NAME", "ours"),
            ("IMGPROXY_BASE_URL", "local:///"),
            ("IMGPROXY_TTL", "60"),
            ("IMGPROXY_ALLOW_ORIGIN", "*"),
            ("IMGPROXY_CUSTOM_RESPONSE_HEADERS", "X-One=1"),
        ],
    );
    let answer = server.get("/pictures/_/w:9/plain/city.jpg");
    assert_eq!((answer.status, size(&answer)), (200, (9, 6)));
    let header = |name: &str| answer.header(name).unwrap_or_default();
    assert_eq!([header("server"), header("x-one"), header("access-control-allow-origin")], ["ours", "1", "*"]);
    assert_eq!(header("cache-control"), "max-age=60, public");
    assert_eq!(server.get("/pictures/fine").text(), "imgproxy is running");
    assert_eq!(server.get("/_/w:9/plain/city.jpg").status, 404);
}

#[test]
fn what_becomes_of_each_variable_is_told_without_its_value() {
    let place = gallery();
    let mut command = place.command(&[
        ("IMAGE_PROXY_DIALECTS", "imgproxy=/"),
        ("IMGPROXY_SECRET", "s3cret"),
        ("IMGPROXY_SENTRY_DSN", "s3cret"),
        ("IMGPROXY_TYPO", "s3cret"),
    ]);
    let output = command.arg("--check-config").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    for line in [
        "imgproxy: IMGPROXY_SECRET is honoured",
        "imgproxy: IMGPROXY_SENTRY_DSN does not apply: what happens is told by logs, metrics and traces of the house",
        "imgproxy: IMGPROXY_TYPO is unknown",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn sizes_are_told_where_the_operator_wants_that() {
    let place = gallery();
    let bytes = |name: &str| std::fs::metadata(place.root().join(name)).unwrap().len().to_string();
    let sizes = |server: &crate::server::Server, target: &str| {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        ["x-origin-content-length", "x-origin-width", "x-origin-height", "x-result-width", "x-result-height"]
            .map(|name| answer.header(name).unwrap_or_default())
    };
    let server = served(&place, &[("IMGPROXY_ENABLE_DEBUG_HEADERS", "true")]);
    for (target, name, expected) in [
        ("/_/w:64/plain/local:///city.jpg", "city.jpg", ["640", "427", "64", "43"]),
        ("/_/w:64/plain/local:///turned.jpg", "turned.jpg", ["300", "450", "64", "96"]),
        ("/_/skp:jpg/plain/local:///turned.jpg", "turned.jpg", ["300", "450", "300", "450"]),
        // What is left of it, only its pixels tell.
        ("/_/t:10/plain/local:///city.jpg", "city.jpg", ["640", "427", "", ""]),
    ] {
        let [length, sides @ ..] = sizes(&server, target);
        assert_eq!((length, sides.each_ref().map(String::as_str)), (bytes(name), expected), "{target}");
    }
    assert_eq!(sizes(&server, "/_/raw:1/plain/local:///city.jpg"), [""; 5], "nothing was looked at");
    assert_eq!(sizes(&served(&place, &[]), "/_/w:64/plain/local:///city.jpg"), [""; 5]);
}
