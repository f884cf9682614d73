//! Metadata in the items of an AVIF: read, and blanked out where it is. What is to be shown stays in its place, so that
//! nothing that points to it needs to be changed.

use std::io::Cursor;

use super::boxes::{Bytes, FourCc};
use super::image::{self, Image};
use super::meta::Meta;
use super::{Fault, malformed};

use crate::colour::{Channels, ColourSpace};
use crate::notice::{Blocks, Notice};
use crate::{Colours, Condition, Metadata};

const EXIF: FourCc = *b"Exif";
/// Items that name their media type: XMP.
const MIME: FourCc = *b"mime";

/// What stands between the original and a rendition. What the stream alone says of colours is not looked at.
pub fn condition(image: &Image, meta: &Meta<'_>) -> Condition {
    let colours = colours(image).map_or(Colours::Srgb, |colours| colours.told());
    let metadata = if private_items(meta).is_empty() { Metadata::None } else { Metadata::Private };
    Condition { colours, metadata, chroma: image.colour.coding.chroma(), ..Condition::default() }
}

/// What the container says of colours.
pub fn colours(image: &Image) -> Option<ColourSpace> {
    let of = |profile: &Vec<u8>| {
        let colours = [Channels::Rgb, Channels::Gray].map(|channels| ColourSpace::from_icc(profile, channels));
        colours.into_iter().flatten().next()
    };
    let from_points = || image.nclx.and_then(|nclx| ColourSpace::from_code_points(nclx.primaries, nclx.transfer));
    image.profile.as_ref().and_then(of).or_else(from_points)
}

fn private_items(meta: &Meta<'_>) -> Vec<u32> {
    meta.items_of(EXIF).chain(meta.items_of(MIME)).collect()
}

/// The blocks of metadata.
///
/// # Errors
/// [`Fault::Malformed`] where the boxes are broken.
pub fn blocks(original: &[u8]) -> Result<Blocks<'_>, Fault> {
    let payload = image::read_meta(&mut Cursor::new(original))?;
    let meta = Meta::parse(&payload)?;
    let item = |kind| meta.items_of(kind).next().and_then(|id| meta.bytes(id, original).ok());
    let block = item(EXIF).and_then(|block| {
        // Before the block stands how many bytes stand before its header.
        let (before, rest) = block.split_first_chunk()?;
        Some(rest.get(usize::try_from(u32::from_be_bytes(*before)).ok()?..)?.to_vec().into())
    });
    Ok(Blocks { exif: block, xmp: item(MIME).map(|packet| packet.into_owned().into()), ..Blocks::default() })
}

/// The same file with zeros for metadata, of which nothing leads there any more. The notice takes the place of what it
/// was read from, where it fits.
///
/// # Errors
/// [`Fault::Malformed`] where the boxes are broken, or metadata lies where it cannot be blanked out.
pub fn stripped(original: &[u8], notice: &Notice) -> Result<Vec<u8>, Fault> {
    let (start, payload) = find_box(original, *b"meta")?.ok_or_else(|| malformed("no meta box"))?;
    let meta = Meta::parse(payload)?;
    // Behind version and flags.
    let inline = find_box(payload.get(4..).unwrap_or_default(), *b"idat")?.map_or(0, |(place, _)| start + 4 + place);
    let mut removed = private_items(&meta);
    let mut file = original.to_vec();
    let mut signed = None;
    let notice = notice.exif().map(|exif| [&[0; 4], exif.as_slice()].concat());
    for id in &removed {
        let (is_inline, places) = meta.places(*id).ok_or_else(|| malformed("metadata that cannot be taken out"))?;
        let first = if is_inline { inline } else { 0 };
        for (offset, length) in &places {
            let place = usize::try_from(*offset).ok().zip(usize::try_from(*length).ok());
            let piece = place.and_then(|(offset, length)| file.get_mut(first..)?.get_mut(offset..)?.get_mut(..length));
            let piece = piece.ok_or_else(|| malformed("an item lies outside the file"))?;
            piece.fill(0);
            if let Some(notice) = notice.as_ref().filter(|_| signed.is_none() && places.len() == 1)
                && let Some(place) = piece.get_mut(..notice.len())
            {
                place.copy_from_slice(notice);
                signed = Some(*id);
            }
        }
    }
    removed.retain(|id| Some(*id) != signed);
    let place = start..start + payload.len();
    let rewritten = rewritten(file.get(place.clone()).unwrap_or_default(), &removed, signed)?;
    let place = file.get_mut(place).filter(|place| place.len() == rewritten.len());
    place.ok_or_else(|| malformed("no meta box"))?.copy_from_slice(&rewritten);
    Ok(file)
}

