//! Files of formats that are not written here, or seldom: by the encoders of other libraries, or put together.

use exr::prelude::{Image, SpecificChannels, WritableImage};

use super::*;

/// What a TGA of the second version ends with: no places of what else it might have, and its mark.
pub(crate) const TGA_END: &[u8; 26] = b"\0\0\0\0\0\0\0\0TRUEVISION-XFILE.\0";

/// A file of another's encoder.
pub(super) fn foreign(format: Format, dimensions: Dimensions) -> Option<Vec<u8>> {
    let Dimensions { width, height } = dimensions;
    let pixels = scene(dimensions, PixelLayout::Rgb).into_pixels();
    let picture = DynamicImage::from(RgbImage::from_raw(width, height, pixels).unwrap());
    let written = |picture: DynamicImage, foreign: ImageFormat| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, foreign).unwrap();
        bytes.into_inner()
    };
    let opaque = || DynamicImage::from(picture.to_rgba8());
    Some(match format {
        Format::Bmp => written(picture, ImageFormat::Bmp),
        Format::Dds => texture(&picture.to_rgba8()),
        Format::Exr => light(&picture.to_rgb8()),
        Format::Farbfeld => written(picture.to_rgba16().into(), ImageFormat::Farbfeld),
        Format::Hdr => written(picture.to_rgb32f().into(), ImageFormat::Hdr),
        // Icons are written with an alpha channel only.
        Format::Ico => written(opaque().crop_imm(0, 0, width.min(256), height), ImageFormat::Ico),
        Format::Pnm => written(picture, ImageFormat::Pnm),
        Format::Qoi => written(picture, ImageFormat::Qoi),
        Format::Tga => [written(picture, ImageFormat::Tga), TGA_END.to_vec()].concat(),
        Format::Tiff => written(picture, ImageFormat::Tiff),
        _ => return None,
    })
}

/// Uncompressed, 32 bits a pixel.
fn texture(picture: &image::RgbaImage) -> Vec<u8> {
    let pixel_format = [32, 0x41, 0, 32, 0xff, 0xff00, 0xff_0000, 0xff00_0000];
    let start = [124, 0x1007, picture.height(), picture.width(), 0, 0, 0].into_iter().chain([0; 11]);
    let fields = start.chain(pixel_format).chain([0x1000, 0, 0, 0, 0]);
    let header = fields.flat_map(u32::to_le_bytes);
    b"DDS ".iter().copied().chain(header).chain(picture.as_raw().iter().copied()).collect()
}

fn light(picture: &RgbImage) -> Vec<u8> {
    let level = |level: u8| f32::from(level) / 255.0;
    let colour = |at: exr::math::Vec2<usize>| {
        let [red, green, blue] = picture.get_pixel(at.x() as u32, at.y() as u32).0.map(level);
        (red, green, blue)
    };
    let size = (picture.width() as usize, picture.height() as usize);
    let mut bytes = Cursor::new(Vec::new());
    Image::from_channels(size, SpecificChannels::rgb(colour)).write().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}
