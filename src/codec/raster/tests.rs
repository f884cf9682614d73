use image::codecs::ico::{IcoEncoder, IcoFrame};
use image::{ExtendedColorType, GrayImage, ImageBuffer, Luma, Rgb, RgbImage, RgbaImage};

use super::*;

fn codec(format: Format) -> Raster {
    Raster::all(Limits::default()).find(|codec| codec.format() == format).unwrap()
}

fn written(format: ImageFormat, image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// The facts and the picture of a file that is whole.
fn read(format: Format, file: &[u8]) -> (Facts, PixelLayout, Vec<u8>) {
    let facts = codec(format).probe(&mut Cursor::new(file)).unwrap();
    let picture = codec(format).decode(file, None).unwrap();
    assert_eq!(facts.stored, picture.dimensions());
    (facts, picture.layout(), picture.into_pixels())
}

fn pixels(format: Format, file: &[u8]) -> (PixelLayout, Vec<u8>) {
    let (facts, layout, pixels) = read(format, file);
    assert_eq!(facts.orientation, Orientation::Upright);
    (layout, pixels)
}

#[test]
fn a_bitmap_is_read_with_and_without_alpha() {
    let rgb = vec![1, 2, 3, 4, 5, 6];
    let file = written(ImageFormat::Bmp, RgbImage::from_raw(1, 2, rgb.clone()).unwrap());
    assert_eq!(pixels(Format::Bmp, &file), (PixelLayout::Rgb, rgb));
    let rgba = vec![1, 2, 3, 40, 4, 5, 6, 255];
    let file = written(ImageFormat::Bmp, RgbaImage::from_raw(1, 2, rgba.clone()).unwrap());
    assert_eq!(pixels(Format::Bmp, &file), (PixelLayout::Rgba, rgba));
}

#[test]
fn the_largest_picture_of_an_icon_is_read_whatever_its_kind() {
    let small = || IcoFrame::as_png(&[9; 4 * 4 * 4], 4, 4, ExtendedColorType::Rgba8).unwrap();
    let large = || IcoFrame::as_png(&[7; 8 * 8 * 3], 8, 8, ExtendedColorType::Rgb8).unwrap();
    for frames in [vec![small(), large()], vec![large(), small()]] {
        let mut file = Vec::new();
        IcoEncoder::new(&mut file).encode_images(&frames).unwrap();
        assert_eq!(pixels(Format::Ico, &file), (PixelLayout::Rgb, vec![7; 8 * 8 * 3]));
    }
}

#[test]
fn an_icon_that_holds_a_bitmap_is_read_with_its_mask() {
    let bitmap = written(ImageFormat::Bmp, RgbImage::from_raw(2, 2, (1..=12).collect()).unwrap());
    let mut payload = bitmap[14..].to_vec();
    payload[8] = 4;
    payload.extend([0x80, 0, 0, 0, 0, 0, 0, 0]);
    let mut file = vec![0, 0, 2, 0, 1, 0, 2, 2, 0, 0, 0xff, 0xff, 0xff, 0xff];
    file.extend((payload.len() as u32).to_le_bytes());
    file.extend(22u32.to_le_bytes());
    file.extend(&payload);
    // The rows of a bitmap go up, and so does its mask.
    let expected = vec![1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 0, 10, 11, 12, 255];
    assert_eq!(pixels(Format::Ico, &file), (PixelLayout::Rgba, expected));
}

#[test]
fn wide_samples_of_a_tiff_are_rounded() {
    let gray: ImageBuffer<Luma<u16>, _> = ImageBuffer::from_raw(2, 1, vec![0x1293, 0xff7e]).unwrap();
    assert_eq!(pixels(Format::Tiff, &written(ImageFormat::Tiff, gray)), (PixelLayout::Gray, vec![19, 254]));
    let color: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_raw(1, 1, vec![200, 0x8080, 0xffff]).unwrap();
    assert_eq!(pixels(Format::Tiff, &written(ImageFormat::Tiff, color)), (PixelLayout::Rgb, vec![1, 128, 255]));
    let float: ImageBuffer<Rgb<f32>, _> = ImageBuffer::from_raw(1, 1, vec![-1.0, 0.5, f32::NAN]).unwrap();
    let (layout, float) = pixels(Format::Tiff, &written(ImageFormat::Tiff, DynamicImage::ImageRgb32F(float)));
    assert_eq!((layout, &float[..2]), (PixelLayout::Rgb, &[0, 128][..]));
}

/// A gray TIFF of 2x1 pixels with one tag of choice, beside those that a file must have.
fn tiff(tag: u16, value: u32) -> Vec<u8> {
    let mut tags =
        vec![(256, 2), (257, 1), (258, 8), (259, 1), (262, 1), (273, 134), (277, 1), (278, 1), (279, 2), (tag, value)];
    tags.sort();
    let mut file = b"II*\0\x08\0\0\0\x0a\0".to_vec();
    for (tag, value) in tags {
        file.extend(tag.to_le_bytes());
        file.extend([4, 0, 1, 0, 0, 0]);
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend([5, 250]);
    file
}

#[test]
fn the_orientation_of_a_tiff_is_read() {
    let (facts, layout, pixels) = read(Format::Tiff, &tiff(274, 6));
    assert_eq!(facts.orientation, Orientation::Rotated90);
    assert_eq!((layout, pixels), (PixelLayout::Gray, vec![5, 250]));
    assert_eq!(read(Format::Tiff, &tiff(274, 99)).0.orientation, Orientation::Upright);
}

#[test]
fn what_the_library_does_not_read_is_unsupported() {
    let palette = tiff(320, 0);
    let photometric = palette.windows(2).position(|bytes| bytes == 262u16.to_le_bytes()).unwrap();
    let mut palette = palette;
    palette[photometric + 8] = 3;
    let result = codec(Format::Tiff).decode(&palette, None);
    assert!(matches!(result, Err(CodecError::Unsupported { format: Format::Tiff, .. })), "{result:?}");
}

#[test]
fn a_picture_that_would_fill_the_memory_is_refused() {
    let mut file = written(ImageFormat::Bmp, RgbImage::new(1, 1));
    file[18..26].copy_from_slice(&[0x20, 0x4e, 0, 0, 0x20, 0x4e, 0, 0]);
    let dimensions = Dimensions::new(20_000, 20_000);
    let refused = Limits::default().admit(Format::Bmp, dimensions).unwrap_err();
    assert_eq!(codec(Format::Bmp).decode(&file, None), Err(refused));
}

#[test]
fn a_file_that_ends_early_is_an_error_and_never_a_panic() {
    let gray = GrayImage::from_raw(3, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
    let mut icon = Vec::new();
    let frame = IcoFrame::as_png(&[9; 4 * 4 * 4], 4, 4, ExtendedColorType::Rgba8).unwrap();
    IcoEncoder::new(&mut icon).encode_images(&[frame]).unwrap();
    let files = [
        (Format::Bmp, written(ImageFormat::Bmp, gray.clone())),
        (Format::Ico, icon),
        (Format::Tiff, written(ImageFormat::Tiff, gray)),
    ];
    for (format, file) in files {
        assert!(codec(format).decode(&file, None).is_ok(), "{format}");
        for length in 0..file.len() {
            let _ = codec(format).probe(&mut Cursor::new(&file[..length]));
            let _ = codec(format).decode(&file[..length], None);
        }
        assert!(codec(format).decode(&file[..file.len() / 2], None).is_err(), "{format}");
    }
}
