//! What a bitmap says before its pixels: the headers of OS/2 and of Windows, versions 2 to 5, masks and palette.

use std::io::{Read, SeekFrom};

use super::{malformed, unsupported};
use crate::Dimensions;
use crate::{CodecError, Header};

/// Of the file itself, before the header of the bitmap. An icon has none.
pub const FILE_HEADER_BYTES: u64 = 14;
const CORE_BYTES: u32 = 12;
const INFO_BYTES: u32 = 40;
const MASKS_BYTES: u32 = 52;
const ALPHA_MASK_BYTES: u32 = 56;
const OS2_BYTES: [u32; 2] = [16, 64];
const V4_BYTES: u32 = 108;
const V5_BYTES: u32 = 124;
/// The longest header, three masks and one for alpha behind it, and a palette.
const MOST_BYTES: u64 = 124 + 16 + 256 * 4;

/// How pixels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    Rows,
    /// Runs of 4, 8 or 24 bits.
    Runs,
    Jpeg,
    Png,
}

/// Which bits of a pixel are which channel: red, green, blue, alpha. No bits of alpha mean opaque.
pub type Masks = [u32; 4];

/// A colour profile: its place, from the start of the header on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    pub start: u64,
    pub bytes: u64,
}

/// A header, with the palette.
#[derive(Debug, Clone, PartialEq)]
pub struct Bitmap {
    pub dimensions: Dimensions,
    pub is_top_down: bool,
    pub bits: u16,
    pub compression: Compression,
    pub masks: Masks,
    pub palette: Vec<[u8; 3]>,
    /// From the start of the header.
    pub pixels_start: u64,
    pub profile: Option<Embedded>,
    /// Of a header that tells what alpha is, so that it means what it says.
    pub is_late: bool,
}

impl Bitmap {
    /// Reads a file's headers.
    pub fn of_file(header: &mut dyn Header) -> Result<Self, CodecError> {
        header.rewind().map_err(malformed)?;
        let mut start = [0; FILE_HEADER_BYTES as usize];
        header.read_exact(&mut start).map_err(|_| malformed("the file ends early"))?;
        let [b'B', b'M', _, _, _, _, _, _, _, _, a, b, c, d] = start else { return Err(malformed("no bitmap")) };
        let pixels = u64::from(u32::from_le_bytes([a, b, c, d]));
        Self::read(header, FILE_HEADER_BYTES, pixels.checked_sub(FILE_HEADER_BYTES))
    }

    /// Reads a header that begins `at` bytes from the start; pixels begin behind it, unless `pixels` says otherwise.
    pub fn read(header: &mut dyn Header, at: u64, pixels: Option<u64>) -> Result<Self, CodecError> {
        let mut bytes = Vec::new();
        header.seek(SeekFrom::Start(at)).map_err(malformed)?;
        (&mut *header).take(MOST_BYTES).read_to_end(&mut bytes).map_err(malformed)?;
        let fields = Fields(&bytes);
        let length = fields.long(0).ok_or_else(|| malformed("the header ends early"))?;
        let is_core = length == CORE_BYTES;
        let whole = |at: usize| fields.long(at).ok_or_else(|| malformed("the header ends early"));
        let (width, height, bits) = if is_core {
            let sides = whole(4)?;
            ((sides & 0xffff).cast_signed(), (sides >> 16).cast_signed(), fields.short(10))
        } else {
            (whole(4)?.cast_signed(), whole(8)?.cast_signed(), fields.short(14))
        };
        let bits = bits.ok_or_else(|| malformed("the header ends early"))?;
        if width <= 0 || height == 0 {
            return Err(malformed(format!("expected at least one pixel, got {width}x{height}")));
        }
        let code = if length > 16 { whole(16)? } else { 0 };
        let compression = compression(code, OS2_BYTES.contains(&length))?;
        let has_masks = compression == Compression::Rows && matches!(code, 3 | 6);
        let behind = if has_masks && length == INFO_BYTES { if code == 6 { 16 } else { 12 } } else { 0 };
        let masks = masks(&fields, bits, has_masks, length.max(INFO_BYTES + behind));
        let used = if length >= 36 { fields.long(32).unwrap_or_default() } else { 0 };
        let palette_start = u64::from(length) + u64::from(behind);
        let entry_bytes = if is_core { 3 } else { 4 };
        let colours = if used == 0 && matches!(bits, 1..=8) { 1 << bits } else { u64::from(used).min(256) };
        let after_palette = palette_start + colours * entry_bytes;
        // Some files say that pixels begin where the palette does, and others that they begin within it.
        let is_possible = |start: &u64| *start > palette_start || (*start == palette_start && !matches!(bits, 1..=8));
        let pixels_start = pixels.filter(is_possible).unwrap_or(after_palette);
        let palette = bytes.get(palette_start as usize..).unwrap_or_default().chunks_exact(entry_bytes as usize);
        let palette = palette.take(if matches!(bits, 1..=8) { colours as usize } else { 0 });
        let colour = |entry: &[u8]| entry.first_chunk().map(|[blue, green, red]| [*red, *green, *blue]);
        let bitmap = Self {
            dimensions: Dimensions::new(width.unsigned_abs(), height.unsigned_abs()),
            is_top_down: height < 0,
            bits,
            compression,
            masks,
            palette: palette.filter_map(colour).collect(),
            pixels_start,
            profile: fields.profile(length),
            is_late: length >= V4_BYTES,
        };
        bitmap.checked()
    }

