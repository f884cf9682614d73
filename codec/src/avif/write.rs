//! The file around coded pictures: the boxes that a still AVIF needs (AVIF 1.1; MIAF, ISO/IEC 23000-22), no more.
//! Crates that write them leave the colours out where they are the default, and claim three channels for gray.

use super::encode_error;
use super::obu::SequenceHeader;
use crate::CodecError;
use crate::Dimensions;
use crate::heif::boxes::FourCc;

/// Primaries of BT.709, the transfer of sRGB, the matrix of BT.601 (ITU-T H.273) in full range: what our encoders
/// write into the stream, and what readers assume of a file that says nothing.
const COLOURS: [u8; 7] = [0, 1, 0, 13, 0, BT601, 0x80];
/// The same where a profile tells the colours: only matrix and range are left to say.
const PROFILED_COLOURS: [u8; 7] = [0, 2, 0, 2, 0, BT601, 0x80];
/// Where the matrix stands among them.
const MATRIX: usize = 5;
/// The matrix by which colours become luma and chroma.
pub const BT601: u8 = 6;
/// The matrix that leaves colours as they are: green, blue, red.
pub const IDENTITY: u8 = 0;
const COLOUR_ITEM: u16 = 1;
const ALPHA_ITEM: u16 = 2;
const EXIF_ITEM: u16 = 3;
/// Marks a property that a reader must understand.
const ESSENTIAL: u8 = 0x80;

/// What a file is made of.
pub struct Parts<'a> {
    /// A coded picture of 8 bits per sample.
    pub colour: &'a [u8],
    /// How its samples stand for colours.
    pub matrix: u8,
    /// An alpha plane of the same dimensions and depth.
    pub alpha: Option<&'a [u8]>,
    /// An ICC profile.
    pub profile: Option<&'a [u8]>,
    /// An EXIF block.
    pub exif: Option<&'a [u8]>,
}

/// Wraps a coded picture of these dimensions into a file.
///
/// # Errors
/// [`CodecError::Encode`] where a stream has no sequence header, or is 4 GiB long.
pub fn file(dimensions: Dimensions, parts: &Parts<'_>) -> Result<Vec<u8>, CodecError> {
    let Parts { colour, matrix, alpha, profile, exif } = *parts;
    let colour = Item { profile, matrix, ..Item::new(COLOUR_ITEM, colour)? };
    let alpha = alpha.map(|stream| Item::new(ALPHA_ITEM, stream)).transpose()?;
    // Before the block stands how many bytes stand before its header.
    let exif = exif.map(|exif| [&[0; 4], exif].concat());
    let exif = exif.as_deref().map(|stream| Item { id: EXIF_ITEM, stream, header: None, profile: None, matrix: BT601 });
    // By rising ids, as readers insist on.
    let items: Vec<&Item<'_>> = [&colour].into_iter().chain(&alpha).chain(&exif).collect();
    let file_type = boxed(b"ftyp", &[b"avif", &[0; 4], b"avif", b"mif1", b"miaf"]);
    // The offsets have a fixed width, so that they do not change the length that they depend on.
    let header_bytes = file_type.len() + meta(dimensions, &items, 0).len() + 8;
    let total: usize = header_bytes + items.iter().map(|item| item.stream.len()).sum::<usize>();
    if u32::try_from(total).is_err() {
        return Err(encode_error("the file is 4 GiB long"));
    }
    let mut file = Vec::with_capacity(total);
    file.extend(file_type);
    file.extend(meta(dimensions, &items, header_bytes));
    file.extend(((total - header_bytes + 8) as u32).to_be_bytes());
    file.extend(b"mdat");
    items.iter().for_each(|item| file.extend(item.stream));
    Ok(file)
}

struct Item<'a> {
    id: u16,
    stream: &'a [u8],
    /// Of a coded picture.
    header: Option<SequenceHeader>,
    profile: Option<&'a [u8]>,
    matrix: u8,
}

impl<'a> Item<'a> {
    fn new(id: u16, stream: &'a [u8]) -> Result<Self, CodecError> {
        let header = SequenceHeader::find(stream).ok_or_else(|| encode_error("the encoder wrote no header"))?;
        Ok(Self { id, stream, header: Some(header), profile: None, matrix: BT601 })
    }

    fn is_alpha(&self) -> bool {
        self.id == ALPHA_ITEM
    }

