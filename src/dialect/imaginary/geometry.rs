//! How large a picture becomes: what bimg, the library of imaginary, makes of the flags that operations set.

use super::options::ImaginaryOptions;
use crate::request::{Bounds, Fit, Gravity, Length, ResizeAlgorithm};

/// What an operation sets beside the options.
#[derive(Debug, Clone, Copy)]
pub(super) struct GeometryFlags {
    /// What reaches beyond the box is cut off.
    pub crops: bool,
    /// What is left of the box is filled.
    pub embeds: bool,
    /// The picture may become larger in any case.
    pub enlarges: bool,
    /// The box is made to fit the picture first.
    pub fits: bool,
    pub gravity: Gravity,
}

/// The bounds that options come to. A `zoom` counts where no side is given.
///
/// # Errors
/// There is no such ratio, or the zoom is too large.
pub(super) fn bounds(options: &ImaginaryOptions, flags: GeometryFlags, zoom: Option<i64>) -> Result<Bounds, String> {
    let GeometryFlags { crops, embeds, enlarges, fits, gravity } = flags;
    let (width, height) = sides(options)?;
    let is_turned = options.rotate != 0;
    let is_forced = options.is_forced || !(crops || embeds || enlarges || is_turned);
    let pixels = |side: Option<u32>| side.map(Length::Pixels);
    let whole = |side: Option<u32>| Some(side.map_or(Length::WHOLE, Length::Pixels));
    let (plain, cut) = (
        Bounds { width: pixels(width), height: pixels(height), ..Bounds::default() },
        Bounds { width: whole(width), height: whole(height), gravity, ..Bounds::default() },
    );
    Ok(match (width, height) {
        (None, None) => match zoom {
            Some(factor) => zoomed(factor)?,
            None => Bounds::default(),
        },
        (Some(_), Some(_)) if fits => Bounds { may_enlarge: is_forced, ..plain },
        (Some(_), Some(_)) if is_forced => Bounds { fit: Fit::Stretch, may_enlarge: true, ..plain },
        _ if is_forced && crops => Bounds { fit: Fit::Stretch, may_enlarge: true, ..cut },
        _ if is_forced => Bounds { may_enlarge: true, ..plain },
        (Some(_), Some(_)) if crops => Bounds { fit: Fit::Cover, may_enlarge: true, keeps_smaller: !enlarges, ..cut },
        // The other side is that of the picture.
        _ if crops => Bounds { fit: Fit::Cover, ..cut },
        // A picture that is cut where there is most to see is put on no canvas.
        (Some(_), Some(_)) if embeds && gravity != Gravity::Smart => {
            let surround = Some(options.extend.surround(options.background));
            Bounds { fit: Fit::Pad, may_enlarge: enlarges, keeps_smaller: !enlarges, surround, ..plain }
        }
        _ => Bounds { may_enlarge: enlarges, ..plain },
    })
}

/// Tells whether sides are shares of the picture's.
pub(super) fn has_shares(bounds: &Bounds) -> bool {
    [bounds.width, bounds.height].into_iter().any(|side| matches!(side, Some(Length::Share(_))))
}

/// So many times as large and once more, each pixel a square.
fn zoomed(factor: i64) -> Result<Bounds, String> {
    let times = u8::try_from(factor.saturating_add(1)).map_err(|_| "zoom: factor out of range".to_owned())?;
    let side = Some(Length::times(times));
    let algorithm = Some(ResizeAlgorithm::Thumbnail);
    Ok(Bounds { width: side, height: side, fit: Fit::Stretch, may_enlarge: true, algorithm, ..Bounds::default() })
}

/// The sides that are asked for; where a ratio is and one side, the other follows from it.
fn sides(options: &ImaginaryOptions) -> Result<(Option<u32>, Option<u32>), String> {
    let ImaginaryOptions { width, height, .. } = *options;
    let pixels = |side: i64| u32::try_from(side.max(0)).ok().or(Some(u32::MAX)).filter(|side| *side > 0);
    if options.aspect_ratio.is_empty() || (width == 0) == (height == 0) {
        return Ok((pixels(width), pixels(height)));
    }
    let (across, down) = ratio(&options.aspect_ratio).ok_or("aspectratio: expected two whole numbers, as 16:9")?;
    Ok(match height {
        0 => (pixels(width), pixels((width / across).saturating_mul(down))),
        _ => (pixels((height / down).saturating_mul(across)), pixels(height)),
    })
}

/// Two positive whole numbers with a colon between them; more of them do not count.
fn ratio(text: &str) -> Option<(i64, i64)> {
    let mut terms = text.trim().split(':').map(|term| term.parse().ok().filter(|term| *term > 0));
    Some((terms.next()??, terms.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_gives_the_other_side_in_whole_steps() {
        let of = |width, height, ratio: &str| {
            let aspect_ratio = ratio.to_owned();
            sides(&ImaginaryOptions { width, height, aspect_ratio, ..ImaginaryOptions::default() })
        };
        assert_eq!(of(200, 0, "4:3"), Ok((Some(200), Some(150))));
        assert_eq!(of(0, 200, "16:9"), Ok((Some(352), Some(200))));
        assert_eq!(of(3, 0, "4:3"), Ok((Some(3), None)));
        assert_eq!(of(200, 100, "nonsense"), Ok((Some(200), Some(100))));
        assert_eq!(of(0, 0, "4:3"), Ok((None, None)));
        for ratio in ["4", "4:0", "-4:3", "a:b", "4.5:3", ":"] {
            assert!(of(200, 0, ratio).is_err(), "{ratio}");
        }
        assert_eq!(of(i64::MAX, 0, "1:9"), Ok((Some(u32::MAX), Some(u32::MAX))));
        assert_eq!(of(-5, 7, ""), Ok((None, Some(7))));
    }

    #[test]
    fn a_zoom_has_a_limit() {
        assert!(zoomed(254).is_ok() && zoomed(255).is_err() && zoomed(i64::MAX).is_err());
    }
}
