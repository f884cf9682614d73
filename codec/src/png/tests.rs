use crate::{BrokenOriginals, DecodeOptions};
use std::io::Cursor;

use ::png::{BitDepth, ColorType, DeflateCompression, Filter, Info, chunk};

use super::*;
use crate::{Orientation, PaletteSize};

/// A file of these samples, as the library writes it; `palette` is colours, then alpha.
fn written(
    dimensions: Dimensions,
    color: ColorType,
    depth: BitDepth,
    palette: Option<(&[u8], &[u8])>,
    samples: &[u8],
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, dimensions.width, dimensions.height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some((colors, alpha)) = palette {
        encoder.set_palette(colors.to_vec());
        encoder.set_trns(alpha.to_vec());
    }
    encoder.write_header().unwrap().write_image_data(samples).unwrap();
    file
}

fn decoded(file: &[u8]) -> (PixelLayout, Vec<u8>) {
    let codec = Png::new(Settings::default(), Limits::default());
    let picture = codec.decode(file, None).unwrap();
    assert_eq!(codec.probe(&mut Cursor::new(file)).unwrap().stored, picture.dimensions());
    (picture.layout(), picture.into_pixels())
}

fn picture(layout: PixelLayout, sample: impl Fn(usize) -> u8) -> Picture {
    let dimensions = Dimensions::new(96, 96);
    let pixels = (0..96 * 96 * layout.channels()).map(sample).collect();
    Picture::new(dimensions, layout, pixels).unwrap()
}

/// A picture that repeats exactly, but by no simple filter.
fn flat(layout: PixelLayout) -> Picture {
    picture(layout, |index| [17, 230, 90, 5, 128][index / 7 % 11 % 5])
}

/// A slope under fine noise.
fn photograph(layout: PixelLayout) -> Picture {
    let noise = |index: usize| {
        let mixed = (index as u32).wrapping_mul(0x9e37_79b1);
        (mixed ^ (mixed >> 15)).wrapping_mul(0x85eb_ca6b) >> 28
    };
    picture(layout, |index| (index % 288 / 2 + index / 300 + noise(index) as usize) as u8)
}

#[test]
fn every_depth_of_gray_and_of_color_is_read() {
    use BitDepth::*;
    let pair = Dimensions::new(2, 1);
    let gray = |depth, samples: &[u8]| decoded(&written(pair, ColorType::Grayscale, depth, None, samples));
    assert_eq!(gray(One, &[0b0100_0000]), (PixelLayout::Gray, vec![0, 255]));
    assert_eq!(gray(Two, &[0b0110_0000]), (PixelLayout::Gray, vec![85, 170]));
    assert_eq!(gray(Four, &[0x3f]), (PixelLayout::Gray, vec![51, 255]));
    assert_eq!(gray(Eight, &[3, 200]), (PixelLayout::Gray, vec![3, 200]));
    assert_eq!(gray(Sixteen, &[0x12, 0x93, 0xff, 0x7e]), (PixelLayout::Gray, vec![19, 254]));

    let color = |kind, depth, samples: &[u8]| decoded(&written(pair, kind, depth, None, samples));
    assert_eq!(color(ColorType::Rgb, Eight, &[1, 2, 3, 4, 5, 6]), (PixelLayout::Rgb, vec![1, 2, 3, 4, 5, 6]));
    let wide = [0, 1, 0, 200, 128, 128, 255, 255, 7, 7, 64, 63];
    assert_eq!(color(ColorType::Rgb, Sixteen, &wide), (PixelLayout::Rgb, vec![0, 1, 128, 255, 7, 64]));
    let rgba = [1, 2, 3, 0, 4, 5, 6, 255];
    assert_eq!(color(ColorType::Rgba, Eight, &rgba), (PixelLayout::Rgba, rgba.to_vec()));
    let wide = rgba.map(|sample| [sample; 2]);
    assert_eq!(color(ColorType::Rgba, Sixteen, wide.as_flattened()), (PixelLayout::Rgba, rgba.to_vec()));
}

