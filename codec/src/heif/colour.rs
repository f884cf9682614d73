//! From the samples of a frame to 8-bit colours: matrix, range, depth and chroma upsampling in one pass over each row
//! (ITU-T H.273). Fixed point, exact to one level; the inner loops are plain so that the compiler vectorises them.

use super::formula::{Formula, Pixel};
use super::frame::{Frame, Samples, Sampling};
use super::nclx::Nclx;
use super::{Fault, malformed, unsupported};

/// How a channel is mixed from the samples of the three planes: weights in units of `1 << shift`.
type Weights = [i16; 3];

/// The arithmetic for one frame.
#[derive(Debug, Clone)]
pub struct Conversion {
    channels: [Weights; 3],
    /// What is subtracted from the samples of each plane.
    zeros: [i16; 3],
    shift: u32,
    /// The levels of luma, and those of chroma.
    spans: [f64; 2],
    /// Where no mix makes the colours.
    formula: Option<Formula>,
}

impl Conversion {
    /// Prepares the arithmetic for samples of `depth` bits.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] for an unknown matrix.
    pub fn new(nclx: Nclx, depth: u32, sampling: Sampling) -> Result<Self, Fault> {
        let extra_bits = depth.checked_sub(8).filter(|bits| *bits <= 4);
        let extra_bits = extra_bits.ok_or_else(|| unsupported(format_args!("samples of {depth} bits")))?;
        let shift = 13 + extra_bits;
        let highest = f64::from((1u32 << depth) - 1);
        let limited = |levels: u32| f64::from(levels << extra_bits);
        let spans = if nclx.is_full_range { [highest; 2] } else { [219, 224].map(limited) };
        let luma_zero = if nclx.is_full_range { 0 } else { 16i16 << extra_bits };
        let [luma_span, chroma_span] = spans;
        let (chroma_zero, chroma_span) = match nclx.matrix {
            Nclx::IDENTITY => (luma_zero, luma_span),
            _ => (128i16 << extra_bits, chroma_span),
        };
        let luma = fixed(1.0, luma_span, shift);
        if sampling == Sampling::Monochrome {
            return Ok(Self { channels: [[luma, 0, 0]; 3], zeros: [luma_zero; 3], shift, spans, formula: None });
        }
        if nclx.matrix == Nclx::IDENTITY && sampling != Sampling::Yuv444 {
            return Err(malformed("green, blue and red planes of different dimensions"));
        }
        let zeros = [luma_zero, chroma_zero, chroma_zero];
        if let Some(formula) = Formula::of(nclx, depth)? {
            return Ok(Self { channels: [[luma, 0, 0]; 3], zeros, shift, spans, formula: Some(formula) });
        }
        let mix = nclx.mix().ok_or_else(|| nclx.unknown_matrix())?;
        let weights = |[y, u, v]: [f64; 3]| {
            [fixed(y, luma_span, shift), fixed(u, chroma_span, shift), fixed(v, chroma_span, shift)]
        };
        Ok(Self { channels: mix.map(weights), zeros, shift, spans, formula: None })
    }

    /// The colours of pixels where a formula makes them.
    fn calculated<'a>(&'a self, planes: &'a [Vec<i16>; 3]) -> Option<impl Iterator<Item = [f32; 3]>> {
        let formula = self.formula.as_ref()?;
        let spans = self.spans.map(|span| span as f32);
        let [y, u, v] = planes;
        let samples = y.iter().zip(u).zip(v).map(|((y, u), v)| [*y, *u, *v]);
        Some(samples.map(move |samples| formula.colours(Pixel { samples, spans })))
    }
}

/// A weight for samples that span `span` levels, so that the result spans 255.
fn fixed(weight: f64, span: f64, shift: u32) -> i16 {
    // Below 2.2 * 2^13 for every matrix above: always fits.
    (weight * 255.0 / span * f64::from(1u32 << shift)).round() as i16
}

/// Converts a frame row by row; holds the memory that it needs for one.
pub struct Rows<'a> {
    frame: &'a dyn Frame,
    conversion: Conversion,
    planes: [Vec<i16>; 3],
    blended: Vec<u16>,
    channels: [Vec<u8>; 3],
    deep_channels: [Vec<u16>; 3],
}

