//! Against libjpeg: its scaled decoding, and its coefficients with a transform in floating point.

use crate::reference::{Recipe, coefficients, libjpeg};
use codec::jpeg::thumbnail::{Refusal, Thumbnail, decode};
use std::f64::consts::PI;

fn ours(bytes: &[u8], divisor: u32) -> Result<Thumbnail, Refusal> {
    decode(bytes, divisor, u32::MAX, &|| false)
}

/// Deterministic, and good enough for noise.
pub struct Random(pub u64);
impl Random {
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn wave(c: usize, x: f64, y: f64) -> u8 {
    (128.0 + 90.0 * (x / 37.0 + c as f64).sin() * (y / 29.0 - c as f64).cos()) as u8
}
/// Of which all colours exist.
fn soft_wave(c: usize, x: f64, y: f64) -> u8 {
    (f64::from(wave(c, x, y)) - 128.0).mul_add(0.35, 128.0) as u8
}
fn smooth(width: u32, height: u32, channels: usize) -> Vec<u8> {
    (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| (0..channels).map(move |c| wave(c, x.into(), y.into()))))
        .collect()
}
fn soft_rgb(width: u32, height: u32) -> Vec<u8> {
    (0..height)
        .flat_map(|y| {
            (0..width).flat_map(move |x| {
                let [luma, cb, cr] = [0, 1, 2].map(|c| f64::from(soft_wave(c, x.into(), y.into())));
                let (cb, cr) = (cb - 128.0, cr - 128.0);
                [luma + 1.402 * cr, luma - 0.344136 * cb - 0.714136 * cr, luma + 1.772 * cb]
                    .map(|channel| channel.clamp(0.0, 255.0) as u8)
            })
        })
        .collect()
}
fn noisy(width: u32, height: u32, channels: usize) -> Vec<u8> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut pixels = smooth(width, height, channels);
    pixels.iter_mut().for_each(|sample| *sample = sample.wrapping_add((random.number() >> 40) as u8 & 0x3f));
    pixels
}

/// The low frequencies of each block as `points` samples in both directions.
fn reference(bytes: &[u8], points: usize) -> (usize, usize, Vec<f64>) {
    let (wide, high, blocks, divisors) = coefficients(bytes).swap_remove(0);
    let (width, height) = (wide as usize * points, high as usize * points);
    let mut samples = vec![0.0; width * height];
    let basis = |u: usize, x: usize| {
        if u == 0 { 1.0 } else { 2f64.sqrt() * ((2 * x + 1) as f64 * u as f64 * PI / (2 * points) as f64).cos() }
    };
    for (index, block) in blocks.iter().enumerate() {
        let (column, row) = (index % wide as usize, index / wide as usize);
        for y in 0..points {
            for x in 0..points {
                let mut sum = 0.0;
                for v in 0..points {
                    for u in 0..points {
                        let at = v * 8 + u;
                        sum += f64::from(block[at]) * f64::from(divisors[at]) * basis(u, x) * basis(v, y);
                    }
                }
                samples[(row * points + y) * width + column * points + x] = (sum / 8.0 + 128.0).clamp(0.0, 255.0);
            }
        }
    }
    (width, height, samples)
}

fn assert_exact(bytes: &[u8], divisor: u32, what: &str) {
    let picture = ours(bytes, divisor).unwrap_or_else(|refusal| panic!("{what}: {refusal:?}"));
    let (stride, _, samples) = reference(bytes, 8 / divisor as usize);
    for (index, pixel) in picture.pixels.iter().enumerate() {
        let (x, y) = (index % picture.width as usize, index / picture.width as usize);
        let exact = samples[y * stride + x];
        assert!((f64::from(*pixel) - exact).abs() < 0.8, "{what} 1/{divisor} at {x},{y}: {pixel} for {exact}");
    }
}

#[test]
fn gray_is_the_exact_transform_of_the_coefficients_of_libjpeg_at_every_size() {
    for side in 1..=40 {
        for (width, height) in [(side, 41 - side), (side, side), (1, side), (side, 1)] {
            for (quality, optimise, restart) in [(50, false, 0), (90, true, 0), (100, false, 1), (95, true, 3)] {
                let recipe = Recipe { quality, optimise, restart, ..Recipe::new(width, height, 1) };
                let bytes = recipe.encode(&noisy(width, height, 1));
                for divisor in [2, 4, 8] {
                    assert_exact(&bytes, divisor, &format!("{recipe:?}"));
                }
            }
        }
    }
}

#[test]
fn gray_at_an_eighth_is_what_libjpeg_makes_of_it() {
    for (width, height) in [(1, 1), (7, 9), (40, 33), (333, 217)] {
        for progressive in [false, true] {
            for quality in [30, 75, 95, 100] {
                let bytes =
                    Recipe { quality, progressive, ..Recipe::new(width, height, 1) }.encode(&noisy(width, height, 1));
                let (expected, warned) = libjpeg(&bytes, 8).unwrap();
                assert!(!warned);
                assert_eq!(ours(&bytes, 8).unwrap().pixels, expected.pixels);
            }
        }
    }
}

