//! Numbers, switches and colours as Go's `strconv` reads them, and as imaginary makes use of that.

use crate::dialect::go;

/// What stands in for a number that is none, on the processors that Go runs on.
const NO_NUMBER: i64 = i64::MIN;
/// How much of a client's own text is repeated to it, in characters.
const MAX_ECHO: usize = 64;

/// Reads a decimal number without its sign; nothing is 0.
///
/// # Errors
/// In the words of Go.
pub(super) fn float(text: &str) -> Result<f64, String> {
    if text.is_empty() {
        return Ok(0.0);
    }
    let failed = |why: &str| format!("strconv.ParseFloat: parsing {}: {why}", quoted(text));
    let number: f64 = text.parse().map_err(|_| failed("invalid syntax"))?;
    if number.is_infinite() && text.contains(|letter: char| letter.is_ascii_digit()) {
        return Err(failed("value out of range"));
    }
    Ok(number.abs())
}

/// Reads a whole number: a decimal one without its sign, rounded to the nearest.
///
/// # Errors
/// In the words of Go.
pub(super) fn integer(text: &str) -> Result<i64, String> {
    let rounded = (float(text)? + 0.5).floor();
    Ok(if rounded.is_finite() { rounded as i64 } else { NO_NUMBER })
}

/// Reads a switch; nothing is off.
///
/// # Errors
/// In the words of imaginary.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    if text.is_empty() { Ok(false) } else { go::boolean(text).ok_or_else(|| UNSUPPORTED.to_owned()) }
}

/// What imaginary says of a value that is of another kind.
pub(super) const UNSUPPORTED: &str = "unsupported value";

/// Reads red, green and blue, with commas between; what is no channel is 0, and what is too much is 255. `None` for nothing.
pub(super) fn colour(text: &str) -> Option<[u8; 3]> {
    let mut channels = text.split(',').map(|part| channel(part.trim_matches(' ')));
    let mut next = || channels.next().unwrap_or_default();
    (!text.is_empty()).then(|| [next(), next(), next()])
}

fn channel(text: &str) -> u8 {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { text.parse().unwrap_or(u8::MAX) } else { 0 }
}

/// A client's own text as Go shows it, in part.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(MAX_ECHO).collect::<String>())
}

/// A client's own text, in part, and without control characters.
pub(super) fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(MAX_ECHO).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_lose_their_sign_and_are_rounded() {
        for (text, number) in
            [("7", 7), ("007", 7), ("-7", 7), ("7.4", 7), ("7.5", 8), ("-7.6", 8), ("", 0), ("1e3", 1000), ("+.5", 1)]
        {
            assert_eq!(integer(text), Ok(number), "{text}");
        }
        assert_eq!(integer("abc"), Err("strconv.ParseFloat: parsing \"abc\": invalid syntax".to_owned()));
        assert_eq!(integer("1e999"), Err("strconv.ParseFloat: parsing \"1e999\": value out of range".to_owned()));
        for text in [" 7", "7px", "0,5", "--7"] {
            assert!(integer(text).is_err(), "{text}");
        }
        assert_eq!(["inf", "NaN"].map(integer), [Ok(NO_NUMBER), Ok(NO_NUMBER)]);
        assert_eq!(integer("1e300"), Ok(i64::MAX));
    }

    #[test]
    fn switches_are_read_as_go_reads_them() {
        for (text, value) in [
            ("1", Some(true)),
            ("t", Some(true)),
            ("TRUE", Some(true)),
            ("True", Some(true)),
            ("0", Some(false)),
            ("F", Some(false)),
            ("", Some(false)),
            ("yes", None),
            ("2", None),
            ("tRue", None),
        ] {
            assert_eq!(boolean(text).ok(), value, "{text}");
        }
    }

    #[test]
    fn colours_are_three_channels_whatever_is_said() {
        for (text, channels) in [
            ("1,2,3", Some([1, 2, 3])),
            ("300,2,3", Some([255, 2, 3])),
            ("-5,2,3", Some([0, 2, 3])),
            ("x,2,3", Some([0, 2, 3])),
            (" 1 , 2,3,4", Some([1, 2, 3])),
            ("9", Some([9, 0, 0])),
            ("99999999999999999999,0,0", Some([255, 0, 0])),
            ("", None),
        ] {
            assert_eq!(colour(text), channels, "{text}");
        }
    }

    #[test]
    fn what_is_repeated_to_a_client_is_short() {
        assert_eq!(quoted("a\nb\""), "\"a\\nb\\\"\"");
        assert_eq!((quoted(&"x".repeat(100)).len(), shortened(&"x\n".repeat(100)).len()), (66, 64));
    }
}
