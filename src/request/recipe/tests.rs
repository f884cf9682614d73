use super::*;
use crate::request::step::{Evenness, Gray, Resize, Trim};
use crate::request::{
    Angle, AnimationPolicy, Background, Bounds, ChromaSampling, Coding, Codings, Condition, Decoding, Effects, Format,
    Generation, ImagePath, Keeping, KeyText, Margin, MaxBytes, Measure, Orientation, OutlineWish, OutputWish,
    OverlayWish, Paint, PaletteSize, Position, Quality, Reference, ResizeAlgorithm, Sharpness, Sigma, Stamp, Target,
    TextWish, TrimWish, Words,
};

pub const PHOTO: Facts = Facts {
    format: Format::Jpeg,
    stored: Dimensions::new(4000, 3000),
    orientation: Orientation::Upright,
    frames: 1,
    decoding: Decoding { pixel_bytes: 3, working_bytes: 0, is_by_parts: true },
    condition: Condition::CLEAN,
    drawing: None,
};

pub fn policy() -> OutputPolicy {
    let codings = codec::Codecs::new(&codec::CodecSettings::default()).codings();
    let animation = AnimationPolicy { is_kept: true, max_frames: 10, max_pixels: 120_000_000 };
    OutputPolicy { max_side: 5000, animation, ..OutputPolicy::new(codings) }
}

pub fn edit(pixels: &str) -> Edit {
    Size::parse(pixels).map(Edit::within).unwrap_or_default()
}

pub fn sized(pixels: &str) -> Wish {
    Wish::default().then(edit(pixels))
}

pub fn formatted(format: &str, wish: Wish) -> Wish {
    let formatted =
        Wish::new(OutputWish { format: OutputFormat::named(format).map(Into::into), ..OutputWish::default() });
    wish.edits().iter().cloned().fold(formatted, Wish::then)
}

pub fn gray(pixels: &str) -> Wish {
    Wish::default().then(grayed(edit(pixels)))
}

fn grayed(edit: Edit) -> Edit {
    Edit { effects: Effects { grayscale: true, ..Effects::default() }, ..edit }
}

fn blurred(sigma: &str) -> Edit {
    Edit { effects: Effects { blur: Sigma::parse(sigma), ..Effects::default() }, ..edit("400") }
}

pub fn recipe(wish: &Wish, facts: &Facts) -> Option<Recipe> {
    Recipe::new(wish, facts, &[], &policy()).unwrap()
}

fn reference(path: &str) -> Reference {
    ImagePath::from_decoded(path).unwrap().into()
}

fn key(recipe: &Recipe, path: &str, digest: u64) -> String {
    let stamp = Stamp::Response { digest: 1 };
    recipe.key([Identity { reference: reference(path), stamp, generation: Generation::NONE }].iter(), digest)
}

#[test]
fn requests_that_mean_the_same_are_one_recipe() {
    let mut spelt_out = edit("0400");
    spelt_out.bounds.algorithm = ResizeAlgorithm::named("auto");
    let same = recipe(&sized("400"), &PHOTO);
    assert_eq!(same, recipe(&formatted("jpg", sized("400")), &PHOTO));
    assert_eq!(same, recipe(&Wish::default().then(spelt_out), &PHOTO));
    assert_eq!(same, recipe(&Wish::default().then(edit("")).then(edit("400")).then(Edit::default()), &PHOTO));
    let [webp, huge_webp] = ["", "9000"].map(|size| recipe(&formatted("webp", sized(size)), &PHOTO));
    assert_eq!(webp, huge_webp);
}

#[test]
fn a_request_that_changes_nothing_has_no_recipe() {
    assert_eq!(recipe(&formatted("jpeg", sized("4000")), &PHOTO), None);
    assert_eq!(recipe(&sized("9000"), &PHOTO), None);
    assert!(recipe(&formatted("jpeg", gray("4000")), &PHOTO).is_some());
}

#[test]
fn the_box_applies_to_the_picture_as_displayed() {
    let rotated = Facts { orientation: Orientation::Rotated90, ..PHOTO };
    let dimensions = Dimensions::new(300, 400);
    let resize = Resize { dimensions, algorithm: ResizeAlgorithm::Lanczos3 };
    assert_eq!(recipe(&sized("400"), &rotated).unwrap().steps, [resize.into()]);
}

