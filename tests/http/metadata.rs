//! Renditions say nothing that the original says beside its pixels, unless whose it is is to be kept.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::RgbaImage;

use crate::pictures::{cat, decoded, difference, original};
use crate::server::{Place, Server};

const FORMATS: [&str; 4] = ["avif", "jpeg", "png", "webp"];
const KEEPING: (&str, &str) = ("IMAGE_PROXY_KEEP_COPYRIGHT", "true");
const ARTIST: &str = "Zoë";
const COPYRIGHT: &str = "© 2024 Zoë";
const XMP: &[u8] = b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF>SECRET</rdf:RDF></x:xmpmeta>";
const IPTC: &[u8] = b"\x1c\x02\x5a\0\x06SECRET";
/// What must not be found in a rendition: the values, and the places for them.
const MARKS: [&[u8]; 9] =
    [b"SECRET", b"Exif\0\0", b"eXIf", b"EXIF", b"Exif", b"XMP ", b"adobe", b"Photoshop", b"Raw profile"];

const SHORT: u16 = 3;
const LONG: u16 = 4;
const TEXT: u16 = 2;

/// A TIFF structure: its header, what is given to stand at place 8, and one directory.
fn tiff(start: &[u8], entries: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    let place = 8 + start.len() as u32;
    let mut bytes = [b"II*\0", &place.to_le_bytes()[..], start].concat();
    bytes.extend((entries.len() as u16).to_le_bytes());
    let mut values = vec![];
    for (tag, kind, value) in entries {
        let unit = match *kind {
            SHORT => 2,
            LONG => 4,
            _ => 1,
        };
        bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].as_flattened());
        bytes.extend(((value.len() / unit) as u32).to_le_bytes());
        if value.len() <= 4 {
            bytes.extend(value.iter().copied().chain([0; 4]).take(4));
        } else {
            bytes.extend((place + 2 + 12 * entries.len() as u32 + 4 + values.len() as u32).to_le_bytes());
            values.extend(value);
        }
    }
    [&bytes[..], &[0; 4], &values].concat()
}

fn said() -> Vec<(u16, u16, Vec<u8>)> {
    let text = |text: &str| [text.as_bytes(), b"\0"].concat();
    let located = 8_u32.to_le_bytes().to_vec();
    vec![
        (0x010f, TEXT, text("SECRET camera")),
        (0x0112, SHORT, vec![1, 0]),
        (0x013b, TEXT, text(ARTIST)),
        (0x8298, TEXT, text(COPYRIGHT)),
        (0x8825, LONG, located),
    ]
}