#[test]
fn smooth_gray_is_within_two_levels_of_libjpeg() {
    for (width, height) in [(1, 1), (7, 9), (40, 33), (333, 217), (512, 8)] {
        for progressive in [false, true] {
            let bytes =
                Recipe { quality: 95, progressive, ..Recipe::new(width, height, 1) }.encode(&smooth(width, height, 1));
            for divisor in [2, 4, 8] {
                let (expected, _) = libjpeg(&bytes, divisor).unwrap();
                let picture = ours(&bytes, divisor).unwrap();
                assert_eq!(
                    (picture.width, picture.height, picture.channels),
                    (expected.width, expected.height, expected.channels)
                );
                // Where a block is cut, what the encoder put behind the edge is no smooth picture.
                let (inner_width, inner_height) =
                    ((width / 8 * 8 / divisor) as usize, (height / 8 * 8 / divisor) as usize);
                for (index, (got, wanted)) in picture.pixels.iter().zip(&expected.pixels).enumerate() {
                    let (x, y) = (index % picture.width as usize, index / picture.width as usize);
                    let allowed = if x < inner_width && y < inner_height { 2 } else { 6 };
                    assert!(
                        got.abs_diff(*wanted) <= allowed,
                        "{width}x{height} 1/{divisor} {progressive} at {x},{y}: {got} for {wanted}"
                    );
                }
            }
        }
    }
}

/// The mean of the pixels of the original that one pixel stands for; behind the edge, the last ones go on.
fn shrunk(pixels: &[u8], width: u32, height: u32, divisor: u32) -> Vec<u8> {
    let channels = pixels.len() / (width * height) as usize;
    let mut means = vec![];
    for y in 0..height.div_ceil(divisor) {
        for x in 0..width.div_ceil(divisor) {
            for channel in 0..channels {
                let places = (0..divisor * divisor).map(|at| {
                    ((x * divisor + at % divisor).min(width - 1), (y * divisor + at / divisor).min(height - 1))
                });
                let sum: u32 =
                    places.map(|(x, y)| u32::from(pixels[(y * width + x) as usize * channels + channel])).sum();
                means.push(((sum + divisor * divisor / 2) / (divisor * divisor)) as u8);
            }
        }
    }
    means
}

fn mean_difference(first: &[u8], second: &[u8]) -> f64 {
    assert_eq!(first.len(), second.len());
    first.iter().zip(second).map(|(first, second)| f64::from(first.abs_diff(*second))).sum::<f64>() / first.len() as f64
}

/// All pairs that make an MCU of at most ten blocks and that libjpeg can decode.
fn samplings() -> Vec<[(u8, u8); 3]> {
    let mut all = vec![];
    let factors: Vec<(u8, u8)> = [1, 2, 3, 4].into_iter().flat_map(|h| [1, 2, 3, 4].map(|v| (h, v))).collect();
    for luma in &factors {
        for cb in &factors {
            for cr in [*cb, (1, 1)] {
                if [*luma, *cb, cr].iter().map(|(h, v)| h * v).sum::<u8>() <= 10 {
                    all.push([*luma, *cb, cr]);
                }
            }
        }
    }
    all
}

#[test]
fn colour_is_that_of_the_original_with_every_sampling() {
    let (mut tried, mut sums) = (0, (0.0, 0.0));
    for factors in samplings() {
        for (width, height) in [(97, 61), (16, 5), (1, 1), (3, 40)] {
            for (progressive, separate) in [(false, false), (true, false), (false, true)] {
                let recipe =
                    Recipe { factors, progressive, separate, quality: 95, restart: 2, ..Recipe::new(width, height, 3) };
                let original = soft_rgb(width, height);
                let bytes = recipe.encode_samples(soft_wave);
                for divisor in [2, 4, 8] {
                    let picture = ours(&bytes, divisor).unwrap_or_else(|refusal| panic!("{recipe:?}: {refusal:?}"));
                    let expected = shrunk(&original, width, height, divisor);
                    let difference = mean_difference(&picture.pixels, &expected);
                    assert!(difference <= 4.0, "{recipe:?} 1/{divisor}: {difference}");
                    tried += 1;
                    // libjpeg does not read ratios that are no whole numbers.
                    let Some((theirs, false)) = libjpeg(&bytes, divisor) else { continue };
                    assert_eq!((picture.width, picture.height), (theirs.width, theirs.height));
                    let their_difference = mean_difference(&theirs.pixels, &expected);
                    sums = (sums.0 + difference, sums.1 + their_difference);
                    assert!(
                        difference <= their_difference + 1.5,
                        "{recipe:?} 1/{divisor}: {difference} {their_difference}"
                    );
                }
            }
        }
    }
    assert!(tried > 2000 && sums.0 < sums.1);
}

