//! How finely a rendition is written, and in what shape of file: what a request can ask for.

use image::ImageFormat;

use crate::client::Answer;
use crate::pictures::{decoded, original, photo, written};
use crate::server::{Place, Server};

fn photograph() -> Place {
    Place::with(&[("a.jpg", photo("nature/dandelion.jpg"))])
}

fn made(server: &Server, target: &str) -> Answer {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer
}

fn bytes(server: &Server, target: &str) -> usize {
    made(server, target).body.len()
}

fn has(file: &[u8], marker: [u8; 2]) -> bool {
    file.windows(2).any(|pair| pair == marker)
}

/// The marker of the frame of a progressive file (ITU-T T.81, table B.1).
const PROGRESSIVE: [u8; 2] = [0xff, 0xc2];

#[test]
fn a_lower_quality_is_fewer_bytes_in_every_format_that_loses_some() {
    let server = photograph().serve(&[]);
    for format in ["jpeg", "webp", "avif"] {
        let sizes = ["5", "30", "60", "90"].map(|q| bytes(&server, &format!("/a.jpg?size=200&format={format}&q={q}")));
        assert!(sizes.is_sorted_by(|less, more| less < more), "{format} {sizes:?}");
    }
    let png = |q: &str| made(&server, &format!("/a.jpg?size=100&format=png&q={q}")).body;
    assert!(png("5") == png("90"));
}

#[test]
fn every_spelling_of_a_quality_is_one_entry_and_so_is_the_usual_one() {
    let server = photograph().serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let usual = made(&server, "/a.jpg?size=200");
    let low = made(&server, "/a.jpg?size=200&q=0");
    assert!(low.body.len() < usual.body.len());
    for (query, expected) in [
        ("q=75", &usual),
        ("quality=75", &usual),
        ("qlt=74.6", &usual),
        ("Q=75,90", &usual),
        ("q=20&quality=75", &usual),
        ("effort=6", &usual),
        ("progressive=0&lossless=0&chroma=420", &usual),
        ("q=1", &low),
        ("q=0.4,80", &low),
    ] {
        let answer = made(&server, &format!("/a.jpg?size=200&{query}"));
        assert_eq!(answer.cache_status().as_deref(), Some("HIT"), "{query}");
        assert_eq!(answer.header("etag"), expected.header("etag"), "{query}");
        assert!(answer.body == expected.body, "{query}");
    }
}

