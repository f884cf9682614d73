//! `ThumborOrder`: what the path of a URL says, part by part, in the one order that there is (libthumbor's `Url`, and imagor's README).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::filter::{Filter, filters};
use crate::request::{Along, Length};

/// What a path says behind its signature.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::dialect) struct ThumborOrder<'a> {
    /// What would be done is told, in place of the picture.
    pub is_meta: bool,
    pub trim: Option<TrimOrder>,
    /// Left, top, right and bottom.
    pub crop: Option<[Coordinate; 4]>,
    /// The picture is made to fit in, in place of being cut.
    pub fit_in: Option<FitIn>,
    /// It takes the shape of the box.
    pub is_stretched: bool,
    pub width: Option<Side>,
    pub height: Option<Side>,
    /// Left and right change places.
    pub is_flopped: bool,
    /// Top and bottom change places.
    pub is_flipped: bool,
    /// Left, top, right and bottom, in pixels.
    pub padding: Option<[u32; 4]>,
    pub horizontal: Option<Along>,
    pub vertical: Option<Along>,
    pub is_smart: bool,
    pub filters: Vec<Filter>,
    /// As sent.
    pub image: &'a str,
}

/// A border that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) struct TrimOrder {
    /// Its colour is that of the lower right pixel.
    pub is_by_end: bool,
    pub tolerance: u8,
}

/// How a picture is made to fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::dialect) struct FitIn {
    /// Width and height change places where the picture lies otherwise than the box.
    pub is_adaptive: bool,
    /// It covers the box.
    pub is_full: bool,
}

/// An edge of the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum Side {
    Pixels(u32),
    /// That of the picture.
    Original,
}

/// A place along a side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::dialect) enum Coordinate {
    Pixels(u32),
    /// Of the side, below 1 or all of it.
    Share(f64),
}

/// The largest length that is read, in pixels; what is beyond is refused when it is decided.
const MAX: u32 = 1_000_000;

impl<'a> ThumborOrder<'a> {
    /// Reads a path. Whatever is no part of the order begins the name of the image.
    pub fn read(path: &'a str) -> Self {
        let mut order = Self::default();
        let mut rest = RestOfPath(path.trim_start_matches('/'));
        rest.take(|part| (part == "debug").then_some(()));
        order.is_meta = rest.take(|part| (part == "meta").then_some(())).is_some();
        order.trim = rest.take(trim);
        order.crop = rest.take(crop);
        order.fit_in = rest.take(fit_in);
        order.is_stretched = rest.take(|part| (part == "stretch").then_some(())).is_some();
        let sides = rest.take(sides);
        if let Some((width, height)) = sides {
            (order.is_flopped, order.width) = width;
            (order.is_flipped, order.height) = height;
            order.padding = rest.take(padding);
        }
        order.horizontal = rest.take(|part| along(part, ["left", "center", "right"]));
        order.vertical = rest.take(|part| along(part, ["top", "middle", "bottom"]));
        order.is_smart = rest.take(|part| (part == "smart").then_some(())).is_some();
        if let Some((text, behind)) = filters::split(rest.0) {
            order.filters = filters::read(text);
            rest = RestOfPath(behind);
        }
        order.image = rest.0;
        order
    }
}

impl ThumborOrder<'_> {
    /// A part that is given by its edges in pixels of the picture, in pixels of what a crop leaves; `None` where its middle is not
    /// in it, or where something is in shares.
    pub fn pixels_within_crop(&self, part: [Coordinate; 4]) -> Option<[u32; 4]> {
        let pixels = |edge: Coordinate| if let Coordinate::Pixels(pixels) = edge { Some(pixels) } else { None };
        let [left, top, right, bottom] = part.map(pixels);
        let [left, top, right, bottom] = [left?, top?, right?, bottom?];
        let Some(crop) = self.crop else { return Some([left, top, right, bottom]) };
        let [first, upper, last, lower] = crop.map(pixels);
        let (first, upper) = (first?, upper?);
        let (across, down) = (left.midpoint(right), top.midpoint(bottom));
        let is_in = (first..=last?).contains(&across) && (upper..=lower?).contains(&down);
        let moved = |x: u32, y: u32| [x.saturating_sub(first), y.saturating_sub(upper)];
        let ([left, top], [right, bottom]) = (moved(left, top), moved(right, bottom));
        is_in.then_some([left, top, right, bottom])
    }
}

/// What is left of a path.
struct RestOfPath<'a>(&'a str);

impl RestOfPath<'_> {
    /// Takes the first component off where it is one that `read` knows, and something follows.
    fn take<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let (part, rest) = self.0.split_once('/')?;
        let decoded: Cow<'_, str> = percent_decode_str(part).decode_utf8().ok()?;
        let found = read(&decoded)?;
        self.0 = rest;
        Some(found)
    }
}

fn trim(part: &str) -> Option<TrimOrder> {
    let rest = part.strip_prefix("trim")?;
    let mut order = TrimOrder { is_by_end: false, tolerance: 0 };
    if rest.is_empty() {
        return Some(order);
    }
    for word in rest.strip_prefix(':')?.split(':') {
        match word {
            "" | "top-left" => {}
            "bottom-right" => order.is_by_end = true,
            number => order.tolerance = number.parse::<u32>().ok()?.min(u8::MAX.into()) as u8,
        }
    }
    Some(order)
}

fn crop(part: &str) -> Option<[Coordinate; 4]> {
    let (first, last) = part.split_once(':')?;
    let ((left, top), (right, bottom)) = (first.split_once('x')?, last.split_once('x')?);
    Some([coordinate(left)?, coordinate(top)?, coordinate(right)?, coordinate(bottom)?])
}

