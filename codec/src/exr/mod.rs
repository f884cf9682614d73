//! OpenEXR: the first layer of colours or of gray that is no deep one, at its full resolution. Decoded by the library exr
//! alone: that of `image` above it refuses gray, forgets the primaries, and gives nothing of a file that is cut.

use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use exr::block::UncompressedBlock;
use exr::block::lines::LineRef;
use exr::error::Error;
use exr::math::Vec2;
use exr::meta::MetaData;
use exr::meta::attribute::{ChannelDescription, SampleType};
use exr::meta::header::Header as Layer;
use exr::prelude::f16;

use super::colour::{Calibration, MIDDLE_LIGHT, calibrated_matrix, levels_of_light};
use super::{
    BrokenOriginals, Codec, CodecError, DecodeOptions, Details, Header, Limits, NamedColours, Picture, PixelLayout,
};
use crate::{Decoding, Dimensions, Facts, Format, Orientation};

const READ_BYTES: usize = 4096;
/// Tables, and what the library holds beside a block.
const WORKING_BYTES: u64 = 2 << 20;
/// A block is held compressed, with its differences, and as samples.
const BLOCKS: u64 = 6;
/// The place of a block in the file, and in two lists of them.
const BYTES_PER_BLOCK: u64 = 64;

/// Reads colours and gray.
#[derive(Debug, Clone, Copy)]
pub struct Exr {
    limits: Limits,
}

/// What of a file becomes a picture.
struct Plan {
    layer: usize,
    /// Of what is shown, and of what there are samples of.
    dimensions: Dimensions,
    stored: Dimensions,
    /// Where in the list of a layer the channels are: gray, or red, green and blue; and alpha.
    places: Vec<usize>,
    /// Of the pixels that are stored, from the left and the top of what is shown.
    origin: (i64, i64),
    matrix: Option<[[f32; 3]; 3]>,
    working_bytes: u64,
    /// Of the deepest of its channels.
    bits: u8,
}

impl Exr {
    /// A codec that reads originals within `limits`.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    fn read_light(&self, original: &[u8], broken: BrokenOriginals) -> Result<(Plan, Vec<f32>), CodecError> {
        let reader = exr::block::read(Cursor::new(original), false).map_err(failure)?;
        let plan = Plan::of(reader.meta_data())?;
        self.limits.admit(Format::Exr, plan.stored)?;
        let pixels = self.limits.admit(Format::Exr, plan.dimensions)?.pixels() as usize;
        let channels = plan.places.len();
        let mut light = vec![0.0; pixels * channels];
        if broken == BrokenOriginals::Show {
            light.fill(MIDDLE_LIGHT);
            light.chunks_exact_mut(4).filter(|_| channels == 4).filter_map(<[f32]>::last_mut).for_each(|a| *a = 1.0);
        }
        let is_whole = Vec2(0, 0);
        let chunks = reader.filter_chunks(false, |_, _, block| block.layer == plan.layer && block.level == is_whole);
        let mut chunks = chunks.map_err(failure)?;
        let mut is_anything = false;
        while let Some(chunk) = chunks.next() {
            let meta = exr::block::reader::ChunksReader::meta_data(&chunks);
            match chunk.and_then(|chunk| UncompressedBlock::decompress_chunk(chunk, meta, false)) {
                Ok(block) => {
                    let layer = meta.headers.get(plan.layer).ok_or_else(|| malformed("a layer is missing"))?;
                    block.lines(&layer.channels).for_each(|line| plan.paint(&line, layer, &mut light));
                    is_anything = true;
                }
                Err(_) if broken == BrokenOriginals::Show => {}
                Err(error) => return Err(failure(error)),
            }
        }
        if is_anything { Ok((plan, light)) } else { Err(malformed("no block is whole")) }
    }
}

