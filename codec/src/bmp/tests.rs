use std::io::Cursor;

use super::*;

/// A file with this header behind the common fields of forty bytes, this palette and these pixels.
fn file(sides: (i32, i32), bits: u16, compression: u32, header: &[u8], palette: &[[u8; 4]], pixels: &[u8]) -> Vec<u8> {
    let length = 40 + header.len() as u32;
    let start = 14 + length + palette.len() as u32 * 4;
    let mut file = b"BM\0\0\0\0\0\0\0\0".to_vec();
    file.extend(start.to_le_bytes());
    file.extend(length.to_le_bytes());
    file.extend(sides.0.to_le_bytes());
    file.extend(sides.1.to_le_bytes());
    file.extend([1, 0]);
    file.extend(bits.to_le_bytes());
    file.extend(compression.to_le_bytes());
    file.extend([0; 12]);
    file.extend((palette.len() as u32).to_le_bytes());
    file.extend([0; 4]);
    file.extend(header);
    file.extend(palette.as_flattened());
    file.extend(pixels);
    file
}

fn read(file: &[u8]) -> Result<(PixelLayout, Vec<u8>), CodecError> {
    let codec = Bmp::new(Limits::default());
    let facts = codec.probe(&mut Cursor::new(file))?;
    let picture = codec.decode(file, None)?;
    assert_eq!(facts.stored, picture.dimensions());
    Ok((picture.layout(), picture.into_pixels()))
}

const BLACK: [u8; 4] = [0, 0, 0, 0];
const RED: [u8; 4] = [0, 0, 200, 0];
const GREEN: [u8; 4] = [0, 100, 0, 0];

fn rgb(colours: &[[u8; 4]]) -> (PixelLayout, Vec<u8>) {
    (PixelLayout::Rgb, colours.iter().flat_map(|[blue, green, red, _]| [*red, *green, *blue]).collect())
}

#[test]
fn rows_go_up_and_sometimes_down() {
    let pixels = [1, 2, 3, 0, 4, 5, 6, 0];
    let up = file((1, 2), 24, 0, &[], &[], &pixels);
    assert_eq!(read(&up), Ok((PixelLayout::Rgb, vec![6, 5, 4, 3, 2, 1])));
    let down = file((1, -2), 24, 0, &[], &[], &pixels);
    assert_eq!(read(&down), Ok((PixelLayout::Rgb, vec![3, 2, 1, 6, 5, 4])));
}

#[test]
fn every_depth_of_a_palette_is_read() {
    let palette = [BLACK, RED, GREEN];
    for (bits, pixels) in [(2, [0b0001_1000, 0, 0, 0]), (4, [0x01, 0x20, 0, 0]), (8, [0, 1, 2, 0])] {
        assert_eq!(read(&file((3, 1), bits, 0, &[], &palette, &pixels)), Ok(rgb(&palette)), "{bits}");
    }
    assert_eq!(read(&file((2, 1), 1, 0, &[], &palette, &[0b0100_0000, 0, 0, 0])), Ok(rgb(&palette[..2])));
    // A colour that the palette does not have is black.
    assert_eq!(read(&file((2, 1), 8, 0, &[], &palette, &[1, 9, 0, 0])), Ok(rgb(&[RED, BLACK])));
}

#[test]
fn masks_tell_where_channels_are() {
    let plain = file((2, 1), 16, 0, &[], &[], &0x7c00_03e0u32.to_le_bytes());
    assert_eq!(read(&plain), Ok((PixelLayout::Rgb, vec![0, 255, 0, 255, 0, 0])));
    let masks = [0xf800u32, 0x07e0, 0x001f].map(u32::to_le_bytes);
    let masked = file((1, 1), 16, 3, masks.as_flattened(), &[], &[0, 0xf8, 0, 0]);
    assert_eq!(read(&masked), Ok((PixelLayout::Rgb, vec![255, 0, 0])));
    let masks = [0xffu32, 0xff00, 0xff_0000, 0xff00_0000].map(u32::to_le_bytes);
    let with_alpha = file((1, 1), 32, 3, masks.as_flattened(), &[], &[1, 2, 3, 4]);
    assert_eq!(read(&with_alpha), Ok((PixelLayout::Rgba, vec![1, 2, 3, 4])));
    let without = file((1, 1), 32, 3, masks.as_flattened(), &[], &[1, 2, 3, 0]);
    assert_eq!(read(&without), Ok((PixelLayout::Rgb, vec![1, 2, 3])));
    // Without masks the fourth byte says nothing.
    assert_eq!(read(&file((1, 1), 32, 0, &[], &[], &[1, 2, 3, 4])), Ok((PixelLayout::Rgb, vec![3, 2, 1])));
}

