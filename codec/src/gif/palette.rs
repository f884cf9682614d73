//! `Palette`: the few colours that stand for all of a picture.

#![expect(
    clippy::indexing_slicing,
    reason = "`cell` is below the length of its table, and an index below the number of colours"
)]

use std::collections::HashMap;

use crate::group::{self, Cell, Group};

/// One more stands for what is transparent.
pub(super) const MAX_COLOURS: usize = 255;

/// Bits of a channel by which colours are counted.
const COUNTED_BITS: u32 = 5;
/// Bits of a channel by which the nearest colour is remembered.
const REMEMBERED_BITS: u32 = 6;
const UNKNOWN: u16 = u16::MAX;
/// A colour takes three bytes and more. It pays only where the pixels that share one spread by more than this in all,
/// squared, or by more than this on average.
const WORTH_A_COLOUR: f64 = 2000.0;
const VISIBLE: f64 = 50.0;
/// All colours are kept where they are so few, or where most of them are used by so many pixels. Many that are hardly used
/// are the soft edges of a picture that was resized, and cost more than they show.
const FEW_COLOURS: usize = 16;
const MUCH_USED: u64 = 64;

type Colour = [u8; 3];

/// At most [`MAX_COLOURS`] colours, and which of them is nearest to any other.
pub(super) struct Palette {
    colours: Vec<Colour>,
    /// Where the picture has no more colours than these.
    exact: HashMap<Colour, u8>,
    nearest: Vec<u16>,
}

impl Palette {
    /// The colours that these pixels are best shown in.
    pub(super) fn of(pixels: impl Iterator<Item = Colour> + Clone) -> Self {
        let exact = distinct(pixels.clone());
        let colours = match &exact {
            Some(exact) => {
                let mut colours = vec![[0; 3]; exact.len()];
                exact.iter().for_each(|(colour, index)| colours[usize::from(*index)] = *colour);
                colours
            }
            None => chosen(counted(pixels)),
        };
        Self { colours, exact: exact.unwrap_or_default(), nearest: vec![UNKNOWN; 1 << (3 * REMEMBERED_BITS)] }
    }

    /// The colours as files hold them, with one more that is never seen.
    pub(super) fn with_transparent(&self) -> Vec<u8> {
        self.colours.iter().chain([&[0; 3]]).flatten().copied().collect()
    }

    /// The index of what is transparent.
    pub(super) fn transparent(&self) -> u8 {
        self.colours.len() as u8
    }

    pub(super) fn colour(&self, index: u8) -> Colour {
        self.colours.get(usize::from(index)).copied().unwrap_or_default()
    }

    /// The index of the nearest colour.
    pub(super) fn index(&mut self, colour: Colour) -> u8 {
        if let Some(index) = self.exact.get(&colour) {
            return *index;
        }
        let cell = cell(colour, REMEMBERED_BITS);
        if self.nearest[cell] == UNKNOWN {
            let distances = self.colours.iter().map(|known| distance(*known, colour));
            let nearest = distances.enumerate().min_by_key(|(_, distance)| *distance);
            self.nearest[cell] = nearest.map_or(0, |(index, _)| index as u16);
        }
        self.nearest[cell] as u8
    }
}

/// The squares of the differences of the channels, added up.
pub(super) fn distance(one: Colour, other: Colour) -> u32 {
    one.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
}

/// The colours by the order in which they come, where they are few enough.
fn distinct(pixels: impl Iterator<Item = Colour>) -> Option<HashMap<Colour, u8>> {
    let mut found: HashMap<Colour, (u8, u64)> = HashMap::new();
    let (mut last, mut run) = (None, 0);
    for colour in pixels {
        if last == Some(colour) {
            run += 1;
            continue;
        }
        last.map(|last| found.entry(last).and_modify(|(_, uses)| *uses += run));
        (last, run) = (Some(colour), 1);
        let next = found.len();
        found.entry(colour).or_insert((next as u8, 0));
        if found.len() > MAX_COLOURS {
            return None;
        }
    }
    last.map(|last| found.entry(last).and_modify(|(_, uses)| *uses += run));
    let much_used = found.values().filter(|(_, uses)| *uses >= MUCH_USED).count();
    let are_kept = found.len() <= FEW_COLOURS || much_used * 2 >= found.len();
    are_kept.then(|| found.into_iter().map(|(colour, (index, _))| (colour, index)).collect())
}

fn cell(colour: Colour, bits: u32) -> usize {
    colour.iter().fold(0, |cell, channel| cell << bits | usize::from(channel >> (8 - bits)))
}

fn counted(pixels: impl Iterator<Item = Colour>) -> Vec<Cell<3>> {
    let mut cells = vec![Cell::EMPTY; 1 << (3 * COUNTED_BITS)];
    for colour in pixels {
        cells[cell(colour, COUNTED_BITS)].count(colour);
    }
    cells.retain(|cell| cell.pixels > 0);
    cells
}

/// The means of groups that are worth a colour each.
fn chosen(cells: Vec<Cell<3>>) -> Vec<Colour> {
    let is_worth_it = |group: &Group<3>| group.spread > WORTH_A_COLOUR || group.spread > VISIBLE * group.pixels;
    let groups = group::split(vec![Group::new(cells)], MAX_COLOURS, is_worth_it);
    let colour = |group: &Group<3>| {
        let Cell { pixels, sums } = group.whole();
        let pixels = pixels.max(1);
        sums.map(|sum| ((sum + pixels / 2) / pixels) as u8)
    };
    groups.iter().map(colour).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_are_kept_exactly() {
        let pixels: Vec<Colour> =
            (0..=254).cycle().take(255 * 64).map(|level| [level, level / 2, 255 - level]).collect();
        let mut palette = Palette::of(pixels.iter().copied());
        assert!(pixels.iter().all(|colour| {
            let index = palette.index(*colour);
            palette.colour(index) == *colour
        }));
        assert_eq!(palette.transparent(), 255);
        assert_eq!(palette.with_transparent().len(), 256 * 3);
    }

    #[test]
    fn many_colours_come_close() {
        let pixels =
            || (0..1u32 << 15).map(|number| [number >> 10, number >> 5 & 31, number & 31].map(|at| (at * 8) as u8));
        let mut palette = Palette::of(pixels());
        assert_eq!(palette.colours.len(), MAX_COLOURS);
        let error: u64 = pixels()
            .map(|colour| {
                let index = palette.index(colour);
                u64::from(distance(palette.colour(index), colour))
            })
            .sum();
        // Halving a cube eight times gives boxes of 32, 32 and 64 levels a side: 85 + 85 + 341.
        assert!(error / (1 << 15) < 600, "{}", error / (1 << 15));
    }

    #[test]
    fn nothing_has_a_palette_too() {
        let mut palette = Palette::of(std::iter::empty());
        assert_eq!((palette.transparent(), palette.index([1, 2, 3])), (0, 0));
        assert_eq!(palette.with_transparent(), [0; 3]);
    }
}
