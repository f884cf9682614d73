//! `Frame`: a decoded picture as its decoder gives it, in planes.

use super::nclx::Nclx;
use super::property::Coding;
use crate::Dimensions;

/// A coded picture, and what the container says of it.
#[derive(Debug, Clone, Copy)]
pub struct Coded<'a> {
    pub stream: &'a [u8],
    /// What a decoder has to be told before the stream; empty where nothing is said.
    #[cfg_attr(not(feature = "heic"), expect(dead_code, reason = "AV1 says all in its stream"))]
    pub record: &'a [u8],
    pub dimensions: Dimensions,
    pub coding: Coding,
}

/// The planes of a frame: luma alone, or with chroma of a half or the whole of its width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    Monochrome,
    Yuv420,
    Yuv422,
    Yuv444,
}

impl Sampling {
    /// The dimensions of a plane (0 is luma) of a frame; `None` where there is no such plane.
    pub fn of_plane(self, plane: usize, whole: Dimensions) -> Option<Dimensions> {
        match (plane, self) {
            (0, _) | (1 | 2, Self::Yuv444) => Some(whole),
            (1 | 2, Self::Yuv422) => Some(Dimensions::new(whole.width.div_ceil(2), whole.height)),
            (1 | 2, Self::Yuv420) => Some(Dimensions::new(whole.width.div_ceil(2), whole.height.div_ceil(2))),
            _ => None,
        }
    }
}

/// A row of samples of one plane: 8 bits each, or more in the low bits of 16.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'a> {
    Bytes(&'a [u8]),
    Words(&'a [u16]),
}

/// A decoded frame.
pub trait Frame {
    fn dimensions(&self) -> Dimensions;

    fn sampling(&self) -> Sampling;

    /// Bits per sample, 8 to 16.
    fn depth(&self) -> u32;

    /// What the stream itself says about its colours.
    fn nclx(&self) -> Nclx;

    /// A row of a plane (0 is luma); `None` outside the frame.
    fn row(&self, plane: usize, row: u32) -> Option<Samples<'_>>;
}
