use super::*;

/// A texture with these pixel flags, code, bits and masks.
fn texture(dimensions: (u32, u32), flags: u32, code: &[u8; 4], bits: u32, masks: [u32; 4], data: &[u8]) -> Vec<u8> {
    let (width, height) = dimensions;
    let fields = [124, 0x1007, height, width, 0, 0, 0].into_iter().chain([0; 11]);
    let fields = fields.chain([32, flags, u32::from_le_bytes(*code), bits]).chain(masks).chain([0x1000, 0, 0, 0, 0]);
    b"DDS ".iter().copied().chain(fields.flat_map(u32::to_le_bytes)).chain(data.iter().copied()).collect()
}

fn coded(dimensions: (u32, u32), code: &[u8; 4], data: &[u8]) -> Vec<u8> {
    texture(dimensions, 4, code, 0, [0; 4], data)
}

fn decoded(file: &[u8]) -> (PixelLayout, Vec<u8>) {
    let codec = Dds::new(Limits::default());
    let facts = codec.probe(&mut Cursor::new(file)).unwrap();
    let picture = codec.decode(file, None).unwrap();
    assert_eq!(facts.stored, picture.dimensions());
    (picture.layout(), picture.into_pixels())
}

#[test]
fn pixels_are_found_by_their_masks() {
    let rgb = [0xff_0000, 0xff00, 0xff, 0];
    let file = texture((2, 1), 0x40, b"\0\0\0\0", 24, rgb, &[3, 2, 1, 6, 5, 4]);
    assert_eq!(decoded(&file), (PixelLayout::Rgb, vec![1, 2, 3, 4, 5, 6]));
    let rgba = [0xff, 0xff00, 0xff_0000, 0xff00_0000];
    let file = texture((1, 2), 0x41, b"\0\0\0\0", 32, rgba, &[1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(decoded(&file), (PixelLayout::Rgba, vec![1, 2, 3, 4, 5, 6, 7, 8]));
    // The mask of an alpha that is not told of counts for nothing.
    let file = texture((1, 1), 0x40, b"\0\0\0\0", 32, rgba, &[1, 2, 3, 4]);
    assert_eq!(decoded(&file), (PixelLayout::Rgb, vec![1, 2, 3]));
    let file = texture((1, 1), 0x40, b"\0\0\0\0", 16, [0xf800, 0x07e0, 0x1f, 0], &0xf81f_u16.to_le_bytes());
    assert_eq!(decoded(&file), (PixelLayout::Rgb, vec![255, 0, 255]));
    let file = texture((2, 1), 0x2_0000, b"\0\0\0\0", 8, [0xff, 0, 0, 0], &[7, 9]);
    assert_eq!(decoded(&file), (PixelLayout::Gray, vec![7, 9]));
    let file = texture((1, 1), 0x2_0001, b"\0\0\0\0", 16, [0xff, 0, 0, 0xff00], &[7, 9]);
    assert_eq!(decoded(&file), (PixelLayout::Rgba, vec![7, 7, 7, 9]));
}

/// Red and blue, and a pixel of each of the four choices in the first row.
const COLOURS: [u8; 8] = [0x00, 0xf8, 0x1f, 0x00, 0b11_10_01_00, 0, 0, 0];
/// The same the other way round.
const TURNED: [u8; 8] = [0x1f, 0x00, 0x00, 0xf8, 0b11_10_01_00, 0, 0, 0];

#[test]
fn a_block_mixes_two_colours_or_leaves_a_hole() {
    let (layout, pixels) = decoded(&coded((4, 4), b"DXT1", &COLOURS));
    assert_eq!(layout, PixelLayout::Rgb);
    assert_eq!(pixels[..12], [255, 0, 0, 0, 0, 255, 170, 0, 85, 85, 0, 170]);
    assert_eq!(pixels[12..15], [255, 0, 0]);
    let (layout, pixels) = decoded(&coded((4, 4), b"DXT1", &TURNED));
    assert_eq!(layout, PixelLayout::Rgba);
    assert_eq!(pixels[..16], [0, 0, 255, 255, 255, 0, 0, 255, 128, 0, 128, 255, 0, 0, 0, 0]);
}

#[test]
fn blocks_have_alpha_of_four_bits_or_between_two_levels() {
    let four_bits = [0x21, 0x43, 0, 0, 0, 0, 0, 0];
    let (_, pixels) = decoded(&coded((4, 1), b"DXT3", &[four_bits, TURNED].concat()));
    let alphas = |pixels: &[u8]| pixels.chunks_exact(4).map(|pixel| pixel[3]).collect::<Vec<_>>();
    assert_eq!(alphas(&pixels), [17, 34, 51, 68]);
    // No hole there, whatever the order of the colours.
    assert_eq!(pixels[12..15], [170, 0, 85]);
    let between = [200, 60, 0b10_001_000, 0b1110, 0, 0, 0, 0];
    let (_, pixels) = decoded(&coded((4, 1), b"DXT5", &[between, COLOURS].concat()));
    assert_eq!(alphas(&pixels), [200, 60, 180, 80]);
    let with_ends = [60, 200, 0b10_001_000, 0b1110, 0, 0, 0, 0];
    assert_eq!(decoded(&coded((4, 1), b"ATI1", &with_ends)), (PixelLayout::Gray, vec![60, 200, 88, 255]));
    let both = decoded(&coded((1, 1), b"ATI2", &[between, with_ends].concat()));
    assert_eq!(both, (PixelLayout::Rgb, vec![200, 60, 0]));
}

#[test]
fn a_side_need_be_no_multiple_of_four() {
    let blue = [0x1f, 0, 0x1f, 0, 0, 0, 0, 0];
    let (layout, pixels) = decoded(&coded((5, 6), b"DXT1", &[COLOURS, blue, blue, blue].concat()));
    assert_eq!((layout, pixels.len()), (PixelLayout::Rgb, 5 * 6 * 3));
    assert_eq!(
        (&pixels[..3], &pixels[12..15], &pixels[5 * 4 * 3..][..3]),
        (&[255, 0, 0][..], &[0, 0, 255][..], &[0, 0, 255][..])
    );
}

#[test]
fn the_header_of_directx_10_says_it_by_a_number() {
    let late = |number: u32, data: &[u8]| {
        let late = [number, 3, 0, 1, 0].map(u32::to_le_bytes).concat();
        coded((1, 1), b"DX10", &[late, data.to_vec()].concat())
    };
    assert_eq!(decoded(&late(28, &[1, 2, 3, 4])), (PixelLayout::Rgba, vec![1, 2, 3, 4]));
    assert_eq!(decoded(&late(87, &[1, 2, 3, 4])), (PixelLayout::Rgba, vec![3, 2, 1, 4]));
    assert_eq!(decoded(&late(71, &COLOURS)), (PixelLayout::Rgb, vec![255, 0, 0]));
    let refused = Dds::new(Limits::default()).probe(&mut Cursor::new(late(98, &[0; 16])));
    assert_eq!(refused, Err(unsupported("pixels of the kind 98")));
}

#[test]
fn what_is_no_texture_or_none_that_is_read_is_said() {
    let probe = |file: &[u8]| Dds::new(Limits::default()).probe(&mut Cursor::new(file)).map(|facts| facts.stored);
    let palette = texture((1, 1), 0x20, b"\0\0\0\0", 8, [0; 4], &[0]);
    for file in [palette, coded((1, 1), b"DXT2", &[0; 16]), texture((1, 1), 0x40, b"\0\0\0\0", 12, [1; 4], &[0; 9])] {
        assert!(matches!(probe(&file), Err(CodecError::Unsupported { .. })), "{:?}", probe(&file));
    }
    for file in [coded((0, 1), b"DXT1", &[]), coded((1, 1), b"DXT1", &[])[..100].to_vec()] {
        assert!(matches!(probe(&file), Err(CodecError::Malformed { .. })), "{:?}", probe(&file));
    }
}
