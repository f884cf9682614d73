//! What endpoints have in common: the picture in one parameter of the query, its wishes in the others.

use std::borrow::Cow;

use url::form_urlencoded;

use super::words::{NativeWords, renamed};
use super::{Saying, VendorQuestion};
use crate::dialect::DialectError;
use crate::dialect::native::Meanings;
use crate::request::Reference;

/// An endpoint whose words mean what native ones mean, by other names.
pub(super) struct EndpointWords {
    /// The parameter that names the picture.
    pub picture: &'static str,
    /// Parameters, and the native ones that they are.
    pub names: &'static [(&'static str, &'static str)],
    pub meanings: &'static Meanings,
}

impl EndpointWords {
    /// What a query says; `put` is asked for what stands under other names.
    pub fn read(
        &self,
        inquiry: &VendorQuestion<'_>,
        mut put: impl FnMut(&mut NativeWords, &str, &str),
    ) -> Result<Saying, DialectError> {
        let mut words = NativeWords::default();
        for (name, value) in pairs(inquiry.query) {
            match renamed(self.names, &name) {
                // What is empty is not said.
                Some("w" | "h" | "q" | "dpr" | "fit" | "format" | "bg" | "gravity") if value.is_empty() => {}
                Some(native) => words.put(native, value),
                None => put(&mut words, &name, &value),
            }
        }
        Ok(Saying::new(self.original(inquiry)?, words, self.meanings))
    }

    /// The picture.
    pub fn original(&self, inquiry: &VendorQuestion<'_>) -> Result<Reference, DialectError> {
        let picture = picture(inquiry.query, self.picture).ok_or_else(|| self.missing())?;
        // As weserv once wrote `https://`.
        match picture.strip_prefix("ssl:") {
            Some(rest) => inquiry.places.find_host(&format!("https://{rest}")),
            None => inquiry.places.find_host(&picture),
        }
    }

    fn missing(&self) -> DialectError {
        DialectError::parameter(self.picture, "the path or the URL of an image", "")
    }
}

/// The parameters of a query.
pub(super) fn pairs(query: Option<&str>) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
}

/// The picture that a query names.
pub(super) fn picture<'a>(query: Option<&'a str>, name: &str) -> Option<Cow<'a, str>> {
    pairs(query).find(|(known, _)| known == name).map(|(_, value)| value).filter(|value| !value.is_empty())
}
