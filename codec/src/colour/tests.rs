use moxcms::ColorProfile;

use super::*;
use crate::{Dimensions, Picture};

fn p3() -> Vec<u8> {
    ColorProfile::new_display_p3().encode().unwrap()
}

/// sRGB with the names of red and green exchanged.
fn swapped() -> Vec<u8> {
    let mut profile = ColorProfile::new_srgb();
    std::mem::swap(&mut profile.red_colorant, &mut profile.green_colorant);
    profile.encode().unwrap()
}

fn rgb(profile: &[u8]) -> ColourSpace {
    ColourSpace::from_icc(profile, Channels::Rgb).unwrap()
}

fn converted(colours: ColourSpace, layout: PixelLayout, pixels: &[u8]) -> Vec<u8> {
    let width = (pixels.len() / layout.channels()) as u32;
    let picture = Picture::new(Dimensions::new(width, 1), layout, pixels.to_vec()).unwrap();
    let picture = picture.in_colours(colours).into_srgb();
    assert!(picture.colours().is_srgb());
    picture.into_pixels()
}

fn narrowed(mut colours: ColourSpace, channels: usize, samples: &[u16]) -> Vec<u8> {
    let mut levels = Vec::new();
    Narrowing::new(&mut colours, ColourRule::Srgb, channels).narrow(samples, &mut levels);
    assert!(colours.is_srgb());
    levels
}

fn assert_near(got: &[u8], expected: &[u8]) {
    let is_near = got.iter().zip(expected).all(|(got, expected)| got.abs_diff(*expected) <= 2);
    assert!(got.len() == expected.len() && is_near, "expected about {expected:?}, got {got:?}");
}

#[test]
fn a_profile_that_says_srgb_costs_nothing() {
    let mut gray = ColorProfile::new_gray_with_gamma(2.2);
    gray.gray_trc = ColorProfile::new_srgb().red_trc;
    assert_eq!(rgb(&ColorProfile::new_srgb().encode().unwrap()), ColourSpace::Srgb);
    assert_eq!(ColourSpace::from_icc(&gray.encode().unwrap(), Channels::Gray), Some(ColourSpace::Srgb));
    for (primaries, transfer) in [(1, 13), (1, 1), (2, 2), (1, 6), (2, 13)] {
        assert_eq!(ColourSpace::from_code_points(primaries, transfer), Some(ColourSpace::Srgb));
    }
}

#[test]
fn the_red_of_srgb_is_found_in_a_wider_space() {
    // By the matrices of CSS Color 4: what sRGB calls 255 0 0, Display P3 calls 234 51 35.
    let pixels = [234, 51, 35, 117, 251, 76, 128, 128, 128];
    let expected = [255, 0, 0, 0, 255, 0, 128, 128, 128];
    assert_near(&converted(rgb(&p3()), PixelLayout::Rgb, &pixels), &expected);
    let points = ColourSpace::from_code_points(12, 13).unwrap();
    assert_near(&converted(points.clone(), PixelLayout::Rgb, &pixels), &expected);
    let deep: Vec<u16> = pixels.iter().map(|level| u16::from(*level) * 257).collect();
    assert_near(&narrowed(points, 3, &deep), &expected);
}

#[test]
fn exchanged_primaries_are_put_back_and_alpha_stays() {
    let pixels = [255, 0, 0, 7, 0, 255, 0, 255, 0, 0, 255, 0];
    let expected = [0, 255, 0, 7, 255, 0, 0, 255, 0, 0, 255, 0];
    assert_near(&converted(rgb(&swapped()), PixelLayout::Rgba, &pixels), &expected);
    let deep: Vec<u16> = pixels.iter().map(|level| u16::from(*level) * 257).collect();
    assert_near(&narrowed(rgb(&swapped()), 4, &deep), &expected);
}

#[test]
fn more_pixels_than_a_piece_are_all_converted() {
    let pixels = [200, 10, 30].repeat(10_001);
    assert_near(&converted(rgb(&swapped()), PixelLayout::Rgb, &pixels), &[10, 200, 30].repeat(10_001));
}

