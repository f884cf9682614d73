//! The pictures of an icon or a cursor: here it is the largest one, of any kind, and of several the deepest. Written is an icon
//! of one picture, which is a PNG.

use std::io::{Cursor, Read, SeekFrom};

use super::png::{Png, Settings};
use super::{
    Choices, Codec, CodecError, Coding, DecodeOptions, Details, Encoder, Header, Limits, Notice, Picture, PixelLayout,
    bmp,
};
use crate::{Decoding, Dimensions, Facts, Format, Orientation};

const DIRECTORY_BYTES: usize = 6;
const ENTRY_BYTES: usize = 16;
const ICON: u8 = 1;
const CURSOR: u8 = 2;
/// More pictures than that no icon has.
const MAX_ENTRIES: usize = 256;
/// The start of a payload, as far as it tells that it is a PNG, and its dimensions.
const START_BYTES: usize = 26;
const PNG_START: &[u8; 16] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
/// What decoding takes beside the pixels: samples of up to 16 bits.
const WORKING_PIXEL_BYTES: u64 = 12;
const WORKING_BYTES: u64 = 1024 * 1024;

/// The longest side that the directory has a number for; longer ones are told by the picture alone.
const LONGEST_SIDE: u32 = 255;

/// Reads icons and cursors, and writes icons.
#[derive(Debug, Clone, Copy)]
pub struct Ico {
    limits: Limits,
}

/// One picture of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    offset: u32,
    bytes: u32,
    is_png: bool,
    dimensions: Dimensions,
    depth: u16,
}

impl Ico {
    /// A codec that reads originals within `limits`.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    /// What reads and writes the pictures within that are PNGs.
    fn png(self) -> Png {
        Png::new(Settings::default(), self.limits)
    }
}

impl Codec for Ico {
    fn format(&self) -> Format {
        Format::Ico
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        let stored = Entry::largest(header)?.dimensions;
        let working_bytes = stored.pixels() * WORKING_PIXEL_BYTES + WORKING_BYTES;
        let decoding = Decoding { pixel_bytes: 4, working_bytes, is_by_parts: false };
        Ok(Facts {
            format: Format::Ico,
            stored,
            orientation: Orientation::Upright,
            frames: 1,
            decoding,
            condition: <_>::default(),
            drawing: None,
        })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let largest = Entry::largest(&mut Cursor::new(original))?;
        let payload = original.get(largest.offset as usize..).ok_or_else(|| malformed("the file ends early"))?;
        // A length that is wrong does not matter: what is within says its own.
        let payload = payload.get(..largest.bytes as usize).filter(|_| largest.is_png).unwrap_or(payload);
        if largest.is_png {
            return self.png().decode_as(payload, &DecodeOptions::of_broken(options.broken));
        }
        bmp::decode_icon(payload, &self.limits, options.broken).map_err(|error| match error {
            CodecError::Malformed { reason, .. } => malformed(reason),
            CodecError::Unsupported { feature, .. } => CodecError::unsupported(Format::Ico, feature),
            other => other,
        })
    }

    /// Its pictures are no animation, and the deepest of them is of colours.
    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        let largest = Entry::largest(&mut Cursor::new(original)).ok().filter(|largest| largest.is_png);
        let payload = largest.and_then(|largest| original.get(largest.offset as usize..));
        let png = self.png();
        let within = payload.and_then(|payload| Some((payload, png.probe(&mut Cursor::new(payload)).ok()?)));
        let Some((payload, within)) = within else { return Details::of(facts) };
        Details { frames: 1, milliseconds: 0, ..png.details(payload, &within) }
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Encoder for Ico {
    fn coding(&self) -> Coding {
        Coding::default()
    }

    fn choices(&self) -> Choices {
        Choices { can_keep_all: true, ..Choices::NONE }
    }

    fn encode_as(
        &self,
        picture: &Picture,
        _coding: &Coding,
        _notice: &Notice,
        _threads: usize,
    ) -> Result<Vec<u8>, CodecError> {
        let within = self.png().encode(picture)?;
        let bytes = u32::try_from(within.len()).map_err(|error| CodecError::encode(Format::Ico, error))?;
        let Dimensions { width, height } = picture.dimensions();
        // Of 256 on, a side is 0.
        let [width, height] = [width, height].map(|side| if side > LONGEST_SIDE { 0 } else { side as u8 });
        let bits = picture.layout().channels() as u8 * 8;
        let start = (DIRECTORY_BYTES + ENTRY_BYTES) as u32;
        let directory = [0, 0, ICON, 0, 1, 0, width, height, 0, 0, 1, 0, bits, 0];
        Ok([&directory[..], [bytes, start].map(u32::to_le_bytes).as_flattened(), &within].concat())
    }

    /// The format has no place for it.
    fn carries_notice(&self) -> bool {
        false
    }

    /// There is nothing to take out.
    fn strip(&self, original: &[u8], _notice: &Notice) -> Result<Vec<u8>, CodecError> {
        Entry::largest(&mut Cursor::new(original)).map(|_| original.to_vec())
    }

    /// The picture within, and the file that it is in.
    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, _coding: &Coding) -> u64 {
        Encoder::working_bytes(&self.png(), dimensions, layout, &self.png().coding()) * 2
    }

