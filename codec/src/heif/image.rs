//! The picture of a file: which item is shown, how large, which way up, of which tiles, with which alpha plane
//! (AVIF 1.1; MIAF, ISO/IEC 23000-22).

use std::collections::HashMap;
use std::io::SeekFrom;

use super::boxes::{BoxHeader, Bytes, FourCc};
use super::meta::Meta;
use super::nclx::Nclx;
use super::property::{self, Coding, Crop, Property};
use super::{Fault, MAX_SIDE, malformed, sequence, unsupported};
use crate::colour::{DEEP_WORKING_BYTES, WORKING_BYTES_PER_PROFILE_BYTE};
use crate::{Decoding, Dimensions, Header, Orientation};

/// The longest `meta` or `moov` box that we read, in bytes. That of a grid of a thousand tiles is below 100 KB.
const MAX_META_BYTES: u64 = 4 << 20;
/// How many boxes we skip in search of the `meta` box.
const MAX_BOXES: usize = 64;

/// What is to be decoded.
#[derive(Debug)]
pub struct Image {
    /// What is shown, before the orientation is applied.
    pub dimensions: Dimensions,
    /// What is coded: where `crop` tells, more than is shown.
    pub whole: Dimensions,
    pub crop: Option<Crop>,
    pub orientation: Orientation,
    pub colour: Layer,
    pub alpha: Option<Layer>,
    /// Tells that the colours were multiplied by alpha.
    pub is_premultiplied: bool,
    /// How numbers stand for colours, where the container says so; it then overrides the coded bytes.
    pub nclx: Option<Nclx>,
    /// An ICC profile; it says more than code points for colours.
    pub profile: Option<Vec<u8>>,
}

/// What covers the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    item: u32,
    kind: LayerKind,
    /// The kind of its coded items.
    coded_as: FourCc,
    pub dimensions: Dimensions,
    pub coding: Coding,
    /// Of one coded picture: all of it, or a tile.
    pub coded: Dimensions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LayerKind {
    /// The item is coded as one.
    Whole,
    /// The item is a grid of coded ones.
    Grid,
    /// The alpha planes of the tiles of a grid.
    OfTiles,
}

/// The alpha of a picture: of which item, the first of several, it is the plane.
#[derive(Debug, Clone, Copy)]
struct AlphaOf {
    layer: Layer,
    shown: u32,
    alpha: u32,
}

/// The coded items that a layer consists of, row by row; each is as large as the others. Where a tile has no alpha plane,
/// there is none.
#[derive(Debug, PartialEq, Eq)]
pub struct Tiles {
    pub columns: u32,
    pub rows: u32,
    pub items: Vec<Option<u32>>,
    /// The dimensions of one tile.
    pub dimensions: Dimensions,
}

/// Reads the payload of the `meta` box of a file, or makes one of a sequence that names no still picture: it tells of
/// the first frame.
///
/// # Errors
/// [`Fault::Malformed`] where the boxes are broken, [`Fault::Unsupported`] where the box is longer than 4 MiB.
pub fn read_meta(header: &mut dyn Header) -> Result<Vec<u8>, Fault> {
    let mut position = 0u64;
    let (mut movie, mut unnamed) = (None, None);
    for index in 0..MAX_BOXES {
        let first_bytes = read_at(header, position, BoxHeader::MAX_BYTES as u64)?;
        if first_bytes.is_empty() {
            break;
        }
        let box_header = BoxHeader::read(&mut Bytes::new(&first_bytes))?;
        let start = position.checked_add(box_header.length).ok_or_else(|| malformed("a box lies outside the file"))?;
        match (&box_header.kind, box_header.payload) {
            (b"ftyp", _) if index > 0 => return Err(malformed("a second ftyp box")),
            (kind, _) if index == 0 && kind != b"ftyp" => return Err(malformed("no ftyp box")),
            (b"meta", length) if unnamed.is_none() => {
                let payload = read_payload(header, "meta", start, length)?;
                if names_picture(&payload) {
                    return Ok(payload);
                }
                unnamed = Some(payload);
            }
            (b"moov", length) if movie.is_none() => movie = Some((start, length)),
            _ => {}
        }
        let Some(length) = box_header.payload else { break };
        position = start.checked_add(length).ok_or_else(|| malformed("a box lies outside the file"))?;
    }
    match movie {
        Some((start, length)) => sequence::meta_of(&read_payload(header, "moov", start, length)?),
        None => unnamed.ok_or_else(|| malformed("no meta box")),
    }
}

