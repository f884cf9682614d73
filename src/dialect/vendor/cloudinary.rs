//! Cloudinary: `/image/upload/TRANSFORMATIONS/PATH`, transformations such as `w_300,h_200,c_fill/e_grayscale`
//! (<https://cloudinary.com/documentation/transformation_reference>).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::beyond::Beyond;
use super::words::NativeWords;
use super::{Saying, Vendor, VendorQuestion, transformation};
use crate::dialect::DialectError;
use crate::dialect::native::{ColourDigits, FitWord, FourNumbers, Meanings};
use crate::request::{Fit, Format, ImagePath, OutputFormat, Reference};

pub(super) const VENDOR: Vendor = Vendor {
    name: "cloudinary",
    usual_prefix: "/image/upload",
    is_own: |path, _| after_delivery(path).is_some(),
    read,
    word: |_| None,
};

static MEANINGS: Meanings = Meanings {
    fits: &[
        ("scale", FitWord::Enlarged(Fit::Stretch)),
        ("fit", FitWord::Enlarged(Fit::Contain)),
        ("limit", FitWord::Fit(Fit::Contain)),
        ("mfit", FitWord::Enlarged(Fit::Contain)),
        ("fill", FitWord::Enlarged(Fit::Cover)),
        ("lfill", FitWord::Fit(Fit::Cover)),
        ("fill_pad", FitWord::Enlarged(Fit::Cover)),
        ("pad", FitWord::Enlarged(Fit::Pad)),
        ("lpad", FitWord::Fit(Fit::Pad)),
        ("mpad", FitWord::Fit(Fit::Pad)),
        ("auto_pad", FitWord::Enlarged(Fit::Pad)),
        ("thumb", FitWord::Enlarged(Fit::Cover)),
        ("auto", FitWord::Enlarged(Fit::Cover)),
        ("imagga_scale", FitWord::Enlarged(Fit::Stretch)),
        ("imagga_crop", FitWord::Enlarged(Fit::Cover)),
        ("crop", FitWord::Part),
    ],
    unsaid: FitWord::Enlarged(Fit::Stretch),
    four_numbers: FourNumbers::Percent,
    digits: ColourDigits::AlphaLast,
    ..Meanings::NATIVE
};

/// How pictures are delivered, in front of transformations.
const DELIVERIES: [&str; 4] = ["/image/upload", "/image/private", "/image/authenticated", "/image/fetch"];

/// What stands behind the words for a kind of delivery; in front of them may be the name of an account.
fn after_delivery(path: &str) -> Option<&str> {
    DELIVERIES.iter().find_map(|delivery| {
        let (account, rest) = path.split_once(delivery)?;
        let is_account = !account.trim_start_matches('/').contains('/');
        (is_account && rest.starts_with('/')).then_some(rest)
    })
}

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let mut rest = after_delivery(inquiry.path).unwrap_or(inquiry.path).trim_start_matches('/');
    let mut components = Vec::new();
    while let Some((component, behind)) = rest.split_once('/') {
        let decoded = percent_decode_str(component).decode_utf8_lossy();
        let is_signature = component.starts_with("s--") && component.ends_with("--");
        let is_version = component.strip_prefix('v').is_some_and(is_number);
        if transformation::is_one(&decoded) {
            components.push(decoded);
        } else if !is_signature && !is_version {
            break;
        }
        rest = behind;
    }
    let mut rounds = without_layers(&components);
    let original = inquiry.places.find_in_path(rest, inquiry.query)?;
    let (alternatives, named) = other_names(&original);
    if rounds.is_empty() {
        rounds.push(NativeWords::default());
    }
    let has_format = rounds.iter().any(|words| words.has("format"));
    let surround = components.iter().find_map(|component| transformation::surround(component));
    if let (Some(format), Some(last), false) = (named, rounds.last_mut(), has_format) {
        let has_palette = format == "png" && components.iter().any(|component| transformation::has_palette(component));
        last.put("format", if has_palette { "png8" } else { format });
    }
    let beyond = Beyond { surround, ..Beyond::default() };
    Ok(Saying { alternatives, rounds, beyond, ..Saying::new(original, NativeWords::default(), &MEANINGS) })
}

