//! `OriginalLimit`: the largest original that a request is answered with.

use super::Dimensions;

/// What whoever serves a request allows of its original, beside what the operator allows of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OriginalLimit {
    /// Width times height; `None` for no limit.
    pub max_pixels: Option<u64>,
    /// Width and height: beyond both it is too large; `None` for no limit.
    pub max_sides: Option<Dimensions>,
    /// Length; `None` for no limit.
    pub max_bytes: Option<u64>,
    /// An empty file is told from one that is no image, where nothing else is limited as well.
    pub is_for_images: bool,
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
    /// It is wider and higher than it may be.
    #[error("expected an original of at most {limit}, got {dimensions}")]
    Sides {
        /// Width and height, of which one may be more.
        limit: Dimensions,
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
    /// [`LimitError::Pixels`], or [`LimitError::Sides`].
    pub fn check_pixels(self, dimensions: Dimensions) -> Result<(), LimitError> {
        if let Some(limit) = self.max_pixels.filter(|limit| dimensions.pixels() > *limit) {
            return Err(LimitError::Pixels { limit, dimensions });
        }
        let is_beyond = |limit: &Dimensions| dimensions.width > limit.width && dimensions.height > limit.height;
        let over = self.max_sides.filter(is_beyond);
        over.map_or(Ok(()), |limit| Err(LimitError::Sides { limit, dimensions }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_large_as_it_may_be_is_allowed() {
        let limit = OriginalLimit { max_pixels: Some(12), max_bytes: Some(100), ..OriginalLimit::default() };
        assert_eq!([limit.check_bytes(100), limit.check_pixels(Dimensions::new(4, 3))], [Ok(()); 2]);
        assert_eq!(limit.check_bytes(101), Err(LimitError::Bytes { limit: 100, bytes: 101 }));
        let dimensions = Dimensions::new(13, 1);
        assert_eq!(limit.check_pixels(dimensions), Err(LimitError::Pixels { limit: 12, dimensions }));
        assert_eq!(limit.check_bytes(0), Err(LimitError::Empty));
        let sides = OriginalLimit { max_sides: Some(Dimensions::new(4, 3)), ..OriginalLimit::default() };
        let [within, over] = [(9, 3), (5, 4)].map(|(width, height)| Dimensions::new(width, height));
        assert_eq!(sides.check_pixels(within), Ok(()));
        let error = LimitError::Sides { limit: Dimensions::new(4, 3), dimensions: over };
        assert_eq!(sides.check_pixels(over), Err(error));
        let images = OriginalLimit { is_for_images: true, ..OriginalLimit::default() };
        assert_eq!((images.check_bytes(0), images.check_bytes(u64::MAX)), (Err(LimitError::Empty), Ok(())));
        let none = OriginalLimit::default();
        assert_eq!(none.check_bytes(0), Ok(()));
        assert_eq!([none.check_bytes(u64::MAX), none.check_pixels(Dimensions::new(u32::MAX, u32::MAX))], [Ok(()); 2]);
    }
}
