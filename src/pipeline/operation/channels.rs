//! What operations on channels share: more of them, for a picture that takes on what it has not had, and the mean of what
//! lies over something and that.

use codec::{Picture, PixelLayout};

use crate::pipeline::RenderError;

/// The bytes of a pixel with alpha, and with colours.
pub(super) const WITH_ALPHA: u64 = 4;
pub(super) const WITH_COLOURS: u64 = 3;

/// A gray picture as one of colours, in sRGB: a profile of gray does not fit them.
pub(super) fn with_colours(picture: Picture) -> Picture {
    match picture.layout() {
        PixelLayout::Gray => picture.into_srgb().map_layout(PixelLayout::Rgb, |[gray]: [u8; 1]| [gray; 3]),
        PixelLayout::Rgb | PixelLayout::Rgba => picture,
    }
}

/// A picture with an alpha channel; a gray one in sRGB.
pub(super) fn with_alpha(picture: Picture) -> Picture {
    let opaque = u8::MAX;
    match picture.layout() {
        // In one go: the footprint knows of no picture in between.
        PixelLayout::Gray => {
            picture.into_srgb().map_layout(PixelLayout::Rgba, |[gray]: [u8; 1]| [gray, gray, gray, opaque])
        }
        PixelLayout::Rgb => {
            picture.map_layout(PixelLayout::Rgba, |[red, green, blue]: [u8; 3]| [red, green, blue, opaque])
        }
        PixelLayout::Rgba => picture,
    }
}

/// Porter and Duff, "Compositing Digital Images" (1984): over.
pub(super) fn over(pixel: &mut [u8], colour: [u8; 3], alpha: u32) {
    match pixel {
        [red, green, blue] => {
            for (below, above) in [red, green, blue].into_iter().zip(colour) {
                *below = ((u32::from(above) * alpha + u32::from(*below) * (255 - alpha) + 127) / 255) as u8;
            }
        }
        [red, green, blue, behind] => {
            // In units of 1/255².
            let rest = u32::from(*behind) * (255 - alpha);
            let whole = alpha * 255 + rest;
            for (below, above) in [red, green, blue].into_iter().zip(colour) {
                let sum = u32::from(above) * alpha * 255 + u32::from(*below) * rest;
                // Where neither is seen, the colour is nobody's.
                *below = (sum + whole / 2).checked_div(whole).map_or(*below, |mean| mean as u8);
            }
            *behind = ((whole + 127) / 255) as u8;
        }
        _ => {}
    }
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
