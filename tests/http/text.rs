//! Words on a rendition: where they stand, what they are set in, and what is told where something is missing.

use image::{ImageFormat, RgbaImage};

use crate::client::Answer;
use crate::pictures::{decoded, quarters, written};
use crate::server::{Place, Server};

const BLACK: [u8; 4] = [0, 0, 0, 255];

fn place() -> Place {
    Place::with(&[("a.png", written(&quarters(400, 300, [BLACK; 4]), ImageFormat::Png))])
}

fn ask(server: &Server, query: &str) -> Answer {
    server.get(&format!("/a.png?format=png&{query}"))
}

fn picture(server: &Server, query: &str) -> RgbaImage {
    let answer = ask(server, query);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    decoded(&answer.body)
}

/// The box around all that is not black: left, top, right, bottom, the last ones included.
fn bounds(picture: &RgbaImage) -> [u32; 4] {
    let lit: Vec<_> = picture.enumerate_pixels().filter(|(.., pixel)| pixel.0 != BLACK).collect();
    assert!(!lit.is_empty(), "nothing is drawn");
    let side = |of: fn(&(u32, u32, &image::Rgba<u8>)) -> u32| {
        let sides = lit.iter().map(of);
        (sides.clone().min().unwrap(), sides.max().unwrap())
    };
    let ((left, right), (top, bottom)) = (side(|pixel| pixel.0), side(|pixel| pixel.1));
    [left, top, right, bottom]
}

