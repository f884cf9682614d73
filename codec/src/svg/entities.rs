//! Entities, counted by what they come to before the parser writes them out: few bytes can stand for very many.

use std::collections::HashMap;

use memchr::memmem;

use super::{malformed, too_complex};
use crate::CodecError;

/// What all entities of a drawing may come to.
const MAX_EXPANDED_BYTES: usize = 2 << 20;
/// Declared entities times the references to them: the parser looks through all for each.
const MAX_LOOKUPS: usize = 10_000_000;
/// Entities within entities: as far as the parser goes.
const MAX_DEPTH: u32 = 10;
const PREDEFINED: [&str; 5] = ["amp", "lt", "gt", "apos", "quot"];

/// Lets the entities of a document through.
///
/// # Errors
/// [`CodecError::OverLimit`] where they come to too much, [`CodecError::Malformed`] where one stands for itself.
pub(super) fn admit(text: &str) -> Result<(), CodecError> {
    let mut entities = Entities::declared_in(text);
    if entities.values.is_empty() {
        return Ok(());
    }
    let used = references(text).filter(|name| entities.values.contains_key(name)).count();
    let lookups = used.saturating_mul(entities.declarations);
    if lookups > MAX_LOOKUPS {
        return Err(too_complex("entities times references", MAX_LOOKUPS as u64, lookups as u64));
    }
    let mut bytes: usize = 0;
    for name in references(text) {
        bytes = bytes.saturating_add(entities.bytes(name, 0)?);
        if bytes > MAX_EXPANDED_BYTES {
            return Err(too_complex("bytes of entities", MAX_EXPANDED_BYTES as u64, bytes as u64));
        }
    }
    Ok(())
}

struct Entities<'a> {
    /// All that is declared under a name, for of two readers each may take another: the longest counts.
    values: HashMap<&'a str, Vec<&'a str>>,
    declarations: usize,
    /// What an entity comes to with those within.
    bytes: HashMap<&'a str, usize>,
}

impl<'a> Entities<'a> {
    /// Also what only looks like a declaration, in a comment or a value.
    fn declared_in(text: &'a str) -> Self {
        let mut values: HashMap<_, Vec<_>> = HashMap::new();
        let mut declarations = 0;
        for position in memmem::find_iter(text.as_bytes(), "<!ENTITY") {
            declarations += 1;
            let declared = text.get(position + "<!ENTITY".len()..).unwrap_or_default();
            if let Some((name, value)) = declaration(declared) {
                values.entry(name).or_default().push(value);
            }
        }
        Self { values, declarations, bytes: HashMap::new() }
    }

    fn bytes(&mut self, name: &'a str, depth: u32) -> Result<usize, CodecError> {
        if let Some(bytes) = self.bytes.get(name) {
            return Ok(*bytes);
        }
        let Some(values) = self.values.get(name).cloned() else { return Ok(0) };
        if depth == MAX_DEPTH {
            return Err(malformed("entities within entities, too deep or in a circle"));
        }
        let mut longest = 0;
        for value in values {
            let mut bytes = value.len();
            for within in references(value) {
                bytes = bytes.saturating_add(self.bytes(within, depth + 1)?);
            }
            longest = longest.max(bytes);
        }
        self.bytes.insert(name, longest);
        Ok(longest)
    }
}

/// Name and value of `name "value"`; what is outside of the file has none.
fn declaration(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (name, rest) = text.split_once(|letter: char| letter.is_ascii_whitespace())?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let value = rest.get(1..)?.split(quote).next()?;
    Some((name, value))
}

/// The names in `&name;`, but for those that everybody knows. Characters by their number are no references.
fn references(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr::memchr_iter(b'&', text.as_bytes());
    ends.filter_map(|position| {
        let after = text.get(position + 1..)?;
        let name = after.get(..after.find(|letter: char| letter == ';' || letter == '&' || letter.is_whitespace())?)?;
        (!name.starts_with('#') && !PREDEFINED.contains(&name)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn admitted(declared: &str, content: &str) -> Result<(), CodecError> {
        admit(&format!("<!DOCTYPE svg [{declared}]><svg>{content}</svg>"))
    }

    #[test]
    fn what_everybody_knows_and_numbers_of_characters_count_nothing() {
        let short = "<!ENTITY ns 'http://ns.example.com/1.0/'>".repeat(10);
        let content = "&#xA;&#65;&amp;&lt;&gt;&apos;&quot;".repeat(50_000);
        assert_eq!(admitted(&short, &content), Ok(()));
        assert_eq!(admitted("<!ENTITY amp '&#38;#38;'>", &content), Ok(()));
    }

    #[test]
    fn entities_within_entities_count_by_what_they_come_to() {
        let twice = "<!ENTITY a 'xxxxx'><!ENTITY b '&a;&a;'>";
        assert_eq!(admitted(twice, &"&b;".repeat(1000)), Ok(()));
        assert!(matches!(admitted(twice, &"&b;".repeat(200_000)), Err(CodecError::OverLimit { .. })));
        let long = format!("<!ENTITY a '{}'>", "x".repeat(1 << 20));
        assert!(admitted(&long, "&a;").is_ok() && admitted(&long, "&a;&a;&a;").is_err());
        // Declared twice, and in a comment: the longest counts.
        assert!(admitted(&format!("<!--<!ENTITY a ''>-->{long}"), "&a;&a;&a;").is_err());
    }

    #[test]
    fn laughs_and_circles_are_refused_at_once() {
        let laughs: String = (1..10)
            .map(|n| format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10)))
            .chain(["<!ENTITY a0 'ha'>".to_owned()])
            .collect();
        let chain: String = (1..100_000).map(|n| format!("<!ENTITY a{n} '&a{};'>", n - 1)).collect();
        let many = (0..50_000).map(|n| format!("<!ENTITY a{n} ''>")).collect::<String>();
        let cases = [
            (laughs, "&a9;".to_owned()),
            ("<!ENTITY a '&b;'><!ENTITY b '&a;'>".to_owned(), "&a;".to_owned()),
            (chain, "&a99999;".to_owned()),
            (many, "&a49999;".repeat(100_000)),
        ];
        for (declared, content) in cases {
            let begin = Instant::now();
            assert!(admitted(&declared, &content).is_err());
            assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        }
    }
}
