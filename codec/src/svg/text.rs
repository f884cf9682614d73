//! The text of a drawing: XML says itself which encoding it is in (XML 1.0, section 4.3.3 and appendix F).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::malformed;
use crate::{CodecError, Format};

/// How far the declaration of an encoding reaches at most.
const DECLARATION_BYTES: usize = 256;

/// The text of a whole file.
///
/// # Errors
/// [`CodecError::Unsupported`] for an encoding that nobody knows, [`CodecError::Malformed`] for bytes that are none of
/// its characters.
pub(super) fn read(bytes: &[u8]) -> Result<Cow<'_, str>, CodecError> {
    let unknown = || CodecError::unsupported(Format::Svg, "this encoding of text");
    let (encoding, mark_bytes) = encoding(bytes).ok_or_else(unknown)?;
    let body = bytes.get(mark_bytes..).unwrap_or_default();
    let text = encoding.decode_without_bom_handling_and_without_replacement(body);
    text.ok_or_else(|| malformed(format!("expected {}", encoding.name())))
}

/// The text of a file's first bytes, as far as they can be read.
pub(super) fn read_start(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (encoding, mark_bytes) = encoding(bytes)?;
    Some(encoding.decode_without_bom_handling(bytes.get(mark_bytes..)?).0)
}

/// The encoding, and the length of the mark that says so.
fn encoding(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_the_encoding_that_it_declares() {
        let in_encoding = |label: &str| {
            let text = format!("<?xml version='1.0' encoding = \"{label}\"?><a b='é…'/>");
            Encoding::for_label(label.as_bytes()).unwrap().encode(&text).0.into_owned()
        };
        for label in ["UTF-8", "iso-8859-1", "windows-1252", "macintosh"] {
            assert!(read(&in_encoding(label)).unwrap().ends_with("<a b='é…'/>"), "{label}");
        }
        let japanese = "<?xml version='1.0' encoding='Shift_JIS'?><a b='表示'/>";
        for label in ["shift_jis", "euc-jp", "gb18030", "big5"] {
            let text = japanese.replace("Shift_JIS", label);
            let bytes = Encoding::for_label(label.as_bytes()).unwrap().encode(&text).0.into_owned();
            assert_eq!(read(&bytes).unwrap(), text);
        }
        let declared = |label: &str| read(format!("<?xml version='1.0' encoding='{label}'?><a/>").as_bytes()).is_ok();
        assert!(declared("utf-16") && !declared("klingon") && !declared("replacement") && !declared("hz-gb-2312"));
        assert!(read(b"<a b='\xe9'/>").is_err());
    }

    #[test]
    fn utf_16_is_read_in_both_orders_with_a_mark_and_without() {
        let text = "<?xml version='1.0' encoding='UTF-16'?><a b='é表'/>";
        for mark in ["", "\u{feff}"] {
            let units = format!("{mark}{text}").encode_utf16().collect::<Vec<_>>();
            let little: Vec<_> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<_> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            assert_eq!((read(&little).unwrap(), read(&big).unwrap()), (text.into(), text.into()));
        }
    }
}
