//! `Pad`: a canvas around the picture.

use codec::{CodecError, Picture};

use super::channels::{WITH_ALPHA, WITH_COLOURS, with_alpha, with_colours};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::Dimensions;
use crate::request::step::Pad;

impl Work for Pad {
    fn stage(&self) -> Stage {
        Stage::Pad
    }

    /// The picture, a copy of it that has taken on colours or transparency, and the canvas.
    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        let [before, after] = [before, after].map(|between| between.dimensions.pixels() * 4);
        Ok(before * 2 + after)
    }

    fn pixel_bytes_after(&self, before: u64) -> u64 {
        before.max(if self.paint.is_opaque() { WITH_COLOURS } else { WITH_ALPHA })
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let picture = if self.paint.is_opaque() { with_colours(picture) } else { with_alpha(picture) };
        let (part, layout) = (picture.dimensions(), picture.layout());
        let (pixel_bytes, Dimensions { width, .. }) = (layout.channels(), self.dimensions);
        let filling = self.paint.0.get(..pixel_bytes).unwrap_or_default();
        let mut pixels = filling.repeat(self.dimensions.pixels() as usize);
        let rows = pixels.chunks_exact_mut(width as usize * pixel_bytes).skip(self.top as usize);
        let own_row_bytes = part.width as usize * pixel_bytes;
        for (row, own) in rows.zip(picture.pixels().chunks_exact(own_row_bytes)) {
            let place = row.get_mut(self.left as usize * pixel_bytes..).and_then(|row| row.get_mut(..own_row_bytes));
            let place = place.ok_or_else(|| RenderError::operation("pad", "the picture is larger than the canvas"))?;
            place.copy_from_slice(own);
        }
        let colours = picture.colours().clone();
        let padded = Picture::new(self.dimensions, layout, pixels);
        padded
            .map(|padded| padded.in_colours(colours))
            .ok_or_else(|| RenderError::operation("pad", "the pixels do not fill the canvas"))
    }
}