#[test]
fn rounds_are_done_one_after_the_other() {
    let wish = Wish::default().then(edit("400")).then(grayed(edit("800"))).then(edit("100"));
    let resize = |width, height| -> Step {
        Resize { dimensions: Dimensions::new(width, height), algorithm: ResizeAlgorithm::Lanczos3 }.into()
    };
    assert_eq!(recipe(&wish, &PHOTO).unwrap().steps, [resize(400, 300), Gray.into(), resize(100, 75)]);
}

#[test]
fn an_original_that_cannot_be_written_becomes_png() {
    let gif = Facts { format: Format::Gif, ..PHOTO };
    assert_eq!(recipe(&sized("400"), &gif).unwrap().output.format, OutputFormat::LOSSLESS);
    assert_eq!(recipe(&sized("4000"), &gif), None);
}

#[test]
fn a_drawing_has_the_size_that_is_asked_for() {
    let drawing = Facts { format: Format::Svg, stored: Dimensions::new(40, 30), ..PHOTO };
    let large = recipe(&sized("400"), &drawing).unwrap();
    let dimensions = Dimensions::new(400, 300);
    assert_eq!(large.steps, [Resize { dimensions, algorithm: ResizeAlgorithm::Lanczos3 }.into()]);
    assert_eq!(recipe(&sized("40"), &drawing).unwrap().output.format, OutputFormat::LOSSLESS);
    assert_eq!(recipe(&Wish::default(), &drawing), None);
}

#[test]
fn an_animation_stays_one_within_the_limits_where_the_format_can_hold_it() {
    let made = |frames, format: &str| {
        let gif = Facts { format: Format::Gif, frames, ..PHOTO };
        let output = recipe(&formatted(format, sized("400")), &gif).unwrap().output;
        (output.format.medium().name(), output.is_animated)
    };
    assert_eq!(made(10, ""), ("gif", true));
    assert_eq!(made(11, ""), ("png", false));
    assert_eq!(made(1, ""), ("png", false));
    assert_eq!(["gif", "png", "webp"].map(|name| made(2, name).1), [true; 3]);
    assert_eq!(["avif", "jpeg", "blurhash"].map(|name| made(2, name).1), [false; 3]);
    assert_eq!(made(11, "webp"), ("webp", false));
    let large = Facts { format: Format::WebP, frames: 2, stored: Dimensions::new(8000, 7501), ..PHOTO };
    assert!(!recipe(&sized("400"), &large).unwrap().output.is_animated);
    let just_fits = Facts { stored: Dimensions::new(8000, 7500), ..large };
    assert!(recipe(&sized("400"), &just_fits).unwrap().output.is_animated);
    let off = OutputPolicy { animation: AnimationPolicy::STILL, ..policy() };
    assert!(!Recipe::new(&sized("400"), &just_fits, &[], &off).unwrap().unwrap().output.is_animated);
}

#[test]
fn only_allowed_formats_are_made_where_they_are_images() {
    let webp = OutputFormat::named("webp").unwrap();
    let policy = OutputPolicy { allowed_formats: vec![webp], ..policy() };
    let asked = OutputFormat::named("png").unwrap();
    let refused = RecipeError::FormatNotAllowed { asked, allowed: vec![webp] };
    assert_eq!(refused.to_string(), "format: expected one of webp, got png");
    let made = |wish: Wish| Recipe::new(&wish, &PHOTO, &[], &policy);
    assert_eq!(made(formatted("png", Wish::default())), Err(refused));
    assert_eq!(made(sized("400")).unwrap().unwrap().output.format, webp);
    assert!(made(formatted("blurhash", Wish::default())).is_ok());
}

#[test]
fn the_background_is_decided_where_it_shows() {
    let policy = OutputPolicy { background: Background([0; 3]), ..policy() };
    let background = |format| {
        let made = Recipe::new(&formatted(format, sized("400")), &PHOTO, &[], &policy);
        made.unwrap().unwrap().output.background
    };
    assert_eq!(["jpeg", "blurhash", "json"].map(background), [Some(Background([0; 3])); 3]);
    assert_eq!(["avif", "png", "webp", "thumbhash", "lqip"].map(background), [None; 5]);
}

#[test]
fn a_hash_is_made_of_a_small_picture() {
    let dimensions = |wish: Wish| recipe(&formatted("blurhash", wish), &PHOTO).unwrap().steps;
    let small = Resize { dimensions: Dimensions::new(100, 75), algorithm: ResizeAlgorithm::Lanczos3 };
    assert_eq!(dimensions(Wish::default()), [small.into()]);
    assert_eq!(dimensions(sized("100")), [small.into()]);
}

