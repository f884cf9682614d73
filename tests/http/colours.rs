//! Renditions show the colours of the original: what its profile or its chunks say is converted to sRGB, or kept.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::ImageFormat;

use crate::pictures::{BLUE, GREEN, RED, WHITE, are_close, decoded, quarter_colours, quarters, written};
use crate::server::{Place, Server};

const FORMATS: [&str; 4] = ["avif", "jpeg", "png", "webp"];
/// The primaries of sRGB in the profile's space (ICC.1:2022, in 1/65536): X, Y and Z of each.
const PRIMARIES: [[u32; 3]; 3] = [[28_578, 14_581, 912], [25_241, 46_981, 6_362], [9_376, 3_972, 46_799]];
/// What the quarters of [`original`] hold where red and green are exchanged.
const EXCHANGED: [[u8; 4]; 4] = [GREEN, RED, BLUE, WHITE];

/// sRGB, but for a gamma of 2.2, with the names of red and green exchanged.
fn exchanging_profile() -> Vec<u8> {
    let [red, green, blue] = PRIMARIES;
    let mut tags = vec![];
    for (name, primary) in [(b"rXYZ", green), (b"gXYZ", red), (b"bXYZ", blue)] {
        tags.push((name, [&b"XYZ \0\0\0\0"[..], primary.map(u32::to_be_bytes).as_flattened()].concat()));
    }
    for name in [b"rTRC", b"gTRC", b"bTRC"] {
        tags.push((name, b"curv\0\0\0\0\0\0\0\x01\x02\x33\0\0".to_vec()));
    }
    let mut profile = vec![0; 128];
    profile[8..24].copy_from_slice(b"\x02\x40\0\0mntrRGB XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    profile[68..80].copy_from_slice(b"\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d");
    profile.extend((tags.len() as u32).to_be_bytes());
    let mut place = 128 + 4 + 12 * tags.len() as u32;
    for (name, value) in &tags {
        profile.extend(*name);
        profile.extend([place, value.len() as u32].map(u32::to_be_bytes).as_flattened());
        place += value.len() as u32;
    }
    tags.into_iter().for_each(|(_, value)| profile.extend(value));
    let length = (profile.len() as u32).to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

/// A PNG of four colours, with chunks before its pixels.
fn original(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let plain = written(&quarters(48, 32, [RED, GREEN, BLUE, WHITE]), ImageFormat::Png);
    let (header, rest) = plain.split_at(33);
    let mut file = header.to_vec();
    for (name, payload) in chunks {
        let body = [&name[..], payload].concat();
        file.extend((payload.len() as u32).to_be_bytes());
        file.extend(&body);
        file.extend(crc32fast::hash(&body).to_be_bytes());
    }
    file.extend(rest);
    file
}

fn profile_chunk(profile: &[u8]) -> (&'static [u8; 4], Vec<u8>) {
    let mut packed = ZlibEncoder::new(b"name\0\0".to_vec(), Compression::default());
    packed.write_all(profile).unwrap();
    (b"iCCP", packed.finish().unwrap())
}

/// A PNG of four colours and a profile of its own.
pub fn with_profile() -> Vec<u8> {
    original(&[profile_chunk(&exchanging_profile())])
}

fn has_profile(file: &[u8]) -> bool {
    [&b"ICC_PROFILE\0\x01\x01"[..], b"iCCP", b"ICCP", b"colrprof"]
        .iter()
        .any(|mark| file.windows(mark.len()).any(|bytes| bytes == *mark))
}

fn shown(server: &Server, target: &str) -> [[u8; 4]; 4] {
    quarter_colours(&decoded(&server.get(target).body))
}

#[test]
fn a_profile_is_applied_and_not_carried_over() {
    let server = Place::with(&[("a.png", original(&[profile_chunk(&exchanging_profile())]))]).serve(&[]);
    for format in FORMATS {
        let rendition = server.get(&format!("/a.png?size=24&format={format}"));
        assert!(are_close(&quarter_colours(&decoded(&rendition.body)), &EXCHANGED), "{format}");
        assert!(!has_profile(&rendition.body), "{format}");
    }
}

#[test]
fn colours_that_are_to_be_preserved_keep_their_numbers_and_their_profile() {
    let place = Place::with(&[("a.png", original(&[profile_chunk(&exchanging_profile())]))]);
    let (preserving, converting) = (place.serve(&[("IMAGE_PROXY_COLOR", "preserve")]), place.serve(&[]));
    for format in FORMATS {
        let kept = preserving.get(&format!("/a.png?size=40&format={format}")).body;
        assert!(are_close(&quarter_colours(&decoded(&kept)), &[RED, GREEN, BLUE, WHITE]), "{format}");
        assert!(has_profile(&kept), "{format}");
        // The profile is whole: from that format it is read and applied again.
        place.put(&format!("b.{format}"), &kept);
        assert!(are_close(&shown(&converting, &format!("/b.{format}?size=24&format=png")), &EXCHANGED), "{format}");
    }
    // Gray has no use for a profile of colours: it is that of the colours shown.
    let gray = preserving.get("/a.png?size=40&format=png&bw=1").body;
    assert!(!has_profile(&gray));
    let expected = [150, 76, 29, 255].map(|level| [level, level, level, 255]);
    assert!(are_close(&quarter_colours(&decoded(&gray)), &expected));
}

#[test]
fn what_a_png_says_of_its_colours_has_an_order() {
    let exchanging = || profile_chunk(&exchanging_profile());
    let points = |primaries: u8| (b"cICP", vec![primaries, 13, 0, 1]);
    let gamma = (b"gAMA", 45_455_u32.to_be_bytes().to_vec());
    let [white, red, green, blue] = [[31_270, 32_900], [64_000, 33_000], [30_000, 60_000], [15_000, 6_000_u32]];
    let points_of = |order: [[u32; 2]; 4]| order.as_flattened().iter().flat_map(|at| at.to_be_bytes()).collect();
    let primaries = (b"cHRM", points_of([white, green, red, blue]));
    let stored = [RED, GREEN, BLUE, WHITE];
    let cases = [
        ("cicp-before-iccp", vec![points(1), exchanging()], stored),
        ("iccp-before-srgb", vec![exchanging(), (b"sRGB", vec![0])], EXCHANGED),
        ("srgb-before-chrm", vec![(b"sRGB", vec![0]), gamma.clone(), primaries.clone()], stored),
        ("chrm", vec![gamma, primaries.clone()], EXCHANGED),
        ("chrm-alone", vec![primaries], stored),
        ("broken-points", vec![points(99), exchanging()], EXCHANGED),
        ("broken-profile", vec![(b"iCCP", b"name\0\0text".to_vec())], stored),
        ("bomb", vec![profile_chunk(&vec![0; 1 << 20])], stored),
        ("nothing", vec![], stored),
    ];
    let place = Place::new();
    let server = place.serve(&[]);
    for (name, chunks, expected) in cases {
        place.put(&format!("{name}.png"), original(&chunks));
        assert!(are_close(&shown(&server, &format!("/{name}.png?size=24")), &expected), "{name}");
    }
}

#[test]
fn a_picture_without_transparency_shows_the_background_that_was_chosen() {
    let clear = written(&quarters(48, 32, [[0; 4], [9, 9, 9, 0], RED, WHITE]), ImageFormat::Png);
    let mut tags = vec![];
    for (background, colour) in [("white", WHITE), ("#008000", [0, 128, 0, 255]), ("f00", RED)] {
        let server = Place::with(&[("a.png", &clear)]).serve(&[("IMAGE_PROXY_BACKGROUND", background)]);
        let answer = server.get("/a.png?size=24&format=jpeg");
        assert!(are_close(&quarter_colours(&decoded(&answer.body)), &[colour, colour, RED, WHITE]), "{background}");
        tags.push(answer.header("etag"));
    }
    tags.dedup();
    assert_eq!(tags.len(), 3);
}
