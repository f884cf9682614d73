//! `Flatten`: a colour behind what is transparent.

use codec::{CodecError, ColourRule, Picture, PixelLayout};

use super::channels::over;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::Background;

/// Blends transparency with a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flatten(pub Background);

impl Work for Flatten {
    fn stage(&self) -> Stage {
        Stage::Flatten
    }

    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2)
    }

    fn is_common(&self, _colour_rule: ColourRule) -> bool {
        false
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        Ok(flatten(picture, self.0))
    }
}

fn flatten(picture: Picture, background: Background) -> Picture {
    if !picture.layout().has_alpha() {
        return picture;
    }
    // The background is a colour of sRGB.
    picture.into_srgb().map_layout(PixelLayout::Rgb, |[red, green, blue, alpha]: [u8; 4]| {
        let mut pixel = background.0;
        over(&mut pixel, [red, green, blue], alpha.into());
        pixel
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    #[test]
    fn transparency_becomes_the_background() {
        let picture = |layout, pixels: &[u8]| Picture::new(Dimensions::new(3, 1), layout, pixels.to_vec()).unwrap();
        let translucent = picture(PixelLayout::Rgba, &[10, 20, 30, 0, 10, 20, 30, 255, 0, 0, 0, 128]);
        let on_white = flatten(translucent.clone(), Background::WHITE);
        assert_eq!(on_white, picture(PixelLayout::Rgb, &[255, 255, 255, 10, 20, 30, 127, 127, 127]));
        let on_orange = flatten(translucent, Background([255, 128, 0]));
        assert_eq!(on_orange, picture(PixelLayout::Rgb, &[255, 128, 0, 10, 20, 30, 127, 64, 0]));
    }
}
