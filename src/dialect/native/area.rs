//! Words that mean several things by their look: fits, boxes, gravities and crops.

use super::geometry::GeometryValues;
use super::meanings::{FitWord, FourNumbers};
use super::values::{number, put};
use crate::request::{Fit, Gravity, Length, Paint, PartWish, Ratio, Rect, WindowStart};

/// Words for fits, those of this product first.
#[rustfmt::skip]
pub(super) const FITS: [(&str, FitWord); 25] = [
    ("contain", FitWord::Fit(Fit::Contain)), ("cover", FitWord::Fit(Fit::Cover)), ("pad", FitWord::Fit(Fit::Pad)),
    ("stretch", FitWord::Fit(Fit::Stretch)), ("outside", FitWord::Fit(Fit::Outside)), ("fill", FitWord::Fill),
    ("inside", FitWord::Fit(Fit::Contain)), ("clip", FitWord::Fit(Fit::Contain)), ("max", FitWord::Fit(Fit::Contain)),
    ("bounds", FitWord::Fit(Fit::Contain)), ("scale-down", FitWord::Fit(Fit::Contain)), ("fit", FitWord::Fit(Fit::Contain)),
    ("crop", FitWord::Fit(Fit::Cover)), ("min", FitWord::Fit(Fit::Cover)), ("aspect-crop", FitWord::Fit(Fit::Cover)),
    ("thumb", FitWord::Fit(Fit::Cover)), ("crop,0", FitWord::Fit(Fit::Cover)), ("fillmax", FitWord::Fit(Fit::Pad)),
    ("clamp", FitWord::Fit(Fit::Pad)), ("canvas", FitWord::Fit(Fit::Pad)), ("scale", FitWord::Fit(Fit::Stretch)),
    ("fill-max", FitWord::EnlargedCanvas(Paint::CLEAR)), ("squeeze", FitWord::Fit(Fit::Stretch)), ("bound", FitWord::Fit(Fit::Contain)), ("boundmin", FitWord::Fit(Fit::Outside)),
];

/// The edges of a part, each for itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RegionEdges {
    /// The part is asked for.
    pub is_asked: bool,
    pub left: Option<u32>,
    pub top: Option<u32>,
    pub width: Option<u32>,
    pub height: Option<u32>,
}

impl RegionEdges {
    /// What is missing reaches to the edge of the picture.
    pub fn rect(&self) -> Option<Rect> {
        let Self { is_asked, left, top, width, height } = *self;
        let side = |side: Option<u32>| side.unwrap_or(Rect::MAX).max(1);
        is_asked.then(|| Rect {
            left: left.unwrap_or_default().into(),
            top: top.unwrap_or_default().into(),
            width: side(width),
            height: side(height),
        })
    }
}

/// A whole number of pixels of the original.
pub(super) fn corner(text: &str) -> Option<u32> {
    let pixels = number(text)?.round();
    (0.0..=f64::from(Rect::MAX)).contains(&pixels).then_some(pixels as u32)
}

/// A word, or a box `W,H` with the fit that it stands for.
pub(super) fn fit(values: &mut GeometryValues, text: &str, of_box: Fit) -> Option<()> {
    let text = text.trim();
    if let Some(word) = values.meanings.fit(text) {
        return put(&mut values.fit, Some(word));
    }
    if let Some((_, word)) = FITS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
        return put(&mut values.fit, Some(*word));
    }
    match text.get(..PLACED_CUT.len()).filter(|beginning| beginning.eq_ignore_ascii_case(PLACED_CUT)) {
        Some(_) => cut_at(values, text.get(PLACED_CUT.len()..)?),
        None => boxed(values, text, of_box),
    }
}

/// What a fit of Glide begins with that says the place as well.
const PLACED_CUT: &str = "crop-";

