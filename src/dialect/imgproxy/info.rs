//! `/info/`: what is told of an original, as JSON. Of the paid edition, by its public documentation.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde_json::{Map, Value};

use super::super::Worded;
use super::arguments::{expiry, switch};
use super::options::Grammar;
use super::words::Invalid;
use crate::request::Facts;

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InfoOptions {
    size: bool,
    format: bool,
    dimensions: bool,
    alpha: bool,
    pages: bool,
    /// In seconds since 1970; 0 for never.
    expires: i64,
}

impl Default for InfoOptions {
    fn default() -> Self {
        Self { size: true, format: true, dimensions: true, alpha: false, pages: false, expires: 0 }
    }
}

impl InfoOptions {
    /// Until when the URL is good, where it says so.
    pub fn good_until(self) -> Option<SystemTime> {
        let seconds = u64::try_from(self.expires).ok().filter(|seconds| *seconds > 0)?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// Takes in an option. What is never told is taken as long as it is not asked for.
    pub fn apply(&mut self, name: &str, arguments: &str, by: &Grammar<'_>) -> Result<(), Invalid> {
        let separator = by.separator;
        let is_on = arguments.split(separator).next().is_some_and(switch);
        match name {
            "size" | "s" => self.size = is_on,
            "format" | "f" => self.format = is_on,
            "dimensions" | "d" => self.dimensions = is_on,
            "alpha" | "a" => self.alpha = is_on,
            "pages_number" | "pn" => self.pages = is_on,
            "exif" | "iptc" | "xmp" | "video_meta" | "vm" if !is_on => {}
            "expires" | "exp" => self.expires = expiry(arguments, by.now)?,
            "cachebuster" | "cb" => {}
            _ => return Err(Invalid::Option),
        }
        Ok(())
    }

    /// What is told of an original with these facts.
    pub fn told(self, facts: &Facts) -> Worded {
        let mut told = Map::new();
        if self.size {
            told.insert("size".to_owned(), facts.condition.bytes.into());
        }
        if self.format {
            told.insert("format".to_owned(), facts.format.name().into());
            told.insert("mime_type".to_owned(), facts.format.mime().into());
        }
        if self.dimensions {
            told.insert("width".to_owned(), facts.stored.width.into());
            told.insert("height".to_owned(), facts.stored.height.into());
            told.insert("orientation".to_owned(), facts.orientation.exif_value().into());
        }
        if self.alpha {
            told.insert(
                "alpha".to_owned(),
                Map::from_iter([("has_alpha".to_owned(), facts.may_be_transparent().into())]).into(),
            );
        }
        if self.pages {
            told.insert("pages_number".to_owned(), facts.frames.into());
        }
        Worded::json(StatusCode::OK, &Value::Object(told))
    }
}
