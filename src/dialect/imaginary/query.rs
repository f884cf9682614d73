//! `GoQuery`: the query of a URL as Go's `net/url` reads it, and writes it again to be signed.

use std::borrow::Cow;

use crate::dialect::escaping::query_escaped;

/// Names and values in the order in which they came, decoded once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GoQuery(Vec<(Vec<u8>, Vec<u8>)>);

impl GoQuery {
    /// Reads a query. Pairs with a semicolon or a broken escape do not count.
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';'));
        let decoded = pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((unescape(name.as_bytes())?, unescape(value.as_bytes())?))
        });
        Self(decoded.collect())
    }

    /// The first value of a name; nothing where it has none.
    pub fn first(&self, name: &str) -> Cow<'_, str> {
        let value = self.0.iter().find(|(known, _)| known == name.as_bytes());
        value.map_or(Cow::Borrowed(""), |(_, value)| String::from_utf8_lossy(value))
    }

    /// Each name that has a value, once, with the first of its values.
    pub fn firsts(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let is_first = |index: usize, name: &[u8]| self.0.iter().position(|(known, _)| known == name) == Some(index);
        let firsts = self.0.iter().enumerate().filter(move |(index, (name, _))| is_first(*index, name));
        firsts.map(|(_, (name, value))| (String::from_utf8_lossy(name), String::from_utf8_lossy(value)))
    }

    /// What is signed of it: all but the signature, sorted by name, each value escaped anew.
    pub fn signed_text(&self) -> String {
        let mut pairs: Vec<_> = self.0.iter().filter(|(name, _)| name != b"sign").collect();
        // Stable: the values of one name stay in their order.
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        let texts = pairs.into_iter().map(|(name, value)| [query_escaped(name), query_escaped(value)].join("="));
        texts.collect::<Vec<_>>().join("&")
    }
}

/// Decodes `%41` and `+`; `None` where a `%` stands for nothing.
pub(super) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => *other,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_go_reads_it() {
        let query = GoQuery::parse("width=1&width=2&text=a+b%2Bc&&bad=%zz&semi;colon=1&flag&%66ile=x%C3%A9.jpg");
        assert_eq!(query.first("width"), "1");
        assert_eq!(query.first("text"), "a b+c");
        assert_eq!([query.first("bad"), query.first("semi;colon"), query.first("flag"), query.first("no")], [""; 4]);
        assert_eq!(query.first("file"), "xé.jpg");
        let names: Vec<_> = query.firsts().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["width", "text", "flag", "file"]);
    }

    #[test]
    fn what_is_signed_is_sorted_and_escaped_anew() {
        for (query, signed) in [
            ("width=300&height=200&type=jpeg&file=a.jpg", "file=a.jpg&height=200&type=jpeg&width=300"),
            ("text=caf%C3%A9+%2B+cr%C3%A8me&sign=x&file=city.jpg", "file=city.jpg&text=caf%C3%A9+%2B+cr%C3%A8me"),
            ("b=2&a=%2f~-_.%2a&b=1", "a=%2F~-_.%2A&b=2&b=1"),
            ("", ""),
            ("flag", "flag="),
        ] {
            assert_eq!(GoQuery::parse(query).signed_text(), signed, "{query}");
        }
    }

    #[test]
    fn a_percent_sign_that_stands_for_nothing_is_an_error() {
        assert_eq!(unescape(b"a%20b+c"), Some(b"a b c".to_vec()));
        for text in ["%", "%4", "%4g", "a%"] {
            assert_eq!(unescape(text.as_bytes()), None, "{text}");
        }
    }
}
