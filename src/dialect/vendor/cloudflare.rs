//! Cloudflare: `/cdn-cgi/image/OPTIONS/PATH`, options such as `width=200,fit=cover`
//! (<https://developers.cloudflare.com/images/transform-images/transform-via-url/>).

use percent_encoding::percent_decode_str;

use super::words::{NativeWords, alteration, changed, renamed};
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{ColourDigits, FitWord, Meanings};
use crate::request::Fit;

pub(super) const VENDOR: Vendor =
    Vendor { name: "cloudflare", usual_prefix: "/cdn-cgi/image", is_own: |_, _| false, read, word: |_| None };

static MEANINGS: Meanings = Meanings {
    fits: &[
        ("contain", FitWord::Enlarged(Fit::Contain)),
        ("cover", FitWord::Enlarged(Fit::Cover)),
        ("pad", FitWord::Enlarged(Fit::Pad)),
        ("squeeze", FitWord::Enlarged(Fit::Stretch)),
    ],
    digits: ColourDigits::AlphaLast,
    ..Meanings::NATIVE
};

/// Options that mean what native ones mean.
const NAMES: [(&str, &str); 16] = [
    ("width", "w"),
    ("w", "w"),
    ("height", "h"),
    ("h", "h"),
    ("dpr", "dpr"),
    ("fit", "fit"),
    ("gravity", "gravity"),
    ("g", "gravity"),
    ("quality", "q"),
    ("q", "q"),
    ("format", "format"),
    ("f", "format"),
    ("background", "bg"),
    ("gamma", "gamma"),
    ("rotate", "rotate"),
    ("flip", "flip"),
];

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let path = inquiry.path.trim_start_matches('/');
    let (options, picture) = path.split_once('/').unwrap_or((path, ""));
    let mut words = NativeWords::default();
    let mut part = [None, None, None, None];
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let decoded = percent_decode_str(option).decode_utf8_lossy();
        let (name, value) = decoded
            .split_once('=')
            .ok_or_else(|| DialectError::parameter("options", "a list such as width=200,fit=cover", &decoded))?;
        let edges = ["trim.left", "trim.top", "trim.width", "trim.height"];
        match edges.iter().position(|edge| *edge == name).and_then(|place| part.get_mut(place)) {
            Some(edge) => *edge = Some(value.to_owned()),
            None => put(&mut words, name, value),
        }
    }
    if let [left, top, Some(width), Some(height)] = part {
        let begin = |edge: Option<String>| edge.unwrap_or_else(|| "0".to_owned());
        words.put("rect", format!("{},{},{width},{height}", begin(left), begin(top)));
    }
    Ok(Saying::new(inquiry.places.find_in_path(picture, inquiry.query)?, words, &MEANINGS))
}

fn put(words: &mut NativeWords, name: &str, value: &str) {
    match (renamed(&NAMES, name), value) {
        // What suits the client is known only to the vendor's servers, and sides of faces are as good as any.
        (Some("w" | "h" | "dpr"), "auto") | (Some("gravity"), "side") => {}
        (Some("format"), "baseline-jpeg") => words.put("format", "jpeg"),
        (Some(native), _) => words.put(native, value),
        (None, _) => match name {
            "brightness" => words.put("brightness", alteration(value)),
            "contrast" => words.put("contrast", alteration(value)),
            "saturation" => words.put("saturation", alteration(value)),
            // A radius that is about two standard deviations.
            "blur" => {
                words.put("blur", changed(value, |radius| if radius > 0.0 { (radius / 2.0).max(0.3) } else { 0.0 }))
            }
            // From 0 to 10, where 1 is meant for pictures that were made smaller.
            "sharpen" => {
                words.put("sharpen", changed(value, |strength| if strength > 0.0 { strength.max(0.3) } else { 0.0 }))
            }
            _ => {}
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn options_in_the_path_are_native_words() {
        check(
            "cloudflare",
            &[
                (
                    "/width=200,height=200,fit=crop,gravity=0x0.5/a/b.png",
                    "/a/b.png?w=200&h=200&fit=cover&gravity=0x0.5",
                ),
                ("/cdn-cgi/image/w=200,f=auto,q=50/a.png", "/a.png?w=200&format=auto&q=50"),
                ("/width=200,fit=cover/a.png", "/a.png?w=200&enlarge=1"),
                ("/w=20,h=30,fit=pad,background=%23ff0000/a.png", "/a.png?w=20&h=30&fit=pad&bg=ff0000&enlarge=1"),
                ("/w=20,h=30/a.png", "/a.png?w=20&h=30"),
                ("/width=auto,metadata=none,onerror=redirect/a.png", "/a.png"),
                (
                    "/brightness=0.5,contrast=1.5,saturation=0,rotate=90/a.png",
                    "/a.png?brightness=-50&contrast=50&bw=1&rotate=90",
                ),
                ("/blur=20,sharpen=3/a.png", "/a.png?blur=10&sharpen=3"),
                ("/trim.width=10,trim.height=20,trim.left=5/a.png", "/a.png?rect=5,0,10,20"),
                ("/f=baseline-jpeg/https://example.com/a.png", "/a.png?format=jpeg"),
            ],
            &["/a.png", "/width=big/a.png", "/width=2/", "/fit=nowhere,w=1,h=1/a.png", "/w=2/../a.png"],
        );
    }
}