impl Codec for Exr {
    fn format(&self) -> Format {
        Format::Exr
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        header.rewind().map_err(malformed)?;
        let bounded = Bounded { inner: header, left: self.limits.max_metadata_bytes };
        let reader = BufReader::with_capacity(READ_BYTES, bounded);
        let plan = guarded(|| Plan::of(exr::block::read(reader, false).map_err(failure)?.meta_data()))?;
        let decoding = Decoding {
            pixel_bytes: plan.layout().channels() as u8,
            working_bytes: plan.working_bytes,
            ..Decoding::default()
        };
        Ok(Facts {
            format: Format::Exr,
            stored: plan.dimensions,
            orientation: Orientation::Upright,
            frames: 1,
            decoding,
            condition: <_>::default(),
            drawing: None,
        })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let (plan, light) = guarded(|| self.read_light(original, options.broken))?;
        let levels = match plan.layout() {
            PixelLayout::Gray => levels_of_light(light.iter().map(|gray| [*gray]), None),
            PixelLayout::Rgb => levels_of_light(light.as_chunks::<3>().0.iter().copied(), plan.matrix),
            PixelLayout::Rgba => levels_of_light(light.as_chunks::<4>().0.iter().copied(), plan.matrix),
        };
        drop(light);
        let picture = Picture::new(plan.dimensions, plan.layout(), levels).map(Picture::without_idle_alpha);
        picture.ok_or_else(|| malformed("the pixels do not fill the picture"))
    }

    /// Light as it is, without a curve.
    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        let plan = guarded(|| Plan::of(exr::block::read(Cursor::new(original), false).map_err(failure)?.meta_data()));
        let details = Details::of(facts);
        let colours = if details.colours == NamedColours::Gray { details.colours } else { NamedColours::Other };
        Details { bits: plan.map_or(16, |plan| plan.bits), colours, ..details }
    }
}

impl Plan {
    fn of(meta: &MetaData) -> Result<Self, CodecError> {
        let found = meta.headers.iter().enumerate().filter(|(_, layer)| !layer.deep);
        let found = found.filter_map(|(index, layer)| Some((index, layer, places(layer)?)));
        let Some((index, layer, places)) = found.min_by_key(|(index, ..)| *index) else {
            return Err(unsupported("a file without red, green and blue, or gray"));
        };
        let channels: Vec<&ChannelDescription> =
            places.iter().filter_map(|place| layer.channels.list.get(*place)).collect();
        if channels.iter().any(|channel| channel.sample_type == SampleType::U32) {
            return Err(unsupported("colours of whole numbers"));
        }
        if layer.channels.list.iter().any(|channel| channel.sampling != Vec2(1, 1)) {
            return Err(unsupported("channels of fewer pixels"));
        }
        let shared = &layer.shared_attributes;
        let side = |length: usize| u32::try_from(length).map_err(malformed);
        let shown = shared.display_window;
        let dimensions = Dimensions::new(side(shown.size.width())?, side(shown.size.height())?);
        let from = |at: i32, of: i32| i64::from(at) - i64::from(of);
        let at = layer.own_attributes.layer_position;
        let stored = Dimensions::new(side(layer.layer_size.width())?, side(layer.layer_size.height())?);
        let block = layer.max_block_pixel_size();
        let block_pixels = [(block.width(), stored.width), (block.height(), stored.height)]
            .map(|(block, side)| (block as u64).min(side.into()))
            .iter()
            .product::<u64>();
        let block_bytes = block_pixels.saturating_mul(layer.channels.bytes_per_pixel as u64);
        let blocks: u64 = meta.headers.iter().map(|layer| layer.chunk_count as u64).sum();
        let light_bytes = dimensions.pixels().saturating_mul(places.len() as u64 * 4);
        let working_bytes = WORKING_BYTES
            .saturating_add(light_bytes)
            .saturating_add(block_bytes.saturating_mul(BLOCKS))
            .saturating_add(blocks.saturating_mul(BYTES_PER_BLOCK));
        Ok(Self {
            layer: index,
            dimensions,
            stored,
            origin: (from(at.x(), shown.position.x()), from(at.y(), shown.position.y())),
            matrix: shared.chromaticities.and_then(|told| {
                let point = |at: Vec2<f32>| (at.0, at.1);
                let [white, red, green, blue] = [told.white, told.red, told.green, told.blue].map(point);
                calibrated_matrix(&Calibration { gamma: 1.0, white, red, green, blue })
            }),
            bits: if channels.iter().any(|channel| channel.sample_type == SampleType::F32) { 32 } else { 16 },
            places,
            working_bytes,
        })
    }

