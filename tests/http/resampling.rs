//! A smaller picture shows the same thing at the same place: nothing shifts, flat areas stay flat, and fine patterns come
//! out as the filter alone would have them.

use std::f64::consts::PI;

use image::{ImageFormat, Rgb, RgbImage, RgbaImage};

use crate::pictures::{decoded, written};
use crate::server::{Place, Server};

const ALGORITHMS: [&str; 4] = ["lanczos3", "bicubic", "gaussian", "thumbnail"];

fn serving(name: &str, picture: &RgbImage) -> Server {
    let picture = image::DynamicImage::ImageRgb8(picture.clone()).into_rgba8();
    Place::with(&[(name, written(&picture, ImageFormat::Png))]).serve(&[])
}

fn gray(width: u32, height: u32, level: impl Fn(u32, u32) -> f64) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([level(x, y).round().clamp(0.0, 255.0) as u8; 3]))
}

fn rendition(server: &Server, size: u32, algorithm: &str) -> RgbaImage {
    decoded(&server.get(&format!("/a.png?size={size}&resize_algorithm={algorithm}")).body)
}

/// Rings whose frequency rises from the middle to half a cycle a pixel at the edge.
fn zone_plate(side: u32) -> RgbImage {
    let middle = f64::from(side - 1) / 2.0;
    gray(side, side, |x, y| {
        let square = (f64::from(x) - middle).powi(2) + (f64::from(y) - middle).powi(2);
        127.5 + 127.5 * (PI * square / f64::from(side)).cos()
    })
}

/// Lanczos with three lobes in double precision along one axis; weights that fall beyond the edge are left out.
fn lanczos(samples: &[f64], target: usize) -> Vec<f64> {
    let scale = samples.len() as f64 / target as f64;
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    let weight = |x: f64| if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 };
    let sample = |place: usize| {
        let centre = (place as f64 + 0.5) * scale - 0.5;
        let reach = (3.0 * scale).ceil() as usize + 1;
        let near = (place as f64 * scale) as usize;
        let window = near.saturating_sub(reach)..(near + reach + 1).min(samples.len());
        let weighed = window.map(|at| (weight((at as f64 - centre) / scale), samples[at]));
        let (sum, total) =
            weighed.fold((0.0, 0.0), |(sum, total), (weight, sample)| (sum + weight * sample, total + weight));
        sum / total
    };
    (0..target).map(sample).collect()
}

fn lanczos_of(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let row = |y| (0..picture.width()).map(|x| f64::from(picture.get_pixel(x, y).0[0])).collect::<Vec<_>>();
    let narrow: Vec<Vec<f64>> = (0..picture.height()).map(|y| lanczos(&row(y), width as usize)).collect();
    let column = |x: usize| narrow.iter().map(|row| row[x]).collect::<Vec<_>>();
    let columns: Vec<Vec<f64>> = (0..width as usize).map(|x| lanczos(&column(x), height as usize)).collect();
    gray(width, height, |x, y| columns[x as usize][y as usize])
}

fn levels(picture: &RgbaImage) -> impl Iterator<Item = f64> {
    picture.pixels().map(|pixel| f64::from(pixel.0[0]))
}

#[test]
fn a_flat_picture_stays_flat() {
    let colour = Rgb([201, 34, 77]);
    let server = serving("a.png", &RgbImage::from_pixel(251, 173, colour));
    for (algorithm, size) in ALGORITHMS.into_iter().flat_map(|algorithm| [1, 7, 100, 250].map(|size| (algorithm, size)))
    {
        let picture = rendition(&server, size, algorithm);
        assert!(picture.pixels().all(|pixel| pixel.0[..3] == colour.0), "{algorithm} {size}");
    }
}