#[test]
fn progressive_files_are_the_same_picture() {
    for factors in [[(1, 1); 3], [(2, 2), (1, 1), (1, 1)], [(2, 1), (1, 1), (1, 1)]] {
        for restart in [0, 1, 5] {
            // Low quality: there every refinement counts. High: some are left out.
            for (quality, allowed) in [(1, 0.0), (5, 0.0), (75, 2.5), (95, 1.0), (100, 1.0)] {
                for (pixels, is_noise) in [(smooth(149, 83, 3), false), (noisy(149, 83, 3), true)] {
                    let recipe = Recipe { factors, quality, restart, ..Recipe::new(149, 83, 3) };
                    let baseline = recipe.encode(&pixels);
                    let progressive = Recipe { progressive: true, ..recipe.clone() }.encode(&pixels);
                    for divisor in [2, 4, 8] {
                        let (expected, picture) =
                            (ours(&baseline, divisor).unwrap(), ours(&progressive, divisor).unwrap());
                        let difference = mean_difference(&picture.pixels, &expected.pixels);
                        let allowed = if is_noise { allowed * 3.0 } else { allowed };
                        assert!(difference <= allowed, "{recipe:?} 1/{divisor}: {difference}");
                    }
                }
            }
        }
    }
}

#[test]
fn one_scan_a_component_is_the_same_picture() {
    for factors in [[(1, 1); 3], [(2, 2), (1, 1), (1, 1)], [(4, 1), (1, 1), (1, 1)]] {
        let recipe = Recipe { factors, restart: 3, ..Recipe::new(149, 83, 3) };
        let interleaved = recipe.encode(&noisy(149, 83, 3));
        let separate = Recipe { separate: true, ..recipe }.encode(&noisy(149, 83, 3));
        for divisor in [2, 4, 8] {
            assert_eq!(ours(&separate, divisor), ours(&interleaved, divisor));
        }
    }
}

#[test]
fn what_mozjpeg_writes_is_read() {
    for (progressive, channels) in [(true, 3), (true, 1), (false, 3)] {
        for quality in [20, 60, 90] {
            let recipe = Recipe {
                progressive,
                jcp_max: true,
                optimise: true,
                quality,
                factors: [(2, 2), (1, 1), (1, 1)],
                ..Recipe::new(320, 200, channels)
            };
            let recipe = if channels == 1 { Recipe { factors: [(1, 1); 3], ..recipe } } else { recipe };
            let bytes = recipe.encode(&smooth(320, 200, channels));
            for divisor in [2, 4, 8] {
                let (expected, _) = libjpeg(&bytes, divisor).unwrap();
                let difference = mean_difference(&ours(&bytes, divisor).unwrap().pixels, &expected.pixels);
                assert!(difference <= 1.5, "{recipe:?} 1/{divisor}: {difference}");
            }
        }
    }
}

#[test]
fn every_order_of_scans_is_read_exactly_where_quantization_is_coarse() {
    let scripts: [&[[i32; 4]]; 5] = [
        &[[0, 0, 0, 0], [1, 8, 0, 2], [9, 63, 0, 2], [1, 63, 2, 1], [1, 63, 1, 0]],
        &[[0, 0, 0, 1], [1, 63, 0, 0], [0, 0, 1, 0]],
        &[[0, 0, 0, 3], [0, 0, 3, 2], [0, 0, 2, 1], [0, 0, 1, 0], [1, 2, 0, 1], [1, 2, 1, 0], [3, 63, 0, 0]],
        &[[0, 0, 0, 0], [6, 63, 0, 1], [1, 5, 0, 3], [1, 5, 3, 2], [1, 5, 2, 1], [1, 63, 1, 0]],
        &[[0, 0, 0, 0], [1, 1, 0, 0], [2, 20, 0, 2], [21, 63, 0, 1], [2, 20, 2, 1], [2, 63, 1, 0]],
    ];
    for script in scripts {
        for restart in [0, 3] {
            for (width, height) in [(149, 83), (5, 40), (1, 1)] {
                let recipe = Recipe {
                    script: script.to_vec(),
                    progressive: true,
                    quality: 5,
                    restart,
                    ..Recipe::new(width, height, 1)
                };
                let bytes = recipe.encode(&noisy(width, height, 1));
                for divisor in [2, 4, 8] {
                    assert_exact(&bytes, divisor, &format!("{recipe:?}"));
                }
            }
        }
    }
}

#[test]
fn usual_files_are_very_near_libjpeg() {
    let pixels = soft_rgb(320, 200);
    for factors in [[(1, 1); 3], [(2, 2), (1, 1), (1, 1)]] {
        for (progressive, stored_rgb) in [(false, false), (true, false), (false, true), (true, true)] {
            let recipe = Recipe { factors, progressive, stored_rgb, quality: 95, ..Recipe::new(320, 200, 3) };
            let bytes = recipe.encode(&pixels);
            for divisor in [2, 4, 8] {
                let (expected, _) = libjpeg(&bytes, divisor).unwrap();
                let difference = mean_difference(&ours(&bytes, divisor).unwrap().pixels, &expected.pixels);
                assert!(difference <= 1.0, "{recipe:?} 1/{divisor}: {difference}");
            }
        }
    }
}
