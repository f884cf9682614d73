//! `Trim`: finds the border that is to go.

use codec::{CodecError, Picture, PixelLayout};

use super::crop::crop;
use super::{Between, Larder, Operation, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::{Crop, Evenness, Trim, TrimRule};
use crate::request::{Background, Dimensions};

impl Work for Trim {
    fn stage(&self) -> Stage {
        Stage::Crop
    }

    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2)
    }

    /// What is left depends on pixels, and so does all that follows.
    fn is_common(&self, _colour_rule: codec::ColourRule) -> bool {
        false
    }

    fn settled(&self, picture: &Picture) -> Option<Operation> {
        Some(Operation::Step(self.crop(picture).into()))
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let part = self.crop(&picture);
        crop(picture, part)
    }
}

impl Trim {
    /// The part within the border; all of a picture that is border alone.
    fn crop(&self, picture: &Picture) -> Crop {
        let found = match picture.layout() {
            PixelLayout::Gray => self.part::<1>(picture),
            PixelLayout::Rgb => self.part::<3>(picture),
            PixelLayout::Rgba => self.part::<4>(picture),
        };
        let whole = picture.dimensions();
        let found = found.map_or(Crop { left: 0, top: 0, dimensions: whole }, |found| self.evened(found, whole));
        self.rule.part.and_then(|part| shared(found, part)).unwrap_or(found)
    }

    /// The part that is left where no more goes at one side than at the other.
    fn evened(&self, part: Crop, whole: Dimensions) -> Crop {
        let even = |is_even: bool, start: u32, length: u32, whole: u32| {
            let less = start.min(whole.saturating_sub(start + length));
            if is_even { (less, whole.saturating_sub(2 * less)) } else { (start, length) }
        };
        let Evenness { across, down } = self.evenness;
        let (left, width) = even(across, part.left, part.dimensions.width, whole.width);
        let (top, height) = even(down, part.top, part.dimensions.height, whole.height);
        Crop { left, top, dimensions: Dimensions::new(width, height) }
    }

    fn part<const CHANNELS: usize>(&self, picture: &Picture) -> Option<Crop> {
        let (pixels, _) = picture.pixels().as_chunks::<CHANNELS>();
        let TrimRule { behind, is_by_end, .. } = self.rule;
        let corner = || if is_by_end { pixels.last() } else { pixels.first() };
        match (self.colour, behind) {
            (None, None) => {
                let border = *corner()?;
                around(picture, pixels, |pixel| self.is_like(pixel, &border))
            }
            (Some(Background(colour)), None) => {
                let [red, green, blue] = colour;
                let border = [red, green, blue, u8::MAX];
                around(picture, pixels, |pixel| match CHANNELS {
                    4 => self.is_like(pixel.as_slice(), &border),
                    _ => self.is_like(&shown(pixel, colour), &colour),
                })
            }
            (colour, Some(Background(behind))) => {
                let border =
                    colour.map_or_else(|| corner().map(|pixel| shown(pixel, behind)), |colour| Some(colour.0))?;
                around(picture, pixels, |pixel| self.is_like(&shown(pixel, behind), &border))
            }
        }
    }

    /// Tells whether a pixel is as the border, each channel for itself, or all of them by their distance; what is transparent is
    /// alike, whatever its colour.
    fn is_like(&self, pixel: &[u8], border: &[u8]) -> bool {
        if matches!((pixel, border), ([_, _, _, 0], [_, _, _, 0])) {
            return true;
        }
        let differences = pixel.iter().zip(border).map(|(channel, behind)| channel.abs_diff(*behind));
        if self.rule.is_by_distance {
            let squares = differences.map(|difference| u32::from(difference).pow(2));
            return squares.sum::<u32>() <= u32::from(self.tolerance).pow(2);
        }
        differences.max() <= Some(self.tolerance)
    }
}

