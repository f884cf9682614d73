//! What an order comes to: rounds of work, in the order in which thumbor does it.

use super::cooking::{Cooking, FillOrder};
use super::focal::FocalPoint;
use super::order::{Coordinate, ThumborOrder, TrimOrder};
use crate::request::step::TrimRule;
use crate::request::{
    Along, Anchor, Angle, Bounds, BoxRule, Edit, Fit, Gravity, Length, Lie, Padding, PartWish, Rect, Rounding,
    TrimWish, TurnWish,
};

/// The rounds that come before the filters.
pub(super) fn of(order: &ThumborOrder<'_>, cooking: &Cooking, respects_orientation: bool) -> Vec<Edit> {
    let mut edits = Vec::new();
    if !respects_orientation {
        edits.push(Edit { lie: Lie::AsStored, ..Edit::default() });
    }
    edits.extend(cooking.orient.map(turned));
    edits.extend(order.trim.map(|trim| trimmed(trim, order.crop)));
    // In pixels it is one of the picture with its border, and so the business of whoever takes that off.
    edits.extend(order.crop.filter(|crop| order.trim.is_none() || pixels_of(*crop).is_none()).and_then(cropped));
    edits.extend(sized(order, cooking));
    edits.extend(order.padding.map(|[left, top, right, bottom]| Edit {
        padding: Padding { top, right, bottom, left },
        background: cooking.fill.and_then(FillOrder::paint),
        ..Edit::default()
    }));
    edits
}

/// Turned by a right angle.
pub(super) fn turned(angle: Angle) -> Edit {
    Edit { turn: TurnWish { angle, ..TurnWish::default() }, ..Edit::default() }
}

/// A part of the picture; none where it is empty, or lies beside it.
fn cropped(crop: [Coordinate; 4]) -> Option<Edit> {
    let edit = match crop {
        [Coordinate::Pixels(left), Coordinate::Pixels(top), Coordinate::Pixels(right), Coordinate::Pixels(bottom)] => {
            let (width, height) = (right.checked_sub(left)?, bottom.checked_sub(top)?);
            let rect = Rect { left: left.into(), top: top.into(), width, height };
            Edit { rect: Some(rect).filter(|_| width > 0 && height > 0), ..Edit::default() }
        }
        _ => Edit { portion: Some(portion(crop)?), ..Edit::default() },
    };
    // What does not touch the picture is passed over, as there.
    Some(Edit { is_optional: true, ..edit }).filter(|edit| edit.rect.is_some() || edit.portion.is_some())
}

/// A part of which an edge is a share. Pixels and shares are not mixed along one axis.
fn portion([left, top, right, bottom]: [Coordinate; 4]) -> Option<PartWish> {
    let length = |text: String| Length::parse(&text);
    let along = |begin: Coordinate, end: Coordinate| match (begin, end) {
        (Coordinate::Pixels(begin), Coordinate::Pixels(end)) => {
            let part = end.checked_sub(begin).filter(|part| *part > 0)?;
            Some((Some(Length::Pixels(begin)).filter(|_| begin > 0), Length::Pixels(part)))
        }
        (begin, end) => {
            let share = |coordinate| match coordinate {
                Coordinate::Share(share) => Some(share),
                Coordinate::Pixels(pixels) if pixels <= 1 => Some(f64::from(pixels)),
                Coordinate::Pixels(_) => None,
            };
            let (begin, end) = (share(begin)?, share(end)?);
            let begins = if begin > 0.0 { Some(length(format!("{}p", begin * 100.0))?) } else { None };
            Some((begins, length(format!("{}p", (end - begin) * 100.0))?))
        }
    };
    let ((left, width), (top, height)) = (along(left, right)?, along(top, bottom)?);
    Some(PartWish { left, top, width, height })
}

/// The edges of a part, where all are in pixels.
fn pixels_of(crop: [Coordinate; 4]) -> Option<[u32; 4]> {
    let pixels = |edge: Coordinate| if let Coordinate::Pixels(pixels) = edge { Some(pixels) } else { None };
    let [left, top, right, bottom] = crop.map(pixels);
    Some([left?, top?, right?, bottom?])
}

/// A border that goes, and with it all but a part in pixels.
pub(super) fn trimmed(order: TrimOrder, crop: Option<[Coordinate; 4]>) -> Edit {
    let part = crop.and_then(pixels_of);
    let rule = TrimRule { is_by_distance: true, is_by_end: order.is_by_end, part, ..TrimRule::default() };
    Edit { trim: Some(TrimWish { rule, ..TrimWish::of(order.tolerance, None) }), ..Edit::default() }
}

