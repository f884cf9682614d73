//! A PNG with a palette, by whichever words it is asked for: few colours, each with its own transparency.

use std::collections::BTreeSet;

use image::{ImageFormat, RgbaImage};

use crate::pictures::{decoded, difference, photo, quarters, written};
use crate::server::{Place, Server};

/// Where the header of a PNG says how many bits a sample has, and what it is.
const DEPTH: usize = 24;
const KIND: usize = 25;
const INDEXED: u8 = 3;

fn get(server: &Server, target: &str) -> Vec<u8> {
    let answer = server.get(target);
    assert_eq!((answer.status, answer.header("content-type").as_deref()), (200, Some("image/png")), "{target}");
    answer.body
}

fn colours(picture: &RgbaImage) -> usize {
    picture.pixels().map(|pixel| pixel.0).collect::<BTreeSet<_>>().len()
}

#[test]
fn a_drawing_keeps_its_soft_edges_in_256_colours() {
    let place = Place::with(&[("camera.png", photo("icons/camera.png")), ("photo.jpg", photo("people/astronaut.jpg"))]);
    let server = place.serve(&[]);
    let [plain, few] = ["png", "png8"].map(|format| get(&server, &format!("/camera.png?w=200&format={format}")));
    assert_eq!((plain[KIND], few[KIND], few[DEPTH]), (6, INDEXED, 8));
    assert!(few.len() < plain.len() * 3 / 4, "{} {}", few.len(), plain.len());
    let [plain, few] = [plain, few].map(|file| decoded(&file));
    assert!((200..=256).contains(&colours(&few)), "{}", colours(&few));
    for (plain, few) in plain.pixels().zip(few.pixels()) {
        let [plain, few] = [plain.0[3], few.0[3]];
        assert!(plain.abs_diff(few) <= 24 && (plain != 0 || few == 0), "{plain} {few}");
        assert!(plain != 255 || few == 255, "{plain} {few}");
    }
    let [plain, few] = ["png32", "png8"].map(|format| get(&server, &format!("/photo.jpg?w=150&format={format}")));
    assert_eq!((plain[KIND], few[KIND]), (2, INDEXED));
    assert!(few.len() < plain.len() / 2, "{} {}", few.len(), plain.len());
    assert!(difference(&decoded(&plain), &decoded(&few)) < 4.0);
}

#[test]
fn no_more_colours_than_a_palette_holds_are_kept_exactly_and_in_few_bits() {
    let flat = quarters(400, 300, [[200, 30, 30, 255], [30, 200, 30, 128], [30, 30, 200, 255], [0, 0, 0, 0]]);
    let server = Place::with(&[("flat.png", written(&flat, ImageFormat::Png))]).serve(&[]);
    let few = get(&server, "/flat.png?format=png8");
    assert_eq!((few[KIND], few[DEPTH]), (INDEXED, 2));
    assert!(decoded(&few) == flat);
    let exact = get(&server, "/flat.png?format=png8&lossless=1&w=399&h=299&fit=cover");
    assert_eq!(exact[KIND], 6, "nothing may be lost");
}

#[test]
fn an_original_that_has_few_colours_in_fewer_bytes_is_the_answer() {
    let place = Place::with(&[("camera.png", photo("icons/camera.png"))]);
    let server = place.serve(&[]);
    let few = get(&server, "/camera.png?w=200&format=png8");
    assert!(few != get(&server, "/camera.png?w=200&format=png"), "they are two entries");
    place.put("few.png", few.clone());
    assert!(get(&server, "/few.png?format=png8") == few);
}

#[test]
fn every_dialect_that_has_a_word_for_it_is_understood() {
    let place = Place::with(&[("camera.png", photo("icons/camera.png")), ("photo.jpg", photo("people/astronaut.jpg"))]);
    let arguments = format!("-mount {}", place.root().display());
    let dialects = ("IMAGE_PROXY_DIALECTS", "imaginary=/imaginary,imgproxy=/imgproxy,cloudinary,native(imgix)=/imgix");
    let server = place.serve(&[dialects, ("IMAGE_PROXY_IMAGINARY_ARGS", &arguments)]);
    for target in [
        "/imaginary/resize?width=90&palette=true&file=camera.png",
        "/imaginary/resize?width=80&type=png&palette=1&file=photo.jpg",
        "/imgix/camera.png?w=90&fm=png8",
        "/image/upload/w_90,fl_png8/camera.png",
        "/imgproxy/_/w:90/pngo:0:1/plain/local:///camera.png",
        "/imgproxy/_/w:80/png_options::true:16/plain/local:///photo.jpg@png",
    ] {
        assert_eq!(get(&server, target)[KIND], INDEXED, "{target}");
    }
    for target in [
        "/imaginary/resize?width=90&palette=false&file=camera.png",
        "/imgproxy/_/w:90/pngo:1/plain/local:///camera.png",
        "/imgproxy/_/w:90/pngo:0:0:16/plain/local:///camera.png",
    ] {
        assert_eq!(get(&server, target)[KIND], 6, "{target}");
    }
    let few = get(&server, "/imgproxy/_/w:90/pngo:0:1:16/plain/local:///camera.png");
    assert_eq!((few[DEPTH], colours(&decoded(&few)) <= 16), (4, true));
    for target in
        ["/imgproxy/_/pngo:0:1:1/plain/local:///camera.png", "/imgproxy/_/pngo:0:1:257/plain/local:///camera.png"]
    {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
    let jpeg = server.get("/imaginary/resize?width=60&palette=true&file=photo.jpg");
    assert_eq!(jpeg.header("content-type").as_deref(), Some("image/jpeg"), "it is for PNG");
}

#[test]
fn an_operator_of_imgproxy_may_ask_for_it_in_all_pngs() {
    let place = Place::with(&[("camera.png", photo("icons/camera.png"))]);
    let server = place.serve(&[
        ("IMAGE_PROXY_DIALECTS", "imgproxy=/"),
        ("IMGPROXY_PNG_QUANTIZE", "true"),
        ("IMGPROXY_PNG_QUANTIZATION_COLORS", "64"),
    ]);
    let few = get(&server, "/_/w:90/plain/local:///camera.png");
    assert_eq!((few[KIND], colours(&decoded(&few)) <= 64), (INDEXED, true));
    assert_eq!(get(&server, "/_/w:90/pngo::0/plain/local:///camera.png")[KIND], 6, "a URL has the last word");
}

#[test]
fn files_of_a_page_have_the_palette_that_is_asked_of_it() {
    let server = Place::with(&[("camera.png", photo("icons/camera.png"))]).serve(&[]);
    let page = server.get("/camera.png?picture&format=png8&widths=100,200").text();
    assert_eq!(page.matches("format=png8").count(), page.matches("format=").count(), "{page}");
    assert!(page.contains("format=png8"), "{page}");
}
