//! `Tone`: what becomes of each pixel for itself. Each effect has its formula in a file of its own; here they are put
//! together, so that all of them take one pass over the picture.
//!
//! All compute with the encoded values of sRGB, from 0 to 255, and leave alpha alone. Brightness, saturation and hue are
//! one matrix; between this, gamma, contrast, sepia, tint, invert, lift and wash a value is cut off at 0 and 255, as if each were
//! done alone.

mod brightness;
mod contrast;
mod gamma;
mod hue;
mod invert;
mod lift;
mod passes;
mod saturation;
mod sepia;
mod tint;
mod wash;

use codec::{CodecError, Picture, PixelLayout};

use super::channels::{WITH_COLOURS, repainted, with_colours};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Tone;
use crate::request::{Alteration, Gamma, Lift, Tones, Wash};
use passes::Passes;

/// The largest value.
const WHITE: f64 = 255.0;

/// What one channel becomes for itself; from 0 to 255, beyond which it is cut off.
type Curve = Box<dyn Fn(f64) -> f64>;
/// What red, green and blue of the result have of red, green and blue.
type Weights = [[f64; 3]; 3];

const UNCHANGED: Weights = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

impl Work for Tone {
    fn stage(&self) -> Stage {
        Stage::Tone
    }

    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() + after.bytes() + passes::BYTES)
    }

    fn pixel_bytes_after(&self, before: u64) -> u64 {
        if self.tones.gives_colours() { before.max(WITH_COLOURS) } else { before }
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        toned(picture, &self.tones)
    }
}

fn toned(picture: Picture, tones: &Tones) -> Result<Picture, RenderError> {
    let picture = picture.into_srgb();
    let picture = if tones.gives_colours() { with_colours(picture) } else { picture };
    let layout = picture.layout();
    let passes = passes(tones, layout == PixelLayout::Gray);
    repainted(picture, layout, |mut pixels| {
        match layout {
            PixelLayout::Gray => passes.through::<1>(&mut pixels),
            PixelLayout::Rgb => passes.through::<3>(&mut pixels),
            PixelLayout::Rgba => passes.through::<4>(&mut pixels),
        }
        pixels
    })
}

/// All that is asked for, in order.
fn passes(tones: &Tones, is_gray: bool) -> Passes {
    // Without `..`: what is not done does not compile.
    let Tones { brightness, saturation, hue, gamma, contrast, sepia_percent, tint, is_inverted, lift, wash } = *tones;
    let mut passes = Passes::default();
    let colours = product(hue::weights(hue.radians()), saturation::weights(saturation.factor()));
    // Of gray, each row of weights makes the same gray again.
    if is_gray || colours == UNCHANGED {
        passes.curve(brightness::curve(brightness.factor()));
    } else {
        passes.weigh(colours.map(|row| row.map(|weight| weight * brightness.factor())));
    }
    if gamma != Gamma::default() {
        passes.curve(gamma::curve(gamma.exponent()));
    }
    if contrast != Alteration::default() {
        passes.curve(contrast::curve(contrast.factor()));
    }
    if sepia_percent > 0 {
        passes.weigh(sepia::weights(f64::from(sepia_percent) / 100.0));
    }
    if let Some(colour) = tint {
        passes.colour(tint::Shades::of(colour));
    }
    if is_inverted {
        passes.curve(invert::curve());
    }
    match lift.levels() {
        _ if lift == Lift::default() => {}
        [levels, ..] if lift.is_even() => passes.curve(lift::curve(levels)),
        levels => passes.line(levels.map(|levels| (1.0, levels))),
    }
    match wash.parts() {
        _ if wash == Wash::default() => {}
        [part, ..] if wash.is_even() => passes.curve(wash::curve(part)),
        parts => passes.line(parts),
    }
    passes
}

/// First `before`, then `after`.
fn product(after: Weights, before: Weights) -> Weights {
    after.map(|row| {
        let mut sums = [0.0; 3];
        for (weight, inner) in row.into_iter().zip(before) {
            sums.iter_mut().zip(inner).for_each(|(sum, part)| *sum += weight * part);
        }
        sums
    })
}

#[cfg(test)]
mod tests;
