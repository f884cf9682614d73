//! From a file to a picture: decodes the tiles of each layer onto one canvas, then undoes premultiplied alpha.

use std::io::Cursor;

use super::colour::Rows;
use super::frame::{Coded, Frame, Sampling};
use super::image::{self, Image, Layer};
use super::meta::Meta;
use super::nclx::Nclx;
use super::property::Crop;
use super::{Coder, Fault, malformed};
use crate::broken::MISSING;
use crate::colour::{Channels, Narrowing};
use crate::{
    BrokenOriginals, ColourRule, ColourSpace, DecodeOptions, Dimensions, Excerpt, Limits, Picture, PixelLayout,
};

/// Decodes a file. Of an excerpt only the tiles that it touches; where a broken file is to be shown, as many as there are.
///
/// # Errors
/// [`Fault::Malformed`] and [`Fault::Unsupported`], as the codec.
pub fn decode(
    coder: &dyn Coder,
    file: &[u8],
    limits: &Limits,
    rule: ColourRule,
    options: &DecodeOptions<'_>,
) -> Result<Picture, Fault> {
    let broken = options.broken;
    let payload = image::read_meta(&mut Cursor::new(file))?;
    let meta = Meta::parse(&payload)?;
    let image = Image::find(&meta, coder.kind())?;
    limits.admit(coder.format(), image.whole)?;
    limits.admit_metadata(image.profile.as_ref().map_or(0, Vec::len) as u64)?;
    let excerpt = options.excerpt.map(|excerpt| excerpt.within(image.dimensions));
    let excerpt = excerpt.filter(|excerpt| excerpt.dimensions.pixels() > 0 && broken == BrokenOriginals::Refuse);
    let (left, top) = image.crop.map_or((0, 0), |crop| (crop.left, crop.top));
    let coded = excerpt.map(|excerpt| Excerpt { left: excerpt.left + left, top: excerpt.top + top, ..excerpt });
    let source = Source { coder, meta: &meta, file, broken, wanted: coded.unwrap_or(Excerpt::whole(image.whole)) };
    let mut canvas = Canvas::new(image.whole);
    for_each_tile(image.colour, &source, |frame, left, top| {
        if canvas.pixels.is_empty() {
            let is_gray = frame.sampling() == Sampling::Monochrome;
            canvas.prepare(match (image.alpha, is_gray) {
                (Some(_), _) => PixelLayout::Rgba,
                (None, true) => PixelLayout::Gray,
                (None, false) => PixelLayout::Rgb,
            })?;
            canvas.colours = colours(&image, frame);
            // Colours that were multiplied by alpha are none yet.
            if frame.depth() > 8 && !canvas.colours.is_srgb() && !image.is_premultiplied {
                canvas.narrowing = Some(Narrowing::new(&mut canvas.colours, rule, if is_gray { 1 } else { 3 }));
            }
        }
        canvas.paint(frame, Rows::new(frame, image.nclx.unwrap_or(frame.nclx()))?, left, top)
    })?;
    if let Some(alpha) = image.alpha {
        match paint_alpha(&mut canvas, alpha, &source, limits) {
            Err(Fault::Malformed { .. }) if broken == BrokenOriginals::Show => {}
            painted => painted?,
        }
    }
    let kept = coded.map(|Excerpt { left, top, dimensions }| Crop { left, top, dimensions });
    if let Some(crop) = kept.or(image.crop) {
        canvas.cut(crop);
    }
    if image.alpha.is_some() && image.is_premultiplied {
        canvas.pixels.chunks_exact_mut(4).for_each(divide_by_alpha);
    }
    let picture = Picture::new(canvas.dimensions, canvas.layout, canvas.pixels);
    let picture = picture.ok_or_else(|| malformed("the tiles do not make a picture"))?;
    let picture = picture.in_colours(canvas.colours);
    Ok(match excerpt {
        Some(excerpt) => picture.placed_at(excerpt.left, excerpt.top),
        None => picture,
    })
}

/// Where tiles come from, and which of them.
#[derive(Clone, Copy)]
struct Source<'a> {
    coder: &'a dyn Coder,
    meta: &'a Meta<'a>,
    file: &'a [u8],
    broken: BrokenOriginals,
    /// Of the pixels that are coded.
    wanted: Excerpt,
}

/// Decodes the alpha plane onto the colours. One of other dimensions, which AVIF does not allow and HEIF does, is scaled:
/// each pixel has the nearest of its values.
fn paint_alpha(canvas: &mut Canvas, alpha: Layer, source: &Source<'_>, limits: &Limits) -> Result<(), Fault> {
    if alpha.dimensions == canvas.dimensions {
        return for_each_tile(alpha, source, |frame, left, top| canvas.paint_luma(frame, left, top));
    }
    limits.admit(source.coder.format(), alpha.dimensions)?;
    let mut plane = Canvas::new(alpha.dimensions);
    plane.prepare(PixelLayout::Gray)?;
    plane.pixels.fill(u8::MAX);
    let source = Source { wanted: Excerpt::whole(alpha.dimensions), ..*source };
    for_each_tile(alpha, &source, |frame, left, top| plane.paint_luma(frame, left, top))?;
    canvas.take_alpha(&plane);
    Ok(())
}

