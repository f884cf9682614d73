//! The movie of a file that names no still picture (ISO/IEC 14496-12, section 8; AV1 in ISOBMFF, section 2): its first
//! frame, said in the boxes of a still picture. What these mean is for `meta.rs` and `image.rs` to say.

use super::boxes::{Bytes, FourCc};
use super::{Fault, malformed, unsupported};

/// More tracks than any real file has.
const MAX_TRACKS: usize = 64;
/// More properties than any real writer gives a track; those of two are numbered in 7 bits.
const MAX_PROPERTIES: usize = 32;
/// Of what stands before the boxes of a visual sample entry: up to the width, from the height on.
const BEFORE_WIDTH: usize = 24;
const BEHIND_HEIGHT: usize = 50;

const COLOUR_ITEM: u16 = 1;
const ALPHA_ITEM: u16 = 2;

/// What is known of a track. Numbers are zero until their boxes are read.
#[derive(Debug, Default)]
struct Track<'a> {
    id: u32,
    handler: FourCc,
    /// The tracks that this one is the alpha plane of.
    auxiliary_for: Vec<u32>,
    /// The alpha planes that the colours were multiplied by.
    premultiplied_by: Vec<u32>,
    /// The payload of `stsd`, behind version and flags.
    descriptions: Bytes<'a>,
    /// The description of the first frame, from 1 on.
    description: u32,
    /// Where the first frame is in the file, in bytes.
    offset: u64,
    length: u32,
}

/// The payload of a `meta` box that tells of the first frame of a movie, with its alpha plane where there is one.
///
/// # Errors
/// [`Fault::Malformed`] where the boxes are broken, [`Fault::Unsupported`] for a movie without a frame of its
/// own.
pub fn meta_of(movie: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut tracks = Vec::new();
    let mut boxes = Bytes::new(movie);
    while let Some((kind, payload)) = boxes.next_box()? {
        if &kind != b"trak" {
            continue;
        }
        if tracks.len() >= MAX_TRACKS {
            return Err(unsupported("so many tracks"));
        }
        tracks.push(Track::parse(payload)?);
    }
    let is_shown = |track: &&Track<'_>| track.auxiliary_for.is_empty() && [*b"pict", *b"vide"].contains(&track.handler);
    let colour = tracks.iter().find(is_shown).ok_or_else(|| unsupported("an image sequence without pictures"))?;
    let alpha = tracks.iter().find(|track| track.auxiliary_for.contains(&colour.id) && &track.handler == b"auxv");
    let mut items = vec![colour.item(COLOUR_ITEM)?];
    let mut references = vec![0; 4];
    if let Some(alpha) = alpha {
        items.push(alpha.item(ALPHA_ITEM)?);
        references.extend(reference(b"auxl", ALPHA_ITEM, COLOUR_ITEM));
        if colour.premultiplied_by.contains(&alpha.id) {
            references.extend(reference(b"prem", COLOUR_ITEM, ALPHA_ITEM));
        }
    }
    Ok([meta(&items), boxed(b"iref", &references)].concat())
}

impl<'a> Track<'a> {
    fn parse(mut boxes: Bytes<'a>) -> Result<Self, Fault> {
        let mut track = Self::default();
        while let Some((kind, mut payload)) = boxes.next_box()? {
            match &kind {
                b"tkhd" => {
                    let (version, _) = payload.version_and_flags()?;
                    // When it was made and changed.
                    payload.take(if version == 0 { 8 } else { 16 })?;
                    track.id = payload.u32()?;
                }
                b"tref" => track.read_references(payload)?,
                b"mdia" => track.read_media(payload)?,
                _ => {}
            }
        }
        Ok(track)
    }

