use super::*;
use crate::request::recipe::tests::{PHOTO, policy, sized};
use crate::request::{Dimensions, Output, OutputWish, QualityWish, Recipe, Wish};

/// As an original of so many bytes in a format, of which pixels take so many.
fn facts(format: Format, edge: u32, bytes: u64, pixel_bytes: u8) -> Facts {
    let mut facts = Facts { format, stored: Dimensions::new(edge, edge), ..PHOTO };
    (facts.condition.bytes, facts.decoding.pixel_bytes) = (bytes, pixel_bytes);
    facts
}

fn photo(format: Format) -> Facts {
    facts(format, 1000, if format == Format::Jpeg { 150_000 } else { 1_500_000 }, 3)
}

fn set(names: &[&str]) -> Accepted {
    names.iter().filter_map(|name| Format::named(name)).fold(Accepted::default(), Accepted::with)
}

const BOTH: &[&str] = &["avif", "webp"];

fn with_format(wish: FormatWish, edges: Wish) -> Wish {
    edges
        .edits()
        .iter()
        .cloned()
        .fold(Wish::new(OutputWish { format: Some(wish), ..OutputWish::default() }), Wish::then)
}

fn best(names: &[&str]) -> FormatWish {
    FormatWish::Best { accepted: set(names), otherwise: Otherwise::Plain }
}

fn recipe(wish: FormatWish, size: &str, facts: &Facts, policy: &OutputPolicy) -> Option<Recipe> {
    Recipe::new(&with_format(wish, sized(size)), facts, &[], policy).unwrap()
}

/// The name of the format at 400 pixels, `!` where no pixel is lost.
fn made(wish: FormatWish, facts: &Facts, policy: &OutputPolicy) -> String {
    let output = recipe(wish, "400", facts, policy).unwrap().output;
    let is_kept = output.format == OutputFormat::WEBP && output.coding.is_lossless();
    format!("{}{}", output.format.medium().name(), if is_kept { "!" } else { "" })
}

#[test]
fn the_operators_order_decides_among_what_is_shown() {
    let reversed = OutputPolicy { preferred_formats: vec![OutputFormat::WEBP], ..policy() };
    for format in [Format::Jpeg, Format::Png, Format::Tiff, Format::Jxl, Format::Gif, Format::WebP] {
        let original = photo(format);
        assert_eq!(made(best(BOTH), &original, &policy()), "avif", "{format}");
        assert_eq!(made(best(&["webp"]), &original, &policy()), "webp", "{format}");
        assert_eq!(made(best(BOTH), &original, &reversed), "webp", "{format}");
    }
    let without_avif = OutputPolicy { allowed_formats: vec![OutputFormat::JPEG, OutputFormat::WEBP], ..policy() };
    assert_eq!(made(best(BOTH), &photo(Format::Jpeg), &without_avif), "webp");
}

#[test]
fn a_client_that_says_nothing_gets_what_every_client_shows() {
    let plain = |format, pixel_bytes| made(best(&[]), &facts(format, 1000, 150_000, pixel_bytes), &policy());
    for (format, name) in [(Format::Jpeg, "jpeg"), (Format::Png, "png"), (Format::Gif, "gif"), (Format::WebP, "webp")] {
        assert_eq!(plain(format, 3), name);
    }
    for format in [Format::Avif, Format::Tiff, Format::Bmp, Format::Jxl] {
        assert_eq!((&*plain(format, 3), &*plain(format, 4), &*plain(format, 1)), ("jpeg", "png", "jpeg"), "{format}");
    }
    let mut inks = facts(Format::Tiff, 1000, 150_000, 4);
    inks.condition.colours = crate::request::Colours::Foreign;
    assert_eq!(made(best(&[]), &inks, &policy()), "jpeg", "four inks are no alpha");
    let only = |name| OutputPolicy { allowed_formats: vec![OutputFormat::named(name).unwrap()], ..policy() };
    assert_eq!(made(best(&[]), &facts(Format::Tiff, 1000, 9, 4), &only("avif")), "avif");
    assert_eq!(made(best(&[]), &photo(Format::Jpeg), &only("png")), "png");
}

