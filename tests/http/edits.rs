//! What is done to pixels besides resizing: trimming, blurring, and hashing them.

use image::{ImageFormat, Rgba, RgbaImage};

use crate::pictures::{decoded, photo, quarters, written};
use crate::server::Place;

const WHITE: [u8; 4] = [255; 4];
const BLACK: [u8; 4] = [0, 0, 0, 255];

/// A black box of 40x20 at 30,50 on a white page of 200x100.
fn page() -> RgbaImage {
    RgbaImage::from_fn(200, 100, |x, y| {
        Rgba(if (30..70).contains(&x) && (50..70).contains(&y) { BLACK } else { WHITE })
    })
}

#[test]
fn a_border_goes_before_the_picture_is_resized() {
    let place = Place::with(&[("a.png", written(&page(), ImageFormat::Png))]);
    let server = place.serve(&[]);
    let dimensions = |query: &str| decoded(&server.get(&format!("/a.png?{query}")).body).dimensions();
    assert_eq!(dimensions("trim"), (40, 20));
    assert_eq!(dimensions("trim=10&size=20"), (20, 10));
    assert_eq!(dimensions("trim&size=400"), (40, 20));
    assert_eq!(dimensions("trim&trim_color=black"), (200, 100));
    assert_eq!(dimensions("size=100"), (100, 50));
}

#[test]
fn every_spelling_of_a_trim_is_one_rendition_and_head_knows_its_tag() {
    let place = Place::with(&[("a.png", written(&page(), ImageFormat::Png))]);
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let first = server.get("/a.png?trim&size=20");
    for target in ["/a.png?TRIM=10&size=20", "/a.png?trim=&size=10&dpr=2", "/a.png?size=20&trim=3&trim=10"] {
        let answer = server.get(target);
        assert_eq!(answer.cache_status().as_deref(), Some("HIT"), "{target}");
        assert_eq!(answer.header("etag"), first.header("etag"));
    }
    let head = server.ask("HEAD", "/a.png?trim&size=20", &[]);
    assert_eq!((head.status, head.header("etag")), (200, first.header("etag")));
    let tag = first.header("etag").unwrap();
    assert_eq!(server.get_with("/a.png?trim&size=20", &[("If-None-Match", &tag)]).status, 304);
}

#[test]
fn a_picture_that_is_border_alone_stays_whole() {
    let place = Place::with(&[("a.png", written(&quarters(50, 30, [WHITE; 4]), ImageFormat::Png))]);
    assert_eq!(decoded(&place.serve(&[]).get("/a.png?trim&format=webp").body).dimensions(), (50, 30));
}

#[test]
fn an_animation_is_trimmed_as_its_first_frame() {
    let place = Place::with(&[("a.gif", photo("animals/cat-zoom.gif"))]);
    let server = place.serve(&[]);
    let answer = server.get("/a.gif?trim=120&size=100&format=webp");
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/webp"), "{}", answer.text());
    assert!(answer.body.windows(4).any(|name| name == b"ANMF"), "it still moves");
}

#[test]
fn a_blur_spreads_an_edge_as_far_as_it_is_asked_to() {
    let place = Place::with(&[("a.png", written(&page(), ImageFormat::Png))]);
    let server = place.serve(&[]);
    let blurred = |sigma: &str| {
        let picture = decoded(&server.get(&format!("/a.png?blur={sigma}")).body);
        // In the middle of the box, on its edge, and 6 pixels outside.
        [picture.get_pixel(50, 60).0[0], picture.get_pixel(30, 60).0[0], picture.get_pixel(24, 60).0[0]]
    };
    let [narrow, wide] = ["1", "4"].map(blurred);
    assert!(narrow[0] == 0 && narrow[1].abs_diff(80) < 30 && narrow[2] == 255, "{narrow:?}");
    assert!(wide[0] > 0 && wide[2] < 250, "{wide:?}");
}

#[test]
fn a_blurhash_is_a_text_that_is_cached_tagged_and_negotiates_nothing() {
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg"))]);
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let answer = server.get("/a.jpg?format=blurhash");
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "text/plain; charset=utf-8"));
    assert_eq!(answer.body.len(), 28);
    assert_eq!(answer.header("content-disposition").as_deref(), Some("inline; filename=\"a.txt\""));
    let again = server.get("/a.jpg?format=BlurHash&size=100");
    assert_eq!((again.cache_status().as_deref(), &again.body), (Some("HIT"), &answer.body));
    let tag = answer.header("etag").unwrap();
    assert_eq!(server.get_with("/a.jpg?format=blurhash", &[("If-None-Match", &tag)]).status, 304);
    let head = server.ask("HEAD", "/a.jpg?format=blurhash", &[]);
    assert_eq!((head.status, head.header("content-length").as_deref()), (200, Some("28")));
    assert!(server.metric("image_proxy_http_requests_total", &["format=\"blurhash\""]) >= 2.0);
}

#[test]
fn a_hash_goes_to_the_disk_under_its_name_and_comes_back() {
    let place = Place::with(&[("a.jpg", photo("people/astronaut.jpg"))]);
    place.age();
    let on_disk = [("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"), ("IMAGE_PROXY_CACHE_DISK_SIZE", "64MB")];
    let mut server = place.serve(&on_disk);
    let first = server.get("/a.jpg?format=blurhash");
    server.signal("TERM");
    server.ended();
    let again = place.serve(&on_disk).get("/a.jpg?format=blurhash");
    assert_eq!((again.status, again.content_type(), &again.body), (200, first.content_type(), &first.body));
    assert_eq!(again.cache_status().as_deref(), Some("HIT"));
}
