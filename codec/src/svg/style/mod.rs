//! STYLE: what CSS says in a drawing, worked out here, for the library reads no more than a small part of it. A drawing
//! that the library reads right is left as it is.

mod bounds;
mod cascade;
mod colours;
mod css;
mod matching;
mod motion;
mod properties;
mod selector;
mod sheet;
mod transform;
mod values;
mod variables;
mod write;

use std::borrow::Cow;
use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node, NodeId};

use super::source;
use super::too_complex;
use crate::CodecError;
use cascade::Styles;
use matching::Effort;
use sheet::Rules;
use write::Writer;

const SVG: &str = "http://www.w3.org/2000/svg";
const XHTML: &str = "http://www.w3.org/1999/xhtml";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A drawing whose style has become attributes.
pub(super) struct Resolved {
    pub text: String,
    /// The first thing that was not understood.
    pub unread: Option<&'static str>,
}

/// The drawing as the library has to have it; `None` where it is so already.
///
/// # Errors
/// [`CodecError::OverLimit`] where working it out takes too much.
pub(super) fn resolved(document: &Document) -> Result<Option<Resolved>, CodecError> {
    let root = document.root_element();
    let (ids, has_equal_ids) = first_of_each_id(document);
    let left_out = shares_of_nothing(root);
    if !has_equal_ids && left_out.is_empty() && !document.descendants().any(asks_for_more) {
        return Ok(None);
    }
    source::admit_depth(document)?;
    let effort = Effort::new();
    let sheets: Vec<_> = document.descendants().filter(is_sheet).map(sheet_text).collect();
    let mut rules = Rules::default();
    sheets.iter().for_each(|sheet| rules.read(sheet));
    let inline: Vec<_> = document.descendants().filter_map(inline_sheet).collect();
    let inline = cascade::inline(&inline);
    let styles = Styles::new(root, &rules, &inline, &effort)?;
    let text = Writer::new(&styles, &ids, &left_out, &effort).written(root);
    effort.admit()?;
    Ok(Some(Resolved { text, unread: rules.unread }))
}

/// The first element of each id, and whether there is a second one.
fn first_of_each_id<'a, 'input>(document: &'a Document<'input>) -> (HashMap<&'a str, Node<'a, 'input>>, bool) {
    let mut ids = HashMap::new();
    let mut has_equal_ids = false;
    for node in document.descendants() {
        if let Some(id) = node.attribute("id") {
            let first = *ids.entry(id).or_insert(node);
            has_equal_ids |= first != node;
        }
    }
    (ids, has_equal_ids)
}

/// The root's sides that are shares of a window that is not there: then the other side and the `viewBox` say the shape.
fn shares_of_nothing(root: Node) -> Vec<(NodeId, &'static str)> {
    let is_share = |name: &str| root.attribute(name).is_some_and(|value| value.trim().ends_with('%'));
    let is_whole = |name: &str| root.attribute(name).is_none_or(|value| value.trim() == "100%");
    if !root.has_attribute("viewBox") || is_whole("width") && is_whole("height") {
        return Vec::new();
    }
    ["width", "height"].into_iter().filter(|name| is_share(name)).map(|name| (root.id(), name)).collect()
}

/// Tells whether the library would read an element otherwise than it is meant.
fn asks_for_more(node: Node) -> bool {
    let is_attribute_new = || {
        let mut attributes = node.attributes();
        attributes.any(|attribute| {
            let (name, value) = (attribute.name(), attribute.value());
            name == "transform-box" || variables::is_variable(value) || properties::is_new_colour(name, value)
        })
    };
    let is_style_new = || {
        let style = node.attribute("style").unwrap_or_default();
        let has_new = || css::declarations(style).any(|declaration| properties::asks_for_more(&declaration));
        !properties::are_usual(style) && (style.contains("/*") || has_new())
    };
    node.is_element() && (is_sheet(&node) || is_attribute_new() || is_style_new())
}

fn is_sheet(node: &Node) -> bool {
    node.tag_name().name() == "style" && matches!(node.tag_name().namespace(), None | Some(SVG | XHTML))
}

/// Tells whether an element is one of SVG, and no sheet.
fn is_drawn(node: Node) -> bool {
    matches!(node.tag_name().namespace(), None | Some(SVG)) && node.tag_name().name() != "style"
}

/// The text of an element `style`, where it is for a picture on a screen.
fn sheet_text<'a>(node: Node<'a, '_>) -> Cow<'a, str> {
    let is_css = node.attribute("type").is_none_or(|kind| kind.is_empty() || kind.eq_ignore_ascii_case("text/css"));
    if !is_css || !sheet::is_shown_on(node.attribute("media").unwrap_or_default()) {
        return Cow::Borrowed("");
    }
    let mut texts = node.children().filter_map(|child| child.text().filter(|_| child.is_text()));
    let (first, second) = (texts.next().unwrap_or_default(), texts.next());
    match second {
        None => css::without_comments(first),
        Some(second) => {
            let whole: String = [first, second].into_iter().chain(texts).collect();
            Cow::Owned(css::without_comments(&whole).into_owned())
        }
    }
}

fn inline_sheet<'a>(node: Node<'a, '_>) -> Option<(NodeId, Cow<'a, str>)> {
    Some((node.id(), css::without_comments(node.attribute("style")?)))
}

fn too_much_style(what: &'static str, limit: u64, got: u64) -> CodecError {
    too_complex(what, limit, got)
}

#[cfg(test)]
mod tests;
