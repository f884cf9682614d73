//! The blocks of a GIF without its pixels (GIF89a, sections 17 to 27): dimensions, and how many frames there are.

use std::io::{BufReader, Read};

use super::malformed;
use crate::{CodecError, Header, Limits};
use crate::{Dimensions, Metadata};

const BUFFER_BYTES: usize = 16 * 1024;
const EXTENSION: u8 = 0x21;
pub(super) const IMAGE: u8 = 0x2c;
const HAS_PALETTE: u8 = 0x80;
const HAS_TRANSPARENCY: u8 = 0x01;
pub(super) const CONTROL: u8 = 0xf9;
pub(super) const APPLICATION: u8 = 0xff;
/// XMP, and what ImageMagick puts IPTC in.
const PRIVATE: [&[u8; 11]; 3] = [b"XMP DataXMP", b"MGKIPTC0000", b"MGK8BIM0000"];

/// What the blocks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blocks {
    /// That of the file, enlarged until it holds the first frame, as viewers do; later frames are cut to it.
    pub canvas: Dimensions,
    /// There are colours for frames that bring none.
    pub has_palette: bool,
    /// Those that have data, and at least 1.
    pub frames: u32,
    /// Extensions before the first frame.
    pub metadata_bytes: u64,
    /// What the extensions give away.
    pub metadata: Metadata,
    /// Something of a frame shows through.
    pub is_transparent: bool,
}

/// Walks the blocks, until there are more frames than the limit. Costs reading the file up to there. What follows the
/// first frame may be broken: the frames until there count.
pub(super) fn read(header: &mut dyn Header, limits: &Limits) -> Result<Blocks, CodecError> {
    let (mut reader, LogicalScreen { canvas, has_palette }) = Reader::open(header)?;
    let (frames, metadata_bytes, metadata) = (0, 0, Metadata::None);
    let mut blocks = Blocks { canvas, has_palette, frames, metadata_bytes, metadata, is_transparent: false };
    while blocks.frames <= limits.max_frames {
        match reader.block() {
            Some(Block::Extension(extension)) => {
                blocks.metadata = blocks.metadata.max(extension.metadata());
                blocks.is_transparent |= extension.control.is_some_and(|control| control.is_transparent);
                if blocks.frames == 0 {
                    blocks.metadata_bytes += extension.bytes;
                    limits.admit_metadata(blocks.metadata_bytes)?;
                }
            }
            // One whose end is missing may have all its pixels: the decoder finds out.
            Some(Block::Image { .. }) => blocks.frames += 1,
            None => break,
        }
    }
    let reach = reader.reach.unwrap_or(canvas);
    let canvas = Dimensions::new(canvas.width.max(reach.width), canvas.height.max(reach.height));
    if canvas.pixels() == 0 {
        return Err(malformed(format!("expected at least one pixel, got {canvas}")));
    }
    // The decoder may find more in a first frame whose end is missing.
    Ok(Blocks { canvas, frames: blocks.frames.max(1), ..blocks })
}

pub(super) enum Block {
    Extension(Extension),
    Image {
        /// The end of its data is there.
        is_whole: bool,
    },
}

/// What is not drawn.
pub(super) struct Extension {
    pub label: u8,
    /// The name of the application, where it has one.
    name: Option<[u8; 11]>,
    /// What is said of the next frame, where it is that.
    pub control: Option<Control>,
    /// The bytes of its pieces.
    pub bytes: u64,
}

/// What is said of a frame before its pixels (section 23).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Control {
    pub is_transparent: bool,
    /// In hundredths of a second.
    pub delay: u16,
}

impl Extension {
    /// What it gives away. Comments are the author's own words.
    fn metadata(&self) -> Metadata {
        let is_private = self.label == APPLICATION && self.is_one_of(&PRIVATE);
        if is_private { Metadata::Private } else { Metadata::None }
    }

    pub(super) fn is_one_of(&self, names: &[&[u8; 11]]) -> bool {
        self.name.is_some_and(|name| names.contains(&&name))
    }
}

