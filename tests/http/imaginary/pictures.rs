//! What is to be seen on the pictures.

use image::RgbaImage;

use super::{escaped, serve};
use crate::pictures::{BLUE, GREEN, RED, WHITE, are_close, decoded, is_gray, quarter_colours};
use crate::server::Server;

fn seen(server: &Server, target: &str) -> RgbaImage {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    decoded(&answer.body)
}

#[track_caller]
fn assert_quarters(picture: &RgbaImage, expected: [[u8; 4]; 4]) {
    let colours = quarter_colours(picture);
    assert!(are_close(&colours, &expected), "{colours:?}");
}

#[track_caller]
fn assert_at(picture: &RgbaImage, (x, y): (u32, u32), expected: [u8; 4]) {
    let colour = picture.get_pixel(x, y).0;
    assert!(are_close(&[colour], &[expected]), "{x},{y}: {colour:?}");
}

#[test]
fn flip_is_left_to_right_and_flop_is_top_to_bottom() {
    let server = serve("");
    assert_quarters(&seen(&server, "/flip?file=city.jpg"), [GREEN, RED, WHITE, BLUE]);
    assert_quarters(&seen(&server, "/flop?file=city.jpg"), [BLUE, WHITE, RED, GREEN]);
    assert_quarters(&seen(&server, "/resize?width=64&flip=true&flop=1&file=city.jpg"), [WHITE, BLUE, GREEN, RED]);
    assert_quarters(&seen(&server, "/rotate?rotate=90&flip=true&file=city.jpg"), [RED, BLUE, GREEN, WHITE]);
}

#[test]
fn what_lies_on_its_side_is_upright_whatever_is_asked() {
    let server = serve("");
    let upright = [BLUE, RED, WHITE, GREEN];
    for target in [
        "/autorotate?file=turned.jpg",
        "/convert?type=png&file=turned.jpg",
        "/resize?width=250&file=turned.jpg",
        "/fit?width=150&height=150&file=turned.jpg",
        "/rotate?rotate=45&file=turned.jpg",
        "/enlarge?width=600&height=900&file=turned.jpg",
    ] {
        let picture = seen(&server, target);
        assert!(picture.height() > picture.width(), "{target}");
        assert_quarters(&picture, upright);
    }
    assert_quarters(&seen(&server, "/rotate?rotate=90&file=turned.jpg"), [WHITE, BLUE, GREEN, RED]);
    let part = seen(&server, "/extract?top=1&left=2&areawidth=30&areaheight=20&file=turned.jpg");
    assert_eq!(part.dimensions(), (30, 20));
    assert_at(&part, (15, 10), BLUE);
}

#[test]
fn without_rotation_sides_are_those_of_the_file_and_the_picture_is_shown_upright() {
    let server = serve("");
    let upright = [BLUE, RED, WHITE, GREEN];
    let picture = seen(&server, "/resize?width=200&norotation=true&file=turned.jpg");
    assert_eq!(picture.dimensions(), (133, 200));
    assert_quarters(&picture, upright);
    let picture = seen(&server, "/crop?width=225&gravity=west&norotation=true&file=turned.jpg");
    assert_eq!(picture.dimensions(), (300, 225));
    assert_quarters(&picture, [BLUE, RED, BLUE, RED]);
    assert_eq!(seen(&server, "/resize?width=64&norotation=true&file=city.jpg").dimensions(), (64, 43));
}

#[test]
fn gravity_says_what_stays() {
    let server = serve("");
    for (gravity, colours) in
        [("north", [RED, GREEN]), ("south", [BLUE, WHITE]), ("west", [RED, RED]), ("east", [GREEN, GREEN])]
    {
        let (width, height) = if matches!(gravity, "north" | "south") { (433, 100) } else { (100, 650) };
        let target = format!("/crop?width={width}&height={height}&gravity={gravity}&file=tower.jpg");
        let picture = seen(&server, &target);
        let at = |x: u32| picture.get_pixel(picture.width() * x / 4, picture.height() / 4).0;
        assert!(are_close(&[at(1), at(3)], &colours), "{gravity}: {:?}", [at(1), at(3)]);
    }
}