    fn read_references(&mut self, mut boxes: Bytes<'a>) -> Result<(), Fault> {
        while let Some((kind, payload)) = boxes.next_box()? {
            let ids = payload.rest().as_chunks().0.iter().map(|id| u32::from_be_bytes(*id));
            match &kind {
                b"auxl" => self.auxiliary_for.extend(ids),
                b"prem" => self.premultiplied_by.extend(ids),
                _ => {}
            }
        }
        Ok(())
    }

    /// `mdia`, and `minf` and `stbl` within.
    fn read_media(&mut self, mut boxes: Bytes<'a>) -> Result<(), Fault> {
        while let Some((kind, mut payload)) = boxes.next_box()? {
            match &kind {
                b"hdlr" => {
                    payload.take(8)?;
                    self.handler = payload.four_cc()?;
                }
                b"minf" => {
                    while let Some((kind, mut payload)) = payload.next_box()? {
                        while &kind == b"stbl"
                            && let Some((kind, payload)) = payload.next_box()?
                        {
                            self.read_table(kind, payload)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A box of `stbl`, as far as it tells of the first frame, which is where the first chunk begins.
    fn read_table(&mut self, kind: FourCc, mut payload: Bytes<'a>) -> Result<(), Fault> {
        if ![*b"stsd", *b"stsz", *b"stz2", *b"stco", *b"co64", *b"stsc"].contains(&kind) {
            return Ok(());
        }
        payload.version_and_flags()?;
        // `stsz` and `stz2` tell something else before how many there are.
        let stated = if kind.starts_with(b"stsz") || kind.starts_with(b"stz2") { payload.u32()? } else { 0 };
        let count = payload.u32()?;
        if count == 0 {
            return Ok(());
        }
        match &kind {
            b"stsd" => self.descriptions = payload,
            b"stsz" => self.length = if stated == 0 { payload.u32()? } else { stated },
            b"stz2" => {
                self.length = match stated & 0xff {
                    4 => u32::from(payload.u8()? >> 4),
                    8 => payload.u8()?.into(),
                    16 => payload.u16()?.into(),
                    _ => return Err(malformed("an stz2 box with numbers of an unknown width")),
                }
            }
            b"stco" => self.offset = payload.u32()?.into(),
            b"co64" => self.offset = payload.number(8)?,
            _ => {
                // The first chunk, and how many frames are in it.
                payload.take(8)?;
                self.description = payload.u32()?;
            }
        }
        Ok(())
    }

    /// The first frame as an item.
    fn item(&self, id: u16) -> Result<Item, Fault> {
        if self.length == 0 || self.offset == 0 {
            return Err(unsupported("an image sequence without a frame in its movie box"));
        }
        let (mut descriptions, mut found) = (self.descriptions, None);
        for _ in 0..self.description.max(1) {
            found = descriptions.next_box()?;
            if found.is_none() {
                break;
            }
        }
        let (kind, entry) = found.ok_or_else(|| malformed("a frame without a description"))?;
        let properties = properties(entry, id == ALPHA_ITEM)?;
        Ok(Item { id, kind, offset: self.offset, length: self.length, properties })
    }
}

/// The first frame of a track.
struct Item {
    id: u16,
    kind: FourCc,
    offset: u64,
    length: u32,
    /// Whole boxes.
    properties: Vec<Vec<u8>>,
}

/// What a visual sample entry (section 12.1.3) tells, as item properties: most are the same boxes.
fn properties(mut entry: Bytes<'_>, is_alpha: bool) -> Result<Vec<Vec<u8>>, Fault> {
    entry.take(BEFORE_WIDTH)?;
    let [width, height] = [entry.u16()?, entry.u16()?].map(|side| u32::from(side).to_be_bytes());
    entry.take(BEHIND_HEIGHT)?;
    let mut properties = vec![boxed(b"ispe", &[[0; 4], width, height].concat())];
    let mut auxiliary = b"\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0".as_slice();
    while let Some((kind, payload)) = entry.next_box()? {
        match &kind {
            b"av1C" | b"hvcC" | b"colr" | b"irot" | b"imir" | b"clap" if properties.len() < MAX_PROPERTIES => {
                properties.push(boxed(&kind, payload.rest()));
            }
            b"auxi" => auxiliary = payload.rest(),
            _ => {}
        }
    }
    if is_alpha {
        properties.push(boxed(b"auxC", auxiliary));
    }
    Ok(properties)
}

/// The payload of a `meta` box of items of which the first is shown.
fn meta(items: &[Item]) -> Vec<u8> {
    let count = (items.len() as u16).to_be_bytes();
    let start = [&[0; 4], count.as_slice()].concat();
    let mut kinds = start.clone();
    let mut locations = [&[0, 0, 0, 0, 0x84, 0], count.as_slice()].concat();
    let mut associations = [&[0; 6], count.as_slice()].concat();
    let (mut properties, mut number) = (Vec::new(), 0);
    for item in items {
        let id = item.id.to_be_bytes();
        kinds.extend(boxed(b"infe", &[&[2, 0, 0, 0], id.as_slice(), &[0; 2], &item.kind, &[0]].concat()));
        let place = [item.offset.to_be_bytes().as_slice(), &item.length.to_be_bytes()].concat();
        locations.extend([id.as_slice(), &[0, 0, 0, 1], &place].concat());
        associations.extend([id.as_slice(), &[item.properties.len() as u8]].concat());
        for property in &item.properties {
            number += 1;
            associations.push(number);
            properties.extend_from_slice(property);
        }
    }
    let properties = [boxed(b"ipco", &properties), boxed(b"ipma", &associations)].concat();
    let primary = boxed(b"pitm", &[&[0; 4], COLOUR_ITEM.to_be_bytes().as_slice()].concat());
    let boxes = [primary, boxed(b"iinf", &kinds), boxed(b"iloc", &locations), boxed(b"iprp", &properties)];
    [vec![0; 4], boxes.concat()].concat()
}

fn reference(kind: &FourCc, from: u16, to: u16) -> Vec<u8> {
    boxed(kind, &[from.to_be_bytes(), [0, 1], to.to_be_bytes()].concat())
}

/// A box; what it holds was in one of at most 4 MiB.
fn boxed(kind: &FourCc, payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 8).to_be_bytes(), kind.as_slice(), payload].concat()
}

#[cfg(test)]
pub mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::heif::image;
    use crate::heif::meta::Meta;

    /// How the tables of a track are written.
    #[derive(Debug, Clone, Copy)]
    pub enum Tables {
        Long,
        /// One length for all frames, and 32 bits of offset.
        Uniform,
        /// Lengths of so many bits.
        Compact(u8),
    }

    fn full(kind: &FourCc, payload: &[u8]) -> Vec<u8> {
        boxed(kind, &[&[0; 4], payload].concat())
    }

    /// A track of two frames of which the first is `stream`, at an offset.
    fn track(
        id: u8,
        kind: FourCc,
        properties: &[u8],
        sides: [u8; 2],
        stream: &[u8],
        place: (usize, Tables),
    ) -> Vec<u8> {
        let (offset, tables) = place;
        let [width, height] = sides.map(|side| [0, side]);
        let entry = [&[0; BEFORE_WIDTH], width.as_slice(), &height, &[0; BEHIND_HEIGHT], properties].concat();
        let length = stream.len() as u32;
        let wide = (offset as u64).to_be_bytes();
        let lengths = match tables {
            Tables::Long => full(b"stsz", &[[0; 4], [0, 0, 0, 2], length.to_be_bytes(), [0, 0, 0, 9]].concat()),
            Tables::Uniform => full(b"stsz", &[length.to_be_bytes(), [0, 0, 0, 2]].concat()),
            Tables::Compact(bits) => {
                let length = ((length as u16) << (16 - bits)).to_be_bytes();
                full(b"stz2", &[&[0, 0, 0, bits, 0, 0, 0, 2], length.as_slice(), &[0; 2]].concat())
            }
        };
        let table = [
            full(b"stsd", &[vec![0, 0, 0, 2], boxed(b"mp4v", &[7]), boxed(&kind, &entry)].concat()),
            full(b"stsc", &[[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 2], [0, 0, 0, 2]].concat()),
            lengths,
            match tables {
                Tables::Long => full(b"co64", &[&[0, 0, 0, 1], wide.as_slice()].concat()),
                _ => full(b"stco", &[&[0, 0, 0, 1], &wide[4..]].concat()),
            },
        ];
        let table = boxed(b"minf", &[full(b"vmhd", &[0; 8]), boxed(b"stbl", &table.concat())].concat());
        let (handler, references) = match id {
            1 => (b"pict", boxed(b"prem", &[0, 0, 0, 2])),
            _ => (b"auxv", boxed(b"auxl", &[0, 0, 0, 1])),
        };
        let media = [full(b"mdhd", &[0; 20]), full(b"hdlr", &[&[0; 4], handler.as_slice(), &[0; 13]].concat()), table];
        let head = full(b"tkhd", &[&[0; 8], [0, 0, 0, id].as_slice(), &[0; 68]].concat());
        boxed(b"trak", &[head, boxed(b"tref", &references), boxed(b"mdia", &media.concat())].concat())
    }

    /// A sequence without a still picture. Of each track, the boxes of its properties and the first frame; the second is
    /// the alpha plane.
    pub fn file(brand: FourCc, kind: FourCc, sides: [u8; 2], tracks: &[(&[u8], &[u8])], tables: Tables) -> Vec<u8> {
        let head = boxed(b"ftyp", &[brand, [0; 4], brand].concat());
        let meta = boxed(b"meta", &[vec![0; 4], full(b"hdlr", &[0; 20])].concat());
        let movie = |mut offset: usize| {
            let mut boxes = full(b"mvhd", &[0; 96]);
            for (id, (properties, stream)) in (1..).zip(tracks) {
                boxes.extend(track(id, kind, properties, sides, stream, (offset, tables)));
                offset += stream.len();
            }
            boxed(b"moov", &boxes)
        };
        let frames = boxed(b"mdat", &tracks.iter().map(|(_, stream)| *stream).collect::<Vec<_>>().concat());
        let start = head.len() + meta.len() + movie(0).len() + 8;
        [head, meta, movie(start), frames].concat()
    }

    #[test]
    fn the_first_frame_is_found_in_every_form_of_the_tables() {
        for (tables, frame) in [
            (Tables::Long, &b"a frame"[..]),
            (Tables::Uniform, b"a frame"),
            (Tables::Compact(4), b"a frame"),
            (Tables::Compact(8), b"a frame"),
            (Tables::Compact(16), &[7; 300]),
        ] {
            let file = file(*b"avis", *b"av01", [9, 7], &[(b"", frame), (b"", b"alpha")], tables);
            let payload = image::read_meta(&mut Cursor::new(&file)).unwrap();
            let meta = Meta::parse(&payload).unwrap();
            assert_eq!(meta.primary, Some(1));
            assert_eq!(meta.bytes(1, &file).unwrap().as_ref(), frame, "{tables:?}");
            let alpha = meta.references_to(*b"auxl", 1).collect::<Vec<_>>();
            assert_eq!(alpha, meta.references_from(*b"prem", 1).collect::<Vec<_>>());
            assert_eq!(alpha, [2]);
            assert_eq!(meta.bytes(2, &file).unwrap().as_ref(), b"alpha", "{tables:?}");
        }
    }

    #[test]
    fn a_movie_in_fragments_has_no_frame_of_its_own() {
        let file = file(*b"avis", *b"av01", [9, 7], &[(b"", b"")], Tables::Compact(8));
        let refused = image::read_meta(&mut Cursor::new(&file));
        assert_eq!(refused, Err(unsupported("an image sequence without a frame in its movie box")));
    }
}