/// Cut at a place: words, or two numbers in percent, as `25-75`.
fn cut_at(values: &mut GeometryValues, place: &str) -> Option<()> {
    let percent = |text: &str| number(text).map(|percent| percent / 100.0);
    match place.split_once('-').map(|(across, down)| (percent(across), percent(down))) {
        Some((Some(across), Some(down))) => {
            values.point = (None, None);
            put(&mut values.gravity, Gravity::point(across, down))?;
        }
        _ => gravity(values, place)?,
    }
    put(&mut values.fit, Some(values.meanings.cut()))
}

/// A box `W,H`.
pub(super) fn boxed(values: &mut GeometryValues, text: &str, fit: Fit) -> Option<()> {
    let (width, height) = text.split_once(',')?;
    let (width, height) = (Length::parse(width)?, Length::parse(height)?);
    (values.width, values.height, values.fit) = (Some(width), Some(height), Some(FitWord::Fit(fit)));
    Some(())
}

/// A box `W,H` to be within on a canvas, perhaps of a colour that follows.
pub(super) fn letterbox(values: &mut GeometryValues, text: &str) -> Option<()> {
    let mut parts = text.splitn(3, ',');
    let (width, height) = (Length::parse(parts.next()?)?, Length::parse(parts.next()?)?);
    let word = match parts.next() {
        Some(colour) => FitWord::Canvas(values.meanings.paint(colour)?),
        None => values.meanings.letterbox,
    };
    (values.width, values.height, values.fit) = (Some(width), Some(height), Some(word));
    Some(())
}

/// Tells whether two edges have the shape that is asked for beside them: then a picture of another one is to be cut.
pub(super) fn is_shaped(values: &GeometryValues) -> bool {
    let (Some(Length::Pixels(width)), Some(Length::Pixels(height)), Some(ratio)) =
        (values.width, values.height, values.ratio)
    else {
        return false;
    };
    u64::from(width) * u64::from(ratio.height) == u64::from(height) * u64::from(ratio.width)
}

/// Where something lies. A word may leave that to a point, which is given by itself.
pub(super) fn gravity(values: &mut GeometryValues, text: &str) -> Option<()> {
    if Gravity::is_by_point(text) {
        return Some(());
    }
    // Of words and a point, the last counts.
    values.point = (None, None);
    put(&mut values.gravity, Gravity::parse(text))
}

/// An area, in place of what was said of one before.
pub(super) fn rect(values: &mut GeometryValues, area: Option<Rect>) -> Option<()> {
    values.corners.is_asked = false;
    put(&mut values.rect, area)
}

/// What a `crop` is, by its look.
pub(super) fn crop(values: &mut GeometryValues, text: &str) -> Option<()> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "" | "0" | "false" => return Some(()),
        "1" | "true" => {
            values.is_cut = true;
            return Some(());
        }
        "region" => {
            values.corners.is_asked = true;
            return Some(());
        }
        _ => {}
    }
    let (first, rest) = text.split_once(',').map_or((text, None), |(first, rest)| (first, Some(rest)));
    if first.contains(':') {
        values.ratio = Some(Ratio::parse(first)?);
        return rest.map_or(Some(()), |rest| Starts::read(rest.split(','))?.place(values));
    }
    let is_number = first.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-' || letter == '.');
    if !is_number || Gravity::parse(first).is_some() {
        values.is_cut = true;
        return gravity(values, text);
    }
    part(values, &text.split(',').map(str::trim).collect::<Vec<_>>())
}

