//! `Readings`: what requests were understood as, so that one that comes again in the same words is not read again.

use std::fmt;

use http::HeaderMap;

use super::Hints;
use crate::memo::Memo;

/// What is remembered of each kind, at least. An entry takes some 2 KB.
const REMEMBERED: usize = 2_000;
/// The longest text that is remembered, in bytes.
const MOST_BYTES: usize = 512;

/// What was made of texts and of those headers that each of them has read. A reading that is put here follows from these two
/// alone, and which headers are read from the text alone.
pub struct Readings<T> {
    by_text: Memo<Box<str>, KnownText<T>>,
    /// The same, where a client sends headers that count: by the text and these.
    by_headers: Memo<Box<[u8]>, T>,
}

/// What is known of a text.
#[derive(Clone)]
struct KnownText<T> {
    /// The headers that can change what it comes to.
    varies_on: Hints,
    /// What it comes to where a client sends none of them, once one has.
    bare: Option<T>,
}

impl<T: Clone> Default for Readings<T> {
    fn default() -> Self {
        Self { by_text: Memo::new(REMEMBERED), by_headers: Memo::new(REMEMBERED) }
    }
}

/// A copy may be made to read otherwise, and begins with nothing.
impl<T: Clone> Clone for Readings<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T> fmt::Debug for Readings<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Readings")
    }
}

impl<T: Clone> Readings<T> {
    /// What a text came to with such headers, where that is remembered; and which of them it has read.
    pub fn get(&self, text: &str, headers: &HeaderMap) -> Option<(T, Hints)> {
        if text.len() > MOST_BYTES {
            return None;
        }
        let KnownText { varies_on, bare } = self.by_text.get(text)?;
        let reading = match told(text, headers, varies_on) {
            None => bare,
            Some(told) => self.by_headers.get(&*told),
        };
        Some((reading?, varies_on))
    }

    /// Remembers what a text came to with such headers, of which it has read these.
    pub fn put(&self, text: &str, headers: &HeaderMap, varies_on: Hints, reading: T) {
        if text.len() > MOST_BYTES {
            return;
        }
        let told = told(text, headers, varies_on);
        let bare = match told {
            None => Some(reading),
            Some(told) => {
                if told.len() <= MOST_BYTES {
                    self.by_headers.put(told.into(), reading);
                }
                self.by_text.get(text).and_then(|known| known.bare)
            }
        };
        self.by_text.put(text.into(), KnownText { varies_on, bare });
    }
}

/// A text, and what the headers say that it reads; `None` where a client sends none of them. Neither a URL nor a header has a
/// line break in it, by which they are told apart.
fn told(text: &str, headers: &HeaderMap, varies_on: Hints) -> Option<Vec<u8>> {
    if !varies_on.iter().any(|hint| headers.contains_key(hint.header())) {
        return None;
    }
    let mut told = text.as_bytes().to_vec();
    for hint in varies_on.iter() {
        told.push(b'\n');
        for value in headers.get_all(hint.header()) {
            told.push(b'\r');
            told.extend_from_slice(value.as_bytes());
        }
    }
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Hint;
    use http::HeaderValue;

    fn headers(lines: &[(Hint, &str)]) -> HeaderMap {
        let line = |(hint, value): &(Hint, &str)| (hint.header(), HeaderValue::from_str(value).unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in lines.iter().map(line) {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn a_reading_is_that_of_the_headers_that_it_has_read() {
        let readings = Readings::default();
        let hints: Hints = [Hint::Accept, Hint::PixelRatio].into_iter().collect();
        let ways: [&[(Hint, &str)]; 6] = [
            &[],
            &[(Hint::Accept, "a")],
            &[(Hint::PixelRatio, "a")],
            &[(Hint::Accept, "")],
            &[(Hint::Accept, "a"), (Hint::Accept, "b")],
            &[(Hint::Accept, "a"), (Hint::PixelRatio, "b")],
        ];
        for (number, way) in ways.into_iter().enumerate() {
            assert_eq!(readings.get("w=1", &headers(way)), None, "{way:?}");
            readings.put("w=1", &headers(way), hints, number);
        }
        for (number, way) in ways.into_iter().enumerate() {
            assert_eq!(readings.get("w=1", &headers(way)), Some((number, hints)), "{way:?}");
            let with_more: Vec<_> = way.iter().copied().chain([(Hint::Width, "9")]).collect();
            assert_eq!(readings.get("w=1", &headers(&with_more)), Some((number, hints)), "{way:?}");
        }
        assert_eq!(readings.get("w=2", &headers(&[])), None);
    }

    #[test]
    fn what_is_too_long_is_not_remembered() {
        let readings = Readings::default();
        let (short, long) = ("a".repeat(MOST_BYTES), "a".repeat(MOST_BYTES + 1));
        for text in [&short, &long] {
            readings.put(text, &headers(&[]), Hints::default(), 1);
        }
        assert_eq!(readings.get(&short, &headers(&[])), Some((1, Hints::default())));
        assert_eq!(readings.get(&long, &headers(&[])), None);
        let accept = headers(&[(Hint::Accept, "b")]);
        readings.put(&short, &accept, [Hint::Accept].into_iter().collect(), 2);
        assert_eq!(readings.get(&short, &accept), None);
    }
}
