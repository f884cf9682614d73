use std::time::{Duration, Instant};

use super::*;

const MONKEY: &[u8] = include_bytes!("../../../data/images/icons/monkey.svg");
const LONGEST: Duration = Duration::from_secs(4);
const FLIPPED_FILES: usize = 2000;

fn svg() -> Svg {
    Svg::new(&Fonts::default(), Limits::default())
}

fn drawing(content: &str) -> Vec<u8> {
    let head =
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='40' height='20'>";
    format!("{head}{content}</svg>").into_bytes()
}

fn decode(content: &str, width: u32, height: u32) -> Result<Picture, CodecError> {
    svg().decode(&drawing(content), Some(Dimensions::new(width, height)))
}

fn pixel(picture: &Picture, x: u32, y: u32) -> Vec<u8> {
    let channels = picture.layout().channels();
    let index = (y * picture.dimensions().width + x) as usize * channels;
    picture.pixels()[index..index + channels].to_vec()
}

#[test]
fn a_drawing_is_sharp_at_any_size() {
    let square = "<rect width='20' height='20' fill='#f00'/>";
    let facts = svg().probe(&mut Cursor::new(drawing(square))).unwrap();
    assert_eq!(facts.stored, Dimensions::new(40, 20));
    let picture = decode(square, 400, 200).unwrap();
    assert_eq!(pixel(&picture, 199, 100), [255, 0, 0, 255]);
    assert_eq!(pixel(&picture, 200, 100), [0, 0, 0, 0]);
}

#[test]
fn nothing_outside_the_file_is_drawn() {
    for link in ["file:///etc/passwd", "/etc/hostname", "http://localhost/a.png", "Cargo.toml", "a.svg"] {
        let picture = decode(&format!("<image width='40' height='20' xlink:href='{link}'/>"), 40, 20).unwrap();
        assert!(picture.pixels().iter().all(|channel| *channel == 0), "{link}");
    }
    let script = decode("<script>document.title = 1</script><rect width='40' height='20'/>", 4, 2).unwrap();
    assert_eq!(script.pixels(), [0; 4 * 2 * 3]);
}

#[test]
fn text_is_drawn_in_the_font_that_comes_with_the_program_whatever_it_asks_for() {
    for attributes in ["", "font-family='Comic Sans MS'", "font-family='serif'", "style='font: bold 20px monospace'"] {
        let text = format!("<text x='1' y='17' font-size='20' {attributes}>Hi Ж</text>");
        let picture = decode(&text, 40, 20).unwrap();
        let dark = picture.pixels().as_chunks::<4>().0.iter().filter(|pixel| pixel[3] > 200).count();
        assert!((60..300).contains(&dark), "{attributes}: {dark}");
    }
}

#[test]
fn text_that_would_take_too_long_is_refused_before_it_is_set() {
    let letters = |count: usize| format!("<text y='15'>{}</text>", "ab ".repeat(count / 3));
    let spans = |count: usize| format!("<text>{}</text>", "<tspan fill='red'>abcdefghij</tspan>".repeat(count));
    let copied = format!("<g id='t'>{}</g>{}", letters(300), "<use xlink:href='#t'/>".repeat(400));
    for content in [letters(1_000_000), letters(30_000), spans(4000), spans(600), copied] {
        let started = Instant::now();
        let made = decode(&content, 40, 20);
        assert!(matches!(made, Err(CodecError::OverLimit { .. })), "{}", content.len());
        assert!(started.elapsed() < LONGEST, "{:?}", started.elapsed());
    }
    for content in [letters(12_000), spans(400), "<text>a label</text>".repeat(2000)] {
        let started = Instant::now();
        assert!(decode(&content, 40, 20).is_ok(), "{}", content.len());
        assert!(started.elapsed() < LONGEST, "{:?}", started.elapsed());
    }
}

