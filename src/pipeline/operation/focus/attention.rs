//! `Attention`: how much each cell of a small picture draws the eye. Whole numbers only, so that it is the same on every
//! machine.
#![expect(
    clippy::indexing_slicing,
    reason = "every plane has a value for each cell, and cells are counted from its sides"
)]

use codec::{Picture, PixelLayout};

/// Passes over the cells, there and back: what is behind two corners is found by then.
const PASSES: usize = 4;
/// The barrier of a cell that no way leads to yet.
const FAR: i32 = i32::MAX;
/// What a part of the map is scaled to.
const TOP: i32 = 255;
/// What a closed shape and an edge weigh, in fourths.
const SHAPE: i32 = 4;
const EDGE: i32 = 3;
/// A colour as bright as this, at least, may be that of skin.
const MIN_SKIN: i32 = 50;
/// Skin in light of any brightness: its channels, the brightest being 255; and how quickly likeness falls off.
const SKIN: [i32; 3] = [255, 184, 143];
const SKIN_FALL: i32 = 12;

/// How much each cell draws the eye; what is less than usual is nothing.
#[derive(Debug)]
pub(super) struct Attention {
    pub width: usize,
    pub height: usize,
    /// In rows from the top left.
    pub cells: Vec<i32>,
}

/// One number for each cell.
struct Plane {
    width: usize,
    height: usize,
    values: Vec<i32>,
}

/// The attention that the cells of a picture draw.
///
/// What cannot be reached from the border of the picture without a change of brightness or colour belongs to a thing, not to
/// what is behind it: the minimum barrier distance (Zhang et al., "Minimum Barrier Salient Object Detection at 80 FPS",
/// ICCV 2015). Edges add to that, as in libvips' attention, and the colour of skin raises both. Where a picture is higher
/// than wide, its upper part counts more: there are the heads.
pub(super) fn attention(small: &Picture) -> Attention {
    let colours = colours(small);
    let (width, height) = (small.dimensions().width as usize, small.dimensions().height as usize);
    let plane = |of: &dyn Fn(&[i32; 4]) -> i32| Plane { width, height, values: colours.iter().map(of).collect() };
    let luma = plane(&|colour| luma(colour));
    let (mut shapes, mut edges) = (vec![0; width * height], luma.edges());
    let mut planes = vec![luma];
    if small.layout() != PixelLayout::Gray {
        planes.push(plane(&|[red, green, _, _]| (red - green + TOP) / 2));
        planes.push(plane(&|[red, green, blue, _]| ((red + green) / 2 - blue + TOP) / 2));
    }
    if small.layout() == PixelLayout::Rgba {
        planes.push(plane(&|[.., alpha]| *alpha));
    }
    for plane in planes {
        let barriers = plane.smoothed().barriers();
        shapes.iter_mut().zip(barriers).for_each(|(sum, barrier)| *sum += barrier);
    }
    edges.values = edges.smoothed().values;
    scale(&mut shapes);
    scale(&mut edges.values);
    let parts = shapes.iter().zip(&edges.values).zip(&colours);
    let mut cells: Vec<i32> = parts
        .map(|((shape, edge), colour)| (shape * SHAPE + edge * EDGE) * (TOP + skin_likeness(colour)) / TOP)
        .collect();
    if height > width {
        for (y, row) in cells.chunks_exact_mut(width).enumerate() {
            let (doubled, share) = (2 * height as i32, (3 * height - 2 * y) as i32);
            row.iter_mut().for_each(|cell| *cell = *cell * share / doubled);
        }
    }
    let sum: i64 = cells.iter().copied().map(i64::from).sum();
    let mean = (sum / cells.len().max(1) as i64) as i32;
    cells.iter_mut().for_each(|cell| *cell = (*cell - mean).max(0));
    Attention { width, height, cells }
}

