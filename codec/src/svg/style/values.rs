//! Numbers, lengths and angles of CSS, with `calc()`.

use super::css;

/// How many brackets may be within one another.
const MAX_DEPTH: u32 = 12;
const PIXELS_PER_INCH: f64 = 96.0;

/// What units are measured by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measures {
    pub font_size: f64,
    pub root_font_size: f64,
    /// Width and height of the nearest viewport, in its own units.
    pub viewport: (f64, f64),
}

impl Measures {
    /// What percentages are of, where they are neither of the width nor of the height.
    pub fn diagonal(&self) -> f64 {
        let (width, height) = self.viewport;
        width.hypot(height) / std::f64::consts::SQRT_2
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Quantity {
    Number(f64),
    Length { pixels: f64, percent: f64 },
    Degrees(f64),
}

/// A length and a share of what it is measured by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Length {
    pub pixels: f64,
    pub percent: f64,
}

impl Length {
    /// In pixels, where all of it is `whole`.
    pub fn of(self, whole: f64) -> f64 {
        self.pixels + self.percent / 100.0 * whole
    }
}

/// A length as CSS has it: with a unit, unless it is nothing.
pub(super) fn length(text: &str, measures: &Measures) -> Option<Length> {
    match quantity(text, measures)? {
        Quantity::Length { pixels, percent } => Some(Length { pixels, percent }),
        Quantity::Number(0.0) => Some(Length { pixels: 0.0, percent: 0.0 }),
        _ => None,
    }
}

/// A length as an attribute has it.
pub(super) fn attribute_length(text: &str, measures: &Measures) -> Option<Length> {
    match quantity(text, measures)? {
        Quantity::Number(pixels) => Some(Length { pixels, percent: 0.0 }),
        _ => length(text, measures),
    }
}

pub(super) fn degrees(text: &str, measures: &Measures) -> Option<f64> {
    match quantity(text, measures)? {
        Quantity::Degrees(degrees) => Some(degrees),
        Quantity::Number(0.0) => Some(0.0),
        _ => None,
    }
}

/// A number, or a share as one.
pub(super) fn number(text: &str, measures: &Measures) -> Option<f64> {
    match quantity(text, measures)? {
        Quantity::Number(number) => Some(number),
        Quantity::Length { pixels: 0.0, percent } => Some(percent / 100.0),
        _ => None,
    }
}

pub(super) fn quantity(text: &str, measures: &Measures) -> Option<Quantity> {
    let quantity = term(text.trim(), measures, 0)?;
    let is_finite = match quantity {
        Quantity::Number(number) | Quantity::Degrees(number) => number.is_finite(),
        Quantity::Length { pixels, percent } => pixels.is_finite() && percent.is_finite(),
    };
    is_finite.then_some(quantity)
}

/// One number with its unit, or a bracket.
fn term(text: &str, measures: &Measures, depth: u32) -> Option<Quantity> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some((function, within)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        return match function.to_ascii_lowercase().as_str() {
            "" if depth == 0 => None,
            "" | "calc" | "-webkit-calc" => sum(within, measures, depth + 1),
            _ => None,
        };
    }
    let (number, unit) = text.split_at_checked(number_bytes(text))?;
    of_unit(number.parse().ok()?, unit, measures)
}

fn of_unit(number: f64, unit: &str, measures: &Measures) -> Option<Quantity> {
    let (width, height) = measures.viewport;
    let pixels = |each: f64| Some(Quantity::Length { pixels: number * each, percent: 0.0 });
    match unit.to_ascii_lowercase().as_str() {
        "" => Some(Quantity::Number(number)),
        "%" => Some(Quantity::Length { pixels: 0.0, percent: number }),
        "px" => pixels(1.0),
        "em" => pixels(measures.font_size),
        "rem" => pixels(measures.root_font_size),
        "ex" | "ch" => pixels(measures.font_size / 2.0),
        "in" => pixels(PIXELS_PER_INCH),
        "cm" => pixels(PIXELS_PER_INCH / 2.54),
        "mm" => pixels(PIXELS_PER_INCH / 25.4),
        "q" => pixels(PIXELS_PER_INCH / 101.6),
        "pt" => pixels(PIXELS_PER_INCH / 72.0),
        "pc" => pixels(PIXELS_PER_INCH / 6.0),
        "vw" => pixels(width / 100.0),
        "vh" => pixels(height / 100.0),
        "vmin" => pixels(width.min(height) / 100.0),
        "vmax" => pixels(width.max(height) / 100.0),
        "deg" => Some(Quantity::Degrees(number)),
        "grad" => Some(Quantity::Degrees(number * 0.9)),
        "rad" => Some(Quantity::Degrees(number.to_degrees())),
        "turn" => Some(Quantity::Degrees(number * 360.0)),
        _ => None,
    }
}