impl<'a> Rows<'a> {
    /// # Errors
    /// As [`Conversion::new`].
    pub fn new(frame: &'a dyn Frame, nclx: Nclx) -> Result<Self, Fault> {
        let width = frame.dimensions().width as usize;
        Ok(Self {
            frame,
            conversion: Conversion::new(nclx, frame.depth(), frame.sampling())?,
            planes: std::array::from_fn(|_| vec![0; width]),
            blended: Vec::new(),
            channels: std::array::from_fn(|_| vec![0; width]),
            deep_channels: std::array::from_fn(|_| Vec::new()),
        })
    }

    /// One row as red, green and blue; of a monochrome frame, all three are the same.
    pub fn colours(&mut self, row: u32) -> Result<[&[u8]; 3], Fault> {
        if self.frame.sampling() == Sampling::Monochrome {
            let luma = self.luma(row)?;
            return Ok([luma; 3]);
        }
        self.load_all(row)?;
        if let Some(colours) = self.conversion.calculated(&self.planes) {
            let [red, green, blue] = &mut self.channels;
            for (((red, green), blue), colour) in red.iter_mut().zip(green).zip(blue).zip(colours) {
                // Numbers that are too large or small become the nearest.
                [*red, *green, *blue] = colour.map(|level| (level * 255.0).round() as u8);
            }
        } else {
            for (channel, weights) in self.channels.iter_mut().zip(self.conversion.channels) {
                mix(&self.planes, weights, self.conversion.shift, channel);
            }
        }
        let [red, green, blue] = &self.channels;
        Ok([red, green, blue])
    }

    /// One row as red, green and blue of 16 bits, or of a monochrome frame as gray alone, pixel by pixel.
    pub fn deep_pixels(&mut self, row: u32, pixels: &mut Vec<u16>) -> Result<(), Fault> {
        pixels.clear();
        self.load_all(row)?;
        if let Some(colours) = self.conversion.calculated(&self.planes) {
            pixels.extend(colours.flat_map(|colour| colour.map(|level| (level * 65_535.0).round() as u16)));
            return Ok(());
        }
        let is_gray = self.frame.sampling() == Sampling::Monochrome;
        let count = if is_gray { 1 } else { 3 };
        for (channel, weights) in self.deep_channels.iter_mut().zip(self.conversion.channels).take(count) {
            mix_deep(&self.planes, weights, self.conversion.shift, channel);
        }
        let [red, green, blue] = &self.deep_channels;
        if is_gray {
            pixels.extend(red);
        } else {
            pixels.extend(red.iter().zip(green).zip(blue).flat_map(|((red, green), blue)| [*red, *green, *blue]));
        }
        Ok(())
    }

    fn load_all(&mut self, row: u32) -> Result<(), Fault> {
        self.load(0, row)?;
        if self.frame.sampling() == Sampling::Monochrome {
            return Ok(());
        }
        for plane in [1, 2] {
            match self.frame.sampling() {
                Sampling::Yuv444 => self.load(plane, row)?,
                Sampling::Yuv422 => self.upsample(plane, row, row)?,
                _ => {
                    let near = row / 2;
                    let far = if row.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 };
                    let last = self.frame.dimensions().height.div_ceil(2) - 1;
                    self.upsample(plane, near, far.min(last))?;
                }
            }
        }
        Ok(())
    }

    /// The luma of one row alone: gray, or alpha.
    pub fn luma(&mut self, row: u32) -> Result<&[u8], Fault> {
        self.load(0, row)?;
        let [weights, ..] = self.conversion.channels;
        let [luma, ..] = &self.planes;
        let [channel, ..] = &mut self.channels;
        let half = 1 << (self.conversion.shift - 1);
        for (level, sample) in channel.iter_mut().zip(luma) {
            let sum = i32::from(*sample) * i32::from(weights[0]) + half;
            *level = (sum >> self.conversion.shift).clamp(0, 255) as u8;
        }
        Ok(channel)
    }

    /// Loads a row of a plane that has a sample for each pixel.
    fn load(&mut self, plane: usize, row: u32) -> Result<(), Fault> {
        let zero = self.conversion.zeros.get(plane).copied().unwrap_or_default();
        let samples = row_of(self.frame, plane, row)?;
        let Some(target) = self.planes.get_mut(plane) else { return Ok(()) };
        match samples {
            Samples::Bytes(samples) => {
                for (target, sample) in target.iter_mut().zip(samples) {
                    *target = i16::from(*sample) - zero;
                }
            }
            Samples::Words(samples) => {
                for (target, sample) in target.iter_mut().zip(samples) {
                    *target = (*sample as i16).wrapping_sub(zero);
                }
            }
        }
        Ok(())
    }

    /// Loads a row of a plane of half the width, between the lines `near` and `far`: bilinear, as chroma samples lie
    /// in the middle of the pixels that share them.
    fn upsample(&mut self, plane: usize, near: u32, far: u32) -> Result<(), Fault> {
        let zero = self.conversion.zeros.get(plane).copied().unwrap_or_default();
        let near = row_of(self.frame, plane, near)?;
        let far = row_of(self.frame, plane, far)?;
        let Some(target) = self.planes.get_mut(plane) else { return Ok(()) };
        // Twelve bits times sixteen just fit.
        self.blended.clear();
        match (near, far) {
            (Samples::Bytes(near), Samples::Bytes(far)) => {
                self.blended.extend(near.iter().zip(far).map(|(near, far)| u16::from(*near) * 3 + u16::from(*far)));
            }
            (Samples::Words(near), Samples::Words(far)) => {
                let blend = |(near, far): (&u16, &u16)| near.wrapping_mul(3).wrapping_add(*far);
                self.blended.extend(near.iter().zip(far).map(blend));
            }
            _ => return Err(malformed("rows of different depths")),
        }
        widen(&self.blended, zero, target);
        Ok(())
    }
}

