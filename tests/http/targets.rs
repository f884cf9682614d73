//! `q=auto` and the other words for it: what is asked for is what is seen, and the quality that this takes is found.

use std::thread;

use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use image::{Rgb, RgbImage, RgbaImage};

use crate::client::Answer;
use crate::pictures::{decoded, photo, plain, written};
use crate::server::{Place, Server};

const FORMATS: [&str; 3] = ["jpeg", "webp", "avif"];
const CACHING: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");

fn photographs() -> Place {
    Place::with(&[("a.png", photo("space/rocket.png"))])
}

fn made(server: &Server, target: &str) -> Answer {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer
}

fn taken(answer: &Answer) -> Option<String> {
    answer.header("x-image-proxy-quality")
}

fn number(answer: &Answer) -> u8 {
    taken(answer).unwrap().split(';').next().unwrap().parse().unwrap()
}

fn is_missed(answer: &Answer) -> bool {
    taken(answer).unwrap().ends_with("missed")
}

/// How many requests had to wait for a search.
fn searches(server: &Server) -> f64 {
    server.metric("image_proxy_stage_duration_seconds_count", &["stage=\"score\""])
}

fn score(one: &RgbaImage, other: &RgbaImage) -> f64 {
    let (width, height) = one.dimensions();
    let [one, other] =
        [one, other].map(|picture| picture.pixels().flat_map(|pixel| pixel.0.into_iter().take(3)).collect::<Vec<u8>>());
    let view = |bytes| PixelSlice::new(bytes, width, height, width as usize * 3, PixelDescriptor::RGB8_SRGB).unwrap();
    compute_ssimulacra2(&view(&one), &view(&other)).unwrap()
}

/// Nothing but chance: no format keeps it.
fn noise() -> Vec<u8> {
    let mut state = 1_u32;
    let picture = RgbImage::from_fn(300, 300, |_, _| {
        Rgb([0; 3].map(|_: u8| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }))
    });
    written(&image::DynamicImage::from(picture).to_rgba8(), image::ImageFormat::Png)
}

#[test]
fn a_word_means_the_same_to_the_eye_in_every_format() {
    let place = Place::with(&[("a.png", photo("space/rocket.png")), ("b.jpg", photo("people/astronaut.jpg"))]);
    let server = place.serve(&[]);
    for (name, size) in [("a.png", 577), ("b.jpg", 480)] {
        let exact = decoded(&made(&server, &format!("/{name}?size={size}&format=png")).body);
        for (word, target) in [("low", 55.0), ("auto", 70.0), ("high", 80.0)] {
            for format in FORMATS {
                let answer = made(&server, &format!("/{name}?size={size}&format={format}&q={word}"));
                let score = score(&exact, &decoded(&answer.body));
                let is_met = (score - target).abs() < 3.0;
                // The coarsest of all, and of those with all samples of colour.
                let is_bound = if score < target { is_missed(&answer) } else { [10, 90].contains(&number(&answer)) };
                assert!(is_met || is_bound, "{name} {word} {format}: {score:.1}");
            }
        }
    }
}

#[test]
fn a_better_word_is_a_finer_quality_and_auto_is_medium() {
    let server = photographs().serve(&[CACHING]);
    for format in FORMATS {
        let at = |word: &str| made(&server, &format!("/a.png?size=300&format={format}&q={word}"));
        let numbers = ["low", "medium-low", "medium", "medium-high", "high"].map(|word| number(&at(word)));
        assert!(numbers.is_sorted() && numbers[0] < numbers[2] && numbers[2] < numbers[4], "{format} {numbers:?}");
        for spelling in ["auto", "Medium", "auto,90"] {
            let answer = at(spelling);
            assert_eq!(answer.cache_status().as_deref(), Some("HIT"), "{spelling}");
            assert_eq!(answer.header("etag"), at("medium").header("etag"));
        }
        let found = format!("/a.png?size=300&format={format}&q={}", numbers[2]);
        assert!(made(&server, &found).body == at("medium").body, "{format}");
    }
}

#[test]
fn what_was_found_once_holds_for_all_sizes() {
    let server = photographs().serve(&[]);
    for format in FORMATS {
        let before = searches(&server);
        let first = made(&server, &format!("/a.png?size=300&format={format}&q=auto"));
        let timing = first.header("server-timing").unwrap();
        let told = timing.split("desc=\"").nth(1).unwrap();
        let trials: usize = told.split(' ').next().unwrap().parse().unwrap();
        assert!((1..=3).contains(&trials), "{timing}");
        for query in ["size=100", "w=200&h=200&fit=cover&bw=1", "effort=9"] {
            let answer = made(&server, &format!("/a.png?{query}&format={format}&q=auto"));
            assert_eq!(taken(&answer), taken(&first), "{query}");
            assert!(!answer.header("server-timing").unwrap().contains("search"), "{query}");
        }
        assert_eq!(searches(&server) - before, 1.0, "{format}");
    }
    // Another target is another search, and so is another sampling of colours.
    for query in ["q=low", "q=auto&chroma=444"] {
        let before = searches(&server);
        made(&server, &format!("/a.png?size=100&format=jpeg&{query}"));
        assert_eq!(searches(&server) - before, 1.0, "{query}");
    }
}

