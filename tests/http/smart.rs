//! `gravity=smart`: the part with most to see, the same whatever size is asked for; and what a part costs no more for.

use image::{ImageFormat, Rgba, RgbaImage, imageops};

use crate::pictures::{decoded, written};
use crate::server::{Place, Server, shipped};

const CACHE: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");

fn rgba(server: &Server, target: &str) -> RgbaImage {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    decoded(&answer.body)
}

fn serve_shipped(root: &std::path::Path) -> (Place, Server) {
    let place = Place::new();
    let server = place.serve(&[("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap()), CACHE]);
    (place, server)
}

/// Where a part was cut out of a picture, from the left or from the top: where it differs least.
fn place_of(part: &RgbaImage, whole: &RgbaImage) -> u32 {
    let (free_x, free_y) = (whole.width() - part.width(), whole.height() - part.height());
    let difference = |left: u32, top: u32| -> u64 {
        let pairs = part.enumerate_pixels().map(|(x, y, pixel)| (pixel, whole.get_pixel(x + left, y + top)));
        pairs.map(|(one, other)| u64::from(one[1].abs_diff(other[1]))).sum()
    };
    let places = (0..=free_x).flat_map(|left| (0..=free_y).map(move |top| (left, top)));
    let (left, top) = places.min_by_key(|(left, top)| difference(*left, *top)).unwrap();
    left.max(top)
}

/// The share of the free way at which the part lies.
fn share(server: &Server, path: &str, part: &str, whole: &str) -> f64 {
    let (part, whole) = (rgba(server, &format!("{path}?{part}")), rgba(server, &format!("{path}?{whole}")));
    let free = (whole.width() - part.width()).max(whole.height() - part.height());
    f64::from(place_of(&part, &whole)) / f64::from(free)
}

#[test]
fn the_subject_stays_where_the_middle_would_cut_it() {
    let mut picture = RgbaImage::from_pixel(900, 300, Rgba([90, 120, 90, 255]));
    imageops::replace(&mut picture, &RgbaImage::from_pixel(120, 120, Rgba([220, 60, 40, 255])), 720, 90);
    let place = Place::with(&[("a.png", written(&picture, ImageFormat::Png))]);
    let server = place.serve(&[CACHE]);
    let is_red = |pixel: &&Rgba<u8>| pixel[0] > 200 && pixel[1] < 80;
    let red = |target: &str| rgba(&server, target).pixels().filter(is_red).count();
    assert_eq!(red("/a.png?w=300&h=300&fit=cover"), 0);
    for smart in ["gravity=smart", "position=attention", "crop=entropy", "crop=faces,edges", "a=auto"] {
        assert_eq!(red(&format!("/a.png?w=300&h=300&fit=cover&{smart}")), 120 * 120, "{smart}");
    }
    let answers =
        ["fit=cover&gravity=smart", "crop=faces"].map(|wish| server.get(&format!("/a.png?w=150&h=150&{wish}")));
    assert_eq!(answers[0].header("etag"), answers[1].header("etag"), "one entry");
    // A part that is not scaled, in both directions; and one of a part.
    assert_eq!(red("/a.png?crop=160,160&gravity=smart"), 120 * 120);
    assert_eq!(red("/a.png?rect=500,0,400,300&w=150&h=300&fit=cover&gravity=smart"), 120 * 120);
    assert_eq!(rgba(&server, "/a.png?crop=160,160&gravity=smart").dimensions(), (160, 160));
}

#[test]
fn every_size_ratio_and_format_shows_the_same_part() {
    let root = shipped();
    let (_place, server) = serve_shipped(&root);
    for (path, wide, high) in
        [("/nature/dandelion.jpg", 4u32, 3u32), ("/people/astronaut.jpg", 3, 4), ("/animals/cat.webp", 451, 300)]
    {
        let mut shares = Vec::new();
        for size in [60, 100, 150, 200, 300] {
            let (part, whole) =
                (format!("w={size}&h={size}&format=png"), format!("w={size}&h={size}&fit=outside&format=png"));
            shares.push(share(&server, path, &format!("{part}&fit=cover&gravity=smart"), &whole));
        }
        shares.push(share(
            &server,
            path,
            "w=75&h=75&dpr=2&fit=cover&gravity=smart&format=png",
            "w=150&h=150&fit=outside&format=png",
        ));
        shares.push(share(
            &server,
            path,
            "w=150&h=150&fit=cover&gravity=smart&format=jpeg",
            "w=150&h=150&fit=outside&format=png",
        ));
        let (least, most) =
            shares.iter().fold((1.0f64, 0.0f64), |(least, most), share| (least.min(*share), most.max(*share)));
        // At the smallest size, one pixel of the way that is free, and rounding.
        let pixel = f64::from(wide.min(high)) / (60.0 * f64::from(wide.abs_diff(high)));
        assert!(most - least <= 1.5 * pixel, "{path}: {shares:?}");
    }
}

#[test]
fn a_turned_photo_is_seen_upright() {
    let root = shipped();
    let (_place, server) = serve_shipped(&root);
    // A face is in the upper part of a portrait, and the middle has next to nothing of it.
    let (part, whole) = ("w=192&h=108&fit=cover&gravity=smart&format=png", "w=192&h=108&fit=outside&format=png");
    let share = share(&server, "/people/astronaut.jpg", part, whole);
    assert!(share < 0.2, "{share}");
}

#[test]
fn frames_of_an_animation_all_show_the_part_of_the_first() {
    let root = shipped();
    let (_place, server) = serve_shipped(&root);
    let answer = server.get("/animals/cat-zoom.gif?w=80&h=80&fit=cover&gravity=smart");
    assert_eq!((answer.status, answer.header("x-image-proxy-animation")), (200, None));
    let frames = image::AnimationDecoder::into_frames(
        image::codecs::gif::GifDecoder::new(std::io::Cursor::new(&answer.body[..])).unwrap(),
    );
    let sizes: Vec<_> = frames.map(|frame| frame.unwrap().buffer().dimensions()).collect();
    assert_eq!(sizes, vec![(80, 80); 14]);
}

#[test]
fn a_part_of_a_picture_is_the_same_however_much_of_it_was_decoded() {
    let root = shipped();
    let (_place, server) = serve_shipped(&root);
    for (path, width, height) in [
        ("/nature/dandelion.jpg", 4032, 3024),
        ("/space/rocket.png", 640, 427),
        ("/space/hubble-deep-field.jpg", 1000, 872),
    ] {
        for (left, top) in [(0, 0), (width / 3 + 1, height / 2), (width - 90, height - 70)] {
            let part = rgba(&server, &format!("{path}?rect={left},{top},90,70&format=png"));
            // This part is of another shape, and has the other within.
            let (beyond_left, beyond_top) = (left.min(13), top.min(11));
            let around = format!(
                "{path}?rect={},{},{},{}&format=png",
                left - beyond_left,
                top - beyond_top,
                beyond_left + 90,
                beyond_top + 70
            );
            let around = rgba(&server, &around);
            let within = imageops::crop_imm(&around, beyond_left, beyond_top, 90, 70).to_image();
            assert!(part == within, "{path} {left},{top}");
        }
    }
    // The file itself, as nothing would change.
    let whole = rgba(&server, "/space/rocket.png?size=640");
    for left in [0, 320] {
        let half = rgba(&server, &format!("/space/rocket.png?rect={left},0,320,427"));
        assert!(half == imageops::crop_imm(&whole, left, 0, 320, 427).to_image(), "{left}");
    }
}
