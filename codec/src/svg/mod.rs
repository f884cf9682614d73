//! SVG by resvg: drawn at the size asked for, and never written. Nothing outside the file is looked at, save for fonts.

mod arcs;
mod entities;
mod source;
mod style;
mod text;
mod work;

use std::io::{Cursor, Read as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::roxmltree::Document;
use resvg::usvg::{ImageHrefResolver, ImageKind, Options, Tree};

use super::limits::over;
use super::{BrokenOriginals, Codec, CodecError, DecodeOptions, Header, Limits, Picture, PixelLayout};
use super::{gif, jpeg, png, webp};
use crate::{Decoding, Dimensions, Drawing, Facts, Fonts, Format, Orientation};

/// What the parsed drawing takes: for each byte of the file (of all copies of its elements at most), and at least.
const TREE_BYTES_PER_BYTE: u64 = 24;
const LIBRARY_BYTES: u64 = 16 << 20;
/// What a letter takes in its place, and its outline.
const LETTER_BYTES: u64 = 3000;
/// Of all embedded pictures together, and what decoding one takes for each pixel.
const MAX_EMBEDDED_PIXELS: u64 = 16_000_000;
const EMBEDDED_PIXEL_BYTES: u64 = 16;
const PIXEL_BYTES: u64 = 4;
/// The size of text where nothing is said of it, and so what `em` is: as in browsers.
const FONT_SIZE: f32 = 16.0;
/// How much more one side may be stretched than the other, so that both are whole pixels.
const MAX_STRETCH: f32 = 1.0 / 16.0;

/// Draws SVG.
pub struct Svg {
    limits: Limits,
    fonts: Fonts,
    /// What reads the headers of embedded pictures.
    embedded: Arc<[Box<dyn Codec>]>,
}

/// A parsed drawing.
struct Parsed {
    tree: Tree,
    embedded_pixels: u64,
    /// Of the text that was parsed, and of the one that was made of it.
    text_bytes: u64,
    /// That are drawn, with all copies.
    letters: u64,
    unread: Option<&'static str>,
}

impl Svg {
    /// A codec that draws originals within `limits`, with text in these fonts.
    pub fn new(fonts: &Fonts, limits: Limits) -> Self {
        let embedded: Vec<Box<dyn Codec>> = vec![
            Box::new(jpeg::Jpeg::new(jpeg::Settings::default(), limits)),
            Box::new(png::Png::new(png::Settings::default(), limits)),
            Box::new(webp::WebP::new(webp::Settings::default(), limits)),
            Box::new(gif::Gif::new(limits)),
        ];
        Self { limits, fonts: fonts.clone(), embedded: embedded.into() }
    }

    fn parse(&self, bytes: &[u8]) -> Result<Parsed, CodecError> {
        if bytes.len() > source::MAX_BYTES {
            return Err(over("bytes", source::MAX_BYTES as u64, bytes.len()));
        }
        let text = text::read(bytes)?;
        entities::admit(&text)?;
        let document = source::parse(&text)?;
        let styled = style::resolved(&document)?;
        let Some(style::Resolved { text: resolved, unread }) = styled else {
            let letters = source::admit(&document)?;
            return self.read(&document, (text.len() as u64, letters), None);
        };
        drop(document);
        let document = source::parse(&resolved)?;
        let letters = source::admit(&document)?;
        self.read(&document, ((text.len() + resolved.len()) as u64, letters), unread)
    }

    fn read(
        &self,
        document: &Document,
        (text_bytes, letters): (u64, u64),
        unread: Option<&'static str>,
    ) -> Result<Parsed, CodecError> {
        let pixels = AtomicU64::new(0);
        let resolve_data = |_: &str, data: Arc<Vec<u8>>, _: &Options| self.picture(data, &pixels);
        let options = Options {
            image_href_resolver: ImageHrefResolver {
                resolve_data: Box::new(resolve_data),
                resolve_string: Box::new(|_, _| None),
            },
            font_family: self.fonts.first_family(),
            font_size: FONT_SIZE,
            fontdb: self.fonts.database(),
            ..Options::default()
        };
        let tree = Tree::from_xmltree(document, &options).map_err(malformed)?;
        drop(options);
        let embedded_pixels = pixels.into_inner();
        if embedded_pixels > MAX_EMBEDDED_PIXELS {
            return Err(over("pixels in embedded pictures", MAX_EMBEDDED_PIXELS, embedded_pixels));
        }
        Ok(Parsed { tree, embedded_pixels, text_bytes, letters, unread })
    }

    /// A picture in a `data:` URL, where its header is right and all of them are not too large together.
    fn picture(&self, data: Arc<Vec<u8>>, pixels: &AtomicU64) -> Option<ImageKind> {
        let format = Format::sniff(&data)?;
        let codec = self.embedded.iter().find(|codec| codec.format() == format)?;
        let facts = codec.probe(&mut Cursor::new(data.as_slice())).ok()?;
        let before = pixels.fetch_add(facts.stored.pixels(), Ordering::Relaxed);
        if before.saturating_add(facts.stored.pixels()) > MAX_EMBEDDED_PIXELS {
            return None;
        }
        match format {
            Format::Gif => Some(ImageKind::GIF(data)),
            Format::Jpeg => Some(ImageKind::JPEG(data)),
            Format::Png => Some(ImageKind::PNG(data)),
            Format::WebP => Some(ImageKind::WEBP(data)),
            _ => None,
        }
    }
}

impl Parsed {
    /// The drawing's own dimensions, rounded up to whole pixels.
    fn dimensions(&self) -> Dimensions {
        // A part of a pixel is one, as for other renderers; what floats add to a whole one is not.
        let side = |length: f32| ((length - 1e-3).ceil() as u32).max(1);
        Dimensions::new(side(self.tree.size().width()), side(self.tree.size().height()))
    }

    fn draw(&self, dimensions: Dimensions) -> Result<Picture, CodecError> {
        let Dimensions { width, height } = dimensions;
        let mut canvas = Pixmap::new(width, height).ok_or_else(|| malformed("the drawing is too large"))?;
        resvg::render(&self.tree, self.placed(dimensions), &mut canvas.as_mut());
        let pixels = canvas.take_demultiplied();
        let picture = Picture::new(dimensions, PixelLayout::Rgba, pixels).map(Picture::without_idle_alpha);
        picture.ok_or_else(|| malformed("the pixels do not fill the picture"))
    }
}

impl Parsed {
    /// Fills the canvas. Where whole pixels would give the drawing another shape, it keeps its own, in the middle.
    fn placed(&self, dimensions: Dimensions) -> Transform {
        let (width, height) = (dimensions.width as f32, dimensions.height as f32);
        let size = self.tree.size();
        let (across, down) = (width / size.width(), height / size.height());
        let scale = across.min(down);
        let (drawn_width, drawn_height) = (size.width() * scale, size.height() * scale);
        // A line that is thinner than a pixel is one.
        let is_thin = drawn_width.min(drawn_height) < 1.0 - 1e-3;
        if is_thin || across.max(down) <= scale * (1.0 + MAX_STRETCH) {
            return Transform::from_scale(across, down);
        }
        // By whole pixels, for edges that lie on pixels to stay sharp.
        let (left, top) = (((width - drawn_width) / 2.0).floor(), ((height - drawn_height) / 2.0).floor());
        Transform::from_translate(left, top).pre_scale(scale, scale)
    }
}

impl Codec for Svg {
    fn format(&self) -> Format {
        Format::Svg
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        let mut bytes = Vec::new();
        header.rewind().map_err(malformed)?;
        header.take(source::MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(malformed)?;
        let parsed = self.parse(&bytes)?;
        let tree_bytes = LIBRARY_BYTES + parsed.text_bytes * TREE_BYTES_PER_BYTE + parsed.letters * LETTER_BYTES;
        let working_bytes = tree_bytes + parsed.embedded_pixels * EMBEDDED_PIXEL_BYTES;
        let decoding = Decoding { pixel_bytes: PIXEL_BYTES as u8, working_bytes, is_by_parts: false };
        let size = parsed.tree.size();
        Ok(Facts {
            format: Format::Svg,
            stored: parsed.dimensions(),
            orientation: Orientation::Upright,
            frames: 1,
            decoding,
            condition: <_>::default(),
            drawing: Drawing::new(size.width(), size.height(), parsed.unread),
        })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        if options.broken == BrokenOriginals::Show {
            return Err(malformed("no part can be drawn"));
        }
        let parsed = self.parse(original)?;
        let dimensions = self.limits.admit(Format::Svg, options.target.unwrap_or(parsed.dimensions()))?;
        work::admit(&parsed.tree, dimensions)?;
        parsed.draw(dimensions)
    }

    fn decoded(&self, stored: Dimensions, target: Option<Dimensions>) -> Dimensions {
        target.unwrap_or(stored)
    }

    fn working_bytes(&self, facts: &Facts, decoded: Dimensions) -> u64 {
        let layers = (decoded.pixels().saturating_mul(work::MAX_LAYERS)).max(work::MIN_LAYER_PIXELS);
        facts.decoding.working_bytes + layers.saturating_mul(PIXEL_BYTES)
    }
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Svg, reason)
}

fn too_complex(what: &'static str, limit: u64, got: u64) -> CodecError {
    over(what, limit, got)
}

#[cfg(test)]
mod tests;
