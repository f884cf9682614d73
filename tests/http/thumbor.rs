//! URLs of thumbor and imagor get what they get there.

use image::ImageFormat;

use crate::pictures::{decoded, media_type, quarters, written};
use crate::server::{Place, Server, shipped};

const COLOURS: [[u8; 4]; 4] = [[200, 30, 30, 255], [30, 200, 30, 255], [30, 30, 200, 255], [90, 90, 90, 255]];

/// 100 by 80, with a border of 20 pixels at the left and the right, and of 10 above and below.
fn framed() -> image::RgbaImage {
    let inner = quarters(60, 60, COLOURS);
    image::RgbaImage::from_fn(100, 80, |x, y| {
        let within = |start: u32, place: u32| place.checked_sub(start).filter(|place| *place < 60);
        match (within(20, x), within(10, y)) {
            (Some(x), Some(y)) => *inner.get_pixel(x, y),
            _ => image::Rgba([250, 250, 250, 255]),
        }
    })
}

fn place() -> Place {
    let (city, tower) = (quarters(640, 427, COLOURS), quarters(433, 650, COLOURS));
    let logo = quarters(200, 80, [[200, 30, 30, 255], [30, 200, 30, 128], [30, 30, 200, 0], [90, 90, 90, 255]]);
    Place::with(&[
        ("city.jpg", written(&city, ImageFormat::Jpeg)),
        ("tower.jpg", written(&tower, ImageFormat::Jpeg)),
        ("logo.png", written(&logo, ImageFormat::Png)),
        ("framed.png", written(&framed(), ImageFormat::Png)),
        ("text.jpg", b"no picture".to_vec()),
    ])
}

fn serve(place: &Place, variables: &[(&str, &str)]) -> Server {
    place.serve(&[&[("IMAGE_PROXY_DIALECTS", "thumbor=/")], variables].concat())
}

