//! The cosine as JavaScript has it in V8: that of fdlibm 5.3 (Sun Microsystems: `e_rem_pio2.c`, `k_cos.c`, `k_sin.c`), operation
//! by operation. Other libraries differ in the last digit, and where waves cancel out, nothing but last digits is left.
//!
//! > Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and distribute this
//! > software is freely granted, provided that this notice is preserved.

/// The high words of pi/4, and of pi/2, pi, 3 pi/2 and so on.
const QUARTER: u32 = 0x3fe9_21fb;
const MULTIPLES: [u32; 14] = [
    0x3ff9_21fb,
    0x4009_21fb,
    0x4012_d97c,
    0x4019_21fb,
    0x401f_6a7a,
    0x4022_d97c,
    0x4025_fdbb,
    0x4029_21fb,
    0x402c_463a,
    0x402f_6a7a,
    0x4031_475c,
    0x4032_d97c,
    0x4034_6b9c,
    0x4035_fdbb,
];
/// The high word of 3 pi/4.
const THREE_QUARTERS: u32 = 0x4002_d97c;
/// 2/pi.
const INVERSE: f64 = std::f64::consts::FRAC_2_PI;
/// pi/2 in pieces, and what is left behind each.
const PIECES: [(f64, f64); 3] = [
    (1.570_796_326_734_125_6, 6.077_100_506_506_192e-11),
    (6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21),
    (2.022_266_248_711_166_5e-21, 8.478_427_660_368_9e-32),
];
const COSINE: [f64; 6] = [
    0.041_666_666_666_666_6,
    -0.001_388_888_888_887_411,
    2.480_158_728_947_673e-5,
    -2.755_731_435_139_066_3e-7,
    2.087_572_321_298_175e-9,
    -1.135_964_755_778_819_5e-11,
];
const SINE: [f64; 6] = [
    -0.166_666_666_666_666_32,
    0.008_333_333_333_322_49,
    -0.000_198_412_698_298_579_5,
    2.755_731_370_707_006_8e-6,
    -2.505_076_025_340_686_3e-8,
    1.589_690_995_211_55e-10,
];

/// The cosine of an angle from 0 to 22, in radians.
pub(crate) fn cosine(angle: f64) -> f64 {
    if high(angle) <= QUARTER {
        return kernel_cosine(angle, 0.0);
    }
    let (quarters, rest, tail) = reduced(angle);
    match quarters & 3 {
        0 => kernel_cosine(rest, tail),
        1 => -kernel_sine(rest, tail),
        2 => -kernel_cosine(rest, tail),
        _ => kernel_sine(rest, tail),
    }
}

/// How many times pi/2 there is in an angle, and what remains, with its tail.
fn reduced(angle: f64) -> (u32, f64, f64) {
    let word = high(angle);
    let [first, second, third] = PIECES;
    if word < THREE_QUARTERS {
        let is_near = MULTIPLES.first() == Some(&word);
        let (from, tail) = if is_near { (angle - first.0 - second.0, second.1) } else { (angle - first.0, first.1) };
        let rest = from - tail;
        return (1, rest, (from - rest) - tail);
    }
    let count = (angle * INVERSE + 0.5) as u32;
    let times = f64::from(count);
    let (mut from, mut less) = (angle - times * first.0, times * first.1);
    let mut rest = from - less;
    let is_near = |count: u32| MULTIPLES.get(count.saturating_sub(1) as usize) == Some(&word);
    if is_near(count) {
        let lost = |rest: f64| i64::from(word >> 20) - i64::from(high(rest) >> 20 & 0x7ff);
        for (piece, most) in [(second, 16), (third, 49)] {
            if lost(rest) <= most {
                break;
            }
            let before = from;
            less = times * piece.0;
            from = before - less;
            less = times * piece.1 - ((before - from) - less);
            rest = from - less;
        }
    }
    (count, rest, (from - rest) - less)
}

fn kernel_cosine(x: f64, tail: f64) -> f64 {
    let word = high(x) & 0x7fff_ffff;
    if word < 0x3e40_0000 {
        return 1.0;
    }
    let [c1, c2, c3, c4, c5, c6] = COSINE;
    let z = x * x;
    let r = z * (c1 + z * (c2 + z * (c3 + z * (c4 + z * (c5 + z * c6)))));
    if word < 0x3fd3_3333 {
        return 1.0 - (0.5 * z - (z * r - x * tail));
    }
    let quarter = if word > 0x3fe9_0000 { 0.28125 } else { f64::from_bits(u64::from(word - 0x0020_0000) << 32) };
    let half = 0.5 * z - quarter;
    (1.0 - quarter) - (half - (z * r - x * tail))
}

fn kernel_sine(x: f64, tail: f64) -> f64 {
    if high(x) & 0x7fff_ffff < 0x3e40_0000 {
        return x;
    }
    let [s1, s2, s3, s4, s5, s6] = SINE;
    let z = x * x;
    let v = z * x;
    let r = s2 + z * (s3 + z * (s4 + z * (s5 + z * s6)));
    x - ((z * (0.5 * tail - v * r) - tail) - v * s1)
}

fn high(number: f64) -> u32 {
    (number.to_bits() >> 32) as u32
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    #[test]
    fn it_is_that_of_v8_to_the_last_digit() {
        // By Node.js 20: Math.cos(Math.PI / width * count * (x + 0.5)).
        for (width, count, x, expected) in [
            (5.0, 4.0, 1.0, -0.809_016_994_374_947_5),
            (5.0, 6.0, 3.0, 0.809_016_994_374_947_8),
            (7.0, 1.0, 5.0, -0.781_831_482_468_029_7),
            (8.0, 5.0, 3.0, 0.831_469_612_302_545_6),
            (9.0, 2.0, 5.0, -0.766_044_443_118_978_1),
            (1.0, 1.0, 0.0, 6.123_233_995_736_766e-17),
            (3.0, 1.0, 1.0, 6.123_233_995_736_766e-17),
            (99.0, 3.0, 16.0, -1.608_122_649_676_636_6e-16),
            (100.0, 1.0, 49.0, 0.015_707_317_311_820_648),
            (100.0, 2.0, 75.0, 0.031_410_759_078_128_82),
            (100.0, 6.0, 99.0, 0.995_561_964_603_080_1),
            (64.0, 6.0, 10.0, -0.998_795_456_205_172_4),
            (33.0, 5.0, 0.0, 0.971_811_568_323_541_7),
        ] {
            assert_eq!(cosine(PI / width * count * (x + 0.5)), expected, "{width} {count} {x}");
        }
    }

    #[test]
    fn it_is_the_cosine() {
        for step in 0..2200 {
            let angle = f64::from(step) / 100.0;
            assert!((cosine(angle) - angle.cos()).abs() < 1e-15, "{angle}");
        }
    }
}
