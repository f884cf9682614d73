//! Metadata in the chunks of a WebP: read, taken out, and put in, without a look at the pixels.

use super::container::{Container, EXIF_FLAG, XMP_FLAG};
use super::riff::{RIFF_HEAD_BYTES, chunk, chunks, head, with_flags};
use crate::Limits;
use crate::notice::{Blocks, Notice};

/// The blocks of metadata.
pub(super) fn blocks(original: &[u8]) -> Blocks<'_> {
    let find = |wanted: &[u8; 4]| chunks(original).find(|chunk| chunk.name == wanted).map(|chunk| chunk.payload.into());
    Blocks { exif: find(b"EXIF"), xmp: find(b"XMP "), ..Blocks::default() }
}

/// Says in a file whose the picture is, and what else is to be said, behind everything else. A file that cannot be read stays as it is.
pub(super) fn with_notice(file: Vec<u8>, notice: &Notice) -> Vec<u8> {
    signed(&file, notice.exif().as_deref(), notice.xmp()).unwrap_or(file)
}

fn signed(file: &[u8], exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Option<Vec<u8>> {
    let said = [(b"EXIF", EXIF_FLAG, exif), (b"XMP ", XMP_FLAG, xmp)];
    let said: Vec<_> = said.into_iter().filter_map(|(name, flag, block)| Some((name, flag, block?))).collect();
    if said.is_empty() {
        return None;
    }
    let flag = said.iter().fold(0, |flags, (_, flag, _)| flags | flag);
    let mut chunks = chunks(file).peekable();
    let head = match chunks.next_if(|chunk| chunk.name == b"VP8X") {
        Some(head) => head.payload.to_vec(),
        None => {
            let container = super::container::read(&mut std::io::Cursor::new(file), &Limits::default()).ok()?;
            let Container { canvas, has_alpha, .. } = container;
            head(canvas, has_alpha)
        }
    };
    let parts = [
        &chunk(b"VP8X", &with_flags(head, |flags| flags | flag))?[..],
        &chunks.map(|chunk| chunk.whole()).collect::<Option<Vec<_>>>()?.concat(),
        &said.iter().map(|(name, _, block)| chunk(name, block)).collect::<Option<Vec<_>>>()?.concat(),
    ];
    chunk(b"RIFF", &[b"WEBP", parts.concat().as_slice()].concat())
}

/// The same picture, or animation, without EXIF, XMP and credentials. `None` where it does not begin like a WebP.
pub(super) fn stripped(original: &[u8]) -> Option<Vec<u8>> {
    let is_webp = original.starts_with(b"RIFF") && original.get(8..RIFF_HEAD_BYTES)? == b"WEBP";
    let mut payload = b"WEBP".to_vec();
    for part in chunks(original).filter(|_| is_webp) {
        match part.name {
            b"EXIF" | b"XMP " | b"C2PA" => {}
            b"VP8X" => {
                let head = with_flags(part.payload.to_vec(), |flags| flags & !(EXIF_FLAG | XMP_FLAG));
                payload.extend(chunk(b"VP8X", &head)?);
            }
            _ => payload.extend(part.whole()?),
        }
    }
    chunk(b"RIFF", &payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webp::container::ALPHA_FLAG;
    use crate::{Dimensions, exif};

    fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let chunks: Vec<u8> = chunks.iter().flat_map(|(name, payload)| chunk(name, payload).unwrap()).collect();
        chunk(b"RIFF", &[b"WEBP", chunks.as_slice()].concat()).unwrap()
    }

    fn notice(original: &[u8]) -> Notice {
        Notice::read(&blocks(original))
    }

    const FRAME: &[u8] = b"\x2f\x03\x40\0\0abc";
    const FLAGS: u8 = ALPHA_FLAG | EXIF_FLAG | XMP_FLAG;

    #[test]
    fn metadata_is_taken_out_with_its_flags() {
        let head = |flags| with_flags(head(Dimensions::new(4, 2), false), |_| flags);
        let whole =
            riff(&[(b"VP8X", &head(FLAGS)), (b"ICCP", b"p"), (b"VP8L", FRAME), (b"EXIF", b"abc"), (b"XMP ", b"x")]);
        let clean = riff(&[(b"VP8X", &head(ALPHA_FLAG)), (b"ICCP", b"p"), (b"VP8L", FRAME)]);
        assert_eq!(stripped(&whole), Some(clean.clone()));
        assert_eq!(stripped(&[&whole[..], b"behind"].concat()), Some(clean.clone()));
        assert_eq!(stripped(&clean), Some(clean));
        assert_eq!(stripped(b"RIFF"), None);
        for length in 0..whole.len() {
            let _ = (stripped(&whole[..length]), notice(&whole[..length]));
        }
    }

    #[test]
    fn a_notice_is_read_where_it_was_written() {
        let block = exif::block(Some("A"), Some("© B"));
        let wanted = Notice::read(&Blocks { exif: Some(block.clone().into()), ..Blocks::default() });
        let head = |flags| with_flags(head(Dimensions::new(4, 2), false), |_| flags);
        let simple = riff(&[(b"VP8L", FRAME)]);
        let extended = riff(&[(b"VP8X", &head(EXIF_FLAG)), (b"VP8L", FRAME), (b"EXIF", &block)]);
        assert_eq!(with_notice(simple.clone(), &wanted), extended);
        assert_eq!(notice(&extended), wanted);
        assert_eq!(with_notice(simple.clone(), &Notice::default()), simple);
        let profiled = riff(&[(b"VP8X", &head(0x20)), (b"ICCP", b"p"), (b"VP8L", FRAME)]);
        let both = riff(&[(b"VP8X", &head(0x28)), (b"ICCP", b"p"), (b"VP8L", FRAME), (b"EXIF", &block)]);
        assert_eq!(with_notice(profiled, &wanted), both);
        let xmp = riff(&[(b"VP8X", &head(XMP_FLAG)), (b"VP8L", FRAME), (b"XMP ", b"<dc:rights>me</dc:rights>")]);
        assert_ne!(notice(&xmp), Notice::default());
    }
}
