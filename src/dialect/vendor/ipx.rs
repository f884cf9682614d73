//! IPX, the server of Nuxt Image: `/_ipx/MODIFIERS/PATH`, modifiers such as `w_200&f_webp`
//! (<https://github.com/unjs/ipx#modifiers>).

use percent_encoding::percent_decode_str;

use super::beyond::Beyond;
use super::words::{NativeWords, alteration, is_on, renamed};
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{ColourDigits, FitWord, Meanings};
use crate::request::{BoxRule, Fit, Paint, Surround};

pub(super) const VENDOR: Vendor =
    Vendor { name: "ipx", usual_prefix: "/_ipx", is_own: |path, _| is_own(path), read, word: |_| None };

/// The words are those of sharp, whose canvas is black.
static MEANINGS: Meanings = Meanings {
    fits: &[("contain", FitWord::Canvas(Paint::BLACK)), ("fill", FitWord::Fit(Fit::Stretch))],
    unsaid: FitWord::Fit(Fit::Cover),
    digits: ColourDigits::AlphaLast,
    ..Meanings::NATIVE
};

/// Modifiers that mean what native words mean.
const NAMES: [(&str, &str); 17] = [
    ("w", "w"),
    ("width", "w"),
    ("h", "h"),
    ("height", "h"),
    ("fit", "fit"),
    ("pos", "gravity"),
    ("position", "gravity"),
    ("q", "q"),
    ("quality", "q"),
    ("f", "format"),
    ("format", "format"),
    ("trim", "trim"),
    ("rotate", "rotate"),
    ("tint", "tint"),
    ("blur", "blur"),
    ("sharpen", "sharpen"),
    ("kernel", "resize_algorithm"),
];

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let path = inquiry.path.trim_start_matches('/');
    let (modifiers, picture) = path.split_once('/').unwrap_or((path, ""));
    let decoded = percent_decode_str(modifiers).decode_utf8_lossy();
    let mut words = NativeWords::default();
    let (mut background, mut is_flat) = (None, false);
    for modifier in decoded.split(['&', ',']).filter(|modifier| !modifier.is_empty() && *modifier != "_") {
        let (name, value) = modifier.split_once(['_', ':', '=']).unwrap_or((modifier, ""));
        match name {
            "b" | "background" => background = Some(value),
            "flatten" => is_flat = is_on(value),
            _ => put(&mut words, name, value)?,
        }
    }
    // It is around the picture; what is transparent stays so where the format has that.
    let is_opaque = words.get("format").is_some_and(|format| matches!(format, "jpeg" | "jpg"));
    let paint = background.and_then(|colour| MEANINGS.paint(colour)).unwrap_or(Paint::BLACK);
    match background {
        Some(colour) if is_flat || is_opaque || MEANINGS.paint(colour).is_none() => words.put("bg", colour),
        None if is_flat => words.put("bg", "black"),
        _ => {}
    }
    let surround = background.map(|_| Surround::Paint(paint));
    let beyond = Beyond { box_rule: BoxRule::Shrunk, surround, around: Some(paint), ..Beyond::default() };
    Ok(Saying { beyond, ..Saying::new(inquiry.places.find_in_path(picture, inquiry.query)?, words, &MEANINGS) })
}

fn put(words: &mut NativeWords, name: &str, value: &str) -> Result<(), DialectError> {
    let joined = || value.replace(['_', ':', '='], ",");
    match (renamed(&NAMES, name), name) {
        // A median, thresholds and the like are passed over, as algorithms that are not known are.
        (Some("resize_algorithm"), _) if !is_algorithm(value) => {}
        (Some("sharpen"), _) if value == "false" => {}
        (Some("gravity"), _) => words.put("gravity", value.replace('_', " ")),
        (Some(native @ ("sharpen" | "trim")), _) => words.put(native, value.split('_').next().unwrap_or_default()),
        (Some(native), _) => words.put(native, value),
        (None, "s" | "resize") => {
            let (width, height) = value.split_once('x').unwrap_or((value, value));
            words.put("w", width);
            words.put("h", if height.is_empty() { width } else { height });
        }
        (None, "extract" | "crop") => words.put("rect", joined()),
        (None, "extend") => words.put("pad", joined()),
        (None, "enlarge") if is_on(value) => words.put("enlarge", "1"),
        (None, "flip") if is_on(value) => words.put("flip", "1"),
        (None, "flop") if is_on(value) => words.put("flop", "1"),
        (None, "grayscale") if is_on(value) => words.put("bw", "1"),
        (None, "negate") if is_on(value) => words.put("invert", "1"),
        (None, "modulate") => {
            let mut parts = value.split('_').filter(|part| !part.is_empty());
            words.put_some("brightness", parts.next().map(alteration));
            words.put_some("saturation", parts.next().map(alteration));
            words.put_some("hue", parts.next());
        }
        _ => {}
    }
    Ok(())
}

fn is_algorithm(name: &str) -> bool {
    crate::request::ResizeAlgorithm::named(name).is_some()
}