#[test]
fn a_rendition_has_a_longest_side() {
    let long = Facts { stored: Dimensions::new(5001, 10), ..PHOTO };
    let refused = Recipe::new(&gray(""), &long, &[], &policy()).unwrap_err();
    let text = "size: expected one that gives a rendition of at most 5000 pixels a side, got 5001x10";
    assert_eq!(refused.to_string(), text);
    assert!(recipe(&gray("5000"), &long).is_some());
    assert_eq!(recipe(&Wish::default(), &long), None);
    let drawing = Facts { format: Format::Svg, stored: Dimensions::new(10, 10), ..PHOTO };
    let through = Wish::default().then(edit("5001")).then(edit("10"));
    assert!(Recipe::new(&through, &drawing, &[], &policy()).is_err(), "no picture on the way is larger either");
}

#[test]
fn behind_a_trim_everything_is_left_open() {
    let trim = Edit { trim: Some(TrimWish::of(3, None)), ..grayed(edit("400")) };
    let made = recipe(&Wish::default().then(trim.clone()).then(edit("50")), &PHOTO).unwrap();
    assert_eq!(
        made.steps,
        [Trim { tolerance: 3, colour: None, evenness: Evenness::default(), rule: Default::default() }.into()]
    );
    let governed = |edit: Edit| Edit { bounds: edit.bounds.governed(&policy()), ..edit };
    assert_eq!(made.open, [Edit { trim: None, ..trim }, edit("50")].map(governed));
    let course = Recipe::go_on(&made.open, Dimensions::new(1000, 500), &[], &policy()).unwrap();
    let resize = |width, height| -> Step {
        Resize { dimensions: Dimensions::new(width, height), algorithm: ResizeAlgorithm::Lanczos3 }.into()
    };
    assert_eq!(course.steps, [resize(400, 200), Gray.into(), resize(50, 25)]);
    assert!(course.open.is_empty());
}

#[test]
fn what_becomes_less_than_half_is_sharpened_where_the_operator_says_so_and_the_request_nothing() {
    let sharpening = OutputPolicy { sharpens_reduced: true, ..policy() };
    let sharpened = |wish: &Wish, facts: &Facts, policy: &OutputPolicy| {
        let steps = Recipe::new(wish, facts, &[], policy).unwrap().unwrap().steps;
        steps.iter().filter(|step| matches!(step, Step::Sharpen(_))).count()
    };
    let with = |effects: Effects| Wish::default().then(Edit { effects, ..edit("400") });
    assert_eq!(sharpened(&sized("1999"), &PHOTO, &sharpening), 1);
    assert_eq!(sharpened(&sized("1999"), &PHOTO, &policy()), 0);
    assert_eq!(sharpened(&sized("2000"), &PHOTO, &sharpening), 0);
    assert_eq!(sharpened(&sized("2000").then(edit("1000")), &PHOTO, &sharpening), 0, "no round is more than a half");
    let sigma = Sigma::parse("2");
    assert_eq!(sharpened(&with(Effects { blur: sigma, ..Effects::default() }), &PHOTO, &sharpening), 0);
    let own = Effects { sharpen: sigma.map(Sharpness::Sigma), ..Effects::default() };
    assert_eq!(sharpened(&with(own), &PHOTO, &sharpening), 1);
    let bounds = Bounds { sharpens_reduced: Some(false), ..edit("400").bounds };
    assert_eq!(sharpened(&Wish::default().then(Edit { bounds, ..Edit::default() }), &PHOTO, &sharpening), 0);
    let drawing = Facts { format: Format::Svg, ..PHOTO };
    assert_eq!(sharpened(&sized("400"), &drawing, &sharpening), 0);
    assert_eq!(sharpened(&formatted("blurhash", Wish::default()), &PHOTO, &sharpening), 0);
}

#[test]
fn what_the_operator_says_is_settled_before_a_trim() {
    let trim = Edit { trim: Some(TrimWish::of(3, None)), ..edit("400") };
    let wish = Wish::default().then(trim);
    let sharpening = OutputPolicy { sharpens_reduced: true, ..policy() };
    let smooth = OutputPolicy { resize_algorithm: ResizeAlgorithm::Gaussian, ..policy() };
    let made = [policy(), sharpening, smooth].map(|policy| Recipe::new(&wish, &PHOTO, &[], &policy).unwrap().unwrap());
    let [usual, sharpened, smooth] = made.each_ref().map(|recipe| key(recipe, "a.jpg", 7));
    assert!(usual != sharpened && usual != smooth && sharpened != smooth);
    let [_, sharpened, _] = made;
    let course = Recipe::go_on(&sharpened.open, PHOTO.stored, &[], &policy()).unwrap();
    assert!(matches!(course.steps[..], [Step::Resize(_), Step::Sharpen(_)]), "{:?}", course.steps);
}

