//! Which pixels are where.

use image::RgbaImage;

use super::served;
use crate::picfit::{coded, gallery};
use crate::pictures::{BLUE, GREEN, RED, WHITE, are_close, decoded, quarter_colours, quarters};
use crate::server::{Place, Server};
use image_proxy::request::OutputFormat;

const BLACK: [u8; 4] = [0, 0, 0, 255];
const CLEAR: [u8; 4] = [0, 0, 0, 0];

fn picture(server: &Server, target: &str) -> RgbaImage {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    decoded(&answer.body)
}

/// A picture without loss, of four colours and 120 by 80 pixels.
fn place() -> Place {
    let mark = RgbaImage::from_pixel(10, 10, image::Rgba(BLACK));
    let mut bordered = RgbaImage::from_pixel(90, 70, image::Rgba(WHITE));
    image::imageops::replace(&mut bordered, &quarters(40, 20, [RED, GREEN, BLUE, BLACK]), 20, 30);
    Place::with(&[
        ("a.png", coded(&quarters(120, 80, [RED, GREEN, BLUE, WHITE]), OutputFormat::PNG)),
        ("mark.png", coded(&mark, OutputFormat::PNG)),
        ("bordered.png", coded(&bordered, OutputFormat::PNG)),
        ("clear.png", coded(&RgbaImage::from_pixel(20, 20, image::Rgba([255, 0, 0, 0])), OutputFormat::PNG)),
    ])
}

#[test]
fn parts_turns_and_canvases_are_where_imgproxy_has_them() {
    let server = served(&place(), &[]);
    for (options, expected) in [
        ("c:60:40:nowe", [RED; 4]),
        ("c:60:40:soea", [WHITE; 4]),
        ("c:60:40:ea:0:-20", [GREEN; 4]),
        ("c:0.5:0.5:fp:0:1", [BLUE; 4]),
        ("rs:fill:60:80:0/g:we", [RED, RED, BLUE, BLUE]),
        ("rs:fill:60:80/g:ea", [GREEN, GREEN, WHITE, WHITE]),
        ("rot:90", [BLUE, RED, WHITE, GREEN]),
        ("fl:1", [GREEN, RED, WHITE, BLUE]),
        ("fl:0:1", [BLUE, WHITE, RED, GREEN]),
        ("fl:1/c:60:80:we", [GREEN, GREEN, WHITE, WHITE]),
        ("fl:0:1/c:120:40:no", [BLUE, WHITE, BLUE, WHITE]),
        ("rot:90/fl:1/c:40:60:nowe", [RED; 4]),
        ("rs:fit:240:160:0:1:fp:0.75:0.75/bg:000", [BLACK, BLACK, BLACK, WHITE]),
        ("fl:1/rs:fill:60:80/g:we", [GREEN, GREEN, WHITE, WHITE]),
        ("rs:fit:120:160:0:1:so", [CLEAR, CLEAR, RED, GREEN].map(|colour| colour)),
        ("rs:fit:240:80:0:1:we/bg:000", [RED, BLACK, BLUE, BLACK]),
    ] {
        let made = picture(&server, &format!("/_/{options}/plain/local:///a.png"));
        let colours = match options {
            // The picture fills the lower half.
            "rs:fit:120:160:0:1:so" => [(20, 20), (100, 20), (20, 90), (100, 90)].map(|(x, y)| made.get_pixel(x, y).0),
            "rs:fit:240:80:0:1:we/bg:000" => {
                [(20, 20), (200, 20), (20, 60), (200, 60)].map(|(x, y)| made.get_pixel(x, y).0)
            }
            _ => quarter_colours(&made),
        };
        assert!(are_close(&colours, &expected), "{options}: {colours:?}");
    }
}

#[test]
fn borders_go_and_a_background_shows() {
    let server = served(&place(), &[]);
    let trimmed = picture(&server, "/_/t:10/plain/local:///bordered.png");
    assert_eq!(trimmed.dimensions(), (40, 20));
    let even = picture(&server, "/_/t:10::1/plain/local:///bordered.png");
    assert_eq!(even.dimensions(), (50, 20), "20 at the left and 30 at the right: 20 go at both sides");
    let even = picture(&server, "/_/t:10:ffffff:0:1/plain/local:///bordered.png");
    assert_eq!(even.dimensions(), (40, 30), "30 above and 20 below: 20 go at both sides");
    let shown = picture(&server, "/_/bg:0:0:255/plain/local:///clear.png");
    assert_eq!(shown.get_pixel(5, 5).0, BLUE);
    let jpeg = picture(&server, "/_/f:jpg/plain/local:///clear.png");
    assert!(are_close(&[jpeg.get_pixel(5, 5).0], &[WHITE]));
}

