//! What an encoder says can be chosen, it does.

use super::{SIZES, codecs, layouts, scene};
use std::collections::BTreeSet;

use crate::{
    Choices, ChromaSampling, Coding, Dimensions, Format, Notice, OutputFormat, PaletteSize, Picture, PixelLayout,
    Quality,
};

fn all() -> Vec<(OutputFormat, Choices, Coding)> {
    let codings = codecs().codings();
    OutputFormat::all().map(|output| (output, codings.choices(output), codings.of(output))).collect()
}

fn written(output: OutputFormat, picture: &Picture, coding: Coding) -> Vec<u8> {
    codecs().encoder(output).unwrap().encode_as(picture, &coding, &Notice::default(), 1).unwrap()
}

fn decoded(output: OutputFormat, file: &[u8]) -> Picture {
    codecs().decode(output.format().unwrap(), file, &crate::DecodeOptions::default()).unwrap()
}

/// A photograph, at some hundred pixels.
fn photograph() -> Picture {
    let file = include_bytes!("../../../data/images/nature/dandelion.jpg");
    let target = Some(Dimensions::new(250, 180));
    codecs().decode(Format::Jpeg, file, &crate::DecodeOptions { target, ..Default::default() }).unwrap()
}

/// Every level of every channel, in no order.
fn noise(layout: PixelLayout) -> Picture {
    let dimensions = Dimensions::new(70, 50);
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let pixels =
        (0..dimensions.pixels()).flat_map(|_| [next(), next(), next(), next() | 1].into_iter().take(layout.channels()));
    Picture::new(dimensions, layout, pixels.collect()).unwrap()
}

/// A format may have no gray, and needs no alpha where all is opaque.
fn shown(picture: &Picture) -> Vec<[u8; 4]> {
    let pixels = picture.pixels().chunks_exact(picture.layout().channels());
    let shown = pixels.map(|pixel| match *pixel {
        [gray] => [gray, gray, gray, 255],
        [red, green, blue] => [red, green, blue, 255],
        [red, green, blue, alpha] => [red, green, blue, alpha],
        _ => [0; 4],
    });
    shown.collect()
}

#[test]
fn what_keeps_all_keeps_every_pixel() {
    let able: Vec<_> = all().into_iter().filter(|(_, choices, _)| choices.can_keep_all).collect();
    assert_eq!(
        able.iter().map(|(output, ..)| output.medium().name()).collect::<Vec<_>>(),
        ["avif", "bmp", "ico", "png", "tiff", "webp"]
    );
    for (output, choices, _) in able {
        let exact = Coding::new(None, choices.own_effort(3));
        for layout in layouts(output.format().unwrap()) {
            let pictures = SIZES.map(|dimensions| scene(dimensions, layout)).into_iter().chain([noise(layout)]);
            for picture in pictures {
                let back = decoded(output, &written(output, &picture, exact));
                assert!(shown(&back) == shown(&picture), "{output} {layout:?} {}", picture.dimensions());
            }
        }
    }
}

#[test]
fn the_greatest_effort_takes_fewer_bytes_than_the_least() {
    let picture = photograph();
    let is_chosen = |(_, choices, _): &(_, Choices, _)| choices.efforts != Choices::NONE.efforts;
    for (output, choices, usual) in all().into_iter().filter(is_chosen) {
        let bytes = |effort| written(output, &picture, Coding { effort: choices.own_effort(effort), ..usual }).len();
        // Of a small photograph PNG has nothing left to save.
        let is_enough = bytes(Choices::MAX_EFFORT) < bytes(0) || output == OutputFormat::LOSSLESS;
        assert!(
            is_enough && bytes(Choices::MAX_EFFORT) <= bytes(0),
            "{output} {} {}",
            bytes(Choices::MAX_EFFORT),
            bytes(0)
        );
        assert!(!choices.is_dear(usual.effort) && choices.is_dear(choices.own_effort(Choices::MAX_EFFORT)), "{output}");
    }
}

#[test]
fn chroma_is_as_asked_where_it_can_be_chosen() {
    for (output, choices, usual) in all() {
        let Some(below) = choices.quarters_chroma_below else { continue };
        let told = |quality: u8, chroma| {
            let coding = Coding { quality: Some(Quality::new(quality)), chroma, ..usual };
            let file = written(output, &photograph(), coding);
            let codecs = codecs();
            let facts = codecs.decoder(output.format().unwrap()).unwrap().probe(&mut std::io::Cursor::new(&file));
            facts.unwrap().condition.chroma
        };
        for chroma in [ChromaSampling::Quarter, ChromaSampling::Whole].map(Some) {
            assert_eq!([20, 95].map(|quality| told(quality, chroma)), [chroma; 2], "{output}");
        }
        let usual = if 95 < below { ChromaSampling::Quarter } else { ChromaSampling::Whole };
        assert_eq!((told(20, None), told(95, None)), (Some(ChromaSampling::Quarter), Some(usual)), "{output}");
    }
}

#[test]
fn progressive_files_are_told_as_such() {
    for (output, _, usual) in all().into_iter().filter(|(_, choices, _)| choices.can_be_progressive) {
        let told = |is_progressive| {
            let file = written(output, &photograph(), Coding { is_progressive, ..usual });
            let codecs = codecs();
            let facts = codecs.decoder(output.format().unwrap()).unwrap().probe(&mut std::io::Cursor::new(&file));
            facts.unwrap().condition.is_progressive
        };
        assert_eq!([false, true].map(told), [false, true], "{output}");
    }
}

#[test]
fn a_palette_has_no_more_colours_than_asked_and_all_where_there_are_no_more() {
    let able: Vec<_> = all().into_iter().filter(|(_, choices, _)| choices.can_have_palette).collect();
    assert_eq!(able.iter().map(|(output, ..)| output.medium().name()).collect::<Vec<_>>(), ["png"]);
    for (output, _, usual) in able {
        for layout in layouts(output.format().unwrap()) {
            let pictures = SIZES.map(|dimensions| scene(dimensions, layout)).into_iter().chain([noise(layout)]);
            for (picture, most) in pictures.flat_map(|picture| [2, 3, 5, 17, 256].map(|most| (picture.clone(), most))) {
                let palette = PaletteSize::new(most);
                let back = shown(&decoded(output, &written(output, &picture, Coding { palette, ..usual })));
                let colours = |pixels: &[[u8; 4]]| pixels.iter().copied().collect::<BTreeSet<_>>().len();
                let (wanted, name) = (shown(&picture), format!("{layout:?} {} {most}", picture.dimensions()));
                assert!(colours(&back) <= usize::from(most), "{name}: {}", colours(&back));
                if colours(&wanted) <= usize::from(most) {
                    assert!(back == wanted, "{name}");
                }
            }
        }
    }
}
