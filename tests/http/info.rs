//! What pages ask of a picture before it is there: what is known of it, its colours and hashes, and a very small one of it.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::pictures::{decoded, original, photo};
use crate::references::javascript;
use crate::server::{Place, Server, shipped};

const KEYS: [&str; 16] = [
    "width",
    "height",
    "format",
    "bytes",
    "alpha",
    "frames",
    "duration_ms",
    "orientation",
    "colour_space",
    "bits",
    "dominant",
    "average",
    "palette",
    "thumbhash",
    "blurhash",
    "version",
];

/// The reference implementations, of the pixels that come in: a width, a height, then red, green, blue and alpha of each, and
/// the same once more without transparency.
const HASHES: &str = r"
import { readFileSync } from 'node:fs';
import { encode } from 'blurhash';
import { rgbaToThumbHash } from 'thumbhash';
const input = readFileSync(0);
const [width, height] = [input.readUInt32LE(0), input.readUInt32LE(4)];
const bytes = width * height * 4;
const [clear, flat] = [8, 8 + bytes].map((at) => new Uint8ClampedArray(input.subarray(at, at + bytes)));
const thumbhash = Buffer.from(rgbaToThumbHash(width, height, clear)).toString('base64').replace(/=+$/, '');
console.log(JSON.stringify({ thumbhash, blurhash: encode(flat, width, height, 4, 3) }));
";

fn serve() -> Server {
    let root = shipped();
    Place::new().serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true"), ("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap())])
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn told(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "application/json"), "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn parts(told: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| (name.to_string(), told[name].clone())).collect::<serde_json::Map<_, _>>().into()
}

fn colour(text: &Value) -> [u8; 3] {
    let text = text.as_str().unwrap();
    assert!(text.len() == 7 && text.starts_with('#') && !text.contains(char::is_uppercase), "{text}");
    [1, 3, 5].map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
}

fn are_near(one: [u8; 3], other: [u8; 3], levels: u8) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= levels)
}

#[test]
fn what_is_known_of_an_original_is_told_and_nothing_else() {
    let server = serve();
    for (path, expected) in [
        (
            "/people/astronaut.jpg",
            json!({ "format": "jpeg", "alpha": false, "orientation": 6, "colour_space": "srgb", "bits": 8, "frames": 1, "duration_ms": 0 }),
        ),
        ("/science/handwriting.png", json!({ "format": "png", "frames": 1, "orientation": 1 })),
        ("/icons/camera.png", json!({ "format": "png", "alpha": true, "colour_space": "srgb" })),
        ("/animals/cat.webp", json!({ "format": "webp", "frames": 1, "duration_ms": 0 })),
        ("/icons/monkey.svg", json!({ "format": "svg", "alpha": true })),
        ("/nature/dandelion-close-up.avif", json!({ "format": "avif", "bits": 8, "colour_space": "srgb" })),
        ("/nature/dandelion-field.jxl", json!({ "format": "jxl", "bits": 8 })),
        ("/science/retina.tiff", json!({ "format": "tiff", "bits": 8, "colour_space": "srgb", "alpha": false })),
    ] {
        let file = server.get(path);
        let info = told(&server.get(&format!("{path}?info")));
        let mut keys: Vec<_> = info.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected_keys = KEYS;
        keys.sort_unstable();
        expected_keys.sort_unstable();
        assert_eq!(keys, expected_keys, "{path}");
        let names: Vec<_> = expected.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(parts(&info, &names), expected, "{path}");
        assert_eq!(info["bytes"], file.body.len(), "{path}");
        assert!((1..=6).contains(&info["palette"].as_array().unwrap().len()), "{path}");
        assert_eq!(info["palette"][0], info["dominant"], "{path}");
        assert!(info["palette"].as_array().unwrap().iter().all(|text| colour(text).len() == 3), "{path}");
        // As displayed, whatever lies on its side.
        let upright = decoded(&server.get(&format!("{path}?format=jpeg&q=1")).body).dimensions();
        assert_eq!((&info["width"], &info["height"]), (&json!(upright.0), &json!(upright.1)), "{path}");
        for hash in ["blurhash", "thumbhash"] {
            assert_eq!(server.get(&format!("{path}?format={hash}")).text(), info[hash].as_str().unwrap(), "{path}");
        }
    }
}

