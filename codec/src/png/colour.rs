//! What a PNG says of its colours: `cICP` before `iCCP` before `sRGB` before `gAMA` with `cHRM` (third edition,
//! section 4.3). `gAMA` alone is ignored, as in most decoders: many old writers put in a number that was never meant.

use png::{CodingIndependentCodePoints, ColorType, Info, ScaledFloat, SourceChromaticities, SrgbRenderingIntent};

use crate::colour::{Calibration, Channels, ColourSpace, MAX_PROFILE_BYTES};
use crate::{Colours, NamedColours};

/// A profile of a few bytes may unpack to this length; a longer one to so many times its own.
const SMALL_PROFILE_BYTES: u64 = 64 * 1024;
const MAX_RATIO: u64 = 16;
/// What stands before the packed bytes: a name of at most so many, which ends with a zero, and the method.
const MAX_NAME_BYTES: usize = 79;

/// What the short chunks say of the colours: `sRGB`, `cICP`, `gAMA` and `cHRM`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) is_srgb: bool,
    pub(super) points: Option<[u8; 4]>,
    pub(super) gamma: Option<[u8; 4]>,
    pub(super) primaries: Option<[u8; 32]>,
}

impl Marks {
    /// Notes a chunk of the right length.
    pub(super) fn add(&mut self, kind: &[u8; 4], payload: &[u8]) {
        match kind {
            b"sRGB" => self.is_srgb = true,
            b"cICP" => self.points = payload.try_into().ok(),
            b"gAMA" => self.gamma = payload.try_into().ok(),
            _ => self.primaries = payload.try_into().ok(),
        }
    }
}

/// The colours of a file; `profile` is the content of its `iCCP`. What is broken is as good as not there.
pub(super) fn of(info: &Info<'_>, profile: Option<&[u8]>) -> ColourSpace {
    let is_gray = matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha);
    let channels = if is_gray { Channels::Gray } else { Channels::Rgb };
    let from_points = info.coding_independent_code_points.and_then(|points| {
        let is_full_range_rgb = points.matrix_coefficients == 0 && points.is_video_full_range_image;
        let colours = ColourSpace::from_code_points(points.color_primaries.into(), points.transfer_function.into());
        colours.filter(|_| is_full_range_rgb)
    });
    from_points
        .or_else(|| ColourSpace::from_icc(&unpacked(profile?)?, channels))
        .or_else(|| info.srgb.map(|_| ColourSpace::Srgb))
        .or_else(|| ColourSpace::from_calibration(&calibration(info)?))
        .unwrap_or_default()
}

/// The same in a word, by chunks that the library has not seen.
pub(super) fn told(marks: &Marks, profile: Option<&[u8]>, is_gray: bool) -> Colours {
    by_marks(marks, profile, is_gray).told()
}

/// By the name that people know them by, of what is not gray.
pub(super) fn named(marks: &Marks, profile: Option<&[u8]>) -> NamedColours {
    by_marks(marks, profile, false).named()
}

fn by_marks(marks: &Marks, profile: Option<&[u8]>, is_gray: bool) -> ColourSpace {
    let Marks { is_srgb, points, gamma, primaries } = *marks;
    let mut info = Info::with_size(1, 1);
    info.color_type = if is_gray { ColorType::Grayscale } else { ColorType::Rgb };
    info.srgb = is_srgb.then_some(SrgbRenderingIntent::Perceptual);
    info.coding_independent_code_points =
        points.map(|[color_primaries, transfer_function, matrix_coefficients, range]| CodingIndependentCodePoints {
            color_primaries,
            transfer_function,
            matrix_coefficients,
            is_video_full_range_image: range == 1,
        });
    let number = |bytes: &[u8; 4]| ScaledFloat::from_scaled(u32::from_be_bytes(*bytes));
    info.gama_chunk = gamma.as_ref().map(number);
    info.chrm_chunk = primaries.as_ref().and_then(|primaries| {
        let (numbers, _) = primaries.as_chunks();
        let (points, _) = numbers.as_chunks::<2>();
        let [white, red, green, blue] = points else { return None };
        let [white, red, green, blue] = [white, red, green, blue].map(|[x, y]| (number(x), number(y)));
        Some(SourceChromaticities { white, red, green, blue })
    });
    of(&info, profile)
}

/// The most bytes that a profile of so many packed ones is unpacked to.
pub(super) fn max_unpacked(packed: u64) -> u64 {
    SMALL_PROFILE_BYTES.max(packed.saturating_mul(MAX_RATIO)).min(MAX_PROFILE_BYTES as u64)
}

fn unpacked(chunk: &[u8]) -> Option<Vec<u8>> {
    let name_bytes = chunk.iter().take(MAX_NAME_BYTES + 1).position(|byte| *byte == 0)?;
    let [_, 0, packed @ ..] = chunk.get(name_bytes..)? else { return None };
    let limit = usize::try_from(max_unpacked(packed.len() as u64)).ok()?;
    fdeflate::decompress_to_vec_bounded(packed, limit).ok()
}

fn calibration(info: &Info<'_>) -> Option<Calibration> {
    let (gamma, points) = (info.gama_chunk?, info.chrm_chunk?);
    let [white, red, green, blue] =
        [points.white, points.red, points.green, points.blue].map(|(x, y)| (x.into_value(), y.into_value()));
    Some(Calibration { gamma: gamma.into_value().into(), white, red, green, blue })
}
