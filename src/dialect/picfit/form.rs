//! How parameters are written: in a path, in the query of a URL and in the JSON that keys are made of, as Go writes them.

use md5::{Digest as _, Md5};

use crate::dialect::escaping::{hexadecimal, query_escaped};

/// Parameters in a path: `[sig/]op/WxH/path`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PathForm<'a> {
    /// Empty where there is none.
    pub signature: &'a str,
    pub operation: &'a str,
    /// Empty where there is none.
    pub width: &'a str,
    /// Empty where there is none.
    pub height: &'a str,
    /// As far as letters, digits and `_`, `-`, `/`, `.` go.
    pub path: &'a str,
    /// Something else follows.
    pub is_cut: bool,
}

/// Reads a decoded path from the first component on that is a size, with a word before it. What stands before these is
/// passed over, as by the pattern of the other system, which is bound to neither end.
pub(super) fn parse(path: &str) -> Option<PathForm<'_>> {
    let mut before = ("", "");
    let mut rest = path;
    while let Some((component, behind)) = rest.split_once('/') {
        let operation = last_word(before.1);
        if let Some((width, height)) = size(component)
            && !operation.is_empty()
        {
            let end = behind.find(|letter| !is_plain(letter)).unwrap_or(behind.len());
            let (path, cut) = behind.split_at_checked(end)?;
            if !path.is_empty() {
                let signature = if operation == before.1 { last_word(before.0) } else { "" };
                return Some(PathForm { signature, operation, width, height, path, is_cut: !cut.is_empty() });
            }
        }
        before = (before.1, component);
        rest = behind;
    }
    None
}

/// `100x50`, `100x`, `x50` or `x`, in two parts.
fn size(component: &str) -> Option<(&str, &str)> {
    let (width, height) = component.split_once('x')?;
    let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    (is_number(width) && is_number(height)).then_some((width, height))
}

fn last_word(component: &str) -> &str {
    let is_outside = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
    component.rsplit(is_outside).next().unwrap_or_default()
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '/' | '.')
}

/// A text as it stands in a query: a space is `+`.
pub(super) fn encoded(text: &str) -> String {
    query_escaped(text.as_bytes())
}

/// A text as a string of JSON, with what HTML could take for its own escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut all = String::with_capacity(text.len() + 2);
    all.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => all.extend(['\\', letter]),
            '\n' => all.push_str("\\n"),
            '\r' => all.push_str("\\r"),
            '\t' => all.push_str("\\t"),
            '\u{8}' => all.push_str("\\b"),
            '\u{c}' => all.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                all.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => all.push(letter),
        }
    }
    all.push('"');
    all
}

/// MD5 (RFC 1321), in hexadecimal digits: a name that other systems know, and no protection of anything.
pub(super) fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Md5::digest(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form<'a>(
        signature: &'a str,
        operation: &'a str,
        width: &'a str,
        height: &'a str,
        path: &'a str,
    ) -> PathForm<'a> {
        PathForm { signature, operation, width, height, path, is_cut: false }
    }

    #[test]
    fn parameters_stand_in_a_path() {
        let signature = "3439c73717c344d5727698519b7ecf513aad810a";
        let signed = format!("/{signature}/thumbnail/30x40/tower.jpg");
        assert_eq!(parse(&signed), Some(form(signature, "thumbnail", "30", "40", "tower.jpg")));
        assert_eq!(parse("/fit/x90/a/b/c.png"), Some(form("", "fit", "", "90", "a/b/c.png")));
        assert_eq!(parse("/resize/120x/a.b-c_d.jpeg"), Some(form("", "resize", "120", "", "a.b-c_d.jpeg")));
        assert_eq!(parse("/resize/x/a.png"), Some(form("", "resize", "", "", "a.png")));
        assert_eq!(parse("/a/b/resize/1x2/3x4/c.png"), Some(form("b", "resize", "1", "2", "3x4/c.png")));
        assert_eq!(parse("/abc-d/re-size/1x2/c.png"), Some(form("", "size", "1", "2", "c.png")));
        for path in ["", "/", "/resize", "/resize/100x100", "/resize/100x100/", "/1x1/a.png", "//1x1/a", "/op/1y1/a"] {
            assert_eq!(parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_ends_where_something_else_begins() {
        let cut = PathForm { is_cut: true, ..form("", "resize", "1", "1", "a") };
        assert_eq!(parse("/resize/1x1/a b.png"), Some(cut));
        assert_eq!(parse("/resize/1x1/a\u{e9}.png"), Some(cut));
    }

    #[test]
    fn texts_are_written_as_go_writes_them() {
        assert_eq!(encoded("a b+c/d~e_\u{e9}:"), "a+b%2Bc%2Fd~e_%C3%A9%3A");
        assert_eq!(
            quoted("a\"b\\c<d>&\n\u{1}\u{2028}\u{e9}\u{7f}"),
            "\"a\\\"b\\\\c\\u003cd\\u003e\\u0026\\n\\u0001\\u2028\u{e9}\u{7f}\""
        );
        // RFC 1321, appendix A.5.
        assert_eq!(digest(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(digest(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    }

    proptest! {
        #[test]
        fn a_path_that_is_read_is_a_part_of_the_url(path in "[/a-c0-9x .é-]{0,40}") {
            if let Some(form) = parse(&path) {
                let whole = format!("{}/{}x{}/{}", form.operation, form.width, form.height, form.path);
                prop_assert!(path.contains(&whole));
                prop_assert!(!form.operation.is_empty() && !form.path.is_empty());
            }
        }

        #[test]
        fn a_string_is_the_same_text_in_json(text in "\\PC{0,30}") {
            prop_assert_eq!(serde_json::from_str::<String>(&quoted(&text)).unwrap(), text);
        }
    }
}
