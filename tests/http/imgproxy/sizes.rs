//! How large pictures become, and of which kind.

use image_proxy::request::OutputFormat;

use super::served;
use crate::picfit::{coded, frames, gallery, size};
use crate::pictures::{BLUE, GREEN, RED, WHITE, quarters};
use crate::server::Place;

const PRESETS: &str = "small=rs:fit:64:64, wide=rs:fill:160:40/g:no";

/// Options and the original, the type, and the size.
#[rustfmt::skip]
const REQUESTS: [(&str, &str, (u32, u32)); 50] = [
    ("/_/rs:fit:200:200/plain/local:///city.jpg", "jpeg", (200, 133)),
    ("/_/rs:fill:200:200/plain/local:///city.jpg", "jpeg", (200, 200)),
    ("/_/rs:fill-down:800:800/plain/local:///city.jpg", "jpeg", (427, 427)),
    ("/_/rs:force:200:200/plain/local:///city.jpg", "jpeg", (200, 200)),
    ("/_/rs:auto:50:200/plain/local:///city.jpg", "jpeg", (50, 33)),
    ("/_/rs:auto:50:200/plain/local:///tower.jpg", "jpeg", (50, 200)),
    ("/_/rs:fit:200:200:0:1/plain/local:///city.jpg", "jpeg", (200, 200)),
    ("/_/rs:fill:700:700/plain/local:///city.jpg", "jpeg", (640, 427)),
    ("/_/rs:fill:700:700:1/plain/local:///city.jpg", "jpeg", (700, 700)),
    ("/_/w:64/plain/local:///tower.jpg", "jpeg", (64, 96)),
    ("/_/h:64/plain/local:///tower.jpg", "jpeg", (43, 64)),
    ("/_/s:64/plain/local:///tower.jpg", "jpeg", (64, 96)),
    ("/_/s::64/plain/local:///tower.jpg", "jpeg", (43, 64)),
    ("/_/w:64/h:64/rt:fill/plain/local:///tower.jpg", "jpeg", (64, 64)),
    ("/_/mw:120/w:40/plain/local:///city.jpg", "jpeg", (40, 80)),
    ("/_/z:0.1/plain/local:///city.jpg", "jpeg", (64, 43)),
    ("/_/z:0.5:0.2/plain/local:///city.jpg", "jpeg", (320, 85)),
    ("/_/dpr:2.5/w:40/plain/local:///city.jpg", "jpeg", (100, 67)),
    ("/_/dpr:2/w:400/plain/local:///city.jpg", "jpeg", (640, 427)),
    ("/_/exar:1/w:90/h:90/plain/local:///city.jpg", "jpeg", (90, 90)),
    ("/_/c:100:50:soea/plain/local:///city.jpg", "jpeg", (100, 50)),
    ("/_/c:0.25:0.5/plain/local:///tower.jpg", "jpeg", (108, 325)),
    ("/_/c:300:300/rs:fill:80:20/plain/local:///tower.jpg", "jpeg", (80, 20)),
    ("/_/pd:3:5/w:64/plain/local:///city.jpg", "jpeg", (74, 49)),
    ("/_/pd:1:2:3:4/w:64/plain/local:///tower.jpg", "jpeg", (70, 100)),
    ("/_/rot:90/w:64/plain/local:///city.jpg", "jpeg", (64, 96)),
    ("/_/rot:90/rs:fill:64:20/plain/local:///city.jpg", "jpeg", (64, 20)),
    ("/_/fl:1/w:64/plain/local:///city.jpg", "jpeg", (64, 43)),
    ("/_/w:64/plain/local:///turned.jpg", "jpeg", (64, 96)),
    ("/_/ar:0/w:64/plain/local:///turned.jpg", "jpeg", (64, 43)),
    ("/_/w:64/plain/local:///logo.png", "png", (64, 26)),
    ("/_/w:64/plain/local:///logo.png@jpg", "jpeg", (64, 26)),
    ("/_/w:64/plain/local:///card.webp", "jpeg", (64, 48)),
    ("/_/w:64/plain/local:///card.webp@webp", "webp", (64, 48)),
    ("/_/w:64/plain/local:///spin.gif", "gif", (64, 50)),
    ("/_/maf:4/w:45/plain/local:///spin.gif", "gif", (45, 35)),
    ("/_/maf:4/w:45/plain/local:///spin.gif@webp", "webp", (45, 35)),
    ("/_/maf:4/w:45/plain/local:///spin.gif@png", "png", (45, 35)),
    ("/_/w:64/plain/local:///city.jpg@avif", "avif", (64, 43)),
    ("/_/w:15/plain/local:///city.jpg@avif", "jpeg", (15, 10)),
    ("/_/w:15/pd:1/plain/local:///logo.png@avif", "png", (17, 8)),
    ("/_/w:64/plain/local:///city.jpg@ico", "x-icon", (64, 43)),
    ("/_/f:ico/plain/local:///city.jpg", "x-icon", (256, 171)),
    ("/_/f:ico/w:300/h:300/ex:1/plain/local:///logo.png", "x-icon", (256, 256)),
    ("/_/maf:4/f:ico/w:45/plain/local:///spin.gif", "x-icon", (45, 35)),
    ("/_/pr:small/plain/local:///tower.jpg", "jpeg", (43, 64)),
    ("/_/pr:wide/plain/local:///tower.jpg", "jpeg", (160, 40)),
    ("/_/pr:small:wide/plain/local:///city.jpg", "jpeg", (160, 40)),
    ("/_/q:50/w:64/plain/local:///city.jpg@webp", "webp", (64, 43)),
    ("/_/mrd:30/w:64/plain/local:///city.jpg", "jpeg", (30, 20)),
];

