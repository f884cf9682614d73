//! The text of a drawing, in whatever encoding it is.

use std::borrow::Cow;

use super::malformed;
use crate::markup::encoding;
use crate::{CodecError, Format};

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

#[cfg(test)]
mod tests {
    use encoding_rs::Encoding;

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
