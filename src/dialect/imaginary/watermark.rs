//! What watermarks ask for: words, or another picture.

use super::operations::Ground;
use super::options::ImaginaryOptions;
use super::parsing;
use crate::request::{Margin, Measure, OverlayWish, Paint, Position, TextWish, Words};

/// Where words begin, in pixels from the left and from the top.
const BEGIN: u32 = 100;
/// Dots of an inch, where nothing is said of them.
const DPI: i64 = 150;
/// The size of letters, in points, where nothing is said of it.
const POINTS: f64 = 10.0;
/// Points of an inch.
const INCH: f64 = 72.0;
/// The opacity of words, in percent, where nothing is said of it.
const TEXT_OPACITY: u8 = 25;
/// Thousandths of a percent of the width of the picture: a sixth.
const SIXTH: u32 = 16_667;

/// Words, all over the picture unless it is to be once.
///
/// # Errors
/// They cannot be set.
pub(super) fn text(options: &ImaginaryOptions) -> Result<TextWish, String> {
    let words = Words::parse(&options.text)
        .ok_or_else(|| format!("text: expected at most {} characters, and none of control", Words::MAX))?;
    let [red, green, blue] = options.colour.unwrap_or_default();
    let dpi = if options.dpi > 0 { options.dpi } else { DPI };
    let size = points(&options.font) * dpi as f64 / INCH;
    let pixels = |number: i64| u32::try_from(number.clamp(0, i64::from(Measure::MAX))).unwrap_or(Measure::MAX);
    let width = match pixels(options.text_width) {
        0 => Measure::PercentOfWidth(SIXTH),
        pixels => Measure::Pixels(pixels * 1000),
    };
    let margin = match (pixels(options.margin), pixels(options.text_width)) {
        (0, 0) => Margin::PercentOfWidth(SIXTH),
        (0, width) => Margin::Pixels(width),
        (margin, _) => Margin::Pixels(margin),
    };
    Ok(TextWish {
        size: Measure::Pixels((size.min(f64::from(Measure::MAX)) * 1000.0) as u32),
        colour: Paint([red, green, blue, u8::MAX]),
        position: Position::Point { left: BEGIN, top: BEGIN },
        margin,
        opacity_percent: percent(options.opacity).unwrap_or(TEXT_OPACITY),
        width: Some(width),
        is_tiled: !options.is_single,
        ..TextWish::of(words)
    })
}

/// Another picture, in its own size.
///
/// # Errors
/// Nothing is fetched from there.
pub(super) fn image(options: &ImaginaryOptions, ground: &Ground<'_>) -> Result<OverlayWish, String> {
    let admitted = ground.origins.admit(&options.image);
    let url =
        admitted.map_err(|_| format!("Unable to retrieve watermark image. {}", parsing::shortened(&options.image)))?;
    let pixels = |number: i64| u32::try_from(number.clamp(0, i64::from(u32::MAX))).unwrap_or(u32::MAX);
    Ok(OverlayWish {
        position: Position::Point { left: pixels(options.left), top: pixels(options.top) },
        size_percent: 0,
        opacity_percent: percent(options.opacity).unwrap_or(100),
        margin: Margin::Pixels(0),
        ..OverlayWish::of(url.into())
    })
}

/// An opacity from 0 to 1; nothing where it is 0, which counts as not given.
fn percent(opacity: f64) -> Option<u8> {
    (opacity > 0.0).then(|| (opacity.min(1.0) * 100.0).round() as u8)
}

/// The size at the end of a description as `sans bold 12`; families are the operator's.
fn points(font: &str) -> f64 {
    let last = font.split([' ', ',']).rfind(|word| !word.is_empty()).unwrap_or_default();
    let size = last.parse::<f64>().ok().filter(|size| size.is_finite() && *size > 0.0);
    size.unwrap_or(POINTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::RemoteOrigins;

    #[test]
    fn words_are_small_and_faint_where_nothing_is_said_of_them() {
        let options = ImaginaryOptions { text: "Hello".to_owned(), ..ImaginaryOptions::default() };
        let wish = text(&options).unwrap();
        assert_eq!((wish.size, wish.opacity_percent), (Measure::Pixels(20_833), 25));
        assert_eq!((wish.colour, wish.is_tiled), (Paint([0, 0, 0, 255]), true));
        let options = ImaginaryOptions {
            font: "sans bold 12".to_owned(),
            dpi: 72,
            text_width: 200,
            opacity: 3.0,
            colour: Some([255, 200, 150]),
            is_single: true,
            ..options
        };
        let wish = text(&options).unwrap();
        assert_eq!((wish.size, wish.opacity_percent), (Measure::Pixels(12_000), 100));
        assert_eq!((wish.width, wish.margin), (Some(Measure::Pixels(200_000)), Margin::Pixels(200)));
        assert_eq!((wish.colour, wish.is_tiled), (Paint([255, 200, 150, 255]), false));
        assert!(text(&ImaginaryOptions { text: "x".repeat(501), ..options }).is_err());
    }

    #[test]
    fn the_size_of_a_font_is_its_last_word() {
        for (font, size) in
            [("", 10.0), ("sans 12", 12.0), ("Noto Sans, Bold 8.5", 8.5), ("serif", 10.0), ("x -3", 10.0)]
        {
            assert_eq!(points(font).to_bits(), f64::to_bits(size), "{font}");
        }
    }

    #[test]
    fn another_picture_stands_in_its_own_size_where_it_may_come_from() {
        let origins = RemoteOrigins::parse("https://a.example").unwrap();
        let of = |image: &str| {
            let options = ImaginaryOptions { image: image.to_owned(), left: 7, top: -2, ..ImaginaryOptions::default() };
            super::image(&options, &Ground { origins: &origins })
        };
        let wish = of("https://a.example/logo.png").unwrap();
        assert_eq!((wish.position, wish.size_percent), (Position::Point { left: 7, top: 0 }, 0));
        assert_eq!(wish.opacity_percent, 100);
        assert_eq!(
            of("https://b.example/logo.png"),
            Err("Unable to retrieve watermark image. https://b.example/logo.png".to_owned())
        );
    }
}