/// Pixels, or a share where there is a point.
fn coordinate(text: &str) -> Option<Coordinate> {
    if text.contains('.') {
        let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share))?;
        return Some(Coordinate::Share(share));
    }
    pixels(text).map(Coordinate::Pixels)
}

/// A whole number of pixels; one that is too large is the largest.
pub(super) fn pixels(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(MAX).min(MAX))
}

fn fit_in(part: &str) -> Option<FitIn> {
    let (is_adaptive, part) = part.strip_prefix("adaptive-").map_or((false, part), |rest| (true, rest));
    let (is_full, part) = part.strip_prefix("full-").map_or((false, part), |rest| (true, rest));
    (part == "fit-in").then_some(FitIn { is_adaptive, is_full })
}

type Edge = (bool, Option<Side>);

/// `WxH`, each perhaps with a minus sign, and perhaps missing.
fn sides(part: &str) -> Option<(Edge, Edge)> {
    // The one of `orig` is none between them.
    let (width, height) = part.split_once('x')?;
    Some((edge(width)?, edge(height)?))
}

fn edge(text: &str) -> Option<Edge> {
    let (is_mirrored, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let side = match text {
        "" => None,
        "orig" => Some(Side::Original),
        number => Some(pixels(number)?).filter(|pixels| *pixels > 0).map(Side::Pixels),
    };
    Some((is_mirrored, side))
}

/// `LxT`, or `LxT:RxB`.
fn padding(part: &str) -> Option<[u32; 4]> {
    let (first, last) = part.split_once(':').unwrap_or((part, part));
    let ((left, top), (right, bottom)) = (first.split_once('x')?, last.split_once('x')?);
    Some([pixels(left)?, pixels(top)?, pixels(right)?, pixels(bottom)?])
}

fn along(part: &str, [begin, middle, end]: [&str; 3]) -> Option<Along> {
    let words = [(begin, Along::Begin), (middle, Along::Middle), (end, Along::End)];
    words.into_iter().find(|(word, _)| *word == part).map(|(_, along)| along)
}

impl Side {
    /// As a length of the picture.
    pub fn length(self) -> Length {
        match self {
            Self::Pixels(pixels) => Length::Pixels(pixels),
            Self::Original => Length::WHOLE,
        }
    }

    /// In pixels, for a side of the picture that is so long.
    pub fn of(self, side: u32) -> u32 {
        self.length().of(side)
    }
}

impl Coordinate {
    /// In pixels, on a side that is so long.
    pub fn of(self, side: u32) -> u32 {
        match self {
            Self::Pixels(pixels) => pixels.min(side),
            Self::Share(share) => (share * f64::from(side)).round() as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_place() {
        let order = ThumborOrder::read(
            "meta/trim:bottom-right:10/1x2:30x40/adaptive-full-fit-in/-50xorig/5x6:7x8/left/top/smart/\
             filters:quality(80):fill(red)/a/b%20c.jpg",
        );
        assert!(order.is_meta && order.is_smart && order.is_flopped && !order.is_flipped);
        assert_eq!(order.trim, Some(TrimOrder { is_by_end: true, tolerance: 10 }));
        assert_eq!(order.crop, Some([1, 2, 30, 40].map(Coordinate::Pixels)));
        assert_eq!(order.fit_in, Some(FitIn { is_adaptive: true, is_full: true }));
        assert_eq!((order.width, order.height), (Some(Side::Pixels(50)), Some(Side::Original)));
        assert_eq!(order.padding, Some([5, 6, 7, 8]));
        assert_eq!((order.horizontal, order.vertical), (Some(Along::Begin), Some(Along::Begin)));
        assert_eq!(order.filters.iter().map(|filter| &*filter.name).collect::<Vec<_>>(), ["quality", "fill"]);
        assert_eq!(order.image, "a/b%20c.jpg");
    }

    #[test]
    fn parts_may_be_missing_and_sides_as_well() {
        for (path, width, height, image) in [
            ("200x/a.jpg", Some(Side::Pixels(200)), None, "a.jpg"),
            ("x90/a.jpg", None, Some(Side::Pixels(90)), "a.jpg"),
            ("0x0/a.jpg", None, None, "a.jpg"),
            ("x/a.jpg", None, None, "a.jpg"),
            ("origx5/a.jpg", Some(Side::Original), Some(Side::Pixels(5)), "a.jpg"),
            ("99999999999x1/a.jpg", Some(Side::Pixels(MAX)), Some(Side::Pixels(1)), "a.jpg"),
            ("a.jpg", None, None, "a.jpg"),
            ("200x200", None, None, "200x200"),
            ("folder/200x200/a.jpg", None, None, "folder/200x200/a.jpg"),
            ("2.5x2/a.jpg", None, None, "2.5x2/a.jpg"),
            ("", None, None, ""),
        ] {
            let order = ThumborOrder::read(path);
            assert_eq!((order.width, order.height, order.image), (width, height, image), "{path}");
        }
        assert_eq!(ThumborOrder::read("trim/a.jpg").trim, Some(TrimOrder { is_by_end: false, tolerance: 0 }));
        assert_eq!(ThumborOrder::read("trim:top-left:999/a.jpg").trim.map(|trim| trim.tolerance), Some(255));
        let shares = ThumborOrder::read("0.1x0.2:0.5x1.0/a.jpg").crop.unwrap();
        assert_eq!(shares.map(|share| share.of(100)), [10, 20, 50, 100]);
        assert_eq!(ThumborOrder::read("10x10/20x30/a.jpg").padding, Some([20, 30, 20, 30]));
        assert!(ThumborOrder::read("-0x-0/a.jpg").is_flipped && ThumborOrder::read("stretch/1x1/a.jpg").is_stretched);
    }
}
