//! Renditions of one original that are asked for together are made of the same pixels, and are what each is alone.

use std::fs;

use crate::client::{Answer, Pending};
use crate::colours::with_profile;
use crate::pictures::{decoded, original, photo, plain};
use crate::server::{Place, Server};

/// Something that keeps the only thread busy until it is dropped.
const SLOW: &str = "/large.jpg?format=avif&size=3000";
/// What renditions are heavy work of, and so wait for that thread.
const HEAVY: &str = "/photo";
const WIDTHS: [u32; 3] = [60, 150, 400];
const FORMATS: [&str; 4] = ["jpeg", "webp", "avif", "png"];

fn targets(name: &str) -> Vec<String> {
    let target = |width, format| format!("/{name}?size={width}&format={format}");
    WIDTHS.iter().flat_map(|width| FORMATS.map(|format| target(width, format))).collect()
}

fn serve(place: &Place, variables: &[(&str, &str)]) -> Server {
    place.put("large.jpg", photo("nature/dandelion.jpg"));
    let own = [("IMAGE_PROXY_WORKERS", "1"), ("IMAGE_PROXY_TIMEOUT", "10m"), ("IMAGE_PROXY_QUEUE_TIMEOUT", "10m")];
    place.serve(&[&own, variables].concat())
}

/// Asks for everything while the thread for heavy work is busy, and then frees it.
fn burst(server: &Server, targets: &[String]) -> Vec<Answer> {
    let slow = keep_busy(server);
    let pending: Vec<_> = targets.iter().map(|target| server.begin(target)).collect();
    let is_heavy = targets.iter().any(|target| target.starts_with(HEAVY));
    if is_heavy {
        server.wait_until_in_flight(targets.len() + 1);
    }
    drop(slow);
    pending.into_iter().map(Pending::answer).collect()
}

fn keep_busy(server: &Server) -> Pending {
    let slow = server.begin(SLOW);
    server.wait_until("the slow one to run", |server| server.metric("image_proxy_work_running", &[]) >= 1.0);
    slow
}

/// The same, each of a file of its own, so that there is nothing to share.
fn alone(place: &Place, server: &Server, bytes: &[u8], name: &str) -> Vec<Answer> {
    let ask = |(number, target): (usize, String)| {
        let own = format!("{number}-{name}");
        place.put(&own, bytes);
        server.get(&target.replace(name, &own))
    };
    targets(name).into_iter().enumerate().map(ask).collect()
}

/// A photograph of three megapixels, made by the program itself, and the same turned by its EXIF.
fn photographs() -> [Vec<u8>; 2] {
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg"))]);
    let upright = place.serve(&[]).get("/a.jpg?size=2000").body;
    let exif = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let turned = [&upright[..2], exif, &upright[2..]].concat();
    [upright, turned]
}

fn count(server: &Server, stage: &str) -> f64 {
    server.metric("image_proxy_stage_duration_seconds_count", &[&format!("stage=\"{stage}\"")])
}

#[test]
fn a_burst_is_decoded_once_for_each_scale_and_has_the_bytes_of_lone_renditions() {
    let [upright, turned] = photographs();
    for (name, bytes, decodings) in [
        ("photo.jpg", upright, Some(3.0)),
        ("photo-turned.jpg", turned, Some(3.0)),
        // Our own decoder refuses it; what stands in for it is of another scale for each width.
        ("inks.jpg", original("cmyk.jpg"), None),
        ("cat.png", original("cat.png"), None),
        ("profile.png", with_profile(), None),
        ("cat.webp", photo("animals/cat.webp"), None),
    ] {
        let place = Place::with(&[(name, &bytes)]);
        let server = serve(&place, &[]);
        let shared = burst(&server, &targets(name));
        assert!(decodings.is_none_or(|decodings| count(&server, "decode") == decodings), "{name}");
        let lone = alone(&place, &server, &bytes, name);
        for ((shared, lone), target) in shared.iter().zip(&lone).zip(targets(name)) {
            assert_eq!((shared.status, lone.status), (200, 200), "{target}");
            assert!(shared.body == lone.body, "{target}");
        }
    }
}

#[test]
fn colours_that_are_preserved_for_some_renditions_are_not_shared_with_others() {
    let bytes = with_profile();
    let place = Place::with(&[("a.png", &bytes)]);
    let server = serve(&place, &[("IMAGE_PROXY_COLOR", "preserve")]);
    let gray = targets("a.png").into_iter().map(|target| target + "&bw=1");
    let targets: Vec<_> = targets("a.png").into_iter().zip(gray).flat_map(|(colours, gray)| [colours, gray]).collect();
    let shared = burst(&server, &targets);
    for (number, (target, shared)) in targets.iter().zip(shared).enumerate() {
        place.put(&format!("{number}.png"), &bytes);
        assert!(server.get(&target.replace("a.png", &format!("{number}.png"))).body == shared.body, "{target}");
    }
}

#[test]
fn a_replaced_file_never_gets_the_pixels_of_the_one_before() {
    let place = Place::with(&[("a.png", plain([200, 0, 0]))]);
    let server = serve(&place, &[]);
    for turn in 0..10 {
        let colour = [[200, 0, 0], [0, 200, 0]][turn % 2];
        let beside = place.put("new.png", plain(colour));
        fs::rename(beside, place.root().join("a.png")).unwrap();
        for format in ["png", "webp&v=1", "jpeg"] {
            let answer = server.get(&format!("/a.png?size=1&format={format}"));
            let pixel = decoded(&answer.body).get_pixel(0, 0).0;
            let is_right = pixel.iter().zip(colour).all(|(got, wanted)| got.abs_diff(wanted) <= 8);
            assert!(is_right, "turn {turn}, {format}: {pixel:?}");
        }
    }
}

#[test]
fn what_is_wrong_with_an_original_is_told_to_everybody() {
    let broken = photo("nature/dandelion.jpg")[..60_000].to_vec();
    let place = Place::with(&[("a.jpg", &broken)]);
    let server = serve(&place, &[]);
    let answers = burst(&server, &targets("a.jpg"));
    let lone = alone(&place, &server, &broken, "a.jpg");
    for (answer, lone) in answers.iter().zip(lone) {
        assert_eq!((answer.status, answer.text()), (422, lone.text()));
    }
}

#[test]
fn renditions_that_nobody_wants_any_more_take_none_from_others() {
    let [upright, _] = photographs();
    let place = Place::with(&[("photo.jpg", upright)]);
    let server = serve(&place, &[]);
    let slow = keep_busy(&server);
    let pending: Vec<_> = targets("photo.jpg").iter().map(|target| server.begin(target)).collect();
    server.wait_until_in_flight(pending.len() + 1);
    // Every other one, the first among them.
    let staying: Vec<_> = pending.into_iter().enumerate().filter(|(number, _)| number % 2 == 1).collect();
    drop(slow);
    for (_, pending) in staying {
        assert_eq!(pending.answer().status, 200);
    }
    server.wait_until("nothing to be kept", |server| server.metric("image_proxy_work_memory_bytes", &[]) == 0.0);
}
