//! Dominant colours by their names: vibrant or muted, each light, dark or neither. What the names mean is what they mean to
//! Vibrant.js and to Android's Palette: bounds and aims for lightness and saturation.

use serde_json::{Value, json};

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SwatchColour([u8; 3]);

/// What a name stands for: shares from 0 to 1.
struct Swatch {
    name: &'static str,
    /// The darkest, the one that is aimed at, and the lightest.
    lightness: [f64; 3],
    /// The palest, the one that is aimed at, and the strongest.
    saturation: [f64; 3],
}

// What is nearly black or white has no name, as in Palette: its saturation is that of noise.
const DARK: [f64; 3] = [0.05, 0.26, 0.45];
const MIDDLE: [f64; 3] = [0.3, 0.5, 0.7];
const LIGHT: [f64; 3] = [0.55, 0.74, 0.95];
const VIBRANT: [f64; 3] = [0.35, 1.0, 1.0];
const MUTED: [f64; 3] = [0.0, 0.3, 0.4];
/// How much lightness counts beside saturation.
const WEIGHTS: (f64, f64) = (6.5, 3.0);

/// In the order in which they choose.
const SWATCHES: [Swatch; 6] = [
    Swatch { name: "vibrant", lightness: MIDDLE, saturation: VIBRANT },
    Swatch { name: "light_vibrant", lightness: LIGHT, saturation: VIBRANT },
    Swatch { name: "dark_vibrant", lightness: DARK, saturation: VIBRANT },
    Swatch { name: "muted", lightness: MIDDLE, saturation: MUTED },
    Swatch { name: "light_muted", lightness: LIGHT, saturation: MUTED },
    Swatch { name: "dark_muted", lightness: DARK, saturation: MUTED },
];

