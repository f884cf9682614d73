//! `text(words, x, y, font, colour, alpha)` and `label(words, x, y, size, colour, alpha, font)` of imagor: words on the picture.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::watermark;
use crate::request::{Measure, Paint, TextWish, Words};

/// What its arguments ask for; `None` where they are not understood.
pub(super) fn wish(filter: &str, arguments: &[&str]) -> Option<TextWish> {
    let [text, rest @ ..] = arguments else { return None };
    let get = |index: usize| rest.get(index).copied().filter(|text| !text.is_empty());
    let words = match text.strip_prefix("b64:") {
        Some(encoded) => String::from_utf8(URL_SAFE_NO_PAD.decode(encoded.trim_end_matches('=')).ok()?).ok()?,
        None => text.replace('+', " "),
    };
    let (position, margin) = watermark::place(get(0).unwrap_or("0"), get(1).unwrap_or("0"))?;
    let (font, size) = match filter {
        "label" => (get(5), get(2)),
        // Its last word is the size, as in `sans-bold-24`.
        _ => get(2)
            .and_then(|font| font.rsplit_once('-'))
            .map_or((get(2), None), |(font, size)| (Some(font), Some(size))),
    };
    let size = size.map_or(Some(USUAL_SIZE), |size| size.parse::<u32>().ok().map(|_| size)).unwrap_or(USUAL_SIZE);
    let alpha = get(4).map_or(Some(0), |alpha| alpha.parse::<u32>().ok())?.min(100);
    Some(TextWish {
        size: Measure::parse(size)?,
        colour: get(3).map_or(Some(Paint::BLACK), Paint::parse)?,
        family: font.map(|font| font.replace('-', " ").into()),
        is_family_optional: true,
        position,
        margin,
        opacity_percent: 100 - alpha as u8,
        ..TextWish::of(Words::parse(&words)?)
    })
}

/// Where nothing is said, in pixels.
const USUAL_SIZE: &str = "20";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Margin, Position};

    #[test]
    fn words_stand_where_and_look_as_is_said() {
        let of = |filter: &str, text: &str| wish(filter, &text.split(',').collect::<Vec<_>>());
        let label = of("label", "a+word,10,20,30,red,40,monospace").unwrap();
        assert_eq!(label.words, Words::parse("a word").unwrap());
        assert_eq!((label.position, label.margin), (Position::Point { left: 10, top: 20 }, Margin::Pixels(0)));
        assert_eq!((label.size, label.opacity_percent), (Measure::parse("30").unwrap(), 60));
        assert_eq!((label.colour, label.family.as_deref()), (Paint([255, 0, 0, 255]), Some("monospace")));
        assert!(label.is_family_optional);
        let text = of("text", "b64:YSBi,center,bottom-10,sans-bold-24,00f").unwrap();
        assert_eq!((text.words, text.size), (Words::parse("a b").unwrap(), Measure::parse("24").unwrap()));
        assert_eq!((text.colour, text.family.as_deref()), (Paint([0, 0, 255, 255]), Some("sans bold")));
        let usual = of("text", "a").unwrap();
        assert_eq!(
            (usual.size, usual.colour, usual.opacity_percent),
            (Measure::parse("20").unwrap(), Paint::BLACK, 100)
        );
        for text in ["b64:!,0,0", "a,x,0", "a,0,0,30,nonsense", "a,0,0,30,red,x"] {
            assert_eq!(of("label", text), None, "{text}");
        }
    }
}
