//! What stands between colons: switches, numbers, colours and places, as Go's `strconv` reads them.

use super::words::{Invalid, invalid};
use crate::dialect::go;
use crate::request::{Along, Anchor, Background, Exact, Fitting, Format, Gravity, Placement};

/// Where a gravity may lead besides the nine places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AllowedPlaces {
    /// To a point, and to where there is most to see.
    Any,
    /// To a point.
    WithPoint,
}

/// The nine places, by their names.
const ANCHORS: [(&str, Along, Along); 9] = [
    ("ce", Along::Middle, Along::Middle),
    ("no", Along::Middle, Along::Begin),
    ("so", Along::Middle, Along::End),
    ("ea", Along::End, Along::Middle),
    ("we", Along::Begin, Along::Middle),
    ("noea", Along::End, Along::Begin),
    ("nowe", Along::Begin, Along::Begin),
    ("soea", Along::End, Along::End),
    ("sowe", Along::Begin, Along::End),
];

/// The formats that there are, by the names that they have in URLs.
const FORMATS: [(&str, Format); 12] = [
    ("jpg", Format::Jpeg),
    ("jpeg", Format::Jpeg),
    ("png", Format::Png),
    ("webp", Format::WebP),
    ("avif", Format::Avif),
    ("gif", Format::Gif),
    ("ico", Format::Ico),
    ("svg", Format::Svg),
    ("heic", Format::Heic),
    ("bmp", Format::Bmp),
    ("tiff", Format::Tiff),
    ("jxl", Format::Jxl),
];

/// Reads a switch; what is none is off.
pub(super) fn switch(text: &str) -> bool {
    go::boolean(text) == Some(true)
}

/// Reads a whole number, which may have a sign.
pub(super) fn integer(text: &str) -> Result<i64, Invalid> {
    text.parse().map_err(|_| invalid("a whole number"))
}

/// Reads until when a URL is good, in seconds since 1970; 0 for ever.
pub(super) fn expiry(text: &str, now: i64) -> Result<i64, Invalid> {
    let seconds = integer(text)?;
    if seconds > 0 && seconds < now { Err(Invalid::Expired) } else { Ok(seconds.max(0)) }
}

/// Reads a whole number from nothing on; what is more than 32 bits hold is no picture's.
pub(super) fn natural(text: &str) -> Result<u32, Invalid> {
    let number = integer(text).ok().filter(|number| *number >= 0);
    number.map(|number| u32::try_from(number).unwrap_or(u32::MAX)).ok_or_else(|| invalid("a whole number from 0 on"))
}

/// Reads what becomes of a picture that has another shape than its box.
pub(super) fn fitting(text: &str) -> Result<Fitting, Invalid> {
    match text {
        "fit" => Ok(Fitting::Fit),
        "fill" => Ok(Fitting::Fill),
        "fill-down" => Ok(Fitting::FillDown),
        "force" => Ok(Fitting::Force),
        "auto" => Ok(Fitting::Auto),
        _ => Err(invalid("fit, fill, fill-down, force or auto")),
    }
}

/// Reads a whole number within bounds.
pub(super) fn within(text: &str, least: u8, most: u8) -> Result<u8, Invalid> {
    let number = integer(text).ok().and_then(|number| u8::try_from(number).ok());
    number.filter(|number| (least..=most).contains(number)).ok_or_else(|| invalid("a number within bounds"))
}

/// Reads a decimal number.
pub(super) fn decimal(text: &str) -> Result<Exact, Invalid> {
    text.parse().ok().and_then(Exact::new).ok_or_else(|| invalid("a number"))
}

/// Reads a decimal number from nothing on.
pub(super) fn amount(text: &str) -> Result<Exact, Invalid> {
    decimal(text).ok().filter(|number| number.get() >= 0.0).ok_or_else(|| invalid("a number from 0 on"))
}

/// Reads a decimal number above nothing.
pub(super) fn factor(text: &str) -> Result<Exact, Invalid> {
    decimal(text).ok().filter(|number| number.get() > 0.0).ok_or_else(|| invalid("a number above 0"))
}

/// Reads a share.
pub(super) fn share(text: &str) -> Result<Exact, Invalid> {
    amount(text).ok().filter(|number| number.get() <= 1.0).ok_or_else(|| invalid("a number from 0 to 1"))
}

/// Reads three or six hexadecimal digits.
pub(super) fn colour(text: &str) -> Result<Background, Invalid> {
    let is_hexadecimal = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    Background::parse(text).filter(|_| is_hexadecimal).ok_or_else(|| invalid("hexadecimal digits of a colour"))
}

/// Reads one channel of a colour.
pub(super) fn channel(text: &str) -> Result<u8, Invalid> {
    let is_plain = text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain).ok_or_else(|| invalid("a number from 0 to 255"))
}

/// Reads the name of a format.
pub(super) fn format(text: &str) -> Result<Format, Invalid> {
    let known = FORMATS.iter().find(|(name, _)| *name == text);
    known.map(|(_, format)| *format).ok_or_else(|| invalid("a format"))
}

