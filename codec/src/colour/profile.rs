//! `Profile`: the colours of an ICC profile, or of something as good as one. moxcms is named in this folder alone.

mod likeness;

use std::panic::{AssertUnwindSafe, catch_unwind};

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, CmsError, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, ParsingOptions, ToneReprCurve, TransferCharacteristics, TransformOptions, XyY, Xyzd,
};

use super::look_up;
use crate::PixelLayout;

/// The longest profile that is read, in bytes: those of printers, with a table for four inks, have up to 3 MB.
pub const MAX_PROFILE_BYTES: usize = 4 << 20;
/// The same for pixels, whose profiles rarely have more than 1 MB.
const MAX_PIXEL_PROFILE_BYTES: usize = 2 << 20;

/// `gAMA` means sRGB where it is this near to 1/2.2, as for libpng.
const SAME_GAMMA: f64 = 0.05;
/// How far middle gray may be off: gamma 1.6 is not, gamma 1 is.
const SIMILAR_SPREAD: f32 = 0.12;
const SRGB_GAMMA: f64 = 1.0 / 2.2;

/// Pixels that are converted in one go.
const PIECE_PIXELS: usize = 4096;

/// The code points of what nobody named, and of BT.709 and sRGB.
pub(super) const UNSPECIFIED: u16 = 2;
const BT709: u16 = 1;

/// What a profile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    Gray,
    Rgb,
    Cmyk,
}

impl Channels {
    /// The channels of pixels in memory.
    pub fn of(layout: PixelLayout) -> Self {
        match layout {
            PixelLayout::Gray => Self::Gray,
            PixelLayout::Rgb | PixelLayout::Rgba => Self::Rgb,
        }
    }
}

/// Primaries and gamma as measured: x and y of CIE 1931, and the exponent from light to numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    pub gamma: f64,
    pub white: (f32, f32),
    pub red: (f32, f32),
    pub green: (f32, f32),
    pub blue: (f32, f32),
}

/// The colours of a profile.
#[derive(Debug, Clone)]
pub struct Profile {
    bytes: Vec<u8>,
    channels: Channels,
    parsed: ColorProfile,
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Profile {}

impl Profile {
    pub(super) fn from_icc(bytes: &[u8], channels: Channels) -> Option<Self> {
        let (space, limit) = match channels {
            Channels::Gray => (DataColorSpace::Gray, MAX_PIXEL_PROFILE_BYTES),
            Channels::Rgb => (DataColorSpace::Rgb, MAX_PIXEL_PROFILE_BYTES),
            Channels::Cmyk => (DataColorSpace::Cmyk, MAX_PROFILE_BYTES),
        };
        if bytes.len() > limit {
            return None;
        }
        let options = ParsingOptions { max_profile_size: limit + 1, ..ParsingOptions::default() };
        let parsed = guarded(|| ColorProfile::new_from_slice_with_options(bytes, options))?;
        let profile = Self { bytes: bytes.to_vec(), channels, parsed };
        (profile.parsed.color_space == space && profile.is_sound()).then_some(profile)
    }

    /// Curves like that of video are taken for that of sRGB, as everybody does.
    pub(super) fn from_code_points(primaries: u16, transfer: u16) -> Option<Self> {
        let primaries = if primaries == UNSPECIFIED { BT709 } else { primaries };
        let primaries = CicpColorPrimaries::try_from(u8::try_from(primaries).ok()?).ok()?;
        let transfer = match u8::try_from(transfer).ok()? {
            1 | 2 | 6 | 11..=15 => TransferCharacteristics::Srgb,
            other => TransferCharacteristics::try_from(other).ok()?,
        };
        Self::of(guarded(|| Ok(of_code_points(primaries, transfer)))?)
    }

