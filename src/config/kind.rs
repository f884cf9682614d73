//! `Kind`: what a variable may say, and the type that it becomes. It must not know which variables there are.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::thread::available_parallelism;

use url::Url;

use crate::request::{Background, ImagePath, OutputFormat, ResizeAlgorithm};

/// How one sort of value is read. Texts come trimmed.
pub(super) trait Kind {
    type Value;

    /// What an operator may write, to follow the word "expected".
    fn expected(&self) -> String;

    /// The value of `text`, or `None` where it is not as expected.
    fn parse(&self, text: &str) -> Option<Self::Value>;

    /// What of it is missing in a text that is not as expected, to follow the word "expected".
    fn missed(&self, _text: &str) -> String {
        self.expected()
    }

    /// Tells whether an empty text is a value of its own. Otherwise it means the default.
    fn takes_empty(&self) -> bool {
        false
    }

    /// The text as it may be printed: without secrets, and complete where it leaves the choice to us.
    fn shown(&self, text: &str) -> String {
        text.to_owned()
    }
}

/// A whole number in a range.
pub(super) struct Whole<T>(pub RangeInclusive<T>);

impl<T: FromStr + PartialOrd + Display> Kind for Whole<T> {
    type Value = T;

    fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.0.start(), self.0.end())
    }

    fn parse(&self, text: &str) -> Option<T> {
        text.parse().ok().filter(|number| self.0.contains(number))
    }
}

/// A number of threads; empty means one per core.
pub(super) struct Threads(pub RangeInclusive<usize>);

impl Kind for Threads {
    type Value = usize;

    fn expected(&self) -> String {
        format!("{}, or empty for one per core", Whole(self.0.clone()).expected())
    }

    fn parse(&self, text: &str) -> Option<usize> {
        if text.is_empty() {
            let cores = available_parallelism().map_or(*self.0.start(), usize::from);
            return Some(cores.min(*self.0.end()));
        }
        Whole(self.0.clone()).parse(text)
    }

    fn takes_empty(&self) -> bool {
        true
    }

    fn shown(&self, text: &str) -> String {
        self.parse(text).map_or_else(|| text.to_owned(), |threads| threads.to_string())
    }
}

/// Yes or no.
pub(super) struct Switch;

impl Kind for Switch {
    type Value = bool;

    fn expected(&self) -> String {
        "true or false".to_owned()
    }

    fn parse(&self, text: &str) -> Option<bool> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }
}

/// An address to listen on.
pub(super) struct Address;

impl Kind for Address {
    type Value = SocketAddr;

    fn expected(&self) -> String {
        "an IP address and a port, such as 0.0.0.0:8000 or [::]:8000".to_owned()
    }

    fn parse(&self, text: &str) -> Option<SocketAddr> {
        text.parse().ok()
    }
}

/// A folder, which may or may not exist yet.
pub(super) struct FolderPath;

impl Kind for FolderPath {
    type Value = PathBuf;

    fn expected(&self) -> String {
        "the path of a folder".to_owned()
    }

    fn parse(&self, text: &str) -> Option<PathBuf> {
        (!text.contains('\0')).then(|| PathBuf::from(text))
    }
}

/// A file.
pub(super) struct FilePath;

impl Kind for FilePath {
    type Value = PathBuf;

    fn expected(&self) -> String {
        "the path of a file".to_owned()
    }

    fn parse(&self, text: &str) -> Option<PathBuf> {
        FolderPath.parse(text)
    }
}

/// The first components of URL paths; empty, or a slash alone, means none.
pub(super) struct Prefix;

impl Kind for Prefix {
    type Value = Option<ImagePath>;

    fn expected(&self) -> String {
        "the first components of URL paths, such as static/images, or empty for none".to_owned()
    }

    fn parse(&self, text: &str) -> Option<Option<ImagePath>> {
        let components = text.trim_matches('/');
        if components.is_empty() { Some(None) } else { ImagePath::from_decoded(components).ok().map(Some) }
    }

    fn takes_empty(&self) -> bool {
        true
    }
}

/// Where to ask for an image by appending its path; empty means nowhere.
pub(super) struct BaseUrl;

impl Kind for BaseUrl {
    type Value = Option<Url>;

    fn expected(&self) -> String {
        "an http or https URL without credentials, query or fragment, or empty for none".to_owned()
    }

    fn parse(&self, text: &str) -> Option<Option<Url>> {
        if text.is_empty() {
            return Some(None);
        }
        let url = Url::parse(text).ok()?;
        let is_plain =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        (is_plain && matches!(url.scheme(), "http" | "https")).then_some(Some(url))
    }

    fn takes_empty(&self) -> bool {
        true
    }

    /// Whatever may be a password or a token is left out: the text goes to the log.
    fn shown(&self, text: &str) -> String {
        let without_query = text.split(['?', '#']).next().unwrap_or_default();
        let query = if without_query.len() < text.len() { "?…" } else { "" };
        match without_query.rsplit_once('@') {
            Some((_, host)) => format!("…@{host}{query}"),
            None => format!("{without_query}{query}"),
        }
    }
}

