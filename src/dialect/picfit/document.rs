//! A configuration in JSON: its settings by their names, each of the kind that it has to be.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::dialect::{Fate, Inherited, LegacyError, go};

/// What a setting has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    Text,
    Number,
    Switch,
    List,
    /// Whatever it is, with all below it.
    Any,
}

/// A setting that is known, and what becomes of it.
pub(super) struct Row {
    /// Names from the outermost inwards, with dots in between.
    pub name: &'static str,
    pub kind: ValueKind,
    pub fate: Fate,
}

/// Settings by their names, as [`Row::name`] writes them, in small letters: picfit does not tell them from capital ones.
pub(super) struct Document(Vec<(String, Value)>);

/// What the variables of picfit begin with; the one that names the file is no setting.
const PREFIX: &str = "PICFIT_";
const FILE: &str = "PICFIT_CONFIG_PATH";

impl ValueKind {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a whole number",
            Self::Switch => "true or false",
            Self::List => "a list",
            Self::Any => "anything",
        }
    }

    /// The value that a text says; a list is one in JSON, or its items with spaces or commas between them.
    fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Text | Self::Any => Some(Value::from(text)),
            Self::Number => text.parse::<u64>().ok().map(Value::from),
            Self::Switch => go::boolean(text).map(Value::from),
            Self::List if text.starts_with('[') => serde_json::from_str(text).ok().filter(Value::is_array),
            Self::List => Some(text.split([' ', ',']).filter(|item| !item.is_empty()).map(Value::from).collect()),
        }
    }

    fn has(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Number => value.is_i64() || value.is_u64(),
            Self::Switch => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Any => true,
        }
    }
}

/// What a value is. Never the value: it may be a secret.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "another number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn wrong(name: &str, expected: impl AsRef<str>, got: impl AsRef<str>) -> LegacyError {
    LegacyError(format!("{name}: expected {}, got {}", expected.as_ref(), got.as_ref()))
}

impl Document {
    /// Reads a file of settings.
    pub(super) fn parse(text: &str) -> Result<Self, LegacyError> {
        // The error says where it is, and nothing of what stands there.
        let value: Value = serde_json::from_str(text).map_err(|error| {
            LegacyError(format!(
                "expected JSON, got something else in line {}, column {}",
                error.line(),
                error.column()
            ))
        })?;
        if !value.is_object() {
            return Err(LegacyError(format!("expected an object, got {}", kind_of(&value))));
        }
        let mut leaves = Vec::new();
        flatten("", value, &mut leaves);
        Ok(Self(leaves))
    }

    /// Puts variables in the place of settings: `PICFIT_STORAGE_SRC_LOCATION` in that of `storage.src.location`. Tells what became
    /// of each, and which setting it is.
    pub(super) fn overlay(
        &mut self,
        variables: &[(&str, &str)],
        rows: &[Row],
    ) -> Result<Vec<(Option<String>, Inherited)>, LegacyError> {
        let mut told = Vec::new();
        for (variable, text) in variables.iter().filter(|(variable, _)| *variable != FILE) {
            let Some(words) = variable.strip_prefix(PREFIX).map(str::to_ascii_lowercase) else { continue };
            let Some((row, name)) = rows.iter().find_map(|row| Some((row, row.named_by(&words)?))) else {
                told.push((None, Inherited::new(*variable, Fate::Unknown)));
                continue;
            };
            let value = row.kind.read(text).ok_or_else(|| wrong(variable, row.kind.name(), "another text"))?;
            self.0.retain(|(known, _)| *known != name);
            self.0.push((name.clone(), value));
            told.push((Some(name), Inherited::new(*variable, row.fate.clone())));
        }
        Ok(told)
    }

    /// What becomes of each setting that is written there.
    pub(super) fn inherited(&self, rows: &[Row]) -> Result<Vec<Inherited>, LegacyError> {
        let fate = |(name, value): &(String, Value)| match rows.iter().find(|row| row.is_of(name)) {
            Some(row) if row.kind.has(value) => Ok(Inherited::new(name.clone(), row.fate.clone())),
            Some(row) => Err(wrong(name, row.kind.name(), kind_of(value))),
            None => Ok(Inherited::new(name.clone(), Fate::Unknown)),
        };
        self.0.iter().map(fate).collect()
    }

    /// Tells whether there is any setting below a name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| is_below(known, name))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    pub(super) fn switch(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub(super) fn list(&self, name: &str) -> Option<&[Value]> {
        self.get(name)?.as_array().map(Vec::as_slice)
    }

    /// A whole number within a range.
    pub(super) fn number(&self, name: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, LegacyError> {
        self.get(name).map(|value| number(name, value, &range)).transpose()
    }

    /// The texts of a list.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, LegacyError> {
        let text =
            |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| wrong(name, "texts", kind_of(value)));
        self.list(name).unwrap_or_default().iter().map(text).collect()
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl Row {
    /// The setting that a variable stands for, whose words have underscores between them in place of dots.
    fn named_by(&self, words: &str) -> Option<String> {
        let own = self.name.replace(['.', '-'], "_");
        let below = || words.strip_prefix(&own)?.strip_prefix('_').filter(|_| self.kind == ValueKind::Any);
        if own == words { Some(self.name.to_owned()) } else { below().map(|rest| format!("{}.{rest}", self.name)) }
    }

    fn is_of(&self, name: &str) -> bool {
        self.name == name || (self.kind == ValueKind::Any && is_below(name, self.name))
    }
}