#[test]
fn what_would_take_too_long_is_refused_before_it_is_drawn() {
    let nested = |levels: usize| {
        format!("{}<rect width='40' height='20'/>{}", "<g opacity='.5'>".repeat(levels), "</g>".repeat(levels))
    };
    let uses = (1..30).map(|n| format!("<g id='a{n}'>{}</g>", format!("<use xlink:href='#a{}'/>", n - 1).repeat(9)));
    let laughs = format!("<g id='a0'><rect width='1' height='1'/></g>{}", uses.collect::<String>());
    let marked = format!(
        "<marker id='m'>{}</marker><path marker-mid='url(#m)' d='M0 0{}'/>",
        "<rect width='1' height='1'/>".repeat(500),
        "L1 1L2 2".repeat(5000)
    );
    let spread = format!(
        "<filter id='f'><feMorphology radius='5000'/></filter>{}",
        "<rect width='40' height='20' filter='url(#f)'/>".repeat(20)
    );
    let noise = format!(
        "<filter id='f'>{}</filter><rect width='40' height='20' filter='url(#f)'/>",
        "<feTurbulence baseFrequency='.1' numOctaves='1000000'/>".repeat(10)
    );
    let tile = "<pattern id='p' width='1e6' height='1e6' patternUnits='userSpaceOnUse'><rect width='9' height='9'/></pattern><rect width='40' height='20' fill='url(#p)'/>";
    let dashes = "<path d='M0 0L1e6 1e6' stroke='red' stroke-dasharray='0.0001'/>".repeat(100);
    let heaps = "<rect width='40' height='20' fill-opacity='.5'/>".repeat(20_000);
    let arc = "<path d='M0 0A1e60 1e60 0 0 0 9 9'/>".to_owned();
    let boxed = "<path style='transform-box:fill-box;scale:2' d='M0 0A1e60 1e60 0 0 0 9 9'/>".to_owned();
    let cases = [nested(90), nested(5000), laughs, marked, spread, noise, tile.to_owned(), dashes, heaps, arc, boxed];
    for (number, content) in cases.iter().enumerate() {
        let begin = Instant::now();
        let result = decode(content, 2000, 1000).map(|picture| picture.dimensions());
        assert!(matches!(result, Err(CodecError::OverLimit { .. })), "{number}: {result:?}");
        assert!(begin.elapsed() < LONGEST, "{number}: {:?}", begin.elapsed());
    }
}

#[test]
fn deep_nesting_that_is_cheap_is_drawn() {
    let content = format!("{}<rect width='9' height='9'/>{}", "<g opacity='.99'>".repeat(90), "</g>".repeat(90));
    assert!(decode(&content, 40, 20).is_ok());
}

#[test]
fn entities_may_be_short_and_few() {
    let with = |entities: &str, content: &str| {
        let text = format!(
            "<!DOCTYPE svg [{entities}]><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{content}</svg>"
        );
        svg().decode(text.as_bytes(), None)
    };
    assert!(with("<!ENTITY a 'red'>", "<rect width='9' height='9' fill='&a;'/>").is_ok());
    assert!(with("<!ENTITY a '<rect fill=\"red\"/>'><!ENTITY b '&a;&a;'>", "&b;").is_ok());
    assert!(with("<!ENTITY a '&b;'><!ENTITY b '&a;&a;'>", "<rect fill='&b;'/>").is_err());
    let long = format!("<!ENTITY a '{}'>", "x".repeat(100_000));
    assert!(with(&long, &"<g class='&a;'/>".repeat(100)).is_err());
    assert!(with("<!ENTITY a SYSTEM 'file:///etc/passwd'>", "<text>&a;</text>").is_err());
}

#[test]
fn embedded_pictures_are_drawn_and_bounded() {
    let base64 = |bytes: &[u8]| {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digit = |bits: u32| char::from(DIGITS[(bits & 63) as usize]);
        let encode = |three: &[u8]| {
            let bits = three.iter().chain([&0; 3]).take(3).fold(0, |bits, byte| bits << 8 | u32::from(*byte));
            let text: String = (0..=three.len()).map(|index| digit(bits >> (18 - index * 6))).collect();
            format!("{text:=<4}")
        };
        bytes.chunks(3).map(encode).collect::<String>()
    };
    let png = png::Png::new(png::Settings::default(), Limits::default());
    let red = Picture::new(Dimensions::new(2, 1), PixelLayout::Rgb, vec![255, 0, 0, 255, 0, 0]).unwrap();
    let mut bytes = png.encoder().unwrap().encode(&red).unwrap();
    let image =
        |bytes: &[u8]| format!("<image width='40' height='20' xlink:href='data:image/png;base64,{}'/>", base64(bytes));
    let picture = decode(&image(&bytes), 40, 20).unwrap();
    assert_eq!(pixel(&picture, 20, 10)[..3], [255, 0, 0]);
    // The header now says 16,777,218 pixels.
    bytes[17] = 0x80;
    bytes[23] = 2;
    let result = decode(&image(&bytes), 40, 20);
    assert!(result.is_err() || result.unwrap().pixels().iter().all(|channel| *channel == 0));
}

