//! What changes from one frame to the next: only that is written.

#![expect(
    clippy::indexing_slicing,
    reason = "areas lie on the canvas that the pixels fill; `first` and `last` were found in both rows"
)]

use super::area::{Area, CHANNELS};
use crate::Dimensions;
use crate::{Picture, PixelLayout};

/// The pixels of a picture as RGBA; where nothing is seen, all channels are 0.
pub(crate) fn visible_rgba(picture: Picture) -> Vec<u8> {
    // An array a pixel: its vector knows its length, and is written without looking at it again and again.
    match picture.layout() {
        PixelLayout::Gray => {
            let pixels = picture.pixels().iter().map(|gray| [*gray, *gray, *gray, u8::MAX]);
            return pixels.collect::<Vec<_>>().into_flattened();
        }
        PixelLayout::Rgb => {
            let pixels = picture.pixels().as_chunks().0.iter().map(|[red, green, blue]| [*red, *green, *blue, u8::MAX]);
            return pixels.collect::<Vec<_>>().into_flattened();
        }
        PixelLayout::Rgba => {}
    }
    let mut pixels = picture.into_pixels();
    let (all, _) = pixels.as_chunks_mut::<CHANNELS>();
    for pixel in all {
        if pixel[3] == 0 {
            *pixel = [0; CHANNELS];
        }
    }
    pixels
}

/// How one frame differs from the one before it; both are RGBA on the same canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    /// Outside, nothing changed; `None` where nothing changed at all.
    pub area: Option<Area>,
    /// Every pixel that changed is opaque now: what did not may be left out, and shows through.
    pub covers: bool,
}

impl Change {
    pub(crate) fn between(before: &[u8], after: &[u8], canvas: Dimensions) -> Self {
        let mut change = Self { area: None, covers: true };
        for (top, row) in Area::whole(canvas).rows(canvas).enumerate() {
            let ((before, _), (after, _)) = (before[row.clone()].as_chunks(), after[row].as_chunks());
            change.add_row(top as u32, before, after);
        }
        change
    }

    fn add_row(&mut self, top: u32, before: &[[u8; CHANNELS]], after: &[[u8; CHANNELS]]) {
        if before == after {
            return;
        }
        let differs = |(one, other): (&[u8; CHANNELS], &[u8; CHANNELS])| one != other;
        let first = before.iter().zip(after).position(differs).unwrap_or(0);
        let last = before.iter().zip(after).rposition(differs).unwrap_or(0);
        let area = Area { left: first as u32, top, width: (last - first) as u32 + 1, height: 1 };
        self.area = Some(self.area.map_or(area, |found| found.with(area)));
        let changed = &before[first..=last];
        let is_opaque = |(one, other): (&[u8; CHANNELS], &[u8; CHANNELS])| one == other || other[3] == u8::MAX;
        self.covers &= changed.iter().zip(&after[first..=last]).all(is_opaque);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Dimensions = Dimensions::new(5, 4);
    const WHITE: [u8; 4] = [255; 4];

    fn with(points: &[(usize, usize, [u8; 4])]) -> Vec<u8> {
        let mut pixels = vec![[9, 9, 9, 255]; 20];
        for (left, top, pixel) in points {
            pixels[top * 5 + left] = *pixel;
        }
        pixels.into_flattened()
    }

    #[test]
    fn the_smallest_area_that_changed_is_found() {
        let plain = with(&[]);
        assert_eq!(Change::between(&plain, &plain, CANVAS), Change { area: None, covers: true });
        let change = Change::between(&plain, &with(&[(3, 1, WHITE), (1, 2, WHITE)]), CANVAS);
        let area = Area { left: 1, top: 1, width: 3, height: 2 };
        assert_eq!(change, Change { area: Some(area), covers: true });
        assert_eq!(area.at_even_offsets(), Area { left: 0, top: 0, width: 4, height: 3 });
        let uncovered = Change::between(&plain, &with(&[(4, 3, [0; 4]), (0, 0, WHITE)]), CANVAS);
        assert_eq!(uncovered, Change { area: Some(Area::whole(CANVAS)), covers: false });
    }

    #[test]
    fn hidden_colours_are_no_change() {
        let dimensions = Dimensions::new(2, 1);
        let picture = Picture::new(dimensions, PixelLayout::Rgba, vec![1, 2, 3, 0, 4, 5, 6, 7]).unwrap();
        assert_eq!(visible_rgba(picture), [0, 0, 0, 0, 4, 5, 6, 7]);
        let gray = Picture::new(dimensions, PixelLayout::Gray, vec![8, 0]).unwrap();
        assert_eq!(visible_rgba(gray), [8, 8, 8, 255, 0, 0, 0, 255]);
    }
}
