//! `Rotate`: by any angle, with cubic convolution (Keys, "Cubic convolution interpolation for digital image processing",
//! 1981, a = -0.5).

use codec::{CodecError, Picture, PixelLayout};

use super::channels::{WITH_ALPHA, WITH_COLOURS, with_alpha};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::{Describe as _, Rotate};
use crate::request::{Dimensions, Paint, Shape};

impl Work for Rotate {
    fn stage(&self) -> Stage {
        Stage::Rotate
    }

    /// The picture, a copy with transparency, and the result, of which there may be one without.
    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        let [before, after] = [before, after].map(|between| between.dimensions.pixels() * 4);
        Ok(before * 2 + after * 2)
    }

    fn pixel_bytes_after(&self, before: u64) -> u64 {
        before.max(if self.background.is_some() { WITH_COLOURS } else { WITH_ALPHA })
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let dimensions = self.after(Shape::of_pixels(picture.dimensions())).dimensions;
        // Made smaller before, it has not quite the shape that it is to have.
        let (width, height) = self.around(picture.dimensions());
        let sides = (width / f64::from(dimensions.width), height / f64::from(dimensions.height));
        let grain = if self.to.is_some() { sides } else { (1.0, 1.0) };
        // On a ground of its own an opaque picture stays one.
        let stays_opaque = self.background.is_some() && !picture.layout().has_alpha();
        let source = Translucent(with_alpha(picture));
        let ground = self.background.map_or([0.0; 4], |Paint(ground)| ground.map(f32::from));
        let (degrees, canvas) = (self.angle.degrees(), Canvas { dimensions, grain, ground });
        let turned = if stays_opaque {
            source.turned(degrees, canvas, PixelLayout::Rgb, |[red, green, blue, _], pixel| {
                pixel.extend([red, green, blue].map(level));
            })
        } else {
            source.turned(degrees, canvas, PixelLayout::Rgba, |[red, green, blue, alpha], pixel| {
                let whole = if alpha > 0.0 { 255.0 / alpha } else { 0.0 };
                pixel.extend([red * whole, green * whole, blue * whole, alpha].map(level));
            })
        };
        let turned = turned.ok_or_else(|| RenderError::operation("rotate", "the pixels do not fill the canvas"))?;
        Ok(turned.in_colours(source.0.colours().clone()))
    }
}

/// What a turned picture lies on.
#[derive(Clone, Copy)]
struct Canvas {
    dimensions: Dimensions,
    /// The sides of its pixels, in pixels of the picture.
    grain: (f64, f64),
    /// What is beyond the picture: an opaque colour, or nothing.
    ground: [f32; 4],
}

/// A picture with transparency.
struct Translucent(Picture);

impl Translucent {
    fn turned(
        &self,
        degrees: f64,
        Canvas { dimensions, grain, ground }: Canvas,
        layout: PixelLayout,
        mut write: impl FnMut([f32; 4], &mut Vec<u8>),
    ) -> Option<Picture> {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let middle = |side: u32| f64::from(side) / 2.0;
        let own = self.0.dimensions();
        let (rows, _) = self.0.pixels().as_chunks::<4>();
        let mut pixels = Vec::with_capacity(dimensions.pixels() as usize * layout.channels());
        for y in 0..dimensions.height {
            let down = (f64::from(y) + 0.5 - middle(dimensions.height)) * grain.1;
            for x in 0..dimensions.width {
                let across = (f64::from(x) + 0.5 - middle(dimensions.width)) * grain.0;
                let left = across * cosine + down * sine + middle(own.width) - 0.5;
                let top = down * cosine - across * sine + middle(own.height) - 0.5;
                write(between(rows, own, (left, top), ground), &mut pixels);
            }
        }
        Picture::new(dimensions, layout, pixels)
    }
}

