//! `Pad`: a canvas around the picture.

use codec::{CodecError, Picture};

use super::channels::{WITH_ALPHA, WITH_COLOURS, with_alpha, with_colours};
use super::{Between, Larder, Work, ground};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Pad;
use crate::request::{Dimensions, Paint, Surround};

impl Work for Pad {
    fn stage(&self) -> Stage {
        Stage::Pad
    }

    /// The picture, a copy of it that has taken on colours or transparency, and the canvas.
    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        let copied = match self.surround {
            Surround::Blurred(sigma) => ground::held(before.dimensions, after.dimensions, sigma),
            _ => 0,
        };
        let [before, after] = [before, after].map(|between| between.dimensions.pixels() * 4);
        Ok(copied.max(before * 2 + after))
    }

    fn pixel_bytes_after(&self, before: u64) -> u64 {
        match self.surround {
            Surround::Paint(paint) => before.max(if paint.is_opaque() { WITH_COLOURS } else { WITH_ALPHA }),
            _ => before,
        }
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let picture = match self.surround {
            Surround::Paint(paint) if paint.is_opaque() => with_colours(picture),
            Surround::Paint(_) => with_alpha(picture),
            _ => picture,
        };
        let (Dimensions { width, height }, part) = (self.dimensions, picture.dimensions());
        let is_within = |begin: u32, part: u32, whole: u32| begin.checked_add(part).is_some_and(|end| end <= whole);
        if !is_within(self.left, part.width, width) || !is_within(self.top, part.height, height) {
            return Err(RenderError::operation("pad", "the picture is larger than the canvas"));
        }
        let pixels = match self.surround {
            Surround::Paint(paint) => self.filled(&picture, paint),
            Surround::Zero => self.filled(&picture, Paint::CLEAR),
            Surround::Edge => self.continued(&picture, nearest),
            Surround::Mirror => self.continued(&picture, mirrored),
            Surround::Mean => self.filled(&picture, Paint(ground::mean(&picture))),
            Surround::Blurred(sigma) => self.upon(&picture, ground::blurred(&picture, sigma, self.dimensions)?),
        };
        let (layout, colours) = (picture.layout(), picture.colours().clone());
        let padded = Picture::new(self.dimensions, layout, pixels);
        padded
            .map(|padded| padded.in_colours(colours))
            .ok_or_else(|| RenderError::operation("pad", "the pixels do not fill the canvas"))
    }
}

impl Pad {
    fn filled(&self, picture: &Picture, paint: Paint) -> Vec<u8> {
        let pixel_bytes = picture.layout().channels();
        let filling = paint.0.get(..pixel_bytes).unwrap_or_default();
        let mut pixels = filling.repeat(self.dimensions.pixels() as usize);
        self.put(picture, &mut pixels, |_, _| {});
        pixels
    }

    /// The picture in place of a part of one that is as large as the canvas.
    fn upon(&self, picture: &Picture, ground: Picture) -> Vec<u8> {
        let mut pixels = ground.into_pixels();
        self.put(picture, &mut pixels, |_, _| {});
        pixels
    }

    /// Every pixel of the canvas is that of the picture that `source` leads to along both sides.
    fn continued(&self, picture: &Picture, source: impl Fn(usize, usize, usize) -> usize) -> Vec<u8> {
        let (Dimensions { width, height }, part) = (self.dimensions, picture.dimensions());
        let (pixel_bytes, left, top) = (picture.layout().channels(), self.left as usize, self.top as usize);
        let row_bytes = width as usize * pixel_bytes;
        let mut pixels = vec![0; row_bytes * height as usize];
        let [own_width, own_height] = [part.width, part.height].map(|side| side as usize);
        self.put(picture, &mut pixels, |own, row| {
            let places = row.chunks_exact_mut(pixel_bytes).enumerate();
            for (at, place) in places.filter(|(at, _)| *at < left || *at >= left + own_width) {
                let from = source(at, left, own_width) * pixel_bytes;
                place.copy_from_slice(own.get(from..from + pixel_bytes).unwrap_or_default());
            }
        });
        for at in (0..top).chain(top + own_height..height as usize) {
            // Of a row that has been written whole.
            let from = (top + source(at, top, own_height)) * row_bytes;
            pixels.copy_within(from..from + row_bytes, at * row_bytes);
        }
        pixels
    }

    /// Puts the rows of the picture into their places, and has each row of the canvas finished with them.
    fn put(&self, picture: &Picture, pixels: &mut [u8], finish: impl Fn(&[u8], &mut [u8])) {
        let pixel_bytes = picture.layout().channels();
        let own_row_bytes = picture.dimensions().width as usize * pixel_bytes;
        let rows = pixels.chunks_exact_mut(self.dimensions.width as usize * pixel_bytes).skip(self.top as usize);
        for (row, own) in rows.zip(picture.pixels().chunks_exact(own_row_bytes)) {
            let begin = self.left as usize * pixel_bytes;
            if let Some(place) = row.get_mut(begin..begin + own_row_bytes) {
                place.copy_from_slice(own);
            }
            finish(own, row);
        }
    }
}

/// The nearest place on a side that begins at `begin` and is so long.
fn nearest(at: usize, begin: usize, length: usize) -> usize {
    at.saturating_sub(begin).min(length.saturating_sub(1))
}

