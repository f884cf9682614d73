//! The dialect of picfit: its methods, operations, refusals and headers, beside the native one.

use std::fs;
use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{Frame, RgbaImage};
use image_proxy::codec::{CodecSettings, Codecs, Picture, PixelLayout};
use image_proxy::request::{Dimensions, Format, OutputFormat};
use serde_json::Value;

use crate::client::Answer;
use crate::pictures::{BLUE, GREEN, RED, WHITE, are_close, decoded, media_type, quarter_colours, quarters};
use crate::server::{Place, Server};
use crate::upstream::Upstream;

const MOUNTED: (&str, &str) = ("IMAGE_PROXY_DIALECTS", "picfit=/img");
const COLOURS: [[u8; 4]; 4] = [RED, GREEN, BLUE, WHITE];
const YELLOW: [u8; 4] = [255, 255, 0, 255];

/// Pictures of four colours, of all kinds.
pub(crate) fn gallery() -> Place {
    let plain = |width, height, format| coded(&quarters(width, height, COLOURS), format);
    let place = Place::with(&[
        ("city.jpg", plain(640, 427, OutputFormat::JPEG)),
        ("tower.jpg", plain(433, 650, OutputFormat::JPEG)),
        ("odd.png", plain(97, 61, OutputFormat::PNG)),
        ("card.webp", plain(400, 300, OutputFormat::WEBP)),
        ("small.bmp", plain(40, 30, OutputFormat::BMP)),
        ("page.tiff", plain(40, 30, OutputFormat::TIFF)),
        ("turned.jpg", turned(&plain(450, 300, OutputFormat::JPEG))),
        ("spin.gif", animation()),
        ("logo.png", coded(&RgbaImage::from_pixel(200, 80, image::Rgba(YELLOW)), OutputFormat::PNG)),
        ("text.jpg", b"not a picture".to_vec()),
    ]);
    fs::write(place.outside().join("secret.jpg"), plain(8, 8, OutputFormat::JPEG)).unwrap();
    place
}

/// A file of ours: the codecs have tests of their own.
pub(crate) fn coded(picture: &RgbaImage, format: OutputFormat) -> Vec<u8> {
    let (dimensions, has_alpha) = (Dimensions::new(picture.width(), picture.height()), format.medium().has_alpha());
    let pixels = picture.pixels().flat_map(|pixel| pixel.0.into_iter().take(if has_alpha { 4 } else { 3 })).collect();
    let layout = if has_alpha { PixelLayout::Rgba } else { PixelLayout::Rgb };
    let picture = Picture::new(dimensions, layout, pixels).unwrap();
    Codecs::new(&CodecSettings::default()).encoder(format).unwrap().encode(&picture).unwrap()
}

/// The same with a tag that says that its right edge was up (EXIF orientation 6).
fn turned(jpeg: &[u8]) -> Vec<u8> {
    let tags = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = (tags.len() as u16 + 2).to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, b"\xff\xe1", &length, tags, rest].concat()
}

fn animation() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for step in 0..4u8 {
        let shade = 60 * step;
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(90, 70, image::Rgba([shade, 90, 200, 255])))).unwrap();
    }
    drop(encoder);
    bytes
}

pub(crate) fn frames(gif: &[u8]) -> usize {
    let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(gif)).unwrap();
    image::AnimationDecoder::into_frames(decoder).count()
}

pub(crate) fn size(answer: &Answer) -> (u32, u32) {
    let codecs = Codecs::new(&CodecSettings::default());
    let format = Format::sniff(&answer.body).unwrap();
    let picture = codecs.decoder(format).unwrap().decode(&answer.body, None).unwrap();
    (picture.dimensions().width, picture.dimensions().height)
}

fn served(place: &Place, variables: &[(&str, &str)]) -> Server {
    place.serve(&[&[MOUNTED], variables].concat())
}

/// A server with a configuration of picfit.
fn configured(place: &Place, json: &str, variables: &[(&str, &str)]) -> Server {
    fs::write(place.work().join("config.json"), json).unwrap();
    served(place, &[&[("IMAGE_PROXY_PICFIT_CONFIG", "config.json")], variables].concat())
}