/// Tells whether a path begins with modifiers.
fn is_own(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let is_modifier = |text: &str| {
        let name = text.split(['_', ':', '=']).next().unwrap_or_default();
        text.contains(['_', ':', '='])
            && (renamed(&NAMES, name).is_some() || matches!(name, "s" | "resize" | "b" | "background"))
    };
    first == "_" || (!first.is_empty() && first.split(['&', ',']).all(is_modifier))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, dialect, request};
    use super::*;
    use crate::dialect::Native;
    use crate::request::{Bounds, Edit, Surround};

    #[test]
    fn modifiers_in_the_path_are_native_words() {
        check(
            "ipx",
            &[
                ("/w_200&f_webp/space/rocket.png", "/space/rocket.png?w=200&format=webp"),
                ("/w_200,f_webp/space/rocket.png", "/space/rocket.png?w=200&format=webp"),
                ("/_ipx/w_200%26f_auto/a.png", "/a.png?w=200&format=auto"),
                ("/extract_1_2_30_40/a.png", "/a.png?rect=1,2,30,40"),
                ("/flip,flop,grayscale,negate/a.png", "/a.png?flip=hv&bw=1&invert=1"),
                ("/modulate_1.5_0.5_90/a.png", "/a.png?brightness=50&saturation=-50&hue=90"),
                ("/rotate_90&blur_3&sharpen_2_1_1/a.png", "/a.png?rotate=90&blur=3&sharpen=2"),
                ("/_/a.png", "/a.png"),
                ("/kernel_nearest,median_3,animated/a.png", "/a.png"),
                ("/w_20/https://example.com/a%20b.png", "/a%20b.png?w=20"),
            ],
            &["/a.png", "/w_x/a.png", "/w_20", "/fit_nowhere,s_2x2/a.png", "/s_2x2/../a.png"],
        );
    }

    #[test]
    fn a_box_is_one_of_native_words_that_shrinks_in_its_own_shape() {
        for (path, same) in [
            ("/s_200x100/a.png", "w=200&h=100&fit=cover"),
            ("/s_200/a.png", "w=200&h=200&fit=cover"),
            ("/s_200x100,fit_contain,b_ff0000,f_jpg/a.png", "w=200&h=100&fit=pad&bg=ff0000&format=jpg"),
            ("/fit_fill&s_20x10&b_fff/a.png", "w=20&h=10&fit=stretch"),
            ("/fit_fill&s_20x10&b_fff&flatten/a.png", "w=20&h=10&fit=stretch&bg=fff"),
            ("/fit_inside&w_20&h_10&enlarge_true/a.png", "w=20&h=10&enlarge=1"),
            ("/s_20x10,pos_right_top/a.png", "w=20&h=10&fit=cover&gravity=right top"),
        ] {
            let [of_ipx, of_native] =
                [request(&dialect("ipx"), path), request(&Native::default(), &format!("/a.png?{same}"))]
                    .map(|request| request.unwrap().wish);
            let [edit] = of_native.edits() else { panic!("one round") };
            let red = Some(Surround::Paint(Paint([255, 0, 0, 255])));
            let surround = if edit.bounds.fit == Fit::Pad { red } else { None };
            let bounds = Bounds { box_rule: BoxRule::Shrunk, surround, ..edit.bounds };
            assert_eq!(of_ipx.edits(), [Edit { bounds, ..edit.clone() }], "{path}");
        }
    }

    #[test]
    fn a_canvas_is_black_where_no_other_colour_is_said() {
        let wish = request(&dialect("ipx"), "/s_200x100,fit_contain/a.png").unwrap().wish;
        let [edit] = wish.edits() else { panic!("one round") };
        assert_eq!(edit.bounds.surround, Some(Surround::Paint(Paint([0, 0, 0, 255]))));
        assert!(edit.bounds.fit == Fit::Pad && !edit.bounds.may_enlarge && edit.background.is_none());
    }

    #[test]
    fn what_is_added_is_of_the_background_and_what_is_transparent_stays_so() {
        let blue = Paint([0, 0, 255, 255]);
        for (path, around, background) in [
            ("/extend_1_2_3_4/a.png", Some(Paint::BLACK), None),
            ("/extend_1_2_3_4,b_0000ff/a.png", Some(blue), None),
            ("/rotate_45,background_0000ff/a.png", Some(blue), None),
            ("/rotate_90,b_0000ff/a.png", None, None),
            ("/rotate_90,b_0000ff,f_jpeg/a.png", None, Some(blue)),
            ("/extend_1_2_3_4,flatten/a.png", Some(Paint::BLACK), Some(Paint::BLACK)),
        ] {
            let wish = request(&dialect("ipx"), path).unwrap().wish;
            let [edit] = wish.edits() else { panic!("one round of {path}") };
            assert_eq!((edit.around, edit.background), (around, background), "{path}");
        }
        assert!(request(&dialect("ipx"), "/b_0000ff/a.png").unwrap().wish.is_empty());
        assert!(request(&dialect("ipx"), "/s_2x2,b_nonsense/a.png").is_err());
    }

    #[test]
    fn modifiers_are_told_from_paths() {
        assert!(is_own("/w_200/a.png") && is_own("/_/a.png") && is_own("/s_2x2&q_3/a.png"));
        assert!(!is_own("/nature/a.png") && !is_own("/w/a.png") && !is_own("/my_images/a.png") && !is_own("/"));
    }
}
