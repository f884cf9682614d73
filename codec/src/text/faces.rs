//! Which font has which character.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use harfrust::ShaperData;
use resvg::tiny_skia::PathBuilder;
use skrifa::outline::{DrawSettings, OutlineGlyphCollection};
use skrifa::prelude::{LocationRef, Size};
use skrifa::{FontRef, GlyphId, MetadataProvider as _};

use super::outline::{Pen, Witness};
use crate::Fonts;

/// The faces of all fonts, in the order in which they are asked.
pub(super) struct Faces<'a> {
    faces: Vec<Face<'a>>,
    /// Which of them is that of the program: it has a box for what it has not.
    own: usize,
    /// The first face that has a character.
    found: RefCell<HashMap<char, Option<usize>>>,
    missing: RefCell<Vec<char>>,
}

/// A face that is read.
pub(super) struct Face<'a> {
    pub font: FontRef<'a>,
    outlines: OutlineGlyphCollection<'a>,
    shaper: OnceCell<ShaperData>,
    /// In ems.
    pub ascent: f32,
    /// In ems, downwards.
    pub descent: f32,
    pub units_per_em: f32,
}

/// A glyph in its place in a line.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub face: usize,
    pub id: GlyphId,
    /// From the left end of the line.
    pub x: f32,
    /// Above the baseline.
    pub y: f32,
}

impl<'a> Faces<'a> {
    /// Those of the family first; among equals those of upright and usual weight.
    pub fn new(fonts: &'a Fonts, family: Option<&str>) -> Self {
        let family = family.unwrap_or(Fonts::OWN_FAMILY);
        let all = fonts.faces();
        let mut order: Vec<usize> = (0..all.len()).collect();
        let rank = |index: &usize| {
            let face = all.get(*index);
            face.map(|face| (!face.family.eq_ignore_ascii_case(family), face.distance))
        };
        order.sort_by_key(rank);
        let mut faces = Vec::with_capacity(all.len());
        let mut own = 0;
        for index in order {
            let face = all.get(index).and_then(|face| Face::read((*face.bytes).as_ref(), face.index));
            let Some(face) = face else { continue };
            // The last of all files.
            if index + 1 == all.len() {
                own = faces.len();
            }
            faces.push(face);
        }
        Self { faces, own, found: RefCell::default(), missing: RefCell::default() }
    }

    /// The face of this number.
    pub fn get(&self, number: usize) -> Option<&Face<'a>> {
        self.faces.get(number)
    }

    /// The face whose first glyph is a box.
    pub fn own(&self) -> usize {
        self.own
    }

    /// The first face that has a character.
    pub fn with(&self, character: char) -> Option<usize> {
        if let Some(known) = self.found.borrow().get(&character) {
            return *known;
        }
        let found = self.faces.iter().position(|face| face.has(character));
        self.found.borrow_mut().insert(character, found);
        found
    }

    /// The first face that has all characters of a text, which is `likely` if it can be.
    pub fn with_all(&self, text: &[char], likely: Option<usize>) -> Option<usize> {
        let has_all = |number: usize| self.get(number).is_some_and(|face| text.iter().all(|letter| face.has(*letter)));
        if let Some(likely) = likely.filter(|likely| has_all(*likely)) {
            return Some(likely);
        }
        match text {
            [character] => self.with(*character),
            _ => (0..self.faces.len()).find(|number| has_all(*number)),
        }
    }

    /// Notes a character that no font has.
    pub fn miss(&self, character: char) {
        let mut missing = self.missing.borrow_mut();
        if !missing.contains(&character) {
            missing.push(character);
        }
    }

    /// What was noted so far.
    pub fn missing(&self) -> Vec<char> {
        self.missing.borrow().clone()
    }

    /// Adds a glyph to a path, in a line that begins at this place.
    pub fn draw(&self, glyph: &Glyph, (left, baseline): (f32, f32), size: f32, builder: &mut PathBuilder) {
        let Some(face) = self.get(glyph.face) else { return };
        let Some(outline) = face.outlines.get(glyph.id) else { return };
        let scale = size / face.units_per_em;
        let mut pen = Pen { builder, scale, left: left + glyph.x, baseline: baseline - glyph.y };
        // What a broken font has drawn until there stays.
        let _ = outline.draw(DrawSettings::unhinted(Size::unscaled(), LocationRef::default()), &mut pen);
    }
}

impl<'a> Face<'a> {
    fn read(bytes: &'a [u8], index: u32) -> Option<Self> {
        let font = FontRef::from_index(bytes, index).ok()?;
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        let units_per_em = f32::from(metrics.units_per_em.max(1));
        let half_gap = metrics.leading.max(0.0) / 2.0;
        let ems = |units: f32| ((units + half_gap) / units_per_em).clamp(0.0, 4.0);
        let (ascent, descent) = (ems(metrics.ascent), ems(-metrics.descent));
        Some(Self { outlines: font.outline_glyphs(), shaper: OnceCell::new(), ascent, descent, units_per_em, font })
    }

    /// What shaping knows of the font.
    pub fn shaper(&self) -> &ShaperData {
        self.shaper.get_or_init(|| ShaperData::new(&self.font))
    }

    /// Tells whether it has a character, and draws it in lines: those that have colours instead are not drawn.
    fn has(&self, character: char) -> bool {
        let Some(id) = self.font.charmap().map(character).filter(|id| *id != GlyphId::NOTDEF) else { return false };
        character.is_whitespace() || self.is_drawn(id)
    }

    fn is_drawn(&self, id: GlyphId) -> bool {
        let mut witness = Witness::default();
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        let drawn = self.outlines.get(id).is_some_and(|outline| outline.draw(settings, &mut witness).is_ok());
        drawn && witness.has_lines
    }

    /// How far the pen goes on behind a glyph, in pixels.
    pub fn advance(&self, id: GlyphId, size: f32) -> f32 {
        let advance = self.font.glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(id);
        advance.unwrap_or_default() * size / self.units_per_em
    }
}