    fn layout(&self) -> PixelLayout {
        match self.places.len() {
            1 => PixelLayout::Gray,
            3 => PixelLayout::Rgb,
            _ => PixelLayout::Rgba,
        }
    }

    /// Puts the samples of a line where they are shown, if they are.
    fn paint(&self, line: &LineRef<'_>, layer: &Layer, light: &mut [f32]) {
        let kind = layer.channels.list.get(line.location.channel).map(|channel| channel.sample_type);
        // Gray with alpha is three channels that are alike.
        let channels = self.places.iter().enumerate().filter(|(_, place)| **place == line.location.channel);
        let Dimensions { width, height } = self.dimensions;
        let y = line.location.position.y() as i64 + self.origin.1;
        let Some(y) = u64::try_from(y).ok().filter(|y| *y < height.into()) else { return };
        let start = line.location.position.x() as i64 + self.origin.0;
        for (channel, _) in channels {
            let mut put = |index: usize, value: f32| {
                let x = u64::try_from(start + index as i64).ok().filter(|x| *x < width.into());
                let pixel = x.map(|x| (y * u64::from(width) + x) as usize);
                let place = pixel.and_then(|pixel| light.get_mut(pixel * self.places.len() + channel));
                if let Some(place) = place {
                    *place = value;
                }
            };
            match kind {
                Some(SampleType::F16) => {
                    let samples = line.value.as_chunks().0.iter().map(|bytes| f16::from_ne_bytes(*bytes).to_f32());
                    samples.enumerate().for_each(|(index, value)| put(index, value));
                }
                Some(SampleType::F32) => {
                    let samples = line.value.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes));
                    samples.enumerate().for_each(|(index, value)| put(index, value));
                }
                _ => {}
            }
        }
    }
}

/// Where red, green and blue are, or gray; and alpha.
fn places(layer: &Layer) -> Option<Vec<usize>> {
    let place = |name: &str| layer.channels.list.iter().position(|channel| channel.name.eq(name));
    let is_chroma = place("RY").is_some() || place("BY").is_some();
    let gray = place("Y").filter(|_| !is_chroma);
    let colours = [place("R"), place("G"), place("B")].into_iter().collect::<Option<Vec<_>>>();
    let alpha = place("A");
    match (colours, gray) {
        (Some(colours), _) => Some(colours.into_iter().chain(alpha).collect()),
        (None, Some(gray)) if alpha.is_some() => Some([gray; 3].into_iter().chain(alpha).collect()),
        (None, Some(gray)) => Some(vec![gray]),
        (None, None) => None,
    }
}

/// A header that is read no further than that.
struct Bounded<'a> {
    inner: &'a mut dyn Header,
    left: u64,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = (&mut *self.inner).take(self.left).read(buffer)?;
        self.left -= count as u64;
        Ok(count)
    }
}

impl Seek for Bounded<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Runs the library. What it trips over is broken: strangers wrote it.
fn guarded<T>(run: impl FnOnce() -> Result<T, CodecError>) -> Result<T, CodecError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(malformed("the decoder tripped over it")))
}

fn failure(error: Error) -> CodecError {
    match error {
        Error::NotSupported(feature) => unsupported(feature),
        other => malformed(other),
    }
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Exr, reason)
}

fn unsupported(feature: impl ToString) -> CodecError {
    CodecError::unsupported(Format::Exr, feature)
}

#[cfg(test)]
mod tests;
