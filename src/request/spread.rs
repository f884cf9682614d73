//! `Spread`: copies of something along the sides of a picture, with the room that is left between them. Source: the filter
//! `watermark` of thumbor.

use super::Dimensions;

/// The sides along which something is repeated, as often as there is room for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    /// From left to right.
    pub across: bool,
    /// From top to bottom.
    pub down: bool,
}

/// Both ways, no more copies than these are as near as there is room for.
const MOST_COPIES: u32 = 100;
/// So many are along a side then.
const MOST_ALONG: u32 = 6;
/// What is between two copies, in pixels, where there is no room for both.
const NARROW_GAP: u32 = 10;

impl Spread {
    /// The pixels between two copies along each side, for something with these dimensions of its own.
    pub(super) fn gaps(self, picture: Dimensions, own: Dimensions) -> (Option<u32>, Option<u32>) {
        let (across, down) = (CopiesAlong::of(picture.width, own.width), CopiesAlong::of(picture.height, own.height));
        let is_crowded =
            self.across && self.down && u64::from(across.copies) * u64::from(down.copies) > MOST_COPIES.into();
        let gap = |along: CopiesAlong| if is_crowded { along.fewer().gap() } else { along.gap() };
        (self.across.then(|| gap(across)), self.down.then(|| gap(down)))
    }
}

/// Copies along one side.
#[derive(Debug, Clone, Copy)]
struct CopiesAlong {
    copies: u32,
    /// The room that they leave, in pixels.
    room: u32,
    whole: u32,
    length: u32,
}

impl CopiesAlong {
    fn of(whole: u32, length: u32) -> Self {
        let length = length.max(1);
        let (copies, room) = match whole / length {
            0 | 1 => (whole.div_ceil(length), NARROW_GAP),
            copies => (copies, whole % length),
        };
        Self { copies, room, whole, length }
    }

    fn fewer(self) -> Self {
        let copies = self.copies.min(MOST_ALONG);
        Self { copies, room: self.whole.saturating_sub(copies.saturating_mul(self.length)), ..self }
    }

    fn gap(self) -> u32 {
        self.room / (self.copies.max(2) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_that_is_left_is_between_the_copies() {
        let both = Spread { across: true, down: true };
        // As thumbor 7.8 counts: three of 200 leave 40, five of 80 leave 27.
        let (picture, own) = (Dimensions::new(640, 427), Dimensions::new(200, 80));
        assert_eq!(both.gaps(picture, own), (Some(20), Some(6)));
        assert_eq!(Spread { down: false, ..both }.gaps(picture, own), (Some(20), None));
        assert_eq!(Spread::default().gaps(picture, own), (None, None));
        // There is no room for two.
        assert_eq!(both.gaps(Dimensions::new(300, 70), own), (Some(10), Some(10)));
        // 64 by 42 copies would be too many: six leave 580 and 367.
        assert_eq!(both.gaps(picture, Dimensions::new(10, 10)), (Some(116), Some(73)));
        assert_eq!(Spread { down: false, ..both }.gaps(picture, Dimensions::new(10, 10)), (Some(0), None));
        assert_eq!(both.gaps(picture, Dimensions::new(0, 1000)), (Some(126), Some(0)));
    }
}