#[test]
fn the_operators_quality_holds_where_nobody_asks() {
    let place = photograph();
    let coarse = place.serve(&[("IMAGE_PROXY_JPEG_QUALITY", "40"), ("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let usual = made(&coarse, "/a.jpg?size=200").body;
    assert_eq!(made(&coarse, "/a.jpg?size=200&q=40").cache_status().as_deref(), Some("HIT"));
    assert!(bytes(&coarse, "/a.jpg?size=200&q=75") > usual.len());
    assert!(made(&place.serve(&[]), "/a.jpg?size=200&q=40").body == usual);
}

#[test]
fn what_is_no_quality_effort_or_shape_is_a_mistake() {
    let server = photograph().serve(&[]);
    let a_quality = "a number from 0 to 100, or one of auto, low, medium-low, medium, medium-high, high";
    for (query, expected) in [
        ("q=101", "q: expected %, got \"101\"\n"),
        ("quality=-1", "quality: expected %, got \"-1\"\n"),
        ("q=NaN", "q: expected %, got \"NaN\"\n"),
        ("q=", "q: expected %, got \"\"\n"),
        ("effort=11", "effort: expected a whole number from 0 to 10, got \"11\"\n"),
        ("chroma=no", "chroma: expected one of 420, 444, got \"no\"\n"),
        ("progressive=2", "progressive: expected one of 0, 1, true, false, got \"2\"\n"),
        ("lossless=1", "lossless: expected a format that keeps every pixel (avif, png, webp), got jpeg\n"),
        ("lossless=1&format=gif", "lossless: expected a format that keeps every pixel (avif, png, webp), got gif\n"),
    ] {
        let answer = server.get(&format!("/a.jpg?size=50&{query}"));
        assert_eq!((answer.status, answer.text()), (400, expected.replace('%', a_quality)), "{query}");
    }
    let few = photograph().serve(&[("IMAGE_PROXY_ALLOWED_OUTPUT_FORMATS", "jpeg,webp")]);
    let answer = few.get("/a.jpg?lossless=1");
    assert_eq!(answer.text(), "lossless: expected a format that keeps every pixel (webp), got jpeg\n");
}

#[test]
fn lossless_keeps_every_pixel_in_the_formats_that_can() {
    let place = Place::with(&[
        ("photo.jpg", photo("nature/dandelion.jpg")),
        ("alpha.png", photo("icons/camera.png")),
        ("gray.jpg", photo("people/photographer.jpg")),
    ]);
    let server = place.serve(&[]);
    for name in ["photo.jpg", "alpha.png", "gray.jpg"] {
        let exact = decoded(&made(&server, &format!("/{name}?size=120&format=png")).body);
        for format in ["avif", "webp", "png"] {
            let answer = made(&server, &format!("/{name}?size=120&format={format}&lossless=1&q=20"));
            assert_eq!(answer.content_type(), format!("image/{format}"));
            // What is invisible may have any colour.
            let shown = |picture: image::RgbaImage| -> Vec<[u8; 4]> {
                picture.pixels().map(|pixel| if pixel.0[3] == 0 { [0; 4] } else { pixel.0 }).collect()
            };
            assert!(shown(decoded(&answer.body)) == shown(exact.clone()), "{name} as {format}");
        }
    }
}

#[test]
fn more_effort_is_fewer_bytes_in_every_format_that_has_a_choice() {
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg")), ("a.png", photo("icons/camera.png"))]);
    let server = place.serve(&[]);
    for target in
        ["/a.jpg?size=160&format=jpeg", "/a.jpg?size=160&format=webp", "/a.jpg?size=160&format=avif", "/a.png?size=200"]
    {
        let sizes = ["0", "6", "10"].map(|effort| bytes(&server, &format!("{target}&effort={effort}")));
        assert!(sizes[2] < sizes[0] && sizes[2] < sizes[1] && sizes[1] <= sizes[0], "{target} {sizes:?}");
        assert_eq!(bytes(&server, target), sizes[1], "{target}: 6 is usual");
    }
}

#[test]
fn a_progressive_jpeg_shows_the_same_pixels() {
    let server = photograph().serve(&[]);
    let plain = made(&server, "/a.jpg?size=200&format=jpeg").body;
    let progressive = made(&server, "/a.jpg?size=200&format=jpeg&progressive=1").body;
    assert!(has(&progressive, PROGRESSIVE) && !has(&plain, PROGRESSIVE));
    assert!(decoded(&progressive) == decoded(&plain));
    // Formats that have no such shape pass it over.
    assert!(
        made(&server, "/a.jpg?size=99&format=webp&progressive=1").body
            == made(&server, "/a.jpg?size=99&format=webp").body
    );
}

#[test]
fn whole_chroma_keeps_colours_that_quartered_chroma_blurs() {
    let stripes = image::RgbaImage::from_fn(64, 64, |x, _| {
        image::Rgba(if x % 2 == 0 { [255, 0, 0, 255] } else { [0, 0, 255, 255] })
    });
    let place = Place::with(&[("a.png", written(&stripes, ImageFormat::Png))]);
    let server = place.serve(&[]);
    for format in ["jpeg", "avif"] {
        let redness = |chroma: &str| {
            let picture = decoded(&made(&server, &format!("/a.png?format={format}&q=80&chroma={chroma}")).body);
            picture.get_pixel(32, 32).0[0].abs_diff(picture.get_pixel(33, 32).0[0])
        };
        assert!(redness("444") > 200 && redness("420") < 150, "{format} {} {}", redness("444"), redness("420"));
        let quartered = made(&server, &format!("/a.png?format={format}&q=80&chroma=4:2:0")).body;
        assert!(quartered == made(&server, &format!("/a.png?format={format}&q=80")).body, "{format}: it is usual");
    }
}

#[test]
fn the_same_picture_is_written_anew_only_where_that_is_fewer_bytes() {
    let place = photograph();
    let fine = made(&place.serve(&[]), "/a.jpg?size=300&q=90").body;
    place.put("fine.jpg", &fine);
    let server = place.serve(&[]);
    // Coarser: fewer bytes.
    let coarse = made(&server, "/fine.jpg?q=30").body;
    assert!(coarse.len() * 2 < fine.len());
    place.put("coarse.jpg", &coarse);
    // No coarser than the file is, or a harder search for what is lost already: the file.
    for query in ["q=90", "q=100", "format=jpeg&q=95", "effort=9", "effort=9&q=91"] {
        assert!(made(&server, &format!("/fine.jpg?{query}")).body == fine, "{query}");
    }
    assert!(made(&server, "/coarse.jpg?q=75").body == coarse);
    // A file that cannot get smaller is sent as it is, and another format is another wish.
    place.put("packed.png", made(&server, "/fine.jpg?size=60&format=png&effort=10").body);
    let packed = made(&server, "/packed.png").body;
    assert!(made(&server, "/packed.png?effort=1").body == packed);
    assert!(made(&server, "/packed.png?effort=1&format=webp").content_type() == "image/webp");
}

#[test]
fn a_file_with_metadata_is_never_larger_than_without() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let server = place.serve(&[]);
    let packed = made(&server, "/a.png?size=88&effort=10").body;
    let mut text = b"tEXtRaw profile type exif\0Exif".to_vec();
    let checksum = crc32fast::hash(&text).to_be_bytes();
    let length = (text.len() as u32 - 4).to_be_bytes();
    text.extend(checksum);
    let (head, tail) = packed.split_at(33);
    place.put("told.png", [head, &length, &text, tail].concat());
    let answer = made(&server, "/told.png?effort=0").body;
    assert!(answer == packed, "{} {}", answer.len(), packed.len());
}

#[test]
fn a_shape_that_is_asked_for_is_made_unless_the_file_has_it() {
    let place = photograph();
    let server = place.serve(&[]);
    let small = made(&server, "/a.jpg?size=40&q=20").body;
    place.put("small.jpg", &small);
    for (query, is_it) in [
        ("progressive=1", false),
        ("chroma=444", false),
        ("chroma=444&q=90", false),
        ("chroma=420", true),
        ("chroma=420&q=90", true),
        ("progressive=0", true),
    ] {
        assert_eq!(made(&server, &format!("/small.jpg?{query}")).body == small, is_it, "{query}");
    }
    let shaped = made(&server, "/small.jpg?progressive=1&chroma=444").body;
    assert!(has(&shaped, PROGRESSIVE) && shaped.len() > small.len());
    place.put("shaped.jpg", &shaped);
    for query in ["progressive=1", "chroma=444", "chroma=444&progressive=1&q=20"] {
        assert!(made(&server, &format!("/shaped.jpg?{query}")).body == shaped, "{query}");
    }
    assert!(made(&server, "/shaped.jpg?chroma=420").body != shaped);
}

#[test]
fn an_animation_is_written_anew_frame_by_frame_and_only_in_fewer_bytes() {
    let place = Place::with(&[("a.gif", photo("animals/cat-zoom.gif"))]);
    let server = place.serve(&[]);
    let fine = made(&server, "/a.gif?size=100&format=webp&q=90").body;
    place.put("fine.webp", &fine);
    let coarse = made(&server, "/fine.webp?q=30").body;
    let frames = |file: &[u8]| file.windows(4).filter(|name| *name == b"ANMF").count();
    assert!(coarse.len() < fine.len());
    assert_eq!(frames(&coarse), frames(&fine));
    place.put("coarse.webp", &coarse);
    assert!(made(&server, "/coarse.webp?q=100").body.len() <= coarse.len());
}

fn taken(answer: &Answer) -> Option<String> {
    answer.header("x-image-proxy-quality")
}

#[test]
fn a_file_has_no_more_bytes_than_it_may_and_is_as_fine_as_that_allows() {
    let server = photograph().serve(&[]);
    for format in ["jpeg", "webp", "avif"] {
        let at = |q: u8| bytes(&server, &format!("/a.jpg?size=300&format={format}&q={q}"));
        for most in [at(25) + 3, at(60) + 3] {
            let answer = made(&server, &format!("/a.jpg?size=300&format={format}&max_bytes={most}"));
            let quality: u8 = taken(&answer).unwrap().parse().unwrap();
            assert!(
                answer.body.len() <= most && answer.body.len() * 100 > most * 94,
                "{format} {most}: {}",
                answer.body.len()
            );
            assert_eq!(answer.body.len(), at(quality), "{format}: {quality}");
            let timing = answer.header("server-timing").unwrap();
            let told = timing.split("desc=\"").nth(1).unwrap();
            let trials: usize = told.split(' ').next().unwrap().parse().unwrap();
            assert!((2..=5).contains(&trials), "{timing}");
        }
    }
}

#[test]
fn a_limit_on_bytes_never_makes_a_finer_picture() {
    let server = photograph().serve(&[]);
    let plenty = made(&server, "/a.jpg?size=200&max_bytes=1MB");
    assert!(plenty.body == made(&server, "/a.jpg?size=200").body);
    assert_eq!(taken(&plenty).as_deref(), Some("75"));
    let asked = made(&server, "/a.jpg?size=200&max_bytes=1MB&q=31");
    assert!(asked.body == made(&server, "/a.jpg?size=200&q=31").body);
    assert_eq!(taken(&asked).as_deref(), Some("31"));
    assert_eq!(taken(&made(&server, "/a.jpg?size=200&q=31")), None, "nothing was searched for");
}

#[test]
fn what_cannot_be_met_is_the_smallest_and_says_so() {
    let server = photograph().serve(&[]);
    for format in ["jpeg", "webp", "avif"] {
        let answer = made(&server, &format!("/a.jpg?size=300&format={format}&max_bytes=100"));
        assert_eq!(taken(&answer).as_deref(), Some("1; missed"), "{format}");
        assert_eq!(answer.body.len(), bytes(&server, &format!("/a.jpg?size=300&format={format}&q=0")), "{format}");
    }
    // Where no pixel is lost there is nothing to search for.
    for query in ["format=png", "format=webp&lossless=1"] {
        let [few, many] = ["100", "9M"].map(|most| made(&server, &format!("/a.jpg?size=100&{query}&max_bytes={most}")));
        assert_eq!([&few, &many].map(taken), [Some("100; missed".to_owned()), Some("100".to_owned())], "{query}");
        assert!(few.body == many.body && few.body == made(&server, &format!("/a.jpg?size=100&{query}")).body);
    }
    assert_eq!(taken(&made(&server, "/a.jpg?format=blurhash&max_bytes=1")), None);
    for bad in ["0", "-1", "many", "40g"] {
        let answer = server.get(&format!("/a.jpg?max_bytes={bad}"));
        let expected = format!("max_bytes: expected a number of bytes such as 40000, 40k or 40KiB, got \"{bad}\"\n");
        assert_eq!((answer.status, answer.text()), (400, expected));
    }
}

#[test]
fn the_quality_that_was_taken_is_told_from_every_cache_and_to_head() {
    let place = photograph();
    place.age();
    let on_disk = [("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"), ("IMAGE_PROXY_CACHE_DISK_SIZE", "64MB")];
    let both = [on_disk[0], on_disk[1], ("IMAGE_PROXY_ENABLE_CACHE", "true")];
    let target = "/a.jpg?size=300&max_bytes=5k";
    let mut server = place.serve(&both);
    assert_eq!(taken(&server.ask("HEAD", target, &[])), None, "nobody knows yet");
    let first = made(&server, target);
    assert!(taken(&first).is_some() && first.body.len() <= 5000);
    for spelling in [target, "/a.jpg?max_bytes=5000&size=300&q=75"] {
        let again = made(&server, spelling);
        assert_eq!((again.cache_status().as_deref(), taken(&again)), (Some("HIT"), taken(&first)));
        assert_eq!(taken(&server.ask("HEAD", spelling, &[])), taken(&first));
    }
    server.signal("TERM");
    server.ended();
    let again = made(&place.serve(&both), target);
    assert_eq!((again.cache_status().as_deref(), taken(&again)), (Some("HIT"), taken(&first)));
    // Without any cache, what came of it is still known.
    let bare = place.serve(&[]);
    made(&bare, target);
    assert_eq!(taken(&bare.ask("HEAD", target, &[])), taken(&first));
}

#[test]
fn a_limit_alone_leaves_what_fits_as_small_as_it_is() {
    let place = photograph();
    let server = place.serve(&[]);
    let small = made(&server, "/a.jpg?size=300&q=50").body;
    place.put("small.jpg", &small);
    let (as_it_is, half) =
        (made(&server, "/small.jpg?max_bytes=1M"), made(&server, &format!("/small.jpg?max_bytes={}", small.len() / 2)));
    assert!(as_it_is.body.len() <= small.len() && half.body.len() <= small.len() / 2);
    // What has nothing to lose but is too long is sent, and told.
    place.put("a.png", made(&server, "/a.jpg?size=60&format=png&effort=10").body);
    for _ in 0..2 {
        let answer = made(&server, "/a.png?max_bytes=50&effort=1");
        assert!(answer.body == made(&server, "/a.png").body);
        assert_eq!(taken(&answer).as_deref(), Some("100; missed"));
    }
}

#[test]
fn an_animation_fits_as_well() {
    let server = Place::with(&[("a.gif", photo("animals/cat-zoom.gif"))]).serve(&[]);
    let whole = bytes(&server, "/a.gif?size=100&format=webp");
    let answer = made(&server, &format!("/a.gif?size=100&format=webp&max_bytes={}", whole * 2 / 3));
    assert!(answer.body.len() <= whole * 2 / 3 && answer.body.windows(4).any(|name| name == b"ANMF"));
    assert!(taken(&answer).is_some_and(|quality| !quality.contains("missed")));
}