    pub(super) fn from_calibration(calibration: &Calibration) -> Option<Self> {
        let Calibration { gamma, white, red, green, blue } = *calibration;
        if !(0.05..=5.0).contains(&gamma) || [white, red, green, blue].iter().any(|(_, y)| *y <= 0.0) {
            return None;
        }
        let mut profile = ColorProfile::new_srgb();
        let point = |(x, y)| Chromaticity::new(x, y);
        let primaries = ColorPrimaries { red: point(red), green: point(green), blue: point(blue) };
        profile.update_rgb_colorimetry(XyY::new(white.0.into(), white.1.into(), 1.0), primaries);
        if (gamma / SRGB_GAMMA - 1.0).abs() > SAME_GAMMA {
            let curve = ToneReprCurve::Parametric(vec![gamma.recip() as f32]);
            profile.red_trc = Some(curve.clone());
            profile.green_trc = Some(curve.clone());
            profile.blue_trc = Some(curve);
        }
        Self::of(profile)
    }

    fn of(parsed: ColorProfile) -> Option<Self> {
        let bytes = guarded(|| parsed.encode())?;
        let profile = Self { bytes, channels: Channels::Rgb, parsed };
        profile.is_sound().then_some(profile)
    }

    /// Tells whether what the profile consists of can be calculated with.
    fn is_sound(&self) -> bool {
        let matrix = self.parsed.transform_matrix(&ColorProfile::new_srgb());
        let has_table = self.parsed.lut_a_to_b_perceptual.is_some() || self.parsed.lut_a_to_b_colorimetric.is_some();
        match self.channels {
            Channels::Gray => self.parsed.gray_trc.is_some(),
            Channels::Rgb if has_table => true,
            Channels::Rgb => {
                self.parsed.is_matrix_shaper() && matrix.v.as_flattened().iter().all(|weight| weight.is_finite())
            }
            Channels::Cmyk => has_table,
        }
    }

    /// Tells whether the curve of gray gives lightness, as in profiles whose connection space is Lab (ICC.1, section
    /// 8.3.4).
    fn is_lightness(&self) -> bool {
        self.channels == Channels::Gray && self.parsed.pcs == DataColorSpace::Lab
    }

