//! Another image laid over a rendition: it is found, placed, kept apart, and its replacement is seen.

use image::ImageFormat;

use crate::pictures::{decoded, photo, plain, quarters, written};
use crate::server::{Place, Server};

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

#[test]
fn a_watermark_is_repeated_over_the_whole_picture_with_its_margin_between() {
    let place = Place::with(&[("a.png", square(WHITE, 100)), ("red.png", square(RED, 10))]);
    let server = place.serve(&[]);
    for (query, first, period) in [
        ("wm_pos=northwest&wm_margin=0", 0, 10),
        ("wm_pos=northwest&wm_margin=5", 5, 15),
        // A hundred pixels less the margin and itself, and then to the left.
        ("wm_margin=6", 4, 16),
        ("wm_margin=3&dpr=2", 4, 16),
        ("wm_margin=2p", 4, 12),
        ("wm_pos=4,4&wm_margin=10", 4, 20),
        ("wm_pos=2,2&dpr=2&wm_margin=10p", 4, 20),
    ] {
        let answer = server.get(&format!("/a.png?wm=red.png&wm_size=0&wm_tile=1&{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let is_covered = |at: u32| (at + period * 9 - first) % period < 10;
        for (x, y, pixel) in decoded(&answer.body).enumerate_pixels() {
            assert_eq!(pixel.0 == RED, is_covered(x) && is_covered(y), "{query}: {x},{y} {pixel:?}");
        }
    }
    assert_eq!(server.get("/a.png?wm=red.png&wm_tile=yes").status, 400);
}

#[test]
fn a_watermark_is_turned_clockwise_and_measured_afterwards() {
    let blue = [0, 0, 255, 255];
    let logo = written(&quarters(20, 10, [RED, blue, WHITE, WHITE]), ImageFormat::Png);
    let server = Place::with(&[("a.png", square(WHITE, 100)), ("logo.png", logo)]).serve(&[]);
    let picture = |query: &str| {
        let answer = server.get(&format!("/a.png?wm=logo.png&wm_pos=northwest&wm_margin=0&{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        decoded(&answer.body)
    };
    let corners = |query: &str, [right, bottom]: [u32; 2]| {
        let picture = picture(query);
        let colours = [(0, 0), (right, 0), (0, bottom), (right, bottom)].map(|(x, y)| picture.get_pixel(x, y).0);
        assert_eq!([picture.get_pixel(right + 1, 0).0, picture.get_pixel(0, bottom + 1).0], [WHITE; 2], "{query}");
        colours
    };
    assert_eq!(corners("wm_size=0&wm_rotate=0", [19, 9]), [RED, blue, WHITE, WHITE]);
    assert_eq!(corners("wm_size=0&wm_rotate=90", [9, 19]), [WHITE, RED, WHITE, blue]);
    assert_eq!(corners("wm_size=0&wm_rotate=-90", [9, 19]), [blue, WHITE, RED, WHITE]);
    assert_eq!(corners("wm_size=0&wm_rotate=540", [19, 9]), [WHITE, WHITE, blue, RED]);
    assert_eq!(corners("wm_size=40&wm_rotate=90", [39, 79]), [WHITE, RED, WHITE, blue]);
    let red = written(&quarters(30, 10, [RED; 4]), ImageFormat::Png);
    let server = Place::with(&[("a.png", square(WHITE, 200)), ("logo.png", red)]).serve(&[]);
    let turned = decoded(&server.get("/a.png?wm=logo.png&wm_pos=center&wm_size=50&wm_rotate=30.5").body);
    let lit = |x: u32, y: u32| turned.get_pixel(x, y).0 != WHITE;
    let columns: Vec<_> = (0..200).filter(|x| (0..200).any(|y| lit(*x, y))).collect();
    assert!((97..=100).contains(&columns.len()) && (50..=52).contains(&columns[0]), "{columns:?}");
    assert!(lit(100, 100) && !lit(60, 130) && !lit(140, 70));
}

/// Its tag, and what is in the middle.
fn middle(server: &Server, target: &str) -> (String, [u8; 4]) {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    let picture = decoded(&answer.body);
    let pixel = picture.get_pixel(picture.width() / 2, picture.height() / 2).0;
    (answer.header("etag").unwrap(), pixel)
}

#[test]
fn the_watermark_of_the_operator_lies_on_every_rendition_and_no_request_takes_it_off() {
    let place = Place::with(&[("a.png", square(WHITE, 100)), ("own.png", square([0, 255, 0, 255], 10))]);
    place.put("house.png", square(RED, 10));
    let server = place.serve(&[
        ("IMAGE_PROXY_WATERMARK", "wm=/house.png&wm_pos=center&wm_size=20"),
        ("IMAGE_PROXY_WATERMARK_MIN_SIDE", "50"),
    ]);
    for query in [
        "size=51",
        "size=100",
        "size=9000",
        "format=png",
        "trim",
        "wm=own.png&wm_size=100",
        "size=60&wm_opacity=0",
        "wm=own.png&wm_opacity=0&size=99",
    ] {
        assert_eq!(middle(&server, &format!("/a.png?{query}")).1, RED, "{query}");
    }
    // One of a file that asks for nothing is none, and neither is a file too small.
    for query in ["", "?v=2", "?dpr=2", "?size=50"] {
        assert_eq!(middle(&server, &format!("/a.png{query}")).1, WHITE, "{query}");
    }
    let plain = place.serve(&[]);
    assert_eq!(middle(&plain, "/a.png?size=60").1, WHITE);
    assert_ne!(middle(&plain, "/a.png?size=60").0, middle(&server, "/a.png?size=60").0);
}

#[test]
fn the_watermark_of_the_operator_is_seen_when_it_is_replaced_or_missing() {
    let place = Place::with(&[("a.png", square(WHITE, 100)), ("house.png", plain([255, 0, 0]))]);
    place.age();
    let server =
        place.serve(&[("IMAGE_PROXY_WATERMARK", "wm=house.png&wm_size=100"), ("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let [first, again] = [(); 2].map(|()| server.get("/a.png?size=80"));
    assert_eq!((first.cache_status().as_deref(), again.cache_status().as_deref()), (Some("MISS"), Some("HIT")));
    place.put("house.png", plain([0, 0, 255]));
    let tag = first.header("etag").unwrap();
    let replaced = server.get_with("/a.png?size=80", &[("If-None-Match", &tag)]);
    assert_eq!((replaced.status, decoded(&replaced.body).get_pixel(40, 40).0), (200, [0, 0, 255, 255]));
    std::fs::remove_file(place.root().join("house.png")).unwrap();
    assert_eq!([server.get("/a.png?size=80").status, server.get("/a.png").status], [404, 200]);
    let line = server.log_line("there is no watermark");
    assert!(line.contains("ERROR") && line.contains("house.png"), "{line}");
}

#[test]
fn a_wrong_watermark_keeps_the_program_from_starting_and_says_what_to_change() {
    let run = |text: &str| {
        let output = Place::new().command(&[("IMAGE_PROXY_WATERMARK", text)]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for (text, expected) in [
        ("logo.png", "names out of wm, wm_pos, wm_size, wm_opacity, wm_margin, wm_tile, wm_rotate (not \"logo.png\")"),
        (
            "wm=logo.png&wm_pos=here",
            "wm_pos to be words such as southeast, top left or center, or x,y in pixels (not \"here\")",
        ),
        ("wm_pos=north", "wm to name an image, and wm_opacity to be above 0"),
    ] {
        let said = format!("IMAGE_PROXY_WATERMARK: expected {expected}, or empty for none, got \"{text}\"\n");
        assert_eq!(run(text), (Some(78), said));
    }
}
