//! Style sheets: the rules that apply to a picture on a screen.

use std::collections::HashMap;

use resvg::usvg::roxmltree::Node;

use super::css::{self, Declaration};
use super::matching::{Effort, is_meant};
use super::properties;
use super::selector::{self, Selector, Specificity, Test};

/// How many at-rules may be within one another.
const MAX_DEPTH: u32 = 8;

/// The rules of all sheets of a drawing, in order.
#[derive(Default)]
pub(super) struct Rules<'a> {
    rules: Vec<(Selector, usize)>,
    blocks: Vec<Vec<Declaration<'a>>>,
    /// The rules by what their last compound asks for, so that few are tried on an element.
    by_id: HashMap<String, Vec<usize>>,
    by_class: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
    others: Vec<usize>,
    /// The first thing that was not understood.
    pub unread: Option<&'static str>,
}

impl<'a> Rules<'a> {
    /// Takes in a sheet without comments.
    pub fn read(&mut self, sheet: &'a str) {
        self.statements(sheet, 0);
    }

    /// The declarations for an element, with the specificity of their rules and the place of the rule.
    pub fn of(&self, node: Node, effort: &Effort) -> Vec<(Specificity, usize, &[Declaration<'a>])> {
        let listed = |map: &'_ HashMap<String, Vec<usize>>, key| map.get(key).cloned().unwrap_or_default();
        let mut places = self.others.clone();
        places.extend(listed(&self.by_name, node.tag_name().name()));
        places.extend(node.attribute("id").map(|id| listed(&self.by_id, id)).unwrap_or_default());
        for class in node.attribute("class").unwrap_or_default().split_ascii_whitespace() {
            effort.take(1);
            places.extend(listed(&self.by_class, class));
        }
        effort.take(places.len() as u64);
        places.sort_unstable();
        places.dedup();
        let rules = places.into_iter().filter_map(|place| Some((place, self.rules.get(place)?)));
        let meant = rules.filter(|(_, (selector, _))| is_meant(selector, node, effort));
        meant
            .filter_map(|(place, (selector, block))| {
                Some((selector.specificity, place, self.blocks.get(*block)?.as_slice()))
            })
            .collect()
    }

    fn statements(&mut self, text: &'a str, depth: u32) {
        let mut rest = text;
        loop {
            let is_idle = |sign: char| sign.is_whitespace() || sign == ';' || sign == '}';
            rest = rest.trim_start_matches("<!--").trim_start_matches("-->").trim_start_matches(is_idle);
            if rest.starts_with("<!--") || rest.starts_with("-->") {
                continue;
            }
            if rest.is_empty() {
                return;
            }
            let stops: &[u8] = if rest.starts_with('@') { b";{" } else { b"{" };
            let Some((prelude, sign, after)) = css::cut(rest, stops) else { return };
            if sign == b';' {
                rest = after;
                continue;
            }
            let (block, after) = css::within(after, b'}');
            match prelude.strip_prefix('@') {
                Some(at_rule) => self.at_rule(at_rule.trim(), block, depth),
                None => self.rule(prelude, block),
            }
            rest = after;
        }
    }

    fn at_rule(&mut self, prelude: &'a str, block: &'a str, depth: u32) {
        let end = prelude.find(|sign: char| sign.is_whitespace() || sign == '(').unwrap_or(prelude.len());
        let (word, condition) = prelude.split_at_checked(end).unwrap_or((prelude, ""));
        let condition = condition.trim();
        let applies = match word.to_ascii_lowercase().as_str() {
            "media" => is_shown_on(condition),
            "supports" => !condition.to_ascii_lowercase().starts_with("not"),
            "layer" => true,
            "font-face" | "keyframes" | "-webkit-keyframes" | "page" | "property" | "counter-style" => false,
            _ => {
                self.unread.get_or_insert("an at-rule of its style");
                false
            }
        };
        if applies && depth < MAX_DEPTH {
            self.statements(block, depth + 1);
        }
    }

    fn rule(&mut self, prelude: &str, block: &'a str) {
        let Some(selectors) = selector::read(prelude) else {
            self.unread.get_or_insert("a selector of its style");
            return;
        };
        if css::find(block, b"{").is_some() && !block.contains("--") {
            self.unread.get_or_insert("a rule within a rule of its style");
        }
        let block: Vec<_> = css::declarations(block).filter(properties::is_right).collect();
        if block.is_empty() {
            return;
        }
        self.blocks.push(block);
        for selector in selectors {
            let place = self.rules.len();
            let last = selector.compounds.first().map(|(_, compound)| compound.as_slice()).unwrap_or_default();
            let list = match last.iter().find_map(index_of) {
                Some((Index::Id, key)) => self.by_id.entry(key).or_default(),
                Some((Index::Class, key)) => self.by_class.entry(key).or_default(),
                Some((Index::Name, key)) => self.by_name.entry(key).or_default(),
                None => &mut self.others,
            };
            list.push(place);
            self.rules.push((selector, self.blocks.len() - 1));
        }
    }
}

enum Index {
    Id,
    Class,
    Name,
}

fn index_of(test: &Test) -> Option<(Index, String)> {
    match test {
        Test::Id(id) => Some((Index::Id, id.clone())),
        Test::Class(class) => Some((Index::Class, class.clone())),
        Test::Name(name) => Some((Index::Name, name.clone())),
        _ => None,
    }
}

/// Tells whether a list of media queries is for a still picture on a bright screen. What depends on the size of a
/// window is for none.
pub(super) fn is_shown_on(queries: &str) -> bool {
    let queries = queries.trim().to_ascii_lowercase();
    queries.is_empty() || css::split(&queries, b',').any(is_query_met)
}

fn is_query_met(query: &str) -> bool {
    let (is_negated, query) = match query.strip_prefix("not ") {
        Some(rest) => (true, rest.trim()),
        None => (false, query.strip_prefix("only ").unwrap_or(query).trim()),
    };
    let is_met = query.split(" and ").all(|part| {
        let feature: String = part.chars().filter(|letter| !letter.is_whitespace()).collect();
        matches!(
            feature.as_str(),
            "all"
                | "screen"
                | "(prefers-color-scheme:light)"
                | "(prefers-reduced-motion:reduce)"
                | "(prefers-contrast:no-preference)"
                | "(color)"
                | "(hover:none)"
                | "(scripting:none)"
        )
    });
    is_met != is_negated
}
