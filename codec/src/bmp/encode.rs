//! Pixels to bitmaps as every reader knows them: 24 bits a pixel, 8 with a palette of grays, and 32 with masks where there is
//! alpha, in a header of version 4 that says what alpha is.

use super::header::FILE_HEADER_BYTES;
use crate::{CodecError, Dimensions, Format, Picture, PixelLayout};

const INFO_BYTES: u32 = 40;
const V4_BYTES: u32 = 108;
/// The longest edge of a square of four bytes a pixel whose file has a length of 32 bits.
const MAX_EDGE: u32 = 32_767;
/// Of an inch, in pixels a metre: what screens had when the format was made.
const PIXELS_A_METRE: u32 = 2835;
/// Pixels are as the masks say.
const BY_MASKS: u32 = 3;
const MASKS: [u32; 4] = [0xff_0000, 0xff00, 0xff, 0xff00_0000];
/// `sRGB`, as a number.
const SRGB: u32 = 0x7352_4742;
/// Of primaries and curves, which are those of sRGB.
const CALIBRATION_BYTES: usize = 48;
/// What does not depend on the picture.
const WORKING_BYTES: u64 = 4096;

/// The file, which is as long as it is said to be from the beginning.
pub(super) fn working_bytes(dimensions: Dimensions, layout: PixelLayout) -> u64 {
    row_bytes(dimensions, layout) * u64::from(dimensions.height) + WORKING_BYTES
}

pub(super) fn encode(picture: &Picture) -> Result<Vec<u8>, CodecError> {
    let (dimensions, layout) = (picture.dimensions(), picture.layout());
    let (header_bytes, palette): (u32, Vec<u8>) = match layout {
        PixelLayout::Gray => (INFO_BYTES, (0..=u8::MAX).flat_map(|gray| [gray, gray, gray, 0]).collect()),
        PixelLayout::Rgb => (INFO_BYTES, vec![]),
        PixelLayout::Rgba => (V4_BYTES, vec![]),
    };
    let start = FILE_HEADER_BYTES + u64::from(header_bytes) + palette.len() as u64;
    let pixel_bytes = row_bytes(dimensions, layout) * u64::from(dimensions.height);
    let too_large = || CodecError::TooLarge { format: Format::Bmp, limit: MAX_EDGE, dimensions };
    let file_bytes = u32::try_from(start + pixel_bytes).map_err(|_| too_large())?;
    let [width, height] = [dimensions.width, dimensions.height].map(i32::try_from);
    let (width, height) = (width.map_err(|_| too_large())?, height.map_err(|_| too_large())?);

    let mut file = Vec::with_capacity(file_bytes as usize);
    file.extend(b"BM");
    // The whole header and the palette are shorter than 64 KiB, and the pixels shorter than the file.
    file.extend([file_bytes, 0, start as u32, header_bytes].map(u32::to_le_bytes).as_flattened());
    file.extend([width, height].map(i32::to_le_bytes).as_flattened());
    file.extend([1, layout.channels() as u16 * 8].map(u16::to_le_bytes).as_flattened());
    let compression = if layout.has_alpha() { BY_MASKS } else { 0 };
    let (colours, important) = (palette.len() as u32 / 4, 0);
    let fields = [compression, pixel_bytes as u32, PIXELS_A_METRE, PIXELS_A_METRE, colours, important];
    file.extend(fields.map(u32::to_le_bytes).as_flattened());
    if layout.has_alpha() {
        file.extend(MASKS.map(u32::to_le_bytes).as_flattened());
        file.extend(SRGB.to_le_bytes());
        file.extend([0; CALIBRATION_BYTES]);
    }
    file.extend(palette);
    write_rows(picture, &mut file);
    Ok(file)
}

/// From the last row to the first, each filled up to words of four bytes.
fn write_rows(picture: &Picture, file: &mut Vec<u8>) {
    let own_row_bytes = picture.dimensions().width as usize * picture.layout().channels();
    let padding = own_row_bytes.next_multiple_of(4) - own_row_bytes;
    for row in picture.pixels().chunks_exact(own_row_bytes).rev() {
        match picture.layout() {
            PixelLayout::Gray => file.extend_from_slice(row),
            PixelLayout::Rgb => {
                file.extend(row.as_chunks().0.iter().flat_map(|[red, green, blue]| [*blue, *green, *red]));
            }
            PixelLayout::Rgba => {
                let turned = |[red, green, blue, alpha]: &[u8; 4]| [*blue, *green, *red, *alpha];
                file.extend(row.as_chunks().0.iter().flat_map(turned));
            }
        }
        file.extend(std::iter::repeat_n(0, padding));
    }
}

fn row_bytes(dimensions: Dimensions, layout: PixelLayout) -> u64 {
    (u64::from(dimensions.width) * layout.channels() as u64).next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, layout: PixelLayout, pixels: &[u8]) -> Picture {
        Picture::new(Dimensions::new(width, height), layout, pixels.to_vec()).unwrap()
    }

    #[test]
    fn a_bitmap_of_three_channels_is_as_windows_has_written_it_since_its_third_version() {
        let file = encode(&picture(1, 2, PixelLayout::Rgb, &[1, 2, 3, 4, 5, 6])).unwrap();
        let header: [u8; 54] = [
            b'B', b'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0, 0,
            0, 0, 8, 0, 0, 0, 19, 11, 0, 0, 19, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        assert_eq!(file, [&header[..], &[6, 5, 4, 0, 3, 2, 1, 0]].concat());
    }

    #[test]
    fn gray_has_a_byte_a_pixel_and_alpha_has_masks_that_say_so() {
        let gray = encode(&picture(3, 1, PixelLayout::Gray, &[7, 8, 9])).unwrap();
        assert_eq!(
            (gray.len(), &gray[54..62], &gray[1078..]),
            (1082, &[0, 0, 0, 0, 1, 1, 1, 0][..], &[7, 8, 9, 0][..])
        );
        let clear = encode(&picture(1, 1, PixelLayout::Rgba, &[1, 2, 3, 0])).unwrap();
        assert_eq!((clear.len(), clear[14], clear[28], clear[30], &clear[122..]), (126, 108, 32, 3, &[3, 2, 1, 0][..]));
    }

    #[test]
    fn what_another_library_reads_is_what_was_written() {
        for layout in [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba] {
            let pixels: Vec<u8> = (0..35 * layout.channels() as u8).map(|level| level.wrapping_mul(37)).collect();
            let file = encode(&picture(5, 7, layout, &pixels)).unwrap();
            let read = image::load_from_memory_with_format(&file, image::ImageFormat::Bmp).unwrap();
            let read = match layout {
                PixelLayout::Gray => read.to_luma8().into_raw(),
                PixelLayout::Rgb => read.to_rgb8().into_raw(),
                PixelLayout::Rgba => read.to_rgba8().into_raw(),
            };
            assert_eq!(read, pixels, "{layout:?}");
            let said = working_bytes(Dimensions::new(5, 7), layout);
            assert!(said >= file.capacity() as u64, "{layout:?}: {said} of {}", file.capacity());
        }
    }
}