#[test]
fn what_is_laid_over_stands_for_its_original() {
    let overlay = OverlayWish::of(reference("logo.png"));
    let wish = Wish::default().then(Edit { overlays: vec![overlay.clone()], ..edit("400") });
    assert_eq!(wish.others(), [&reference("logo.png")]);
    let logo = reference("logo.png");
    let others = [(&logo, Dimensions::new(50, 50))];
    let made = Recipe::new(&wish, &PHOTO, &others, &policy()).unwrap().unwrap();
    assert_eq!(made.steps.last().unwrap().ingredient(), Some(1));
    let identity = |path: &str, digest| Identity {
        reference: reference(path),
        stamp: Stamp::Response { digest },
        generation: Generation::NONE,
    };
    let key = |digest| made.key([identity("a.jpg", 1), identity("logo.png", digest)].iter(), 7);
    assert_ne!(key(1), key(2), "a changed watermark is another rendition");
    let step = |overlay: OverlayWish| {
        let wish = Wish::default().then(Edit { overlays: vec![overlay], ..edit("400") });
        let mut text = KeyText::default();
        let made = Recipe::new(&wish, &PHOTO, &others, &policy()).unwrap().unwrap();
        made.steps.iter().for_each(|step| step.write_to(&mut text));
        text.into_string()
    };
    let (turned, tiled) = (Angle::parse("0.001").unwrap(), OverlayWish { is_tiled: true, ..overlay.clone() });
    let mut keys = vec![
        step(OverlayWish { angle: turned, ..overlay.clone() }),
        step(OverlayWish { opacity_percent: 40, ..overlay.clone() }),
        step(OverlayWish { margin: Margin::Pixels(0), ..tiled.clone() }),
        step(tiled),
        step(overlay.clone()),
    ];
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 5, "{keys:?}");
    assert_eq!(step(OverlayWish { min_side: 400, ..overlay }), " resize 400x300 lanczos3", "the picture is too small");
}

#[test]
fn a_path_cannot_be_taken_for_a_wish_or_for_another_path() {
    let [plain, gray] = [sized("400"), gray("400")].map(|wish| recipe(&wish, &PHOTO).unwrap());
    assert_ne!(key(&plain, "gray a.jpg", 7), key(&gray, "a.jpg", 7));
    assert_ne!(key(&plain, "gray /a.jpg", 7), key(&gray, "a.jpg", 7));
    let two = |one: &str, other: &str| {
        let identity = |path: &str| Identity {
            reference: reference(path),
            stamp: Stamp::Response { digest: 1 },
            generation: Generation::NONE,
        };
        plain.key([identity(one), identity(other)].iter(), 7)
    };
    let stamp = Stamp::Response { digest: 1 };
    assert_ne!(two("a", "b"), key(&plain, &format!("a {stamp} 1/b"), 7));
}

