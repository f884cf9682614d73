//! Filters that imagor has beside those of thumbor.

use super::order::{FitIn, ThumborOrder, TrimOrder, pixels};
use super::{rounds, watermark};
use crate::dialect::places::Places;
use crate::request::{Alteration, Bounds, Edit, Effects, Fit, Hue, OverlayWish, Padding, Paint, Tones};

/// One round; `None` where the filter is none of imagor's, or its arguments are not understood.
pub(super) fn edit(name: &str, arguments: &[&str]) -> Option<Edit> {
    match (name, arguments) {
        ("trim", arguments) => trim(arguments),
        ("padding", [colour, sides @ ..]) => padding(colour, sides),
        ("modulate", [brightness, rest @ ..]) => {
            let get = |index: usize| rest.get(index).copied().unwrap_or("0");
            let [brightness, saturation] = [Alteration::parse(brightness)?, Alteration::parse(get(0))?];
            let tones = Tones { brightness, saturation, hue: Hue::parse(get(1))?, ..Tones::default() };
            Some(Edit { effects: Effects { tones, ..Effects::default() }, ..Edit::default() })
        }
        _ => None,
    }
}

/// `trim(tolerance, place)`: of what is made so far.
fn trim(arguments: &[&str]) -> Option<Edit> {
    let tolerance = arguments.first().map_or(Some(0), |text| pixels(text))?.min(u8::MAX.into()) as u8;
    let is_by_end = match arguments.get(1) {
        None | Some(&"top-left") => false,
        Some(&"bottom-right") => true,
        Some(_) => return None,
    };
    Some(rounds::trimmed(TrimOrder { is_by_end, tolerance }, None))
}

/// `padding(colour, left, top, right, bottom)`; one number is all four, and two are those across and those down.
fn padding(colour: &str, sides: &[&str]) -> Option<Edit> {
    let sides: Vec<u32> = sides.iter().map(|side| pixels(side)).collect::<Option<_>>()?;
    let [left, top, right, bottom] = match sides[..] {
        [all] => [all; 4],
        [across, down] => [across, down, across, down],
        [left, top, right, bottom] => [left, top, right, bottom],
        _ => return None,
    };
    let background = Some(Paint::parse(colour)?);
    Some(Edit { padding: Padding { top, right, bottom, left }, background, ..Edit::default() })
}

/// `image(path, x, y, alpha, blend_mode)`, whose path may say how large it is; `None` where it is to be cut, or worked on.
pub(super) fn image(arguments: &[&str], places: &Places) -> Option<OverlayWish> {
    let [path, rest @ ..] = arguments else { return None };
    if rest.get(3).is_some_and(|mode| !matches!(*mode, "" | "normal")) {
        return None;
    }
    let order = ThumborOrder::read(path);
    let mut place = vec![order.image];
    place.extend(rest.iter().take(3));
    let wish = watermark::wish(&place, places)?;
    let [width, height] = [order.width, order.height].map(|side| side.map(super::order::Side::length));
    let plain = Bounds { width, height, ..Bounds::default() };
    let bounds = match (order.fit_in, width.is_some() && height.is_some()) {
        (Some(FitIn { is_full: false, is_adaptive: false }), _) => plain,
        (None, false) => Bounds { may_enlarge: plain.is_asked(), ..plain },
        (None, true) if order.is_stretched => Bounds { fit: Fit::Stretch, may_enlarge: true, ..plain },
        _ => return None,
    };
    let sized =
        ThumborOrder { image: order.image, width: order.width, height: order.height, ..ThumborOrder::default() };
    let is_sized_alone = ThumborOrder { fit_in: None, is_stretched: false, ..order } == sized;
    is_sized_alone.then_some(OverlayWish { bounds, ..wish })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Length;

    fn of(name: &str, arguments: &str) -> Option<Edit> {
        let arguments: Vec<_> = arguments.split(',').filter(|part| !part.is_empty()).collect();
        edit(name, &arguments)
    }

    #[test]
    fn a_border_goes_and_comes() {
        let trimmed = |arguments| of("trim", arguments).unwrap().trim;
        let rule = |is_by_end, tolerance| rounds::trimmed(TrimOrder { is_by_end, tolerance }, None).trim;
        assert_eq!((trimmed(""), trimmed("10")), (rule(false, 0), rule(false, 10)));
        assert_eq!(trimmed("999,bottom-right"), rule(true, 255));
        let padded = |arguments| of("padding", arguments).map(|edit| (edit.padding, edit.background));
        let red = Some(Paint([255, 0, 0, 255]));
        assert_eq!(padded("red,1,2,3,4"), Some((Padding { left: 1, top: 2, right: 3, bottom: 4 }, red)));
        assert_eq!(padded("red,5"), padded("f00,5,5"));
        for (name, arguments) in [
            ("trim", "x"),
            ("trim", "1,middle"),
            ("padding", "red"),
            ("padding", "red,1,2,3"),
            ("padding", "nonsense,1"),
            ("modulate", "x"),
            ("modulate", ""),
            ("magic", "1"),
        ] {
            assert_eq!(of(name, arguments), None, "{name} {arguments}");
        }
        let tones = of("modulate", "20,-30,90").unwrap().effects.tones;
        let by = |percent| Alteration::parse(percent).unwrap();
        assert_eq!((tones.brightness, tones.saturation, tones.hue), (by("20"), by("-30"), Hue::parse("90").unwrap()));
    }

    #[test]
    fn what_lies_on_top_may_say_how_large_it_is() {
        let of = |text: &str| image(&text.split(',').collect::<Vec<_>>(), &Places::default());
        let sized = |text: &str| of(text).map(|wish| (wish.bounds.width, wish.bounds.height, wish.bounds.fit));
        let pixels = |side| Some(Length::Pixels(side));
        assert_eq!(sized("/a/b.png,1,2"), Some((None, None, Fit::Contain)));
        assert_eq!(sized("/200x/a/b.png,1,2,30"), Some((pixels(200), None, Fit::Contain)));
        assert_eq!(sized("/fit-in/200x100/b.png,1,2,30,normal"), Some((pixels(200), pixels(100), Fit::Contain)));
        assert_eq!(sized("stretch/20x10/b.png"), Some((pixels(20), pixels(10), Fit::Stretch)));
        let wish = of("/200x/a.png,1,2,30").unwrap();
        assert_eq!((wish.original.to_string(), wish.opacity_percent), ("/a.png".to_owned(), 70));
        for text in [
            "/200x100/b.png,1,2",
            "/200x/filters:grayscale()/b.png,1,2",
            "/trim/200x/b.png",
            "/200x/1x1/b.png",
            "/b.png,1,2,3,multiply",
            "/../b.png",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
