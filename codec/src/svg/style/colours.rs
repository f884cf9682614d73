//! The colours of CSS Color 4 that the library does not know, as such that it knows.

use super::css;

/// A colour as `rgba(…)`; `None` where it is none, or one that is told by others.
pub(super) fn plain(value: &str) -> Option<String> {
    let (function, within) = function_of(value)?;
    if function != "light-dark" {
        return of_function(&function, within);
    }
    let light = css::split(within, b',').next()?;
    if light.parse::<svgtypes::Color>().is_ok() {
        return Some(light.to_owned());
    }
    function_of(light).and_then(|(function, within)| of_function(&function, within))
}

fn function_of(value: &str) -> Option<(String, &str)> {
    let (function, within) = value.trim().strip_suffix(')')?.split_once('(')?;
    Some((function.to_ascii_lowercase(), within))
}

fn of_function(function: &str, within: &str) -> Option<String> {
    let (components, alpha) =
        within.split_once('/').map_or((within, None), |(components, alpha)| (components, Some(alpha)));
    let mut words = components.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty());
    let space = if function == "color" { Some(words.next()?) } else { None };
    let words: Vec<_> = words.collect();
    let (alpha, words) = match (alpha, words.as_slice()) {
        (Some(alpha), words) => (Component::read(alpha.trim())?, words),
        (None, [words @ .., alpha]) if words.len() == 3 => (Component::read(alpha)?, words),
        (None, words) => (Component { number: 1.0, is_share: false }, words),
    };
    let [first, second, third] = <[&str; 3]>::try_from(words).ok()?;
    let components = [Component::read(first)?, Component::read(second)?, Component::read(third)?];
    let [red, green, blue] = space.map_or_else(|| of(function, components), |space| of_space(space, components))?;
    let level = |channel: f64| (channel.clamp(0.0, 1.0) * 255.0).round();
    let alpha = alpha.of(1.0).clamp(0.0, 1.0);
    Some(format!("rgba({},{},{},{alpha})", level(red), level(green), level(blue)))
}

#[derive(Clone, Copy)]
struct Component {
    number: f64,
    is_share: bool,
}

impl Component {
    fn read(word: &str) -> Option<Self> {
        if word == "none" {
            return Some(Self { number: 0.0, is_share: false });
        }
        let degrees = [("deg", 1.0), ("grad", 0.9), ("rad", 180.0 / std::f64::consts::PI), ("turn", 360.0)];
        let angle = degrees.iter().find_map(|(unit, degrees)| Some((word.strip_suffix(unit)?, *degrees)));
        let (number, times) = angle.unwrap_or((word.strip_suffix('%').unwrap_or(word), 1.0));
        let number = number.parse::<f64>().ok()? * times;
        number.is_finite().then_some(Self { number, is_share: word.ends_with('%') })
    }

    /// The number, where `whole` is all of it.
    fn of(self, whole: f64) -> f64 {
        if self.is_share { self.number / 100.0 * whole } else { self.number }
    }

    /// The share, where a bare number is one of a hundred.
    fn share(self) -> f64 {
        self.number / 100.0
    }
}

fn of(function: &str, [first, second, third]: [Component; 3]) -> Option<[f64; 3]> {
    let polar = |chroma: f64| {
        let (sine, cosine) = third.number.to_radians().sin_cos();
        (chroma * cosine, chroma * sine)
    };
    Some(match function {
        "rgb" | "rgba" => [first, second, third].map(|channel| channel.of(255.0) / 255.0),
        "hsl" | "hsla" => {
            let lightness = third.share();
            hue(first.number)
                .map(|channel| lightness + second.share() * (channel - 0.5) * (1.0 - (2.0 * lightness - 1.0).abs()))
        }
        "hwb" => {
            let (white, black) = (second.share(), third.share());
            let sum = (white + black).max(1.0);
            hue(first.number).map(|channel| channel * (1.0 - white / sum - black / sum) + white / sum)
        }
        "lab" => lab(first.of(100.0), second.of(125.0), third.of(125.0)),
        "lch" => {
            let (a, b) = polar(second.of(150.0));
            lab(first.of(100.0), a, b)
        }
        "oklab" => oklab(first.of(1.0), second.of(0.4), third.of(0.4)),
        "oklch" => {
            let (a, b) = polar(second.of(0.4));
            oklab(first.of(1.0), a, b)
        }
        _ => return None,
    })
}

fn of_space(space: &str, components: [Component; 3]) -> Option<[f64; 3]> {
    let channels = components.map(|component| component.of(1.0));
    Some(match space.to_ascii_lowercase().as_str() {
        "srgb" => channels,
        "srgb-linear" => channels.map(coded),
        "display-p3" => times(&P3, channels.map(linear)).map(coded),
        "xyz" | "xyz-d65" => times(&XYZ, channels).map(coded),
        "xyz-d50" => times(&XYZ_D50, channels).map(coded),
        _ => return None,
    })
}

