//! Of an excerpt, the tiles that it touches, and no others.

use super::alpha::{TILE, WHOLE, coded, file, grid_of_two, streams};
use super::*;
use crate::Excerpt;

fn excerpt(left: u32, top: u32, width: u32, height: u32) -> Excerpt {
    Excerpt { left, top, dimensions: Dimensions::new(width, height) }
}

fn part(file: &[u8], excerpt: Excerpt) -> Result<Picture, CodecError> {
    let options = DecodeOptions { excerpt: Some(excerpt), ..DecodeOptions::default() };
    Avif::new(Settings::default(), Limits::default()).decode_as(file, &options)
}

#[test]
fn a_part_of_a_grid_has_the_pixels_of_the_whole() {
    let [colours, alpha] = streams(&picture(16, 10, PixelLayout::Rgba));
    let items =
        [grid_of_two(false, WHOLE), coded(&colours, false, TILE), grid_of_two(true, WHOLE), coded(&alpha, false, TILE)];
    let references: [(_, _, &[u8]); 4] =
        [(b"dimg", 1, &[2, 2]), (b"dimg", 3, &[4, 4]), (b"auxl", 3, &[1]), (b"prem", 1, &[3])];
    let with_alpha = file(&items, &references);
    for file in [grid(&picture(16, 10, PixelLayout::Rgb), 2, WHOLE), with_alpha] {
        let whole = decode(&file).unwrap();
        for excerpt in [excerpt(0, 0, 29, 9), excerpt(15, 3, 2, 4), excerpt(16, 0, 13, 9), excerpt(3, 8, 9, 1)] {
            let (part, expected) = (part(&file, excerpt).unwrap(), whole.clone().showing(excerpt));
            assert_eq!((part.place(), part.layout()), (excerpt, expected.layout()));
            assert!(part.pixels() == expected.pixels(), "{excerpt:?}");
        }
    }
}

#[test]
fn a_part_of_what_the_container_crops_is_counted_from_there() {
    let numbers: [i32; 8] = [5, 1, 4, 1, 1, 2, -2, 1];
    let clap = [b"\0\0\0\x28clap".to_vec(), numbers.map(i32::to_be_bytes).concat()].concat();
    let file = grid_with(&picture(16, 10, PixelLayout::Rgb), 1, Dimensions::new(16, 10), &clap);
    let (whole, excerpt) = (decode(&file).unwrap(), excerpt(1, 2, 3, 1));
    assert_eq!(part(&file, excerpt).unwrap().pixels(), whole.showing(excerpt).pixels());
}

#[test]
fn a_tile_that_is_not_touched_may_be_broken() {
    let [colours, _] = streams(&picture(16, 10, PixelLayout::Rgba));
    let items = [grid_of_two(false, WHOLE), coded(&colours, false, TILE), coded(b"no stream", false, TILE)];
    let file = file(&items, &[(b"dimg", 1, &[2, 3])]);
    assert!(decode(&file).is_err() && part(&file, excerpt(10, 0, 8, 9)).is_err());
    assert_eq!(part(&file, excerpt(0, 0, 16, 9)).unwrap().dimensions(), Dimensions::new(16, 9));
}