/// Options, and the size of what they make of 200 by 100 pixels.
#[rustfmt::skip]
const OF_200_BY_100: [(&str, (u32, u32)); 55] = [
    ("rs:fit:20:50", (20, 10)),
    ("rs:fit:100:300", (100, 50)),
    ("rs:fit:0:200", (200, 100)),
    ("rs:fit:50:20/el:1", (40, 20)),
    ("rs:fit:300:125/el:1", (250, 125)),
    ("rs:fit:50:0/el:1", (50, 25)),
    ("rs:fit:50:50/ex:1", (50, 50)),
    ("rs:fit:300:300/ex:1", (300, 300)),
    ("rs:fit:0:50/ex:1", (100, 50)),
    ("rs:fit:300:0/ex:1", (300, 100)),
    ("rs:fit:20:50/exar:1", (20, 50)),
    ("rs:fit:250:500/exar:1", (200, 400)),
    ("rs:fit:0:200/exar:1", (200, 100)),
    ("rs:fill:50:20", (50, 20)),
    ("rs:fill:300:50", (200, 50)),
    ("rs:fill:50:0", (50, 25)),
    ("rs:fill:50:50/el:1", (50, 50)),
    ("rs:fill:300:300/el:1", (300, 300)),
    ("rs:fill:0:50/el:1", (100, 50)),
    ("rs:fill:300:0/el:1", (300, 150)),
    ("rs:fill:20:50/ex:1", (20, 50)),
    ("rs:fill:250:300/ex:1", (250, 300)),
    ("rs:fill:0:50/ex:1", (100, 50)),
    ("rs:fill:300:0/ex:1", (300, 100)),
    ("rs:fill:20:50/exar:1", (20, 50)),
    ("rs:fill:250:500/exar:1", (200, 400)),
    ("rs:fill:0:50/exar:1", (100, 50)),
    ("rs:fill:300:0/exar:1", (200, 100)),
    ("rs:fill-down:20:50", (20, 50)),
    ("rs:fill-down:250:300", (83, 100)),
    ("rs:fill-down:0:200", (200, 100)),
    ("rs:fill-down:50:20/el:1", (50, 20)),
    ("rs:fill-down:300:125/el:1", (300, 125)),
    ("rs:fill-down:50:0/el:1", (50, 25)),
    ("rs:fill-down:50:50/ex:1", (50, 50)),
    ("rs:fill-down:300:300/ex:1", (300, 300)),
    ("rs:fill-down:300:50/ex:1", (300, 50)),
    ("rs:fill-down:50:0/ex:1", (50, 25)),
    ("rs:fill-down:50:50/exar:1", (50, 50)),
    ("rs:fill-down:300:300/exar:1", (100, 100)),
    ("rs:fill-down:0:50/exar:1", (100, 50)),
    ("rs:fill-down:300:0/exar:1", (200, 100)),
    ("mrd:50/rs:fit:0:0", (50, 25)),
    ("mrd:100/rs:fit:1000:1000", (100, 50)),
    ("mrd:100/rs:fit:1000:2000/exar:1", (50, 100)),
    ("mrd:200/rs:fit:100:100/pd:100:200:300:400", (200, 129)),
    ("mrd:50/rs:fill:1000:50", (50, 13)),
    ("mrd:100/rs:fill:0:100", (100, 50)),
    ("mrd:100/rs:fill:1000:1000/el:1", (100, 100)),
    ("mrd:100/rs:fill:100:150/rot:90", (67, 100)),
    ("mrd:1000/rs:fill-down:100:100", (100, 100)),
    ("mrd:50/rs:fill-down:100:1000", (5, 50)),
    ("mrd:50/rs:fill-down:150:0", (50, 25)),
    ("mrd:100/rs:fill-down:1000:2000/ex:1", (50, 100)),
    ("mrd:100/rs:fill-down:0:0/rot:90", (50, 100)),
];

