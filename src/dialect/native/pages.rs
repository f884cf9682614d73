//! What pages are made with: what is known of a picture before it is there.

use super::parameters::{Expected, Parameter};
use super::picture::Widths;
use super::values::{put, set, word};
use crate::request::ClaimedVersion;

/// Names a version, and asks for nothing: it needs no signature where renditions do.
pub(super) const VERSION: &str = "v";

/// What a request may say to be on a page.
const MOST_CHARACTERS: usize = 1000;

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct PageValues {
    /// What is known of the original is asked for.
    pub tells: bool,
    /// The version that the URL is of.
    pub version: Option<ClaimedVersion>,
    /// What a page needs to show it is asked for.
    pub is_picture: bool,
    /// A very small picture is to be in that.
    pub has_placeholder: bool,
    pub widths: Option<Widths>,
    pub sizes: Option<String>,
    pub alt: Option<String>,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["info"], expected: a_word,
        meaning: "Nothing, or `1`: what is known of the original, as JSON, in place of a picture; no other parameter changes it. Another spelling of `format=json`. See [docs/pages.md](docs/pages.md)",
        read: |reading, text| set(&mut reading.pages.tells, word(text)),
    },
    Parameter {
        names: &["picture"], expected: a_word,
        meaning: "Nothing, or `1`: an element of HTML that shows the picture in the operator's formats and in several widths, or what is in it as JSON where `Accept` likes that better. All other parameters are asked of every file in it; `format` narrows the choice, `ar` is the shape",
        read: |reading, text| set(&mut reading.pages.is_picture, word(text)),
    },
    Parameter {
        names: &["widths"], expected: || Expected::Text(Widths::expected()),
        meaning: "With `picture`: how wide the files are, in pixels; none is wider than the original. Without it, from that on down, each half as many pixels as the one before",
        read: |reading, text| put(&mut reading.pages.widths, Widths::parse(text)),
    },
    Parameter {
        names: &["sizes"], expected: a_note,
        meaning: "With `picture`: how wide it is on the page, as the attribute of that name has it (`100vw`)",
        read: |reading, text| set(&mut reading.pages.sizes, note(text).map(|text| Some(text).filter(|text| !text.is_empty()))),
    },
    Parameter {
        names: &["alt"], expected: a_note,
        meaning: "With `picture`: what stands for it where it is not seen",
        read: |reading, text| put(&mut reading.pages.alt, note(text)),
    },
    Parameter {
        names: &["lqip"], expected: a_word,
        meaning: "With `picture`, nothing, or `1`: a very small picture is the background until the file has come",
        read: |reading, text| set(&mut reading.pages.has_placeholder, word(text)),
    },
    Parameter {
        names: &[VERSION], expected: || Expected::text("the version of the original, or its first 8 characters or more"),
        meaning: "The `version` that `info` tells. The URL of that version may be kept for a year, unseen; of any other one, what is sent is the original as it is now, for 60 seconds",
        read: |reading, text| put(&mut reading.pages.version, Some(ClaimedVersion::new(text))),
    },
];

/// Tells whether a parameter, by its usual name, is one of these.
pub(super) fn is_of_pages(name: &str) -> bool {
    PARAMETERS.iter().any(|row| row.name() == name)
}

/// Words for the page.
fn note(text: &str) -> Option<String> {
    (text.chars().take(MOST_CHARACTERS + 1).count() <= MOST_CHARACTERS).then(|| text.to_owned())
}

/// What [`note`] reads.
fn a_note() -> Expected {
    Expected::Text(format!("at most {MOST_CHARACTERS} characters"))
}

/// What [`word`] reads.
fn a_word() -> Expected {
    Expected::TextOr("nothing", vec!["0", "1", "true", "false"])
}
