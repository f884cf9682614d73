//! `TokenBook`: who may upload a picture under which id, once and for a while. It is in memory, and ends with the program.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;

use crate::request::ImagePath;

/// How long a token is good for.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// The most ids that are known at once.
const MAX_IDS: usize = 10_000;
/// The longest id in bytes: the longest name that file systems take.
const MAX_ID_BYTES: usize = 255;

/// The tokens that were given out. What has expired is forgotten where there is need of its place.
pub struct TokenBook {
    by_id: Mutex<BTreeMap<ImagePath, Ticketed>>,
}

/// One id that was asked for.
struct Ticketed {
    token: String,
    until: Instant,
    /// The first attempt takes it.
    is_taken: bool,
}

/// Why no token is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Somebody has one for this id.
    #[error("The requested image_id is already requested")]
    Requested,
    /// The id cannot be the name of a file.
    #[error("id: expected at most {MAX_ID_BYTES} bytes")]
    TooLong,
    /// As many ids are known as may be.
    #[error("too many uploads are under way, try again later")]
    Full,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl TokenBook {
    /// Nobody may upload anything.
    pub fn new() -> Self {
        Self { by_id: Mutex::default() }
    }

    /// Gives out a token for an id: a random UUID (RFC 9562, section 5.4), good for 15 minutes from `now`.
    ///
    /// # Errors
    /// There is one for this id that has not expired, used or not; there are too many; or the system gives no random
    /// numbers.
    pub fn give(&self, id: &ImagePath, now: Instant) -> Result<String, TokenError> {
        if id.as_str().len() > MAX_ID_BYTES {
            return Err(TokenError::TooLong);
        }
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
    pub fn take(&self, token: &str, id: &ImagePath, now: Instant) -> bool {
        let mut by_id = self.locked();
        let Some(known) = by_id.get_mut(id) else { return false };
        let is_right = bool::from(known.token.as_bytes().ct_eq(token.as_bytes()));
        let is_good = is_right && !known.is_taken && known.until > now;
        known.is_taken |= is_good;
        is_good
    }

    /// Forgets an id whose attempt came to nothing, so that a token for it may be asked for again.
    pub fn free(&self, id: &ImagePath) {
        self.locked().remove(id);
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<ImagePath, Ticketed>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TokenBook {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TokenBook {
    /// How many ids are known, and no token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("TokenBook").field(&self.locked().len()).finish()
    }
}

fn random_uuid() -> Result<String, TokenError> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| TokenError::NoRandomness)?;
    let mut bits = u128::from_be_bytes(bytes);
    bits = bits & !(0xf << 76) | 4 << 76;
    bits = bits & !(0b11 << 62) | 0b10 << 62;
    let [first, second, third, fourth] = [bits >> 96, bits >> 80, bits >> 64, bits >> 48];
    let last = bits & ((1 << 48) - 1);
    Ok(format!("{:08x}-{:04x}-{:04x}-{:04x}-{last:012x}", first as u32, second as u16, third as u16, fourth as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ImagePath {
        ImagePath::from_decoded(text).unwrap()
    }

    #[test]
    fn a_token_is_a_random_uuid() {
        let (book, now) = (TokenBook::new(), Instant::now());
        let [one, other] = ["a", "b"].map(|name| book.give(&id(name), now).unwrap());
        assert_ne!(one, other);
        let parts: Vec<_> = one.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(one.bytes().all(|letter| letter == b'-' || letter.is_ascii_hexdigit()));
        assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{one}");
        assert!(!format!("{book:?}").contains(&one));
    }

    #[test]
    fn a_token_is_good_once_for_its_id_and_for_a_while() {
        let (book, now) = (TokenBook::new(), Instant::now());
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
        let (book, now) = (TokenBook::new(), Instant::now());
        let first = book.give(&id("a"), now).unwrap();
        assert_eq!(book.give(&id("a"), now), Err(TokenError::Requested));
        assert!(book.take(&first, &id("a"), now));
        assert_eq!(book.give(&id("a"), now), Err(TokenError::Requested), "it was used, and is not free");
        book.free(&id("a"));
        let second = book.give(&id("a"), now).unwrap();
        assert!(!book.take(&first, &id("a"), now) && book.take(&second, &id("a"), now));
        assert!(book.give(&id("a"), now + LIFETIME).is_ok());
        assert_eq!(book.give(&id(&"long".repeat(64)), now), Err(TokenError::TooLong));
    }

    #[test]
    fn there_are_no_more_ids_than_may_be_and_the_expired_make_room() {
        let (book, now) = (TokenBook::new(), Instant::now());
        for number in 0..MAX_IDS {
            book.give(&id(&number.to_string()), now).unwrap();
        }
        assert_eq!(book.give(&id("more"), now), Err(TokenError::Full));
        assert!(book.give(&id("more"), now + LIFETIME).is_ok());
        assert_eq!(book.locked().len(), 1);
    }
}
