use super::*;
use crate::request::recipe::tests::policy;
use crate::request::{Along, Anchor, Shape, Step};

fn exact(number: f64) -> Exact {
    Exact::new(number).unwrap()
}

/// The steps that a composition comes to for a picture.
fn steps(composition: &Composition, width: u32, height: u32) -> Vec<Step> {
    let mut course = Course::to_decide(vec![], Shape::of_pixels(Dimensions::new(width, height)));
    let composed = composition.cut(&mut course, ResizeAlgorithm::Lanczos3, &policy()).unwrap();
    composition.extend(&composed, &mut course, None, &policy()).unwrap();
    course.steps
}

fn resized(width: u32, height: u32) -> Step {
    Resize { dimensions: Dimensions::new(width, height), algorithm: ResizeAlgorithm::Lanczos3 }.into()
}

fn cropped(left: u32, top: u32, width: u32, height: u32) -> Step {
    Crop { left, top, dimensions: Dimensions::new(width, height) }.into()
}

fn at(horizontal: Along, vertical: Along, across: f64, down: f64) -> Placement {
    let gravity = Gravity::Anchor(Anchor { horizontal, vertical });
    Placement { gravity, across: exact(across), down: exact(down) }
}

#[test]
fn what_changes_nothing_is_no_step() {
    assert_eq!(steps(&Composition::default(), 200, 100), []);
    let larger = Composition { width: 400, height: 400, ..Composition::default() };
    assert_eq!(steps(&larger, 200, 100), []);
}

#[test]
fn distances_count_inwards_and_grow_with_the_screen() {
    let composition = Composition {
        width: 50,
        height: 50,
        fitting: Fitting::Fill,
        placement: at(Along::End, Along::Middle, 10.0, 0.0),
        ..Composition::default()
    };
    assert_eq!(steps(&composition, 400, 100), [resized(200, 50), cropped(140, 0, 50, 50)]);
    let dense = Composition { ratio: exact(2.0), ..composition.clone() };
    assert_eq!(steps(&dense, 400, 100), [cropped(280, 0, 100, 100)]);
    let share = Composition { placement: at(Along::Begin, Along::Middle, 0.25, 0.0), ..composition.clone() };
    assert_eq!(steps(&share, 400, 100), [resized(200, 50), cropped(50, 0, 50, 50)]);
    let beyond = Composition { placement: at(Along::Begin, Along::Middle, 1000.0, 0.0), ..composition };
    assert_eq!(steps(&beyond, 400, 100), [resized(200, 50), cropped(150, 0, 50, 50)]);
}

#[test]
fn a_part_has_a_place_of_its_own_or_that_of_all() {
    let part = Composition { part: (exact(0.5), exact(30.0)), ..Composition::default() };
    let corner = at(Along::End, Along::End, 0.0, 0.0);
    let own = Composition { part_placement: Some(corner), ..part.clone() };
    assert_eq!(steps(&own, 200, 100), [cropped(100, 70, 100, 30)]);
    assert_eq!(steps(&Composition { placement: corner, ..part }, 200, 100), [cropped(100, 70, 100, 30)]);
}

#[test]
fn what_is_in_the_middle_or_around_a_point_begins_at_the_even_pixel() {
    let middle = Placement::default();
    let size = Dimensions::new;
    for (whole, part, begin) in [(10, 4, 4), (10, 5, 3), (12, 4, 4), (10, 9, 1), (10, 10, 0)] {
        assert_eq!(middle.within(size(whole, 1), size(part, 1), 1.0), (begin, 0), "{whole} {part}");
    }
    assert_eq!(middle.corner(size(10, 10), size(30, 13), 1.0), (-10, -1));
    let point = Placement::at(Gravity::point(0.25, 0.75).unwrap());
    assert_eq!(point.within(size(100, 90), size(20, 31), 1.0), (15, 53));
    assert_eq!(point.within(size(100, 90), size(60, 60), 1.0), (0, 30));
}

#[test]
fn no_numbers_make_a_picture_without_pixels() {
    let numbers = [0.0, 0.001, 0.5, 1.0, 3.0, 1e9];
    for across in numbers {
        for down in numbers.into_iter().filter(|down| *down > 0.0) {
            let composition = Composition {
                part: (exact(across), exact(down)),
                width: across as u32,
                height: down as u32,
                zoom: (exact(down), exact(down)),
                ratio: exact(down),
                max_side: NonZeroU32::new(50),
                padding: Padding { left: across as u32, ..Padding::default() },
                ..Composition::default()
            };
            let mut course = Course::to_decide(vec![], Shape::of_pixels(Dimensions::new(3, 7)));
            let Ok(_) = composition.cut(&mut course, ResizeAlgorithm::Lanczos3, &policy()) else { continue };
            assert!(course.shape.dimensions.pixels() > 0, "{composition:?}");
        }
    }
}
