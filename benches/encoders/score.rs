//! SSIMULACRA2 of pictures as people see them on a white page.

use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use image_proxy::codec::{Picture, PixelLayout};

/// The score of a rendition of the same dimensions as its reference: 100 for the same pixels, 90 for no visible
/// difference, 70 for a good picture.
#[expect(clippy::unwrap_used, reason = "both have the same dimensions, which fit the slices")]
pub fn score(reference: &Picture, rendition: &Picture) -> f64 {
    let dimensions = reference.dimensions();
    let (width, height) = (dimensions.width, dimensions.height);
    let [reference, rendition] = [reference, rendition].map(|picture| as_rgb(on_white(picture.clone())).into_pixels());
    let view = |bytes| PixelSlice::new(bytes, width, height, width as usize * 3, PixelDescriptor::RGB8_SRGB).unwrap();
    compute_ssimulacra2(&view(&reference), &view(&rendition)).unwrap()
}

/// The picture without transparency.
pub fn on_white(picture: Picture) -> Picture {
    if picture.layout() != PixelLayout::Rgba {
        return picture;
    }
    picture.map_layout(PixelLayout::Rgb, |[red, green, blue, alpha]: [u8; 4]| {
        let blend = |channel: u8| (u32::from(channel) * u32::from(alpha) + 255 * (255 - u32::from(alpha)) + 127) / 255;
        [red, green, blue].map(|channel| blend(channel) as u8)
    })
}

fn as_rgb(picture: Picture) -> Picture {
    match picture.layout() {
        PixelLayout::Gray => picture.map_layout(PixelLayout::Rgb, |[gray]: [u8; 1]| [gray; 3]),
        PixelLayout::Rgb | PixelLayout::Rgba => picture,
    }
}
