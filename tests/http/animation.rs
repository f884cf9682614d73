//! Animations stay animated: every frame, for its time, as often, and what shows through.

use image_proxy::codec::{CodecSettings, Codecs, Frame, Picture, PixelLayout};
use image_proxy::request::{Dimensions, Format, OutputFormat};

use crate::pictures::{decoded, media_type, original, photo};
use crate::server::{Place, Server};

const EDGE: u32 = 24;
const HALF: u32 = EDGE / 2;
const CLEAR: [u8; 4] = [0; 4];

/// What is to be seen: all frames with their times, and how often.
#[derive(Debug, Clone, PartialEq)]
struct Film {
    plays: u32,
    frames: Vec<(Vec<[u8; 4]>, u32)>,
}

/// A white square of a quarter of the width steps over a ground of two colours, of which one is transparent in the end.
fn film(plays: u32) -> Film {
    let colour = |step: u32, x: u32, y: u32| {
        let is_square = (step * 6..step * 6 + 6).contains(&x) && (6..12).contains(&y);
        match (is_square, y < HALF, step) {
            (true, ..) => [255; 4],
            (false, true, _) => [200, 30, 30, 255],
            (false, false, 3) => CLEAR,
            (false, false, _) => [20, 60, 180, 255],
        }
    };
    let frame = |step: u32| (0..EDGE * EDGE).map(|at| colour(step, at % EDGE, at / EDGE)).collect();
    let times = [70, 200, 70, 1000];
    Film { plays, frames: (0..4).map(frame).zip(times).collect() }
}

impl Film {
    /// A file of ours: the codecs have tests of their own, against the libraries that others use.
    fn file(&self, format: &str) -> Vec<u8> {
        let settings = CodecSettings {
            webp: image_proxy::codec::webp::Settings { lossless: true, ..<_>::default() },
            ..<_>::default()
        };
        let codecs = Codecs::new(&settings);
        let animator = codecs.animator(OutputFormat::named(format).unwrap()).unwrap();
        let mut writer = animator
            .begin(Dimensions::new(EDGE, EDGE), self.plays, &codecs.codings().of(OutputFormat::named(format).unwrap()))
            .unwrap();
        for (pixels, milliseconds) in &self.frames {
            let pixels = pixels.as_flattened().to_vec();
            let picture = Picture::new(Dimensions::new(EDGE, EDGE), PixelLayout::Rgba, pixels).unwrap();
            writer.push(Frame { picture, milliseconds: *milliseconds }).unwrap();
        }
        writer.finish().unwrap()
    }

    fn of(file: &[u8]) -> Self {
        let codecs = Codecs::new(&CodecSettings::default());
        let mut frames = codecs.decoder(Format::sniff(file).unwrap()).unwrap().frames(file).unwrap();
        let mut all = Vec::new();
        while let Some(Frame { picture, milliseconds }) = frames.next().unwrap() {
            all.push((rgba(picture), milliseconds));
        }
        Self { plays: frames.plays(), frames: all }
    }

    /// The same at half the size, where every pixel is the mean of four.
    fn halved(&self) -> Self {
        let shrink = |pixels: &Vec<[u8; 4]>| {
            let at = |x: u32, y: u32| pixels[(y * EDGE + x) as usize];
            (0..HALF * HALF).map(|index| at(index % HALF * 2, index / HALF * 2)).collect()
        };
        let frames = self.frames.iter().map(|(pixels, time)| (shrink(pixels), *time)).collect();
        Self { frames, ..self.clone() }
    }

    fn times(&self) -> Vec<u32> {
        self.frames.iter().map(|(_, time)| *time).collect()
    }

