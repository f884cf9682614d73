//! `watermark(image, x, y, alpha, width%, height%)`: another picture on top.

use crate::dialect::places::Places;
use crate::request::{Along, Anchor, Inset, Margin, OverlayWish, Position, Shift, Spread};

/// What its arguments ask for; `None` where they are not understood, or no picture may come from there.
pub(super) fn wish(arguments: &[&str], places: &Places) -> Option<OverlayWish> {
    let [image, rest @ ..] = arguments else { return None };
    let original = places.find_decoded(image).ok()?;
    let get =
        |index: usize, usual: &'static str| rest.get(index).copied().filter(|text| !text.is_empty()).unwrap_or(usual);
    let (x, y) = (get(0, "0"), get(1, "0"));
    let alpha = get(2, "0").parse::<u32>().ok()?.min(100);
    let percent = |text: &str| if text == "none" { Some(0) } else { text.parse::<u16>().ok() };
    let [width, height] = [percent(get(3, "none"))?.min(1000), percent(get(4, "none"))?.min(1000)];
    let spread = Spread { across: x == "repeat", down: y == "repeat" };
    let (position, margin) = place(x, y)?;
    let usual = OverlayWish::of(original);
    let plain = OverlayWish { position, margin, spread, size_percent: 0, opacity_percent: 100 - alpha as u8, ..usual };
    Some(match (u8::try_from(width), height) {
        (Ok(0), 0) => plain,
        (Ok(size_percent @ 1..=100), 0) => OverlayWish { size_percent, ..plain },
        _ => OverlayWish { within_percent: Some([width, height]), ..plain },
    })
}

/// Where something stands that is so far from the left and from the top.
pub(super) fn place(x: &str, y: &str) -> Option<(Position, Margin)> {
    Some(position(inset(x)?, inset(y)?))
}

/// In the simplest words that there are for it.
fn position(across: Inset, down: Inset) -> (Position, Margin) {
    let place = (Position::Inset { across, down }, Margin::Pixels(0));
    match (across, down) {
        (
            Inset { along: Along::Begin, shift: Shift::Pixels(left) },
            Inset { along: Along::Begin, shift: Shift::Pixels(top) },
        ) => (Position::Point { left, top }, Margin::Pixels(0)),
        (Inset { along: horizontal, shift }, Inset { along: vertical, shift: other })
            if (shift == other || Shift::Pixels(0) == other && vertical == Along::Middle)
                && (horizontal, vertical) != (Along::Begin, Along::Begin) =>
        {
            let anchor = Position::Anchor(Anchor { horizontal, vertical });
            let is_middle = horizontal == Along::Middle && vertical != Along::Middle;
            match shift {
                Shift::Pixels(pixels) if !is_middle || pixels == 0 => (anchor, Margin::Pixels(pixels)),
                _ => place,
            }
        }
        _ => place,
    }
}

/// A distance from the beginning, or with a minus sign from the end; or words for one of three places.
fn inset(text: &str) -> Option<Inset> {
    let at = |along| Some(Inset { along, shift: Shift::Pixels(0) });
    // A word may have pixels behind it, as in `right-20`.
    let (word, pixels) = text.split_once('-').filter(|(word, _)| !word.is_empty()).unwrap_or((text, "0"));
    let shifted = |along| Some(Inset { along, shift: Shift::Pixels(pixels.parse::<u32>().ok()?.min(Margin::MAX)) });
    match word {
        "center" => return at(Along::Middle),
        "left" | "l" | "top" | "t" | "repeat" => return shifted(Along::Begin),
        "right" | "r" | "bottom" | "b" => return shifted(Along::End),
        _ => {}
    }
    if text.contains('.') {
        let share = text.trim_start_matches('-').parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share))?;
        let along = if text.starts_with('-') { Along::End } else { Along::Begin };
        return Some(Inset { along, shift: Shift::Percent((share * 100.0).round() as u16) });
    }
    let (along, text) = text.strip_prefix('-').map_or((Along::Begin, text), |rest| (Along::End, rest));
    let shift = match text.strip_suffix('p') {
        Some(percent) => Shift::Percent(percent.parse::<u16>().ok()?.min(1000)),
        None => Shift::Pixels(text.parse::<u32>().ok()?.min(Margin::MAX)),
    };
    Some(Inset { along, shift })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<OverlayWish> {
        wish(&text.split(',').collect::<Vec<_>>(), &Places::default())
    }

    #[test]
    fn what_others_can_say_is_said_as_they_say_it() {
        let placed = |text: &str| of(text).map(|wish| (wish.position, wish.margin));
        let anchor = |text: &str| Position::parse(text).unwrap();
        assert_eq!(placed("a.png,10,20,0"), Some((anchor("10,20"), Margin::Pixels(0))));
        assert_eq!(placed("a.png,-10,-10,0"), Some((anchor("bottom right"), Margin::Pixels(10))));
        assert_eq!(placed("a.png,center,center,0"), Some((anchor("center"), Margin::Pixels(0))));
        assert_eq!(placed("a.png,right,top"), Some((anchor("top right"), Margin::Pixels(0))));
        assert_eq!(placed("a.png,r-10,b-10,0"), placed("a.png,-10,-10,0"));
        assert_eq!(placed("a.png,0.2,0.3,0"), placed("a.png,20p,30p,0"));
        let mixed = placed("a.png,-10,20p,0").unwrap().0;
        let inset = |along, shift| Inset { along, shift };
        let (across, down) = (inset(Along::End, Shift::Pixels(10)), inset(Along::Begin, Shift::Percent(20)));
        assert_eq!(mixed, Position::Inset { across, down });
    }

    #[test]
    fn sizes_are_percent_and_alpha_is_what_shows_through() {
        let wish = of("a.png,0,0,40,20").unwrap();
        assert_eq!((wish.size_percent, wish.opacity_percent, wish.within_percent), (20, 60, None));
        assert_eq!(of("a.png,0,0,0,none,30").unwrap().within_percent, Some([0, 30]));
        assert_eq!(of("a.png,0,0,0,20,30").unwrap().within_percent, Some([20, 30]));
        let both = Spread { across: true, down: true };
        assert_eq!(of("a.png,repeat,repeat,0").unwrap().spread, both);
        let across = of("a.png,repeat,bottom,0").unwrap();
        assert_eq!((across.spread, across.is_tiled), (Spread { down: false, ..both }, false));
        for text in ["a.png,x,0,0", "../a.png,0,0,0", "a.png,0,0,x", "a.png,0,0,0,x"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
