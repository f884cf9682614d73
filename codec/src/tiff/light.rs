//! Colours that are no RGB, as TIFF has them: YCbCr, CIE L*a*b* and SGI's logarithmic light, to numbers of sRGB.

use super::page::YCbCr;

/// From CIE XYZ under D50, whose white is that of L*a*b*, to linear light of sRGB (Bradford).
const FROM_D50: [[f32; 3]; 3] =
    [[3.133_856, -1.616_867, -0.490_615], [-0.978_768, 1.916_142, 0.033_454], [0.071_945, -0.228_991, 1.405_243]];
/// The same under D65, and white of E, as SGI has it: near enough to equal energy to keep gray gray.
const FROM_E: [[f32; 3]; 3] = [[2.690, -1.276, -0.414], [-1.022, 1.978, 0.044], [0.061, -0.224, 1.163]];
const D50: [f32; 3] = [0.964_2, 1.0, 0.824_9];

impl YCbCr {
    /// Numbers of 16 bits to those of RGB.
    pub fn rgb(&self, [luma, blue, red]: [u16; 3]) -> [u16; 3] {
        let [black, white, blue_zero, blue_most, red_zero, red_most] = self.reference;
        // The reference levels are those of 8 bits.
        let level = |sample: u16| f64::from(sample) / 257.0;
        let luma = (level(luma) - black) * 255.0 / (white - black);
        let blue = (level(blue) - blue_zero) * 127.0 / (blue_most - blue_zero);
        let red = (level(red) - red_zero) * 127.0 / (red_most - red_zero);
        let [red_weight, green_weight, blue_weight] = self.coefficients;
        let red = luma + red * (2.0 - 2.0 * red_weight);
        let blue = luma + blue * (2.0 - 2.0 * blue_weight);
        let green = (luma - red_weight * red - blue_weight * blue) / green_weight;
        [red, green, blue].map(|level| (level * 257.0 + 0.5).clamp(0.0, 65_535.0) as u16)
    }
}

/// L* from 0 to 100, a* and b* as they are.
pub fn of_lab([lightness, a, b]: [f32; 3]) -> [u16; 3] {
    let y = (lightness + 16.0) / 116.0;
    let part = |root: f32| {
        if root > 6.0 / 29.0 { root.powi(3) } else { (root - 4.0 / 29.0) * 3.0 * (6.0f32 / 29.0).powi(2) }
    };
    let [x, y, z] = [part(y + a / 500.0) * D50[0], part(y), part(y - b / 200.0) * D50[2]];
    encoded(FROM_D50, [x, y, z])
}

/// SGI's 16 bits of luminance, logarithmic, to linear light.
pub fn of_log_luminance(number: u16) -> f32 {
    let exponent = f32::from(number & 0x7fff);
    if exponent == 0.0 {
        return 0.0;
    }
    let light = ((exponent + 0.5) / 256.0 - 64.0).exp2();
    if number & 0x8000 == 0 { light } else { 0.0 }
}

/// Luminance and chromaticity (CIE 1976 u' and v') to numbers of sRGB.
pub fn of_luminance(light: f32, u: f32, v: f32) -> [u16; 3] {
    if light <= 0.0 || v <= 0.0 {
        return [0; 3];
    }
    let (x, z) = (9.0 * u / (4.0 * v), (12.0 - 3.0 * u - 20.0 * v) / (4.0 * v));
    encoded(FROM_E, [x * light, light, z * light])
}

/// Gray of this light.
pub fn gray(light: f32) -> u16 {
    let [gray, ..] = encoded([[1.0, 0.0, 0.0], [0.0; 3], [0.0; 3]], [light, 0.0, 0.0]);
    gray
}

fn encoded(matrix: [[f32; 3]; 3], [x, y, z]: [f32; 3]) -> [u16; 3] {
    matrix.map(|[of_x, of_y, of_z]| {
        let light = (of_x * x + of_y * y + of_z * z).clamp(0.0, 1.0);
        let number = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        (number * 65_535.0 + 0.5) as u16
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_and_gray_are_neutral() {
        for (lightness, level) in [(100.0, 255), (53.585, 128), (0.0, 0)] {
            for channel in of_lab([lightness, 0.0, 0.0]) {
                assert!((channel / 257).abs_diff(level) <= 1, "{lightness}: {channel}");
            }
        }
        let [red, green, blue] = of_lab([53.24, 80.09, 67.2]);
        assert!(red > 60_000 && green < 10_000 && blue < 10_000, "{red} {green} {blue}");
    }

    #[test]
    fn luma_alone_is_gray_and_chroma_is_colour() {
        let usual = YCbCr {
            coefficients: [0.299, 0.587, 0.114],
            reference: [0.0, 255.0, 128.0, 255.0, 128.0, 255.0],
            subsampling: (1, 1),
        };
        let rgb = |luma: u16, blue: u16, red: u16| {
            usual.rgb([luma, blue, red].map(|level| level * 257)).map(|level| ((u32::from(level) + 128) / 257) as u8)
        };
        assert_eq!(rgb(100, 128, 128), [100, 100, 100]);
        assert_eq!(rgb(76, 85, 255), [254, 0, 0]);
        let video = YCbCr { reference: [16.0, 235.0, 128.0, 240.0, 128.0, 240.0], ..usual };
        assert_eq!(video.rgb([16 * 257, 128 * 257, 128 * 257]), [0, 0, 0]);
        assert_eq!(video.rgb([235 * 257, 128 * 257, 128 * 257]), [65_535; 3]);
    }
}
