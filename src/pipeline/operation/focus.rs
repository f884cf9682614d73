//! `Focus`: finds the part of a picture with most to see.

mod attention;
mod cells;

use codec::{CodecError, Picture};

use self::attention::{Attention, attention};
use super::crop::crop;
use super::orient::orient;
use super::{Between, Larder, Operation, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::{Crop, Focus};
use crate::request::{Dimensions, Orientation};

/// Places along an axis that a part may have: as many for every size, so that all sizes have the same part.
const STEPS: i64 = 64;
/// The fractions of a cell that are told apart, and those of a weight.
const UNIT: i64 = 256;
/// What a share of all attention is counted in, beyond the weights of both axes.
const SHARE: i64 = 16;
/// What the edge of a part weighs of what its middle does: one half. So a thing comes to lie in the middle.
const TAPER: i64 = UNIT / 2;
/// What a place at the very edge of the picture loses, of which [`STEPS`] squared are a tenth.
const WHOLE_PRIOR: i64 = 10 * STEPS * STEPS;
/// A place that is further from the middle must be better by one part in so many.
const CLEARLY: i64 = 1024;

impl Work for Focus {
    fn stage(&self) -> Stage {
        Stage::Crop
    }

    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() + after.bytes() + Self::MAP_BYTES)
    }

    /// Where it is depends on pixels, and so does all that follows.
    fn is_common(&self, _colour_rule: codec::ColourRule) -> bool {
        false
    }

    fn settled(&self, picture: &Picture) -> Option<Operation> {
        let part = self.sought(picture, Orientation::Upright, picture.dimensions()).ok()?;
        Some(Operation::Step(part.into()))
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let part = self.sought(&picture, Orientation::Upright, picture.dimensions())?;
        crop(picture, part)
    }
}

impl Focus {
    /// The longest edge of pictures that show all that a search sees, in pixels: four for each cell.
    pub(in crate::pipeline) const ENOUGH_PIXELS: u32 = 4 * cells::LONGEST_EDGE;
    /// What the small picture and its maps take, at most.
    pub(super) const MAP_BYTES: u64 = 512 * 1024;

    /// Seeks the part in a picture that is still to be turned, and tells where it is once that is upright and has these
    /// dimensions.
    pub(super) fn sought(
        &self,
        picture: &Picture,
        orientation: Orientation,
        whole: Dimensions,
    ) -> Result<Crop, RenderError> {
        let Self { dimensions } = *self;
        let found = attention(&orient(cells::cells(picture)?, orientation));
        let (left, top) = place(&found, whole, dimensions);
        Ok(Crop { left, top, dimensions })
    }
}

/// Where the part of a picture is whose attention is the greatest, in pixels from the left and from the top. Of equal ones
/// that nearest to the middle.
fn place(found: &Attention, whole: Dimensions, part: Dimensions) -> (u32, u32) {
    let across = Axis::new(found.width, whole.width, part.width);
    let down = Axis::new(found.height, whole.height, part.height);
    let total = found.cells.iter().copied().map(i64::from).sum::<i64>().max(1);
    let weighed: Vec<_> = across.places().map(|place| (place, across.weights(place).collect::<Vec<_>>())).collect();
    let mut best = (0, STEPS / 2, STEPS / 2);
    for row_place in down.places() {
        let mut columns = vec![0; found.width];
        for (row, weight) in found.cells.chunks_exact(found.width.max(1)).zip(down.weights(row_place)) {
            columns.iter_mut().zip(row).for_each(|(sum, cell)| *sum += i64::from(*cell) * weight);
        }
        for (column_place, weights) in &weighed {
            let sum: i64 = columns.iter().zip(weights).map(|(column, weight)| column * weight).sum();
            // As a share of all attention, below 2^20: so the product fits.
            let score = sum * SHARE / total * prior(*column_place) * prior(row_place);
            if score > best.0 + best.0 / CLEARLY {
                best = (score, *column_place, row_place);
            }
        }
    }
    let (_, column_place, row_place) = best;
    (across.pixels(column_place), down.pixels(row_place))
}

/// The middle is where most subjects are.
fn prior(place: i64) -> i64 {
    let off = (2 * place - STEPS).abs();
    WHOLE_PRIOR - off * off
}

/// One axis of a picture, and the part of it that is to stay.
struct Axis {
    cells: i64,
    whole: u32,
    part: u32,
}

impl Axis {
    fn new(cells: usize, whole: u32, part: u32) -> Self {
        Self { cells: cells as i64, whole: whole.max(1), part: part.min(whole) }
    }

    /// All places of the part, from the middle outwards.
    fn places(&self) -> impl Iterator<Item = i64> + use<> {
        let steps = if self.part < self.whole { STEPS / 2 } else { 0 };
        (0..=steps).flat_map(|off| [STEPS / 2 - off, STEPS / 2 + off]).skip(1)
    }