/// The first of some pieces, where it is as long as a name or as what is said of a frame; and the bytes of all.
#[derive(Default)]
struct Pieces {
    name: Option<[u8; 11]>,
    control: Option<[u8; 4]>,
    bytes: u64,
}

/// What the file begins with.
pub(super) struct LogicalScreen {
    canvas: Dimensions,
    has_palette: bool,
}

pub(super) struct Reader<'a> {
    bytes: BufReader<&'a mut dyn Header>,
    position: usize,
    /// How far to the right and down the first frame goes.
    reach: Option<Dimensions>,
}

impl<'a> Reader<'a> {
    /// A reader of the blocks behind the header and its palette.
    ///
    /// # Errors
    /// [`CodecError::Malformed`] where these are not whole.
    pub(super) fn open(header: &'a mut dyn Header) -> Result<(Self, LogicalScreen), CodecError> {
        header.rewind().map_err(malformed)?;
        let mut reader = Self { bytes: BufReader::with_capacity(BUFFER_BYTES, header), position: 0, reach: None };
        let [version @ .., a, b, c, d, flags, _, _] = reader.array::<13>().ok_or_else(early)?;
        if !matches!(&version, b"GIF87a" | b"GIF89a") {
            return Err(malformed("expected GIF87a or GIF89a"));
        }
        let canvas = Dimensions::new(u16::from_le_bytes([a, b]).into(), u16::from_le_bytes([c, d]).into());
        reader.palette(flags).ok_or_else(early)?;
        Ok((reader, LogicalScreen { canvas, has_palette: flags & HAS_PALETTE != 0 }))
    }

    /// How many bytes were read.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Reads past the next block; `None` at the end, and where there is none.
    pub(super) fn block(&mut self) -> Option<Block> {
        match self.array()? {
            [EXTENSION] => {
                let [label] = self.array()?;
                let Pieces { name, control, bytes } = self.pieces()?;
                let control = control.filter(|_| label == CONTROL).map(|[flags, low, high, _]| Control {
                    is_transparent: flags & HAS_TRANSPARENCY != 0,
                    delay: u16::from_le_bytes([low, high]),
                });
                Some(Block::Extension(Extension { label, name, control, bytes }))
            }
            [IMAGE] => {
                let [a, b, c, d, e, f, g, h, flags] = self.array()?;
                let [left, top, width, height] =
                    [[a, b], [c, d], [e, f], [g, h]].map(|number| u32::from(u16::from_le_bytes(number)));
                self.reach.get_or_insert(Dimensions::new(left + width, top + height));
                self.palette(flags)?;
                self.array::<1>()?;
                Some(Block::Image { is_whole: self.pieces().is_some() })
            }
            _ => None,
        }
    }

    fn palette(&mut self, flags: u8) -> Option<()> {
        let colours = if flags & HAS_PALETTE == 0 { 0 } else { 2 << (flags & 7) };
        self.skip(colours * 3)
    }

    /// Reads past pieces of up to 255 bytes, each after its length, up to an empty one.
    fn pieces(&mut self) -> Option<Pieces> {
        let mut pieces = Pieces::default();
        loop {
            match self.array()? {
                [0] => return Some(pieces),
                [11] if pieces.bytes == 0 => {
                    pieces.name = Some(self.array()?);
                    pieces.bytes += 12;
                }
                [4] if pieces.bytes == 0 => {
                    pieces.control = Some(self.array()?);
                    pieces.bytes += 5;
                }
                [length] => {
                    self.skip(length.into())?;
                    pieces.bytes += u64::from(length) + 1;
                }
            }
        }
    }

    /// At most the 768 bytes of a palette.
    fn skip(&mut self, bytes: usize) -> Option<()> {
        let mut skipped = [0; 768];
        self.bytes.read_exact(skipped.get_mut(..bytes)?).ok()?;
        self.position += bytes;
        Some(())
    }

    fn array<const BYTES: usize>(&mut self) -> Option<[u8; BYTES]> {
        let mut array = [0; BYTES];
        self.bytes.read_exact(&mut array).ok()?;
        self.position += BYTES;
        Some(array)
    }
}

fn early() -> CodecError {
    malformed("the file ends early")
}
