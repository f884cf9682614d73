//! The HEVC decoder: heic-rs, of which only the decoder of pictures is used. It is asked for no more than was claimed, and
//! what panics in it is a broken stream.

use std::cell::Cell;
use std::panic::UnwindSafe;

use heic_rs::Error;
use heic_rs::hevc::{self, ChromaFormat};

use super::record::{Record, UnitHeader};
use super::sequence_parameters::SequenceParameters;
use super::{FORMAT, KIND};
use crate::heif::boxes::FourCc;
use crate::heif::frame::{Coded, Frame, Samples, Sampling};
use crate::heif::nclx::Nclx;
use crate::heif::property::Coding;
use crate::heif::{Coder, Fault, malformed, unsupported};
use crate::limits::over;
use crate::{Dimensions, Format, Limits};

/// Slices of a picture: as many as the highest level allows (ITU-T H.265, table A.8).
const MAX_SLICES: u64 = 600;
/// How many passes over a picture of the largest allowed size the slices of a file may add up to. Each may cover the whole
/// picture in a few bytes; usual encoders write one to eight, and each covers its part.
const MAX_WHOLE_PASSES: u64 = 16;
/// Encoders fill pictures up to whole blocks, and hide what was filled in; the largest blocks have this side.
pub const LARGEST_BLOCK_SIDE: u32 = 64;

/// The decoder for one file.
pub struct Hevc {
    /// Pixels, or steps that cost as much, that may still be done.
    steps: Cell<u64>,
    limit: u64,
}

impl Hevc {
    pub fn new(limits: &Limits) -> Self {
        let limit = limits.max_pixels.saturating_mul(MAX_WHOLE_PASSES);
        Self { steps: Cell::new(limit), limit }
    }

    /// The slices of a stream, where decoding them does not take too long.
    fn slices<'a>(&self, record: &Record<'_>, stream: &'a [u8]) -> Result<Vec<&'a [u8]>, Fault> {
        let is_slice = |unit: &&[u8]| UnitHeader::of(unit).is_some_and(|unit| unit.is_slice() && unit.is_base_layer);
        let slices: Vec<&[u8]> = record.units(stream)?.into_iter().filter(is_slice).collect();
        if slices.len() as u64 > MAX_SLICES {
            return Err(over("slices", MAX_SLICES, slices.len()).into());
        }
        let SequenceParameters { coded, block_side, .. } = record.sequence;
        let blocks = Dimensions::new(coded.width.div_ceil(block_side), coded.height.div_ceil(block_side)).pixels();
        for slice in &slices {
            // For each place where a slice can be entered, the library counts what keeps start codes away before.
            let entries = (slice.len() as u64 * 8).min(blocks + 1);
            let kept_away = memchr::memmem::find_iter(slice, &[0, 0, 3]).count() as u64;
            let steps = coded.pixels().saturating_add(entries.saturating_mul(kept_away));
            let left = self.steps.get().checked_sub(steps);
            self.steps.set(left.ok_or_else(|| over("pixels in all slices", self.limit, "more"))?);
        }
        Ok(slices)
    }
}

impl Coder for Hevc {
    fn format(&self) -> Format {
        FORMAT
    }

    fn kind(&self) -> FourCc {
        KIND
    }

    fn decode(&self, coded: &Coded<'_>) -> Result<Box<dyn Frame>, Fault> {
        let record = Record::parse(coded.record)?;
        let sequence = record.sequence;
        admit(&sequence, coded)?;
        let slices = self.slices(&record, coded.stream)?;
        let frame = caught(|| hevc::decode_still(&record.sets, &slices))?;
        frame.validate().map_err(fault)?;
        let sampling = match frame.chroma {
            ChromaFormat::Monochrome => Sampling::Monochrome,
            ChromaFormat::Yuv420 => Sampling::Yuv420,
            ChromaFormat::Yuv422 => Sampling::Yuv422,
            ChromaFormat::Yuv444 => Sampling::Yuv444,
        };
        let got = (Dimensions::new(frame.width, frame.height), sampling, u32::from(frame.bit_depth));
        if got != (sequence.shown, sequence.sampling, sequence.depth) {
            return Err(malformed("the frame differs from its parameters"));
        }
        Ok(Box::new(HevcFrame { frame, dimensions: coded.dimensions, sampling, nclx: sequence.nclx }))
    }
}

/// Lets a picture through that is what its container says.
fn admit(sequence: &SequenceParameters, claimed: &Coded<'_>) -> Result<(), Fault> {
    let SequenceParameters { coded, shown, sampling, depth, .. } = *sequence;
    let expected = claimed.dimensions;
    // With half as many samples of chroma there are no odd sides: what is odd is filled up.
    let fits = |plane: usize| sampling.of_plane(plane, shown) == sampling.of_plane(plane, expected);
    let is_filled_up = sampling != Sampling::Monochrome && fits(1) && shown.union(expected) == shown;
    if shown != expected && !is_filled_up {
        return Err(malformed(format_args!("expected a frame of {expected}, got {shown}")));
    }
    if matches!(sampling, Sampling::Yuv422 | Sampling::Yuv444) {
        // heic-rs 0.1.4 loses its way in both: files of x265 ended early, or had 29 dB to what libde265 decodes.
        return Err(unsupported("more samples of chroma than 4:2:0 has"));
    }
    let is_padded = |coded: u32, shown: u32| coded <= shown.next_multiple_of(LARGEST_BLOCK_SIDE);
    if !is_padded(coded.width, shown.width) || !is_padded(coded.height, shown.height) {
        return Err(unsupported(format_args!("a frame of {shown} that is cut out of {coded}")));
    }
    let (is_gray, is_narrow) = (sampling == Sampling::Monochrome, sampling != Sampling::Yuv444);
    if Coding::new(depth > 8, is_gray, is_narrow, sampling == Sampling::Yuv420).is_more_than(claimed.coding) {
        return Err(malformed("the frame has more samples than its container says"));
    }
    Ok(())
}

/// What the library returns. It has no `unsafe`, and what it was given is only read: where it panics, nothing is left.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, Error> + UnwindSafe) -> Result<T, Fault> {
    let returned = std::panic::catch_unwind(work);
    returned.map_err(|_| malformed("the decoder lost its way in the stream"))?.map_err(fault)
}

fn fault(error: Error) -> Fault {
    match error {
        Error::Unsupported(feature) => unsupported(feature),
        error => malformed(error),
    }
}

/// A decoded frame; of one that was filled up, what was there before.
struct HevcFrame {
    frame: hevc::Frame,
    dimensions: Dimensions,
    sampling: Sampling,
    nclx: Nclx,
}

impl Frame for HevcFrame {
    fn dimensions(&self) -> Dimensions {
        self.dimensions
    }

    fn sampling(&self) -> Sampling {
        self.sampling
    }

    fn depth(&self) -> u32 {
        self.frame.bit_depth.into()
    }

    fn nclx(&self) -> Nclx {
        self.nclx
    }

    fn row(&self, plane: usize, row: u32) -> Option<Samples<'_>> {
        let Dimensions { width, height } = self.sampling.of_plane(plane, self.dimensions)?;
        let (samples, stride) = match plane {
            0 => (&self.frame.y, self.frame.y_stride),
            1 => (&self.frame.cb, self.frame.c_stride),
            _ => (&self.frame.cr, self.frame.c_stride),
        };
        let start = (row < height).then(|| (row as usize).checked_mul(stride as usize))??;
        samples.get(start..)?.get(..width as usize).map(Samples::Words)
    }
}
