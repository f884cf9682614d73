//! `Call`: one request of imaginary's, taken apart.

use std::borrow::Cow;

use super::super::Wording;
use super::operations::ImageOperation;
use super::options::ImaginaryOptions;
use super::query::{self, GoQuery};
use super::refusal::Subject;
use super::rounds::OutputKind;

/// What a path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// The version.
    Index,
    /// A page to try it.
    Form,
    /// How the process is.
    Health,
    /// What a picture is.
    Info,
    /// Several operations.
    Pipeline,
    /// One operation.
    Operation(ImageOperation),
    /// Nothing, in the words of imaginary.
    Unknown,
    /// Nothing, beside the prefix of all paths.
    Beside,
}

/// One request, taken apart.
pub(super) struct Call<'a> {
    pub endpoint: Endpoint,
    /// The last part of the path, where there is something.
    pub name: &'static str,
    /// Decoded, as it is signed.
    pub path: String,
    pub query: GoQuery,
    pub wording: Wording<'a>,
}

impl Endpoint {
    /// What a path below the prefix is for, and its name.
    fn of(path: &str, prefix: &str) -> (Self, &'static str) {
        let Some(rest) = path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
            return (Self::Beside, "");
        };
        let name = rest.trim_start_matches('/');
        match name {
            // With a prefix, the slash behind it is nothing.
            "" if !prefix.is_empty() && !rest.is_empty() => (Self::Beside, ""),
            "" => (Self::Index, ""),
            "form" => (Self::Form, "form"),
            "health" => (Self::Health, "health"),
            "info" => (Self::Info, "info"),
            "pipeline" => (Self::Pipeline, "pipeline"),
            _ => match ImageOperation::at(name) {
                Some((name, operation)) => (Self::Operation(operation), name),
                None if prefix.is_empty() => (Self::Unknown, ""),
                None => (Self::Beside, ""),
            },
        }
    }

    /// Tells whether it is about a picture.
    pub fn is_of_pictures(self) -> bool {
        matches!(self, Self::Info | Self::Pipeline | Self::Operation(_))
    }
}

impl<'a> Call<'a> {
    /// Takes a request apart.
    pub fn of(wording: Wording<'a>, prefix: &str) -> Self {
        let decoded = percent_encoding::percent_decode_str(wording.path).decode_utf8_lossy();
        let path = if decoded.is_empty() { Cow::Borrowed("/") } else { decoded };
        let (endpoint, name) = Endpoint::of(&path, prefix);
        let query = GoQuery::parse(wording.query.unwrap_or_default());
        Self { endpoint, name, path: path.into_owned(), query, wording }
    }

    /// Tells whether the format follows from what the client shows.
    pub fn negotiates(&self) -> bool {
        self.endpoint.is_of_pictures() && self.query.first("type") == "auto"
    }

    /// Reads the parameters; the format that follows from `Accept` is put in.
    ///
    /// # Errors
    /// In the words of imaginary.
    pub fn options(&self) -> Result<ImaginaryOptions, String> {
        let options = ImaginaryOptions::of_query(&self.query);
        let mut options = options.map_err(|why| format!("Error while processing parameters, {why}"))?;
        if self.negotiates() {
            let accept = self.wording.headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok());
            options.kind = accepted(accept.unwrap_or_default()).to_owned();
        } else if OutputKind::named(&options.kind) == OutputKind::Unknown {
            return Err("Unsupported output image format".to_owned());
        }
        Ok(options)
    }

    /// The path of a file, decoded once more; `None` where none is named.
    ///
    /// # Errors
    /// It cannot be decoded.
    pub fn file(&self) -> Result<Option<String>, String> {
        let value = self.query.first("file");
        if value.is_empty() {
            return Ok(None);
        }
        let decoded = query::unescape(value.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
        let shown = || format!("failed to unescape file param: invalid URL escape {}", super::parsing::quoted(&value));
        decoded.map(|path| Some(path).filter(|path| !path.is_empty())).ok_or_else(shown)
    }

    /// What an error would be about. `files` are asked for before URLs.
    pub fn about<T>(&self, reads_files: bool, then: impl FnOnce(Subject<'_>) -> T) -> T {
        let (url, image) = (self.query.first("url"), self.query.first("image"));
        let is_file = reads_files && !self.query.first("file").is_empty();
        let is_get = self.wording.method == http::Method::GET;
        let is_fetched = self.endpoint.is_of_pictures() && is_get && !is_file && !url.is_empty();
        let has_overlay = self.endpoint == Endpoint::Operation(ImageOperation::WatermarkImage) && !image.is_empty();
        then(Subject { url: is_fetched.then_some(&*url), overlay: has_overlay.then_some(&*image) })
    }
}

/// The first format of a list that is one of three, whatever weight it has; nothing where there is none.
fn accepted(accept: &str) -> &'static str {
    let ranges = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
    let known = ranges.filter_map(|range| match range.to_ascii_lowercase().as_str() {
        "image/webp" => Some("webp"),
        "image/png" => Some("png"),
        "image/jpeg" => Some("jpeg"),
        _ => None,
    });
    known.into_iter().next().unwrap_or_default()
}

/// A path below a folder: what goes up is taken back; `None` where it would leave.
pub(super) fn cleaned(path: &str) -> Option<String> {
    let mut kept = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => drop(kept.pop()?),
            other => kept.push(other),
        }
    }
    Some(kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_an_endpoint_below_the_prefix() {
        let of = |path, prefix| Endpoint::of(path, prefix).0;
        assert_eq!(of("/", ""), Endpoint::Index);
        assert_eq!(of("/crop", ""), Endpoint::Operation(ImageOperation::Crop));
        for path in ["/nothing", "/crop/", "/a/crop", "/Crop"] {
            assert_eq!(of(path, ""), Endpoint::Unknown, "{path}");
        }
        assert_eq!(of("/api/v1", "/api/v1"), Endpoint::Index);
        assert_eq!(of("/api/v1/info", "/api/v1"), Endpoint::Info);
        for path in ["/api/v1/", "/", "/crop", "/api/v12/crop", "/api/v1/nothing"] {
            assert_eq!(of(path, "/api/v1"), Endpoint::Beside, "{path}");
        }
    }

    #[test]
    fn the_first_format_that_is_accepted_counts() {
        for (accept, kind) in [
            ("image/png;q=0.1,image/webp", "png"),
            ("image/avif,image/webp", "webp"),
            ("text/html, image/JPEG", "jpeg"),
            ("*/*", ""),
            ("", ""),
        ] {
            assert_eq!(accepted(accept), kind, "{accept}");
        }
    }

    #[test]
    fn a_path_that_leaves_the_folder_is_none() {
        assert_eq!(cleaned("/a/./b//../c.jpg").as_deref(), Some("a/c.jpg"));
        assert_eq!(cleaned("a/../b/.."), Some(String::new()));
        for path in ["..", "a/../../b", "/../a"] {
            assert_eq!(cleaned(path), None, "{path}");
        }
    }
}