#[test]
fn flipped_bytes_cost_neither_a_panic_nor_much_time() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    const LETTERS: &[u8] = b"0123456789.-eE#<>/'\"=MLCAZmlcaz ";
    // What leaves the elements whole, and so comes to the style.
    const STYLE_LETTERS: &[u8] = b"0123456789.-+*()[]{}:;,#%~=|!@abcdxyn ";
    let seeds =
        [MONKEY, STYLED.as_bytes(), DECLARED.as_bytes(), &utf_16(STYLED), &latin_1(DECLARED)].map(<[u8]>::to_vec);
    for number in 0..FLIPPED_FILES {
        let is_style = number % 2 == 0;
        let mut flipped = seeds[if is_style { number / 2 % 2 } else { number % seeds.len() }].clone();
        let (letters, words) =
            if is_style { (STYLE_LETTERS, &WORDS[..STYLE_WORDS]) } else { (LETTERS, WORDS.as_slice()) };
        for _ in 0..=number % 16 {
            let position = next() % flipped.len();
            if is_style && b"<>/'\"=&".contains(&flipped[position]) {
                continue;
            }
            flipped[position] = letters[next() % letters.len()];
            if next() % 3 == 0 {
                flipped.splice(position..position, words[next() % words.len()].bytes());
            }
        }
        let begin = Instant::now();
        let _ = Format::sniff(&flipped);
        let _ = svg().probe(&mut Cursor::new(&flipped));
        let _ = svg().decode(&flipped, Some(Dimensions::new(64, 64)));
        assert!(begin.elapsed() < LONGEST, "file {number}: {:?}", begin.elapsed());
    }
}

const STYLE_WORDS: usize = 14;
const WORDS: [&str; 20] = [
    "var(--a,",
    "calc(",
    ":not(",
    "url(#a)",
    "@media all{",
    "/*",
    "\u{e9}",
    "--a:var(--b);",
    "}",
    "{",
    "transform:",
    "\\",
    "fill:",
    "nth-child(2n+1)",
    "<!--",
    "]]>",
    "&a;",
    "&#38;",
    "style='",
    "id='a'",
];
/// Something of all that style can say.
const STYLED: &str = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='4em' height='50%' viewBox='0 0 40 20'>\
    <style>@media screen { :root { --a: #f00; --b: var(--a) } g > .c:not(#d, .e):nth-child(2n + 1) ~ *[x^='a' i] { fill: oklch(50% .1 20 / 1) }\
    rect:is(.c, :first-of-type) { transform: rotate(45deg) translate(10%, calc(1px + 2em)); transform-box: fill-box; x: 1px } }</style>\
    <g id='a'><rect class='c' style='width:10px;height:calc(5px * 2);fill:var(--b, blue)'/><rect id='d' x='3'/></g>\
    <path id='a' style='d:path(\"M0 0L9 9H3z\");scale:2;rotate:10deg;stroke-width:1rem' clip-path='url(\"#a\")'/>\
    <use xlink:href='#a' transform-origin='center' transform-box='fill-box' style='translate:1px 2px'/></svg>";
const DECLARED: &str = "<?xml version='1.0' encoding='ISO-8859-1'?><!-- \u{e9} --><!DOCTYPE svg [<!ENTITY a '<g id=\"b\"/>'>\
    <!ENTITY b '&a;&#65;&a;'><!-- ]> -->]><svg xmlns='http://www.w3.org/2000/svg' width='1.5' height='1'>&b;&a;&#xA;&amp;</svg>";

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| letter as u8).collect()
}

/// A drawing with these attributes, filled with a disc.
fn disc(attributes: &str, width: f32, height: f32) -> Vec<u8> {
    let (x, y) = (width / 2.0, height / 2.0);
    let circle = format!("<circle cx='{x}' cy='{y}' r='{}'/>", x.min(y));
    format!("<svg xmlns='http://www.w3.org/2000/svg' {attributes}>{circle}</svg>").into_bytes()
}