/// Tells whether a `meta` box says which picture is shown; the one of a sequence may not. A broken one is not judged.
fn names_picture(payload: &[u8]) -> bool {
    Meta::parse(payload).map_or(true, |meta| meta.primary.is_some())
}

fn read_payload(header: &mut dyn Header, name: &str, start: u64, length: Option<u64>) -> Result<Vec<u8>, Fault> {
    let limit = length.unwrap_or(MAX_META_BYTES);
    if limit > MAX_META_BYTES {
        return Err(unsupported(format_args!("a {name} box of more than 4 MiB")));
    }
    let payload = read_at(header, start, limit)?;
    if length.is_some_and(|length| payload.len() as u64 != length) {
        return Err(malformed(format_args!("the {name} box ends early")));
    }
    Ok(payload)
}

/// Reads up to `limit` bytes; allocates no more than there are.
fn read_at(header: &mut dyn Header, position: u64, limit: u64) -> Result<Vec<u8>, Fault> {
    use std::io::Read;
    let mut bytes = Vec::new();
    header.seek(SeekFrom::Start(position)).map_err(malformed)?;
    Read::take(&mut *header, limit).read_to_end(&mut bytes).map_err(malformed)?;
    Ok(bytes)
}

impl Image {
    /// Finds the picture in a `meta` box, whose coded items are to be of one kind.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] for items of other kinds, [`Fault::TooLarge`] beyond [`MAX_SIDE`].
    pub fn find(meta: &Meta<'_>, coded_as: FourCc) -> Result<Self, Fault> {
        let primary = meta.primary.ok_or_else(|| malformed("no primary item"))?;
        let colour = Layer::of(meta, primary, coded_as)?;
        let mut rotation = 0;
        let mut mirror = None;
        let (mut nclx, mut profile, mut crop) = (None, None, None);
        for property in meta.properties(primary)? {
            match property {
                Property::Rotation(quarters) => rotation = *quarters,
                Property::Mirror(axis) => mirror = Some(*axis),
                Property::Aperture(aperture) => crop = aperture.within(colour.dimensions),
                Property::Colour(colours) => nclx = nclx.or(Some(*colours)),
                Property::Profile(bytes) if profile.is_none() => profile = Some(bytes.clone()),
                _ => {}
            }
        }
        let alpha = match Self::alpha_item(meta, primary)? {
            Some(item) => Some(AlphaOf { layer: Layer::of(meta, item, coded_as)?, shown: primary, alpha: item }),
            None => colour.alpha_of_tiles(meta)?,
        };
        let is_premultiplied = alpha.is_some_and(|AlphaOf { shown, alpha, .. }| {
            [shown, primary].iter().any(|item| meta.references_from(*b"prem", *item).any(|to| to == alpha))
        });
        Ok(Self {
            dimensions: crop.map_or(colour.dimensions, |crop| crop.dimensions),
            whole: colour.dimensions,
            crop,
            orientation: property::orientation(rotation, mirror),
            colour,
            is_premultiplied,
            alpha: alpha.map(|alpha| alpha.layer),
            nclx,
            profile,
        })
    }

    /// What decoding takes, where the decoder takes `decoder_bytes` for one coded picture: colour and alpha are decoded one
    /// after the other, and a grid tile by tile.
    pub fn decoding(&self, decoder_bytes: u64) -> Decoding {
        let alpha_pixels = self.alpha_pixels();
        let unscaled = if alpha_pixels == self.whole.pixels() { 0 } else { alpha_pixels };
        let profile = self.profile.as_ref().map_or(0, Vec::len) as u64 * WORKING_BYTES_PER_PROFILE_BYTE;
        let uncropped = if self.crop.is_some() { self.whole.pixels() * 4 } else { 0 };
        let working_bytes = decoder_bytes + profile + uncropped + unscaled + DEEP_WORKING_BYTES;
        Decoding { pixel_bytes: if self.alpha.is_some() { 4 } else { 3 }, working_bytes, is_by_parts: false }
    }