/// What lies between pixels, premultiplied, and as much of the ground as is beyond them. An overshoot is cut off: no channel is beyond
/// its alpha.
fn between(pixels: &[[u8; 4]], dimensions: Dimensions, (left, top): (f64, f64), ground: [f32; 4]) -> [f32; 4] {
    let (column, row) = (left.floor(), top.floor());
    let (across, down) = (weights((left - column) as f32), weights((top - row) as f32));
    let (column, row, width) = (column as i64 - 1, row as i64 - 1, dimensions.width as usize);
    let (mut sum, mut covered) = ([0.0f32; 4], 0.0f32);
    for (y, weight_down) in (row..).zip(down) {
        let row = usize::try_from(y).ok().and_then(|y| pixels.get(y * width..(y + 1) * width));
        let Some(row) = row else { continue };
        for (x, weight_across) in (column..).zip(across) {
            let pixel = usize::try_from(x).ok().and_then(|x| row.get(x));
            let Some([red, green, blue, alpha]) = pixel.map(|pixel| pixel.map(f32::from)) else { continue };
            let weight = weight_down * weight_across;
            covered += weight;
            let seen = weight * alpha / 255.0;
            for (sum, part) in sum.iter_mut().zip([red * seen, green * seen, blue * seen, alpha * weight]) {
                *sum += part;
            }
        }
    }
    let [red, green, blue, alpha] = sum;
    let alpha = alpha.clamp(0.0, 255.0);
    let mut seen = [red.clamp(0.0, alpha), green.clamp(0.0, alpha), blue.clamp(0.0, alpha), alpha];
    let beyond = (1.0 - covered).clamp(0.0, 1.0);
    seen.iter_mut().zip(ground).for_each(|(channel, ground)| *channel = (*channel + ground * beyond).min(255.0));
    seen
}

/// Of the four pixels around a place that is so far behind the second one.
fn weights(share: f32) -> [f32; 4] {
    let (one, two, three) = (share, share * share, share * share * share);
    [
        -0.5 * three + two - 0.5 * one,
        1.5 * three - 2.5 * two + 1.0,
        -1.5 * three + 2.0 * two + 0.5 * one,
        0.5 * three - 0.5 * two,
    ]
}

fn level(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(width: u32, height: u32, pixel: [u8; 4]) -> Translucent {
        let dimensions = Dimensions::new(width, height);
        let pixels = pixel.repeat(dimensions.pixels() as usize);
        Translucent(Picture::new(dimensions, PixelLayout::Rgba, pixels).unwrap())
    }

    fn rgba(source: &Translucent, degrees: f64, dimensions: Dimensions) -> Picture {
        let write = |pixel: [f32; 4], pixels: &mut Vec<u8>| pixels.extend(pixel.map(level));
        let canvas = Canvas { dimensions, grain: (1.0, 1.0), ground: [0.0; 4] };
        source.turned(degrees, canvas, PixelLayout::Rgba, write).unwrap()
    }

    #[test]
    fn a_right_angle_is_what_turning_rows_into_columns_gives() {
        let dimensions = Dimensions::new(3, 2);
        let pixels: Vec<u8> = (0..6).flat_map(|index| [index * 40, 0, 0, 255]).collect();
        let source = Translucent(Picture::new(dimensions, PixelLayout::Rgba, pixels).unwrap());
        let turned = rgba(&source, 90.0, dimensions.swapped());
        let reds: Vec<_> = turned.pixels().chunks_exact(4).map(|pixel| pixel[0] / 40).collect();
        assert_eq!(reds, [3, 0, 4, 1, 5, 2]);
    }

    #[test]
    fn the_middle_keeps_its_colour_and_the_corners_are_clear() {
        let turned = rgba(&flat(40, 40, [10, 200, 30, 255]), 45.0, Dimensions::new(57, 57));
        let pixel = |x: usize, y: usize| turned.pixels()[(y * 57 + x) * 4..][..4].to_vec();
        assert_eq!(pixel(28, 28), [10, 200, 30, 255]);
        assert_eq!(pixel(0, 0), [0; 4]);
        assert_eq!(pixel(56, 0), [0; 4]);
    }

    #[test]
    fn a_ground_is_in_the_corners_alone() {
        let write = |pixel: [f32; 4], pixels: &mut Vec<u8>| pixels.extend(pixel.map(level));
        let (dimensions, ground) = (Dimensions::new(57, 57), [255.0, 0.0, 0.0, 255.0]);
        let canvas = Canvas { dimensions, grain: (1.0, 1.0), ground };
        let turned = flat(40, 40, [0; 4]).turned(45.0, canvas, PixelLayout::Rgba, write).unwrap();
        let pixel = |x: usize, y: usize| turned.pixels()[(y * 57 + x) * 4..][..4].to_vec();
        assert_eq!(
            [pixel(28, 28), pixel(0, 0), pixel(56, 56)],
            [vec![0; 4], vec![255, 0, 0, 255], vec![255, 0, 0, 255]]
        );
    }

    #[test]
    fn weights_are_one_together_and_hit_the_pixel_they_are_on() {
        assert_eq!(weights(0.0), [0.0, 1.0, 0.0, 0.0]);
        for share in [0.1, 0.5, 0.9] {
            assert!((weights(share).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }
}