/// What the numbers mean: by the profile, else by the code points of the file, else by those of the stream.
fn colours(image: &Image, frame: &dyn Frame) -> ColourSpace {
    let is_gray = frame.sampling() == Sampling::Monochrome;
    let channels = if is_gray { Channels::Gray } else { Channels::Rgb };
    let nclx = image.nclx.unwrap_or(frame.nclx());
    let from_profile = image.profile.as_ref().and_then(|profile| ColourSpace::from_icc(profile, channels));
    from_profile.or_else(|| ColourSpace::from_code_points(nclx.primaries, nclx.transfer)).unwrap_or_default()
}

/// Decodes the tiles of a layer that are wanted, one after the other, and hands each over with its place. Where `broken` says
/// so, leaves out those that are, but not all.
fn for_each_tile(
    layer: Layer,
    source: &Source<'_>,
    mut paint: impl FnMut(&dyn Frame, u32, u32) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Source { coder, meta, file, broken, wanted } = *source;
    let tiles = layer.tiles(meta, file)?;
    let places = (0..tiles.rows).flat_map(|row| (0..tiles.columns).map(move |column| (column, row)));
    let (mut failure, mut has_painted) = (None, false);
    let items = tiles.items.iter().zip(places).filter_map(|(item, place)| Some((item.as_ref()?, place)));
    for (item, (column, row)) in items {
        let (left, top) = (column * tiles.dimensions.width, row * tiles.dimensions.height);
        if !wanted.touches(Excerpt { left, top, dimensions: tiles.dimensions }) {
            continue;
        }
        let (stream, record) = (meta.bytes(*item, file), image::record_of(meta, *item)?);
        let (dimensions, coding) = (tiles.dimensions, layer.coding);
        match stream.and_then(|stream| coder.decode(&Coded { stream: &stream, record, dimensions, coding })) {
            Ok(frame) => {
                paint(frame.as_ref(), left, top)?;
                has_painted = true;
            }
            Err(error @ Fault::Malformed { .. }) if broken == BrokenOriginals::Show => failure = Some(error),
            Err(error) => return Err(error),
        }
    }
    failure.filter(|_| !has_painted).map_or(Ok(()), Err)
}

/// The picture in the making. Tiles that stand out to the right and below are cut. Chroma is upsampled tile by tile:
/// the seams of a grid are a quarter of a sample less smooth than one frame would be, and nothing is stored twice.
struct Canvas {
    dimensions: Dimensions,
    layout: PixelLayout,
    pixels: Vec<u8>,
    colours: ColourSpace,
    /// Where samples of more than 8 bits are converted to sRGB.
    narrowing: Option<Narrowing>,
}

impl Canvas {
    fn new(dimensions: Dimensions) -> Self {
        let (layout, colours) = (PixelLayout::Rgb, ColourSpace::Srgb);
        Self { dimensions, layout, pixels: Vec::new(), colours, narrowing: None }
    }

    fn prepare(&mut self, layout: PixelLayout) -> Result<(), Fault> {
        let bytes = usize::try_from(self.dimensions.pixels()).ok().and_then(|n| n.checked_mul(layout.channels()));
        let bytes = bytes.ok_or_else(|| malformed("a picture larger than memory"))?;
        self.pixels.try_reserve_exact(bytes).map_err(malformed)?;
        // What tiles leave is missing: gray, and opaque.
        self.pixels.resize(bytes, MISSING);
        if layout.has_alpha() {
            self.pixels.iter_mut().skip(3).step_by(4).for_each(|alpha| *alpha = u8::MAX);
        }
        self.layout = layout;
        Ok(())
    }

    fn paint(&mut self, frame: &dyn Frame, mut rows: Rows<'_>, left: u32, top: u32) -> Result<(), Fault> {
        if self.layout == PixelLayout::Gray && frame.sampling() != Sampling::Monochrome {
            return Err(malformed("a grid of gray and coloured tiles"));
        }
        if let Some(narrowing) = self.narrowing.take() {
            return self.paint_narrowed(frame, rows, narrowing, left, top);
        }
        for row in 0..frame.dimensions().height {
            let channels = self.layout.channels();
            let Some(target) = self.row_mut(left, top.saturating_add(row)) else { break };
            if channels == 1 {
                target.iter_mut().zip(rows.luma(row)?).for_each(|(pixel, gray)| *pixel = *gray);
                continue;
            }
            let [red, green, blue] = rows.colours(row)?;
            let colours = red.iter().zip(green).zip(blue);
            for (pixel, ((red, green), blue)) in target.chunks_exact_mut(channels).zip(colours) {
                if let [r, g, b, ..] = pixel {
                    (*r, *g, *b) = (*red, *green, *blue);
                }
            }
        }
        Ok(())
    }

