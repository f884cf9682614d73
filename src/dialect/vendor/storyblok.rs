//! Storyblok: `PATH/m/200x100/filters:grayscale()`, with the words of thumbor behind the path
//! (<https://www.storyblok.com/docs/image-service>).

use super::beyond::Beyond;
use super::words::NativeWords;
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::{FitWord, Meanings};
use crate::dialect::thumbor::focal::{self, FocalPoint};
use crate::dialect::thumbor::order::{Coordinate, Side, ThumborOrder};
use crate::request::{Along, Fit};

pub(super) const VENDOR: Vendor =
    Vendor { name: "storyblok", usual_prefix: "/", is_own: |path, _| parted(path).is_some(), read, word: |_| None };

static MEANINGS: Meanings =
    Meanings { unsaid: FitWord::Enlarged(Fit::Cover), fits: &[("cut", FitWord::Fit(Fit::Cover))], ..Meanings::NATIVE };

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let Some((picture, order)) = parted(inquiry.path) else {
        // As it was in front of the path once.
        let order = ThumborOrder::read(inquiry.path);
        let saying = Saying::new(inquiry.places.find_in_path(order.image, None)?, words(&order), &MEANINGS);
        return Ok(Saying { beyond: beyond(&order), ..saying });
    };
    let order = format!("{}/picture", order.trim_matches('/'));
    let order = ThumborOrder::read(&order);
    let mut words = words(&order);
    if !words.has("format") {
        words.put("auto", "webp");
    }
    let saying = Saying::new(inquiry.places.find_in_path(picture, None)?, words, &MEANINGS);
    Ok(Saying { beyond: beyond(&order), ..saying })
}

/// The middle of what is to be seen, in pixels of the original.
fn beyond(order: &ThumborOrder<'_>) -> Beyond {
    let parts = order.filters.iter().filter(|filter| filter.name == "focal");
    let parts: Vec<_> = parts.filter_map(|filter| focal::part_of(&filter.arguments())).collect();
    let focal = match focal::point(&parts, order) {
        Some(FocalPoint::Pixels(left, top)) => Some((left, top)),
        _ => None,
    };
    Beyond { focal, ..Beyond::default() }
}

/// The path of a picture, and what follows behind the component that marks it.
fn parted(path: &str) -> Option<(&str, &str)> {
    let marked = path.split_once("/m/").or_else(|| path.strip_suffix("/m").map(|picture| (picture, "")))?;
    marked.0.contains('.').then_some(marked)
}

fn words(order: &ThumborOrder<'_>) -> NativeWords {
    let mut words = NativeWords::default();
    if let Some(
        [Coordinate::Pixels(left), Coordinate::Pixels(top), Coordinate::Pixels(right), Coordinate::Pixels(bottom)],
    ) = order.crop
    {
        words.put("rect", format!("{left},{top},{},{}", right.saturating_sub(left), bottom.saturating_sub(top)));
    }
    for (name, side) in [("w", order.width), ("h", order.height)] {
        match side {
            Some(Side::Pixels(pixels)) => words.put(name, pixels.to_string()),
            Some(Side::Original) => words.put(name, "100p"),
            None => {}
        }
    }
    if order.fit_in.is_some() {
        words.put("fit", "inside");
    }
    words.put_some("flop", order.is_flopped.then_some("1"));
    words.put_some("flip", order.is_flipped.then_some("1"));
    if order.is_smart {
        words.put("gravity", "smart");
    } else {
        let along = |along: Option<Along>, [begin, end]: [&'static str; 2]| match along {
            Some(Along::Begin) => begin,
            Some(Along::End) => end,
            _ => "",
        };
        let (across, down) = (along(order.horizontal, ["left", "right"]), along(order.vertical, ["top", "bottom"]));
        let place = [across, down].join(" ");
        words.put_some("gravity", Some(place.trim()).filter(|place| !place.is_empty()));
    }
    for filter in &order.filters {
        put(&mut words, &filter.name, &filter.arguments(), order.fit_in.is_some());
    }
    words
}

fn put(words: &mut NativeWords, name: &str, arguments: &[String], fits_in: bool) {
    let first = || arguments.first().cloned();
    match name {
        "format" => words.put_some("format", first()),
        "quality" => words.put_some("q", first()),
        "grayscale" => words.put("bw", "1"),
        "brightness" => words.put_some("brightness", first()),
        "blur" => words.put_some("blur", arguments.get(1).cloned().or_else(first)),
        "rotate" => words
            .put_some("rotate", first().and_then(|angle| angle.parse::<i32>().ok()).map(|angle| (-angle).to_string())),
        "round_corner" => words.put_some("radius", first()),
        "fill" if fits_in => {
            words.put("fit", "pad");
            words.put_some("bg", first());
        }
        "no_upscale" if !fits_in && words.has("w") && words.has("h") => words.put("fit", "cut"),
        "no_upscale" if !fits_in => words.put("fit", "inside"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn words_behind_the_path_are_native_words() {
        check(
            "storyblok",
            &[
                ("/f/1/2x3/ab/a.jpg/m/200x0", "/f/1/2x3/ab/a.jpg?w=200&enlarge=1&auto=webp"),
                ("/f/a.jpg/m/", "/f/a.jpg?auto=webp"),
                ("/f/a.jpg/m", "/f/a.jpg?auto=webp"),
                ("/f/a.jpg/m/20x10/smart", "/f/a.jpg?w=20&h=10&fit=cover&gravity=smart&enlarge=1&auto=webp"),
                (
                    "/f/a.jpg/m/fit-in/20x10/filters:fill(ff0000):format(png)",
                    "/f/a.jpg?w=20&h=10&fit=pad&bg=ff0000&format=png",
                ),
                ("/f/a.jpg/m/1x2:31x42/-20x0", "/f/a.jpg?rect=1,2,30,40&w=20&flop=1&enlarge=1&auto=webp"),
                (
                    "/f/a.jpg/m/20x10/filters:no_upscale():quality(50):rotate(90):grayscale()",
                    "/f/a.jpg?w=20&h=10&fit=cover&q=50&rotate=270&bw=1&auto=webp",
                ),
                ("/f/a.jpg/m/filters:blur(5):brightness(10)", "/f/a.jpg?blur=5&brightness=10&auto=webp"),
                ("/20x0/filters:format(webp)/f/a.jpg", "/f/a.jpg?w=20&enlarge=1&format=webp"),
                ("/f/a.jpg", "/f/a.jpg"),
            ],
            &["/f/../a.jpg/m/20x0", "/f/a.jpg/m/20x0/filters:format(magic)"],
        );
    }

    #[test]
    fn a_folder_of_that_name_is_no_mark() {
        assert_eq!(parted("/m/a.jpg"), None);
        assert_eq!(parted("/f/m/a.jpg"), None);
        assert_eq!(parted("/f/a.jpg/m/2x2"), Some(("/f/a.jpg", "2x2")));
    }
    #[test]
    fn what_is_to_be_seen_is_told_in_pixels() {
        let of = |path| beyond(&ThumborOrder::read(path)).focal;
        assert_eq!(of("20x10/filters:focal(10x20:30x40)/a"), Some((20, 30)));
        assert_eq!(of("20x10/filters:focal(nonsense):focal(7x8:7x8)/a"), Some((7, 8)));
        assert_eq!(of("20x10/a"), None);
    }
}
