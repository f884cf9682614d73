//! `Label`: as what an answer goes out: its media type, the ending of the name that it is saved under, and whether it may run.

use std::borrow::Cow;

use http::HeaderValue;

use crate::request::{Format, Medium, Reference};
use crate::source::Untouched;

/// How much of a file tells text from the rest, in bytes (<https://mimesniff.spec.whatwg.org/#reading-the-resource-header>).
const TELLING_BYTES: usize = 512;
const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

/// Media types of files that are no images, by the endings of their names.
const BY_ENDING: [(&str, &str); 24] = [
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("tar", "application/x-tar"),
    ("txt", TEXT),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "text/xml; charset=utf-8"),
    ("yaml", "application/yaml"),
    ("zip", "application/zip"),
];

/// Media types of files that are no images, by what they begin with.
const BY_BEGINNING: [(&[u8], &str); 3] =
    [(b"%PDF-", "application/pdf"), (b"PK\x03\x04", "application/zip"), (b"\x1f\x8b\x08", "application/gzip")];

/// As what an answer goes out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Label<'a> {
    pub mime: HeaderValue,
    /// That of its name, without the dot; empty for none.
    pub ending: Cow<'a, str>,
    /// A browser that opens it by itself may find something in it to run.
    pub may_run: bool,
}

impl Label<'static> {
    /// That of a picture, or of what is told of one.
    pub(super) fn of(medium: Medium) -> Self {
        Self {
            mime: HeaderValue::from_static(medium.mime()),
            ending: Cow::Borrowed(medium.extension()),
            may_run: medium == Medium::Image(Format::Svg),
        }
    }
}

impl<'a> Label<'a> {
    /// That of an original that goes out as it is. What is no image is called as its server calls it, or else by its name, or
    /// else by its bytes; nobody knows what is in it.
    pub(super) fn of_original(untouched: &Untouched, original: &'a Reference) -> Self {
        if let Some(format) = untouched.format {
            return Label::of(format.into());
        }
        let ending = original.ending().unwrap_or_default();
        let declared = untouched.declared().and_then(|declared| HeaderValue::try_from(declared).ok());
        let mime = declared.unwrap_or_else(|| {
            let told = by_ending(&ending).or_else(|| by_bytes(untouched.beginning(), untouched.length));
            HeaderValue::from_static(told.unwrap_or(BYTES))
        });
        Self { mime, ending, may_run: true }
    }
}

fn by_ending(ending: &str) -> Option<&'static str> {
    let known = BY_ENDING.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending));
    let names = |format: &Format| [format.name(), format.extension()];
    let of_image = || Format::all().find(|format| names(format).iter().any(|name| name.eq_ignore_ascii_case(ending)));
    known.map(|(_, mime)| *mime).or_else(|| of_image().map(Format::mime))
}

/// `None` where the bytes are not at hand, or are no text.
fn by_bytes(beginning: &[u8], length: u64) -> Option<&'static str> {
    let marked = BY_BEGINNING.iter().find(|(mark, _)| beginning.starts_with(mark));
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    let is_text = (length == 0 || !beginning.is_empty()) && !beginning.iter().take(TELLING_BYTES).any(is_binary);
    marked.map(|(_, mime)| *mime).or(is_text.then_some(TEXT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_image_is_called_by_its_name_or_else_by_its_bytes() {
        for (ending, mime) in [("JSON", Some("application/json")), ("jpg", Some("image/jpeg")), ("", None), ("x", None)]
        {
            assert_eq!(by_ending(ending), mime, "{ending}");
        }
        for (beginning, length, mime) in [
            (&b"%PDF-1.7\0"[..], 9, Some("application/pdf")),
            (b"a\tb\r\n", 5, Some(TEXT)),
            (b"a\0", 2, None),
            (b"", 0, Some(TEXT)),
            // They are elsewhere.
            (b"", 7, None),
        ] {
            assert_eq!(by_bytes(beginning, length), mime, "{beginning:?}");
        }
    }

    #[test]
    fn no_ending_is_there_twice() {
        let mut endings: Vec<_> = BY_ENDING.iter().map(|(ending, _)| ending).collect();
        endings.dedup();
        assert!(endings.is_sorted() && endings.len() == BY_ENDING.len());
    }
}
