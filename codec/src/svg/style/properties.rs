//! The properties that are drawn: which are handed down, what they are where nothing is said, which values are right.

use std::borrow::Cow;

use super::colours;
use super::css::{self, Declaration};
use super::transform::{self, Frame};
use super::values::{self, Measures, Quantity};
use super::variables::is_variable;

/// Name, whether children have it from their parents, and what it is at first (where that can be said in a word).
#[rustfmt::skip]
const PROPERTIES: [(&str, bool, &str); 66] = [
    ("alignment-baseline", false, "auto"), ("baseline-shift", false, "baseline"), ("clip-path", false, "none"),
    ("clip-rule", true, "nonzero"), ("color", true, "black"), ("color-interpolation", true, "sRGB"),
    ("color-interpolation-filters", true, "linearRGB"), ("color-rendering", true, "auto"), ("direction", true, "ltr"),
    ("display", false, "inline"), ("dominant-baseline", true, "auto"), ("fill", true, "black"),
    ("fill-opacity", true, "1"), ("fill-rule", true, "nonzero"), ("filter", false, "none"),
    ("flood-color", false, "black"), ("flood-opacity", false, "1"), ("font", true, ""), ("font-family", true, ""),
    ("font-kerning", true, "auto"), ("font-optical-sizing", true, "auto"), ("font-size", true, "16px"),
    ("font-size-adjust", true, "none"), ("font-stretch", true, "normal"), ("font-style", true, "normal"),
    ("font-variant", true, "normal"), ("font-variation-settings", true, "normal"), ("font-weight", true, "normal"),
    ("glyph-orientation-horizontal", true, ""), ("glyph-orientation-vertical", true, ""),
    ("image-rendering", true, "auto"), ("isolation", false, "auto"), ("letter-spacing", true, "normal"),
    ("lighting-color", false, "white"), ("marker", true, "none"), ("marker-end", true, "none"),
    ("marker-mid", true, "none"), ("marker-start", true, "none"), ("mask", false, "none"),
    ("mask-type", false, "luminance"), ("mix-blend-mode", false, "normal"), ("opacity", false, "1"),
    ("overflow", false, "visible"), ("paint-order", true, "normal"), ("shape-rendering", true, "auto"),
    ("stop-color", false, "black"), ("stop-opacity", false, "1"), ("stroke", true, "none"),
    ("stroke-dasharray", true, "none"), ("stroke-dashoffset", true, "0"), ("stroke-linecap", true, "butt"),
    ("stroke-linejoin", true, "miter"), ("stroke-miterlimit", true, "4"), ("stroke-opacity", true, "1"),
    ("stroke-width", true, "1"), ("text-anchor", true, "start"), ("text-decoration", false, "none"),
    ("text-overflow", false, ""), ("text-rendering", true, "auto"), ("unicode-bidi", false, "normal"),
    ("vector-effect", false, "none"), ("visibility", true, "visible"), ("white-space", true, "normal"),
    ("word-spacing", true, "normal"), ("writing-mode", true, "lr-tb"), ("background-color", false, ""),
];
const COLOURS: [&str; 6] = ["color", "fill", "flood-color", "lighting-color", "stop-color", "stroke"];
const LENGTHS: [&str; 5] = ["font-size", "letter-spacing", "stroke-dashoffset", "stroke-width", "word-spacing"];
/// The words that every property knows.
const DEFAULTS: [&str; 4] = ["initial", "revert", "revert-layer", "unset"];
/// For trying values: whether they are right does not depend on these.
const ANY: Measures = Measures { font_size: 1.0, root_font_size: 1.0, viewport: (1.0, 1.0) };
const UNIT: Frame = Frame { left: 0.0, top: 0.0, width: 1.0, height: 1.0 };

/// Tells whether all declarations of an attribute are surely read right where they are. A quick look, for drawings that
/// say all of their style in attributes.
pub(super) fn are_usual(style: &str) -> bool {
    !css::has_turns(style) && style.split(';').all(is_usual)
}

fn is_usual(declaration: &str) -> bool {
    let Some((name, value)) = declaration.split_once(':') else { return true };
    let (name, value) = (name.trim_ascii(), value.trim_ascii());
    let is_plain = value.starts_with('#') || value == "none" || value.ends_with(|end: char| end.is_ascii_digit());
    let is_lower = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !name.starts_with("--");
    let is_free = || !COLOURS.contains(&name) && !LENGTHS.contains(&name) && !DEFAULTS.contains(&value);
    is_lower && !is_motion(name) && !is_geometry(name) && (is_plain || value.ends_with("px") || is_free())
}

/// Tells whether a declaration would be read otherwise if it stayed where it is.
pub(super) fn asks_for_more(declaration: &Declaration) -> bool {
    let Declaration { name, value, .. } = declaration;
    let (name, value) = (&**name, *value);
    if is_motion(name) || is_geometry(name) || name.starts_with("--") || DEFAULTS.contains(&value) {
        return true;
    }
    if value.contains('(') {
        return is_variable(value) || value.contains("calc(") || plain(name, value).as_deref() != Some(value);
    }
    plain(name, value).is_none() || LENGTHS.contains(&name) && in_pixels(value, &ANY).is_some()
}