#[test]
fn runs_leaps_and_early_ends_are_read() {
    let palette = [BLACK, RED, GREEN];
    // Two of red, the end of the row, a leap of one to the right, one of green, and an end.
    let runs = [2, 1, 0, 0, 0, 2, 1, 0, 1, 2, 0, 1];
    let expected = rgb(&[BLACK, GREEN, BLACK, RED, RED, BLACK]);
    assert_eq!(read(&file((3, 2), 8, 1, &[], &palette, &runs)), Ok(expected.clone()));
    assert_eq!(read(&file((3, 2), 8, 1, &[], &palette, &runs[..10])), Ok(expected));
    let literals = [0, 3, 0, 1, 2, 0, 0, 1];
    assert_eq!(read(&file((3, 1), 8, 1, &[], &palette, &literals)), Ok(rgb(&palette)));
    let halves = [3, 0x12, 0, 1];
    assert_eq!(read(&file((3, 1), 4, 2, &[], &palette, &halves)), Ok(rgb(&[RED, GREEN, RED])));
}

#[test]
fn the_header_of_os2_is_short() {
    let mut file = b"BM\0\0\0\0\0\0\0\0".to_vec();
    file.extend(32u32.to_le_bytes());
    file.extend([12, 0, 0, 0, 2, 0, 1, 0, 1, 0, 1, 0]);
    file.extend([1, 2, 3, 4, 5, 6]);
    file.extend([0b0100_0000, 0, 0, 0]);
    assert_eq!(read(&file), Ok((PixelLayout::Rgb, vec![3, 2, 1, 6, 5, 4])));
}

#[test]
fn a_picture_of_another_format_within_is_read() {
    let dimensions = Dimensions::new(1, 1);
    let picture = Picture::new(dimensions, PixelLayout::Rgb, vec![9, 8, 7]).unwrap();
    let within = png::Png::new(<_>::default(), Limits::default());
    let within = within.encoder().unwrap().encode(&picture).unwrap();
    assert_eq!(read(&file((1, 1), 0, 5, &[], &[], &within)), Ok((PixelLayout::Rgb, vec![9, 8, 7])));
}

#[test]
fn what_is_not_read_is_named() {
    let huffman = {
        let mut file = file((8, 1), 1, 3, &[0; 24], &[], &[0; 4]);
        file[14] = 64;
        file
    };
    assert_eq!(read(&huffman), Err(unsupported("Huffman coding of OS/2")));
    assert_eq!(read(&file((1, 1), 24, 11, &[], &[], &[0; 4])), Err(unsupported("compression 11")));
    assert_eq!(read(&file((1, 1), 5, 0, &[], &[], &[0; 4])), Err(unsupported("5 bits a pixel")));
}

#[test]
fn missing_rows_are_an_error_and_missing_padding_is_not() {
    assert_eq!(read(&file((1, 1), 24, 0, &[], &[], &[1, 2, 3])), Ok((PixelLayout::Rgb, vec![3, 2, 1])));
    assert_eq!(read(&file((1, 1), 24, 0, &[], &[], &[1, 2])), Err(malformed("the data ends early")));
    let large = file((20_000, 20_000), 24, 0, &[], &[], &[]);
    let refused = Limits::default().admit(Format::Bmp, Dimensions::new(20_000, 20_000)).unwrap_err();
    assert_eq!(Bmp::new(Limits::default()).decode(&large, None), Err(refused));
}