#[test]
fn gray_with_alpha_becomes_color_only_where_alpha_says_something() {
    let pair = Dimensions::new(2, 1);
    let read = |samples: &[u8]| decoded(&written(pair, ColorType::GrayscaleAlpha, BitDepth::Eight, None, samples));
    assert_eq!(read(&[7, 255, 9, 128]), (PixelLayout::Rgba, vec![7, 7, 7, 255, 9, 9, 9, 128]));
    assert_eq!(read(&[7, 255, 9, 255]), (PixelLayout::Gray, vec![7, 9]));
    let wide = written(pair, ColorType::GrayscaleAlpha, BitDepth::Sixteen, None, &[7, 7, 0, 0, 9, 9, 255, 255]);
    assert_eq!(decoded(&wide), (PixelLayout::Rgba, vec![7, 7, 7, 0, 9, 9, 9, 255]));
}

#[test]
fn a_palette_is_read_at_every_depth_with_its_alpha() {
    let colors: Vec<u8> = (0..4).flat_map(|index| [index * 10, index * 20, 255 - index]).collect();
    for (depth, samples) in
        [(BitDepth::Two, &[0b1101_0000][..]), (BitDepth::Four, &[0x31, 0x00][..]), (BitDepth::Eight, &[3, 1, 0][..])]
    {
        let file = |alpha| written(Dimensions::new(3, 1), ColorType::Indexed, depth, Some((&colors, alpha)), samples);
        let translucent = vec![30, 60, 252, 255, 10, 20, 254, 128, 0, 0, 255, 0];
        assert_eq!(decoded(&file(&[0, 128])), (PixelLayout::Rgba, translucent));
        let opaque = vec![30, 60, 252, 10, 20, 254, 0, 0, 255];
        assert_eq!(decoded(&file(&[255])), (PixelLayout::Rgb, opaque));
    }
    let bits = written(Dimensions::new(3, 1), ColorType::Indexed, BitDepth::One, Some((&colors, &[0])), &[0b0100_0000]);
    assert_eq!(decoded(&bits), (PixelLayout::Rgba, vec![0, 0, 255, 0, 10, 20, 254, 255, 0, 0, 255, 0]));
}

#[test]
fn a_transparent_color_becomes_alpha() {
    let mut info = Info::with_size(2, 1);
    (info.color_type, info.bit_depth) = (ColorType::Rgb, BitDepth::Eight);
    info.trns = Some(vec![0, 1, 0, 2, 0, 3].into());
    let mut file = Vec::new();
    let mut writer = ::png::Encoder::with_info(&mut file, info).unwrap().write_header().unwrap();
    writer.write_image_data(&[1, 2, 3, 3, 2, 1]).unwrap();
    writer.finish().unwrap();
    assert_eq!(decoded(&file), (PixelLayout::Rgba, vec![1, 2, 3, 0, 3, 2, 1, 255]));
}

