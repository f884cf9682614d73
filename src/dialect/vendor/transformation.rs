//! One transformation of Cloudinary, such as `w_300,h_200,c_fill`, in words of the native vocabulary.

use super::beyond;
use super::words::{NativeWords, renamed};
use crate::request::Surround;

/// Parameters that mean what native words mean.
const NAMES: [(&str, &str); 7] =
    [("w", "w"), ("h", "h"), ("c", "fit"), ("dpr", "dpr"), ("ar", "ar"), ("o", "opacity"), ("f", "format")];

/// Parameters that are said in other words, or passed over.
const OTHERS: [&str; 25] = [
    "a", "ac", "af", "b", "bo", "co", "cs", "d", "dl", "dn", "du", "e", "eo", "fl", "fn", "g", "l", "pg", "q", "r",
    "so", "t", "u", "x", "z",
];

/// Tells whether a component of a path is a transformation: parameters with commas between them, of which there is the first.
pub(super) fn is_one(component: &str) -> bool {
    let is_parameter = |text: &str| text.split_once('_').is_some_and(|(_, value)| !value.is_empty());
    let name = component.split('_').next().unwrap_or_default();
    let is_known = renamed(&NAMES, name).is_some() || OTHERS.contains(&name) || name == "y";
    is_known && component.split(',').all(is_parameter)
}

/// Tells whether a transformation begins something that is laid over the picture.
pub(super) fn is_layer(transformation: &str) -> bool {
    transformation.split(',').any(|parameter| parameter.starts_with("l_") || parameter.starts_with("u_"))
}

/// Tells whether one ends what is laid over the picture.
pub(super) fn ends_layer(transformation: &str) -> bool {
    has_flag(transformation, "layer_apply")
}

/// Tells whether PNG, where the picture is one, is to have a palette.
pub(super) fn has_palette(transformation: &str) -> bool {
    has_flag(transformation, "png8")
}

fn has_flag(transformation: &str, wanted: &str) -> bool {
    let mut flags = transformation.split(',').filter_map(|parameter| parameter.strip_prefix("fl_"));
    flags.any(|flags| flags.split('.').any(|flag| flag == wanted))
}

/// What it says.
pub(super) fn words(transformation: &str) -> NativeWords {
    let (mut words, mut corner) = (NativeWords::default(), [None, None]);
    for (name, value) in transformation.split(',').filter_map(|parameter| parameter.split_once('_')) {
        match (name, renamed(&NAMES, name)) {
            ("w" | "h" | "dpr", _) if value == "auto" || value.starts_with("auto:") => {}
            ("ar", _) if !value.contains(':') => words.put("ar", format!("{value}:1")),
            ("r", _) => words.put("radius", radii(value)),
            ("f", _) if value.starts_with("auto:") => words.put("format", "auto"),
            (_, Some(native)) => words.put(native, value),
            ("x", _) => corner[0] = Some(value),
            ("y", _) => corner[1] = Some(value),
            ("g", _) => words.put_some("gravity", gravity(value)),
            ("b", _) => words.put_some("bg", colour(value)),
            ("q", _) => quality(&mut words, value),
            ("a", _) => turn(&mut words, value),
            ("e", _) => effect(&mut words, value),
            ("fl", _) if value.split('.').any(|flag| flag == "progressive") => words.put("progressive", "1"),
            _ => {}
        }
    }
    if words.get("format") == Some("png") && has_palette(transformation) {
        words.put("format", "png8");
    }
    part(&mut words, corner);
    words
}

/// A part that is not scaled, where its corner is said or it is a share of the picture.
fn part(words: &mut NativeWords, corner: [Option<&str>; 2]) {
    let sides = ["w", "h"].map(|name| words.get(name).map(str::to_owned));
    let (Some("crop"), [Some(width), Some(height)]) = (words.get("fit"), sides) else { return };
    let is_share = |text: &str| percent(text).is_some();
    let part = if is_share(&width) || is_share(&height) {
        let place = words.get("gravity").unwrap_or_default();
        let [left, top] = corner;
        let across = begin(left, &width, place.contains("west"), place.contains("east"));
        let down = begin(top, &height, place.contains("north"), place.contains("south"));
        ("crop", [across, down, length(&width), length(&height)].join(","))
    } else if corner.iter().any(Option::is_some) {
        let [left, top] = corner.map(|begin| begin.unwrap_or("0"));
        ("rect", format!("{left},{top},{width},{height}"))
    } else {
        return;
    };
    ["w", "h", "fit", "gravity"].into_iter().for_each(|name| words.without(name));
    words.put(part.0, part.1);
}

/// Where a part begins along a side: where that is said, or by its place.
fn begin(said: Option<&str>, side: &str, is_first: bool, is_last: bool) -> String {
    match (said, percent(side)) {
        (Some(said), _) => length(said),
        (None, Some(percent)) if !is_first => ((100.0 - percent) / if is_last { 1.0 } else { 2.0 }).to_string(),
        (None, _) => "0".to_owned(),
    }
}

/// A share as percent, and else pixels.
fn length(text: &str) -> String {
    percent(text).map_or_else(|| format!("{text}px"), |percent| percent.to_string())
}

/// A share of a side, which has a point, in percent.
fn percent(text: &str) -> Option<f64> {
    let share = text.parse::<f64>().ok().filter(|share| text.contains('.') && (0.0..=1.0).contains(share))?;
    Some(share * 100.0)
}

/// What is on a canvas in place of a colour: a blurred copy, at up to 2000, of which the house has its own idea.
pub(super) fn surround(transformation: &str) -> Option<Surround> {
    let value = transformation.split(',').find_map(|parameter| parameter.strip_prefix("b_blurred"))?;
    let intensity = value.split(':').nth(1).and_then(|text| text.parse::<f64>().ok()).unwrap_or(100.0);
    beyond::blurred(intensity / 10.0)
}

