//! What can be read, what is only passed on, and that no label ever differs from the bytes.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

use crate::pictures::{RED, cat, decoded, difference, media_type, original, photo, written};
use crate::server::{Place, Server};

/// The cat as everything that can be read, with how far from the cat it may come out, as a mean of all channels.
fn cats() -> Vec<(&'static str, Vec<u8>, f64)> {
    let png = original("cat.png");
    let server = Place::with(&[("cat.png", &png)]).serve(&[]);
    let made = |query: &str| server.get(&format!("/cat.png?{query}")).body;
    let as_image = |format| written(&cat(), format);
    vec![
        // The names say nothing: each file is named alike.
        ("avif", made("format=avif"), 6.0),
        ("jpeg", made("format=jpeg"), 6.0),
        ("cmyk-jpeg", original("cmyk.jpg"), 10.0),
        ("webp", made("format=webp"), 6.0),
        ("interlaced-png", original("interlaced.png"), 0.0),
        ("palette-png", original("palette.png"), 8.0),
        ("sixteen-bit-png", original("sixteen-bit.png"), 1.0),
        ("gif", as_image(ImageFormat::Gif), 8.0),
        ("bmp", as_image(ImageFormat::Bmp), 0.0),
        ("tiff", as_image(ImageFormat::Tiff), 0.0),
        ("deep-tiff", deep(ImageFormat::Tiff), 0.0),
        ("ico", as_image(ImageFormat::Ico), 0.0),
        ("jxl", original("cat.jxl"), 0.0),
        ("png", png.clone(), 0.0),
        ("qoi", as_image(ImageFormat::Qoi), 0.0),
        ("pam", as_image(ImageFormat::Pnm), 0.0),
        ("tga", [as_image(ImageFormat::Tga), TGA_END.to_vec()].concat(), 0.0),
        ("farbfeld", deep(ImageFormat::Farbfeld), 0.0),
        ("dds", texture(), 0.0),
        ("hdr", light(), 1.0),
        ("exr", half_floats(), 0.5),
    ]
}

/// What a TGA of the second version ends with.
const TGA_END: &[u8; 26] = b"\0\0\0\0\0\0\0\0TRUEVISION-XFILE.\0";

/// The light that a number of sRGB stands for.
fn light_of(level: u8) -> f32 {
    let number = f32::from(level) / 255.0;
    if number <= 0.040_45 { number / 12.92 } else { ((number + 0.055) / 1.055).powf(2.4) }
}

/// The cat as a texture, uncompressed.
fn texture() -> Vec<u8> {
    let cat = cat();
    let pixel_format = [32, 0x41, 0, 32, 0xff, 0xff00, 0xff_0000, 0xff00_0000];
    let start = [124, 0x1007, cat.height(), cat.width(), 0, 0, 0].into_iter().chain([0; 11]);
    let header = start.chain(pixel_format).chain([0x1000, 0, 0, 0, 0]).flat_map(u32::to_le_bytes);
    b"DDS ".iter().copied().chain(header).chain(cat.into_raw()).collect()
}

/// The cat as the light that it stands for, in the format of Radiance.
fn light() -> Vec<u8> {
    let cat = DynamicImage::from(cat()).to_rgb8();
    let light = cat.as_raw().iter().map(|level| light_of(*level)).collect();
    let light = image::Rgb32FImage::from_raw(cat.width(), cat.height(), light).unwrap();
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(light).write_to(&mut file, ImageFormat::Hdr).unwrap();
    file.into_inner()
}

/// The same in OpenEXR, with alpha.
fn half_floats() -> Vec<u8> {
    use exr::prelude::{Image, SpecificChannels, WritableImage, f16};
    let cat = cat();
    let pixel = |at: exr::math::Vec2<usize>| {
        let [red, green, blue, alpha] = cat.get_pixel(at.x() as u32, at.y() as u32).0;
        let share = f32::from(alpha) / 255.0;
        let [red, green, blue] = [red, green, blue].map(|level| f16::from_f32(light_of(level) * share));
        (red, green, blue, f16::from_f32(share))
    };
    let size = (cat.width() as usize, cat.height() as usize);
    let mut file = Cursor::new(Vec::new());
    Image::from_channels(size, SpecificChannels::rgba(pixel)).write().to_buffered(&mut file).unwrap();
    file.into_inner()
}

