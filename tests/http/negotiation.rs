//! The format follows from what a client says that it shows: where a URL asks for that, and where the operator does.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use crate::client::Answer;
use crate::pictures::{decoded, media_type, photo, written};
use crate::server::{Place, Server, shipped};

/// As Chrome has it.
pub const BOTH: &str = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const PREFERRING: (&str, &str) = ("IMAGE_PROXY_PREFERRED_FORMATS", "avif,webp");
const CACHING: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");

fn accepting(server: &Server, target: &str, accept: &str) -> Answer {
    let answer = server.get_with(target, &[("Accept", accept)]);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    assert_eq!(answer.content_type(), media_type(&answer.body), "{target}");
    answer
}

fn format(server: &Server, target: &str, accept: &str) -> String {
    accepting(server, target, accept).content_type().split_off("image/".len())
}

fn shipped_server(variables: &[(&str, &str)]) -> Server {
    let root = shipped();
    Place::new().serve(&[&[("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap())], variables].concat())
}

#[test]
fn each_client_gets_the_best_that_it_shows() {
    let server = shipped_server(&[]);
    for (target, accept, expected) in [
        ("/nature/dandelion.jpg?size=99&format=auto", BOTH, "avif"),
        ("/nature/dandelion.jpg?size=99&fm=optimal", "image/webp", "webp"),
        ("/nature/dandelion.jpg?size=99&auto=format", "*/*", "jpeg"),
        ("/nature/dandelion.jpg?size=99&auto=format", "image/*", "jpeg"),
        ("/nature/dandelion.jpg?size=99&auto=true", "image/avif;q=0, IMAGE/WEBP ; Q=0.2", "webp"),
        ("/icons/camera.png?size=128&auto=format", BOTH, "avif"),
        ("/icons/camera.png?size=128&auto=format", "*/*", "png"),
        ("/icons/camera.png?size=128&auto=webp", BOTH, "webp"),
        ("/icons/camera.png?size=128&format=jpeg&auto=compress,webp", BOTH, "webp"),
        ("/icons/camera.png?size=128&format=jpeg&auto=compress,webp", "*/*", "jpeg"),
        ("/icons/camera.png?size=128&format=jpeg&auto=compress", BOTH, "jpeg"),
        ("/icons/monkey.svg?size=128&auto=format", BOTH, "webp"),
        ("/icons/monkey.svg?size=128&auto=format", "*/*", "png"),
        ("/animals/cat.webp?size=300&auto=format", BOTH, "avif"),
        ("/animals/cat.webp?size=300&auto=format", "*/*", "webp"),
        ("/nature/dandelion-close-up.avif?size=99&auto=format", "*/*", "jpeg"),
        ("/nature/dandelion-field.jxl?size=99&auto=format", "*/*", "jpeg"),
        ("/science/retina.tiff?size=99&format=auto", "text/html", "jpeg"),
        ("/science/retina.tiff?size=99&format=origin", BOTH, "png"),
        ("/nature/dandelion.jpg?size=99&output=original", BOTH, "jpeg"),
        ("/space/rocket.png?size=99&fm=pjpg", BOTH, "jpeg"),
        ("/space/rocket.png?size=99&fmt=png8", BOTH, "png"),
        ("/space/rocket.png?size=99&force_format=webpll", BOTH, "webp"),
    ] {
        assert_eq!(format(&server, target, accept), expected, "{target} {accept}");
    }
    let camera = accepting(&server, "/icons/camera.png?size=128&auto=format", BOTH).body;
    assert!(decoded(&camera).pixels().any(|pixel| pixel.0[3] == 0), "its transparency is kept");
    let none = server.get("/nature/dandelion.jpg?size=99&auto=format");
    assert_eq!(none.content_type(), "image/jpeg");
}

#[test]
fn where_the_operator_prefers_formats_all_urls_that_name_none_negotiate() {
    let server = shipped_server(&[PREFERRING]);
    for (target, expected) in [
        ("/nature/dandelion.jpg?size=99", "avif"),
        ("/people/astronaut.jpg", "avif"),
        ("/people/astronaut.jpg?v=7", "avif"),
        ("/people/astronaut.jpg?format=origin", "jpeg"),
        ("/people/astronaut.jpg?format=webp", "webp"),
        ("/icons/monkey.svg", "svg+xml"),
    ] {
        let answer = accepting(&server, target, BOTH);
        let vary = answer.header("vary").unwrap_or_default().contains("accept");
        assert_eq!(answer.content_type(), format!("image/{expected}"), "{target}");
        assert_eq!(vary, !target.contains("format="), "{target}");
    }
    assert_eq!(accepting(&server, "/people/astronaut.jpg?format=origin", BOTH).body, photo("people/astronaut.jpg"));
    assert_eq!(decoded(&accepting(&server, "/people/astronaut.jpg", BOTH).body).dimensions(), (384, 512), "upright");
    let webp_first = shipped_server(&[("IMAGE_PROXY_PREFERRED_FORMATS", "webp")]);
    assert_eq!(format(&webp_first, "/nature/dandelion.jpg?size=99&format=auto", BOTH), "webp");
    let without = shipped_server(&[PREFERRING, ("IMAGE_PROXY_ALLOWED_OUTPUT_FORMATS", "jpeg,webp")]);
    assert_eq!(format(&without, "/nature/dandelion.jpg?size=99", BOTH), "webp");
}

#[test]
fn what_cannot_be_made_for_the_operators_sake_is_sent_as_it_is() {
    let mut broken = photo("people/astronaut.jpg");
    broken.truncate(20_000);
    let limits = ("IMAGE_PROXY_MAX_SOURCE_PIXELS", "200000");
    let place = Place::with(&[("broken.jpg", broken), ("large.png", photo("space/rocket.png"))]);
    place.put("later.qoi", b"qoif\0\0\0\x01\0\0\0\x01\x03\0");
    place.age();
    let server = place.serve(&[PREFERRING, limits]);
    for target in ["/broken.jpg", "/large.png", "/later.qoi"] {
        for _ in 0..2 {
            let answer = server.get_with(target, &[("Accept", BOTH)]);
            assert_eq!((answer.status, answer.header("vary").as_deref()), (200, Some("accept")), "{target}");
            assert_eq!(answer.body, std::fs::read(place.root().join(&target[1..])).unwrap(), "{target}");
            let tag = answer.header("etag").unwrap();
            let known = server.get_with(target, &[("Accept", BOTH), ("If-None-Match", &tag)]);
            assert_eq!(known.status, 304, "{target}");
        }
        assert!(server.get_with(&format!("{target}?format=auto"), &[("Accept", BOTH)]).status >= 415, "{target}");
    }
}

#[test]
fn the_answer_varies_on_accept_whatever_its_status_where_the_format_is_negotiated() {
    let place = Place::with(&[("a.png", photo("space/rocket.png")), ("text.png", b"no image".to_vec())]);
    place.age();
    let server = place.serve(&[("IMAGE_PROXY_ALLOWED_OUTPUT_FORMATS", "webp,png")]);
    let tag = server.get("/a.png?format=auto").header("etag").unwrap();
    for (method, target, header, status) in [
        ("GET", "/a.png?format=auto", ("Accept", BOTH), 200),
        ("GET", "/a.png?format=auto", ("Accept", "*/*"), 200),
        ("HEAD", "/a.png?format=auto", ("Accept", BOTH), 200),
        ("GET", "/a.png?format=auto", ("If-None-Match", &*tag), 304),
        ("GET", "/a.png?format=auto", ("If-Match", "\"other\""), 412),
        ("GET", "/a.png?format=auto", ("Range", "bytes=0-9"), 206),
        ("GET", "/a.png?format=auto", ("Range", "bytes=999999999-"), 416),
        ("GET", "/a.png?format=auto&bw=maybe", ("Accept", BOTH), 400),
        ("GET", "/a.png?bw=maybe&auto=format", ("Accept", "application/json"), 400),
        ("GET", "/..%2fa.png?format=auto", ("Accept", BOTH), 400),
        ("GET", "/none.png?format=auto", ("Accept", BOTH), 404),
        ("POST", "/a.png?format=auto", ("Accept", BOTH), 405),
        ("GET", "/text.png?format=auto", ("Accept", BOTH), 415),
        ("GET", "/a.png?format=jpeg&auto=webp", ("Accept", "*/*"), 415),
    ] {
        let answer = server.ask(method, target, &[header]);
        let got = (answer.status, answer.header("vary"));
        assert_eq!(got, (status, Some("accept".to_owned())), "{method} {target} {header:?}");
        let plain = target.replace("auto", "other").replace("format=other", "format=png");
        let vary = server.ask(method, &plain, &[header]).header("vary");
        assert_eq!(vary.is_some(), header.1 == "application/json", "{method} {plain} {header:?}");
    }
    let both = server.get_with("/a.png?format=auto&size=90", &[("Accept", BOTH)]).header("vary");
    assert_eq!(both.as_deref(), Some("accept, sec-ch-dpr"));
}

#[test]
fn a_failure_of_ours_varies_as_the_image_would() {
    let gone = Place::new().serve(&[PREFERRING, ("IMAGE_PROXY_FALLBACK_IMAGE_URL", "http://127.0.0.1:1/")]);
    let answer = gone.get_with("/a.png", &[("Accept", BOTH)]);
    assert_eq!((answer.status, answer.header("vary").as_deref()), (502, Some("accept")));
}

#[test]
fn there_is_one_entry_for_each_format_however_accept_is_spelt() {
    let server = shipped_server(&[CACHING]);
    let target = "/nature/dandelion.jpg?size=90&auto=format";
    let mut tags = Vec::new();
    for spellings in [
        [BOTH, "image/webp;q=0.1,image/avif;q=0.2", "IMAGE/AVIF, image/webp", "image/avif"],
        ["image/webp", "image/webp,*/*", "image/avif;q=0,image/webp", "text/html,image/webp;q=0.001"],
        ["*/*", "image/*", "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "image/avif;q=0.000"],
    ] {
        let answers = spellings.map(|accept| accepting(&server, target, accept));
        let hits = answers.each_ref().map(|answer| answer.cache_status().unwrap());
        assert_eq!(hits, ["MISS", "HIT", "HIT", "HIT"], "{spellings:?}");
        let tag = answers[0].header("etag").unwrap();
        assert!(
            answers.iter().all(|answer| answer.header("etag").as_ref() == Some(&tag) && answer.body == answers[0].body)
        );
        let known = server.get_with(target, &[("Accept", spellings[1]), ("If-None-Match", &tag)]);
        assert_eq!((known.status, known.header("vary").as_deref()), (304, Some("accept, sec-ch-dpr")));
        tags.push(tag);
    }
    let other = server.get_with(target, &[("Accept", BOTH), ("If-None-Match", &tags[2])]);
    assert_eq!(other.status, 200, "the tag of another format is another version");
    tags.dedup();
    assert_eq!(tags.len(), 3);
    assert_eq!(server.metric("image_proxy_http_requests_total", &["outcome=\"rendered\""]), 3.0);
}

#[test]
fn a_head_says_what_the_image_is() {
    let server = shipped_server(&[]);
    for (target, accept) in [
        ("/nature/dandelion.jpg?size=90&auto=format", BOTH),
        ("/nature/dandelion.jpg?size=90&auto=format", "image/webp"),
        ("/icons/camera.png?auto=format", "*/*"),
    ] {
        let image = accepting(&server, target, accept);
        let head = server.ask("HEAD", target, &[("Accept", accept)]);
        for name in ["content-type", "content-length", "etag", "vary", "content-disposition"] {
            assert_eq!(head.header(name), image.header(name), "{target} {name}");
        }
    }
}

/// Several lines of one header are one list.
#[test]
fn accept_may_come_in_several_lines() {
    let server = shipped_server(&[]);
    let lines = [("Accept", "text/html"), ("Accept", "image/webp;q=0"), ("Accept", "image/avif")];
    assert_eq!(server.get_with("/nature/dandelion.jpg?size=90&auto=format", &lines).content_type(), "image/avif");
}

/// Icons, line drawings, text and patterns, each of a few colours.
fn flat_pictures() -> Vec<(String, Vec<u8>)> {
    let mut pictures = Vec::new();
    for edge in [16u32, 24, 48, 96, 200, 400] {
        let inside = |x: u32, y: u32, share: f64| {
            let [x, y] = [x, y].map(|at| (f64::from(at) + 0.5) / f64::from(edge) - 0.5);
            ((share - x.hypot(y)) * f64::from(edge)).clamp(0.0, 1.0)
        };
        let disc = RgbaImage::from_fn(edge, edge, |x, y| Rgba([220, 40, 60, (inside(x, y, 0.45) * 255.0) as u8]));
        let ring = RgbaImage::from_fn(edge, edge, |x, y| {
            let alpha = inside(x, y, 0.45) - inside(x, y, 0.3);
            Rgba([20, 20, 30, (alpha * 255.0) as u8])
        });
        let bars = RgbImage::from_fn(edge, edge, |x, y| {
            let is_bar = y * 7 > edge * (x * 7 / edge + 1) % (edge * 5);
            Rgb(if is_bar { [30, 110, 220] } else { [250; 3] })
        });
        let text = RgbImage::from_fn(edge, edge, |x, y| {
            let is_ink = y % 12 < 8 && (x / 2 * 2_654_435 + y / 12 * 40_503 + (y % 12) / 3 * 97) % 7 < 3;
            Rgb(if is_ink { [20; 3] } else { [255; 3] })
        });
        let checks = GrayImage::from_fn(edge, edge, |x, y| Luma([255 * ((x / 2 + y / 2) % 2) as u8]));
        let slope = RgbImage::from_fn(edge, edge, |x, y| Rgb([(x * 255 / edge) as u8, (y * 255 / edge) as u8, 128]));
        let all: [(&str, DynamicImage); 6] = [
            ("disc", disc.into()),
            ("ring", ring.into()),
            ("bars", bars.into()),
            ("text", text.into()),
            ("checks", checks.into()),
            ("slope", slope.into()),
        ];
        for (name, picture) in all {
            let mut bytes = Cursor::new(Vec::new());
            picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
            pictures.push((format!("{name}-{edge}.png"), bytes.into_inner()));
        }
    }
    pictures
}

#[test]
fn a_flat_picture_is_never_larger_than_in_its_own_format() {
    let (place, pictures) = (Place::new(), flat_pictures());
    for (name, bytes) in &pictures {
        place.put(name, bytes);
    }
    let (server, mut larger) = (place.serve(&[]), Vec::new());
    for (name, _) in pictures {
        let edge: u32 = name.split(['-', '.']).nth(1).unwrap().parse().unwrap();
        for size in [edge, edge * 3 / 4, edge / 2, edge / 4].into_iter().filter(|size| *size >= 8) {
            let length =
                |query: &str, accept| accepting(&server, &format!("/{name}?size={size}&{query}"), accept).body.len();
            let own = length("format=origin", BOTH);
            for accept in [BOTH, "image/avif", "image/webp"] {
                let negotiated = length("auto=format", accept);
                if negotiated > own {
                    larger.push(format!("{name} at {size} for {accept}: {negotiated} instead of {own} bytes"));
                }
            }
        }
    }
    assert!(larger.is_empty(), "{larger:#?}");
}

#[test]
fn an_original_that_would_grow_is_its_own_rendition() {
    // Noise of two colours, which PNG packs in a bit each.
    let mut state = 1u32;
    let noise = GrayImage::from_fn(64, 64, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Luma([if state >> 31 == 0 { 0 } else { 255 }])
    });
    let mut original = Vec::new();
    let mut encoder = png::Encoder::new(&mut original, 64, 64);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(noise.as_raw()).unwrap();
    writer.finish().unwrap();
    let server = Place::with(&[("a.png", &original)]).serve(&[CACHING]);
    let head = |name| server.ask("HEAD", "/a.png?auto=avif", &[("Accept", "image/avif")]).header(name);
    let answer = accepting(&server, "/a.png?auto=avif", "image/avif");
    assert!(answer.body.len() <= original.len());
    assert_eq!(head("content-type"), Some(answer.content_type()), "known once it was made");
    assert_eq!(head("content-length"), Some(answer.body.len().to_string()));
}

fn animation(edge: u32, is_busy: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for frame in 0..6u32 {
        let picture = RgbaImage::from_fn(edge, edge, |x, y| {
            let value =
                if is_busy { (x * 7 + y * 13 + x * y * (frame + 3)) % 251 } else { 200 * u32::from(x / 8 == frame) };
            Rgba([value as u8, (value / 2) as u8, 40, 255])
        });
        encoder
            .encode_frame(Frame::from_parts(
                picture,
                0,
                0,
                image::Delay::from_saturating_duration(Duration::from_millis(80)),
            ))
            .unwrap();
    }
    drop(encoder);
    bytes
}

fn frames(bytes: &[u8]) -> usize {
    match media_type(bytes) {
        "image/webp" => bytes.windows(4).filter(|name| *name == b"ANMF").count(),
        "image/gif" => bytes.windows(4).filter(|block| block[..3] == [0x21, 0xf9, 4]).count(),
        _ => 1,
    }
}

#[test]
fn an_animation_is_kept_and_a_flat_one_does_not_grow() {
    let place = Place::with(&[("busy.gif", animation(120, true)), ("flat.gif", animation(120, false))]);
    let server = place.serve(&[]);
    for (target, accept, expected) in [
        ("/busy.gif?size=60&auto=format", BOTH, "image/webp"),
        ("/busy.gif?auto=format", BOTH, "image/webp"),
        ("/busy.gif?size=60&auto=format", "image/avif", "image/gif"),
        ("/busy.gif?size=60&auto=format", "*/*", "image/gif"),
        ("/flat.gif?size=60&auto=format", BOTH, "image/gif"),
        ("/flat.gif?auto=format", BOTH, "image/gif"),
    ] {
        let answer = accepting(&server, target, accept);
        assert_eq!((answer.content_type().as_str(), frames(&answer.body)), (expected, 6), "{target} {accept}");
    }
}

#[test]
fn transparency_survives_where_nothing_is_accepted() {
    let clear = RgbaImage::from_fn(40, 40, |x, _| Rgba([200, 10, 10, if x < 20 { 0 } else { 255 }]));
    let opaque = RgbImage::from_pixel(40, 40, Rgb([1, 2, 3]));
    let mut tiff = Cursor::new(Vec::new());
    DynamicImage::ImageRgba8(clear).write_to(&mut tiff, ImageFormat::Tiff).unwrap();
    let bmp = written(&DynamicImage::ImageRgb8(opaque).to_rgba8(), ImageFormat::Bmp);
    let server = Place::with(&[("clear.tiff", tiff.into_inner()), ("opaque.bmp", bmp)]).serve(&[]);
    assert_eq!(format(&server, "/clear.tiff?size=20&auto=format", "*/*"), "png");
    assert_eq!(format(&server, "/opaque.bmp?size=20&auto=format", "*/*"), "jpeg");
}

#[test]
fn hints_of_the_client_are_read_where_the_operator_names_them() {
    let target = "/nature/dandelion.jpg?format=auto";
    let width = |server: &Server, target: &str, headers: &[(&str, &str)]| {
        let accept = [("Accept", "image/webp")];
        let answer = server.get_with(target, &[&accept, headers].concat());
        (decoded(&answer.body).width(), answer.header("vary").unwrap_or_default())
    };
    let hints = [("Sec-CH-Width", "300"), ("Sec-CH-DPR", "3"), ("Save-Data", "on")];
    let server = shipped_server(&[("IMAGE_PROXY_CLIENT_HINTS", "sec-ch-width,sec-ch-dpr,save-data")]);
    let all = "accept, sec-ch-dpr, sec-ch-width, save-data".to_owned();
    assert_eq!(width(&server, target, &hints[..2]), (300, all.clone()));
    assert_eq!(width(&server, target, &hints), (100, all));
    let plain = "/nature/dandelion.jpg?size=100&format=webp";
    assert_eq!(width(&server, plain, &hints), (100, "sec-ch-dpr, save-data".to_owned()));
    assert_eq!(width(&server, &format!("{plain}&dpr=2"), &hints[2..]), (100, "save-data".to_owned()));
    assert_eq!(width(&shipped_server(&[]), plain, &hints), (300, "sec-ch-dpr".to_owned()));
}
