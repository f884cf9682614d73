//! Text as it stands in URLs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// All but the unreserved characters (RFC 3986, section 2.3), which are what Go's `url.QueryEscape` leaves as they are too.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name or a value as Go writes it in a query: a space is `+`.
pub(super) fn query_escaped(text: &[u8]) -> String {
    percent_encode(text, RESERVED).to_string().replace("%20", "+")
}
