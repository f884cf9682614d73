//! Filters as they stand in a path: names, and arguments in brackets.

use percent_encoding::percent_decode_str;

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dialect) struct Filter {
    pub name: String,
    /// All between the brackets.
    pub text: String,
}

impl Filter {
    /// The arguments, without blanks and quotation marks around them; those within brackets are not parted.
    pub fn arguments(&self) -> Vec<String> {
        let parts = filters::parted(&self.text, ',');
        let bare = |part: &str| part.trim().trim_matches('\'').trim().to_owned();
        let arguments: Vec<_> = parts.into_iter().map(bare).collect();
        if arguments.iter().all(String::is_empty) { Vec::new() } else { arguments }
    }
}

/// How they are told apart.
pub(super) mod filters {
    use super::{Filter, percent_decode_str};

    /// What filters begin with.
    const MARK: &str = "filters:";
    /// More than these are not read.
    const MAX: usize = 64;

    /// The filters at the beginning of a path, and what follows behind them.
    pub fn split(path: &str) -> Option<(&str, &str)> {
        let is_mark = |mark: &str| path.get(..mark.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(mark));
        let mark = [MARK, "filters%3A"].into_iter().find(|mark| is_mark(mark))?;
        let text = path.get(mark.len()..)?;
        let mut depth = 0_usize;
        for (place, letter) in text.char_indices() {
            let encoded = text.get(place..place + 3).unwrap_or_default();
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                '%' if encoded == "%28" => depth += 1,
                '%' if encoded == "%29" => depth = depth.saturating_sub(1),
                '/' if depth == 0 => return Some((text.get(..place)?, text.get(place + 1..)?)),
                _ => {}
            }
        }
        None
    }

    /// Reads them, each decoded once it is told from others.
    pub fn read(text: &str) -> Vec<Filter> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        // Where brackets are encoded, all is.
        let text = if text.contains('(') { text.to_owned() } else { decoded(text) };
        let parts = parted(&text, ':').into_iter().take(MAX);
        let filter = |part: &str| {
            let (name, rest) = part.split_once('(')?;
            let arguments = rest.strip_suffix(')').unwrap_or(rest);
            Some(Filter { name: decoded(name).trim().to_ascii_lowercase(), text: decoded(arguments) })
        };
        parts.filter_map(filter).collect()
    }

    /// The parts between separators that are in no brackets.
    pub fn parted(text: &str, separator: char) -> Vec<&str> {
        let mut depth = 0_usize;
        text.split(|letter: char| {
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            letter == separator && depth == 0
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_told_from_the_image() {
        let split = filters::split("filters:watermark(http://a.example/b.png,1,2,3):blur(4)/c/d.jpg");
        assert_eq!(split, Some(("watermark(http://a.example/b.png,1,2,3):blur(4)", "c/d.jpg")));
        assert_eq!(filters::split("filters:quality%2880%29/c.jpg"), Some(("quality%2880%29", "c.jpg")));
        for path in ["filters:blur(4)", "filter:blur(4)/a.jpg", "a/filters:blur(4)/b.jpg", ""] {
            assert_eq!(filters::split(path), None, "{path}");
        }
    }

    #[test]
    fn arguments_are_parted_and_decoded() {
        let read = filters::read("Blur(%204%2C5%20):format('webp'):stretch():image(/a(b,c)/d,1,2):nonsense");
        let of = |index: usize| (read[index].name.clone(), read[index].arguments());
        assert_eq!(of(0), ("blur".to_owned(), vec!["4".to_owned(), "5".to_owned()]));
        assert_eq!(of(1), ("format".to_owned(), vec!["webp".to_owned()]));
        assert_eq!(of(2), ("stretch".to_owned(), vec![]));
        assert_eq!(of(3).1, ["/a(b,c)/d", "1", "2"]);
        assert_eq!(read.len(), 4);
        assert_eq!(filters::read("quality%2880%29%3Agrayscale%28%29").len(), 2);
        assert_eq!(filters::read(&"blur(1):".repeat(100)).len(), 64);
    }
}