    /// Asserts that another film shows the same, but for `allowed` levels a channel on average.
    fn assert_shows(&self, other: &Self, allowed: f64, case: &str) {
        assert_eq!((self.plays, self.times()), (other.plays, other.times()), "{case}");
        for (number, ((one, _), (other, _))) in self.frames.iter().zip(&other.frames).enumerate() {
            assert_eq!(one.len(), other.len(), "{case}, frame {number}");
            let differences = one.iter().zip(other).flat_map(|(one, other)| seen(*one).zip(seen(*other)));
            let sum: u32 = differences.map(|(one, other)| one.abs_diff(other)).sum();
            let mean = f64::from(sum) / (one.len() * 4) as f64;
            assert!(mean <= allowed, "{case}, frame {number}: {mean}");
        }
    }
}

/// What a pixel adds to the picture: its colours as far as it is opaque, and that.
fn seen([red, green, blue, alpha]: [u8; 4]) -> impl Iterator<Item = u32> {
    [red, green, blue, 255].into_iter().map(move |channel| u32::from(channel) * u32::from(alpha) / 255)
}

fn rgba(picture: Picture) -> Vec<[u8; 4]> {
    let show = |pixel: &[u8]| match *pixel {
        [gray] => [gray, gray, gray, 255],
        [red, green, blue] => [red, green, blue, 255],
        [.., 0] => CLEAR,
        [red, green, blue, alpha] => [red, green, blue, alpha],
        _ => unreachable!(),
    };
    picture.pixels().chunks_exact(picture.layout().channels()).map(show).collect()
}

fn films() -> Place {
    let names = ["gif", "png", "webp"];
    Place::with(&names.map(|name| (name, film(3).file(name))))
}

/// The body, whose label must fit.
fn made(server: &Server, target: &str) -> Vec<u8> {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    assert_eq!(answer.content_type(), media_type(&answer.body), "{target}");
    answer.body
}

#[test]
fn every_conversion_keeps_frames_times_plays_and_transparency() {
    let server = films().serve(&[("IMAGE_PROXY_WEBP_LOSSLESS", "true")]);
    for from in ["gif", "png", "webp"] {
        for to in ["gif", "png", "webp"] {
            let case = format!("{from} to {to}");
            let whole = Film::of(&made(&server, &format!("/{from}?format={to}")));
            whole.assert_shows(&film(3), 0.0, &case);
            let target = format!("/{from}?format={to}&size={HALF}&resize_algorithm=thumbnail");
            Film::of(&made(&server, &target)).assert_shows(&film(3).halved(), 0.0, &case);
            let sharp = made(&server, &format!("/{from}?format={to}&size={HALF}"));
            Film::of(&sharp).assert_shows(&film(3).halved(), 8.0, &case);
        }
    }
}

#[test]
fn lossy_frames_come_close() {
    let server = films().serve(&[]);
    for from in ["gif", "png", "webp"] {
        let lossy = Film::of(&made(&server, &format!("/{from}?format=webp&size=12")));
        lossy.assert_shows(&film(3).halved(), 12.0, from);
    }
}

#[test]
fn without_a_format_an_animation_keeps_its_own() {
    let server = films().serve(&[]);
    for (from, mime) in [("gif", "image/gif"), ("png", "image/png"), ("webp", "image/webp")] {
        let answer = server.get(&format!("/{from}?size={HALF}"));
        assert_eq!((answer.status, answer.content_type()), (200, mime.to_owned()), "{from}");
        assert_eq!(Film::of(&answer.body).times(), film(3).times(), "{from}");
    }
}

#[test]
fn what_changes_nothing_is_the_file_itself() {
    let server = films().serve(&[]);
    for name in ["gif", "png", "webp"] {
        let whole = film(3).file(name);
        for query in [format!("format={name}"), format!("size={EDGE}"), "size=9999".to_owned(), String::new()] {
            assert!(server.get(&format!("/{name}?{query}")).body == whole, "{name}?{query}");
        }
    }
}

