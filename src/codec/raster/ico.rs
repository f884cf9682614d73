//! The pictures of an icon or a cursor. `image` takes the one of the greatest depth, and only RGBA where it is a PNG;
//! here it is the largest one, of any kind.

use std::io::{Cursor, Read, SeekFrom};

use super::Raster;
use crate::codec::png::{Png, Settings};
use crate::codec::{Codec, CodecError, Header, Picture};
use crate::request::{Dimensions, Format};

const DIRECTORY_BYTES: usize = 6;
const ENTRY_BYTES: usize = 16;
const ICON: u8 = 1;
const CURSOR: u8 = 2;
/// The start of a payload, as far as it tells its kind and dimensions.
const START_BYTES: usize = 24;
/// What decoding takes beside the pixels: the picture as a file of its own, and samples of up to 16 bits.
pub(super) const WORKING_PIXEL_BYTES: u64 = 16;
const PNG_START: &[u8; 16] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
const BITMAP_CORE_HEADER_BYTES: u32 = 12;

/// The largest picture of a file.
pub(super) struct Largest {
    offset: u32,
    bytes: u32,
    is_png: bool,
    pub(super) dimensions: Dimensions,
}

impl Largest {
    /// Reads the directory, then the start of the largest entry. Costs 16 bytes an entry, of at most 65,535.
    pub(super) fn find(header: &mut dyn Header) -> Result<Self, CodecError> {
        let [_, _, kind, _, low, high] = read_array::<DIRECTORY_BYTES>(header)?;
        if kind != ICON && kind != CURSOR {
            return Err(malformed(format!("expected an icon or a cursor, got type {kind}")));
        }
        let count = usize::from(u16::from_le_bytes([low, high]));
        let mut directory = Vec::new();
        (&mut *header).take((count * ENTRY_BYTES) as u64).read_to_end(&mut directory).map_err(malformed)?;
        let (entries, _) = directory.as_chunks::<ENTRY_BYTES>();
        let Some(largest) = entries.iter().max_by_key(|entry| size_and_depth(entry, kind)) else {
            return Err(malformed("no picture"));
        };
        let [.., a, b, c, d, e, f, g, h] = *largest;
        let (bytes, offset) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        header.seek(SeekFrom::Start(offset.into())).map_err(malformed)?;
        let start = read_array(header)?;
        let dimensions = payload_dimensions(&start).filter(|dimensions| dimensions.pixels() > 0);
        let dimensions = dimensions.ok_or_else(|| malformed("the largest picture is empty"))?;
        Ok(Self { offset, bytes, is_png: start.starts_with(PNG_START), dimensions })
    }
}

pub(super) fn decode(original: &[u8], raster: &Raster) -> Result<Picture, CodecError> {
    let largest = Largest::find(&mut Cursor::new(original))?;
    let payload = original.get(largest.offset as usize..).ok_or_else(|| malformed("the file ends early"))?;
    let payload = payload.get(..largest.bytes as usize).unwrap_or(payload);
    if largest.is_png {
        return Png::new(Settings::default(), raster.limits).decode(payload, None);
    }
    let alone = icon_of(payload, largest.dimensions);
    raster.picture(raster.open(Cursor::new(alone))?, None)
}

/// An icon with one picture only, so that `image` has no choice.
fn icon_of(payload: &[u8], dimensions: Dimensions) -> Vec<u8> {
    let edge = |pixels: u32| u8::try_from(pixels).unwrap_or(0);
    let mut icon = vec![0, 0, ICON, 0, 1, 0];
    icon.extend([edge(dimensions.width), edge(dimensions.height), 0, 0, 1, 0, 0, 0]);
    // The payload is part of a file whose own lengths are 32 bits.
    icon.extend((payload.len() as u32).to_le_bytes());
    icon.extend(((DIRECTORY_BYTES + ENTRY_BYTES) as u32).to_le_bytes());
    icon.extend(payload);
    icon
}

/// What an entry claims: its pixels, where an edge of 0 means 256, then its depth. A cursor has none.
fn size_and_depth(entry: &[u8; ENTRY_BYTES], kind: u8) -> (u32, u16) {
    let [width, height, _, _, _, _, low, high, ..] = *entry;
    let [width, height] = [width, height].map(|edge| if edge == 0 { 256 } else { u32::from(edge) });
    (width * height, if kind == ICON { u16::from_le_bytes([low, high]) } else { 0 })
}

/// The dimensions of a PNG, or of a bitmap that is twice as high as its picture: the mask lies below.
fn payload_dimensions(start: &[u8; START_BYTES]) -> Option<Dimensions> {
    let word = |from: usize| start.get(from..)?.first_chunk::<4>().copied();
    if start.starts_with(PNG_START) {
        return Some(Dimensions::new(u32::from_be_bytes(word(16)?), u32::from_be_bytes(word(20)?)));
    }
    if u32::from_le_bytes(word(0)?) == BITMAP_CORE_HEADER_BYTES {
        let [a, b, c, d] = word(4)?;
        return Some(Dimensions::new(u16::from_le_bytes([a, b]).into(), u32::from(u16::from_le_bytes([c, d])) / 2));
    }
    let width = u32::try_from(i32::from_le_bytes(word(4)?)).ok()?;
    Some(Dimensions::new(width, i32::from_le_bytes(word(8)?).unsigned_abs() / 2))
}

fn read_array<const BYTES: usize>(header: &mut dyn Header) -> Result<[u8; BYTES], CodecError> {
    let mut array = [0; BYTES];
    header.read_exact(&mut array).map_err(|_| malformed("the file ends early"))?;
    Ok(array)
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Ico, reason)
}