/// A part by its numbers: `W,H`, perhaps with words, `W,H,xN,yN`, or four lengths that say that they are pixels.
fn part(values: &mut GeometryValues, parts: &[&str]) -> Option<()> {
    let pixels: Option<Vec<_>> = parts.iter().map(|part| part.strip_suffix("px")).collect();
    if let Some(pixels) = pixels {
        return rect(values, Rect::parse(&pixels.join(",")));
    }
    let is_number = |text: &&str| number(text.trim_end_matches("px")).is_some();
    if parts.len() == 4 && parts.iter().all(is_number) {
        return four_numbers(values, parts);
    }
    let [width, height, rest @ ..] = parts else { return None };
    let (width, height) = (Length::parse(width)?, Length::parse(height)?);
    let starts = Starts::read(rest.iter().copied())?;
    match (width, height, starts.edges) {
        (Length::Pixels(width), Length::Pixels(height), [Some(left), Some(top)]) if !starts.has_words() => {
            let pixels = |start| match start {
                WindowStart::Side(Length::Pixels(pixels)) => Some(i64::from(pixels)),
                WindowStart::Side(Length::Share(_)) | WindowStart::Rest(_) => None,
            };
            if let (Some(left), Some(top)) = (pixels(left), pixels(top)) {
                return rect(values, Some(Rect { left, top, width, height }));
            }
        }
        _ => {}
    }
    values.region = Some((width, height));
    starts.place(values)
}

/// What is said behind the size of a part: where its edges begin, each for itself, or words of a gravity.
#[derive(Debug, Default)]
struct Starts<'a> {
    /// From the left, and from the top.
    edges: [Option<WindowStart>; 2],
    words: Vec<&'a str>,
}

impl<'a> Starts<'a> {
    fn read(parts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut starts = Self::default();
        // A part that reaches beyond the picture is what there is of it, said or not.
        for part in parts.map(str::trim).filter(|part| !part.is_empty() && !part.eq_ignore_ascii_case("safe")) {
            let [left, top] = &mut starts.edges;
            let rest = |edge| part.strip_prefix("offset-").and_then(|part| part.strip_prefix(edge));
            let (edge, start) = match (rest('x'), rest('y'), part.strip_prefix('x'), part.strip_prefix('y')) {
                (Some(percent), ..) => (left, of_rest(percent)?),
                (_, Some(percent), ..) => (top, of_rest(percent)?),
                (_, _, Some(length), _) => (left, of_side(length)?),
                (_, _, _, Some(length)) => (top, of_side(length)?),
                _ => {
                    // A number by itself would be one too many.
                    number(part).is_none().then(|| starts.words.push(part))?;
                    continue;
                }
            };
            // An edge begins in one place.
            if edge.replace(start).is_some() {
                return None;
            }
        }
        Some(starts)
    }

    fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    fn place(self, values: &mut GeometryValues) -> Option<()> {
        match self.edges {
            _ if self.has_words() => gravity(values, &self.words.join(",")),
            [None, None] => Some(()),
            [left, top] => {
                values.point = (None, None);
                put(&mut values.gravity, Some(Gravity::starting(left, top)))
            }
        }
    }
}

/// Percent of what is cut off.
fn of_rest(percent: &str) -> Option<WindowStart> {
    WindowStart::of_rest(number(percent)? / 100.0)
}

/// Pixels, or a share of the side.
fn of_side(length: &str) -> Option<WindowStart> {
    match number(length.trim_end_matches(['p', '%'])) {
        Some(0.0) => Some(WindowStart::Side(Length::Pixels(0))),
        _ => Length::parse(length).map(WindowStart::Side),
    }
}

/// Four numbers, which are three things in the field.
fn four_numbers(values: &mut GeometryValues, parts: &[&str]) -> Option<()> {
    let [first, second, third, fourth] = parts else { return None };
    match values.meanings.four_numbers {
        FourNumbers::Refused => None,
        FourNumbers::SizeFirst => rect(values, Rect::parse(&[*third, *fourth, *first, *second].join(","))),
        FourNumbers::Percent => {
            let length = |text: &str| match text.strip_suffix("px") {
                Some(pixels) => Length::parse(pixels),
                None => Length::parse(&format!("{text}p")),
            };
            let begin = |text: &str| match number(text.trim_end_matches("px"))? {
                0.0 => Some(None),
                _ => length(text).map(Some),
            };
            let (left, top, width, height) = (begin(first)?, begin(second)?, length(third)?, length(fourth)?);
            put(&mut values.portion, Some(PartWish { left, top, width, height }))
        }
    }
}
