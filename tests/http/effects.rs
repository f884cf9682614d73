//! What is done to each pixel and to what is around it: tones, sharpening, squares, opacity and round corners.

use image::{ImageFormat, Rgba, RgbaImage};

use crate::pictures::{are_close, decoded, difference, media_type, photo, quarter_colours, quarters, written};
use crate::server::{Place, Server};

const CACHED: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");

const ORANGE: [u8; 4] = [200, 100, 0, 255];
const HALF_BLUE: [u8; 4] = [10, 128, 250, 128];
const GRAY: [u8; 4] = [64, 64, 64, 255];
const CLEAR: [u8; 4] = [0, 0, 0, 0];

fn painted() -> Place {
    let colours = quarters(40, 20, [ORANGE, HALF_BLUE, GRAY, CLEAR]);
    let opaque = quarters(40, 20, [ORANGE, ORANGE, GRAY, GRAY]);
    Place::with(&[("a.png", written(&colours, ImageFormat::Png)), ("b.bmp", written(&opaque, ImageFormat::Bmp))])
}

fn picture(server: &Server, target: &str) -> RgbaImage {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    decoded(&answer.body)
}

#[test]
fn tones_are_those_of_their_formulas_and_keep_alpha() {
    let server = painted().serve(&[]);
    for (query, orange, half_blue, gray) in [
        ("brightness=50", [255, 150, 0], [15, 192, 255], [96; 3]),
        ("brightness=-100", [0; 3], [0; 3], [0; 3]),
        ("contrast=100", [255, 73, 0], [0, 129, 255], [1; 3]),
        ("contrast=-50", [164, 114, 64], [69, 128, 189], [96; 3]),
        ("gamma=2", [226, 160, 0], [50, 181, 252], [128; 3]),
        ("saturation=-50", [159, 109, 59], [58, 117, 178], [64; 3]),
        ("sat=100", [255, 82, 0], [0, 149, 255], [64; 3]),
        ("hue=360", [200, 100, 0], [10, 128, 250], [64; 3]),
        ("hue=180", [28, 128, 228], [213, 95, 0], [64; 3]),
        ("sepia=100", [156, 138, 108], [150, 133, 104], [86, 77, 60]),
        ("invert=1", [55, 155, 255], [245, 127, 5], [191; 3]),
        ("invert=true&invert=false", [200, 100, 0], [10, 128, 250], [64; 3]),
        // Light is the same where values are; this is the shade of sharp 0.35.5.
        ("tint=fc0", [161, 123, 0], [163, 126, 0], [86, 61, 0]),
    ] {
        let [first, second, third, clear] = quarter_colours(&picture(&server, &format!("/a.png?{query}")));
        assert_eq!([first[3], second[3], third[3], clear[3]], [255, 128, 255, 0], "{query}");
        for (got, expected) in [(first, orange), (second, half_blue), (third, gray)] {
            let is_close = got.iter().zip(expected).all(|(one, other)| one.abs_diff(other) <= 1);
            assert!(is_close, "{query}: {got:?} for {expected:?}");
        }
    }
}

#[test]
fn what_asks_for_nothing_is_the_file_itself() {
    let place = painted();
    let server = place.serve(&[CACHED]);
    let file = server.get("/a.png").body;
    for query in [
        "brightness=0",
        "contrast=0.0",
        "saturation=0",
        "sat=-0",
        "hue=0",
        "hue=360",
        "hue=-720",
        "gamma=1",
        "sepia=0",
        "invert=0",
        "opacity=100",
        "blur=0",
        "sharpen=0",
        "sharp=false",
        "pixelate=0",
        "pixelate=1",
        "radius=0",
        "radius=0,0,0,0&dpr=3",
        "brightness=0&gamma=1&opacity=100&radius=0",
        "invert=1&invert=0",
    ] {
        let answer = server.get(&format!("/a.png?{query}"));
        assert_eq!((answer.status, answer.cache_status()), (200, None), "{query}");
        assert!(answer.body == file, "{query}");
    }
}