    fn version(&self) -> String {
        format!("ico v1 of {}", Encoder::version(&self.png()))
    }
}

impl Entry {
    /// Looks at the start of each picture: the directory holds sides up to 256 only, and often no depth.
    fn largest(header: &mut dyn Header) -> Result<Self, CodecError> {
        header.rewind().map_err(malformed)?;
        let [_, _, kind, _, low, high] = read_array::<DIRECTORY_BYTES>(header)?;
        if kind != ICON && kind != CURSOR {
            return Err(malformed(format!("expected an icon or a cursor, got type {kind}")));
        }
        let count = usize::from(u16::from_le_bytes([low, high])).min(MAX_ENTRIES);
        let mut directory = Vec::new();
        (&mut *header).take((count * ENTRY_BYTES) as u64).read_to_end(&mut directory).map_err(malformed)?;
        let (entries, _) = directory.as_chunks::<ENTRY_BYTES>();
        let found = entries.iter().filter_map(|entry| Self::read(header, entry));
        // Of equals the first.
        let largest = found.reduce(|best, entry| if entry.rank() > best.rank() { entry } else { best });
        largest.ok_or_else(|| malformed("no picture that can be read"))
    }

    fn rank(&self) -> (u64, u16) {
        (self.dimensions.pixels(), self.depth)
    }

    fn read(header: &mut dyn Header, entry: &[u8; ENTRY_BYTES]) -> Option<Self> {
        let [.., a, b, c, d, e, f, g, h] = *entry;
        let (bytes, offset) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        header.seek(SeekFrom::Start(offset.into())).ok()?;
        let start: [u8; START_BYTES] = read_array(header).ok()?;
        let is_png = start.starts_with(PNG_START);
        let (dimensions, depth) = if is_png {
            let [.., w1, w2, w3, w4, h1, h2, h3, h4, bits, colour] = start;
            let sides = [[w1, w2, w3, w4], [h1, h2, h3, h4]].map(u32::from_be_bytes);
            let channels = match colour {
                2 => 3,
                4 => 2,
                6 => 4,
                _ => 1,
            };
            (Dimensions::new(sides[0], sides[1]), u16::from(bits) * channels)
        } else {
            bmp::probe_icon(header, offset.into()).ok()?
        };
        (dimensions.pixels() > 0).then_some(Self { offset, bytes, is_png, dimensions, depth })
    }
}