#[test]
fn gray_is_converted_by_its_own_curve() {
    let linear = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let linear = ColourSpace::from_icc(&linear, Channels::Gray).unwrap();
    assert_near(&converted(linear.clone(), PixelLayout::Gray, &[0, 55, 128, 255]), &[0, 128, 188, 255]);
    // Where gray has alpha, it is three channels.
    assert_near(&converted(linear.clone(), PixelLayout::Rgba, &[128, 128, 128, 9]), &[188, 188, 188, 9]);
    assert_near(&narrowed(linear.clone(), 2, &[128 * 257, 9 * 257]), &[188, 9]);
    assert!(!linear.resizes_like_srgb() && rgb(&p3()).resizes_like_srgb());
    // Steps that 8 bits cannot tell apart.
    let steps = narrowed(linear, 1, &[0, 20, 40, 60, 80]);
    assert!(steps.is_sorted_by(|one, next| one < next), "{steps:?}");
}

#[test]
fn gray_pixels_take_the_curve_of_colours() {
    let linear = ColourSpace::from_code_points(1, 8).unwrap();
    assert_near(&converted(linear, PixelLayout::Gray, &[0, 128, 255]), &[0, 188, 255]);
}

#[test]
fn measured_primaries_are_as_good_as_a_profile() {
    let srgb = Calibration {
        gamma: 0.45455,
        white: (0.3127, 0.329),
        red: (0.64, 0.33),
        green: (0.3, 0.6),
        blue: (0.15, 0.06),
    };
    assert_eq!(ColourSpace::from_calibration(&srgb), Some(ColourSpace::Srgb));
    let exchanged = Calibration { red: srgb.green, green: srgb.red, ..srgb };
    let exchanged = ColourSpace::from_calibration(&exchanged).unwrap();
    assert_near(&converted(exchanged, PixelLayout::Rgb, &[255, 0, 0]), &[0, 255, 0]);
    let linear = ColourSpace::from_calibration(&Calibration { gamma: 1.0, ..srgb }).unwrap();
    assert_near(&converted(linear, PixelLayout::Rgb, &[128; 3]), &[188; 3]);
    for broken in [
        Calibration { gamma: 0.0, ..srgb },
        Calibration { white: (0.3, 0.0), ..srgb },
        Calibration { red: srgb.green, ..srgb },
    ] {
        assert_eq!(ColourSpace::from_calibration(&broken), None, "{broken:?}");
    }
}

#[test]
fn what_is_no_profile_for_these_pixels_is_ignored() {
    let gray = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    assert_eq!(ColourSpace::from_icc(&gray, Channels::Rgb), None);
    assert_eq!(ColourSpace::from_icc(&p3(), Channels::Gray), None);
    assert_eq!(ColourSpace::from_icc(&p3(), Channels::Cmyk), None);
    let padded = [p3(), vec![0; MAX_PROFILE_BYTES]].concat();
    for broken in [&p3()[..200], &[], &[0xff; 500], &padded] {
        assert_eq!(ColourSpace::from_icc(broken, Channels::Rgb), None);
    }
    for (primaries, transfer) in [(0, 13), (200, 13), (1, 0), (1, 200), (70_u16 << 8, 13)] {
        assert_eq!(ColourSpace::from_code_points(primaries, transfer), None, "{primaries} {transfer}");
    }
}

#[test]
fn a_flipped_byte_of_a_profile_gives_a_picture() {
    for profile in [p3(), swapped()] {
        for position in 0..profile.len() {
            let mut flipped = profile.clone();
            flipped[position] ^= 0x81;
            if let Some(colours) = ColourSpace::from_icc(&flipped, Channels::Rgb) {
                converted(colours, PixelLayout::Rgb, &[1, 99, 255]);
            }
        }
    }
}