/// What is asked for, without all that is asked of pictures and words that are laid over: those are not had here.
fn without_layers(components: &[Cow<'_, str>]) -> Vec<NativeWords> {
    let (mut rounds, mut rest) = (Vec::new(), components);
    while let [component, behind @ ..] = rest {
        rest = behind;
        if !transformation::is_layer(component) {
            rounds.push(transformation::words(component));
        } else if let Some(end) = rest.iter().position(|component| transformation::ends_layer(component)) {
            rest = rest.get(end + 1..).unwrap_or_default();
        }
    }
    rounds
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// A picture is named without its ending there, and an ending is the format that is asked for: so what else the original may be
/// called, and that format.
fn other_names(original: &Reference) -> (Vec<Reference>, Option<&'static str>) {
    const ENDINGS: [&str; 8] = ["jpg", "png", "webp", "jpeg", "avif", "gif", "svg", "tiff"];
    let Reference::Path(path) = original else { return (Vec::new(), None) };
    let name = path.components().last().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let format = ending.and_then(Format::named).filter(|format| OutputFormat::named(format.name()).is_some());
    let bare = match (format, path.as_str().rsplit_once('.')) {
        (Some(_), Some((bare, _))) => bare,
        _ => path.as_str(),
    };
    let others = ENDINGS.iter().filter(|other| ending != Some(**other));
    let named = others.filter_map(|ending| ImagePath::from_decoded(&format!("{bare}.{ending}")).ok());
    (named.map(Reference::from).collect(), format.map(Format::name))
}

#[cfg(test)]
mod tests {
    use super::super::beyond;
    use super::super::tests::{check, dialect, request};
    use super::*;
    use crate::dialect::{Asked, Dialect, Wording};
    use crate::request::Length;

    #[test]
    fn transformations_in_the_path_are_native_words() {
        check(
            "cloudinary",
            &[
                ("/w_300,h_200,c_lfill,f_auto,q_50/a/b", "/a/b?w=300&h=200&fit=cover&format=auto&q=50"),
                (
                    "/image/upload/w_300,h_200,c_fill,g_north_west/v12/a",
                    "/a?w=300&h=200&fit=cover&gravity=northwest&enlarge=1",
                ),
                ("/demo/image/upload/s--AbCdEf12--/c_limit,w_300,h_200/a", "/a?w=300&h=200"),
                ("/image/upload/w_300,h_200/a", "/a?w=300&h=200&fit=stretch&enlarge=1"),
                ("/c_fit,w_300,h_200/a", "/a?w=300&h=200&enlarge=1"),
                ("/c_pad,w_300,h_200,b_rgb:ff0000/a", "/a?w=300&h=200&fit=pad&bg=ff0000&enlarge=1"),
                ("/c_crop,w_30,h_20,g_south/a", "/a?crop=30,20&gravity=south"),
                ("/c_crop,w_30,h_20,x_5,y_6/a", "/a?rect=5,6,30,20"),
                ("/c_fill,ar_16:9,w_320/a", "/a?w=320&ar=16:9&fit=cover&enlarge=1"),
                ("/e_grayscale,a_90,r_max,o_50,e_blur:400/a", "/a?bw=1&rotate=90&radius=max&opacity=50&blur=4"),
                ("/w_300/a.webp", "/a.webp?w=300&enlarge=1&format=webp"),
                ("/w_300,f_png,fl_png8/a.webp", "/a.webp?w=300&enlarge=1&format=png8"),
                ("/w_300,fl_png8/a.png", "/a.png?w=300&enlarge=1&format=png8"),
                ("/w_300,f_png/a.webp", "/a.webp?w=300&enlarge=1&format=png"),
                ("/image/fetch/w_20/https://example.com/a.png", "/a.png?w=20&enlarge=1&format=png"),
                ("/image/upload/v1/a", "/a"),
                ("/l_logo/c_scale,w_50/fl_layer_apply,g_east/w_20/a", "/a?w=20&enlarge=1"),
                ("/l_logo,w_5/w_20/a", "/a?w=20&enlarge=1"),
                ("/w_20,position_left/a", "/a?w=20&enlarge=1"),
                ("/w_auto,dpr_auto,q_auto:good,fl_lossy/a", "/a?q=auto"),
            ],
            &["/w_x/a", "/image/upload/", "/c_nowhere,w_2,h_2/a", "/w_2/../a"],
        );
    }

    #[test]
    fn a_part_may_be_a_share_and_a_canvas_a_blurred_copy() {
        let edits = |path| request(&dialect("cloudinary"), path).unwrap().wish.edits().to_vec();
        let share = |percent| Length::parse(percent).unwrap();
        let [cut] = edits("/c_crop,w_0.5,h_0.4/a").try_into().unwrap();
        let portion = cut.portion.unwrap();
        assert_eq!((portion.left, portion.top), (Some(share("25p")), Some(share("30p"))));
        assert_eq!((portion.width, portion.height), (share("50p"), share("40p")));
        let surround = |path| edits(path)[0].bounds.surround;
        assert_eq!(surround("/c_pad,w_20,h_20,b_blurred:400:15/a"), beyond::blurred(40.0));
        assert_eq!(surround("/c_pad,b_blurred,w_20,h_20/a"), beyond::blurred(10.0));
        assert_eq!((surround("/c_pad,w_20,h_20/a"), surround("/c_fill,w_20,h_20,b_blurred/a")), (None, None));
    }

    #[test]
    fn a_picture_is_found_by_whatever_ending_it_has() {
        let headers = http::HeaderMap::new();
        let names = |path| {
            let wording = Wording { method: &http::Method::GET, path, query: None, headers: &headers };
            match dialect("cloudinary").read(wording).asked.unwrap() {
                Asked::Image(request) => request.names().map(ToString::to_string).collect::<Vec<_>>(),
                asked => panic!("{asked:?}"),
            }
        };
        assert_eq!(names("/w_20/a/b").first().map(String::as_str), Some("/a/b"));
        assert!(names("/w_20/a/b").contains(&"/a/b.png".to_owned()));
        let of_webp = names("/w_20/a/b.webp");
        assert_eq!(of_webp.first().map(String::as_str), Some("/a/b.webp"));
        assert!(of_webp.contains(&"/a/b.jpg".to_owned()) && of_webp.len() == 8);
        assert!(names("/w_20/a/v1.2").contains(&"/a/v1.2.png".to_owned()));
    }

    #[test]
    fn deliveries_are_told_from_folders() {
        assert_eq!(after_delivery("/demo/image/upload/w_3/a.png"), Some("/w_3/a.png"));
        assert_eq!(after_delivery("/image/fetch/w_3/https://a.example/b"), Some("/w_3/https://a.example/b"));
        for path in ["/a/b/image/upload/c.png", "/image/uploads/c.png", "/nature/a.png", "/my/images.png"] {
            assert_eq!(after_delivery(path), None, "{path}");
        }
    }
}
