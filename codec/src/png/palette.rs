//! `AlphaPalette`: the few colours, each with its own opacity, that a picture is best shown in.
//!
//! Colours are compared as they are seen on black and on white, whichever shows more of a difference; so they are multiplied by their
//! opacity here, and what is hardly seen counts little.

#![expect(
    clippy::indexing_slicing,
    reason = "cells are below the lengths of their tables, indices below the number of colours, and channels below 4"
)]

use std::collections::{HashMap, HashSet};

use crate::group::{self, Cell, Group};

/// A colour with its opacity, as files hold it.
pub(super) type Rgba = [u8; 4];
/// Multiplied by its opacity, and that.
pub(super) type Seen = [i32; 4];

const CLEAR: Rgba = [0; 4];
/// Bits of a channel by which opaque colours are counted, and others.
const OPAQUE_BITS: u32 = 5;
const FAINT_BITS: u32 = 4;
/// The same by which the nearest colour is remembered.
const NEAR_OPAQUE_BITS: u32 = 6;
const NEAR_FAINT_BITS: u32 = 5;
const CELLS: usize = (1 << (3 * OPAQUE_BITS)) + (1 << (4 * FAINT_BITS + 1));
const NEAR_CELLS: usize = (1 << (3 * NEAR_OPAQUE_BITS)) + (1 << (4 * NEAR_FAINT_BITS + 1));
/// What a difference of opacity weighs beside one of a channel when colours are counted: it is seen in all three, so its square
/// weighs four times.
const ALPHA_WEIGHT: u64 = 2;
/// The unit in which cells and colours are compared, in parts of a level.
const PARTS: f64 = 16.0;
/// How often colours are moved to the middle of what they stand for.
const ROUNDS: usize = 3;

/// Colours of at most so many, and which of them is nearest to any other.
pub(super) struct AlphaPalette {
    /// What is clear first, and what is opaque last.
    colours: Vec<Rgba>,
    seen: Vec<Seen>,
    first_opaque: usize,
    /// Where the picture has no more colours than these.
    exact: Option<HashMap<Rgba, u8>>,
    /// One more than the index; 0 where it is not known yet.
    nearest: Vec<u16>,
}

/// What choosing colours holds at most, in bytes: the counts of all cells, copies of those that are used while they are told apart,
/// and what is remembered.
pub(super) fn working_bytes(pixels: u64) -> u64 {
    const CELL_BYTES: u64 = size_of::<Cell<4>>() as u64;
    let used = pixels.min(CELLS as u64);
    CELLS as u64 * CELL_BYTES + used * (CELL_BYTES * 3 + 16) + NEAR_CELLS as u64 * 2
}

impl AlphaPalette {
    /// The colours that these pixels are best shown in: all that there are, where they are no more than `most`.
    pub fn of(pixels: impl Iterator<Item = Rgba> + Clone, most: usize) -> Self {
        let exact = distinct(pixels.clone(), most);
        let is_exact = exact.is_some();
        let mut colours = exact.unwrap_or_else(|| chosen(counted(pixels), most));
        colours.sort_unstable_by_key(|colour| (colour[3] == u8::MAX, colour[3] > 0, light(*colour), *colour));
        colours.dedup();
        let exact = is_exact.then(|| colours.iter().copied().zip(0..=u8::MAX).collect());
        let seen: Vec<_> = colours.iter().map(|colour| as_seen(*colour)).collect();
        let first_opaque = colours.partition_point(|colour| colour[3] < u8::MAX);
        let mut nearest = vec![0; if is_exact { 0 } else { NEAR_CELLS }];
        if !is_exact {
            // What has a colour to itself keeps it.
            for (index, colour) in seen.iter().enumerate().filter(|(_, colour)| !is_clear(**colour)) {
                nearest[near_cell(*colour)] = index as u16 + 1;
            }
        }
        Self { colours, seen, first_opaque, exact, nearest }
    }

