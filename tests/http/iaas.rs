//! The dialect of iaas: its URLs, its redirects, and what it says in headers.

use std::time::SystemTime;

use image::codecs::gif::GifEncoder;
use image::{Frame, ImageFormat, Rgba, RgbaImage};

use crate::client::Answer;
use crate::pictures::{
    BLUE, GREEN, RED, WHITE, are_close, decoded, jpeg, media_type, quarter_colours, quarters, written,
};
use crate::server::{Place, Server};

const MOUNTED: (&str, &str) = ("IMAGE_PROXY_DIALECTS", "iaas=/");
const YELLOW: [u8; 4] = [255, 255, 0, 255];

fn photo(width: u32, height: u32) -> Vec<u8> {
    jpeg(&quarters(width, height, [RED, GREEN, BLUE, YELLOW]))
}

/// A place with the pictures of the vectors, by their ids: some as they are uploaded, some with an ending.
fn place() -> Place {
    let logo = written(&quarters(200, 80, [RED, [0; 4], BLUE, GREEN]), ImageFormat::Png);
    let card = written(&quarters(40, 30, [RED, GREEN, BLUE, YELLOW]), ImageFormat::Gif);
    Place::with(&[
        ("city", photo(640, 427)),
        ("tower.jpg", photo(433, 650)),
        ("logo", logo),
        ("under_score_name.jpeg", photo(90, 60)),
        ("card", card),
        ("broken", b"no picture at all".to_vec()),
    ])
}

fn serve(place: &Place) -> Server {
    place.serve(&[MOUNTED])
}

/// Status, type and dimensions; the bytes are of the type that is told.
fn shape(answer: &Answer) -> (u16, String, (u32, u32)) {
    assert_eq!(media_type(&answer.body), answer.content_type());
    (answer.status, answer.content_type(), decoded(&answer.body).dimensions())
}

#[test]
fn a_picture_has_the_size_the_format_and_the_label_that_its_url_says() {
    let place = place();
    let server = serve(&place);
    for (target, kind, dimensions) in [
        ("/city_200_200.jpg", "jpeg", (200, 133)),
        ("/city_200_200.jpg?fit=crop", "jpeg", (200, 200)),
        ("/city_200_200.jpg?fit=canvas", "jpeg", (200, 200)),
        ("/city_200_200.jpg?fit=cover", "jpeg", (300, 200)),
        ("/city_200_200.jpg?fit=unheard-of", "jpeg", (200, 133)),
        ("/tower_200_200.jpg", "jpeg", (133, 200)),
        ("/tower_60_60_3x.jpg", "jpeg", (120, 180)),
        ("/tower_50_20.jpg?fit=cover", "jpeg", (50, 75)),
        ("/city_1000_1000.jpg", "jpeg", (1000, 667)),
        ("/city_70_70_1.5x.jpg?fit=crop", "jpeg", (105, 105)),
        ("/city_90_90.jfif", "jpeg", (90, 60)),
        ("/city_90_90.JPE", "jpeg", (90, 60)),
        ("/city_90_90.tiff", "jpeg", (90, 60)),
        ("/city_90_90.webp", "webp", (90, 60)),
        ("/city_90_90.png", "png", (90, 60)),
        ("/logo_100_100.png", "png", (100, 40)),
        ("/logo_100_100.jpg?fit=canvas", "jpeg", (100, 100)),
        ("/under_score_name_45_45.jpg", "jpeg", (45, 30)),
        ("/under_score_name_10_10_4.5x.webp", "webp", (45, 30)),
    ] {
        assert_eq!(shape(&server.get(target)), (200, format!("image/{kind}"), dimensions), "{target}");
    }
}

#[test]
fn what_is_not_there_is_not_found_and_what_is_no_picture_is_the_servers_fault() {
    let place = place();
    let server = serve(&place);
    for (target, status) in [
        ("/missing_10_10.jpg", 404),
        ("/missing_9999_10.jpg", 404),
        ("/missing.jpg", 404),
        ("/favicon.ico", 404),
        ("/", 404),
        ("/city", 404),
        ("/a/city_10_10.jpg", 404),
        ("/..%2Fcity_10_10.jpg", 400),
        ("/%zz_10_10.jpg", 400),
        ("/broken_10_10.jpg", 500),
        ("/broken_x_y.jpg", 500),
    ] {
        let answer = server.get(target);
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "{target}");
        assert_eq!(answer.header("expires"), None, "{target}");
    }
}

