//! Text: set in lines, and drawn. Shaped by harfrust, with outlines by skrifa, as in drawings; but every character is looked
//! up before, so that each script has a font of its own and nothing is missing without a word.

mod faces;
mod lines;
mod outline;
mod shaping;

use resvg::tiny_skia::{FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use crate::{Dimensions, Fonts, Picture, PixelLayout};
use faces::Faces;
use shaping::Line;

/// How text looks.
#[derive(Debug, Clone, PartialEq)]
pub struct TextStyle<'a> {
    /// The font that is tried first, then all others; `None` is that of the program.
    pub family: Option<&'a str>,
    /// The em, in pixels.
    pub size: f32,
    /// Where lines are broken, in pixels.
    pub max_width: f32,
    /// Where lines stand in the box.
    pub alignment: Alignment,
    /// Red, green, blue and alpha of the letters.
    pub colour: [u8; 4],
    /// What shows around the letters: so many pixels of a colour.
    pub outline: Option<(f32, [u8; 4])>,
    /// What shows behind them, with a quarter of an em around them.
    pub background: Option<[u8; 4]>,
}

/// Where lines stand in a box that is wider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alignment {
    /// Where their script begins.
    Begin,
    /// At the left.
    Left,
    /// In the middle.
    Middle,
    /// At the right.
    Right,
}

/// A rectangle of what was set, in whole pixels from the upper left corner of its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From the left.
    pub left: u32,
    /// From the top.
    pub top: u32,
    /// How large.
    pub dimensions: Dimensions,
}

/// Text that was set in lines, and turned.
#[derive(Debug, Clone)]
pub struct Paragraph {
    /// All letters; `None` where there is nothing to see.
    letters: Option<Path>,
    /// Width and height of the box before it is turned.
    size: (f32, f32),
    /// From the box to the one around it, which begins at 0 too.
    turned: Transform,
    dimensions: Dimensions,
    /// The characters that no font has, each once; boxes stand in for them.
    missing: Vec<char>,
    colour: [u8; 4],
    outline: Option<(f32, [u8; 4])>,
    background: Option<[u8; 4]>,
}

/// What there is around letters that are set on a colour, in ems.
const PADDING: f32 = 0.25;

impl Paragraph {
    /// Sets text in lines, breaks it where it is too wide, and turns it clockwise by the angle of these sine and cosine. Line
    /// feeds and other control characters begin a new line.
    pub fn new(text: &str, style: &TextStyle<'_>, fonts: &Fonts, (sine, cosine): (f64, f64)) -> Self {
        let faces = Faces::new(fonts, style.family);
        let lines = lines::broken(text.trim(), &faces, style);
        let (letters, bounds) = set(&lines, &faces, style);
        let outline = style.outline.filter(|(width, _)| *width > 0.0);
        let padding = style.background.map_or(0.0, |_| style.size * PADDING);
        let (offset, size) = boxed(bounds, letters.as_ref(), outline.map_or(0.0, |(width, _)| width), padding);
        let letters = letters.and_then(|path| path.transform(offset));
        let (turned, dimensions) = around(size, sine as f32, cosine as f32);
        let (colour, background, missing) = (style.colour, style.background, faces.missing());
        Self { letters, size, turned, dimensions, missing, colour, outline, background }
    }

    /// The box around it.
    pub fn dimensions(&self) -> Dimensions {
        self.dimensions
    }

    /// The characters that no font has, each once, in their order: boxes stand in for them.
    pub fn missing(&self) -> &[char] {
        &self.missing
    }

    /// Draws a part of the box, on transparency; `None` where that has no pixels.
    pub fn drawn(&self, part: Part) -> Option<Picture> {
        let Part { left, top, dimensions } = part;
        let mut canvas = Pixmap::new(dimensions.width, dimensions.height)?;
        let transform = self.turned.post_translate(-(left as f32), -(top as f32));
        let fill = |canvas: &mut Pixmap, path: &Path, colour| {
            canvas.fill_path(path, &painted(colour), FillRule::Winding, transform, None);
        };
        if let Some(colour) = self.background {
            let behind = Rect::from_xywh(0.0, 0.0, self.size.0, self.size.1)?;
            fill(&mut canvas, &PathBuilder::from_rect(behind), colour);
        }
        if let Some(letters) = &self.letters {
            if let Some((width, colour)) = self.outline {
                // Half of a line lies below the letters.
                let line = Stroke { width: width * 2.0, line_join: LineJoin::Round, ..Stroke::default() };
                canvas.stroke_path(letters, &painted(colour), &line, transform, None);
            }
            fill(&mut canvas, letters, self.colour);
        }
        Picture::new(dimensions, PixelLayout::Rgba, canvas.take_demultiplied())
    }
}

fn painted([red, green, blue, alpha]: [u8; 4]) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, alpha);
    paint
}

/// The letters of all lines, from the upper left corner of the first, and what lines take by their metrics.
fn set(lines: &[Line], faces: &Faces<'_>, style: &TextStyle<'_>) -> (Option<Path>, (f32, f32)) {
    let width = lines.iter().map(|line| line.width).fold(0.0, f32::max);
    let mut builder = PathBuilder::new();
    let mut height: f32 = 0.0;
    for line in lines {
        let rest = width - line.width;
        let left = match (style.alignment, line.is_from_right) {
            (Alignment::Left, _) | (Alignment::Begin, false) => 0.0,
            (Alignment::Middle, _) => rest / 2.0,
            (Alignment::Right, _) | (Alignment::Begin, true) => rest,
        };
        // On whole pixels all lines look the same.
        let baseline = (height + line.ascent).round();
        for glyph in &line.glyphs {
            faces.draw(glyph, (left, baseline), style.size, &mut builder);
        }
        height += line.ascent + line.descent;
    }
    (builder.finish(), (width, height))
}

/// A box that holds what lines take and what letters show: what moves letters there, and its sides in whole pixels.
fn boxed((width, height): (f32, f32), letters: Option<&Path>, outline: f32, padding: f32) -> (Transform, (f32, f32)) {
    let (mut left, mut top, mut right, mut bottom) = (0.0_f32, 0.0_f32, width, height);
    if let Some(shown) = letters.map(Path::bounds) {
        (left, top) = (left.min(shown.left() - outline), top.min(shown.top() - outline));
        (right, bottom) = (right.max(shown.right() + outline), bottom.max(shown.bottom() + outline));
    }
    let [left, top] = [left, top].map(|side| (side - padding).floor());
    let [right, bottom] = [right, bottom].map(|side| (side + padding).ceil());
    (Transform::from_translate(-left, -top), ((right - left).max(1.0), (bottom - top).max(1.0)))
}

/// Turns a box about its middle: from there to the box around it, and the sides of that.
fn around((width, height): (f32, f32), sine: f32, cosine: f32) -> (Transform, Dimensions) {
    // What floats add to a whole pixel is none.
    let side = |length: f32| (length - 1e-2).ceil().max(1.0);
    let around = (side(width * cosine.abs() + height * sine.abs()), side(width * sine.abs() + height * cosine.abs()));
    let turned = Transform::from_row(cosine, sine, -sine, cosine, around.0 / 2.0, around.1 / 2.0);
    let turned = turned.pre_translate(-width / 2.0, -height / 2.0);
    (turned, Dimensions::new(around.0 as u32, around.1 as u32))
}

#[cfg(test)]
mod tests;