fn fonts() -> String {
    format!("{}/tests/fonts", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn text_is_white_in_the_middle_of_the_lower_edge_unless_it_is_put_elsewhere() {
    let place = place();
    let server = place.serve(&[]);
    let usual = picture(&server, "text=Hamburg");
    let [left, top, right, bottom] = bounds(&usual);
    assert!(usual.pixels().any(|pixel| pixel.0 == [255; 4]));
    // 15 pixels high, 6 from the edge.
    assert!(
        left.abs_diff(399 - right) <= 2 && (top, bottom) > (270, 285) && bottom < 294,
        "{left} {top} {right} {bottom}"
    );
    let at = |query: &str| bounds(&picture(&server, &format!("text=Hamburg&text_size=40&{query}")));
    let [left, top, ..] = at("text_pos=northwest&text_margin=0");
    assert!(left < 8 && top < 20);
    let [_, _, right, bottom] = at("text_pos=bottom+right&text_margin=30");
    assert!((360..=370).contains(&right) && (250..=270).contains(&bottom), "{right} {bottom}");
    let [left, top, ..] = at("text_pos=100,80");
    assert!((100..110).contains(&left) && (80..100).contains(&top), "{left} {top}");
    let [_, north, _, south] = at("text_pos=center");
    assert!((north + south).abs_diff(299) < 20, "{north} {south}");
    assert_eq!(
        picture(&server, "text=Hamburg&text_size=20&text_margin=10&text_pos=5,5&dpr=2"),
        picture(&server, "text=Hamburg&text_size=40&text_margin=20&text_pos=10,10")
    );
    assert_eq!(picture(&server, "text=Hamburg&text_size=10p"), picture(&server, "text=Hamburg&text_size=30"));
}

#[test]
fn letters_have_colours_outlines_grounds_and_angles() {
    let place = place();
    let server = place.serve(&[]);
    let base = "text=Hi&text_size=100&text_pos=center";
    let count = |query: &str, colour: [u8; 3]| {
        let picture = picture(&server, &format!("{base}&{query}"));
        picture.pixels().filter(|pixel| pixel.0[..3] == colour).count()
    };
    assert!(count("text_color=f00", [255, 0, 0]) > 1000 && count("text_color=f00", [255; 3]) == 0);
    assert!(count("text_outline=0f0", [0, 255, 0]) > 300);
    assert!(count("text_outline=12,0f0", [0, 255, 0]) > count("text_outline=4,0f0", [0, 255, 0]) * 2);
    assert_eq!(count("text_outline=12,0f0", [255; 3]), count("", [255; 3]));
    assert!(count("text_bg=00f", [0, 0, 255]) > 10_000);
    assert!(count("text_opacity=50", [128; 3]) > 1000 && count("text_opacity=50", [255; 3]) == 0);
    let [left, top, right, bottom] = bounds(&picture(&server, base));
    let [turned_left, turned_top, turned_right, turned_bottom] =
        bounds(&picture(&server, &format!("{base}&text_rotate=90")));
    assert!(
        (right - left).abs_diff(turned_bottom - turned_top) <= 1
            && (bottom - top).abs_diff(turned_right - turned_left) <= 1
    );
    // What was at the left is above.
    let stem = |query: &str, x: u32, y: u32| picture(&server, &format!("{base}&{query}")).get_pixel(x, y).0;
    assert_eq!(stem("", left + 3, u32::midpoint(top, bottom)), [255; 4]);
    assert_eq!(stem("text_rotate=90", u32::midpoint(turned_left, turned_right), turned_top + 3), [255; 4]);
    assert_ne!(picture(&server, &format!("{base}&text_rotate=12.5")), picture(&server, base));
    assert_eq!(picture(&server, &format!("{base}&text_rotate=-360")), picture(&server, base));
}

#[test]
fn copies_lie_all_over_and_once_where_that_is_not_asked_for() {
    let place = place();
    let server = place.serve(&[]);
    let base = "text=Hi&text_size=20&text_margin=5&text_pos=40,40";
    let lit = |query: &str| {
        let picture = picture(&server, &format!("{base}&{query}"));
        picture.pixels().filter(|pixel| pixel.0[..3] == [255; 3]).count()
    };
    let (once, tiled) = (lit("text_tile=0"), lit("text_tile=1"));
    assert_eq!(once, lit(""));
    assert!(once > 10 && tiled > 40 * once, "{once}, {tiled}");
    assert!(lit("text_tile=1&text_margin=40") < tiled / 3);
}

#[test]
fn long_lines_are_broken_at_the_width_that_is_asked_for_and_at_the_edges() {
    let place = place();
    let server = place.serve(&[]);
    let height = |query: &str| {
        let [left, top, right, bottom] = bounds(&picture(&server, &format!("text_size=20&text_pos=center&{query}")));
        (right - left + 1, bottom - top + 1)
    };
    let (one_width, one) = height("text=one+two+three+four");
    let (narrow_width, narrow) = height("text=one+two+three+four&text_width=100");
    assert!(narrow_width <= 100 && one_width > 100 && narrow > one + 20, "{narrow_width} {narrow} {one}");
    assert_eq!(
        height("text=one+two+three+four&text_width=50&dpr=1").1,
        height("text=one+two+three+four&text_width=50").1
    );
    let long = format!("text={}", "word+".repeat(30));
    let (width, high) = height(&long);
    assert!(width <= 388 && high > one * 3, "{width} {high}");
    assert!(height("text=one%0Atwo").1 > one + 20);
}

#[test]
fn nothing_to_see_asks_for_nothing() {
    let place = place();
    let server = place.serve(&[]);
    let file = server.get("/a.png");
    for query in ["text=", "text=+%0A", "text=a&text_opacity=0", "text=a&text_size=0", "text_size=30&text_color=red"] {
        let answer = server.get(&format!("/a.png?{}", query.replace("red", "f00")));
        assert_eq!((answer.status, answer.header("etag")), (200, file.header("etag")), "{query}");
    }
}

#[test]
fn what_cannot_be_set_is_refused_and_says_what_was_expected() {
    let place = place();
    let server = place.serve(&[]);
    for (query, expected) in [
        (
            "text=a%00b",
            "text: expected at most 500 characters, none of them control characters but line feeds, got \"a\\0b\"",
        ),
        ("text=a&text_font=Wingdings", "text_font: expected one of Noto Sans, got \"Wingdings\""),
        (
            "text=a&text_size=5q",
            "text_size: expected a number of pixels up to 16384, or percent such as 5p, got \"5q\"",
        ),
        (
            "text=a&text_color=nocolour",
            "text_color: expected a colour: RGB or RRGGBB, a name of CSS, or r,g,b or r,g,b,a, got \"nocolour\"",
        ),
        (
            "text=a&text_outline=2",
            "text_outline: expected a colour, or a width and a colour such as 2,black, got \"2\"",
        ),
        ("text=a&text_rotate=up", "text_rotate: expected degrees, a number from -3600 to 3600, got \"up\""),
    ] {
        let answer = ask(&server, query);
        assert_eq!((answer.status, answer.text()), (400, format!("{expected}\n")), "{query}");
    }
    assert_eq!(ask(&server, &format!("text={}", "%C3%A9".repeat(500))).status, 200);
    assert_eq!(ask(&server, &format!("text={}", "a".repeat(501))).status, 400);
}

#[test]
fn no_two_texts_are_one_entry_and_markup_is_text() {
    let place = place();
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let texts = [
        "a",
        "A",
        "a+a",
        "a%0Aa",
        "%3Ctspan%3Ea",
        "%26amp;",
        "%26",
        "a+20000",
        "a+20000+1",
        "'%22%3C/text%3E",
        "%5Cn",
        "e%CC%81",
        "%C3%A9",
    ];
    let mut tags: Vec<_> =
        texts.iter().map(|text| ask(&server, &format!("text={text}")).header("etag").unwrap()).collect();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), texts.len());
    let again = |query: &str| ask(&server, query).cache_status();
    assert_eq!(again("text=a&text_font=noto+sans"), Some("MISS".to_owned()));
    assert_eq!(again("text=a&text_font=Noto%20Sans&text_color=fff"), Some("HIT".to_owned()));
    let wide = |text: &str| {
        let [left, _, right, _] = bounds(&picture(&server, &format!("text={text}&text_size=20")));
        right - left
    };
    assert!(wide("%3Cb%3Ea%3C/b%3E") > wide("a") * 4);
}