#[test]
fn what_is_out_of_bounds_leads_to_the_nearest_size_that_is_not() {
    let place = place();
    let server = serve(&place);
    for (target, location) in [
        ("/city_2500_100.jpg", "/city_2000_100.jpg?fit=clip&blur=false&quality=-1"),
        ("/city_100_2500.jpg?fit=crop", "/city_80_2000.jpg?fit=crop&blur=false&quality=-1"),
        ("/tower_5000_5000.jpg?fit=canvas", "/tower_2000_2000.jpg?fit=canvas&blur=false&quality=-1"),
        ("/city_x_y.jpg", "/city_640_427.jpg?fit=clip&blur=false&quality=-1"),
        ("/city_0_100.png", "/city_640_427.png?fit=clip&blur=false&quality=-1"),
        ("/city.jpg?blur=true", "/city_640_427.jpg?fit=clip&blur=true&quality=-1"),
        ("/city.jpg?quality=40", "/city_640_427.jpg?fit=clip&blur=false&quality=40"),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = server.ask(method, target, &[]);
            assert_eq!(
                (answer.status, answer.header("location").as_deref()),
                (303, Some(location)),
                "{method} {target}"
            );
            let info = answer.header("x-redirect-info").unwrap();
            assert!(info.starts_with("The requested image size falls outside"), "{info}");
            assert!(answer.body.is_empty() && answer.header("expires").is_none());
        }
    }
    assert_eq!(server.get("/city_640_427.jpg?fit=clip&blur=true&quality=-1").status, 200);
}

#[test]
fn below_a_prefix_redirects_stay_below_it() {
    let server = place().serve(&[("IMAGE_PROXY_DIALECTS", "iaas=/old/pictures")]);
    let answer = server.get("/old/pictures/city_0_100.jpg");
    let location = answer.header("location").unwrap();
    assert_eq!(location, "/old/pictures/city_640_427.jpg?fit=clip&blur=false&quality=-1");
    assert_eq!(server.get(&location).status, 200);
    assert_eq!(server.get("/old/pictures/_health").text(), "OK");
}

#[test]
fn an_original_is_sent_as_it_is_unless_its_ending_names_another_format() {
    let place = place();
    let server = serve(&place);
    for (target, original) in [
        ("/city.jpg", "city"),
        ("/city.jpeg", "city"),
        ("/city.txt", "city"),
        ("/tower.jfif", "tower.jpg"),
        ("/card.gif", "card"),
        ("/logo.png?quality=3&blur=1", "logo"),
    ] {
        let answer = server.get(target);
        assert_eq!((answer.status, media_type(&answer.body).to_owned()), (200, answer.content_type()), "{target}");
        assert_eq!(answer.body, std::fs::read(place.root().join(original)).unwrap(), "{target}");
    }
    assert_eq!(shape(&server.get("/city.png")), (200, "image/png".to_owned(), (640, 427)));
    assert_eq!(shape(&server.get("/card.webp")), (200, "image/webp".to_owned(), (40, 30)));
    let ranged = server.get_with("/city.jpg", &[("Range", "bytes=0-9")]);
    assert_eq!((ranged.status, ranged.body.len()), (206, 10));
}

#[test]
fn a_picture_says_that_it_may_be_kept_for_ten_years_and_read_by_all() {
    let place = place();
    let server = serve(&place);
    for target in ["/city_20_20.jpg", "/city.jpg", "/city_20_20.webp"] {
        for method in ["GET", "HEAD"] {
            let answer = server.ask(method, target, &[]);
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("cache-control").as_deref(), Some("public"), "{target}");
            let expires = httpdate::parse_http_date(&answer.header("expires").unwrap()).unwrap();
            let years = expires.duration_since(SystemTime::now()).unwrap().as_secs_f64() / (365.25 * 24.0 * 3600.0);
            assert!((9.99..10.01).contains(&years), "{years}");
            for (name, value) in [
                ("access-control-allow-origin", "*"),
                ("access-control-allow-headers", "accept, content-type"),
                ("access-control-allow-method", "GET"),
            ] {
                assert_eq!(answer.header(name).as_deref(), Some(value), "{target}");
            }
            assert_eq!(answer.header("vary"), None);
        }
        let tag = server.get(target).header("etag").unwrap();
        let spared = server.get_with(target, &[("If-None-Match", &tag)]);
        assert_eq!((spared.status, spared.header("expires").is_some()), (304, true), "{target}");
    }
}

