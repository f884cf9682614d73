//! `Indexed`: a picture as numbers of colours in a palette, with what the palette misses spread over the neighbours (R. Floyd and
//! L. Steinberg, An adaptive algorithm for spatial greyscale, 1976).

#![expect(
    clippy::indexing_slicing,
    reason = "rows of errors are one wider at both ends than those of pixels, and there are 256 numbers of 8 bits"
)]

use std::ops::AddAssign;

use super::palette::{self, AlphaPalette, Rgba, as_seen};
use crate::{PaletteSize, Picture, PixelLayout};

/// How much of what is missed the neighbours make good, in sixteenths: all of it would travel far.
const PASSED_ON: i32 = 15;

/// A picture in the colours of a palette.
pub(super) struct Indexed {
    /// One number for each pixel.
    pub indices: Picture,
    /// What is not opaque comes first.
    pub colours: Vec<Rgba>,
}

/// What the neighbours are to make good, in sixteenths of a level.
#[derive(Debug, Clone, Copy, Default)]
struct Missed([i32; 4]);

/// What is held beside the picture while it is made: the numbers, the palette, and two rows.
pub(super) fn working_bytes(pixels: u64, width: u32) -> u64 {
    pixels + palette::working_bytes(pixels) + u64::from(width + 2) * 2 * size_of::<Missed>() as u64
}

impl Indexed {
    /// A picture in at most so many colours; exactly as it is, where it has no more of them.
    pub fn of(picture: &Picture, most: PaletteSize) -> Option<Self> {
        let mut palette = AlphaPalette::of(pixels(picture), usize::from(most.colours()));
        let indices = spread(picture, &mut palette);
        let (indices, colours) = without_idle(indices, palette.colours());
        Some(Self { indices: Picture::new(picture.dimensions(), PixelLayout::Gray, indices)?, colours })
    }
}

/// The same without colours that no pixel has.
fn without_idle(mut indices: Vec<u8>, colours: &[Rgba]) -> (Vec<u8>, Vec<Rgba>) {
    let mut numbers = [None; 256];
    indices.iter().for_each(|index| numbers[usize::from(*index)] = Some(0));
    let used = numbers.iter_mut().zip(colours).filter_map(|(number, colour)| Some((number.as_mut()?, *colour)));
    let (places, used): (Vec<_>, Vec<_>) = used.unzip();
    (0..=u8::MAX).zip(places).for_each(|(number, place)| *place = number);
    indices.iter_mut().for_each(|index| *index = numbers[usize::from(*index)].unwrap_or_default());
    (indices, used)
}

fn pixels(picture: &Picture) -> impl DoubleEndedIterator<Item = Rgba> + ExactSizeIterator + Clone {
    let layout = picture.layout();
    picture.pixels().chunks_exact(layout.channels()).map(|pixel| match *pixel {
        [gray] => [gray, gray, gray, u8::MAX],
        [red, green, blue] => [red, green, blue, u8::MAX],
        [red, green, blue, alpha] => [red, green, blue, alpha],
        _ => [0; 4],
    })
}

/// The number of each pixel. Rows go there and back, so that what is passed on draws no slanted lines.
fn spread(picture: &Picture, palette: &mut AlphaPalette) -> Vec<u8> {
    let width = picture.dimensions().width as usize;
    let mut indices = vec![0; picture.dimensions().pixels() as usize];
    let (mut row, mut below) = (vec![Missed::default(); width + 2], vec![Missed::default(); width + 2]);
    let mut rest = pixels(picture);
    let mut colours = vec![[0; 4]; width];
    let mut last = None;
    for (number, indices) in indices.chunks_exact_mut(width).enumerate() {
        colours.iter_mut().zip(&mut rest).for_each(|(place, colour)| *place = colour);
        let is_back = number % 2 == 1;
        for at in 0..width {
            let at = if is_back { width - 1 - at } else { at };
            let colour = colours[at];
            // Pixels that are like the one before are most of what is flat.
            let exact = match last {
                Some((known, index)) if known == colour => index,
                _ => palette.exact(colour),
            };
            last = Some((colour, exact));
            indices[at] = exact.unwrap_or_else(|| {
                let wanted = row[at + 1].onto(colour);
                let index = palette.nearest(wanted);
                let missed = Missed::between(wanted, palette.seen(index));
                let (ahead, behind) = if is_back { (at, at + 2) } else { (at + 2, at) };
                row[ahead] += missed.share(7);
                below[behind] += missed.share(3);
                below[at + 1] += missed.share(5);
                below[ahead] += missed.share(1);
                index
            });
        }
        std::mem::swap(&mut row, &mut below);
        below.fill(Missed::default());
    }
    indices
}

impl Missed {
    fn between(wanted: [i32; 4], got: [i32; 4]) -> Self {
        Self([0, 1, 2, 3].map(|channel| (wanted[channel] - got[channel]) * PASSED_ON / 16))
    }

    /// So many sixteenths of it.
    fn share(self, sixteenths: i32) -> Self {
        Self(self.0.map(|missed| missed * sixteenths))
    }

    /// A colour as it is to be seen with what is to be made good. What is opaque stays opaque.
    fn onto(self, colour: Rgba) -> [i32; 4] {
        let own = as_seen(colour);
        let made_good = |channel: usize| own[channel] + (self.0[channel] + 8).div_euclid(16);
        let alpha = if own[3] == 255 { 255 } else { made_good(3).clamp(0, 254) };
        [made_good(0).clamp(0, alpha), made_good(1).clamp(0, alpha), made_good(2).clamp(0, alpha), alpha]
    }
}

impl AddAssign for Missed {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, more)| *own += more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dimensions;

    fn mean(picture: &Indexed, channel: usize) -> f64 {
        let levels =
            picture.indices.pixels().iter().map(|index| f64::from(picture.colours[usize::from(*index)][channel]));
        levels.sum::<f64>() / picture.indices.pixels().len() as f64
    }

    #[test]
    fn what_a_palette_misses_is_made_good_nearby() {
        let gray: Vec<u8> = (0..64 * 64).map(|at| 100 + (at % 64) as u8).collect();
        let wanted = gray.iter().map(|level| f64::from(*level)).sum::<f64>() / 4096.0;
        let picture = Picture::new(Dimensions::new(64, 64), PixelLayout::Gray, gray).unwrap();
        let few = Indexed::of(&picture, PaletteSize::new(3).unwrap()).unwrap();
        assert_eq!(few.colours.len(), 3);
        assert!((mean(&few, 0) - wanted).abs() < 1.0, "{} {wanted}", mean(&few, 0));
    }

    #[test]
    fn a_soft_edge_stays_soft_and_what_is_clear_and_opaque_stays_so() {
        let alphas: Vec<u8> = (0..96 * 40).map(|at| (at % 96_usize * 4).saturating_sub(64).min(255) as u8).collect();
        let rgba = alphas.iter().enumerate().flat_map(|(at, alpha)| [(at / 96 * 6) as u8, 90, (at % 7) as u8, *alpha]);
        let picture = Picture::new(Dimensions::new(96, 40), PixelLayout::Rgba, rgba.collect()).unwrap();
        let few = Indexed::of(&picture, PaletteSize::new(64).unwrap()).unwrap();
        let got = few.indices.pixels().iter().map(|index| few.colours[usize::from(*index)][3]);
        for (got, alpha) in got.zip(&alphas) {
            assert!(got.abs_diff(*alpha) < 40, "{got} {alpha}");
            assert!((*alpha != 0 || got == 0) && (*alpha != 255 || got == 255), "{got} {alpha}");
        }
    }
}
