//! `Flatness`: how much there is to see in a rendition of an original, as far as that is known without pixels; and which
//! formats are then no larger than the original's own. The figures are measured, see docs/formats.md, "Negotiation".

use super::step::Describe as _;
use super::{Course, Facts, Format, Shape, Step};

/// What is known of the picture that is to be written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Flatness {
    /// The original's own.
    own: Format,
    /// The pixels that are written.
    pixels: u64,
    /// By how much the picture was reduced: 1 where it was not.
    scale: f64,
    /// The bits of the file for each of its pixels.
    per_pixel: f64,
    /// The same, were all there is to see along edges: they get shorter with the scale, and the area with its square.
    at_scale: f64,
    /// The bits of the file for each pixel of a side. It is the same at every scale, where all is along edges.
    per_side: f64,
    /// Nothing is lost in the original.
    is_lossless: bool,
    is_animated: bool,
    is_gray: bool,
    has_alpha: bool,
}

/// How a format is written so that it is no larger than the original's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suit {
    /// As ever.
    Usual,
    /// Every pixel is kept.
    Lossless,
}

/// Where AVIF and lossy WebP begin to be smaller than what is flat and lossless, in bits a pixel.
const FLAT_PER_PIXEL: f64 = 3.0;
/// With alpha, whose edges both keep at some cost, also in bits for each pixel of a side.
const AVIF_ALPHA_PER_SIDE: f64 = 900.0;
const WEBP_ALPHA_PER_SIDE: f64 = 316.0;
/// Without, a slope of colours is smaller as it is.
const WEBP_PER_SIDE: f64 = 70.0;
/// Gray, and what has few pixels, is hardly worth it.
const GRAY_PER_SIDE: f64 = 700.0;
const SMALL_PER_SIDE: f64 = 310.0;
/// Below, nothing is worth it.
const LEAST_PIXELS: u64 = 100;
/// Below, the container of an AVIF weighs more than what is in it.
const AVIF_PIXELS: u64 = 1000;
/// The palette of a GIF is hard to beat where there are few pixels.
const GIF_PIXELS: u64 = 4000;
const GIF_AVIF_PER_PIXEL: f64 = 10.0;
/// An animation of flat pictures is smallest as GIF: bits of a frame for each pixel of a side.
const FRAME_PER_SIDE: f64 = 400.0;
/// A lossy WebP of little, or of few pixels, is smaller than an AVIF.
const WEBP_PIXELS: u64 = 10_000;
const WEBP_PER_PIXEL: f64 = 1.3;
/// Text and fine lines in a JPEG, much reduced, are larger as WebP.
const BUSY_JPEG_PER_PIXEL: f64 = 2.0;
const BUSY_JPEG_SCALE: f64 = 0.45;

impl Suit {
    /// Nothing is lost in WebP: it is no larger than a flat PNG, and AVIF often is.
    pub fn lossless(format: Format) -> Option<Self> {
        (format == Format::WebP).then_some(Self::Lossless)
    }
}

impl Flatness {
    /// Of what a course comes to, for an original with these facts.
    pub fn of(facts: &Facts, course: &Course, is_animated: bool) -> Self {
        let pixels = facts.stored.pixels().max(1) as f64;
        let bits = facts.condition.bytes as f64 * 8.0;
        let frames = if is_animated { f64::from(facts.frames.max(1)) } else { 1.0 };
        let (scale, per_pixel) = (scale(facts, &course.steps), bits / frames / pixels);
        Self {
            own: facts.format,
            pixels: course.shape.dimensions.pixels(),
            scale,
            per_pixel,
            at_scale: per_pixel / scale,
            per_side: per_pixel * pixels.sqrt(),
            is_lossless: facts.condition.quality.is_none(),
            is_animated,
            is_gray: facts.decoding.pixel_bytes == 1,
            has_alpha: course.shape.may_be_clear,
        }
    }

