//! `Rotate`: by any angle.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Angle, Dimensions, Paint, Shape};

/// Clockwise about the middle, on a canvas that holds all of it, by cubic convolution in the encoded (sRGB) space with alpha
/// premultiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rotate {
    /// No right one.
    pub angle: Angle,
    /// The colour of the corners, opaque; `None` leaves them transparent.
    pub background: Option<Paint>,
}

impl Rotate {
    /// The sides of the box around a turned picture, to the nearest pixel, as libvips rounds them.
    fn around(&self, Dimensions { width, height }: Dimensions) -> Dimensions {
        let (sine, cosine) = self.angle.degrees().to_radians().sin_cos();
        let (width, height) = (f64::from(width), f64::from(height));
        let side = |along: f64, across: f64| ((along + across).round() as u32).max(1);
        Dimensions::new(
            side(width * cosine.abs(), height * sine.abs()),
            side(width * sine.abs(), height * cosine.abs()),
        )
    }
}

impl Describe for Rotate {
    fn after(&self, before: Shape) -> Shape {
        let may_be_clear = before.may_be_clear || self.background.is_none();
        Shape { may_be_clear, ..before.at(self.around(before.dimensions)) }
    }

    fn write_to(&self, key: &mut String) {
        let Self { angle, background } = self;
        let _ = write!(key, " rotate {}", angle.thousandths());
        if let Some(background) = background {
            let _ = write!(key, " on {background}");
        }
    }
}
