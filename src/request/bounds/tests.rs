use super::*;
use crate::request::recipe::tests::policy;
use crate::request::step::Describe as _;
use crate::request::{Edit, KeyText};
use proptest::prelude::*;

const DANDELION: (u32, u32) = (4032, 3024);
const CAT: (u32, u32) = (451, 300);

fn sides((width, height): (u32, u32)) -> Sides {
    let own = Dimensions::new(width, height);
    Sides { exact: own, own, rounding: Rounding::Nearest }
}

fn outcome(picture: (u32, u32), fit: Fit, asked: (u32, u32), may_enlarge: bool) -> (u32, u32) {
    let Arrangement { scaled, window, canvas } =
        sides(picture).fitted(fit, Dimensions::new(asked.0, asked.1), may_enlarge);
    let last = window.or(canvas).unwrap_or(scaled);
    (last.width, last.height)
}

#[test]
fn each_fit_gives_the_dimensions_that_sharp_gives() {
    for (picture, fit, asked, expected) in [
        (DANDELION, Fit::Contain, (400, 400), (400, 300)),
        (DANDELION, Fit::Cover, (400, 400), (400, 400)),
        (DANDELION, Fit::Outside, (400, 400), (533, 400)),
        (DANDELION, Fit::Stretch, (400, 200), (400, 200)),
        (DANDELION, Fit::Pad, (400, 400), (400, 400)),
        ((1000, 872), Fit::Contain, (300, 200), (229, 200)),
        (CAT, Fit::Outside, (900, 900), CAT),
        (CAT, Fit::Outside, (400, 400), CAT),
        (CAT, Fit::Cover, (400, 400), (400, 300)),
        (CAT, Fit::Cover, (900, 200), (451, 200)),
        (CAT, Fit::Stretch, (900, 200), (451, 200)),
        (CAT, Fit::Pad, (900, 900), (900, 900)),
        (CAT, Fit::Contain, (900, 900), CAT),
    ] {
        assert_eq!(outcome(picture, fit, asked, false), expected, "{picture:?} {fit:?} {asked:?}");
    }
    assert_eq!(outcome(CAT, Fit::Contain, (900, 900), true), (900, 599));
    assert_eq!(outcome(CAT, Fit::Outside, (900, 900), true), (1353, 900));
    assert_eq!(outcome(CAT, Fit::Stretch, (900, 200), true), (900, 200));
    assert_eq!(outcome(CAT, Fit::Cover, (900, 900), true), (900, 900));
}

#[test]
fn fractions_are_cut_off_where_that_is_asked() {
    let fitted = |picture: (u32, u32), fit, asked: (u32, u32)| {
        let arrangement =
            Sides { rounding: Rounding::Down, ..sides(picture) }.fitted(fit, Dimensions::new(asked.0, asked.1), true);
        (arrangement.scaled.width, arrangement.scaled.height)
    };
    assert_eq!(fitted((600, 400), Fit::Contain, (100, 100)), (100, 66));
    assert_eq!(fitted((600, 400), Fit::Pad, (100, 100)), (100, 66));
    assert_eq!(fitted((1000, 3), Fit::Contain, (100, 100)), (100, 1));
    assert_eq!(fitted((451, 300), Fit::Cover, (400, 400)), (601, 400));
    let bounds = Bounds { width: Some(Length::Pixels(100)), rounding: Rounding::Down, ..Bounds::default() };
    let layout = |bounds: Bounds| bounds.layout(Shape::of_pixels(Dimensions::new(600, 400)), Dimensions::new(600, 400));
    assert_eq!(layout(bounds).unwrap().scaled, Dimensions::new(100, 66));
    let nearest = Bounds { rounding: Rounding::Nearest, ..bounds };
    assert_eq!(layout(nearest).unwrap().scaled, Dimensions::new(100, 67));
}

#[test]
fn a_picture_becomes_some_times_as_large_as_it_is() {
    for factor in [1, 2, 64] {
        let side = Some(Length::times(factor));
        let bounds = Bounds { width: side, height: side, may_enlarge: true, ..Bounds::default() };
        let dimensions = Dimensions::new(451, 300);
        let layout = bounds.layout(Shape::of_pixels(dimensions), dimensions).unwrap();
        let factor = u32::from(factor);
        assert_eq!(layout, Arrangement::scaled(Dimensions::new(451 * factor, 300 * factor)));
    }
}