    /// The colours, in order; those that are not opaque come first.
    pub fn colours(&self) -> &[Rgba] {
        &self.colours
    }

    /// How a colour of it is seen.
    pub fn seen(&self, index: u8) -> Seen {
        self.seen.get(usize::from(index)).copied().unwrap_or_default()
    }

    /// The index of a colour that is there just so.
    pub fn exact(&mut self, colour: Rgba) -> Option<u8> {
        let colour = cleared(colour);
        if let Some(exact) = &self.exact {
            return exact.get(&colour).copied();
        }
        let index = self.nearest(as_seen(colour));
        (self.colours.get(usize::from(index)) == Some(&colour)).then_some(index)
    }

    /// The index of the nearest colour. What is opaque stays so where any colour is.
    pub fn nearest(&mut self, colour: Seen) -> u8 {
        if is_clear(colour) && self.colours.first() == Some(&CLEAR) {
            return 0;
        }
        let cell = near_cell(colour);
        let known = self.nearest.get(cell).copied().unwrap_or_default();
        if known > 0 {
            return (known - 1) as u8;
        }
        let begin = if is_opaque(colour) { self.first_opaque } else { 0 };
        let begin = if begin < self.seen.len() { begin } else { 0 };
        let (mut index, mut least) = (begin, i32::MAX);
        for (number, known) in self.seen.iter().enumerate().skip(begin) {
            let distance = distance(*known, colour);
            if distance < least {
                (index, least) = (number, distance);
            }
        }
        if let Some(place) = self.nearest.get_mut(cell) {
            *place = index as u16 + 1;
        }
        index as u8
    }
}

/// What is not seen has no colour.
fn cleared(colour: Rgba) -> Rgba {
    if colour[3] == 0 { CLEAR } else { colour }
}

/// How a colour is seen.
pub(super) fn as_seen(colour: Rgba) -> Seen {
    let [red, green, blue, alpha] = colour.map(i32::from);
    let seen = |level: i32| (level * alpha + 127) / 255;
    [seen(red), seen(green), seen(blue), alpha]
}

fn is_clear(colour: Seen) -> bool {
    colour[3] <= 0
}

fn is_opaque(colour: Seen) -> bool {
    colour[3] >= i32::from(u8::MAX)
}

/// The squares of the differences on black or on white, whichever is greater, added up over the channels.
fn distance(one: Seen, other: Seen) -> i32 {
    let alpha = one[3] - other[3];
    let channel = |at: usize| {
        let on_black = one[at] - other[at];
        let on_white = on_black - alpha;
        (on_black * on_black).max(on_white * on_white)
    };
    channel(0) + channel(1) + channel(2)
}

/// By which colours that are alike come to stand beside each other.
fn light(colour: Rgba) -> u32 {
    let [red, green, blue, _] = colour.map(u32::from);
    red * 2 + green * 5 + blue
}

/// All colours, where there are no more than `most`.
fn distinct(pixels: impl Iterator<Item = Rgba>, most: usize) -> Option<Vec<Rgba>> {
    let mut found = HashSet::new();
    let mut last = None;
    for colour in pixels.map(cleared) {
        if last != Some(colour) && found.insert(colour) && found.len() > most {
            return None;
        }
        last = Some(colour);
    }
    Some(found.into_iter().collect())
}

fn cell(colour: Rgba) -> usize {
    let levels = colour.map(usize::from);
    if colour[3] == u8::MAX { opaque_cell(levels, OPAQUE_BITS) } else { faint_cell(levels, OPAQUE_BITS, FAINT_BITS) }
}

fn near_cell(colour: Seen) -> usize {
    let levels = colour.map(|channel| channel.clamp(0, 255) as usize);
    if is_opaque(colour) {
        opaque_cell(levels, NEAR_OPAQUE_BITS)
    } else {
        faint_cell(levels, NEAR_OPAQUE_BITS, NEAR_FAINT_BITS)
    }
}

