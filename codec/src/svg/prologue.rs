//! What comes before the first element of a drawing, and whether that element is `svg`.

use super::text;

/// What the beginning of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    Drawing,
    /// Markup that has not come to its first element.
    Markup,
    Other,
}

/// Looks at a file's first bytes: an XML declaration, comments, instructions and a document type may come before the
/// first element.
pub(crate) fn beginning(bytes: &[u8]) -> Beginning {
    if !may_be_markup(bytes) {
        return Beginning::Other;
    }
    let Some(text) = text::read_start(bytes) else { return Beginning::Other };
    let mut rest = text.trim_start();
    loop {
        let after = if rest.starts_with("<?") {
            rest.split_once("?>").map(|(_, after)| after)
        } else if rest.starts_with("<!--") {
            rest.get(4..).and_then(|comment| comment.split_once("-->")).map(|(_, after)| after)
        } else if rest.starts_with("<!DOCTYPE") {
            after_document_type(rest)
        } else {
            return first_element(rest);
        };
        let Some(after) = after else { return Beginning::Markup };
        rest = after.trim_start();
    }
}

/// A look that costs nothing, for files of every other kind.
fn may_be_markup(bytes: &[u8]) -> bool {
    let unmarked = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].iter().find_map(|mark| bytes.strip_prefix(*mark));
    let mut letters = unmarked.unwrap_or(bytes).iter().filter(|byte| **byte != 0);
    letters.find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

fn first_element(rest: &str) -> Beginning {
    let Some(tag) = rest.strip_prefix('<') else {
        return if rest.is_empty() { Beginning::Markup } else { Beginning::Other };
    };
    match tag.find([' ', '\t', '\r', '\n', '>', '/']).and_then(|end| tag.get(..end)) {
        Some(name) if name == "svg" || name.ends_with(":svg") => Beginning::Drawing,
        Some(_) => Beginning::Other,
        None => Beginning::Markup,
    }
}

/// What follows a document type: quoted names and the declarations within may hold any sign.
fn after_document_type(text: &str) -> Option<&str> {
    let mut rest = text.get("<!".len()..)?;
    let mut is_inside = false;
    loop {
        rest = rest.get(rest.find(['"', '\'', '[', ']', '<', '>'])?..)?;
        let skipped = if rest.starts_with("<!--") {
            rest.get(4..)?.split_once("-->")?.1
        } else if rest.starts_with("<?") {
            rest.split_once("?>")?.1
        } else {
            let sign = rest.chars().next()?;
            let after = rest.get(sign.len_utf8()..)?;
            match sign {
                '"' | '\'' => after.split_once(sign)?.1,
                '>' if !is_inside => return Some(after),
                _ => {
                    is_inside = if sign == '[' { true } else { is_inside && sign != ']' };
                    after
                }
            }
        };
        rest = skipped;
    }
}
