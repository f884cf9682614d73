//! `Rotate`: by any angle, with cubic convolution (Keys, "Cubic convolution interpolation for digital image processing",
//! 1981, a = -0.5).

use codec::{CodecError, Picture, PixelLayout};

use super::channels::{WITH_ALPHA, WITH_COLOURS, with_alpha};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::{Describe as _, Rotate};
use crate::request::{Dimensions, Shape};

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
        let is_opaque = !picture.layout().has_alpha();
        let source = Translucent(with_alpha(picture));
        let degrees = self.angle.degrees();
        let turned = match self.background.filter(|_| is_opaque) {
            // On a ground of its own an opaque picture stays one.
            Some(paint) => {
                let [red, green, blue, _] = paint.0.map(f32::from);
                source.turned(degrees, (dimensions, grain), PixelLayout::Rgb, |[r, g, b, alpha], pixel| {
                    let rest = 1.0 - alpha / 255.0;
                    pixel.extend([r + red * rest, g + green * rest, b + blue * rest].map(level));
                })
            }
            None => source.turned(degrees, (dimensions, grain), PixelLayout::Rgba, |[r, g, b, alpha], pixel| {
                let whole = if alpha > 0.0 { 255.0 / alpha } else { 0.0 };
                pixel.extend([r * whole, g * whole, b * whole, alpha].map(level));
            }),
        };
        let turned = turned.ok_or_else(|| RenderError::operation("rotate", "the pixels do not fill the canvas"))?;
        // Of a picture with transparency, the corners stand on their ground with the rest of it, behind the last step.
        Ok(turned.in_colours(source.0.colours().clone()))
    }
}

/// A picture with transparency, which there is beyond its edges.
struct Translucent(Picture);

impl Translucent {
    /// `grain` are the sides of a pixel afterwards, in pixels of now.
    fn turned(
        &self,
        degrees: f64,
        (dimensions, grain): (Dimensions, (f64, f64)),
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
                write(between(rows, own, left, top), &mut pixels);
            }
        }
        Picture::new(dimensions, layout, pixels)
    }
}

/// What lies between pixels, premultiplied. An overshoot is cut off: no channel is beyond its alpha.
fn between(pixels: &[[u8; 4]], dimensions: Dimensions, left: f64, top: f64) -> [f32; 4] {
    let (column, row) = (left.floor(), top.floor());
    let (across, down) = (weights((left - column) as f32), weights((top - row) as f32));
    let (column, row, width) = (column as i64 - 1, row as i64 - 1, dimensions.width as usize);
    let mut sum = [0.0f32; 4];
    for (y, weight_down) in (row..).zip(down) {
        let row = usize::try_from(y).ok().and_then(|y| pixels.get(y * width..(y + 1) * width));
        let Some(row) = row else { continue };
        for (x, weight_across) in (column..).zip(across) {
            let pixel = usize::try_from(x).ok().and_then(|x| row.get(x));
            let Some([red, green, blue, alpha]) = pixel.map(|pixel| pixel.map(f32::from)) else { continue };
            let weight = weight_down * weight_across;
            let seen = weight * alpha / 255.0;
            for (sum, part) in sum.iter_mut().zip([red * seen, green * seen, blue * seen, alpha * weight]) {
                *sum += part;
            }
        }
    }
    let [red, green, blue, alpha] = sum;
    let alpha = alpha.clamp(0.0, 255.0);
    [red.clamp(0.0, alpha), green.clamp(0.0, alpha), blue.clamp(0.0, alpha), alpha]
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
        source.turned(degrees, (dimensions, (1.0, 1.0)), PixelLayout::Rgba, write).unwrap()
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
    fn weights_are_one_together_and_hit_the_pixel_they_are_on() {
        assert_eq!(weights(0.0), [0.0, 1.0, 0.0, 0.0]);
        for share in [0.1, 0.5, 0.9] {
            assert!((weights(share).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }
}
