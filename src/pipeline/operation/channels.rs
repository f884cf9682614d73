//! More channels, for operations that give a picture what it has not had.

use codec::{Picture, PixelLayout};

use super::pad::{coloured, translucent};
use crate::pipeline::RenderError;

/// The bytes of a pixel with alpha, and with colours.
pub(super) const WITH_ALPHA: u64 = 4;
pub(super) const WITH_COLOURS: u64 = 3;

/// A gray picture as one of colours, in sRGB: a profile of gray does not fit them.
pub(super) fn with_colours(picture: Picture) -> Picture {
    if picture.layout() == PixelLayout::Gray { coloured(picture.into_srgb()) } else { picture }
}

/// A picture with an alpha channel; a gray one in sRGB.
pub(super) fn with_alpha(picture: Picture) -> Picture {
    if picture.layout() == PixelLayout::Gray { translucent(picture.into_srgb()) } else { translucent(picture) }
}

/// The same picture with other pixels, as many as before; what its numbers mean stays. Nothing is copied that nobody else
/// has.
///
/// # Errors
/// There are not as many.
pub(super) fn repainted(
    picture: Picture,
    layout: PixelLayout,
    paint: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Result<Picture, RenderError> {
    let (dimensions, colours) = (picture.dimensions(), picture.colours().clone());
    let painted = Picture::new(dimensions, layout, paint(picture.into_pixels()));
    let painted = painted.ok_or_else(|| RenderError::operation("paint", "the pixels do not fill the picture"))?;
    Ok(painted.in_colours(colours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    #[test]
    fn gray_becomes_equal_colours_and_what_is_opaque_stays_so() {
        let picture = |layout, pixels: &[u8]| Picture::new(Dimensions::new(2, 1), layout, pixels.to_vec()).unwrap();
        let gray = picture(PixelLayout::Gray, &[7, 9]);
        assert_eq!(with_colours(gray.clone()), picture(PixelLayout::Rgb, &[7, 7, 7, 9, 9, 9]));
        assert_eq!(with_alpha(gray), picture(PixelLayout::Rgba, &[7, 7, 7, 255, 9, 9, 9, 255]));
        let colours = picture(PixelLayout::Rgb, &[1, 2, 3, 4, 5, 6]);
        assert_eq!(with_alpha(colours), picture(PixelLayout::Rgba, &[1, 2, 3, 255, 4, 5, 6, 255]));
        let clear = picture(PixelLayout::Rgba, &[1, 2, 3, 0, 4, 5, 6, 1]);
        assert_eq!(with_alpha(with_colours(clear.clone())), clear);
    }
}
