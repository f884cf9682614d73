use std::time::{Duration, Instant};

use super::*;

const MONKEY: &[u8] = include_bytes!("../../../data/images/icons/monkey.svg");
const LONGEST: Duration = Duration::from_secs(4);
const FLIPPED_FILES: usize = 300;

fn svg() -> Svg {
    Svg::new(&Settings::default(), Limits::default())
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
fn text_without_fonts_is_not_drawn() {
    let picture = decode("<text x='1' y='15' font-size='20'>Hi</text>", 40, 20).unwrap();
    assert!(picture.pixels().iter().all(|channel| *channel == 0));
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
    let cases = [nested(90), nested(5000), laughs, marked, spread, noise, tile.to_owned(), dashes, heaps];
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
    assert!(with("<!ENTITY a 'red'><!ENTITY b '&a;&a;'>", "<rect fill='&b;'/>").is_err());
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
    for number in 0..FLIPPED_FILES {
        let mut flipped = MONKEY.to_vec();
        for _ in 0..=number % 16 {
            let position = next() % flipped.len();
            flipped[position] = LETTERS[next() % LETTERS.len()];
        }
        let begin = Instant::now();
        let _ = svg().decode(&flipped, Some(Dimensions::new(64, 64)));
        assert!(begin.elapsed() < LONGEST, "file {number}: {:?}", begin.elapsed());
    }
}
