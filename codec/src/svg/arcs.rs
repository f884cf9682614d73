//! The curves that the library makes of an outline's arcs: the more the larger they are, without end.

use svgtypes::{PathParser, PathSegment};

/// The curves of a whole ellipse are the sixth root of its radius by the error that is allowed, times this.
const CURVES_PER_RADIUS: f64 = 12.0;

/// The curves that the arcs of an outline become, at most.
pub(super) fn curves(outline: &str) -> u64 {
    if !outline.contains(['a', 'A']) {
        return 0;
    }
    // No point is further away than all steps together.
    let mut reach = 0.0_f64;
    let mut curves = 0.0;
    for segment in PathParser::from(outline).map_while(Result::ok) {
        reach += match segment {
            PathSegment::HorizontalLineTo { x, .. } => x.abs(),
            PathSegment::VerticalLineTo { y, .. } => y.abs(),
            PathSegment::ClosePath { .. } => 0.0,
            PathSegment::MoveTo { x, y, .. }
            | PathSegment::LineTo { x, y, .. }
            | PathSegment::CurveTo { x, y, .. }
            | PathSegment::SmoothCurveTo { x, y, .. }
            | PathSegment::Quadratic { x, y, .. }
            | PathSegment::SmoothQuadratic { x, y, .. }
            | PathSegment::EllipticalArc { x, y, .. } => x.abs() + y.abs(),
        };
        if let PathSegment::EllipticalArc { rx, ry, .. } = segment {
            // An arc that is too small for its ends is made larger, and of two unlike radii in proportion.
            let slender = (rx.abs().max(ry.abs()) / rx.abs().min(ry.abs()).max(f64::MIN_POSITIVE)).max(1.0);
            let radius = rx.abs().max(ry.abs()).max(reach * slender);
            curves += 4.0 + (radius * CURVES_PER_RADIUS).powf(1.0 / 6.0);
        }
    }
    // What is no number is more than any.
    if curves.is_nan() { u64::MAX } else { curves as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_arcs_are_few_curves_and_endless_ones_are_many() {
        assert_eq!(curves("M0 0L9 9"), 0);
        assert!(curves("M12 2a10 10 0 1 0 .01 0z") < 10);
        for outline in [
            "M0 0A1e60 1e60 0 0 0 9 9",
            "M0 0L1e60 0a1 1 0 0 0 1 1",
            "M0 0a1 1 0 0 0 1e60 1",
            "M0 0a1e-300 1 0 0 0 9 9",
        ] {
            assert!(curves(outline) > 1_000_000, "{outline}");
        }
    }
}
