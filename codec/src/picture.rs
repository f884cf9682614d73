//! `Picture`: decoded pixels in memory.

use std::sync::Arc;

use super::colour::ColourSpace;
use crate::{Dimensions, PixelLayout};

/// Pixels in rows from the top left, without padding: exactly `width * height * channels` bytes. Cheap to clone: the pixels
/// are shared, and copied where one of the clones is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    dimensions: Dimensions,
    layout: PixelLayout,
    pixels: Arc<Vec<u8>>,
    reduction: Option<Reduction>,
    colours: ColourSpace,
    is_substitute: bool,
    is_incomplete: bool,
}

/// What a picture is the reduction of: an original, both sides divided by a whole number and rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reduction {
    original: Dimensions,
    divisor: u32,
}

impl Picture {
    /// Takes pixels as they are; `None` where their number does not fit the dimensions and the layout.
    pub fn new(dimensions: Dimensions, layout: PixelLayout, pixels: Vec<u8>) -> Option<Self> {
        let bytes = dimensions.pixels().checked_mul(layout.channels() as u64)?;
        let is_whole = dimensions.width > 0 && dimensions.height > 0 && pixels.len() as u64 == bytes;
        let colours = ColourSpace::Srgb;
        is_whole.then(|| Self {
            dimensions,
            layout,
            pixels: Arc::new(pixels),
            reduction: None,
            colours,
            is_substitute: false,
            is_incomplete: false,
        })
    }

    /// Notes that a decoder made this picture at a reduced size: both sides of `original` divided by `divisor`, rounded up.
    pub fn reduced_from(self, original: Dimensions, divisor: u32) -> Self {
        Self { reduction: Some(Reduction { original, divisor }), ..self }
    }

    /// Notes that the decoder that gives a [`Detail`](super::Detail) refused the original, and another made the picture.
    pub fn as_substitute(self) -> Self {
        Self { is_substitute: true, ..self }
    }

    /// Tells whether another decoder than usual made this picture.
    pub fn is_substitute(&self) -> bool {
        self.is_substitute
    }

    /// Notes that the original is broken, and pixels of it are missing. Nobody else is to have them.
    pub fn as_incomplete(self) -> Self {
        Self { is_incomplete: true, is_substitute: true, ..self }
    }

    /// Tells whether this shows what there is of a broken original. It is not to be kept: the original may be whole soon.
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Notes what the numbers of this picture mean; without a note, sRGB.
    pub fn in_colours(self, colours: ColourSpace) -> Self {
        Self { colours, ..self }
    }

    /// What the numbers of this picture mean.
    pub fn colours(&self) -> &ColourSpace {
        &self.colours
    }

    /// The same picture in sRGB. A picture that is in sRGB costs nothing.
    pub fn into_srgb(mut self) -> Self {
        let (colours, layout) = (std::mem::take(&mut self.colours), self.layout);
        if !colours.is_srgb() {
            colours.to_srgb(layout, self.pixels_mut());
        }
        self
    }

    /// Width and height, in pixels of this picture from the top left, of the part that shows the original. Where a
    /// reduced size was rounded up, the last column and row reach past the edge of the original; a resize that read
    /// them whole would stretch the picture (docs/formats.md has what that costs).
    pub fn extent(&self) -> (f64, f64) {
        let exact = |side: u32, divisor: u32| f64::from(side) / f64::from(divisor);
        match self.reduction {
            Some(Reduction { original, divisor }) => (exact(original.width, divisor), exact(original.height, divisor)),
            None => (self.dimensions.width.into(), self.dimensions.height.into()),
        }
    }

    /// Width and height of the pixels that are there.
    pub fn dimensions(&self) -> Dimensions {
        self.dimensions
    }

    /// The channels of its pixels.
    pub fn layout(&self) -> PixelLayout {
        self.layout
    }

    /// Tells whether there are no colours but gray.
    pub fn is_gray(&self) -> bool {
        let is_gray = |pixel: &[u8]| matches!(pixel, [red, green, blue, ..] if red == green && green == blue);
        self.layout == PixelLayout::Gray || self.pixels.chunks_exact(self.layout.channels()).all(is_gray)
    }