fn row_of(frame: &dyn Frame, plane: usize, row: u32) -> Result<Samples<'_>, Fault> {
    frame.row(plane, row).ok_or_else(|| malformed("a frame lacks a row"))
}

/// Doubles the width of a row of samples in quarters; each new sample is three parts its neighbour and one the next.
fn widen(quarters: &[u16], zero: i16, target: &mut [i16]) {
    let sample = |near: u16, far: u16| (near.wrapping_mul(3).wrapping_add(far).wrapping_add(8) >> 4) as i16 - zero;
    let (Some(first), Some(last)) = (quarters.first(), quarters.last()) else { return };
    if let Some(target) = target.first_mut() {
        *target = sample(*first, *first);
    }
    let between = target.get_mut(1..).unwrap_or_default();
    for (target, pair) in between.chunks_exact_mut(2).zip(quarters.windows(2)) {
        if let ([left, right], [near, far]) = (target, pair) {
            *left = sample(*near, *far);
            *right = sample(*far, *near);
        }
    }
    // Rows of even width end with half a pair.
    if target.len().is_multiple_of(2)
        && let Some(target) = target.last_mut()
    {
        *target = sample(*last, *last);
    }
}

fn mix(planes: &[Vec<i16>; 3], weights: Weights, shift: u32, channel: &mut [u8]) {
    let [y, u, v] = planes;
    let [y_weight, u_weight, v_weight] = weights.map(i32::from);
    let half = 1 << (shift - 1);
    for (level, ((y, u), v)) in channel.iter_mut().zip(y.iter().zip(u).zip(v)) {
        let sum = i32::from(*y) * y_weight + i32::from(*u) * u_weight + i32::from(*v) * v_weight + half;
        *level = (sum >> shift).clamp(0, 255) as u8;
    }
}

