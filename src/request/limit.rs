//! `OriginalLimit`: the largest original that a request is answered with.

use super::Dimensions;

/// What whoever serves a request allows of its original, beside what the operator allows of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OriginalLimit {
    /// Width times height; `None` for no limit.
    pub max_pixels: Option<u64>,
    /// Length; `None` for no limit.
    pub max_bytes: Option<u64>,
}

/// Why an original is too large for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// There is nothing in it.
    #[error("expected an image, got nothing")]
    Empty,
    /// It has too many pixels.
    #[error("expected an original of at most {limit} pixels, got {dimensions}")]
    Pixels {
        /// How many it may have.
        limit: u64,
        /// What it has.
        dimensions: Dimensions,
    },
    /// It has too many bytes.
    #[error("expected an original of at most {limit} bytes, got {bytes}")]
    Bytes {
        /// How many it may have.
        limit: u64,
        /// What it has.
        bytes: u64,
    },
}

impl OriginalLimit {
    /// Checks a length. Where there is any limit, nothing is too little.
    ///
    /// # Errors
    /// [`LimitError::Bytes`], or [`LimitError::Empty`].
    pub fn check_bytes(self, bytes: u64) -> Result<(), LimitError> {
        if bytes == 0 && self != Self::default() {
            return Err(LimitError::Empty);
        }
        let over = self.max_bytes.filter(|limit| bytes > *limit);
        over.map_or(Ok(()), |limit| Err(LimitError::Bytes { limit, bytes }))
    }

    /// Checks dimensions.
    ///
    /// # Errors
    /// [`LimitError::Pixels`].
    pub fn check_pixels(self, dimensions: Dimensions) -> Result<(), LimitError> {
        let over = self.max_pixels.filter(|limit| dimensions.pixels() > *limit);
        over.map_or(Ok(()), |limit| Err(LimitError::Pixels { limit, dimensions }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_large_as_it_may_be_is_allowed() {
        let limit = OriginalLimit { max_pixels: Some(12), max_bytes: Some(100) };
        assert_eq!([limit.check_bytes(100), limit.check_pixels(Dimensions::new(4, 3))], [Ok(()); 2]);
        assert_eq!(limit.check_bytes(101), Err(LimitError::Bytes { limit: 100, bytes: 101 }));
        let dimensions = Dimensions::new(13, 1);
        assert_eq!(limit.check_pixels(dimensions), Err(LimitError::Pixels { limit: 12, dimensions }));
        assert_eq!(limit.check_bytes(0), Err(LimitError::Empty));
        let none = OriginalLimit::default();
        assert_eq!(none.check_bytes(0), Ok(()));
        assert_eq!([none.check_bytes(u64::MAX), none.check_pixels(Dimensions::new(u32::MAX, u32::MAX))], [Ok(()); 2]);
    }
}
