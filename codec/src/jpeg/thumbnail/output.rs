//! From planes of samples to rows of pixels.

use std::ops::Range;

use super::colour;
use super::planes::{Plane, Ratio};

/// The pixels so far.
pub struct Output {
    /// Of the whole picture.
    width: usize,
    /// What of it is wanted.
    columns: Range<usize>,
    rows: Range<usize>,
    /// The row of the picture that comes next.
    next: usize,
    is_rgb: bool,
    pub pixels: Vec<u8>,
}

impl Output {
    pub fn new(width: u32, (columns, rows): (Range<u32>, Range<u32>), channels: usize, is_rgb: bool) -> Self {
        let [columns, rows] = [columns, rows].map(|range| range.start as usize..range.end as usize);
        let pixels = Vec::with_capacity(columns.len() * rows.len() * channels);
        Self { width: width as usize, columns, rows, next: 0, is_rgb, pixels }
    }

    /// Appends the rows of planes in which each sample stands for a pixel, as far as there are rows to come.
    pub fn append<const CHANNELS: usize>(&mut self, planes: [&Plane; CHANNELS]) {
        let [first, ..] = &planes[..] else { return };
        let rows = first.samples.len() / first.stride.max(1);
        for row in 0..rows {
            if self.rows.contains(&self.next) {
                let samples = planes.map(|plane| plane.row(row));
                self.append_row(&samples);
            }
            self.next += 1;
        }
    }

    /// Appends all rows of planes of which some have fewer samples than there are pixels: between samples, colours
    /// change evenly. A sample lies in the middle of its pixels.
    pub fn append_enlarged(&mut self, planes: &[&Plane]) {
        let mut rows = vec![vec![0; self.width]; planes.len()];
        let mut blend = Vec::new();
        for y in self.rows.clone() {
            let mut samples = Vec::with_capacity(planes.len());
            for (plane, row) in planes.iter().zip(&mut rows) {
                if plane.is_direct() {
                    samples.push(plane.row(y));
                } else {
                    blend_rows(plane, y, &mut blend);
                    enlarge_row(&blend, plane.density.0, row);
                    samples.push(row);
                }
            }
            self.append_row(&samples);
        }
    }

    fn append_row(&mut self, samples: &[&[u8]]) {
        match samples {
            [gray] => self.pixels.extend_from_slice(part(gray, &self.columns)),
            [red, green, blue] if self.is_rgb => {
                let [red, green, blue] = [red, green, blue].map(|samples| part(samples, &self.columns));
                let pixels = red.iter().zip(green).zip(blue);
                self.pixels.extend(pixels.flat_map(|((red, green), blue)| [*red, *green, *blue]));
            }
            [luma, cb, cr] => {
                let [luma, cb, cr] = [luma, cb, cr].map(|samples| part(samples, &self.columns));
                colour::append_rgb(&mut self.pixels, luma, cb, cr);
            }
            _ => {}
        }
    }
}

fn part<'a>(samples: &'a [u8], columns: &Range<usize>) -> &'a [u8] {
    samples.get(columns.clone()).unwrap_or_default()
}

/// Two neighbours, and how much the second counts, in 16ths.
fn neighbours(at: usize, density: Ratio, extent: usize) -> (usize, usize, u16) {
    // In 16ths of a sample, from the middle of the first one.
    let position = ((2 * at as u64 + 1) * 8 * u64::from(density.0) / u64::from(density.1)).saturating_sub(8);
    let last = extent.saturating_sub(1);
    let first = ((position >> 4) as usize).min(last);
    (first, (first + 1).min(last), (position & 15) as u16)
}

/// Writes the samples of a plane at row `y` of the pixels, in 16ths.
fn blend_rows(plane: &Plane, y: usize, blend: &mut Vec<u16>) {
    let (upper, lower, weight) = neighbours(y, plane.density.1, plane.extent.1);
    let pairs = plane.row(upper).iter().zip(plane.row(lower));
    blend.clear();
    blend.extend(pairs.map(|(upper, lower)| u16::from(*upper) * (16 - weight) + u16::from(*lower) * weight));
}

/// Writes pixels from samples in 16ths.
fn enlarge_row(blend: &[u16], density: Ratio, row: &mut [u8]) {
    if density.is_one() {
        row.iter_mut().zip(blend).for_each(|(place, sample)| *place = ((sample + 8) >> 4) as u8);
        return;
    }
    if density.1 == density.0 * 2 {
        return double_row(blend, row);
    }
    let at = |x: usize| blend.get(x).copied().unwrap_or_default();
    for (x, place) in row.iter_mut().enumerate() {
        let (left, right, weight) = neighbours(x, density, blend.len());
        *place = ((at(left) * (16 - weight) + at(right) * weight + 128) >> 8) as u8;
    }
}

/// As [`enlarge_row`] where a sample stands for two pixels: to each, the nearer sample counts three times.
fn double_row(blend: &[u16], row: &mut [u8]) {
    let (Some(first), Some(last)) = (blend.first(), blend.last()) else { return };
    let mix = |near: u16, far: u16| ((near * 3 + far + 32) >> 6) as u8;
    if let Some(place) = row.first_mut() {
        *place = mix(*first, *first);
    }
    let (pairs, rest) = row.get_mut(1..).unwrap_or_default().as_chunks_mut();
    let afters = blend.get(1..).unwrap_or_default();
    for (([left, right], before), after) in pairs.iter_mut().zip(blend).zip(afters) {
        (*left, *right) = (mix(*before, *after), mix(*after, *before));
    }
    rest.iter_mut().for_each(|place| *place = mix(*last, *last));
}
