//! `Blocks`: the metadata of a file, as it lies there.

use std::borrow::Cow;

const IPTC_RESOURCE: [u8; 2] = [0x04, 0x04];

/// The metadata of a file, as far as there is any.
#[derive(Debug, Default)]
pub struct Blocks<'a> {
    /// A TIFF header with its directories, with or without `Exif\0\0` before it.
    pub exif: Option<Cow<'a, [u8]>>,
    /// The file itself, where it is a TIFF: its first directory has the texts of EXIF.
    pub file: Option<Cow<'a, [u8]>>,
    /// A packet of XMP.
    pub xmp: Option<Cow<'a, [u8]>>,
    /// Records of IPTC (IIM 4.2), bare or in the resource blocks of Photoshop.
    pub iptc: Option<Cow<'a, [u8]>>,
}

/// The records of IPTC within the resource blocks of Photoshop; what holds none is taken for records itself.
pub(crate) fn records(block: &[u8]) -> &[u8] {
    let mut rest = block.strip_prefix(b"Photoshop 3.0\0").unwrap_or(block);
    if !rest.starts_with(b"8BIM") {
        return rest;
    }
    while let Some(after) = rest.strip_prefix(b"8BIM") {
        // An identifier, a name with its length, and the content with its own; both fill up to even lengths.
        let resource = || {
            let (identifier, named) = after.split_first_chunk::<2>()?;
            let name_bytes = (1 + usize::from(*named.first()?)).next_multiple_of(2);
            let (length, content) = named.get(name_bytes..)?.split_first_chunk()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let next = content.get(length.checked_next_multiple_of(2)?..).unwrap_or_default();
            Some((*identifier, content.get(..length)?, next))
        };
        match resource() {
            Some((IPTC_RESOURCE, content, _)) => return content,
            Some((.., next)) => rest = next,
            None => break,
        }
    }
    &[]
}
