//! How an element is moved: all properties that have a part in it, as one matrix.

use std::borrow::Cow;

use resvg::usvg::roxmltree::Node;

use super::transform::{self, Frame, Matrix};
use super::values::Measures;

/// The properties that move an element.
#[derive(Debug, Default)]
pub(super) struct Motion<'a> {
    transform: Option<Cow<'a, str>>,
    origin: Option<Cow<'a, str>>,
    frame: Option<Cow<'a, str>>,
    translate: Option<Cow<'a, str>>,
    rotate: Option<Cow<'a, str>>,
    scale: Option<Cow<'a, str>>,
}

impl<'a> Motion<'a> {
    /// What attributes say of it beside `transform`; `None` where they say nothing that is not read anyway.
    pub fn of(node: Node<'a, '_>) -> Option<Self> {
        let frame = Cow::Borrowed(node.attribute("transform-box")?);
        let origin = node.attribute("transform-origin").map(Cow::Borrowed);
        Some(Self { origin, frame: Some(frame), ..Self::default() })
    }

    pub fn set(&mut self, name: &str, value: Cow<'a, str>) {
        let property = match name {
            "transform" => &mut self.transform,
            "transform-origin" => &mut self.origin,
            "transform-box" => &mut self.frame,
            "translate" => &mut self.translate,
            "rotate" => &mut self.rotate,
            _ => &mut self.scale,
        };
        *property = Some(value);
    }

    /// Whether percentages are of the element's own box, and not of the drawing.
    pub fn is_measured_by_shape(&self) -> bool {
        self.frame.as_deref().is_some_and(|frame| frame != "view-box" && !frame.is_empty())
    }

    /// All of it; `attribute` is what the attribute `transform` says.
    pub fn matrix(
        &self,
        attribute: impl Fn() -> Option<Matrix>,
        frame: Frame,
        measures: &Measures,
        is_root: bool,
    ) -> Matrix {
        let read = |value: &Option<Cow<str>>, read: fn(&str, Frame, &Measures) -> Option<Matrix>| {
            value.as_deref().and_then(|value| read(value, frame, measures)).unwrap_or(Matrix::IDENTITY)
        };
        let inner = match &self.transform {
            Some(_) => read(&self.transform, transform::matrix),
            None => attribute().unwrap_or(Matrix::IDENTITY),
        };
        let origin = self.origin.as_deref().and_then(|origin| transform::origin(origin, frame, measures));
        let first = if is_root { "center" } else { "0 0" };
        let (x, y) = origin.or_else(|| transform::origin(first, frame, measures)).unwrap_or_default();
        let matrix = Matrix::translate(x, y)
            .around(read(&self.translate, transform::translation))
            .around(read(&self.rotate, transform::rotation))
            .around(read(&self.scale, transform::scaling))
            .around(inner)
            .around(Matrix::translate(-x, -y));
        if matrix.is_finite() { matrix } else { Matrix::IDENTITY }
    }
}
