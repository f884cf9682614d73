//! The native dialect: the path names the original, `size`, `format`, `dpr`, `resize_algorithm` and `bw` say the rest.

use std::borrow::Cow;

use http::HeaderName;
use url::form_urlencoded;

use super::{Dialect, DialectError, Wording};
use crate::request::{Dpr, ImagePath, ImageRequest, OutputFormat, ResizeAlgorithm, Size, Transform};

/// Client hint with the device pixel ratio of the screen (draft "Responsive Image Client Hints", section 2.1).
const SEC_CH_DPR: HeaderName = HeaderName::from_static("sec-ch-dpr");
static HINTS: [HeaderName; 1] = [SEC_CH_DPR];

/// The dialect of this product and of its predecessor.
#[derive(Debug, Clone, Default)]
pub struct Native {
    /// Removed from the front of every path that has it.
    strip_prefix: Option<ImagePath>,
}

/// The last value of each parameter that we know, as text.
#[derive(Default)]
struct Query<'a> {
    size: Option<Cow<'a, str>>,
    dpr: Option<Cow<'a, str>>,
    format: Option<Cow<'a, str>>,
    resize_algorithm: Option<Cow<'a, str>>,
    bw: Option<Cow<'a, str>>,
}

impl Native {
    pub fn new(strip_prefix: Option<ImagePath>) -> Self {
        Self { strip_prefix }
    }
}

impl Dialect for Native {
    fn read(&self, wording: Wording<'_>) -> Result<ImageRequest, DialectError> {
        let path = ImagePath::from_url_path(wording.path)?;
        let path = match &self.strip_prefix {
            Some(prefix) => path.without_prefix(prefix),
            None => path,
        };
        Ok(ImageRequest { path, transform: read_transform(wording)? })
    }

    fn varies_on(&self, wording: Wording<'_>) -> &'static [HeaderName] {
        let query = Query::parse(wording.query);
        if query.size.is_some() && query.dpr.is_none() { &HINTS } else { &[] }
    }
}

impl<'a> Query<'a> {
    /// Names are matched in any letter case; a repeated parameter counts where it stands last.
    fn parse(query: Option<&'a str>) -> Self {
        let mut known = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let field = match name.to_ascii_lowercase().as_str() {
                "size" => &mut known.size,
                "dpr" => &mut known.dpr,
                "format" => &mut known.format,
                "resize_algorithm" => &mut known.resize_algorithm,
                "bw" => &mut known.bw,
                _ => continue,
            };
            *field = Some(value);
        }
        known
    }
}

fn read_transform(wording: Wording<'_>) -> Result<Transform, DialectError> {
    let query = Query::parse(wording.query);
    let size = read(query.size, "size", |text| Size::parse(text).map_err(|error| unexpected(error.to_string())))?;
    let dpr = read(query.dpr, "dpr", |text| Dpr::parse(text).map_err(|error| unexpected(error.to_string())))?;
    let format =
        read(query.format, "format", |text| OutputFormat::named(text).ok_or_else(|| one_of(OutputFormat::names())))?;
    let resize_algorithm = read(query.resize_algorithm, "resize_algorithm", |text| {
        ResizeAlgorithm::named(text).ok_or_else(|| one_of(ResizeAlgorithm::names()))
    })?;
    let grayscale = read(query.bw, "bw", |text| match text {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err("0 or 1".to_owned()),
    })?;
    let ratio = dpr.or_else(|| hinted_ratio(wording));
    Ok(Transform {
        size: size.map(|size| ratio.map_or(size, |ratio| size.at(ratio))),
        format,
        // Without a size there is nothing to weigh, so the algorithm alone asks for nothing.
        resize_algorithm: resize_algorithm.filter(|_| size.is_some()),
        grayscale: grayscale.unwrap_or_default(),
    })
}

fn read<T>(
    value: Option<Cow<'_, str>>,
    parameter: &'static str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, DialectError> {
    let parsed = value.map(|text| parse(&text).map_err(|expected| DialectError::parameter(parameter, expected, &text)));
    parsed.transpose()
}

