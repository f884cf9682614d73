//! Cleans drawings: what could run where a drawing is opened by itself is taken out, and all else stays byte for byte.

use std::borrow::Cow;

/// Where a reference may lead besides to a place of the same kind.
const SCHEMES: [&str; 2] = ["http", "https"];
/// Where that of a picture may, too.
const OF_PICTURES: &str = "data";

/// A drawing without scripts, without attributes that run at an event, and without references to what runs or, where something
/// is used, to other files. What is no text, or ends within a tag, ends there.
pub(super) fn cleaned(drawing: &[u8]) -> Cow<'_, [u8]> {
    let Ok(text) = std::str::from_utf8(drawing) else { return Cow::Borrowed(drawing) };
    let mut cleaner = Cleaner { made: String::with_capacity(text.len()), dropped_depth: 0 };
    cleaner.take(text);
    if cleaner.made == text { Cow::Borrowed(drawing) } else { Cow::Owned(cleaner.made.into_bytes()) }
}

struct Cleaner {
    made: String,
    /// How many elements are open within one that is left out, and itself.
    dropped_depth: usize,
}

/// What stands between `<` and `>`, but for what is no element.
struct Tag<'a> {
    name: &'a str,
    /// All behind the name.
    rest: &'a str,
    is_end: bool,
    is_empty: bool,
}

impl Cleaner {
    fn take(&mut self, mut text: &str) {
        while let Some((before, markup)) = text.find('<').and_then(|start| text.split_at_checked(start)) {
            self.put(before);
            let Some((whole, behind)) = markup_at(markup) else { return };
            match tag(whole) {
                None => self.put(whole),
                Some(tag) => self.tag(whole, &tag),
            }
            text = behind;
        }
        self.put(text);
    }

    fn put(&mut self, text: &str) {
        if self.dropped_depth == 0 {
            self.made.push_str(text);
        }
    }

    fn tag(&mut self, whole: &str, tag: &Tag<'_>) {
        let is_dropped = self.dropped_depth > 0 || local(tag.name).eq_ignore_ascii_case("script");
        if is_dropped {
            match (tag.is_end, tag.is_empty) {
                (true, _) => self.dropped_depth = self.dropped_depth.saturating_sub(1),
                (false, false) => self.dropped_depth += 1,
                (false, true) => {}
            }
        } else if tag.is_end {
            self.put(whole);
        } else if !tag.name.contains(['"', '\'']) {
            self.made.push('<');
            self.made.push_str(tag.name);
            self.attributes(tag);
            self.made.push('>');
        }
    }

    /// Takes over what is harmless of a tag, up to what is no attribute.
    fn attributes(&mut self, tag: &Tag<'_>) {
        let mut rest = tag.rest;
        while let Some(Attribute { space, name, value, written, behind }) = attribute(rest) {
            if is_harmless(local(tag.name), local(name), value) {
                self.made.extend([space, written]);
            }
            rest = behind;
        }
        let is_end = matches!(rest.trim_start_matches(is_space), "" | "/");
        self.made.push_str(if is_end {
            rest
        } else if tag.is_empty {
            "/"
        } else {
            ""
        });
    }
}

/// An attribute, and what is around it.
struct Attribute<'a> {
    space: &'a str,
    name: &'a str,
    value: &'a str,
    /// Name and value, as they are written.
    written: &'a str,
    behind: &'a str,
}

/// The attribute that a text begins with, where it begins with one.
fn attribute(text: &str) -> Option<Attribute<'_>> {
    let at = text.trim_start_matches(is_space);
    let space = text.get(..text.len() - at.len())?;
    let end = at.find(|letter: char| is_space(letter) || letter == '=')?;
    let (name, equals) = at.split_at_checked(end)?;
    let quoted = equals.trim_start_matches(is_space).strip_prefix('=')?.trim_start_matches(is_space);
    let quote = quoted.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let (value, behind) = quoted.get(1..)?.split_once(quote)?;
    let written = at.get(..at.len() - behind.len())?;
    let is_name = !name.is_empty() && !name.contains(['"', '\'', '<', '&']);
    is_name.then_some(Attribute { space, name, value, written, behind })
}

/// The markup that a text begins with, and what is behind it; `None` where it does not end.
fn markup_at(text: &str) -> Option<(&str, &str)> {
    const CLOSED: [(&str, &str); 3] = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
    let end = match CLOSED.iter().find(|(begin, _)| text.starts_with(begin)) {
        Some((begin, end)) => begin.len() + text.get(begin.len()..)?.find(end)? + end.len(),
        None if text.starts_with("<!") => closed(text, true)?,
        None => closed(text, false)?,
    };
    text.split_at_checked(end)
}

/// Where a tag ends, or a declaration, which may have others within brackets.
fn closed(text: &str, has_brackets: bool) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0_usize);
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[') if has_brackets => depth += 1,
            (None, ']') if has_brackets => depth = depth.saturating_sub(1),
            (None, '>') if depth == 0 => return Some(place + 1),
            (None, _) => {}
        }
    }
    None
}

