//! `Opacity`: alpha times a factor, in whole numbers: `alpha * percent / 100`, to the nearest. As `opacity()` in Filter
//! Effects 1.

use codec::{CodecError, Picture, PixelLayout};

use super::channels::{WITH_ALPHA, repainted, with_alpha};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Opacity;

impl Work for Opacity {
    fn stage(&self) -> Stage {
        Stage::Opacity
    }

    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() + after.bytes())
    }

    fn pixel_bytes_after(&self, _before: u64) -> u64 {
        WITH_ALPHA
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        faded(picture, self.percent)
    }
}

fn faded(picture: Picture, percent: u8) -> Result<Picture, RenderError> {
    repainted(with_alpha(picture), PixelLayout::Rgba, |mut pixels| {
        for [.., alpha] in pixels.as_chunks_mut::<4>().0 {
            *alpha = ((u32::from(*alpha) * u32::from(percent) + 50) / 100) as u8;
        }
        pixels
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    #[test]
    fn alpha_is_multiplied_and_colours_stay() {
        let picture = |layout, pixels: &[u8]| Picture::new(Dimensions::new(2, 1), layout, pixels.to_vec()).unwrap();
        let clear = picture(PixelLayout::Rgba, &[1, 2, 3, 0, 4, 5, 6, 101]);
        assert_eq!(faded(clear, 50).unwrap(), picture(PixelLayout::Rgba, &[1, 2, 3, 0, 4, 5, 6, 51]));
        let gray = picture(PixelLayout::Gray, &[7, 9]);
        assert_eq!(faded(gray, 0).unwrap(), picture(PixelLayout::Rgba, &[7, 7, 7, 0, 9, 9, 9, 0]));
    }
}