    /// All pixels: `width * height * channels` bytes, in rows from the top left.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub(super) fn pixels_mut(&mut self) -> &mut [u8] {
        Arc::<Vec<u8>>::make_mut(&mut self.pixels)
    }

    /// The pixels alone, for reuse of the allocation where no clone has it too.
    pub fn into_pixels(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.pixels)
    }

    /// The same picture with every pixel mapped to another layout. `FROM` and `TO` are the numbers of channels of the
    /// two layouts.
    ///
    /// # Panics
    /// In debug builds, where the numbers are not those of the layouts.
    pub fn map_layout<const FROM: usize, const TO: usize>(
        self,
        layout: PixelLayout,
        map: impl Fn([u8; FROM]) -> [u8; TO],
    ) -> Self {
        debug_assert_eq!((self.layout.channels(), layout.channels()), (FROM, TO));
        let (pixels, _) = self.pixels.as_chunks::<FROM>();
        let pixels = pixels.iter().flat_map(|pixel| map(*pixel)).collect::<Vec<_>>();
        Self { layout, pixels: Arc::new(pixels), ..self }
    }

    /// The same picture with nothing where nothing is seen: what a file holds of colours there is nobody's to find, and
    /// costs bytes.
    pub fn without_hidden_colours(mut self) -> Self {
        let is_hidden = |pixel: &[u8; 4]| matches!(pixel, [red, green, blue, 0] if (red | green | blue) != 0);
        // Pixels that others look at are only copied where it matters.
        if self.layout == PixelLayout::Rgba && self.pixels.as_chunks().0.iter().any(is_hidden) {
            let (pixels, _) = self.pixels_mut().as_chunks_mut();
            pixels.iter_mut().filter(|pixel| is_hidden(pixel)).for_each(|pixel| *pixel = [0; 4]);
        }
        self
    }

    /// The same picture without its alpha channel where every pixel is opaque: later steps then cost less.
    pub fn without_idle_alpha(self) -> Self {
        let is_idle =
            self.layout == PixelLayout::Rgba && self.pixels.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == u8::MAX);
        if !is_idle {
            return self;
        }
        let mut pixels = Arc::unwrap_or_clone(self.pixels);
        for index in 1..pixels.len() / 4 {
            pixels.copy_within(index * 4..index * 4 + 3, index * 3);
        }
        pixels.truncate(pixels.len() / 4 * 3);
        Self { layout: PixelLayout::Rgb, pixels: Arc::new(pixels), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_must_fill_the_picture_exactly() {
        let dimensions = Dimensions::new(2, 2);
        assert!(Picture::new(dimensions, PixelLayout::Rgb, vec![0; 12]).is_some());
        assert!(Picture::new(dimensions, PixelLayout::Rgb, vec![0; 13]).is_none());
        assert!(Picture::new(Dimensions::new(0, 2), PixelLayout::Rgb, vec![]).is_none());
    }

    #[test]
    fn a_change_of_one_clone_is_not_seen_in_the_other() {
        let picture = Picture::new(Dimensions::new(2, 1), PixelLayout::Gray, vec![1, 2]).unwrap();
        let mut changed = picture.clone();
        changed.pixels_mut()[0] = 9;
        assert_eq!((picture.pixels(), changed.pixels()), (&[1, 2][..], &[9, 2][..]));
    }

    #[test]
    fn a_reduced_picture_tells_how_much_of_it_is_the_original() {
        let picture = Picture::new(Dimensions::new(2, 1), PixelLayout::Gray, vec![1, 2]).unwrap();
        assert_eq!(picture.extent(), (2.0, 1.0));
        assert_eq!(picture.reduced_from(Dimensions::new(13, 8), 8).extent(), (1.625, 1.0));
    }

    #[test]
    fn gray_is_gray_in_every_layout() {
        let is_gray = |layout: PixelLayout, pixels: &[u8]| {
            let dimensions = Dimensions::new((pixels.len() / layout.channels()) as u32, 1);
            Picture::new(dimensions, layout, pixels.to_vec()).unwrap().is_gray()
        };
        assert!(is_gray(PixelLayout::Gray, &[1, 2]) && is_gray(PixelLayout::Rgb, &[1, 1, 1, 2, 2, 2]));
        assert!(is_gray(PixelLayout::Rgba, &[3, 3, 3, 9]) && !is_gray(PixelLayout::Rgb, &[1, 1, 1, 2, 2, 3]));
    }

    #[test]
    fn idle_alpha_is_dropped_and_real_alpha_kept() {
        let dimensions = Dimensions::new(2, 1);
        let idle = Picture::new(dimensions, PixelLayout::Rgba, vec![1, 2, 3, 255, 4, 5, 6, 255]).unwrap();
        assert_eq!(idle.without_idle_alpha().into_pixels(), [1, 2, 3, 4, 5, 6]);
        let real = Picture::new(dimensions, PixelLayout::Rgba, vec![1, 2, 3, 255, 4, 5, 6, 254]).unwrap();
        assert_eq!(real.clone().without_idle_alpha(), real);
    }

    #[test]
    fn a_colour_that_is_not_seen_is_not_kept() {
        let secret = Picture::new(Dimensions::new(2, 1), PixelLayout::Rgba, vec![9, 8, 7, 0, 4, 5, 6, 1]).unwrap();
        assert_eq!(secret.without_hidden_colours().into_pixels(), [0, 0, 0, 0, 4, 5, 6, 1]);
    }
}
