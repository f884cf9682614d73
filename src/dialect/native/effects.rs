//! What is done to pixels, whatever the size of the picture.

use std::num::NonZeroU32;

use super::parameters::{Expected, Parameter};
use super::values::{a_colour, a_percentage, a_switch, opaque, percent, put, set, switch, word};
use crate::request::{Alteration, Corners, Dpr, Effects, Gamma, Hue, Sharpness, Sigma, Size, Tones};

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct EffectValues {
    grayscale: bool,
    blur: Option<Sigma>,
    sharpen: Option<Sharpness>,
    /// The query says how sharp the picture is to be, perhaps that it stays as it is.
    pub has_sharpness: bool,
    tones: Tones,
    pixelate: Option<NonZeroU32>,
    opacity: Option<u8>,
    radius: Option<Corners>,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["bw", "grayscale"], expected: a_switch,
        meaning: "`1` is grayscale",
        // Nuxt Image says the name alone.
        read: |reading, text| set(&mut reading.effects.grayscale, word(text)),
    },
    Parameter {
        names: &["filt"], expected: || Expected::one_of(["greyscale", "grayscale", "sepia"]),
        meaning: "`greyscale` is another spelling of `bw=1`, `sepia` of `sepia=100`",
        read: |reading, text| match &*text.to_ascii_lowercase() {
            "greyscale" | "grayscale" => set(&mut reading.effects.grayscale, Some(true)),
            "sepia" => set(&mut reading.effects.tones.sepia_percent, percent("100")),
            _ => None,
        },
    },
    Parameter {
        names: &["blur"], expected: || Expected::Text(format!("a number from 0.3 to {}, or 0", Sigma::MAX)),
        meaning: "Gaussian blur; the standard deviation in pixels of the rendition",
        read: |reading, text| {
            reading.effects.has_sharpness = true;
            match text.trim().parse() {
                Ok(0.0) => { reading.effects.blur = None; Some(()) }
                _ => put(&mut reading.effects.blur, Sigma::parse(text)),
            }
        },
    },
    Parameter {
        names: &["brightness"], expected: an_alteration,
        meaning: "Lighter or darker: `100` doubles all values, `-100` is black",
        read: |reading, text| set(&mut reading.effects.tones.brightness, Alteration::parse(text)),
    },
    Parameter {
        names: &["saturation", "sat"], expected: an_alteration,
        meaning: "More or less colour: `100` is twice as far from gray, `-100` another spelling of `bw=1`",
        read: |reading, text| {
            let saturation = Alteration::parse(text)?;
            reading.effects.grayscale |= saturation.is_all_gone();
            reading.effects.tones.saturation = if saturation.is_all_gone() { Alteration::default() } else { saturation };
            Some(())
        },
    },
    Parameter {
        names: &["hue"], expected: || Expected::Text("a number of degrees".to_owned()),
        meaning: "Turns all colours; `360` is the whole circle",
        read: |reading, text| set(&mut reading.effects.tones.hue, Hue::parse(text)),
    },
    Parameter {
        names: &["gamma"], expected: || Expected::Text("a number from 0.1 to 10".to_owned()),
        meaning: "Lighter above `1`, darker below; black and white stay",
        read: |reading, text| set(&mut reading.effects.tones.gamma, Gamma::parse(text)),
    },
    Parameter {
        names: &["contrast"], expected: an_alteration,
        meaning: "`100` is twice as far from the middle gray, `-100` is all gray",
        read: |reading, text| set(&mut reading.effects.tones.contrast, Alteration::parse(text)),
    },
    Parameter {
        names: &["sepia"], expected: a_percentage,
        meaning: "Brown as old photographs, in percent",
        read: |reading, text| set(&mut reading.effects.tones.sepia_percent, percent(text)),
    },
    Parameter {
        names: &["tint"], expected: a_colour,
        meaning: "Shades of this colour in place of all colours; the luminance stays",
        read: |reading, text| put(&mut reading.effects.tones.tint, opaque(text)),
    },
    Parameter {
        names: &["invert"], expected: a_switch,
        meaning: "`1` is the negative; what is transparent stays so",
        read: |reading, text| set(&mut reading.effects.tones.is_inverted, switch(text)),
    },
    Parameter {
        names: &["sharpen", "sharp"], expected: || Expected::Text(format!("a number from 0 to {}, or true, or nothing", Sigma::MAX)),
        meaning: "Finer detail; the standard deviation in pixels of the rendition, below 0.3 none. `true`, or nothing, is a mild one",
        read: |reading, text| {
            reading.effects.has_sharpness = true;
            set(&mut reading.effects.sharpen, Sharpness::parse(text))
        },
    },
    Parameter {
        names: &["pixelate"], expected: || Expected::Text(format!("a whole number from 0 to {}", Size::MAX)),
        meaning: "Squares of one colour, with sides of so many pixels of the rendition",
        read: |reading, text| set(&mut reading.effects.pixelate, squares(text)),
    },
    Parameter {
        names: &["opacity"], expected: a_percentage,
        meaning: "How much hides what is behind it, in percent (100)",
        read: |reading, text| set(&mut reading.effects.opacity, percent(text).map(|percent| Some(percent).filter(|percent| *percent < 100))),
    },
    Parameter {
        names: &["radius"], expected: || Expected::Text(format!("whole numbers from 0 to {}, one or four with commas between, or max", Corners::MAX)),
        meaning: "Round corners, of this radius in pixels times `dpr`, or of four from the upper left clockwise; `max` is a circle, or a pill",
        read: |reading, text| set(&mut reading.effects.radius, Corners::parse(text)),
    },
];

impl EffectValues {
    /// What is done to pixels.
    pub fn wish(self) -> Effects {
        let Self { grayscale, blur, sharpen, has_sharpness: _, tones, pixelate, opacity, radius: _ } = self;
        let effects = Effects { grayscale, blur, sized_blur: None, tones, sharpen, pixelate, ..Effects::default() };
        Effects { opacity_percent: opacity, ..effects }
    }

    /// How round the corners are, in device pixels.
    pub fn radius(&self, dpr: Option<Dpr>) -> Option<Corners> {
        let radius = self.radius?;
        Some(dpr.map_or(radius, |ratio| radius.at(ratio)))
    }
}

fn an_alteration() -> Expected {
    Expected::Text("a number from -100 to 100".to_owned())
}

/// The sides of squares; those of one pixel are none.
fn squares(text: &str) -> Option<Option<NonZeroU32>> {
    let pixels = text.trim().parse::<u32>().ok().filter(|pixels| *pixels <= Size::MAX)?;
    Some(NonZeroU32::new(pixels).filter(|pixels| pixels.get() > 1))
}
