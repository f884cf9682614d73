//! How large a picture comes out, and which part of it: the words of other services mean here what they mean there.

use image::{ImageFormat, Rgba, RgbaImage};

use crate::pictures::{decoded, photo, quarters, written};
use crate::server::{Place, Server, shipped};

const RED: [u8; 4] = [255, 0, 0, 255];
const GREEN: [u8; 4] = [0, 255, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 255];
const WHITE: [u8; 4] = [255; 4];

fn serve_shipped() -> (Place, Server) {
    let place = Place::new();
    let root = shipped();
    let settings = [("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap()), ("IMAGE_PROXY_ENABLE_CACHE", "true")];
    let server = place.serve(&settings);
    (place, server)
}

fn dimensions(server: &Server, target: &str) -> (u32, u32) {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    decoded(&answer.body).dimensions()
}

/// 80x40: red, green above, blue, white below.
fn page() -> RgbaImage {
    quarters(80, 40, [RED, GREEN, BLUE, WHITE])
}

fn serve_page() -> (Place, Server) {
    let place = Place::with(&[("a.png", written(&page(), ImageFormat::Png))]);
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    (place, server)
}

fn rgba(server: &Server, target: &str) -> RgbaImage {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    decoded(&answer.body)
}

/// Dimensions, a picture, and queries that all ask for the same.
type Spelt = ((u32, u32), &'static str, &'static [&'static str]);

const SPELLINGS: [Spelt; 6] = [
    ((800, 600), "/nature/dandelion.jpg", &["width=800&format=webp", "size=800&format=webp", "h=600&format=webp"]),
    (
        (400, 300),
        "/nature/dandelion.jpg",
        &[
            "w=400&h=400",
            "w=400&h=400&fit=clip",
            "w=400&h=400&fit=max",
            "w=400&h=400&fit=bounds",
            "w=400&h=400&fit=inside",
            "w=400&h=400&fit=contain",
            "w=400&h=400&fit=scale-down",
            "w=400&fit=min",
            "w=400&fit=fill",
            "w=200&dpr=2",
            "w=800&zoom=0.5",
            "fit=400,400",
            "size=400",
        ],
    ),
    (
        (400, 400),
        "/nature/dandelion.jpg",
        &[
            "w=400&h=400&fit=crop",
            "w=400&h=400&fit=cover",
            "w=400&h=400&fit=min",
            "w=400&h=400&fit=thumb",
            "w=400&h=400&crop=center",
            "w=400&h=400&crop=1",
            "resize=400,400",
            "ar=1:1&w=400",
            "w=400&h=400&resize=cover",
            "width=400&height=400&fit=cover&position=center",
        ],
    ),
    (
        (400, 200),
        "/nature/dandelion.jpg",
        &["w=400&h=200&fit=scale", "w=400&h=200&fit=fill", "w=400&h=200&fit=squeeze", "w=400&h=200&fit=stretch"],
    ),
    (
        (200, 200),
        "/people/astronaut.jpg",
        &[
            "width=200&height=200&crop=top",
            "w=200&h=200&fit=thumb&gravity=north",
            "w=200&h=200&fit=crop&crop=top",
            "w=200&h=200&fit=cover&a=top",
        ],
    ),
    ((300, 200), "/space/rocket.png", &["w=300&flip=h", "w=300&flop=1", "w=300&rotate=180&flip=v"]),
];

#[test]
fn every_spelling_of_a_wish_is_one_rendition() {
    let (_place, server) = serve_shipped();
    for (expected, path, queries) in SPELLINGS {
        let mut tags = Vec::new();
        for query in queries {
            let target = format!("{path}?{query}");
            let answer = server.get(&target);
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            assert_eq!(decoded(&answer.body).dimensions(), expected, "{target}");
            tags.push(answer.header("etag"));
        }
        assert!(tags.iter().all(|tag| *tag == tags[0]), "{queries:?}: {tags:?}");
    }
}

#[test]
fn dimensions_are_those_that_the_words_mean() {
    let (_place, server) = serve_shipped();
    for (target, expected) in [
        ("/nature/dandelion.jpg?fit=300,300", (300, 225)),
        ("/nature/dandelion.jpg?w=0.25", (1008, 756)),
        ("/nature/dandelion.jpg?w=25p", (1008, 756)),
        ("/nature/dandelion.jpg?lb=400,400", (400, 400)),
        ("/people/astronaut.jpg?w=192", (192, 256)),
        ("/people/astronaut.jpg?rect=0,0,384,192&w=192", (192, 96)),
        ("/space/hubble-deep-field.jpg?w=300&h=300&fit=crop&fp-x=0&fp-y=0.5", (300, 300)),
        ("/space/hubble-deep-field.jpg?aspect_ratio=1:1&width=300", (300, 300)),
        ("/space/hubble-deep-field.jpg?ar=16:9&w=320", (320, 180)),
        ("/space/hubble-deep-field.jpg?crop=500,436&crop_gravity=northwest", (500, 436)),
        ("/space/hubble-deep-field.jpg?width=300&height=200&resize=contain", (229, 200)),
        ("/space/hubble-deep-field.jpg?crop=0px,0px,100px,50px", (100, 50)),
        ("/space/hubble-deep-field.jpg?crop=100,50,x10,y20", (100, 50)),
        ("/animals/cat.webp?w=300&dpr=2", (451, 300)),
        ("/animals/cat.webp?w=900&h=900&fit=cover", (300, 300)),
        ("/animals/cat.webp?w=900&enlarge=1&format=png", (900, 599)),
        ("/animals/cat.webp?crop=region&crop_left=51&crop_top=0&crop_width=300&crop_height=300", (300, 300)),
        ("/animals/cat.webp?w=100&h=100&fit=outside", (150, 100)),
        ("/animals/cat.webp?w=100&pad=10,20&dpr=2", (280, 173)),
        ("/animals/cat.webp?w=200&rotate=90", (200, 301)),
        ("/animals/cat.webp?rotate=45", (531, 531)),
    ] {
        assert_eq!(dimensions(&server, target), expected, "{target}");
    }
}

#[test]
fn what_cannot_be_is_refused_in_words_that_help() {
    let (_place, server) = serve_shipped();
    for (query, words) in [
        ("crop=0,0,100,100", "rect=x,y,w,h"),
        ("fit=facearea", "fit: expected one of contain, cover"),
        ("w=300&h=300&fit=pad&bg=80ff0000", "bg: expected a colour"),
        ("w=0", "w: expected pixels from 1 to 16384"),
        ("width=16385", "width: expected"),
        ("size=400&w=300", "size: expected no w or h beside it"),
        ("rect=5000,0,10,10", "rect: expected an area that touches the picture of 640x427"),
        ("rect=0,0,0,10", "rect: expected x,y,w,h"),
        ("ar=16", "ar: expected a ratio"),
        ("gravity=nowhere", "gravity: expected words"),
        ("fp-x=1.5", "fp-x: expected a number from 0 to 1"),
        ("rotate=x", "rotate: expected degrees"),
        ("zoom=11", "zoom: expected a number from 0.1 to 10"),
        ("pad=1,2,3", "pad: expected one length"),
        ("flip=x", "flip: expected one of"),
    ] {
        let answer = server.get(&format!("/space/rocket.png?{query}"));
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert!(answer.text().contains(words), "{query}: {}", answer.text());
    }
}

#[test]
fn the_part_that_stays_is_where_the_gravity_puts_it() {
    let (_place, server) = serve_page();
    let middle = |query: &str| {
        let picture = rgba(&server, &format!("/a.png?{query}"));
        picture.get_pixel(picture.width() / 2, picture.height() / 2).0
    };
    for (query, colour) in [
        ("crop=20,20&gravity=northwest", RED),
        ("crop=20,20&gravity=top+right", GREEN),
        ("crop=20,20&position=left,bottom", BLUE),
        ("crop=20,20&g=southeast", WHITE),
        ("crop=20,20&gravity=0.25x0.25", RED),
        ("crop=20,20&fp-x=0.75&fp-y=0.75", WHITE),
        ("rect=60,0,20,20", GREEN),
        ("rect=60,20,900,900", WHITE),
        ("rotate=90&crop=20,20&gravity=northwest", RED),
        ("rect=0,0,40,40&flip=v&crop=1", RED),
    ] {
        assert_eq!(middle(query), colour, "{query}");
    }
    let corner = |query: &str| rgba(&server, &format!("/a.png?{query}")).get_pixel(0, 0).0;
    assert_eq!(corner("rotate=90"), BLUE);
    assert_eq!(corner("rotate=-90"), GREEN);
    assert_eq!(corner("rotate=180"), WHITE);
    assert_eq!(corner("flip=h"), GREEN);
    assert_eq!(corner("flip=v"), BLUE);
    assert_eq!(corner("flip"), BLUE);
    assert_eq!(corner("rotate=90&flip=h"), RED);
}

#[test]
fn a_canvas_and_a_border_have_the_colour_that_was_asked_for_or_none() {
    let (_place, server) = serve_page();
    let padded = rgba(&server, "/a.png?w=80&h=80&fit=pad&bg=3366cc");
    assert_eq!(padded.dimensions(), (80, 80));
    for y in [0, 19, 60, 79] {
        assert_eq!(padded.get_pixel(40, y).0, [0x33, 0x66, 0xcc, 255], "row {y}");
    }
    assert_eq!((padded.get_pixel(0, 20).0, padded.get_pixel(79, 59).0), (RED, WHITE));
    assert_eq!(rgba(&server, "/a.png?w=80&h=80&fit=fill&background=%233366cc"), padded);
    let clear = rgba(&server, "/a.png?w=80&h=80&fit=pad&gravity=north");
    assert_eq!((clear.get_pixel(0, 0).0, clear.get_pixel(0, 79).0), (RED, [0; 4]));
    let bordered = rgba(&server, "/a.png?pad=1,2,3,4&bg=orange");
    assert_eq!(bordered.dimensions(), (86, 44));
    assert_eq!((bordered.get_pixel(3, 1).0, bordered.get_pixel(4, 1).0), ([255, 165, 0, 255], RED));
    let half = rgba(&server, "/a.png?pad=5&bg=10,20,30,0.5");
    assert_eq!((half.get_pixel(0, 0).0, half.get_pixel(5, 5).0), ([10, 20, 30, 128], RED));
    let jpeg = rgba(&server, "/a.png?pad=32&format=jpeg");
    assert!(jpeg.get_pixel(0, 0).0.iter().all(|level| *level > 250), "white is the operator's background");
}

#[test]
fn corners_beside_a_turned_picture_are_transparent_or_coloured() {
    let (_place, server) = serve_page();
    let turned = rgba(&server, "/a.png?rotate=45");
    assert_eq!(turned.dimensions(), (85, 85));
    assert_eq!(turned.get_pixel(0, 0).0, [0; 4]);
    assert_eq!(turned.get_pixel(42, 20).0, RED, "the upper left quarter points up");
    assert_eq!(rgba(&server, "/a.png?rotate=45&bg=000").get_pixel(0, 0).0, [0, 0, 0, 255]);
    let small = rgba(&server, "/a.png?rotate=45&w=40");
    assert_eq!((small.dimensions(), small.get_pixel(20, 10).0), ((40, 40), RED));
    assert_eq!(small.get_pixel(1, 1).0, [0; 4]);
}

#[test]
fn a_background_is_put_behind_what_is_transparent_and_leaves_the_rest_alone() {
    let clear = RgbaImage::from_fn(20, 20, |x, _| Rgba(if x < 10 { [0; 4] } else { [0, 0, 255, 128] }));
    let files = [("clear.png", written(&clear, ImageFormat::Png)), ("a.webp", photo("animals/cat.webp"))];
    let place = Place::with(&files);
    let server = place.serve(&[]);
    let flat = rgba(&server, "/clear.png?bg=fff");
    assert_eq!((flat.get_pixel(0, 0).0, flat.get_pixel(15, 0).0), (WHITE, [127, 127, 255, 255]));
    let opaque = server.get("/a.webp?bg=fff");
    assert_eq!(opaque.body, files[1].1, "nothing shows through, so that the file is the answer");
}

#[test]
fn the_ratio_of_the_screen_counts_wherever_an_edge_is_asked_for() {
    let (_place, server) = serve_shipped();
    for query in ["w=100", "h=100", "size=100", "fit=100,100", "resize=100,100"] {
        let target = format!("/nature/dandelion.jpg?{query}");
        let answer = server.get_with(&target, &[("Sec-CH-DPR", "2")]);
        assert_eq!(answer.header("vary").as_deref(), Some("sec-ch-dpr"), "{query}");
        let width = |body: &[u8]| decoded(body).width();
        let (ratio, plain) = (width(&answer.body), width(&server.get(&target).body));
        assert!(ratio.abs_diff(2 * plain) <= 1, "{query}: {ratio} and {plain}");
    }
    for query in ["fit=cover&format=png", "rect=0,0,10,10", "w=100&dpr=1"] {
        let answer = server.get_with(&format!("/animals/cat.webp?{query}"), &[("Sec-CH-DPR", "2")]);
        assert_eq!(answer.header("vary"), None, "{query}");
    }
}

#[test]
fn a_part_of_a_photo_at_another_size_is_that_of_the_whole() {
    let (_place, server) = serve_shipped();
    let whole = rgba(&server, "/nature/dandelion.jpg?format=png");
    let part = rgba(&server, "/nature/dandelion.jpg?rect=1001,501,1203,1204&w=301&format=png");
    assert_eq!(part.dimensions(), (301, 301));
    let cut = image::imageops::crop_imm(&whole, 1001, 501, 1203, 1204).to_image();
    let expected = image::imageops::resize(&cut, 301, 301, image::imageops::FilterType::Lanczos3);
    let difference: u64 = part.as_raw().iter().zip(expected.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = difference as f64 / part.as_raw().len() as f64;
    assert!(mean < 1.5, "a mean of {mean} levels");
}