#[test]
fn spellings_of_one_wish_are_one_entry() {
    let server = painted().serve(&[CACHED]);
    for (first, others) in [
        (
            "bw=1",
            &[
                "grayscale=true",
                "filt=greyscale",
                "filt=grayscale",
                "sat=-100",
                "SATURATION=-100",
                "bw=0&sat=-100",
                "bw=1&hue=50&sat=7",
            ][..],
        ),
        ("sharpen=", &["sharpen", "sharp=true", "sharpen=3&sharp=true"]),
        ("sharp=2", &["sharpen=2.0"]),
        ("hue=270", &["hue=-90", "hue=630"]),
        ("radius=max", &["radius=10", "radius=5&dpr=2", "radius=9999", "radius=20,20,20,20"]),
        ("radius=4", &["radius=4,4,4,4", "radius=2&dpr=2"]),
        ("sat=20&size=20", &["size=20&saturation=20", "sat=-100&bw=0&sat=20&size=20"]),
    ] {
        let tag = server.get(&format!("/a.png?{first}")).header("etag");
        for other in others {
            let answer = server.get(&format!("/a.png?{other}"));
            assert_eq!(
                (answer.cache_status().as_deref(), answer.header("etag")),
                (Some("HIT"), tag.clone()),
                "{other}"
            );
        }
    }
    // The last of all spellings counts.
    assert_eq!(server.get("/a.png?sat=-100&bw=0").cache_status(), None);
}

#[test]
fn a_value_out_of_range_is_told_what_was_expected() {
    let server = painted().serve(&[]);
    let percent = "a number from -100 to 100";
    let part = "a whole number from 0 to 100";
    for (name, expected, values) in [
        ("brightness", percent, &["101", "-100.5", "NaN", "", "bright"][..]),
        ("contrast", percent, &["200"]),
        ("saturation", percent, &["-101"]),
        ("hue", "a number of degrees", &["", "red", "inf"]),
        ("gamma", "a number from 0.1 to 10", &["0", "0.05", "11", "-1"]),
        ("sepia", part, &["101", "-1", "1.5"]),
        ("opacity", part, &["101", "-1", ""]),
        ("invert", "one of 0, 1, true, false", &["2", "yes"]),
        ("filt", "one of greyscale, grayscale, sepia", &["magic", ""]),
        ("sharpen", "a number from 0 to 1000, or true, or nothing", &["-1", "1001", "much"]),
        ("pixelate", "a whole number from 0 to 16384", &["-1", "2.5", "16385", ""]),
        (
            "radius",
            "whole numbers from 0 to 16384, one or four with commas between, or max",
            &["-1", "1,2", "1,2,3", "1,2,3,4,5", "16385", "", "round"],
        ),
    ] {
        for value in values {
            let answer = server.get(&format!("/a.png?{name}={value}"));
            let text = format!("{name}: expected {expected}, got \"{value}\"\n");
            assert_eq!((answer.status, answer.text()), (400, text), "{name}={value}");
        }
    }
    assert_eq!(server.get("/a.png?tint=nocolour").status, 400);
}

#[test]
fn sharpening_makes_an_edge_steeper_and_leaves_what_is_flat() {
    let edge =
        RgbaImage::from_fn(60, 20, |x, _| Rgba(if x < 30 { [100, 100, 100, 255] } else { [120, 120, 120, 255] }));
    let server = Place::with(&[("a.png", written(&edge, ImageFormat::Png))]).serve(&[]);
    // The numbers of sharp 0.35.5.
    for (query, expected) in [
        ("sharpen", [100, 100, 97, 122, 120, 120]),
        ("sharpen=1", [100, 99, 93, 127, 121, 120]),
        ("sharpen=2", [98, 96, 89, 131, 125, 122]),
    ] {
        let sharp = picture(&server, &format!("/a.png?{query}"));
        let row: Vec<u8> = (27..33).map(|x| sharp.get_pixel(x, 10).0[1]).collect();
        assert!(row.iter().zip(expected).all(|(got, expected)| got.abs_diff(expected) <= 1), "{query}: {row:?}");
        assert_eq!([sharp.get_pixel(3, 3).0, sharp.get_pixel(57, 17).0], [[100, 100, 100, 255], [120, 120, 120, 255]]);
    }
}

#[test]
fn neighbours_that_are_not_seen_change_no_colour() {
    let stripes = RgbaImage::from_fn(48, 32, |x, _| Rgba(if x % 16 < 8 { [200, 10, 90, 255] } else { [0, 255, 0, 0] }));
    let server = Place::with(&[("a.png", written(&stripes, ImageFormat::Png))]).serve(&[]);
    for query in ["blur=2", "sharpen", "sharpen=2", "sharpen=20", "pixelate=12"] {
        let made = picture(&server, &format!("/a.png?{query}"));
        for Rgba([red, green, blue, alpha]) in made.pixels().filter(|pixel| pixel.0[3] > 40) {
            let is_close = red.abs_diff(200) <= 8 && green.abs_diff(10) <= 8 && blue.abs_diff(90) <= 8;
            assert!(is_close, "{query}: {red} {green} {blue} {alpha}");
        }
    }
}

