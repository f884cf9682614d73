//! Where samples go: the size of every component at a scale, and one plane of samples for each.

use super::frame::{Component, Frame};
use super::inverse_dct::Reduction;

/// The samples of one component: a band of the picture, one row of MCUs or all of them.
pub struct Plane {
    pub samples: Vec<u8>,
    /// Samples from one row to the next.
    pub stride: usize,
    pub reduction: Reduction,
    /// How many samples stand for one pixel of the output, beside and below each other.
    pub density: (Ratio, Ratio),
    /// How much of the whole plane shows the picture, in samples.
    pub extent: (usize, usize),
}

/// A ratio of at most 1, as a numerator and a denominator.
#[derive(Debug, Clone, Copy)]
pub struct Ratio(pub u32, pub u32);

impl Ratio {
    pub fn is_one(self) -> bool {
        self.0 == self.1
    }
}

impl Plane {
    /// A plane for `component` where the picture is divided by `divisor`: 2, 4 or 8. Chroma that is stored at a lower
    /// resolution is reduced by less, so that next to nothing of it is lost. Has no rows yet.
    pub fn new(frame: &Frame, component: &Component, divisor: u32) -> Self {
        let (horizontal, vertical) = frame.largest_factors();
        let (points, mcus) = (8 / divisor, frame.mcus());
        let columns = largest_points(points * horizontal / component.horizontal);
        let rows = largest_points(points * vertical / component.vertical);
        let extent = |side: u32, factor: u32, largest: u32, points: u32| {
            (u64::from(side) * u64::from(factor * points)).div_ceil(u64::from(largest) * 8) as usize
        };
        Self {
            samples: Vec::new(),
            stride: (mcus.0 * component.horizontal * columns) as usize,
            reduction: Reduction { columns, rows },
            density: (
                Ratio(component.horizontal * columns, horizontal * points),
                Ratio(component.vertical * rows, vertical * points),
            ),
            extent: (
                extent(frame.width, component.horizontal, horizontal, columns),
                extent(frame.height, component.vertical, vertical, rows),
            ),
        }
    }

    /// Whether a sample stands for a pixel.
    pub fn is_direct(&self) -> bool {
        self.density.0.is_one() && self.density.1.is_one()
    }

    /// A row of samples, without those that show nothing of the picture.
    #[inline]
    pub fn row(&self, y: usize) -> &[u8] {
        let start = y * self.stride;
        self.samples.get(start..start + self.extent.0).unwrap_or_default()
    }

    /// Gives the plane rows for so many rows of blocks.
    pub fn set_block_rows(&mut self, count: u32) {
        self.samples = vec![0; self.stride * (count * self.reduction.rows) as usize];
    }

    /// Where a block begins, by its column and row.
    #[inline(always)]
    pub fn offset(&self, column: u32, row: u32) -> usize {
        (row * self.reduction.rows) as usize * self.stride + (column * self.reduction.columns) as usize
    }
}

/// The largest number of points that there is a transform to, and that is not above `wanted`. Chroma of 4:2:0 at half
/// size would be 8: that moves SSIMULACRA2 by -0.4 to +0.7 (two photographs, targets of 200 to 1200), and takes longer.
fn largest_points(wanted: u32) -> u32 {
    match wanted {
        0 | 1 => 1,
        2 | 3 => 2,
        _ => 4,
    }
}
