//! Metadata in the chunks of a PNG: read, taken out, and put in, without a look at the pixels.

use std::borrow::Cow;

use super::SIGNATURE;
use super::chunks::put_chunk;
use crate::Metadata;
use crate::notice::{Blocks, Notice};

/// The signature, and the header chunk with its length, name and checksum.
const HEADER_BYTES: usize = 8 + 4 + 4 + 13 + 4;
const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp";
/// What ImageMagick and exiftool put EXIF, IPTC and XMP behind, as hexadecimal digits.
const RAW_PROFILE: &[u8] = b"Raw profile type ";
/// The longest keyword, and the zero behind it (third edition, section 11.3.3).
pub(super) const MAX_KEYWORD_BYTES: usize = 80;
/// The longest text that is unpacked.
const MAX_TEXT_BYTES: usize = 256 * 1024;

/// What a text gives away, by its keyword. Others are the author's own words: title, software.
pub(super) fn of_text(start: &[u8]) -> Metadata {
    let is_colour = |name: &[u8]| name.starts_with(b"icc") || name.starts_with(b"icm");
    let is_private =
        start.starts_with(XMP_KEYWORD) || start.strip_prefix(RAW_PROFILE).is_some_and(|name| !is_colour(name));
    if is_private { Metadata::Private } else { Metadata::None }
}

/// The blocks of metadata.
pub(super) fn blocks(original: &[u8]) -> Blocks<'_> {
    let mut blocks = Blocks::default();
    for Chunk { kind, payload, .. } in chunks(original) {
        if kind == b"eXIf" {
            blocks.exif = Some(payload.into());
        }
        if !matches!(kind, b"tEXt" | b"zTXt" | b"iTXt") || of_text(payload) == Metadata::None {
            continue;
        }
        let Some((keyword, text)) = text(kind, payload) else { continue };
        match keyword.strip_prefix(RAW_PROFILE) {
            None => blocks.xmp = Some(text),
            Some(b"exif" | b"APP1") => blocks.exif = blocks.exif.or_else(|| Some(raw_profile(&text)?.into())),
            Some(b"xmp") => blocks.xmp = blocks.xmp.or_else(|| Some(raw_profile(&text)?.into())),
            Some(_) => blocks.iptc = blocks.iptc.or_else(|| Some(raw_profile(&text)?.into())),
        }
    }
    blocks
}

/// Says in a file whose the picture is, and what else is to be said, behind its header chunk.
pub(super) fn with_notice(mut file: Vec<u8>, notice: &Notice) -> Vec<u8> {
    let exif = notice.exif().map(|exif| chunk(b"eXIf", &exif));
    // Not packed, in no language.
    let xmp = notice.xmp().map(|xmp| chunk(b"iTXt", &[XMP_KEYWORD, &[0; 5], xmp].concat()));
    if file.len() > HEADER_BYTES {
        file.splice(HEADER_BYTES..HEADER_BYTES, exif.into_iter().chain(xmp).flatten());
    }
    file
}

fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::new();
    put_chunk(&mut chunk, kind, &[payload]);
    chunk
}

/// The same picture, or animation, without EXIF, texts and credentials. `None` where it does not begin like a PNG. What
/// is broken at the end stays broken.
pub(super) fn stripped(original: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(original.len());
    kept.extend(SIGNATURE);
    original.strip_prefix(&SIGNATURE)?;
    for Chunk { kind, whole, .. } in chunks(original) {
        if !matches!(kind, b"eXIf" | b"zxIf" | b"tEXt" | b"zTXt" | b"iTXt" | b"caBX") {
            kept.extend(whole);
        }
    }
    Some(kept)
}

struct Chunk<'a> {
    kind: &'a [u8; 4],
    payload: &'a [u8],
    whole: &'a [u8],
}

/// The chunks up to the end of the image; the last may be cut.
fn chunks(original: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = original.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, named) = rest.split_first_chunk()?;
        let (kind, data) = named.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let payload = data.get(..length).unwrap_or(data);
        let (whole, next) = rest.split_at(length.saturating_add(12).min(rest.len()));
        rest = if kind == b"IEND" { &[] } else { next };
        Some(Chunk { kind, payload, whole })
    })
}

/// Keyword and text of a chunk, unpacked (third edition, section 11.3.3).
fn text<'a>(kind: &[u8; 4], payload: &'a [u8]) -> Option<(&'a [u8], Cow<'a, [u8]>)> {
    let (keyword, rest) = split_at_zero(payload)?;
    let (is_packed, text) = match (kind, rest) {
        (b"tEXt", text) => (false, text),
        (b"zTXt", [0, text @ ..]) => (true, text),
        (b"iTXt", [flag @ (0 | 1), 0, rest @ ..]) => (*flag == 1, split_at_zero(split_at_zero(rest)?.1)?.1),
        _ => return None,
    };
    if !is_packed {
        return Some((keyword, text.into()));
    }
    let unpacked = fdeflate::decompress_to_vec_bounded(text, MAX_TEXT_BYTES).ok()?;
    Some((keyword, unpacked.into()))
}

