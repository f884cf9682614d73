//! The id of a request: the client's or the proxy's own where it is sane, else a new one.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::request::hex;

/// The header that carries the id both ways.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over, in characters.
const MAX_LENGTH: usize = 128;

/// Where new ids come from.
#[derive(Debug, Default)]
pub(super) struct RequestIds {
    /// Random, so that the ids of two processes differ.
    seed: RandomState,
    next: AtomicU64,
}

impl RequestIds {
    /// The id that came with a request, or a new one.
    pub(super) fn id_of(&self, request: &HeaderMap) -> HeaderValue {
        request.get(X_REQUEST_ID).filter(|id| is_sane(id)).cloned().unwrap_or_else(|| self.new_id())
    }

    fn new_id(&self) -> HeaderValue {
        let number = self.seed.hash_one(self.next.fetch_add(1, Ordering::Relaxed));
        // Sixteen hexadecimal digits are a valid value.
        HeaderValue::from_bytes(&hex(number)).unwrap_or(HeaderValue::from_static("0"))
    }
}

/// Letters, digits and a few signs: nothing that could forge a log line.
fn is_sane(id: &HeaderValue) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=@".contains(byte);
    (1..=MAX_LENGTH).contains(&id.len()) && id.as_bytes().iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(sent: &str) -> HeaderValue {
        let mut request = HeaderMap::new();
        request.insert(X_REQUEST_ID, sent.parse().unwrap());
        RequestIds::default().id_of(&request)
    }

    #[test]
    fn a_sane_id_is_taken_over_and_any_other_replaced() {
        assert_eq!(id_for("abc-123_x.y:z"), "abc-123_x.y:z");
        for sent in ["", "two words", "a\"b", "é", &"x".repeat(129)] {
            let id = id_for(sent);
            assert_eq!(id.len(), 16, "{sent}");
        }
        let ids = RequestIds::default();
        assert_ne!(ids.id_of(&HeaderMap::new()), ids.id_of(&HeaderMap::new()));
    }
}
