//! `SharedTokens`: tokens that all servers know which share a store.
//!
//! Whatever happens to a token is an object that can be created once: `tokens/<digest of the id>/7` when the seventh token for
//! an id is given out, `7.used` when it is taken, `7.free` when its attempt came to nothing. Of many who try the same, the store
//! lets one, and nothing has to be locked. No object holds a token, only its digest.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;

use super::{LIFETIME, TokenError, random_uuid};
use crate::bucket::{Bucket, BucketError, GetQuery, ObjectKind};
use crate::dialect::escaping::hexadecimal;
use crate::request::ImagePath;

/// What all names begin with. Those of renditions begin with a digest.
const FOLDER: &str = "tokens";
/// Bytes of a digest that make a name: enough that no two ids share one.
const NAME_BYTES: usize = 16;
/// Far above what is ever written.
const MAX_BYTES: u64 = 1024;
/// Names of one id that are looked at. Older ones go when a new token is given out.
const MAX_NAMES: usize = 1000;
/// Objects that are looked at to be thrown away, each time.
const MAX_SWEPT: usize = 64;
/// One in so many questions for a token looks for what nobody needs any more, as iaas does.
const SWEEP_EACH: u8 = 10;
/// How old that is: far beyond what is still good on the clock of any server.
const SWEEP_AGE: Duration = Duration::from_secs(4 * 15 * 60);

pub(super) struct SharedTokens {
    bucket: Bucket,
}

/// The last token for an id, and all names that there are of it.
#[derive(Default)]
struct LastToken {
    number: u64,
    is_used: bool,
    is_free: bool,
    names: Vec<String>,
}

/// What an object says of a token.
struct TokenRecord {
    /// Seconds since 1970.
    expires: u64,
    digest: String,
}

impl SharedTokens {
    pub(super) fn new(bucket: Bucket) -> Self {
        Self { bucket }
    }

    /// Gives out a token for an id.
    ///
    /// # Errors
    /// There is one for this id that has not expired, used or not; the system gives no random numbers; or the store does not
    /// answer.
    pub(super) async fn give(&self, id: &ImagePath, now: SystemTime) -> Result<String, TokenError> {
        let (token, folder) = (random_uuid()?, folder_of(id));
        let known = self.known(&folder).await?;
        if known.number > 0 && !known.is_free {
            let record = self.record(&folder, known.number).await?;
            if record.is_some_and(|record| seconds(now) < record.expires) {
                return Err(TokenError::Requested);
            }
        }
        let record = TokenRecord { expires: seconds(now + LIFETIME), digest: hex_digest(&token) };
        if !self.create(&format!("{folder}{}", known.number + 1), &record.written()).await? {
            return Err(TokenError::Requested);
        }
        self.discard(&known.names).await;
        if random_byte().is_multiple_of(SWEEP_EACH) {
            self.sweep(&folder, now).await;
        }
        Ok(token)
    }

    /// Takes a token; the number that it has among those of its id, where it is good.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) async fn take(&self, token: &str, id: &ImagePath, now: SystemTime) -> Result<Option<u64>, TokenError> {
        let folder = folder_of(id);
        let known = self.known(&folder).await?;
        if known.number == 0 || known.is_used || known.is_free {
            return Ok(None);
        }
        let Some(record) = self.record(&folder, known.number).await? else { return Ok(None) };
        let is_right = bool::from(record.digest.as_bytes().ct_eq(hex_digest(token).as_bytes()));
        if !is_right || record.expires <= seconds(now) {
            return Ok(None);
        }
        // Whose mark it is has to be known where the store's answer was lost and it was asked again.
        let is_ours = self.create(&format!("{folder}{}.used", known.number), &random_uuid()?).await?;
        Ok(is_ours.then_some(known.number))
    }

    /// Lets a token for an id be given out again.
    pub(super) async fn free(&self, id: &ImagePath, number: u64) {
        if let Err(error) = self.create(&format!("{}{number}.free", folder_of(id)), "free").await {
            tracing::warn!("an id is free again only when its token has expired: {error}");
        }
    }

    async fn known(&self, folder: &str) -> Result<LastToken, BucketError> {
        let names = self.bucket.list(folder, MAX_NAMES).await?;
        let parts = |name: &str| {
            let rest = name.strip_prefix(folder)?;
            let (number, mark) = rest.split_once('.').unwrap_or((rest, ""));
            Some((number.parse::<u64>().ok()?, mark.to_owned()))
        };
        let all: Vec<_> = names.iter().filter_map(|name| parts(name)).collect();
        let number = all.iter().map(|(number, _)| *number).max().unwrap_or_default();
        let has = |wanted: &str| all.iter().any(|(of, mark)| *of == number && mark == wanted);
        Ok(LastToken { number, is_used: has("used"), is_free: has("free"), names })
    }

    /// What is said of a token; `None` where it was thrown away, or is none of ours.
    async fn record(&self, folder: &str, number: u64) -> Result<Option<TokenRecord>, BucketError> {
        match self.bucket.read(&format!("{folder}{number}"), &GetQuery::default(), MAX_BYTES).await {
            Ok((_, bytes)) => Ok(TokenRecord::read(&String::from_utf8_lossy(&bytes))),
            Err(BucketError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates an object; tells whether this is what is there now.
    async fn create(&self, name: &str, text: &str) -> Result<bool, BucketError> {
        match self.bucket.put(name, Bytes::from(text.to_owned()), &ObjectKind::default(), false).await {
            Ok(()) => Ok(true),
            Err(BucketError::Exists) => {
                let (_, bytes) = self.bucket.read(name, &GetQuery::default(), MAX_BYTES).await?;
                Ok(bytes == text.as_bytes())
            }
            Err(error) => Err(error),
        }
    }

    /// Throws away what a newer token replaces. What stays does no harm.
    async fn discard(&self, names: &[String]) {
        for name in names {
            if let Err(error) = self.bucket.delete(name).await {
                tracing::warn!("cannot delete {name}: {error}");
            }
        }
    }

    /// Throws away what has long expired, of one of 256 parts.
    async fn sweep(&self, folder: &str, now: SystemTime) {
        let part: String = folder.split_inclusive('/').take(2).collect();
        let mut old = Vec::new();
        for name in self.bucket.list(&part, MAX_SWEPT).await.unwrap_or_default() {
            let head = self.bucket.head(&name).await;
            let age = head.ok().and_then(|head| now.duration_since(head.modified?).ok());
            old.extend(age.is_some_and(|age| age > SWEEP_AGE).then_some(name));
        }
        self.discard(&old).await;
    }
}

impl fmt::Debug for SharedTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SharedTokens")
    }
}

impl TokenRecord {
    fn written(&self) -> String {
        format!("{} {}\n", self.expires, self.digest)
    }

    fn read(text: &str) -> Option<Self> {
        let (expires, digest) = text.trim_end().split_once(' ')?;
        Some(Self { expires: expires.parse().ok()?, digest: digest.to_owned() })
    }
}

/// Ends in a slash. The first two digits make parts that can be listed alone.
fn folder_of(id: &ImagePath) -> String {
    let name: String = hex_digest(id.as_str()).chars().take(2 * NAME_BYTES).collect();
    let (part, rest) = name.split_at(2);
    format!("{FOLDER}/{part}/{rest}/")
}

fn hex_digest(text: &str) -> String {
    hexadecimal(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Since 1970.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// 1 where the system gives none: nobody's right depends on it.
fn random_byte() -> u8 {
    let mut byte = [1];
    let _ = SystemRandom::new().fill(&mut byte);
    u8::from_be_bytes(byte)
}

#[cfg(test)]
mod tests;
