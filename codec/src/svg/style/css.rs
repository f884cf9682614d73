//! The grammar of style sheets, as far as all of it is read the same way: comments, strings, brackets, declarations.

use std::borrow::Cow;

/// `name: value`, with `!important` or without.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Declaration<'a> {
    pub name: Cow<'a, str>,
    pub value: &'a str,
    pub is_important: bool,
}

/// The text with a space for every comment.
pub(super) fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("/*") {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// Tells whether what follows a sign may mean something else than before it.
fn is_turn(byte: u8) -> bool {
    matches!(byte, b'\\' | b'"' | b'\'' | b'(' | b')' | b'[' | b']' | b'{' | b'}')
}

/// Tells whether there may be strings, brackets or comments.
pub(super) fn has_turns(text: &str) -> bool {
    text.bytes().any(|byte| is_turn(byte) || byte == b'/')
}

/// Where the first of these ASCII signs is, outside of strings and brackets.
pub(super) fn find(text: &str, signs: &[u8]) -> Option<usize> {
    // Nearly always there is no string or bracket before it.
    let first = text.bytes().position(|byte| is_turn(byte) || signs.contains(&byte))?;
    match text.as_bytes().get(first) {
        Some(byte) if signs.contains(byte) => Some(first),
        _ => find_outside(text, first, signs),
    }
}

/// As [`find`], from a place on that is outside.
fn find_outside(text: &str, from: usize, signs: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut is_escaped = false;
    for (position, byte) in text.bytes().enumerate().skip(from) {
        if is_escaped {
            is_escaped = false;
        } else if byte == b'\\' {
            is_escaped = true;
        } else if let Some(open) = quote {
            // A string ends with its line.
            if byte == open || byte == b'\n' {
                quote = None;
            }
        } else if depth == 0 && signs.contains(&byte) {
            return Some(position);
        } else {
            match byte {
                b'"' | b'\'' => quote = Some(byte),
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    None
}

/// What is before the first of these signs, the sign, and what is after it.
pub(super) fn cut<'a>(text: &'a str, signs: &[u8]) -> Option<(&'a str, u8, &'a str)> {
    let position = find(text, signs)?;
    let sign = *text.as_bytes().get(position)?;
    Some((text.get(..position)?, sign, text.get(position + 1..)?))
}

/// What is within a bracket that was opened just before, and what is after it. At the end of a text all are closed.
pub(super) fn within(text: &str, close: u8) -> (&str, &str) {
    cut(text, &[close]).map_or((text, ""), |(within, _, after)| (within, after))
}

/// The parts between such signs, trimmed.
pub(super) fn split(text: &str, sign: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let (part, after) = cut(text, &[sign]).map_or((text, None), |(part, _, after)| (part, Some(after)));
        rest = after;
        Some(part.trim())
    })
}

/// The declarations of a block or an attribute, without comments. Rules within are left out.
pub(super) fn declarations<'a>(block: &'a str) -> impl Iterator<Item = Declaration<'a>> {
    let mut rest = block;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|sign: char| sign.is_whitespace() || sign == ';');
            if rest.is_empty() {
                return None;
            }
            let stops: &[u8] = if rest.starts_with("--") { b";" } else { b";{" };
            let (part, sign, after) = cut(rest, stops).unwrap_or((rest, b';', ""));
            if sign == b'{' {
                (_, rest) = within(after, b'}');
                continue;
            }
            rest = after;
            if let Some(declaration) = declaration(part) {
                return Some(declaration);
            }
        }
    })
}

fn declaration(part: &str) -> Option<Declaration<'_>> {
    let (name, value) = part.split_once(':')?;
    let name = name.trim();
    let is_plain = name.starts_with("--") || !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let name = if is_plain { Cow::Borrowed(name) } else { Cow::Owned(name.to_ascii_lowercase()) };
    let value = value.trim();
    let mark = value.rfind('!').and_then(|position| value.get(position..));
    let mark = mark.filter(|mark| mark.get(1..).is_some_and(|word| word.trim().eq_ignore_ascii_case("important")));
    let value = mark.and_then(|mark| value.strip_suffix(mark)).unwrap_or(value).trim_end();
    let is_named = !name.is_empty() && !name.contains(char::is_whitespace);
    (is_named && !value.is_empty()).then_some(Declaration { name, value, is_important: mark.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_told_apart_as_browsers_do() {
        let read = |text: &str| {
            let text = without_comments(text).into_owned();
            declarations(&text)
                .map(|d| format!("{}={}{}", d.name, d.value, if d.is_important { "!" } else { "" }))
                .collect::<Vec<_>>()
        };
        assert_eq!(read(";; FILL : Red ;stroke:url( #a;b ) ! Important;"), ["fill=Red", "stroke=url( #a;b )!"]);
        assert_eq!(read("a:'x;}' ; b: /* c:d; */ e; nonsense; f:; --G:{h;i}"), ["a='x;}'", "b=e", "--G={h;i}"]);
        assert_eq!(read("a:b; &:hover { c:d } e:f"), ["a=b", "e=f"]);
        assert_eq!(read("a:'open\n;b:c;d:rgb(1,2"), ["a='open", "b=c", "d=rgb(1,2"]);
        assert_eq!(read("/*"), [""; 0]);
    }
}
