//! `Comparison`: how much of a picture is seen in what was written of it, by SSIMULACRA2.

use codec::{Picture, PixelLayout};
use fast_ssim2::{PixelDescriptor, PixelSlice, Ssimulacra2Reference};

use crate::pipeline::RenderError;
use crate::request::Dimensions;

/// What scoring holds, for each pixel of the picture.
pub(super) const BYTES_A_PIXEL: u64 = 220;
/// Lighter than this, on average, what is seen of a picture with transparency is looked at on black.
const LIGHT: u64 = 160;

/// A picture that others are compared with.
pub(super) struct Comparison(Ssimulacra2Reference);

impl Comparison {
    /// Prepares a picture without transparency, of at least eight pixels a side.
    ///
    /// # Errors
    /// The library refuses it.
    pub fn new(picture: &Picture) -> Result<Self, RenderError> {
        let dimensions = picture.dimensions();
        let pixels = as_rgb(picture.clone()).into_pixels();
        Ok(Self(Ssimulacra2Reference::new(&view(&pixels, dimensions)?).map_err(failed)?))
    }

    /// 100 for the same pixels, 90 for no visible difference, 70 for a good picture; below 0 for another one.
    ///
    /// # Errors
    /// The picture has other dimensions.
    pub fn score(&self, shown: Picture) -> Result<f64, RenderError> {
        let dimensions = shown.dimensions();
        let pixels = as_rgb(shown.into_srgb()).into_pixels();
        self.0.compare(&view(&pixels, dimensions)?).map_err(failed)
    }
}

/// A picture without its transparency: on white; on black, where white would hide what is seen of it.
pub(super) fn on_ground(picture: Picture) -> Picture {
    if picture.layout() != PixelLayout::Rgba {
        return picture;
    }
    let (mut light, mut seen) = (0, 0);
    for [red, green, blue, alpha] in picture.pixels().as_chunks::<4>().0 {
        light += (u64::from(*red) + u64::from(*green) + u64::from(*blue)) * u64::from(*alpha);
        seen += 3 * u64::from(*alpha);
    }
    let ground = if light > seen * LIGHT { 0 } else { 255 };
    picture.map_layout(PixelLayout::Rgb, |[red, green, blue, alpha]: [u8; 4]| {
        let alpha = u32::from(alpha);
        // A mean of two bytes.
        [red, green, blue].map(|channel| ((u32::from(channel) * alpha + ground * (255 - alpha) + 127) / 255) as u8)
    })
}

fn as_rgb(picture: Picture) -> Picture {
    match picture.layout() {
        PixelLayout::Gray => picture.map_layout(PixelLayout::Rgb, |[gray]: [u8; 1]| [gray; 3]),
        PixelLayout::Rgb => picture,
        PixelLayout::Rgba => on_ground(picture),
    }
}

fn view(pixels: &[u8], Dimensions { width, height }: Dimensions) -> Result<PixelSlice<'_>, RenderError> {
    PixelSlice::new(pixels, width, height, width as usize * 3, PixelDescriptor::RGB8_SRGB).map_err(failed)
}

fn failed(reason: impl ToString) -> RenderError {
    RenderError::operation("score", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(layout: PixelLayout, pixel: impl Fn(u32, u32) -> Vec<u8>) -> Picture {
        let dimensions = Dimensions::new(40, 30);
        let pixels = (0..30).flat_map(|y| (0..40).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect();
        Picture::new(dimensions, layout, pixels).unwrap()
    }

    #[test]
    fn the_same_picture_has_all_points_and_a_coarser_one_fewer() {
        let shade = |x: u32, y: u32| (x * 6 + (y % 7) * 3) as u8;
        let whole = picture(PixelLayout::Gray, |x, y| vec![shade(x, y)]);
        let reference = Comparison::new(&whole).unwrap();
        assert!(reference.score(whole.clone()).unwrap() > 99.9);
        let wide = picture(PixelLayout::Rgb, |x, y| vec![shade(x, y); 3]);
        assert!(reference.score(wide).unwrap() > 99.9, "gray is gray, however it is stored");
        let coarse = picture(PixelLayout::Gray, |x, y| vec![shade(x, y) & 0xf0]);
        let coarser = picture(PixelLayout::Gray, |x, y| vec![shade(x, y) & 0xc0]);
        let [coarse, coarser] = [coarse, coarser].map(|picture| reference.score(picture).unwrap());
        assert!(coarser < coarse && coarse < 95.0, "{coarse} {coarser}");
    }

    #[test]
    fn a_picture_of_other_dimensions_is_refused() {
        let reference = Comparison::new(&picture(PixelLayout::Gray, |_, _| vec![9])).unwrap();
        let other = Picture::new(Dimensions::new(30, 40), PixelLayout::Gray, vec![9; 1200]).unwrap();
        assert!(matches!(reference.score(other), Err(RenderError::Operation { operation: "score", .. })));
    }

    #[test]
    fn what_is_light_is_looked_at_on_black() {
        let outline =
            |shade| picture(PixelLayout::Rgba, move |x, _| vec![shade, shade, shade, if x < 9 { 255 } else { 0 }]);
        let corner = |picture: Picture| picture.pixels()[40 * 3 - 1];
        assert_eq!([0, 250].map(|shade| corner(on_ground(outline(shade)))), [255, 0]);
        let half = picture(PixelLayout::Rgba, |_, _| vec![0, 0, 0, 128]);
        assert_eq!(on_ground(half).pixels()[0], 127);
    }
}
