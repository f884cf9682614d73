use crate::{BrokenOriginals, DecodeOptions};
use std::borrow::Cow;
use std::io::Cursor;

use ::gif::{DisposalMethod, Encoder as Library, Frame as StoredFrame, Repeat};

use super::*;
use crate::Metadata;

/// Index 3 is transparent where a frame says so, and 4 is in no palette.
const COLOURS: [[u8; 3]; 4] = [[200, 0, 0], [0, 90, 0], [0, 0, 60], [1, 2, 3]];

fn codec() -> Gif {
    Gif::new(Limits::default())
}

fn stored(left: u16, top: u16, width: u16, indices: &[u8], dispose: DisposalMethod) -> StoredFrame<'static> {
    let (height, buffer) = (indices.len() as u16 / width, Cow::Owned(indices.to_vec()));
    let transparent = Some(3);
    StoredFrame { left, top, width, height, buffer, dispose, transparent, delay: 7, ..StoredFrame::default() }
}

/// A file of the library's own encoder.
fn file(width: u16, height: u16, repeat: Repeat, frames: &[StoredFrame<'_>]) -> Vec<u8> {
    let mut encoder = Library::new(Vec::new(), width, height, COLOURS.as_flattened()).unwrap();
    encoder.set_repeat(repeat).unwrap();
    frames.iter().for_each(|frame| encoder.write_frame(frame).unwrap());
    encoder.into_inner().unwrap()
}

/// All frames, by the index of each pixel's colour; `.` is transparent.
fn shown(file: &[u8]) -> Vec<String> {
    let mut frames = codec().frames(file).unwrap();
    let mut all = Vec::new();
    while let Some(frame) = frames.next().unwrap() {
        let picture = frame.picture;
        let symbol = |pixel: &[u8]| match COLOURS.iter().position(|colour| colour == &pixel[..3]) {
            Some(index) if pixel.get(3) != Some(&0) => index.to_string(),
            _ => ".".to_owned(),
        };
        let pixels = picture.pixels().chunks(picture.layout().channels());
        all.push(pixels.map(symbol).collect());
    }
    all
}

fn picture(width: u32, layout: PixelLayout, pixels: &[u8]) -> Picture {
    let height = (pixels.len() / layout.channels()) as u32 / width;
    Picture::new(Dimensions::new(width, height), layout, pixels.to_vec()).unwrap()
}

/// What our encoder makes of frames, and how long each is shown.
fn written(plays: Plays, frames: &[(Picture, u32)]) -> Vec<u8> {
    let mut writer = codec().begin(frames[0].0.dimensions(), plays, &codec().coding()).unwrap();
    for (picture, milliseconds) in frames {
        writer.push(Frame { picture: picture.clone(), milliseconds: *milliseconds }).unwrap();
    }
    writer.finish().unwrap()
}

fn read(file: &[u8]) -> (Plays, Vec<(Picture, u32)>) {
    let mut frames = codec().frames(file).unwrap();
    let mut all = Vec::new();
    while let Some(Frame { picture, milliseconds }) = frames.next().unwrap() {
        all.push((picture, milliseconds));
    }
    (frames.plays(), all)
}

#[test]
fn the_first_frame_is_drawn_on_its_canvas() {
    let file = file(4, 3, Repeat::Infinite, &[stored(1, 1, 2, &[0, 1], DisposalMethod::Keep)]);
    let facts = codec().probe(&mut Cursor::new(&file)).unwrap();
    assert_eq!((facts.stored, facts.frames), (Dimensions::new(4, 3), 1));
    let mut expected = vec![0; 4 * 4 + 4];
    expected.extend([200, 0, 0, 255, 0, 90, 0, 255]);
    expected.extend([0; 4 + 4 * 4]);
    assert_eq!(codec().decode(&file, None), Ok(picture(4, PixelLayout::Rgba, &expected)));
}

#[test]
fn every_disposal_leaves_what_browsers_leave() {
    let first = stored(0, 0, 3, &[0, 0, 0], DisposalMethod::Keep);
    let then = |dispose| [first.clone(), stored(1, 0, 1, &[1], dispose), stored(2, 0, 1, &[2], DisposalMethod::Any)];
    let shown_after = |dispose| shown(&file(3, 1, Repeat::Infinite, &then(dispose)));
    assert_eq!(shown_after(DisposalMethod::Any), ["000", "010", "012"]);
    assert_eq!(shown_after(DisposalMethod::Keep), ["000", "010", "012"]);
    assert_eq!(shown_after(DisposalMethod::Background), ["000", "010", "0.2"]);
    assert_eq!(shown_after(DisposalMethod::Previous), ["000", "010", "002"]);
    let alone = stored(0, 0, 3, &[0, 0, 0], DisposalMethod::Previous);
    let second = stored(1, 0, 1, &[1], DisposalMethod::Keep);
    assert_eq!(shown(&file(3, 1, Repeat::Infinite, &[alone, second])), ["000", ".1."]);
}

#[test]
fn a_transparent_pixel_shows_what_is_below_and_one_outside_nothing() {
    let frames = [
        stored(0, 0, 2, &[0, 1, 2, 0], DisposalMethod::Keep),
        stored(0, 0, 2, &[3, 3, 1, 3], DisposalMethod::Keep),
        stored(1, 1, 3, &[2, 2, 2, 2, 2, 2], DisposalMethod::Keep),
        stored(9, 9, 1, &[2], DisposalMethod::Background),
        stored(0, 0, 1, &[9], DisposalMethod::Keep),
    ];
    assert_eq!(shown(&file(2, 2, Repeat::Infinite, &frames)), ["0120", "0110", "0112", "0112", "0112"]);
}

#[test]
fn a_frame_has_its_own_colours_and_rows_in_any_order() {
    let own = StoredFrame {
        palette: Some([COLOURS[2], COLOURS[1]].as_flattened().to_vec()),
        interlaced: true,
        // Stored are the rows 0, 8, 4, 2, 6, then the odd ones.
        ..stored(0, 0, 1, &[0, 1, 0, 1, 0, 1, 1, 1, 1], DisposalMethod::Keep)
    };
    let first = stored(0, 0, 1, &[0; 9], DisposalMethod::Keep);
    assert_eq!(shown(&file(1, 9, Repeat::Infinite, &[first, own])), ["000000000", "211121211"]);
}

#[test]
fn the_number_of_plays_is_one_more_than_the_repeats() {
    let frame = [stored(0, 0, 1, &[0], DisposalMethod::Keep)];
    for (repeat, plays) in [(Repeat::Infinite, 0), (Repeat::Finite(0), 1), (Repeat::Finite(3), 4)] {
        let file = file(1, 1, repeat, &frame);
        assert_eq!(codec().frames(&file).unwrap().plays(), plays);
        let again = written(plays, &[(picture(1, PixelLayout::Gray, &[7]), 70)]);
        assert_eq!(codec().frames(&again).unwrap().plays(), plays);
    }
}

#[test]
fn frames_are_counted_up_to_the_limit() {
    let frames = vec![stored(0, 0, 1, &[0], DisposalMethod::Keep); 5];
    let file = file(1, 1, Repeat::Infinite, &frames);
    let counted = |max_frames, length| {
        let codec = Gif::new(Limits { max_frames, ..Limits::default() });
        codec.probe(&mut Cursor::new(&file[..length])).map(|facts| facts.frames)
    };
    assert_eq!(counted(9, file.len()), Ok(5));
    assert_eq!(counted(3, file.len()), Ok(4));
    // The last one may have all its pixels, but not without the beginning of its data.
    assert_eq!(counted(9, file.len() - 3), Ok(5));
    assert_eq!(counted(9, file.len() - 8), Ok(4));
}

#[test]
fn an_animation_ends_before_a_frame_that_is_broken() {
    let frames = vec![stored(0, 0, 2, &[0, 1, 1, 0], DisposalMethod::Keep); 2];
    let file = file(2, 2, Repeat::Infinite, &frames);
    assert_eq!(shown(&file), ["0110", "0110"]);
    assert_eq!(shown(&file[..file.len() - 5]), ["0110"]);
    let start = file.iter().position(|byte| *byte == b',').unwrap();
    for length in 0..=start + 11 {
        assert!(codec().frames(&file[..length]).and_then(|mut frames| frames.next()).is_err(), "{length}");
        assert!(codec().decode(&file[..length], None).is_err(), "{length}");
    }
}

#[test]
fn a_frame_far_larger_than_its_canvas_is_a_trap() {
    let frames = vec![stored(0, 0, 1, &[0], DisposalMethod::Keep); 2];
    let file = file(1, 1, Repeat::Infinite, &frames);
    let starts = file.iter().enumerate().filter(|(_, byte)| **byte == b',').map(|(place, _)| place);
    let [first, second] = starts.collect::<Vec<_>>()[..] else { panic!() };
    let trap = |start: usize| {
        let mut file = file.clone();
        file[start + 5..start + 9].fill(0xff);
        file
    };
    assert_eq!(shown(&trap(second)), ["0"]);
    let refused = codec().decode(&trap(first), None);
    assert!(matches!(refused, Err(CodecError::OverLimit { .. })), "{refused:?}");
}

#[test]
fn the_first_frame_enlarges_the_canvas_and_later_ones_are_cut() {
    let frames = [stored(1, 2, 2, &[0, 1], DisposalMethod::Keep), stored(0, 0, 4, &[2; 20], DisposalMethod::Keep)];
    let mut file = file(2, 1, Repeat::Infinite, &frames);
    let facts = codec().probe(&mut Cursor::new(&file)).unwrap();
    assert_eq!((facts.stored, facts.frames), (Dimensions::new(3, 3), 2));
    assert_eq!(codec().decode(&file, None).unwrap().dimensions(), Dimensions::new(3, 3));
    assert_eq!(shown(&file), [".......01", "222222222"]);
    file[6..10].fill(0);
    assert_eq!(shown(&file), [".......01", "222222222"]);
}

#[test]
fn a_picture_without_pixels_is_malformed() {
    let mut file = file(1, 1, Repeat::Infinite, &[stored(0, 0, 1, &[0], DisposalMethod::Keep)]);
    file[6..8].fill(0);
    let start = file.iter().position(|byte| *byte == b',').unwrap();
    file[start + 5..start + 7].fill(0);
    let refused = codec().probe(&mut Cursor::new(&file));
    assert!(matches!(refused, Err(CodecError::Malformed { .. })), "{refused:?}");
}

#[test]
fn indices_without_any_palette_are_levels_of_gray() {
    let frame = StoredFrame { transparent: None, ..stored(0, 0, 3, &[0, 100, 255], DisposalMethod::Keep) };
    let mut encoder = Library::new(Vec::new(), 3, 1, [0; 768].as_slice()).unwrap();
    encoder.write_frame(&frame).unwrap();
    let mut file = encoder.into_inner().unwrap();
    file[10] &= 0x7f;
    file.drain(13..13 + 768);
    let expected = [0, 0, 0, 100, 100, 100, 255, 255, 255];
    assert_eq!(codec().decode(&file, None), Ok(picture(3, PixelLayout::Rgb, &expected)));
}

#[test]
fn an_extension_that_nobody_knows_is_skipped() {
    let frames = vec![stored(0, 0, 1, &[0], DisposalMethod::Keep); 2];
    let file = file(1, 1, Repeat::Infinite, &frames);
    let places = file.windows(2).enumerate().filter(|(_, bytes)| *bytes == [0x21, 0xf9]).map(|(place, _)| place);
    let [first, second] = places.collect::<Vec<_>>()[..] else { panic!() };
    let unknown: &[u8] = b"\x21\x2a\x05Hello\x02,;\0";
    let extended = [&file[..first], unknown, &file[first..second], unknown, &file[second..]].concat();
    assert_eq!(shown(&extended), ["0", "0"]);
    assert_eq!(codec().probe(&mut Cursor::new(&extended)).map(|facts| facts.frames), Ok(2));
    // What is not even an extension ends the animation.
    let broken = [&file[..second], &[7, 1, 0, 0], &file[second..]].concat();
    assert_eq!(shown(&broken), ["0"]);
}

#[test]
fn what_is_written_shows_the_same_frames_for_the_same_time() {
    let [clear, red, blue] = [[0; 4], [255, 0, 0, 255], [0, 0, 255, 255]];
    let of = |pixels: [[u8; 4]; 4]| picture(2, PixelLayout::Rgba, pixels.as_flattened());
    let frames = [
        (of([red, blue, red, clear]), 70),
        // Becomes transparent where something was.
        (of([clear, blue, red, clear]), 0),
        // Nothing changes.
        (of([clear, blue, red, clear]), 20),
        (of([blue, blue, red, red]).without_idle_alpha(), 30),
        (of([clear; 4]), 655_350),
    ];
    let file = written(0, &frames);
    assert_eq!(read(&file), (0, frames.to_vec()));
    assert_eq!(codec().probe(&mut Cursor::new(&file)).map(|facts| facts.frames), Ok(5));
}

#[test]
fn times_are_rounded_without_adding_up() {
    let frame = picture(1, PixelLayout::Gray, &[0]);
    let times = [33, 33, 34, 1_000_000, 20];
    let file = written(1, &times.map(|time| (frame.clone(), time)));
    let times: Vec<_> = read(&file).1.into_iter().map(|(_, milliseconds)| milliseconds).collect();
    assert_eq!(times, [30, 40, 30, 655_350, 20]);
}

#[test]
fn alpha_is_decided_and_hidden_colours_are_not_written() {
    let pixels = [9, 8, 7, 127, 6, 5, 4, 128, 3, 2, 1, 0];
    let file = written(1, &[(picture(3, PixelLayout::Rgba, &pixels), 0)]);
    let expected = [0, 0, 0, 0, 6, 5, 4, 255, 0, 0, 0, 0];
    assert_eq!(read(&file).1[0].0, picture(3, PixelLayout::Rgba, &expected));
    assert!(!file.windows(3).any(|bytes| bytes == [9, 8, 7] || bytes == [3, 2, 1]));
}

#[test]
fn another_scene_gets_colours_of_its_own() {
    let scene = |at: fn(u8) -> [u8; 3]| {
        let pixels: Vec<u8> = (0..=255).flat_map(|level| [at(level); 16]).flatten().collect();
        (picture(64, PixelLayout::Rgb, &pixels), 50)
    };
    let frames = [scene(|level| [level, 0, 255 - level]), scene(|level| [0, level, level / 2])];
    let back = read(&written(1, &frames)).1;
    for ((wanted, _), (got, _)) in frames.iter().zip(&back) {
        let furthest = wanted.pixels().iter().zip(got.pixels()).map(|(one, other)| one.abs_diff(*other)).max();
        assert!(furthest < Some(10), "{furthest:?}");
    }
}

#[test]
fn an_edge_beyond_the_format_is_too_large() {
    let long = picture(65_536, PixelLayout::Gray, &[0; 65_536]);
    let dimensions = long.dimensions();
    let expected = CodecError::TooLarge { format: Format::Gif, limit: 65_535, dimensions };
    assert_eq!(codec().encode(&long), Err(expected));
    let longest = codec().encode(&picture(65_535, PixelLayout::Gray, &[0; 65_535])).unwrap();
    assert_eq!(codec().decode(&longest, None).unwrap().dimensions(), Dimensions::new(65_535, 1));
}

#[test]
fn what_is_stripped_has_the_same_frames_and_no_metadata() {
    let frames = vec![stored(0, 0, 2, &[0, 1, 1, 0], DisposalMethod::Keep); 2];
    let plain = file(2, 2, Repeat::Finite(4), &frames);
    let first = plain.windows(2).position(|bytes| bytes == [0x21, 0xf9]).unwrap();
    let last = plain.len() - 1;
    let packet =
        [&b"\x21\xff\x0bXMP DataXMP<x>SECRET</x>\x01\xff"[..], &(0..=0xfe).rev().collect::<Vec<u8>>(), &[0]].concat();
    let comment = b"\x21\xfe\x06SECRET\0".as_slice();
    let other = b"\x21\xff\x0bICCRGBG1012\x06SECRET\0\x21\x2a\x06SECRET\0".as_slice();
    let said = |metadata: &[u8], behind: &[u8]| {
        [&plain[..first], comment, metadata, &plain[first..last], metadata, other, &[0x3b], behind].concat()
    };
    let told = |file: &[u8]| codec().probe(&mut Cursor::new(file)).unwrap().condition.metadata;
    for (metadata, expected) in [(packet.as_slice(), Metadata::Private), (other, Metadata::None)] {
        let file = said(metadata, b"SECRET");
        assert_eq!(told(&file), expected);
        assert_eq!(codec().strip(&file, &Notice::default()), Ok(plain.clone()));
    }
    assert_eq!(codec().strip(&plain, &Notice::default()), Ok(plain.clone()));
    for length in 0..plain.len() {
        let cut = &plain[..length];
        match codec().strip(cut, &Notice::default()) {
            Ok(stripped) => assert_eq!(codec().decode(&stripped, None), codec().decode(cut, None), "{length}"),
            Err(error) => assert!(matches!(error, CodecError::Malformed { .. }), "{error}"),
        }
    }
}

#[test]
fn of_a_first_frame_that_is_cut_as_many_rows_are_shown_as_there_are() {
    let salvaged = |is_interlaced: bool, percent: usize| {
        // Rows of noise, so that the data has some length, in the order in which they are stored.
        let indices: Vec<u8> =
            (0..64u32 * 64).map(|index| (index.wrapping_mul(2_654_435_769) >> 20) as u8 % 3).collect();
        let frame = StoredFrame { interlaced: is_interlaced, ..stored(0, 0, 64, &indices, DisposalMethod::Keep) };
        let file = file(64, 64, Repeat::Finite(0), &[frame]);
        let whole = codec().decode(&file, None).unwrap();
        let cut = &file[..file.len() * percent / 100];
        let shown = codec().decode_as(cut, &DecodeOptions::of_broken(BrokenOriginals::Show)).unwrap();
        let rows = whole.pixels().chunks(64 * 3).zip(shown.pixels().chunks(64 * 3));
        let same = rows.clone().filter(|(whole, shown)| whole == shown).count();
        let gray = rows.filter(|(_, shown)| shown.iter().all(|level| *level == 128)).count();
        (same, gray)
    };
    let (same, gray) = salvaged(false, 70);
    assert!(same > 20 && gray > 5 && same + gray == 64, "{same} {gray}");
    // The last pass is every other row: what is missing shows the row above.
    let (same, gray) = salvaged(true, 80);
    assert!(same > 32 && same < 64 && gray == 0, "{same} {gray}");
}
