//! Which declarations hold for each element, and what they come to.

use std::borrow::Cow;
use std::collections::HashMap;

use resvg::usvg::roxmltree::{Node, NodeId};

use super::css::{self, Declaration};
use super::matching::Effort;
use super::motion::Motion;
use super::properties::{self, is_geometry, is_motion};
use super::selector::Specificity;
use super::sheet::Rules;
use super::too_much_style;
use super::values::{Measures, attribute_length};
use super::variables::{Variables, is_variable};
use crate::CodecError;

/// What the style of all elements may come to.
const MAX_BYTES: usize = 8 << 20;
/// What a declaration takes beside its value.
const DECLARATION_BYTES: usize = 16;

/// Where a declaration stands among those of its name: the greatest holds.
type Rank = (bool, bool, Specificity, usize);

/// The style of one element.
pub(super) struct Style<'a> {
    /// Properties in the order in which they are to be written.
    pub properties: Vec<(&'a str, Cow<'a, str>)>,
    /// Attributes that its style says; empty ones are taken away.
    pub attributes: Vec<(&'a str, Cow<'a, str>)>,
    pub motion: Option<Motion<'a>>,
    pub measures: Measures,
}

impl<'a> Style<'a> {
    /// The attribute as it is drawn.
    pub fn attribute(&'a self, node: Node<'a, '_>, name: &str) -> Option<&'a str> {
        let said = self.attributes.iter().find(|(said, _)| *said == name).map(|(_, value)| &**value);
        said.or_else(|| node.attribute(name)).filter(|value| !value.is_empty())
    }
}

/// The style of all elements.
#[derive(Default)]
pub(super) struct Styles<'a> {
    of: HashMap<NodeId, Style<'a>>,
    bytes: usize,
}

/// What an element has from its parent.
#[derive(Clone)]
struct Heritage {
    variables: Variables,
    measures: Measures,
}

impl<'a> Styles<'a> {
    /// Works the style out of the rules and the attributes of all elements.
    ///
    /// # Errors
    /// [`CodecError::OverLimit`] where that takes too many steps, or comes to too much.
    pub fn new(
        root: Node<'a, '_>,
        rules: &'a Rules<'a>,
        inline: &'a Inline<'a>,
        effort: &Effort,
    ) -> Result<Self, CodecError> {
        let mut styles = Self::default();
        let measures = Measures { font_size: 16.0, root_font_size: 16.0, viewport: (100.0, 100.0) };
        let heritage = Heritage { variables: Variables::default(), measures };
        styles.descend(root, &heritage, rules, inline, effort)?;
        Ok(styles)
    }

    pub fn of(&self, node: Node) -> Option<&Style<'a>> {
        self.of.get(&node.id())
    }

    fn descend(
        &mut self,
        node: Node<'a, '_>,
        heritage: &Heritage,
        rules: &'a Rules<'a>,
        inline: &'a Inline<'a>,
        effort: &Effort,
    ) -> Result<(), CodecError> {
        let declared = declared(node, rules, inline, effort);
        effort.admit()?;
        let (style, heritage) = style(node, declared, heritage, effort);
        let parts = style.properties.iter().chain(&style.attributes);
        self.bytes += parts.map(|(name, value)| name.len() + value.len() + DECLARATION_BYTES).sum::<usize>();
        if self.bytes > MAX_BYTES {
            return Err(too_much_style("bytes of style", MAX_BYTES as u64, self.bytes as u64));
        }
        self.of.insert(node.id(), style);
        node.children()
            .filter(Node::is_element)
            .try_for_each(|child| self.descend(child, &heritage, rules, inline, effort))
    }
}

/// The declarations in the attributes `style`, without comments.
pub(super) type Inline<'a> = HashMap<NodeId, Vec<Declaration<'a>>>;

/// What holds for an element, in order.
fn declared<'a>(node: Node, rules: &'a Rules<'a>, inline: &'a Inline<'a>, effort: &Effort) -> Vec<(&'a str, &'a str)> {
    let mut held: HashMap<&str, (Rank, &str)> = HashMap::new();
    let mut hold = |declaration: &'a Declaration<'a>, is_inline, specificity, place| {
        let rank = (declaration.is_important, is_inline, specificity, place);
        let entry = held.entry(&declaration.name).or_insert((rank, declaration.value));
        if rank >= entry.0 {
            *entry = (rank, declaration.value);
        }
    };
    for (specificity, place, block) in rules.of(node, effort) {
        effort.take(block.len() as u64 * 2);
        if effort.admit().is_err() {
            break;
        }
        block.iter().for_each(|declaration| hold(declaration, false, specificity, place));
    }
    let inline = inline.get(&node.id()).map(Vec::as_slice).unwrap_or_default();
    // One after the other, for a shorthand and what it stands for are told apart by their order.
    inline.iter().enumerate().for_each(|(place, declaration)| hold(declaration, true, (0, 0, 0), place));
    let mut held: Vec<_> = held.into_iter().collect();
    held.sort_unstable_by_key(|(name, (rank, _))| (*rank, *name));
    held.into_iter().map(|(name, (_, value))| (name, value)).collect()
}