/// The cat in 16 bits a channel.
fn deep(format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(DynamicImage::from(cat()).to_rgba16()).write_to(&mut file, format).unwrap();
    file.into_inner()
}

#[test]
fn every_input_looks_like_itself() {
    let cats = cats();
    let place = Place::new();
    for (name, bytes, _) in &cats {
        place.put(name, bytes);
    }
    let server = place.serve(&[("IMAGE_PROXY_WEBP_LOSSLESS", "true")]);
    let expected = cat();
    for (name, _, allowed) in &cats {
        // Another format without loss, for one that changes nothing would be answered with the file itself.
        let format = if name.ends_with("png") { "webp" } else { "png" };
        let answer = server.get(&format!("/{name}?format={format}"));
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        let differs = difference(&decoded(&answer.body), &expected);
        assert!(differs <= *allowed, "{name}: {differs}");
    }
}

#[test]
fn the_label_fits_the_bytes_for_every_input_and_output() {
    let place = Place::new();
    let mut names: Vec<String> = Vec::new();
    for (name, bytes, _) in cats() {
        names.push(place.put(name, bytes).file_name().unwrap().to_str().unwrap().to_owned());
    }
    for (name, file) in [("progressive", "space/hubble-deep-field.jpg"), ("gray", "people/photographer.jpg")] {
        place.put(name, photo(file));
        names.push(name.to_owned());
    }
    let server = place.serve(&[]);
    for name in names {
        for query in
            ["", "size=30", "size=30&format=avif", "size=30&format=jpeg", "size=30&format=png", "size=30&format=webp"]
        {
            let answer = server.get(&format!("/{name}?{query}"));
            assert_eq!(answer.status, 200, "{name}?{query}: {}", answer.text());
            assert_eq!(answer.content_type(), media_type(&answer.body), "{name}?{query}");
            assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string()), "{name}?{query}");
            if let Some((_, format)) = query.split_once("format=") {
                assert_eq!(answer.content_type(), format!("image/{format}"), "{name}?{query}");
            }
            if !query.is_empty() {
                let (width, height) = decoded(&answer.body).dimensions();
                assert_eq!(width.max(height), 30, "{name}?{query}");
            }
        }
    }
}

#[test]
fn an_animation_gives_its_first_frame() {
    let server = Place::with(&[("zoom.gif", photo("animals/cat-zoom.gif"))]).serve(&[]);
    let first =
        image::load_from_memory_with_format(&photo("animals/cat-zoom.gif"), ImageFormat::Gif).unwrap().to_rgba8();
    let answer = server.get("/zoom.gif?format=png");
    assert!(decoded(&answer.body) == first);
}

#[test]
fn a_drawing_passes_untouched_and_is_drawn_at_the_size_asked_for() {
    let svg = photo("icons/monkey.svg");
    let server = Place::with(&[("monkey.svg", &svg)]).serve(&[]);
    let answer = server.get("/monkey.svg?v=1");
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/svg+xml"));
    assert!(answer.body == svg);
    // Its own size is 48x48.
    let sides = [
        ("size=48", 48),
        ("size=16", 16),
        ("size=300", 300),
        ("size=200&dpr=2", 400),
        ("format=png", 48),
        ("bw=1", 48),
    ];
    for (query, side) in sides {
        let answer = server.get(&format!("/monkey.svg?{query}"));
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/png"), "{query}: {}", answer.text());
        assert_eq!(decoded(&answer.body).dimensions(), (side, side), "{query}");
    }
    let answer = server.get("/monkey.svg?size=16384&dpr=2");
    let text = "size: expected one that gives a rendition of at most 16384 pixels a side, got 32768x32768\n";
    assert_eq!((answer.status, answer.text().as_str()), (422, text));
}

#[test]
fn a_drawing_is_as_sharp_as_its_size() {
    let svg =
        b"<svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'><rect width='2' height='2' fill='red'/></svg>";
    let server = Place::with(&[("a.svg", svg)]).serve(&[]);
    let picture = decoded(&server.get("/a.svg?size=400").body);
    assert_eq!(picture.dimensions(), (400, 200));
    assert!(picture.enumerate_pixels().all(|(x, _, pixel)| pixel.0 == if x < 200 { [255, 0, 0, 255] } else { [0; 4] }));
}