    fn kind(&self) -> &'static FourCc {
        if self.header.is_some() { b"av01" } else { b"Exif" }
    }

    /// What the item is to the picture.
    fn reference(&self) -> Option<Vec<u8>> {
        let kind = match self.id {
            ALPHA_ITEM => b"auxl",
            EXIF_ITEM => b"cdsc",
            _ => return None,
        };
        Some(boxed(kind, &[&self.id.to_be_bytes(), &[0, 1], &COLOUR_ITEM.to_be_bytes()]))
    }

    /// The properties with their marks; the dimensions are shared between items.
    fn properties(&self) -> Vec<(u8, Vec<u8>)> {
        let Some(header) = self.header else { return Vec::new() };
        let channels: &[u8] = if header.is_monochrome { &[1, 8] } else { &[3, 8, 8, 8] };
        let meaning = if self.is_alpha() {
            full_box(b"auxC", 0, &[b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"])
        } else {
            let mut colours = if self.profile.is_some() { PROFILED_COLOURS } else { COLOURS };
            if let Some(matrix) = colours.get_mut(MATRIX) {
                *matrix = self.matrix;
            }
            boxed(b"colr", &[b"nclx", &colours])
        };
        let profile = self.profile.map(|profile| (0, boxed(b"colr", &[b"prof", profile])));
        let properties = [
            (ESSENTIAL, boxed(b"av1C", &[&header.configuration()])),
            (0, full_box(b"pixi", 0, &[channels])),
            (0, meaning),
        ];
        properties.into_iter().chain(profile).collect()
    }
}

fn meta(dimensions: Dimensions, items: &[&Item<'_>], first_offset: usize) -> Vec<u8> {
    let handler = full_box(b"hdlr", 0, &[&[0; 4], b"pict", &[0; 13]]);
    let primary = full_box(b"pitm", 0, &[&COLOUR_ITEM.to_be_bytes()]);
    let references: Vec<u8> = items.iter().filter_map(|item| item.reference()).flatten().collect();
    let references = if references.is_empty() { references } else { full_box(b"iref", 0, &[&references]) };
    let parts =
        [handler, primary, locations(items, first_offset), kinds(items), references, properties(dimensions, items)];
    full_box(b"meta", 0, &parts.each_ref().map(Vec::as_slice))
}

fn locations(items: &[&Item<'_>], first_offset: usize) -> Vec<u8> {
    // Offsets and lengths of four bytes.
    let mut payload = vec![0x44, 0x00, 0, items.len() as u8];
    let mut offset = first_offset;
    for item in items {
        payload.extend(item.id.to_be_bytes());
        payload.extend([0, 0, 0, 1]);
        payload.extend((offset as u32).to_be_bytes());
        payload.extend((item.stream.len() as u32).to_be_bytes());
        offset += item.stream.len();
    }
    full_box(b"iloc", 0, &[&payload])
}

fn kinds(items: &[&Item<'_>]) -> Vec<u8> {
    let mut payload = vec![0, items.len() as u8];
    for item in items {
        payload.extend(full_box(b"infe", 2, &[&item.id.to_be_bytes(), &[0; 2], item.kind(), &[0]]));
    }
    full_box(b"iinf", 0, &[&payload])
}

fn properties(dimensions: Dimensions, items: &[&Item<'_>]) -> Vec<u8> {
    let [width, height] = [dimensions.width, dimensions.height].map(u32::to_be_bytes);
    let mut container = full_box(b"ispe", 0, &[&width, &height]);
    let pictures = || items.iter().filter(|item| item.header.is_some());
    let mut associations = vec![0, 0, 0, pictures().count() as u8];
    let mut number = 1;
    for item in pictures() {
        let properties = item.properties();
        associations.extend(item.id.to_be_bytes());
        associations.extend([properties.len() as u8 + 1, 1]);
        for (mark, property) in properties {
            number += 1;
            associations.push(mark | number);
            container.extend(property);
        }
    }
    boxed(b"iprp", &[&boxed(b"ipco", &[&container]), &full_box(b"ipma", 0, &[&associations])])
}

fn boxed(kind: &FourCc, parts: &[&[u8]]) -> Vec<u8> {
    let payload: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(8 + payload);
    // Boxes of this file but `mdat` have a few hundred bytes.
    bytes.extend((8 + payload as u32).to_be_bytes());
    bytes.extend(kind);
    parts.iter().for_each(|part| bytes.extend(*part));
    bytes
}

fn full_box(kind: &FourCc, version: u8, parts: &[&[u8]]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, 0], &parts.concat()])
}
