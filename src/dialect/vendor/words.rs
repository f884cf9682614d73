//! `NativeWords`: what a URL says, in words of the native vocabulary; and how numbers of others become those.

use std::borrow::Cow;

/// Names of the native table, each with a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NativeWords(Vec<(&'static str, String)>);

impl NativeWords {
    /// One more.
    pub fn put(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        let value = if name == "bg" { listed(&value).unwrap_or(value) } else { value };
        self.0.push((name, value));
    }

    /// One more, where there is a value.
    pub fn put_some(&mut self, name: &'static str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// Tells whether something was said under a name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// Takes back what was said under a name.
    pub fn without(&mut self, name: &str) {
        self.0.retain(|(known, _)| *known != name);
    }

    /// What was last said under a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// All of it.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        self.0.iter().map(|(name, value)| (*name, Cow::Borrowed(value.as_str())))
    }
}

/// A colour as `r,g,b,a`, where it is `rgb()` or `rgba()` of CSS.
fn listed(colour: &str) -> Option<String> {
    let inner = colour.trim().strip_suffix(')')?;
    let inner = inner.strip_prefix("rgba(").or_else(|| inner.strip_prefix("rgb("))?;
    let parts = inner.split([',', ' ', '/']).filter(|part| !part.is_empty());
    let share = |part: &str| part.strip_suffix('%').and_then(|percent| Some(percent.parse::<f64>().ok()? / 100.0));
    let number = |(place, part): (usize, &str)| match share(part) {
        Some(share) if place < 3 => (share * 255.0).round().to_string(),
        Some(share) => share.to_string(),
        None => part.to_owned(),
    };
    Some(parts.enumerate().map(number).collect::<Vec<_>>().join(","))
}

/// The parts of a list with commas between them, those in brackets apart.
pub(super) fn parted(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = list.split(|letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// The name that stands for another, in a list of pairs.
pub(super) fn renamed(names: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == name).map(|(_, native)| *native)
}

/// Percent of change, for a factor of which 1 changes nothing; what is no number is left for the native table to refuse.
pub(super) fn alteration(factor: &str) -> String {
    changed(factor, |factor| ((factor - 1.0) * 100.0).clamp(-100.0, 100.0))
}

/// A number put through a change; what is none is left for the native table to refuse.
pub(super) fn changed(text: &str, change: impl Fn(f64) -> f64) -> String {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| text.to_owned(), |number| change(number).to_string())
}

/// Tells whether a switch is on: said without a value, or with one that is not a no.
pub(super) fn is_on(value: &str) -> bool {
    !matches!(value, "false" | "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_become_percent() {
        for (factor, percent) in [("1", "0"), ("0.5", "-50"), ("1.5", "50"), ("7", "100"), ("-2", "-100"), ("x", "x")] {
            assert_eq!(alteration(factor), percent, "{factor}");
        }
        assert_eq!(changed("NaN", |_| 1.0), "NaN");
    }

    #[test]
    fn colours_of_css_are_lists() {
        for (colour, list) in [
            ("rgb(255, 0,10)", "255,0,10"),
            ("rgba(255,0,10,0.5)", "255,0,10,0.5"),
            ("rgb(100% 0% 10 / 50%)", "255,0,10,0.5"),
            ("red", "red"),
            ("rgb(1", "rgb(1"),
        ] {
            let mut words = NativeWords::default();
            words.put("bg", colour);
            assert_eq!(words.get("bg"), Some(list), "{colour}");
        }
        assert_eq!(parted("w=1,b=rgb(1,2,3),,f=x"), ["w=1", "b=rgb(1,2,3)", "f=x"]);
    }

    #[test]
    fn the_last_word_counts() {
        let mut words = NativeWords::default();
        words.put("w", "1");
        words.put("w", "2");
        words.put_some("h", None::<String>);
        assert_eq!((words.get("w"), words.has("h")), (Some("2"), false));
        words.without("w");
        assert_eq!(words.iter().count(), 0);
    }
}