#[test]
fn pictures_have_the_type_and_the_size_that_picfit_gives_them() {
    let place = gallery();
    let server = served(&place, &[]);
    for (target, kind, expected) in [
        ("/display?path=city.jpg&op=resize&w=200&h=200", "jpeg", (200, 200)),
        ("/display?path=city.jpg&op=resize&w=200", "jpeg", (200, 133)),
        ("/display?path=city.jpg&op=resize&h=50", "jpeg", (75, 50)),
        ("/display?path=city.jpg&op=resize", "jpeg", (640, 427)),
        ("/display?path=city.jpg&op=resize&w=0&h=0&q=10", "jpeg", (640, 427)),
        ("/display/resize/64x64/city.jpg", "jpeg", (64, 64)),
        ("/display/resize/64x/city.jpg", "jpeg", (64, 43)),
        ("/display/resize/x64/tower.jpg", "jpeg", (43, 64)),
        ("/display/thumbnail/80x40/tower.jpg", "jpeg", (80, 40)),
        ("/display/thumbnail/900x900/tower.jpg", "jpeg", (900, 900)),
        ("/display/thumbnail/80x/tower.jpg", "jpeg", (80, 120)),
        ("/display/fit/80x80/tower.jpg", "jpeg", (53, 80)),
        ("/display/fit/100x100/city.jpg", "jpeg", (100, 66)),
        ("/display/fit/100x100/card.webp", "webp", (100, 75)),
        ("/display?path=odd.png&op=resize&w=300", "png", (300, 189)),
        ("/display?path=odd.png&op=resize&w=300&upscale=0", "png", (97, 61)),
        ("/display?path=odd.png&op=resize&w=300&h=10&upscale=0", "png", (97, 61)),
        ("/display?path=odd.png&op=thumbnail&w=300&h=300&upscale=false", "png", (97, 61)),
        ("/display?path=odd.png&op=thumbnail&w=300&h=30&upscale=f", "png", (97, 61)),
        ("/display?path=odd.png&op=thumbnail&w=50&h=30&upscale=F", "png", (50, 30)),
        ("/display?path=odd.png&op=fit&w=300&h=300", "png", (97, 61)),
        ("/display?path=tower.jpg&op=rotate&deg=270", "jpeg", (650, 433)),
        ("/display?path=tower.jpg&op=rotate", "jpeg", (650, 433)),
        ("/display?path=tower.jpg&op=rotate&deg=180", "jpeg", (433, 650)),
        ("/display?path=tower.jpg&op=flip&pos=v", "jpeg", (433, 650)),
        ("/display?path=turned.jpg&op=resize&w=60", "jpeg", (60, 90)),
        ("/display?path=logo.png&op=resize&w=50", "png", (50, 20)),
        ("/display?path=logo.png&op=resize&w=50&fmt=webp", "webp", (50, 20)),
        ("/display?path=logo.png&op=resize&w=50&fmt=jpg", "jpeg", (50, 20)),
        ("/display?path=logo.png&op=resize&w=50&fmt=bmp", "bmp", (50, 20)),
        ("/display?path=small.bmp&op=resize&w=20", "bmp", (20, 15)),
        ("/display?path=page.tiff&op=resize&w=20", "png", (20, 15)),
        ("/display?path=city.jpg&op=resize&w=20&fmt=gif", "gif", (20, 13)),
        ("/display?path=spin.gif&op=thumbnail&w=33&h=33", "gif", (33, 33)),
        ("/display?path=spin.gif&op=fit&w=30&h=20", "gif", (30, 20)),
        ("/display?path=spin.gif&op=fit&w=30&h=20&fmt=png", "png", (25, 20)),
        ("/display?path=card.webp&op=resize&w=40", "webp", (40, 30)),
        ("/display?path=card.webp&op=resize&w=40&fmt=png", "png", (40, 30)),
        ("/display?path=card.webp&op=noop&fmt=png", "png", (400, 300)),
        ("/display?path=city.jpg&op=op:resize+w:90+h:30&op=op:rotate+deg:90", "jpeg", (30, 90)),
        ("/display?path=city.jpg&op=thumbnail&w=60&h=60&op=op:flip+pos:h", "jpeg", (60, 60)),
        ("/display?path=city.jpg&op=effect&filter=blur", "jpeg", (640, 427)),
        ("/display/resize/60x30/city.jpg?op=op:rotate+deg:90", "jpeg", (30, 60)),
    ] {
        let answer = server.get(&format!("/img{target}"));
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        let kind = format!("image/{kind}");
        assert_eq!((answer.content_type(), media_type(&answer.body)), (kind.clone(), kind.as_str()), "{target}");
        assert_eq!(size(&answer), expected, "{target}");
    }
    let spin = server.get("/img/display?path=spin.gif&op=thumbnail&w=33&h=33");
    assert_eq!(frames(&spin.body), 4);
}

