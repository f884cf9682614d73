//! `Cells`: a small picture of fixed size, whatever the decoder gave: two sizes of one picture look alike here.

use codec::{Picture, PixelLayout};

use crate::pipeline::RenderError;
use crate::request::Dimensions;

/// Cells along the longer edge.
pub(super) const LONGEST_EDGE: u32 = 96;
/// Of a cell that is higher than this, a part of the rows is read: what a rendition costs grows with its original, but this
/// does not.
const ROWS: usize = 8;
/// Rows and columns of a cell that are read of a picture with transparency.
const SAMPLES: usize = 6;
/// What is behind transparent pixels: neither black nor white things vanish before it.
const BEHIND: u32 = 128;

/// The mean of each cell.
///
/// # Errors
/// Never in truth.
pub(super) fn cells(picture: &Picture) -> Result<Picture, RenderError> {
    let whole = picture.dimensions();
    let grid = whole.fit_within(LONGEST_EDGE);
    let means = match picture.layout() {
        PixelLayout::Gray => opaque::<1>(picture, grid),
        PixelLayout::Rgb => opaque::<3>(picture, grid),
        PixelLayout::Rgba => transparent(picture, grid),
    };
    let small = Picture::new(grid, picture.layout(), means);
    small.ok_or_else(|| RenderError::operation("focus", format!("no cells of {whole}")))
}

/// The edges of `cells` cells along `pixels` pixels: each is at least one.
fn edges(pixels: u32, cells: u32) -> impl Iterator<Item = (usize, usize)> {
    let at = move |cell: u32| (u64::from(cell) * u64::from(pixels) / u64::from(cells.max(1))) as usize;
    (0..cells).map(move |cell| (at(cell), at(cell + 1)))
}

/// The means of pixels without transparency. Rows are added up whole, which processors do 16 bytes at a time.
fn opaque<const CHANNELS: usize>(picture: &Picture, grid: Dimensions) -> Vec<u8> {
    let Dimensions { width, height } = picture.dimensions();
    let row_bytes = width as usize * CHANNELS;
    let mut means = Vec::with_capacity(grid.pixels() as usize * CHANNELS);
    let mut sums = vec![0u16; row_bytes];
    for (top, bottom) in edges(height, grid.height) {
        let rows = picture.pixels().get(top * row_bytes..bottom * row_bytes).unwrap_or_default();
        let stride = ((bottom - top) / ROWS).max(1);
        let mut count = 0;
        sums.fill(0);
        // At most 15 rows, so that 16 bits hold the sums; and nothing is checked, so that many are added at once.
        for row in rows.chunks_exact(row_bytes).step_by(stride) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum = sum.wrapping_add(u16::from(*value)));
            count += 1;
        }
        let (columns, _) = sums.as_chunks::<CHANNELS>();
        for (left, right) in edges(width, grid.width) {
            let mut cell = [0u32; CHANNELS];
            for column in columns.get(left..right).unwrap_or_default() {
                cell.iter_mut().zip(column).for_each(|(sum, value)| *sum += u32::from(*value));
            }
            let pixels = (count * (right - left) as u32).max(1);
            means.extend(cell.map(|sum| (sum / pixels) as u8));
        }
    }
    means
}

/// The means of pixels that may be transparent, before gray; and how opaque they are.
fn transparent(picture: &Picture, grid: Dimensions) -> Vec<u8> {
    let Dimensions { width, height } = picture.dimensions();
    let (pixels, _) = picture.pixels().as_chunks::<4>();
    let stride = |from: usize, to: usize| ((to - from) / SAMPLES).max(1);
    let mut means = Vec::with_capacity(grid.pixels() as usize * 4);
    for (top, bottom) in edges(height, grid.height) {
        for (left, right) in edges(width, grid.width) {
            let (mut cell, mut count) = ([0u32; 4], 0);
            for y in (top..bottom).step_by(stride(top, bottom)) {
                let row = pixels.get(y * width as usize + left..y * width as usize + right).unwrap_or_default();
                for [red, green, blue, alpha] in row.iter().step_by(stride(left, right)) {
                    let alpha = u32::from(*alpha);
                    let before = |value: u8| (u32::from(value) * alpha + BEHIND * (255 - alpha)) / 255;
                    let seen = [before(*red), before(*green), before(*blue), alpha];
                    cell.iter_mut().zip(seen).for_each(|(sum, value)| *sum += value);
                    count += 1;
                }
            }
            means.extend(cell.map(|sum| (sum / count.max(1)) as u8));
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_the_mean_of_its_pixels() {
        let stripes: Vec<u8> =
            (0..192 * 96).flat_map(|index| if index % 2 == 0 { [0, 40, 80] } else { [100; 3] }).collect();
        let picture = Picture::new(Dimensions::new(192, 96), PixelLayout::Rgb, stripes).unwrap();
        let small = cells(&picture).unwrap();
        assert_eq!(small.dimensions(), Dimensions::new(96, 48));
        assert!(small.pixels().chunks_exact(3).all(|cell| cell == [50, 70, 90]));
    }

    #[test]
    fn what_is_not_seen_is_gray_and_small_pictures_stay_as_they_are() {
        let pixels = vec![255, 0, 0, 0, 255, 0, 0, 255, 1, 2, 3, 51];
        let picture = Picture::new(Dimensions::new(3, 1), PixelLayout::Rgba, pixels).unwrap();
        let small = cells(&picture).unwrap();
        assert_eq!(small.pixels(), [128, 128, 128, 0, 255, 0, 0, 255, 102, 102, 103, 51]);
    }

    #[test]
    fn no_picture_is_too_large_or_too_narrow() {
        for (width, height) in [(1, 1), (5000, 1), (1, 9000), (97, 96)] {
            let pixels = vec![77; (width * height) as usize];
            let picture = Picture::new(Dimensions::new(width, height), PixelLayout::Gray, pixels).unwrap();
            let small = cells(&picture).unwrap();
            assert_eq!(small.dimensions().longest_edge(), width.max(height).min(LONGEST_EDGE));
            assert!(small.pixels().iter().all(|cell| *cell == 77));
        }
    }
}