/// One name out of a table of names and values, in any letter case.
pub(super) struct OneOf<T: 'static>(pub &'static [(&'static str, T)]);

impl<T: Copy> Kind for OneOf<T> {
    type Value = T;

    fn expected(&self) -> String {
        one_of(self.0.iter().map(|(name, _)| *name))
    }

    fn parse(&self, text: &str) -> Option<T> {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
    }
}

/// The name of a resize algorithm.
pub(super) struct Algorithm;

impl Kind for Algorithm {
    type Value = ResizeAlgorithm;

    fn expected(&self) -> String {
        one_of(ResizeAlgorithm::names())
    }

    fn parse(&self, text: &str) -> Option<ResizeAlgorithm> {
        ResizeAlgorithm::named(text)
    }
}

/// A colour.
pub(super) struct BackgroundColour;

impl Kind for BackgroundColour {
    type Value = Background;

    fn expected(&self) -> String {
        "white, black, or a colour in three or six hexadecimal digits, such as #fff or ffcc00".to_owned()
    }

    fn parse(&self, text: &str) -> Option<Background> {
        Background::parse(text)
    }
}

/// The formats that a rendition may have, each once, in the order written; `all` means every one.
pub(super) struct OutputFormats;

impl Kind for OutputFormats {
    type Value = Vec<OutputFormat>;

    fn expected(&self) -> String {
        let names: Vec<_> = OutputFormat::images().flat_map(|output| output.medium().names()).copied().collect();
        format!("all, or names out of {}, separated by commas", names.join(", "))
    }

    fn parse(&self, text: &str) -> Option<Vec<OutputFormat>> {
        if text.eq_ignore_ascii_case("all") {
            return Some(OutputFormat::images().collect());
        }
        let mut formats = Vec::new();
        for name in text.split(',') {
            let format = OutputFormat::written_as(name.trim()).filter(|output| output.format().is_some())?;
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        Some(formats)
    }
}

/// A value that can be switched off by an empty text.
pub(super) struct OrNone<K>(pub K);

impl<K: Kind> Kind for OrNone<K> {
    type Value = Option<K::Value>;

    fn expected(&self) -> String {
        format!("{}, or empty for none", self.0.expected())
    }

    fn parse(&self, text: &str) -> Option<Self::Value> {
        if text.is_empty() { Some(None) } else { self.0.parse(text).map(Some) }
    }

    fn missed(&self, text: &str) -> String {
        format!("{}, or empty for none", self.0.missed(text))
    }

    fn takes_empty(&self) -> bool {
        true
    }

    fn shown(&self, text: &str) -> String {
        if text.is_empty() { String::new() } else { self.0.shown(text) }
    }
}

pub(super) fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("one of {}", names.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_and_in_range() {
        let quality = Whole(1u8..=100);
        assert_eq!(quality.parse("75"), Some(75));
        for text in ["0", "101", "-1", "75.5", "75 %", "high", ""] {
            assert_eq!(quality.parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_switch_is_read_in_any_letter_case() {
        for text in ["true", "TRUE", "1", "Yes", "on"] {
            assert_eq!(Switch.parse(text), Some(true), "{text}");
        }
        for text in ["false", "False", "0", "NO", "off"] {
            assert_eq!(Switch.parse(text), Some(false), "{text}");
        }
        assert_eq!(Switch.parse("maybe"), None);
    }

    #[test]
    fn a_base_url_has_nothing_that_an_appended_path_would_clash_with() {
        assert_eq!(BaseUrl.parse(""), Some(None));
        assert_eq!(BaseUrl.parse("https://a.example/b/").flatten(), Url::parse("https://a.example/b/").ok());
        for text in
            ["a.example", "/b", "ftp://a.example", "http://me:pw@a.example", "http://a.example/?b", "http://a/#b"]
        {
            assert_eq!(BaseUrl.parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_refused_url_is_shown_without_its_secrets() {
        assert_eq!(BaseUrl.shown("http://me:pw@a.example/b?token=c"), "…@a.example/b?…");
        assert_eq!(BaseUrl.shown("ftp://a.example/b"), "ftp://a.example/b");
    }

    #[test]
    fn a_prefix_is_written_with_or_without_outer_slashes() {
        let expected = ImagePath::from_decoded("static/images").ok();
        for text in ["static/images", "/static/images", "static/images/", "/static/images/"] {
            assert_eq!(Prefix.parse(text), Some(expected.clone()), "{text}");
        }
        assert_eq!(Prefix.parse("/"), Some(None));
        assert_eq!(Prefix.parse("../static"), None);
    }

    #[test]
    fn formats_are_listed_once_in_the_order_written() {
        let names = |text| {
            let formats: Vec<OutputFormat> = OutputFormats.parse(text)?;
            Some(formats.iter().map(|output| output.medium().name()).collect::<Vec<_>>())
        };
        assert_eq!(names("webp, JPG,jpeg , webp"), Some(vec!["webp", "jpeg"]));
        assert_eq!(names("All"), Some(vec!["avif", "bmp", "gif", "ico", "jpeg", "png", "tiff", "webp"]));
        assert_eq!(names("webp,,png"), None);
        assert_eq!(names("tiff,bmp"), Some(vec!["tiff", "bmp"]));
        assert_eq!(names("qoi"), None);
    }

    #[test]
    fn unset_threads_are_as_many_as_cores() {
        let threads = Threads(1..=1024);
        assert_eq!(threads.parse("7"), Some(7));
        assert_eq!(threads.parse("0"), None);
        assert_eq!(threads.parse("").map(|count| count.to_string()), Some(threads.shown("")));
    }
}
