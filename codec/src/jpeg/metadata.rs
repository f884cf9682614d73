//! Metadata in the segments of a JPEG: read, taken out, and put in, without a look at the pixels.

use super::profile::{self, behind_header, segments};
use crate::exif;
use crate::notice::{Blocks, Notice};

const SOI: [u8; 2] = [0xff, 0xd8];
const TEM: u8 = 0x01;
const FIRST_RESTART: u8 = 0xd0;
const LAST_RESTART: u8 = 0xd7;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP13: u8 = 0xed;
const APP14: u8 = 0xee;
const APP15: u8 = 0xef;
const COMMENT: u8 = 0xfe;
const XMP_PREFIX: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// What precedes resource blocks of Photoshop, and one of IPTC without a name.
const RESOURCES_PREFIX: &[u8] = b"Photoshop 3.0\0";
const IPTC_RESOURCE: &[u8] = b"8BIM\x04\x04\0\0";

/// The blocks of metadata.
pub(super) fn blocks(original: &[u8]) -> Blocks<'_> {
    let first = |code, prefix: &[u8]| {
        let mut found = segments(original).filter(|(marker, payload)| *marker == code && payload.starts_with(prefix));
        found.next().map(|(_, payload)| payload)
    };
    let xmp = first(APP1, XMP_PREFIX).and_then(|payload| payload.strip_prefix(XMP_PREFIX));
    Blocks {
        exif: first(APP1, exif::PREFIX).map(Into::into),
        xmp: xmp.map(Into::into),
        iptc: first(APP13, b"").map(Into::into),
        file: None,
    }
}

/// Says in a file whose the picture is, and what else is to be said, behind the header that it begins with.
pub(super) fn with_notice(mut file: Vec<u8>, notice: &Notice) -> Vec<u8> {
    let place = if file.get(3) == Some(&APP0) { behind_header(&file) } else { SOI.len() };
    let exif = notice.exif().and_then(|exif| segment(APP1, &[exif::PREFIX, &exif]));
    let xmp = notice.xmp().and_then(|xmp| segment(APP1, &[XMP_PREFIX, xmp]));
    let iptc = notice.iptc().and_then(|records| {
        let length = u32::try_from(records.len()).ok()?.to_be_bytes();
        let padding: &[u8] = if records.len().is_multiple_of(2) { &[] } else { &[0] };
        segment(APP13, &[RESOURCES_PREFIX, IPTC_RESOURCE, &length, records, padding])
    });
    file.splice(place..place, [exif, xmp, iptc].into_iter().flatten().flatten());
    file
}

/// A marker with its length and what follows it; `None` where that is longer than a segment can be.
fn segment(marker: u8, parts: &[&[u8]]) -> Option<Vec<u8>> {
    let payload = parts.concat();
    let length = u16::try_from(payload.len() + 2).ok()?;
    Some([&[0xff, marker], &length.to_be_bytes()[..], &payload].concat())
}

/// The same picture without metadata: what is kept is what decoding takes, resolution and colour profile, up to the end
/// of the image. `None` where the markers are not in order before the first scan; what is broken behind it is cut off.
pub(super) fn stripped(original: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(original.len());
    kept.extend(SOI);
    let mut rest = original.strip_prefix(&SOI)?;
    let mut has_scan = false;
    loop {
        let Some((marker, segment, behind)) = next_segment(rest) else { return has_scan.then_some(kept) };
        rest = behind;
        if is_kept(marker, segment) {
            kept.extend([0xff, marker]);
            kept.extend(segment);
        }
        match marker {
            EOI => return Some(kept),
            SOS => {
                let (coded, behind) = rest.split_at_checked(coded_bytes(rest))?;
                kept.extend(coded);
                (rest, has_scan) = (behind, true);
            }
            _ => {}
        }
    }
}