#[test]
fn what_is_refused_is_refused_with_its_status() {
    let place = gallery();
    let server = served(&place, &[]);
    for (target, status, text) in [
        ("/display?path=city.jpg", 400, "`op` parameter or query string cannot be empty"),
        ("/display?path=city.jpg&op=sharpen", 400, "Invalid method sharpen or invalid parameters"),
        ("/display?op=resize&w=10", 400, "Request should contains parameters or query string"),
        ("/display", 400, "Request should contains parameters or query string"),
        ("/display?path=missing.png&op=resize&w=10", 404, "no such image\n"),
        ("/display/resize/10x10/missing.png", 404, "no such image\n"),
        ("/display?path=city.jpg&op=noop&op=op:flat+path:missing.png", 404, "no such image\n"),
        ("/redirect?path=missing.png&op=noop", 404, "no such image\n"),
        ("/display?path=..%2F..%2Foutside%2Fsecret.jpg&op=noop", 400, "path: expected no '..' component\n"),
        ("/display/noop/x/../../outside/secret.jpg", 400, "path: expected no '..' component\n"),
        (
            "/display?path=city.jpg&op=noop&op=op:flat+path:../../outside/secret.jpg",
            400,
            "path: expected no '..' component\n",
        ),
        ("/display?path=/etc/passwd&op=noop", 404, "no such image\n"),
    ] {
        let answer = server.get(&format!("/img{target}"));
        assert_eq!((answer.status, answer.text().as_str()), (status, text), "{target}");
        assert_eq!(answer.content_type(), "text/plain; charset=utf-8");
    }
    for target in [
        "/display?path=city.jpg&op=resize&w=ten",
        "/display?path=city.jpg&op=resize&w=-3",
        "/display?path=city.jpg&op=resize&w=60000&h=60000",
        "/display?path=city.jpg&op=rotate&deg=30",
        "/display?path=city.jpg&op=flip",
        "/display?path=city.jpg&op=flip&pos=x",
        "/display?path=city.jpg&op=resize&w=10&q=200",
        "/display?path=city.jpg&op=resize&w=10&upscale=maybe",
        "/display?path=city.jpg&op=resize&w=10&stick=middle",
        "/display?path=city.jpg&op=resize&w=10&fmt=tiff",
        "/display?path=city.jpg&op=effect&filter=sepia",
        "/display?path=city.jpg&op=flat",
        "/display?path=text.jpg&op=resize&w=10",
        "/display/resize/10x10/",
        "/display/resize",
        "/upload",
        "",
    ] {
        let status = server.get(&format!("/img{target}")).status;
        assert!((400..500).contains(&status), "{target}: {status}");
    }
    assert_eq!(server.ask("POST", "/img/display?path=city.jpg&op=noop", &[]).status, 405);
    assert_eq!(server.get("/city.jpg").status, 200, "the native dialect has the rest");
}

