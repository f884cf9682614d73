//! One transformation of Cloudinary, such as `w_300,h_200,c_fill`, in words of the native vocabulary.

use super::words::{NativeWords, renamed};

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
    let has_flag = |flags: &str| flags.split('.').any(|flag| flag == "layer_apply");
    transformation.split(',').filter_map(|parameter| parameter.strip_prefix("fl_")).any(has_flag)
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
    if words.get("fit") == Some("crop")
        && corner.iter().any(Option::is_some)
        && let (Some(width), Some(height)) = (words.get("w"), words.get("h"))
    {
        let [left, top] = corner.map(|begin| begin.unwrap_or("0"));
        let rect = format!("{left},{top},{width},{height}");
        ["w", "h", "fit", "gravity"].into_iter().for_each(|name| words.without(name));
        words.put("rect", rect);
    }
    words
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
        assert_eq!(of("r_1:2,f_auto:image"), ["radius=1,2,1,2", "format=auto"]);
        assert_eq!(of("r_1:2:3,z_0.7"), ["radius=1,2,3,2"]);
        assert!(
            is_layer("l_logo,w_3")
                && !is_layer("w_3")
                && ends_layer("fl_layer_apply.tiled,g_east")
                && !ends_layer("fl_lossy")
        );
        assert_eq!(of("b_rgb_ff0000,g_north_east"), ["bg=ff0000", "gravity=northeast"]);
    }
}