impl SwatchColour {
    /// Parses `#rrggbb`.
    pub fn of_hex(text: &str) -> Option<Self> {
        let number = u32::from_str_radix(text.strip_prefix('#').filter(|digits| digits.len() == 6)?, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// As imgproxy writes it.
    pub fn told(self) -> Value {
        let Self([red, green, blue]) = self;
        json!({ "R": red, "G": green, "B": blue })
    }

    /// The same where opacity is told as well.
    pub fn told_opaque(self) -> Value {
        let Self([red, green, blue]) = self;
        json!({ "R": red, "G": green, "B": blue, "A": u8::MAX })
    }

    /// Hue in sixths of a turn, saturation and lightness (CSS Color 4, 7.2).
    fn parts(self) -> (f64, f64, f64) {
        let [red, green, blue] = self.0.map(|channel| f64::from(channel) / 255.0);
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        let (range, lightness) = (most - least, f64::midpoint(most, least));
        if range == 0.0 {
            return (0.0, 0.0, lightness);
        }
        let hue = if most == red {
            (green - blue) / range
        } else if most == green {
            (blue - red) / range + 2.0
        } else {
            (red - green) / range + 4.0
        };
        (hue.rem_euclid(6.0), range / (1.0 - (2.0 * lightness - 1.0).abs()), lightness)
    }

    fn of_parts((hue, saturation, lightness): (f64, f64, f64)) -> Self {
        let range = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
        // How far the hue is from that of a channel: up to one sixth it is all there, beyond two it is gone.
        let channel = |own: f64| {
            let away = (hue - own).rem_euclid(6.0);
            let share = (2.0 - away.min(6.0 - away)).clamp(0.0, 1.0);
            ((lightness + range * (share - 0.5)) * 255.0).round() as u8
        };
        Self([channel(0.0), channel(2.0), channel(4.0)])
    }
}

impl Swatch {
    /// How near a colour is to what is aimed at; `None` where it is beyond the bounds.
    fn score(&self, colour: SwatchColour) -> Option<f64> {
        let (_, saturation, lightness) = colour.parts();
        let nearness = |[least, aim, most]: [f64; 3], value: f64| {
            (least..=most).contains(&value).then(|| 1.0 - (value - aim).abs())
        };
        let (of_lightness, of_saturation) = WEIGHTS;
        Some(
            nearness(self.lightness, lightness)? * of_lightness
                + nearness(self.saturation, saturation)? * of_saturation,
        )
    }

    fn is_vibrant(&self) -> bool {
        self.saturation == VIBRANT
    }

    /// What it would be beside a colour of another name.
    fn built_of(&self, other: &Self, colour: SwatchColour) -> SwatchColour {
        let (hue, saturation, _) = colour.parts();
        let ([_, aimed_saturation, _], [_, lightness, _]) = (self.saturation, self.lightness);
        let saturation = if self.is_vibrant() == other.is_vibrant() { saturation } else { aimed_saturation };
        SwatchColour::of_parts((hue, saturation, lightness))
    }
}

/// The colours of a palette by their names. Each of the palette has one name at most; names that none suits are left out, or
/// follow from those that there are.
pub(super) fn dominant(palette: &[SwatchColour], builds_missing: bool) -> Vec<(&'static str, SwatchColour)> {
    let mut free = palette.to_vec();
    let mut found: Vec<(&Swatch, SwatchColour)> = Vec::new();
    for swatch in &SWATCHES {
        let scores = free.iter().enumerate().filter_map(|(index, colour)| Some((index, swatch.score(*colour)?)));
        if let Some((index, _)) = scores.max_by(|(_, one), (_, other)| one.total_cmp(other)) {
            found.push((swatch, free.remove(index)));
        }
    }
    let built = |swatch: &Swatch| {
        let kin = found.iter().find(|(other, _)| other.is_vibrant() == swatch.is_vibrant());
        kin.or(found.first()).map(|(other, colour)| swatch.built_of(other, *colour))
    };
    let of = |swatch: &Swatch| found.iter().find(|(other, _)| other.name == swatch.name).map(|(_, colour)| *colour);
    let named = SWATCHES.iter().filter_map(|swatch| {
        let colour = of(swatch).or_else(|| if builds_missing { built(swatch) } else { None })?;
        Some((swatch.name, colour))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colours(texts: &[&str]) -> Vec<SwatchColour> {
        texts.iter().map(|text| SwatchColour::of_hex(text).unwrap()).collect()
    }

    #[test]
    fn colours_have_the_names_that_suit_them() {
        let palette = colours(&["#d02020", "#f0a0a0", "#500808", "#808070", "#c8c0b8", "#403c38"]);
        let names: Vec<_> = dominant(&palette, false).into_iter().collect();
        let expected = ["vibrant", "light_vibrant", "dark_vibrant", "muted", "light_muted", "dark_muted"];
        assert_eq!(names, expected.into_iter().zip(palette).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_missing_is_left_out_or_follows_from_what_there_is() {
        let palette = colours(&["#d02020"]);
        assert_eq!(dominant(&palette, false), [("vibrant", palette[0])]);
        let built = dominant(&palette, true);
        assert_eq!(built.len(), 6);
        let lightness = |name: &str| built.iter().find(|(known, _)| *known == name).unwrap().1.parts().2;
        assert!((lightness("light_vibrant") - 0.74).abs() < 0.01 && (lightness("dark_muted") - 0.26).abs() < 0.01);
        assert_eq!(dominant(&[], true), []);
        assert_eq!(dominant(&colours(&["#fffffe", "#010000"]), true), [], "nearly white, and nearly black");
    }

    #[test]
    fn a_colour_is_the_same_from_its_parts() {
        for text in ["#d02020", "#20d020", "#2020d0", "#808080", "#123456", "#ffffff", "#000000", "#fedcba"] {
            let colour = SwatchColour::of_hex(text).unwrap();
            assert_eq!(SwatchColour::of_parts(colour.parts()), colour, "{text}");
        }
        assert_eq!(
            [SwatchColour::of_hex("#12345"), SwatchColour::of_hex("123456"), SwatchColour::of_hex("#12345g")],
            [None; 3]
        );
    }
}