#[test]
fn squares_are_in_pixels_of_the_rendition_and_begin_at_the_upper_left() {
    let ramp = RgbaImage::from_fn(40, 20, |x, y| Rgba([(x * 5) as u8, (y * 10) as u8, 0, 255]));
    let server = Place::with(&[("a.png", written(&ramp, ImageFormat::Png))]).serve(&[]);
    for query in ["pixelate=8", "pixelate=8&dpr=2"] {
        let squares = picture(&server, &format!("/a.png?{query}"));
        // The mean of 0 to 7, and of 16 to 19, where the last row of squares is cut off.
        assert_eq!(squares.get_pixel(0, 0).0, [18, 35, 0, 255]);
        assert_eq!(squares.get_pixel(7, 7), squares.get_pixel(0, 0));
        assert_eq!(squares.get_pixel(8, 0).0, [58, 35, 0, 255]);
        assert_eq!(squares.get_pixel(39, 19).0, [178, 175, 0, 255]);
    }
}

#[test]
fn opacity_and_round_corners_are_transparent_where_the_format_can() {
    let server = painted().serve(&[]);
    // A file that has no alpha, in a format that is not written: the rendition is a PNG.
    let faded = picture(&server, "/b.bmp?opacity=50");
    assert_eq!(quarter_colours(&faded)[0], [200, 100, 0, 128]);
    assert_eq!(quarter_colours(&picture(&server, "/a.png?opacity=50"))[1], [10, 128, 250, 64]);
    assert_eq!(picture(&server, "/a.png?opacity=0").get_pixel(9, 9).0[3], 0);
    for format in ["png", "webp", "avif"] {
        let round = picture(&server, &format!("/b.bmp?radius=8&format={format}"));
        let alphas = [(0, 0), (39, 0), (39, 19), (0, 19), (20, 10)].map(|(x, y)| round.get_pixel(x, y).0[3]);
        assert!(alphas[..4].iter().all(|alpha| *alpha < 8) && alphas[4] > 250, "{format}: {alphas:?}");
    }
    let white = picture(&server, "/b.bmp?radius=8&format=jpeg");
    assert!(are_close(&[white.get_pixel(0, 0).0], &[[255; 4]]));
    let black = painted().serve(&[("IMAGE_PROXY_BACKGROUND", "black")]);
    assert!(are_close(&[picture(&black, "/b.bmp?radius=8&format=jpeg").get_pixel(0, 0).0], &[[0, 0, 0, 255]]));
}

#[test]
fn corners_are_four_are_smooth_and_are_larger_at_a_higher_ratio() {
    let server = painted().serve(&[]);
    let alpha = |query: &str, x, y| picture(&server, &format!("/b.bmp?{query}")).get_pixel(x, y).0[3];
    let corners = |query: &str| [(0, 0), (39, 0), (39, 19), (0, 19)].map(|(x, y)| alpha(query, x, y));
    assert_eq!(corners("radius=6,0,0,0"), [0, 255, 255, 255]);
    assert_eq!(corners("radius=0,6,0,0"), [255, 0, 255, 255]);
    assert_eq!(corners("radius=0,0,6,0"), [255, 255, 0, 255]);
    assert_eq!(corners("radius=0,0,0,6"), [255, 255, 255, 0]);
    let round = picture(&server, "/b.bmp?radius=max");
    // A pill: half circles at both ends.
    let area: f64 = round.pixels().map(|pixel| f64::from(pixel.0[3]) / 255.0).sum();
    let expected = 20.0 * 20.0 * std::f64::consts::FRAC_PI_4 + 20.0 * 20.0;
    assert!((area - expected).abs() < 3.0, "{area} for {expected}");
    assert!(round.pixels().filter(|pixel| (1..255).contains(&pixel.0[3])).count() > 30);
    assert_eq!(round.get_pixel(20, 0).0[3], 255);
    assert_eq!((alpha("radius=4", 2, 0), alpha("radius=4&dpr=2", 2, 0)), (176, 0));
}

