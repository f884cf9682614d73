//! `Orient`: a picture turned upright.

use codec::{CodecError, Picture};

use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::{Dimensions, Orientation};

/// Turns the stored rows and columns upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Orient(pub Orientation);

impl Work for Orient {
    fn stage(&self) -> Stage {
        Stage::Orient
    }

    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2)
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        Ok(orient(picture, self.0))
    }
}

/// Applies an orientation: the picture comes out as a viewer is meant to show it.
pub(in crate::pipeline) fn orient(picture: Picture, orientation: Orientation) -> Picture {
    let (dimensions, layout) = (picture.dimensions(), picture.layout());
    let oriented = match layout.channels() {
        1 => orient_pixels::<1>(picture.pixels(), dimensions, orientation),
        3 => orient_pixels::<3>(picture.pixels(), dimensions, orientation),
        _ => orient_pixels::<4>(picture.pixels(), dimensions, orientation),
    };
    // The number of pixels is unchanged, so this cannot fail; the picture itself is the harmless answer if it does.
    let oriented = Picture::new(orientation.applied_to(dimensions), layout, oriented);
    let colours = picture.colours().clone();
    oriented.unwrap_or(picture).in_colours(colours)
}

fn orient_pixels<const CHANNELS: usize>(pixels: &[u8], stored: Dimensions, orientation: Orientation) -> Vec<u8> {
    let (pixels, _) = pixels.as_chunks::<CHANNELS>();
    let shown = orientation.applied_to(stored);
    let mut oriented = Vec::with_capacity(pixels.len() * CHANNELS);
    for y in 0..shown.height {
        for x in 0..shown.width {
            let (column, row) = orientation.stored_at((x, y), stored);
            let index = row as usize * stored.width as usize + column as usize;
            // Both coordinates are within the stored picture, so there always is a pixel.
            oriented.extend_from_slice(pixels.get(index).map_or(&[], |pixel| pixel.as_slice()));
        }
    }
    oriented
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::PixelLayout;

    #[test]
    fn every_orientation_puts_the_corners_where_exif_says() {
        // Stored:  a b c
        //          d e f
        let stored = Picture::new(Dimensions::new(3, 2), PixelLayout::Gray, b"abcdef".to_vec()).unwrap();
        let expected = ["abcdef", "cbafed", "fedcba", "defabc", "adbecf", "daebfc", "fcebda", "cfbead"];
        for (orientation, expected) in Orientation::ALL.into_iter().zip(expected) {
            let shown = orient(stored.clone(), orientation);
            assert_eq!(shown.pixels(), expected.as_bytes(), "{orientation:?}");
            assert_eq!(shown.dimensions(), orientation.applied_to(stored.dimensions()));
        }
    }

    #[test]
    fn all_channels_of_a_pixel_move_together() {
        let stored = Picture::new(Dimensions::new(2, 1), PixelLayout::Rgb, vec![1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(orient(stored, Orientation::Rotated180).pixels(), [4, 5, 6, 1, 2, 3]);
    }
}
