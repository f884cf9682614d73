//! ImageKit: transformations such as `w-300,h-200:rt-90`, in the query as `tr`, or in the path as `/tr:…/`
//! (<https://imagekit.io/docs/image-transformation>).

use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::beyond::{self, Beyond};
use super::words::{NativeWords, is_on, renamed};
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{ColourDigits, FitWord, Meanings};
use crate::request::{Fit, Surround};

pub(super) const VENDOR: Vendor = Vendor { name: "imagekit", usual_prefix: "/", is_own, read, word: |_| None };

static MEANINGS: Meanings = Meanings {
    fits: &[
        ("maintain_ratio", FitWord::Fit(Fit::Cover)),
        ("force", FitWord::Enlarged(Fit::Stretch)),
        ("at_max", FitWord::Fit(Fit::Contain)),
        ("at_max_enlarge", FitWord::Enlarged(Fit::Contain)),
        ("at_least", FitWord::Fit(Fit::Outside)),
        ("pad_resize", FitWord::Enlarged(Fit::Pad)),
        ("extract", FitWord::Part),
        ("pad_extract", FitWord::Fit(Fit::Pad)),
    ],
    unsaid: FitWord::Fit(Fit::Cover),
    digits: ColourDigits::AlphaLast,
    ..Meanings::NATIVE
};

/// Parameters that mean what native words mean.
const NAMES: [(&str, &str); 13] = [
    ("w", "w"),
    ("h", "h"),
    ("c", "fit"),
    ("cm", "fit"),
    ("q", "q"),
    ("f", "format"),
    ("dpr", "dpr"),
    ("bl", "blur"),
    ("rt", "rotate"),
    ("o", "opacity"),
    ("r", "radius"),
    ("fl", "flip"),
    ("bg", "bg"),
];

/// What marks transformations in a path.
const MARK: &str = "tr:";

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let (in_path, picture) = parted(inquiry.path);
    let in_path = percent_decode_str(&in_path).decode_utf8_lossy().into_owned();
    // What has a hyphen in it is escaped once more by some, for a hyphen stands behind a name.
    let in_query = transformations(inquiry.query).map(|chain| chain.replace("%2D", "-").replace("%2d", "-"));
    let chain = if in_path.is_empty() { in_query.unwrap_or_default() } else { in_path };
    let rounds = without_layers(&chain).split(':').map(round).collect();
    let original = inquiry.places.find_in_path(&picture, None)?;
    let beyond = Beyond { surround: surround(&chain), ..Beyond::default() };
    Ok(Saying { rounds, beyond, ..Saying::new(original, NativeWords::default(), &MEANINGS) })
}

/// How much the copy behind a picture is blurred where that is not said, in pixels.
const USUAL_BLUR: f64 = 20.0;

/// What is on a canvas in place of a colour: a blurred copy, at up to 100.
fn surround(chain: &str) -> Option<Surround> {
    let value = chain.split([',', ':']).find_map(|parameter| parameter.strip_prefix("bg-blurred"))?;
    let intensity = value.split('_').nth(1).and_then(|text| text.parse::<f64>().ok());
    beyond::blurred(intensity.unwrap_or(USUAL_BLUR))
}

/// The transformations of a path, and the path without them.
fn parted(path: &str) -> (String, String) {
    let (mut chain, mut picture) = (String::new(), String::new());
    for component in path.split('/').filter(|component| !component.is_empty()) {
        let mark = component.replace("%3A", ":");
        match mark.strip_prefix(MARK).filter(|_| chain.is_empty()) {
            Some(rest) => chain.push_str(rest),
            None => {
                picture.push('/');
                picture.push_str(component);
            }
        }
    }
    (chain, picture)
}

fn transformations(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == "tr").map(|(_, value)| value.into_owned())
}

fn is_own(path: &str, query: Option<&str>) -> bool {
    transformations(query).is_some() || !parted(path).0.is_empty()
}

