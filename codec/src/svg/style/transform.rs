//! Transforms as CSS has them: with units, around an origin, in a box.

use super::css;
use super::values::{Length, Measures, degrees, length, number};

/// `x' = a x + c y + e`, `y' = b x + d y + f`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix(pub [f64; 6]);

/// A rectangle: left, top, width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Matrix {
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    pub fn translate(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    fn scale(x: f64, y: f64) -> Self {
        Self([x, 0.0, 0.0, y, 0.0, 0.0])
    }

    fn rotate(degrees: f64) -> Self {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        Self([cosine, sine, -sine, cosine, 0.0, 0.0])
    }

    fn skew(x: f64, y: f64) -> Self {
        Self([1.0, y.to_radians().tan(), x.to_radians().tan(), 1.0, 0.0, 0.0])
    }

    /// What `inner` does first, and this one after it.
    pub fn around(self, inner: Self) -> Self {
        let Self([a, b, c, d, e, f]) = self;
        let Self([g, h, i, j, k, l]) = inner;
        Self([a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f])
    }

    /// The frame around what becomes of a frame.
    pub fn frame(self, frame: Frame) -> Frame {
        let Self([a, b, c, d, e, f]) = self;
        let (left, top) = (frame.left, frame.top);
        let corners = [
            (left, top),
            (left + frame.width, top),
            (left, top + frame.height),
            (left + frame.width, top + frame.height),
        ];
        let moved = corners.map(|(x, y)| (a * x + c * y + e, b * x + d * y + f));
        let least = moved.iter().fold((f64::INFINITY, f64::INFINITY), |(x, y), point| (x.min(point.0), y.min(point.1)));
        let most =
            moved.iter().fold((f64::NEG_INFINITY, f64::NEG_INFINITY), |(x, y), point| (x.max(point.0), y.max(point.1)));
        Frame { left: least.0, top: least.1, width: most.0 - least.0, height: most.1 - least.1 }
    }

    pub fn is_finite(self) -> bool {
        self.0.iter().all(|number| number.is_finite() && number.abs() < f64::from(f32::MAX))
    }
}

impl Frame {
    /// The frame around both.
    pub fn with(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self { left, top, width: right - left, height: bottom - top }
    }
}

/// A list of functions; `None` where one of them is not right, for then the whole value is void.
pub(super) fn matrix(text: &str, frame: Frame, measures: &Measures) -> Option<Matrix> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("none") {
        return Some(Matrix::IDENTITY);
    }
    let mut matrix = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('(')?;
        let (arguments, after) = css::within(after, b')');
        let arguments: Vec<_> = css::split(arguments, b',').collect();
        let next = function(&name.trim().to_ascii_lowercase(), &arguments, frame, measures)?;
        matrix = Some(matrix.unwrap_or(Matrix::IDENTITY).around(next));
        rest = after.trim_start();
    }
    matrix
}

/// One function. Depth is seen from the front, without perspective.
fn function(name: &str, arguments: &[&str], frame: Frame, measures: &Measures) -> Option<Matrix> {
    let across = |text: &str| length(text, measures).map(|length| length.of(frame.width));
    let down = |text: &str| length(text, measures).map(|length| length.of(frame.height));
    let angle = |text: &str| degrees(text, measures);
    let factor = |text: &str| number(text, measures);
    let matrix = match (name, arguments) {
        ("translate", [x]) | ("translatex", [x]) => Matrix::translate(across(x)?, 0.0),
        ("translate", [x, y]) | ("translate3d", [x, y, _]) => Matrix::translate(across(x)?, down(y)?),
        ("translatey", [y]) => Matrix::translate(0.0, down(y)?),
        ("scale", [both]) => Matrix::scale(factor(both)?, factor(both)?),
        ("scale", [x, y]) | ("scale3d", [x, y, _]) => Matrix::scale(factor(x)?, factor(y)?),
        ("scalex", [x]) => Matrix::scale(factor(x)?, 1.0),
        ("scaley", [y]) => Matrix::scale(1.0, factor(y)?),
        ("rotate" | "rotatez", [turn]) => Matrix::rotate(angle(turn)?),
        ("rotate3d", [x, y, z, turn]) if factor(x)? == 0.0 && factor(y)? == 0.0 => {
            Matrix::rotate(angle(turn)? * factor(z)?.signum())
        }
        ("rotatex", [turn]) => Matrix::scale(1.0, angle(turn)?.to_radians().cos()),
        ("rotatey", [turn]) => Matrix::scale(angle(turn)?.to_radians().cos(), 1.0),
        ("skew" | "skewx", [x]) => Matrix::skew(angle(x)?, 0.0),
        ("skew", [x, y]) => Matrix::skew(angle(x)?, angle(y)?),
        ("skewy", [y]) => Matrix::skew(0.0, angle(y)?),
        ("translatez" | "scalez" | "perspective", [_]) => Matrix::IDENTITY,
        ("matrix", numbers) => Matrix(all(numbers, factor)?),
        ("matrix3d", numbers) => {
            let [a, b, _, _, c, d, _, _, _, _, _, _, e, f, _, _] = all::<16>(numbers, factor)?;
            Matrix([a, b, c, d, e, f])
        }
        _ => return None,
    };
    matrix.is_finite().then_some(matrix)
}

