//! Outlines of glyphs as paths.

use resvg::tiny_skia::PathBuilder;
use skrifa::outline::OutlinePen;

/// Draws into a path: scaled, upside down as pixels are, and moved.
pub(super) struct Pen<'a> {
    pub builder: &'a mut PathBuilder,
    pub scale: f32,
    pub left: f32,
    pub baseline: f32,
}

/// Notes whether anything is drawn.
#[derive(Default)]
pub(super) struct Witness {
    pub has_lines: bool,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.left + x * self.scale, self.baseline - y * self.scale)
    }
}

impl OutlinePen for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, control_x: f32, control_y: f32, x: f32, y: f32) {
        let (control, end) = (self.at(control_x, control_y), self.at(x, y));
        self.builder.quad_to(control.0, control.1, end.0, end.1);
    }

    fn curve_to(&mut self, first_x: f32, first_y: f32, second_x: f32, second_y: f32, x: f32, y: f32) {
        let (first, second, end) = (self.at(first_x, first_y), self.at(second_x, second_y), self.at(x, y));
        self.builder.cubic_to(first.0, first.1, second.0, second.1, end.0, end.1);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}

impl OutlinePen for Witness {
    fn move_to(&mut self, _x: f32, _y: f32) {}

    fn line_to(&mut self, _x: f32, _y: f32) {
        self.has_lines = true;
    }

    fn quad_to(&mut self, _control_x: f32, _control_y: f32, _x: f32, _y: f32) {
        self.has_lines = true;
    }

    fn curve_to(&mut self, _first_x: f32, _first_y: f32, _second_x: f32, _second_y: f32, _x: f32, _y: f32) {
        self.has_lines = true;
    }

    fn close(&mut self) {}
}