#[test]
fn what_is_named_is_for_clients_that_show_nothing_better() {
    let wish = |names| FormatWish::Best { accepted: set(names), otherwise: Otherwise::Named(OutputFormat::JPEG) };
    assert_eq!(made(wish(&["webp"]), &photo(Format::Png), &policy()), "webp");
    assert_eq!(made(wish(&[]), &photo(Format::Png), &policy()), "jpeg");
    let webp_alone = OutputPolicy { allowed_formats: vec![OutputFormat::WEBP], ..policy() };
    assert_eq!(made(wish(BOTH), &photo(Format::Png), &webp_alone), "webp");
    let refused = Recipe::new(&with_format(wish(&[]), sized("400")), &photo(Format::Png), &[], &webp_alone);
    assert!(matches!(refused, Err(RecipeError::FormatNotAllowed { .. })));
}

#[test]
fn a_flat_picture_loses_no_pixel_and_gets_no_larger() {
    let flat = |bytes, pixel_bytes| facts(Format::Png, 512, bytes, pixel_bytes);
    let [text, gray, outline, shade, icon] =
        [flat(33_000, 3), flat(33_000, 1), flat(5_000, 4), flat(28_000, 4), flat(62_000, 4)];
    let chosen = |names, facts: &Facts| made(best(names), facts, &policy());
    assert_eq!([&text, &outline].map(|facts| chosen(BOTH, facts)), ["webp!", "webp!"]);
    assert_eq!(chosen(&["avif"], &text), "png");
    assert_eq!(chosen(BOTH, &gray), "png", "libwebp has no gray");
    let small = |facts: &Facts| {
        let output = recipe(best(BOTH), "100", facts, &policy()).unwrap().output;
        (output.format.medium().name(), output.coding.is_lossless())
    };
    assert_eq!(small(&text), ("avif", false), "what is much reduced is no longer flat");
    assert_eq!([&outline, &shade, &icon].map(small), [("webp", true), ("webp", false), ("avif", false)]);
    let tiny = recipe(best(BOTH), "30", &facts(Format::Png, 64, 9_000, 3), &policy()).unwrap().output;
    assert_eq!((tiny.format, tiny.coding.is_lossless()), (OutputFormat::WEBP, false));
    assert_eq!(chosen(BOTH, &Facts { format: Format::Svg, ..text }), "webp!");
    assert_eq!(chosen(BOTH, &facts(Format::Gif, 512, 12_000, 4)), "gif");
    assert_eq!(chosen(BOTH, &facts(Format::Gif, 512, 150_000, 4)), "webp");
    assert_eq!(chosen(BOTH, &facts(Format::WebP, 512, 5_000, 3)), "webp");
}

#[test]
fn an_animation_is_kept_where_what_is_shown_can_move() {
    let moving = |format, bytes| Facts { frames: 5, ..facts(format, 500, bytes, 4) };
    let film = moving(Format::Gif, 2_000_000);
    let chosen = |wish, facts: &Facts| {
        let output = recipe(wish, "400", facts, &policy()).unwrap().output;
        (output.format.medium().name(), output.is_animated)
    };
    assert_eq!(chosen(best(BOTH), &film), ("webp", true));
    assert_eq!(chosen(best(&["avif"]), &film), ("gif", true));
    assert_eq!(chosen(best(BOTH), &moving(Format::Gif, 20_000)), ("gif", true), "flat ones are smaller so");
    assert_eq!(chosen(best(BOTH), &moving(Format::Png, 20_000)), ("webp", true));
    let jpeg = Otherwise::Named(OutputFormat::JPEG);
    let beside_jpeg = |names| FormatWish::Best { accepted: set(names), otherwise: jpeg };
    assert_eq!(chosen(beside_jpeg(&["avif"]), &film), ("avif", false), "nothing would move anyway");
    assert_eq!(chosen(beside_jpeg(BOTH), &film), ("webp", true));
    let long = Facts { frames: 11, ..film };
    assert_eq!(chosen(best(BOTH), &long), ("avif", false), "beyond the limit on frames it is a still");
}

