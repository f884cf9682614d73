//! From characters to glyphs in their places: a font for each cluster of characters, runs of one direction, font and script.

use std::ops::Range;

use harfrust::{Direction, Script as ShapedScript, ShapeOptions, Tag, UnicodeBuffer};
use skrifa::GlyphId;
use unicode_bidi::{BidiInfo, Level};
use unicode_script::{Script, UnicodeScript as _};
use unicode_segmentation::UnicodeSegmentation as _;

use super::faces::{Faces, Glyph};

/// A line of glyphs.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub glyphs: Vec<Glyph>,
    pub width: f32,
    pub ascent: f32,
    pub descent: f32,
    /// Its text begins at the right.
    pub is_from_right: bool,
}

/// Text up to a line feed, of which it is known what each part is set in.
pub(super) struct Prepared<'t> {
    text: &'t str,
    bidi: BidiInfo<'t>,
    pieces: Vec<Piece>,
}

/// What people take for one character, or as much of it as one font has.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// In bytes of the text.
    pub range: Range<usize>,
    /// `None` where a box stands in.
    face: Option<usize>,
    script: Script,
}

/// Pieces in a row that are shaped together.
struct Run<'p> {
    pieces: &'p [Piece],
    is_from_right: bool,
}

/// Where a glyph belongs, and how far the pen goes on behind it.
struct Advance {
    byte: usize,
    pixels: f32,
}

impl<'t> Prepared<'t> {
    /// Looks each character up.
    pub fn new(text: &'t str, faces: &Faces<'_>) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for (start, cluster) in text.grapheme_indices(true) {
            let last = pieces.last();
            let (face, script) = (last.and_then(|piece| piece.face), last.map_or(Script::Common, |piece| piece.script));
            let script = cluster.chars().map(|letter| letter.script()).find(is_own).unwrap_or(script);
            for (range, face) in set_in(cluster, faces, face) {
                pieces.push(Piece { range: start + range.start..start + range.end, face, script });
            }
        }
        // What comes before the first letter belongs to it.
        let first = pieces.iter().map(|piece| piece.script).find(is_own).unwrap_or(Script::Common);
        for piece in pieces.iter_mut().take_while(|piece| !is_own(&piece.script)) {
            piece.script = first;
        }
        Self { text, bidi: BidiInfo::new(text, None), pieces }
    }

    /// The pieces of the text, in its order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The text of a piece.
    pub fn text_of(&self, piece: &Piece) -> &'t str {
        self.text.get(piece.range.clone()).unwrap_or_default()
    }

    /// How wide each piece is, where all stand in one line.
    pub fn widths(&self, faces: &Faces<'_>, size: f32) -> Vec<f32> {
        let mut widths = vec![0.0; self.pieces.len()];
        for Advance { byte, pixels } in self.shaped(0..self.text.len(), faces, size).1 {
            let index = self.pieces.partition_point(|piece| piece.range.end <= byte);
            if let Some(width) = widths.get_mut(index) {
                *width += pixels;
            }
        }
        widths
    }

    /// A part of the text as a line.
    pub fn line(&self, range: Range<usize>, faces: &Faces<'_>, size: f32) -> Line {
        let pieces = self.within(&range);
        let used = pieces.iter().map(|piece| piece.face.unwrap_or(faces.own())).chain(pieces.is_empty().then_some(0));
        let (mut ascent, mut descent) = (0.0_f32, 0.0_f32);
        for face in used.filter_map(|number| faces.get(number)) {
            (ascent, descent) = (ascent.max(face.ascent * size), descent.max(face.descent * size));
        }
        let is_from_right = self.bidi.paragraphs.first().is_some_and(|paragraph| paragraph.level.is_rtl());
        let (glyphs, advances) = self.shaped(range, faces, size);
        let width = advances.iter().map(|advance| advance.pixels).sum();
        Line { glyphs, width, ascent, descent, is_from_right }
    }

    /// The pieces that begin in a part of the text.
    fn within(&self, range: &Range<usize>) -> &[Piece] {
        let first = self.pieces.partition_point(|piece| piece.range.start < range.start);
        let end = self.pieces.partition_point(|piece| piece.range.start < range.end);
        self.pieces.get(first..end).unwrap_or_default()
    }

    fn shaped(&self, range: Range<usize>, faces: &Faces<'_>, size: f32) -> (Vec<Glyph>, Vec<Advance>) {
        let (mut glyphs, mut advances) = (Vec::new(), Vec::new());
        let Some(paragraph) = self.bidi.paragraphs.first().filter(|_| !range.is_empty()) else {
            return (glyphs, advances);
        };
        let (levels, spans) = self.bidi.visual_runs(paragraph, range);
        let mut x = 0.0;
        for span in spans {
            let is_from_right = levels.get(span.start).is_some_and(Level::is_rtl);
            let alike = |one: &Piece, next: &Piece| one.face == next.face && one.script == next.script;
            let mut runs: Vec<&[Piece]> = self.within(&span).chunk_by(alike).collect();
            if is_from_right {
                runs.reverse();
            }
            for pieces in runs {
                let run = Run { pieces, is_from_right };
                self.shape(&run, faces, size, &mut x, &mut glyphs, &mut advances);
            }
        }
        (glyphs, advances)
    }

    fn shape(
        &self,
        run: &Run<'_>,
        faces: &Faces<'_>,
        size: f32,
        x: &mut f32,
        glyphs: &mut Vec<Glyph>,
        advances: &mut Vec<Advance>,
    ) {
        let Some(first) = run.pieces.first() else { return };
        let number = first.face.unwrap_or(faces.own());
        let Some(face) = faces.get(number) else { return };
        if first.face.is_none() {
            for piece in run.pieces {
                let pixels = face.advance(GlyphId::NOTDEF, size);
                glyphs.push(Glyph { face: number, id: GlyphId::NOTDEF, x: *x, y: 0.0 });
                advances.push(Advance { byte: piece.range.start, pixels });
                *x += pixels;
            }
            return;
        }
        let mut buffer = UnicodeBuffer::new();
        for piece in run.pieces {
            for (index, letter) in self.text_of(piece).char_indices() {
                // A space that no font has is as wide as the usual one.
                let letter = if letter.is_whitespace() && faces.with(letter).is_none() { ' ' } else { letter };
                buffer.add(letter, (piece.range.start + index) as u32);
            }
        }
        buffer.set_direction(if run.is_from_right { Direction::RightToLeft } else { Direction::LeftToRight });
        let tag = Tag::new_checked(first.script.short_name().as_bytes()).ok();
        if let Some(script) = tag.filter(|_| is_own(&first.script)).and_then(ShapedScript::from_iso15924_tag) {
            buffer.set_script(script);
        }
        buffer.guess_segment_properties();
        let shaped = face.shaper().shaper(&face.font).build().shape(buffer, ShapeOptions::new());
        let scale = size / face.units_per_em;
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let at = |units: i32| units as f32 * scale;
            let place = (*x + at(position.x_offset), at(position.y_offset));
            glyphs.push(Glyph { face: number, id: GlyphId::new(info.glyph_id), x: place.0, y: place.1 });
            advances.push(Advance { byte: info.cluster as usize, pixels: at(position.x_advance) });
            *x += at(position.x_advance);
        }
    }
}