#[test]
fn a_watermark_lies_where_it_is_put() {
    let place = place();
    let mark = place.root().join("mark.png");
    let server = served(&place, &[("IMGPROXY_WATERMARK_PATH", mark.to_str().unwrap())]);
    let at = |options: &str, x, y| picture(&server, &format!("/_/{options}/plain/local:///a.png")).get_pixel(x, y).0;
    assert_eq!(at("wm:1:nowe", 2, 2), BLACK);
    assert_eq!(at("wm:1:soea:5:5", 112, 72), BLACK);
    assert_eq!(at("wm:1:soea:5:5", 117, 77), WHITE);
    assert_eq!(at("wm:1:nowe:-5:-5", 2, 2), BLACK);
    assert_eq!(at("wm:1:nowe:-5:-5", 6, 6), RED);
    assert_eq!(at("wm:1:ce:0:0:0.5", 60, 40), BLACK);
    assert_eq!(at("wm:1:re:10:10", 60, 40), at("wm:1:re:10:10", 80, 40), "it comes again after 20 pixels");
    assert_eq!(at("wm:0:nowe", 2, 2), RED);
    assert_eq!(at("dpr:1", 2, 2), RED);
    let half = at("wm:0.5:nowe", 2, 2);
    assert!((120..=136).contains(&half[0]), "{half:?}");
}

#[test]
fn what_is_skipped_or_raw_goes_out_as_it_is_stored() {
    let place = gallery();
    let stored = |name: &str| std::fs::read(place.root().join(name)).unwrap();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10'><rect width='9' height='9'/></svg>";
    place.put("drawing.svg", svg);
    let server = served(&place, &[]);
    for (target, name) in [
        ("/_/w:64/skp:png:jpg/plain/local:///city.jpg", "city.jpg"),
        ("/_/w:64/skp:jpg/plain/local:///city.jpg@jpg", "city.jpg"),
        ("/_/raw:1/w:64/plain/local:///turned.jpg@png", "turned.jpg"),
        ("/_/w:64/plain/local:///drawing.svg", "drawing.svg"),
    ] {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        assert_eq!(answer.body, stored(name), "{target}");
    }
    let unsafe_drawing = "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10' onload='a()'><script>b()</script>\
        <rect width='9' height='9'/></svg>";
    place.put("unsafe.svg", unsafe_drawing);
    let answer = server.get("/_/plain/local:///unsafe.svg");
    let cleaned = unsafe_drawing.replace(" onload='a()'", "").replace("<script>b()</script>", "");
    assert_eq!((answer.status, answer.content_type().as_str(), answer.text()), (200, "image/svg+xml", cleaned));
    assert!(answer.header("content-security-policy").is_some());
    assert_eq!(server.get("/_/w:64/skp:jpg/plain/local:///city.jpg@png").content_type(), "image/png");
    assert_eq!(server.get("/_/w:10/plain/local:///drawing.svg@png").content_type(), "image/png");
}

#[test]
fn squares_are_no_larger_than_the_picture_and_see_a_mirror_at_its_edges() {
    let half = RgbaImage::from_fn(30, 20, |x, y| image::Rgba(if y < 10 && x < 15 { BLACK } else { WHITE }));
    let place = Place::with(&[("half.png", coded(&half, OutputFormat::PNG))]);
    let server = served(&place, &[]);
    let gray = |pix: u32, x, y| picture(&server, &format!("/_/pix:{pix}/plain/local:///half.png")).get_pixel(x, y).0[0];
    // Of 30 rows, the ten last are again those that are white.
    let expected = (255.0_f64 * 750.0 / 900.0).round() as u8;
    for pix in [30, 31, 1000] {
        assert_eq!([gray(pix, 0, 0), gray(pix, 29, 19)], [expected; 2], "{pix}");
    }
    assert_eq!([gray(10, 0, 0), gray(10, 12, 0), gray(10, 29, 19)], [0, 128, 255]);
    assert_eq!([gray(1, 14, 9), gray(1, 15, 9)], [0, 255]);
}