/// A file of two pixels beside each other that is an animation of that picture twice, and says that a sample is transparent.
fn transparent_pair(
    color: ColorType,
    depth: BitDepth,
    is_interlaced: bool,
    transparent: &[u8],
    pair: [&[u8]; 2],
) -> Vec<u8> {
    let mut info = Info::with_size(2, 1);
    (info.color_type, info.bit_depth, info.interlaced) = (color, depth, is_interlaced);
    info.trns = Some(transparent.to_vec().into());
    let bits = depth as u32;
    let [left, right] = pair;
    let rows = match (bits, is_interlaced) {
        (8.., false) => [&[0], left, right].concat(),
        (8.., true) => [&[0], left, &[0], right].concat(),
        (_, false) => vec![0, left[0] << (8 - bits) | right[0] << (8 - 2 * bits)],
        (_, true) => vec![0, left[0] << (8 - bits), 0, right[0] << (8 - bits)],
    };
    let pixels = fdeflate::compress_to_vec(&rows);
    let control = |number: u8| [&[0, 0, 0, number, 0, 0, 0, 2, 0, 0, 0, 1], &[0; 8][..], &[0, 1, 0, 1, 0, 0]].concat();
    let mut file = Vec::new();
    let mut writer = ::png::Encoder::with_info(&mut file, info).unwrap().write_header().unwrap();
    writer.write_chunk(chunk::acTL, &[0, 0, 0, 2, 0, 0, 0, 0]).unwrap();
    writer.write_chunk(chunk::fcTL, &control(0)).unwrap();
    writer.write_chunk(chunk::IDAT, &pixels).unwrap();
    writer.write_chunk(chunk::fcTL, &control(1)).unwrap();
    writer.write_chunk(chunk::fdAT, &[&[0, 0, 0, 2], pixels.as_slice()].concat()).unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn of_the_transparent_sample_only_as_many_low_bits_count_as_the_picture_has() {
    use BitDepth::*;
    use ColorType::*;
    type Case<'a> = (ColorType, BitDepth, &'a [u8], [&'a [u8]; 2]);
    let cases: [Case<'_>; 7] = [
        (Grayscale, One, &[0x00, 0xff], [&[1], &[0]]),
        (Grayscale, Two, &[0xff, 0xfe], [&[2], &[1]]),
        (Grayscale, Four, &[0x12, 0x3a], [&[10], &[3]]),
        (Grayscale, Eight, &[0xff, 0x3a], [&[0x3a], &[0x3b]]),
        (Grayscale, Sixteen, &[0x12, 0x3a], [&[0x12, 0x3a], &[0x12, 0x3b]]),
        (Rgb, Eight, &[0xff, 1, 0x80, 2, 0x01, 3], [&[1, 2, 3], &[1, 2, 4]]),
        (Rgb, Sixteen, &[9, 1, 8, 2, 7, 3], [&[9, 1, 8, 2, 7, 3], &[9, 1, 8, 2, 7, 4]]),
    ];
    for (color, depth, transparent, pair) in cases {
        for is_interlaced in [false, true] {
            let case = format!("{color:?} {depth:?} interlaced: {is_interlaced}");
            let file = transparent_pair(color, depth, is_interlaced, transparent, pair);
            let alpha = |pixels: &[u8]| pixels.chunks_exact(4).map(|pixel| pixel[3]).collect::<Vec<_>>();
            let (layout, pixels) = decoded(&file);
            assert_eq!((layout, alpha(&pixels)), (PixelLayout::Rgba, vec![0, 255]), "{case}");
            let codec = Png::new(Settings::default(), Limits::default());
            let mut frames = codec.frames(&file).unwrap();
            for _ in 0..2 {
                assert_eq!(alpha(frames.next().unwrap().unwrap().picture.pixels()), [0, 255], "{case}");
            }
        }
    }
}

/// The rows of the seven passes (third edition, section 8.1), each with its filter byte, in stored blocks.
fn interlaced_file(dimensions: Dimensions, pixels: &[u8]) -> Vec<u8> {
    let passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let mut rows = Vec::new();
    for (left, top, across, down) in passes {
        for y in (top..dimensions.height as usize).step_by(down) {
            let pixel = |x| (y * dimensions.width as usize + x) * 3;
            let row = (left..dimensions.width as usize).step_by(across);
            let row: Vec<u8> = row.flat_map(|x| pixels[pixel(x)..pixel(x) + 3].to_vec()).collect();
            if !row.is_empty() {
                rows.extend([0].iter().chain(&row));
            }
        }
    }
    let length = rows.len() as u16;
    let mut zlib = vec![0x78, 0x01, 1];
    zlib.extend(length.to_le_bytes());
    zlib.extend((!length).to_le_bytes());
    zlib.extend(&rows);
    let sums =
        rows.iter().fold((1, 0), |(a, b), byte| ((a + u32::from(*byte)) % 65_521, (b + a + u32::from(*byte)) % 65_521));
    zlib.extend((sums.1 << 16 | sums.0).to_be_bytes());

    let mut info = Info::with_size(dimensions.width, dimensions.height);
    (info.color_type, info.bit_depth, info.interlaced) = (ColorType::Rgb, BitDepth::Eight, true);
    let mut file = Vec::new();
    let mut writer = ::png::Encoder::with_info(&mut file, info).unwrap().write_header().unwrap();
    writer.write_chunk(chunk::IDAT, &zlib).unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn an_interlaced_picture_is_the_same_picture() {
    for (width, height) in [(1, 1), (3, 2), (8, 8), (13, 11)] {
        let pixels: Vec<u8> = (0..width * height * 3).map(|index| (index * 7) as u8).collect();
        let file = interlaced_file(Dimensions::new(width, height), &pixels);
        assert_eq!(decoded(&file), (PixelLayout::Rgb, pixels), "{width}x{height}");
    }
}

#[test]
fn the_orientation_is_found_behind_the_pixels() {
    let mut file = Vec::new();
    let mut writer = ::png::Encoder::new(&mut file, 1, 1).write_header().unwrap();
    writer.write_image_data(&[7]).unwrap();
    writer.write_chunk(chunk::eXIf, b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0").unwrap();
    writer.finish().unwrap();
    let facts = Png::new(Settings::default(), Limits::default()).probe(&mut Cursor::new(&file)).unwrap();
    assert_eq!(facts.orientation, Orientation::Rotated270);
    assert_eq!(decoded(&file), (PixelLayout::Gray, vec![7]));
}

#[test]
fn of_an_animation_the_default_image_is_read() {
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, 2, 1);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[1, 2]).unwrap();
    writer.write_image_data(&[3, 4]).unwrap();
    writer.finish().unwrap();
    assert_eq!(decoded(&file), (PixelLayout::Gray, vec![1, 2]));
}

#[test]
fn a_file_that_ends_early_is_malformed_wherever_it_ends() {
    let codec = Png::new(Settings::default(), Limits::default());
    let picture = photograph(PixelLayout::Rgb);
    let file = codec.encode(&picture).unwrap();
    // The chunk that ends the file, checksums and what fills up the last bytes say nothing of pixels.
    let end = 12 + 4 + 4 + 4;
    for length in 0..file.len() {
        let result = codec.decode(&file[..length], None);
        let is_told = matches!(result, Err(CodecError::Malformed { format: Format::Png, .. }));
        assert!(is_told || (length > file.len() - end && result.as_ref() == Ok(&picture)), "{length}");
        let _ = codec.probe(&mut Cursor::new(&file[..length]));
    }
}

#[test]
fn a_wrong_checksum_or_wrong_pixel_data_is_malformed() {
    let codec = Png::new(Settings::default(), Limits::default());
    let file = codec.encode(&flat(PixelLayout::Gray)).unwrap();
    for position in [file.len() - 13, file.len() / 2] {
        let mut broken = file.clone();
        broken[position] ^= 0x55;
        let result = codec.decode(&broken, None);
        assert!(matches!(result, Err(CodecError::Malformed { .. })), "{position}: {result:?}");
    }
}

#[test]
fn a_picture_that_would_fill_the_memory_is_refused() {
    let mut file = Vec::new();
    let writer = ::png::Encoder::new(&mut file, 20_000, 20_000).write_header().unwrap();
    drop(writer);
    let dimensions = Dimensions::new(20_000, 20_000);
    let result = Png::new(Settings::default(), Limits::default()).decode(&file, None);
    assert_eq!(result, Err(Limits::default().admit(Format::Png, dimensions).unwrap_err()));
}

#[test]
fn every_layout_survives_every_level() {
    for layout in [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba] {
        for picture in [flat(layout), photograph(layout)] {
            for compression_level in 0..=9 {
                let codec = Png::new(Settings { compression_level }, Limits::default());
                let file = codec.encode(&picture).unwrap();
                assert_eq!(codec.decode(&file, None), Ok(picture.clone()), "{layout:?} {compression_level}");
            }
        }
    }
}

#[test]
fn a_photograph_ships_from_the_fast_pass_and_flat_content_does_not() {
    let size = |picture: &Picture, compression_level| {
        Png::new(Settings { compression_level }, Limits::default()).encode(picture).unwrap()
    };
    let fast = |picture: &Picture| {
        let mut file = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut file, 96, 96);
        encoder.set_color(ColorType::Rgb);
        encoder.set_deflate_compression(DeflateCompression::FdeflateUltraFast);
        encoder.set_filter(Filter::Adaptive);
        encoder.write_header().unwrap().write_image_data(picture.pixels()).unwrap();
        file
    };
    let (flat, photograph) = (flat(PixelLayout::Rgb), photograph(PixelLayout::Rgb));
    assert!(size(&photograph, 1) == fast(&photograph));
    assert!(size(&photograph, 6) == fast(&photograph));
    assert!(size(&photograph, 9).len() < fast(&photograph).len());
    assert!(size(&flat, 6).len() < fast(&flat).len() / 4);
    assert!(size(&flat, 9).len() <= size(&flat, 1).len());
    assert!(size(&flat, 0).len() > flat.pixels().len());
}

#[test]
fn the_settings_are_the_usual_coding() {
    let coding = |compression_level| Png::new(Settings { compression_level }, Limits::default()).coding();
    assert_eq!([coding(6), coding(0)], [6, 0].map(|effort| Coding::new(None, effort)));
}

#[test]
fn of_a_file_that_is_cut_or_damaged_as_many_rows_are_shown_as_there_are() {
    let codec = Png::new(Settings { compression_level: 0 }, Limits::default());
    let salvage = |file: &[u8]| codec.decode_as(file, &DecodeOptions::of_broken(BrokenOriginals::Show));
    for layout in [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba] {
        let whole = photograph(layout);
        let file = codec.encode(&whole).unwrap();
        let row_bytes = 96 * layout.channels();
        let shown = salvage(&file[..file.len() / 2]).unwrap();
        assert_eq!((shown.dimensions(), shown.layout()), (whole.dimensions(), layout));
        let rows = shown.pixels().chunks(row_bytes).zip(whole.pixels().chunks(row_bytes));
        let same = rows.take_while(|(shown, whole)| shown == whole).count();
        let rest = &shown.pixels()[same * row_bytes..];
        assert!((30..60).contains(&same), "{same}");
        let colours = if layout.has_alpha() { 3 } else { layout.channels() };
        assert!(rest.chunks(layout.channels()).all(|pixel| pixel[..colours].iter().all(|level| *level == 128)));
        assert!(!layout.has_alpha() || rest.iter().skip(3).step_by(4).all(|alpha| *alpha == 255));
        assert!(salvage(&file[..60]).is_err());
        let mut damaged = file.clone();
        damaged[file.len() - 14] ^= 0x55;
        assert!(codec.decode(&damaged, None).is_err());
        assert_eq!(salvage(&damaged).unwrap().pixels()[..row_bytes * 90], whole.pixels()[..row_bytes * 90]);
    }
}

#[test]
fn of_an_interlaced_file_that_is_cut_a_pixel_stands_for_its_neighbours() {
    let dimensions = Dimensions::new(64, 64);
    let pixels: Vec<u8> = (0..64 * 64).flat_map(|index| [(index % 64 * 3) as u8, (index / 64 * 3) as u8, 9]).collect();
    let file = interlaced_file(dimensions, &pixels);
    let codec = Png::new(Settings::default(), Limits::default());
    // Six of seven passes are half of the rows, and the half of them is the quarter.
    let shown = codec.decode_as(&file[..file.len() * 2 / 5], &DecodeOptions::of_broken(BrokenOriginals::Show)).unwrap();
    let differs = |(shown, whole): (&u8, &u8)| shown.abs_diff(*whole) > 6;
    assert!(!shown.pixels().iter().zip(&pixels).any(differs));
    assert!(codec.decode(&file[..file.len() * 2 / 5], None).is_err());
}

#[test]
fn few_colours_take_few_bits_and_say_only_of_what_is_not_opaque_how_clear_it_is() {
    let file = |count: usize, first_alpha: u8| {
        let colours = |at: usize| [at as u8 * 50, 9, 200, if at == 0 { first_alpha } else { 255 }];
        let pixels = (0..96 * 96).flat_map(|at| colours(at / 5 % count)).collect();
        let picture = Picture::new(Dimensions::new(96, 96), PixelLayout::Rgba, pixels).unwrap();
        let coding = Coding { palette: Some(PaletteSize::MOST), ..Coding::new(None, 6) };
        let file = Png::new(Settings::default(), Limits::default())
            .encode_as(&picture, &coding, &Notice::default(), 1)
            .unwrap();
        assert!(decoded(&file).1.len() >= 96 * 96 * 3);
        let reader = ::png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let Info { color_type, bit_depth, palette, trns, .. } = reader.info();
        assert_eq!(*color_type, ColorType::Indexed);
        (*bit_depth as u8, palette.as_ref().unwrap().len() / 3, trns.as_ref().map(|alphas| alphas.to_vec()))
    };
    assert_eq!([2, 3, 4, 5].map(|count| file(count, 255).0), [1, 2, 2, 4]);
    assert_eq!(file(5, 255), (4, 5, None));
    assert_eq!(file(5, 77), (4, 5, Some(vec![77])));
    let many = photograph(PixelLayout::Rgba);
    let coding = Coding { palette: PaletteSize::new(17), ..Coding::new(None, 0) };
    let codec = Png::new(Settings::default(), Limits::default());
    let stored = codec.encode_as(&many, &coding, &Notice::default(), 1).unwrap();
    assert!((96 * 96..96 * 98 + 1024).contains(&stored.len()), "{}", stored.len());
}