/// Tells whether a script is one, and not what many have in common.
fn is_own(script: &Script) -> bool {
    !matches!(script, Script::Common | Script::Inherited | Script::Unknown)
}

/// What the parts of a cluster are set in: one font, unless none has all of it.
fn set_in(cluster: &str, faces: &Faces<'_>, before: Option<usize>) -> Vec<(Range<usize>, Option<usize>)> {
    let whole = 0..cluster.len();
    let seen: Vec<char> = cluster.chars().filter(|letter| !is_unseen(*letter)).collect();
    if seen.iter().all(|letter| letter.is_whitespace()) {
        // A space between words is of their font, so that they are shaped together.
        let face = faces.with_all(&seen, before).or(before).unwrap_or_default();
        return vec![(whole, Some(face))];
    }
    if let Some(face) = faces.with_all(&seen, None) {
        return vec![(whole, Some(face))];
    }
    let missing = seen.iter().filter(|letter| faces.with(**letter).is_none());
    missing.for_each(|letter| faces.miss(*letter));
    let base = cluster.chars().next().map_or(0, char::len_utf8);
    match seen.first().and_then(|letter| faces.with(*letter)).filter(|_| base < cluster.len()) {
        Some(face) => {
            // What goes with it may be in another font.
            let rest = seen.get(1..).and_then(|rest| faces.with_all(rest, None));
            vec![(0..base, Some(face)), (base..cluster.len(), rest)]
        }
        None => vec![(whole, None)],
    }
}

/// Tells whether nothing is ever drawn for a character: joiners, marks of direction, selectors (UAX #44,
/// Default_Ignorable_Code_Point).
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}
