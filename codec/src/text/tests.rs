use std::fs;
use std::path::Path;

use super::shaping::Prepared;
use super::*;

const UPRIGHT: (f64, f64) = (0.0, 1.0);

fn plain() -> TextStyle<'static> {
    TextStyle {
        family: None,
        size: 40.0,
        max_width: 10_000.0,
        alignment: Alignment::Left,
        colour: [255, 0, 0, 255],
        outline: None,
        background: None,
    }
}

/// Hebrew, Arabic and Devanagari beside the program's own.
fn many() -> Fonts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fonts");
    let names = ["NotoSansArabic-Regular.ttf", "NotoSansDevanagari-Regular.ttf", "NotoSansHebrew-Regular.ttf"];
    Fonts::new(names.map(|name| fs::read(folder.join(name)).unwrap()))
}

fn set_in(fonts: &Fonts, text: &str) -> Paragraph {
    Paragraph::new(text, &plain(), fonts, UPRIGHT)
}

fn drawn(paragraph: &Paragraph) -> Picture {
    paragraph.drawn(Part { left: 0, top: 0, dimensions: paragraph.dimensions() }).unwrap()
}

/// Glyphs by face, number and place, in the order in which they are seen.
fn glyphs(fonts: &Fonts, text: &str) -> Vec<(usize, u32, i32)> {
    let faces = Faces::new(fonts, None);
    let line = Prepared::new(text, &faces).line(0..text.len(), &faces, 1000.0);
    let mut glyphs: Vec<_> =
        line.glyphs.iter().map(|glyph| (glyph.face, glyph.id.to_u32(), glyph.x.round() as i32)).collect();
    glyphs.sort_by_key(|(.., x)| *x);
    glyphs
}

#[test]
fn a_line_is_as_wide_as_its_letters_and_as_high_as_its_font_says() {
    let fonts = Fonts::default();
    let line = set_in(&fonts, "Hamburg");
    let Dimensions { width, height } = line.dimensions();
    // 1.362 ems, and each line begins at a whole pixel.
    assert!((54..=56).contains(&height) && (150..190).contains(&width), "{width} {height}");
    let picture = drawn(&line);
    assert!(picture.pixels().as_chunks::<4>().0.contains(&[255, 0, 0, 255]));
    assert!(set_in(&fonts, "Hamburg\nHamburg").dimensions().height > height * 2 - 3);
    assert_eq!(set_in(&fonts, "  \n ").dimensions().width, 1);
}

#[test]
fn ligatures_and_marks_are_those_of_the_font() {
    let fonts = Fonts::default();
    assert_eq!([glyphs(&fonts, "ffi").len(), glyphs(&fonts, "f f i").len()], [1, 5]);
    // A mark goes over its letter, however it is spelt.
    assert_eq!(glyphs(&fonts, "e\u{301}"), glyphs(&fonts, "\u{e9}"));
    let marked = glyphs(&fonts, "x\u{323}");
    assert_eq!(marked.len(), 2);
    let widths = |text: &str| set_in(&fonts, text).dimensions().width;
    assert_eq!(widths("x\u{323}x\u{323}"), widths("xx"));
    assert!(widths("AVAV") < widths("AV") * 2, "kerning");
}

#[test]
fn right_to_left_text_is_joined_and_in_order() {
    let fonts = many();
    // Lam and alef are one glyph, seen from the right.
    assert_eq!(glyphs(&fonts, "لا").len(), 1);
    let isolated = glyphs(&fonts, "س")[0].1;
    assert!(!glyphs(&fonts, "سلام").iter().any(|(_, id, _)| *id == isolated), "letters take the form of their place");
    let (shin, mem) = (glyphs(&fonts, "ש")[0].1, glyphs(&fonts, "ם")[0].1);
    let hebrew = glyphs(&fonts, "שלום");
    assert_eq!((hebrew[0].1, hebrew[3].1), (mem, shin));
    // What begins in Hebrew runs from the right: a full stop is at the left, and Latin within keeps its order.
    let ids: Vec<_> = glyphs(&fonts, "שם ab.").iter().map(|(_, id, _)| *id).collect();
    let [a, b, stop] = ["a", "b", "."].map(|text| glyphs(&fonts, text)[0].1);
    assert_eq!((&ids[..3], *ids.last().unwrap()), (&[stop, a, b][..], shin));
    let ids: Vec<_> = glyphs(&fonts, "ab שם.").iter().map(|(_, id, _)| *id).collect();
    assert_eq!((&ids[..2], *ids.last().unwrap()), (&[a, b][..], stop));
}

#[test]
fn each_script_is_shaped_by_its_own_rules_in_its_own_font() {
    let fonts = many();
    // The vowel goes before the conjunct that it follows in the text.
    let alone = glyphs(&fonts, "क्षि");
    assert_eq!(alone.len(), 2);
    let mixed = glyphs(&fonts, "Hi क्षि");
    let tail: Vec<_> = mixed[3..].iter().map(|(face, id, _)| (*face, *id)).collect();
    assert_eq!(tail, alone.iter().map(|(face, id, _)| (*face, *id)).collect::<Vec<_>>());
    let faces: std::collections::BTreeSet<_> =
        glyphs(&fonts, "Hi नमस्ते שלום سلام").into_iter().map(|(face, ..)| face).collect();
    assert_eq!(faces.len(), 4);
    assert!(set_in(&fonts, "Hi नमस्ते שלום سلام، Привет Γειά").missing().is_empty());
}

