//! The drawing once more, with its style in the words that the library reads.

use std::collections::HashMap;
use std::fmt::Write as _;

use resvg::usvg::roxmltree::{Node, NodeId};

use super::bounds::Boxes;
use super::cascade::{Style, Styles};
use super::matching::Effort;
use super::transform::Matrix;
use super::{XLINK, XML, is_drawn};

const HEAD: &str = " xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"";

pub(super) struct Writer<'a, 'input> {
    styles: &'a Styles<'a>,
    /// The first element of each id: the one that counts.
    ids: &'a HashMap<&'a str, Node<'a, 'input>>,
    boxes: Boxes<'a, 'input>,
    /// Attributes that are left out, wherever they are.
    left_out: &'a [(NodeId, &'static str)],
    text: String,
}

impl<'a, 'input> Writer<'a, 'input> {
    pub fn new(
        styles: &'a Styles<'a>,
        ids: &'a HashMap<&'a str, Node<'a, 'input>>,
        left_out: &'a [(NodeId, &'static str)],
        effort: &'a Effort,
    ) -> Self {
        Self { styles, ids, boxes: Boxes::new(styles, ids, effort), left_out, text: String::new() }
    }

    pub fn written(mut self, root: Node<'a, 'input>) -> String {
        self.element(root);
        self.text
    }

    fn element(&mut self, node: Node<'a, 'input>) {
        let (styles, name) = (self.styles, node.tag_name().name());
        let Some(style) = styles.of(node).filter(|_| is_drawn(node)) else { return };
        self.text.push('<');
        self.text.push_str(name);
        let is_root = node.parent_element().is_none();
        if is_root {
            self.text.push_str(HEAD);
        }
        self.attributes(node, style);
        if style.motion.is_some() {
            let motion = self.boxes.motion(node, 0).unwrap_or(Matrix::IDENTITY);
            self.motion(name, motion, is_root);
        }
        self.style(style);
        if !node.has_children() {
            self.text.push_str("/>");
            return;
        }
        self.text.push('>');
        for child in node.children() {
            match child.text().filter(|_| child.is_text()) {
                Some(text) => escape(&mut self.text, text),
                None if child.is_element() => self.element(child),
                None => {}
            }
        }
        let _ = write!(self.text, "</{name}>");
    }

    fn attributes(&mut self, node: Node<'a, 'input>, style: &Style) {
        for attribute in node.attributes() {
            let name = attribute.name();
            let prefix = match attribute.namespace() {
                None => "",
                Some(XLINK) => "xlink:",
                Some(XML) => "xml:",
                Some(_) => continue,
            };
            let is_moved =
                || style.motion.is_some() && matches!(name, "transform" | "transform-origin" | "transform-box");
            let is_second = || name == "id" && self.ids.get(attribute.value()) != Some(&node);
            let is_replaced = || style.attributes.iter().any(|(said, _)| *said == name);
            let is_left_out = || self.left_out.contains(&(node.id(), name_of(name)));
            let is_style = matches!(name, "style" | "class");
            if !prefix.is_empty() || !(is_style || is_moved() || is_second() || is_replaced() || is_left_out()) {
                self.attribute(prefix, name, attribute.value());
            }
        }
        for (name, value) in style.attributes.iter().filter(|(_, value)| !value.is_empty()) {
            self.attribute("", name, value);
        }
    }

    fn attribute(&mut self, prefix: &str, name: &str, value: &str) {
        for part in [" ", prefix, name, "=\""] {
            self.text.push_str(part);
        }
        escape(&mut self.text, value);
        self.text.push('"');
    }

    fn motion(&mut self, name: &str, motion: Matrix, is_root: bool) {
        let attribute = match name {
            "linearGradient" | "radialGradient" => "gradientTransform",
            "pattern" => "patternTransform",
            _ => "transform",
        };
        let Matrix([a, b, c, d, e, f]) = motion;
        let _ = write!(self.text, " {attribute}=\"matrix({a} {b} {c} {d} {e} {f})\"");
        if is_root {
            // Of a drawing as a whole the library turns around the middle.
            self.text.push_str(" transform-origin=\"0 0\"");
        }
    }

    fn style(&mut self, style: &Style) {
        if style.properties.is_empty() {
            return;
        }
        self.text.push_str(" style=\"");
        for (name, value) in &style.properties {
            self.text.push_str(name);
            self.text.push(':');
            escape(&mut self.text, value);
            self.text.push(';');
        }
        self.text.push('"');
    }
}

/// The name as it is listed among those that are left out.
fn name_of(name: &str) -> &'static str {
    match name {
        "width" => "width",
        "height" => "height",
        _ => "",
    }
}

fn escape(text: &mut String, value: &str) {
    let mut rest = value;
    let is_special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\n' | b'\r' | b'\t');
    while let Some(position) = rest.bytes().position(is_special) {
        let (plain, special) = rest.split_at_checked(position).unwrap_or((rest, ""));
        text.push_str(plain);
        text.push_str(match special.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&quot;",
            Some(b'\n') => "&#10;",
            Some(b'\r') => "&#13;",
            _ => "&#9;",
        });
        rest = special.get(1..).unwrap_or_default();
    }
    text.push_str(rest);
}
