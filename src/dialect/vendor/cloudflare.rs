//! Cloudflare: `/cdn-cgi/image/OPTIONS/PATH`, options such as `width=200,fit=cover`
//! (<https://developers.cloudflare.com/images/transform-images/transform-via-url/>).

use percent_encoding::percent_decode_str;

use super::beyond::Beyond;
use super::words::{NativeWords, alteration, changed, is_on, parted, renamed};
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{ColourDigits, FitWord, Meanings};
use crate::request::{Fit, Paint, Rect};

pub(super) const VENDOR: Vendor =
    Vendor { name: "cloudflare", usual_prefix: "/cdn-cgi/image", is_own: |_, _| false, read, word: |_| None };

static MEANINGS: Meanings = Meanings {
    fits: &[
        ("contain", FitWord::Enlarged(Fit::Contain)),
        ("cover", FitWord::Enlarged(Fit::Cover)),
        ("pad", FitWord::EnlargedCanvas(Paint([u8::MAX; 4]))),
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

/// How much goes at each side, clockwise from the top.
type SideLengths = [u32; 4];

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let path = inquiry.path.trim_start_matches('/');
    let (options, picture) = path.split_once('/').unwrap_or((path, ""));
    let options = percent_decode_str(options).decode_utf8_lossy();
    let mut words = NativeWords::default();
    let (mut part, mut sides, mut beyond) = ([None, None, None, None], SideLengths::default(), Beyond::default());
    for option in parted(&options) {
        let (name, value) = option
            .split_once('=')
            .ok_or_else(|| DialectError::parameter("options", "a list such as width=200,fit=cover", option))?;
        let place = |names: [&str; 4]| names.iter().position(|known| *known == name);
        let edge = place(["trim.left", "trim.top", "trim.width", "trim.height"]).and_then(|place| part.get_mut(place));
        let side = place(["trim.top", "trim.right", "trim.bottom", "trim.left"]).and_then(|place| sides.get_mut(place));
        if let Some(edge) = edge {
            *edge = Some(value.to_owned());
        }
        match (name, side) {
            (_, Some(side)) => *side = value.parse().unwrap_or_default(),
            ("trim", None) => sides = cut_off(&mut words, value),
            ("trim.border.tolerance", None) => words.put("trim", value),
            ("trim.border.color", None) => words.put("trim_color", value),
            ("anim", None) => beyond.is_still = !is_on(value),
            _ => put(&mut words, name, value),
        }
    }
    let mut rounds = Vec::new();
    if let [left, top, Some(width), Some(height)] = part {
        let begin = |edge: Option<String>| edge.unwrap_or_else(|| "0".to_owned());
        words.put("rect", format!("{},{},{width},{height}", begin(left), begin(top)));
    } else {
        rounds.extend(trimmed(sides));
    }
    rounds.push(words);
    let saying = Saying::new(inquiry.places.find_in_path(picture, inquiry.query)?, NativeWords::default(), &MEANINGS);
    Ok(Saying { rounds, beyond, ..saying })
}

/// What `trim` says: `border` for one of one colour, or so many pixels at each side, clockwise from the top.
fn cut_off(words: &mut NativeWords, value: &str) -> SideLengths {
    if value == "border" {
        words.put("trim", "");
        return SideLengths::default();
    }
    let sides: Vec<u32> = value.split(';').map(|side| side.trim().parse().unwrap_or_default()).collect();
    match sides[..] {
        [all] => [all; 4],
        [vertical, horizontal] => [vertical, horizontal, vertical, horizontal],
        [top, horizontal, bottom] => [top, horizontal, bottom, horizontal],
        [top, right, bottom, left, ..] => [top, right, bottom, left],
        [] => SideLengths::default(),
    }
}

/// Without so much at each side: the first two are cut off, and then of the picture upside down the others.
fn trimmed([top, right, bottom, left]: SideLengths) -> Vec<NativeWords> {
    let round = |left: u32, top: u32, is_turned: bool| {
        let mut words = NativeWords::default();
        words.put("rect", format!("{left},{top},{0},{0}", Rect::MAX));
        words.put_some("rotate", is_turned.then_some("180"));
        words
    };
    match ([left, top], [right, bottom]) {
        ([0, 0], [0, 0]) => Vec::new(),
        (_, [0, 0]) => vec![round(left, top, false)],
        _ => vec![round(left, top, true), round(right, bottom, true)],
    }
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
    use super::super::tests::{check, dialect, request};
    use super::*;
    use crate::request::Surround;

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
                ("/width=20%2Cheight=30/a.png", "/a.png?w=20&h=30"),
                ("/w=20,background=rgb(255,0,0)/a.png", "/a.png?w=20&bg=f00"),
                ("/trim=border,w=20/a.png", "/a.png?trim&w=20"),
                ("/trim=border,trim.border.tolerance=3,trim.border.color=red/a.png", "/a.png?trim=3&trim_color=red"),
                ("/trim.left=5,trim.top=6/a.png", "/a.png?rect=5,6,1000000,1000000"),
                ("/trim=0/a.png", "/a.png"),
                ("/f=baseline-jpeg/https://example.com/a.png", "/a.png?format=jpeg"),
            ],
            &["/a.png", "/width=big/a.png", "/width=2/", "/fit=nowhere,w=1,h=1/a.png", "/w=2/../a.png"],
        );
    }

    #[test]
    fn a_canvas_is_white_where_no_other_colour_is_said() {
        let wish = request(&dialect("cloudflare"), "/w=20,h=30,fit=pad/a.png").unwrap().wish;
        let [edit] = wish.edits() else { panic!("one round") };
        assert_eq!(edit.bounds.surround, Some(Surround::Paint(Paint([255; 4]))));
        assert!(edit.bounds.fit == Fit::Pad && edit.bounds.may_enlarge && edit.background.is_none());
    }

    #[test]
    fn each_side_may_lose_some_pixels_and_an_animation_its_frames() {
        let wish = |path| request(&dialect("cloudflare"), path).unwrap().wish;
        for path in ["/trim=1;2;3;4,w=9/a.png", "/trim.top=1,trim.right=2,trim.bottom=3,trim.left=4,w=9/a.png"] {
            let rects: Vec<_> =
                wish(path).edits().iter().map(|edit| edit.rect.map(|rect| (rect.left, rect.top))).collect();
            assert_eq!(rects, [Some((4, 1)), Some((2, 3)), None], "{path}");
        }
        assert_eq!(cut_off(&mut NativeWords::default(), "5;6"), [5, 6, 5, 6]);
        assert!(wish("/anim=false,w=9/a.gif").output.is_still && !wish("/anim=true,w=9/a.gif").output.is_still);
    }
}
