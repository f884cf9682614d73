//! What values of parameters look like: a few readers that many rows of the table share.

use super::parameters::Expected;
use crate::request::{Anchor, Angle, Background, Margin, Paint};

/// Puts a value in its place; `None` where there is none.
pub(super) fn put<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    *place = Some(value?);
    Some(())
}

/// Sets a value, one that asks for nothing as well; `None` where there is none.
pub(super) fn set<T>(place: &mut T, value: Option<T>) -> Option<()> {
    *place = value?;
    Some(())
}

/// A decimal number that is finite.
pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// On or off.
pub(super) fn switch(text: &str) -> Option<bool> {
    let is = |words: [&str; 2]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(["1", "true"]) { Some(true) } else { is(["0", "false"]).then_some(false) }
}

/// What is on where it is named.
pub(super) fn word(text: &str) -> Option<bool> {
    if text.is_empty() { Some(true) } else { switch(text) }
}

/// What [`switch`] reads.
pub(super) fn a_switch() -> Expected {
    Expected::one_of(["0", "1", "true", "false"])
}

/// 0 to 100.
pub(super) fn percent(text: &str) -> Option<u8> {
    text.parse().ok().filter(|percent| *percent <= 100)
}

/// What [`percent`] reads.
pub(super) fn a_percentage() -> Expected {
    Expected::Text("a whole number from 0 to 100".to_owned())
}

/// A colour that nothing shows through.
pub(super) fn opaque(text: &str) -> Option<Background> {
    let Paint([red, green, blue, _]) = Paint::parse(text).filter(|paint| paint.is_opaque())?;
    Some(Background([red, green, blue]))
}

/// What [`opaque`] reads.
pub(super) fn a_colour() -> Expected {
    Expected::Text("a colour such as ffcc00, fc0 or white".to_owned())
}

/// What a colour with an opacity is.
pub(super) fn a_paint() -> Expected {
    Expected::text("a colour: RGB or RRGGBB, a name of CSS, or r,g,b or r,g,b,a")
}

/// What a position is.
pub(super) fn a_position() -> Expected {
    Expected::Like("words such as southeast, top left or center, or x,y in pixels", Anchor::words().collect())
}

/// What a margin is.
pub(super) fn a_margin() -> Expected {
    Expected::Text(format!("a whole number of pixels up to {}, or percent such as 2p", Margin::MAX))
}

/// What an angle is.
pub(super) fn an_angle() -> Expected {
    Expected::Text(format!("degrees, a number from -{0} to {0}", Angle::MAX_DEGREES))
}
