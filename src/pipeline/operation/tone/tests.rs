use super::*;
use crate::request::{Alteration, Background, Dimensions, Gamma, Hue, Lift, Wash};

fn picture(layout: PixelLayout, pixels: &[u8]) -> Picture {
    let width = (pixels.len() / layout.channels()) as u32;
    Picture::new(Dimensions::new(width, 1), layout, pixels.to_vec()).unwrap()
}

fn of_colours(tones: Tones, pixels: &[u8]) -> Vec<u8> {
    toned(picture(PixelLayout::Rgb, pixels), &tones).unwrap().into_pixels()
}

fn by(percent: &str) -> Alteration {
    Alteration::parse(percent).unwrap()
}

const COLOURS: [u8; 9] = [200, 100, 0, 10, 128, 250, 255, 255, 255];

#[test]
fn brightness_is_a_factor() {
    let bright = |percent| of_colours(Tones { brightness: by(percent), ..Tones::default() }, &COLOURS);
    assert_eq!(bright("50"), [255, 150, 0, 15, 192, 255, 255, 255, 255]);
    assert_eq!(bright("-50"), [100, 50, 0, 5, 64, 125, 128, 128, 128]);
    assert_eq!(bright("-100"), [0; 9]);
}

#[test]
fn contrast_turns_around_the_middle() {
    let contrast = |percent| of_colours(Tones { contrast: by(percent), ..Tones::default() }, &COLOURS);
    assert_eq!(contrast("100"), [255, 73, 0, 0, 129, 255, 255, 255, 255]);
    assert_eq!(contrast("-100"), [128; 9]);
}

#[test]
fn gamma_above_one_brightens_and_keeps_black_and_white() {
    let gamma = |text| of_colours(Tones { gamma: Gamma::parse(text).unwrap(), ..Tones::default() }, &[0, 64, 255]);
    assert_eq!(gamma("2"), [0, 128, 255]);
    assert_eq!(gamma("0.5"), [0, 16, 255]);
}

#[test]
fn saturation_goes_from_gray_to_twice_the_colour() {
    let saturated = |percent| of_colours(Tones { saturation: by(percent), ..Tones::default() }, &[200, 100, 0]);
    // Its luma is 118.5.
    assert_eq!(saturated("-99.999"), [119, 118, 118]);
    assert_eq!(saturated("-50"), [159, 109, 59]);
    assert_eq!(saturated("100"), [255, 82, 0]);
}

#[test]
fn a_hue_of_a_third_of_the_circle_turns_red_towards_green() {
    let turned = |degrees| of_colours(Tones { hue: Hue::parse(degrees).unwrap(), ..Tones::default() }, &[200, 0, 0]);
    // cos 120 = -0.5, sin 120 = 0.866: 0.213 - 0.5 * 0.787 - 0.866 * 0.213 is negative.
    assert_eq!(turned("120"), [0, 89, 0]);
    assert_eq!(turned("180"), [0, 85, 85]);
    let gray = of_colours(Tones { hue: Hue::parse("77").unwrap(), ..Tones::default() }, &[99; 3]);
    assert_eq!(gray, [99; 3]);
}

#[test]
fn sepia_is_brown_as_far_as_asked() {
    let sepia = |sepia_percent| of_colours(Tones { sepia_percent, ..Tones::default() }, &[100, 100, 100]);
    assert_eq!(sepia(100), [135, 120, 94]);
    assert_eq!(sepia(50), [118, 110, 97]);
}

#[test]
fn a_tint_keeps_black_white_and_luminance() {
    let red = Some(Background([255, 0, 0]));
    let tinted = of_colours(Tones { tint: red, ..Tones::default() }, &[0, 0, 0, 128, 128, 128, 255, 255, 255]);
    let [black, middle, white] = [0, 3, 6].map(|at| &tinted[at..at + 3]);
    assert_eq!((black, white), (&[0; 3][..], &[255; 3][..]));
    // The shade of sharp 0.35.5.
    assert_eq!(middle, [255, 9, 2]);
    let gray = toned(picture(PixelLayout::Gray, &[128]), &Tones { tint: red, ..Tones::default() }).unwrap();
    assert_eq!(gray.pixels(), middle);
}