fn opaque_cell([red, green, blue, _]: [usize; 4], bits: u32) -> usize {
    [red, green, blue].into_iter().fold(0, |cell, level| cell << bits | level >> (8 - bits))
}

/// Behind all that are opaque. Of the opacity one bit more counts: shadows are nothing else.
fn faint_cell(levels: [usize; 4], opaque_bits: u32, bits: u32) -> usize {
    let [.., alpha] = levels;
    (1 << (3 * opaque_bits)) + (opaque_cell(levels, bits) << (bits + 1) | alpha >> (7 - bits))
}

/// What is clear, opaque, and neither, each for itself: the first keeps its edges, and the second shows nothing through.
fn counted(pixels: impl Iterator<Item = Rgba>) -> [Vec<Cell<4>>; 3] {
    let mut cells = vec![Cell::EMPTY; CELLS];
    let mut clear = Cell::EMPTY;
    for colour in pixels {
        let [red, green, blue, alpha] = colour.map(u64::from);
        let place = if alpha == 0 { &mut clear } else { &mut cells[cell(colour)] };
        place.count([red * alpha, green * alpha, blue * alpha, alpha * 255 * ALPHA_WEIGHT]);
    }
    let faint = cells.split_off(1 << (3 * OPAQUE_BITS));
    [vec![clear], cells, faint].map(|mut cells: Vec<Cell<4>>| {
        cells.retain(|cell| cell.pixels > 0);
        cells
    })
}

/// Tells apart what spreads most, and moves each colour to the middle of what it is nearest to.
fn chosen(kinds: [Vec<Cell<4>>; 3], most: usize) -> Vec<Rgba> {
    let mut groups: Vec<_> = kinds.into_iter().filter(|cells| !cells.is_empty()).map(Group::new).collect();
    while groups.len() > most.max(1) {
        // For very few colours there are not all kinds.
        let cells: Vec<_> = groups.drain(groups.len() - 2..).flat_map(|group| group.cells).collect();
        groups.push(Group::new(cells));
    }
    let mut groups = group::split(groups, most, |group| group.spread > 0.0);
    for _ in 0..ROUNDS {
        groups = gathered(groups);
    }
    groups.iter().map(|group| colour(&group.whole())).collect()
}

/// Each cell with the group whose middle is nearest to it, of its own kind.
fn gathered(groups: Vec<Group<4>>) -> Vec<Group<4>> {
    let middles: Vec<_> = groups.iter().map(|group| middle(&group.whole())).collect();
    let kind = |seen: Seen| (seen[3] == 0, seen[3] >= (255.0 * PARTS) as i32);
    let mut gathered: Vec<Vec<Cell<4>>> = vec![Vec::new(); groups.len()];
    for cell in groups.into_iter().flat_map(|group| group.cells) {
        let own = middle(&cell);
        let unlike = |(_, middle): &(usize, &Seen)| (kind(**middle) != kind(own), distance(**middle, own));
        let nearest = middles.iter().enumerate().min_by_key(unlike).map_or(0, |(index, _)| index);
        gathered[nearest].push(cell);
    }
    gathered.into_iter().filter(|cells| !cells.is_empty()).map(Group::new).collect()
}

/// The mean of a cell as it is seen, in parts of a level.
fn middle(cell: &Cell<4>) -> Seen {
    let scale = PARTS / 255.0;
    [0, 1, 2, 3].map(|channel| {
        let weight = if channel == 3 { ALPHA_WEIGHT as f64 } else { 1.0 };
        (cell.mean(channel) * scale / weight).round() as i32
    })
}