#[test]
fn pictures_have_the_dimensions_that_thumbor_gives_them() {
    let place = place();
    let server = serve(&place, &[]);
    for (path, (width, height), kind) in [
        ("200x150/city.jpg", (200, 150), "jpeg"),
        ("200x/city.jpg", (200, 133), "jpeg"),
        ("0x90/tower.jpg", (60, 90), "jpeg"),
        ("fit-in/200x200/tower.jpg", (133, 200), "jpeg"),
        ("fit-in/900x900/city.jpg", (640, 427), "jpeg"),
        ("fit-in/900x900/filters:upscale()/city.jpg", (900, 600), "jpeg"),
        ("full-fit-in/200x200/city.jpg", (300, 200), "jpeg"),
        ("adaptive-fit-in/100x300/city.jpg", (150, 100), "jpeg"),
        ("adaptive-full-fit-in/100x300/city.jpg", (300, 200), "jpeg"),
        ("-90x-60/city.jpg", (90, 60), "jpeg"),
        ("20x30:220x130/city.jpg", (200, 100), "jpeg"),
        ("20x30:220x130/100x0/city.jpg", (100, 50), "jpeg"),
        ("900x900:990x990/100x0/city.jpg", (100, 67), "jpeg"),
        ("0.25x0.5:0.75x1.0/city.jpg", (320, 213), "jpeg"),
        ("200x50/bottom/tower.jpg", (200, 50), "jpeg"),
        ("origx90/city.jpg", (640, 90), "jpeg"),
        ("64x64/filters:format(webp)/logo.png", (64, 64), "webp"),
        ("64x64/logo.png", (64, 64), "png"),
        ("100x50/filters:rotate(90)/city.jpg", (50, 100), "jpeg"),
        ("fit-in/90x90/filters:fill(blue)/city.jpg", (90, 90), "jpeg"),
        ("fit-in/900x/filters:fill(blue)/city.jpg", (900, 427), "jpeg"),
        ("fit-in/0x900/filters:grayscale():fill(blue)/city.jpg", (640, 900), "jpeg"),
        ("0x10/framed.png", (12, 10), "png"),
        ("0x30/framed.png", (38, 30), "png"),
        ("700x700/city.jpg", (700, 700), "jpeg"),
        ("700x700/filters:no_upscale()/city.jpg", (640, 427), "jpeg"),
        ("700x200/filters:no_upscale()/city.jpg", (640, 200), "jpeg"),
        ("filters:proportion(0.5)/city.jpg", (320, 213), "jpeg"),
        ("100x100/10x20/city.jpg", (120, 140), "jpeg"),
        ("100x100/filters:noise(3):magic():quality(50)/city.jpg", (100, 100), "jpeg"),
        ("city.jpg", (640, 427), "jpeg"),
        ("fit-in/200x0/city.jpg", (199, 133), "jpeg"),
        ("fit-in/0x200/city.jpg", (300, 200), "jpeg"),
        ("fit-in/900x0/filters:upscale()/city.jpg", (900, 600), "jpeg"),
        ("full-fit-in/200x0/city.jpg", (200, 133), "jpeg"),
        ("full-fit-in/900x0/city.jpg", (900, 600), "jpeg"),
        ("fit-in/100x60/filters:rotate(90):fill(red)/city.jpg", (100, 60), "jpeg"),
        ("trim/framed.png", (60, 60), "png"),
        ("trim:bottom-right:5/30x0/framed.png", (30, 30), "png"),
        ("trim/0x0:50x40/framed.png", (30, 30), "png"),
        ("trim/70x60:95x75/framed.png", (10, 10), "png"),
        ("trim/85x60:95x75/framed.png", (60, 60), "png"),
        ("trim/0.5x0.5:1x1/framed.png", (30, 30), "png"),
        ("filters:trim(5)/framed.png", (60, 60), "png"),
        ("filters:text(Hi,10,10,sans-bold-24,red):label(Hi,9,9,20,red,0,monospace)/city.jpg", (640, 427), "jpeg"),
        ("filters:image(/20x/filters:grayscale()/logo.png,0,0)/city.jpg", (640, 427), "jpeg"),
    ] {
        let answer = server.get(&format!("/unsafe/{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(media_type(&answer.body), format!("image/{kind}"), "{path}");
        assert_eq!(decoded(&answer.body).dimensions(), (width, height), "{path}");
        let cache_control = answer.header("cache-control");
        assert_eq!(cache_control.as_deref(), Some("max-age=86400,public"), "{path}");
        assert!(answer.header("expires").is_some() && answer.header("etag").is_some(), "{path}");
    }
    assert!(server.log_line("the filter magic").contains("passed over"));
}

#[test]
fn the_right_part_of_a_picture_is_shown() {
    let place = place();
    let server = serve(&place, &[]);
    for (path, colour) in [
        ("20x20/filters:focal(0x0:10x10):format(png)/city.jpg", COLOURS[0]),
        ("10x10:300x200/20x20/filters:format(png)/city.jpg", COLOURS[0]),
        ("330x10:630x200/20x20/filters:format(png)/city.jpg", COLOURS[1]),
        ("10x230:300x420/filters:format(png)/city.jpg", COLOURS[2]),
        ("20x400/right/filters:format(png):crop(0,0,10,10)/city.jpg", COLOURS[1]),
        ("filters:brightness(20):format(png):crop(0,0,9,9)/city.jpg", [251, 81, 81, 255]),
        ("filters:rgb(20,-10,20):format(png):crop(0,0,9,9)/city.jpg", [251, 5, 81, 255]),
        ("filters:contrast(100):format(png):crop(0,0,9,9)/city.jpg", [255, 0, 0, 255]),
        ("filters:colorize(50,0,100,0000ff):format(png):crop(0,0,9,9)/city.jpg", [100, 30, 255, 255]),
        ("filters:saturation(0):format(png):crop(0,0,9,9)/city.jpg", [81, 81, 81, 255]),
        ("fit-in/20x40/filters:grayscale():fill(336699):format(png):crop(0,0,9,9)/city.jpg", [0x33, 0x66, 0x99, 255]),
        ("trim/20x10:50x40/filters:format(png)/framed.png", COLOURS[0]),
        ("trim/50x40:80x70/filters:format(png)/framed.png", COLOURS[3]),
        ("fit-in/20x40/filters:fill(336699):format(png):crop(0,0,9,9)/city.jpg", [0x33, 0x66, 0x99, 255]),
        ("fit-in/20x40/filters:fill(auto):format(png):crop(0,0,9,9)/city.jpg", [87, 87, 87, 255]),
        ("fit-in/20x40/filters:fill(blur):format(png):crop(0,0,9,9)/city.jpg", [105, 74, 83, 255]),
        ("filters:image(/40x/logo.png,0,0):format(png):crop(0,0,9,9)/tower.jpg", COLOURS[0]),
        ("filters:padding(336699,20):format(png):crop(0,0,9,9)/city.jpg", [0x33, 0x66, 0x99, 255]),
        ("filters:watermark(logo.png,repeat,-10,0):format(png):crop(222,337,9,9)/city.jpg", COLOURS[0]),
        ("filters:watermark(logo.png,repeat,-10,0):format(png):crop(208,337,9,9)/city.jpg", COLOURS[2]),
    ] {
        let answer = server.get(&format!("/unsafe/{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let picture = decoded(&answer.body);
        let pixel = picture.get_pixel(3, 3).0;
        let is_near = pixel.iter().zip(colour).all(|(one, other)| one.abs_diff(other) < 24);
        assert!(is_near, "{path}: {pixel:?}, not {colour:?}");
    }
}

#[test]
fn a_picture_lies_as_it_is_displayed_or_as_it_is_stored() {
    let root = shipped();
    let root = root.to_str().unwrap();
    let dimensions = |respects: &str| {
        let variables = [
            ("IMAGE_PROXY_ROOT_PATH", root),
            ("IMAGE_PROXY_DIALECTS", "thumbor=/t"),
            ("IMAGE_PROXY_THUMBOR_RESPECT_ORIENTATION", respects),
        ];
        let answer = Place::new().serve(&variables).get("/t/unsafe/96x0/people/astronaut.jpg");
        assert_eq!(answer.status, 200, "{}", answer.text());
        decoded(&answer.body).dimensions()
    };
    assert_eq!(dimensions("true"), (96, 128));
    assert_eq!(dimensions("false"), (96, 72));
}

#[test]
fn urls_are_signed_as_client_libraries_sign_them() {
    let place = place();
    let signed = [
        "/v8t5GAHLIdkuXUkNjnpXEkWQuZ0=/64x48/city.jpg",
        "/5GggxulN5qxxWEjSn4EmTqnK76A=/64x48/smart/tower.jpg",
        "/XvNjoK0KxMkz9sH9UmxHqcZajSQ=/64x0/filters:format(png):rotate(180)/city.jpg",
    ];
    let key = ("IMAGE_PROXY_THUMBOR_KEY", "open sesame");
    let strict = serve(&place, &[key]);
    for path in signed {
        assert_eq!(strict.get(path).status, 200, "{path}");
        assert_eq!(strict.get(&path.replace("64x", "65x")).status, 400, "{path}");
    }
    assert_eq!(strict.get("/unsafe/64x48/city.jpg").status, 400);
    let lenient = serve(&place, &[key, ("IMAGE_PROXY_THUMBOR_ALLOW_UNSAFE", "true")]);
    assert_eq!((lenient.get("/unsafe/64x48/city.jpg").status, lenient.get(signed[0]).status), (200, 200));
    let all = serve(&place, &[key, ("IMAGE_PROXY_SIGNING", "all"), ("IMAGE_PROXY_SIGNING_KEYS", "a:secret")]);
    assert_eq!(all.get(signed[0]).status, 200);
}

#[test]
fn errors_and_words_beside_pictures_are_those_of_thumbor() {
    let place = place();
    let server = serve(&place, &[]);
    for (path, status) in [
        ("/unsafe/10x10/missing.png", 404),
        ("/wrong/10x10/city.jpg", 400),
        ("/10x10/city.jpg", 400),
        ("/unsafe/10x10/text.jpg", 400),
        ("/unsafe/", 400),
        ("/unsafe/10x10/", 400),
        ("/unsafe/10x10/../city.jpg", 400),
        ("/unsafe/10x10/http://other.example/a.jpg", 400),
        ("/unsafe/99999x99999/city.jpg", 400),
        ("/unsafe/10x10/filters:watermark(missing.png,0,0,0)/city.jpg", 400),
        ("/unsafe/10x10/filters:watermark(text.jpg,0,0,0)/city.jpg", 400),
        ("/unsafe/10x10/filters:watermark(logo.png,0,0,0)/missing.png", 404),
        ("/unsafe/10x10/filters:expire(1000)/city.jpg", 410),
    ] {
        assert_eq!(server.get(path).status, status, "{path}");
    }
    assert_eq!(server.get("/healthcheck").text(), "WORKING");
    let told = server.get("/unsafe/meta/300x300/city.jpg");
    assert_eq!(told.header("cache-control").as_deref(), Some("max-age=86400,public"));
    let meta: serde_json::Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(meta["thumbor"]["source"]["width"], 640);
    assert_eq!(meta["thumbor"]["target"], serde_json::json!({ "width": 300, "height": 300 }));
    assert_eq!(meta["thumbor"]["focal_points"][0]["origin"], "alignment");
    let called = server.get("/unsafe/meta/300x300/city.jpg?callback=show");
    assert!(called.text().starts_with("show({") && called.text().ends_with("});"), "{}", called.text());
    let params: serde_json::Value = serde_json::from_slice(&server.get("/params/unsafe/30x20/city.jpg").body).unwrap();
    assert_eq!((&params["width"], &params["image"]), (&serde_json::json!(30), &serde_json::json!("city.jpg")));
    let lived = server.get("/unsafe/30x20/filters:max_age(60)/city.jpg");
    assert_eq!(lived.header("cache-control").as_deref(), Some("max-age=60,public"));
    let saved = server.get("/unsafe/30x20/filters:attachment(my.png):format(webp)/city.jpg");
    assert_eq!(saved.header("content-disposition").as_deref(), Some("attachment; filename=\"my.webp\""));
    let raw = server.get("/unsafe/30x20/filters:raw()/city.jpg");
    assert!(raw.body == std::fs::read(place.root().join("city.jpg")).unwrap());
    let tag = server.get("/unsafe/30x20/city.jpg").header("etag").unwrap();
    assert_eq!(server.get_with("/unsafe/30x20/city.jpg", &[("If-None-Match", &tag)]).status, 304);
}
