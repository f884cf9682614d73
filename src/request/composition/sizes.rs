//! The arithmetic of a composition, in numbers that are rounded at the end of each step.

use super::{Composition, Fitting};
use crate::request::{Dimensions, Padding};

/// What a composition comes to for a picture. A side of 0 is left as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Proportions {
    /// What is used of the picture.
    pub part: Dimensions,
    /// How large that becomes.
    pub scaled: Dimensions,
    /// What is cut out of it then.
    pub window: (u32, u32),
    /// The box, as it is reached.
    pub canvas: (u32, u32),
    /// The canvas of the shape of the box.
    pub shaped: (u32, u32),
    /// How many pixels there are for one of a page.
    pub ratio: f64,
    /// By how much the part is scaled, along each side.
    scales: (f64, f64),
}

impl Proportions {
    /// Those for a picture that lies as it will be shown; `is_drawn` where it has no pixels that could be too few.
    pub fn of(composition: &Composition, picture: Dimensions, is_drawn: bool) -> Self {
        let side = |asked: f64, whole: u32| match asked {
            0.0 => whole,
            share if share < 1.0 => rounded(f64::from(whole) * share).clamp(1, whole),
            pixels => (pixels as u32).clamp(1, whole),
        };
        let (width, height) = composition.part;
        let part = Dimensions::new(side(width.get(), picture.width), side(height.get(), picture.height));
        let (scales, ratio) = scales(composition, part, is_drawn);
        let sizes = Self::scaled_by(composition, part, scales, ratio);
        sizes.limited(composition)
    }

    fn scaled_by(composition: &Composition, part: Dimensions, scales: (f64, f64), ratio: f64) -> Self {
        let (zoom_x, zoom_y) = (composition.zoom.0.get(), composition.zoom.1.get());
        let canvas = (
            rounded(f64::from(composition.width) * (ratio * zoom_x)),
            rounded(f64::from(composition.height) * (ratio * zoom_y)),
        );
        let scaled = Dimensions::new(
            rounded(f64::from(part.width) * scales.0).max(1),
            rounded(f64::from(part.height) * scales.1).max(1),
        );
        let is_shrunk = composition.fitting == Fitting::FillDown && !composition.may_enlarge;
        let window = if is_shrunk { shrunk(canvas, scaled) } else { canvas };
        let outer = (least(scaled.width, window.0), least(scaled.height, window.1));
        let is_shaped = composition.ratio_extension.is_some() && canvas.0 > 0 && canvas.1 > 0;
        let shaped = if is_shaped { shaped(canvas, outer) } else { (0, 0) };
        Self { part, scaled, window, canvas, shaped, ratio, scales }
    }

    /// The same, made smaller until no side of the whole is beyond the limit.
    fn limited(self, composition: &Composition) -> Self {
        let Some(limit) = composition.max_side else { return self };
        let (mut width, mut height) =
            (least(self.scaled.width, self.window.0), least(self.scaled.height, self.window.1));
        if composition.extension.is_some() {
            (width, height) = (width.max(self.canvas.0), height.max(self.canvas.1));
        } else if composition.ratio_extension.is_some() {
            (width, height) = (width.max(self.shaped.0), height.max(self.shaped.1));
        }
        let Padding { top, right, bottom, left } = self.padding(composition.padding);
        let sum = |parts: [u32; 3]| parts.into_iter().fold(0, u32::saturating_add);
        let longest = sum([left, width, right]).max(sum([top, height, bottom]));
        if longest <= limit.get() {
            return self;
        }
        let down = f64::from(limit.get()) / f64::from(longest);
        let least_scale = |side: u32| 1.0 / f64::from(side);
        let scales = (
            (self.scales.0 * down).max(least_scale(self.part.width)),
            (self.scales.1 * down).max(least_scale(self.part.height)),
        );
        Self::scaled_by(composition, self.part, scales, self.ratio * down)
    }

    /// In pixels; a half becomes the even one.
    pub fn padding(&self, padding: Padding) -> Padding {
        padding.map(|pixels| (f64::from(pixels) * self.ratio).round_ties_even() as u32)
    }
}

