//! `/info/`: what is told of an original, as JSON. Of the paid edition, by its public documentation.

use http::StatusCode;
use serde_json::{Map, Value};

use super::super::Worded;
use super::arguments::switch;
use super::words::Invalid;
use crate::request::Facts;

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InfoOptions {
    format: bool,
    dimensions: bool,
    alpha: bool,
    pages: bool,
}

impl Default for InfoOptions {
    fn default() -> Self {
        Self { format: true, dimensions: true, alpha: false, pages: false }
    }
}

impl InfoOptions {
    /// Takes in an option. What is never told is taken as long as it is not asked for.
    pub fn apply(&mut self, name: &str, arguments: &str, separator: &str) -> Result<(), Invalid> {
        let is_on = arguments.split(separator).next().is_some_and(switch);
        match name {
            "format" | "f" => self.format = is_on,
            "dimensions" | "d" => self.dimensions = is_on,
            "alpha" | "a" => self.alpha = is_on,
            "pages_number" | "pn" => self.pages = is_on,
            "size" | "s" | "exif" | "iptc" | "xmp" | "video_meta" | "vm" if !is_on => {}
            "cachebuster" | "cb" => {}
            _ => return Err(Invalid::Option),
        }
        Ok(())
    }

    /// What is told of an original with these facts.
    pub fn told(self, facts: &Facts) -> Worded {
        let mut told = Map::new();
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
