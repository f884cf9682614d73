//! `Carried`: all that the metadata of an original says, made true of a rendition: it is upright, and no thumbnail shows what was there
//! before.

use std::borrow::Cow;

use crate::blocks::{Blocks, records};
use crate::directory::ByteOrder;
use crate::exif;

/// The longest block that is carried over, in bytes: what a segment of JPEG holds with what stands before it.
const MAX_BYTES: usize = 65_000;
const ENTRY_BYTES: usize = 12;
const MAX_ENTRIES: usize = 512;
const ORIENTATION: u16 = 0x0112;
/// Where pixels of a directory are, and how many bytes of them there are: of a thumbnail in JPEG, and in strips.
const PIXELS: [(u16, u16); 2] = [(0x0201, 0x0202), (0x0111, 0x0117)];
/// What programs of Adobe keep thumbnails in.
const XMP_THUMBNAIL: &[u8] = b"xmpGImg";
const XMP_ORIENTATION: &str = "tiff:Orientation";

/// Blocks of metadata as renditions have them. What is longer than a segment, or broken where it would have to be changed, is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    /// Without a prefix.
    pub exif: Option<Vec<u8>>,
    pub xmp: Option<Vec<u8>>,
    /// Records, bare.
    pub iptc: Option<Vec<u8>>,
}

impl Carried {
    /// What there is of an original.
    pub fn of(blocks: &Blocks<'_>) -> Self {
        let Blocks { exif, file: _, xmp, iptc } = blocks;
        let fits = |block: &&Cow<'_, [u8]>| block.len() <= MAX_BYTES;
        let records = iptc.as_deref().map(records).filter(|records| records.first() == Some(&0x1c));
        Self {
            exif: exif.as_ref().filter(fits).and_then(|block| upright_exif(block)),
            xmp: xmp.as_ref().filter(fits).and_then(|packet| upright_xmp(packet)),
            iptc: records.filter(|records| records.len() <= MAX_BYTES).map(<[u8]>::to_vec),
        }
    }
}

/// The entries of a directory of TIFF (6.0, section 2), by where they are, and where the next one is told.
struct Entries {
    order: ByteOrder,
    places: Vec<usize>,
    next: usize,
}

impl Entries {
    fn at(tiff: &[u8], order: ByteOrder, start: u32) -> Option<Self> {
        let start = usize::try_from(start).ok()?;
        let count = usize::from(order.short(*tiff.get(start..)?.first_chunk()?));
        let next = start.checked_add(2 + count * ENTRY_BYTES)?;
        let is_whole = count <= MAX_ENTRIES && next.checked_add(4)? <= tiff.len();
        let places = (0..count).map(|number| start + 2 + number * ENTRY_BYTES).collect();
        is_whole.then_some(Self { order, places, next })
    }

    fn short(&self, tiff: &[u8], place: usize) -> Option<u16> {
        Some(self.order.short(*tiff.get(place..)?.first_chunk()?))
    }

    fn long(&self, tiff: &[u8], place: usize) -> Option<u32> {
        Some(self.order.long(*tiff.get(place..)?.first_chunk()?))
    }

    /// Where the entries of a tag are.
    fn of_tag(&self, tiff: &[u8], tag: u16) -> impl Iterator<Item = usize> {
        self.places.iter().copied().filter(move |place| self.short(tiff, *place) == Some(tag))
    }

    /// The only value of an entry, where it is a whole number.
    fn number(&self, tiff: &[u8], place: usize) -> Option<u32> {
        let (kind, count) = (self.short(tiff, place + 2)?, self.long(tiff, place + 4)?);
        match kind {
            3 if count == 1 => self.short(tiff, place + 8).map(u32::from),
            4 if count == 1 => self.long(tiff, place + 8),
            _ => None,
        }
    }
}

/// A block that says upright, and has no directory behind its first, nor the pixels that one would show.
fn upright_exif(block: &[u8]) -> Option<Vec<u8>> {
    let mut tiff = block.strip_prefix(exif::PREFIX).unwrap_or(block).to_vec();
    let order = match tiff.get(..4)? {
        b"II*\0" => ByteOrder::Little,
        b"MM\0*" => ByteOrder::Big,
        _ => return None,
    };
    let first = Entries::at(&tiff, order, order.long(*tiff.get(4..)?.first_chunk()?))?;
    for place in first.of_tag(&tiff, ORIENTATION).collect::<Vec<_>>() {
        first.number(&tiff, place)?;
        // One in both orders, whether it takes two bytes or four.
        let is_short = first.short(&tiff, place + 2) == Some(3);
        let one: [u8; 4] = match order {
            ByteOrder::Little => [1, 0, 0, 0],
            ByteOrder::Big if is_short => [0, 1, 0, 0],
            ByteOrder::Big => [0, 0, 0, 1],
        };
        tiff.get_mut(place + 8..place + 12)?.copy_from_slice(&one);
    }
    let second = first.long(&tiff, first.next)?;
    tiff.get_mut(first.next..first.next + 4)?.fill(0);
    if second != 0 {
        let second = Entries::at(&tiff, order, second)?;
        without_pixels(&mut tiff, &second)?;
    }
    Some(tiff)
}

