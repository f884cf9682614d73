//! `TokenBook`: who may upload a picture under which id, once and for a while.

mod memory;
mod shared;

use std::time::{Duration, Instant, SystemTime};

use ring::rand::{SecureRandom, SystemRandom};

use self::memory::RememberedTokens;
use self::shared::SharedTokens;
use crate::bucket::{Bucket, BucketError};
use crate::request::ImagePath;

/// How long a token is good for.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// The longest id in bytes: the longest name that file systems take.
const MAX_ID_BYTES: usize = 255;

/// The tokens that were given out: by this server, or by all that share a store.
#[derive(Debug)]
pub struct TokenBook(Keeper);

#[derive(Debug)]
enum Keeper {
    Memory(RememberedTokens),
    Store(SharedTokens),
}

/// An id whose token was taken: somebody may put a picture there now, or give it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenId {
    /// What the token was for.
    pub id: ImagePath,
    /// Which of all tokens that were ever given out for it; 0 where nobody counts.
    number: u64,
}

/// Why no token is given out, or none is taken.
#[derive(Debug, Clone, thiserror::Error)]
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
    /// The store that all servers share does not answer.
    #[error("tokens cannot be shared: {0}")]
    Store(#[from] BucketError),
}

impl TokenBook {
    /// Nobody may upload anything, and nobody else knows.
    pub fn in_memory() -> Self {
        Self(Keeper::Memory(RememberedTokens::default()))
    }

    /// Those that all servers know which share this store. Their clocks must agree to the minute.
    pub fn in_bucket(bucket: Bucket) -> Self {
        Self(Keeper::Store(SharedTokens::new(bucket)))
    }

    /// Gives out a token for an id: a random UUID (RFC 9562, section 5.4), good for 15 minutes from now.
    ///
    /// # Errors
    /// There is one for this id that has not expired, used or not; there are too many; the system gives no random numbers; or
    /// the store does not answer.
    pub async fn give(&self, id: &ImagePath) -> Result<String, TokenError> {
        if id.as_str().len() > MAX_ID_BYTES {
            return Err(TokenError::TooLong);
        }
        match &self.0 {
            Keeper::Memory(tokens) => tokens.give(id, Instant::now()),
            Keeper::Store(tokens) => tokens.give(id, SystemTime::now()).await,
        }
    }

    /// Takes a token for one attempt to upload under this id; `None` where it is not good, or somebody else was faster. Tokens
    /// are compared in constant time.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn take(&self, token: &str, id: &ImagePath) -> Result<Option<TakenId>, TokenError> {
        let number = match &self.0 {
            Keeper::Memory(tokens) => tokens.take(token, id, Instant::now()).then_some(0),
            Keeper::Store(tokens) => tokens.take(token, id, SystemTime::now()).await?,
        };
        Ok(number.map(|number| TakenId { id: id.clone(), number }))
    }

    /// Forgets an id whose attempt came to nothing, so that a token for it may be asked for again. Where that cannot be written
    /// down, the log is told, and it has to expire.
    pub async fn free(&self, taken: &TakenId) {
        match &self.0 {
            Keeper::Memory(tokens) => tokens.free(&taken.id),
            Keeper::Store(tokens) => tokens.free(&taken.id, taken.number).await,
        }
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

    #[test]
    fn a_token_is_a_random_uuid() {
        let [one, other] = [(); 2].map(|()| random_uuid().unwrap());
        assert_ne!(one, other);
        let parts: Vec<_> = one.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(one.bytes().all(|letter| letter == b'-' || letter.is_ascii_hexdigit()));
        assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{one}");
    }

    #[tokio::test]
    async fn an_id_is_no_longer_than_a_name_may_be() {
        let id = ImagePath::from_decoded(&"long".repeat(64)).unwrap();
        assert!(matches!(TokenBook::in_memory().give(&id).await, Err(TokenError::TooLong)));
    }
}