#[test]
fn what_is_not_asked_for_is_not_in_the_text_of_what_is_left_open() {
    let text = format!("{:?}", Bounds::default());
    let expected = "Bounds { width: None, height: None, size: None, fit: Contain, ratio: None, gravity: \
                    Anchor(Anchor { horizontal: Middle, vertical: Middle }), may_enlarge: false, algorithm: None, \
                    sharpens_reduced: None }";
    assert_eq!(text, expected, "it is in keys that others have");
    let later = Bounds { rounding: Rounding::Down, surround: Some(Surround::Mirror), ..Bounds::default() };
    assert!(format!("{later:?}").ends_with(", sharpens_reduced: None, rounding: Down, surround: Mirror }"));
}

#[test]
fn what_is_around_a_picture_is_in_the_key_and_in_what_may_be_clear() {
    let pad = |surround, background| {
        let side = Some(Length::Pixels(200));
        let bounds = Bounds { width: side, height: side, fit: Fit::Pad, surround, ..Bounds::default() };
        let (edit, opaque) = (Edit { bounds, background, ..Edit::default() }, Dimensions::new(400, 300));
        let shape = Shape { may_be_clear: false, ..Shape::of_pixels(opaque) };
        let course = Edit::decide(&[edit], shape, &[], &policy()).unwrap();
        let mut text = KeyText::default();
        course.steps.iter().skip(1).for_each(|step| step.write_to(&mut text));
        (text.into_string(), course.shape.may_be_clear)
    };
    let (red, half) = (Paint([255, 0, 0, 255]), Paint([0, 0, 0, 128]));
    for (surround, background, expected, may_be_clear) in [
        (None, None, " pad 0 25 200x200 00000000", true),
        (None, Some(red), " pad 0 25 200x200 ff0000ff", false),
        (Some(Surround::Paint(half)), None, " pad 0 25 200x200 00000080", true),
        (Some(Surround::Edge), Some(red), " pad 0 25 200x200 edge", false),
        (Some(Surround::Mirror), None, " pad 0 25 200x200 mirror", false),
    ] {
        assert_eq!(pad(surround, background), (expected.to_owned(), may_be_clear), "{surround:?} {background:?}");
    }
}

#[test]
fn a_picture_that_is_too_small_to_cover_keeps_the_shape_that_was_asked_for() {
    assert_eq!(outcome(CAT, Fit::Cover, (900, 900), false), (300, 300));
    assert_eq!(outcome(CAT, Fit::Cover, (1600, 900), false), (451, 254));
}

#[test]
fn a_ratio_gives_the_edge_that_is_missing() {
    let layout = |bounds: Bounds| {
        let dimensions = Dimensions::new(1000, 872);
        let Arrangement { scaled, window, .. } = bounds.layout(Shape::of_pixels(dimensions), dimensions).unwrap();
        window.unwrap_or(scaled)
    };
    let ratio = |text: &str| Bounds { ratio: Ratio::parse(text), ..Bounds::default() };
    let pixels = |pixels| Some(Length::Pixels(pixels));
    assert_eq!(layout(Bounds { width: pixels(320), ..ratio("16:9") }), Dimensions::new(320, 180));
    assert_eq!(layout(Bounds { height: pixels(180), ..ratio("16:9") }), Dimensions::new(320, 180));
    assert_eq!(layout(ratio("16:9")), Dimensions::new(1000, 563));
    assert_eq!(layout(ratio("1:2")), Dimensions::new(436, 872));
    let both = Bounds { width: pixels(100), height: pixels(300), ..ratio("16:9") };
    assert_eq!(layout(both), Dimensions::new(100, 87), "says nothing beside both edges");
    let sized = Bounds { size: Size::new(320), ..ratio("16:9") };
    assert_eq!(layout(sized), Dimensions::new(320, 180));
    for text in ["16", "16:", ":9", "0:1", "a:b", "1:-1", "16:9:1", "1:1000001"] {
        assert_eq!(Ratio::parse(text), None, "{text}");
    }
}