    /// What each cell weighs where the part is at a place.
    fn weights(&self, place: i64) -> impl Iterator<Item = i64> + use<> {
        let length = self.cells * UNIT;
        let window = (length * i64::from(self.part) / i64::from(self.whole)).max(1);
        let begin = (length - window) * place / STEPS;
        let is_all = self.part == self.whole;
        (0..self.cells).map(move |cell| {
            let start = cell * UNIT;
            let overlap = ((start + UNIT).min(begin + window) - start.max(begin)).max(0);
            let off = (2 * (start - begin) + UNIT - window).abs().min(window);
            let taper = if is_all { 0 } else { TAPER * off / window * off / window };
            overlap * (UNIT - taper) / UNIT
        })
    }

    fn pixels(&self, place: i64) -> u32 {
        let free = i64::from(self.whole - self.part);
        ((free * place + STEPS / 2) / STEPS) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::PixelLayout;

    /// Gray, with a red square of 60 pixels around a place.
    fn scene(width: u32, height: u32, (x, y): (u32, u32)) -> Picture {
        let is_thing = |column: u32, row: u32| column.abs_diff(x) <= 30 && row.abs_diff(y) <= 30;
        let places = (0..height).flat_map(|row| (0..width).map(move |column| (column, row)));
        let colour = |(column, row)| if is_thing(column, row) { [210, 40, 30] } else { [120; 3] };
        let pixels = places.flat_map(colour).collect();
        Picture::new(Dimensions::new(width, height), PixelLayout::Rgb, pixels).unwrap()
    }

    fn found(picture: &Picture, width: u32, height: u32) -> (u32, u32) {
        let focus = Focus { dimensions: Dimensions::new(width, height) };
        let Crop { left, top, .. } = focus.sought(picture, Orientation::Upright, picture.dimensions()).unwrap();
        (left, top)
    }

    #[test]
    fn the_part_is_where_the_thing_is_and_not_just_at_its_edge() {
        let (left, top) = found(&scene(800, 400, (600, 200)), 400, 400);
        assert!(top == 0 && (350..=400).contains(&left), "{left}");
        let (left, top) = found(&scene(400, 800, (200, 250)), 400, 400);
        assert!(left == 0 && (30..=100).contains(&top), "{top}");
        let (left, top) = found(&scene(800, 600, (200, 420)), 200, 150);
        assert!((80..=120).contains(&left) && (325..=365).contains(&top), "{left} {top}");
    }

    #[test]
    fn where_nothing_is_to_see_it_is_the_middle() {
        let flat = Picture::new(Dimensions::new(300, 200), PixelLayout::Gray, vec![9; 60_000]).unwrap();
        assert_eq!(found(&flat, 200, 200), (50, 0));
        assert_eq!(found(&flat, 100, 100), (100, 50));
        assert_eq!(found(&flat, 300, 200), (0, 0));
        assert_eq!(found(&flat, 1, 1), (150, 100));
    }

    #[test]
    fn of_two_equal_things_the_one_that_is_kept_is_always_the_same() {
        let places = (0..200).flat_map(|row| (0..800).map(move |column| (column, row)));
        let is_thing = |column: u32, row: u32| (column % 600).abs_diff(100) <= 30 && row.abs_diff(100) <= 30;
        let pixels = places.map(|(column, row)| if is_thing(column, row) { 240 } else { 60 }).collect();
        let picture = Picture::new(Dimensions::new(800, 200), PixelLayout::Gray, pixels).unwrap();
        let (left, _) = found(&picture, 200, 200);
        assert!(left < 150, "{left}");
    }

    #[test]
    fn a_thing_stays_in_the_part_at_every_size() {
        let mut shares = Vec::new();
        for (width, height) in [(400, 240), (777, 466), (1000, 600), (3000, 1800)] {
            let at = |share: u32, of: u32| share * of / 100;
            let (across, down) = (at(20, width)..at(30, width), at(55, height)..at(75, height));
            let places = (0..height).flat_map(|row| (0..width).map(move |column| (column, row)));
            let is_thing = |column: &u32, row: &u32| across.contains(column) && down.contains(row);
            let pixels = places.map(|(column, row)| if is_thing(&column, &row) { 250 } else { 90 }).collect();
            let picture = Picture::new(Dimensions::new(width, height), PixelLayout::Gray, pixels).unwrap();
            let (left, _) = found(&picture, height, height);
            shares.push(f64::from(left) / f64::from(width - height));
        }
        let (least, most) = (shares.iter().copied().fold(1.0, f64::min), shares.iter().copied().fold(0.0, f64::max));
        assert!(most < 0.3 && most - least < 1.5 / 64.0, "{shares:?}");
    }
}