/// Where the payload of the first box of a kind begins, and the payload.
fn find_box(bytes: &[u8], wanted: FourCc) -> Result<Option<(usize, &[u8])>, Fault> {
    let mut boxes = Bytes::new(bytes);
    while let Some((kind, payload)) = boxes.next_box()? {
        if kind == wanted {
            let payload = payload.rest();
            return Ok(Some((bytes.len() - boxes.rest().len() - payload.len(), payload)));
        }
    }
    Ok(None)
}

/// The payload of a `meta` box without these items, and with another as EXIF; what becomes free is filled up with a box
/// that says so.
fn rewritten(payload: &[u8], removed: &[u32], signed: Option<u32>) -> Result<Vec<u8>, Fault> {
    let mut boxes = Bytes::new(payload);
    let mut bytes = boxes.take(4)?.to_vec();
    while !boxes.is_empty() {
        let before = boxes.rest();
        let Some((kind, content)) = boxes.next_box()? else { break };
        let whole = before.get(..before.len() - boxes.rest().len()).unwrap_or_default();
        let content = match &kind {
            b"iinf" => kinds_without(content, removed, signed)?,
            b"iloc" => locations_without(content, removed)?,
            b"iref" => references_without(content, removed)?,
            _ => {
                bytes.extend(whole);
                continue;
            }
        };
        bytes.extend(boxed(&kind, &content)?);
    }
    match payload.len().checked_sub(bytes.len()) {
        Some(0) => Ok(bytes),
        Some(free @ 8..) => {
            bytes.extend(boxed(b"free", &vec![0; free - 8])?);
            Ok(bytes)
        }
        _ => Err(malformed("metadata that cannot be taken out")),
    }
}

fn boxed(kind: &FourCc, content: &[u8]) -> Result<Vec<u8>, Fault> {
    let length = u32::try_from(content.len() + 8).map_err(malformed)?;
    Ok([&length.to_be_bytes()[..], kind, content].concat())
}

/// `iinf`
fn kinds_without(mut content: Bytes<'_>, removed: &[u32], signed: Option<u32>) -> Result<Vec<u8>, Fault> {
    let start = content.take(4)?;
    let is_long = start.first() != Some(&0);
    let count = content.item_id(is_long)?;
    let (mut entries, mut gone) = (Vec::new(), 0);
    while !content.is_empty() {
        let before = content.rest();
        let Some((_, mut entry)) = content.next_box()? else { break };
        let whole = before.get(..before.len() - content.rest().len()).unwrap_or_default();
        let (version, _) = entry.version_and_flags()?;
        let id = if version < 2 { None } else { Some(entry.item_id(version > 2)?) };
        match id {
            Some(id) if removed.contains(&id) => gone += 1,
            Some(id) if signed == Some(id) => {
                let id = id.to_be_bytes();
                let id = id.get(if version > 2 { 0 } else { 2 }..).unwrap_or_default();
                entries.extend(boxed(b"infe", &[&[version, 0, 0, 0], id, &[0; 2], &EXIF, &[0]].concat())?);
            }
            _ => entries.extend(whole),
        }
    }
    Ok([start, &counted(count.saturating_sub(gone), is_long), &entries].concat())
}

/// `iloc`
fn locations_without(mut content: Bytes<'_>, removed: &[u32]) -> Result<Vec<u8>, Fault> {
    let start = content.take(6)?;
    let [version, _, _, _, widths, base] = *start else { return Err(malformed("a box ends early")) };
    let [offset_width, length_width, base_width, index_width] =
        [widths >> 4, widths & 15, base >> 4, if version > 0 { base & 15 } else { 0 }].map(usize::from);
    let count = content.item_id(version > 1)?;
    let (mut entries, mut gone) = (Vec::new(), 0);
    for _ in 0..count {
        let before = content.rest();
        let id = content.item_id(version > 1)?;
        content.take(if version > 0 { 4 } else { 2 } + base_width)?;
        let extents = usize::from(content.u16()?);
        content.take(extents * (index_width + offset_width + length_width))?;
        if removed.contains(&id) {
            gone += 1;
        } else {
            entries.extend(before.get(..before.len() - content.rest().len()).unwrap_or_default());
        }
    }
    Ok([start, &counted(count - gone, version > 1), &entries].concat())
}

/// `iref`
fn references_without(mut content: Bytes<'_>, removed: &[u32]) -> Result<Vec<u8>, Fault> {
    let mut bytes = content.take(4)?.to_vec();
    let is_long = bytes.first() != Some(&0);
    while !content.is_empty() {
        let before = content.rest();
        let Some((_, mut entry)) = content.next_box()? else { break };
        if !removed.contains(&entry.item_id(is_long)?) {
            bytes.extend(before.get(..before.len() - content.rest().len()).unwrap_or_default());
        }
    }
    Ok(bytes)
}

