//! Netlify: `/.netlify/images?url=…&w=200&h=200&fit=cover` (<https://docs.netlify.com/image-cdn/overview/>).

use super::endpoint::EndpointWords;
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{FitWord, Meanings};
use crate::request::Fit;

pub(super) const VENDOR: Vendor =
    Vendor { name: "netlify", usual_prefix: "/.netlify/images", is_own: |_, _| false, read, word: |_| None };

static MEANINGS: Meanings = Meanings { fits: &[("fill", FitWord::Fit(Fit::Stretch))], ..Meanings::NATIVE };

static ENDPOINT: EndpointWords = EndpointWords {
    picture: "url",
    names: &[
        ("w", "w"),
        ("width", "w"),
        ("h", "h"),
        ("height", "h"),
        ("fit", "fit"),
        ("position", "gravity"),
        ("fm", "format"),
        ("q", "q"),
    ],
    meanings: &MEANINGS,
};

/// Where no format is asked for, it is the best that the client shows.
fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let mut phrase = ENDPOINT.read(inquiry, |_, _, _| {})?;
    phrase.negotiate();
    Ok(phrase)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn parameters_are_native_words() {
        check(
            "netlify",
            &[
                (
                    "?url=/animals/cat.webp&w=200&h=200&fit=cover&position=right&fm=jpg",
                    "/animals/cat.webp?w=200&h=200&fit=cover&gravity=right&format=jpeg",
                ),
                ("?url=/a.png&w=200&h=100", "/a.png?w=200&h=100&format=auto"),
                ("?url=/a.png&w=200&h=100&fit=contain&q=50", "/a.png?w=200&h=100&q=50&format=auto"),
                ("?url=/a.png&w=200&h=100&fit=fill&fm=png", "/a.png?w=200&h=100&fit=stretch&format=png"),
                ("?w=64&url=https%3A%2F%2Fexample.com%2Fa.png&fm=avif", "/a.png?w=64&format=avif"),
            ],
            &["?w=20", "?url=https://c.example/a.png", "?url=/a.png&w=x", "?url=/a.png&fm=magic"],
        );
    }
}