#[test]
fn the_bytes_do_not_depend_on_what_was_asked_for_before() {
    let place = photographs();
    let targets = ["a.png?size=64", "a.png?size=300", "a.png?size=640", "a.png?w=90&h=90&fit=cover"]
        .map(|target| format!("/{target}&format=webp&q=auto"));
    let bodies = |order: &[usize]| {
        let server = place.serve(&[]);
        let mut bodies: Vec<_> = order.iter().map(|index| (*index, made(&server, &targets[*index]).body)).collect();
        bodies.sort();
        bodies
    };
    assert!(bodies(&[0, 1, 2, 3]) == bodies(&[3, 2, 1, 0]));
}

#[test]
fn a_crowd_of_sizes_is_one_search() {
    let server = photographs().serve(&[("IMAGE_PROXY_QUEUE_LENGTH", "100")]);
    let answers = thread::scope(|scope| {
        let ask = |size: u32| {
            scope.spawn({
                let server = &server;
                move || made(server, &format!("/a.png?size={size}&format=jpeg&q=auto"))
            })
        };
        let asking: Vec<_> = (0..8).map(|number| ask(100 + number * 20)).collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(searches(&server), 1.0);
    assert!(answers.iter().all(|answer| taken(answer) == taken(&answers[0])));
}

#[test]
fn the_quality_is_told_from_every_cache_and_to_head_and_spares_work() {
    let place = photographs();
    place.age();
    let on_disk = [("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"), ("IMAGE_PROXY_CACHE_DISK_SIZE", "64MB")];
    let both = [on_disk[0], on_disk[1], CACHING];
    let target = "/a.png?size=300&format=webp&q=auto";
    let mut server = place.serve(&both);
    let head = server.ask("HEAD", target, &[]);
    let tag = head.header("etag").unwrap();
    let spared = server.get_with(target, &[("If-None-Match", &tag)]);
    assert_eq!((head.status, spared.status, searches(&server)), (200, 304, 0.0), "nothing is searched for them");
    assert_eq!(taken(&head), None, "nobody knows yet");
    let first = made(&server, target);
    assert_eq!(first.header("etag").as_deref(), Some(tag.as_str()));
    for _ in 0..2 {
        assert_eq!(taken(&server.ask("HEAD", target, &[])), taken(&first));
        let again = made(&server, target);
        assert_eq!((again.cache_status().as_deref(), taken(&again)), (Some("HIT"), taken(&first)));
    }
    server.signal("TERM");
    server.ended();
    let server = place.serve(&both);
    let again = made(&server, target);
    assert_eq!((again.cache_status().as_deref(), taken(&again)), (Some("HIT"), taken(&first)));
    assert_eq!(searches(&server), 0.0);
}

#[test]
fn what_cannot_be_met_is_the_best_and_says_so() {
    let place = Place::with(&[("noise.png", noise())]);
    let server = place.serve(&[]);
    for format in ["jpeg", "webp"] {
        let answer = made(&server, &format!("/noise.png?format={format}&q=high"));
        assert_eq!(taken(&answer).as_deref(), Some("95; missed"), "{format}");
        assert!(answer.body == made(&server, &format!("/noise.png?format={format}&q=95")).body);
    }
    // What an original has lost cannot be got back.
    place.put("coarse.jpg", made(&server, "/noise.png?format=jpeg&q=40&size=200").body);
    let answer = made(&server, "/coarse.jpg?format=webp&q=high");
    assert_eq!(taken(&answer).as_deref(), Some("40; missed"));
}

#[test]
fn a_limit_on_bytes_makes_it_coarser_where_it_must() {
    let server = photographs().serve(&[]);
    for format in FORMATS {
        let target = format!("/a.png?size=300&format={format}&q=auto");
        let alone = made(&server, &target);
        let plenty = made(&server, &format!("{target}&max_bytes=1MB"));
        assert!(plenty.body == alone.body && taken(&plenty) == taken(&alone), "{format}");
        let most = alone.body.len() * 3 / 4;
        let few = made(&server, &format!("{target}&max_bytes={most}"));
        assert!(few.body.len() <= most && number(&few) < number(&alone), "{format}");
        let none = made(&server, &format!("{target}&max_bytes=10"));
        assert_eq!(taken(&none).as_deref(), Some("1; missed"), "{format}");
    }
}

#[test]
fn what_loses_no_pixel_needs_no_search() {
    let server = photographs().serve(&[CACHING]);
    for query in ["format=png", "format=webp&lossless=1", "format=gif", "format=blurhash", "format=avif&lossless=1"] {
        let usual = made(&server, &format!("/a.png?size=60&{query}"));
        let answer = made(&server, &format!("/a.png?size=60&{query}&q=auto"));
        assert_eq!((answer.cache_status().as_deref(), taken(&answer)), (Some("HIT"), None), "{query}");
        assert_eq!(answer.header("etag"), usual.header("etag"), "{query}");
    }
    assert_eq!(made(&server, "/a.png?q=auto").header("etag"), made(&server, "/a.png").header("etag"));
    assert_eq!(searches(&server), 0.0);
}

#[test]
fn every_kind_of_original_has_a_quality() {
    let place = Place::with(&[
        ("gray.jpg", photo("people/photographer.jpg")),
        ("alpha.png", photo("icons/camera.png")),
        ("drawing.svg", photo("icons/monkey.svg")),
        ("film.gif", photo("animals/cat-zoom.gif")),
        ("turned.jpg", photo("people/astronaut.jpg")),
        ("flat.png", plain([9, 99, 200])),
        ("tiny.png", written(&RgbaImage::from_pixel(5, 300, image::Rgba([3, 200, 90, 255])), image::ImageFormat::Png)),
    ]);
    let server = place.serve(&[]);
    for name in ["gray.jpg", "alpha.png", "drawing.svg", "film.gif", "turned.jpg", "flat.png", "tiny.png"] {
        for format in FORMATS {
            let answer = made(&server, &format!("/{name}?size=120&format={format}&q=low"));
            assert_eq!(answer.content_type(), format!("image/{format}"), "{name}");
            let quality = number(&answer);
            assert!((10..=95).contains(&quality), "{name} {format}: {quality}");
        }
    }
    let film = made(&server, "/film.gif?size=60&format=webp&q=auto");
    assert!(film.body.windows(4).any(|name| name == b"ANMF") && taken(&film).is_some());
}

#[test]
fn the_original_may_be_the_answer_and_says_its_own_quality() {
    let place = Place::with(&[("a.jpg", made(&photographs().serve(&[]), "/a.png?format=jpeg&q=35&size=300").body)]);
    let server = place.serve(&[]);
    let itself = made(&server, "/a.jpg").body;
    let own = number(&made(&server, "/a.jpg?max_bytes=9M"));
    for _ in 0..2 {
        let answer = made(&server, "/a.jpg?q=high");
        assert!(answer.body.len() <= itself.len());
        assert_eq!(number(&answer), own);
    }
}

#[test]
fn what_varies_still_does_and_each_format_has_its_own_quality() {
    let server = photographs().serve(&[]);
    let ask = |accept| server.get_with("/a.png?size=200&auto=format&q=auto", &[("Accept", accept)]);
    let (avif, webp) = (ask("image/avif,image/webp"), ask("image/webp"));
    assert_eq!([&avif, &webp].map(Answer::content_type), ["image/avif", "image/webp"]);
    for answer in [&avif, &webp] {
        assert_eq!(answer.header("vary").as_deref(), Some("accept, sec-ch-dpr"));
        assert!(taken(answer).is_some());
    }
}

#[test]
fn a_broken_original_is_no_more_and_no_less_broken() {
    let broken = photo("people/astronaut.jpg")[..20_000].to_vec();
    let place = Place::with(&[("a.jpg", &broken)]);
    let server = place.serve(&[]);
    let usual = server.get("/a.jpg?size=100");
    for _ in 0..2 {
        let answer = server.get("/a.jpg?size=100&q=auto");
        assert_eq!((answer.status, answer.text()), (422, usual.text()));
    }
    let shown = place.serve(&[("IMAGE_PROXY_BROKEN_ORIGINALS", "show")]);
    let answer = made(&shown, "/a.jpg?size=100&q=auto");
    assert!(taken(&answer).is_some());
}

#[test]
fn a_word_that_is_none_is_told_the_one_that_was_meant() {
    let server = photographs().serve(&[]);
    let expected = "expected a number from 0 to 100, or one of auto, low, medium-low, medium, medium-high, high";
    for (query, got) in [
        ("q=hihg", "q: %, got \"hihg\"; did you mean high?\n"),
        ("quality=Medium_high", "quality: %, got \"Medium_high\"; did you mean medium-high?\n"),
        ("q=best", "q: %, got \"best\"\n"),
    ] {
        let answer = server.get(&format!("/a.png?size=50&{query}"));
        assert_eq!((answer.status, answer.text()), (400, got.replace('%', expected)), "{query}");
    }
}