/// How much of the text is a number: `e` begins an exponent only where a number follows.
fn number_bytes(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| from + bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let after_sign = |at: usize| if matches!(bytes.get(at), Some(b'+' | b'-')) { at + 1 } else { at };
    let mut end = digits(after_sign(0));
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = after_sign(end + 1);
        if digits(exponent) > exponent {
            end = digits(exponent);
        }
    }
    end
}

/// `a + b - c`, where signs have spaces around them.
fn sum(text: &str, measures: &Measures, depth: u32) -> Option<Quantity> {
    let mut total: Option<Quantity> = None;
    let mut sign = 1.0;
    let mut rest = text.trim();
    loop {
        let end = spaced_sign(rest);
        let (part, after) = end.map_or((rest, None), |end| (rest.get(..end).unwrap_or_default(), rest.get(end..)));
        let value = scaled(product(part.trim(), measures, depth)?, sign);
        total = Some(match total {
            Some(total) => added(total, value)?,
            None => value,
        });
        let Some(after) = after else { return total };
        let after = after.trim_start();
        sign = if after.starts_with('-') { -1.0 } else { 1.0 };
        rest = after.get(1..)?.trim_start();
    }
}

/// Where the space before a sign between two terms is.
fn spaced_sign(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + css::find(text.get(from..)?, b"+-")?;
        let before = text.get(..at)?;
        if before.ends_with(char::is_whitespace) && !before.trim().is_empty() {
            return Some(at - 1).filter(|at| text.is_char_boundary(*at));
        }
        from = at + 1;
    }
}

/// `a * b / c`.
fn product(text: &str, measures: &Measures, depth: u32) -> Option<Quantity> {
    let mut rest = text;
    let mut total: Option<Quantity> = None;
    let mut is_divided = false;
    loop {
        let (part, sign, after) =
            css::cut(rest, b"*/").map_or((rest, None, ""), |(part, sign, after)| (part, Some(sign), after));
        let value = term(part.trim(), measures, depth)?;
        total = Some(match (total, value) {
            (None, value) => value,
            (Some(total), Quantity::Number(number)) => scaled(total, if is_divided { 1.0 / number } else { number }),
            (Some(Quantity::Number(number)), value) if !is_divided => scaled(value, number),
            _ => return None,
        });
        let Some(sign) = sign else { return total };
        (is_divided, rest) = (sign == b'/', after);
    }
}

fn scaled(quantity: Quantity, by: f64) -> Quantity {
    match quantity {
        Quantity::Number(number) => Quantity::Number(number * by),
        Quantity::Degrees(degrees) => Quantity::Degrees(degrees * by),
        Quantity::Length { pixels, percent } => Quantity::Length { pixels: pixels * by, percent: percent * by },
    }
}

fn added(one: Quantity, other: Quantity) -> Option<Quantity> {
    match (one, other) {
        (Quantity::Number(one), Quantity::Number(other)) => Some(Quantity::Number(one + other)),
        (Quantity::Degrees(one), Quantity::Degrees(other)) => Some(Quantity::Degrees(one + other)),
        (Quantity::Length { pixels, percent }, Quantity::Length { pixels: more_pixels, percent: more_percent }) => {
            Some(Quantity::Length { pixels: pixels + more_pixels, percent: percent + more_percent })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURES: Measures = Measures { font_size: 10.0, root_font_size: 16.0, viewport: (200.0, 100.0) };

    #[test]
    fn lengths_angles_and_sums_are_read() {
        let of = |text: &str| length(text, &MEASURES).map(|length| length.of(1000.0));
        let cases = [
            ("40px", Some(40.0)),
            ("-1.5em", Some(-15.0)),
            ("1e1px", Some(10.0)),
            ("2REM", Some(32.0)),
            ("5%", Some(50.0)),
            ("0", Some(0.0)),
            ("10vw", Some(20.0)),
            ("calc(100% - 10px)", Some(990.0)),
            ("calc((1px + 2 * 3px) / 2 - -1px)", Some(4.5)),
            ("calc(1px+2px)", None),
            ("calc(1px + 2)", None),
            ("calc(1px / 0)", None),
            ("10", None),
            ("1px 2px", None),
            ("45deg", None),
            ("px", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(of(text), expected, "{text}");
        }
        assert_eq!(degrees("0.25turn", &MEASURES), Some(90.0));
        assert_eq!(degrees("calc(50grad * 2)", &MEASURES), Some(90.0));
        assert_eq!(number("calc(1 / 4)", &MEASURES), Some(0.25));
        assert_eq!(attribute_length("12", &MEASURES).map(|length| length.pixels), Some(12.0));
        assert_eq!(of(&format!("calc{}1px{}", "(".repeat(1000), ")".repeat(1000))), None);
    }
}