/// The same without pictures and words that are laid over it: those are not had here.
fn without_layers(chain: &str) -> String {
    let (mut rest, mut kept) = (chain, String::new());
    while let Some(begin) = rest.find("l-").filter(|_| !rest.is_empty()) {
        let (before, layer) = rest.split_at_checked(begin).unwrap_or((rest, ""));
        let is_layer = before.is_empty() || before.ends_with([',', ':']);
        let (skipped, behind) = match layer.split_once("l-end") {
            Some((_, behind)) if is_layer => ("", behind),
            _ => layer.split_at_checked(2).unwrap_or((layer, "")),
        };
        kept.push_str(before);
        kept.push_str(skipped);
        rest = behind;
    }
    kept + rest
}

fn round(transformation: &str) -> NativeWords {
    let (mut words, mut corner, mut middle) = (NativeWords::default(), [None, None], [None, None]);
    for parameter in transformation.split(',').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('-').unwrap_or((parameter, ""));
        match (name, renamed(&NAMES, name)) {
            ("w" | "h" | "dpr", _) if value == "auto" => {}
            ("fl", _) => words.put("flip", value.replace('_', "")),
            ("rt", _) if value == "auto" => {}
            ("rt", _) => words.put("rotate", value.replace('N', "-")),
            ("r", _) => words.put("radius", value.replace('_', ",")),
            // Colours of the picture itself are not had here, and a blurred copy is no colour.
            ("bg", _) if value.starts_with("dominant") || value.starts_with("blurred") => {}
            (_, Some(native)) => words.put(native, value),
            ("x", _) => corner[0] = Some(value.replace('N', "-")),
            ("y", _) => corner[1] = Some(value.replace('N', "-")),
            ("xc", _) => middle[0] = value.parse::<f64>().ok(),
            ("yc", _) => middle[1] = value.parse::<f64>().ok(),
            (_, None) => put(&mut words, name, value),
        }
    }
    extract(&mut words, corner, middle);
    words
}

/// A part that is not scaled, by its corner or its middle; `pad_extract` puts it on a canvas of its dimensions.
fn extract(words: &mut NativeWords, corner: [Option<String>; 2], middle: [Option<f64>; 2]) {
    let Some(fit @ ("extract" | "pad_extract")) = words.get("fit") else { return };
    let is_padded = fit == "pad_extract";
    let [Some(width), Some(height)] = ["w", "h"].map(|name| words.get(name).map(str::to_owned)) else { return };
    let begin = |corner: Option<String>, middle: Option<f64>, side: &str| {
        let by_middle = || Some((middle? - side.parse::<f64>().ok()? / 2.0).round().max(0.0).to_string());
        corner.or_else(by_middle)
    };
    let ([left, top], [across, down]) = (corner, middle);
    let part = match (begin(left, across, &width), begin(top, down, &height)) {
        (None, None) => ("crop", format!("{width},{height}")),
        (left, top) => {
            let [left, top] = [left, top].map(|begin| begin.unwrap_or_else(|| "0".to_owned()));
            ("rect", format!("{left},{top},{width},{height}"))
        }
    };
    if !is_padded && part.0 == "rect" {
        ["w", "h", "fit"].into_iter().for_each(|name| words.without(name));
    }
    if is_padded || part.0 == "rect" {
        words.put(part.0, part.1);
    }
}