    fn checked(self) -> Result<Self, CodecError> {
        let is_known = match self.compression {
            Compression::Rows => matches!(self.bits, 1 | 2 | 4 | 8 | 16 | 24 | 32),
            Compression::Runs => matches!(self.bits, 4 | 8 | 24),
            Compression::Jpeg | Compression::Png => true,
        };
        if is_known { Ok(self) } else { Err(unsupported(format!("{} bits a pixel", self.bits))) }
    }

    /// Bytes of a row, padded to words of four.
    pub fn row_bytes(&self) -> u64 {
        (u64::from(self.dimensions.width) * u64::from(self.bits)).div_ceil(32) * 4
    }

    /// Bits of a channel: of a palette, those of its colours.
    pub fn channel_bits(&self) -> u8 {
        let [red, green, blue, _] = self.masks.map(u32::count_ones);
        // At most 32.
        if self.bits > 8 { red.max(green).max(blue) as u8 } else { 8 }
    }

    pub fn has_alpha(&self) -> bool {
        self.bits > 8 && self.masks[3] != 0
    }
}

fn compression(code: u32, is_os2: bool) -> Result<Compression, CodecError> {
    match code {
        0 => Ok(Compression::Rows),
        1 | 2 => Ok(Compression::Runs),
        3 if is_os2 => Err(unsupported("Huffman coding of OS/2")),
        4 if is_os2 => Ok(Compression::Runs),
        3 | 6 => Ok(Compression::Rows),
        4 => Ok(Compression::Jpeg),
        5 => Ok(Compression::Png),
        other => Err(unsupported(format!("compression {other}"))),
    }
}

fn masks(fields: &Fields, bits: u16, are_told: bool, header_bytes: u32) -> Masks {
    if !are_told {
        return if bits == 16 { [0x7c00, 0x03e0, 0x001f, 0] } else { [0xff_0000, 0xff00, 0xff, 0] };
    }
    let mask = |index: usize| fields.long(40 + index * 4).unwrap_or_default();
    let has_alpha = header_bytes >= ALPHA_MASK_BYTES;
    debug_assert!(header_bytes >= MASKS_BYTES);
    [mask(0), mask(1), mask(2), if has_alpha { mask(3) } else { 0 }]
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        self.0.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
    }

    fn long(&self, at: usize) -> Option<u32> {
        self.0.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// Only an embedded one counts: calibrations are not looked at by anybody, and often not meant.
    fn profile(&self, length: u32) -> Option<Embedded> {
        // `MBED`, as a number.
        self.long(56).filter(|space| length >= V5_BYTES && *space == 0x4d42_4544)?;
        let [start, bytes] = [self.long(112)?, self.long(116)?].map(u64::from);
        Some(Embedded { start, bytes })
    }
}
