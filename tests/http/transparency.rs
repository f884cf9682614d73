//! Transparency survives where the format can carry it, and becomes white where it cannot.

use image::ImageFormat;

use crate::pictures::{are_close, decoded, quarter_colours, quarters, written};
use crate::server::Place;

const CLEAR: [u8; 4] = [255, 0, 0, 0];
const HALF: [u8; 4] = [0, 0, 255, 128];
const BLUE: [u8; 4] = [0, 0, 255, 255];
const BLACK: [u8; 4] = [0, 0, 0, 255];

fn colours_of(query: &str) -> [[u8; 4]; 4] {
    let png = written(&quarters(64, 64, [CLEAR, HALF, BLUE, BLACK]), ImageFormat::Png);
    let answer = Place::with(&[("a.png", png)]).serve(&[]).get(&format!("/a.png?{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    quarter_colours(&decoded(&answer.body))
}

#[test]
fn transparency_survives_to_avif_png_and_webp() {
    for query in ["format=avif", "format=webp", "format=avif&size=40", "format=webp&size=40", "format=png&size=40"] {
        let [clear, half, blue, black] = colours_of(query);
        assert!(clear[3] <= 2, "{query}: {clear:?}");
        assert!(half[3].abs_diff(128) <= 4, "{query}: {half:?}");
        assert!(
            are_close(&[half, blue, black], &[[0, 0, 255, 128], BLUE, BLACK]),
            "{query}: {half:?} {blue:?} {black:?}"
        );
    }
}

#[test]
fn transparency_becomes_white_in_jpeg() {
    for query in ["format=jpeg", "format=jpeg&size=40"] {
        let colours = colours_of(query);
        assert!(are_close(&colours, &[[255; 4], [127, 127, 255, 255], BLUE, BLACK]), "{query}: {colours:?}");
    }
}

#[test]
fn a_hidden_colour_does_not_bleed_into_its_neighbours() {
    // Red that nobody sees beside blue: averaged without regard to alpha, the edge would be purple.
    let png = written(&quarters(64, 64, [CLEAR, BLUE, CLEAR, BLUE]), ImageFormat::Png);
    let server = Place::with(&[("a.png", png)]).serve(&[]);
    for algorithm in ["lanczos3", "bicubic", "gaussian", "thumbnail"] {
        let picture = decoded(&server.get(&format!("/a.png?size=9&resize_algorithm={algorithm}")).body);
        let seen = picture.pixels().filter(|pixel| pixel.0[3] > 16);
        let reddest = seen.map(|pixel| pixel.0[0]).max().unwrap();
        assert!(reddest <= 8, "{algorithm}: {reddest}");
    }
}

#[test]
fn a_hidden_colour_is_in_no_rendition() {
    // Red that nobody sees in a picture of blue and black.
    let png = written(&quarters(64, 64, [CLEAR, BLUE, BLUE, BLACK]), ImageFormat::Png);
    let place = Place::with(&[("a.png", png)]);
    let queries =
        ["format=png&bw=0&size=40", "bw=1", "format=webp", "format=webp&size=33", "format=avif", "format=avif&size=33"];
    for lossless in ["false", "true"] {
        let server = place.serve(&[("IMAGE_PROXY_WEBP_LOSSLESS", lossless)]);
        for query in queries {
            let picture = decoded(&server.get(&format!("/a.png?{query}")).body);
            let redness = |pixel: &image::Rgba<u8>| i32::from(pixel.0[0]) - i32::from(pixel.0[1]);
            let reddest = picture.pixels().map(redness).max().unwrap();
            assert!(reddest <= 24, "{query}: {reddest}");
        }
    }
}

#[test]
fn grayscale_keeps_transparency() {
    let [clear, half, blue, black] = colours_of("bw=1");
    assert_eq!(clear[3], 0);
    assert_eq!([half, blue, black], [[29, 29, 29, 128], [29, 29, 29, 255], BLACK]);
}
