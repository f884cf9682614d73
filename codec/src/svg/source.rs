//! How much a drawing asks of its parser, told from its elements before they are copied and styled: `use`, markers,
//! patterns and entities let few bytes stand for very many.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node, NodeId, ParsingOptions};

use super::{arcs, malformed, too_complex};
use crate::CodecError;

/// The longest file.
pub(super) const MAX_BYTES: usize = 2 << 20;
/// The elements and texts in a file.
const MAX_NODES: u32 = 100_000;
/// Elements with all copies of what they refer to.
const MAX_COPIES: u64 = 200_000;
/// Attributes of this length weigh as much as an element.
const ELEMENT_BYTES: u64 = 64;
/// So do as many of the curves that arcs become.
const ELEMENT_CURVES: u64 = 8;
/// Levels of elements, references included: each is a level of the parser's and the renderer's stack.
const MAX_DEPTH: u32 = 96;
/// Definitions that may refer to each other: looking for circles takes the square of their number.
const MAX_DEFINITIONS: usize = 2000;

/// Parses the text into elements.
pub(super) fn parse(text: &str) -> Result<Document<'_>, CodecError> {
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(malformed)
}

/// Lets a drawing through.
///
/// # Errors
/// [`CodecError::OverLimit`] where it asks for too much.
pub(super) fn admit(document: &Document) -> Result<(), CodecError> {
    const DEFINITIONS: [&str; 5] = ["pattern", "clipPath", "mask", "filter", "marker"];
    let is_definition = |node: &Node| DEFINITIONS.contains(&node.tag_name().name());
    let definitions = document.descendants().filter(is_definition).count();
    if definitions > MAX_DEFINITIONS {
        return Err(too_complex("definitions", MAX_DEFINITIONS as u64, definitions as u64));
    }
    // No two are equal: the style has seen to that.
    let ids = document.descendants().filter_map(|node| Some((node.attribute("id")?, node))).collect();
    let mut census = Census { ids, counted: HashMap::new() };
    let copies = census.count(document.root_element(), 0)?;
    if copies > MAX_COPIES { Err(too_complex("elements with all copies", MAX_COPIES, copies)) } else { Ok(()) }
}

/// Lets the levels of elements through, before anything goes down along them.
///
/// # Errors
/// [`CodecError::OverLimit`] where there are too many.
pub(super) fn admit_depth(document: &Document) -> Result<(), CodecError> {
    let mut level = vec![document.root_element()];
    for _ in 0..=MAX_DEPTH {
        level = level.iter().flat_map(|node| node.children().filter(Node::is_element)).collect();
        if level.is_empty() {
            return Ok(());
        }
    }
    Err(too_deep())
}

fn is_named(node: &Node, name: &str) -> bool {
    node.tag_name().name() == name
}

/// The names in `url(#name)`, with or without quotes.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("url(").skip(1).filter_map(|rest| {
        let name = rest.split(')').next()?.trim().trim_matches(['"', '\'']);
        name.strip_prefix('#')
    })
}

struct Census<'a, 'input> {
    ids: HashMap<&'a str, Node<'a, 'input>>,
    /// What an element comes to with its content, and how deep it is; `None` while it is being counted.
    counted: HashMap<NodeId, Option<(u64, u32)>>,
}

impl<'a, 'input> Census<'a, 'input> {
    fn count(&mut self, node: Node<'a, 'input>, depth: u32) -> Result<u64, CodecError> {
        self.measure(node, depth).map(|(copies, _)| copies)
    }

    fn measure(&mut self, node: Node<'a, 'input>, depth: u32) -> Result<(u64, u32), CodecError> {
        match self.counted.get(&node.id()) {
            // A circle: whoever draws cuts it.
            Some(None) => return Ok((0, 0)),
            Some(Some((copies, levels))) => {
                return if depth + levels > MAX_DEPTH { Err(too_deep()) } else { Ok((*copies, *levels)) };
            }
            None if depth > MAX_DEPTH => return Err(too_deep()),
            None => {}
        }
        self.counted.insert(node.id(), None);
        let bytes: usize = node.attributes().map(|attribute| attribute.value().len()).sum();
        let curves = node.attribute("d").map_or(0, arcs::curves);
        let mut copies = 1 + bytes as u64 / ELEMENT_BYTES + curves / ELEMENT_CURVES;
        let mut levels = 0;
        let parts = node.children().filter(Node::is_element).map(|child| (child, 1));
        let parts: Vec<_> = parts.chain(self.referred(node)).collect();
        for (part, times) in parts {
            let (part_copies, part_levels) = self.measure(part, depth + 1)?;
            copies = copies.saturating_add(part_copies.saturating_mul(times));
            levels = levels.max(part_levels + 1);
        }
        self.counted.insert(node.id(), Some((copies, levels)));
        Ok((copies, levels))
    }

    /// What an element refers to, and how often it is then drawn: a marker at each point of a line.
    fn referred(&self, node: Node<'a, 'input>) -> Vec<(Node<'a, 'input>, u64)> {
        let links = node.attributes().filter(|attribute| attribute.name() == "href");
        let links = links.filter_map(|attribute| attribute.value().trim().strip_prefix('#'));
        let named = node.attributes().flat_map(|attribute| references(attribute.value()));
        let points: usize = ["d", "points"].iter().filter_map(|name| node.attribute(*name)).map(str::len).sum();
        let targets = links.chain(named).filter_map(|name| self.ids.get(name));
        // Gradients hold nothing that is drawn.
        let drawn = targets.filter(|target| !target.tag_name().name().ends_with("Gradient"));
        let times = |target: &Node| if is_named(target, "marker") { points as u64 / 2 + 1 } else { 1 };
        drawn.map(|target| (*target, times(target))).collect()
    }
}

fn too_deep() -> CodecError {
    too_complex("levels of elements", MAX_DEPTH.into(), u64::from(MAX_DEPTH) + 1)
}