#[test]
fn what_is_around_a_picture_is_its_edge_unless_something_else_is_asked_for() {
    let server = serve("");
    // 300x200 of a picture that becomes 200 high: bars of 33 pixels above and below.
    let padded = |extend: &str| seen(&server, &format!("/resize?width=200&height=200&type=png{extend}&file=city.jpg"));
    let edge = padded("");
    assert_at(&edge, (50, 5), RED);
    assert_at(&edge, (150, 195), WHITE);
    assert_eq!(edge.get_pixel(50, 2), edge.get_pixel(50, 20));
    assert_eq!(padded("&extend=lastpixel"), edge);
    assert_at(&padded("&extend=mirror"), (50, 5), RED);
    assert_at(&padded("&extend=black"), (50, 5), [0, 0, 0, 255]);
    let clear = seen(&server, "/resize?width=200&height=200&extend=black&file=logo.png");
    assert_at(&clear, (50, 5), [0; 4]);
    assert_at(&padded("&extend=white"), (50, 5), WHITE);
    assert_at(&padded("&extend=background&background=10,200,90"), (50, 5), [10, 200, 90, 255]);
    assert_at(&padded("&extend=background&background=10,200,90"), (50, 60), RED);
}

#[test]
fn a_zoom_makes_squares_of_pixels() {
    let server = serve("");
    let (small, large) =
        (seen(&server, "/flip?flip=true&file=odd.png"), seen(&server, "/zoom?factor=2&flip=1&file=odd.png"));
    for (x, y) in [(0, 0), (10, 20), (96, 60)] {
        for (right, down) in [(0, 0), (2, 2), (1, 0)] {
            assert_eq!(small.get_pixel(x, y), large.get_pixel(3 * x + right, 3 * y + down), "{x},{y} {right},{down}");
        }
    }
}

#[test]
fn transparency_shows_the_background_and_black_in_jpeg() {
    let server = serve("");
    let at = |target: &str| seen(&server, target);
    assert_at(&at("/convert?type=jpeg&file=logo.png"), (150, 20), [0, 0, 0, 255]);
    assert_at(&at("/convert?type=jpeg&background=250,100,0&file=logo.png"), (150, 20), [250, 100, 0, 255]);
    assert_at(&at("/convert?type=png&background=250,100,0&file=logo.png"), (150, 20), [250, 100, 0, 255]);
    for target in ["/convert?type=png&file=logo.png", "/resize?width=100&background=0,0,0&file=logo.png"] {
        let picture = at(target);
        assert_eq!(picture.get_pixel(picture.width() * 3 / 4, picture.height() / 4).0[3], 0, "{target}");
    }
    assert_at(&at("/convert?type=webp&file=logo.png"), (50, 20), RED);
}

#[test]
fn words_lie_all_over_a_picture_or_once() {
    let server = serve("");
    let plain = seen(&server, "/convert?type=png&file=city.jpg");
    let marks = |more: &str| {
        let target = format!("/watermark?text=hello&opacity=1&type=png{more}&file=city.jpg");
        let picture = seen(&server, &target);
        let changed = picture.enumerate_pixels().filter(|(x, y, pixel)| {
            plain.get_pixel(*x, *y).0.iter().zip(pixel.0).any(|(one, other)| one.abs_diff(other) > 60)
        });
        changed.map(|(x, y, _)| (x, y)).collect::<Vec<_>>()
    };
    let (many, once) = (marks(""), marks("&noreplicate=true"));
    assert!(once.iter().all(|(x, y)| (95..260).contains(x) && (95..150).contains(y)), "{once:?}");
    assert!(once.len() > 20 && many.len() > 3 * once.len(), "{} {}", once.len(), many.len());
    assert!(many.iter().any(|(x, y)| *x > 320 && *y > 220));
    let gray = seen(&server, "/watermark?text=hello&opacity=1&color=255,0,0&colorspace=bw&file=city.jpg");
    assert!(is_gray(&gray));
}

#[test]
fn the_operations_of_a_pipeline_see_what_came_before() {
    let server = serve("");
    let operations = r#"[{"operation":"crop","params":{"width":320,"gravity":"west"}},
        {"operation":"rotate","params":{"rotate":90}},{"operation":"convert","params":{"type":"png"}}]"#;
    let picture = seen(&server, &format!("/pipeline?operations={}&file=city.jpg", escaped(operations)));
    assert_eq!(picture.dimensions(), (427, 320));
    assert_quarters(&picture, [BLUE, RED, BLUE, RED]);
    let operations =
        r#"[{"operation":"convert","params":{"type":"jpeg"}},{"operation":"convert","params":{"type":"png"}}]"#;
    let picture = seen(&server, &format!("/pipeline?operations={}&file=logo.png", escaped(operations)));
    assert_at(&picture, (150, 20), [0, 0, 0, 255]);
}

#[test]
fn an_interlaced_picture_comes_coarsely_first() {
    let server = serve("");
    let is_progressive = |target: &str| server.get(target).body.windows(2).any(|marker| marker == [0xff, 0xc2]);
    assert!(is_progressive("/resize?width=100&interlace=true&file=city.jpg"));
    assert!(!is_progressive("/resize?width=100&file=city.jpg"));
}