/// As in mirrors at both ends, which face each other: every second picture is turned around.
pub(super) fn mirrored(at: usize, begin: usize, length: usize) -> usize {
    let period = 2 * length as i64;
    let place = (at as i64 - begin as i64).rem_euclid(period.max(1));
    place.min(period - 1 - place) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::{CodecSettings, Codecs, PixelLayout};

    fn padded(surround: Surround, layout: PixelLayout, pixels: &[u8]) -> (PixelLayout, Vec<u8>) {
        let picture = Picture::new(Dimensions::new(3, 2), layout, pixels.to_vec()).unwrap();
        let step = Pad { left: 4, top: 1, dimensions: Dimensions::new(12, 4), surround };
        let codecs = Codecs::new(&CodecSettings::default());
        let padded = super::super::apply(step.into(), picture, &codecs).unwrap();
        assert_eq!(padded.dimensions(), step.dimensions);
        (padded.layout(), padded.into_pixels())
    }

    fn rows(rows: [&[u8; 12]; 4]) -> (PixelLayout, Vec<u8>) {
        (PixelLayout::Gray, rows.map(<[u8; 12]>::as_slice).concat())
    }

    #[test]
    fn around_a_picture_is_its_edge() {
        let (upper, lower) = (b"aaaaabcccccc", b"dddddeffffff");
        let edge = padded(Surround::Edge, PixelLayout::Gray, b"abcdef");
        assert_eq!(edge, rows([upper, upper, lower, lower]));
    }

    #[test]
    fn around_a_picture_are_mirrors_in_mirrors() {
        // As libvips has it, pixels at an edge come twice.
        let (upper, lower) = (b"ccbaabccbaab", b"ffeddeffedde");
        let mirror = padded(Surround::Mirror, PixelLayout::Gray, b"abcdef");
        assert_eq!(mirror, rows([upper, upper, lower, lower]));
    }

    #[test]
    fn what_is_transparent_is_so_in_mirrors_and_what_is_opaque_stays_so() {
        let pixels: Vec<u8> = (0..24).collect();
        for surround in [Surround::Edge, Surround::Mirror, Surround::Zero] {
            assert!(!surround.may_be_clear());
            let (layout, clear) = padded(surround, PixelLayout::Rgba, &pixels);
            let own = |row: usize| clear.get((row * 12 + 4) * 4..).unwrap_or_default();
            assert_eq!((layout, &own(1)[..12], &own(2)[..12]), (PixelLayout::Rgba, &pixels[..12], &pixels[12..]));
            // One to the left of the first pixel is the same in either; where there is nothing, nothing shows.
            let beside = if surround == Surround::Zero { &[0; 4] } else { &pixels[..4] };
            assert_eq!(&clear[(12 + 3) * 4..][..4], beside, "{surround:?}");
            assert_eq!(padded(surround, PixelLayout::Rgb, &pixels[..18]).0, PixelLayout::Rgb);
        }
    }

    #[test]
    fn a_colour_around_gray_gives_it_colours_and_nothing_around_it_gives_it_alpha() {
        let paint = |colour| padded(Surround::Paint(Paint(colour)), PixelLayout::Gray, b"abcdef");
        let ((opaque, red), (clear, nothing)) = (paint([255, 0, 0, 255]), paint([0; 4]));
        assert_eq!((opaque, clear), (PixelLayout::Rgb, PixelLayout::Rgba));
        let (first, begin) = (12 * 3, (12 + 4) * 3);
        assert_eq!(
            (&red[..3], &red[first..first + 3], &red[begin..begin + 6]),
            (&[255, 0, 0][..], &[255, 0, 0][..], &b"aaabbb"[..])
        );
        assert_eq!((&nothing[..4], &nothing[(12 + 4) * 4..][..4]), (&[0; 4][..], &[b'a', b'a', b'a', 255][..]));
    }

    #[test]
    fn around_a_picture_is_the_mean_of_its_colours() {
        let (layout, pixels) = padded(Surround::Mean, PixelLayout::Gray, b"abcdef");
        assert_eq!((layout, &pixels[..12], &pixels[16..19]), (PixelLayout::Gray, &[b'c'; 12][..], &b"abc"[..]));
        let clear: Vec<u8> = (0..24).collect();
        let (layout, pixels) = padded(Surround::Mean, PixelLayout::Rgba, &clear);
        assert_eq!((layout, pixels[3], &pixels[16 * 4..19 * 4]), (PixelLayout::Rgba, 255, &clear[..12]));
    }

    #[test]
    fn around_a_picture_is_a_blurred_copy_of_it() {
        let blurred = Surround::Blurred(crate::request::Sigma::parse("2").unwrap());
        let (layout, pixels) = padded(blurred, PixelLayout::Gray, &[0, 100, 200, 0, 100, 200]);
        assert_eq!(
            (layout, &pixels[16..19], &pixels[28..31]),
            (PixelLayout::Gray, &[0, 100, 200][..], &[0, 100, 200][..])
        );
        assert!(pixels[0] < pixels[11] && pixels[0] > 0 && pixels[11] < 200, "{pixels:?}");
        assert_eq!((&pixels[..12], pixels[12]), (&pixels[36..], pixels[0]));
    }

    #[test]
    fn a_canvas_smaller_than_the_picture_is_refused() {
        let picture = Picture::new(Dimensions::new(3, 2), PixelLayout::Gray, vec![0; 6]).unwrap();
        let codecs = Codecs::new(&CodecSettings::default());
        for (left, top) in [(10, 0), (0, 3), (u32::MAX, 0)] {
            for surround in [Surround::Edge, Surround::Mirror, Surround::Paint(Paint::CLEAR)] {
                let step = Pad { left, top, dimensions: Dimensions::new(12, 4), surround };
                assert!(super::super::apply(step.into(), picture.clone(), &codecs).is_err(), "{step:?}");
            }
        }
    }
}