/// By how much a part is scaled along each side, and how many pixels there are for one of a page.
fn scales(composition: &Composition, part: Dimensions, is_drawn: bool) -> ((f64, f64), f64) {
    let Composition { zoom, extension, may_enlarge, .. } = composition;
    let own = (f64::from(part.width), f64::from(part.height));
    let (mut across, mut down) = shrinks(composition, own);
    across /= zoom.0.get();
    down /= zoom.1.get();
    let mut ratio = composition.ratio.get();
    if !may_enlarge && !is_drawn {
        let least = across.min(down);
        if least < 1.0 {
            across /= least;
            down /= least;
            // What cannot be reached is not to be missed by still more.
            if extension.is_none() {
                ratio /= least;
            }
        }
        // More would be larger than the picture.
        ratio = ratio.min(across.min(down));
    }
    let minimum = |side: u32, own: f64| (side > 0).then(|| own / f64::from(side));
    if let Some(most) = minimum(composition.min_width, own.0).filter(|most| *most < across) {
        down /= across / most;
        across = most;
    }
    if let Some(most) = minimum(composition.min_height, own.1).filter(|most| *most < down) {
        across /= down / most;
        down = most;
    }
    across = (across / ratio).min(own.0);
    down = (down / ratio).min(own.1);
    ((1.0 / across, 1.0 / down), ratio)
}

/// How many pixels of a part become one along each side, as the box asks for it.
fn shrinks(composition: &Composition, own: (f64, f64)) -> (f64, f64) {
    let Composition { width, height, fitting, .. } = composition;
    let asked = |side: u32, own: f64| if side == 0 { own } else { f64::from(side) };
    let wanted = (asked(*width, own.0), asked(*height, own.1));
    let shrink = |own: f64, wanted: f64| if own == wanted { 1.0 } else { own / wanted };
    let (across, down) = (shrink(own.0, wanted.0), shrink(own.1, wanted.1));
    if across == 1.0 && down == 1.0 {
        return (across, down);
    }
    let is_alike = (own.0 - own.1 >= 0.0) == (wanted.0 - wanted.1 >= 0.0);
    let fitting = match fitting {
        Fitting::Auto if is_alike => Fitting::Fill,
        Fitting::Auto => Fitting::Fit,
        other => *other,
    };
    match (width, height, fitting) {
        (_, _, Fitting::Force) => (across, down),
        (0, _, _) => (down, down),
        (_, 0, _) => (across, across),
        (_, _, Fitting::Fill | Fitting::FillDown) => (across.min(down), across.min(down)),
        (_, _, Fitting::Fit | Fitting::Auto) => (across.max(down), across.max(down)),
    }
}

/// A box that is larger than the picture, made smaller in its shape.
fn shrunk(canvas: (u32, u32), scaled: Dimensions) -> (u32, u32) {
    let (width, height) = (f64::from(canvas.0), f64::from(canvas.1));
    let (excess_x, excess_y) = (width / f64::from(scaled.width), height / f64::from(scaled.height));
    if excess_x > excess_y && excess_x > 1.0 {
        (scaled.width, rounded(f64::from(scaled.width) * (height / width)))
    } else if excess_y > excess_x && excess_y > 1.0 {
        (rounded(f64::from(scaled.height) * (width / height)), scaled.height)
    } else {
        canvas
    }
}

/// The smallest canvas of the shape of a box around a picture; nothing where it has that shape.
fn shaped(canvas: (u32, u32), (width, height): (u32, u32)) -> (u32, u32) {
    let (box_width, box_height) = (f64::from(canvas.0), f64::from(canvas.1));
    let (excess_x, excess_y) = (box_width / f64::from(width), box_height / f64::from(height));
    if excess_y > excess_x {
        (width, rounded(f64::from(width) * (box_height / box_width)))
    } else if excess_x > excess_y {
        (rounded(f64::from(height) * (box_width / box_height)), height)
    } else {
        (0, 0)
    }
}

/// To the nearest; what is beyond is cut off.
fn rounded(pixels: f64) -> u32 {
    pixels.round() as u32
}

/// The smaller of two sides, of which the second may be left open.
fn least(side: u32, open: u32) -> u32 {
    if open == 0 { side } else { side.min(open) }
}