#[test]
fn a_format_is_as_fine_as_the_one_that_it_stands_for() {
    let quality = |wish, format| {
        let output = recipe(wish, "400", &photo(format), &policy()).unwrap().output;
        output.coding.quality.map(Quality::number)
    };
    let avif = OutputFormat::named("avif").unwrap();
    assert_eq!(quality(FormatWish::Named(avif), Format::Jpeg), Some(85));
    assert_eq!(quality(best(BOTH), Format::Jpeg), Some(75));
    assert_eq!(quality(best(BOTH), Format::Png), Some(85));
}

#[test]
fn what_is_asked_of_the_coding_counts_for_whichever_format_it_is() {
    let made = |names, coding, facts: &Facts| {
        let output = OutputWish { format: Some(best(names)), coding, ..OutputWish::default() };
        let wish = sized("400").edits().iter().cloned().fold(Wish::new(output), Wish::then);
        let Output { format, coding, .. } = Recipe::new(&wish, facts, &[], &policy()).unwrap().unwrap().output;
        (format.medium().name(), coding.quality.map(Quality::number))
    };
    let fine = CodingWish { quality: Some(QualityWish::Number(Quality::new(90))), ..CodingWish::default() };
    assert_eq!(made(BOTH, fine, &photo(Format::Jpeg)), ("avif", Some(90)));
    let exact = CodingWish { is_lossless: true, ..CodingWish::default() };
    for format in [Format::Jpeg, Format::Png, Format::Tiff] {
        assert_eq!(made(BOTH, exact, &photo(format)), ("webp", None), "{format}");
        assert_eq!(made(&[], exact, &photo(format)), ("png", None), "{format}");
    }
}

#[test]
fn the_original_itself_is_the_answer_where_it_is_no_larger_and_is_shown() {
    let reuse = |names, format| recipe(best(names), "", &photo(format), &policy()).map(|recipe| recipe.reuse);
    use crate::request::Reuse;
    assert_eq!(reuse(BOTH, Format::Png), Some(Reuse::Whole));
    assert_eq!(reuse(&["webp"], Format::Avif), Some(Reuse::Nothing), "who shows WebP alone has no use for an AVIF");
    assert_eq!(reuse(BOTH, Format::Avif), None, "it is what was chosen");
    assert_eq!(reuse(&[], Format::Png), None);
    let named = recipe(FormatWish::Named(OutputFormat::WEBP), "", &photo(Format::Png), &policy()).unwrap();
    assert_eq!(named.reuse, Reuse::Nothing, "what is named is made");
}

#[test]
fn what_only_the_operator_asks_for_leaves_drawings_as_they_are() {
    let drawing = facts(Format::Svg, 100, 900, 4);
    assert_eq!(recipe(FormatWish::Preferred(set(BOTH)), "", &drawing, &policy()), None);
    assert_eq!(made(FormatWish::Preferred(set(BOTH)), &drawing, &policy()), "webp!");
    assert_eq!(made(FormatWish::Preferred(set(&[])), &drawing, &policy()), "png");
    assert_eq!(recipe(best(&[]), "", &drawing, &policy()).unwrap().output.format, OutputFormat::LOSSLESS);
    assert!(with_format(FormatWish::Preferred(set(BOTH)), Wish::default()).is_preference());
    assert!(!with_format(best(BOTH), Wish::default()).is_preference());
}

#[test]
fn the_originals_own_format_is_a_wish_too() {
    for format in [Format::Gif, Format::WebP, Format::Avif, Format::Jpeg] {
        assert_eq!(made(FormatWish::Own, &photo(format), &policy()), format.name());
    }
    assert_eq!(made(FormatWish::Own, &photo(Format::Bmp), &policy()), "png");
    assert_eq!(recipe(FormatWish::Own, "", &photo(Format::Bmp), &policy()), None);
}

#[test]
fn the_same_format_is_also_one_that_has_to_be_named() {
    let made = |format| made(FormatWish::Same, &photo(format), &policy());
    assert_eq!(
        [Format::Tiff, Format::Bmp, Format::Jpeg, Format::WebP, Format::Qoi].map(made),
        ["tiff", "bmp", "jpeg", "webp", "png"]
    );
}
