//! Another image laid over a rendition: it is found, placed, kept apart, and its replacement is seen.

use image::ImageFormat;

use crate::pictures::{decoded, photo, plain, quarters, written};
use crate::server::Place;

const RED: [u8; 4] = [255, 0, 0, 255];
const WHITE: [u8; 4] = [255; 4];

fn square(colour: [u8; 4], edge: u32) -> Vec<u8> {
    written(&quarters(edge, edge, [colour; 4]), ImageFormat::Png)
}

#[test]
fn a_watermark_stands_where_and_as_large_as_it_is_asked_for() {
    let place = Place::with(&[("a.png", square(WHITE, 200)), ("logo/red.png", square(RED, 10))]);
    let server = place.serve(&[]);
    for (query, [left, top], edge) in [
        ("wm=logo/red.png", [146, 146], 50),
        ("wm=/logo/red.png&wm_pos=northwest", [4, 4], 50),
        ("wm=logo/red.png&wm_pos=center&wm_size=10", [90, 90], 20),
        ("wm=logo/red.png&wm_size=0&wm_margin=0", [190, 190], 10),
        ("wm=logo/red.png&wm_pos=30,40&wm_size=5", [30, 40], 10),
        ("wm=logo/red.png&wm_margin=10&wm_pos=top+right&wm_size=0", [180, 10], 10),
    ] {
        let answer = server.get(&format!("/a.png?{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let picture = decoded(&answer.body);
        assert_eq!(picture.dimensions(), (200, 200), "{query}");
        for (x, y, pixel) in picture.enumerate_pixels() {
            let is_within = (left..left + edge).contains(&x) && (top..top + edge).contains(&y);
            assert_eq!(pixel.0 == RED, is_within, "{query}: {x},{y} {pixel:?}");
        }
    }
}

#[test]
fn a_watermark_lies_over_the_upright_picture_after_it_was_resized() {
    let place = Place::with(&[("a.jpg", photo("people/astronaut.jpg")), ("red.png", square(RED, 10))]);
    let server = place.serve(&[]);
    let picture = decoded(&server.get("/a.jpg?size=256&format=png&wm=red.png&wm_pos=top+left&wm_margin=0").body);
    assert_eq!(picture.dimensions(), (192, 256));
    assert!(picture.get_pixel(0, 0).0 == RED && picture.get_pixel(47, 47).0 == RED);
    assert_ne!(picture.get_pixel(49, 49).0, RED);
}

#[test]
fn a_replaced_watermark_is_another_rendition_and_a_missing_one_is_none() {
    let place = Place::with(&[("a.png", square(WHITE, 100)), ("logo.png", plain([255, 0, 0]))]);
    place.age();
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let target = "/a.png?wm=logo.png&wm_pos=center&wm_size=50";
    let [first, again] = [server.get(target), server.get(target)];
    assert_eq!((first.cache_status().as_deref(), again.cache_status().as_deref()), (Some("MISS"), Some("HIT")));
    let tag = first.header("etag").unwrap();
    assert_eq!(server.get_with(target, &[("If-None-Match", &tag)]).status, 304);
    place.put("logo.png", plain([0, 0, 255]));
    let replaced = server.get_with(target, &[("If-None-Match", &tag)]);
    assert_eq!((replaced.status, replaced.cache_status().as_deref()), (200, Some("MISS")));
    assert_ne!(replaced.header("etag").unwrap(), tag);
    assert_eq!(decoded(&replaced.body).get_pixel(50, 50).0, [0, 0, 255, 255]);
    for missing in ["nothing.png", "logo.png/x"] {
        assert_eq!(server.get(&format!("/a.png?wm={missing}")).status, 404, "{missing}");
    }
    assert_eq!(server.get("/a.png?wm=../../etc/passwd").status, 400);
}

#[test]
fn two_watermarks_of_the_same_bytes_are_two_entries_and_none_is_taken_for_the_other() {
    let place = Place::with(&[
        ("a.png", square(WHITE, 100)),
        ("one.png", square(RED, 10)),
        ("two.png", square([0, 0, 255, 255], 10)),
    ]);
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let middle = |logo: &str| {
        let answer = server.get(&format!("/a.png?size=80&wm={logo}&wm_pos=center&wm_size=50"));
        decoded(&answer.body).get_pixel(40, 40).0
    };
    assert_eq!([middle("one.png"), middle("two.png"), middle("one.png")], [RED, [0, 0, 255, 255], RED]);
}