/// Camera, place, artist and copyright.
fn exif() -> Vec<u8> {
    // A directory with the latitude's reference stands where the entry points to.
    tiff(b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0", &said())
}

fn jpeg(plain: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = plain[..2].to_vec();
    for (code, payload) in segments {
        file.extend([0xff, *code]);
        file.extend((payload.len() as u16 + 2).to_be_bytes());
        file.extend(payload);
    }
    file.extend(&plain[2..]);
    file
}

fn png(plain: &[u8], chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = plain[..33].to_vec();
    for (name, payload) in chunks {
        let body = [&name[..], payload].concat();
        file.extend((payload.len() as u32).to_be_bytes());
        file.extend(&body);
        file.extend(crc32fast::hash(&body).to_be_bytes());
    }
    file.extend(&plain[33..]);
    file
}

fn webp(plain: &[u8], exif: &[u8]) -> Vec<u8> {
    let chunk = |name: &[u8; 4], payload: &[u8]| {
        [name, &(payload.len() as u32).to_le_bytes()[..], payload, &[0][..payload.len() % 2]].concat()
    };
    let picture = &plain[12..];
    assert!(picture.starts_with(b"VP8 "));
    let head = chunk(b"VP8X", b"\x0c\0\0\0\x59\0\0\x3b\0\0");
    chunk(b"RIFF", &[b"WEBP", &head[..], picture, &chunk(b"EXIF", exif), &chunk(b"XMP ", XMP)].concat())
}

fn raw_profile(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(format!("Raw profile type {name}\0\0").into_bytes(), Compression::default());
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    write!(packed, "\n{name}\n{:8}\n{digits}\n", bytes.len()).unwrap();
    packed.finish().unwrap()
}

/// The cat in a format, by the program itself.
fn made(format: &str) -> Vec<u8> {
    Place::with(&[("a.jpg", clean_jpeg())]).serve(&[]).get(&format!("/a.jpg?format={format}")).body
}

fn clean_jpeg() -> Vec<u8> {
    Place::with(&[("a.png", original("cat.png"))]).serve(&[]).get("/a.png?format=jpeg").body
}

/// Originals without and with all that there is to hide.
fn originals() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let prefixed = |prefix: &[u8], block: &[u8]| [prefix, block].concat();
    let photoshop = [b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0b", IPTC, b"\0"].concat();
    let segments = [
        (0xe1, prefixed(b"Exif\0\0", &exif())),
        (0xe1, prefixed(b"http://ns.adobe.com/xap/1.0/\0", XMP)),
        (0xed, photoshop),
        (0xfe, b"SECRET comment".to_vec()),
    ];
    let chunks = [
        (b"eXIf", exif()),
        (b"iTXt", prefixed(b"XML:com.adobe.xmp\0\0\0\0\0", XMP)),
        (b"zTXt", raw_profile("iptc", IPTC)),
        (b"zTXt", raw_profile("APP1", &prefixed(b"Exif\0\0", &exif()))),
    ];
    let plain = [clean_jpeg(), made("png"), made("webp")];
    let full = [jpeg(&plain[0], &segments), png(&plain[1], &chunks), webp(&plain[2], &exif())];
    ["a.jpg", "a.png", "a.webp"]
        .into_iter()
        .zip(plain)
        .zip(full)
        .map(|((name, plain), full)| (name, plain, full))
        .collect()
}

/// The cat with metadata in all formats; that of AVIF is what the program itself keeps.
fn place() -> Place {
    let place = Place::new();
    for (name, _, full) in originals() {
        place.put(name, full);
    }
    let signed = place.serve(&[KEEPING]).get("/a.jpg?format=avif").body;
    assert!(find(&signed, b"Exif") && find(&signed, COPYRIGHT.as_bytes()));
    place.put("a.avif", signed);
    let pixels: Vec<u8> = cat().pixels().flat_map(|pixel| pixel.0.into_iter().take(3)).collect();
    let short = |tag: u16, value: u16| (tag, SHORT, value.to_le_bytes().to_vec());
    let long = |tag: u16, value: u32| (tag, LONG, value.to_le_bytes().to_vec());
    let mut entries = vec![short(256, 90), short(257, 60), (258, SHORT, vec![8, 0, 8, 0, 8, 0]), short(259, 1)];
    entries.extend([short(262, 2), long(273, 8), short(277, 3), short(278, 60), long(279, pixels.len() as u32)]);
    entries.extend(said().into_iter().filter(|(tag, ..)| *tag != 0x8825));
    entries.push((700, 1, XMP.to_vec()));
    entries.sort_by_key(|(tag, ..)| *tag);
    place.put("a.tiff", tiff(&pixels, &entries));
    place
}

fn find(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

fn marks(bytes: &[u8]) -> Vec<String> {
    MARKS.iter().filter(|mark| find(bytes, mark)).map(|mark| mark.escape_ascii().to_string()).collect()
}

fn get(server: &Server, target: &str) -> Vec<u8> {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.body
}

#[test]
fn renditions_carry_no_metadata() {
    let server = place().serve(&[]);
    for name in ["a.avif", "a.jpg", "a.png", "a.tiff", "a.webp"] {
        assert!(!marks(&get(&server, &format!("/{name}"))).is_empty(), "{name}");
        for query in FORMATS.iter().flat_map(|format| [format!("size=40&format={format}"), format!("format={format}")])
        {
            let rendition = get(&server, &format!("/{name}?{query}"));
            assert_eq!(marks(&rendition), [""; 0], "{name}?{query}");
            assert!(!find(&rendition, ARTIST.as_bytes()), "{name}?{query}");
        }
    }
}

#[test]
fn where_nothing_but_metadata_is_too_much_the_coded_pixels_stay() {
    let place = place();
    let server = place.serve(&[]);
    for (name, plain, full) in originals() {
        for query in ["size=90", "size=9000&dpr=2"] {
            let answer = server.get(&format!("/{name}?{query}"));
            assert!(answer.body == plain || name == "a.webp" && answer.body.len() < full.len(), "{name}?{query}");
            assert!(answer.header("server-timing").unwrap().contains("strip"), "{name}?{query}");
            assert_eq!(decoded(&answer.body), decoded(&full), "{name}?{query}");
        }
    }
    let signed = get(&server, "/a.avif");
    let stripped = get(&server, "/a.avif?format=avif");
    assert_eq!((stripped.len(), marks(&stripped).len()), (signed.len(), 0));
    assert_eq!(decoded(&stripped), decoded(&signed));
}

#[test]
fn copyright_and_artist_are_kept_where_that_is_set() {
    let server = place().serve(&[KEEPING]);
    for name in ["a.avif", "a.jpg", "a.png", "a.tiff", "a.webp"] {
        for query in FORMATS.iter().flat_map(|format| [format!("size=40&format={format}"), format!("format={format}")])
        {
            let rendition = get(&server, &format!("/{name}?{query}"));
            assert!(find(&rendition, COPYRIGHT.as_bytes()), "{name}?{query}");
            assert!(find(&rendition, &[ARTIST.as_bytes(), b"\0"].concat()), "{name}?{query}");
            assert!(!find(&rendition, b"SECRET") && !find(&rendition, b"adobe"), "{name}?{query}");
            assert!(difference(&decoded(&rendition), &decoded(&rendition)) < 1.0);
        }
    }
}

#[test]
fn a_rendition_is_not_made_anew_of_what_is_one_already() {
    let place = place();
    for variables in [&[][..], &[KEEPING]] {
        let server = place.serve(variables);
        for (name, format) in [("a.jpg", "jpeg"), ("a.png", "png"), ("a.webp", "webp")] {
            let rendition = get(&server, &format!("/{name}?size=60"));
            place.put(&format!("b.{format}"), &rendition);
            let again = server.get(&format!("/b.{format}?size=60"));
            assert!(again.body == rendition && again.cache_status().is_none(), "{format} {variables:?}");
        }
    }
}

#[test]
fn an_orientation_that_says_upright_is_no_metadata() {
    let upright = tiff(b"", &[(0x0112, SHORT, vec![1, 0])]);
    let file = jpeg(&clean_jpeg(), &[(0xe1, [b"Exif\0\0", &upright[..]].concat())]);
    let server = Place::with(&[("a.jpg", &file)]).serve(&[]);
    assert!(get(&server, "/a.jpg?size=90") == file);
}

#[test]
fn what_lies_on_its_side_is_turned_even_where_nothing_else_is_asked() {
    let turned = tiff(b"", &[(0x0112, SHORT, vec![6, 0])]);
    let file = jpeg(&clean_jpeg(), &[(0xe1, [b"Exif\0\0", &turned[..]].concat())]);
    let server = Place::with(&[("a.jpg", &file)]).serve(&[]);
    assert!(get(&server, "/a.jpg") == file);
    let upright = get(&server, "/a.jpg?size=9000");
    assert_eq!(marks(&upright), [""; 0]);
    let expected: RgbaImage = image::imageops::rotate90(&cat());
    assert!(difference(&decoded(&upright), &expected) < 8.0);
}

/// A directory with an orientation, a camera and a place, and one behind it with a thumbnail.
fn exif_with_thumbnail(orientation: u8) -> Vec<u8> {
    let mut entries = said();
    entries.iter_mut().filter(|(tag, ..)| *tag == 0x0112).for_each(|(.., value)| value[0] = orientation);
    let mut block = tiff(b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0", &entries);
    let first = u32::from_le_bytes(block[4..8].try_into().unwrap()) as usize;
    let next = first + 2 + 12 * entries.len();
    let place = block.len() as u32;
    block[next..next + 4].copy_from_slice(&place.to_le_bytes());
    let entry = |tag: u16, value: u32| {
        [&tag.to_le_bytes()[..], &LONG.to_le_bytes(), &[1, 0, 0, 0], &value.to_le_bytes()].concat()
    };
    block.extend([&[2, 0][..], &entry(0x0201, place + 30), &entry(0x0202, 9), &[0; 4], b"THUMBNAIL"].concat());
    block
}

#[test]
fn a_url_of_imgproxy_decides_what_is_kept() {
    let place = place();
    let server = place.serve(&[("IMAGE_PROXY_DIALECTS", "native=/,imgproxy=/i")]);
    for (name, format) in ["a.jpg", "a.png", "a.webp"].into_iter().flat_map(|name| FORMATS.map(|format| (name, format)))
    {
        let made = |options: &str| get(&server, &format!("/i/_/w:40/{options}plain/local:///{name}@{format}"));
        let [usual, none, all] = [made(""), made("kcr:0/"), made("sm:0/")];
        assert!(find(&usual, COPYRIGHT.as_bytes()) && !find(&usual, b"SECRET"), "{name} {format}");
        assert_eq!((marks(&none), find(&none, ARTIST.as_bytes())), (vec![], false), "{name} {format}");
        assert!(find(&all, b"SECRET camera") && find(&all, COPYRIGHT.as_bytes()), "{name} {format}");
        let has_packet = format != "avif";
        assert_eq!(find(&all, XMP), has_packet, "{name} {format}");
        assert_eq!(find(&all, IPTC), format == "jpeg" && name != "a.webp", "{name} {format}");
        assert_eq!(decoded(&all), decoded(&none), "{name} {format}");
        assert_eq!(decoded(&all).dimensions(), (40, 27));
        assert_eq!(made("strip_metadata:0/keep_copyright:0/"), all);
        let native = get(&server, &format!("/{name}?w=40&format={format}"));
        assert_eq!(marks(&native), [""; 0], "nobody else asked");
    }
}

#[test]
fn metadata_that_is_kept_is_true_of_the_rendition() {
    let block = exif_with_thumbnail(6);
    let file = jpeg(&clean_jpeg(), &[(0xe1, [b"Exif\0\0", &block[..]].concat())]);
    let server = Place::with(&[("a.jpg", &file)]).serve(&[("IMAGE_PROXY_DIALECTS", "imgproxy=/")]);
    for format in FORMATS {
        let all = get(&server, &format!("/_/w:40/sm:0/plain/local:///a.jpg@{format}"));
        let orientation = |value: u8| [0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0];
        assert!(find(&all, b"SECRET camera") && !find(&all, b"THUMB"), "{format}");
        assert!(find(&all, &orientation(1)) && !find(&all, &orientation(6)), "{format}");
        assert_eq!(decoded(&all).dimensions(), (40, 60), "{format}");
    }
    let itself = get(&server, "/_/sm:0/plain/local:///a.jpg");
    assert!(find(&itself, b"SECRET camera") && !find(&itself, b"THUMB"));
}

#[test]
fn metadata_beyond_a_segment_is_left_out() {
    let mut entries = said();
    entries.push((0x9c9c, 1, vec![7; 80_000]));
    let chunks = [
        (b"eXIf", tiff(b"", &entries)),
        (b"iTXt", [b"XML:com.adobe.xmp\0\0\0\0\0", &[b' '; 70_000][..], XMP].concat()),
    ];
    let server = Place::with(&[("a.png", png(&made("png"), &chunks))]).serve(&[("IMAGE_PROXY_DIALECTS", "imgproxy=/")]);
    for format in FORMATS {
        let all = get(&server, &format!("/_/w:40/sm:0/plain/local:///a.png@{format}"));
        assert!(!find(&all, b"SECRET") && find(&all, COPYRIGHT.as_bytes()) && all.len() < 20_000, "{format}");
    }
}

#[test]
fn variables_of_imgproxy_are_what_urls_begin_with() {
    let place = place();
    let kept = |variables: &[(&str, &str)], options: &str| {
        let server = place.serve(&[&[("IMAGE_PROXY_DIALECTS", "imgproxy=/")][..], variables].concat());
        let made = get(&server, &format!("/_/w:40/{options}plain/local:///a.jpg"));
        (find(&made, b"SECRET"), find(&made, COPYRIGHT.as_bytes()))
    };
    assert_eq!(kept(&[("IMGPROXY_STRIP_METADATA", "false")], ""), (true, true));
    assert_eq!(kept(&[("IMGPROXY_STRIP_METADATA", "false")], "sm:1/"), (false, true));
    assert_eq!(kept(&[("IMGPROXY_KEEP_COPYRIGHT", "false")], ""), (false, false));
    assert_eq!(kept(&[("IMGPROXY_KEEP_COPYRIGHT", "false")], "kcr:1/"), (false, true));
}

#[test]
fn imaginary_strips_what_the_operator_keeps_where_it_is_told_to() {
    let place = place();
    let server = place.serve(&[KEEPING, ("IMAGE_PROXY_DIALECTS", "imaginary=/")]);
    let signed =
        |query: &str| find(&get(&server, &format!("/resize?width=40&file=a.jpg{query}")), COPYRIGHT.as_bytes());
    assert_eq!([signed(""), signed("&stripmeta=false"), signed("&stripmeta=true")], [true, true, false]);
}
