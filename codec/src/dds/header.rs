//! What a texture says before its pixels (Microsoft, "Programming Guide for DDS").

use std::io::Read as _;

use super::blocks::Blocks;
use super::{malformed, unsupported};
use crate::{CodecError, Dimensions, Header};

const HEADER_BYTES: usize = 128;
/// Of the header that DirectX 10 has put behind the first.
const LATE_HEADER_BYTES: usize = 20;
/// What the pixel format says that it tells of.
const ALPHA: u32 = 1;
const CODE: u32 = 4;
const COLOURS: u32 = 0x40;
const LUMINANCE: u32 = 0x2_0000;

/// A header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texture {
    pub dimensions: Dimensions,
    pub kind: Kind,
    /// Where the pixels begin.
    pub start: usize,
}

/// How the pixels are stored. No bits of alpha mean opaque.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Blocks(Blocks),
    /// So many bits a pixel, and which of them are red, green, blue and alpha.
    Colours {
        bits: u32,
        masks: [u32; 4],
    },
    /// So many bits a pixel, and which of them are gray and alpha.
    Gray {
        bits: u32,
        masks: [u32; 2],
    },
}

const RGBA: Kind = Kind::Colours { bits: 32, masks: [0xff, 0xff00, 0xff_0000, 0xff00_0000] };
const BGRA: Kind = Kind::Colours { bits: 32, masks: [0xff_0000, 0xff00, 0xff, 0xff00_0000] };

impl Texture {
    pub fn read(header: &mut dyn Header) -> Result<Self, CodecError> {
        header.rewind().map_err(malformed)?;
        let mut bytes = Vec::with_capacity(HEADER_BYTES + LATE_HEADER_BYTES);
        (&mut *header).take((HEADER_BYTES + LATE_HEADER_BYTES) as u64).read_to_end(&mut bytes).map_err(malformed)?;
        let field = |at: usize| {
            let field = bytes.get(at..).and_then(<[u8]>::first_chunk).map(|field| u32::from_le_bytes(*field));
            field.ok_or_else(|| malformed("the header ends early"))
        };
        if !bytes.starts_with(b"DDS ") || field(4)? != 124 {
            return Err(malformed("no texture"));
        }
        let dimensions = Dimensions::new(field(16)?, field(12)?);
        let (flags, bits) = (field(80)?, field(88)?);
        let masks = [field(92)?, field(96)?, field(100)?, if flags & ALPHA == 0 { 0 } else { field(104)? }];
        let whole = matches!(bits, 8 | 16 | 24 | 32);
        let code = field(84)?.to_le_bytes();
        let (kind, start) = if flags & CODE != 0 && code == *b"DX10" {
            (of_number(field(HEADER_BYTES)?)?, HEADER_BYTES + LATE_HEADER_BYTES)
        } else if flags & CODE != 0 {
            (of_code(code)?, HEADER_BYTES)
        } else if flags & COLOURS != 0 && whole {
            (Kind::Colours { bits, masks }, HEADER_BYTES)
        } else if flags & LUMINANCE != 0 && whole {
            let [gray, .., alpha] = masks;
            (Kind::Gray { bits, masks: [gray, alpha] }, HEADER_BYTES)
        } else {
            return Err(unsupported(format!("pixels of the kind {flags:#x}, {bits} bits each")));
        };
        field(HEADER_BYTES - 4)?;
        if dimensions.pixels() == 0 {
            return Err(malformed(format!("expected at least one pixel, got {dimensions}")));
        }
        Ok(Self { dimensions, kind, start })
    }
}

fn of_code(code: [u8; 4]) -> Result<Kind, CodecError> {
    Ok(Kind::Blocks(match &code {
        b"DXT1" => Blocks::Bc1,
        b"DXT3" => Blocks::Bc2,
        b"DXT5" => Blocks::Bc3,
        b"ATI1" | b"BC4U" => Blocks::Bc4,
        b"ATI2" | b"BC5U" => Blocks::Bc5,
        other => return Err(unsupported(format!("pixels of the kind {}", other.escape_ascii()))),
    }))
}

/// By the numbers of DXGI.
fn of_number(number: u32) -> Result<Kind, CodecError> {
    Ok(match number {
        27..=29 => RGBA,
        61 => Kind::Gray { bits: 8, masks: [0xff, 0] },
        70..=72 => Kind::Blocks(Blocks::Bc1),
        73..=75 => Kind::Blocks(Blocks::Bc2),
        76..=78 => Kind::Blocks(Blocks::Bc3),
        79 | 80 => Kind::Blocks(Blocks::Bc4),
        82 | 83 => Kind::Blocks(Blocks::Bc5),
        85 => Kind::Colours { bits: 16, masks: [0xf800, 0x07e0, 0x001f, 0] },
        86 => Kind::Colours { bits: 16, masks: [0x7c00, 0x03e0, 0x001f, 0x8000] },
        87 | 90 | 91 => BGRA,
        88 | 92 | 93 => Kind::Colours { bits: 32, masks: [0xff_0000, 0xff00, 0xff, 0] },
        115 => Kind::Colours { bits: 16, masks: [0x0f00, 0x00f0, 0x000f, 0xf000] },
        other => return Err(unsupported(format!("pixels of the kind {other}"))),
    })
}