/// How large the picture becomes, and how it is mirrored.
fn sized(order: &ThumborOrder<'_>, cooking: &Cooking) -> Vec<Edit> {
    let turn = TurnWish { is_flopped: order.is_flopped, is_flipped: order.is_flipped, ..TurnWish::default() };
    let gravity = gravity(order);
    let bounds = bounds(order, cooking, gravity);
    let mirror = |along: Along| match along {
        Along::Begin => Along::End,
        Along::Middle => Along::Middle,
        Along::End => Along::Begin,
    };
    // Mirrored first, the other side stays: then it is one round, as it would be in other words.
    let mirrored = match bounds.gravity {
        _ if bounds.focal.is_some() => None,
        Gravity::Anchor(Anchor { horizontal, vertical }) => Some(Gravity::Anchor(Anchor {
            horizontal: if turn.is_flopped { mirror(horizontal) } else { horizontal },
            vertical: if turn.is_flipped { mirror(vertical) } else { vertical },
        })),
        Gravity::Smart => Some(Gravity::Smart),
        Gravity::Point { .. } | Gravity::Starts { .. } | Gravity::Halves => None,
    };
    match mirrored {
        Some(gravity) if bounds.is_asked() => {
            vec![Edit { turn, bounds: Bounds { gravity, ..bounds }, ..Edit::default() }]
        }
        _ => vec![Edit { bounds, ..Edit::default() }, Edit { turn, ..Edit::default() }],
    }
}

fn gravity(order: &ThumborOrder<'_>) -> Gravity {
    if order.is_smart {
        return Gravity::Smart;
    }
    let middle = Anchor::MIDDLE;
    Gravity::Anchor(Anchor {
        horizontal: order.horizontal.unwrap_or(middle.horizontal),
        vertical: order.vertical.unwrap_or(middle.vertical),
    })
}

fn bounds(order: &ThumborOrder<'_>, cooking: &Cooking, gravity: Gravity) -> Bounds {
    let [width, height] = [order.width, order.height].map(|side| side.map(super::order::Side::length));
    let may_enlarge = !cooking.is_never_enlarged;
    let plain = Bounds { width, height, may_enlarge, ..Bounds::default() };
    let is_box = width.is_some() && height.is_some();
    let focal = cooking.focal_in(order);
    let closed = Bounds { box_rule: BoxRule::Closed, ..plain };
    match order.fit_in {
        _ if !(width.is_some() || height.is_some()) => Bounds::default(),
        Some(fit) if fit.is_full => {
            Bounds { fit: Fit::Outside, is_adaptive: fit.is_adaptive && is_box, ..if is_box { plain } else { closed } }
        }
        Some(fit) => {
            let bounds = Bounds {
                may_enlarge: cooking.is_enlarged && !cooking.is_never_enlarged,
                is_adaptive: fit.is_adaptive && is_box,
                // What may become larger has the side that is asked for, as in imagor.
                ..if is_box || cooking.is_enlarged { plain } else { closed }
            };
            match cooking.fill.filter(|fill| fill.after == 0) {
                Some(fill) if is_box => Bounds { fit: Fit::Pad, surround: Some(fill.surround), ..bounds },
                _ => bounds,
            }
        }
        None if !is_box => Bounds { rounding: Rounding::HalfToEven, ..plain },
        None if order.is_stretched || cooking.is_stretched => Bounds { fit: Fit::Stretch, ..plain },
        None => Bounds {
            fit: Fit::Cover,
            gravity: if let Some(FocalPoint::Share(point)) = focal { point } else { gravity },
            focal: if let Some(FocalPoint::Pixels(left, top)) = focal { Some((left, top)) } else { None },
            // What is smaller both ways is not cut to the shape of the box.
            keeps_smaller: cooking.is_never_enlarged,
            ..plain
        },
    }
}

/// The rounds of filters, and among them the canvas, where what is before it is to be on it.
pub(super) fn of_filters(order: &ThumborOrder<'_>, cooking: &mut Cooking) -> Vec<Edit> {
    let mut edits = std::mem::take(&mut cooking.edits);
    let is_within = order.fit_in.is_some_and(|fit| !fit.is_full);
    let is_box = order.width.is_some() && order.height.is_some();
    let is_bound = order.width.is_some() || order.height.is_some();
    if let Some(fill) = cooking.fill.filter(|fill| (fill.after > 0 || !is_box) && is_within && is_bound) {
        // A side that is not said is that of the picture then.
        let side = |side: Option<super::order::Side>| side.map_or(Length::WHOLE, super::order::Side::length);
        let [width, height] = [order.width, order.height].map(|length| Some(side(length)));
        let surround = Some(fill.surround);
        let is_adaptive = is_box && order.fit_in.is_some_and(|fit| fit.is_adaptive);
        let bounds = Bounds { width, height, fit: Fit::Pad, surround, is_adaptive, ..Bounds::default() };
        edits.insert(fill.after.min(edits.len()), Edit { bounds, ..Edit::default() });
    }
    edits
}

/// So much of both sides, without fractions of pixels.
pub(super) fn reduced(share: Length) -> Edit {
    let bounds = Bounds {
        width: Some(share),
        height: Some(share),
        fit: Fit::Stretch,
        rounding: Rounding::Down,
        ..Bounds::default()
    };
    Edit { bounds, ..Edit::default() }
}
