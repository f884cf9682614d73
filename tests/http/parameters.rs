//! Each parameter does what it says, or says what it expected.

use crate::pictures::{decoded, is_gray, media_type, photo};
use crate::server::{Place, Server, shipped};

fn serve_shipped() -> (Place, Server) {
    let place = Place::new();
    let server = place.serve(&[("IMAGE_PROXY_ROOT_PATH", shipped().to_str().unwrap())]);
    (place, server)
}

fn dimensions(server: &Server, target: &str, headers: &[(&str, &str)]) -> (u32, u32) {
    let answer = server.get_with(target, headers);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    decoded(&answer.body).dimensions()
}

#[test]
fn the_size_is_that_of_the_longest_edge() {
    let (_place, server) = serve_shipped();
    for (target, expected) in [
        ("/nature/dandelion.jpg?size=400", (400, 300)),
        ("/people/astronaut.jpg?size=100", (75, 100)),
        ("/space/rocket.png?size=320", (320, 214)),
        ("/animals/cat.webp?size=1&format=png", (1, 1)),
        ("/animals/cat.webp?size=450", (450, 299)),
        ("/nature/dandelion-close-up.avif?size=120&format=webp", (120, 90)),
    ] {
        assert_eq!(dimensions(&server, target, &[]), expected, "{target}");
    }
}

#[test]
fn nothing_is_ever_enlarged() {
    let (_place, server) = serve_shipped();
    for target in [
        "/animals/cat.webp?size=452&format=png",
        "/animals/cat.webp?size=16384&dpr=10&format=jpeg",
        "/animals/cat.webp?format=png&dpr=3",
    ] {
        assert_eq!(dimensions(&server, target, &[]), (451, 300), "{target}");
    }
}

#[test]
fn a_format_is_named_in_any_letter_case() {
    let (_place, server) = serve_shipped();
    for (name, expected) in [
        ("avif", "image/avif"),
        ("AVIF", "image/avif"),
        ("jpeg", "image/jpeg"),
        ("jpg", "image/jpeg"),
        ("JpG", "image/jpeg"),
        ("png", "image/png"),
        ("Png", "image/png"),
        ("webp", "image/webp"),
        ("WebP", "image/webp"),
    ] {
        let answer = server.get(&format!("/icons/camera.png?size=40&format={name}"));
        assert_eq!((answer.status, answer.content_type().as_str()), (200, expected), "{name}");
        assert_eq!(media_type(&answer.body), expected, "{name}");
    }
}

#[test]
fn without_a_format_a_rendition_keeps_that_of_the_original() {
    let (_place, server) = serve_shipped();
    for (name, expected) in [
        ("summer%20trip/caf%C3%A9.jpg", "image/jpeg"),
        ("icons/camera.png", "image/png"),
        ("animals/cat.webp", "image/webp"),
        ("nature/dandelion-close-up.avif", "image/avif"),
        ("animals/cat-zoom.gif", "image/gif"),
        // What cannot be written becomes a PNG, which keeps every pixel.
        ("science/retina.tiff", "image/png"),
    ] {
        let answer = server.get(&format!("/{name}?size=50"));
        assert_eq!((answer.status, answer.content_type().as_str()), (200, expected), "{name}");
        assert_eq!(media_type(&answer.body), expected, "{name}");
    }
}

#[test]
fn the_ratio_multiplies_the_size() {
    let (_place, server) = serve_shipped();
    let cat = |query: &str, hint: &[(&str, &str)]| {
        dimensions(&server, &format!("/animals/cat.webp?format=png&{query}"), hint).0
    };
    assert_eq!(cat("size=100&dpr=2", &[]), 200);
    assert_eq!(cat("size=100&dpr=1.0", &[]), 100);
    assert_eq!(cat("size=33&dpr=10", &[]), 330);
    assert_eq!(cat("size=101&dpr=1.5", &[]), 152);
    assert_eq!(cat("size=100", &[("Sec-CH-DPR", "2.5")]), 250);
    assert_eq!(cat("size=100&dpr=3", &[("Sec-CH-DPR", "2")]), 300);
    assert_eq!(cat("size=100&dpr=1", &[("Sec-CH-DPR", "2")]), 100);
}

#[test]
fn a_bad_hint_is_ignored() {
    let (_place, server) = serve_shipped();
    for hint in ["two", "", "0.5", "11", "NaN", "inf", "-2", "2x"] {
        let target = "/animals/cat.webp?size=100&format=png";
        assert_eq!(dimensions(&server, target, &[("Sec-CH-DPR", hint)]).0, 100, "{hint}");
    }
}