/// The part around all pixels that are not of the border.
fn around<const CHANNELS: usize>(
    picture: &Picture,
    pixels: &[[u8; CHANNELS]],
    is_border: impl Fn(&[u8; CHANNELS]) -> bool,
) -> Option<Crop> {
    let is_inside = |pixel: &[u8; CHANNELS]| !is_border(pixel);
    let rows = || pixels.chunks_exact(picture.dimensions().width as usize);
    let top = rows().position(|row| row.iter().any(is_inside))?;
    let bottom = rows().rposition(|row| row.iter().any(is_inside))?;
    let (mut left, mut right) = (picture.dimensions().width as usize, 0);
    for row in rows().skip(top).take(bottom - top + 1) {
        // Only what would widen the part is of interest.
        left = row.iter().take(left).position(is_inside).unwrap_or(left);
        let beyond = row.iter().skip(right + 1).rposition(is_inside);
        right = beyond.map_or(right, |offset| right + 1 + offset);
    }
    let right = right.max(left);
    let dimensions = Dimensions::new((right - left + 1) as u32, (bottom - top + 1) as u32);
    Some(Crop { left: left as u32, top: top as u32, dimensions })
}

/// A pixel as it is seen before a colour.
fn shown<const CHANNELS: usize>(pixel: &[u8; CHANNELS], behind: [u8; 3]) -> [u8; 3] {
    let over = |channel: u8, behind: u8, alpha: u8| {
        let (channel, behind, alpha) = (u32::from(channel), u32::from(behind), u32::from(alpha));
        // At most 255.
        ((channel * alpha + behind * (255 - alpha) + 127) / 255) as u8
    };
    match *pixel.as_slice() {
        [gray] => [gray; 3],
        [red, green, blue] => [red, green, blue],
        [red, green, blue, alpha] => {
            let [r, g, b] = behind;
            [over(red, r, alpha), over(green, g, alpha), over(blue, b, alpha)]
        }
        _ => behind,
    }
}