fn counted(count: u32, is_long: bool) -> Vec<u8> {
    let bytes = count.to_be_bytes();
    bytes.get(if is_long { 0 } else { 2 }..).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exif;

    fn notice(original: &[u8]) -> Result<Notice, Fault> {
        blocks(original).map(|blocks| Notice::read(&blocks))
    }

    /// A full box.
    fn full(kind: &FourCc, version: u8, parts: &[&[u8]]) -> Vec<u8> {
        boxed(kind, &[&[version, 0, 0, 0], parts.concat().as_slice()].concat()).unwrap()
    }

    /// A file of an item to be shown, EXIF in `idat` and XMP behind, in the older or the newer form of the boxes.
    fn file(is_long: bool, block: &[u8], packet: &[u8]) -> Vec<u8> {
        let id = |id: u8| if is_long { vec![0, 0, 0, id] } else { vec![0, id] };
        let version = u8::from(is_long);
        let kind = |number, kind: &[u8], rest: &[u8]| full(b"infe", 2 + version, &[&id(number), &[0; 2], kind, rest]);
        let kinds = [kind(1, b"av01", b"\0"), kind(2, b"Exif", b"\0"), kind(3, b"mime", b"\0application/rdf+xml\0")];
        let kinds = full(b"iinf", version, &[&id(3), &kinds.concat()]);
        let references = [2, 3].map(|from| boxed(b"cdsc", &[id(from), vec![0, 1], id(1)].concat()).unwrap());
        let references = full(b"iref", version, &[&references.concat()]);
        let item = [&[0; 4], block].concat();
        let location = |number, construction: u8, offset: usize, length: usize| {
            let numbers = [offset, length].map(|number| (number as u32).to_be_bytes()).concat();
            [id(number), vec![0, construction, 0, 0, 0, 1], numbers].concat()
        };
        let meta = |start: usize| {
            let items =
                [location(1, 0, start, 4), location(2, 1, 0, item.len()), location(3, 0, start + 4, packet.len())];
            let locations = full(b"iloc", 1 + version, &[&[0x44, 0], &id(3), &items.concat()]);
            let inline = boxed(b"idat", &item).unwrap();
            full(b"meta", 0, &[&full(b"pitm", version, &[&id(1)]), &kinds, &references, &locations, &inline])
        };
        let head = boxed(b"ftyp", b"avif\0\0\0\0").unwrap();
        let start = head.len() + meta(0).len() + 8;
        [head, meta(start), boxed(b"mdat", &[b"av1!", packet].concat()).unwrap()].concat()
    }

    fn wanted() -> (Vec<u8>, Notice) {
        let block = exif::block(Some("A"), Some("© B"));
        let notice = Notice::read(&Blocks { exif: Some(block.as_slice().into()), ..Blocks::default() });
        (block, notice)
    }

    #[test]
    fn metadata_is_blanked_out_and_the_picture_stays_where_it_is() {
        let (block, _) = wanted();
        for is_long in [false, true] {
            let whole = file(is_long, &block, b"<dc:rights>SECRET</dc:rights>");
            let stripped = stripped(&whole, &Notice::default()).unwrap();
            let (_, payload) = find_box(&stripped, *b"meta").unwrap().unwrap();
            let meta = Meta::parse(payload).unwrap();
            assert_eq!((stripped.len(), private_items(&meta).len()), (whole.len(), 0));
            assert_eq!(meta.bytes(1, &stripped).unwrap().as_ref(), b"av1!");
            assert!(
                ![&b"SECRET"[..], b"Exif", b"mime", b"cdsc", &block]
                    .iter()
                    .any(|text| { stripped.windows(text.len()).any(|window| window == *text) })
            );
        }
    }

    #[test]
    fn a_notice_takes_the_place_of_what_it_was_read_from() {
        let (block, wanted) = wanted();
        for is_long in [false, true] {
            let whole = file(is_long, &[&block[..], &[0; 20]].concat(), b"<x/>");
            assert_eq!(notice(&whole), Ok(wanted.clone()));
            assert_eq!(notice(&stripped(&whole, &wanted).unwrap()), Ok(wanted.clone()));
            // EXIF has no room for it, but XMP has.
            let xmp = file(is_long, b"", &[b' '; 200]);
            assert_eq!(notice(&stripped(&xmp, &wanted).unwrap()), Ok(wanted.clone()));
        }
    }

    #[test]
    fn a_broken_file_is_an_answer() {
        let (block, wanted) = wanted();
        let whole = file(false, &block, b"<x/>");
        for length in 0..whole.len() {
            let _ = (stripped(&whole[..length], &wanted), notice(&whole[..length]));
        }
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 0xff;
            let _ = (stripped(&flipped, &wanted), notice(&flipped));
        }
    }
}