#[test]
fn a_profile_is_written_with_the_pixels_that_it_fits() {
    let gray = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let colours = ColourSpace::from_icc(&gray, Channels::Gray).unwrap();
    assert_eq!(colours.icc(PixelLayout::Gray), Some(&gray[..]));
    assert_eq!(colours.icc(PixelLayout::Rgba), None);
    assert_eq!(rgb(&p3()).icc(PixelLayout::Rgba), Some(&p3()[..]));
    assert_eq!(rgb(&p3()).icc(PixelLayout::Gray), None);
    // Code points become a profile that says the same.
    let points = ColourSpace::from_code_points(12, 13).unwrap();
    let written = rgb(points.icc(PixelLayout::Rgb).unwrap());
    assert_near(&converted(written, PixelLayout::Rgb, &[234, 51, 35]), &[255, 0, 0]);
}

#[test]
fn high_dynamic_range_keeps_black_order_and_hue() {
    for transfer in [16, 18] {
        let colours = ColourSpace::from_code_points(9, transfer).unwrap();
        let ramp: Vec<u8> = (0..=255).collect();
        let gray = converted(colours.clone(), PixelLayout::Gray, &ramp);
        assert!(gray.is_sorted() && gray[0] == 0 && gray[255] == 255, "{gray:?}");
        let deep: Vec<u16> = (0..=255).flat_map(|level| [level * 257; 3]).collect();
        let neutral = narrowed(colours.clone(), 3, &deep);
        for (pixel, gray) in neutral.chunks_exact(3).zip(gray) {
            assert_near(pixel, &[gray; 3]);
        }
        assert_eq!(colours.icc(PixelLayout::Rgb), None);
    }
    // White paper (ITU-R BT.2408: 58 % of PQ, 75 % of HLG) is bright, and leaves room for what is brighter.
    let levels = [(16, 148), (18, 191)].map(|(transfer, white)| {
        let colours = ColourSpace::from_code_points(9, transfer).unwrap();
        converted(colours, PixelLayout::Gray, &[white])[0]
    });
    assert!(levels.iter().all(|level| (215..=235).contains(level)), "{levels:?}");
    let orange = narrowed(ColourSpace::from_code_points(9, 16).unwrap(), 3, &[42_000, 38_000, 30_000]);
    assert!(orange.is_sorted_by(|one, next| one > next), "{orange:?}");
}

#[test]
fn every_sample_is_rounded_to_the_nearest() {
    for sample in 0..=u16::MAX {
        let exact = (u32::from(sample) * 255 + 32_768) / 65_535;
        assert_eq!(u32::from(rounded_to_8_bits(sample)), exact, "{sample}");
    }
}