#[test]
fn a_format_that_cannot_animate_shows_the_first_frame() {
    let server = films().serve(&[("IMAGE_PROXY_BACKGROUND", "black")]);
    let first = film(3).frames[0].0.clone();
    for name in ["gif", "png", "webp"] {
        for format in ["jpeg", "avif"] {
            let picture = decoded(&made(&server, &format!("/{name}?format={format}")));
            let differences =
                picture.as_raw().iter().zip(first.as_flattened()).map(|(one, other)| one.abs_diff(*other));
            let mean = differences.map(f64::from).sum::<f64>() / picture.as_raw().len() as f64;
            assert!(mean < 8.0, "{name} as {format}: {mean}");
        }
    }
}

#[test]
fn every_frame_is_turned_gray() {
    let server = films().serve(&[]);
    let gray = Film::of(&made(&server, "/webp?format=gif&bw=1"));
    assert_eq!(gray.times(), film(3).times());
    for (pixels, _) in &gray.frames {
        assert!(pixels.iter().all(|[red, green, blue, _]| red == green && green == blue));
    }
}

#[test]
fn beyond_a_limit_or_switched_off_it_is_a_still() {
    let place = films();
    let pixels = (EDGE * EDGE * 4).to_string();
    let fewer_pixels = (EDGE * EDGE * 4 - 1).to_string();
    for (variable, value, is_animated) in [
        ("IMAGE_PROXY_ANIMATION", "auto", true),
        ("IMAGE_PROXY_ANIMATION", "off", false),
        ("IMAGE_PROXY_MAX_ANIMATION_FRAMES", "4", true),
        ("IMAGE_PROXY_MAX_ANIMATION_FRAMES", "3", false),
        ("IMAGE_PROXY_MAX_ANIMATION_PIXELS", &pixels, true),
        ("IMAGE_PROXY_MAX_ANIMATION_PIXELS", &fewer_pixels, false),
    ] {
        let server = place.serve(&[(variable, value)]);
        for name in ["gif", "png", "webp"] {
            let body = made(&server, &format!("/{name}?format=png&size={HALF}"));
            let is_found = body.windows(4).any(|kind| kind == b"acTL");
            assert_eq!(is_found, is_animated, "{name}, {variable}={value}");
        }
        // A still GIF becomes PNG, as any other that nobody asked to be a GIF.
        let mime = if is_animated { "image/gif" } else { "image/png" };
        assert_eq!(server.get(&format!("/gif?size={HALF}")).content_type(), mime, "{variable}={value}");
    }
}