/// A whole number within a range.
pub(super) fn number(name: &str, value: &Value, range: &RangeInclusive<u32>) -> Result<u32, LegacyError> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| range.contains(number));
    number
        .ok_or_else(|| wrong(name, format!("a whole number from {} to {}", range.start(), range.end()), kind_of(value)))
}

fn is_below(name: &str, outer: &str) -> bool {
    name.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Lists what is no object, and objects that have nothing in them.
fn flatten(name: &str, value: Value, leaves: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) if !members.is_empty() || name.is_empty() => {
            for (member, value) in members {
                let member = member.to_ascii_lowercase();
                let name = if name.is_empty() { member } else { format!("{name}.{member}") };
                flatten(&name, value, leaves);
            }
        }
        // Null is what is not set.
        Value::Null => {}
        value => leaves.push((name.to_owned(), value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [Row; 3] = [
        Row { name: "a.port", kind: ValueKind::Number, fate: Fate::Honoured },
        Row { name: "secret", kind: ValueKind::Text, fate: Fate::Honoured },
        Row { name: "else", kind: ValueKind::Any, fate: Fate::NotApplying { because: "it is old" } },
    ];

    fn inherited(text: &str) -> Result<Vec<String>, String> {
        let document = Document::parse(text).map_err(|error| error.to_string())?;
        let inherited = document.inherited(&ROWS).map_err(|error| error.to_string())?;
        Ok(inherited.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_setting_is_told_whatever_its_letter_case() {
        let text = r#"{"A": {"Port": 1, "b": null}, "else": {"x": {"y": []}}, "elsewhere": {}}"#;
        let expected = ["a.port is honoured", "else.x.y does not apply: it is old", "elsewhere is unknown"];
        assert_eq!(inherited(text).unwrap(), expected);
        assert_eq!(inherited("{}").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_variable_goes_before_a_setting() {
        let overlaid = |text: &str, variables: &[(&str, &str)]| {
            let mut document = Document::parse(text).map_err(|error| error.to_string())?;
            let told = document.overlay(variables, &ROWS).map_err(|error| error.to_string())?;
            Ok::<_, String>((document.0, told.iter().map(|(_, told)| told.to_string()).collect::<Vec<_>>()))
        };
        let text = r#"{"a": {"port": 1}, "secret": "x"}"#;
        let variables =
            [("PICFIT_A_PORT", "7"), ("PICFIT_ELSE_X_Y", "z"), ("PICFIT_NOTHING", "1"), ("PICFIT_CONFIG_PATH", "/c")];
        let (settings, told) = overlaid(text, &variables).unwrap();
        let settings: Vec<_> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(settings, ["secret=\"x\"", "a.port=7", "else.x_y=\"z\""]);
        let expected =
            ["PICFIT_A_PORT is honoured", "PICFIT_ELSE_X_Y does not apply: it is old", "PICFIT_NOTHING is unknown"];
        assert_eq!(told, expected);
        let wrong = overlaid(text, &[("PICFIT_A_PORT", "hidden")]).unwrap_err();
        assert_eq!(wrong, "PICFIT_A_PORT: expected a whole number, got another text");
        assert_eq!(ValueKind::List.read("a, b c"), Some(serde_json::json!(["a", "b", "c"])));
        assert_eq!(ValueKind::List.read(r#"[{"width": 1}]"#), Some(serde_json::json!([{"width": 1}])));
        assert_eq!([ValueKind::List.read("[1"), ValueKind::Switch.read("yes")], [None, None]);
    }

    #[test]
    fn what_is_wrong_is_told_without_its_value() {
        for (text, expected) in [
            (r#"{"secret": 12345}"#, "secret: expected a text, got another number"),
            (r#"{"a": {"port": "3001"}}"#, "a.port: expected a whole number, got a text"),
            ("[1]", "expected an object, got a list"),
            ("{\n \"secret\": \"hidden\",, }", "expected JSON, got something else in line 2, column 21"),
        ] {
            assert_eq!(inherited(text), Err(expected.to_owned()), "{text}");
        }
        let document = Document::parse(r#"{"a": {"port": 70000}, "l": ["x", 1]}"#).unwrap();
        let error = document.number("a.port", 1..=65_535).unwrap_err().to_string();
        assert_eq!(error, "a.port: expected a whole number from 1 to 65535, got another number");
        assert_eq!(document.texts("l").unwrap_err().to_string(), "l: expected texts, got another number");
    }
}