/// The tag that markup is; `None` where it is another kind of markup.
fn tag(markup: &str) -> Option<Tag<'_>> {
    let inside = markup.strip_prefix('<')?.strip_suffix('>')?;
    if inside.starts_with(['!', '?']) {
        return None;
    }
    let (is_end, inside) = inside.strip_prefix('/').map_or((false, inside), |inside| (true, inside));
    let end = inside.find(|letter: char| is_space(letter) || letter == '/').unwrap_or(inside.len());
    let (name, rest) = inside.split_at_checked(end)?;
    Some(Tag { name, rest, is_end, is_empty: rest.ends_with('/') })
}

fn is_harmless(element: &str, name: &str, value: &str) -> bool {
    let begins_an_event = name.get(..2).is_some_and(|begin| begin.eq_ignore_ascii_case("on"));
    !begins_an_event && (!name.eq_ignore_ascii_case("href") || leads_well(element, value))
}

/// Tells whether a reference leads to what does not run.
fn leads_well(element: &str, value: &str) -> bool {
    let reference = plain(value);
    if reference.is_empty() || reference.starts_with('#') {
        return true;
    }
    if element == "use" {
        return false;
    }
    // Whoever writes a name that is not known here may mean any letter.
    let Some((scheme, _)) = reference.split_once([':', '&']) else { return true };
    let is_scheme = scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    if !is_scheme {
        // A path, a query or a place in a file has begun.
        return scheme.contains(['/', '?', '#']);
    }
    let is_known = |known: &str| known.eq_ignore_ascii_case(scheme);
    SCHEMES.into_iter().any(is_known) || (element == "image" && is_known(OF_PICTURES))
}

/// A value with its letters by number in place, and without what browsers pass over.
fn plain(value: &str) -> String {
    let mut made = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once("&#") {
        made.push_str(before);
        let (number, after) = behind.split_once(';').unwrap_or((behind, ""));
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => number.parse().ok(),
        };
        made.push(code.and_then(char::from_u32).unwrap_or('&'));
        rest = after;
    }
    made.push_str(rest);
    made.retain(|letter| !letter.is_whitespace() && !letter.is_control());
    made
}

/// A name without what stands for its namespace.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(text: &str) -> String {
        String::from_utf8(cleaned(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn what_is_harmless_stays_byte_for_byte() {
        for text in [
            "<?xml version='1.0'?>\n<!DOCTYPE svg [<!ENTITY a \"b>\">]>\n<svg  width = '3'\theight=\"2\" ><!-- onload= <script> -->\
             <g a='>'/><style><![CDATA[ a > b { } <script> ]]></style></svg>\n",
            "<svg><use href='#a'/><a xlink:href='https://a.example/?b:c'/><a href='b/c:d'/><image href=\"data:image/png;base64,AA\"/></svg>",
            "no drawing at all",
        ] {
            assert_eq!(clean(text), text);
        }
        assert!(matches!(cleaned(b"<svg/>"), Cow::Borrowed(_)));
        assert_eq!(&*cleaned(b"\x1f\x8b\xff"), b"\x1f\x8b\xff");
    }

    #[test]
    fn scripts_go_with_all_that_is_in_them() {
        assert_eq!(clean("<svg><script>a < b</script><g/></svg>"), "<svg>");
        for text in [
            "<svg><script>alert(1)</script><g/></svg>",
            "<svg><script href='a.js'/><g/></svg>",
            "<svg><svg:script type='x'><script>a</script><b><c/></b></svg:script><g/></svg>",
            "<svg><SCRIPT><![CDATA[ </SCRIPT> ]]></SCRIPT><g/></svg>",
        ] {
            assert_eq!(clean(text), "<svg><g/></svg>", "{text}");
        }
    }

    #[test]
    fn events_and_references_to_what_runs_go() {
        for (text, expected) in [
            ("<svg onload='a()' width='1' ONCLICK = \"b\">", "<svg width='1'>"),
            ("<a href='javascript:a()' id='b'/>", "<a id='b'/>"),
            ("<a xlink:href=' java\nscript:a()'/>", "<a/>"),
            ("<a href='&#106;avascript&#x3A;a()'/>", "<a/>"),
            ("<a href='javascript&colon;a()'/>", "<a/>"),
            ("<a href='data:text/html,b'/>", "<a/>"),
            ("<use href='other.svg#a'/>", "<use/>"),
            ("<use xlink:href=\"data:image/svg+xml,b\" x='1'/>", "<use x='1'/>"),
            ("<rect onfocus=a() x='1'/>", "<rect/>"),
            ("<rect x='1' onfocus y='2'>", "<rect x='1'>"),
        ] {
            assert_eq!(clean(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_a_second_cleaning_changes_nothing(text in "[<>/='\"a-o :&#;!\\[\\]?-]{0,80}") {
            let once = clean(&text);
            prop_assert_eq!(clean(&once), once);
        }
    }
}
