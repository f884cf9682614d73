//! weserv: `/?url=example.com/a.jpg&w=200&h=200&fit=contain` (<https://images.weserv.nl/docs/>).

use super::endpoint::{EndpointWords, picture};
use super::words::{NativeWords, alteration, is_on};
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{ColourDigits, FitWord, Meanings};
use crate::request::{Fit, MaskWish, Paint, Reference, Silhouette};

pub(super) const VENDOR: Vendor = Vendor {
    name: "weserv",
    usual_prefix: "/",
    is_own: |path, query| path.trim_matches('/').is_empty() && picture(query, "url").is_some(),
    read,
    word: |_| None,
};

static MEANINGS: Meanings = Meanings {
    fits: &[
        ("inside", FitWord::Enlarged(Fit::Contain)),
        ("outside", FitWord::Enlarged(Fit::Outside)),
        ("cover", FitWord::Enlarged(Fit::Cover)),
        ("fill", FitWord::Enlarged(Fit::Stretch)),
        ("contain", FitWord::Enlarged(Fit::Pad)),
        // What they are where nothing may become larger.
        ("inside-we", FitWord::Fit(Fit::Contain)),
        ("outside-we", FitWord::Fit(Fit::Outside)),
        ("cover-we", FitWord::Fit(Fit::Cover)),
        ("fill-we", FitWord::Fit(Fit::Stretch)),
        ("contain-we", FitWord::Fit(Fit::Pad)),
    ],
    unsaid: FitWord::Enlarged(Fit::Contain),
    digits: ColourDigits::AlphaFirst,
    ..Meanings::NATIVE
};

static ENDPOINT: EndpointWords = EndpointWords {
    picture: "url",
    names: &[
        ("w", "w"),
        ("h", "h"),
        ("dpr", "dpr"),
        ("fit", "fit"),
        ("fpx", "fp-x"),
        ("fpy", "fp-y"),
        ("q", "q"),
        ("output", "format"),
        ("bg", "bg"),
        ("cbg", "bg"),
        ("rbg", "bg"),
        ("ro", "rotate"),
        ("con", "contrast"),
        ("hue", "hue"),
        ("tint", "tint"),
        ("trim", "trim"),
    ],
    meanings: &MEANINGS,
};

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let (mut is_without, mut comes_first) = (false, false);
    let (mut silhouette, mut surround, mut is_trimmed) = (None, Paint::CLEAR, false);
    let mut part = [None, None, None, None];
    let mut phrase = ENDPOINT.read(inquiry, |words, name, value| match name {
        "we" => is_without = is_on(value),
        "precrop" => comes_first = is_on(value),
        "mask" => silhouette = Silhouette::named(value),
        // What is no colour is none.
        "mbg" => surround = MEANINGS.paint(value).unwrap_or(Paint::CLEAR),
        "mtrim" => is_trimmed = is_on(value),
        _ => match ["cx", "cy", "cw", "ch"].iter().position(|edge| *edge == name).and_then(|place| part.get_mut(place))
        {
            Some(edge) => *edge = Some(value.to_owned()),
            None => put(words, name, value),
        },
    })?;
    phrase.alternatives = alternatives(inquiry);
    phrase.beyond.mask = silhouette.map(|silhouette| MaskWish { silhouette, surround, is_trimmed });
    phrase.each(|words| {
        if is_without {
            let fit = words.get("fit").unwrap_or("inside").trim_end_matches("-we").to_owned();
            words.put("fit", format!("{fit}-we"));
        }
    });
    if part.iter().any(Option::is_some) {
        let [left, top, width, height] = part;
        let begin = |edge: Option<String>| edge.unwrap_or_else(|| "0".to_owned());
        // To the edge, where nothing is said.
        let side = |edge: Option<String>| edge.unwrap_or_else(|| "1000000".to_owned());
        let rect = format!("{},{},{},{}", begin(left), begin(top), side(width), side(height));
        phrase.cut(rect, comes_first);
    }
    Ok(phrase)
}

/// The picture in place of one that is missing.
fn alternatives(inquiry: &VendorQuestion<'_>) -> Vec<Reference> {
    let default = picture(inquiry.query, "default").filter(|text| text.contains('.'));
    default.and_then(|text| inquiry.places.find_host(&text).ok()).into_iter().collect()
}

/// What `blur` is without a value: about as much as a mean of nine pixels.
const MILD_BLUR: &str = "0.8";
/// What `gam` is without a value.
const USUAL_GAMMA: &str = "2.2";

/// A point `focal-X-Y` in percent, as shares.
fn shared(value: &str) -> Option<String> {
    let (across, down) = value.strip_prefix("focal-").or_else(|| value.strip_prefix("crop-"))?.split_once('-')?;
    let share = |text: &str| Some(text.trim_end_matches('%').parse::<f64>().ok()?.clamp(0.0, 100.0) / 100.0);
    Some(format!("{}x{}", share(across)?, share(down)?))
}