/// Blanks out the pixels of a directory; `None` where there may be more of them.
fn without_pixels(tiff: &mut Vec<u8>, directory: &Entries) -> Option<()> {
    if directory.long(tiff, directory.next)? != 0 {
        return None;
    }
    for (begin, length) in PIXELS {
        let (begins, lengths): (Vec<_>, Vec<_>) =
            (directory.of_tag(tiff, begin).collect(), directory.of_tag(tiff, length).collect());
        let ([begin], [length]) = (&begins[..], &lengths[..]) else {
            if begins.is_empty() && lengths.is_empty() {
                continue;
            }
            return None;
        };
        let begin = usize::try_from(directory.number(tiff, *begin)?).ok()?;
        let end = begin.checked_add(usize::try_from(directory.number(tiff, *length)?).ok()?)?;
        tiff.get_mut(begin..end)?.fill(0);
        if end == tiff.len() && begin >= directory.next + 4 {
            tiff.truncate(begin);
        }
    }
    Some(())
}

/// A packet that says upright, unless it has thumbnails.
fn upright_xmp(packet: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(packet).ok()?;
    if memchr::memmem::find(packet, XMP_THUMBNAIL).is_some() {
        return None;
    }
    let mut parts = text.split(XMP_ORIENTATION);
    let mut upright = parts.next()?.to_owned();
    for part in parts {
        upright.push_str(XMP_ORIENTATION);
        // An attribute, or an element.
        let value = part.find(|letter: char| !matches!(letter, '=' | '"' | '\'' | '>' | ' '));
        match value.and_then(|place| part.split_at_checked(place)) {
            Some((before, value)) if value.starts_with(|digit: char| digit.is_ascii_digit()) => {
                upright.push_str(before);
                upright.push('1');
                upright.push_str(value.trim_start_matches(|digit: char| digit.is_ascii_digit()));
            }
            _ => upright.push_str(part),
        }
    }
    Some(upright.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Orientation;

    /// A directory with an orientation and a place, and a second one with a thumbnail at the end.
    fn block(is_big: bool, thumbnail: &[u8]) -> Vec<u8> {
        let short = |number: u16| if is_big { number.to_be_bytes() } else { number.to_le_bytes() };
        let long = |number: u32| if is_big { number.to_be_bytes() } else { number.to_le_bytes() };
        let entry = |tag: u16, kind: u16, value: [u8; 4]| [&short(tag)[..], &short(kind), &long(1), &value].concat();
        let [one, two] = short(6);
        let first = [entry(0x0112, 3, [one, two, 0, 0]), entry(0x8825, 4, long(7))].concat();
        let second = [entry(0x0201, 4, long(68)), entry(0x0202, 4, long(thumbnail.len() as u32))].concat();
        let start: &[u8] = if is_big { b"MM\0*" } else { b"II*\0" };
        [start, &long(8), &short(2), &first, &long(38), &short(2), &second, &long(0), thumbnail].concat()
    }

    fn carried(exif: &[u8]) -> Option<Vec<u8>> {
        Carried::of(&Blocks { exif: Some(exif.into()), ..Blocks::default() }).exif
    }

    #[test]
    fn exif_is_upright_and_has_no_thumbnail() {
        for is_big in [false, true] {
            let original = [exif::PREFIX, &block(is_big, b"THUMBNAIL")].concat();
            assert_eq!(exif::orientation(&original), Orientation::Rotated90);
            let carried = carried(&original).unwrap();
            assert_eq!((exif::stated_orientation(&carried), carried.len()), (Some(Orientation::Upright), 68));
            assert!(exif::value(&carried, 0x8825).is_some() && memchr::memmem::find(&carried, b"THUMB").is_none());
            let trailed = [&original[..], b"behind"].concat();
            assert!(memchr::memmem::find(&super::upright_exif(&trailed).unwrap(), b"THUMB").is_none());
        }
    }

    #[test]
    fn what_is_too_long_or_broken_is_left_out_and_nothing_panics() {
        let whole = block(false, b"THUMBNAIL");
        assert_eq!(carried(&[&whole[..], &[0; MAX_BYTES]].concat()), None);
        for length in 0..whole.len() {
            let cut = carried(&whole[..length]);
            assert!(cut.is_none_or(|cut| memchr::memmem::find(&cut, b"THUMB").is_none()), "{length}");
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[length] ^= 1 << bit;
                let _ = carried(&flipped);
            }
        }
        let mut third = whole.clone();
        third[64] = 8;
        assert_eq!(carried(&third), None, "a directory more");
    }

    #[test]
    fn xmp_is_upright_and_has_no_thumbnail() {
        let carried = |xmp: &str| {
            let xmp = Some(xmp.as_bytes().to_vec().into());
            Carried::of(&Blocks { xmp, ..Blocks::default() }).xmp.map(|xmp| String::from_utf8(xmp).unwrap())
        };
        let said = |orientation: u8| {
            format!("<a tiff:Orientation=\"{orientation}\" b='6'/><tiff:Orientation>{orientation}</tiff:Orientation>")
        };
        assert_eq!(carried(&said(6)), Some(said(1)));
        assert_eq!(carried("<a/>").as_deref(), Some("<a/>"));
        assert_eq!(carried("<xmpGImg:image>AA</xmpGImg:image>"), None);
    }
}