#[test]
fn a_drawing_keeps_the_shape_of_its_own_fractional_sides() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1.5 1'><circle cx='.75' cy='.5' r='.5'/></svg>";
    let server = Place::with(&[("a.svg", svg)]).serve(&[]);
    let picture = decoded(&server.get("/a.svg?size=600").body);
    assert_eq!(picture.dimensions(), (600, 400));
    let is_inside = |x: u32, y: u32| picture.get_pixel(x, y).0[3] == 255;
    assert!(is_inside(300, 4) && is_inside(300, 395) && is_inside(104, 200) && is_inside(495, 200));
    assert!(!is_inside(95, 200) && !is_inside(505, 200) && !is_inside(150, 50));
    assert_eq!(decoded(&server.get("/a.svg?format=png").body).dimensions(), (2, 1));
}

#[test]
fn a_drawing_is_known_behind_a_long_prologue_and_in_any_encoding() {
    let head =
        |encoding: &str| format!("<?xml version='1.0' encoding='{encoding}'?><!-- {} é -->", "words ".repeat(2000));
    let drawing = "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'><title>é</title><rect width='4' height='2' fill='red'/></svg>";
    let text = |encoding| format!("{}{drawing}", head(encoding));
    let latin: Vec<u8> = text("ISO-8859-1").chars().map(|letter| letter as u8).collect();
    let wide: Vec<u8> = text("UTF-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let far = format!("<!--{}-->{drawing}", "x".repeat(70_000));
    let files = [("utf-8", text("UTF-8").into_bytes()), ("latin", latin), ("wide", wide), ("far", far.into_bytes())];
    let named = files.each_ref().map(|(name, bytes)| (*name, bytes));
    let server = Place::with(&named).serve(&[]);
    for (name, bytes) in &files[..3] {
        let answer = server.get(&format!("/{name}"));
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/svg+xml"), "{name}");
        assert!(answer.body == *bytes, "{name}");
        let picture = decoded(&server.get(&format!("/{name}?size=200")).body);
        assert_eq!((picture.dimensions(), picture.get_pixel(100, 50).0), ((200, 100), RED), "{name}");
    }
    assert_eq!([server.get("/far").status, server.get("/far?size=9").status], [415, 415]);
}

#[test]
fn a_drawing_that_would_take_too_long_is_refused() {
    let heap = "<rect width='9' height='9' fill-opacity='.5'/>".repeat(20_000);
    let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{heap}</svg>");
    let server = Place::with(&[("a.svg", svg)]).serve(&[]);
    assert_eq!(server.get("/a.svg?size=9").status, 200);
    let answer = server.get("/a.svg?size=2000");
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("steps of drawing"), "{}", answer.text());
}

#[test]
fn fonts_are_read_from_their_folder_alone() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'><text y='15'>Hi</text></svg>";
    let place = Place::with(&[("a.svg", svg)]);
    place.put("fonts/broken.ttf", b"no font");
    let server = place.serve(&[("IMAGE_PROXY_FONT_PATH", place.root().join("fonts").to_str().unwrap())]);
    server.log_line("IMAGE_PROXY_FONT_PATH");
    let drawn = |server: &Server| {
        let answer = server.get("/a.svg?size=40");
        (answer.header("etag").unwrap(), decoded(&answer.body))
    };
    let (tag, picture) = drawn(&server);
    assert!(picture.pixels().any(|pixel| pixel.0[3] == 255), "Noto Sans is always there");
    let folder = format!("{}/tests/fonts", env!("CARGO_MANIFEST_DIR"));
    let (other_tag, other) = drawn(&place.serve(&[("IMAGE_PROXY_FONT_PATH", &folder)]));
    assert_ne!(tag, other_tag);
    assert_eq!(picture, other, "the fonts there have no Latin");
}

#[test]
fn a_format_that_is_switched_off_is_served_untouched_and_may_still_be_written() {
    let png = original("cat.png");
    let place = Place::with(&[("a.png", &png), ("a.jpg", &original("cmyk.jpg"))]);
    let server = place.serve(&[("IMAGE_PROXY_INPUT_FORMATS", "jpeg,webp")]);
    for target in ["/a.png", "/a.png?v=1"] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/png"), "{target}");
        assert!(answer.body == png, "{target}");
    }
    for query in ["size=10", "format=webp", "bw=1"] {
        let refused = server.get(&format!("/a.png?{query}"));
        let text = "unsupported png: decoding this format is switched off here; it is only served untouched\n";
        assert_eq!((refused.status, refused.text().as_str()), (415, text), "{query}");
    }
    let answer = server.get("/a.jpg?format=png");
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/png"));
}

