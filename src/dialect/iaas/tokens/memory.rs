//! `RememberedTokens`: tokens that one server knows, and forgets when the program ends.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use subtle::ConstantTimeEq;

use super::{LIFETIME, TokenError, random_uuid};
use crate::request::ImagePath;

/// The most ids that are known at once.
const MAX_IDS: usize = 10_000;

/// The tokens that were given out. What has expired is forgotten where there is need of its place.
#[derive(Default)]
pub(super) struct RememberedTokens {
    by_id: Mutex<BTreeMap<ImagePath, Ticketed>>,
}

/// One id that was asked for.
struct Ticketed {
    token: String,
    until: Instant,
    /// The first attempt takes it.
    is_taken: bool,
}

impl RememberedTokens {
    /// Gives out a token for an id: a random UUID (RFC 9562, section 5.4), good for 15 minutes from `now`.
    ///
    /// # Errors
    /// There is one for this id that has not expired, used or not; there are too many; or the system gives no random
    /// numbers.
    pub(super) fn give(&self, id: &ImagePath, now: Instant) -> Result<String, TokenError> {
        let token = random_uuid()?;
        let mut by_id = self.locked();
        if by_id.get(id).is_some_and(|known| known.until > now) {
            return Err(TokenError::Requested);
        }
        if by_id.len() >= MAX_IDS && !by_id.contains_key(id) {
            by_id.retain(|_, known| known.until > now);
        }
        if by_id.len() >= MAX_IDS && !by_id.contains_key(id) {
            return Err(TokenError::Full);
        }
        by_id.insert(id.clone(), Ticketed { token: token.clone(), until: now + LIFETIME, is_taken: false });
        Ok(token)
    }

    /// Takes a token for one attempt to upload under this id; tells whether it is good. Tokens are compared in constant
    /// time.
    pub(super) fn take(&self, token: &str, id: &ImagePath, now: Instant) -> bool {
        let mut by_id = self.locked();
        let Some(known) = by_id.get_mut(id) else { return false };
        let is_right = bool::from(known.token.as_bytes().ct_eq(token.as_bytes()));
        let is_good = is_right && !known.is_taken && known.until > now;
        known.is_taken |= is_good;
        is_good
    }

    /// Forgets an id whose attempt came to nothing, so that a token for it may be asked for again.
    pub(super) fn free(&self, id: &ImagePath) {
        self.locked().remove(id);
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<ImagePath, Ticketed>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RememberedTokens {
    /// How many ids are known, and no token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("RememberedTokens").field(&self.locked().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn id(text: &str) -> ImagePath {
        ImagePath::from_decoded(text).unwrap()
    }

    #[test]
    fn a_token_is_good_once_for_its_id_and_for_a_while() {
        let (book, now) = (RememberedTokens::default(), Instant::now());
        let [one, other, late] = ["one", "other", "late"].map(|name| book.give(&id(name), now).unwrap());
        assert!(
            !book.take(&one, &id("other"), now) && !book.take("", &id("one"), now) && !book.take(&one, &id("x"), now)
        );
        assert!(book.take(&one, &id("one"), now));
        assert!(!book.take(&one, &id("one"), now), "it was used");
        let last = now + LIFETIME - Duration::from_millis(1);
        assert!(book.take(&other, &id("other"), last));
        assert!(!book.take(&late, &id("late"), now + LIFETIME));
    }

    #[test]
    fn an_id_is_asked_for_once_until_it_is_freed_or_has_expired() {
        let (book, now) = (RememberedTokens::default(), Instant::now());
        let first = book.give(&id("a"), now).unwrap();
        assert!(matches!(book.give(&id("a"), now), Err(TokenError::Requested)));
        assert!(book.take(&first, &id("a"), now));
        assert!(matches!(book.give(&id("a"), now), Err(TokenError::Requested)), "it was used, and is not free");
        book.free(&id("a"));
        let second = book.give(&id("a"), now).unwrap();
        assert!(!book.take(&first, &id("a"), now) && book.take(&second, &id("a"), now));
        assert!(book.give(&id("a"), now + LIFETIME).is_ok());
    }

    #[test]
    fn there_are_no_more_ids_than_may_be_and_the_expired_make_room() {
        let (book, now) = (RememberedTokens::default(), Instant::now());
        for number in 0..MAX_IDS {
            book.give(&id(&number.to_string()), now).unwrap();
        }
        assert!(matches!(book.give(&id("more"), now), Err(TokenError::Full)));
        assert!(book.give(&id("more"), now + LIFETIME).is_ok());
        assert_eq!(book.locked().len(), 1);
    }
}
