//! How much a drawing asks of its parser, told from its elements before they are copied and styled: `use`, markers,
//! patterns and entities let few bytes stand for very many.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node, NodeId, ParsingOptions};

use super::{malformed, too_complex};
use crate::CodecError;
use crate::Format;

/// The longest file.
pub(super) const MAX_BYTES: usize = 2 << 20;
/// The elements and texts in a file.
const MAX_NODES: u32 = 100_000;
/// Elements with all copies of what they refer to.
const MAX_COPIES: u64 = 200_000;
/// Attributes of this length weigh as much as an element.
const ELEMENT_BYTES: u64 = 64;
/// Levels of elements, references included: each is a level of the parser's and the renderer's stack.
const MAX_DEPTH: u32 = 96;
/// Definitions that may refer to each other: looking for circles takes the square of their number.
const MAX_DEFINITIONS: usize = 2000;
/// Rules of style times elements that they are tried on.
const MAX_STYLINGS: usize = 20_000_000;

/// Parses the text into elements.
pub(super) fn parse(bytes: &[u8]) -> Result<Document<'_>, CodecError> {
    if bytes.len() > MAX_BYTES {
        return Err(too_complex("bytes", MAX_BYTES as u64, bytes.len() as u64));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("expected UTF-8"))?;
    admit_entities(text)?;
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(malformed)?;
    admit(&document)?;
    Ok(document)
}

/// Entities may stand for short texts, and not for one another.
fn admit_entities(text: &str) -> Result<(), CodecError> {
    let Some((_, declared)) = text.split_once("<!ENTITY") else { return Ok(()) };
    let declared = declared.split_once("]>").map_or(declared, |(declared, _)| declared);
    if declared.contains('&') {
        return Err(CodecError::unsupported(Format::Svg, "entities within entities"));
    }
    let expanded = declared.len().saturating_mul(text.matches('&').count());
    if expanded > MAX_BYTES { Err(too_complex("bytes of entities", MAX_BYTES as u64, expanded as u64)) } else { Ok(()) }
}

fn admit(document: &Document) -> Result<(), CodecError> {
    let style: String = document.descendants().filter(|node| is_named(node, "style")).flat_map(text_of).collect();
    let elements = document.descendants().filter(Node::is_element).count();
    let stylings = style.matches('{').count().saturating_mul(elements);
    if stylings > MAX_STYLINGS {
        return Err(too_complex("rules times elements", MAX_STYLINGS as u64, stylings as u64));
    }
    const DEFINITIONS: [&str; 5] = ["pattern", "clipPath", "mask", "filter", "marker"];
    let is_definition = |node: &Node| DEFINITIONS.contains(&node.tag_name().name());
    let definitions = document.descendants().filter(is_definition).count();
    if definitions > MAX_DEFINITIONS {
        return Err(too_complex("definitions", MAX_DEFINITIONS as u64, definitions as u64));
    }
    let ids = document.descendants().filter_map(|node| Some((node.attribute("id")?, node))).collect();
    let mut census = Census { ids, counted: HashMap::new(), style: references(&style).collect() };
    let copies = census.count(document.root_element(), 0)?;
    if copies > MAX_COPIES { Err(too_complex("elements with all copies", MAX_COPIES, copies)) } else { Ok(()) }
}

fn text_of<'a>(node: Node<'a, '_>) -> Vec<&'a str> {
    node.children().filter_map(|child| child.text()).collect()
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
    /// What rules of style refer to: any element may.
    style: Vec<&'a str>,
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
        let mut copies = 1 + bytes as u64 / ELEMENT_BYTES;
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
        let targets = links.chain(named).chain(self.style.iter().copied()).filter_map(|name| self.ids.get(name));
        // Gradients hold nothing that is drawn.
        let drawn = targets.filter(|target| !target.tag_name().name().ends_with("Gradient"));
        let times = |target: &Node| if is_named(target, "marker") { points as u64 / 2 + 1 } else { 1 };
        drawn.map(|target| (*target, times(target))).collect()
    }
}

fn too_deep() -> CodecError {
    too_complex("levels of elements", MAX_DEPTH.into(), u64::from(MAX_DEPTH) + 1)
}