#[test]
fn formats_that_are_not_decoded_pass_untouched_and_are_refused_as_renditions() {
    let cases: [(&str, &[u8], &str); 2] =
        [("jp2", b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"), ("psd", b"8BPS\0\x01", "image/vnd.adobe.photoshop")];
    let server = Place::with(&cases.map(|(name, bytes, _)| (name, bytes))).serve(&[]);
    for (name, bytes, expected) in cases {
        let answer = server.get(&format!("/{name}"));
        assert_eq!((answer.status, answer.content_type().as_str()), (200, expected), "{name}");
        assert_eq!(answer.body, bytes, "{name}");
        let refused = server.get(&format!("/{name}?size=10"));
        let text = format!("unsupported {name}: this format is only served untouched\n");
        assert_eq!((refused.status, refused.text()), (415, text), "{name}");
    }
}

#[test]
fn heic_is_decoded_where_that_is_built_in_and_else_the_reason_is_told() {
    let file = original("dandelion.heic");
    let server = Place::with(&[("a.heic", &file)]).serve(&[]);
    let answer = server.get("/a.heic");
    assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/heic"));
    assert!(answer.body == file);
    let rendition = server.get("/a.heic?size=96");
    if cfg!(feature = "heic") {
        assert_eq!((rendition.status, rendition.content_type().as_str()), (200, "image/png"));
        assert_eq!(decoded(&rendition.body).dimensions(), (96, 72));
    } else {
        let reason =
            "this build does not decode it (one with the feature of that name does); it is only served untouched";
        assert_eq!((rendition.status, rendition.text()), (415, format!("unsupported heic: {reason}\n")));
    }
}

#[test]
fn a_tga_is_known_by_its_end_however_long_it_is_and_is_no_image_without() {
    let tga = |side: u16| {
        let [low, high] = side.to_le_bytes();
        let start = [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, low, high, low, high, 24, 0];
        [start.to_vec(), [0, 0, 255].repeat(usize::from(side).pow(2)), TGA_END.to_vec()].concat()
    };
    let (small, large) = (tga(3), tga(500));
    let old = large[..large.len() - TGA_END.len()].to_vec();
    let server = Place::with(&[("small", &small), ("large", &large), ("old", &old)]).serve(&[]);
    for (name, file) in [("small", &small), ("large", &large)] {
        let answer = server.get(&format!("/{name}"));
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/x-tga"), "{name}");
        assert!(answer.body == *file, "{name}");
        let rendition = server.get(&format!("/{name}?size=2"));
        assert_eq!((rendition.status, rendition.content_type().as_str()), (200, "image/png"), "{name}");
        assert_eq!(decoded(&rendition.body).get_pixel(0, 0).0, RED, "{name}");
    }
    assert_eq!([server.get("/old").status, server.get("/old?size=2").status], [415, 415]);
}

#[test]
fn a_broken_picture_costs_its_own_request_and_no_other() {
    let place = Place::new();
    for (name, bytes, _) in cats() {
        for (part, length) in [("head", 20), ("half", bytes.len() / 2), ("most", bytes.len() - 1)] {
            place.put(&format!("{part}/{name}"), &bytes[..length.min(bytes.len())]);
        }
        let mut garbled = bytes.clone();
        for byte in garbled.iter_mut().skip(40).step_by(7) {
            *byte = byte.wrapping_mul(31).wrapping_add(17);
        }
        place.put(&format!("garbled/{name}"), garbled);
        place.put(&format!("whole/{name}"), bytes);
    }
    let server = place.serve(&[]);
    for (name, ..) in cats() {
        for part in ["head", "half", "most", "garbled"] {
            let answer = server.get(&format!("/{part}/{name}?size=10&format=jpeg"));
            // Decoders may forgive much. What they do not forgive is the fault of the file.
            let is_told = matches!(answer.status, 415 | 422) && answer.content_type().starts_with("text/plain");
            let is_forgiven = answer.status == 200 && media_type(&answer.body) == "image/jpeg";
            assert!(is_told || is_forgiven, "{part}/{name}: {} {}", answer.status, answer.text());
        }
        assert_eq!(server.get(&format!("/head/{name}?size=10&format=jpeg")).status / 100, 4, "{name}");
        assert_eq!(server.get(&format!("/whole/{name}?size=10&format=jpeg")).status, 200, "{name}");
    }
}
