//! What a file promises from end to end: written by our own encoder, read by our own decoder.

mod alpha;
mod colours;
mod excerpts;

use std::io::Cursor;

use super::*;
use crate::Orientation;
use crate::heif::{meta, sequence};
use crate::notice::Blocks;

fn malformed(reason: &str) -> CodecError {
    CodecError::malformed(Format::Avif, reason)
}

fn unsupported(feature: impl ToString) -> CodecError {
    CodecError::unsupported(Format::Avif, feature)
}

/// A smooth picture, so that a good encoder keeps it.
fn picture(width: u32, height: u32, layout: PixelLayout) -> Picture {
    let pixel = |index: u32| {
        let (x, y) = (index % width, index / width);
        [200 - 2 * x, 40 + x + y, 20 + 3 * y, 90 + 2 * x]
    };
    let level = |index: u32| pixel(index).into_iter().take(layout.channels()).map(|level| level as u8);
    let pixels = (0..width * height).flat_map(level).collect();
    Picture::new(Dimensions::new(width, height), layout, pixels).unwrap()
}

fn codec(quality: u8) -> Avif {
    Avif::new(Settings { quality, speed: 10 }, Limits::default())
}

fn encode(picture: &Picture, quality: u8) -> Vec<u8> {
    encode_by(&LIBRARIES[0], picture, quality)
}

fn encode_by(library: &Library, picture: &Picture, quality: u8) -> Vec<u8> {
    Avif { library: *library, ..codec(quality) }.encode(picture).unwrap()
}

fn decode(file: &[u8]) -> Result<Picture, CodecError> {
    codec(80).decode(file, None)
}

fn probe(file: &[u8]) -> Result<Facts, CodecError> {
    codec(80).probe(&mut Cursor::new(file))
}

fn greatest_difference(left: &Picture, right: &Picture, channels: std::ops::Range<usize>) -> u8 {
    assert_eq!((left.dimensions(), left.layout()), (right.dimensions(), right.layout()));
    let step = left.layout().channels();
    let pixels = left.pixels().chunks_exact(step).zip(right.pixels().chunks_exact(step));
    let differences = pixels.flat_map(|(left, right)| {
        channels.clone().map(|channel| left[channel].abs_diff(right[channel])).collect::<Vec<_>>()
    });
    differences.max().unwrap()
}

/// Replaces the first `from` in a file by as many bytes.
fn patched(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = file.windows(from.len()).position(|window| window == from).unwrap();
    [&file[..at], to, &file[at + from.len()..]].concat()
}

fn assert_that_pictures_come_back(library: &Library, layout: PixelLayout) {
    for (width, height) in [(1, 1), (2, 1), (1, 9), (7, 5), (65, 33)] {
        for quality in [85, 95] {
            let original = picture(width, height, layout);
            let file = encode_by(library, &original, quality);
            let stored = Dimensions::new(width, height);
            let facts = probe(&file).unwrap();
            assert_eq!((facts.stored, facts.orientation), (stored, Orientation::Upright));
            let back = decode(&file).unwrap();
            // ravif writes gray as colours.
            let back = if library.name.starts_with("ravif") && layout == PixelLayout::Gray {
                let gray = back.pixels().iter().copied().step_by(3).collect();
                Picture::new(stored, layout, gray).unwrap()
            } else {
                back
            };
            let difference = greatest_difference(&original, &back, 0..layout.channels());
            let name = library.name;
            assert!(difference <= 14, "{name} {layout:?} {width}x{height} at {quality}: {difference}");
        }
    }
}

#[test]
fn a_picture_of_any_layout_and_dimensions_comes_back() {
    for library in &LIBRARIES {
        for layout in [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba] {
            assert_that_pictures_come_back(library, layout);
        }
    }
}

#[test]
fn libaom_writes_where_it_is_built() {
    assert_eq!(codec(80).library.name, if cfg!(feature = "libaom") { "libaom v3" } else { "ravif v1" });
    assert_eq!(LIBRARIES.len(), usize::from(cfg!(feature = "libaom")) + usize::from(cfg!(feature = "ravif")));
}

#[test]
fn whose_a_picture_is_is_written_by_every_library() {
    let exif = crate::exif::block(None, Some("somebody"));
    let notice = Notice::read(&Blocks { exif: Some(exif.into()), ..Blocks::default() });
    assert!(!notice.is_empty());
    for library in &LIBRARIES {
        let coding = Coding::new(Some(Quality::new(80)), 10);
        let file = (library.encode)(&picture(9, 7, PixelLayout::Rgb), coding, notice.exif().as_deref(), 1).unwrap();
        assert_eq!(codec(80).notice(&file), notice, "{}", library.name);
    }
}

