//! The chunks of a RIFF file: taken apart and put together, whatever they hold.

use std::borrow::Cow;

use super::container::ALPHA_FLAG;
use crate::Dimensions;

pub(super) const RIFF_HEAD_BYTES: usize = 12;

pub(super) fn chunk(name: &[u8; 4], payload: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(payload.len()).ok()?;
    let padding: &[u8] = if payload.len().is_multiple_of(2) { &[] } else { &[0] };
    Some([name, &length.to_le_bytes()[..], payload, padding].concat())
}

/// The payload of `VP8X` (RFC 9649, section 2.7.1).
pub(super) fn head(canvas: Dimensions, has_alpha: bool) -> Vec<u8> {
    let mut head = vec![if has_alpha { ALPHA_FLAG } else { 0 }, 0, 0, 0];
    for edge in [canvas.width, canvas.height] {
        head.extend((edge - 1).to_le_bytes().into_iter().take(3));
    }
    head
}

pub(super) fn with_flags(mut head: Vec<u8>, change: impl Fn(u8) -> u8) -> Vec<u8> {
    if let Some(flags) = head.first_mut() {
        *flags = change(*flags);
    }
    head
}

pub(super) struct Chunk<'a> {
    pub(super) name: &'a [u8; 4],
    pub(super) payload: &'a [u8],
}

impl Chunk<'_> {
    pub(super) fn whole(&self) -> Option<Vec<u8>> {
        chunk(self.name, self.payload)
    }
}

/// The chunks that lie within the file.
pub(super) fn chunks(file: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let claimed = file.get(4..8).and_then(<[u8]>::first_chunk).map(|bytes| u32::from_le_bytes(*bytes) as usize);
    let end = file.len().min(claimed.unwrap_or(0).saturating_add(8));
    let mut rest = file.get(RIFF_HEAD_BYTES..end).unwrap_or_default();
    std::iter::from_fn(move || {
        let (name, sized) = rest.split_first_chunk()?;
        let (length, data) = sized.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let payload = data.get(..length)?;
        rest = data.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some(Chunk { name, payload })
    })
}

/// The file as it should be where it is shorter than its header says: less a chunk that is cut, and with the padding that
/// is missing. Costs a copy of such a file.
pub(super) fn repaired(file: &[u8]) -> Cow<'_, [u8]> {
    let claimed = file.get(4..8).and_then(<[u8]>::first_chunk).map(|bytes| u64::from(u32::from_le_bytes(*bytes)) + 8);
    if claimed.is_none_or(|claimed| claimed <= file.len() as u64) {
        return file.into();
    }
    let mut payload = b"WEBP".to_vec();
    chunks(file).filter_map(|chunk| chunk.whole()).for_each(|chunk| payload.extend(chunk));
    chunk(b"RIFF", &payload).map_or(file.into(), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_goes_and_padding_that_is_missing_comes() {
        let whole = chunk(b"RIFF", &[b"WEBP".to_vec(), chunk(b"VP8L", b"abc").unwrap()].concat()).unwrap();
        assert!(matches!(repaired(&whole), Cow::Borrowed(_)));
        assert_eq!(repaired(&whole[..whole.len() - 1]), whole);
        let mut longer = [&whole, b"EXIF\x09\0\0\0ab".as_slice()].concat();
        longer[4] += 18;
        assert_eq!(repaired(&longer), whole);
        let empty = b"RIFF\x04\0\0\0WEBP".as_slice();
        for length in 0..whole.len() - 1 {
            assert!([empty, &whole[..length]].contains(&repaired(&whole[..length]).as_ref()), "{length}");
        }
    }
}
