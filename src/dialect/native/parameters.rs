//! The table of parameters: names, what is expected, what it means, and how it is read, a row each, in sections. The
//! README's tables and the errors come from it.

use std::fmt::{self, Display, Write as _};
use std::sync::LazyLock;

use super::reading::Reading;
use super::{effects, geometry, output, overlays, pages, presets, text};

/// One parameter of the query.
pub struct Parameter {
    /// The names that it has, in lower case; the first is the usual one.
    pub names: &'static [&'static str],
    /// What a client may write.
    pub expected: fn() -> Expected,
    /// What it does, for the README.
    pub meaning: &'static str,
    /// Puts the value in; `None` where it is not as expected.
    pub read: fn(&mut Reading, &str) -> Option<()>,
}

/// Parameters that are documented together.
pub struct Section {
    /// What they are about.
    pub title: &'static str,
    /// In the order in which they are documented.
    pub parameters: &'static [Parameter],
}

/// What a client may write for a parameter, to follow the word "expected".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// One of these words.
    OneOf(Vec<&'static str>),
    /// What this says, or one of these words.
    TextOr(&'static str, Vec<&'static str>),
    /// What this says; these are words of that kind, some of which the text names.
    Like(&'static str, Vec<&'static str>),
    /// What this says.
    Text(String),
}

/// All parameters.
pub static SECTIONS: [Section; 7] = [
    Section { title: "Geometry", parameters: geometry::PARAMETERS },
    Section { title: "Pixels", parameters: effects::PARAMETERS },
    Section { title: "Overlays", parameters: overlays::PARAMETERS },
    Section { title: "Text", parameters: text::PARAMETERS },
    Section { title: "Output", parameters: output::PARAMETERS },
    Section { title: "Presets", parameters: presets::PARAMETERS },
    Section { title: "Pages", parameters: pages::PARAMETERS },
];

/// Letters that may be wrong, missing or too many in a word that is still told.
const MOST_SLIPS: usize = 2;
/// Letters of a text that may be like a word.
const LONGEST_WORD: usize = 80;

/// All names by their length, so that few are compared: it is done for every request.
static BY_LENGTH: LazyLock<Vec<Vec<(&'static Parameter, &'static str)>>> = LazyLock::new(|| {
    let mut by_length = Vec::new();
    for (parameter, name) in parameters().flat_map(|row| row.names.iter().map(move |name| (row, *name))) {
        if by_length.len() <= name.len() {
            by_length.resize_with(name.len() + 1, Vec::new);
        }
        if let Some(names) = by_length.get_mut(name.len()) {
            names.push((parameter, name));
        }
    }
    by_length
});

impl Parameter {
    /// The parameter that has this name, in any letter case, and the name as the table has it.
    pub(super) fn named(name: &str) -> Option<(&'static Self, &'static str)> {
        let known = BY_LENGTH.get(name.len())?.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
        known.copied()
    }

    /// The name of a parameter that a text is most like, where it is like one at all.
    pub(super) fn nearest(text: &str) -> Option<&'static str> {
        nearest_word(parameters().flat_map(|parameter| parameter.names.iter().copied()), text)
    }

    /// The usual name.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

/// The word that a text is most like, where it is like one at all.
pub(super) fn nearest_word<'a>(words: impl Iterator<Item = &'a str>, text: &str) -> Option<&'a str> {
    // What is longer than any word is like none, however long it takes to see that.
    let text = Some(text).filter(|text| text.len() <= LONGEST_WORD)?.to_ascii_lowercase();
    let distance = |word: &str| strsim::damerau_levenshtein(&word.to_ascii_lowercase(), &text);
    let (distance, nearest) = words.map(|word| (distance(word), word)).min_by_key(|(distance, _)| *distance)?;
    (distance <= MOST_SLIPS && distance < nearest.len()).then_some(nearest)
}

impl Expected {
    /// What a text says.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The word that a text is most like, where it is like one at all.
    pub(super) fn nearest(&self, text: &str) -> Option<&'static str> {
        let (Self::OneOf(words) | Self::TextOr(_, words) | Self::Like(_, words)) = self else { return None };
        nearest_word(words.iter().copied(), text)
    }

    /// One of some words.
    pub(super) fn one_of(words: impl IntoIterator<Item = &'static str>) -> Self {
        Self::OneOf(words.into_iter().collect())
    }
}

impl Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(words) => write!(formatter, "one of {}", words.join(", ")),
            Self::TextOr(text, words) => write!(formatter, "{text}, or one of {}", words.join(", ")),
            Self::Like(text, _) => formatter.write_str(text),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

/// All parameters, section after section.
pub fn parameters() -> impl Iterator<Item = &'static Parameter> {
    SECTIONS.iter().flat_map(|section| section.parameters)
}

/// The parameters as tables in Markdown, one a section.
pub fn parameter_table() -> String {
    let mut text = String::new();
    for Section { title, parameters } in &SECTIONS {
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = write!(text, "{separator}**{title}**\n\n| Parameter | Values | What it does |\n| --- | --- | --- |\n");
        for parameter in *parameters {
            let names: Vec<_> = parameter.names.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(text, "| {} | {} | {}. |", names.join(", "), (parameter.expected)(), parameter.meaning);
        }
    }
    text
}
