//! Pictures that are turned by any angle, on transparency.

use codec::{Picture, PixelLayout};

use super::orient::orient;
use crate::request::{Dimensions, Orientation, Tilt};

/// A picture in the middle of a canvas, turned. By right angles it is moved pixel by pixel, and fills the canvas; else four
/// pixels are weighed for each, alpha premultiplied, and there is nothing beyond its edges.
pub(super) fn tilted(picture: Picture, tilt: Tilt, canvas: Dimensions) -> Picture {
    match tilt.quarters() {
        Some(0) => picture,
        Some(1) => orient(picture, Orientation::Rotated90),
        Some(2) => orient(picture, Orientation::Rotated180),
        Some(_) => orient(picture, Orientation::Rotated270),
        None => turned(picture, tilt, canvas),
    }
}

fn turned(picture: Picture, tilt: Tilt, canvas: Dimensions) -> Picture {
    let picture = with_alpha(picture);
    let Dimensions { width, height } = picture.dimensions();
    let (sine, cosine) = tilt.sin_cos();
    let (pixels, _) = picture.pixels().as_chunks::<4>();
    let at = |x: i64, y: i64| -> [f64; 4] {
        let is_within = (0..i64::from(width)).contains(&x) && (0..i64::from(height)).contains(&y);
        let index = (y * i64::from(width) + x) as usize;
        let pixel = pixels.get(index).filter(|_| is_within).copied().unwrap_or_default();
        let [red, green, blue, alpha] = pixel.map(f64::from);
        [red * alpha, green * alpha, blue * alpha, alpha]
    };
    let mut turned = Vec::with_capacity(canvas.pixels() as usize * 4);
    for row in 0..canvas.height {
        for column in 0..canvas.width {
            let from_middle = |index: u32, side: u32| f64::from(index) + 0.5 - f64::from(side) / 2.0;
            let (right, down) = (from_middle(column, canvas.width), from_middle(row, canvas.height));
            // Where the pixel was before it was turned, from the middle of the upper left one.
            let x = cosine * right + sine * down + f64::from(width) / 2.0 - 0.5;
            let y = cosine * down - sine * right + f64::from(height) / 2.0 - 0.5;
            let (left, top) = (x.floor(), y.floor());
            let (across, along) = (x - left, y - top);
            let (left, top) = (left as i64, top as i64);
            let corners = [
                (at(left, top), (1.0 - across) * (1.0 - along)),
                (at(left + 1, top), across * (1.0 - along)),
                (at(left, top + 1), (1.0 - across) * along),
                (at(left + 1, top + 1), across * along),
            ];
            let sum = |channel: fn([f64; 4]) -> f64| {
                corners.iter().map(|(pixel, weight)| channel(*pixel) * weight).sum::<f64>()
            };
            let alpha = sum(|pixel| pixel[3]);
            // Where nothing is seen, the colour is nobody's.
            let colour = |sum: f64| if alpha > 0.0 { (sum / alpha).round() as u8 } else { 0 };
            turned.extend([
                colour(sum(|pixel| pixel[0])),
                colour(sum(|pixel| pixel[1])),
                colour(sum(|pixel| pixel[2])),
            ]);
            turned.push(alpha.round() as u8);
        }
    }
    // There is a pixel for each of the canvas.
    Picture::new(canvas, PixelLayout::Rgba, turned).unwrap_or(picture)
}

fn with_alpha(picture: Picture) -> Picture {
    match picture.layout() {
        PixelLayout::Gray => picture.map_layout(PixelLayout::Rgba, |[gray]: [u8; 1]| [gray, gray, gray, u8::MAX]),
        PixelLayout::Rgb => {
            picture.map_layout(PixelLayout::Rgba, |[red, green, blue]: [u8; 3]| [red, green, blue, u8::MAX])
        }
        PixelLayout::Rgba => picture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar() -> Picture {
        let pixels = [[255, 0, 0], [0, 0, 255]].concat();
        Picture::new(Dimensions::new(2, 1), PixelLayout::Rgb, pixels).unwrap()
    }

    #[test]
    fn right_angles_move_pixels_clockwise() {
        let tilted = |angle: &str, width, height| {
            tilted(bar(), Tilt::parse(angle).unwrap(), Dimensions::new(width, height)).into_pixels()
        };
        let (red, blue) = ([255, 0, 0], [0, 0, 255]);
        assert_eq!(tilted("0", 2, 1), [red, blue].concat());
        assert_eq!(tilted("90", 1, 2), [red, blue].concat());
        assert_eq!(tilted("180", 2, 1), [blue, red].concat());
        assert_eq!(tilted("-90", 1, 2), [blue, red].concat());
    }

    #[test]
    fn other_angles_turn_about_the_middle_with_soft_edges() {
        let pixels = [[255, 0, 0], [0, 0, 255]].into_iter().flat_map(|colour| colour.repeat(20 * 10)).collect();
        let upright = Picture::new(Dimensions::new(20, 20), PixelLayout::Rgb, pixels).unwrap();
        let turned = turned(upright, Tilt::parse("45").unwrap(), Dimensions::new(29, 29));
        let pixel = |x: usize, y: usize| turned.pixels().as_chunks::<4>().0[y * 29 + x];
        // What was above is at the upper right.
        assert_eq!((pixel(20, 8), pixel(8, 20)), ([255, 0, 0, 255], [0, 0, 255, 255]));
        assert_eq!([pixel(0, 0), pixel(28, 28), pixel(0, 28), pixel(28, 0)], [[0; 4]; 4]);
        let soft = turned.pixels().as_chunks::<4>().0.iter().filter(|pixel| !matches!(pixel[3], 0 | 255)).count();
        assert!((40..120).contains(&soft), "{soft}");
    }
}
