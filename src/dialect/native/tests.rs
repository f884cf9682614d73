use http::{HeaderMap, Method};
use proptest::prelude::*;

use super::*;
use crate::request::{Margin, OverlayWish, Position, Sigma, TrimWish, Wish};

fn ask(path_and_query: &str, hint: Option<&str>) -> Result<ImageRequest, DialectError> {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let mut headers = HeaderMap::new();
    if let Some(hint) = hint {
        headers.insert(SEC_CH_DPR, hint.parse().unwrap());
    }
    match Native::default().read(Wording { method: &Method::GET, path, query, headers: &headers })? {
        Asked::Image(request) => Ok(request),
        Asked::Enclosed { .. } => panic!("a body in the native dialect"),
    }
}

fn wish(query: &str) -> Wish {
    ask(&format!("/a.jpg?{query}"), None).unwrap().wish
}

#[test]
fn different_spellings_mean_the_same() {
    let expected = wish("size=400&format=webp");
    for query in [
        "format=WEBP&size=400",
        "size=200&dpr=2&format=webp",
        "size=0400&format=webp&v=3",
        "size=big&size=400&format=webp",
        "SIZE=%34%30%30&Format=WebP",
    ] {
        assert_eq!(wish(query), expected, "{query}");
    }
}

#[test]
fn what_changes_nothing_asks_for_nothing() {
    for query in [
        "",
        "v=3&utm_source=x",
        "dpr=2",
        "resize_algorithm=lanczos3",
        "bw=0",
        "blur=0",
        "wm=a.png&wm_opacity=0",
        "wm_size=3",
    ] {
        assert!(wish(query).is_empty(), "{query}");
    }
    assert!(ask("/a.jpg", Some("2")).unwrap().wish.is_empty());
}

#[test]
fn the_query_beats_the_hint_and_a_bad_hint_is_ignored() {
    let size = |query: &str, hint| ask(&format!("/a.jpg?{query}"), Some(hint)).unwrap().wish.edits()[0].bounds.size;
    assert_eq!(size("size=200", "2.0"), wish("size=400").edits()[0].bounds.size);
    assert_eq!(size("size=200&dpr=1", "2.0"), wish("size=200").edits()[0].bounds.size);
    for hint in ["abc", "0.5", "11", "NaN", ""] {
        assert_eq!(size("size=200", hint), wish("size=200").edits()[0].bounds.size, "{hint}");
    }
}

#[test]
fn errors_say_what_was_expected_and_what_came() {
    let error = |query: &str| ask(&format!("/a.jpg?{query}"), None).unwrap_err().to_string();
    assert_eq!(error("size=big"), "size: expected a whole number from 1 to 16384, got \"big\"");
    assert_eq!(error("dpr=11"), "dpr: expected a number from 1.0 to 10.0, got \"11\"");
    assert_eq!(error("format=bmp"), "format: expected one of avif, gif, jpeg, jpg, png, webp, blurhash, got \"bmp\"");
    assert_eq!(error("bw=yes"), "bw: expected one of 0, 1, true, false, got \"yes\"");
    assert_eq!(
        error("resize_algorithm=magic"),
        "resize_algorithm: expected one of auto, lanczos3, bicubic, gaussian, thumbnail, got \"magic\""
    );
    assert!(error(&format!("size={}", "9".repeat(5000))).len() < 200);
    assert!(error("fit=covr").ends_with("got \"covr\"; did you mean cover?"));
    assert!(error("fit=facearea").ends_with("got \"facearea\""));
}

#[test]
fn the_answer_varies_on_the_hint_only_where_it_is_read() {
    let varies = |query| {
        let headers = HeaderMap::new();
        !Native::default()
            .varies_on(Wording { method: &Method::GET, path: "/a.jpg", query, headers: &headers })
            .is_empty()
    };
    assert!(varies(Some("size=200")));
    assert!(!varies(Some("size=200&dpr=2")));
    assert!(!varies(Some("format=webp")));
    assert!(!varies(None));
}

proptest! {
    #[test]
    fn no_query_panics(query in "\\PC{0,80}") {
        let _ = ask(&format!("/a.jpg?{query}"), Some("2"));
    }
}

#[test]
fn a_watermark_is_an_image_of_ours_and_margins_are_in_device_pixels() {
    let overlay = |query: &str| wish(query).edits()[0].overlays[0].clone();
    let logo = OverlayWish::of(ImagePath::from_decoded("a/logo.png").unwrap().into());
    assert_eq!(overlay("wm=/a/logo.png"), logo);
    let placed = OverlayWish { position: Position::parse("top left").unwrap(), margin: Margin::Pixels(20), ..logo };
    assert_eq!(overlay("wm=a/logo.png&wm_pos=top+left&wm_margin=10&dpr=2"), placed);
    assert!(ask("/a.jpg?wm=../secret.png", None).is_err());
}

#[test]
fn a_trim_may_go_without_a_number() {
    let trim = |query: &str| wish(query).edits()[0].trim;
    assert_eq!(trim("trim"), Some(TrimWish { tolerance: 10, colour: None }));
    assert_eq!(trim("trim="), trim("trim=10"));
    let white = trim("trim=0&trim_color=white").unwrap();
    assert_eq!((white.tolerance, white.colour.unwrap().0), (0, [255; 3]));
    assert!(ask("/a.jpg?trim=256", None).is_err());
}

#[test]
fn a_blur_is_a_standard_deviation() {
    let blur = |query: &str| wish(query).edits()[0].effects.blur;
    assert_eq!(blur("blur=2.5"), Sigma::parse("2.5"));
    for text in ["-1", "0.2", "1001", "NaN", "", "x"] {
        assert!(ask(&format!("/a.jpg?blur={text}"), None).is_err(), "{text}");
    }
}

#[test]
fn no_parameter_has_two_rows_and_every_name_is_lower_case() {
    let mut names: Vec<_> = parameters().flat_map(|parameter| parameter.names).collect();
    assert!(names.iter().all(|name| !name.chars().any(|letter| letter.is_ascii_uppercase())));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
