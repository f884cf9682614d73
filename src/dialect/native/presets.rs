//! `Presets`: queries that the operator keeps under names.

use url::form_urlencoded;

use super::parameters::{Expected, Parameter, nearest_word};
use super::reading::{Reading, Values};
use crate::dialect::DialectError;

/// The parameter that names one.
pub(super) const NAME: &str = "preset";

/// Names that an error lists.
const MAX_NAMED: usize = 10;

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &[NAME], expected: || Expected::text("the name of a preset of the operator"),
        meaning: "Stands for all parameters that the operator keeps under this name; others beside it win over them, unless the operator lets presets alone be asked for",
        read: |_, _| Some(()),
    },
];

/// Queries under names, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presets(Vec<Preset>);

/// A query, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Preset {
    name: String,
    /// What it says.
    pub values: Values<'static>,
}

/// Why presets cannot be used, to follow the word "expected".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PresetError(String);

impl Presets {
    /// Parses `name=query;name=query`. Spaces around them say nothing.
    ///
    /// # Errors
    /// One of them cannot be read, or stands twice, or names another.
    pub fn parse(list: &str) -> Result<Self, PresetError> {
        Self::of(list.split(';'))
    }

    /// Parses a `name=query` a line; `#` begins a comment.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_lines(text: &str) -> Result<Self, PresetError> {
        Self::of(text.lines().map(|line| line.split('#').next().unwrap_or_default()))
    }

    fn of<'a>(items: impl Iterator<Item = &'a str>) -> Result<Self, PresetError> {
        let mut presets: Vec<Preset> = Vec::new();
        for item in items.map(str::trim).filter(|item| !item.is_empty()) {
            let preset = Preset::parse(item)?;
            if presets.iter().any(|known| known.name == preset.name) {
                return Err(PresetError(format!("each preset once, and there are two \"{}\"", preset.name)));
            }
            presets.push(preset);
        }
        Ok(Self(presets))
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|preset| preset.name.as_str())
    }

    /// Each with what it says.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Values<'static>)> {
        self.0.iter().map(|preset| (preset.name.as_str(), &preset.values))
    }

    /// The preset of this name.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn get(&self, name: &str) -> Result<&Preset, DialectError> {
        self.0.iter().find(|preset| preset.name == name).ok_or_else(|| {
            let few = self.names().take(MAX_NAMED).collect::<Vec<_>>().join(", ");
            let expected = match self.0.len() {
                0 => "no preset, for there is none".to_owned(),
                1..=MAX_NAMED => format!("one of {few}"),
                many => format!("one of {few} and {} more", many - MAX_NAMED),
            };
            let guess = nearest_word(self.names(), name).map(|word| word.to_owned().into());
            DialectError::parameter(NAME, expected, name).meaning(guess)
        })
    }
}

impl Preset {
    fn parse(item: &str) -> Result<Self, PresetError> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        let (name, query) = item.split_once('=').map_or((item, ""), |(name, query)| (name.trim(), query.trim()));
        if name.is_empty() || !name.chars().all(is_plain) || query.is_empty() {
            return Err(PresetError(format!("name=query, the name of letters, digits, - . and _ (not \"{item}\")")));
        }
        let wrong = |what: String| PresetError(format!("a query that can be read as the preset {name}: {what}"));
        for (name, _) in form_urlencoded::parse(query.as_bytes()) {
            match Parameter::named(&name) {
                Some((parameter, _)) if parameter.name() == NAME => {
                    return Err(wrong("a preset names no other".to_owned()));
                }
                Some(_) => {}
                None => {
                    let guess = Parameter::nearest(&name).map(|word| format!("; did you mean {word}?"));
                    return Err(wrong(format!("there is no parameter \"{name}\"{}", guess.unwrap_or_default())));
                }
            }
        }
        let values = Values::of(Some(query), <_>::default());
        let (_, read) = Reading::of(&values, <_>::default());
        read.map_err(|error| wrong(error.to_string()))?;
        Ok(Self { name: name.to_owned(), values: values.into_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(list: &str) -> String {
        Presets::parse(list).unwrap_err().to_string()
    }

    #[test]
    fn a_preset_is_a_query_under_a_name() {
        let presets = Presets::parse(" thumb=w=200&h=200&fit=cover ; hero.2=width=800&format=auto;").unwrap();
        assert_eq!(presets.names().collect::<Vec<_>>(), ["thumb", "hero.2"]);
        let lines = "# ours\nthumb=w=200&h=200&fit=cover # small\n\n  hero.2 = width=800&format=auto\n";
        assert_eq!(Presets::parse_lines(lines), Ok(presets));
        assert_eq!(Presets::parse(""), Ok(Presets::default()));
    }

    #[test]
    fn what_is_broken_repeated_or_nested_is_said() {
        for (list, expected) in [
            ("thumb", "name=query"),
            ("=w=200", "name=query"),
            ("thumb=", "name=query"),
            ("a b=w=200", "name=query"),
            ("thumb=w=200;thumb=w=300", "two \"thumb\""),
            ("thumb=preset=hero;hero=w=200", "a preset names no other"),
            ("thumb=wdith=200", "no parameter \"wdith\"; did you mean width?"),
            ("thumb=w=wide", "thumb: w: expected pixels"),
            ("thumb=w=200&size=300", "no w or h beside it"),
        ] {
            assert!(problem(list).contains(expected), "{list}: {}", problem(list));
        }
    }

    #[test]
    fn a_name_that_is_nearly_one_is_told() {
        let presets = Presets::parse("thumb=w=200;hero=w=800").unwrap();
        let error = presets.get("thum").unwrap_err();
        assert_eq!(error.to_string(), "preset: expected one of thumb, hero, got \"thum\"; did you mean thumb?");
        assert!(presets.get("Thumb").is_err() && presets.get("hero").is_ok());
        let none = Presets::default().get("x").unwrap_err();
        assert_eq!(none.to_string(), "preset: expected no preset, for there is none, got \"x\"");
    }
}