/// A GIF whose frames change one pixel each: few bytes, and as many pixels as one likes.
fn blinking(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let [width, height] = [width, height].map(u16::to_le_bytes);
    let palette = [0, 0, 0, 255, 255, 255];
    let head =
        [b"GIF89a", &width[..], &height, &[0x80, 0, 0], &palette, b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"].concat();
    let frame = [&b"!\xf9\x04\x04\x04\0\0\0"[..], b",\0\0\0\0\x01\0\x01\0\0", &[2, 2, 0x4c, 1, 0]].concat();
    [head, frame.repeat(frames), b";".to_vec()].concat()
}

fn header(server: &Server, target: &str) -> (String, Option<String>) {
    let answer = server.ask("HEAD", target, &[]);
    assert_eq!(answer.status, 200, "{target}");
    (answer.content_type(), answer.header("x-image-proxy-animation"))
}

#[test]
fn an_animation_of_ordinary_size_stays_one() {
    let films = [("seconds.gif", blinking(640, 360, 240)), ("minute.gif", blinking(854, 480, 1500))];
    let place = Place::with(&films);
    let server = place.serve(&[("IMAGE_PROXY_MEMORY_BUDGET", "256MB")]);
    for (name, _) in films {
        for query in ["size=320", "size=320&format=webp"] {
            let mime = if query.ends_with("webp") { "image/webp" } else { "image/gif" };
            assert_eq!(header(&server, &format!("/{name}?{query}")), (mime.to_owned(), None), "{name}?{query}");
        }
    }
}

#[test]
fn a_still_says_which_limit_made_it_one() {
    let place = Place::with(&[("a.gif", blinking(40, 30, 5)), ("large.gif", blinking(1000, 1000, 120))]);
    let cached = ("IMAGE_PROXY_ENABLE_CACHE", "true");
    let still = |limit: &str| Some(format!("still; limit={limit}"));
    for (variable, limit) in
        [("IMAGE_PROXY_MAX_ANIMATION_FRAMES", "frames"), ("IMAGE_PROXY_MAX_ANIMATION_PIXELS", "pixels")]
    {
        let server = place.serve(&[cached, (variable, "4")]);
        for cache in ["MISS", "HIT"] {
            let answer = server.get("/a.gif?size=10");
            assert_eq!((answer.cache_status().as_deref(), answer.content_type().as_str()), (Some(cache), "image/png"));
            assert_eq!(answer.header("x-image-proxy-animation"), still(limit));
            let spared = server.get_with("/a.gif?size=10", &[("If-None-Match", &answer.header("etag").unwrap())]);
            assert_eq!((spared.status, spared.header("x-image-proxy-animation")), (304, still(limit)));
        }
        for target in ["/a.gif", "/a.gif?size=10&format=jpeg", "/a.gif?size=40"] {
            assert_eq!(server.get(target).header("x-image-proxy-animation"), None, "{target}");
        }
        // Once, and not for what came from the cache.
        let log = server.stop();
        let told: Vec<_> = log.iter().filter(|line| line.contains("an animation is shown as a still")).collect();
        assert!(told.len() == 1 && told[0].contains(limit) && told[0].contains("/a.gif?size=10"), "{log:#?}");
    }
    // 240 MB for its bytes at most: a still of the first frame, where it was refused.
    let server = place.serve(&[("IMAGE_PROXY_MEMORY_BUDGET", "256MB")]);
    assert_eq!(header(&server, "/large.gif?bw=1"), ("image/png".to_owned(), still("memory")));
    assert_eq!(header(&server, "/large.gif?size=100"), ("image/gif".to_owned(), None));
    assert_eq!(media_type(&made(&server, "/large.gif?bw=1")), "image/png");
    let off = place.serve(&[("IMAGE_PROXY_ANIMATION", "off")]);
    assert_eq!(header(&off, "/large.gif?size=100"), ("image/png".to_owned(), None));
}

#[test]
fn a_still_gif_is_made_of_anything() {
    let server = Place::with(&[("cat.png", original("cat.png"))]).serve(&[]);
    let body = made(&server, "/cat.png?format=gif");
    assert_eq!(&body[..6], b"GIF89a");
    let (picture, cat) = (decoded(&body), crate::pictures::cat());
    assert!(crate::pictures::difference(&picture, &cat) < 4.0);
}

#[test]
fn half_a_gif_is_no_larger_and_keeps_its_fourteen_frames() {
    let whole = photo("animals/cat-zoom.gif");
    let server = Place::with(&[("zoom.gif", &whole)]).serve(&[]);
    let before = Film::of(&whole);
    assert_eq!(before.frames.len(), 14);
    for (target, share) in
        [("/zoom.gif?size=120", 0.5), ("/zoom.gif?size=120&format=webp", 0.2), ("/zoom.gif?format=webp", 0.5)]
    {
        let body = made(&server, target);
        let after = Film::of(&body);
        assert_eq!((after.plays, after.times()), (before.plays, before.times()), "{target}");
        assert!((body.len() as f64) < whole.len() as f64 * share, "{target}: {} bytes", body.len());
    }
}

#[test]
fn a_short_frame_of_a_gif_is_shown_elsewhere_as_long_as_browsers_show_it() {
    let mut fast = film(0);
    fast.frames.iter_mut().for_each(|(_, time)| *time = 10);
    let server = Place::with(&[("fast.gif", fast.file("gif"))]).serve(&[]);
    let times = |target: &str| Film::of(&made(&server, target)).times();
    assert_eq!(times("/fast.gif?size=12"), [10; 4]);
    assert_eq!(times("/fast.gif?size=12&format=webp"), [100; 4]);
    assert_eq!(times("/fast.gif?size=12&format=png"), [100; 4]);
}
