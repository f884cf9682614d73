//! `Crop`: a part of the picture.

use codec::{CodecError, Picture};

use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::Dimensions;
use crate::request::step::Crop;

impl Work for Crop {
    fn stage(&self) -> Stage {
        Stage::Crop
    }

    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() + after.bytes())
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        crop(picture, *self)
    }
}

pub(super) fn crop(picture: Picture, Crop { left, top, dimensions }: Crop) -> Result<Picture, RenderError> {
    let whole = picture.dimensions();
    if dimensions == whole {
        return Ok(picture);
    }
    let channels = picture.layout().channels();
    let Dimensions { width, height } = dimensions;
    let row_bytes = whole.width as usize * channels;
    let part = left as usize * channels..(left as usize + width as usize) * channels;
    let rows = picture.pixels().chunks_exact(row_bytes).skip(top as usize).take(height as usize);
    let pixels: Vec<u8> = rows.filter_map(|row| row.get(part.clone())).flatten().copied().collect();
    let cropped = Picture::new(dimensions, picture.layout(), pixels);
    let colours = picture.colours().clone();
    let reason = || RenderError::operation("crop", format!("{dimensions} at {left},{top} is not within {whole}"));
    cropped.map(|cropped| cropped.in_colours(colours)).ok_or_else(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::PixelLayout;

    #[test]
    fn a_part_is_cut_out_of_the_rows_and_nothing_beyond_the_edges() {
        let pixels = (0..4 * 3 * 3).collect();
        let picture = Picture::new(Dimensions::new(4, 3), PixelLayout::Rgb, pixels).unwrap();
        let part = |left, top, width, height| {
            let dimensions = Dimensions::new(width, height);
            crop(picture.clone(), Crop { left, top, dimensions })
        };
        assert_eq!(part(1, 2, 2, 1).unwrap().pixels(), [27, 28, 29, 30, 31, 32]);
        assert_eq!(part(0, 0, 4, 3).unwrap(), picture);
        assert!(part(3, 0, 2, 1).is_err() && part(0, 2, 1, 2).is_err());
    }
}