#[test]
fn a_higher_quality_is_nearer_to_the_original() {
    let original = picture(64, 48, PixelLayout::Rgb);
    for library in &LIBRARIES {
        let back = |quality| decode(&encode_by(library, &original, quality)).unwrap();
        let [coarse, fine] = [10, 100].map(|quality| greatest_difference(&original, &back(quality), 0..3));
        assert!(fine <= 4 && fine < coarse, "{}: {fine} {coarse}", library.name);
    }
}

#[test]
fn alpha_stays_almost_exact() {
    let original = picture(40, 30, PixelLayout::Rgba);
    for library in &LIBRARIES {
        let back = decode(&encode_by(library, &original, 85)).unwrap();
        assert!(greatest_difference(&original, &back, 3..4) <= 3, "{}", library.name);
    }
}

#[test]
fn idle_alpha_is_not_written() {
    let mut pixels = picture(8, 8, PixelLayout::Rgba).into_pixels();
    pixels.iter_mut().skip(3).step_by(4).for_each(|alpha| *alpha = u8::MAX);
    let opaque = Picture::new(Dimensions::new(8, 8), PixelLayout::Rgba, pixels).unwrap();
    for library in &LIBRARIES {
        assert_eq!(decode(&encode_by(library, &opaque, 85)).unwrap().layout(), PixelLayout::Rgb, "{}", library.name);
    }
}

#[test]
fn a_side_longer_than_the_format_holds_is_refused() {
    let long = Picture::new(Dimensions::new(65_537, 1), PixelLayout::Gray, vec![0; 65_537]).unwrap();
    let refusal = CodecError::TooLarge { format: Format::Avif, limit: 65_536, dimensions: long.dimensions() };
    assert_eq!(codec(80).encoder().unwrap().encode(&long), Err(refusal.clone()));
    let file = encode(&picture(3, 2, PixelLayout::Rgb), 80);
    let claimed = patched(&file, b"ispe\0\0\0\0\0\0\0\x03\0\0\0\x02", b"ispe\0\0\0\0\0\x01\0\x01\0\0\0\x01");
    assert_eq!(probe(&claimed), Err(refusal));
}

#[test]
fn the_settings_are_the_usual_coding() {
    let coding = |quality, speed| Avif::new(Settings { quality, speed }, Limits::default()).coding();
    let expected = |quality, speed| Coding::new(Some(Quality::new(quality)), speed);
    assert_eq!(coding(85, 6), expected(85, 6));
    assert_eq!([coding(0, 0), coding(255, 255)], [expected(1, 1), expected(100, 10)]);
}

#[test]
fn a_file_cut_anywhere_is_an_error_and_never_a_panic() {
    let file = encode(&picture(9, 7, PixelLayout::Rgba), 60);
    for length in 0..file.len() {
        let cut = &file[..length];
        let _ = probe(cut);
        assert!(decode(cut).is_err(), "{length} of {}", file.len());
    }
}

#[test]
fn a_file_with_any_byte_of_its_boxes_changed_never_panics() {
    let file = encode(&picture(9, 7, PixelLayout::Rgba), 60);
    let boxes = file.windows(4).position(|window| window == b"mdat").unwrap();
    for index in 0..boxes {
        for flip in [0x01, 0x80, 0xff] {
            let mut file = file.clone();
            file[index] ^= flip;
            let _ = probe(&file);
            // Decoding many files is slow; what the boxes lead to is decided before.
            let payload = image::read_meta(&mut Cursor::new(&file));
            let meta = payload.as_deref().ok().and_then(|payload| meta::Meta::parse(payload).ok());
            let image = meta.as_ref().and_then(|meta| image::Image::find(meta, KIND).ok());
            let _ = meta.zip(image).map(|(meta, image)| image.colour.tiles(&meta, &file));
        }
    }
}

#[test]
fn a_frame_with_broken_bytes_is_an_error_or_a_picture_and_never_the_end() {
    let file = encode(&picture(64, 48, PixelLayout::Rgb), 60);
    let frame = file.windows(4).position(|window| window == b"mdat").unwrap() + 4;
    let mut refused = 0;
    for index in frame..file.len() {
        for mask in [0x10, 0xff] {
            let mut file = file.clone();
            file[index] ^= mask;
            refused += usize::from(decode(&file).is_err());
        }
    }
    assert!(refused > 0);
}

#[test]
fn dimensions_that_differ_from_the_frame_are_refused() {
    let file = encode(&picture(3, 2, PixelLayout::Rgb), 80);
    let claimed = patched(&file, b"ispe\0\0\0\0\0\0\0\x03\0\0\0\x02", b"ispe\0\0\0\0\0\0\0\x04\0\0\0\x02");
    assert_eq!(probe(&claimed).unwrap().stored, Dimensions::new(4, 2));
    let refusal = malformed("expected a frame of 4x2, got 3x2");
    assert_eq!(decode(&claimed), Err(refusal));
}

