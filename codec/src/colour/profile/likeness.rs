//! Which profiles are as good as sRGB, and what others are called.

use moxcms::{ColorProfile, ToneReprCurve};

use super::{Channels, Profile, encoded, guarded};
use crate::NamedColours;

/// How far the colours of a profile may be off those of sRGB to be taken for them: in levels of 255 along the curves, and
/// as a share of light between the primaries. Both are below what rounding to 8 bits costs.
const SAME_LEVEL: f32 = 1.0;
const SAME_LIGHT: f64 = 0.004;
/// How far the light of primaries may be off those that a profile is called by.
const NAMED_LIGHT: f64 = 0.01;
/// The same for its curves, in levels of 255.
const NAMED_LEVEL: f32 = 2.0;
/// Of the curve of Adobe RGB (1998), section 4.3.1.2.
const ADOBE_GAMMA: f32 = 2.199_218_8;

impl Profile {
    /// Tells whether nobody could tell the colours from those of sRGB.
    pub(in crate::colour) fn is_like_srgb(&self) -> bool {
        let parsed = &self.parsed;
        if parsed.lut_a_to_b_perceptual.is_some() || parsed.lut_a_to_b_colorimetric.is_some() {
            return false;
        }
        match self.channels {
            Channels::Cmyk => false,
            Channels::Gray => is_like_curve(parsed.gray_trc.as_ref(), self.light(), encoded, SAME_LEVEL),
            Channels::Rgb => self.is_like(&ColorProfile::new_srgb(), encoded, (SAME_LIGHT, SAME_LEVEL)),
        }
    }

    /// Tells whether primaries and curves are as near to those of another as that: in light, and in levels of 255.
    fn is_like(&self, other: &ColorProfile, number: fn(f32) -> f32, (light, levels): (f64, f32)) -> bool {
        let parsed = &self.parsed;
        let matrix = parsed.transform_matrix(other).v;
        let unit = |at: usize| if at.is_multiple_of(4) { 1.0 } else { 0.0 };
        let mut elements = matrix.as_flattened().iter().enumerate();
        let is_unit = elements.all(|(at, element)| (element - unit(at)).abs() < light);
        let [red, green, blue] = [&parsed.red_trc, &parsed.green_trc, &parsed.blue_trc];
        let is_one_curve = red == green && green == blue;
        let curves = if is_one_curve { vec![red] } else { vec![red, green, blue] };
        is_unit && curves.into_iter().all(|curve| is_like_curve(curve.as_ref(), |light| light, number, levels))
    }

    /// The name that people know the colours by.
    pub(in crate::colour) fn named(&self) -> NamedColours {
        let near = (NAMED_LIGHT, NAMED_LEVEL);
        let adobe = |light: f32| light.max(0.0).powf(1.0 / ADOBE_GAMMA);
        match self.channels {
            Channels::Gray => NamedColours::Gray,
            Channels::Cmyk => NamedColours::Cmyk,
            Channels::Rgb if !self.parsed.is_matrix_shaper() => NamedColours::Other,
            Channels::Rgb if self.is_like(&ColorProfile::new_srgb(), encoded, near) => NamedColours::Srgb,
            Channels::Rgb if self.is_like(&ColorProfile::new_display_p3(), encoded, near) => NamedColours::DisplayP3,
            Channels::Rgb if self.is_like(&ColorProfile::new_adobe_rgb(), adobe, near) => NamedColours::AdobeRgb,
            Channels::Rgb => NamedColours::Other,
        }
    }
}

/// `light` is that of what the curve gives, `number` what stands for it.
fn is_like_curve(
    curve: Option<&ToneReprCurve>,
    light: impl Fn(f32) -> f32,
    number: fn(f32) -> f32,
    levels: f32,
) -> bool {
    let Some(curve) = curve.and_then(|curve| guarded(|| curve.make_linear_evaluator())) else { return false };
    (0..=u8::MAX).all(|level| {
        let light = light(curve.evaluate_value(f32::from(level) / 255.0));
        (number(light) * 255.0 - f32::from(level)).abs() < levels
    })
}
