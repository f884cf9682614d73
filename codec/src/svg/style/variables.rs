//! Custom properties, and `var(--name, fallback)`.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::css;
use super::matching::Effort;

/// What one value may come to: variables within variables make very much of little.
const MAX_VALUE_BYTES: usize = 64 << 10;
/// Variables within variables.
const MAX_DEPTH: u32 = 24;

/// The custom properties of an element: its own, and those of its ancestors.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    values: Rc<HashMap<String, String>>,
}

impl Variables {
    /// Those of a child that declares these.
    pub fn with(&self, own: &BTreeMap<&str, &str>, effort: &Effort) -> Self {
        if own.is_empty() {
            return self.clone();
        }
        // Each is copied, and found again by its name.
        effort.take((own.len() + self.values.len()) as u64 * 16);
        let mut values = HashMap::clone(&self.values);
        for name in own.keys() {
            values.remove(*name);
        }
        for (name, value) in own {
            let scope = Scope { inherited: self, own, effort };
            // What stands for itself, or for something that is not there, is as if it were not there.
            let resolved = match value.trim().to_ascii_lowercase().as_str() {
                "initial" => None,
                "inherit" | "unset" => self.values.get(*name).cloned(),
                _ => scope.substituted(value, &mut vec![name]),
            };
            if let Some(resolved) = resolved {
                effort.take(resolved.len() as u64 / 16);
                values.insert((*name).to_owned(), resolved);
            }
        }
        Self { values: Rc::new(values) }
    }

    /// The value with what its variables stand for; `None` where one stands for nothing.
    pub fn substituted(&self, value: &str, effort: &Effort) -> Option<String> {
        Scope { inherited: self, own: &BTreeMap::new(), effort }.substituted(value, &mut Vec::new())
    }
}

/// Tells whether a value has a variable in it.
pub(super) fn is_variable(value: &str) -> bool {
    first(value).is_some()
}

fn first(value: &str) -> Option<usize> {
    let bytes = value.as_bytes();
    memchr::memchr_iter(b'(', bytes).find_map(|position| {
        let start = position.checked_sub(3)?;
        let is_whole = start
            .checked_sub(1)
            .and_then(|before| bytes.get(before))
            .is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'-');
        (is_whole && bytes.get(start..position)?.eq_ignore_ascii_case(b"var")).then_some(start)
    })
}

struct Scope<'a> {
    inherited: &'a Variables,
    own: &'a BTreeMap<&'a str, &'a str>,
    effort: &'a Effort,
}

impl<'a> Scope<'a> {
    /// `open` names the variables that are being replaced.
    fn substituted(&self, value: &'a str, open: &mut Vec<&'a str>) -> Option<String> {
        let mut made = String::new();
        let mut rest = value;
        while let Some(start) = first(rest) {
            // Also of what comes to nothing: each of two that stand for nothing may ask for two more.
            self.effort.take(4);
            self.effort.admit().ok()?;
            made.push_str(rest.get(..start)?);
            let (arguments, after) = css::within(rest.get(start + 4..)?, b')');
            let (name, fallback) =
                css::cut(arguments, b",").map_or((arguments, None), |(name, _, rest)| (name, Some(rest)));
            let value = match self.value(name.trim(), open) {
                Some(value) => value,
                None => self.deeper(fallback?.trim(), "", open)?,
            };
            made.push_str(&value);
            self.effort.take(value.len() as u64 / 64);
            if made.len() > MAX_VALUE_BYTES {
                return None;
            }
            rest = after;
        }
        made.push_str(rest);
        (made.len() <= MAX_VALUE_BYTES).then_some(made)
    }

    fn value(&self, name: &'a str, open: &mut Vec<&'a str>) -> Option<String> {
        match self.own.get(name) {
            Some(_) if open.contains(&name) => None,
            Some(value) => self.deeper(value, name, open),
            None => self.inherited.values.get(name).cloned(),
        }
    }

    fn deeper(&self, value: &'a str, name: &'a str, open: &mut Vec<&'a str>) -> Option<String> {
        if open.len() > MAX_DEPTH as usize {
            return None;
        }
        open.push(name);
        let made = self.substituted(value, open);
        open.pop();
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_and_those_in_a_circle_are_nothing() {
        let effort = Effort::new();
        let outer = Variables::default().with(&BTreeMap::from([("--a", "red"), ("--b", "var(--a)")]), &effort);
        let own = BTreeMap::from([("--c", "var(--d)"), ("--d", "var(--c)"), ("--e", "var(--b)"), ("--a", "blue")]);
        let inner = outer.with(&own, &effort);
        let of = |value: &str| inner.substituted(value, &effort);
        assert_eq!(of("1 VAR( --a ) 2").as_deref(), Some("1 blue 2"));
        assert_eq!(of("var(--e)").as_deref(), Some("red"));
        assert_eq!(of("var(--c, var(--x, rgb(1, 2, 3)))").as_deref(), Some("rgb(1, 2, 3)"));
        assert_eq!((of("var(--c)"), of("var(--x)"), of("somevar(--a)")), (None, None, Some("somevar(--a)".into())));
    }

    #[test]
    fn variables_that_double_each_time_end() {
        let names: Vec<String> = (0..60).map(|n| format!("--v{n}")).collect();
        let values: Vec<String> = (0..60).map(|n| format!("var(--v{0})var(--v{0})", n + 1)).collect();
        let mut own: BTreeMap<&str, &str> =
            names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
        own.insert("--v60", "xxxxxxxxxxxxxxxx");
        let effort = Effort::new();
        let made = Variables::default().with(&own, &effort);
        assert_eq!(made.substituted("var(--v0)", &effort), None);
    }
}
