//! The colour profile around the pixels that libwebp writes: chunks alone, put together without its multiplexer.

use super::container::PROFILE_FLAG;
use super::metadata::{head, with_flags};
use crate::{Picture, PixelLayout};

pub(super) const RIFF_HEAD_BYTES: usize = 12;

/// Gray pictures are written as colours, which a profile for gray does not describe.
pub(super) fn carries_profile(layout: PixelLayout) -> bool {
    layout != PixelLayout::Gray
}

/// Puts the profile of a picture into a file that libwebp wrote. A file that is not as it writes them stays as it is.
pub(super) fn with_profile(file: Vec<u8>, picture: &Picture) -> Vec<u8> {
    let layout = picture.layout();
    let profile = picture.colours().icc(layout).filter(|_| carries_profile(layout));
    profile.and_then(|profile| extended(&file, picture, profile)).unwrap_or(file)
}

fn extended(file: &[u8], picture: &Picture, profile: &[u8]) -> Option<Vec<u8>> {
    let chunks = file.get(RIFF_HEAD_BYTES..)?;
    // Lossy pictures with alpha are in the extended format already: a chunk of 10 bytes stands first.
    let pixels = if chunks.starts_with(b"VP8X") { chunks.get(8 + 10..)? } else { chunks };
    let head = with_flags(head(picture.dimensions(), picture.layout().has_alpha()), |flags| flags | PROFILE_FLAG);
    let payload = [&b"WEBP"[..], &chunk(b"VP8X", &head)?, &chunk(b"ICCP", profile)?, pixels].concat();
    chunk(b"RIFF", &payload)
}

pub(super) fn chunk(name: &[u8; 4], payload: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(payload.len()).ok()?;
    let padding: &[u8] = if payload.len().is_multiple_of(2) { &[] } else { &[0] };
    Some([name, &length.to_le_bytes()[..], payload, padding].concat())
}
