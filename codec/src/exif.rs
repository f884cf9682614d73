//! What we read from EXIF and write to it: the orientation, and whose the picture is.

use std::io::Cursor;

use crate::directory::{ByteOrder, Directory};
use crate::{Metadata, Orientation};

/// What precedes the block in JPEG, and by mistake elsewhere.
pub const PREFIX: &[u8] = b"Exif\0\0";
pub const ARTIST: u16 = 0x013b;
pub const COPYRIGHT: u16 = 0x8298;
/// Orientation, resolution with its unit, and where chroma lies.
const HARMLESS: [u16; 5] = [0x0112, 0x011a, 0x011b, 0x0128, 0x0213];
/// A block with nothing but the tags above is not longer.
const MAX_HARMLESS_BYTES: usize = 4096;
const ENTRY_BYTES: usize = 12;
/// The most entries that a directory of ours is looked through for.
const MAX_ENTRIES: usize = 512;
const TYPE_TEXT: u16 = 2;

const ORIENTATION: u16 = 274;

/// Reads the orientation from an EXIF block (a TIFF header and its first directory), with or without the `Exif\0\0`
/// that precedes it in JPEG. Any kind of whole number will do. Whatever is broken or absent means upright.
pub fn orientation(block: &[u8]) -> Orientation {
    stated_orientation(block).unwrap_or_default()
}

/// The same; `None` where nothing is said of it, or what is broken.
pub fn stated_orientation(block: &[u8]) -> Option<Orientation> {
    let mut tiff = Cursor::new(block.strip_prefix(PREFIX).unwrap_or(block));
    let directory = Directory::read(&mut tiff).ok();
    let value = directory.and_then(|directory| directory.integer(&mut tiff, ORIENTATION).ok().flatten());
    let value = value.and_then(|value| u32::try_from(value).ok());
    value.map(Orientation::from_exif)
}

/// What an EXIF block gives away. One that cannot be read may hold anything.
pub fn metadata(block: &[u8]) -> Metadata {
    let tiff = block.strip_prefix(PREFIX).unwrap_or(block);
    if tiff.is_empty() {
        return Metadata::None;
    }
    let tags = whole_tags(tiff).filter(|_| tiff.len() <= MAX_HARMLESS_BYTES);
    let Some(tags) = tags else { return Metadata::Private };
    let kinds = tags.map(|tag| match tag {
        tag if HARMLESS.contains(&tag) => Metadata::None,
        ARTIST | COPYRIGHT => Metadata::Notice,
        _ => Metadata::Private,
    });
    kinds.max().unwrap_or_default()
}

/// The bytes of a value in the first directory of an EXIF block, or of a TIFF file.
pub fn value(block: &[u8], tag: u16) -> Option<&[u8]> {
    let tiff = block.strip_prefix(PREFIX).unwrap_or(block);
    Directory::read(&mut Cursor::new(tiff)).ok()?.place(tag)?.of(tiff)
}