fn put(words: &mut NativeWords, name: &str, value: &str) {
    match (name, value) {
        ("a", "focal") => {}
        // What is no word is given by shares, as focal-25%-60%.
        ("a", _) => words.put("gravity", shared(value).unwrap_or_else(|| value.replace('-', " "))),
        ("blur", _) => words.put("blur", if value.is_empty() { MILD_BLUR } else { value }),
        ("gam", _) => words.put("gamma", if value.is_empty() { USUAL_GAMMA } else { value }),
        ("flip", _) if is_on(value) => words.put("flip", "1"),
        ("flop", _) if is_on(value) => words.put("flop", "1"),
        ("filt", "greyscale") => words.put("bw", "1"),
        ("filt", "sepia") => words.put("sepia", "100"),
        ("filt", "negate") => words.put("invert", "1"),
        ("sat", _) => words.put("saturation", alteration(value)),
        ("mod", _) => {
            let mut parts = value.split(',').filter(|part| !part.is_empty());
            words.put_some("brightness", parts.next().map(alteration));
            words.put_some("saturation", parts.next().map(alteration));
            words.put_some("hue", parts.next());
        }
        ("sharp", _) => words.put("sharpen", value.split(',').next().unwrap_or_default()),
        ("l", _) => words.put("effort", value),
        ("il", _) if is_on(value) => words.put("progressive", "1"),
        ("ll", _) if is_on(value) => words.put("lossless", "1"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::vendor::tests::{check, dialect, request};

    #[test]
    fn a_mask_is_what_is_done_last() {
        let masks = |query: &str| {
            let wish = request(&dialect("weserv"), &format!("/?url=/a.png&{query}")).unwrap().wish;
            wish.edits().iter().map(|edit| edit.mask).collect::<Vec<_>>()
        };
        let star = MaskWish { silhouette: Silhouette::Star, surround: Paint::CLEAR, is_trimmed: false };
        let red = Paint([255, 0, 0, 255]);
        assert_eq!(masks("mask=star"), [Some(star)]);
        assert_eq!(masks("w=30&mask=star&mtrim&mbg=red"), [Some(MaskWish { surround: red, is_trimmed: true, ..star })]);
        assert_eq!(masks("mask=star&mbg=nonsense&w=30&cx=1&cw=20"), [None, Some(star)]);
        assert_eq!(masks("w=30&mask=blob&mbg=red&mtrim"), [None]);
    }

    #[test]
    fn parameters_are_native_words() {
        check(
            "weserv",
            &[
                (
                    "/?url=example.com/a/b.webp&w=200&h=200&fit=contain&output=png",
                    "/a/b.webp?w=200&h=200&fit=pad&format=png&enlarge=1",
                ),
                ("/?url=https://example.com/a.png&w=200&we", "/a.png?w=200"),
                ("/?we&fit=cover&w=20&h=10&url=/a.png&a=top-left", "/a.png?w=20&h=10&fit=cover&gravity=top left"),
                (
                    "/?url=/a.png&w=20&h=10&fit=cover&a=focal&fpx=0&fpy=0.5&we",
                    "/a.png?w=20&h=10&fit=cover&fp-x=0&fp-y=0.5",
                ),
                ("/?url=/a.png&cx=1&cy=2&cw=30&ch=40&precrop&w=10&we", "/a.png?rect=1,2,30,40&w=10"),
                ("/?url=/a.png&filt=greyscale&flip&flop&ro=90&q=50", "/a.png?bw=1&flip=hv&rotate=90&q=50"),
                (
                    "/?url=/a.png&mod=1.5,0.5,90&con=10&gam=2",
                    "/a.png?brightness=50&saturation=-50&hue=90&contrast=10&gamma=2",
                ),
                (
                    "/?url=/a.png&w=20&h=10&fit=contain&we&cbg=ff0000&filename=x&maxage=1d",
                    "/a.png?w=20&h=10&fit=pad&bg=f00",
                ),
                ("/?url=ssl:example.com/a.png&w=&h=20&blur&gam", "/a.png?h=20&enlarge=1&blur=0.8&gamma=2.2"),
                (
                    "/?url=/a.png&w=20&h=10&fit=cover&a=focal-25%25-60%25&we",
                    "/a.png?w=20&h=10&fit=cover&gravity=0.25x0.6",
                ),
                ("/?url=/a.png&sharp=2&il", "/a.png?sharpen=2&progressive=1"),
                ("/?url=/a.png&mtrim&bg=red", "/a.png?bg=red"),
            ],
            &["/?w=20", "/?url=c.example/a.png", "/?url=/a.png&w=x", "/?url=/a.png&fit=nowhere&w=2&h=2"],
        );
    }
}
