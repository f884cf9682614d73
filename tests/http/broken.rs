//! Broken originals: refused, or shown as far as they go where the operator wants that, and then kept by nobody.

use image::{ImageFormat, RgbaImage};

use crate::client::Answer;
use crate::pictures::{RED, WHITE, decoded, quarters, written};
use crate::server::Place;

const GRAY: [u8; 4] = [128, 128, 128, 255];
const SHOWN: [(&str, &str); 2] = [("IMAGE_PROXY_BROKEN_ORIGINALS", "show"), ("IMAGE_PROXY_ENABLE_CACHE", "true")];

/// The upper half red, the lower white.
fn flag() -> RgbaImage {
    quarters(200, 200, [RED, RED, WHITE, WHITE])
}

/// A bitmap of it without its upper half: a bitmap begins at the bottom.
fn broken_bitmap() -> Vec<u8> {
    let file = written(&flag(), ImageFormat::Bmp);
    file[..file.len() / 2 + 1000].to_vec()
}

fn broken_photo() -> Vec<u8> {
    let file = crate::pictures::photo("people/astronaut.jpg");
    file[..file.len() / 2].to_vec()
}

#[track_caller]
fn assert_kept_by_nobody(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    assert_eq!((answer.header("etag"), answer.header("last-modified")), (None, None));
    assert_eq!(answer.cache_status().as_deref(), Some("MISS"));
}

#[test]
fn a_broken_original_is_refused_unless_it_is_to_be_shown() {
    let place = Place::with(&[("a.bmp", broken_bitmap()), ("a.jpg", broken_photo())]);
    let server = place.serve(&[]);
    for target in ["/a.bmp?size=50", "/a.jpg?size=50", "/a.jpg?format=png"] {
        assert_eq!(server.get(target).status, 422, "{target}");
    }
}

#[test]
fn dialects_of_systems_that_show_it_do_so_unless_the_operator_says_otherwise() {
    let place = Place::with(&[("a.jpg", broken_photo())]);
    // Of what has just changed no date is told anyway.
    place.age();
    let open = ("IMAGE_PROXY_THUMBOR_ALLOW_UNSAFE", "true");
    let targets = [
        ("imaginary=/imaginary", "/imaginary/resize?width=64&file=a.jpg", 400),
        ("imgproxy=/imgproxy", "/imgproxy/_/w:64/plain/local:///a.jpg", 422),
        ("thumbor=/thumbor", "/thumbor/unsafe/64x64/a.jpg", 400),
    ];
    for (dialect, target, refused) in targets {
        let dialects = ("IMAGE_PROXY_DIALECTS", dialect);
        assert_kept_by_nobody(&place.serve(&[dialects, open, SHOWN[1]]).get(target));
        let refusing = place.serve(&[dialects, open, ("IMAGE_PROXY_BROKEN_ORIGINALS", "refuse")]);
        assert_eq!(refusing.get(target).status, refused, "{target}");
    }
    let other = place.serve(&[("IMAGE_PROXY_DIALECTS", "picfit=/picfit")]);
    assert_eq!(other.get("/a.jpg?w=64").status, 422);
}

#[test]
fn what_there_is_is_shown_and_the_rest_is_gray() {
    let place = Place::with(&[("a.bmp", broken_bitmap()), ("a.jpg", broken_photo())]);
    let server = place.serve(&SHOWN);
    for target in ["/a.bmp?size=100&format=png", "/a.bmp?size=100&format=png", "/a.bmp?size=200&format=png"] {
        let answer = server.get(target);
        assert_kept_by_nobody(&answer);
        let picture = decoded(&answer.body);
        let (width, height) = picture.dimensions();
        assert_eq!(picture.get_pixel(width / 2, height / 8).0, GRAY, "{target}");
        assert_eq!(picture.get_pixel(width / 2, height * 7 / 8).0, WHITE, "{target}");
    }
    for target in ["/a.jpg?size=64", "/a.jpg?format=webp", "/a.jpg?bw=1"] {
        assert_kept_by_nobody(&server.get(target));
    }
    // The file itself is what it is, and so is an error where nothing can be shown.
    assert_eq!(server.get("/a.jpg").body, broken_photo());
    place.put("b.bmp", &broken_bitmap()[..100]);
    assert_eq!(server.get("/b.bmp?size=10").status, 422);
}

#[test]
fn renditions_that_are_asked_for_together_all_say_that_they_are_incomplete() {
    let place = Place::with(&[("a.jpg", broken_photo())]);
    let server = place.serve(&SHOWN);
    let targets =
        ["png", "webp", "jpeg"].map(|format| [0, 1].map(|bw| format!("/a.jpg?size=99&format={format}&bw={bw}")));
    let begun: Vec<_> = targets.as_flattened().iter().map(|target| server.begin(target)).collect();
    begun.into_iter().for_each(|pending| assert_kept_by_nobody(&pending.answer()));
}

#[test]
fn an_original_that_becomes_whole_is_kept_again() {
    let place = Place::with(&[("a.bmp", broken_bitmap())]);
    let server = place.serve(&SHOWN);
    let target = "/a.bmp?size=100";
    assert_kept_by_nobody(&server.get(target));
    place.put("a.bmp", written(&flag(), ImageFormat::Bmp));
    let [first, second] = [server.get(target), server.get(target)];
    assert_eq!((first.cache_status().as_deref(), second.cache_status().as_deref()), (Some("MISS"), Some("HIT")));
    assert!(first.header("etag").is_some() && first.header("cache-control").as_deref() != Some("no-store"));
}

#[test]
fn a_broken_watermark_makes_the_whole_incomplete() {
    let whole = written(&flag(), ImageFormat::Png);
    let place = Place::with(&[("a.png", whole), ("mark.bmp", broken_bitmap())]);
    let server = place.serve(&SHOWN);
    for _ in 0..2 {
        assert_kept_by_nobody(&server.get("/a.png?size=100&wm=mark.bmp"));
    }
}