fn style<'a>(
    node: Node<'a, '_>,
    declared: Vec<(&'a str, &'a str)>,
    heritage: &Heritage,
    effort: &Effort,
) -> (Style<'a>, Heritage) {
    let own = declared.iter().copied().filter(|(name, _)| name.starts_with("--")).collect();
    let variables = heritage.variables.with(&own, effort);
    let value = |name: &str, value: &'a str| {
        let value = if is_variable(value) {
            variables
                .substituted(value, effort)
                .map_or(Cow::Borrowed("unset"), |value| Cow::Owned(value.trim().to_owned()))
        } else {
            Cow::Borrowed(value)
        };
        let word = properties::default_word(&value).map(|word| properties::unset(name, word));
        word.map_or(value, Cow::Borrowed)
    };
    let mut found: Vec<(&str, Cow<str>)> = Vec::new();
    for attribute in node.attributes().filter(|attribute| attribute.namespace().is_none()) {
        let (name, value) = (attribute.name(), attribute.value());
        if name != "style" && (is_variable(value) || properties::is_new_colour(name, value)) {
            // A variable that stands for nothing leaves an attribute as if it were not there.
            let value = variables.substituted(value, effort).unwrap_or_default();
            found.push((name, Cow::Owned(properties::plain(name, &value).unwrap_or_default().into_owned())));
        }
    }
    let (variables_of_attributes, own) = (found.len(), declared.iter().filter(|(name, _)| !name.starts_with("--")));
    found.extend(own.map(|(name, text)| (*name, value(name, text))));
    let declared = found.split_off(variables_of_attributes);
    let measures = measures(node, &declared, &heritage.measures);
    let mut style = Style { properties: Vec::new(), attributes: found, motion: Motion::of(node), measures };
    for (name, value) in declared {
        if is_motion(name) {
            style.motion.get_or_insert_default().set(name, value);
        } else if is_geometry(name) {
            if let Some(value) = geometry(node, name, &value, &measures) {
                style.attributes.retain(|(said, _)| *said != name);
                style.attributes.push((name, value));
            }
        } else if let Some(value) = property(name, value, &measures) {
            style.properties.push((name, value));
        }
    }
    (style, Heritage { variables, measures: inner_measures(node, measures) })
}

/// A property as the library reads it.
fn property<'a>(name: &str, value: Cow<'a, str>, measures: &Measures) -> Option<Cow<'a, str>> {
    let value = match properties::plain(name, &value) {
        Some(Cow::Borrowed(_)) => value,
        Some(Cow::Owned(plain)) => Cow::Owned(plain),
        // Wrong by what a variable stands for.
        None => Cow::Borrowed(properties::unset(name, "unset")),
    };
    let value = properties::in_attribute_units(name, &value, measures).map_or(value, Cow::Owned);
    (!value.is_empty()).then_some(value)
}

/// What the units in an element's own style are measured by.
fn measures(node: Node, declared: &[(&str, Cow<str>)], outer: &Measures) -> Measures {
    let is_root = node.parent_element().is_none();
    let outer = if is_root { inner_measures(node, *outer) } else { *outer };
    let said = declared.iter().find(|(name, _)| *name == "font-size").map(|(_, value)| &**value);
    let said = said.or_else(|| node.attribute("font-size")).and_then(|text| attribute_length(text, &outer));
    let font_size = said.map_or(outer.font_size, |length| length.of(outer.font_size));
    Measures { font_size, root_font_size: if is_root { font_size } else { outer.root_font_size }, ..outer }
}

/// With the viewport that an element opens for what is within.
fn inner_measures(node: Node, measures: Measures) -> Measures {
    if !matches!(node.tag_name().name(), "svg" | "symbol") {
        return measures;
    }
    let view_box = node.attribute("viewBox").and_then(|text| text.parse::<svgtypes::ViewBox>().ok());
    let side = |name: &str, outer: f64| {
        let length = node.attribute(name).and_then(|text| attribute_length(text, &measures));
        length.map_or(outer, |length| length.of(outer))
    };
    let (width, height) = measures.viewport;
    let viewport = view_box.map_or_else(|| (side("width", width), side("height", height)), |view| (view.w, view.h));
    Measures { viewport, ..measures }
}

/// The attribute that a property of a shape stands for; `None` where it stands for none.
fn geometry<'a>(node: Node, name: &str, value: &str, measures: &Measures) -> Option<Cow<'a, str>> {
    let names: &[&str] = match node.tag_name().name() {
        "rect" => &["x", "y", "width", "height", "rx", "ry"],
        "circle" => &["cx", "cy", "r"],
        "ellipse" => &["cx", "cy", "rx", "ry"],
        "image" | "use" | "foreignObject" | "svg" => &["x", "y", "width", "height"],
        "path" => &["d"],
        _ => &[],
    };
    if !names.contains(&name) {
        return None;
    }
    if name == "d" {
        return Some(Cow::Owned(properties::path(value).unwrap_or_default().to_owned()));
    }
    let Some(length) = super::values::length(value, measures) else { return Some(Cow::Borrowed("")) };
    if node.parent_element().is_none() && (length.percent != 0.0 || length.pixels <= 0.0) {
        // A share of a window that is not there.
        return None;
    }
    let whole = match name {
        "x" | "cx" | "width" | "rx" => measures.viewport.0,
        "y" | "cy" | "height" | "ry" => measures.viewport.1,
        _ => measures.diagonal(),
    };
    Some(Cow::Owned(length.of(whole).to_string()))
}

/// Reads the attributes `style`.
pub(super) fn inline<'a>(sheets: &'a [(NodeId, Cow<'a, str>)]) -> Inline<'a> {
    let right = |text: &'a str| css::declarations(text).filter(properties::is_right).collect();
    sheets.iter().map(|(node, text)| (*node, right(text))).collect()
}