/// A profile for CMYK whose one table has the corners alone (ICC.1:2022, section 10.11): lightness by the inks that are
/// missing, nothing else.
fn cmyk() -> Vec<u8> {
    let identity: Vec<u8> = (0..=255).collect();
    let corner = |corner: u8| [if corner == 0 { 255 } else { 0 }, 128, 128];
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    for (row, column) in (0..3).flat_map(|row| (0..3).map(move |column| (row, column))) {
        table.extend((if row == column { 65_536_u32 } else { 0 }).to_be_bytes());
    }
    table.extend(identity.repeat(4));
    table.extend((0..16).flat_map(corner));
    table.extend(identity.repeat(3));
    let mut profile = vec![0; 128];
    profile[8..24].copy_from_slice(b"\x02\x40\0\0prtrCMYKLab ");
    profile[36..40].copy_from_slice(b"acsp");
    profile[68..80].copy_from_slice(b"\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d");
    profile.extend(1_u32.to_be_bytes());
    profile.extend(b"A2B0");
    profile.extend([144, table.len() as u32].map(u32::to_be_bytes).as_flattened());
    profile.extend(table);
    let length = (profile.len() as u32).to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

#[test]
fn inks_are_mixed_as_their_profile_says() {
    let mut pixels = [[0, 0, 0, 0], [0, 0, 0, 255], [255, 255, 255, 255], [0, 0, 0, 128]].concat().repeat(3000);
    assert!(inks_to_srgb(&cmyk(), &mut pixels));
    // Half of the ink is half of the lightness.
    let expected = [[255; 3], [0; 3], [0; 3], [118; 3]].concat().repeat(3000);
    assert_near(&pixels, &expected);
    let mut untouched = vec![1, 2, 3, 4];
    assert!(!inks_to_srgb(&p3(), &mut untouched));
    assert_eq!(untouched, [1, 2, 3, 4]);
}

#[test]
fn all_primaries_and_curves_that_are_defined_are_known() {
    for primaries in [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22] {
        for transfer in [1, 2].into_iter().chain(4..=18) {
            let colours = ColourSpace::from_code_points(primaries, transfer).unwrap();
            let white = converted(colours.clone(), PixelLayout::Rgb, &[255; 3]);
            let is_hdr = matches!(colours, ColourSpace::Hdr(_));
            // White is white, whatever it was called; but for PQ, whose highest number is far above white.
            assert!(is_hdr || white.iter().all(|level| *level >= 253), "{primaries} {transfer}: {white:?}");
            let black = converted(colours, PixelLayout::Rgb, &[0; 3]);
            let is_logarithmic = [9, 10].contains(&transfer);
            assert!(is_logarithmic || black == [0; 3], "{primaries} {transfer}: {black:?}");
        }
    }
    for reserved in [0, 3, 13, 21, 23, 256] {
        assert_eq!(ColourSpace::from_code_points(reserved, 13), None);
    }
}

#[test]
fn the_coordinates_of_light_itself_become_colours() {
    // SMPTE ST 428-1 has X, Y and Z for channels. By CSS Color 4, those of D65 red: 0.41, 0.21, 0.02.
    let xyz = ColourSpace::from_code_points(10, 8).unwrap();
    let red = [105, 54, 5];
    let [r, g, b] = converted(xyz, PixelLayout::Rgb, &red).try_into().unwrap();
    // The white of that space is not that of a screen, and is adapted to it.
    assert!(r > 240 && g < 40 && b < 20, "{r} {g} {b}");
}

#[test]
fn gray_whose_curve_gives_lightness_is_converted_by_that() {
    let profile = |gamma: f32| {
        let mut profile = ColorProfile::new_gray_with_gamma(gamma);
        profile.pcs = moxcms::DataColorSpace::Lab;
        profile.encode().unwrap()
    };
    // As littleCMS 2.19 converts them (relative colorimetric).
    for (gamma, expected) in [(1.0, [0, 14, 39, 92, 119, 194, 255]), (2.2, [0, 0, 6, 33, 53, 141, 255])] {
        let colours = ColourSpace::from_icc(&profile(gamma), Channels::Gray).unwrap();
        assert!(matches!(colours.told(), Colours::Profiled));
        let levels = [0, 10, 40, 100, 128, 200, 255];
        assert_near(&converted(colours.clone(), PixelLayout::Gray, &levels), &expected);
        let deep: Vec<u16> = levels.iter().map(|level| u16::from(*level) * 257).collect();
        assert_near(&narrowed(colours, 1, &deep), &expected);
    }
}

#[test]
fn colours_are_called_by_the_name_that_people_know() {
    let gamma = |gamma: f32| {
        let curve = moxcms::ToneReprCurve::Parametric(vec![gamma]);
        let mut profile = ColorProfile::new_adobe_rgb();
        (profile.red_trc, profile.green_trc, profile.blue_trc) =
            (Some(curve.clone()), Some(curve.clone()), Some(curve));
        profile.encode().unwrap()
    };
    for (profile, expected) in [
        (p3(), NamedColours::DisplayP3),
        (ColorProfile::new_srgb().encode().unwrap(), NamedColours::Srgb),
        (ColorProfile::new_adobe_rgb().encode().unwrap(), NamedColours::AdobeRgb),
        (gamma(1.8), NamedColours::Other),
        (ColorProfile::new_pro_photo_rgb().encode().unwrap(), NamedColours::Other),
        (swapped(), NamedColours::Other),
        (b"no profile".to_vec(), NamedColours::Srgb),
    ] {
        assert_eq!(ColourSpace::named_by(Some(&profile)), expected);
    }
    assert_eq!(ColourSpace::named_by(None), NamedColours::Srgb);
    let of = |points: (u16, u16)| ColourSpace::from_code_points(points.0, points.1).unwrap().named();
    assert_eq!(
        [(12, 13), (9, 16), (9, 1)].map(of),
        [NamedColours::DisplayP3, NamedColours::Other, NamedColours::Other]
    );
}