/// The mean of a cell as files hold it.
fn colour(cell: &Cell<4>) -> Rgba {
    let [red, green, blue, alpha] = cell.sums;
    // The sum of the opacities of all pixels, which colours are weighed by.
    let opacity = (alpha / (255 * ALPHA_WEIGHT)).max(1);
    let [red, green, blue] = [red, green, blue].map(|sum| ((sum + opacity / 2) / opacity).min(255) as u8);
    let pixels = cell.pixels.max(1);
    let alpha = (opacity + pixels / 2) / pixels;
    cleared([red, green, blue, if cell.sums[3] == 0 { 0 } else { alpha.min(255) as u8 }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_colours_as_there_may_be_are_kept_exactly() {
        let colours: Vec<Rgba> = (0..=255).map(|level| [level, 9, 255 - level, level.max(1)]).collect();
        let mut palette = AlphaPalette::of(colours.iter().copied(), 256);
        for colour in &colours {
            let index = palette.exact(*colour).unwrap();
            assert_eq!(palette.colours()[usize::from(index)], *colour);
        }
        assert_eq!((palette.exact([1; 4]), palette.colours().len()), (None, 256));
        let mut few = AlphaPalette::of([[1, 2, 3, 0], [7, 8, 9, 0], [7, 8, 9, 255]].into_iter(), 2);
        assert_eq!(few.colours(), [CLEAR, [7, 8, 9, 255]]);
        assert_eq!((few.exact([4, 4, 4, 0]), few.exact([7, 8, 9, 255])), (Some(0), Some(1)));
    }

    #[test]
    fn clear_and_opaque_stay_what_they_are_among_many_colours() {
        let levels = || (0..64_u32).map(|level| (level * 4) as u8);
        let pixels = || {
            levels().flat_map(|red| levels().map(move |alpha| [red, 255 - red, 90, alpha.saturating_add(alpha / 4)]))
        };
        let mut palette = AlphaPalette::of(pixels(), 64);
        assert_eq!((palette.colours().len(), palette.colours()[0]), (64, CLEAR));
        for pixel in pixels() {
            let index = palette.nearest(as_seen(pixel));
            let [.., alpha] = palette.colours()[usize::from(index)];
            assert!((pixel[3] != 0 || alpha == 0) && (pixel[3] != 255 || alpha == 255), "{pixel:?} {alpha}");
            assert!(alpha.abs_diff(pixel[3]) < 40, "{pixel:?} {alpha}");
        }
    }

    #[test]
    fn what_is_hardly_seen_is_not_what_is_clear() {
        let pixels =
            || (0..1000_u32).map(|at| [153, (at % 90) as u8, 9, if at % 2 == 0 { 0 } else { 1 + (at % 9) as u8 }]);
        let mut palette = AlphaPalette::of(pixels(), 200);
        assert_eq!((palette.exact([7, 7, 7, 0]), palette.colours()[0]), (Some(0), CLEAR));
        assert_eq!(palette.nearest([0, 0, 0, 0]), 0);
    }

    #[test]
    fn few_colours_are_the_ones_that_are_used_most() {
        let pixels = || (0..10_000_u32).map(|at| if at % 100 == 0 { [at as u8, 200, 7, 255] } else { [9, 8, 7, 255] });
        let palette = AlphaPalette::of(pixels(), 8);
        assert!(palette.colours().contains(&[9, 8, 7, 255]), "{:?}", palette.colours());
        assert_eq!(AlphaPalette::of(pixels().chain([CLEAR, [1, 1, 1, 9]]), 2).colours().len(), 2);
    }

    #[test]
    fn what_differs_by_opacity_alone_differs_as_much_as_is_seen_of_it() {
        let [black, gray, white] = [0, 128, 255].map(|level| as_seen([level, level, level, 128]));
        let opaque_black = as_seen([0, 0, 0, 255]);
        assert_eq!(distance(black, opaque_black), 3 * 127 * 127);
        assert_eq!(distance(black, white), 3 * 128 * 128);
        assert!(distance(black, gray) < distance(black, white));
        assert_eq!(as_seen([255, 9, 0, 0]), [0; 4]);
    }
}
