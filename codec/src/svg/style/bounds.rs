//! The boxes of shapes (the object bounding box of SVG 2, section 8.10), for transforms that are measured by them.

use std::collections::HashMap;

use resvg::tiny_skia::{Path, PathBuilder};
use resvg::usvg::roxmltree::{Node, NodeId};
use svgtypes::{PointsParser, SimplePathSegment, SimplifyingPathParser};

use super::super::arcs;
use super::cascade::Styles;
use super::matching::Effort;
use super::transform::{Frame, Matrix};
use super::values::attribute_length;

/// Levels of groups, and of what they show of other places.
const MAX_DEPTH: u32 = 96;
/// Bytes of an outline that cost as much as a step of style.
const BYTES_PER_STEP: usize = 4;

/// Measures elements, each once.
pub(super) struct Boxes<'a, 'input> {
    styles: &'a Styles<'a>,
    ids: &'a HashMap<&'a str, Node<'a, 'input>>,
    effort: &'a Effort,
    known: HashMap<NodeId, Option<Frame>>,
}

impl<'a, 'input> Boxes<'a, 'input> {
    pub fn new(styles: &'a Styles<'a>, ids: &'a HashMap<&'a str, Node<'a, 'input>>, effort: &'a Effort) -> Self {
        Self { styles, ids, effort, known: HashMap::new() }
    }

    /// What moves an element, by its attributes and its style; `None` where nothing does.
    pub fn motion(&mut self, node: Node<'a, 'input>, depth: u32) -> Option<Matrix> {
        let style = self.styles.of(node)?;
        let motion = style.motion.as_ref();
        let attribute = || {
            let text = node.attribute("transform")?;
            let svgtypes::Transform { a, b, c, d, e, f } = text.parse().ok()?;
            Some(Matrix([a, b, c, d, e, f]))
        };
        let Some(motion) = motion else { return attribute() };
        let frame = if motion.is_measured_by_shape() {
            self.frame(node, depth + 1)?
        } else {
            let (width, height) = style.measures.viewport;
            Frame { left: 0.0, top: 0.0, width, height }
        };
        Some(motion.matrix(attribute, frame, &style.measures, node.parent_element().is_none()))
    }

    /// The box of an element in its own coordinates.
    pub fn frame(&mut self, node: Node<'a, 'input>, depth: u32) -> Option<Frame> {
        if let Some(known) = self.known.get(&node.id()) {
            return *known;
        }
        self.effort.take(1);
        if depth > MAX_DEPTH || self.effort.admit().is_err() {
            return None;
        }
        // What shows itself is nothing.
        self.known.insert(node.id(), None);
        let frame = self.measured(node, depth);
        self.known.insert(node.id(), frame);
        frame
    }

    fn measured(&mut self, node: Node<'a, 'input>, depth: u32) -> Option<Frame> {
        let style = self.styles.of(node)?;
        let (width, height) = style.measures.viewport;
        let side = |name: &str, whole: f64| {
            let value = style.attribute(node, name)?;
            Some(attribute_length(value, &style.measures)?.of(whole))
        };
        let across = |name: &str| side(name, width);
        let down = |name: &str| side(name, height);
        match node.tag_name().name() {
            "rect" | "image" => Some(Frame {
                left: across("x").unwrap_or_default(),
                top: down("y").unwrap_or_default(),
                width: across("width")?,
                height: down("height")?,
            }),
            "circle" => {
                let radius = side("r", style.measures.diagonal())?;
                Some(around(across("cx").unwrap_or_default(), down("cy").unwrap_or_default(), radius, radius))
            }
            "ellipse" => {
                let (rx, ry) = (across("rx"), down("ry"));
                let (rx, ry) = (rx.or(ry)?, ry.or(rx)?);
                Some(around(across("cx").unwrap_or_default(), down("cy").unwrap_or_default(), rx, ry))
            }
            "line" => {
                let from = Frame {
                    left: across("x1").unwrap_or_default(),
                    top: down("y1").unwrap_or_default(),
                    width: 0.0,
                    height: 0.0,
                };
                let to = Frame {
                    left: across("x2").unwrap_or_default(),
                    top: down("y2").unwrap_or_default(),
                    width: 0.0,
                    height: 0.0,
                };
                Some(from.with(to))
            }
            "path" => self.outline(style.attribute(node, "d")?, path),
            "polygon" | "polyline" => self.outline(style.attribute(node, "points")?, points),
            "use" => {
                let shown = self.shown(node)?;
                let frame = self.placed(shown, depth)?;
                Some(Matrix::translate(across("x").unwrap_or_default(), down("y").unwrap_or_default()).frame(frame))
            }
            "g" | "a" | "svg" | "switch" | "symbol" => {
                let children = node.children().filter(Node::is_element);
                children.filter_map(|child| self.placed(child, depth)).reduce(Frame::with)
            }
            _ => None,
        }
    }

    /// The box of an element where its parent sees it.
    fn placed(&mut self, node: Node<'a, 'input>, depth: u32) -> Option<Frame> {
        let frame = self.frame(node, depth + 1)?;
        Some(self.motion(node, depth + 1).map_or(frame, |motion| motion.frame(frame)))
    }

    fn shown(&self, node: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
        let link = node.attributes().find(|attribute| attribute.name() == "href")?;
        self.ids.get(link.value().trim().strip_prefix('#')?).copied()
    }

    fn outline(&self, text: &str, read: fn(&str) -> Option<Path>) -> Option<Frame> {
        self.effort.take((text.len() / BYTES_PER_STEP) as u64);
        self.effort.take(arcs::curves(text));
        self.effort.admit().ok()?;
        let bounds = read(text)?.compute_tight_bounds()?;
        let (left, top) = (f64::from(bounds.left()), f64::from(bounds.top()));
        Some(Frame { left, top, width: f64::from(bounds.width()), height: f64::from(bounds.height()) })
    }
}

fn around(x: f64, y: f64, rx: f64, ry: f64) -> Frame {
    Frame { left: x - rx, top: y - ry, width: rx * 2.0, height: ry * 2.0 }
}

fn path(text: &str) -> Option<Path> {
    let mut outline = PathBuilder::new();
    for segment in SimplifyingPathParser::from(text).map_while(Result::ok) {
        match segment {
            SimplePathSegment::MoveTo { x, y } => outline.move_to(x as f32, y as f32),
            SimplePathSegment::LineTo { x, y } => outline.line_to(x as f32, y as f32),
            SimplePathSegment::Quadratic { x1, y1, x, y } => outline.quad_to(x1 as f32, y1 as f32, x as f32, y as f32),
            SimplePathSegment::CurveTo { x1, y1, x2, y2, x, y } => {
                outline.cubic_to(x1 as f32, y1 as f32, x2 as f32, y2 as f32, x as f32, y as f32);
            }
            SimplePathSegment::ClosePath => outline.close(),
        }
    }
    outline.finish()
}

fn points(text: &str) -> Option<Path> {
    let mut outline = PathBuilder::new();
    for (index, (x, y)) in PointsParser::from(text).enumerate() {
        if index == 0 {
            outline.move_to(x as f32, y as f32);
        } else {
            outline.line_to(x as f32, y as f32);
        }
    }
    outline.finish()
}