#[test]
fn everything_that_matters_is_in_the_key() {
    let plain = recipe(&sized("400"), &PHOTO).unwrap();
    let base = key(&plain, "a/b.jpg", 7);
    let stamped = |size, modified_nanoseconds, changed_nanoseconds, inode| {
        let stamp = Stamp::File { size, modified_nanoseconds, changed_nanoseconds, inode };
        plain.key([Identity { reference: reference("a/b.jpg"), stamp, generation: Generation::NONE }].iter(), 7)
    };
    let purged = |number| {
        let (reference, stamp) = (reference("a/b.jpg"), Stamp::Response { digest: 1 });
        plain.key([Identity { reference, stamp, generation: Generation::new(number).unwrap() }].iter(), 7)
    };
    assert_eq!(purged(0), base, "what was never purged is called as ever");
    let with_output = |output| key(&Recipe { output, ..plain.clone() }, "a/b.jpg", 7);
    let with_edit = |edit: Edit| key(&recipe(&Wish::default().then(edit), &PHOTO).unwrap(), "a/b.jpg", 7);
    let (output, coding) = (plain.output, plain.output.coding);
    let trim = |tolerance| Some(TrimWish::of(tolerance, None));
    let mut keys = vec![
        base.clone(),
        key(&plain, "a/c.jpg", 7),
        key(&plain, "a/b.jpg", 8),
        stamped(1, 2, 3, 4),
        stamped(2, 2, 3, 4),
        stamped(1, 3, 3, 4),
        stamped(1, 2, 4, 4),
        stamped(1, 2, 3, 5),
        purged(1),
        purged(2),
        with_output(Output { format: OutputFormat::LOSSLESS, ..output }),
        with_output(Output { background: Background::parse("black"), ..output }),
        with_output(Output { background: None, ..output }),
        with_output(Output { is_animated: true, ..output }),
        with_output(Output { coding: Coding { quality: Some(Quality::new(60)), ..coding }, ..output }),
        with_output(Output { coding: Coding { quality: None, ..coding }, ..output }),
        with_output(Output { coding: Coding { effort: 3, ..coding }, ..output }),
        with_output(Output { target: Some(Target::Low), ..output }),
        with_output(Output { target: Some(Target::Medium), ..output }),
        with_output(Output { max_bytes: MaxBytes::parse("40k"), ..output }),
        with_output(Output { max_bytes: MaxBytes::parse("41k"), ..output }),
        with_output(Output { coding: Coding { is_progressive: true, ..coding }, ..output }),
        with_output(Output { coding: Coding { chroma: Some(ChromaSampling::Whole), ..coding }, ..output }),
        with_output(Output { coding: Coding { palette: Some(PaletteSize::MOST), ..coding }, ..output }),
        with_output(Output { coding: Coding { palette: PaletteSize::new(16), ..coding }, ..output }),
        with_output(Output { coding: Coding { chroma: Some(ChromaSampling::Quarter), ..coding }, ..output }),
        with_edit(grayed(edit("400"))),
        with_edit(grayed(Edit::default())),
        with_edit(blurred("3")),
        with_edit(blurred("3.001")),
        with_edit(Edit { trim: trim(1), ..edit("400") }),
        with_edit(Edit { trim: trim(2), ..edit("400") }),
        with_edit(Edit { trim: trim(2), ..edit("401") }),
    ];
    keys.extend([Keeping::Notice, Keeping::All].map(|keeping| with_output(Output { keeping, ..output })));
    keys.extend(
        [Reuse::CodedPixels, Reuse::Stripped, Reuse::Whole]
            .map(|reuse| key(&Recipe { reuse, ..plain.clone() }, "a/b.jpg", 7)),
    );
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count, "{keys:#?}");
    assert_eq!(base, key(&plain, "a/b.jpg", 7));
}

#[test]
fn everything_about_a_text_is_in_the_key() {
    let text = |words: &str| TextWish::of(Words::parse(words).unwrap());
    let with_text = |text: TextWish| {
        let wish = Wish::default().then(Edit { text: Some(text), ..edit("400") });
        key(&recipe(&wish, &PHOTO).unwrap(), "a/b.jpg", 7)
    };
    let outline = |text: &str| OutlineWish::parse(text);
    let mut keys = [
        with_text(text("a")),
        with_text(text("a 15000")),
        with_text(text("a\nb")),
        with_text(TextWish { family: Some("Noto Sans".into()), ..text("a") }),
        with_text(TextWish { size: Measure::Pixels(15_001), ..text("a") }),
        with_text(TextWish { colour: Paint([0, 0, 0, 255]), ..text("a") }),
        with_text(TextWish { position: Position::parse("5,5").unwrap(), ..text("a") }),
        with_text(TextWish { position: Position::parse("north").unwrap(), ..text("a") }),
        with_text(TextWish { margin: Margin::Pixels(1), width: Some(Measure::Pixels(388_000)), ..text("a") }),
        with_text(TextWish { opacity_percent: 99, ..text("a") }),
        with_text(TextWish { angle: Angle::parse("1").unwrap(), ..text("a") }),
        with_text(TextWish { width: Measure::parse("9"), ..text("a") }),
        with_text(TextWish { background: Paint::parse("white"), ..text("a") }),
        with_text(TextWish { outline: outline("white"), ..text("a") }),
        with_text(TextWish { outline: outline("3,white"), ..text("a") }),
    ];
    let count = keys.len();
    keys.sort();
    for (one, other) in keys.iter().zip(keys.iter().skip(1)) {
        assert_ne!(one, other, "of {count}");
    }
}

#[test]
fn every_coding_is_known() {
    let codings = policy().codings;
    assert_ne!(codings, Codings::default());
    assert_eq!(codings.of(OutputFormat::JPEG).quality, Some(Quality::new(75)));
    assert_eq!(codings.of(OutputFormat::LOSSLESS), Coding::new(None, 6));
}
