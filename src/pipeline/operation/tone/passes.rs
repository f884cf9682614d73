//! `Passes`: formulas as tables and weights, done to a few pixels at a time.

use super::tint::{Shades, encoded, light};
use super::{Curve, WHITE, Weights};

/// How many pixels are done at a time: what is held of them stays in the nearest cache.
const BLOCK: usize = 256;
/// Between passes a table is looked up by this fraction of a level.
const FINENESS: f32 = 16.0;
const STEPS: usize = 255 * 16 + 1;
/// Light is looked up in so many steps.
const LIGHT_STEPS: usize = 4096;

/// At most what all tables take.
pub(super) const BYTES: u64 = 128 * 1024;

/// What is done to each pixel, in order.
pub(super) struct Passes {
    /// What is done first to each channel alone: by its value.
    first: [f32; 256],
    then: Vec<Pass>,
}

enum Pass {
    /// By the value in steps of a level's fraction.
    Look(Vec<f32>),
    Weigh([[f32; 3]; 3]),
    /// Each channel by a factor, and so many levels more.
    Line([(f32, f32); 3]),
    Tint(Tint),
}

/// Small tables, so that they stay in the nearest cache.
struct Tint {
    /// By the value in steps: light in steps.
    light: Vec<f32>,
    /// What red, green and blue have of the luminance.
    luminance: [f32; 3],
    /// By the luminance in steps: the gray that has it.
    grays: Vec<u8>,
    /// By the gray.
    colours: Vec<[f32; 3]>,
}

/// Red, green and blue of some pixels.
struct Block([[f32; BLOCK]; 3]);

impl Default for Passes {
    fn default() -> Self {
        Self { first: std::array::from_fn(|value| value as f32), then: Vec::new() }
    }
}

impl Passes {
    /// Every channel by a curve.
    pub fn curve(&mut self, curve: Curve) {
        let curved = |value: f32| curve(value.into()).clamp(0.0, WHITE) as f32;
        match self.then.last_mut() {
            None => self.first = self.first.map(curved),
            Some(Pass::Look(table)) => table.iter_mut().for_each(|value| *value = curved(*value)),
            Some(Pass::Tint(tint)) => tint.colours.iter_mut().for_each(|colour| *colour = colour.map(curved)),
            Some(Pass::Weigh(_) | Pass::Line(_)) => {
                self.then.push(Pass::Look((0..STEPS).map(|step| curved(step as f32 / FINENESS)).collect()));
            }
        }
    }

    /// Every channel as a sum of all three.
    pub fn weigh(&mut self, weights: Weights) {
        self.then.push(Pass::Weigh(weights.map(|row| row.map(|weight| weight as f32))));
    }

    /// Every channel by a factor of its own, and with so many levels more.
    pub fn line(&mut self, parts: [(f64, f64); 3]) {
        self.then.push(Pass::Line(parts.map(|(factor, levels)| (factor as f32, levels as f32))));
    }

    /// Shades of one colour.
    pub fn colour(&mut self, shades: Shades) {
        let last = (LIGHT_STEPS - 1) as f64;
        let light = (0..STEPS).map(|step| (light(f64::from(step as f32 / FINENESS)) * last) as f32).collect();
        let grays = (0..LIGHT_STEPS).map(|step| encoded(step as f64 / last).round() as u8).collect();
        let luminance = shades.luminance.map(|weight| weight as f32);
        self.then.push(Pass::Tint(Tint { light, luminance, grays, colours: shades.colours }));
    }

    /// Does all of it to pixels of so many channels, the last of four being alpha.
    pub fn through<const CHANNELS: usize>(&self, pixels: &mut [u8]) {
        let (pixels, _) = pixels.as_chunks_mut::<CHANNELS>();
        match self.then.as_slice() {
            [] => return exchange(pixels, &self.first.map(|value| (value + 0.5) as u8)),
            [Pass::Tint(tint)] => return tint.through(pixels, &self.first),
            _ => {}
        }
        let mut block = Block([[0.0; BLOCK]; 3]);
        for pixels in pixels.chunks_mut(BLOCK) {
            block.fill(pixels, &self.first);
            for pass in &self.then {
                match pass {
                    Pass::Look(table) => block.look(table),
                    Pass::Weigh(weights) => block.weigh(weights),
                    Pass::Line(parts) => block.line(parts),
                    Pass::Tint(tint) => block.tint(tint),
                }
            }
            block.pour(pixels);
        }
    }
}

/// Every channel but alpha by a table.
fn exchange<const CHANNELS: usize>(pixels: &mut [[u8; CHANNELS]], table: &[u8; 256]) {
    let is_negative = table.iter().zip(0..=u8::MAX).all(|(value, at)| *value == !at);
    match CHANNELS {
        // Many bytes at a time.
        1..4 if is_negative => pixels.as_flattened_mut().iter_mut().for_each(|channel| *channel = !*channel),
        4 if is_negative => {
            let colours = u32::from_ne_bytes([255, 255, 255, 0]);
            let (pixels, _) = pixels.as_flattened_mut().as_chunks_mut::<4>();
            pixels.iter_mut().for_each(|pixel| *pixel = (u32::from_ne_bytes(*pixel) ^ colours).to_ne_bytes());
        }
        _ => {
            for pixel in pixels {
                pixel.iter_mut().take(3).for_each(|channel| *channel = of(table, *channel));
            }
        }
    }
}

