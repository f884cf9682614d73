//! Which elements a selector means. The steps of all of it are counted, for few signs can ask for very many.

use std::cell::Cell;

use resvg::usvg::roxmltree::Node;

use super::selector::{Attribute, Combinator, Nth, Selector, Test};
use super::too_much_style;
use crate::CodecError;

/// The steps that the style of a drawing may take: a fraction of a second.
const MAX_STEPS: u64 = 4_000_000;

/// Counts steps.
pub(super) struct Effort(Cell<u64>);

impl Effort {
    pub fn new() -> Self {
        Self(Cell::new(0))
    }

    pub fn take(&self, steps: u64) {
        self.0.set(self.0.get().saturating_add(steps));
    }

    fn is_over(&self) -> bool {
        self.0.get() > MAX_STEPS
    }

    /// # Errors
    /// [`CodecError::OverLimit`] where more steps were taken than are allowed.
    pub fn admit(&self) -> Result<(), CodecError> {
        if self.is_over() { Err(too_much_style("steps of style", MAX_STEPS, self.0.get())) } else { Ok(()) }
    }
}

/// Tells whether the selector means the element. What it says once the steps are used up means nothing.
pub(super) fn is_meant(selector: &Selector, node: Node, effort: &Effort) -> bool {
    is_meant_from(selector, 0, node, effort)
}

fn is_meant_from(selector: &Selector, index: usize, node: Node, effort: &Effort) -> bool {
    let Some((_, compound)) = selector.compounds.get(index) else { return true };
    effort.take(1);
    if effort.is_over() || !compound.iter().all(|test| passes(test, node, effort)) {
        return false;
    }
    let Some((combinator, _)) = selector.compounds.get(index + 1) else { return true };
    let is_rest_meant = |node| is_meant_from(selector, index + 1, node, effort);
    match combinator {
        Combinator::Itself => true,
        Combinator::Parent => node.parent_element().is_some_and(is_rest_meant),
        Combinator::Previous => previous(node).is_some_and(is_rest_meant),
        Combinator::Ancestor => std::iter::successors(node.parent_element(), Node::parent_element).any(is_rest_meant),
        Combinator::Earlier => std::iter::successors(previous(node), |node| previous(*node)).any(is_rest_meant),
    }
}

fn previous<'a, 'input>(node: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    node.prev_sibling_element()
}

fn neighbour<'a, 'input>(node: Node<'a, 'input>, is_next: bool) -> Option<Node<'a, 'input>> {
    if is_next { node.next_sibling_element() } else { node.prev_sibling_element() }
}

fn passes(test: &Test, node: Node, effort: &Effort) -> bool {
    let is_any = |list: &[Selector]| list.iter().any(|selector| is_meant(selector, node, effort));
    match test {
        Test::Name(name) => node.tag_name().name() == name,
        Test::Class(class) => {
            let classes = node.attribute("class").unwrap_or_default();
            effort.take(classes.len() as u64 / 16);
            classes.split_ascii_whitespace().any(|word| word == class)
        }
        Test::Id(id) => node.attribute("id") == Some(id),
        Test::Attribute(attribute) => has(node, attribute, effort),
        Test::Any(list) => is_any(list),
        Test::NoneOf(list) => !is_any(list),
        Test::Nth(nth) => is_nth(node, *nth, effort),
        Test::Root => node.parent_element().is_none(),
        Test::Empty => !node.children().any(|child| child.is_element() || child.is_text()),
        Test::Link => node.tag_name().name() == "a" && node.attributes().any(|attribute| attribute.name() == "href"),
        Test::Language(language) => speaks(node, language),
        Test::Never => false,
    }
}

fn has(node: Node, wanted: &Attribute, effort: &Effort) -> bool {
    let is_named =
        |name: &str, namespace: Option<&str>| name == wanted.name && (wanted.is_prefixed || namespace.is_none());
    let mut values = node.attributes().filter(|attribute| is_named(attribute.name(), attribute.namespace()));
    values.any(|attribute| {
        let Some(operator) = wanted.operator else { return true };
        effort.take(attribute.value().len() as u64 / 16);
        if wanted.ignores_case {
            compares(&attribute.value().to_ascii_lowercase(), operator, &wanted.value.to_ascii_lowercase())
        } else {
            compares(attribute.value(), operator, &wanted.value)
        }
    })
}

fn compares(value: &str, operator: u8, wanted: &str) -> bool {
    match operator {
        b'~' => value.split_ascii_whitespace().any(|word| word == wanted),
        b'|' => value.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
        b'^' => !wanted.is_empty() && value.starts_with(wanted),
        b'$' => !wanted.is_empty() && value.ends_with(wanted),
        b'*' => !wanted.is_empty() && value.contains(wanted),
        _ => value == wanted,
    }
}

fn is_nth(node: Node, nth: Nth, effort: &Effort) -> bool {
    let others = std::iter::successors(Some(node), |node| neighbour(*node, nth.is_from_end)).skip(1);
    let others = others.inspect(|_| effort.take(1));
    let is_counted = |other: &Node| !nth.is_of_name || other.tag_name() == node.tag_name();
    // Whether it is the first is told by one other.
    let enough = if nth.step == 0 { usize::try_from(nth.first).unwrap_or(0) } else { usize::MAX };
    let others = others.take_while(|_| !effort.is_over()).filter(is_counted).take(enough);
    let position = 1 + others.count() as i64;
    let distance = position - nth.first;
    if nth.step == 0 { distance == 0 } else { distance % nth.step == 0 && distance / nth.step >= 0 }
}

fn speaks(node: Node, wanted: &str) -> bool {
    let said = |node: Node| {
        let mut languages = node.attributes().filter(|attribute| attribute.name() == "lang");
        languages.next().map(|attribute| attribute.value().to_ascii_lowercase())
    };
    let mut ancestors = node.ancestors().filter(|node| node.is_element());
    ancestors.find_map(said).is_some_and(|language| compares(&language, b'|', &wanted.to_ascii_lowercase()))
}