#[test]
fn colours_are_told_as_they_are_seen() {
    let halves =
        RgbaImage::from_fn(200, 90, |x, _| if x < 120 { Rgba([200, 30, 40, 255]) } else { Rgba([0, 0, 0, 0]) });
    let quarter = RgbImage::from_fn(400, 300, |x, _| if x < 100 { Rgb([20, 200, 90]) } else { Rgb([240, 240, 240]) });
    let place = Place::with(&[
        ("clear.png", png(halves)),
        ("flat.png", png(quarter)),
        ("photo.jpg", photo("nature/dandelion.jpg")),
    ]);
    let server = place.serve(&[]);
    let clear = told(&server.get("/clear.png?info"));
    assert_eq!(parts(&clear, &["average", "dominant"]), json!({ "average": "#c81e28", "dominant": "#c81e28" }));
    let flat = told(&server.get("/flat.png?info"));
    assert_eq!(flat["dominant"], "#f0f0f0");
    assert!(flat["palette"].as_array().unwrap().contains(&json!("#14c85a")), "{flat}");
    assert!(are_near(colour(&flat["average"]), [185, 230, 203], 1), "{flat}");
    let picture = decoded(&server.get("/photo.jpg").body);
    let mean = [0, 1, 2].map(|channel| {
        let sum: u64 = picture.pixels().map(|pixel| u64::from(pixel.0[channel])).sum();
        (sum as f64 / f64::from(picture.width() * picture.height())).round() as u8
    });
    assert!(are_near(colour(&told(&server.get("/photo.jpg?info"))["average"]), mean, 1), "{mean:?}");
}

#[test]
fn what_is_stored_otherwise_is_told_so() {
    let animation = photo("animals/cat-zoom.gif");
    let place = Place::with(&[
        ("cmyk.jpg", original("cmyk.jpg")),
        ("sixteen.png", original("sixteen-bit.png")),
        ("gray.png", png(GrayImage::new(30, 20))),
        ("cat.gif", animation.clone()),
        ("garbage.jpg", b"\xff\xd8\xffgarbage".to_vec()),
    ]);
    let server = place.serve(&[("IMAGE_PROXY_MAX_FRAMES", "2")]);
    let of = |path: &str| told(&server.get(&format!("{path}?info")));
    assert_eq!(of("/cmyk.jpg")["colour_space"], "cmyk");
    assert_eq!(of("/sixteen.png")["bits"], 16);
    assert_eq!(parts(&of("/gray.png"), &["colour_space", "bits"]), json!({ "colour_space": "gray", "bits": 8 }));
    let mut decoder = gif_frames(&animation);
    let (count, milliseconds) = decoder.by_ref().fold((0, 0), |(count, sum), shown| (count + 1, sum + shown));
    // Whatever the limit on what is made of it.
    assert!(count > 2);
    assert_eq!(
        parts(&of("/cat.gif"), &["frames", "duration_ms"]),
        json!({ "frames": count, "duration_ms": milliseconds })
    );
    assert_eq!(server.get("/garbage.jpg?info").status, 422);
    assert_eq!(server.get("/missing.jpg?info").status, 404);
}

/// For how many milliseconds each frame is shown.
fn gif_frames(file: &[u8]) -> impl Iterator<Item = u64> {
    use image::AnimationDecoder as _;
    let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(file.to_vec())).unwrap();
    decoder.into_frames().map(|frame| {
        let (numerator, denominator) = frame.unwrap().delay().numer_denom_ms();
        u64::from(numerator / denominator)
    })
}

#[test]
fn it_is_cached_tagged_and_asked_for_in_two_ways() {
    let server = serve();
    let (path, other) = ("/nature/dandelion.jpg?info", "/nature/dandelion.jpg?w=40&bw=1&format=JSON");
    let answer = server.get_with(path, &[("Accept", "image/webp"), ("Sec-CH-DPR", "2")]);
    assert_eq!((answer.cache_status().as_deref(), answer.header("vary")), (Some("MISS"), None));
    assert_eq!(answer.header("content-disposition").as_deref(), Some("inline; filename=\"dandelion.json\""));
    let again = server.get(other);
    assert_eq!((again.cache_status().as_deref(), &again.body), (Some("HIT"), &answer.body));
    assert_eq!(again.header("etag"), answer.header("etag"));
    let tag = answer.header("etag").unwrap();
    for path in [path, other] {
        assert_eq!(server.get_with(path, &[("If-None-Match", &tag)]).status, 304);
        let head = server.ask("HEAD", path, &[]);
        assert_eq!((head.status, head.header("content-length")), (200, answer.header("content-length")));
    }
    for query in ["info=1", "info=true&format=webp", "INFO"] {
        assert_eq!(server.get(&format!("/nature/dandelion.jpg?{query}")).header("etag"), Some(tag.clone()), "{query}");
    }
    assert_eq!(server.get("/nature/dandelion.jpg?info=0").content_type(), "image/jpeg");
    assert_eq!(server.get("/nature/dandelion.jpg?info=all").status, 400);
}