impl Tint {
    /// Does it alone, after a table, by one table a channel and one of shades.
    fn through<const CHANNELS: usize>(&self, pixels: &mut [[u8; CHANNELS]], first: &[f32; 256]) {
        let lights = self.luminance.map(|weight| first.map(|value| weight * at(&self.light, value * FINENESS)));
        let colour = |gray: &u8| self.colours.get(usize::from(*gray)).copied().unwrap_or_default();
        let shades: Vec<[u8; 3]> =
            self.grays.iter().map(|gray| colour(gray).map(|channel| nearest(channel) as u8)).collect();
        let [of_red, of_green, of_blue] = &lights;
        for pixel in pixels {
            if let [red, green, blue, ..] = pixel.as_mut_slice() {
                let shade = at(&shades, of(of_red, *red) + of(of_green, *green) + of(of_blue, *blue));
                [*red, *green, *blue] = shade;
            }
        }
    }
}

impl Block {
    fn fill<const CHANNELS: usize>(&mut self, pixels: &[[u8; CHANNELS]], table: &[f32; 256]) {
        let Self([reds, greens, blues]) = self;
        let looked = |channel: Option<&u8>| channel.map(|value| of(table, *value));
        for (((red, green), blue), pixel) in reds.iter_mut().zip(greens).zip(blues).zip(pixels) {
            *red = looked(pixel.first()).unwrap_or_default();
            *green = looked(pixel.get(1)).unwrap_or(*red);
            *blue = looked(pixel.get(2)).unwrap_or(*red);
        }
    }

    fn pour<const CHANNELS: usize>(&self, pixels: &mut [[u8; CHANNELS]]) {
        let Self([reds, greens, blues]) = self;
        for (((red, green), blue), pixel) in reds.iter().zip(greens).zip(blues).zip(pixels) {
            pixel.iter_mut().zip([red, green, blue]).for_each(|(channel, value)| *channel = nearest(*value) as u8);
        }
    }

    fn weigh(&mut self, [of_red, of_green, of_blue]: &[[f32; 3]; 3]) {
        let Self([reds, greens, blues]) = self;
        for ((red, green), blue) in reds.iter_mut().zip(greens).zip(blues) {
            let sum = |[first, second, third]: &[f32; 3]| {
                (first * *red + second * *green + third * *blue).clamp(0.0, WHITE as f32)
            };
            (*red, *green, *blue) = (sum(of_red), sum(of_green), sum(of_blue));
        }
    }

    fn line(&mut self, parts: &[(f32, f32); 3]) {
        for (channel, (factor, levels)) in self.0.iter_mut().zip(parts) {
            channel.iter_mut().for_each(|value| *value = (*value * factor + levels).clamp(0.0, WHITE as f32));
        }
    }

    fn look(&mut self, table: &[f32]) {
        for value in self.0.as_flattened_mut() {
            *value = at(table, *value * FINENESS);
        }
    }

    fn tint(&mut self, Tint { light, luminance: [of_red, of_green, of_blue], grays, colours }: &Tint) {
        self.look(light);
        let Self([reds, greens, blues]) = self;
        for ((red, green), blue) in reds.iter_mut().zip(greens).zip(blues) {
            let gray = at(grays, of_red * *red + of_green * *green + of_blue * *blue);
            [*red, *green, *blue] = colours.get(usize::from(gray)).copied().unwrap_or_default();
        }
    }
}

/// The value of a table for a byte; it has one for each.
fn of<T: Copy + Default>(table: &[T; 256], byte: u8) -> T {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The value of a table at the nearest step.
fn at<T: Copy + Default>(table: &[T], step: f32) -> T {
    table.get(nearest(step) as usize).copied().unwrap_or_default()
}

/// The nearest whole number, of two as near the even one; of a number from 0 to four million.
fn nearest(value: f32) -> u32 {
    // Numbers from 2^23 to 2^24 have no fraction: the sum is rounded, and its lower bits are the whole number. A cast
    // would look for what is out of range, and could not be done to several at a time.
    (value + 8_388_608.0).to_bits() & 0x7f_ffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Background;

    #[test]
    fn a_tint_alone_is_the_same_as_among_others() {
        let mut passes = Passes::default();
        passes.curve(Box::new(|value| value * 1.25));
        passes.colour(Shades::of(Background([255, 204, 0])));
        let Some(Pass::Tint(tint)) = passes.then.first() else { panic!("no tint") };
        let pixels: Vec<u8> = (0..40_000_u32).map(|at| (at * 31 % 257 % 256) as u8).collect();
        let (mut alone, mut among) = (pixels.clone(), pixels);
        passes.through::<4>(&mut alone);
        for pixels in among.as_chunks_mut::<4>().0.chunks_mut(BLOCK) {
            let mut block = Block([[0.0; BLOCK]; 3]);
            block.fill(pixels, &passes.first);
            block.tint(tint);
            block.pour(pixels);
        }
        assert_eq!(alone, among);
    }

    #[test]
    fn a_negative_leaves_alpha_and_nothing_else() {
        let mut passes = Passes::default();
        passes.curve(super::super::invert::curve());
        let pixels: Vec<u8> = (0..=255).chain(0..4).collect();
        let mut negative = pixels.clone();
        passes.through::<4>(&mut negative);
        for (index, (before, after)) in pixels.iter().zip(&negative).enumerate() {
            assert_eq!(*after, if index % 4 == 3 { *before } else { 255 - before });
        }
        let mut negative = pixels.clone();
        passes.through::<1>(&mut negative);
        assert!(pixels.iter().zip(&negative).all(|(before, after)| *after == 255 - before));
    }
}