/// A block of the artist and the copyright alone, in that order (Exif 2.32, section 4.6.5).
pub fn block(artist: Option<&str>, copyright: Option<&str>) -> Vec<u8> {
    let texts: Vec<_> = [(ARTIST, artist), (COPYRIGHT, copyright)]
        .into_iter()
        .filter_map(|(tag, text)| Some((tag, [text?.as_bytes(), &[0]].concat())))
        .collect();
    // Two entries of bounded texts: the numbers always fit.
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    block.extend((texts.len() as u16).to_le_bytes());
    let mut place = block.len() + texts.len() * ENTRY_BYTES + 4;
    let mut values = Vec::new();
    for (tag, text) in texts {
        block.extend([tag, TYPE_TEXT].map(u16::to_le_bytes).as_flattened());
        block.extend((text.len() as u32).to_le_bytes());
        if text.len() <= 4 {
            block.extend(text.iter().copied().chain([0; 4]).take(4));
        } else {
            block.extend((place as u32).to_le_bytes());
            // Values begin on even places.
            place += text.len().next_multiple_of(2);
            values.extend(&text);
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    block.extend([0; 4]);
    block.extend(values);
    block
}

/// The tags of the first directory (TIFF 6.0, section 2), all of them, known to us or not; `None` where some are missing,
/// or another directory follows.
fn whole_tags(tiff: &[u8]) -> Option<impl Iterator<Item = u16>> {
    let order = match tiff.get(..4)? {
        b"II*\0" => ByteOrder::Little,
        b"MM\0*" => ByteOrder::Big,
        _ => return None,
    };
    let start = usize::try_from(order.long(*tiff.get(4..)?.first_chunk()?)).ok()?;
    let (count, body) = tiff.get(start..)?.split_first_chunk()?;
    let count = usize::from(order.short(*count));
    let (entries, next) = body.split_at_checked(count * ENTRY_BYTES)?;
    let is_last = count <= MAX_ENTRIES && next.iter().take(4).all(|byte| *byte == 0);
    let (entries, _) = entries.as_chunks::<ENTRY_BYTES>();
    is_last.then(|| entries.iter().map(move |[a, b, ..]| order.short([*a, *b])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_orientation_is_read_in_both_byte_orders() {
        let little = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0";
        assert_eq!(orientation(little), Orientation::Rotated90);
        assert_eq!(orientation(big), Orientation::Rotated270);
    }

    #[test]
    fn every_kind_of_whole_number_will_do() {
        for (kind, value) in [(1u8, [6, 0, 0, 0]), (3, [6, 0, 0, 0]), (4, [6, 0, 0, 0]), (9, [6, 0, 0, 0])] {
            let block = [&b"II*\0\x08\0\0\0\x01\0\x12\x01"[..], &[kind, 0, 1, 0, 0, 0], &value, &[0; 4]].concat();
            assert_eq!(orientation(&block), Orientation::Rotated90, "{kind}");
        }
    }

    #[test]
    fn a_broken_block_means_upright() {
        for block in [&b""[..], b"Exif\0\0", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\x01\0\x12\x01"] {
            assert_eq!(orientation(block), Orientation::Upright);
        }
        let outside = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0\0\0\0\0";
        assert_eq!(orientation(outside), Orientation::Upright);
    }

    #[test]
    fn a_block_gives_away_what_its_tags_do() {
        let upright = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0";
        assert_eq!(metadata(upright), Metadata::None);
        assert_eq!(metadata(b"Exif\0\0"), Metadata::None);
        assert_eq!(metadata(&block(Some("A"), None)), Metadata::Notice);
        let mut located = upright.to_vec();
        located[10..12].copy_from_slice(b"\x88\x25");
        assert_eq!(metadata(&located), Metadata::Private);
        let mut with_thumbnail = upright.to_vec();
        with_thumbnail[25] = 8;
        assert_eq!(metadata(&with_thumbnail), Metadata::Private);
        for broken in [&b"MM"[..], b"hello", &upright[..20], b"II*\0\xff\xff\xff\xff"] {
            assert_eq!(metadata(broken), Metadata::Private, "{broken:?}");
        }
        assert_eq!(metadata(&[&upright[..], &[0; 5000]].concat()), Metadata::Private);
    }

    #[test]
    fn texts_are_read_as_they_were_written() {
        let texts = [None, Some("A"), Some("abc"), Some("abcd"), Some("© Zoë, all rights reserved")];
        for (artist, copyright) in texts.iter().flat_map(|artist| texts.map(|copyright| (*artist, copyright))) {
            let block = block(artist, copyright);
            let read = |tag| value(&block, tag).map(|text| std::str::from_utf8(text).unwrap().trim_end_matches('\0'));
            assert_eq!((read(ARTIST), read(COPYRIGHT)), (artist, copyright));
        }
        assert_eq!(value(b"II*\0\x08\0\0\0\x01\0\x98\x82\x02\0\xff\xff\xff\xff\x1a\0\0\0\0\0\0\0", COPYRIGHT), None);
    }
}