    /// From what the curves give to light.
    fn light(&self) -> fn(f32) -> f32 {
        if self.is_lightness() { of_lightness } else { |light| light }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// Tells whether the numbers are spread over light about as those of sRGB are, so that means of them mean the same.
    pub(super) fn is_spread_like_srgb(&self) -> bool {
        let curves = [&self.parsed.gray_trc, &self.parsed.green_trc];
        let curve = curves.into_iter().flatten().next();
        let curve = curve.and_then(|curve| guarded(|| curve.make_linear_evaluator()));
        curve.is_none_or(|curve| (encoded(self.light()(curve.evaluate_value(0.5))) - 0.5).abs() < SIMILAR_SPREAD)
    }

    /// Converts pixels of 8 bits a channel in place.
    pub(super) fn convert(&self, layout: PixelLayout, pixels: &mut [u8]) {
        let layout_of = |channels: usize| if channels == 4 { Layout::Rgba } else { Layout::Rgb };
        if layout == PixelLayout::Gray || self.channels == Channels::Gray {
            let levels: Vec<u16> = (0..=u8::MAX).map(|level| u16::from(level) * 257).collect();
            let table = self.gray_levels(&levels).and_then(|table| <[u8; 256]>::try_from(table).ok());
            if let Some(table) = table {
                look_up(layout, pixels, &table);
            }
            return;
        }
        let (channels, kind) = (layout.channels(), layout_of(layout.channels()));
        let target = ColorProfile::new_srgb();
        let Some(transform) = guarded(|| self.parsed.create_transform_8bit(kind, &target, kind, options())) else {
            return;
        };
        let mut converted = vec![0; PIECE_PIXELS * channels];
        for piece in pixels.chunks_mut(PIECE_PIXELS * channels) {
            let Some(converted) = converted.get_mut(..piece.len()) else { return };
            if guarded(|| transform.transform(piece, converted)).is_none() {
                return;
            }
            piece.copy_from_slice(converted);
        }
    }

    /// What gray levels of 16 bits come to in 8 bits of sRGB.
    pub(super) fn gray_levels(&self, levels: &[u16]) -> Option<Vec<u8>> {
        let mut converted = vec![0u16; levels.len()];
        match self.channels {
            // The library connects such profiles to none.
            Channels::Gray if self.is_lightness() => {
                let curve =
                    guarded(|| self.parsed.gray_trc.as_ref().ok_or(CmsError::InvalidProfile)?.make_linear_evaluator())?;
                for (converted, level) in converted.iter_mut().zip(levels) {
                    let light = of_lightness(curve.evaluate_value(f32::from(*level) / 65_535.0));
                    // Numbers that are too large or small become the nearest.
                    *converted = (encoded(light) * 65_535.0).round() as u16;
                }
            }
            Channels::Gray => {
                let mut target = ColorProfile::new_gray_with_gamma(2.2);
                target.gray_trc = ColorProfile::new_srgb().red_trc;
                let (from, options) = (Layout::Gray, options());
                let transform = guarded(|| self.parsed.create_transform_16bit(from, &target, from, options))?;
                guarded(|| transform.transform(levels, &mut converted))?;
            }
            _ => {
                let transform = self.deep_transform(3)?;
                let (gray, mut colours) = (levels.iter().flat_map(|level| [*level; 3]), vec![0; levels.len() * 3]);
                guarded(|| transform.transform(&gray.collect::<Vec<_>>(), &mut colours))?;
                converted.iter_mut().zip(colours.as_chunks().0).for_each(|(level, [_, green, _])| *level = *green);
            }
        }
        Some(converted.into_iter().map(super::rounded_to_8_bits).collect())
    }

    /// The library's way to sRGB for pixels of 16 bits a channel.
    pub(super) fn deep_transform(&self, channels: usize) -> Option<std::sync::Arc<moxcms::Transform16BitExecutor>> {
        let layout = if channels == 4 { Layout::Rgba } else { Layout::Rgb };
        guarded(|| self.parsed.create_transform_16bit(layout, &ColorProfile::new_srgb(), layout, options()))
    }
}

/// Turns CMYK (255 is the most ink) into sRGB in place, three channels for four. Changes nothing and says `false` where
/// the profile cannot be used.
pub fn inks_to_srgb(profile: &[u8], pixels: &mut Vec<u8>) -> bool {
    let Some(Profile { parsed, .. }) = Profile::from_icc(profile, Channels::Cmyk) else { return false };
    let target = ColorProfile::new_srgb();
    let transform = guarded(|| parsed.create_transform_8bit(Layout::Rgba, &target, Layout::Rgb, options()));
    let Some(transform) = transform else { return false };
    let mut blackest = [0; 3];
    if guarded(|| transform.transform(&[u8::MAX; 4], &mut blackest)).is_none() {
        return false;
    }
    let compensation = black_point_compensation(blackest);
    let mut colours = vec![0; PIECE_PIXELS * 3];
    let count = pixels.len() / 4;
    for first in (0..count).step_by(PIECE_PIXELS) {
        let last = count.min(first + PIECE_PIXELS);
        let (Some(inks), Some(colours)) = (pixels.get(first * 4..last * 4), colours.get_mut(..(last - first) * 3))
        else {
            return false;
        };
        if guarded(|| transform.transform(inks, colours)).is_none() {
            return false;
        }
        look_up(PixelLayout::Rgb, colours, &compensation);
        if let Some(place) = pixels.get_mut(first * 3..last * 3) {
            place.copy_from_slice(colours);
        }
    }
    pixels.truncate(count * 3);
    true
}

/// What levels come to where the blackest that inks can do is black on a screen: light is stretched between that and
/// white (as littleCMS does for pictures that are to please; Adobe, black point compensation, 2006).
fn black_point_compensation(blackest: [u8; 3]) -> [u8; 256] {
    let light = |level: u8| decoded(f32::from(level) / 255.0);
    let [red, green, blue] = blackest.map(light);
    // Half of paper's lightness at most, or it is no black.
    let black = (0.2126 * red + 0.7152 * green + 0.0722 * blue).min(0.184);
    std::array::from_fn(|level| {
        let stretched = (light(level as u8) - black) / (1.0 - black);
        (encoded(stretched.max(0.0)) * 255.0).round() as u8
    })
}

/// Linear light of these primaries to that of sRGB, row by row.
pub(super) fn light_matrix(primaries: u16) -> Option<[[f32; 3]; 3]> {
    let primaries = CicpColorPrimaries::try_from(u8::try_from(primaries).ok()?).ok()?;
    let profile = guarded(|| Ok(of_code_points(primaries, TransferCharacteristics::Linear)))?;
    let matrix = profile.is_matrix_shaper().then(|| profile.transform_matrix(&ColorProfile::new_srgb()))?;
    Some(matrix.v.map(|row| row.map(|weight| weight as f32)))
}

/// Linear light of measured primaries to that of sRGB, row by row. `None` where they are no colours.
pub fn calibrated_matrix(calibration: &Calibration) -> Option<[[f32; 3]; 3]> {
    let profile = Profile::from_calibration(calibration)?.parsed;
    let matrix = profile.transform_matrix(&ColorProfile::new_srgb());
    Some(matrix.v.map(|row| row.map(|weight| weight as f32)))
}

/// How much red and blue of these primaries count for luminance where all three make white (H.273, equations 39 to 44).
/// Primaries that nobody named are those of BT.709.
pub fn luma_weights(primaries: u16) -> Option<(f64, f64)> {
    let primaries = if primaries == UNSPECIFIED { BT709 } else { primaries };
    let primaries = CicpColorPrimaries::try_from(u8::try_from(primaries).ok()?).ok()?;
    let (x, y) = match primaries {
        CicpColorPrimaries::Bt470M | CicpColorPrimaries::GenericFilm => (0.31, 0.316),
        CicpColorPrimaries::Xyz => (1.0 / 3.0, 1.0 / 3.0),
        CicpColorPrimaries::Smpte431 => (0.314, 0.351),
        _ => (0.3127, 0.329),
    };
    let [_, [red, _, blue], _] = ColorPrimaries::try_from(primaries).ok()?.transform_to_xyz_d(XyY::new(x, y, 1.0)).v;
    Some((red, blue))
}

fn of_code_points(
    color_primaries: CicpColorPrimaries,
    transfer_characteristics: TransferCharacteristics,
) -> ColorProfile {
    let matrix_coefficients = MatrixCoefficients::Identity;
    let points = CicpProfile { color_primaries, transfer_characteristics, matrix_coefficients, full_range: true };
    let mut profile = ColorProfile::new_from_cicp(points);
    if color_primaries == CicpColorPrimaries::Xyz {
        // Red and blue have no luminance there, by which the library divides.
        let [x, y, z] = [Xyzd::new(1.0, 0.0, 0.0), Xyzd::new(0.0, 1.0, 0.0), Xyzd::new(0.0, 0.0, 1.0)];
        profile.update_rgb_colorimetry_triplet(XyY::new(1.0 / 3.0, 1.0 / 3.0, 1.0), x, y, z);
    }
    profile
}

/// A profile's own curves count, not what it says of them beside.
fn options() -> TransformOptions {
    TransformOptions { allow_use_cicp_transfer: false, ..TransformOptions::default() }
}

/// The light of a lightness, both from 0 to 1 (CIE 15, section 8.2.1).
fn of_lightness(lightness: f32) -> f32 {
    let root = (lightness * 100.0 + 16.0) / 116.0;
    if root > 6.0 / 29.0 { root.powi(3) } else { (root - 4.0 / 29.0) * 108.0 / 841.0 }
}

/// The number of sRGB, from 0 to 1, for linear light (IEC 61966-2-1).
pub(super) fn encoded(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// The reverse of [`encoded`].
fn decoded(number: f32) -> f32 {
    if number <= 0.040_45 { number / 12.92 } else { ((number + 0.055) / 1.055).powf(2.4) }
}

/// Runs the library. What it refuses, or trips over, is no profile: strangers wrote it.
fn guarded<T>(run: impl FnOnce() -> Result<T, CmsError>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()?.ok()
}