    /// How a format is written in place of the original's own; `None` where it might be larger than that.
    pub fn suit(&self, format: Format) -> Option<Suit> {
        match self.own {
            _ if self.pixels < LEAST_PIXELS => None,
            _ if self.is_animated => self.animated(format),
            Format::Jpeg => self.in_place_of_jpeg(format),
            Format::Gif => self.in_place_of_gif(format),
            Format::WebP => self.in_place_of_webp(),
            // Those that are drawn, and icons, are flat; what their files say of it has another measure.
            Format::Svg | Format::Ico => Suit::lossless(format),
            Format::Avif | Format::Jxl => Some(Suit::Usual),
            _ => self.in_place_of_png(format),
        }
    }

    fn in_place_of_png(&self, format: Format) -> Option<Suit> {
        let is_small = self.pixels < AVIF_PIXELS;
        if self.is_gray || (is_small && !self.has_alpha) {
            // PNG takes a byte for gray, libwebp three; and either is below its measure where all but a few bytes are heads.
            let (per_side, is_able) =
                if self.is_gray { (GRAY_PER_SIDE, !is_small) } else { (SMALL_PER_SIDE, format != Format::Avif) };
            let is_suitable = is_able && self.per_side >= per_side && self.at_scale >= FLAT_PER_PIXEL;
            return is_suitable.then_some(Suit::Usual);
        }
        let per_side = if self.has_alpha { WEBP_ALPHA_PER_SIDE } else { WEBP_PER_SIDE };
        if self.at_scale < FLAT_PER_PIXEL || self.per_side < per_side {
            return Suit::lossless(format);
        }
        let is_suitable = format != Format::Avif || (!is_small && self.has_worthy_alpha());
        is_suitable.then_some(Suit::Usual)
    }

    fn in_place_of_gif(&self, format: Format) -> Option<Suit> {
        let least = if format == Format::Avif { GIF_AVIF_PER_PIXEL } else { FLAT_PER_PIXEL };
        (self.pixels >= GIF_PIXELS && self.at_scale >= least).then_some(Suit::Usual)
    }

    fn in_place_of_webp(&self) -> Option<Suit> {
        let (pixels, per_pixel) =
            if self.is_lossless { (GIF_PIXELS, FLAT_PER_PIXEL) } else { (WEBP_PIXELS, WEBP_PER_PIXEL) };
        let is_suitable = self.pixels >= pixels && self.at_scale >= per_pixel && self.has_worthy_alpha();
        is_suitable.then_some(Suit::Usual)
    }

    fn in_place_of_jpeg(&self, format: Format) -> Option<Suit> {
        let is_busy = self.per_pixel >= BUSY_JPEG_PER_PIXEL && self.scale < BUSY_JPEG_SCALE;
        let is_suitable = if format == Format::Avif { self.pixels >= AVIF_PIXELS } else { !is_busy };
        is_suitable.then_some(Suit::Usual)
    }

    fn animated(&self, format: Format) -> Option<Suit> {
        let is_worth_it = match self.own {
            Format::Gif => self.per_side >= FRAME_PER_SIDE,
            _ => self.pixels >= AVIF_PIXELS,
        };
        (format.can_animate() && is_worth_it).then_some(Suit::Usual)
    }

    fn has_worthy_alpha(&self) -> bool {
        !self.has_alpha || self.per_side >= AVIF_ALPHA_PER_SIDE
    }
}

/// How much smaller the resizes make the picture, by the edge that is reduced less.
fn scale(facts: &Facts, steps: &[Step]) -> f64 {
    let mut shape = Shape::of(facts);
    let mut scale = 1.0;
    for step in steps {
        let before = shape.dimensions;
        shape = step.after(shape);
        if matches!(step, Step::Resize(_)) {
            let ratio = |after: u32, before: u32| f64::from(after) / f64::from(before.max(1));
            let after = shape.dimensions;
            scale *= ratio(after.width, before.width).max(ratio(after.height, before.height));
        }
    }
    f64::min(scale, 1.0)
}
