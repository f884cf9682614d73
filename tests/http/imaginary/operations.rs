//! What each operation comes to: status, type and size.

use super::{escaped, serve, shape};

/// A request, and the type and size of the answer. Sides are those of the upright picture.
const MADE: [(&str, &str, (u32, u32)); 57] = [
    ("/resize?width=200&file=city.jpg", "image/jpeg", (200, 133)),
    ("/resize?height=100&file=city.jpg", "image/jpeg", (150, 100)),
    ("/resize?width=200&height=200&file=city.jpg", "image/jpeg", (200, 200)),
    ("/resize?width=200&height=200&nocrop=false&file=city.jpg", "image/jpeg", (200, 200)),
    ("/resize?width=200&nocrop=false&file=city.jpg", "image/jpeg", (200, 427)),
    ("/resize?width=200&height=200&force=true&file=city.jpg", "image/jpeg", (200, 200)),
    ("/resize?width=900&force=true&file=city.jpg", "image/jpeg", (900, 600)),
    ("/resize?width=200&height=200&gravity=smart&file=city.jpg", "image/jpeg", (200, 133)),
    ("/resize?width=2000&file=city.jpg", "image/jpeg", (640, 427)),
    ("/resize?width=2000&height=1000&file=city.jpg", "image/jpeg", (640, 427)),
    ("/resize?width=800&height=200&file=city.jpg", "image/jpeg", (800, 200)),
    ("/resize?width=200&aspectratio=4:3&file=tower.jpg", "image/jpeg", (200, 150)),
    ("/resize?width=64&rotate=90&file=city.jpg", "image/jpeg", (64, 96)),
    ("/fit?width=200&height=200&file=city.jpg", "image/jpeg", (200, 133)),
    ("/fit?width=200&height=200&file=tower.jpg", "image/jpeg", (133, 200)),
    ("/fit?width=2000&height=2000&file=tower.jpg", "image/jpeg", (433, 650)),
    ("/enlarge?width=700&height=700&file=city.jpg", "image/jpeg", (700, 700)),
    ("/enlarge?width=900&height=900&nocrop=true&file=city.jpg", "image/jpeg", (900, 600)),
    ("/crop?width=250&file=city.jpg", "image/jpeg", (250, 427)),
    ("/crop?width=250&height=250&gravity=south&file=tower.jpg", "image/jpeg", (250, 250)),
    ("/crop?width=250&height=900&file=tower.jpg", "image/jpeg", (250, 900)),
    ("/crop?width=2000&height=2000&file=tower.jpg", "image/jpeg", (433, 650)),
    ("/crop?width=2000&file=tower.jpg", "image/jpeg", (433, 650)),
    ("/smartcrop?width=99&height=77&file=city.jpg", "image/jpeg", (99, 77)),
    ("/smartcrop?width=99&file=city.jpg", "image/jpeg", (99, 427)),
    ("/extract?top=5&left=6&areawidth=111&areaheight=77&file=city.jpg", "image/jpeg", (111, 77)),
    ("/extract?top=5&left=6&areawidth=60&areaheight=50&width=100&file=city.jpg", "image/jpeg", (60, 50)),
    ("/zoom?factor=2&file=odd.png", "image/png", (291, 183)),
    ("/zoom?factor=2&areawidth=30&top=8&left=8&file=odd.png", "image/png", (30, 61)),
    ("/zoom?factor=1&areaheight=30&top=8&rotate=90&file=odd.png", "image/png", (61, 30)),
    ("/zoom?factor=2&width=30&file=odd.png", "image/png", (30, 19)),
    ("/thumbnail?width=60&file=tower.jpg", "image/jpeg", (60, 90)),
    ("/thumbnail?width=60&height=60&file=tower.jpg", "image/jpeg", (60, 60)),
    ("/thumbnail?width=866&file=tower.jpg", "image/jpeg", (866, 1300)),
    ("/rotate?rotate=90&file=city.jpg", "image/jpeg", (427, 640)),
    ("/rotate?rotate=135&file=city.jpg", "image/jpeg", (427, 640)),
    ("/rotate?rotate=45&file=city.jpg", "image/jpeg", (640, 427)),
    ("/rotate?rotate=900&file=city.jpg", "image/jpeg", (427, 640)),
    ("/autorotate?width=10&type=png&file=city.jpg", "image/jpeg", (640, 427)),
    ("/flip?file=odd.png", "image/png", (97, 61)),
    ("/flop?width=30&file=odd.png", "image/png", (30, 19)),
    ("/convert?type=webp&file=city.jpg", "image/webp", (640, 427)),
    ("/convert?type=gif&file=odd.png", "image/gif", (97, 61)),
    ("/convert?type=tiff&file=odd.png", "image/tiff", (97, 61)),
    ("/convert?type=JPEG&file=odd.png", "image/jpeg", (97, 61)),
    ("/resize?width=70&colorspace=bw&file=city.jpg", "image/jpeg", (70, 47)),
    ("/blur?sigma=4&file=odd.png", "image/png", (97, 61)),
    ("/blur?minampl=0.5&file=odd.png", "image/png", (97, 61)),
    ("/watermark?text=hello&file=city.jpg", "image/jpeg", (640, 427)),
    ("/resize?width=45&file=spin.gif", "image/gif", (45, 35)),
    ("/resize?width=50&file=card.webp", "image/webp", (50, 38)),
    ("/resize?width=-80&file=city.jpg", "image/jpeg", (80, 53)),
    ("/resize?width=80.5&file=city.jpg", "image/jpeg", (81, 54)),
    ("/resize?width=250&file=turned.jpg", "image/jpeg", (250, 375)),
    ("/fit?width=150&height=150&file=turned.jpg", "image/jpeg", (100, 150)),
    ("/crop?width=100&height=40&file=turned.jpg", "image/jpeg", (100, 40)),
    ("/convert?type=png&file=turned.jpg", "image/png", (300, 450)),
];

