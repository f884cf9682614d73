//! A part of an original has the pixels of the whole.

use super::{codecs, foreign, layouts, scene};
use crate::{Codec, DecodeOptions, Dimensions, Excerpt, Picture};

const STORED: Dimensions = Dimensions { width: 331, height: 222 };

/// Files that are large enough for parts; of a format that others write, what there is.
fn files(codec: &dyn Codec) -> Vec<Vec<u8>> {
    let format = codec.format();
    match codec.encoder() {
        Some(encoder) => layouts(format).map(|layout| encoder.encode(&scene(STORED, layout)).unwrap()).collect(),
        None => foreign(format, STORED).map_or_else(|| super::samples(codec), |file| vec![file]),
    }
}

fn parts(Dimensions { width, height }: Dimensions) -> Vec<Excerpt> {
    let part = |left, top, width, height| Excerpt { left, top, dimensions: Dimensions::new(width, height) };
    vec![
        part(0, 0, width, height),
        part(0, 0, width / 3, height / 2),
        part(width / 5, height / 3, width / 2 + 1, height / 4 + 1),
        part(width - 1, height - 1, 1, 1),
        part(1, height / 2, width - 2, 1),
    ]
}

#[test]
fn a_part_has_the_pixels_of_the_whole() {
    let codecs = codecs();
    for codec in codecs.all().filter(|codec| !codec.format().is_vector()) {
        for file in files(codec) {
            let whole = codec.decode(&file, None).unwrap();
            for excerpt in parts(whole.dimensions()) {
                let case = format!("{} {excerpt:?}", codec.format());
                let options = DecodeOptions { excerpt: Some(excerpt), ..DecodeOptions::default() };
                // What a codec may give beside the excerpt is told, and is right too.
                let given = codec.decode_as(&file, &options).unwrap_or_else(|error| panic!("{case}: {error}"));
                assert!(given.place().holds(excerpt), "{case}: {:?}", given.place());
                assert!(is_same(&given, &whole.clone().showing(given.place())), "{case}");
                let part = codecs.decode(codec.format(), &file, &options).unwrap();
                assert_eq!((part.place(), part.dimensions()), (excerpt, excerpt.dimensions), "{case}");
                assert!(is_same(&part, &whole.clone().showing(excerpt)), "{case}");
                assert_eq!(codec.decoded_excerpt(excerpt, None), excerpt.dimensions, "{case}");
            }
        }
    }
}

#[test]
fn a_part_at_a_reduced_size_is_no_smaller_than_its_target_and_no_larger_than_was_said() {
    let codecs = codecs();
    for codec in codecs.all().filter(|codec| !codec.format().is_vector()) {
        for file in files(codec) {
            let stored = codec.decode(&file, None).unwrap().dimensions();
            for (excerpt, part) in
                parts(stored).into_iter().flat_map(|excerpt| [1, 3, 7, 20].map(|part| (excerpt, part)))
            {
                let target = excerpt.dimensions.scaled_to(excerpt.dimensions.longest_edge().div_ceil(part));
                let options =
                    DecodeOptions { excerpt: Some(excerpt), target: Some(target), ..DecodeOptions::default() };
                let Dimensions { width, height } = codecs.decode(codec.format(), &file, &options).unwrap().dimensions();
                let said = codec.decoded_excerpt(excerpt, Some(target));
                let case = format!("{} {excerpt:?} to {target}: {width}x{height}", codec.format());
                assert!(width >= target.width && height >= target.height, "{case}");
                assert!(width <= said.width && height <= said.height, "{case}, {said} were said");
            }
        }
    }
}

#[test]
fn a_part_that_is_not_there_is_no_error() {
    let codecs = codecs();
    for codec in codecs.all() {
        let file = files(codec).remove(0);
        let far = Excerpt { left: 1 << 20, top: 1 << 20, dimensions: Dimensions::new(5, 5) };
        let options = DecodeOptions { excerpt: Some(far), ..DecodeOptions::default() };
        assert!(codecs.decode(codec.format(), &file, &options).is_ok(), "{}", codec.format());
    }
}

/// Tells whether two pictures show the same part; an alpha channel that says nothing may be missing.
fn is_same(one: &Picture, other: &Picture) -> bool {
    let [one, other] = [one, other].map(|picture| picture.clone().without_idle_alpha());
    let is_alike = (one.place(), one.layout(), one.colours()) == (other.place(), other.layout(), other.colours());
    is_alike && one.pixels() == other.pixels()
}