    /// Of colours and of alpha, where there is some.
    pub fn layers(&self) -> impl Iterator<Item = Layer> {
        [Some(self.colour), self.alpha].into_iter().flatten()
    }

    /// The pixels of the alpha plane, before it is scaled.
    pub fn alpha_pixels(&self) -> u64 {
        self.alpha.map_or(0, |alpha| alpha.dimensions.pixels())
    }

    fn alpha_item(meta: &Meta<'_>, primary: u32) -> Result<Option<u32>, Fault> {
        for item in meta.references_to(*b"auxl", primary) {
            if meta.properties(item)?.contains(&&Property::Alpha) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

impl Layer {
    fn of(meta: &Meta<'_>, item: u32, coded_as: FourCc) -> Result<Self, Fault> {
        let kind = match &meta.kind(item)? {
            kind if *kind == coded_as => LayerKind::Whole,
            b"grid" => LayerKind::Grid,
            kind => return Err(unsupported(format_args!("an item of kind {}", kind.escape_ascii()))),
        };
        // The tiles of a grid are alike.
        let coded = if kind == LayerKind::Grid { meta.references_from(*b"dimg", item).next() } else { Some(item) };
        let coding = coded.map(|item| coding_of(meta, item)).transpose()?.unwrap_or(Coding::LARGEST);
        let coded = coded.map(|item| dimensions_of(meta, item)).transpose()?.unwrap_or(Dimensions::new(0, 0));
        Ok(Self { item, kind, coded_as, dimensions: dimensions_of(meta, item)?, coding, coded })
    }

    /// The layer of alpha planes that belong to the tiles of a grid, and the first tile with its plane.
    fn alpha_of_tiles(self, meta: &Meta<'_>) -> Result<Option<AlphaOf>, Fault> {
        if self.kind != LayerKind::Grid {
            return Ok(None);
        }
        let planes = alpha_planes(meta);
        let first = meta.references_from(*b"dimg", self.item).find_map(|tile| Some((tile, *planes.get(&tile)?)));
        let Some((shown, alpha)) = first else { return Ok(None) };
        let coded = dimensions_of(meta, alpha).map_or(self.coded, |alpha| self.coded.union(alpha));
        let layer = Self { kind: LayerKind::OfTiles, coding: coding_of(meta, alpha)?, coded, ..self };
        Ok(Some(AlphaOf { layer, shown, alpha }))
    }

    /// The items to decode.
    ///
    /// # Errors
    /// [`Fault::Malformed`] where the tiles of a grid do not cover it, or cover more than they need.
    pub fn tiles(self, meta: &Meta<'_>, file: &[u8]) -> Result<Tiles, Fault> {
        if self.kind == LayerKind::Whole {
            return Ok(Tiles { columns: 1, rows: 1, items: vec![Some(self.item)], dimensions: self.dimensions });
        }
        let bytes = meta.bytes(self.item, file)?;
        let (columns, rows, dimensions) = parse_grid(&bytes)?;
        let items: Vec<u32> = meta.references_from(*b"dimg", self.item).take(1 << 16).collect();
        let first = *items.first().ok_or_else(|| malformed("a grid without tiles"))?;
        if dimensions != self.dimensions || items.len() as u64 != u64::from(columns) * u64::from(rows) {
            return Err(malformed("a grid that differs from its properties"));
        }
        for item in &items {
            if meta.kind(*item)? != self.coded_as {
                return Err(unsupported("a grid of tiles that are not coded pictures"));
            }
        }
        let tile = dimensions_of(meta, first)?;
        let is_covered = |count: u32, tile: u32, whole: u32| {
            let [count, tile, whole] = [count, tile, whole].map(u64::from);
            (count - 1) * tile < whole && whole <= count * tile
        };
        if !is_covered(columns, tile.width, dimensions.width) || !is_covered(rows, tile.height, dimensions.height) {
            return Err(malformed("a grid that its tiles do not cover"));
        }
        let items = if self.kind == LayerKind::OfTiles {
            let planes = alpha_planes(meta);
            items.iter().map(|item| planes.get(item).copied()).collect()
        } else {
            items.into_iter().map(Some).collect()
        };
        Ok(Tiles { columns, rows, items, dimensions: tile })
    }
}

/// The alpha planes of all items that have one. Looked up for each of thousands of tiles.
fn alpha_planes(meta: &Meta<'_>) -> HashMap<u32, u32> {
    let is_alpha = |item: &u32| meta.properties(*item).is_ok_and(|properties| properties.contains(&&Property::Alpha));
    let planes = meta.references(*b"auxl").filter(|(from, _)| is_alpha(from));
    planes.flat_map(|(from, to)| to.iter().map(move |item| (*item, from))).collect()
}

/// What a decoder has to be told before the stream of an item.
///
/// # Errors
/// As [`Meta::properties`].
pub fn record_of<'a>(meta: &'a Meta<'_>, item: u32) -> Result<&'a [u8], Fault> {
    let record = meta.properties(item)?.into_iter().find_map(|property| match property {
        Property::Coding(_, record) => Some(record.as_slice()),
        _ => None,
    });
    Ok(record.unwrap_or_default())
}

fn coding_of(meta: &Meta<'_>, item: u32) -> Result<Coding, Fault> {
    let coding = meta.properties(item)?.into_iter().find_map(|property| match property {
        Property::Coding(coding, _) => Some(*coding),
        _ => None,
    });
    Ok(coding.unwrap_or(Coding::LARGEST))
}

/// Parses the description of a grid (ISO/IEC 23008-12, section 6.6.2.3): columns, rows, dimensions of the whole.
fn parse_grid(bytes: &[u8]) -> Result<(u32, u32, Dimensions), Fault> {
    let mut bytes = Bytes::new(bytes);
    let version = bytes.u8()?;
    if version != 0 {
        return Err(unsupported(format_args!("a grid of version {version}")));
    }
    let width = if bytes.u8()? & 1 == 0 { 2 } else { 4 };
    let rows = u32::from(bytes.u8()?) + 1;
    let columns = u32::from(bytes.u8()?) + 1;
    // Four bytes at most: always fits.
    let dimensions = Dimensions::new(bytes.number(width)? as u32, bytes.number(width)? as u32);
    Ok((columns, rows, dimensions))
}

/// The dimensions that a file states for an item, within [`MAX_SIDE`].
fn dimensions_of(meta: &Meta<'_>, item: u32) -> Result<Dimensions, Fault> {
    let properties = meta.properties(item)?;
    let stated = properties.iter().find_map(|property| match property {
        Property::Dimensions(dimensions) => Some(*dimensions),
        _ => None,
    });
    match stated {
        None => Err(malformed("an item without dimensions")),
        Some(dimensions) if dimensions.longest_edge() > MAX_SIDE => Err(Fault::TooLarge(dimensions)),
        Some(dimensions) if dimensions.pixels() == 0 => Err(malformed("a picture without pixels")),
        Some(dimensions) => Ok(dimensions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_grid_is_described_in_short_and_in_long_numbers() {
        let short = parse_grid(&[0, 0, 1, 2, 0x01, 0x00, 0x00, 0x80]).unwrap();
        assert_eq!(short, (3, 2, Dimensions::new(256, 128)));
        let long = parse_grid(&[0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 9]).unwrap();
        assert_eq!(long, (1, 1, Dimensions::new(65_536, 9)));
        assert!(parse_grid(&[0, 1, 0, 0, 0, 1]).is_err());
    }

    #[test]
    fn a_claimed_length_is_not_allocated() {
        let file = |length: &[u8]| [&b"\0\0\0\x10ftypavif\0\0\0\0"[..], length, b"meta", &[0; 20]].concat();
        let read = |length: &[u8]| read_meta(&mut Cursor::new(file(length))).map(|meta| meta.len());
        assert_eq!(read(&28u32.to_be_bytes()), Ok(20));
        assert_eq!(read(&0u32.to_be_bytes()), Ok(20));
        assert_eq!(read(&29u32.to_be_bytes()), Err(malformed("the meta box ends early")));
        assert_eq!(read(&0x7000_0000u32.to_be_bytes()), Err(unsupported("a meta box of more than 4 MiB")));
    }

    #[test]
    fn a_movie_without_tracks_has_no_pictures() {
        let file = b"\0\0\0\x10ftypavis\0\0\0\0\0\0\0\x10moov\0\0\0\x08free".to_vec();
        assert_eq!(read_meta(&mut Cursor::new(file)), Err(unsupported("an image sequence without pictures")));
    }
}