/// Number errors already say `expected …`; the parameter error says that word itself.
fn unexpected(text: String) -> String {
    text.strip_prefix("expected ").map(str::to_owned).unwrap_or(text)
}

fn one_of(names: impl Iterator<Item = &'static str>) -> String {
    format!("one of {}", names.collect::<Vec<_>>().join(", "))
}

fn hinted_ratio(wording: Wording<'_>) -> Option<Dpr> {
    Dpr::parse(wording.headers.get(SEC_CH_DPR)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use proptest::prelude::*;

    use super::*;

    fn ask(path_and_query: &str, hint: Option<&str>) -> Result<ImageRequest, DialectError> {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let mut headers = HeaderMap::new();
        if let Some(hint) = hint {
            headers.insert(SEC_CH_DPR, hint.parse().unwrap());
        }
        Native::default().read(Wording { path, query, headers: &headers })
    }

    fn transform(query: &str) -> Transform {
        ask(&format!("/a.jpg?{query}"), None).unwrap().transform
    }

    #[test]
    fn different_spellings_mean_the_same() {
        let expected = transform("size=400&format=webp");
        for query in [
            "format=WEBP&size=400",
            "size=200&dpr=2&format=webp",
            "size=0400&format=webp&v=3",
            "size=big&size=400&format=webp",
            "SIZE=%34%30%30&Format=WebP",
        ] {
            assert_eq!(transform(query), expected, "{query}");
        }
    }

    #[test]
    fn what_changes_nothing_asks_for_nothing() {
        for query in ["", "v=3&utm_source=x", "dpr=2", "resize_algorithm=lanczos3", "bw=0"] {
            assert!(transform(query).is_empty(), "{query}");
        }
        assert!(ask("/a.jpg", Some("2")).unwrap().transform.is_empty());
    }

    #[test]
    fn the_query_beats_the_hint_and_a_bad_hint_is_ignored() {
        let size = |query: &str, hint| ask(&format!("/a.jpg?{query}"), Some(hint)).unwrap().transform.size;
        assert_eq!(size("size=200", "2.0"), transform("size=400").size);
        assert_eq!(size("size=200&dpr=1", "2.0"), transform("size=200").size);
        for hint in ["abc", "0.5", "11", "NaN", ""] {
            assert_eq!(size("size=200", hint), transform("size=200").size, "{hint}");
        }
    }

    #[test]
    fn errors_say_what_was_expected_and_what_came() {
        let error = |query: &str| ask(&format!("/a.jpg?{query}"), None).unwrap_err().to_string();
        assert_eq!(error("size=big"), "size: expected a whole number from 1 to 16384, got \"big\"");
        assert_eq!(error("dpr=11"), "dpr: expected a number from 1.0 to 10.0, got \"11\"");
        assert_eq!(error("format=bmp"), "format: expected one of avif, gif, jpeg, jpg, png, webp, got \"bmp\"");
        assert_eq!(error("bw=yes"), "bw: expected 0 or 1, got \"yes\"");
        assert_eq!(
            error("resize_algorithm=magic"),
            "resize_algorithm: expected one of auto, lanczos3, bicubic, gaussian, thumbnail, got \"magic\""
        );
        assert!(error(&format!("size={}", "9".repeat(5000))).len() < 200);
    }

    #[test]
    fn the_answer_varies_on_the_hint_only_where_it_is_read() {
        let varies = |query| {
            let headers = HeaderMap::new();
            !Native::default().varies_on(Wording { path: "/a.jpg", query, headers: &headers }).is_empty()
        };
        assert!(varies(Some("size=200")));
        assert!(!varies(Some("size=200&dpr=2")));
        assert!(!varies(Some("format=webp")));
        assert!(!varies(None));
    }

    proptest! {
        #[test]
        fn no_query_panics(query in "\\PC{0,80}") {
            let _ = ask(&format!("/a.jpg?{query}"), Some("2"));
        }
    }
}