#[test]
fn each_operation_gives_what_imaginary_gives() {
    let server = serve("");
    for (target, kind, size) in MADE {
        assert_eq!(shape(&server.get(target)), (kind.to_owned(), size), "{target}");
    }
}

#[test]
fn a_format_is_chosen_by_the_order_of_accept() {
    let server = serve("");
    for (accept, kind) in [
        ("image/png;q=0.1,image/webp", "image/png"),
        ("image/avif,image/webp", "image/webp"),
        ("text/html,image/jpeg", "image/jpeg"),
        ("*/*", "image/webp"),
    ] {
        let answer = server.get_with("/resize?width=50&type=auto&file=card.webp", &[("Accept", accept)]);
        assert_eq!(shape(&answer), (kind.to_owned(), (50, 38)), "{accept}");
        assert_eq!(answer.header("vary").map(|names| names.to_lowercase()).as_deref(), Some("accept"));
    }
    let denied = server.get_with("/crop?type=auto&file=card.webp", &[("Accept", "image/png")]);
    assert_eq!(
        (denied.status, denied.header("vary").map(|names| names.to_lowercase())),
        (400, Some("accept".to_owned()))
    );
}

#[test]
fn a_pipeline_is_done_in_its_order() {
    let server = serve("");
    let made = |operations: &str, file: &str| {
        shape(&server.get(&format!("/pipeline?operations={}&file={file}", escaped(operations))))
    };
    for (operations, kind, size) in [
        (
            r#"[{"operation":"resize","params":{"width":64}},{"operation":"rotate","params":{"rotate":90}}]"#,
            "image/jpeg",
            (43, 64),
        ),
        (
            r#"[{"operation":"rotate","params":{"rotate":90}},{"operation":"resize","params":{"width":64}}]"#,
            "image/jpeg",
            (64, 96),
        ),
        (
            r#"[{"operation":"crop","params":{"width":300,"height":260}},{"operation":"convert","params":{"type":"webp"}}]"#,
            "image/webp",
            (300, 260),
        ),
        // What fails may fail, whether that shows in the wish or in the picture, and the picture before it stays.
        (
            r#"[{"operation":"crop","params":{"width":80}},{"operation":"crop","ignore_failure":true},
                {"operation":"extract","ignore_failure":true,"params":{"areawidth":81,"areaheight":9}},
                {"operation":"convert","ignore_failure":true,"params":{"type":"avif"}},{"operation":"flip"}]"#,
            "image/jpeg",
            (80, 427),
        ),
        (
            r#"[{"operation":"zoom","ignore_failure":true,"params":{"factor":200,"rotate":90}},
                {"operation":"extract","params":{"areawidth":40,"areaheight":9}}]"#,
            "image/jpeg",
            (40, 9),
        ),
    ] {
        assert_eq!(made(operations, "city.jpg"), (kind.to_owned(), size), "{operations}");
    }
}