#[test]
fn nothing_is_shifted() {
    // A soft spot off the middle: its centre of gravity must come out where it was.
    let (x0, y0) = (150.3, 90.8);
    let distance = |x: u32, y: u32| (f64::from(x) - x0).powi(2) + (f64::from(y) - y0).powi(2);
    let server = serving("a.png", &gray(300, 200, |x, y| 255.0 * (-distance(x, y) / 800.0).exp()));
    for (algorithm, size) in
        ALGORITHMS.into_iter().flat_map(|algorithm| [33, 100, 150, 211].map(|size| (algorithm, size)))
    {
        let picture = rendition(&server, size, algorithm);
        let moment = |along: fn(u32, u32) -> u32| {
            let weighed =
                picture.enumerate_pixels().map(|(x, y, pixel)| (f64::from(along(x, y)), f64::from(pixel.0[0])));
            let (sum, total) = weighed.fold((0.0, 0.0), |(sum, total), (at, level)| (sum + at * level, total + level));
            sum / total
        };
        let expected = |at: f64, side: u32, from: f64| (at + 0.5) * f64::from(side) / from - 0.5;
        let off = [
            moment(|x, _| x) - expected(x0, picture.width(), 300.0),
            moment(|_, y| y) - expected(y0, picture.height(), 200.0),
        ];
        assert!(off.iter().all(|off| off.abs() < 0.05), "{algorithm} {size}: {off:?} pixels");
    }
}

#[test]
fn fine_patterns_come_out_as_the_filter_has_them() {
    let chequers = gray(240, 240, |x, y| f64::from((x + y) % 2) * 255.0);
    let bars = gray(301, 40, |x, _| f64::from(x / 3 % 2) * 255.0);
    for (name, picture) in [("zone plate", zone_plate(240)), ("chequers", chequers), ("bars", bars)] {
        let server = serving("a.png", &picture);
        for size in [61, 100, 150, 199] {
            let got = rendition(&server, size, "auto");
            let expected = lanczos_of(&picture, got.width(), got.height());
            let differences = levels(&got).zip(expected.pixels().map(|pixel| f64::from(pixel.0[0])));
            let most = differences.map(|(got, expected)| (got - expected).abs()).fold(0.0, f64::max);
            assert!(most <= 2.0, "{name} {size}: off by {most} levels");
        }
    }
}

#[test]
fn one_pixel_chequers_become_plain_gray() {
    let server = serving("a.png", &gray(256, 256, |x, y| f64::from((x + y) % 2) * 255.0));
    for size in [32, 100, 128] {
        let picture = rendition(&server, size, "auto");
        let inner =
            picture.enumerate_pixels().filter(|(x, y, _)| (3..size - 3).contains(x) && (3..size - 3).contains(y));
        let most = inner.map(|(_, _, pixel)| (f64::from(pixel.0[0]) - 127.5).abs()).fold(0.0, f64::max);
        assert!(most <= 2.0, "{size}: off by {most} levels");
    }
}

#[test]
fn a_jpeg_decoded_at_a_reduced_size_shows_the_same_at_the_same_place() {
    // Rings that the smaller size can still show, so that the filters need not agree on what they cut off.
    let middle = 399.5;
    let rings = gray(800, 800, |x, y| {
        let square = (f64::from(x) - middle).powi(2) + (f64::from(y) - middle).powi(2);
        127.5 + 100.0 * (PI * square / 8000.0).cos()
    });
    let jpeg = serving("a.png", &rings).get("/a.png?format=jpeg").body;
    let server = Place::with(&[("a.jpg", jpeg)]).serve(&[]);
    for size in [50, 90, 133, 200, 333] {
        let got = decoded(&server.get(&format!("/a.jpg?size={size}&format=png")).body);
        let expected = lanczos_of(&rings, size, size);
        let pairs = levels(&got).zip(expected.pixels().map(|pixel| f64::from(pixel.0[0])));
        let mean = pairs.map(|(got, expected)| (got - expected).abs()).sum::<f64>() / f64::from(size * size);
        assert!(mean < 4.0, "{size}: {mean} levels");
    }
}
