//! The formats that are decoded, as a setting. It must not know who decodes them.

use super::kind::Kind;
use crate::request::Format;
use codec::{Codecs, InputFormats};

/// Names of formats that there is a decoder for; `all` means every one.
pub(super) struct Inputs;

impl Kind for Inputs {
    type Value = InputFormats;

    fn expected(&self) -> String {
        // The same text in every build: it is in the documents.
        let names: Vec<_> = Codecs::inputs().filter(|format| !Codecs::is_optional(*format)).map(Format::name).collect();
        let optional: Vec<_> = Format::all().filter(|format| Codecs::is_optional(*format)).map(Format::name).collect();
        let (names, optional) = (names.join(", "), optional.join(", "));
        format!("all, or names out of {names}, separated by commas; {optional} too where it is built in")
    }

    fn parse(&self, text: &str) -> Option<InputFormats> {
        if text.eq_ignore_ascii_case("all") {
            return Some(InputFormats::All);
        }
        let decoded: Vec<_> = Codecs::inputs().collect();
        let named = |name: &str| Format::named(name.trim()).filter(|format| decoded.contains(format));
        text.split(',').map(named).collect::<Option<_>>().map(InputFormats::Only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_are_not_decoded_cannot_be_named() {
        assert_eq!(Inputs.parse("ALL"), Some(InputFormats::All));
        let listed = InputFormats::Only(vec![Format::Jpeg, Format::Gif]);
        assert_eq!(Inputs.parse("JPG, gif"), Some(listed));
        for text in ["", "jp2", "jpeg,,gif", "jpeg,psd"] {
            assert_eq!(Inputs.parse(text), None, "{text}");
        }
        let heic = cfg!(feature = "heic").then(|| InputFormats::Only(vec![Format::Heic]));
        assert_eq!(Inputs.parse("heic"), heic);
    }
}