#[test]
fn a_drawing_is_as_large_as_it_is_asked_to_be_in_its_exact_shape() {
    let drawn = Some(Dimensions::new(1500, 1000));
    let shape = Shape { drawn, ..Shape::of_pixels(Dimensions::new(2, 1)) };
    let bounds = Bounds { width: Some(Length::Pixels(600)), ..Bounds::default() };
    assert_eq!(bounds.layout(shape, shape.dimensions).unwrap().scaled, Dimensions::new(600, 400));
    let cover = Bounds { height: Some(Length::Pixels(600)), fit: Fit::Cover, ..bounds };
    let layout = cover.layout(shape, shape.dimensions).unwrap();
    assert_eq!((layout.scaled, layout.window), (Dimensions::new(900, 600), Some(Dimensions::new(600, 600))));
}

#[test]
fn nothing_is_done_where_a_side_would_not_become_smaller_and_all_or_nothing_is_asked_for() {
    let own = Dimensions::new(97, 61);
    let made = |width: u32, height: u32, fit| {
        let [width, height] = [width, height].map(|side| (side > 0).then_some(Length::Pixels(side)));
        Bounds { width, height, fit, is_all_or_nothing: true, may_enlarge: true, ..Bounds::default() }.of_whole(own)
    };
    for (width, height) in [(300, 300), (300, 30), (10, 61), (97, 0), (0, 100)] {
        for fit in [Fit::Contain, Fit::Cover, Fit::Stretch] {
            assert_eq!(made(width, height, fit), own, "{width} {height}");
        }
    }
    assert_eq!(made(96, 60, Fit::Stretch), Dimensions::new(96, 60));
    assert_eq!(made(48, 0, Fit::Stretch), Dimensions::new(48, 30));
}

fn any_side() -> impl Strategy<Value = (u32, u32)> {
    (1u32..20_000, 1u32..20_000)
}

proptest! {
    #[test]
    fn no_side_vanishes_and_nothing_grows_unless_it_may(
        picture in any_side(), asked in any_side(), may_enlarge: bool,
        fit in proptest::sample::select(vec![Fit::Contain, Fit::Cover, Fit::Pad, Fit::Stretch, Fit::Outside]),
    ) {
        let layout = sides(picture).fitted(fit, Dimensions::new(asked.0, asked.1), may_enlarge);
        let Arrangement { scaled, window, canvas } = layout;
        prop_assert!(scaled.width >= 1 && scaled.height >= 1);
        prop_assert!(may_enlarge || (scaled.width <= picture.0 && scaled.height <= picture.1), "{layout:?}");
        if let Some(window) = window {
            prop_assert!(window.width >= 1 && window.height >= 1);
            prop_assert!(window.width <= scaled.width && window.height <= scaled.height, "{layout:?}");
            prop_assert!(window.width <= asked.0 && window.height <= asked.1, "{layout:?}");
        }
        if let Some(canvas) = canvas {
            prop_assert!(scaled.width <= canvas.width && scaled.height <= canvas.height, "{layout:?}");
        }
        if fit == Fit::Contain {
            prop_assert!(scaled.width <= asked.0 && scaled.height <= asked.1, "{layout:?}");
        }
    }

    #[test]
    fn the_shape_is_kept_to_half_a_pixel(picture in any_side(), asked in any_side()) {
        for fit in [Fit::Contain, Fit::Outside] {
            let Arrangement { scaled, .. } = sides(picture).fitted(fit, Dimensions::new(asked.0, asked.1), true);
            let [width, height] = [scaled.width, scaled.height].map(f64::from);
            let ratio = f64::from(picture.0) / f64::from(picture.1);
            let is_near = |exact: f64, side: f64| (exact - side).abs() <= 0.5 + 1e-6 || (exact < 1.0 && side == 1.0);
            prop_assert!(is_near(width / ratio, height) || is_near(height * ratio, width), "{scaled}");
        }
    }
}
