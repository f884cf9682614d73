//! The colour profile of a JPEG: cut into pieces of a segment each (ICC.1:2022, annex B.4).

use crate::Picture;
use crate::colour::{Channels, ColourSpace, MAX_PROFILE_BYTES};

pub(super) const PREFIX: &[u8] = b"ICC_PROFILE\0";
/// The most of a profile that one segment holds, beside its length, the prefix, a number and a count.
const PIECE_BYTES: usize = 65_535 - 2 - PREFIX.len() - 2;
const MAX_PIECES: usize = 255;

const APP2: u8 = 0xe2;
const SOS: u8 = 0xda;
const EOI: u8 = 0xd9;

/// Notes on a picture what the profile of its file says. One for other channels than the picture has is ignored.
pub(super) fn coloured(picture: Picture, original: &[u8]) -> Picture {
    let channels = Channels::of(picture.layout());
    let colours = read(original).and_then(|profile| ColourSpace::from_icc(&profile, channels));
    picture.in_colours(colours.unwrap_or_default())
}

/// Puts the pieces of the profile together; `None` where there is none, or where a piece is missing or there twice.
pub(super) fn read(original: &[u8]) -> Option<Vec<u8>> {
    let mut pieces: Vec<(u8, u8, &[u8])> = segments(original)
        .filter(|(code, _)| *code == APP2)
        .filter_map(|(_, payload)| match payload.strip_prefix(PREFIX)? {
            [number, count, piece @ ..] => Some((*number, *count, piece)),
            _ => None,
        })
        .take(MAX_PIECES + 1)
        .collect();
    pieces.sort_by_key(|(number, ..)| *number);
    let is_whole = |(index, (number, count, _)): (usize, &(u8, u8, &[u8]))| {
        usize::from(*number) == index + 1 && usize::from(*count) == pieces.len()
    };
    let bytes: usize = pieces.iter().map(|(.., piece)| piece.len()).sum();
    let is_profile = !pieces.is_empty() && pieces.iter().enumerate().all(is_whole) && bytes <= MAX_PROFILE_BYTES;
    is_profile.then(|| pieces.iter().flat_map(|(.., piece)| *piece).copied().collect())
}

/// The segments before the first scan, with the codes of their markers, as far as they are whole.
pub(super) fn segments(original: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = original.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        loop {
            let prefix = rest.iter().position(|byte| *byte == 0xff)?;
            let code = prefix + rest.get(prefix..)?.iter().position(|byte| *byte != 0xff)?;
            let marker = *rest.get(code)?;
            rest = rest.get(code + 1..)?;
            match marker {
                SOS | EOI => return None,
                // Not a marker, or one without a length.
                0 | 1 | 0xd0..=0xd8 => {}
                _ => {
                    let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
                    let payload = rest.get(2..length)?;
                    rest = rest.get(length..)?;
                    return Some((marker, payload));
                }
            }
        }
    })
}

/// Puts the profile of a picture into a file of ours, behind the header that it begins with.
pub(super) fn with_profile(mut file: Vec<u8>, picture: &Picture) -> Vec<u8> {
    let Some(profile) = picture.colours().icc(picture.layout()) else { return file };
    let pieces = profile.chunks(PIECE_BYTES);
    let count = pieces.len();
    if count > MAX_PIECES {
        return file;
    }
    let segments = pieces.enumerate().flat_map(|(index, piece)| {
        // At most 65535 and 255: always fit.
        let length = (2 + PREFIX.len() + 2 + piece.len()) as u16;
        [&[0xff, APP2], &length.to_be_bytes()[..], PREFIX, &[index as u8 + 1, count as u8], piece].concat()
    });
    let place = behind_header(&file);
    file.splice(place..place, segments.collect::<Vec<u8>>());
    file
}

/// Where the JFIF header that a file of ours begins with ends.
pub(super) fn behind_header(file: &[u8]) -> usize {
    let header_bytes = file.get(4..6).and_then(<[u8]>::first_chunk).map_or(0, |length| u16::from_be_bytes(*length));
    (4 + usize::from(header_bytes)).min(file.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(number: u8, count: u8, piece: &[u8]) -> Vec<u8> {
        let length = (PREFIX.len() + 4 + piece.len()) as u16;
        [b"\xff\xe2", &length.to_be_bytes()[..], PREFIX, &[number, count], piece].concat()
    }

    fn file(segments: &[Vec<u8>]) -> Vec<u8> {
        [b"\xff\xd8\xff\xe0\0\x04ab", segments.concat().as_slice(), b"\xff\xda\0\x02"].concat()
    }

    #[test]
    fn pieces_are_put_together_by_their_numbers() {
        let whole = file(&[segment(2, 3, b"lo wo"), segment(1, 3, b"hel"), segment(3, 3, b"rld")]);
        assert_eq!(read(&whole), Some(b"hello world".to_vec()));
        let other = b"\xff\xe2\0\x06MPF\0".to_vec();
        assert_eq!(read(&file(&[other, segment(1, 1, b"one")])), Some(b"one".to_vec()));
    }

    #[test]
    fn a_profile_that_is_not_whole_is_none() {
        let broken = [
            vec![],
            vec![segment(1, 2, b"a")],
            vec![segment(1, 2, b"a"), segment(1, 2, b"a")],
            vec![segment(0, 2, b"a"), segment(1, 2, b"b")],
            vec![segment(1, 2, b"a"), segment(2, 3, b"b")],
            vec![b"\xff\xe2\0\x0eICC_PROFILE\0".to_vec()],
            vec![b"\xff\xe2\xff\xffICC_PROFILE\0\x01\x01a".to_vec()],
            vec![segment(1, 1, b"a"); 300],
        ];
        for segments in broken {
            assert_eq!(read(&file(&segments)), None, "{segments:?}");
        }
    }

    #[test]
    fn nothing_is_looked_for_behind_the_first_scan() {
        let behind = [file(&[]), segment(1, 1, b"late")].concat();
        assert_eq!(read(&behind), None);
    }
}
