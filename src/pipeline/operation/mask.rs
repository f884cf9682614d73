//! `Mask`: a shape that the picture is seen through. What is beyond it is weighed by how much of a pixel that is.

use codec::{CodecError, Picture, PixelLayout};

use super::channels::{WITH_ALPHA, repainted, with_alpha};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Mask;
use crate::request::{Outline, Paint};

/// The lines that a row of pixels is cut into. Along a line, areas are exact.
const LINES: u32 = 16;

impl Work for Mask {
    fn stage(&self) -> Stage {
        // To those who look at times it is of one kind with round corners.
        Stage::Radius
    }

    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() + after.bytes())
    }

    fn pixel_bytes_after(&self, _before: u64) -> u64 {
        WITH_ALPHA
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let outline = self.silhouette.on(picture.dimensions());
        masked(picture, &outline, self.surround)
    }
}

/// Seen through an outline, with a colour around it.
fn masked(picture: Picture, outline: &Outline, surround: Paint) -> Result<Picture, RenderError> {
    let width = picture.dimensions().width as usize;
    let mut row_within = RowWithin { changes: vec![0.0; width + 2], crossings: Vec::new() };
    repainted(with_alpha(picture), PixelLayout::Rgba, |mut pixels| {
        let (all, _) = pixels.as_chunks_mut::<4>();
        for (y, row) in (0_u32..).zip(all.chunks_exact_mut(width)) {
            row_within.look(outline, y);
            for (pixel, within) in row.iter_mut().zip(row_within.shares()) {
                surrounded(pixel, within, surround);
            }
        }
        pixels
    })
}

/// A pixel of which so much is seen, and the rest is of a colour.
pub(super) fn surrounded(pixel: &mut [u8; 4], within: f64, Paint([red, green, blue, opacity]): Paint) {
    let [.., alpha] = *pixel;
    let (seen, rest) = (f64::from(alpha) * within, f64::from(opacity) * (1.0 - within));
    let whole = seen + rest;
    for (channel, around) in pixel.iter_mut().zip([red, green, blue]) {
        // Where nothing is seen, the colour is nobody's.
        if whole > 0.0 {
            *channel = ((f64::from(*channel) * seen + f64::from(around) * rest) / whole).round() as u8;
        }
    }
    let [.., alpha] = pixel;
    *alpha = whole.round() as u8;
}

/// How much of each pixel of a row is within an outline.
struct RowWithin {
    /// By how much the share changes from pixel to pixel.
    changes: Vec<f64>,
    /// Where the outline crosses a line, from the left.
    crossings: Vec<f64>,
}

impl RowWithin {
    fn look(&mut self, outline: &Outline, y: u32) {
        self.changes.fill(0.0);
        for line in 0..LINES {
            let down = f64::from(y) + (f64::from(line) + 0.5) / f64::from(LINES);
            self.crossings.clear();
            cross(outline, down, &mut self.crossings);
            let (pairs, _) = self.crossings.as_chunks::<2>();
            for [begin, end] in pairs {
                change(&mut self.changes, *begin, 1.0);
                change(&mut self.changes, *end, -1.0);
            }
        }
    }

    /// From 0 to 1.
    fn shares(&self) -> impl Iterator<Item = f64> {
        self.changes.iter().scan(0.0, |sum, change| {
            *sum += change;
            Some((*sum / f64::from(LINES)).clamp(0.0, 1.0))
        })
    }
}

/// From here to the right, everything is within, or nothing any more.
fn change(changes: &mut [f64], x: f64, by: f64) {
    let x = x.clamp(0.0, (changes.len() - 2) as f64);
    let beyond = x.fract();
    if let Some([first, second]) = changes.get_mut(x as usize..).and_then(|rest| rest.first_chunk_mut()) {
        *first += by * (1.0 - beyond);
        *second += by * beyond;
    }
}

/// Where an outline crosses a line, from the left.
fn cross(outline: &Outline, down: f64, crossings: &mut Vec<f64>) {
    match outline {
        Outline::Round { centre, radii } => {
            let share = 1.0 - ((down - centre.1) / radii.1).powi(2);
            if share > 0.0 {
                let half = radii.0 * share.sqrt();
                crossings.extend([centre.0 - half, centre.0 + half]);
            }
        }
        Outline::Cornered(corners) => {
            let next = corners.iter().cycle().skip(1);
            for ((x, y), (other_x, other_y)) in corners.iter().zip(next) {
                if (*y <= down) != (*other_y <= down) {
                    crossings.push(x + (down - y) / (other_y - y) * (other_x - x));
                }
            }
            crossings.sort_by(f64::total_cmp);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Dimensions, Silhouette};

    fn through(word: &str, width: u32, height: u32, surround: Paint) -> Vec<[u8; 4]> {
        let dimensions = Dimensions::new(width, height);
        let picture = Picture::new(dimensions, PixelLayout::Gray, vec![200; (width * height) as usize]).unwrap();
        let outline = Silhouette::named(word).unwrap().on(dimensions);
        masked(picture, &outline, surround).unwrap().pixels().as_chunks::<4>().0.to_vec()
    }

    #[test]
    fn each_silhouette_has_its_area() {
        let sine = |degrees: f64| degrees.to_radians().sin();
        // Of a box around each: a circle, and polygons of n corners with the radius 1, over their boxes.
        let pentagon = 2.5 * sine(72.0) / (2.0 * sine(72.0) * (1.0 + (36_f64).to_radians().cos()));
        for (word, width, height, expected) in [
            ("circle", 100, 100, std::f64::consts::FRAC_PI_4),
            ("ellipse", 100, 50, std::f64::consts::FRAC_PI_4),
            ("square", 100, 100, 0.5),
            ("hexagon", 100, 100, 0.6495),
            ("triangle", 231, 200, 0.5),
            ("triangle-180", 231, 200, 0.5),
            ("pentagon", 210, 200, pentagon),
        ] {
            let pixels = through(word, width, height, Paint::CLEAR);
            let area: f64 = pixels.iter().map(|pixel| f64::from(pixel[3]) / 255.0).sum();
            let share = area / f64::from(width * height);
            assert!((share - expected).abs() < 0.004, "{word}: {share} for {expected}");
        }
    }

    #[test]
    fn the_middle_stays_and_corners_take_on_the_surround() {
        let red = Paint([255, 0, 0, 255]);
        for word in ["circle", "triangle", "triangle-180", "pentagon", "hexagon", "square", "star", "heart"] {
            let pixels = through(word, 41, 31, red);
            assert_eq!((pixels[15 * 41 + 20], pixels[0]), ([200, 200, 200, 255], [255, 0, 0, 255]), "{word}");
            assert!(pixels.iter().all(|pixel| pixel[3] == 255), "{word}");
            let row = |row: usize| &pixels[row * 41..(row + 1) * 41];
            assert!((0..31).all(|y| row(y).iter().eq(row(y).iter().rev())), "{word} is the same from both sides");
        }
        let half = through("circle", 40, 40, Paint([0, 0, 255, 128]));
        assert_eq!(half[0], [0, 0, 255, 128]);
    }

    #[test]
    fn whatever_is_as_small_as_can_be_has_a_mask() {
        for (word, width, height) in [("star", 1, 1), ("heart", 1, 9), ("circle", 2, 1), ("pentagon-180", 9, 1)] {
            assert_eq!(through(word, width, height, Paint::CLEAR).len(), (width * height) as usize);
        }
    }
}
