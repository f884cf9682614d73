//! AWS Amplify: `/_amplify/image?url=…&w=640&q=75`, and what Nuxt Image adds to that; the format by `Accept`
//! (<https://docs.aws.amazon.com/amplify/latest/userguide/image-optimization.html>).

use super::endpoint::EndpointWords;
use super::words::{NativeWords, is_on};
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{FitWord, Meanings};
use crate::request::Fit;

pub(super) const VENDOR: Vendor =
    Vendor { name: "amplify", usual_prefix: "/_amplify/image", is_own: |_, _| false, read, word: |_| None };

/// The words of sharp.
static MEANINGS: Meanings =
    Meanings { fits: &[("contain", FitWord::Fit(Fit::Pad)), ("fill", FitWord::Fit(Fit::Stretch))], ..Meanings::NATIVE };

static ENDPOINT: EndpointWords = EndpointWords {
    picture: "url",
    names: &[
        ("w", "w"),
        ("h", "h"),
        ("q", "q"),
        ("fit", "fit"),
        ("position", "gravity"),
        ("format", "format"),
        ("background", "bg"),
        ("trim", "trim"),
        ("extend", "pad"),
        ("extract", "rect"),
        ("rotate", "rotate"),
        ("sharpen", "sharpen"),
        ("blur", "blur"),
        ("tint", "tint"),
    ],
    meanings: &MEANINGS,
};

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let mut phrase = ENDPOINT.read(inquiry, |words: &mut NativeWords, name, value| match name {
        "flip" if is_on(value) => words.put("flip", "1"),
        "flop" if is_on(value) => words.put("flop", "1"),
        "grayscale" if is_on(value) => words.put("bw", "1"),
        "negate" if is_on(value) => words.put("invert", "1"),
        _ => {}
    })?;
    phrase.negotiate();
    Ok(phrase)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn parameters_are_native_words() {
        check(
            "amplify",
            &[
                ("?url=/a.png&w=640&q=75", "/a.png?w=640&q=75&format=auto"),
                ("?url=/a.png&w=640&h=480", "/a.png?w=640&h=480&format=auto"),
                ("?url=/a.png&w=64&h=48&fit=contain&format=png", "/a.png?w=64&h=48&fit=pad&format=png"),
                (
                    "?url=/a.png&flip=true&flop=true&grayscale=true&rotate=90",
                    "/a.png?flip=hv&bw=1&rotate=90&format=auto",
                ),
            ],
            &["", "?url=https://c.example/a.png&w=64", "?url=/a.png&w=x"],
        );
    }
}