#[test]
fn a_negative_keeps_alpha_and_is_undone_by_itself() {
    let tones = Tones { is_inverted: true, ..Tones::default() };
    let clear = picture(PixelLayout::Rgba, &[0, 100, 255, 7]);
    let negative = toned(clear.clone(), &tones).unwrap();
    assert_eq!(negative.pixels(), [255, 155, 0, 7]);
    assert_eq!(toned(negative, &tones).unwrap(), clear);
    assert_eq!(toned(picture(PixelLayout::Gray, &[3]), &tones).unwrap().pixels(), [252]);
}

#[test]
fn a_lift_adds_to_each_channel_and_leaves_alpha() {
    let lifted =
        |percents, pixels: &[u8]| of_colours(Tones { lift: Lift::of_percent(percents), ..Tones::default() }, pixels);
    assert_eq!(lifted([40, 40, 40], &[0, 100, 200]), [102, 202, 255]);
    assert_eq!(lifted([20, -20, 40], &[100, 100, 100]), [151, 49, 202]);
    let tones = Tones { lift: Lift::of_percent([20, 0, 0]), ..Tones::default() };
    assert_eq!(toned(picture(PixelLayout::Gray, &[100]), &tones).unwrap().pixels(), [151, 100, 100]);
    assert_eq!(toned(picture(PixelLayout::Rgba, &[1, 2, 3, 4]), &tones).unwrap().pixels(), [52, 2, 3, 4]);
}

#[test]
fn a_wash_brings_each_channel_nearer_to_a_colour_and_leaves_alpha() {
    let washed = |colour, percents| {
        of_colours(Tones { wash: Wash::towards(colour, percents), ..Tones::default() }, &[100, 150, 200])
    };
    // As thumbor 7.8 has it.
    assert_eq!(washed([255; 3], [40, 80, 20]), [162, 234, 211]);
    assert_eq!(washed([0, 10, 20], [100; 3]), [0, 10, 20]);
    assert_eq!(washed([255; 3], [0; 3]), [100, 150, 200]);
    let tones = Tones { wash: Wash::towards([255; 3], [20; 3]), ..Tones::default() };
    assert_eq!(toned(picture(PixelLayout::Gray, &[100]), &tones).unwrap().pixels(), [131]);
    assert_eq!(toned(picture(PixelLayout::Rgba, &[0, 100, 255, 7]), &tones).unwrap().pixels(), [51, 131, 255, 7]);
    let tones = Tones { wash: Wash::towards([255; 3], [20, 0, 0]), ..Tones::default() };
    assert_eq!(toned(picture(PixelLayout::Gray, &[100]), &tones).unwrap().pixels(), [131, 100, 100]);
}

#[test]
fn all_together_are_what_they_are_one_after_the_other() {
    let all = Tones {
        brightness: by("20"),
        saturation: by("-30"),
        hue: Hue::parse("40").unwrap(),
        gamma: Gamma::parse("1.3").unwrap(),
        contrast: by("-15"),
        sepia_percent: 40,
        tint: None,
        is_inverted: true,
        lift: Lift::of_percent([5, 2, -4]),
        wash: Wash::towards([200, 20, 100], [10, 30, 0]),
    };
    let none = Tones::default();
    let one_by_one = [
        Tones { brightness: all.brightness, saturation: all.saturation, hue: all.hue, ..none },
        Tones { gamma: all.gamma, ..none },
        Tones { contrast: all.contrast, ..none },
        Tones { sepia_percent: all.sepia_percent, ..none },
        Tones { is_inverted: true, ..none },
        Tones { lift: all.lift, ..none },
        Tones { wash: all.wash, ..none },
    ];
    let pixels: Vec<u8> = (0..3000_u32).map(|index| (index * 97 % 251) as u8).collect();
    let expected = one_by_one.into_iter().fold(pixels.clone(), |pixels, tones| of_colours(tones, &pixels));
    for (got, expected) in of_colours(all, &pixels).into_iter().zip(expected) {
        assert!(got.abs_diff(expected) <= 2, "{got} for {expected}");
    }
}

#[test]
fn gray_stays_gray_where_no_colour_is_given() {
    let tones =
        Tones { saturation: by("80"), hue: Hue::parse("90").unwrap(), brightness: by("100"), ..Tones::default() };
    let gray = toned(picture(PixelLayout::Gray, &[7, 200]), &tones).unwrap();
    assert_eq!(gray, picture(PixelLayout::Gray, &[14, 255]));
}
