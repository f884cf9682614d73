//! Astro: `/_image?href=…&w=200&h=200&f=webp` (<https://docs.astro.build/en/guides/images/>).

use super::endpoint::EndpointWords;
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{ColourDigits, FitWord, Meanings};
use crate::request::{Fit, Paint};

pub(super) const VENDOR: Vendor =
    Vendor { name: "astro", usual_prefix: "/_image", is_own: |_, _| false, read, word: |_| None };

static MEANINGS: Meanings = Meanings {
    fits: &[
        // That of sharp.
        ("contain", FitWord::Canvas(Paint::BLACK)),
        ("fill", FitWord::Fit(Fit::Stretch)),
        ("none", FitWord::Fit(Fit::Outside)),
    ],
    // Only what is made to fit is never larger than it is.
    unsaid: FitWord::Enlarged(Fit::Contain),
    digits: ColourDigits::AlphaLast,
    ..Meanings::NATIVE
};

static ENDPOINT: EndpointWords = EndpointWords {
    picture: "href",
    names: &[("w", "w"), ("h", "h"), ("fit", "fit"), ("position", "gravity"), ("f", "format"), ("background", "bg")],
    meanings: &MEANINGS,
};

/// Without a fit the width alone counts.
fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let mut phrase = ENDPOINT.read(inquiry, |words, name, value| match (name, value) {
        ("q", "low") => words.put("q", "25"),
        ("q", "mid") => words.put("q", "50"),
        ("q", "high") => words.put("q", "80"),
        ("q", "max") => words.put("q", "100"),
        ("q", _) => words.put("q", value),
        _ => {}
    })?;
    phrase.each(|words| {
        if !words.has("fit") && words.has("w") {
            words.without("h");
        }
    });
    Ok(phrase)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, dialect, request};
    use super::*;
    use crate::request::Surround;

    #[test]
    fn a_canvas_is_black_where_no_other_colour_is_said() {
        let wish = request(&dialect("astro"), "?href=/a.png&w=200&h=100&fit=contain").unwrap().wish;
        let [edit] = wish.edits() else { panic!("one round") };
        assert_eq!((edit.bounds.fit, edit.bounds.surround), (Fit::Pad, Some(Surround::Paint(Paint([0, 0, 0, 255])))));
    }

    #[test]
    fn parameters_are_native_words() {
        check(
            "astro",
            &[
                ("?href=%2F_astro%2Fa.png&w=200&h=100&f=webp", "/_astro/a.png?w=200&format=webp&enlarge=1"),
                ("?href=/a.png&w=200&h=100&fit=cover&position=top", "/a.png?w=200&h=100&fit=cover&gravity=top"),
                ("?href=/a.png&w=200&h=100&fit=contain&background=red", "/a.png?w=200&h=100&fit=pad&bg=red"),
                ("?href=/a.png&h=100&q=mid", "/a.png?h=100&q=50&enlarge=1"),
                ("?href=https://example.com/a.png&q=80", "/a.png?q=80"),
            ],
            &["?url=/a.png&w=20", "?href=https://c.example/a.png", "?href=/a.png&w=x"],
        );
    }
}