#[test]
fn an_answer_that_a_hint_could_change_says_so() {
    let (_place, server) = serve_shipped();
    let varies = |target: &str| server.get(target).header("vary").map(|names| names.to_ascii_lowercase());
    assert_eq!(varies("/animals/cat.webp?size=100"), Some("sec-ch-dpr".to_owned()));
    assert_eq!(varies("/animals/cat.webp?size=100&dpr=2"), None);
    assert_eq!(varies("/animals/cat.webp"), None);
}

#[test]
fn every_algorithm_makes_a_picture_of_its_own() {
    let (_place, server) = serve_shipped();
    let mut made: Vec<Vec<u8>> = Vec::new();
    for algorithm in ["lanczos3", "bicubic", "gaussian", "thumbnail"] {
        let answer = server.get(&format!("/space/rocket.png?size=64&resize_algorithm={algorithm}"));
        assert_eq!(answer.status, 200, "{algorithm}");
        assert_eq!(decoded(&answer.body).dimensions(), (64, 43), "{algorithm}");
        assert!(!made.contains(&answer.body), "{algorithm}");
        made.push(answer.body);
    }
    let chosen = server.get("/space/rocket.png?size=64&resize_algorithm=AUTO");
    assert!(chosen.status == 200 && made.contains(&chosen.body));
}

#[test]
fn bw_is_grayscale_in_every_format() {
    let (_place, server) = serve_shipped();
    let colourful = decoded(&server.get("/animals/cat.webp?size=60&format=png").body);
    assert!(!is_gray(&colourful));
    for format in ["avif", "jpeg", "png", "webp"] {
        let answer = server.get(&format!("/animals/cat.webp?size=60&bw=1&format={format}"));
        assert_eq!(media_type(&answer.body), format!("image/{format}"));
        assert!(is_gray(&decoded(&answer.body)), "{format}");
    }
    assert!(is_gray(&decoded(&server.get("/animals/cat.webp?bw=1").body)));
    assert!(server.get("/animals/cat.webp?bw=0").body == photo("animals/cat.webp"));
}

#[test]
fn a_bad_value_is_told_what_was_expected_and_what_came() {
    let (_place, server) = serve_shipped();
    let size = "size: expected a whole number from 1 to 16384";
    let dpr = "dpr: expected a number from 1.0 to 10.0";
    let format =
        "format: expected one of avif, gif, jpeg, jpg, png, webp, blurhash, thumbhash, lqip, json, auto, origin";
    let algorithm = "resize_algorithm: expected one of auto, lanczos3, bicubic, gaussian, thumbnail";
    for (query, expected, got) in [
        ("size=0", size, "0"),
        ("size=16385", size, "16385"),
        ("size=-5", size, "-5"),
        ("size=1.5", size, "1.5"),
        ("size=", size, ""),
        ("size", size, ""),
        ("size=big", size, "big"),
        ("size=%31%30px", size, "10px"),
        ("size=99999999999999999999", size, "99999999999999999999"),
        ("size=100&dpr=0.9", dpr, "0.9"),
        ("size=100&dpr=10.5", dpr, "10.5"),
        ("size=100&dpr=NaN", dpr, "NaN"),
        ("dpr=high", dpr, "high"),
        ("format=bmp", format, "bmp"),
        ("format=", format, ""),
        ("format=image/png", format, "image/png"),
        ("size=10&resize_algorithm=nearest", algorithm, "nearest"),
        ("resize_algorithm=", algorithm, ""),
        ("bw=2", "bw: expected one of 0, 1, true, false", "2"),
        ("bw=yes", "bw: expected one of 0, 1, true, false", "yes"),
        ("bw=%0a", "bw: expected one of 0, 1, true, false", "\\n"),
    ] {
        let answer = server.get(&format!("/animals/cat.webp?{query}"));
        assert_eq!((answer.status, answer.text()), (400, format!("{expected}, got \"{got}\"\n")), "{query}");
    }
}

#[test]
fn of_a_repeated_parameter_the_last_one_counts() {
    let (_place, server) = serve_shipped();
    let target = "/animals/cat.webp?size=100&format=png&size=nonsense&format=jpeg&size=50";
    assert_eq!(dimensions(&server, target, &[]), (50, 33));
    assert_eq!(server.get(target).content_type(), "image/jpeg");
    assert_eq!(server.get("/animals/cat.webp?size=50&size=nonsense").status, 400);
}
