//! next/image, Vercel and AWS Amplify: `/_next/image?url=…&w=640&q=75`, the format by `Accept`
//! (<https://nextjs.org/docs/app/api-reference/components/image>).

use http::StatusCode;

use super::endpoint::pairs;
use super::words::NativeWords;
use super::{Saying, Vendor, VendorQuestion};
use crate::dialect::native::Meanings;
use crate::dialect::{DialectError, Worded};
use crate::request::{Denial, DenialKind};

pub(super) const NEXT: Vendor = Vendor { name: "next", usual_prefix: "/_next/image", is_own: |_, _| false, read, word };

pub(super) const VERCEL: Vendor =
    Vendor { name: "vercel", usual_prefix: "/_vercel/image", is_own: |_, _| false, read, word };

/// The longest URL that is read, in bytes.
const MAX_BYTES: usize = 3072;

fn read(inquiry: &VendorQuestion<'_>) -> Result<Saying, DialectError> {
    let url = one(inquiry, "url", "\"url\" parameter")?;
    let original = place(inquiry, &url)?;
    let width = one(inquiry, "w", "\"w\" parameter (width)")?;
    let quality = one(inquiry, "q", "\"q\" parameter (quality)")?;
    let digits =
        |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let width = digits(&width).filter(|width| *width > 0);
    let width = width.ok_or_else(|| refused("\"w\" parameter (width) must be an integer greater than 0"))?;
    let number = digits(&quality).filter(|quality| (1..=100).contains(quality));
    let number = number.ok_or_else(|| refused("\"q\" parameter (quality) must be an integer between 1 and 100"))?;
    if !allows(&inquiry.rules.widths, width) {
        return Err(refused(&format!("\"w\" parameter (width) of {width} is not allowed")));
    }
    if !allows(&inquiry.rules.qualities, number) {
        return Err(refused(&format!("\"q\" parameter (quality) of {number} is not allowed")));
    }
    let mut words = NativeWords::default();
    // Larger than any original, as far as there is one.
    words.put("w", width.min(crate::request::Size::MAX).to_string());
    words.put("q", number.to_string());
    words.put("format", "auto");
    Ok(Saying::new(original, words, <&Meanings>::default()))
}

/// The one value of a parameter.
fn one(inquiry: &VendorQuestion<'_>, name: &str, called: &str) -> Result<String, DialectError> {
    let mut values = pairs(inquiry.query).filter(|(known, _)| known == name).map(|(_, value)| value);
    let value = values.next().filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| refused(&format!("{called} is required")))?;
    if values.next().is_some() {
        return Err(refused(&format!("{called} cannot be an array")));
    }
    Ok(value.into_owned())
}

fn place(inquiry: &VendorQuestion<'_>, url: &str) -> Result<crate::request::Reference, DialectError> {
    if url.len() > MAX_BYTES {
        return Err(refused("\"url\" parameter is too long"));
    }
    if url.starts_with("//") {
        return Err(refused("\"url\" parameter cannot be a protocol-relative URL (//)"));
    }
    if let Some(path) = url.strip_prefix('/') {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let is_recursive = ["_next/image", "_vercel/image"].iter().any(|own| path.trim_end_matches('/').ends_with(own));
        if is_recursive {
            return Err(refused("\"url\" parameter cannot be recursive"));
        }
    } else if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(refused("\"url\" parameter is invalid"));
    }
    inquiry.places.find(url).map_err(|error| match error {
        DialectError::Remote(_) => refused("\"url\" parameter is not allowed"),
        other => other,
    })
}

/// Tells whether a list has a number; an empty one has all.
fn allows(list: &[u32], number: u32) -> bool {
    list.is_empty() || list.contains(&number)
}

fn refused(text: &str) -> DialectError {
    Worded::text(StatusCode::BAD_REQUEST, text).into()
}

/// Texts that front ends look for.
fn word(denial: &Denial) -> Option<Worded> {
    let upstream = "\"url\" parameter is valid but upstream response is invalid";
    match denial.kind {
        DenialKind::NotFound => Some(Worded::text(StatusCode::NOT_FOUND, upstream)),
        DenialKind::NotAnImage | DenialKind::EmptyOriginal => {
            Some(Worded::text(StatusCode::BAD_REQUEST, "The requested resource isn't a valid image."))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::EndpointRules;
    use super::super::tests::{check, dialect_with, refusal};

    #[test]
    fn a_width_and_a_quality_are_native_words() {
        for name in ["next", "vercel"] {
            check(
                name,
                &[
                    ("?url=%2Fanimals%2Fcat.webp&w=256&q=75", "/animals/cat.webp?w=256&q=75&format=auto"),
                    ("?url=https%3A%2F%2Fexample.com%2Fa.png&w=64&q=1", "/a.png?w=64&q=1&format=auto"),
                    ("?q=75&w=64&url=/a%2520b.png%3Fv=1&dpl=x", "/a%20b.png?w=64&q=75&format=auto"),
                    ("?url=/a.png&w=99999&q=100", "/a.png?w=16384&q=100&format=auto"),
                ],
                &["", "?url=/../a.png&w=64&q=75"],
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_next() {
        let next = dialect_with("next", EndpointRules { widths: vec![64, 640], qualities: vec![75] });
        for (url, text) in [
            ("?w=64&q=75", "\"url\" parameter is required"),
            ("?url=/a.png&url=/b.png&w=64&q=75", "\"url\" parameter cannot be an array"),
            ("?url=//example.com/a.png&w=64&q=75", "\"url\" parameter cannot be a protocol-relative URL (//)"),
            ("?url=/_next/image%3Furl=x&w=64&q=75", "\"url\" parameter cannot be recursive"),
            ("?url=ftp://example.com/a.png&w=64&q=75", "\"url\" parameter is invalid"),
            ("?url=https://c.example/a.png&w=64&q=75", "\"url\" parameter is not allowed"),
            ("?url=/a.png&q=75", "\"w\" parameter (width) is required"),
            ("?url=/a.png&w=0&q=75", "\"w\" parameter (width) must be an integer greater than 0"),
            ("?url=/a.png&w=-1&q=75", "\"w\" parameter (width) must be an integer greater than 0"),
            ("?url=/a.png&w=65&q=75", "\"w\" parameter (width) of 65 is not allowed"),
            ("?url=/a.png&w=64", "\"q\" parameter (quality) is required"),
            ("?url=/a.png&w=64&q=101", "\"q\" parameter (quality) must be an integer between 1 and 100"),
            ("?url=/a.png&w=64&q=74", "\"q\" parameter (quality) of 74 is not allowed"),
        ] {
            assert_eq!(refusal(&next, url).as_deref(), Some(text), "{url}");
        }
        assert_eq!(refusal(&next, "?url=/a.png&w=640&q=75"), None);
        let long = format!("?url=/{}&w=64&q=75", "a".repeat(3072));
        assert_eq!(refusal(&next, &long).as_deref(), Some("\"url\" parameter is too long"));
    }
}
