//! `StoredName`: what a rendition is called where clients get it.

use std::fmt;

use super::Medium;

/// The name of a rendition in a store, as a dialect gives it: words of ASCII letters and digits, `-` and `_`, with slashes in
/// between. It leads nowhere else, by construction. The ending of the rendition's medium comes after it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StoredName(String);

impl StoredName {
    /// A name; letters that it cannot have are left out, and nothing at all is `_`.
    pub fn new(text: &str) -> Self {
        let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        let words = text.split('/').map(|word| word.chars().filter(is_plain).collect::<String>());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        Self(if words.is_empty() { "_".to_owned() } else { words.join("/") })
    }

    /// With the ending of a medium.
    pub fn of(&self, medium: Medium) -> String {
        format!("{self}.{}", medium.extension())
    }
}

impl fmt::Display for StoredName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Format;

    #[test]
    fn a_name_leads_nowhere_else() {
        for (text, name) in
            [("f/1/6e", "f/1/6e"), ("/../a/./b//", "a/b"), (".x", "x"), ("", "_"), ("//..", "_"), ("é b", "b")]
        {
            assert_eq!(StoredName::new(text).to_string(), name, "{text}");
        }
        assert_eq!(StoredName::new("a/b").of(Format::Jpeg.into()), "a/b.jpg");
    }
}