/// What two parts have in common; `None` where that is nothing.
fn shared(found: Crop, [left, top, right, bottom]: [u32; 4]) -> Option<Crop> {
    let Crop { left: start, top: above, dimensions } = found;
    let (left, top) = (left.max(start), top.max(above));
    let width = right.min(start + dimensions.width).checked_sub(left).filter(|width| *width > 0)?;
    let height = bottom.min(above + dimensions.height).checked_sub(top).filter(|height| *height > 0)?;
    Some(Crop { left, top, dimensions: Dimensions::new(width, height) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: TrimRule = TrimRule { is_by_distance: false, behind: None, is_by_end: false, part: None };
    const TRIM: Trim =
        Trim { tolerance: 10, colour: None, evenness: Evenness { across: false, down: false }, rule: USUAL };

    fn part(trim: Trim, layout: PixelLayout, width: u32, pixels: &[u8]) -> (u32, u32, Dimensions) {
        let height = pixels.len() as u32 / width / layout.channels() as u32;
        let picture = Picture::new(Dimensions::new(width, height), layout, pixels.to_vec()).unwrap();
        let Crop { left, top, dimensions } = trim.crop(&picture);
        (left, top, dimensions)
    }

    #[test]
    fn a_border_of_one_colour_goes() {
        #[rustfmt::skip]
        let pixels = [
            200, 200, 200, 200, 200,
            200, 200, 200,   0, 200,
            200,   0, 200, 200, 200,
            200, 200, 200, 200, 200,
        ];
        assert_eq!(part(TRIM, PixelLayout::Gray, 5, &pixels), (1, 1, Dimensions::new(3, 2)));
        let single = [9, 9, 9, 9, 0, 9];
        assert_eq!(part(TRIM, PixelLayout::Gray, 3, &single), (0, 0, Dimensions::new(3, 2)));
        assert_eq!(part(Trim { tolerance: 8, ..TRIM }, PixelLayout::Gray, 3, &single), (1, 1, Dimensions::new(1, 1)));
    }

    #[test]
    fn as_much_may_go_at_both_sides() {
        let mut pixels = [9; 7 * 6];
        (pixels[2 * 7 + 1], pixels[2 * 7 + 3]) = (0, 0);
        let even = |across, down| Trim { evenness: Evenness { across, down }, ..TRIM };
        let trimmed = |trim: Trim| part(Trim { tolerance: 0, ..trim }, PixelLayout::Gray, 7, &pixels);
        assert_eq!(trimmed(even(false, false)), (1, 2, Dimensions::new(3, 1)));
        assert_eq!(trimmed(even(true, false)), (1, 2, Dimensions::new(5, 1)));
        assert_eq!(trimmed(even(true, true)), (1, 2, Dimensions::new(5, 2)));
    }

    #[test]
    fn the_tolerance_is_for_each_channel_and_inclusive() {
        let pixels = [100, 100, 100, 110, 110, 110, 111, 100, 100];
        assert_eq!(part(TRIM, PixelLayout::Rgb, 3, &pixels), (2, 0, Dimensions::new(1, 1)));
    }

    #[test]
    fn a_border_may_be_named() {
        let black = Trim { colour: Background::parse("black"), ..TRIM };
        let pixels = [0, 0, 0, 255, 255, 255, 0, 0, 0];
        assert_eq!(part(black, PixelLayout::Rgb, 3, &pixels), (1, 0, Dimensions::new(1, 1)));
        let white = Trim { colour: Some(Background::WHITE), ..TRIM };
        assert_eq!(part(white, PixelLayout::Rgb, 3, &pixels), (0, 0, Dimensions::new(3, 1)));
    }

    #[test]
    fn what_is_transparent_may_count_as_a_colour() {
        let magenta = Background([255, 0, 255]);
        let pixels = [9, 9, 9, 0, 255, 0, 255, 255, 5, 6, 7, 255, 200, 0, 0, 0];
        for colour in [None, Some(magenta)] {
            let trim = Trim { colour, rule: TrimRule { behind: Some(magenta), ..USUAL }, ..TRIM };
            assert_eq!(part(trim, PixelLayout::Rgba, 4, &pixels), (2, 0, Dimensions::new(1, 1)));
        }
        let black =
            Trim { colour: Background::parse("black"), rule: TrimRule { behind: Some(magenta), ..USUAL }, ..TRIM };
        assert_eq!(part(black, PixelLayout::Rgba, 4, &pixels), (0, 0, Dimensions::new(4, 1)));
        let red = Trim { colour: Background::parse("640000"), ..TRIM };
        assert_eq!(part(red, PixelLayout::Gray, 3, &[0, 100, 0]), (0, 0, Dimensions::new(3, 1)));
    }

    #[test]
    fn what_is_transparent_is_alike_and_what_is_border_alone_stays_whole() {
        let pixels = [9, 9, 9, 0, 200, 0, 0, 0, 200, 0, 0, 255, 7, 7, 7, 0];
        assert_eq!(part(TRIM, PixelLayout::Rgba, 4, &pixels), (2, 0, Dimensions::new(1, 1)));
        assert_eq!(part(TRIM, PixelLayout::Gray, 2, &[5; 6]), (0, 0, Dimensions::new(2, 3)));
    }
    #[test]
    fn a_border_may_be_that_of_the_other_corner_and_colours_be_told_by_their_distance() {
        let by = |rule: TrimRule, tolerance| Trim { tolerance, rule, ..TRIM };
        let pixels = [9, 9, 9, 9, 0, 5];
        let end = by(TrimRule { is_by_end: true, ..USUAL }, 4);
        assert_eq!(part(end, PixelLayout::Gray, 3, &pixels), (1, 1, Dimensions::new(1, 1)));
        let far = [100, 100, 100, 106, 106, 106, 100, 100, 100];
        let distance = TrimRule { is_by_distance: true, ..USUAL };
        assert_eq!(part(by(distance, 10), PixelLayout::Rgb, 3, &far), (1, 0, Dimensions::new(1, 1)));
        assert_eq!(part(by(distance, 11), PixelLayout::Rgb, 3, &far), (0, 0, Dimensions::new(3, 1)));
    }

    #[test]
    fn a_part_is_one_of_the_picture_with_its_border() {
        let mut pixels = [9; 6 * 4];
        pixels[6 + 1..6 + 5].fill(0);
        pixels[12 + 1..12 + 5].fill(0);
        let trimmed = |part_wanted| {
            part(
                Trim { rule: TrimRule { part: Some(part_wanted), ..USUAL }, tolerance: 0, ..TRIM },
                PixelLayout::Gray,
                6,
                &pixels,
            )
        };
        assert_eq!(trimmed([0, 0, 3, 2]), (1, 1, Dimensions::new(2, 1)));
        assert_eq!(trimmed([2, 2, 90, 90]), (2, 2, Dimensions::new(3, 1)));
        assert_eq!(trimmed([5, 0, 6, 4]), (1, 1, Dimensions::new(4, 2)));
        assert_eq!(trimmed([3, 3, 2, 2]), (1, 1, Dimensions::new(4, 2)));
    }
}
