//! Metadata in the items of an AVIF: read, and blanked out where it is. What is to be shown stays in its place, so that
//! nothing that points to it needs to be changed.

use std::io::Cursor;

use super::boxes::{Bytes, FourCc};
use super::image::{self, Image};
use super::malformed;
use super::meta::Meta;
use crate::codec::CodecError;
use crate::codec::colour::{Channels, ColourSpace};
use crate::codec::notice::{Blocks, Notice};
use crate::request::{Colours, Condition, Metadata};

const EXIF: FourCc = *b"Exif";
/// Items that name their media type: XMP.
const MIME: FourCc = *b"mime";

/// What stands between the original and a rendition. What the stream alone says of colours is not looked at.
pub fn condition(image: &Image, meta: &Meta<'_>) -> Condition {
    let of = |profile: &Vec<u8>| {
        let colours = [Channels::Rgb, Channels::Gray].map(|channels| ColourSpace::from_icc(profile, channels));
        colours.into_iter().flatten().next()
    };
    let from_points = || image.nclx.and_then(|nclx| ColourSpace::from_code_points(nclx.primaries, nclx.transfer));
    let colours = image.profile.as_ref().and_then(of).or_else(from_points);
    let colours = colours.map_or(Colours::Srgb, |colours| colours.told());
    let metadata = if private_items(meta).is_empty() { Metadata::None } else { Metadata::Private };
    Condition { colours, metadata, quality: None }
}

fn private_items(meta: &Meta<'_>) -> Vec<u32> {
    meta.items_of(EXIF).chain(meta.items_of(MIME)).collect()
}

/// Whose the picture is.
///
/// # Errors
/// [`CodecError::Malformed`] where the boxes are broken.
pub fn notice(original: &[u8]) -> Result<Notice, CodecError> {
    let payload = image::read_meta(&mut Cursor::new(original))?;
    let meta = Meta::parse(&payload)?;
    let item = |kind| meta.items_of(kind).next().and_then(|id| meta.bytes(id, original).ok());
    let block = item(EXIF).and_then(|block| {
        // Before the block stands how many bytes stand before its header.
        let (before, rest) = block.split_first_chunk()?;
        Some(rest.get(usize::try_from(u32::from_be_bytes(*before)).ok()?..)?.to_vec().into())
    });
    Ok(Notice::read(&Blocks { exif: block, xmp: item(MIME), iptc: None }))
}

/// The same file with zeros for metadata, of which nothing leads there any more. The notice takes the place of what it
/// was read from, where it fits.
///
/// # Errors
/// [`CodecError::Malformed`] where the boxes are broken, or metadata lies where it cannot be blanked out.
pub fn stripped(original: &[u8], notice: &Notice) -> Result<Vec<u8>, CodecError> {
    let (start, payload) = find_meta(original)?;
    let meta = Meta::parse(payload)?;
    let mut removed = private_items(&meta);
    let mut file = original.to_vec();
    let mut signed = None;
    let notice = notice.exif().map(|exif| [&[0; 4], exif.as_slice()].concat());
    for id in &removed {
        let places = meta.places(*id).ok_or_else(|| malformed("metadata that cannot be taken out"))?;
        for (offset, length) in &places {
            let place = usize::try_from(*offset).ok().zip(usize::try_from(*length).ok());
            let piece = place.and_then(|(offset, length)| file.get_mut(offset..)?.get_mut(..length));
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
    let rewritten = rewritten(payload, &removed, signed)?;
    let place = file.get_mut(start..).and_then(|rest| rest.get_mut(..rewritten.len()));
    place.ok_or_else(|| malformed("no meta box"))?.copy_from_slice(&rewritten);
    Ok(file)
}

/// Where the payload of the `meta` box begins, and the payload.
fn find_meta(file: &[u8]) -> Result<(usize, &[u8]), CodecError> {
    let mut boxes = Bytes::new(file);
    while let Some((kind, payload)) = boxes.next_box()? {
        if &kind == b"meta" {
            let payload = payload.rest();
            return Ok((file.len() - boxes.rest().len() - payload.len(), payload));
        }
    }
    Err(malformed("no meta box"))
}

/// The payload of a `meta` box without these items, and with another as EXIF; what becomes free is filled up with a box
/// that says so.
fn rewritten(payload: &[u8], removed: &[u32], signed: Option<u32>) -> Result<Vec<u8>, CodecError> {
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

fn boxed(kind: &FourCc, content: &[u8]) -> Result<Vec<u8>, CodecError> {
    let length = u32::try_from(content.len() + 8).map_err(malformed)?;
    Ok([&length.to_be_bytes()[..], kind, content].concat())
}

/// `iinf`
fn kinds_without(mut content: Bytes<'_>, removed: &[u32], signed: Option<u32>) -> Result<Vec<u8>, CodecError> {
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
fn locations_without(mut content: Bytes<'_>, removed: &[u32]) -> Result<Vec<u8>, CodecError> {
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
fn references_without(mut content: Bytes<'_>, removed: &[u32]) -> Result<Vec<u8>, CodecError> {
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