#[test]
fn where_others_say_who_may_read_answers_the_dialect_does_not() {
    let server = place().serve(&[MOUNTED, ("IMAGE_PROXY_CORS_ORIGINS", "https://shop.example,https://blog.example")]);
    let origin =
        |origin| server.get_with("/city_20_20.jpg", &[("Origin", origin)]).header("access-control-allow-origin");
    assert_eq!(origin("https://shop.example").as_deref(), Some("https://shop.example"));
    assert_eq!(origin("https://evil.example"), None);
}

#[test]
fn the_server_answers_for_itself() {
    let place = place();
    let server = serve(&place);
    for (target, text) in [("/_health", "OK"), ("/robots.txt", "User-agent: *\nDisallow: /\n")] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.text().as_str()), (200, text));
        assert_eq!(answer.header("expires"), None);
        assert!(server.ask("HEAD", target, &[]).body.is_empty());
    }
    let asked = server.ask("OPTIONS", "/city_20_20.jpg", &[]);
    assert_eq!((asked.status, asked.header("allow").as_deref()), (200, Some("GET,HEAD")));
    assert_eq!(server.ask("DELETE", "/city_20_20.jpg", &[]).status, 405);
    assert_eq!(server.ask("POST", "/city.jpg", &[]).status, 405, "nothing may be uploaded");
}

#[test]
fn webp_stands_in_where_it_is_allowed_and_shown_and_caches_are_told() {
    let place = place();
    let config = place.outside().join("config.json");
    let served = |webp: &str| {
        std::fs::write(&config, format!("{{\"webp\": {webp}}}")).unwrap();
        place.serve(&[MOUNTED, ("IMAGE_PROXY_IAAS_CONFIG", config.to_str().unwrap())])
    };
    let shows = ("Accept", "image/avif,image/webp,*/*");
    let opting_in = served(r#"{"allow_opt_in": true}"#);
    let switching = served(r#"{"allow_dynamic_switch": true}"#);
    for (server, target, headers, kind, vary) in [
        (&opting_in, "/city_20_20.jpg?allow_webp=true", &[shows][..], "image/webp", Some("accept")),
        (&opting_in, "/city_20_20.jpg?allow_webp=true", &[], "image/jpeg", Some("accept")),
        (&opting_in, "/city_20_20.jpg", &[shows], "image/jpeg", None),
        (&switching, "/city_20_20.png", &[shows], "image/webp", Some("accept")),
        (&switching, "/city_20_20.png", &[("Accept", "image/*")], "image/png", Some("accept")),
        (&switching, "/city_20_20.webp", &[shows], "image/webp", None),
        (&switching, "/city.jpg", &[shows], "image/jpeg", None),
    ] {
        let answer = server.get_with(target, headers);
        assert_eq!((shape(&answer).1.as_str(), answer.header("vary").as_deref()), (kind, vary), "{target}");
    }
    let led = switching.get_with("/city_3000_20.jpg", &[shows]);
    let location = led.header("location").unwrap();
    assert!(location.starts_with("/city_2000_20.webp?"), "{location}");
    assert_eq!(led.header("vary").as_deref(), Some("accept"));
}

#[test]
fn a_crop_keeps_the_middle_and_a_canvas_is_white() {
    let place = place();
    // Of a wide picture, the outer thirds are black.
    let wide =
        RgbaImage::from_fn(300, 100, |x, _| if (100..200).contains(&x) { Rgba(RED) } else { Rgba([0, 0, 0, 255]) });
    place.put("wide", written(&wide, ImageFormat::Png));
    let server = serve(&place);
    let cropped = decoded(&server.get("/wide_50_50.png?fit=crop").body);
    // Black would be seen at once where the wrong third is kept.
    let columns: Vec<_> = (4..46).map(|x| cropped.get_pixel(x, 25).0).collect();
    assert!(cropped.dimensions() == (50, 50) && are_close(&columns, &[RED; 42]), "{columns:?}");
    let canvas = decoded(&server.get("/wide_90_90.png?fit=canvas").body);
    assert_eq!(canvas.dimensions(), (90, 90));
    for y in [0, 28, 61, 89] {
        assert_eq!(canvas.get_pixel(45, y).0, WHITE, "{y}");
    }
    assert_eq!(canvas.get_pixel(45, 45).0, RED);
    // What is transparent shows white in a canvas and in a JPEG, and stays as it is in a PNG.
    let colours = |target: &str| quarter_colours(&decoded(&server.get(target).body));
    assert!(are_close(&colours("/logo_200_80.jpg"), &[RED, WHITE, BLUE, GREEN]));
    assert!(are_close(&colours("/logo_200_80.png?fit=canvas"), &[RED, WHITE, BLUE, GREEN]));
    assert_eq!(colours("/logo_200_80.png")[1][3], 0);
}

#[test]
fn an_odd_rest_is_where_imagemagick_has_it() {
    let place = place();
    let rows = |width, height| RgbaImage::from_fn(width, height, |_, y| Rgba([200, 0, y as u8 * 5, 255]));
    for (name, width, height) in [("odd", 31, 21), ("even", 30, 20), ("tall", 20, 41)] {
        place.put(name, written(&rows(width, height), ImageFormat::Png));
    }
    let server = serve(&place);
    for (target, above, below) in [("/odd_31_30.png?fit=canvas", 5, 4), ("/even_30_29.png?fit=canvas", 4, 5)] {
        let canvas = decoded(&server.get(target).body);
        let is_white: Vec<_> = (0..canvas.height()).map(|y| canvas.get_pixel(9, y).0 == WHITE).collect();
        let picture = is_white.len() - above - below;
        assert_eq!(is_white, [vec![true; above], vec![false; picture], vec![true; below]].concat(), "{target}");
    }
    let cropped = decoded(&server.get("/tall_20_20.png?fit=crop").body);
    assert_eq!(cropped.get_pixel(9, 0).0, [200, 0, 50, 255], "ten rows are cut off above, and eleven below");
}

#[test]
fn a_blur_is_wide_and_a_jpeg_is_progressive() {
    let place = place();
    let server = serve(&place);
    let edge = |target: &str| {
        let picture = decoded(&server.get(target).body);
        picture.get_pixel(96, 30).0[1]
    };
    assert!(edge("/city_200_200.png") < 30, "four pixels left of the border it is red");
    assert!(edge("/city_200_200.png?blur=true") > 50);
    let start_of_frame = |target: &str| {
        let body = server.get(target).body;
        body.windows(2).find_map(|pair| (pair[0] == 0xff && matches!(pair[1], 0xc0 | 0xc2)).then_some(pair[1]))
    };
    assert_eq!(start_of_frame("/city_200_200.jpg"), Some(0xc2));
    assert_eq!(start_of_frame("/city_640_427.jpg"), Some(0xc2));
    let length = |target: &str| server.get(target).body.len();
    assert!(length("/city_300_300.jpg?quality=5") < length("/city_300_300.jpg?quality=95"));
}

#[test]
fn of_an_animation_the_first_frame_is_shown() {
    let place = place();
    let mut film = Vec::new();
    let frames = [RED, GREEN].map(|colour| Frame::new(RgbaImage::from_pixel(40, 40, Rgba(colour))));
    GifEncoder::new(&mut film).encode_frames(frames).unwrap();
    place.put("spin", &film);
    let server = serve(&place);
    let moves = |body: &[u8]| body.windows(4).any(|part| part == b"ANIM");
    for target in ["/spin_40_40.webp", "/spin.webp"] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.content_type().as_str(), moves(&answer.body)), (200, "image/webp", false));
        assert!(are_close(&quarter_colours(&decoded(&answer.body)), &[RED; 4]), "{target}");
    }
    assert_eq!(server.get("/spin.gif").body, film);
}

