//! How numbers stand for colours: the code points of ITU-T H.273.

use super::{Fault, unsupported};
use crate::colour;

/// The code points of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nclx {
    pub primaries: u16,
    pub transfer: u16,
    pub matrix: u16,
    pub is_full_range: bool,
}

impl Nclx {
    /// The code point of what nobody named; of matrices, BT.601 is then meant (AVIF, as MIAF, section 7.3.6.4).
    pub const UNSPECIFIED: u16 = 2;
    /// What a stream without a header would say.
    pub const NOTHING: Self = Self {
        primaries: Self::UNSPECIFIED,
        transfer: Self::UNSPECIFIED,
        matrix: Self::UNSPECIFIED,
        is_full_range: false,
    };
    pub const IDENTITY: u16 = 0;
    pub const YCGCO: u16 = 8;
    pub const BT2020_CONSTANT: u16 = 10;
    pub const DERIVED_CONSTANT: u16 = 13;
    pub const ICTCP: u16 = 14;
    /// YCgCo-Re and YCgCo-Ro: the samples have two bits, or one, more than the colours.
    pub const YCGCO_EVEN: u16 = 16;
    pub const YCGCO_ODD: u16 = 17;

    /// How much red and blue count for luma.
    pub fn luma_weights(self) -> Option<(f64, f64)> {
        match self.matrix {
            1 => Some((0.2126, 0.0722)),
            Self::UNSPECIFIED | 5 | 6 => Some((0.299, 0.114)),
            4 => Some((0.3, 0.11)),
            7 => Some((0.212, 0.087)),
            9 | Self::BT2020_CONSTANT => Some((0.2627, 0.0593)),
            12 | Self::DERIVED_CONSTANT => colour::luma_weights(self.primaries),
            _ => None,
        }
    }

    /// Red, green and blue by the three planes; `None` for the matrices that are no linear mix.
    pub fn mix(self) -> Option<[[f64; 3]; 3]> {
        Some(match self.matrix {
            Self::IDENTITY => [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            Self::YCGCO => [[1.0, -1.0, 1.0], [1.0, 1.0, 0.0], [1.0, -1.0, -1.0]],
            // SMPTE ST 2085, of X, Y and Z.
            11 => [[0.991_902, 0.0, 2.0], [1.0, 0.0, 0.0], [1.0 / 0.986_566, 2.0 / 0.986_566, 0.0]],
            _ => {
                let (red, blue) = self.luma_weights()?;
                let (to_red, to_blue, green) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue), 1.0 - red - blue);
                [[1.0, 0.0, to_red], [1.0, -to_blue * blue / green, -to_red * red / green], [1.0, to_blue, 0.0]]
            }
        })
    }

    pub fn unknown_matrix(self) -> Fault {
        unsupported(format_args!("the colour matrix {} with the transfer curve {}", self.matrix, self.transfer))
    }
}