#[test]
fn an_item_of_another_codec_is_named() {
    let file = encode(&picture(3, 2, PixelLayout::Rgb), 80);
    let claimed = patched(&file, b"av01", b"hvc1");
    assert_eq!(probe(&claimed), Err(unsupported("an item of kind hvc1")));
}

#[test]
fn the_orientation_comes_from_the_container() {
    let file = encode(&picture(3, 2, PixelLayout::Rgb), 80);
    // `pixi` says nothing that we need; what is left of its room is ignored.
    let [rotation, mirror] = [b"\0\0\0\x10irot\x01\0\0\0\0\0\0\0", b"\0\0\0\x10imir\0\0\0\0\0\0\0\0"];
    for (property, orientation) in [(rotation, Orientation::Rotated270), (mirror, Orientation::MirroredVertically)] {
        let turned = patched(&file, b"\0\0\0\x10pixi\0\0\0\0\x03\x08\x08\x08", property);
        assert_eq!(probe(&turned).unwrap().orientation, orientation);
        assert_eq!(decode(&turned).unwrap().dimensions(), Dimensions::new(3, 2));
    }
}

/// A file whose picture is a grid of one coded picture, `columns` times beside itself, all in the `meta` box, the
/// coded picture in two pieces.
fn grid(tile: &Picture, columns: u8, dimensions: Dimensions) -> Vec<u8> {
    grid_with(tile, columns, dimensions, &[])
}

/// The same with one more property of the whole.
fn grid_with(tile: &Picture, columns: u8, dimensions: Dimensions, property: &[u8]) -> Vec<u8> {
    let boxed = |kind: &[u8; 4], payload: &[u8]| {
        [&(payload.len() as u32 + 8).to_be_bytes()[..], kind.as_slice(), payload].concat()
    };
    let coded = encode(tile, 95);
    let payload = image::read_meta(&mut Cursor::new(&coded)).unwrap();
    let meta = meta::Meta::parse(&payload).unwrap();
    let stream = meta.bytes(meta.primary.unwrap(), &coded).unwrap();
    let side = |pixels: u32| (pixels as u16).to_be_bytes();
    let description = [&[0, 0, 0, columns - 1], &side(dimensions.width)[..], &side(dimensions.height)].concat();
    let ispe = |dimensions: Dimensions| {
        let [width, height] = [dimensions.width, dimensions.height].map(u32::to_be_bytes);
        boxed(b"ispe", &[&[0; 4], width.as_slice(), &height].concat())
    };
    let extent = |offset: usize, length: usize| [offset as u32, length as u32].map(u32::to_be_bytes).concat();
    let entry = |id: u8, kind: &[u8; 4]| boxed(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], kind.as_slice(), &[0]].concat());
    let tiles = [0, 2].repeat(usize::from(columns));
    let contents = [
        vec![0; 4],
        boxed(b"pitm", &[0, 0, 0, 0, 0, 1]),
        boxed(b"iinf", &[vec![0, 0, 0, 0, 0, 2], entry(1, b"grid"), entry(2, b"av01")].concat()),
        boxed(
            b"iloc",
            &[
                vec![1, 0, 0, 0, 0x44, 0, 0, 2, 0, 1, 0, 1, 0, 0, 0, 1],
                extent(0, 8),
                vec![0, 2, 0, 1, 0, 0, 0, 2],
                extent(8, 5),
                extent(13, stream.len() - 5),
            ]
            .concat(),
        ),
        boxed(b"iref", &[vec![0; 4], boxed(b"dimg", &[vec![0, 1, 0, columns], tiles].concat())].concat()),
        boxed(b"idat", &[description, stream.to_vec()].concat()),
        boxed(
            b"iprp",
            &[
                boxed(b"ipco", &[ispe(dimensions), ispe(tile.dimensions()), property.to_vec()].concat()),
                if property.is_empty() {
                    boxed(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 1, 0, 2, 1, 2])
                } else {
                    boxed(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 2, 1, 3, 0, 2, 1, 2])
                },
            ]
            .concat(),
        ),
    ];
    [boxed(b"ftyp", b"avif\0\0\0\0"), boxed(b"meta", &contents.concat())].concat()
}

#[test]
fn a_grid_is_put_together_and_cut_to_its_dimensions() {
    let tile = picture(16, 10, PixelLayout::Rgb);
    let alone = decode(&encode(&tile, 95)).unwrap();
    let whole = Dimensions::new(29, 9);
    let file = grid(&tile, 2, whole);
    assert_eq!(probe(&file).unwrap().stored, whole);
    let lines = alone.pixels().chunks_exact(16 * 3).take(9);
    let expected = lines.flat_map(|line| [line, &line[..13 * 3]].concat()).collect();
    assert_eq!(decode(&file), Ok(Picture::new(whole, PixelLayout::Rgb, expected).unwrap()));
}