/// Red, green, blue and alpha of every cell.
fn colours(small: &Picture) -> Vec<[i32; 4]> {
    let colour = |cell: &[u8]| match *cell {
        [gray] => [gray, gray, gray, u8::MAX],
        [red, green, blue] => [red, green, blue, u8::MAX],
        [red, green, blue, alpha] => [red, green, blue, alpha],
        _ => [0; 4],
    };
    let cells = small.pixels().chunks_exact(small.layout().channels());
    cells.map(|cell| colour(cell).map(i32::from)).collect()
}

/// ITU-R BT.601.
fn luma([red, green, blue, _]: &[i32; 4]) -> i32 {
    (red * 77 + green * 150 + blue * 29) >> 8
}

/// How much a colour is like that of skin in any light, 0 to 255; gray is not.
fn skin_likeness(&[red, green, blue, _]: &[i32; 4]) -> i32 {
    let brightest = red.max(green).max(blue);
    if brightest < MIN_SKIN {
        return 0;
    }
    let off = [red, green, blue].map(|channel| channel * TOP / brightest);
    let distance: i32 = off.iter().zip(SKIN).map(|(channel, skin)| (channel - skin) * (channel - skin)).sum();
    (TOP - distance / SKIN_FALL).max(0)
}

/// Scales values so that the largest one is [`TOP`]; nothing stays nothing.
fn scale(values: &mut [i32]) {
    let most = values.iter().copied().max().unwrap_or_default().max(1);
    values.iter_mut().for_each(|value| *value = *value * TOP / most);
}

impl Plane {
    fn at(&self, x: usize, y: usize) -> i32 {
        self.values[y * self.width + x]
    }

    /// How far each value is from the mean of its four neighbours; edges are continued.
    fn edges(&self) -> Self {
        let (right, bottom) = (self.width - 1, self.height - 1);
        let edge = |x: usize, y: usize| {
            let across = self.at(x.saturating_sub(1), y) + self.at((x + 1).min(right), y);
            let down = self.at(x, y.saturating_sub(1)) + self.at(x, (y + 1).min(bottom));
            ((4 * self.at(x, y) - across - down) / 4).abs()
        };
        self.mapped(edge)
    }

    /// The mean of each value and its up to eight neighbours.
    fn smoothed(&self) -> Self {
        let Self { width, height, ref values } = *self;
        let mut rows = Vec::with_capacity(values.len());
        for row in values.chunks_exact(width) {
            let (Some(first), Some(last)) = (row.get(..2), row.get(width.max(2) - 2..)) else {
                rows.extend_from_slice(row);
                continue;
            };
            rows.push((first[0] + first[1]) / 2);
            rows.extend(row.windows(3).map(|near| (near[0] + near[1] + near[2]) / 3));
            rows.push((last[0] + last[1]) / 2);
        }
        let row = |y: usize| rows.get(y * width..(y + 1) * width).unwrap_or_default();
        let mut values = Vec::with_capacity(rows.len());
        for y in 0..height {
            let above = y.checked_sub(1).map(row).unwrap_or_default();
            let (here, below) = (row(y), row(y + 1));
            match (above.is_empty(), below.is_empty()) {
                (true, true) => values.extend_from_slice(here),
                (true, false) => values.extend(here.iter().zip(below).map(|(here, below)| (here + below) / 2)),
                (false, true) => values.extend(here.iter().zip(above).map(|(here, above)| (here + above) / 2)),
                (false, false) => {
                    let around = above.iter().zip(here).zip(below);
                    values.extend(around.map(|((above, here), below)| (above + here + below) / 3));
                }
            }
        }
        Self { width, height, values }
    }

