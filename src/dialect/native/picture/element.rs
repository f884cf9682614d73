//! The element of a page that shows a picture (HTML, section 4.8), and the same as JSON.

use std::fmt::Write as _;

use http::StatusCode;
use serde_json::{Value, json};

use crate::dialect::Worded;
use crate::request::{Dimensions, OutputFormat, VersionName};

/// What is seen without `srcset`: of several widths, the widest up to this one.
const PLAIN_WIDTH: u32 = 1280;
/// How wide the picture is on its page, where the request does not say.
const USUAL_SIZES: &str = "100vw";

/// A picture on a page.
pub(super) struct Element<'a> {
    /// For browsers that show these, the best first.
    pub sources: Vec<Offer>,
    /// For all others.
    pub fallback: Offer,
    /// Of the widest, where they are known.
    pub dimensions: Option<Dimensions>,
    pub alt: &'a str,
    pub sizes: Option<&'a str>,
    pub version: &'a VersionName,
    /// A data URI.
    pub placeholder: Option<&'a str>,
}

/// A picture in one format, the narrowest first. Never empty.
pub(super) struct Offer {
    pub format: OutputFormat,
    pub files: Vec<WideFile>,
}

/// A file, and how wide it is.
pub(super) struct WideFile {
    pub url: String,
    pub width: u32,
}

impl Offer {
    fn mime(&self) -> &'static str {
        self.format.medium().mime()
    }

    fn srcset(&self) -> String {
        self.files.iter().map(|file| format!("{} {}w", file.url, file.width)).collect::<Vec<_>>().join(", ")
    }

    /// For whoever does not choose.
    fn plain(&self) -> &str {
        let small = self.files.iter().rev().find(|file| file.width <= PLAIN_WIDTH);
        small.or(self.files.first()).map_or("", |file| &file.url)
    }

    fn json(&self) -> Value {
        let files = self.files.iter().map(|file| json!({ "url": file.url, "width": file.width }));
        json!({ "type": self.mime(), "srcset": files.collect::<Vec<_>>() })
    }
}

impl Element<'_> {
    fn sizes(&self) -> &str {
        self.sizes.unwrap_or(USUAL_SIZES)
    }

    /// The element, for a page to take in as it stands.
    pub fn html(&self) -> Worded {
        let sizes = escaped(self.sizes());
        let mut text = "<picture>\n".to_owned();
        // Writing to a String cannot fail.
        for source in &self.sources {
            let (mime, srcset) = (source.mime(), escaped(&source.srcset()));
            let _ = writeln!(text, "<source type=\"{mime}\" srcset=\"{srcset}\" sizes=\"{sizes}\">");
        }
        let (src, srcset) = (escaped(self.fallback.plain()), escaped(&self.fallback.srcset()));
        let _ = write!(text, "<img src=\"{src}\" srcset=\"{srcset}\" sizes=\"{sizes}\"");
        if let Some(Dimensions { width, height }) = self.dimensions {
            let _ = write!(text, " width=\"{width}\" height=\"{height}\"");
        }
        let _ = write!(text, " alt=\"{}\" loading=\"lazy\" decoding=\"async\"", escaped(self.alt));
        if let Some(placeholder) = self.placeholder {
            let _ = write!(text, " style=\"background:url({}) center/cover no-repeat\"", escaped(placeholder));
        }
        text.push_str(">\n</picture>\n");
        Worded { content_type: "text/html; charset=utf-8", ..Worded::text(StatusCode::OK, text) }
    }

    /// What is in the element.
    pub fn json(&self) -> Worded {
        let mut fallback = self.fallback.json();
        if let Some(members) = fallback.as_object_mut() {
            members.insert("src".to_owned(), json!(self.fallback.plain()));
        }
        let mut told = json!({
            "width": self.dimensions.map(|dimensions| dimensions.width),
            "height": self.dimensions.map(|dimensions| dimensions.height),
            "alt": self.alt,
            "sizes": self.sizes(),
            "version": self.version.as_str(),
            "sources": self.sources.iter().map(Offer::json).collect::<Vec<_>>(),
            "img": fallback,
        });
        if let (Some(members), Some(placeholder)) = (told.as_object_mut(), self.placeholder) {
            members.insert("lqip".to_owned(), json!(placeholder));
        }
        Worded::json(StatusCode::OK, &told)
    }
}

/// Text as it stands in the value of an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_an_attribute() {
        assert_eq!(escaped("\"><script>&'é"), "&quot;&gt;&lt;script&gt;&amp;&#39;é");
    }
}
