//! What thumbor tells of a picture in place of making it: the source, what is done, and how large it becomes.

use serde_json::{Value, json};

use super::cooking::Cooking;
use super::focal::FocalPoint;
use super::order::{FitIn, ThumborOrder};
use crate::request::{Along, Dimensions, Facts, Rounding};

/// The longest name of a function.
const MAX_LETTERS: usize = 64;

/// What would be done to a picture of these dimensions, in thumbor's words.
pub(super) fn told(order: &ThumborOrder<'_>, cooking: &Cooking, facts: &Facts, picture: Dimensions) -> Value {
    let Dimensions { width, height } = picture;
    let (mut operations, mut now) = (Vec::new(), picture);
    if let Some([left, top, right, bottom]) = order.crop {
        let (left, right) = (left.of(width), right.of(width));
        let (top, bottom) = (top.of(height), bottom.of(height));
        if left < right && top < bottom {
            operations.push(cropped([left, top, right, bottom]));
            now = Dimensions::new(right - left, bottom - top);
        }
    }
    let after_crop = now;
    if let Some(target) = target(order, cooking, now) {
        let (part, size) = match order.fit_in {
            Some(fit) => (None, fitted(fit, cooking, now, target)),
            None if order.is_stretched || cooking.is_stretched => (None, target),
            None => (part(order, cooking.focal_in(order), now, target), target),
        };
        if let Some(part) = part {
            operations.push(cropped(part));
            let [left, top, right, bottom] = part;
            now = Dimensions::new(right - left, bottom - top);
        }
        // What is fit in is enlarged by a filter, and those are not told there.
        let is_by_filter = order.fit_in.is_some_and(|fit| !fit.is_full) && size.width > now.width;
        let is_resized = size != now && !is_by_filter;
        if is_resized {
            operations.push(json!({ "type": "resize", "width": size.width, "height": size.height }));
        }
        // A canvas counts there where nothing is resized.
        let has_canvas = !is_resized && cooking.fill.is_some() && order.fit_in.is_some_and(|fit| !fit.is_full);
        now = if has_canvas && order.width.is_some() && order.height.is_some() { target } else { size };
    }
    for (is_mirrored, kind) in [(order.is_flopped, "flip_horizontally"), (order.is_flipped, "flip_vertically")] {
        if is_mirrored {
            operations.push(json!({ "type": kind }));
        }
    }
    let seen = seen(order, cooking, after_crop);
    let url = percent_encoding::percent_decode_str(order.image).decode_utf8_lossy();
    json!({ "thumbor": {
        "source": { "url": url, "width": width, "height": height, "frameCount": facts.frames },
        "operations": operations,
        "target": { "width": now.width, "height": now.height },
        "focal_points": seen,
    } })
}

/// The function that is to be called with what is told, where a query names one.
pub(super) fn callback(query: Option<&str>) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    let (_, name) = pairs.find(|(name, _)| name == "callback")?;
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || b"_$.".contains(&letter);
    let is_name = !name.is_empty() && name.len() <= MAX_LETTERS && name.bytes().all(is_letter);
    is_name.then(|| name.into_owned())
}

/// What there is most to see of: what filters say, or the place that the picture is aligned to.
fn seen(order: &ThumborOrder<'_>, cooking: &Cooking, picture: Dimensions) -> Value {
    let parts: Vec<_> = cooking.focal.iter().filter_map(|part| order.pixels_within_crop(*part)).collect();
    if !parts.is_empty() {
        let told = parts.into_iter().map(|[left, top, right, bottom]| {
            let (width, height) = (right.saturating_sub(left), bottom.saturating_sub(top));
            let (x, y) = (left + width / 2, top + height / 2);
            let weight = u64::from(width) * u64::from(height);
            json!({ "x": x, "y": y, "z": weight, "width": width, "height": height, "origin": "Explicit" })
        });
        return told.collect();
    }
    let place = |along: Option<Along>, side: u32| match along {
        Some(Along::Begin) => 0,
        Some(Along::End) => side,
        _ => side / 2,
    };
    let (x, y) = (place(order.horizontal, picture.width), place(order.vertical, picture.height));
    json!([{ "x": x, "y": y, "z": 1.0, "width": 1, "height": 1, "origin": "alignment" }])
}