#[test]
fn pictures_are_turned_and_mirrored_as_picfit_does_it() {
    let place = gallery();
    let server = served(&place, &[]);
    let shown = |target: &str| quarter_colours(&decoded(&server.get(&format!("/img{target}")).body));
    for (target, expected) in [
        // Counter-clockwise: what was on the right is on top.
        ("/display?path=odd.png&op=rotate", [GREEN, WHITE, RED, BLUE]),
        ("/display?path=odd.png&op=rotate&deg=90", [GREEN, WHITE, RED, BLUE]),
        ("/display?path=odd.png&op=rotate&deg=180", [WHITE, BLUE, GREEN, RED]),
        ("/display?path=odd.png&op=rotate&deg=270", [BLUE, RED, WHITE, GREEN]),
        ("/display?path=odd.png&op=flip&pos=h", [GREEN, RED, WHITE, BLUE]),
        ("/display?path=odd.png&op=flip&pos=v", [BLUE, WHITE, RED, GREEN]),
        ("/display?path=odd.png&op=resize&w=40&op=op:rotate&op=op:flip+pos:h", [WHITE, GREEN, BLUE, RED]),
        ("/display?path=turned.jpg&op=resize&w=60", [BLUE, RED, WHITE, GREEN]),
        ("/display?path=city.jpg&op=thumbnail&w=40&h=40", COLOURS),
    ] {
        let shown = shown(target);
        assert!(are_close(&shown, &expected), "{target}: {shown:?}");
    }
}

#[test]
fn what_is_transparent_is_black_in_a_jpeg_unless_the_operator_says_otherwise() {
    let clear = RgbaImage::from_pixel(40, 30, image::Rgba([255, 255, 255, 0]));
    let place = Place::with(&[("clear.png", coded(&clear, OutputFormat::PNG))]);
    let shown = |server: &Server, target: &str| {
        decoded(&server.get(&format!("/img/display?path=clear.png&op=resize&w=20{target}")).body).get_pixel(9, 9).0
    };
    let server = served(&place, &[]);
    assert!(are_close(&[shown(&server, "&fmt=jpg")], &[[0, 0, 0, 255]]));
    assert_eq!(shown(&server, "&fmt=webp")[3], 0);
    let own = served(&place, &[("IMAGE_PROXY_BACKGROUND", "ff0000")]);
    assert!(are_close(&[shown(&own, "&fmt=jpg")], &[RED]));
}

#[test]
fn an_original_that_is_beyond_both_sides_is_refused() {
    let place = gallery();
    let json = r#"{"options": {"max_image_dimensions": {"width": 400, "height": 400}}}"#;
    let server = configured(&place, json, &[]);
    for (name, status) in [("city.jpg", 400), ("tower.jpg", 400), ("odd.png", 200), ("card.webp", 200)] {
        assert_eq!(server.get(&format!("/img/display/resize/10x10/{name}")).status, status, "{name}");
    }
    let refused = server.get("/img/display/resize/10x10/city.jpg").text();
    assert_eq!(refused, "expected an original of at most 400x400, got 640x427");
}

#[test]
fn a_blur_is_wide() {
    let place = gallery();
    let server = served(&place, &[]);
    let blurred = decoded(&server.get("/img/display?path=card.webp&op=effect&filter=blur&fmt=png").body);
    // At the edge between red and green there is half of either, and 20 pixels from it most of one.
    let [red, green, ..] = blurred.get_pixel(200, 10).0;
    assert!(red.abs_diff(128) < 20 && green.abs_diff(128) < 20, "{red} {green}");
    let [red, green, ..] = blurred.get_pixel(180, 10).0;
    assert!(red.abs_diff(214) < 16 && green.abs_diff(41) < 16, "{red} {green}");
}

