//! Dialects of vendors and frameworks whose words are those of the native vocabulary in other places: behind an endpoint, or in
//! the path. Each says where its words are and what they mean; what becomes of them is read in one way for all.

mod amplify;
mod astro;
mod beyond;
mod cloudflare;
mod cloudinary;
mod endpoint;
mod imageengine;
mod imagekit;
mod ipx;
mod netlify;
mod next;
mod storyblok;
mod transformation;
mod weserv;
mod words;

use std::fmt;
use std::sync::Arc;

use super::native::{Meanings, Values};
use super::places::Places;
use super::{Asked, Dialect, DialectError, Heard, Hints, Native, Usual, Worded, Wording};
use crate::request::{Denial, ImageRequest, Reference};
use beyond::Beyond;
use words::NativeWords;

/// One such dialect, as a row.
pub struct Vendor {
    /// The name in settings and labels.
    pub name: &'static str,
    /// Where the vendor has it; it may stand in front of a path or not.
    pub usual_prefix: &'static str,
    /// Tells whether a path, without that prefix, and a query are in its words.
    is_own: fn(&str, Option<&str>) -> bool,
    /// Says what they ask for.
    read: fn(&VendorQuestion<'_>) -> Result<Saying, DialectError>,
    /// A denial in its own words.
    word: fn(&Denial) -> Option<Worded>,
}

/// A row each.
static VENDORS: [&Vendor; 12] = [
    &cloudflare::VENDOR,
    &ipx::VENDOR,
    &cloudinary::VENDOR,
    &imagekit::VENDOR,
    &storyblok::VENDOR,
    &imageengine::VENDOR,
    &next::NEXT,
    &next::VERCEL,
    &amplify::VENDOR,
    &netlify::VENDOR,
    &astro::VENDOR,
    &weserv::VENDOR,
];

/// What an operator lets endpoints be asked for.
#[derive(Debug, Clone, Default)]
pub struct EndpointRules {
    /// Widths in pixels, for next/image and Vercel; any where there are none.
    pub widths: Vec<u32>,
    /// Qualities, for the same; any where there are none.
    pub qualities: Vec<u32>,
}

/// What a dialect is asked.
struct VendorQuestion<'a> {
    /// As sent, without the prefixes; it may be empty.
    path: &'a str,
    query: Option<&'a str>,
    places: &'a Places,
    rules: &'a EndpointRules,
}

/// What a URL says.
struct Saying {
    original: Reference,
    /// What else the original may be called.
    alternatives: Vec<Reference>,
    /// Native words, in rounds that follow one another; at least one.
    rounds: Vec<NativeWords>,
    meanings: &'static Meanings,
    beyond: Beyond,
}

/// A dialect of a vendor under a prefix.
pub struct VendorDialect {
    vendor: &'static Vendor,
    /// It has what is in its words, and leaves the rest to others.
    is_at_root: bool,
    places: Arc<Places>,
    rules: EndpointRules,
    native: Native,
}

impl Vendor {
    /// The row with a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        VENDORS.iter().find(|vendor| vendor.name == name).copied()
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        VENDORS.iter().map(|vendor| vendor.name)
    }

    fn without_prefix<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.usual_prefix).filter(|_| self.usual_prefix != "/")?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }
}

impl PartialEq for Vendor {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Vendor {}

impl fmt::Debug for Vendor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl Saying {
    /// One round.
    fn new(original: Reference, words: NativeWords, meanings: &'static Meanings) -> Self {
        Self { original, alternatives: Vec::new(), rounds: vec![words], meanings, beyond: Beyond::default() }
    }

    /// Changes the words of each round.
    fn each(&mut self, change: impl FnMut(&mut NativeWords)) {
        self.rounds.iter_mut().for_each(change);
    }

    /// The format is the best that the client shows, where none is asked for.
    fn negotiate(&mut self) {
        let has_format = self.rounds.iter().any(|words| words.has("format"));
        if let Some(words) = self.rounds.last_mut().filter(|_| !has_format) {
            words.put("format", "auto");
        }
    }

    /// A part in pixels: of the original, or of what is made of it.
    fn cut(&mut self, rect: String, comes_first: bool) {
        match self.rounds.last_mut() {
            Some(words) if comes_first || !(words.has("w") || words.has("h")) => words.put("rect", rect),
            _ => {
                let mut words = NativeWords::default();
                words.put("rect", rect);
                self.rounds.push(words);
            }
        }
    }
}

impl VendorDialect {
    /// A dialect under a prefix, whose pictures are in these places.
    pub fn new(vendor: &'static Vendor, prefix: &str, places: Arc<Places>) -> Self {
        let native = Native::default().with_hints(Hints::default());
        Self { vendor, is_at_root: prefix == "/", places, rules: EndpointRules::default(), native }
    }

    /// The same, under these rules.
    #[must_use]
    pub fn ruled(self, rules: EndpointRules) -> Self {
        Self { rules, ..self }
    }

    fn phrase(&self, wording: Wording<'_>) -> Result<Saying, DialectError> {
        let path = self.vendor.without_prefix(wording.path).unwrap_or(wording.path);
        (self.vendor.read)(&VendorQuestion { path, query: wording.query, places: &self.places, rules: &self.rules })
    }
}

impl Dialect for VendorDialect {
    fn name(&self) -> &'static str {
        self.vendor.name
    }

    /// What enlarges at a vendor is no choice of a client's.
    fn usual(&self) -> Usual {
        Usual { enlarges: true, ..Usual::default() }
    }

    fn takes(&self, path: &str, query: Option<&str>) -> bool {
        let rest = self.vendor.without_prefix(path);
        !self.is_at_root || rest.is_some() || (self.vendor.is_own)(path, query)
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn read(&self, wording: Wording<'_>) -> Heard {
        let Saying { original, alternatives, rounds, meanings, beyond } = match self.phrase(wording) {
            Ok(phrase) => phrase,
            Err(error) => return Heard::by_url(Err(error)),
        };
        let rounds: Vec<_> = rounds.iter().map(|words| Values::of_words(words.iter())).collect();
        let (wish, varies_on) = self.native.understand(&rounds, (meanings, None), wording.headers);
        let asked = wish.map(|wish| Asked::Image(ImageRequest::new(original, beyond.beside(wish)).or(alternatives)));
        Heard { varies_on, ..Heard::by_url(asked) }
    }

    fn word(&self, denial: &Denial, _wording: Wording<'_>) -> Option<Worded> {
        (self.vendor.word)(denial)
    }
}

#[cfg(test)]
mod tests;