#[test]
fn what_no_font_has_is_a_box_and_told() {
    let fonts = Fonts::default();
    let of = |text: &str| {
        let faces = Faces::new(&fonts, None);
        let boxes = glyphs(&fonts, text).iter().filter(|(face, id, _)| (*face, *id) == (faces.own(), 0)).count();
        (boxes, set_in(&fonts, text).missing().iter().collect::<String>())
    };
    assert_eq!(of("a\u{200d}b \u{3000}c\u{fe0f}\u{ad}"), (0, String::new()));
    assert_eq!(of("日本語日"), (4, "日本語".to_owned()));
    // A family is one picture, and so is a flag.
    assert_eq!(of("👨\u{200d}👩\u{200d}👧"), (1, "👨👩👧".to_owned()));
    assert_eq!(of("🇩🇪!"), (1, "🇩🇪".to_owned()));
    assert_eq!(of("e\u{1ab0}"), (1, "\u{1ab0}".to_owned()));
    let shown = drawn(&set_in(&fonts, "語"));
    let lit = shown.pixels().as_chunks::<4>().0.iter().filter(|pixel| pixel[3] > 128).count();
    assert!(lit > 100, "{lit}");
}

#[test]
fn lines_are_broken_between_words_and_words_only_where_they_are_too_long() {
    let fonts = Fonts::default();
    let height = |text: &str, max_width| {
        let paragraph = Paragraph::new(text, &TextStyle { max_width, ..plain() }, &fonts, UPRIGHT);
        assert!(paragraph.dimensions().width as f32 <= max_width.max(60.0) + 2.0, "{text} {max_width}");
        (paragraph.dimensions().height as f32 / (40.0 * 1.362)).round() as u32
    };
    assert_eq!(
        [height("one two three", 1000.0), height("one two three", 170.0), height("one two three", 110.0)],
        [1, 2, 3]
    );
    assert!(height("extraordinary", 100.0) >= 3);
    assert_eq!(height("abc", 1.0), 3);
    let faces = Faces::new(&fonts, None);
    let lines = lines::broken("one  two\nthree ", &faces, &TextStyle { max_width: 90.0, ..plain() });
    let single = |text: &str| lines::broken(text, &faces, &plain())[0].width;
    let widths: Vec<_> = lines.iter().map(|line| line.width).collect();
    assert_eq!(widths[..2], [single("one"), single("two")]);
}

#[test]
fn an_outline_and_a_ground_lie_behind_the_letters() {
    let fonts = Fonts::default();
    let (blue, white) = ([0, 0, 255, 255], [255; 4]);
    let bare = set_in(&fonts, "I").dimensions();
    let outlined = Paragraph::new("I", &TextStyle { outline: Some((3.0, blue)), ..plain() }, &fonts, UPRIGHT);
    let count = |picture: &Picture, colour| {
        picture.pixels().as_chunks::<4>().0.iter().filter(|pixel| **pixel == colour).count()
    };
    assert_eq!(count(&drawn(&outlined), [255, 0, 0, 255]), count(&drawn(&set_in(&fonts, "I")), [255, 0, 0, 255]));
    assert!(count(&drawn(&outlined), blue) > 100);
    let ground = Paragraph::new("I", &TextStyle { background: Some(white), ..plain() }, &fonts, UPRIGHT);
    assert_eq!(ground.dimensions(), Dimensions::new(bare.width + 20, bare.height + 20));
    assert_eq!(drawn(&ground).pixels()[..4], white);
}

#[test]
fn text_is_turned_about_its_middle_and_drawn_in_part() {
    let fonts = Fonts::default();
    let upright = Paragraph::new("Text", &plain(), &fonts, UPRIGHT);
    let turned = Paragraph::new("Text", &plain(), &fonts, (1.0, 0.0));
    let Dimensions { width, height } = upright.dimensions();
    assert_eq!(turned.dimensions(), Dimensions::new(height, width));
    let (before, after) = (drawn(&upright), drawn(&turned));
    let at = |picture: &Picture, x: u32, y: u32| {
        picture.pixels().as_chunks::<4>().0[(y * picture.dimensions().width + x) as usize][3]
    };
    let off = (0..width).flat_map(|x| (0..height).map(move |y| (x, y)));
    let off = off.filter(|(x, y)| at(&before, *x, *y).abs_diff(at(&after, height - 1 - y, *x)) > 64).count();
    assert!(off < 30, "{off}");
    let part = Part { left: 5, top: 7, dimensions: Dimensions::new(30, 20) };
    let part = upright.drawn(part).unwrap();
    // Edges are weighed a little differently where they are cut.
    let is_alike = |x: u32, y: u32| at(&part, x, y).abs_diff(at(&before, x + 5, y + 7)) < 32;
    assert!((0..30).all(|x| (0..20).all(|y| is_alike(x, y))));
}

#[test]
fn nothing_that_is_asked_for_panics() {
    let fonts = many();
    let texts =
        ["", "\u{2029}\u{85}", "\u{202e}abc\u{2066}שלום", "\u{301}\u{301}", "a\u{0}b", "\u{feff}", "ẍ̴̧", "\u{10ffff}"];
    for text in texts {
        for size in [0.01, 1.0, 500.0] {
            for max_width in [0.0, 33.0] {
                let style =
                    TextStyle { size, max_width, outline: Some((1.0, [9; 4])), background: Some([1; 4]), ..plain() };
                let paragraph = Paragraph::new(text, &style, &fonts, (0.6, 0.8));
                let Dimensions { width, height } = paragraph.dimensions();
                let dimensions = Dimensions::new(width.min(100), height.min(100));
                assert!(paragraph.drawn(Part { left: 0, top: 0, dimensions }).is_some(), "{text:?}");
            }
        }
    }
}