/// One radius or four; two and three are as in CSS.
fn radii(value: &str) -> String {
    match value.split(':').collect::<Vec<_>>()[..] {
        [main, other] => [main, other, main, other].join(","),
        [first, both, third] => [first, both, third, both].join(","),
        _ => value.replace(':', ","),
    }
}

/// NativeWords for what is to be seen, and directions; a point is given by itself.
fn gravity(value: &str) -> Option<String> {
    let first = value.split(':').next().unwrap_or_default();
    match first {
        "xy_center" | "custom" => None,
        "auto" | "face" | "faces" | "body" | "sink" | "ocr_text" | "adv_face" | "adv_faces" => Some("smart".to_owned()),
        _ => Some(first.replace('_', "")),
    }
}

/// A name, or digits behind `rgb:`; Nuxt writes `rgb_`.
fn colour(value: &str) -> Option<String> {
    if value.starts_with("auto") || value.starts_with("blurred") || value.starts_with("gen") {
        return None;
    }
    Some(value.trim_start_matches("rgb:").trim_start_matches("rgb_").to_owned())
}

fn quality(words: &mut NativeWords, value: &str) {
    let (first, rest) = value.split_once(':').map_or((value, None), |(first, rest)| (first, Some(rest)));
    let level = match (first, rest) {
        ("auto", Some("best")) => "high",
        ("auto", Some("eco")) => "medium-low",
        ("auto", Some("low")) => "low",
        (number, _) => number,
    };
    words.put("q", level);
    words.put_some("chroma", rest.filter(|chroma| matches!(*chroma, "420" | "444")));
}

fn turn(words: &mut NativeWords, value: &str) {
    for turn in value.split('.') {
        match turn {
            "hflip" => words.put("flop", "1"),
            "vflip" => words.put("flip", "1"),
            degrees => words.put_some("rotate", degrees.parse::<f64>().is_ok().then_some(degrees)),
        }
    }
}

/// Blurs go up to 2000; strengths of others are percent.
fn effect(words: &mut NativeWords, value: &str) {
    let (name, level) = value.split_once(':').map_or((value, None), |(name, level)| (name, Some(level)));
    let number = level.and_then(|level| level.parse::<f64>().ok());
    let percent = |usual: f64| number.unwrap_or(usual).clamp(-100.0, 100.0).to_string();
    match name {
        "grayscale" | "blackwhite" => words.put("bw", "1"),
        "negate" => words.put("invert", "1"),
        "sepia" => words.put("sepia", percent(80.0).trim_start_matches('-')),
        "brightness" => words.put("brightness", percent(80.0)),
        "contrast" => words.put("contrast", percent(0.0)),
        "saturation" => words.put("saturation", percent(80.0)),
        "hue" => words.put("hue", (number.unwrap_or(80.0).clamp(-100.0, 100.0) * 1.8).to_string()),
        "gamma" => words.put("gamma", (1.0 + number.unwrap_or(0.0).clamp(-50.0, 150.0) / 100.0).to_string()),
        "sharpen" => words.put("sharpen", "true"),
        "pixelate" => words.put("pixelate", number.unwrap_or(5.0).clamp(1.0, 200.0).round().to_string()),
        "blur" => words.put("blur", (number.unwrap_or(100.0).clamp(1.0, 2000.0) / 100.0).max(0.3).to_string()),
        "trim" => words.put("trim", number.unwrap_or(10.0).clamp(0.0, 255.0).round().to_string()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transformation_is_told_from_a_folder() {
        assert!(
            ["w_300", "f_auto,q_auto", "c_fill,g_auto:subject", "e_blur:300", "w_3,flip_true"].into_iter().all(is_one)
        );
        assert!(!["nature", "my_images", "v12", "w_", "", "w_3,nature"].into_iter().any(is_one));
    }

    #[test]
    fn qualities_and_turns_have_words() {
        let of = |text: &str| words(text).iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        assert_eq!(of("q_80:444"), ["q=80", "chroma=444"]);
        assert_eq!(of("q_auto:eco,a_vflip.90"), ["q=medium-low", "flip=1", "rotate=90"]);
        assert_eq!(of("b_auto:border,g_xy_center,l_logo"), Vec::<String>::new());
        assert_eq!(of("fl_png8.lossy,f_png"), ["format=png", "format=png8"]);
        assert_eq!(of("fl_png8,f_webp"), ["format=webp"]);
        assert_eq!(of("r_1:2,f_auto:image"), ["radius=1,2,1,2", "format=auto"]);
        assert_eq!(of("r_1:2:3,z_0.7"), ["radius=1,2,3,2"]);
        assert_eq!(of("c_crop,w_0.5,h_0.25"), ["crop=25,37.5,50,25"]);
        assert_eq!(of("c_crop,w_0.5,h_0.25,g_south_east"), ["crop=50,75,50,25"]);
        assert_eq!(of("c_crop,w_0.5,h_20,g_north_west"), ["crop=0,0,50,20px"]);
        assert_eq!(of("c_crop,w_0.5,h_0.5,x_0.25,y_7"), ["crop=25,7px,50,50"]);
        assert_eq!(of("c_crop,w_5,h_5"), ["fit=crop", "w=5", "h=5"]);
        assert!(
            is_layer("l_logo,w_3")
                && !is_layer("w_3")
                && ends_layer("fl_layer_apply.tiled,g_east")
                && !ends_layer("fl_lossy")
        );
        assert_eq!(of("b_rgb_ff0000,g_north_east"), ["bg=ff0000", "gravity=northeast"]);
    }
}
