//! `Picture`: decoded pixels in memory.

use std::sync::Arc;

use super::colour::ColourSpace;
use crate::{Dimensions, Excerpt, PixelLayout};

/// Pixels in rows from the top left, without padding: exactly `width * height * channels` bytes. Cheap to clone: the pixels
/// are shared, and copied where one of the clones is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    dimensions: Dimensions,
    layout: PixelLayout,
    pixels: Arc<Vec<u8>>,
    reduction: Option<Reduction>,
    place: Option<Excerpt>,
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
            place: None,
            colours,
            is_substitute: false,
            is_incomplete: false,
        })
    }

    /// Notes that a decoder made this picture at a reduced size: both sides of `original` divided by `divisor`, rounded up.
    pub fn reduced_from(self, original: Dimensions, divisor: u32) -> Self {
        Self { reduction: Some(Reduction { original, divisor }), ..self }
    }

    /// Notes that a decoder made only this part of the picture: in pixels of that, reduced where it is.
    pub fn placed_at(self, left: u32, top: u32) -> Self {
        Self { place: Some(Excerpt { left, top, dimensions: self.dimensions }), ..self }
    }

    /// Which part of the whole picture, reduced where it is, these pixels are.
    pub fn place(&self) -> Excerpt {
        self.place.unwrap_or_else(|| Excerpt::whole(self.dimensions))
    }

    /// By what both sides of the original were divided.
    pub fn divisor(&self) -> u32 {
        self.reduction.map_or(1, |reduction| reduction.divisor)
    }

    /// Keeps what shows an excerpt of the original; all where that is all that there is.
    pub fn showing(self, excerpt: Excerpt) -> Self {
        let (place, channels) = (self.place(), self.layout.channels());
        let part = excerpt.divided(self.divisor());
        if part == place || !place.holds(part) || part.dimensions.pixels() == 0 {
            return self;
        }
        let row_bytes = place.dimensions.width as usize * channels;
        let first = (part.left - place.left) as usize * channels;
        let columns = first..first + part.dimensions.width as usize * channels;
        let rows = self.pixels.chunks_exact(row_bytes).skip((part.top - place.top) as usize);
        let mut pixels = Vec::with_capacity(part.dimensions.pixels() as usize * channels);
        for row in rows.take(part.dimensions.height as usize) {
            pixels.extend_from_slice(row.get(columns.clone()).unwrap_or_default());
        }
        Self { dimensions: part.dimensions, place: Some(part), pixels: Arc::new(pixels), ..self }
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
        let Some(Reduction { original, divisor }) = self.reduction else {
            return (self.dimensions.width.into(), self.dimensions.height.into());
        };
        let place = self.place();
        let exact =
            |side: u32, begin: u32, end: u32| (f64::from(side) / f64::from(divisor)).min(end.into()) - f64::from(begin);
        (exact(original.width, place.left, place.right()), exact(original.height, place.top, place.bottom()))
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
    fn what_shows_a_excerpt_is_kept_and_knows_its_place() {
        let picture = Picture::new(Dimensions::new(4, 3), PixelLayout::Gray, (0..12).collect()).unwrap();
        let excerpt = |left, top, width, height| Excerpt { left, top, dimensions: Dimensions::new(width, height) };
        let part = picture.clone().showing(excerpt(1, 1, 3, 2));
        assert_eq!((part.pixels(), part.place()), (&[5, 6, 7, 9, 10, 11][..], excerpt(1, 1, 3, 2)));
        assert_eq!(part.clone().showing(excerpt(2, 2, 1, 1)).pixels(), [10]);
        assert_eq!(part.clone().showing(excerpt(0, 0, 4, 3)), part, "what is not there is not made up");
        let reduced = picture.reduced_from(Dimensions::new(31, 24), 8);
        assert_eq!(reduced.clone().showing(excerpt(9, 8, 8, 8)).pixels(), [5, 6]);
        assert_eq!(reduced.clone().showing(excerpt(9, 8, 22, 16)).extent(), (2.875, 2.0));
        assert_eq!(reduced.clone().showing(excerpt(0, 0, 31, 24)), reduced);
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