fn split_at_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let zero = memchr::memchr(0, bytes)?;
    Some((bytes.get(..zero)?, bytes.get(zero + 1..)?))
}

/// The bytes of a raw profile: a line with its name, one with its length, then digits.
fn raw_profile(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text.trim_ascii_start().splitn(3, |byte| *byte == b'\n');
    let (_name, _length, digits) = (lines.next()?, lines.next()?, lines.next()?);
    let digits: Option<Vec<u8>> = digits
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| char::from(*byte).to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits?;
    let (pairs, _) = digits.as_chunks();
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exif;

    fn notice(original: &[u8]) -> Notice {
        Notice::read(&blocks(original))
    }

    fn file(before: &[Vec<u8>], after: &[Vec<u8>]) -> Vec<u8> {
        let header = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
        let pixels = chunk(b"IDAT", &fdeflate::compress_to_vec(&[0, 7]));
        [&SIGNATURE[..], &header, &before.concat(), &pixels, &after.concat(), &chunk(b"IEND", b"")].concat()
    }

    fn hexadecimal(name: &str, bytes: &[u8]) -> Vec<u8> {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("\n{name}\n{:8}\n{digits}\n", bytes.len());
        [format!("Raw profile type {name}\0\0").as_bytes(), &fdeflate::compress_to_vec(text.as_bytes())].concat()
    }

    fn notices() -> (Notice, Vec<u8>) {
        let exif = exif::block(Some("A"), Some("© B"));
        (Notice::read(&Blocks { exif: Some(exif.as_slice().into()), ..Blocks::default() }), exif)
    }

    #[test]
    fn texts_and_exif_are_taken_out_wherever_they_are() {
        let kept = [chunk(b"gAMA", &[0, 0, 177, 143]), chunk(b"tIME", &[0; 7])];
        let private =
            [chunk(b"eXIf", b"MM"), chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"), chunk(b"tEXt", b"Title\0a")];
        let whole = file(&[&kept[..], &private].concat(), &private);
        assert_eq!(stripped(&whole), Some(file(&kept, &[])));
        assert_eq!(stripped(&[&whole[..], b"behind the end"].concat()), Some(file(&kept, &[])));
        for length in 0..whole.len() {
            let _ = (stripped(&whole[..length]), notice(&whole[..length]));
        }
    }

    #[test]
    fn a_chunk_ends_with_its_checksum() {
        let body = b"eXIfabc";
        assert_eq!(chunk(b"eXIf", b"abc"), [&[0, 0, 0, 3], &body[..], &crc32fast::hash(body).to_be_bytes()].concat());
    }

    #[test]
    fn a_notice_is_read_where_it_was_written() {
        let (wanted, _) = notices();
        let signed = with_notice(file(&[], &[]), &wanted);
        assert_eq!(signed, file(&[chunk(b"eXIf", &wanted.exif().unwrap())], &[]));
        assert_eq!(notice(&signed), wanted);
        assert_eq!(with_notice(file(&[], &[]), &Notice::default()), file(&[], &[]));
    }

    #[test]
    fn a_notice_is_read_from_text() {
        let (wanted, exif) = notices();
        let prefixed = [exif::PREFIX, &exif].concat();
        for chunk in [
            chunk(b"zTXt", &hexadecimal("exif", &exif)),
            chunk(b"zTXt", &hexadecimal("APP1", &prefixed)),
            chunk(b"zTXt", &hexadecimal("iptc", b"\x1c\x02\x50\0\x01A\x1c\x02\x74\0\x03\xa9 B")),
        ] {
            assert_eq!(notice(&file(&[], &[chunk])), wanted);
        }
        let xmp = "<dc:rights>© B</dc:rights><dc:creator>A</dc:creator>".as_bytes();
        let plain = [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], xmp].concat();
        let packed = [&b"XML:com.adobe.xmp\0\x01\0en\0XMP\0"[..], &fdeflate::compress_to_vec(xmp)].concat();
        for text in [plain, packed] {
            assert_eq!(notice(&file(&[chunk(b"iTXt", &text)], &[])), wanted);
        }
    }

    #[test]
    fn only_texts_with_metadata_of_their_own_give_something_away() {
        assert_eq!(of_text(b"Raw profile type exif\0"), Metadata::Private);
        assert_eq!(of_text(b"XML:com.adobe.xmp\0"), Metadata::Private);
        for harmless in [&b"Raw profile type icc\0"[..], b"Software\0GIMP", b"date:create\0"] {
            assert_eq!(of_text(harmless), Metadata::None);
        }
    }
}
