//! `Gray`: luma in place of colours.

use codec::{CodecError, Picture, PixelLayout};

use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Gray;

impl Work for Gray {
    fn stage(&self) -> Stage {
        Stage::Grayscale
    }

    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2)
    }

    fn changes(&self, picture: &Picture) -> bool {
        !picture.is_gray()
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        Ok(grayscale(picture))
    }
}

fn luma(red: u8, green: u8, blue: u8) -> u8 {
    // BT.601 weights in 1/65536; they sum to 65536, so white stays white.
    ((u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471 + 32_768) >> 16) as u8
}

fn grayscale(picture: Picture) -> Picture {
    // The weights are those of sRGB, and a profile for colours does not fit gray.
    let picture = if picture.layout() == PixelLayout::Gray { picture } else { picture.into_srgb() };
    match picture.layout() {
        PixelLayout::Gray => picture,
        PixelLayout::Rgb => {
            picture.map_layout(PixelLayout::Gray, |[red, green, blue]: [u8; 3]| [luma(red, green, blue)])
        }
        PixelLayout::Rgba => picture.map_layout(PixelLayout::Rgba, |[red, green, blue, alpha]: [u8; 4]| {
            let gray = luma(red, green, blue);
            [gray, gray, gray, alpha]
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    fn picture(layout: PixelLayout, pixels: &[u8]) -> Picture {
        let width = (pixels.len() / layout.channels()) as u32;
        Picture::new(Dimensions::new(width, 1), layout, pixels.to_vec()).unwrap()
    }

    #[test]
    fn gray_keeps_black_white_and_alpha() {
        let gray = grayscale(picture(PixelLayout::Rgb, &[0, 0, 0, 255, 255, 255, 255, 0, 0]));
        assert_eq!(gray, picture(PixelLayout::Gray, &[0, 255, 76]));
        let with_alpha = grayscale(picture(PixelLayout::Rgba, &[0, 255, 0, 7]));
        assert_eq!(with_alpha, picture(PixelLayout::Rgba, &[150, 150, 150, 7]));
    }
}