#[test]
fn a_drawing_has_the_shape_of_its_own_sides_however_small_they_are() {
    let cases = [
        ("viewBox='0 0 1.5 1'", (1.5, 1.0), (600, 400), (2, 1)),
        ("viewBox='0 0 0.001 0.002'", (0.001, 0.002), (300, 600), (1, 1)),
        ("width='0.5cm' height='0.25cm' viewBox='0 0 2 1'", (2.0, 1.0), (600, 300), (19, 10)),
        ("width='1.5em' height='1em' viewBox='0 0 3 2'", (3.0, 2.0), (600, 400), (24, 16)),
        ("width='100%' height='100%' viewBox='0 0 2.5 1.5'", (2.5, 1.5), (600, 360), (3, 2)),
        ("width='100%' height='30' viewBox='0 0 2 1'", (2.0, 1.0), (600, 300), (60, 30)),
        ("width='50%' height='100%' viewBox='0 0 2 1'", (2.0, 1.0), (600, 300), (2, 1)),
        ("width='10.4' viewBox='0 0 2 1'", (2.0, 1.0), (600, 300), (11, 6)),
        ("style='width:3px;height:1.5px' viewBox='0 0 2 1'", (2.0, 1.0), (600, 300), (3, 2)),
    ];
    for (attributes, (width, height), (fitted_width, fitted_height), (stored_width, stored_height)) in cases {
        let file = disc(attributes, width, height);
        let facts = svg().probe(&mut Cursor::new(&file)).unwrap();
        assert_eq!(facts.fitted(600), Dimensions::new(fitted_width, fitted_height), "{attributes}");
        assert_eq!(facts.stored, Dimensions::new(stored_width, stored_height), "{attributes}");
        let picture = svg().decode(&file, Some(facts.fitted(600))).unwrap();
        let is_inside = |x: u32, y: u32| pixel(&picture, x, y)[3] > 128;
        let (x, y) = (fitted_width / 2, fitted_height / 2);
        let radius = x.min(y);
        // Round: just inside and just outside, to the side and down.
        assert!(is_inside(x + radius - 2, y) && is_inside(x, y + radius - 2), "{attributes}");
        assert!(!is_inside(x + radius * 3 / 4, y + radius * 3 / 4), "{attributes}");
        assert!(x + radius + 2 >= fitted_width || !is_inside(x + radius + 2, y), "{attributes}");
        assert_eq!(svg().decode(&file, None).unwrap().dimensions(), facts.stored, "{attributes}");
    }
}

#[test]
fn whole_pixels_do_not_make_a_circle_an_ellipse() {
    let picture = svg().decode(&disc("viewBox='0 0 1.5 1'", 1.5, 1.0), Some(Dimensions::new(200, 100))).unwrap();
    assert_eq!((pixel(&picture, 52, 50)[3], pixel(&picture, 48, 50)[3], pixel(&picture, 20, 50)[3]), (255, 0, 0));
    // Less than a pixel is filled to its edges, and a thin line is not lost.
    let full = |attributes: &str, width, height| {
        let file =
            format!("<svg xmlns='http://www.w3.org/2000/svg' {attributes}><rect width='100%' height='100%'/></svg>");
        svg().decode(file.as_bytes(), Some(Dimensions::new(width, height))).unwrap().pixels().to_vec()
    };
    assert!(full("viewBox='0 0 100.2 100'", 101, 100).iter().all(|channel| *channel == 0));
    assert!(full("viewBox='0 0 1000 1'", 100, 1).iter().all(|channel| *channel == 0));
}

#[test]
fn drawings_are_read_in_the_encoding_that_they_declare() {
    let content = "<title>Café</title><rect width='4' height='2' fill='#f00'/>";
    let head = |encoding: &str| {
        format!(
            "<?xml version='1.0' encoding='{encoding}'?><svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'>{content}</svg>"
        )
    };
    let files = [
        head("UTF-8").into_bytes(),
        latin_1(&head("ISO-8859-1")),
        latin_1(&head("windows-1252")),
        utf_16(&head("UTF-16")),
    ];
    for file in files {
        assert_eq!(Format::sniff(&file), Some(Format::Svg));
        assert_eq!(svg().decode(&file, None).unwrap().pixels()[..3], [255, 0, 0]);
    }
    assert!(svg().decode(&latin_1(&head("UTF-8")), None).is_err());
}

#[test]
fn line_breaks_in_an_embedded_picture_are_no_entities() {
    let entities: String = (0..10).map(|n| format!("<!ENTITY ns{n} 'http://ns.example.com/{n}/'>")).collect();
    let link = "QUJD&#xA;".repeat(60_000);
    let text = format!(
        "<!DOCTYPE svg [{entities}]><svg xmlns='http://www.w3.org/2000/svg' xmlns:a='&ns1;' width='4' height='2'><image href='data:image/png;base64,{link}'/></svg>"
    );
    assert!(svg().decode(text.as_bytes(), None).is_ok());
}
