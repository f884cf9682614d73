//! `GivenPicture`: a picture that the operator gives, at hand from the start.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use bytes::Bytes;
use twox_hash::XxHash3_128;

/// The bytes of a picture. Two are the same where their bytes are.
#[derive(Clone)]
pub struct GivenPicture {
    bytes: Bytes,
    /// Of the bytes, so that they are not compared for each request.
    digest: u128,
}

impl GivenPicture {
    /// One of these bytes.
    pub fn new(bytes: Bytes) -> Self {
        let digest = XxHash3_128::oneshot(&bytes);
        Self { bytes, digest }
    }

    /// All of them.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}

impl PartialEq for GivenPicture {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for GivenPicture {}

impl Ord for GivenPicture {
    fn cmp(&self, other: &Self) -> Ordering {
        self.digest.cmp(&other.digest)
    }
}

impl PartialOrd for GivenPicture {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for GivenPicture {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl fmt::Debug for GivenPicture {
    /// What tells it from others.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "GivenPicture({:032x})", self.digest)
    }
}
