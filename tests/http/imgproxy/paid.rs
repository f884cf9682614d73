//! What there is of the paid edition.

use image_proxy::request::OutputFormat;
use serde_json::{Value, json};

use super::served;
use crate::picfit::{coded, gallery, size};
use crate::pictures::{decoded, quarter_colours};
use crate::server::Place;

/// A picture of one gray, 80 by 60 pixels.
fn gray() -> Place {
    let gray = image::RgbaImage::from_pixel(80, 60, image::Rgba([100, 100, 100, 255]));
    Place::with(&[("gray.png", coded(&gray, OutputFormat::PNG))])
}

#[test]
fn rounds_follow_one_another() {
    let server = served(&gallery(), &[]);
    let two = server.get("/_/rs:fit:100:100/-/pd:10/-/w:50/plain/local:///city.jpg@png");
    assert_eq!((two.status, size(&two)), (200, (50, 36)));
    assert_eq!(two.content_type(), "image/png");
    let many = "w:9/-/".repeat(16);
    assert_eq!(server.get(&format!("/_/{many}plain/local:///city.jpg")).status, 404);
}

#[test]
fn tones_words_and_backgrounds_are_those_of_the_house() {
    let server = served(&gray(), &[]);
    let shade = |options: &str| {
        let answer = server.get(&format!("/_/{options}/plain/local:///gray.png"));
        assert_eq!(answer.status, 200, "{options}: {}", answer.text());
        quarter_colours(&decoded(&answer.body))[0]
    };
    let plain = shade("w:80")[0];
    assert!(shade("br:100")[0] > plain && shade("br:-100")[0] < plain && shade("a:50")[0] > plain);
    assert!(shade("co:0")[0].abs_diff(128) < 3, "no contrast is the middle gray");
    assert_eq!(shade("br:0")[0], plain);
    assert_eq!(shade("pd:40/bg:f00/bga:0.5")[3], 128);
    let words = decoded(&server.get("/_/wm:1:ce/wmt:SEhISEg/plain/local:///gray.png").body);
    assert!(words.pixels().any(|pixel| pixel.0[0] < 20), "there is something black");
}

#[test]
fn another_picture_of_another_size_is_laid_over() {
    let place = gray();
    let mark = image::RgbaImage::from_pixel(40, 40, image::Rgba([0, 0, 0, 255]));
    place.put("mark.png", coded(&mark, OutputFormat::PNG));
    let server = served(&place, &[]);
    let answer = server.get("/_/wm:1:nowe/wmu:bG9jYWw6Ly8vbWFyay5wbmc/wms:10/plain/local:///gray.png");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let made = decoded(&answer.body);
    assert_eq!([made.get_pixel(8, 8).0[0], made.get_pixel(12, 8).0[0]], [0, 100]);
    assert_eq!(server.get("/_/wm:1/wmu:bG9jYWw6Ly8vbm9uZQ/plain/local:///gray.png").status, 404);
}

#[test]
fn the_best_format_is_one_that_the_client_shows() {
    let server = served(&gallery(), &[]);
    let best = |accept| server.get_with("/_/w:64/f:best/plain/local:///city.jpg", &[("accept", accept)]);
    assert_eq!(best("*/*").content_type(), "image/jpeg");
    assert!(matches!(best("image/webp").content_type().as_str(), "image/webp" | "image/jpeg"));
    assert!(best("image/webp").header("vary").is_some());
    let sought = server.get("/_/w:64/aq:dssim:0.02/plain/local:///city.jpg");
    assert_eq!((sought.status, size(&sought)), (200, (64, 43)));
    let small = server.get("/_/w:300/aq:size:3000/plain/local:///city.jpg");
    assert!(small.status == 200 && small.body.len() <= 3000, "{}", small.body.len());
}

#[test]
fn info_tells_of_colours_by_the_names_of_imgproxy() {
    let flat = image::RgbaImage::from_fn(80, 60, |x, _| {
        image::Rgba(if x < 60 { [200, 32, 32, 255] } else { [32, 32, 96, 255] })
    });
    let server = served(&Place::with(&[("flat.png", coded(&flat, OutputFormat::PNG))]), &[]);
    let told = |options: &str| {
        let answer = server.get(&format!("/info/_/s:0/f:0/{options}/plain/local:///flat.png"));
        assert_eq!((answer.status, &*answer.content_type()), (200, "application/json"), "{options}: {}", answer.text());
        serde_json::from_str::<Value>(&answer.text()).unwrap()
    };
    let (red, blue) = (json!({ "R": 200, "G": 32, "B": 32, "A": 255 }), json!({ "R": 32, "G": 32, "B": 96, "A": 255 }));
    assert_eq!(told("d:0/p:5"), json!({ "palette": [red, blue] }));
    assert_eq!(told("avg:1/exif:1/iptc:1/xmp:1/vm:1")["average"], json!({ "R": 158, "G": 32, "B": 48, "A": 255 }));
    let expected = json!({ "width": 80, "height": 60, "orientation": 1, "alpha": { "has_alpha": true } });
    assert_eq!(told("a:1/exif:1"), expected);
    let names = told("d:0/dc:1")["dominant_colors"].clone();
    assert_eq!(
        names,
        json!({ "vibrant": { "R": 200, "G": 32, "B": 32 }, "dark_vibrant": { "R": 32, "G": 32, "B": 96 } })
    );
    assert_eq!(told("d:0/dc:1:1")["dominant_colors"].as_object().unwrap().len(), 6);
    assert_eq!(told("d:0/bh:4:3")["blurhash"].as_str().unwrap().len(), 28);
    for (options, status) in
        [("p:1", 404), ("p:300", 404), ("bh:9:9", 404), ("do:1", 404), ("pg:1", 404), ("msr:9", 403)]
    {
        assert_eq!(server.get(&format!("/info/_/{options}/plain/local:///flat.png")).status, status, "{options}");
    }
    let head = server.ask("HEAD", "/info/_/avg:1/plain/local:///flat.png", &[]);
    assert_eq!((head.status, head.header("content-length")), (200, None));
}

#[test]
fn info_tells_what_is_known_without_pixels() {
    let place = gallery();
    let server = served(&place, &[]);
    let told = |target: &str| {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "application/json"), "{target}");
        serde_json::from_str::<Value>(&answer.text()).unwrap()
    };
    let expected =
        json!({ "format": "jpeg", "mime_type": "image/jpeg", "width": 450, "height": 300, "orientation": 6 });
    assert_eq!(told("/info/_/s:0/plain/local:///turned.jpg"), expected);
    let size = std::fs::metadata(place.root().join("city.jpg")).unwrap().len();
    let expected = json!({ "size": size, "format": "jpeg", "mime_type": "image/jpeg" });
    assert_eq!(told("/info/_/d:0/plain/local:///city.jpg"), expected);
    assert_eq!(told("/info/_/size:0/f:0/d:0/pn:1/plain/local:///spin.gif"), json!({ "pages_number": 4 }));
    assert_eq!(told("/info/_/s:t/f:0/d:0/exp:32503669200/plain/local:///city.jpg"), json!({ "size": size }));
    for (target, status) in [
        ("/info/_/bogus:1/plain/local:///city.jpg", 404),
        ("/info/_/plain/local:///missing.jpg", 404),
        ("/info/_/plain/local:///text.jpg", 422),
        ("/info/_", 404),
        ("/info/_/exp:1/plain/local:///city.jpg", 404),
    ] {
        assert_eq!(server.get(target).status, status, "{target}");
    }
}
