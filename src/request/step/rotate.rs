//! `Rotate`: by any angle.

use std::fmt::Write as _;

use super::{Describe, Resize};
use crate::request::bounds::scaled;
use crate::request::{Angle, Dimensions, KeyText, Paint, Shape};

/// Clockwise about the middle, on a canvas that holds all of it, by cubic convolution in the encoded (sRGB) space with alpha
/// premultiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rotate {
    /// No right one.
    pub angle: Angle,
    /// The colour of the corners, opaque; `None` leaves them transparent.
    pub background: Option<Paint>,
    /// The dimensions afterwards, where they are not quite those of the box around the picture.
    pub to: Option<Dimensions>,
}

impl Rotate {
    /// The sides of the box around a turned picture, in pixels.
    pub fn around(&self, Dimensions { width, height }: Dimensions) -> (f64, f64) {
        let (sine, cosine) = self.angle.degrees().to_radians().sin_cos();
        let (sine, cosine) = (sine.abs(), cosine.abs());
        let (width, height) = (f64::from(width), f64::from(height));
        (width * cosine + height * sine, width * sine + height * cosine)
    }

    /// The same turn of a picture that is resized before, in place of after: the two steps, for a picture of these
    /// dimensions. There is less to turn.
    pub(in crate::request) fn behind(self, resize: Resize, before: Dimensions) -> (Resize, Self) {
        let after = self.after(Shape::of_pixels(before)).dimensions;
        let width = scaled(before.width, resize.dimensions.width, after.width);
        let height = scaled(before.height, resize.dimensions.height, after.height);
        let first = Resize { dimensions: Dimensions::new(width, height), ..resize };
        (first, Self { to: Some(resize.dimensions), ..self })
    }
}

impl Describe for Rotate {
    fn after(&self, before: Shape) -> Shape {
        let may_be_clear = before.may_be_clear || self.background.is_none();
        // To the nearest pixel, as libvips rounds them.
        let (width, height) = self.around(before.dimensions);
        let around = Dimensions::new((width.round() as u32).max(1), (height.round() as u32).max(1));
        Shape { may_be_clear, ..before.at(self.to.unwrap_or(around)) }
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { angle, background, to } = self;
        let _ = write!(key, " rotate {}", angle.thousandths());
        if let Some(background) = background {
            let _ = write!(key, " on {background}");
        }
        if let Some(to) = to {
            let _ = write!(key, " to {to}");
        }
    }
}