    fn paint_narrowed(
        &mut self,
        frame: &dyn Frame,
        mut rows: Rows<'_>,
        mut narrowing: Narrowing,
        left: u32,
        top: u32,
    ) -> Result<(), Fault> {
        let (mut samples, mut levels) = (Vec::new(), Vec::new());
        let channels = self.layout.channels();
        if (narrowing.channels() == 1) != (frame.sampling() == Sampling::Monochrome) {
            return Err(malformed("a grid of gray and coloured tiles"));
        }
        for row in 0..frame.dimensions().height {
            let Some(target) = self.row_mut(left, top.saturating_add(row)) else { break };
            rows.deep_pixels(row, &mut samples)?;
            levels.clear();
            narrowing.narrow(&samples, &mut levels);
            for (pixel, level) in target.chunks_exact_mut(channels).zip(levels.chunks_exact(narrowing.channels())) {
                match (pixel, level) {
                    ([r, g, b, ..], [red, green, blue]) => (*r, *g, *b) = (*red, *green, *blue),
                    ([r, g, b, ..], [gray]) => (*r, *g, *b) = (*gray, *gray, *gray),
                    ([pixel], [gray]) => *pixel = *gray,
                    _ => {}
                }
            }
        }
        self.narrowing = Some(narrowing);
        Ok(())
    }

    /// Paints the last channel alone: alpha, or gray.
    fn paint_luma(&mut self, frame: &dyn Frame, left: u32, top: u32) -> Result<(), Fault> {
        // Whatever the stream calls its matrix does not matter.
        let mut rows = Rows::new(frame, Nclx { matrix: Nclx::UNSPECIFIED, ..frame.nclx() })?;
        let channels = self.layout.channels();
        for row in 0..frame.dimensions().height {
            let Some(target) = self.row_mut(left, top.saturating_add(row)) else { break };
            for (pixel, luma) in target.chunks_exact_mut(channels).zip(rows.luma(row)?) {
                if let [.., target] = pixel {
                    *target = *luma;
                }
            }
        }
        Ok(())
    }

    /// Takes alpha from a plane of other dimensions.
    fn take_alpha(&mut self, plane: &Self) {
        let nearest = |at: usize, from: u32, to: u32| at * from as usize / to.max(1) as usize;
        let (from, to) = (plane.dimensions, self.dimensions);
        for (row, line) in self.pixels.chunks_exact_mut(to.width as usize * 4).enumerate() {
            let start = nearest(row, from.height, to.height) * from.width as usize;
            let levels = plane.pixels.get(start..).unwrap_or_default();
            for (column, pixel) in line.chunks_exact_mut(4).enumerate() {
                if let ([.., alpha], Some(level)) = (pixel, levels.get(nearest(column, from.width, to.width))) {
                    *alpha = *level;
                }
            }
        }
    }

    /// Keeps a part.
    fn cut(&mut self, Crop { left, top, dimensions }: Crop) {
        let channels = self.layout.channels();
        let bytes = dimensions.width as usize * channels;
        let rows = top..top.saturating_add(dimensions.height);
        let parts = rows.filter_map(|row| self.row_mut(left, row).and_then(|row| row.get(..bytes)).map(<[u8]>::to_vec));
        self.pixels = parts.collect::<Vec<_>>().concat();
        self.dimensions = dimensions;
    }

    /// The pixels of one row from `left` on; `None` below the picture.
    fn row_mut(&mut self, left: u32, row: u32) -> Option<&mut [u8]> {
        let channels = self.layout.channels();
        let start = (row as usize).checked_mul(self.dimensions.width as usize)?.checked_mul(channels)?;
        let line = self.pixels.get_mut(start..)?.get_mut(..self.dimensions.width as usize * channels)?;
        line.get_mut(left as usize * channels..)
    }
}

/// Undoes the multiplication of a pixel's colours by its alpha; what is invisible becomes black.
fn divide_by_alpha(pixel: &mut [u8]) {
    if let [red, green, blue, alpha] = pixel {
        let divisor = u32::from(*alpha);
        for colour in [red, green, blue] {
            let divided = (u32::from(*colour) * 255 + divisor / 2).checked_div(divisor).unwrap_or(0);
            *colour = divided.min(255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dividing_by_alpha_undoes_the_multiplication() {
        let divided = |mut pixel: [u8; 4]| {
            divide_by_alpha(&mut pixel);
            pixel
        };
        assert_eq!(divided([100, 50, 0, 128]), [199, 100, 0, 128]);
        assert_eq!(divided([200, 255, 7, 100]), [255, 255, 18, 100]);
        assert_eq!(divided([9, 9, 9, 255]), [9, 9, 9, 255]);
        assert_eq!(divided([9, 9, 9, 0]), [0, 0, 0, 0]);
    }
}