#[test]
fn other_pictures_are_laid_over_the_one() {
    let place = gallery();
    let server = served(&place, &[]);
    let made = |flat: &str| {
        let answer = server.get(&format!("/img/display?path=card.webp&op=noop&fmt=png&op=op:flat+{flat}"));
        assert_eq!(answer.status, 200, "{flat}: {}", answer.text());
        decoded(&answer.body)
    };
    // 400x300: the rectangle is 200x60, the logo is made 150x60 and stands in its middle.
    let fitted = made("path:logo.png+pos:10.10.60.30");
    let at = |picture: &RgbaImage, x, y| picture.get_pixel(x, y).0;
    for (x, y, expected) in [(64, 32, RED), (66, 32, YELLOW), (213, 88, YELLOW), (216, 60, GREEN), (100, 92, RED)] {
        assert!(are_close(&[at(&fitted, x, y)], &[expected]), "{x} {y}: {:?}", at(&fitted, x, y));
    }
    // Filled, and two side by side: each has 100x60 and is 100x40.
    let two = made("path:logo.png+path:odd.png+pos:10.10.60.30+color:0000ff");
    for (x, y, expected) in [(45, 33, BLUE), (45, 60, YELLOW), (137, 60, YELLOW), (145, 35, RED), (235, 35, GREEN)] {
        assert!(are_close(&[at(&two, x, y)], &[expected]), "{x} {y}: {:?}", at(&two, x, y));
    }
    let stuck = made("path:logo.png+stick:bottom-right+w:50");
    for (x, y, expected) in [(349, 290, WHITE), (351, 281, YELLOW), (399, 299, YELLOW), (399, 278, WHITE)] {
        assert!(are_close(&[at(&stuck, x, y)], &[expected]), "{x} {y}: {:?}", at(&stuck, x, y));
    }
    let own = made("path:logo.png+stick:top-left");
    assert!(are_close(&[at(&own, 190, 79), at(&own, 190, 84)], &[YELLOW, RED]));
    assert!(are_close(&quarter_colours(&made("path:logo.png")), &COLOURS), "no rectangle, nothing in it");
}

#[test]
fn the_headers_are_those_of_picfit() {
    let place = gallery();
    place.age();
    let server = served(&place, &[]);
    let [query, path] = ["?op=resize&h=150&path=city.jpg&w=150", "/resize/150x150/city.jpg"]
        .map(|form| server.get(&format!("/img/display{form}")));
    let key = query.header("etag").unwrap();
    assert_eq!((key.len(), path.header("etag")), (32, Some(key.clone())));
    assert_eq!(query.header("cache-control").as_deref(), Some("must-revalidate"));
    assert!(httpdate::parse_http_date(&query.header("last-modified").unwrap()).is_ok());
    assert!(query.header("x-request-id").is_some());
    let named = server.get_with("/img/display?path=missing.jpg&op=noop", &[("X-Request-ID", "mine")]);
    assert_eq!((named.status, named.header("x-request-id").as_deref()), (404, Some("mine")));
    let head = server.ask("HEAD", "/img/display/resize/150x150/city.jpg", &[]);
    assert_eq!((head.status, head.header("etag"), head.body.len()), (200, Some(key), 0));
    let noop = server.get("/img/display?path=city.jpg&op=noop");
    assert_eq!(noop.body, fs::read(place.root().join("city.jpg")).unwrap());
    assert_eq!(noop.header("etag").unwrap().len(), 32);
    // Of an operator who sets one it is theirs.
    let own = served(&place, &[("IMAGE_PROXY_CACHE_CONTROL_HEADER", "public, max-age=60")]);
    let answer = own.get("/img/display?path=city.jpg&op=noop");
    assert_eq!(answer.header("cache-control").as_deref(), Some("public, max-age=60"));
    assert_eq!(own.get("/city.jpg").header("cache-control").as_deref(), Some("public, max-age=60"));
    assert_ne!(server.get("/city.jpg").header("cache-control").as_deref(), Some("must-revalidate"));
}

#[test]
fn pictures_are_fetched_from_where_that_is_allowed() {
    let upstream = Upstream::of(coded(&quarters(60, 40, COLOURS), OutputFormat::PNG));
    let target = |name: &str| format!("/img/display?url={}&op=resize&w=30", upstream.url(name));
    let place = gallery();
    assert_eq!(served(&place, &[]).get(&target("/a.png")).status, 403);
    let variables = [("IMAGE_PROXY_REMOTE_ORIGINS", upstream.base()), ("IMAGE_PROXY_REMOTE_ALLOW_PRIVATE", "true")];
    let server = served(&place, &variables);
    let fetched = server.get(&target("/a.png"));
    assert_eq!((fetched.status, fetched.content_type().as_str()), (200, "image/png"), "{}", fetched.text());
    assert_eq!(size(&fetched), (30, 20));
    let unknown = server.get(&target("/a.txt"));
    assert_eq!((unknown.status, unknown.text().as_str()), (400, "Mimetype text/plain; charset=utf-8 is not supported"));
}

