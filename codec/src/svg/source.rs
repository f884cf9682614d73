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
/// Setting text takes the parser a while for each letter, for each in each span of its element, and for each pair of letters
/// there: measured, in microseconds, of which so many weigh as much as an element.
const LETTER_WORK: u64 = 50;
const LETTERS_OF_PAIR_WORK: u64 = 200;
const ELEMENT_WORK: u64 = 15;
/// Levels of elements, references included: each is a level of the parser's and the renderer's stack.
const MAX_DEPTH: u32 = 96;
/// Definitions that may refer to each other: looking for circles takes the square of their number.
const MAX_DEFINITIONS: usize = 2000;

/// Parses the text into elements.
pub(super) fn parse(text: &str) -> Result<Document<'_>, CodecError> {
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(malformed)
}

/// Lets a drawing through, and tells how many letters it has with all copies.
///
/// # Errors
/// [`CodecError::OverLimit`] where it asks for too much.
pub(super) fn admit(document: &Document) -> Result<u64, CodecError> {
    const DEFINITIONS: [&str; 5] = ["pattern", "clipPath", "mask", "filter", "marker"];
    let is_definition = |node: &Node| DEFINITIONS.contains(&node.tag_name().name());
    let definitions = document.descendants().filter(is_definition).count();
    if definitions > MAX_DEFINITIONS {
        return Err(too_complex("definitions", MAX_DEFINITIONS as u64, definitions as u64));
    }
    // No two are equal: the style has seen to that.
    let ids = document.descendants().filter_map(|node| Some((node.attribute("id")?, node))).collect();
    let mut census = Census { ids, counted: HashMap::new() };
    let Count { copies, letters, .. } = census.measure(document.root_element(), 0)?;
    if copies > MAX_COPIES { Err(too_complex("elements with all copies", MAX_COPIES, copies)) } else { Ok(letters) }
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

/// What an element comes to with its content.
#[derive(Clone, Copy, Default)]
struct Count {
    copies: u64,
    letters: u64,
    levels: u32,
}

struct Census<'a, 'input> {
    ids: HashMap<&'a str, Node<'a, 'input>>,
    /// `None` while an element is being counted.
    counted: HashMap<NodeId, Option<Count>>,
}

impl<'a, 'input> Census<'a, 'input> {
    fn measure(&mut self, node: Node<'a, 'input>, depth: u32) -> Result<Count, CodecError> {
        match self.counted.get(&node.id()) {
            // A circle: whoever draws cuts it.
            Some(None) => return Ok(Count::default()),
            Some(Some(count)) => {
                return if depth + count.levels > MAX_DEPTH { Err(too_deep()) } else { Ok(*count) };
            }
            None if depth > MAX_DEPTH => return Err(too_deep()),
            None => {}
        }
        self.counted.insert(node.id(), None);
        let bytes: usize = node.attributes().map(|attribute| attribute.value().len()).sum();
        let curves = node.attribute("d").map_or(0, arcs::curves);
        let (own_letters, work) = text_work(node);
        let own = 1 + bytes as u64 / ELEMENT_BYTES + curves / ELEMENT_CURVES + work / ELEMENT_WORK;
        let mut count = Count { copies: own, letters: own_letters, levels: 0 };
        let parts = node.children().filter(Node::is_element).map(|child| (child, 1));
        let parts: Vec<_> = parts.chain(self.referred(node)).collect();
        for (part, times) in parts {
            let part = self.measure(part, depth + 1)?;
            count.copies = count.copies.saturating_add(part.copies.saturating_mul(times));
            count.letters = count.letters.saturating_add(part.letters.saturating_mul(times));
            count.levels = count.levels.max(part.levels + 1);
        }
        self.counted.insert(node.id(), Some(count));
        Ok(count)
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

/// The letters of a text element, and what setting them takes.
fn text_work(node: Node<'_, '_>) -> (u64, u64) {
    if !is_named(&node, "text") {
        return (0, 0);
    }
    let texts = node.descendants().filter(Node::is_text).filter_map(|part| part.text());
    let (spans, letters) =
        texts.fold((0, 0), |(spans, letters): (u64, u64), text| (spans + 1, letters + text.chars().count() as u64));
    (letters, letters.saturating_mul(LETTER_WORK + spans + letters / LETTERS_OF_PAIR_WORK))
}

fn too_deep() -> CodecError {
    too_complex("levels of elements", MAX_DEPTH.into(), u64::from(MAX_DEPTH) + 1)
}
