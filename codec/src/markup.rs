//! Markup: the encoding that it says it is in (XML 1.0, section 4.3.3 and appendix F), and whether its first element is a
//! drawing.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How far the declaration of an encoding reaches at most.
const DECLARATION_BYTES: usize = 256;

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
    let Some(text) = read_start(bytes) else { return Beginning::Other };
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

/// The text of a file's first bytes, as far as they can be read.
fn read_start(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (encoding, mark_bytes) = encoding(bytes)?;
    Some(encoding.decode_without_bom_handling(bytes.get(mark_bytes..)?).0)
}

/// The encoding, and the length of the mark that says so.
pub(crate) fn encoding(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    if let Some(marked) = Encoding::for_bom(bytes) {
        return Some(marked);
    }
    match bytes {
        [b'<', 0, ..] => Some((UTF_16LE, 0)),
        [0, b'<', ..] => Some((UTF_16BE, 0)),
        _ => {
            let declared = declared(bytes).map_or(Some(UTF_8), Encoding::for_label_no_replacement)?;
            // Whoever could read that much of it has read bytes: as browsers do.
            Some((if declared.is_ascii_compatible() { declared } else { UTF_8 }, 0))
        }
    }
}

/// The name in `<?xml … encoding="name" …?>`.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let start = bytes.get(..bytes.len().min(DECLARATION_BYTES))?.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = start.get(..memchr::memmem::find(start, b"?>")?)?;
    let after = declaration.get(memchr::memmem::find(declaration, b"encoding")? + b"encoding".len()..)?;
    let value = after.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let quote = value.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
    value.get(1..)?.split(|byte| byte == quote).next()
}