#[test]
fn the_version_changes_with_the_original_and_nothing_else() {
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg"))]);
    let server = place.serve(&[]);
    let version = || told(&server.get("/a.jpg?info"))["version"].as_str().unwrap().to_owned();
    let first = version();
    assert!((16..=128).contains(&first.len()), "{first}");
    assert!(first.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{first}");
    assert_eq!(version(), first);
    place.put("a.jpg", photo("people/astronaut.jpg"));
    assert_ne!(version()[..8], first[..8]);
}

#[test]
fn hashes_are_those_of_the_reference_implementations() {
    let server = serve();
    let flat = RgbaImage::from_pixel(60, 20, Rgba([10, 200, 30, 255]));
    let shades = RgbaImage::from_fn(33, 77, |x, y| Rgba([x as u8 * 7, y as u8 * 3, 128, (x * 3 + y * 2) as u8]));
    let place = Place::with(&[("flat.png", flat), ("shades.png", shades)].map(|(name, picture)| (name, png(picture))));
    let own = place.serve(&[]);
    let shipped = [
        "/nature/dandelion.jpg",
        "/people/astronaut.jpg",
        "/icons/camera.png",
        "/animals/cat.webp",
        "/science/handwriting.png",
        "/icons/monkey.svg",
    ];
    let all = shipped.map(|path| (&server, path)).into_iter().chain([(&own, "/flat.png"), (&own, "/shades.png")]);
    for (server, path) in all {
        let clear = decoded(&server.get(&format!("{path}?size=100&format=png")).body);
        let flat = decoded(&server.get(&format!("{path}?size=100&format=png&bg=white")).body);
        let sides = [clear.width(), clear.height()].map(u32::to_le_bytes).concat();
        let Some(expected) = javascript(HASHES, &[&sides, clear.as_raw().as_slice(), flat.as_raw()].concat()) else {
            return;
        };
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let info = told(&server.get(&format!("{path}?info")));
        assert_eq!(parts(&info, &["thumbhash", "blurhash"]), expected, "{path}");
    }
}

#[test]
fn a_data_uri_shows_the_picture_in_at_most_400_bytes() {
    let server = serve();
    for path in ["/nature/grass.png", "/people/astronaut.jpg", "/icons/camera.png", "/space/hubble-deep-field.jpg"] {
        let answer = server.get(&format!("{path}?format=lqip"));
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "text/plain; charset=utf-8"));
        let uri = answer.text();
        assert!(uri.len() <= 400, "{path}: {}", uri.len());
        let file = STANDARD.decode(uri.strip_prefix("data:image/webp;base64,").unwrap()).unwrap();
        let tiny = decoded(&file);
        // With transparency, fewer of them are as many bytes.
        let edge = tiny.width().max(tiny.height());
        assert!(edge == 32 || (edge == 16 && path == "/icons/camera.png"), "{path}: {edge}");
        let small = decoded(&server.get(&format!("{path}?size={edge}&format=png")).body);
        assert_eq!(tiny.dimensions(), small.dimensions(), "{path}");
        let difference = crate::pictures::difference(&tiny, &small);
        // Transparency is coded, too, and what it hides is nothing.
        let most = if edge == 32 { 16.0 } else { 40.0 };
        assert!(difference < most, "{path}: {difference}");
    }
    // What is asked of the picture is asked of the small one, too.
    let gray = server.get("/people/astronaut.jpg?format=lqip&bw=1&ar=1:1").text();
    let gray = decoded(&STANDARD.decode(gray.strip_prefix("data:image/webp;base64,").unwrap()).unwrap());
    assert_eq!(gray.dimensions(), (32, 32));
    assert!(gray.pixels().all(|pixel| pixel.0[0].abs_diff(pixel.0[2]) < 12));
}