#[test]
fn a_date_is_enough_for_who_has_a_picture_where_keys_are_kept() {
    let place = gallery();
    place.age();
    let target = "/img/display/resize/50x50/city.jpg";
    let old = [("If-Modified-Since", "Wed, 21 Oct 2015 07:28:00 GMT")];
    let plain = served(&place, &[]);
    plain.get(target);
    assert_eq!(plain.get_with(target, &old).status, 200, "picfit knows no key without a store of them");
    let sent = plain.get(target);
    let (key, date) = (sent.header("etag").unwrap(), sent.header("last-modified").unwrap());
    for shown in [&[("If-Modified-Since", &*date)][..], &[("If-Modified-Since", &date), ("If-None-Match", &key)]] {
        assert_eq!(plain.get_with(target, shown).status, 304, "what HTTP itself knows: {shown:?}");
    }
    let server = configured(&place, r#"{"kvstore": {"type": "cache"}}"#, &[]);
    assert_eq!(server.get_with(target, &old).status, 200);
    for value in [old[0].1, "Tue, 01 Jan 2030 00:00:00 GMT", "whenever"] {
        let spared = server.get_with(target, &[("If-Modified-Since", value)]);
        assert_eq!((spared.status, spared.body.len()), (304, 0), "{value}");
    }
    let (key, date) = (server.get(target).header("etag").unwrap(), server.get(target).header("last-modified").unwrap());
    let shown = |date: &str| server.get_with(target, &[("If-None-Match", &key), ("If-Modified-Since", date)]).status;
    assert_eq!((shown(&date), shown(old[0].1)), (304, 200));
    assert_eq!(server.get_with(&format!("{target}?force=1"), &old).status, 200);
    // Who asks may have what was there before.
    place.put("city.jpg", coded(&quarters(64, 48, COLOURS), OutputFormat::JPEG));
    assert_eq!([server.get_with(target, &old).status, server.get_with(target, &old).status], [200, 200]);
}

#[test]
fn it_tells_that_it_is_well() {
    let place = gallery();
    let answer = served(&place, &[]).get("/img/healthcheck");
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "application/json; charset=utf-8"));
    assert_eq!(body["status"], "Ok");
    assert!(body["started_at"].as_str().unwrap().ends_with(" +0000 UTC"), "{body}");
    assert!(body["uptime"].as_str().unwrap().ends_with('s'), "{body}");
}

#[test]
fn only_what_is_signed_and_allowed_is_made_where_the_configuration_says_so() {
    let place = gallery();
    let signed = configured(&place, r#"{"secret_key": "abcdef"}"#, &[]);
    for (target, status) in [
        ("/display?op=resize&path=city.jpg&w=88&sig=f2c60bf21b257e41b600099543c6fee79539d3fd", 200),
        ("/display/3439c73717c344d5727698519b7ecf513aad810a/thumbnail/30x40/tower.jpg", 200),
        ("/display?sig=bc0ea08eaf8a03f89658e97b98ac6e1d0e7f3385&fmt=png&op=noop&path=odd.png&q=7", 200),
        ("/display?op=resize&path=city.jpg&w=88", 401),
        ("/display?op=resize&path=missing.jpg&w=88&sig=f2c60bf21b257e41b600099543c6fee79539d3fd", 401),
        ("/display/thumbnail/30x40/tower.jpg", 401),
        ("/get?op=resize&path=city.jpg&w=88", 401),
    ] {
        assert_eq!(signed.get(&format!("/img{target}")).status, status, "{target}");
    }
    assert!(signed.stop().iter().all(|line| !line.contains("abcdef")));
    let json = r#"{"options": {"allowed_sizes": [{"width": 100, "height": 100}, {"width": 50}]}}"#;
    let sized = configured(&place, json, &[]);
    for (target, status) in [
        ("/display?path=city.jpg&w=100&h=100&op=resize", 200),
        ("/display/resize/50x/city.jpg", 200),
        ("/display?path=city.jpg&w=50&h=50&op=resize", 403),
        ("/display?path=city.jpg&op=noop", 403),
    ] {
        let answer = sized.get(&format!("/img{target}"));
        assert_eq!(answer.status, status, "{target}");
        assert!(status == 200 || answer.text() == "Requested size not allowed");
    }
}