fn read_array<const BYTES: usize>(header: &mut dyn Header) -> Result<[u8; BYTES], CodecError> {
    let mut array = [0; BYTES];
    header.read_exact(&mut array).map_err(|_| malformed("the file ends early"))?;
    Ok(array)
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Ico, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bitmap of one pixel, and its mask below it.
    fn bitmap(bits: u16, pixel: [u8; 4], mask: u8) -> Vec<u8> {
        let mut payload = vec![40, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0];
        payload.extend(bits.to_le_bytes());
        payload.extend([0; 24]);
        payload.extend(pixel);
        payload.extend([mask, 0, 0, 0]);
        payload
    }

    fn png(width: u32) -> Vec<u8> {
        let pixels = [7, 8, 9, 255].repeat(width as usize);
        let picture = Picture::new(Dimensions::new(width, 1), PixelLayout::Rgba, pixels).unwrap();
        Png::new(Settings::default(), Limits::default()).encoder().unwrap().encode(&picture).unwrap()
    }

    /// Sides in the directory are as wrong as they often are.
    fn icon(kind: u8, payloads: &[Vec<u8>]) -> Vec<u8> {
        let mut file = vec![0, 0, kind, 0, payloads.len() as u8, 0];
        let mut offset = (DIRECTORY_BYTES + payloads.len() * ENTRY_BYTES) as u32;
        for payload in payloads {
            file.extend([0; 8]);
            file.extend((payload.len() as u32).to_le_bytes());
            file.extend(offset.to_le_bytes());
            offset += payload.len() as u32;
        }
        payloads.iter().for_each(|payload| file.extend(payload));
        file
    }

    fn read(file: &[u8]) -> (PixelLayout, Vec<u8>) {
        let codec = Ico::new(Limits::default());
        let facts = codec.probe(&mut Cursor::new(file)).unwrap();
        let picture = codec.decode(file, None).unwrap();
        assert_eq!(facts.stored, picture.dimensions());
        (picture.layout(), picture.into_pixels())
    }

    #[test]
    fn the_largest_picture_is_taken_whatever_the_directory_says() {
        let (small, large) = (bitmap(32, [1, 2, 3, 255], 0), png(300));
        let expected = (PixelLayout::Rgb, [7, 8, 9].repeat(300));
        for kind in [ICON, CURSOR] {
            assert_eq!(read(&icon(kind, &[small.clone(), large.clone()])), expected);
            assert_eq!(read(&icon(kind, &[large.clone(), small.clone()])), expected);
        }
    }

    #[test]
    fn an_entry_with_something_in_its_reserved_byte_is_read() {
        // What System.Drawing of .NET leaves there.
        let mut file = icon(ICON, &[bitmap(32, [1, 2, 3, 128], 0)]);
        file[DIRECTORY_BYTES + 3] = 255;
        assert_eq!(Format::sniff(&file), Some(Format::Ico));
        assert_eq!(read(&file), (PixelLayout::Rgba, vec![3, 2, 1, 128]));
    }

    #[test]
    fn of_equal_size_the_deepest_is_taken() {
        let pictures = [bitmap(24, [1, 2, 3, 0], 0), bitmap(32, [4, 5, 6, 128], 0)];
        assert_eq!(read(&icon(ICON, &pictures)), (PixelLayout::Rgba, vec![6, 5, 4, 128]));
    }

    #[test]
    fn the_mask_counts_where_there_is_no_alpha() {
        assert_eq!(read(&icon(ICON, &[bitmap(24, [1, 2, 3, 0], 0x80)])), (PixelLayout::Rgba, vec![3, 2, 1, 0]));
        assert_eq!(read(&icon(ICON, &[bitmap(24, [1, 2, 3, 0], 0)])), (PixelLayout::Rgb, vec![3, 2, 1]));
        assert_eq!(read(&icon(ICON, &[bitmap(32, [1, 2, 3, 0], 0)])), (PixelLayout::Rgb, vec![3, 2, 1]));
        assert_eq!(read(&icon(ICON, &[bitmap(32, [1, 2, 3, 9], 0x80)])), (PixelLayout::Rgba, vec![3, 2, 1, 9]));
    }

    #[test]
    fn an_icon_is_written_as_windows_has_it_since_vista() {
        let written = |width| {
            let pixels = vec![7; width as usize];
            let picture = Picture::new(Dimensions::new(width, 1), PixelLayout::Gray, pixels).unwrap();
            Ico::new(Limits::default()).encode(&picture).unwrap()
        };
        let file = written(255);
        assert_eq!(&file[..14], [0, 0, 1, 0, 1, 0, 255, 1, 0, 0, 1, 0, 8, 0]);
        assert_eq!(file[14..22], [(file.len() as u32 - 22).to_le_bytes(), [22, 0, 0, 0]].concat()[..]);
        assert_eq!(file[22..38], PNG_START[..]);
        assert_eq!(written(256)[6..8], [0, 1]);
        assert_eq!(read(&written(300)), (PixelLayout::Gray, vec![7; 300]));
    }

    #[test]
    fn an_icon_without_a_picture_is_malformed() {
        for file in [icon(ICON, &[]), icon(ICON, &[vec![0; 40]]), icon(3, &[png(1)])] {
            assert!(Ico::new(Limits::default()).probe(&mut Cursor::new(&file)).is_err());
            assert!(Ico::new(Limits::default()).decode(&file, None).is_err());
        }
    }
}