fn all<const COUNT: usize>(texts: &[&str], read: impl Fn(&str) -> Option<f64>) -> Option<[f64; COUNT]> {
    let numbers: Option<Vec<f64>> = texts.iter().map(|text| read(text)).collect();
    numbers?.try_into().ok()
}

/// The property `translate`: `10px 20%`.
pub(super) fn translation(text: &str, frame: Frame, measures: &Measures) -> Option<Matrix> {
    let parts: Vec<_> = css::split(text.trim(), b' ').filter(|part| !part.is_empty()).collect();
    function(if parts.len() == 3 { "translate3d" } else { "translate" }, &parts, frame, measures)
}

/// The property `rotate`: `45deg`, `z 45deg`.
pub(super) fn rotation(text: &str, frame: Frame, measures: &Measures) -> Option<Matrix> {
    let text = text.trim();
    let text = text.strip_prefix("z ").or_else(|| text.strip_suffix(" z")).unwrap_or(text);
    function("rotate", &[text], frame, measures)
}

/// The property `scale`: `2`, `2 50%`.
pub(super) fn scaling(text: &str, frame: Frame, measures: &Measures) -> Option<Matrix> {
    let parts: Vec<_> = css::split(text.trim(), b' ').filter(|part| !part.is_empty()).collect();
    function(if parts.len() == 3 { "scale3d" } else { "scale" }, &parts, frame, measures)
}

/// The point of `transform-origin`, in the frame's coordinates.
pub(super) fn origin(text: &str, frame: Frame, measures: &Measures) -> Option<(f64, f64)> {
    let parts: Vec<_> = css::split(text.trim(), b' ').filter(|part| !part.is_empty()).collect();
    let share = |percent| Some(Length { pixels: 0.0, percent });
    let read = |text: &str| match text.to_ascii_lowercase().as_str() {
        "left" | "top" => share(0.0),
        "center" => share(50.0),
        "right" | "bottom" => share(100.0),
        _ => length(text, measures),
    };
    let is_vertical = |text: &str| text.eq_ignore_ascii_case("top") || text.eq_ignore_ascii_case("bottom");
    let is_horizontal = |text: &str| text.eq_ignore_ascii_case("left") || text.eq_ignore_ascii_case("right");
    let (x, y) = match parts.as_slice() {
        [y] if is_vertical(y) => ("center", *y),
        [x] => (*x, "center"),
        [y, x, ..] if is_vertical(y) || is_horizontal(x) => (*x, *y),
        [x, y, ..] => (*x, *y),
        [] => return None,
    };
    Some((frame.left + read(x)?.of(frame.width), frame.top + read(y)?.of(frame.height)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { left: 10.0, top: 20.0, width: 200.0, height: 100.0 };
    const MEASURES: Measures = Measures { font_size: 10.0, root_font_size: 16.0, viewport: (200.0, 100.0) };

    fn moved(text: &str) -> Option<[i64; 2]> {
        let Matrix([a, b, c, d, e, f]) = matrix(text, FRAME, &MEASURES)?;
        // Where (1, 2) comes to lie, in thousandths.
        Some([a + 2.0 * c + e, b + 2.0 * d + f].map(|side| (side * 1000.0).round() as i64))
    }

    #[test]
    fn functions_have_units_and_come_one_after_the_other() {
        let cases = [
            ("translate(40px,20px)", Some([41_000, 22_000])),
            ("TRANSLATE( 1em , 10% )", Some([11_000, 12_000])),
            ("translateX(calc(50% - 1px)) scale(2)", Some([101_000, 4000])),
            ("rotate(90deg)", Some([-2000, 1000])),
            ("rotate(0.25turn) translateY(1px)", Some([-3000, 1000])),
            ("matrix(1, 0, 0, 1, 5, 6)", Some([6000, 8000])),
            ("translate3d(1px, 2px, 3px) translateZ(0)", Some([2000, 4000])),
            ("skewX(45deg)", Some([3000, 2000])),
            ("scale(50%)", Some([500, 1000])),
            ("none", Some([1000, 2000])),
            ("rotate(45)", None),
            ("translate(40,20)", None),
            ("turn(45deg)", None),
            ("scale(1) nonsense", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(moved(text), expected, "{text}");
        }
    }

    #[test]
    fn origins_are_points_of_the_frame() {
        let of = |text: &str| origin(text, FRAME, &MEASURES);
        assert_eq!(of("center"), Some((110.0, 70.0)));
        assert_eq!(of("top left"), Some((10.0, 20.0)));
        assert_eq!(of("bottom"), Some((110.0, 120.0)));
        assert_eq!(of("5px 25% 0"), Some((15.0, 45.0)));
        assert_eq!(of("10"), None);
    }
}
