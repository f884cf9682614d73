//! Parts of JPEG files: the pixels that they have in the whole, whoever decodes them, at every size.

use codec::jpeg::{Jpeg, Settings};
use codec::{Codec, CodecError, DecodeOptions, Dimensions, Excerpt, Limits, Picture};

use crate::differential::Random;
use crate::reference::Recipe;

const WIDTH: u32 = 413;
const HEIGHT: u32 = 301;

fn pixels(channels: usize) -> Vec<u8> {
    let mut random = Random(0x1234_5678_9abc_def1);
    let places = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    let level = |x: u32, y: u32, channel: usize| (x / 3 * (channel as u32 + 1) + y / 2) % 200;
    let noise = |random: &mut Random| (random.number() >> 40) as u32 & 0x1f;
    places
        .flat_map(|(x, y)| (0..channels).map(move |channel| level(x, y, channel)))
        .map(|level| (level + noise(&mut random)) as u8)
        .collect()
}

fn decode(file: &[u8], excerpt: Option<Excerpt>, target: Option<Dimensions>) -> Result<Picture, CodecError> {
    let options = DecodeOptions { excerpt, target, ..DecodeOptions::default() };
    Jpeg::new(Settings::default(), Limits::default()).decode_as(file, &options)
}

/// The whole picture with both sides divided.
fn whole(file: &[u8], divisor: u32) -> Picture {
    let target = (divisor > 1).then(|| {
        let side = |stored: u32| (stored / divisor * 5 / 9).max(1);
        Dimensions::new(side(WIDTH), side(HEIGHT))
    });
    let picture = decode(file, None, target).unwrap();
    assert_eq!(picture.divisor(), divisor);
    picture
}

fn excerpts() -> Vec<Excerpt> {
    let places = [0, 1, 7, 8, 15, 16, 17, 31, 33, 100, 128, 255, 280, 300];
    let mut random = Random(77);
    let mut any = |below: u32| (random.number() >> 33) as u32 % below;
    let mut excerpts = vec![Excerpt::whole(Dimensions::new(WIDTH, HEIGHT))];
    for (index, left) in places.into_iter().enumerate() {
        for step in [1, 5, 8] {
            let top = places[(index + step) % places.len()];
            let (width, height) = (any(WIDTH - left) + 1, any(HEIGHT - top) + 1);
            excerpts.push(Excerpt { left, top, dimensions: Dimensions::new(width, height) });
        }
    }
    for (left, top) in places.into_iter().zip(places.into_iter().rev()) {
        excerpts.push(Excerpt { left, top, dimensions: Dimensions::new(1, 1) });
    }
    excerpts
}

fn check(recipe: &Recipe) {
    let file = recipe.encode(&pixels(recipe.channels));
    let all = [1, 2, 4, 8].map(|divisor| whole(&file, divisor));
    for excerpt in excerpts() {
        let Dimensions { width, height } = excerpt.dimensions;
        let targets = [4, 9, 17].map(|part| Dimensions::new(width.div_ceil(part), height.div_ceil(part)));
        for target in [None].into_iter().chain(targets.map(Some)) {
            let part = decode(&file, Some(excerpt), target).unwrap();
            let whole = all.iter().find(|whole| whole.divisor() == part.divisor()).unwrap();
            let expected = whole.clone().showing(excerpt);
            assert_eq!(part.place(), expected.place(), "{recipe:?} {excerpt:?} {target:?}");
            assert!(part.pixels() == expected.pixels(), "{recipe:?} {excerpt:?} {target:?}");
        }
    }
}

#[test]
fn a_part_has_the_pixels_of_the_whole_whatever_is_smaller_of_the_colours() {
    for factors in [[(1, 1); 3], [(2, 1), (1, 1), (1, 1)], [(2, 2), (1, 1), (1, 1)], [(1, 2), (1, 1), (1, 1)]] {
        check(&Recipe { factors, ..Recipe::new(WIDTH, HEIGHT, 3) });
    }
    check(&Recipe { factors: [(4, 1), (1, 1), (1, 1)], ..Recipe::new(WIDTH, HEIGHT, 3) });
    check(&Recipe { factors: [(2, 2), (2, 1), (1, 2)], ..Recipe::new(WIDTH, HEIGHT, 3) });
}

#[test]
fn a_part_has_the_pixels_of_the_whole_however_it_is_coded() {
    let colours = Recipe { factors: [(2, 2), (1, 1), (1, 1)], ..Recipe::new(WIDTH, HEIGHT, 3) };
    check(&Recipe { progressive: true, ..colours.clone() });
    check(&Recipe { separate: true, ..colours.clone() });
    check(&Recipe { restart: 5, optimise: true, ..colours.clone() });
    check(&Recipe { stored_rgb: true, factors: [(1, 1); 3], ..colours });
    check(&Recipe::new(WIDTH, HEIGHT, 1));
    check(&Recipe { progressive: true, ..Recipe::new(WIDTH, HEIGHT, 1) });
}

#[test]
fn what_follows_a_part_may_be_missing_and_what_is_in_it_may_not() {
    let file = Recipe { factors: [(2, 2), (1, 1), (1, 1)], ..Recipe::new(WIDTH, HEIGHT, 3) }.encode(&pixels(3));
    let cut = &file[..file.len() / 2];
    let part = |top| Some(Excerpt { left: 5, top, dimensions: Dimensions::new(60, 40) });
    for target in [None, Some(Dimensions::new(20, 13)), Some(Dimensions::new(5, 4))] {
        assert!(decode(cut, None, target).is_err());
        let (of_cut, of_whole) = (decode(cut, part(20), target).unwrap(), decode(&file, part(20), target).unwrap());
        assert!(of_cut == of_whole, "{target:?}");
        assert!(decode(cut, part(250), target).is_err());
    }
}
