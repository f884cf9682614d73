//! `Canvas`: what frames are drawn on, and what becomes of each before the next.

#![expect(
    clippy::indexing_slicing,
    reason = "`Area::within` keeps an area on the canvas; `saved` has the rows of the same area"
)]

use super::area::{Area, CHANNELS};
use crate::Dimensions;
use crate::{Picture, PixelLayout};

/// What becomes of the area of a frame when its time is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Disposal {
    #[default]
    Keep,
    /// It becomes transparent.
    Clear,
    /// It becomes what it was before the frame.
    Restore,
}

/// Straight RGBA, transparent where nothing was drawn yet.
pub(crate) struct Canvas {
    dimensions: Dimensions,
    pixels: Vec<u8>,
    /// What happens before the next frame.
    pending: Pending,
    /// The rows of an area that is to be restored.
    saved: Vec<u8>,
}

type Pending = Option<(Area, Disposal)>;

impl Canvas {
    pub(crate) fn new(dimensions: Dimensions) -> Self {
        let pixels = vec![0; dimensions.pixels() as usize * CHANNELS];
        Self { dimensions, pixels, pending: None, saved: Vec::new() }
    }

    /// Draws a frame after disposing of the one before; `paint` gets each row of the area that lies on the canvas, with
    /// its number within the area.
    pub(crate) fn draw(&mut self, area: Area, disposal: Disposal, mut paint: impl FnMut(usize, &mut [u8])) {
        self.dispose();
        let area = area.within(self.dimensions);
        if disposal == Disposal::Restore {
            self.saved.clear();
            for row in area.rows(self.dimensions) {
                self.saved.extend_from_slice(&self.pixels[row]);
            }
        }
        for (number, row) in area.rows(self.dimensions).enumerate() {
            paint(number, &mut self.pixels[row]);
        }
        self.pending = Some((area, disposal));
    }

    fn dispose(&mut self) {
        let Some((area, disposal)) = self.pending.take() else { return };
        let row_bytes = area.width as usize * CHANNELS;
        for (number, row) in area.rows(self.dimensions).enumerate() {
            match disposal {
                Disposal::Keep => return,
                Disposal::Clear => self.pixels[row].fill(0),
                Disposal::Restore => self.pixels[row].copy_from_slice(&self.saved[number * row_bytes..][..row_bytes]),
            }
        }
    }

    /// What is seen now.
    pub(crate) fn picture(&self) -> Option<Picture> {
        if is_opaque(&self.pixels) {
            return opaque_picture(self.dimensions, &self.pixels);
        }
        Picture::new(self.dimensions, PixelLayout::Rgba, self.pixels.clone())
    }
}

/// Pixels of RGBA without their alpha.
pub(crate) fn opaque_picture(dimensions: Dimensions, pixels: &[u8]) -> Option<Picture> {
    // An array a pixel: its vector knows its length, and is written without looking at it again and again.
    let (pixels, _) = pixels.as_chunks::<CHANNELS>();
    let opaque: Vec<_> = pixels.iter().map(|[red, green, blue, _]| [*red, *green, *blue]).collect();
    Picture::new(dimensions, PixelLayout::Rgb, opaque.into_flattened())
}

/// Tells whether nothing shows through pixels of RGBA.
pub(crate) fn is_opaque(pixels: &[u8]) -> bool {
    let (pixels, _) = pixels.as_chunks::<CHANNELS>();
    pixels.iter().fold(u8::MAX, |all, [.., alpha]| all & alpha) == u8::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Dimensions = Dimensions::new(3, 1);

    fn draw(canvas: &mut Canvas, left: u32, width: u32, shade: u8, disposal: Disposal) -> Vec<u8> {
        let area = Area { left, top: 0, width, height: 1 };
        canvas.draw(area, disposal, |_, row| row.fill(shade));
        canvas.pixels.chunks(CHANNELS).map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn each_disposal_leaves_what_it_says() {
        let mut canvas = Canvas::new(SIZE);
        assert_eq!(draw(&mut canvas, 0, 3, 1, Disposal::Keep), [1, 1, 1]);
        assert_eq!(draw(&mut canvas, 0, 1, 2, Disposal::Restore), [2, 1, 1]);
        assert_eq!(draw(&mut canvas, 1, 1, 3, Disposal::Clear), [1, 3, 1]);
        assert_eq!(draw(&mut canvas, 2, 1, 4, Disposal::Keep), [1, 0, 4]);
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut canvas = Canvas::new(SIZE);
        assert_eq!(draw(&mut canvas, 2, 5, 1, Disposal::Restore), [0, 0, 1]);
        assert_eq!(draw(&mut canvas, 9, 5, 1, Disposal::Clear), [0, 0, 0]);
        assert_eq!(draw(&mut canvas, 1, u32::MAX, 7, Disposal::Keep), [0, 7, 7]);
    }

    #[test]
    fn an_opaque_canvas_has_no_alpha() {
        let mut canvas = Canvas::new(SIZE);
        draw(&mut canvas, 0, 2, 255, Disposal::Keep);
        assert_eq!(canvas.picture().map(|picture| picture.layout()), Some(PixelLayout::Rgba));
        draw(&mut canvas, 2, 1, 255, Disposal::Keep);
        let white = Picture::new(SIZE, PixelLayout::Rgb, vec![255; 9]);
        assert_eq!(canvas.picture(), white);
    }
}