#[test]
fn what_a_picture_is_is_told_as_json() {
    let server = serve("");
    let told = |file: &str| {
        let answer = server.get(&format!("/info?file={file}"));
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "application/json"));
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()
    };
    let expected = serde_json::json!({ "width": 640, "height": 427, "type": "jpeg", "space": "srgb", "hasAlpha": false,
        "hasProfile": false, "channels": 3, "orientation": 0 });
    assert_eq!(told("city.jpg"), expected);
    let turned = told("turned.jpg");
    assert_eq!([&turned["width"], &turned["height"], &turned["orientation"]], [450, 300, 6]);
    let logo = told("logo.png");
    assert_eq!((&logo["hasAlpha"], &logo["channels"], &logo["type"]), (&true.into(), &4.into(), &"png".into()));
    assert_eq!([&told("card.webp")["type"], &told("spin.gif")["type"]], ["webp", "gif"]);
    let clear = told("spin.gif");
    assert_eq!([&clear["channels"], &clear["hasAlpha"]], [&serde_json::json!(3), &false.into()]);
}

#[test]
fn what_samples_a_picture_has_is_told_as_libvips_counts_them() {
    let (gray, alpha) = (image::DynamicImage::new_luma8(9, 7), image::DynamicImage::new_luma_a8(9, 7));
    let (deep, deep_gray) = (image::DynamicImage::new_rgb16(9, 7), image::DynamicImage::new_luma16(9, 7));
    let png = |picture: &image::DynamicImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    let files = [("gray.png", png(&gray)), ("alpha.png", png(&alpha)), ("deep.png", png(&deep))];
    let place = crate::server::Place::with(&files);
    place.put("deep-gray.png", png(&deep_gray));
    let server = place.serve(&super::variables(""));
    for (file, space, channels, has_alpha) in [
        ("gray.png", "b-w", 1, false),
        ("alpha.png", "b-w", 2, true),
        ("deep.png", "rgb16", 3, false),
        ("deep-gray.png", "grey16", 1, false),
    ] {
        let told: serde_json::Value = serde_json::from_slice(&server.get(&format!("/info?file={file}")).body).unwrap();
        let expected = serde_json::json!({ "width": 9, "height": 7, "type": "png", "space": space,
            "hasAlpha": has_alpha, "hasProfile": false, "channels": channels, "orientation": 0 });
        assert_eq!(told, expected, "{file}");
    }
}

#[test]
fn files_are_found_as_imaginary_finds_them() {
    let server = serve("");
    for file in ["city.jpg", "%2Fdeep%2F..%2Fcity.jpg", "./city.jpg", "//city.jpg", "c%2569ty.jpg"] {
        assert_eq!(server.get(&format!("/fit?width=9&height=9&file={file}")).status, 200, "{file}");
    }
    // Decoded twice, so that a plus needs two escapes.
    let answer = server.get("/fit?width=9&height=9&file=deep/in%20side%252B.png");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn equal_wishes_are_one_rendition_with_other_dialects() {
    let place = super::drawn::gallery();
    let server = place.serve(&[("IMAGE_PROXY_DIALECTS", "imaginary=/i"), ("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    for (ours, native) in [
        ("/i/resize?width=200&file=city.jpg", "/city.jpg?w=200"),
        ("/i/fit?width=200&height=200&file=city.jpg", "/city.jpg?w=200&h=200"),
        ("/i/thumbnail?width=90&height=90&file=city.jpg", "/city.jpg?w=90&h=90&fit=stretch&enlarge=1"),
        (
            "/i/crop?width=50&height=60&gravity=north&file=city.jpg",
            "/city.jpg?w=50&h=60&fit=cover&gravity=north&enlarge=1",
        ),
        ("/i/flip?file=city.jpg", "/city.jpg?flop=1"),
        ("/i/resize?width=80&type=webp&quality=50&file=city.jpg", "/city.jpg?w=80&format=webp&q=50"),
    ] {
        let (first, second) = (server.get(ours), server.get(native));
        assert_eq!((first.status, second.status), (200, 200), "{ours} {native}: {}", second.text());
        assert_eq!(first.header("etag"), second.header("etag"), "{ours} {native}");
        assert_eq!(second.cache_status().as_deref(), Some("HIT"), "{native}");
    }
}
