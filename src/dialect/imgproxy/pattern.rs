//! `Pattern`: how a URL begins, with gaps in which anything may stand but a slash.

/// How a URL begins: what stands between the gaps, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<String>);

impl Pattern {
    /// Reads a pattern with `*` for gaps.
    pub fn parse(text: &str) -> Self {
        Self(text.split('*').map(str::to_owned).collect())
    }

    /// Tells whether a URL begins so.
    pub fn begins(&self, url: &str) -> bool {
        self.matched(url).is_some()
    }

    /// What a URL has in the gaps, and what comes behind; gaps are as long as they can be.
    pub fn matched<'a>(&self, url: &'a str) -> Option<(Vec<&'a str>, &'a str)> {
        let (first, others) = self.0.split_first()?;
        let mut gaps = Vec::with_capacity(others.len());
        let rest = fill(others, url.strip_prefix(first.as_str())?, &mut gaps)?;
        Some((gaps, rest))
    }
}

/// Finds what stands behind gaps, the last place of it first.
fn fill<'a>(pieces: &[String], text: &'a str, gaps: &mut Vec<&'a str>) -> Option<&'a str> {
    let Some((piece, others)) = pieces.split_first() else { return Some(text) };
    let end = text.find('/').unwrap_or(text.len());
    let ends = (0..=end).rev().filter(|end| text.is_char_boundary(*end));
    for (gap, behind) in ends.filter_map(|end| text.split_at_checked(end)) {
        let Some(behind) = behind.strip_prefix(piece.as_str()) else { continue };
        gaps.push(gap);
        if let Some(rest) = fill(others, behind, gaps) {
            return Some(rest);
        }
        gaps.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_holds_anything_but_a_slash() {
        for (pattern, url, expected) in [
            ("local://", "local:///a.jpg", Some((vec![], "/a.jpg"))),
            ("http://", "https://a.example", None),
            ("https://*.a.example/", "https://b.c.a.example/d", Some((vec!["b.c"], "d"))),
            ("https://*.a.example/", "https://a.example/d", None),
            ("https://*.a.example/", "https://x/.a.example/d", None),
            ("s3://*/in-*.", "s3://b/in-c.d.png", Some((vec!["b", "c.d"], "png"))),
            ("*a", "aaa", Some((vec!["aa"], ""))),
            ("*", "ü/x", Some((vec!["ü"], "/x"))),
        ] {
            assert_eq!(Pattern::parse(pattern).matched(url), expected, "{pattern} {url}");
        }
        assert!(Pattern::parse("").begins("anything"));
    }
}