/// The full colour of an angle.
fn hue(degrees: f64) -> [f64; 3] {
    [0.0, 8.0, 4.0].map(|shift| {
        let place = (shift + degrees / 30.0).rem_euclid(12.0);
        0.5 - 0.5 * (place - 3.0).min(9.0 - place).clamp(-1.0, 1.0)
    })
}

/// To linear sRGB (CSS Color 4, section 18): from the primaries of Display P3, and from XYZ under both whites.
const P3: [[f64; 3]; 3] = [
    [1.224_940_176_280_56, -0.224_940_176_280_56, 0.0],
    [-0.042_056_954_709_69, 1.042_056_954_709_69, 0.0],
    [-0.019_637_554_590_33, -0.078_636_045_550_63, 1.098_273_600_140_97],
];
const XYZ: [[f64; 3]; 3] = [
    [3.240_969_942, -1.537_383_178, -0.498_610_76],
    [-0.969_243_636, 1.875_967_502, 0.041_555_057],
    [0.055_630_08, -0.203_976_959, 1.056_971_514],
];
const XYZ_D50: [[f64; 3]; 3] = [
    [3.133_856_1, -1.616_866_7, -0.490_614_6],
    [-0.978_768_4, 1.916_141_5, 0.033_454],
    [0.071_945_3, -0.228_991_4, 1.405_242_7],
];
const OKLAB: [[f64; 3]; 3] = [
    [4.076_741_662, -3.307_711_591, 0.230_969_928],
    [-1.268_438_005, 2.609_757_401, -0.341_319_396],
    [-0.004_196_086, -0.703_418_615, 1.707_614_701],
];
const OKLAB_CONES: [[f64; 3]; 3] =
    [[1.0, 0.396_337_777, 0.215_803_757], [1.0, -0.105_561_346, -0.063_854_173], [1.0, -0.089_484_178, -1.291_485_548]];

fn times(matrix: &[[f64; 3]; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}

fn lab(lightness: f64, a: f64, b: f64) -> [f64; 3] {
    const EDGE: f64 = 6.0 / 29.0;
    let y = (lightness.clamp(0.0, 100.0) + 16.0) / 116.0;
    let light = |root: f64| if root > EDGE { root.powi(3) } else { 3.0 * EDGE * EDGE * (root - 4.0 / 29.0) };
    let white = [0.964_295_7, 1.0, 0.825_104_6];
    let [x, y, z] = [y + a / 500.0, y, y - b / 200.0].map(light);
    let [white_x, white_y, white_z] = white;
    times(&XYZ_D50, [x * white_x, y * white_y, z * white_z]).map(coded)
}

fn oklab(lightness: f64, a: f64, b: f64) -> [f64; 3] {
    let cones = times(&OKLAB_CONES, [lightness.clamp(0.0, 1.0), a, b]).map(|root| root.powi(3));
    times(&OKLAB, cones).map(coded)
}

/// The curve of sRGB (IEC 61966-2-1), and its inverse.
fn coded(light: f64) -> f64 {
    let size = light.abs();
    let coded = if size <= 0.003_130_8 { size * 12.92 } else { 1.055 * size.powf(1.0 / 2.4) - 0.055 };
    coded.copysign(light)
}

fn linear(level: f64) -> f64 {
    let size = level.abs();
    let light = if size <= 0.040_45 { size / 12.92 } else { ((size + 0.055) / 1.055).powf(2.4) };
    light.copysign(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_come_out_as_browsers_show_them() {
        let cases = [
            ("rgb(255 0 0 / 50%)", "rgba(255,0,0,0.5)"),
            ("rgba(10%, 20%, 30%, 0.5)", "rgba(26,51,77,0.5)"),
            ("HSL(120deg 100% 25% / .5)", "rgba(0,128,0,0.5)"),
            ("hwb(0 20% 40%)", "rgba(153,51,51,1)"),
            ("color(srgb 1 0.5 0)", "rgba(255,128,0,1)"),
            ("color(display-p3 1 0 0)", "rgba(255,0,0,1)"),
            ("color(display-p3 0.5 0.5 0.5 / 0.25)", "rgba(128,128,128,0.25)"),
            ("oklch(62.8% 0.2577 29.23)", "rgba(255,0,0,1)"),
            ("oklab(1 0 0)", "rgba(255,255,255,1)"),
            ("lab(54.29 80.8 69.89)", "rgba(255,0,0,1)"),
            ("lch(50% 0 none)", "rgba(119,119,119,1)"),
            ("light-dark(red, blue)", "red"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "red",
            "rgb(1 2)",
            "color(of-mine 1 2 3)",
            "lab(1 2 x)",
            "oklch(from red l c h)",
            "color()",
            "rgb(1e999 0 0)",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
    }
}