#[test]
fn a_picture_is_purged_by_any_of_its_urls_and_a_file_without_an_ending_comes_first() {
    let place = place();
    let token = ("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!");
    let server = place.serve(&[MOUNTED, ("IMAGE_PROXY_ENABLE_CACHE", "true"), token]);
    let (target, shown) = ("/tower_20_20.jpg", [("Authorization", "Bearer sixteen-letters!")]);
    let status = || server.get(target).cache_status();
    assert_eq!([status(), status()], ["MISS", "HIT"].map(|status| Some(status.to_owned())));
    for path in ["/_/cache/tower.jpg", "/_/cache/tower_90_90.webp", "/_/cache/"] {
        assert_eq!(server.ask("DELETE", path, &shown).status, 204, "{path}");
        assert_eq!([status(), status()], ["MISS", "HIT"].map(|status| Some(status.to_owned())), "{path}");
    }
    assert_eq!(server.ask("DELETE", "/_/cache/city.jpg", &shown).status, 204);
    assert_eq!(status().as_deref(), Some("HIT"), "that is another picture");
    place.put("tower", photo(40, 10));
    assert_eq!(decoded(&server.get(target).body).dimensions(), (20, 5));
    assert_eq!(server.get(target).header("content-disposition").as_deref(), Some("inline; filename=\"tower.jpg\""));
}