/// The examples of the documentation, of 600 by 400 pixels.
#[rustfmt::skip]
const OF_600_BY_400: [(&str, (u32, u32)); 9] = [
    ("mw:300/w:150", (150, 200)),
    ("rs:fill:900:900", (600, 400)),
    ("rs:fill-down:900:900", (400, 400)),
    ("dpr:2/w:500", (600, 400)),
    ("z:0.5:0.25", (300, 100)),
    ("rot:90/w:100", (100, 150)),
    ("pd:10/w:100/dpr:2", (240, 173)),
    ("c:0.5:0.25", (300, 100)),
    ("c:0:100", (600, 100)),
];

#[test]
fn pictures_have_the_type_and_the_size_that_imgproxy_gives_them() {
    let place = gallery();
    let server = served(&place, &[("IMGPROXY_PRESETS", PRESETS), ("IMGPROXY_ALLOW_SECURITY_OPTIONS", "true")]);
    for (target, kind, expected) in REQUESTS {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        assert_eq!(answer.content_type(), format!("image/{kind}"), "{target}");
        assert_eq!(size(&answer), expected, "{target}");
    }
    let moving = server.get("/_/maf:4/w:45/plain/local:///spin.gif");
    assert_eq!((size(&moving), frames(&moving.body)), ((45, 35), 4));
    assert_eq!(frames(&server.get("/_/w:45/plain/local:///spin.gif").body), 1);
    assert_eq!(frames(&server.get("/_/maf:2/w:44/plain/local:///spin.gif").body), 2);
}

#[test]
fn boxes_canvases_and_limits_come_to_the_sizes_of_imgproxy() {
    let picture = |width, height| coded(&quarters(width, height, [RED, GREEN, BLUE, WHITE]), OutputFormat::PNG);
    let place = Place::with(&[("small.png", picture(200, 100)), ("large.png", picture(600, 400))]);
    let server = served(&place, &[("IMGPROXY_ALLOW_SECURITY_OPTIONS", "true")]);
    let small = OF_200_BY_100.iter().map(|row| ("small.png", row));
    let large = OF_600_BY_400.iter().map(|row| ("large.png", row));
    let mut wrong = Vec::new();
    for (name, (options, expected)) in small.chain(large) {
        let answer = server.get(&format!("/_/{options}/plain/local:///{name}"));
        assert_eq!(answer.status, 200, "{options}: {}", answer.text());
        if size(&answer) != *expected {
            wrong.push(format!("{name} {options}: expected {expected:?}, got {:?}", size(&answer)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