fn put(words: &mut NativeWords, name: &str, value: &str) {
    match name {
        "ar" => words.put("ar", value.replacen(['-', '_'], ":", 1)),
        "fo" if value != "custom" => words.put("gravity", value.replace('_', " ")),
        "t" if is_on(value) => words.put("trim", value.parse::<u8>().map(|_| value).unwrap_or_default()),
        "pr" if is_on(value) => words.put("progressive", "1"),
        "lo" if is_on(value) => words.put("lossless", "1"),
        "e" if value == "grayscale" => words.put("bw", "1"),
        // Their strengths are not published.
        "e" if value.starts_with("sharpen") || value.starts_with("usm") => words.put("sharpen", "true"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, dialect, request};
    use super::*;

    #[test]
    fn transformations_are_native_words() {
        check(
            "imagekit",
            &[
                ("/a/b.png?tr=w-300,h-200,fo-left,q-50", "/a/b.png?w=300&h=200&fit=cover&gravity=left&q=50"),
                ("/tr:w-300,h-200/a/b.png", "/a/b.png?w=300&h=200&fit=cover"),
                ("/a/tr:w-300/b.png", "/a/b.png?w=300"),
                ("/tr%3Aw-300%2Ch-200%2Cc-at_max/b.png", "/b.png?w=300&h=200"),
                ("/a.png?tr=w-30,h-20,c-force", "/a.png?w=30&h=20&fit=stretch&enlarge=1"),
                ("/a.png?tr=w-30,h-20,c-at_least", "/a.png?w=30&h=20&fit=outside"),
                ("/a.png?tr=w-30,h-20,cm-pad_resize,bg-F3F3F3", "/a.png?w=30&h=20&fit=pad&bg=f3f3f3&enlarge=1"),
                ("/a.png?tr=w-30,h-20,cm-extract", "/a.png?crop=30,20"),
                ("/a.png?tr=w-30,h-20,cm-extract,x-5,y-6", "/a.png?rect=5,6,30,20"),
                ("/a.png?tr=w-30,h-20,cm-extract,xc-50,yc-6", "/a.png?rect=35,0,30,20"),
                ("/a.png?tr=w-30,h-20,cm-pad_extract,bg-red", "/a.png?crop=30,20&w=30&h=20&fit=pad&bg=red"),
                ("/a.png?tr=w-30,rt-N90,fo-face,z-2", "/a.png?w=30&rotate=270&gravity=smart"),
                ("/a.png?tr=w-30,l-image,i-b.png,w-5,l-end,h-20", "/a.png?w=30&h=20&fit=cover"),
                ("/a.png?tr=w-300,ar-4-3", "/a.png?w=300&ar=4:3&fit=cover"),
                ("/a.png?tr=w-300%2Car-4%252D3", "/a.png?w=300&ar=4:3&fit=cover"),
                ("/a.png?tr=w-300,f-auto,r-max,dpr-2", "/a.png?w=300&format=auto&radius=max&dpr=2"),
                ("/a.png?tr=fl-h_v,rt-90,e-grayscale,bl-10", "/a.png?flip=hv&rotate=90&bw=1&blur=10"),
                ("/a.png?tr=t-true,lo-true,pr-true", "/a.png?trim&lossless=1&progressive=1"),
                ("/a.png?tr=n-small,di-x.png,w-20", "/a.png?w=20"),
                ("/a.png?w=20", "/a.png"),
                ("/a.png", "/a.png"),
            ],
            &["/a.png?tr=w-x", "/tr:w-20", "/a.png?tr=c-nowhere,w-2,h-2", "/tr:w-2/../a.png"],
        );
    }

    #[test]
    fn a_canvas_may_be_a_blurred_copy() {
        let surround = |query: &str| {
            let url = format!("/a.png?tr=w-20,h-20,{query}");
            request(&dialect("imagekit"), &url).unwrap().wish.edits()[0].bounds.surround
        };
        assert_eq!(surround("cm-pad_resize,bg-blurred_25_N15"), beyond::blurred(25.0));
        assert_eq!(surround("cm-pad_resize,bg-blurred"), beyond::blurred(20.0));
        assert_eq!((surround("cm-pad_resize"), surround("bg-blurred_25")), (None, None));
    }

    #[test]
    fn layers_are_passed_over_with_all_that_is_in_them() {
        for (chain, kept) in [
            ("w-3:l-text,i-hello,fs-20,l-end:h-2", "w-3::h-2"),
            ("l-image,i-a.png,w-1,l-end", ""),
            ("w-3,bl-4,fl-h", "w-3,bl-4,fl-h"),
            ("w-3,l-image,i-a.png", "w-3,l-image,i-a.png"),
        ] {
            assert_eq!(without_layers(chain), kept, "{chain}");
        }
    }

    #[test]
    fn rounds_follow_one_another() {
        let rounds: Vec<_> = "w-300:rt-90".split(':').map(round).collect();
        assert_eq!(rounds.len(), 2);
        assert!(rounds[0].has("w") && rounds[1].has("rotate"));
        assert!(is_own("/a/tr:w-1/b.png", None) && is_own("/a.png", Some("v=1&tr=w-1")) && !is_own("/tr/a.png", None));
    }
}