#[test]
fn corners_come_after_all_that_lies_on_the_picture() {
    let place = painted();
    place.put("mark.png", written(&quarters(40, 20, [[255, 0, 0, 255]; 4]), ImageFormat::Png));
    let marked = picture(&place.serve(&[]), "/b.bmp?wm=mark.png&wm_size=0&wm_margin=0&wm_pos=center&radius=8");
    assert_eq!((marked.get_pixel(0, 0).0[3], marked.get_pixel(20, 10).0), (0, [255, 0, 0, 255]));
    let server = place.serve(&[]);
    let padded = picture(&server, "/b.bmp?pad=10&bg=blue&radius=8&format=webp");
    assert_eq!(padded.dimensions(), (60, 40));
    assert!(
        are_close(&[padded.get_pixel(0, 0).0, padded.get_pixel(30, 1).0], &[[0, 0, 255, 255]; 2]),
        "bg shows beyond"
    );
    let padded = picture(&server, "/b.bmp?pad=10&radius=20");
    assert_eq!([(3, 3), (10, 10), (30, 20)].map(|(x, y)| padded.get_pixel(x, y).0[3]), [0, 255, 255]);
    let half = picture(&server, "/b.bmp?radius=8&opacity=50&bg=0,0,255");
    assert_eq!((half.get_pixel(0, 0).0, half.get_pixel(4, 9).0), ([0, 0, 255, 255], [100, 50, 127, 255]));
}

#[test]
fn the_order_of_work_is_the_same_whatever_the_order_of_the_query() {
    let server = painted().serve(&[CACHED]);
    let orders = [
        "brightness=40&invert=1&blur=2&bw=1&pixelate=3&sharpen&opacity=70&radius=4",
        "radius=4&opacity=70&sharpen&pixelate=3&bw=1&blur=2&invert=1&brightness=40",
    ];
    let [first, second] = orders.map(|query| server.get(&format!("/a.png?{query}")));
    assert_eq!((second.cache_status().as_deref(), &second.body), (Some("HIT"), &first.body));
    // Brightness comes before the negative.
    let Rgba([red, ..]) = *picture(&server, "/a.png?brightness=100&invert=1").get_pixel(2, 18);
    assert_eq!(red, 255 - 128);
}

#[test]
fn every_frame_of_an_animation_gets_the_same() {
    let place = Place::with(&[("a.gif", photo("animals/cat-zoom.gif"))]);
    let server = place.serve(&[]);
    for query in ["invert=1&size=60", "radius=max&size=60", "sharpen&size=60", "pixelate=6&tint=fc0&size=60"] {
        let answer = server.get(&format!("/a.gif?format=webp&{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let frames = answer.body.windows(4).filter(|name| name == b"ANMF").count();
        let plain = server.get("/a.gif?format=webp&size=60").body;
        assert_eq!(frames, plain.windows(4).filter(|name| name == b"ANMF").count(), "{query}");
        assert!(difference(&decoded(&answer.body), &decoded(&plain)) > 1.0, "{query}");
    }
}

#[test]
fn a_gray_picture_takes_on_colours_only_where_they_are_given() {
    let place = Place::with(&[("a.jpg", photo("people/photographer.jpg"))]);
    let server = place.serve(&[]);
    let is_gray = |query: &str| {
        let answer = server.get(&format!("/a.jpg?size=64&format=png&{query}"));
        assert_eq!(media_type(&answer.body), "image/png", "{query}: {}", answer.text());
        crate::pictures::is_gray(&decoded(&answer.body))
    };
    for query in ["hue=90", "saturation=100", "brightness=20", "gamma=2", "invert=1", "sharpen=1", "pixelate=4"] {
        assert!(is_gray(query), "{query}");
    }
    for query in ["sepia=80", "tint=3366cc"] {
        assert!(!is_gray(query), "{query}");
    }
}

#[test]
fn where_the_operator_wants_that_what_becomes_much_smaller_is_sharpened_a_little() {
    let place =
        Place::with(&[("a.png", written(&quarters(400, 300, [ORANGE, HALF_BLUE, GRAY, CLEAR]), ImageFormat::Png))]);
    let (plain, sharpening) = (place.serve(&[]), place.serve(&[("IMAGE_PROXY_SHARPEN", "auto")]));
    let bytes = |server: &Server, query: &str| {
        let answer = server.get(&format!("/a.png?format=png&{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.body
    };
    for (query, same) in [
        ("size=100", "size=100&sharpen"),
        ("size=199", "size=199&sharpen"),
        ("size=200", "size=200"),
        ("size=300", "size=300"),
        ("size=100&sharpen=0", "size=100"),
        ("size=100&sharpen=2", "size=100&sharpen=2"),
        ("size=100&blur=2", "size=100&blur=2"),
        ("size=100&pixelate=5", "size=100&pixelate=5"),
    ] {
        assert!(bytes(&sharpening, query) == bytes(&plain, same), "{query} is not {same}");
    }
    assert!(bytes(&plain, "size=100") != bytes(&plain, "size=100&sharpen"));
}