/// Reads one of the nine places.
pub(super) fn anchor(text: &str) -> Option<Anchor> {
    let known = ANCHORS.iter().find(|(name, ..)| *name == text);
    known.map(|(_, horizontal, vertical)| Anchor { horizontal: *horizontal, vertical: *vertical })
}

/// Reads a gravity and its distances; those that are not given stay as they were.
pub(super) fn placement<'a>(
    mut arguments: impl Iterator<Item = &'a str>,
    places: AllowedPlaces,
    before: Placement,
) -> Result<Placement, Invalid> {
    let name = arguments.next().unwrap_or_default();
    let (first, second) = (arguments.next(), arguments.next());
    if arguments.next().is_some() {
        return Err(invalid("a gravity and two distances"));
    }
    if name == "sm" && places == AllowedPlaces::Any {
        let is_alone = first.is_none();
        return is_alone.then(|| Placement::at(Gravity::Smart)).ok_or_else(|| invalid("no distances"));
    }
    if name == "fp" {
        let (Some(across), Some(down)) = (first, second) else { return Err(invalid("a point")) };
        let point = Gravity::point(share(across)?.get(), share(down)?.get());
        return point.map(Placement::at).ok_or_else(|| invalid("a point"));
    }
    let anchor = anchor(name).ok_or_else(|| invalid("a gravity"))?;
    let distance = |text: Option<&str>, before: Exact| match text {
        None | Some("") => Ok(before),
        Some(text) => decimal(text),
    };
    let (across, down) = (distance(first, before.across)?, distance(second, before.down)?);
    Ok(Placement { gravity: Gravity::Anchor(anchor), across, down })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_switch_is_off() {
        assert!(["1", "t", "T", "TRUE", "true", "True"].into_iter().all(switch));
        assert!(!["0", "f", "", "yes", "2", "tRUE", " 1"].into_iter().any(switch));
    }

    #[test]
    fn numbers_are_those_of_go() {
        assert_eq!(["7", "+7", "007"].map(|text| natural(text).ok()), [Some(7); 3]);
        assert_eq!(natural("99999999999").ok(), Some(u32::MAX));
        for text in ["", "-1", "1.5", "0x7", "7 ", "99999999999999999999"] {
            assert!(natural(text).is_err(), "{text}");
        }
        assert_eq!([".5", "5.", "1e2", "-3"].map(|text| decimal(text).unwrap().get()), [0.5, 5.0, 100.0, -3.0]);
        for text in ["", "inf", "NaN", "1,5", "x"] {
            assert!(decimal(text).is_err(), "{text}");
        }
        assert!(amount("-0.1").is_err() && factor("0").is_err() && share("1.1").is_err());
        assert_eq!(
            [within("0", 0, 100).ok(), within("100", 0, 100).ok(), within("101", 0, 100).ok()],
            [Some(0), Some(100), None]
        );
    }

    #[test]
    fn colours_are_hexadecimal_or_three_channels() {
        assert_eq!(colour("fD0").ok(), Some(Background([255, 221, 0])));
        assert_eq!(colour("ffddee").ok(), Some(Background([255, 221, 238])));
        for text in ["", "#fff", "white", "ffff"] {
            assert!(colour(text).is_err(), "{text}");
        }
        assert!(channel("256").is_err() && channel("+1").is_err() && channel("").is_err());
    }

    #[test]
    fn a_gravity_has_the_distances_that_it_can_have() {
        let read = |text: &str, places| placement(text.split(':'), places, Placement::default()).ok();
        let exact = |number| Exact::new(number).unwrap();
        let southeast = Gravity::Anchor(anchor("soea").unwrap());
        let expected = Placement { gravity: southeast, across: exact(10.0), down: exact(0.5) };
        assert_eq!(read("soea:10:0.5", AllowedPlaces::WithPoint), Some(expected));
        assert_eq!(read("soea::", AllowedPlaces::Any), Some(Placement::at(southeast)));
        assert_eq!(read("sm", AllowedPlaces::Any), Some(Placement::at(Gravity::Smart)));
        let point = Placement::at(Gravity::point(0.5, 0.75).unwrap());
        assert_eq!(read("fp:0.5:0.75", AllowedPlaces::WithPoint), Some(point));
        let north = |text: &str| placement(text.split(':'), AllowedPlaces::Any, expected).ok();
        let gravity = Gravity::Anchor(anchor("no").unwrap());
        assert_eq!(north("no"), Some(Placement { gravity, ..expected }));
        assert_eq!(north("no::2"), Some(Placement { gravity, down: exact(2.0), ..expected }));
        assert_eq!(north("sm"), Some(Placement::at(Gravity::Smart)));
        for text in ["", "re", "sm:1", "fp", "fp:0.2", "fp:0.2:1.1", "fp:0:0:0", "no:x", "no:1:2:3", "NO"] {
            assert_eq!(read(text, AllowedPlaces::Any), None, "{text}");
        }
        assert_eq!(read("sm", AllowedPlaces::WithPoint), None);
    }
}