#[test]
fn what_no_font_has_is_a_box_and_told_in_the_log_once() {
    let place = place();
    let server = place.serve(&[]);
    assert_ne!(picture(&server, "text=%F0%9F%98%80&text_size=50"), picture(&server, "bw=0"));
    let line = server.log_line("no font has U+1F600");
    assert!(line.contains("WARN") && line.contains("a.png"), "{line}");
    let hidden = picture(&server, "text=%E6%97%A5%E6%9C%AC%E6%97%A5&text_size=50");
    let [left, _, right, _] = bounds(&hidden);
    assert!(right - left > 70, "three boxes: {left} {right}");
    server.log_line("no font has U+65E5, U+672C; boxes");
    picture(&server, "text=%C3%A9%E2%82%AC%CE%A9%D0%96%E1%BB%87&text_size=50");
    assert_eq!(server.stop().iter().filter(|line| line.contains("no font has")).count(), 2);
}

#[test]
fn other_scripts_come_from_the_folder_of_fonts_and_other_fonts_are_other_tags() {
    let place = place();
    let (alone, with_fonts) = (place.serve(&[]), place.serve(&[("IMAGE_PROXY_FONT_PATH", &fonts())]));
    let query = "text=Hi+%D7%A9%D7%9C%D7%95%D7%9D+%D8%B3%D9%84%D8%A7%D9%85&text_size=40";
    assert_ne!(picture(&alone, query), picture(&with_fonts, query));
    alone.log_line("no font has U+05E9");
    assert_ne!(ask(&alone, "text=a").header("etag"), ask(&with_fonts, "text=a").header("etag"));
    assert_eq!(picture(&alone, "text=a"), picture(&with_fonts, "text=a"));
    let named = "text=%D7%A9&text_size=40&text_font=Noto+Sans+Hebrew";
    assert_eq!((ask(&alone, named).status, ask(&with_fonts, named).status), (400, 200));
    assert!(ask(&alone, "text=a&text_font=x").text().contains("one of Noto Sans, got"));
    assert!(ask(&with_fonts, "text=a&text_font=x").text().contains("Noto Sans Hebrew"));
    let log = with_fonts.stop();
    assert!(!log.iter().any(|line| line.contains("no font has")), "{log:#?}");
}

#[test]
fn text_lies_above_the_watermark_and_on_every_frame() {
    let place = place();
    place.put("red.png", written(&quarters(8, 8, [[255, 0, 0, 255]; 4]), ImageFormat::Png));
    place.put("cat.gif", crate::pictures::photo("animals/cat-zoom.gif"));
    let server = place.serve(&[]);
    let both =
        picture(&server, "wm=red.png&wm_size=100&wm_margin=0&text=Hi&text_size=100&text_pos=center&text_color=00f");
    assert!(both.pixels().filter(|pixel| pixel.0 == [0, 0, 255, 255]).count() > 1000);
    let animated = server.get("/cat.gif?size=80&format=webp&text=Hi&text_size=30");
    assert_eq!((animated.status, animated.content_type().as_str()), (200, "image/webp"));
    assert!(animated.body.windows(4).filter(|name| name == b"ANMF").count() > 1);
}
