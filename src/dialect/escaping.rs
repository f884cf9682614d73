//! Text as it stands in URLs.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};

use crate::request::ImagePath;

/// All but the unreserved characters (RFC 3986, section 2.3), which are what Go's `url.QueryEscape` leaves as they are too.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What stands in no URL (RFC 3986, appendix A), and what would end it; `%` is the writer's own.
const UNTYPABLE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A path as it stands before others: with a slash before it and none behind, or empty.
pub fn path_prefix(text: &str) -> String {
    match text.trim_matches('/') {
        "" => String::new(),
        bare => format!("/{bare}"),
    }
}

/// The path of an original as it stands in URLs: each component behind a slash, percent-encoded.
pub fn path_escaped(path: &ImagePath) -> String {
    path.components().map(|part| format!("/{}", utf8_percent_encode(part, RESERVED))).collect()
}

/// A query, or a path and a query, as somebody types it: what may stand in no URL is percent-encoded, and a `#` that would end it.
pub fn typed_escaped(text: &str) -> String {
    utf8_percent_encode(text, UNTYPABLE).to_string()
}

/// Two digits a byte, in small letters.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that hexadecimal digits stand for, in letters of either case.
pub(super) fn unhexed(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = text.chars().map(|letter| letter.to_digit(16)).collect::<Option<_>>()?;
    let byte = |pair: &[u32]| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}

/// A name or a value as Go writes it in a query: a space is `+`.
pub(super) fn query_escaped(text: &[u8]) -> String {
    percent_encode(text, RESERVED).to_string().replace("%20", "+")
}

/// Decodes Base64 for URLs without padding (RFC 4648, section 5) as Go does: lines may be broken, and bits that are left over
/// do not count.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for letter in text.bytes().filter(|letter| !matches!(letter, b'\r' | b'\n')) {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        (bits, held) = ((bits << 6) | u32::from(digit), held + 6);
        if held >= 8 {
            held -= 8;
            bytes.extend(u8::try_from(bits >> held));
            bits &= (1 << held) - 1;
        }
    }
    // A single letter of four holds no byte.
    (held < 6).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_url() {
        assert_eq!(typed_escaped("text=a b&background=#fff&x=%20"), "text=a%20b&background=%23fff&x=%20");
        assert_eq!(typed_escaped("/a/é.jpg?w=4,5&crop=[1:2]"), "/a/%C3%A9.jpg?w=4,5&crop=[1:2]");
    }

    #[test]
    fn base64_is_read_as_go_reads_it() {
        for (text, bytes) in [
            ("", ""),
            ("Zg", "f"),
            ("Zm8", "fo"),
            ("Zm9v", "foo"),
            ("Zm9\r\nvYg", "foob"),
            ("Zh", "f"),
            ("_-8", "\u{ff}\u{ef}"),
        ] {
            let expected: Vec<u8> = bytes.chars().map(|letter| letter as u8).collect();
            assert_eq!(base64(text), Some(expected), "{text}");
        }
        for text in ["Z", "Zm9vY", "Zg==", "Z+/v", "Zm 9", "é"] {
            assert_eq!(base64(text), None, "{text}");
        }
    }
}
