//! From rows of samples to pixels of 8 bits.

use super::light;
use super::page::{Alpha, Page, Photometric};
use crate::colour::Narrowing;
use crate::{ColourRule, ColourSpace, PixelLayout};

/// Turns rows of samples of 16 bits into pixels. Chroma of a JPEG has become RGB already.
pub struct Painter {
    photometric: Photometric,
    alpha: Option<Alpha>,
    samples: usize,
    is_eight_bits: bool,
    ycbcr: super::page::YCbCr,
    palette: Vec<[u16; 3]>,
    narrowing: Narrowing,
    row: Vec<u16>,
}

/// What a page becomes, and bytes a pixel: inks stay four, with alpha aside.
pub fn layout(page: &Page) -> (PixelLayout, usize) {
    match (page.photometric, page.alpha) {
        (Photometric::Inks, None) => (PixelLayout::Rgb, 4),
        (Photometric::Inks, Some(_)) => (PixelLayout::Rgba, 5),
        (_, Some(_)) => (PixelLayout::Rgba, 4),
        (Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::LogL, None) => (PixelLayout::Gray, 1),
        _ => (PixelLayout::Rgb, 3),
    }
}

impl Painter {
    /// Where colours become sRGB at once, as those of more than 8 bits do, `colours` says so from here on.
    pub fn new(
        page: &Page,
        photometric: Photometric,
        palette: Vec<[u16; 3]>,
        colours: &mut ColourSpace,
        rule: ColourRule,
    ) -> Self {
        let is_gray = matches!(layout(page).0, PixelLayout::Gray)
            || matches!(photometric, Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::LogL);
        let channels = if is_gray { 1 } else { 3 } + usize::from(page.alpha.is_some());
        let is_deep = page.bits.iter().any(|bits| *bits > 8);
        let mut plain = ColourSpace::Srgb;
        let narrowed = if is_deep && photometric != Photometric::Inks { colours } else { &mut plain };
        let narrowing = Narrowing::new(narrowed, rule, channels);
        let is_eight_bits = page.bits.iter().all(|bits| *bits == 8);
        Self {
            photometric,
            alpha: page.alpha,
            samples: page.samples(),
            is_eight_bits,
            ycbcr: page.ycbcr,
            palette,
            narrowing,
            row: Vec::new(),
        }
    }

    /// Appends the pixels of a row to `levels`: gray, RGB or RGBA, or four inks, and alpha behind them.
    pub fn paint(&mut self, samples: &[u16], levels: &mut Vec<u8>) {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        for pixel in samples.chunks_exact(self.samples) {
            self.push(pixel, &mut row);
        }
        if self.photometric == Photometric::Inks {
            let round = |sample: &u16| ((u32::from(*sample) * 255 + 32_895) >> 16) as u8;
            levels.extend(row.iter().map(round));
        } else if self.narrowing.channels() == 2 {
            let mut pairs = Vec::with_capacity(row.len());
            self.narrowing.narrow(&row, &mut pairs);
            let (pairs, _) = pairs.as_chunks();
            levels.extend(pairs.iter().flat_map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]));
        } else {
            self.narrowing.narrow(&row, levels);
        }
        self.row = row;
    }

    fn push(&self, pixel: &[u16], row: &mut Vec<u16>) {
        let at = |index: usize| pixel.get(index).copied().unwrap_or_default();
        let (first, three) = (at(0), [at(0), at(1), at(2)]);
        let start = row.len();
        match self.photometric {
            Photometric::WhiteIsZero => row.push(!first),
            Photometric::BlackIsZero => row.push(first),
            Photometric::LogL => row.push(light::gray(light::of_log_luminance(first))),
            Photometric::Palette => {
                row.extend(self.palette.get(usize::from(first)).copied().unwrap_or_default());
            }
            Photometric::Rgb | Photometric::LogLuv => row.extend(three),
            Photometric::YCbCr => row.extend(self.ycbcr.rgb(three)),
            Photometric::Lab => row.extend(light::of_lab(self.lab(three, false))),
            Photometric::IccLab => row.extend(light::of_lab(self.lab(three, true))),
            Photometric::Inks => row.extend([at(0), at(1), at(2), at(3)]),
        }
        let colours = match self.photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::LogL | Photometric::Palette => 1,
            Photometric::Inks => 4,
            _ => 3,
        };
        match self.alpha {
            None => {}
            Some(Alpha::Unassociated) => row.push(at(colours)),
            Some(Alpha::Associated) => {
                let alpha = at(colours);
                if let Some(levels) = row.get_mut(start..).filter(|_| self.photometric != Photometric::Palette) {
                    levels.iter_mut().for_each(|level| *level = divided(*level, alpha));
                }
                row.push(alpha);
            }
        }
    }

    /// L* from 0 to 100, and the other two, which are signed or have an offset of half their range.
    fn lab(&self, [lightness, a, b]: [u16; 3], has_offset: bool) -> [f32; 3] {
        let of_chroma = |sample: u16| match (has_offset, self.is_eight_bits) {
            (true, _) => f32::from(sample) / 257.0 - 128.0,
            (false, true) => f32::from((sample >> 8) as u8 as i8),
            (false, false) => f32::from(sample.cast_signed()) / 256.0,
        };
        [f32::from(lightness) / 655.35, of_chroma(a), of_chroma(b)]
    }
}

fn divided(level: u16, alpha: u16) -> u16 {
    if alpha == 0 {
        return 0;
    }
    let wide = (u32::from(level) * 65_535 + u32::from(alpha) / 2) / u32::from(alpha);
    wide.min(65_535) as u16
}