/// Tells whether a declaration counts: what is not known or not right is as if it were not there.
pub(super) fn is_right(declaration: &Declaration) -> bool {
    let Declaration { name, value, .. } = declaration;
    let is_known = || PROPERTIES.iter().any(|(known, ..)| known == name);
    if name.starts_with("--") || is_variable(value) || DEFAULTS.contains(value) {
        return name.starts_with("--") || is_known() || is_motion(name) || is_geometry(name);
    }
    match &**name {
        "transform" => transform::matrix(value, UNIT, &ANY).is_some(),
        "transform-origin" => transform::origin(value, UNIT, &ANY).is_some(),
        "transform-box" => ["view-box", "fill-box", "stroke-box", "content-box", "border-box"].contains(value),
        "translate" => *value == "none" || transform::translation(value, UNIT, &ANY).is_some(),
        "rotate" => *value == "none" || transform::rotation(value, UNIT, &ANY).is_some(),
        "scale" => *value == "none" || transform::scaling(value, UNIT, &ANY).is_some(),
        "d" => *value == "none" || path(value).is_some(),
        name if is_geometry(name) => *value == "auto" || values::length(value, &ANY).is_some(),
        name if COLOURS.contains(&name) => plain(name, value).is_some(),
        _ => is_known(),
    }
}

/// Tells whether a property becomes a part of a transform.
pub(super) fn is_motion(name: &str) -> bool {
    matches!(name, "rotate" | "scale" | "transform" | "transform-box" | "transform-origin" | "translate")
}

/// Tells whether a property becomes an attribute of a shape.
pub(super) fn is_geometry(name: &str) -> bool {
    matches!(name, "cx" | "cy" | "d" | "height" | "r" | "rx" | "ry" | "width" | "x" | "y")
}

/// What the word `unset` and its like stand for: `inherit`, or what it is at first; empty where that is nothing.
pub(super) fn unset(name: &str, word: &str) -> &'static str {
    let property = PROPERTIES.iter().find(|(known, ..)| *known == name);
    property
        .map_or("", |(_, is_inherited, initial)| if *is_inherited && word != "initial" { "inherit" } else { initial })
}

/// The word itself, where a value is one of those that every property knows.
pub(super) fn default_word(value: &str) -> Option<&str> {
    DEFAULTS.contains(&value).then_some(value)
}

/// A value as the library reads it; `None` where it is wrong.
pub(super) fn plain<'a>(name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    if COLOURS.contains(&name) {
        // In a paint, what follows the link may be of any kind.
        let is_known = value.starts_with("url(") || svgtypes::Paint::from_str(value).is_ok();
        return if is_known { Some(Cow::Borrowed(value)) } else { colours::plain(value).map(Cow::Owned) };
    }
    let has_one_link = matches!(name, "clip-path" | "mask") || name.starts_with("marker");
    if !(has_one_link || name == "filter") || !value.contains("url(") {
        return Some(Cow::Borrowed(value));
    }
    let mut links = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("url(") {
        let (link, after) = css::within(after, b')');
        let link = link.trim().trim_matches(['"', '\'']);
        links += &if has_one_link { format!("url({link})") } else { format!("{before}url({link})") };
        rest = if has_one_link { "" } else { after };
    }
    links.push_str(rest);
    Some(if links == value { Cow::Borrowed(value) } else { Cow::Owned(links) })
}

/// Tells whether an attribute says a colour that the library does not know.
pub(super) fn is_new_colour(name: &str, value: &str) -> bool {
    COLOURS.contains(&name) && value.contains('(') && matches!(plain(name, value), Some(Cow::Owned(_)))
}

/// A sum, or a length in a unit that attributes do not know, as one that they know.
pub(super) fn in_attribute_units(name: &str, value: &str, measures: &Measures) -> Option<String> {
    if value.starts_with("calc(") || LENGTHS.contains(&name) { in_pixels(value, measures) } else { None }
}

fn in_pixels(value: &str, measures: &Measures) -> Option<String> {
    const KNOWN: [&str; 9] = ["em", "ex", "px", "in", "cm", "mm", "pt", "pc", "%"];
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    if is_number(value) || KNOWN.iter().any(|unit| value.strip_suffix(*unit).is_some_and(is_number)) {
        return None;
    }
    match values::quantity(value, measures)? {
        Quantity::Number(number) => Some(number.to_string()),
        Quantity::Length { pixels, percent: 0.0 } => Some(pixels.to_string()),
        Quantity::Length { pixels: 0.0, percent } => Some(format!("{percent}%")),
        _ => None,
    }
}

/// The outline in `path("…")`.
pub(super) fn path(value: &str) -> Option<&str> {
    let (function, within) = value.strip_suffix(')')?.split_once('(')?;
    let quoted = css::split(within, b',').last()?;
    let quote = quoted.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let outline = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    function.trim().eq_ignore_ascii_case("path").then_some(outline)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Declaration<'_> {
        css::declarations(text).next().unwrap()
    }

    #[test]
    fn what_is_wrong_does_not_count() {
        for text in [
            "fill:red",
            "fill:url(#a) red",
            "stroke:rgb(1 2 3 / 50%)",
            "fill:currentColor",
            "x:1px",
            "d:path('M0 0')",
            "scale:2 3",
            "rx:auto",
        ] {
            assert!(is_right(&first(text)), "{text}");
        }
        for text in
            ["fill:color(of-mine 1 0 0)", "fill:rad", "x:1", "d:M0 0", "transform:rotate(1)", "enable-background:new"]
        {
            assert!(!is_right(&first(text)), "{text}");
        }
    }

    #[test]
    fn what_the_library_reads_right_stays() {
        for text in
            ["fill:red", "stroke-width:2px", "font-size:1.5em", "opacity:.5", "font-size:large", "filter:blur(2px)"]
        {
            assert!(!asks_for_more(&first(text)), "{text}");
        }
        for text in [
            "fill:var(--a)",
            "stroke-width:1rem",
            "opacity:calc(1/2)",
            "x:1px",
            "--a:b",
            "fill:oklch(1 2 3)",
            "fill:unset",
        ] {
            assert!(asks_for_more(&first(text)), "{text}");
        }
    }
}