    fn mapped(&self, of: impl Fn(usize, usize) -> i32) -> Self {
        let Self { width, height, .. } = *self;
        let values = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| of(x, y)).collect();
        Self { width, height, values }
    }

    /// For each value the smallest range of values that a way to the border must have, nearly.
    fn barriers(&self) -> Vec<i32> {
        let Self { width, height, ref values } = *self;
        let is_border = |index: usize| {
            let (x, y) = (index % width, index / width);
            x == 0 || y == 0 || x + 1 == width || y + 1 == height
        };
        let begun = |(index, value): (usize, &i32)| Way {
            barrier: if is_border(index) { 0 } else { FAR },
            high: *value,
            low: *value,
        };
        let mut ways: Vec<Way> = values.iter().enumerate().map(begun).collect();
        let (columns, rows) = (1..width.max(2) - 1, 1..height.max(2) - 1);
        for pass in 0..PASSES {
            for y in rows.clone() {
                for x in columns.clone() {
                    let (here, [across, down]) = if pass % 2 == 0 {
                        let here = y * width + x;
                        (here, [here - 1, here - width])
                    } else {
                        let here = (height - 1 - y) * width + width - 1 - x;
                        (here, [here + 1, here + width])
                    };
                    let value = values[here];
                    ways[here] = ways[here].or_by(ways[down], value).or_by(ways[across], value);
                }
            }
        }
        ways.into_iter().map(|way| way.barrier).collect()
    }
}

/// A way from the border to a cell: its lowest and its highest value, and how far these are apart.
#[derive(Clone, Copy)]
struct Way {
    barrier: i32,
    high: i32,
    low: i32,
}

impl Way {
    /// This one, or that of a neighbour and one step more, whichever is the better.
    fn or_by(self, neighbour: Self, value: i32) -> Self {
        let (high, low) = (neighbour.high.max(value), neighbour.low.min(value));
        let barrier = if neighbour.barrier == FAR { FAR } else { high - low };
        if barrier < self.barrier { Self { barrier, high, low } } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    fn drawn(width: u32, height: u32, layout: PixelLayout, pixel: impl Fn(u32, u32) -> Vec<u8>) -> Attention {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let pixels = places.flat_map(|(x, y)| pixel(x, y)).collect();
        attention(&Picture::new(Dimensions::new(width, height), layout, pixels).unwrap())
    }

    /// The share of all attention that lies within.
    fn share(found: &Attention, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> f64 {
        let all: i32 = found.cells.iter().sum();
        let within: i32 =
            rows.flat_map(|y| columns.clone().map(move |x| y * found.width + x)).map(|at| found.cells[at]).sum();
        f64::from(within) / f64::from(all.max(1))
    }

    #[test]
    fn a_thing_draws_the_eye_and_what_reaches_the_border_does_not() {
        let in_thing = |x: u32, y: u32| (60..80).contains(&x) && (20..40).contains(&y);
        let found = drawn(96, 64, PixelLayout::Rgb, |x, y| match (x, y) {
            _ if in_thing(x, y) => vec![200, 60, 40],
            // A stripe from edge to edge, of the same contrast.
            (10..20, _) => vec![200, 60, 40],
            _ => vec![40, 90, 60],
        });
        assert!(share(&found, 58..82, 18..42) > 0.7, "{}", share(&found, 58..82, 18..42));
    }

    #[test]
    fn what_is_not_transparent_draws_the_eye_whatever_its_colour() {
        for level in [0, 128, 255] {
            let found = drawn(60, 40, PixelLayout::Rgba, |x, y| {
                let is_thing = (5..20).contains(&x) && (10..30).contains(&y);
                if is_thing { vec![level, level, level, 255] } else { vec![128, 128, 128, 0] }
            });
            assert!(share(&found, 4..21, 9..31) > 0.9, "{level}");
        }
    }

    #[test]
    fn skin_is_like_skin_and_gray_and_green_are_not() {
        let likeness = |red, green, blue| skin_likeness(&[red, green, blue, 255]);
        assert!(likeness(240, 180, 140) > 200 && likeness(140, 100, 78) > 200);
        assert_eq!([likeness(128, 128, 128), likeness(60, 160, 60), likeness(20, 15, 12)], [0, 0, 0]);
    }

    #[test]
    fn a_picture_of_one_colour_draws_no_eye_however_small_it_is() {
        for (width, height) in [(1, 1), (2, 2), (96, 1), (1, 96), (96, 96)] {
            let found = drawn(width, height, PixelLayout::Gray, |_, _| vec![90]);
            assert!(found.cells.iter().all(|cell| *cell == 0), "{width}x{height}");
        }
    }
}
