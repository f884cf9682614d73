//! `?picture` where presets are kept: an element has only URLs that are answered.

use crate::page_pictures::{DANDELION, assert_kept, mimes, serve, told, widths};

const PRESETS: &str = "IMAGE_PROXY_PRESETS";
const ALONE: (&str, &str) = ("IMAGE_PROXY_PRESETS_ONLY", "true");

#[test]
fn a_preset_that_asks_for_the_page_is_no_page_again_in_it() {
    let server = serve(&[(PRESETS, "hero=picture&w=300&ar=2:1&alt=A flower")]);
    let told = told(&server, &format!("{DANDELION}?preset=hero"));
    assert_eq!((&told["width"], &told["height"], &told["alt"]), (&300.into(), &150.into(), &"A flower".into()));
    assert_eq!(mimes(&told), ["image/avif", "image/webp", "image/jpeg"]);
    assert_kept(&server, &told);
}

#[test]
fn where_presets_alone_are_asked_for_the_files_are_those_of_presets() {
    let presets = "page=picture&fit=cover&w=400&h=400;\
        square=fit=cover&w=200&h=200;\
        large=fit=cover&w=400&h=400&q=60;\
        larger=fit=cover&w=800&h=800;\
        wide=fit=cover&w=400&h=200;\
        gray=fit=cover&w=100&h=100&bw=1;\
        modern=fit=cover&w=200&h=200&format=webp";
    let server = serve(&[(PRESETS, presets), ALONE]);
    let told = told(&server, &format!("{DANDELION}?preset=page"));
    assert_eq!(mimes(&told), ["image/webp", "image/jpeg"]);
    assert_eq!((&told["width"], &told["height"], widths(&told)), (&400.into(), &400.into(), vec![200, 400]));
    assert_kept(&server, &told);
    let refused = server.get(&format!("{DANDELION}?picture"));
    assert_eq!(refused.status, 403, "{}", refused.text());
}

#[test]
fn where_no_preset_is_the_picture_it_is_the_original_or_refused() {
    let presets = "page=picture&alt=A%20flower;gray=picture&bw=1;facts=info";
    let server = serve(&[(PRESETS, presets), ALONE]);
    let told = told(&server, &format!("{DANDELION}?preset=page"));
    assert_eq!((mimes(&told), widths(&told)), (vec!["image/jpeg".to_owned()], vec![4032]));
    assert_kept(&server, &told);
    let refused = server.get(&format!("{DANDELION}?preset=gray"));
    assert_eq!(refused.status, 403);
    assert!(refused.text().starts_with("picture: expected presets of this picture"), "{}", refused.text());
    assert_eq!(server.get(&format!("{DANDELION}?preset=facts")).content_type(), "application/json");
}

#[test]
fn only_sizes_that_are_allowed_are_in_the_page() {
    for (mode, query, expected) in [
        ("snap", "", &[60, 120, 240][..]),
        ("snap", "&widths=50,200", &[60, 240]),
        ("refuse", "", &[60, 120, 240]),
        ("refuse", "&widths=50,120", &[120]),
    ] {
        let sizes = [("IMAGE_PROXY_ALLOWED_SIZES", "60,120,240"), ("IMAGE_PROXY_ALLOWED_SIZES_MODE", mode)];
        let server = serve(&sizes);
        let told = told(&server, &format!("{DANDELION}?picture{query}"));
        assert_eq!(widths(&told), expected, "{mode} {query}");
        // A URL says the width that it is told to have.
        for file in told["img"]["srcset"].as_array().unwrap() {
            let (url, width) = (file["url"].as_str().unwrap(), &file["width"]);
            assert!(url.contains(&format!("?w={width}&")), "{url} {width}");
        }
        assert_kept(&server, &told);
    }
    let server = serve(&[("IMAGE_PROXY_ALLOWED_SIZES", "60,120,240"), ("IMAGE_PROXY_ALLOWED_SIZES_MODE", "refuse")]);
    let refused = server.get(&format!("{DANDELION}?picture&widths=100"));
    assert_eq!((refused.status, refused.text().as_str()), (403, "widths: expected one that is allowed\n"));
}
