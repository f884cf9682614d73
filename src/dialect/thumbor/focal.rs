//! `Focal`: where there is most to see, as filters say it.

use super::order::{Coordinate, ThumborOrder, pixels};
use crate::request::Gravity;

/// A part with most to see: left, top, right and bottom.
pub(in crate::dialect) type FocalPart = [Coordinate; 4];

/// The middle of all that is to be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::dialect) enum FocalPoint {
    /// In pixels, of what is left by a crop.
    Pixels(u32, u32),
    /// In shares of the picture.
    Share(Gravity),
}

/// The part that a filter with these arguments is about.
pub(in crate::dialect) fn part_of(arguments: &[String]) -> Option<FocalPart> {
    part(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A part `LxT:RxB`, or a point `X,Y`.
pub(super) fn part(arguments: &[&str]) -> Option<FocalPart> {
    let number = |text: &str| {
        if text.contains('.') {
            let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share))?;
            return Some(Coordinate::Share(share));
        }
        pixels(text).map(Coordinate::Pixels)
    };
    match arguments {
        [part] => {
            let (begin, end) = part.split_once(':')?;
            let ((left, top), (right, bottom)) = (begin.split_once('x')?, end.split_once('x')?);
            Some([number(left)?, number(top)?, number(right)?, number(bottom)?])
        }
        [across, down] => {
            let (across, down) = (number(across)?, number(down)?);
            Some([across, down, across, down])
        }
        _ => None,
    }
}

/// The middle of parts, weighed by their size. Those whose middle a crop in pixels cuts off do not count.
pub(in crate::dialect) fn point(parts: &[FocalPart], order: &ThumborOrder<'_>) -> Option<FocalPoint> {
    let is_share = parts.iter().flatten().any(|edge| matches!(edge, Coordinate::Share(_)));
    let crop = order.crop.filter(|_| !is_share).and_then(|edges| {
        let pixels =
            edges.map(|edge| if let Coordinate::Pixels(pixels) = edge { Some(f64::from(pixels)) } else { None });
        let [left, top, right, bottom] = pixels;
        Some([left?, top?, right?, bottom?])
    });
    let (mut across, mut down, mut all) = (0.0, 0.0, 0.0);
    for part in parts {
        let [left, top, right, bottom] = part.map(|edge| match edge {
            Coordinate::Pixels(pixels) => f64::from(pixels),
            Coordinate::Share(share) => share,
        });
        let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let is_cut_off = crop.is_some_and(|[left, top, right, bottom]| x < left || x > right || y < top || y > bottom);
        // A point weighs little beside a part.
        let weight = ((right - left) * (bottom - top)).abs().max(1e-9);
        if !is_cut_off {
            (across, down, all) = (across + x * weight, down + y * weight, all + weight);
        }
    }
    if all <= 0.0 {
        return None;
    }
    let (across, down) = (across / all, down / all);
    if is_share {
        return Gravity::point(across.clamp(0.0, 1.0), down.clamp(0.0, 1.0)).map(FocalPoint::Share);
    }
    let [left, top, ..] = crop.unwrap_or_default();
    let whole = |number: f64| number.max(0.0).floor() as u32;
    Some(FocalPoint::Pixels(whole(across - left), whole(down - top)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_what_is_to_be_seen_is_weighed() {
        let of = |texts: &[&str], path: &str| {
            let parts: Vec<_> = texts.iter().map(|text| part(&text.split(',').collect::<Vec<_>>()).unwrap()).collect();
            point(&parts, &ThumborOrder::read(path))
        };
        assert_eq!(of(&["10x20:30x40"], "a.jpg"), Some(FocalPoint::Pixels(20, 30)));
        assert_eq!(of(&["10x20:30x40", "100x20:120x40"], "a.jpg"), Some(FocalPoint::Pixels(65, 30)));
        assert_eq!(of(&["10x20:30x40"], "5x5:50x50/1x1/a.jpg"), Some(FocalPoint::Pixels(15, 25)));
        assert_eq!(of(&["10x20:30x40"], "50x50:90x90/1x1/a.jpg"), None);
        assert_eq!(of(&["7,8"], "a.jpg"), Some(FocalPoint::Pixels(7, 8)));
        let share = FocalPoint::Share(Gravity::point(0.5, 0.25).unwrap());
        assert_eq!(of(&["0.5,0.25"], "a.jpg"), Some(share));
        assert_eq!(of(&[], "a.jpg"), None);
        assert_eq!((part(&["1x2"]), part(&["x"]), part(&["1", "2", "3"])), (None, None, None));
    }
}