/// The next marker, its segment from the length on, and what follows. Before a marker there may be fill bytes, and bytes
/// that decoders skip.
fn next_segment(mut rest: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    loop {
        rest = rest.get(memchr::memchr(0xff, rest)?..)?;
        let code = rest.iter().position(|byte| *byte != 0xff)?;
        let marker = *rest.get(code)?;
        rest = rest.get(code + 1..)?;
        match marker {
            0 | TEM | FIRST_RESTART..=LAST_RESTART | 0xd8 => {}
            EOI => return Some((EOI, &[], rest)),
            _ => {
                let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
                let (segment, behind) = rest.split_at_checked(length).filter(|_| length >= 2)?;
                return Some((marker, segment, behind));
            }
        }
    }
}

fn is_kept(marker: u8, segment: &[u8]) -> bool {
    let payload = segment.get(2..).unwrap_or_default();
    match marker {
        APP0 => payload.starts_with(b"JFIF\0"),
        APP2 => payload.starts_with(profile::PREFIX),
        APP14 => payload.starts_with(b"Adobe"),
        APP1..=APP15 | COMMENT => false,
        _ => true,
    }
}

/// How many bytes of a scan there are before the next marker, restarts among them.
fn coded_bytes(scan: &[u8]) -> usize {
    let is_marker = |place: &usize| {
        let next = scan.get(place + 1).copied();
        !matches!(next, None | Some(0 | 0xff | FIRST_RESTART..=LAST_RESTART))
    };
    memchr::memchr_iter(0xff, scan).find(is_marker).unwrap_or(scan.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::samples::Sample;

    fn notice(original: &[u8]) -> Notice {
        Notice::read(&blocks(original))
    }

    fn segment(code: u8, payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u16 + 2).to_be_bytes();
        [&[0xff, code], &length[..], payload].concat()
    }

    fn with_segments(plain: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
        let place = behind_header(plain);
        [&plain[..place], &segments.concat(), &plain[place..]].concat()
    }

    #[test]
    fn everything_but_the_picture_is_taken_out() {
        let profile = segment(APP2, b"ICC_PROFILE\0\x01\x01profile");
        let adobe = segment(APP14, b"Adobe\0\x64\0\0\0\0\x01");
        let others =
            [(APP0, &b"JFXX\0\x10"[..]), (APP1, b"Exif\0\0II"), (APP1, XMP_PREFIX), (APP2, b"MPF\0"), (APP13, b"x")];
        let others = others.map(|(code, payload)| segment(code, payload));
        for is_progressive in [false, true] {
            let plain = Sample { is_progressive, restart_interval: 1, ..Sample::scene() }.encode();
            let kept = with_segments(&plain, &[profile.clone(), adobe.clone()]);
            let all = [&others[..], &[profile.clone(), segment(COMMENT, b"me"), adobe.clone()]].concat();
            let preview = [&with_segments(&plain, &all)[..], &plain].concat();
            assert_eq!(stripped(&preview), Some(kept));
            assert_eq!(stripped(&plain), Some(plain.clone()));
            for missing in [2, 30, 60] {
                let cut = &preview[..preview.len() - plain.len() - missing];
                assert!(stripped(cut).is_some_and(|kept| kept.len() < cut.len()), "{missing}");
            }
        }
    }

    #[test]
    fn a_broken_file_is_an_answer() {
        let whole = with_segments(&Sample::scene().encode(), &[segment(APP1, b"Exif\0\0II")]);
        for length in 0..whole.len() {
            let _ = stripped(&whole[..length]);
            let _ = notice(&whole[..length]);
        }
        assert_eq!(stripped(b"GIF89a"), None);
    }

    #[test]
    fn a_notice_is_read_where_it_was_written() {
        let exif = exif::block(Some("A"), Some("© B"));
        let wanted = Notice::read(&Blocks { exif: Some(exif.into()), ..Blocks::default() });
        let plain = Sample::scene().encode();
        let signed = with_notice(plain.clone(), &wanted);
        assert_eq!(notice(&signed), wanted);
        assert_eq!(stripped(&signed), Some(plain.clone()));
        let bare = [&SOI[..], &plain[behind_header(&plain)..]].concat();
        assert_eq!(notice(&with_notice(bare, &wanted)), wanted);
        assert_eq!(with_notice(plain.clone(), &Notice::default()), plain);
    }
}
