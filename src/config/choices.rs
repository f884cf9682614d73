//! What is negotiated with clients, as settings: formats in an order, and the headers that count.

use std::ops::RangeInclusive;

use super::kind::{Kind, one_of};
use crate::dialect::{Accent, Hint, Hints};
use crate::request::{Accepted, OutputFormat};

/// Formats that some clients show, each once, the best first; empty means that only URLs that ask for it negotiate.
pub(super) struct PreferredFormats;

impl PreferredFormats {
    fn all() -> impl Iterator<Item = OutputFormat> {
        Accepted::NEGOTIABLE.into_iter().filter_map(OutputFormat::same_as)
    }
}

impl Kind for PreferredFormats {
    type Value = Vec<OutputFormat>;

    fn expected(&self) -> String {
        let names: Vec<_> = Self::all().map(|output| output.medium().name()).collect();
        format!("names out of {}, separated by commas, or empty for none", names.join(", "))
    }

    fn parse(&self, text: &str) -> Option<Vec<OutputFormat>> {
        let mut formats = Vec::new();
        for name in text.split(',').map(str::trim).filter(|_| !text.is_empty()) {
            let named = OutputFormat::named(name)?;
            let format = Self::all().find(|known| *known == named)?;
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        Some(formats)
    }

    fn takes_empty(&self) -> bool {
        true
    }
}

/// A vendor whose meaning of words counts.
pub(super) struct AccentName;

impl Kind for AccentName {
    type Value = Accent;

    fn expected(&self) -> String {
        one_of(Accent::names())
    }

    fn parse(&self, text: &str) -> Option<Accent> {
        Accent::named(text)
    }
}

/// Whole numbers in a range; empty means any.
pub(super) struct NumberList(pub RangeInclusive<u32>);

impl Kind for NumberList {
    type Value = Vec<u32>;

    fn expected(&self) -> String {
        format!("whole numbers from {} to {}, separated by commas, or empty for any", self.0.start(), self.0.end())
    }

    fn parse(&self, text: &str) -> Option<Vec<u32>> {
        let numbers = text.split(',').map(str::trim).filter(|_| !text.is_empty());
        numbers.map(|number| number.parse().ok().filter(|number| self.0.contains(number))).collect()
    }

    fn takes_empty(&self) -> bool {
        true
    }
}

/// Headers in which clients say what suits them; empty means none.
pub(super) struct ClientHints;

impl Kind for ClientHints {
    type Value = Hints;

    fn expected(&self) -> String {
        let names = one_of(Hint::SETTABLE.iter().map(|(name, _)| *name));
        format!("a list, separated by commas: {names}; or empty for none")
    }

    fn parse(&self, text: &str) -> Option<Hints> {
        let names = text.split(',').map(str::trim).filter(|_| !text.is_empty());
        let named = |name: &str| Hint::SETTABLE.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        names.map(|name| named(name).map(|(_, hint)| *hint)).collect()
    }

    fn takes_empty(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_preferred_in_the_order_written() {
        let names = |text| {
            let formats = PreferredFormats.parse(text)?;
            Some(formats.iter().map(|output| output.medium().name()).collect::<Vec<_>>())
        };
        assert_eq!(names("webp, AVIF,webp"), Some(vec!["webp", "avif"]));
        assert_eq!(names(""), Some(vec![]));
        for text in ["jpeg", "avif,,webp", "all", "avif;webp"] {
            assert_eq!(names(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_those_of_a_range() {
        assert_eq!(NumberList(1..=9).parse("3, 9"), Some(vec![3, 9]));
        assert_eq!(NumberList(1..=9).parse(""), Some(vec![]));
        assert!(["10", "3,", "x"].into_iter().all(|text| NumberList(1..=9).parse(text).is_none()));
        let sizes = NumberList(1..=65_535);
        assert_eq!(sizes.parse("400, 200"), Some(vec![400, 200]));
        assert_eq!(sizes.parse(""), Some(vec![]));
        for text in ["0", "400,", "4x", "65536", "-1", "1.5"] {
            assert_eq!(sizes.parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_accent_is_that_of_a_vendor() {
        assert_eq!(AccentName.parse("shopify"), AccentName.parse("supabase"));
        assert!(Accent::names().all(|name| AccentName.parse(name).is_some()) && AccentName.parse("native").is_none());
    }

    #[test]
    fn hints_are_those_that_are_named() {
        assert_eq!(ClientHints.parse("sec-ch-dpr"), Some(Hints::USUAL));
        assert_eq!(
            ClientHints.parse(" Save-Data ,sec-ch-width"),
            Some([Hint::Width, Hint::SaveData].into_iter().collect())
        );
        assert_eq!(ClientHints.parse(""), Some(Hints::default()));
        for text in ["accept", "dpr", "save-data,"] {
            assert_eq!(ClientHints.parse(text), None, "{text}");
        }
    }
}