/// As [`mix`], to 16 bits: those that the samples have beyond 8 are kept.
fn mix_deep(planes: &[Vec<i16>; 3], weights: Weights, shift: u32, channel: &mut Vec<u16>) {
    let [y, u, v] = planes;
    let [y_weight, u_weight, v_weight] = weights.map(i32::from);
    let (shift, half) = (shift - 8, 1 << (shift - 9));
    channel.clear();
    channel.extend(y.iter().zip(u).zip(v).map(|((y, u), v)| {
        let sum = i32::from(*y) * y_weight + i32::from(*u) * u_weight + i32::from(*v) * v_weight + half;
        let level = (sum >> shift).clamp(0, 255 << 8) as u16;
        level + (level >> 8)
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of H.273 in floating point, for any linear matrix of luma weights.
    fn expected(samples: [i16; 3], (red, blue): (f64, f64), nclx: Nclx, depth: u32) -> [f64; 3] {
        let unit = f64::from(1u32 << (depth - 8));
        let highest = f64::from((1u32 << depth) - 1);
        let [y, u, v] = samples.map(f64::from);
        let (y, u, v) = if nclx.is_full_range {
            (y / highest, (u - 128.0 * unit) / highest, (v - 128.0 * unit) / highest)
        } else {
            ((y / unit - 16.0) / 219.0, (u / unit - 128.0) / 224.0, (v / unit - 128.0) / 224.0)
        };
        let r = y + 2.0 * (1.0 - red) * v;
        let b = y + 2.0 * (1.0 - blue) * u;
        [r, (y - red * r - blue * b) / (1.0 - red - blue), b].map(|level| (level * 255.0).clamp(0.0, 255.0))
    }

    #[test]
    fn every_matrix_range_and_depth_is_exact_to_a_level() {
        // The weights as the standards print them. Those that are derived from primaries follow.
        let named = [(1, 0.2126, 0.0722), (2, 0.299, 0.114), (4, 0.3, 0.11), (5, 0.299, 0.114), (6, 0.299, 0.114)];
        let named = named.into_iter().chain([(7, 0.212, 0.087), (9, 0.2627, 0.0593)]);
        let named = named.map(|(matrix, red, blue)| (matrix, 2, (red, blue)));
        let derived =
            [(1, 0.2126, 0.0722), (2, 0.2126, 0.0722), (4, 0.2989, 0.1147), (5, 0.2220, 0.0713), (6, 0.2124, 0.0866)];
        let derived = derived.into_iter().chain([
            (9, 0.2627, 0.0593),
            (10, 0.0, 0.0),
            (11, 0.2095, 0.0689),
            (12, 0.2290, 0.0793),
        ]);
        let derived = derived.map(|(primaries, red, blue)| (12, primaries, (red, blue)));
        for ((matrix, primaries, weights), depth) in
            named.chain(derived).flat_map(|case| [8, 10, 12].map(|depth| (case, depth)))
        {
            for is_full_range in [false, true] {
                let nclx = Nclx { matrix, primaries, is_full_range, ..Nclx::NOTHING };
                let conversion = Conversion::new(nclx, depth, Sampling::Yuv444).unwrap();
                let highest = (1i16 << depth) - 1;
                let steps = (0..=highest).step_by(usize::from(highest.unsigned_abs() / 15));
                for samples in steps.clone().flat_map(|y| steps.clone().map(move |u| [y, u, highest - u / 3])) {
                    let planes: [Vec<i16>; 3] =
                        std::array::from_fn(|plane| vec![samples[plane] - conversion.zeros[plane]]);
                    for (channel, expected) in expected(samples, weights, nclx, depth).into_iter().enumerate() {
                        let mut level = [0];
                        mix(&planes, conversion.channels[channel], conversion.shift, &mut level);
                        assert!((f64::from(level[0]) - expected).abs() < 0.6, "{nclx:?} {depth} {samples:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn deep_samples_keep_their_steps() {
        let nclx = Nclx { matrix: 9, is_full_range: true, ..Nclx::NOTHING };
        let conversion = Conversion::new(nclx, 10, Sampling::Monochrome).unwrap();
        let planes = [(0..1024).collect::<Vec<i16>>(), vec![0; 1024], vec![0; 1024]];
        let mut deep = Vec::new();
        mix_deep(&planes, conversion.channels[0], conversion.shift, &mut deep);
        for (sample, got) in deep.into_iter().enumerate() {
            let expected = sample as f64 * 65_535.0 / 1023.0;
            assert!((f64::from(got) - expected).abs() < 16.0, "{sample}: {got}");
        }
    }

    #[test]
    fn chroma_is_interpolated_between_its_samples() {
        for (width, expected) in
            [(1usize, &[10][..]), (3, &[10, 15, 25]), (4, &[10, 15, 25, 30]), (5, &[10, 15, 25, 35, 45])]
        {
            let quarters: Vec<u16> = [10u16, 30, 50].iter().take(width.div_ceil(2)).map(|sample| sample * 4).collect();
            let mut target = vec![0; width];
            widen(&quarters, 0, &mut target);
            assert_eq!(target, expected);
        }
    }

    #[test]
    fn planes_of_green_blue_and_red_are_put_in_order() {
        let nclx = Nclx { matrix: 0, is_full_range: true, ..Nclx::NOTHING };
        let conversion = Conversion::new(nclx, 8, Sampling::Yuv444).unwrap();
        let planes = [vec![1], vec![2], vec![3]];
        let level = |channel: usize| {
            let mut level = [0];
            mix(&planes, conversion.channels[channel], conversion.shift, &mut level);
            level[0]
        };
        assert_eq!([level(0), level(1), level(2)], [3, 1, 2]);
        assert!(Conversion::new(nclx, 8, Sampling::Yuv420).is_err());
    }
}