fn cropped([left, top, right, bottom]: [u32; 4]) -> Value {
    json!({ "type": "crop", "left": left, "top": top, "right": right, "bottom": bottom })
}

/// The box, where there is one.
fn target(order: &ThumborOrder<'_>, cooking: &Cooking, picture: Dimensions) -> Option<Dimensions> {
    let limit = |asked: u32, own: u32| if cooking.is_never_enlarged { asked.min(own) } else { asked };
    let width = order.width.map(|side| limit(side.of(picture.width), picture.width));
    let height = order.height.map(|side| limit(side.of(picture.height), picture.height));
    let scaled = |side: u32, to: u32, from: u32| Rounding::HalfToEven.scaled(side, to, from);
    match (width, height) {
        (Some(width), Some(height)) => Some(Dimensions::new(width, height)),
        (Some(width), None) => Some(Dimensions::new(width, scaled(picture.height, width, picture.width))),
        (None, Some(height)) => Some(Dimensions::new(scaled(picture.width, height, picture.height), height)),
        (None, None) => None,
    }
}

/// What fits in the box, or covers it.
fn fitted(fit: FitIn, cooking: &Cooking, picture: Dimensions, target: Dimensions) -> Dimensions {
    let Dimensions { width, height } = picture;
    let is_otherwise =
        (width < height && target.width > target.height) || (width > height && target.width < target.height);
    let target = if fit.is_adaptive && is_otherwise { Dimensions::new(target.height, target.width) } else { target };
    let is_small = target.width >= width && target.height >= height;
    if is_small && !fit.is_full && !cooking.is_enlarged {
        return picture;
    }
    let across = f64::from(width) / f64::from(target.width);
    let down = f64::from(height) / f64::from(target.height);
    let is_by_width = if fit.is_full { across <= down } else { across >= down };
    if is_by_width {
        Dimensions::new(target.width, (f64::from(height) / across).round().max(1.0) as u32)
    } else {
        Dimensions::new((f64::from(width) / down).round().max(1.0) as u32, target.height)
    }
}

/// The part that has the shape of the box: left, top, right and bottom; none where the picture has it already.
fn part(
    order: &ThumborOrder<'_>,
    focal: Option<FocalPoint>,
    picture: Dimensions,
    target: Dimensions,
) -> Option<[u32; 4]> {
    let shape = |of: Dimensions| (f64::from(of.width) / f64::from(of.height) * 100.0).round();
    if (shape(picture) - shape(target)).abs() < 0.5 {
        return None;
    }
    let Dimensions { width, height } = picture;
    let (across, down) = (f64::from(target.width) / f64::from(width), f64::from(target.height) / f64::from(height));
    let (part_width, part_height) = if across > down {
        let part_height = f64::from(width) * f64::from(target.height) / f64::from(target.width);
        (width, part_height.round_ties_even() as u32)
    } else {
        ((f64::from(target.width) * f64::from(height) / f64::from(target.height)).ceil() as u32, height)
    };
    let (part_width, part_height) = (part_width.clamp(1, width), part_height.clamp(1, height));
    let around = |point: u32, whole: u32, part: u32| {
        let begin = f64::from(point) - f64::from(part) / 2.0;
        begin.clamp(0.0, f64::from(whole - part)).round_ties_even() as u32
    };
    let begin = |along: Option<Along>, whole: u32, part: u32| match along {
        Some(Along::Begin) => 0,
        Some(Along::End) => whole - part,
        _ => around(whole / 2, whole, part),
    };
    let (left, top) = match focal {
        Some(FocalPoint::Pixels(x, y)) => (around(x, width, part_width), around(y, height, part_height)),
        Some(FocalPoint::Share(point)) => point.window(picture, Dimensions::new(part_width, part_height)),
        None => (begin(order.horizontal, width, part_width), begin(order.vertical, height, part_height)),
    };
    Some([left, top, left + part_width, top + part_height])
}