#[test]
fn what_the_container_crops_is_cropped() {
    let tile = picture(16, 10, PixelLayout::Rgb);
    let whole = decode(&grid(&tile, 1, Dimensions::new(16, 10))).unwrap();
    let numbers: [i32; 8] = [5, 1, 4, 1, 1, 2, -2, 1];
    let clap = [b"\0\0\0\x28clap".to_vec(), numbers.map(i32::to_be_bytes).concat()].concat();
    let file = grid_with(&tile, 1, Dimensions::new(16, 10), &clap);
    assert_eq!(probe(&file).unwrap().stored, Dimensions::new(5, 4));
    // The middle of the part lies half a pixel to the right, and two pixels above.
    let expected = (1..5).flat_map(|row| whole.pixels()[(row * 16 + 6) * 3..(row * 16 + 11) * 3].to_vec()).collect();
    assert_eq!(decode(&file), Ok(Picture::new(Dimensions::new(5, 4), PixelLayout::Rgb, expected).unwrap()));
}

#[test]
fn a_grid_that_its_tiles_do_not_cover_is_refused() {
    let tile = picture(16, 10, PixelLayout::Rgb);
    for dimensions in [Dimensions::new(33, 10), Dimensions::new(16, 10), Dimensions::new(32, 11)] {
        let refusal = malformed("a grid that its tiles do not cover");
        assert_eq!(decode(&grid(&tile, 2, dimensions)), Err(refusal), "{dimensions}");
    }
}

#[test]
fn a_tile_that_is_larger_than_the_picture_is_counted() {
    let tile = picture(64, 48, PixelLayout::Rgb);
    let bytes = |dimensions| probe(&grid(&tile, 1, dimensions)).unwrap().decoding.working_bytes;
    assert_eq!(bytes(Dimensions::new(3, 2)), bytes(tile.dimensions()));
}

/// The boxes that tell how an item is coded, and its bytes.
fn coded(meta: &meta::Meta<'_>, payload: &[u8], item: u32, file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let configurations = payload.windows(8).enumerate().filter(|(_, bytes)| &bytes[4..] == b"av1C");
    let places: Vec<usize> = configurations.map(|(place, _)| place).collect();
    // Colour is the first item, and alpha the last.
    let place = if meta.primary == Some(item) { places[0] } else { *places.last().unwrap() };
    let length = u32::from_be_bytes(payload[place..place + 4].try_into().unwrap()) as usize;
    (payload[place..place + length].to_vec(), meta.bytes(item, file).unwrap().to_vec())
}

#[test]
fn a_sequence_without_a_still_picture_shows_its_first_frame() {
    for layout in [PixelLayout::Rgb, PixelLayout::Rgba] {
        let still = encode(&picture(9, 7, layout), 90);
        let payload = image::read_meta(&mut Cursor::new(&still)).unwrap();
        let meta = meta::Meta::parse(&payload).unwrap();
        let primary = meta.primary.unwrap();
        let items = std::iter::once(primary).chain(meta.references_to(*b"auxl", primary));
        let tracks: Vec<_> = items.map(|item| coded(&meta, &payload, item, &still)).collect();
        let turned = [tracks[0].0.as_slice(), b"\0\0\0\x09irot\x01"].concat();
        let mut tracks: Vec<_> = tracks.iter().map(|(boxes, stream)| (boxes.as_slice(), stream.as_slice())).collect();
        tracks[0].0 = &turned;
        let file = sequence::tests::file(*b"avis", *b"av01", [9, 7], &tracks, sequence::tests::Tables::Long);
        let facts = probe(&file).unwrap();
        assert_eq!((facts.stored, facts.orientation), (Dimensions::new(9, 7), Orientation::Rotated270));
        let (expected, got) = (decode(&still).unwrap(), decode(&file).unwrap());
        assert_eq!(expected.layout(), layout);
        if layout == PixelLayout::Rgb {
            assert_eq!(got, expected);
        } else {
            // The colours of the sequence say that they are multiplied by alpha.
            assert_eq!(greatest_difference(&expected, &got, 3..4), 0);
        }
        for length in 0..file.len() {
            let _ = probe(&file[..length]);
        }
        let frames = file.windows(4).position(|window| window == b"mdat").unwrap();
        for index in 0..frames {
            for flip in [0x01, 0x80, 0xff] {
                let mut file = file.clone();
                file[index] ^= flip;
                let _ = probe(&file);
            }
        }
    }
}
