//! More channels, for operations that give a picture what it has not had.

use codec::{Picture, PixelLayout};

use crate::pipeline::RenderError;

/// The bytes of a pixel with alpha, and with colours.
pub(super) const WITH_ALPHA: u64 = 4;
pub(super) const WITH_COLOURS: u64 = 3;

/// A gray picture as one of colours, in sRGB.
///
/// # Errors
/// As [`repainted`].
pub(super) fn with_colours(picture: Picture) -> Result<Picture, RenderError> {
    match picture.layout() {
        PixelLayout::Gray => spread(picture.into_srgb(), PixelLayout::Rgb),
        PixelLayout::Rgb | PixelLayout::Rgba => Ok(picture),
    }
}

/// A picture with an alpha channel; a gray one in sRGB.
///
/// # Errors
/// As [`repainted`].
pub(super) fn with_alpha(picture: Picture) -> Result<Picture, RenderError> {
    match picture.layout() {
        PixelLayout::Gray => spread(picture.into_srgb(), PixelLayout::Rgba),
        PixelLayout::Rgb => spread(picture, PixelLayout::Rgba),
        PixelLayout::Rgba => Ok(picture),
    }
}

/// An opaque picture in a layout of more channels.
fn spread(picture: Picture, layout: PixelLayout) -> Result<Picture, RenderError> {
    let (from, to) = (picture.layout().channels(), layout.channels());
    repainted(picture, layout, |pixels| {
        let mut spread = vec![u8::MAX; pixels.len() / from * to];
        let (colours, _) = pixels.as_chunks::<3>();
        match from {
            1 => {
                let targets = spread.chunks_exact_mut(to).zip(pixels);
                targets.for_each(|(target, gray)| target.iter_mut().take(3).for_each(|channel| *channel = gray));
            }
            _ => {
                let targets = spread.as_chunks_mut::<4>().0.iter_mut().zip(colours);
                targets.for_each(|(target, [red, green, blue])| *target = [*red, *green, *blue, u8::MAX]);
            }
        }
        spread
    })
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
        assert_eq!(with_colours(gray.clone()).unwrap(), picture(PixelLayout::Rgb, &[7, 7, 7, 9, 9, 9]));
        assert_eq!(with_alpha(gray).unwrap(), picture(PixelLayout::Rgba, &[7, 7, 7, 255, 9, 9, 9, 255]));
        let colours = picture(PixelLayout::Rgb, &[1, 2, 3, 4, 5, 6]);
        assert_eq!(with_alpha(colours).unwrap(), picture(PixelLayout::Rgba, &[1, 2, 3, 255, 4, 5, 6, 255]));
        let clear = picture(PixelLayout::Rgba, &[1, 2, 3, 0, 4, 5, 6, 1]);
        assert_eq!(with_alpha(with_colours(clear.clone()).unwrap()).unwrap(), clear);
    }
}
