//! Linear light of any amount, as floats tell it, to what a screen shows.
//!
//! One is the white of paper. A picture that has no more than that is shown as it is, through the curve of sRGB. Where there
//! is more light, it is compressed as that of PQ ([`super::tone`]), with the brightest pixel for the peak, but no more
//! than the 1000 candela that count there: so nothing jumps where a picture becomes a little brighter.

use super::profile::encoded;
use super::tone::{KNEE, PEAK, compressed};

/// Steps of the table from linear light to numbers.
const STEPS: usize = 65_535;
/// More is infinite.
const MOST: f32 = 1e9;

/// The light that is shown as 128.
pub const MIDDLE_LIGHT: f32 = 0.215_860_5;

/// Levels of 8 bits for pixels of linear light: of one channel (gray), three, or four (alpha, which is multiplied into the
/// colours; it is not any more in what comes out). Colours are those of BT.709, unless a matrix leads to them.
pub fn levels_of_light<const CHANNELS: usize>(
    pixels: impl Iterator<Item = [f32; CHANNELS]> + Clone,
    matrix: Option<[[f32; 3]; 3]>,
) -> Vec<u8> {
    let light = |pixel: [f32; CHANNELS]| colours(&pixel, matrix);
    let brightest = pixels.clone().map(|pixel| greatest(light(pixel).0)).fold(1.0, f32::max);
    let peak = brightest.min(PEAK);
    let table: Vec<u8> = (0..=STEPS).map(|step| (encoded(step as f32 / STEPS as f32) * 255.0).round() as u8).collect();
    let level = |light: f32| {
        let step = (light.clamp(0.0, 1.0) * STEPS as f32 + 0.5) as usize;
        table.get(step).copied().unwrap_or(u8::MAX)
    };
    let mut levels = Vec::with_capacity(pixels.size_hint().0 * CHANNELS);
    for pixel in pixels {
        let (light, alpha) = light(pixel);
        let greatest = greatest(light);
        let scale = if greatest > KNEE { compressed(greatest, peak) / greatest } else { 1.0 };
        let [red, green, blue] = light.map(|light| level(light * scale));
        let alpha = (alpha * 255.0 + 0.5) as u8;
        levels.extend([red, green, blue, alpha].into_iter().take(CHANNELS));
    }
    levels
}

fn greatest(light: [f32; 3]) -> f32 {
    light.into_iter().fold(0.0, f32::max)
}

/// Colours without alpha in them, and alpha from 0 to 1. What is no number is nothing.
fn colours(pixel: &[f32], matrix: Option<[[f32; 3]; 3]>) -> ([f32; 3], f32) {
    let sound = |value: f32| if value.is_nan() { 0.0 } else { value.clamp(-MOST, MOST) };
    let (colours, alpha) = match *pixel {
        [gray] => return ([sound(gray).max(0.0); 3], 1.0),
        [red, green, blue] => ([red, green, blue], 1.0),
        [red, green, blue, alpha] => ([red, green, blue], sound(alpha).clamp(0.0, 1.0)),
        _ => ([0.0; 3], 0.0),
    };
    let colours = colours.map(|light| if alpha > 0.0 { sound(sound(light) / alpha) } else { 0.0 });
    let Some(matrix) = matrix else { return (colours.map(|light| light.max(0.0)), alpha) };
    let [red, green, blue] = colours;
    (matrix.map(|[of_red, of_green, of_blue]| (of_red * red + of_green * green + of_blue * blue).max(0.0)), alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels<const CHANNELS: usize>(pixels: &[[f32; CHANNELS]]) -> Vec<u8> {
        levels_of_light(pixels.iter().copied(), None)
    }

    #[test]
    fn up_to_white_light_is_shown_as_srgb_has_it() {
        for level in 0..=u8::MAX {
            let number = f32::from(level) / 255.0;
            let light = if number <= 0.040_45 { number / 12.92 } else { ((number + 0.055) / 1.055).powf(2.4) };
            assert_eq!(levels(&[[light]]), [level]);
            assert_eq!(levels(&[[light, 0.0, light]]), [level, 0, level]);
        }
        assert_eq!(levels(&[[MIDDLE_LIGHT]]), [128]);
    }

    #[test]
    fn more_light_than_white_keeps_its_steps_and_what_is_dark_stays() {
        let shown = levels(&[[0.1], [0.5], [1.0], [2.0], [4.0], [PEAK], [100.0]]);
        assert!(shown[..6].is_sorted_by(|one, next| one < next), "{shown:?}");
        assert_eq!((shown[0], shown[1], shown[5], shown[6]), (89, 188, 255, 255));
        // A little more than white changes little.
        assert_eq!(levels(&[[1.0], [1.001]]), [255, 255]);
    }

    #[test]
    fn hues_stay_where_light_is_compressed() {
        let [red, green, blue] = levels(&[[4.0, 2.0, 0.0]])[..] else { panic!() };
        assert_eq!(blue, 0);
        let decoded = |level: u8| ((f32::from(level) / 255.0 + 0.055) / 1.055).powf(2.4);
        assert!((decoded(green) / decoded(red) - 0.5).abs() < 0.02, "{red} {green}");
    }

    #[test]
    fn alpha_is_taken_out_of_the_colours() {
        assert_eq!(levels(&[[0.5, 0.25, 0.0, 0.5], [3.0, 1.0, 2.0, 0.0]]), [255, 188, 0, 128, 0, 0, 0, 0]);
    }

    #[test]
    fn what_is_no_number_is_black_and_infinite_light_is_white() {
        assert_eq!(levels(&[[f32::NAN], [f32::INFINITY], [f32::NEG_INFINITY], [-1.0]]), [0, 255, 0, 0]);
    }
}
